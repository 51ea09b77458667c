#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# That a policy which outgrows the tables is put in force like any other: a new object takes over,
# and neither streams nor counters nor pins notice; and that a small policy follows as well.
#
#	lg  eth0 -- lg0  border  in0 -- eth0  in
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/programs/stream.sh

# policy_of NAME FLOWS [STATE [SEGMENTS]]: the stream's flow, and many more.
policy_of()
{
	local i

	{
		site "${3:-}"
		segment lg other lg0 '10.20.0.0/16, "fd00:20::/48"'
		segment in other in0 '10.30.0.0/16, "fd00:30::/48"'
		for ((i = 1; i <= ${4:-0}; i++)); do
			segment "more-$i" other "lg0.$i" "10.$((100 + i)).0.0/16"
		done
		echo 'flows:'
		flow STREAM lg in tcp/80
		flow LIMITED lg in 'udp/53, tcp/53' 'limit: {concurrent: 1000}'
		many_flows "$2"
	} >"$net_directory/$1.yaml"
}

lay()
{
	border_create
	peer_create lg lg0 10.20.0.0/16 fd00:20::/48
	peer_create in in0 10.30.0.0/16 fd00:30::/48
	policy_of small 0
	policy_of other 1
	policy_of large 3000
	policy_of larger 6000
	policy_of segments 0 '' 100
	policy_of table 0 '{connections: 1000}'
	engine commit "$net_directory/small.yaml" >/dev/null
	# Neighbours make themselves known before there is a policy.
	tally "$net_directory/small.yaml"
	unjudged_before=$(total_of reason.no-policy)
}

# What is pinned, by name.
pinned()
{
	find "$net_directory/bpffs" -mindepth 1 -printf '%P\n' | sort
}

# commit_is POLICY NEW: a commit that makes a new object, or none.
commit_is()
{
	engine commit "$net_directory/$1.yaml" >"$net_directory/committed"
	total=()
	read_numbers <"$net_directory/committed"
	equal "new object for $1" "$(total_of new_object)" "$2"
}

denied_nothing()
{
	local reason

	for reason in revoked tcp-no-state tcp-invalid port-unbound unjudged no-flow; do
		equal "denied as $reason" "$(total_of "reason.$reason")" 0
	done
	equal 'denied as no-policy' "$(total_of reason.no-policy)" "$unjudged_before"
}

# stream_survives POLICY: with it in force it is the first half that has to move, or the second.
stream_survives()
{
	local before

	lay
	[[ $1 == small ]] || commit_is "$1" 0
	pinned >"$net_directory/pinned"
	stream_start
	tally "$net_directory/small.yaml"
	before=$(total_of flow.STREAM)
	commit_is large 1
	commit_is larger 1
	commit_is small 0
	commit_is segments 1
	commit_is small 0
	pinned | diff "$net_directory/pinned" -
	tally "$net_directory/small.yaml"
	denied_nothing
	at_least 'frames of the stream' "$(total_of flow.STREAM)" "$((before + 1))"
	equal 'opened connections' "$(total_of new.STREAM)" 1
	stream_is_whole
	tally "$net_directory/small.yaml"
	denied_nothing
}

counters_carry_over()
{
	lay
	be_silent border lg in
	send_frame lg --count 500 eth dst=02:00:00:00:00:99 \
		ip src=10.20.0.2 dst=10.30.0.2 udp sport=4000 dport=53
	busywait 5 counted 500
	cp "$net_directory/tally" "$net_directory/before"
	engine limits >"$net_directory/limits"
	commit_is larger 1
	commit_is segments 1
	counted 500
	diff <(grep -v generation "$net_directory/before") <(grep -v generation "$net_directory/tally")
	engine limits | grep -w concurrent.LIMITED | diff - \
		<(grep -w concurrent.LIMITED "$net_directory/limits")
	send_frame lg --count 5 eth dst=02:00:00:00:00:99 \
		ip src=10.20.0.2 dst=10.30.0.2 udp sport=4000 dport=53
	busywait 5 counted 505
}

counted()
{
	tally "$net_directory/small.yaml"
	(($(total_of flow.LIMITED) == $1))
}

# While the maps grow, frames are judged as ever, new connections too.
judges_while_it_moves()
{
	local before

	lay
	be_silent border lg in
	[[ $1 == small ]] || commit_is "$1" 0
	tally
	before=$(total_of frames)
	flood_start udp
	commit_is larger 1
	flood_end
	tally "$net_directory/small.yaml"
	denied_nothing
	equal 'not permitted' "$(total_of reason.port-not-permitted)" 0
	equal 'counted by reason' "$(($(total_of frames) - before))" "$sent"
}

flood_start()
{
	"kinds_of_$1" >"$net_directory/kinds"
	start_in lg "$PWD/build/tests/flood" eth0 "$net_directory/stop" 20000000 \
		"$net_directory/kinds" >"$net_directory/sent"
	busywait 5 all_counted 1000
}

kinds_of_udp()
{
	echo "udp 1 34 eth dst=02:00:00:00:00:99 ip src=10.20.0.2 dst=10.30.0.2" \
		"udp csum=0 sport=1 dport=53"
}

# Thirty connections are opened, then the thirty are reset, and so on.
kinds_of_tcp()
{
	local kind i

	for kind in 'flags=S seq=100' 'flags=R seq=101'; do
		for i in {1..30}; do
			echo "$i 1 34 eth dst=02:00:00:00:00:99 ip src=10.20.0.2 dst=10.30.0.2" \
				"tcp sport=$((i * 1000)) dport=53 $kind"
		done
	done
}

flood_end()
{
	touch "$net_directory/stop"
	wait "$started"
	sent=$(sed -n 's/^sent //p' "$net_directory/sent")
	busywait 5 all_counted "$sent"
}

# Counters and pairs move to larger maps while frames are counted in them.
counts_while_it_moves()
{
	lay
	be_silent border lg in
	tally
	equal 'frames before' "$(total_of frames)" "$(total_of pairs)"
	flood_start udp
	commit_is segments 1
	commit_is larger 1
	flood_end
	tally "$net_directory/small.yaml"
	equal 'all pairs' "$(total_of pairs)" "$(total_of frames)"
	equal 'flow and limit' "$(($(total_of flow.LIMITED) + $(total_of reason.limit)))" "$sent"
}

all_counted()
{
	tally
	(($(total_of frames) >= $1))
}

# A limit counts connections that come and go while it moves, and is nothing when all are gone.
limits_stay_true()
{
	local state='{timeouts: {tcp_half_open: 2, tcp_reset: 2}}'

	lay
	be_silent border lg in
	policy_of small 0 "$state"
	policy_of large 3000 "$state"
	policy_of larger 6000 "$state"
	engine commit "$net_directory/small.yaml" >/dev/null
	flood_start tcp
	commit_is large 1
	commit_is larger 1
	flood_end
	tally
	busywait 10 none_tracked
	engine limits >"$net_directory/limits"
	grep -w concurrent.LIMITED "$net_directory/limits"
	# At most thirty of a thousand were open at any moment.
	equal 'beyond the limit' "$(total_of reason.limit)" 0
	grep -qx 'concurrent.LIMITED 0' "$net_directory/limits"
}

none_tracked()
{
	(($(engine connections) == 0))
}

# A table of another size: connections open anew, as the commit says.
another_table()
{
	lay
	commit_is table 1
	pinned >"$net_directory/pinned"
	listen_in in tcp 80
	asks lg tcp 10.30.0.2 80
	commit_is small 1
	asks lg tcp 10.30.0.2 80
	pinned | diff "$net_directory/pinned" -
}

plan 8
run_test 'a stream outlives growth, the first half being in force' stream_survives small
run_test 'a stream outlives growth, the second half being in force' stream_survives other
run_test 'counters and limits carry over' counters_carry_over
run_test 'frames are judged while the first half moves' judges_while_it_moves small
run_test 'frames are judged while the second half moves' judges_while_it_moves other
run_test 'frames are counted while their counters move' counts_while_it_moves
run_test 'limits stay true while they move' limits_stay_true
run_test 'another size of the connection table' another_table
finish
