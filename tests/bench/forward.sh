#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Forwarding between namespaces, packets a second counted at the far end: Sekisho beside the kernel
# without a filter, XDP programs that filter nothing, and nftables with the same policy.
#
# What runs on a core includes the sender: rates are of one core that sends, forwards and counts, or
# of two that do, each its own connections. 'sender alone' says how much of it is the sender's.
# UDP has had its replies before anything is measured, TCP its handshake.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/bench/forward_cases.sh

quick=${QUICK:-0}
rounds=5
seconds=0.2
# Past this no case is begun: a machine that is busy with other things may not do all of them.
seconds_at_most=480
if ((quick == 1)); then
	rounds=3
	seconds=0.1
	seconds_at_most=50
fi

# In the order of the table: name, and the lane's words.
everything=(
	'sender alone|ceiling'
	'kernel|stack'
	'XDP next hop|next_hop'
	'XDP FIB lookup|lookup'
	'nft rules 100|nft rules 100 all'
	'nft rules 1000|nft rules 1000 all'
	'nft set 1000|nft set 1000 all'
	'nft set 10000|nft set 10000 all'
	'nft set 100000|nft set 100000 all'
	'nft established, set 1000|nft set 1000 established'
	'nft established, set 10000|nft set 10000 established'
	'nft established, set 100000|nft set 100000 established'
	'ours kernel 10|ours kernel 10'
	'ours kernel 1000|ours kernel 1000'
	'ours kernel 10000|ours kernel 10000'
	'ours kernel 100000|ours kernel 100000'
	'ours fast 10|ours fast 10'
	'ours fast 1000|ours fast 1000'
	'ours fast 10000|ours fast 10000'
	'ours fast 100000|ours fast 100000'
)
# shellcheck disable=SC2034 # by name, in full()
main=(
	'sender alone' 'kernel' 'XDP next hop' 'XDP FIB lookup' 'nft set 100000'
	'nft established, set 10000' 'ours kernel 10000' 'ours fast 10000' 'ours fast 100000'
)
tcp=('kernel' 'nft established, set 10000' 'ours kernel 10000' 'ours fast 10000')
# More of the kernel's connections than these would crowd the one table of all namespaces, which
# has a quarter of a million places.
crowding=('nft established, set 1000' 'nft established, set 100000')

# Beside what else, and not only the kernel.
# shellcheck disable=SC2034 # for case_report
case_beside='[
	["ours fast 10000", "nft established, set 10000"],
	["ours fast 10000", "XDP FIB lookup"],
	["ours fast 100000", "nft set 100000"]
]'

# Protocol, bytes of a frame, connections, cores, and which variants. What matters comes first.
cases='
	udp   64   1000 1 all
	udp   64 100000 1 uncrowded
	tcp   64   1000 1 tcp
	udp   64   1000 2 main
	udp   64 100000 2 main
	udp   64      1 1 all
	udp 1500   1000 1 main
	udp 1500 100000 1 main
	tcp   64 100000 1 tcp
	tcp 1500   1000 1 tcp
	udp 1500   1000 2 main
	udp 1500 100000 2 main
	udp 1500      1 1 main
'

# run_case udp|tcp FRAME FLOWS CORES VARIANT...
run_case()
{
	local protocol=$1 frame=$2 flows=$3 cores=$4 title kind=udp

	((cores <= $(nproc))) || return 0
	if ((SECONDS > seconds_at_most)); then
		echo "forward: no time for $1 $2 $3 $4" >&2
		return 0
	fi
	title='UDP, the sender on the same cores'
	if [[ $protocol == tcp ]]; then
		title='TCP, the sender on the same cores'
		kind=ack
	fi
	case_begin forward "$title" \
		"{\"frame\": $frame, \"flows\": $flows, \"cores\": $cores}" "${@:5}"
	case_connect "$protocol" "$flows"
	case_check "$kind" "$frame" "$flows"
	case_measure "$rounds" "kind=$kind" "frame=$frame" "flows=$flows" "cores=$cores" \
		"seconds=$seconds"
	case_report kernel
}

full()
{
	local protocol frame flows cores which all=() uncrowded entry

	for entry in "${everything[@]}"; do
		all+=("${entry%%|*}")
	done
	# shellcheck disable=SC2034 # by name
	mapfile -t uncrowded < <(printf '%s\n' "${all[@]}" |
		grep -vxFf <(printf '%s\n' "${crowding[@]}"))
	cases_lay everything "${all[@]}"
	# What runs inside is not to read the list.
	while read -r protocol frame flows cores which <&3; do
		local -n variants=$which
		run_case "$protocol" "$frame" "$flows" "$cores" "${variants[@]}"
	done 3< <(grep . <<<"$cases")
}

# What needs no lane that takes seconds to lay.
short()
{
	local small=(
		'sender alone' 'kernel' 'XDP FIB lookup' 'nft established, set 10000'
		'ours kernel 10000' 'ours fast 10000'
	)

	cases_lay everything "${small[@]}"
	run_case udp 64 1000 1 "${small[@]}"
	run_case udp 64 100000 1 "${small[@]}"
	run_case udp 64 1000 2 'kernel' 'XDP FIB lookup' 'ours kernel 10000' 'ours fast 10000'
	run_case tcp 64 1000 1 "${tcp[@]}"
}

lanes_begin
if ((quick == 1)); then
	short
else
	full
fi
run_deferred
check_leaks >&2
