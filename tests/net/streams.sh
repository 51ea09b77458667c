#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# That a TCP stream outlives every commit that keeps its permission, byte for byte, and ends at the
# commit that takes the permission away.
#
#	lg  eth0 -- lg0  border  in0 -- eth0  in
#	     (the stream's sender)	     (its receiver)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/programs/stream.sh

# policy_of NAME [SEGMENT-LINE] [FLOW-LINE]: the stream's flow, and what is beside it.
policy_of()
{
	{
		site ''
		segment lg lgwan lg0 '10.20.0.0/16, "fd00:20::/48"'
		segment in other in0 '10.30.0.0/16, "fd00:30::/48"'
		[[ -z ${2:-} ]] || echo "$2"
		echo 'flows:'
		[[ ${3:-} == without* ]] || flow STREAM lg in tcp/80
		[[ -z ${3:-} ]] || echo "${3#without}"
	} >"$net_directory/$1.yaml"
}

lay()
{
	border_create
	peer_create lg lg0 10.20.0.0/16 fd00:20::/48
	peer_create in in0 10.30.0.0/16 fd00:30::/48
	policy_of plain
	policy_of other '' "$(flow OTHER in lg udp/53)"
	policy_of cut '' "without$(flow OTHER in lg udp/53)"
	# Its name sorts before the others: all segments get other numbers.
	policy_of first "$(segment aaa other lg0.7 10.70.0.0/16)"
	engine commit "$net_directory/plain.yaml" >/dev/null
}

# alternate_under_stream POLICY COUNT: the plain policy and another one in turn.
alternate_under_stream()
{
	local reason unjudged

	lay
	# Neighbours make themselves known before there is a policy.
	tally "$net_directory/plain.yaml"
	unjudged=$(total_of reason.no-policy)
	stream_start
	engine alternate "$net_directory/$1.yaml" "$net_directory/plain.yaml" "$2" \
		>"$net_directory/alternated"
	cat "$net_directory/alternated"
	stream_is_whole
	tally "$net_directory/plain.yaml"
	equal generation "$(total_of generation)" "$(($2 + 1))"
	equal 'opened connections' "$(total_of new.STREAM)" 1
	for reason in revoked tcp-no-state tcp-invalid unjudged; do
		equal "denied as $reason" "$(total_of "reason.$reason")" 0
	done
	equal 'denied as no-policy' "$(total_of reason.no-policy)" "$unjudged"
	echo "stream: $(stat -c %s "$net_directory/received") bytes"
}

survives_commits()
{
	alternate_under_stream other 1000
}

survives_other_numbers()
{
	alternate_under_stream first 21
}

ends_with_its_permission()
{
	lay
	stream_start
	engine commit "$net_directory/cut.yaml" >/dev/null
	# From here on: not one frame, in either direction, though both sides go on trying.
	count_start in eth0 proto=tcp dport=80
	busywait 10 was_tried_again
	count_is 0
	tally
	equal 'revoked, of one connection' "$(total_of reason.revoked)" 1
	equal 'tracked connections' "$(engine connections)" 0
	echo "tcp-no-state $(total_of reason.tcp-no-state)"
}

was_tried_again()
{
	tally
	(($(total_of reason.revoked) > 0 && $(total_of reason.tcp-no-state) > 1))
}

plan 3
run_test 'a stream outlives 1,000 commits' survives_commits
run_test 'a stream outlives commits that number the segments anew' survives_other_numbers
run_test 'a stream ends with the commit that cuts it' ends_with_its_permission
finish
