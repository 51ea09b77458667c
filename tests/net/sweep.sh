#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# That idle connections are forgotten by the kernel's own timer, that their limits are given back,
# and that a full table gives way to nothing but time. No process of Sekisho runs meanwhile.
#
#	lg  eth0 -- lg0  border  in0 -- eth0  in
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/programs/engine.sh

# Idle time counts in whole seconds: 2 is more than one of them.
timeouts='tcp_half_open: 2, udp_unreplied: 2, udp_replied: 30, icmp: 2, other: 2'

lay()
{
	border_create
	trunk_create lg lg0
	trunk_create in in0
	be_silent border lg in
	{
		site "{connections: ${1:-1000}, timeouts: {$timeouts}}"
		segment lg other lg0 10.20.0.0/16
		segment in other in0 10.30.0.0/16
		echo 'flows:'
		flow LIMITED lg in 'udp/53, tcp/80, proto/47, icmp/echo' 'limit: {concurrent: 5}'
		flow FREE lg in udp/54
	} >"$net_directory/policy.yaml"
	engine commit "$net_directory/policy.yaml" >/dev/null
}

# open_some FIRST LAST PORT: one frame from each source port. Nothing is forwarded.
open_some()
{
	echo "udp 1 34 eth dst=02:00:00:00:00:99 ip src=10.20.0.2 dst=10.30.0.2" \
		"udp csum=0 sport=$1 dport=$3 text=x" >"$net_directory/kinds"
	in_ns lg "$PWD/build/tests/flood" eth0 /nonexistent $(($2 - $1 + 1)) "$net_directory/kinds" \
		>/dev/null
}

counted()
{
	tally "$net_directory/policy.yaml"
	(($(total_of "$1") == $2))
}

tracked()
{
	(($(engine connections) == $1))
}

limit_is_given_back()
{
	local i

	lay
	for i in 1 2; do
		open_some "$((i * 100))" "$((i * 100 + 9))" 53
		busywait 5 counted reason.permit-new $((5 * i))
		equal 'over the limit' "$(total_of reason.limit)" $((5 * i))
		# Two seconds idle, and at most five until the sweep comes by.
		busywait 8 tracked 0
		engine limits | grep -qx 'concurrent.LIMITED 0'
	done
}

every_protocol_is_forgotten()
{
	local to='eth dst=02:00:00:00:00:99 ip src=10.20.0.2 dst=10.30.0.2'

	lay
	# shellcheck disable=SC2086 # words
	{
		send_frame lg $to tcp sport=1 dport=80 flags=S
		send_frame lg $to udp sport=1 dport=53 text=x
		send_frame lg $to icmp type=8 id=7
		send_frame lg ${to/dst=10.30.0.2/dst=10.30.0.2 proto=47} raw=00000800
	}
	busywait 5 counted reason.permit-new 4
	busywait 8 tracked 0
}

# What is in use stays: an answered one for its longer time, one with traffic for ever.
living_ones_stay()
{
	local end=$((SECONDS + 6))

	lay
	open_some 1 2 54
	send_frame in eth dst=02:00:00:00:00:99 ip src=10.30.0.2 dst=10.20.0.2 \
		udp sport=54 dport=1 text=x
	open_some 3 3 53
	while ((SECONDS < end)); do
		open_some 2 2 54
		sleep 0.2
	done
	busywait 5 tracked 2
	tally "$net_directory/policy.yaml"
	equal 'opened connections' "$(total_of reason.permit-new)" 3
}

# Sixteen places: what finds none is denied, and evicts nobody.
full_table_gives_way_to_time_only()
{
	lay 1
	open_some 1 40 54
	busywait 5 counted frames 40
	equal permitted "$(total_of reason.permit-new)" 16
	equal 'no room' "$(total_of reason.state-full)" 24
	tracked 16
	busywait 8 tracked 0
	open_some 41 56 54
	busywait 5 counted reason.permit-new 32
}

plan 4
run_test 'a limit is given back when its connections are forgotten' limit_is_given_back
run_test 'idle connections of every protocol are forgotten' every_protocol_is_forgotten
run_test 'living connections stay' living_ones_stay
run_test 'a full table evicts nobody' full_table_gives_way_to_time_only
finish
