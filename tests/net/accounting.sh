#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# That the log and its `loss` records add up to exactly what was offered, by reason and by flow,
# while two ports are flooded at full speed with frames of known content and the collector is
# killed and started again in between. 300,000 frames; with SEKISHO_LONG=1 ten million.
#
#	lg  eth0 -- lg0  border  in0 -- eth0  in
#
# What was offered is held against the counters, and the counters against the log, by
# accounting.py. Nothing is forwarded: frames go to a station that is not there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/programs/engine.sh

[[ -x $net_sekishoctl ]] || plan_skip 'build/sekishoctl is not built'

frames=300000
kills=4
if [[ ${SEKISHO_LONG:-0} == 1 ]]; then
	frames=10000000
	kills=10
fi
# Connections that stay, of each flow that has such.
held=64
# Longer than the collector takes to start: what is held is to be held between two parts.
timeouts='tcp_half_open: 2, tcp_closing: 2, tcp_reset: 2, udp_unreplied: 3, udp_replied: 3'

floods=()

# logged_flow ID SERVICES LOG
logged_flow()
{
	flow "$1" lg in "$2" | sed "s/log: none/log: $3/"
}

lay()
{
	border_create
	trunk_create lg lg0
	trunk_create in in0
	be_silent border lg in
	{
		site "{connections: 131072, timeouts: {$timeouts}}"
		segment lg lgwan lg0 10.20.0.0/16
		segment in other in0 10.30.0.0/16
		echo 'flows:'
		logged_flow NEW udp/5000 new
		logged_flow ALL udp/5001 all
		logged_flow NONE udp/5002 none
		logged_flow CHURN udp/5003 new
		logged_flow TCP tcp/80 new
	} >"$net_directory/policy.yaml"
	border apply "$net_directory/policy.yaml" --actor tester >"$net_directory/said" 2>&1
	mkdir "$net_directory/sent"
}

# Frames that open connections and use them, end some, and are denied; of one key, of many services
# and of many sources.
kinds_of_lg()
{
	local away='eth dst=02:00:00:00:00:99' udp='udp csum=0'
	local ip='ip src=10.20.0.2 dst=10.30.0.2'

	cat <<-END
		new 16 34%$held $away $ip $udp sport=1000 dport=5000 zeros=18
		all 8 34%$held $away $ip $udp sport=1000 dport=5001 zeros=18
		none 4 34%$held $away $ip $udp sport=1000 dport=5002 zeros=18
		churn 3 34 $away $ip $udp sport=1 dport=5003 zeros=18
		syn 1 34 $away $ip tcp sport=1 dport=80 flags=S seq=1000
		reset 1 34 $away $ip tcp sport=1 dport=80 flags=R seq=1001
		port-not-permitted 12 28%60000 $away ip src=10.20.1.0 dst=10.30.0.2 $udp sport=1 dport=9
		no-destination 2 36 $away ip src=10.20.0.2 dst=172.16.0.1 $udp sport=1 dport=1
		source-spoofed 4 26? $away ip src=10.99.0.1 dst=10.30.0.2 $udp sport=1 dport=5000
		tcp-no-state 8 0 $away $ip tcp sport=1 dport=443 flags=A
		ethertype 1 0 $away type=0x88cc zeros=46
		malformed 1 0 $away type=0x0800 raw=4500
	END
}

# Replies, and a scan in the other direction, for which there is no flow.
kinds_of_in()
{
	local away='eth dst=02:00:00:00:00:99'

	cat <<-END
		reply 8 36%$held $away ip src=10.30.0.2 dst=10.20.0.2 udp csum=0 sport=5000 dport=1000 zeros=18
		no-flow 2 36 $away ip src=10.30.0.2 dst=10.20.0.3 udp csum=0 sport=1 dport=1
	END
}

# flood PEER PROCESSOR FRAMES PART: in the background. Each part has numbers of its own.
flood()
{
	"kinds_of_$1" >"$net_directory/kinds.$1"
	start_in "$1" taskset -c "$(($2 % $(nproc)))" "$PWD/build/tests/flood" eth0 \
		"$net_directory/stop" "$3" "$net_directory/kinds.$1" >"$net_directory/sent/$1.$4"
	floods+=("$started")
}

# One frame of each connection that replies go to.
open_held()
{
	kinds_of_lg | sed -n "s/^new 16/new $held/p" >"$net_directory/kinds.open"
	in_ns lg "$PWD/build/tests/flood" eth0 "$net_directory/stop" "$held" \
		"$net_directory/kinds.open" >"$net_directory/sent/open"
}

audit_lines()
{
	cat "$SEKISHO_STATE_DIR"/audit/*/*.jsonl
}

# starts_are N: so many collectors began.
starts_are()
{
	(($(audit_lines | grep -c '"type":"start"') == $1))
}

starts=0
collect_start()
{
	start_in border "$net_sekishoctl" collect
	collector=$started
	starts=$((starts + 1))
	busywait 20 starts_are "$starts"
}

collect_kill()
{
	kill -KILL "$collector"
	wait "$collector" 2>/dev/null || :
}

flood_and_kill()
{
	local part share=$((frames / (kills + 1)))

	collect_start
	open_held
	for ((part = 0; part <= kills; part++)); do
		floods=()
		flood lg 0 $((share * 3 / 4)) "$part"
		flood in 1 $((share / 4)) "$part"
		# Somewhere within the flood, or within the second after it, where it is short.
		sleep "0.$((RANDOM % 5))$((RANDOM % 10))"
		((part == kills)) || collect_kill
		wait "${floods[@]}"
		((part == kills)) || collect_start
	done
}

nothing_tracked()
{
	(($(engine connections) == 0))
}

# What came again is told a second after; so is what the last connection carried.
collect_end()
{
	busywait 20 nothing_tracked
	sleep 2.1
	kill -TERM "$collector"
	wait "$collector"
}

log_adds_up()
{
	lay
	flood_and_kill
	collect_end
	tally "$net_directory/policy.yaml"
	equal kills "$((starts - 1))" "$kills"
	border audit verify >"$net_directory/verified"
	audit_lines >"$net_directory/log"
	cat "$net_directory"/sent/* >"$net_directory/offered"
	python3 tests/net/accounting.py "$net_directory/offered" "$net_directory/tally" \
		"$net_directory/log"
}

plan 1
run_test 'what was offered, what was counted and what is on record is the same' log_adds_up
finish
