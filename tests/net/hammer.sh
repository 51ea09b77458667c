#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# That every frame and every connection is accounted for while two processors open, use, reset and
# reclaim connections in the same few buckets of a table that is far too small for them.
#
#	lg  eth0 -- lg0  border  in0 -- eth0  in
#
# Each peer floods from a processor of its own, and veth judges where it sends. Nothing is
# forwarded: frames go to a station that is not there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/programs/engine.sh

[[ -x build/tests/accounts ]] || plan_skip 'build/tests/accounts is not built'

# A connection is idle after one second, so that all of the table is taken again each second.
timeouts='tcp_half_open: 1, tcp_closing: 1, tcp_reset: 1, udp_unreplied: 1, udp_replied: 1'
seconds=2
flood_most=100000000
conversations=12

declare -A sent
floods=()

# hammered_flow ID FROM TO SERVICES BOUND: told of when it begins and ends.
hammered_flow()
{
	flow "$1" "$2" "$3" "$4" "limit: {concurrent: $5}" | sed 's/log: none/log: new/'
}

# lay CONNECTIONS
lay()
{
	(($(nproc) > 1)) || skip_test 'wants two processors'
	border_create
	trunk_create lg lg0
	trunk_create in in0
	be_silent border lg in
	{
		site "{connections: $1, timeouts: {$timeouts}}"
		segment lg other lg0 10.20.0.0/16
		segment in other in0 10.30.0.0/16
		echo 'flows:'
		hammered_flow TCP lg in tcp/80 2
		hammered_flow OUT lg in udp/54 100000
		hammered_flow BACK in lg udp/any 100000
		hammered_flow FEW lg in udp/55 1
	} >"$net_directory/policy.yaml"
	engine commit "$net_directory/policy.yaml" >/dev/null
}

# What lg sends: conversations that in resets at the same time, and ever new ones that in answers.
kinds_of_lg()
{
	local i to='eth dst=02:00:00:00:00:99 ip src=10.20.0.2 dst=10.30.0.2'

	for ((i = 1; i <= conversations; i++)); do
		echo "syn-$i 1 0 $to tcp sport=$i dport=80 flags=S seq=1000"
		echo "reset-$i 2 0 $to tcp sport=$i dport=80 flags=R seq=1001"
	done
	echo "out 16 34 $to udp csum=0 sport=1 dport=54 text=x"
	echo "held 8 0 $to udp csum=0 sport=7 dport=54 text=x"
	echo "few 8 34 $to udp csum=0 sport=1 dport=55 text=x"
}

kinds_of_in()
{
	local i to='eth dst=02:00:00:00:00:99 ip src=10.30.0.2 dst=10.20.0.2'

	for ((i = 1; i <= conversations; i++)); do
		echo "answer-$i 2 0 $to tcp sport=80 dport=$i flags=RA seq=1 ack=1001"
	done
	echo "back 16 36 $to udp csum=0 sport=54 dport=1 text=x"
	echo "held-back 8 0 $to udp csum=0 sport=54 dport=7 text=x"
}

# start_flood PEER PROCESSOR
start_flood()
{
	"kinds_of_$1" >"$net_directory/kinds.$1"
	start_in "$1" taskset -c "$2" "$PWD/build/tests/flood" eth0 "$net_directory/stop" \
		"$flood_most" "$net_directory/kinds.$1" >"$net_directory/sent.$1"
	floods+=("$started")
}

hammer()
{
	local end kind number peer

	start_flood lg 0
	start_flood in 1
	end=$((SECONDS + seconds))
	while ((SECONDS <= end)); do
		sleep 0.1
	done
	touch "$net_directory/stop"
	wait "${floods[@]}"
	sent[all]=0
	for peer in lg in; do
		while read -r kind number; do
			sent[$kind]=$number
		done <"$net_directory/sent.$peer"
		sent[all]=$((sent[all] + sent[sent]))
	done
}

counted()
{
	tally "$net_directory/policy.yaml"
	(($(total_of frames) == sent[all]))
}

nothing_tracked()
{
	(($(engine connections) == 0))
}

# Counts events from now on, and the rows after the flood and at the end: see accounts.c.
start_accounts()
{
	start_in border "$PWD/build/tests/accounts" "$(pins)" "$net_directory/stopped" \
		"$net_directory/idle" >"$net_directory/accounts"
	accounts=$started
}

first_account_made()
{
	grep -q '^1\.concurrent' "$net_directory/accounts"
}

# Each frame has one reason, and those of connections are the only ones there are.
check_frames()
{
	local reason sum=0

	for reason in permit-new permit-established state-full limit tcp-invalid tcp-no-state; do
		sum=$((sum + $(total_of "reason.$reason")))
	done
	equal 'all reasons and the frames sent' "$(total_sum reason.)" "${sent[all]}"
	equal 'reasons of connections and all reasons' "$sum" "${sent[all]}"
	equal 'all pairs' "$(total_of pairs)" "${sent[all]}"
	for reason in permit-new permit-established state-full limit tcp-no-state; do
		at_least "$reason" "$(total_of "reason.$reason")" 20
	done
	equal 'flows' "$(total_sum flow.)" \
		"$(($(total_of reason.permit-new) + $(total_of reason.permit-established)))"
	equal 'new connections of flows' "$(total_sum new.)" "$(total_of reason.permit-new)"
}

# What is told of, what is in the table and what limits count are the same connections.
check_connections()
{
	local id sum=0 new

	new=$(total_of reason.permit-new)
	equal 'events lost' "$(total_of 2.lost)" 0
	equal 'connections told of as new' "$(total_of 1.told.permit)" "$new"
	equal 'new ones less those that ended, and those tracked' \
		"$((new - $(total_of 1.told.end)))" "$(total_of 1.tracked)"
	at_least 'tracked after the flood' "$(total_of 1.tracked)" 1
	equal 'connections told of as ended' "$(total_of 2.told.end)" "$new"
	equal 'rows in use' "$(total_of 2.tracked)" 0
	for id in 1 2; do
		equal 'rows that stay claimed' "$(total_of "$id.claimed")" 0
	done
	for id in TCP OUT BACK FEW; do
		sum=$((sum + $(total_of "1.concurrent.$id")))
		equal "counted by the limit of $id" "$(total_of "2.concurrent.$id")" 0
	done
	at_least 'tracked, and counted by limits' "$(total_of 1.tracked)" "$sum"
}

# hammered CONNECTIONS: the table has the rows that so many are given.
hammered()
{
	lay "$1"
	start_accounts
	hammer
	touch "$net_directory/stopped"
	busywait 4 first_account_made
	busywait 3 counted
	# Two seconds idle at most, and as long until the sweep has come by.
	busywait 5 nothing_tracked
	touch "$net_directory/idle"
	wait "$accounts"
	read_numbers <"$net_directory/accounts"
	echo "frames ${sent[all]}, new $(total_of reason.permit-new), established" \
		"$(total_of reason.permit-established), no room $(total_of reason.state-full)," \
		"over a limit $(total_of reason.limit), tracked at the end $(total_of 1.tracked)"
	check_frames
	check_connections
}

plan 2
run_test 'one bucket, two processors: all is accounted for' hammered 1
run_test 'eight buckets, two processors: all is accounted for' hammered 60
finish
