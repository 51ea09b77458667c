# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A TCP stream from the peer lg to the peer in, port 80, that flows until it is told to end, and is
# compared byte by byte. Sourced in place of engine.sh.

. tests/net/programs/engine.sh

# Ends by itself: when told to, or when nobody reads.
stream_produce()
{
	trap '' PIPE
	while [[ ! -e $net_directory/stream-end ]]; do
		head -c 16384 /dev/urandom || break
		sleep 0.01
	done 2>/dev/null | tee "$net_directory/sent" >"$net_directory/stream"
}

stream_start()
{
	mkfifo "$net_directory/stream"
	start_in in socat -u TCP-LISTEN:80,reuseaddr "OPEN:$net_directory/received,creat,trunc"
	stream_receiver=$started
	busywait 5 listens in tcp 80
	stream_produce &
	defer wait $!
	start_in lg socat -u "OPEN:$net_directory/stream" TCP:10.30.0.2:80
	stream_sender=$started
	defer touch "$net_directory/stream-end"
	busywait 5 stream_flows 0
}

# stream_flows BYTES: more than so many bytes have arrived.
stream_flows()
{
	(($(stat -c %s "$net_directory/received") > $1))
}

# Still flowing, and when ended, whole.
stream_is_whole()
{
	busywait 5 stream_flows "$(stat -c %s "$net_directory/received")"
	touch "$net_directory/stream-end"
	wait "$stream_sender"
	wait "$stream_receiver"
	cmp "$net_directory/sent" "$net_directory/received"
}
