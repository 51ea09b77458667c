#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What `log` of a flow asks to be told: each new connection, also packets of it, or nothing. Packets
# of a connection are told by `all` alone, the first of a second with the count of the others.
#
#	lg  eth0 -- lg0 | border | ex0 -- eth0  ex
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh

logging_policy()
{
	policy_new
	flow ALL "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" udp/5001 'log: all'
	flow NEW "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" udp/5002 'log: new'
	flow NONE "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" udp/5003 'log: none'
	apply
}

# told FLOW REASON: packets of its permit records, as their counts say.
told()
{
	audit_lines | jq -s --arg flow "$1" --arg reason "$2" \
		'[.[] | select(.type == "permit" and .flow == $flow and .reason == $reason) | .count] | add // 0'
}

# told_reaches FLOW REASON COUNT
told_reaches()
{
	(($(told "$1" "$2") >= $3))
}

# sends_round TIMES: so many packets of each connection
sends_round()
{
	local port time

	for ((time = 0; time < $1; time++)); do
		for port in 5001 5002 5003; do
			sends lg "${at4[ex]}" udp sport=777 "dport=$port" text=x
			sends lg "${at6[ex]}" udp sport=777 "dport=$port" text=x
		done
	done
}

# The first packet of each, then three in each of two seconds.
connections_go_on()
{
	sends_round 1
	sleep 1.1
	sends_round 3
	sleep 1.1
	sends_round 3
}

flows_are_told_as_asked()
{
	logging_policy
	audit_marked=$(audit_lines | wc -l)
	connections_go_on
	busywait 8 told_reaches ALL permit-established 4
	# Nothing more comes of what was sent: the third second has passed.
	sleep 1.5
	[[ $(told ALL permit-new) == 2 && $(told NEW permit-new) == 2 ]]
	(($(told ALL permit-established) <= 12))
	[[ $(told NEW permit-established) == 0 ]]
	[[ $(told NONE permit-new) == 0 && $(told NONE permit-established) == 0 ]]
}

town_create lg ex
plan 1
run_test 'flows are told as their log asks' flows_are_told_as_asked
finish
