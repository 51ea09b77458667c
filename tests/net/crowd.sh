#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# That denials of random addresses, many times as many as there are rows for, neither make the
# collector grow nor hide what another host does once: of another segment, of the same segment for
# another reason, and of the same segment for the same reason.
#
#	lg  eth0 -- lg0  border  in0 -- eth0  in
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/programs/engine.sh

[[ -x $net_sekishoctl ]] || plan_skip 'build/sekishoctl is not built'

# A second; no more than the ring holds of one where the collector does not get a turn.
rate=50000
away='eth dst=02:00:00:00:00:99'
# The most that the collector may have more than before, in KiB: all its rows, and what it writes.
most_kib=32768

lay()
{
	border_create
	trunk_create lg lg0
	trunk_create in in0
	be_silent border lg in
	{
		site ''
		segment lg lgwan lg0 10.20.0.0/16
		segment in other in0 10.30.0.0/16
		echo 'flows:'
		flow OPEN lg in udp/5000
	} >"$net_directory/policy.yaml"
	border apply "$net_directory/policy.yaml" --actor tester >"$net_directory/said" 2>&1
	start_in border "$net_sekishoctl" collect
	collector=$started
	busywait 20 has '"type":"start"'
}

# has TEXT...: there is a record with all of them.
has()
{
	local text found

	found=$(cat "$SEKISHO_STATE_DIR"/audit/*/*.jsonl 2>/dev/null)
	for text in "$@"; do
		found=$(grep -F -- "$text" <<<"$found") || return 1
	done
}

# Its own memory, in KiB: not the tables of the packet path, which it has mapped.
memory()
{
	sed -n 's/^RssAnon:\s*\([0-9]*\) kB/\1/p' "/proc/$collector/status"
}

flood_start()
{
	cat >"$net_directory/kinds" <<-END
		spoofed 1 26? $away ip src=1.1.1.1 dst=10.30.0.2 udp csum=0 sport=1 dport=9
		own 1 28%60000 $away ip src=10.20.1.0 dst=10.30.0.2 udp csum=0 sport=1 dport=9
		away 1 26? $away ip src=1.1.1.1 dst=172.16.0.1 udp csum=0 sport=1 dport=9
	END
	start_in lg "$PWD/build/tests/flood" eth0 "$net_directory/stop" 100000000 \
		"$net_directory/kinds" "$rate" >"$net_directory/sent"
	flood=$started
}

# At no certain moment of the second in which rows fill up; the next one must be another.
single_denials()
{
	sleep 1.7
	send_frame in eth dst=02:00:00:00:00:99 src=02:00:00:00:77:01 ip src=10.30.0.7 dst=10.20.0.2 \
		udp csum=0 sport=1 dport=9
	send_frame lg eth dst=02:00:00:00:00:99 src=02:00:00:00:77:02 ip src=10.20.0.7 dst=172.16.0.1 \
		udp csum=0 sport=1 dport=9
	send_frame lg eth dst=02:00:00:00:00:99 src=02:00:00:00:77:03 ip src=10.20.0.8 dst=10.30.0.2 \
		udp csum=0 sport=1 dport=9
}

crowd_hides_nobody()
{
	local before after

	lay
	before=$(memory)
	flood_start
	single_denials
	sleep 1.5
	touch "$net_directory/stop"
	wait "$flood"
	after=$(memory)
	echo "sent $(sed -n 's/^sent //p' "$net_directory/sent"), memory $before to $after KiB"
	busywait 10 has '"type":"deny"' '"src":"10.30.0.7"' '"reason":"no-flow"' '"count":1,'
	busywait 10 has '"type":"deny"' '"src":"10.20.0.7"' '"reason":"no-destination"' '"count":1,'
	busywait 10 has '"type":"deny"' '"src":"10.20.0.8"' '"reason":"port-not-permitted"' '"count":1,'
	at_least 'sources that share a record' "$(has '"overflow":"pair"' && echo 1 || echo 0)" 1
	equal 'lost events' "$(border show status -j | jq .lost_events)" 0
	at_least 'memory' $((before + most_kib)) "$after"
}

plan 1
run_test 'a crowd of random addresses hides nobody, and takes no more memory' crowd_hides_nobody
finish
