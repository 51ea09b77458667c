#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# That a ring buffer without a reader never holds up or loses a frame: what finds no room is
# counted, and the collector that comes later writes what it missed as `loss` records.
#
#	lg  eth0 -- lg0  border  in0 -- eth0  in
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/programs/apply.sh

# More keys than the ring has room for.
frames=150000

# Each frame is to another port than the one before, none of which is permitted. What is told of a key
# is forgotten long before it comes again.
flood_ports()
{
	echo "port 1 36%55000 eth dst=02:00:00:00:00:99 ip src=10.20.0.2 dst=10.30.0.2 udp sport=9 dport=6000" \
		>"$net_directory/kinds"
	in_ns lg "$PWD/build/tests/flood" eth0 "$net_directory/stop" "$frames" \
		"$net_directory/kinds" >"$net_directory/sent"
	sed -n 's/^sent //p' "$net_directory/sent"
}

# records TYPE JQ: the sum of a field over the records of a type.
records()
{
	cat "$net_directory"/state/audit/*/*.jsonl | jq -s "[.[] | select(.type == \"$1\") | $2] | add // 0"
}

full_ring_is_counted_and_recorded()
{
	local before sent lost told

	apply_lay full
	tally "$net_directory"/{old,new}.yaml
	before=$(total_sum reason.)
	sent=$(flood_ports)
	busywait 5 frames_are $((before + sent))
	lost=$(border show status -j | jq .lost_events)
	at_least 'events without room' "$lost" 1000
	timeout 60 nsenter --net="$(ns_path border)" -- "$net_sekishoctl" collect --once
	equal 'losses on record' "$(records loss .count)" "$lost"
	# One denial of the knock beside them.
	told=$(records deny 'select(.reason == "port-not-permitted") | .count')
	equal 'denials told and lost' $((told + lost)) $((sent + 1))
	border audit verify >/dev/null
}

# A burst of one key: the first is told at once, how often it came again within two seconds.
burst_is_told_whole()
{
	apply_lay full
	start_in border "$net_sekishoctl" collect
	busywait 5 border audit verify
	send_frame lg --count 1000 eth dst=02:00:00:00:00:99 \
		ip src=10.20.0.2 dst=10.30.0.2 udp sport=9 dport=7777 text=x
	busywait 8 burst_is 1000
}

burst_is()
{
	(($(records deny 'select(.dport == 7777) | .count') == $1))
}

frames_are()
{
	tally "$net_directory"/{old,new}.yaml
	(($(total_sum reason.) == $1))
}

plan 2
run_test 'a full ring holds up no frame, and is counted and recorded' full_ring_is_counted_and_recorded
run_test 'a burst of one key is told whole, though the key never comes again' burst_is_told_whole
finish
