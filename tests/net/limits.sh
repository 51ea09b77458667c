#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A flow's limits hold: so many new connections a second, so many at a time. What is over gives its
# place back, and a commit gives none away.
#
#	lg  eth0 -- lg0 | border | ex0 -- eth0  ex
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh

# limited_policy SITE-LINE
limited_policy()
{
	policy_with "$@"
	flow RATE "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" udp/5000 \
		'limit: {new_per_second: 3}'
	flow TCP "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" 'tcp/443, tcp/80' \
		'limit: {concurrent: 2}'
	# Of each family its own, to be counted apart.
	flow UDP4 "lg, hosts: [${at4[lg]}]" "ex, hosts: [${at4[ex]}]" udp/6000 \
		'limit: {concurrent: 2}'
	flow UDP6 "lg, hosts: [\"${at6[lg]}\"]" "ex, hosts: [\"${at6[ex]}\"]" udp/6000 \
		'limit: {concurrent: 2}'
	flow FREE "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" udp/7000
	apply
}

# Whole seconds of the wall clock are what is counted in.
rate_is_kept()
{
	local family i second open

	limited_policy ''
	for family in 4 6; do
		for ((try = 0; try < 5; try++)); do
			second_begins
			second=$(date +%s)
			mark
			count_start ex eth0 proto=udp dport=5000
			for ((i = 0; i < 6; i++)); do
				sends lg "$(address ex "$family")" \
					udp "sport=$((++sport))" dport=5000 text=x
			done
			(($(date +%s) != second)) || break
		done
		((try < 5)) || skip_test 'this machine is too slow to send six frames in a second'
		rose permit-new=3 limit=3 'permit-related=*'
		count_is 3
		recorded ".type == \"deny\" and .reason == \"limit\" and .flow == \"RATE\" and
			.src == \"$(address lg "$family")\""
		# What is open goes on, beyond any number, and so do flows without limit.
		open=$((sport - 5))
		mark
		for ((i = 0; i < 4; i++)); do
			sends lg "$(address ex "$family")" udp "sport=$open" dport=5000 text=x
			sends lg "$(address ex "$family")" udp "sport=$((++sport))" dport=7000 text=x
		done
		rose permit-established=4 permit-new=4 'permit-related=*'
		second_begins
		mark
		sends lg "$(address ex "$family")" udp "sport=$((++sport))" dport=5000 text=x
		rose permit-new=1 'permit-related=*'
	done
}

# denied_syn: a further connection is one too many.
denied_syn()
{
	mark
	sends lg "$(address ex "$family")" tcp "sport=$((++sport))" dport=443 flags=S
	busywait 5 limit_rose
	not rises permit-new
}

limit_rose()
{
	reasons_risen | grep -q '^limit=1$'
}

close_frees_a_place()
{
	local family first

	limited_policy ''
	listen_in ex tcp 443
	for family in 4 6; do
		stream_open lg "$(address ex "$family")" 443
		first=$stream_pid
		stream_open lg "$(address ex "$family")" 443
		denied_syn
		recorded '.type == "deny" and .reason == "limit" and .flow == "TCP"'
		stream_goes_on
		# A commit counts nothing anew.
		limited_policy ''
		denied_syn
		stream_goes_on
		kill "$first"
		busywait 5 asks lg tcp "$(address ex "$family")" 443
		kill "$stream_pid"
		busywait 5 asks lg tcp "$(address ex "$family")" 443
		in_ns lg ss -K state fin-wait-2 >/dev/null 2>&1 || :
		busywait 8 nothing_is_open
	done
}

# Both ends have closed whatever there was.
nothing_is_open()
{
	! in_ns ex ss -Htn state established state close-wait state fin-wait-1 state last-ack |
		grep -q .
}

# A refused connection, and one whose peer does not answer, hold no place for long.
reset_frees_a_place()
{
	local family i

	limited_policy ''
	for family in 4 6; do
		for ((i = 0; i < 4; i++)); do
			mark
			sends lg "$(address ex "$family")" tcp "sport=$((++sport))" dport=80 flags=S
			rose permit-new=1 permit-established=1
		done
	done
}

idle_frees_a_place()
{
	local family

	limited_policy 'state: {timeouts: {udp_unreplied: 1}}'
	listen_in ex udp 6001
	for family in 4 6; do
		mark
		sends lg "$(address ex "$family")" udp "sport=$((++sport))" dport=6000 text=x
		sends lg "$(address ex "$family")" udp "sport=$((++sport))" dport=6000 text=x
		sends lg "$(address ex "$family")" udp "sport=$((++sport))" dport=6000 text=x
		rose permit-new=2 limit=1 'permit-related=*'
		# Idle for a second, and found so at most five later.
		busywait 8 another_passes
		recorded '.type == "flow.end" and .flow == "UDP'"$family"'" and .cause == "idle"'
		busywait 8 another_passes
	done
}

another_passes()
{
	mark
	sends lg "$(address ex "$family")" udp "sport=$((++sport))" dport=6000 text=x
	busywait 1 rises permit-new
}


sport=41000
town_create lg ex
plan 4
town_test 'a rate is kept' rate_is_kept
sport=42000
town_test 'a closed connection frees its place' close_frees_a_place
sport=43000
town_test 'a refused connection frees its place' reset_frees_a_place
sport=44000
town_test 'an idle connection frees its place' idle_frees_a_place
finish
