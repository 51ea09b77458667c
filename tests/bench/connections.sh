#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# New connections a second: each frame is the first of a connection that the policy permits, and
# leaves one behind. Sekisho beside nftables with conntrack; 'kernel' keeps none. The sender shares
# the core, or both.
#
# Every round has connections of its own, and one round comes before those that count. nftables
# begins each with an empty table; ours keeps the connections of the rounds before.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/bench/forward_cases.sh

quick=${QUICK:-0}
rounds=5
# All rounds fit into the room that a policy has by default.
count=30000
# shellcheck disable=SC2034 # for cases_lay
variants=(
	'kernel|stack'
	'nft set 1000|nft set 1000 established'
	'nft set 10000|nft set 10000 established'
	'ours kernel 1000|ours kernel 1000'
	'ours kernel 10000|ours kernel 10000'
)
names=('kernel' 'nft set 1000' 'nft set 10000' 'ours kernel 1000' 'ours kernel 10000')
if ((quick == 1)); then
	rounds=3
	names=('kernel' 'nft set 10000' 'ours kernel 10000')
fi
# shellcheck disable=SC2034 # for case_report
case_baselines='{"ours kernel 1000": "nft set 1000"}'

# What the lane keeps of connections.
kept()
{
	case ${case_words[$1]} in
	nft*) in_ns "border${lane_number[$1]}" conntrack -C ;;
	ours*) lane_ours "$1" show reasons -j | jq '[.[] | select(.reason == "permit-new") | .packets] | add // 0' ;;
	esac
}

# measure KIND CORES ROUND: each variant once. What was let through is looked for as a connection.
measure()
{
	local name before after

	for name in "${case_variants[@]}"; do
		before=0
		[[ ${case_words[$name]} != nft* ]] || lane_cut "$name"
		[[ ${case_words[$name]} != ours* ]] || before=$(kept "$name")
		case_sample "$name" "$3" "kind=$1" "cores=$2" "first=$((($3 + 1) * count))" \
			"flows=$count" "frames=$count"
		after=$(kept "$name")
		if [[ -n $after ]] && ((after - before < count * 99 / 100)); then
			echo "$name: kept $((after - before)) of $count connections" >&2
			return 1
		fi
	done
}

# run_case KIND TITLE CORES
run_case()
{
	local round name

	(($3 <= $(nproc))) || return 0
	case_begin connections "$2, the sender on the same cores" \
		"{\"connections\": $count, \"cores\": $3}" "${names[@]}"
	for name in "${case_variants[@]}"; do
		[[ ${case_words[$name]} != ours* ]] || lane_renew "$name"
	done
	case_check "$1" 64 2000
	measure "$1" "$3" 0
	: >"$net_directory/samples"
	for ((round = 1; round <= rounds; round++)); do
		measure "$1" "$3" "$round"
	done
	case_report 'nft set 10000'
}

lanes_begin
cases_lay variants "${names[@]}"
run_case syn 'TCP SYN' 1
if ((quick == 0)); then
	run_case udp 'UDP' 1
	run_case syn 'TCP SYN' 2
	run_case udp 'UDP' 2
fi
run_deferred
check_leaks >&2
