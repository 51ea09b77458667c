#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# That the largest policies are read, compiled, put in force and judged right, and what that costs.
# Times are asserted with three times the room that was measured for on the slowest host.
#
#	mn  eth0 -- mn0  border  lg0 -- eth0  lg
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/programs/engine.sh

lay()
{
	border_create
	trunk_create mn mn0
	trunk_create lg lg0
	be_silent border mn lg
}

# What was printed, as comments and as numbers.
show()
{
	cat "$1"
	read_numbers <"$1"
}

at_most()
{
	(($2 <= $3)) && return
	echo "$1: $2 is more than $3" >&2
	return 1
}

# judged REASON COUNT POLICY...
judged()
{
	tally "${@:3}"
	(($(total_of "reason.$1") == $2))
}

# knock SOURCE DESTINATION PORT [WORD...]: a SYN that nobody forwards.
knock()
{
	send_frame mn eth dst=02:00:00:00:00:99 "${@:4}" ip src="$1" dst="$2" \
		tcp sport=4000 dport="$3" flags=S
}

# Flow 77,777 of generate_large.py, and what misses it by one.
hundred_thousand_flows()
{
	local policy=$net_directory/large.yaml mac=02:00:00:01:2f:d1 from=10.8.78.183 to=10.143.109.157

	lay
	python3 tests/policy/generate_large.py 100000 |
		sed 's/approved_on: .*/approved_on: 2020-04-01\n    valid_until: 2097-03-31/' >"$policy"
	in_ns border "$PWD/build/tests/engine" read "$policy" >"$net_directory/read"
	show "$net_directory/read"
	at_most 'read, check and compile (ms)' "$(($(total_of read_ms) + $(total_of compile_ms)))" 6000
	at_most megabytes "$(total_of megabytes)" 500
	engine commit "$policy" >"$net_directory/committed"
	show "$net_directory/committed"
	knock "$from" "$to" 443 src="$mac"
	busywait 5 judged permit-new 1
	knock "$from" "$to" 444 src="$mac"
	busywait 5 judged port-not-permitted 1
	knock 10.8.78.184 "$to" 443 src="$mac"
	busywait 5 judged not-listed 1
	send_frame mn eth dst=02:00:00:00:00:99 src=02:00:00:01:2f:d2 ip src="$from" dst="$to" \
		tcp sport=4001 dport=443 flags=S
	busywait 5 judged mac-mismatch 1
	tally "$policy"
	equal 'the flow' "$(total_of flow.F-0077777)" 1
}

million_flows()
{
	lay
	in_ns border "$PWD/build/tests/million" "$(pins)" 1000000 >"$net_directory/committed"
	show "$net_directory/committed"
	knock 10.15.66.63 10.143.66.63 443
	busywait 5 judged permit-new 1
	knock 10.15.66.63 10.143.66.62 443
	busywait 5 judged not-listed 1
	knock 10.0.0.0 10.128.0.0 443
	busywait 5 judged permit-new 2
	knock 10.15.66.63 10.143.66.63 444
	busywait 5 judged port-not-permitted 1
	# Behind the last flow.
	knock 10.15.66.64 10.143.66.64 443
	busywait 5 judged not-listed 2
}

many_networks()
{
	local policy=$net_directory/networks.yaml i networks=()

	lay
	for ((i = 0; i < 4096; i++)); do
		networks+=("10.$((i / 128)).$((i % 128 * 2)).0/24")
	done
	{
		site ''
		segment mn other mn0 "$(
			IFS=,
			echo "${networks[*]}"
		)"
		segment lg other lg0 172.16.0.0/12
		echo 'flows:'
		flow F mn lg tcp/443
	} >"$policy"
	engine commit "$policy" >"$net_directory/committed"
	show "$net_directory/committed"
	knock 10.0.0.1 172.16.0.1 443
	knock 10.31.254.255 172.16.0.1 443
	knock 10.17.8.9 172.16.0.1 443
	busywait 5 judged permit-new 3
	# The gaps between them, and what is beyond.
	knock 10.0.1.1 172.16.0.1 443
	knock 10.31.255.0 172.16.0.1 443
	knock 10.32.0.1 172.16.0.1 443
	busywait 5 judged source-spoofed 3
}

# 256 segments of four VLANs each, all on mn0. Segment s has 10.s-1.0.0/16.
many_segments()
{
	local policy=$net_directory/segments.yaml i

	lay
	{
		site ''
		for ((i = 1; i <= 256; i++)); do
			segment "s$i" other mn0 "10.$((i - 1)).0.0/16" |
				sed "s/ports: \[[^]]*\]/ports: [$(vlans_of "$i")]/"
		done
		echo 'flows:'
		for ((i = 1; i <= 256; i++)); do
			flow "F$i" "s$i" "s$((257 - i))" tcp/443
		done
	} >"$policy"
	engine commit "$policy" >"$net_directory/committed"
	show "$net_directory/committed"
	for ((i = 1; i <= 1024; i += 31)); do
		knock "10.$(((i - 1) / 4)).0.1" "10.$((255 - (i - 1) / 4)).0.1" 443 vlan="$i"
	done
	busywait 5 judged permit-new 34 "$policy"
	equal 'of segment 256, the last' "$(total_of flow.F256)" 1
	knock 10.0.0.1 10.255.0.1 443 vlan=5
	busywait 5 judged source-spoofed 1
	knock 10.0.0.1 10.255.0.1 443 vlan=1025
	busywait 5 judged port-unbound 1
	knock 10.3.0.1 10.4.0.1 443 vlan=13
	busywait 5 judged no-flow 1
}

vlans_of()
{
	local first=$((4 * ($1 - 1) + 1))

	echo "{interface: mn0, vlan: $first}, {interface: mn0, vlan: $((first + 1))}," \
		"{interface: mn0, vlan: $((first + 2))}, {interface: mn0, vlan: $((first + 3))}"
}

plan 4
run_test '100,000 flows' hundred_thousand_flows
run_test '1,000,000 flows' million_flows
run_test '4,096 networks in a segment' many_networks
run_test '256 segments on 1,024 ports' many_segments
finish
