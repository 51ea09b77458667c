#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# From a file of flows to a policy in force, step by step and by size, beside `nft -f` of the same
# permissions as a set of concatenated intervals; and the memory of the kernel's tables. Interfaces,
# pins and rules are in namespaces that end with it. See the head of run.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if [[ ${1:-} != inside ]]; then
	exec unshare --net --mount --propagation private "$PWD/tests/bench/policy.sh" inside
fi

pins=/sys/fs/bpf/sekisho
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 143' INT TERM
# nftables gets this long for one file, in seconds.
patience=$((QUICK == 1 ? 5 : 45))

# steps FLOWS RUNS
steps()
{
	tests/bench/policy_text.py yaml "$1" >"$scratch/$1.yaml"
	tests/bench/policy_text.py yaml "$1" $(($1 / 2)) >"$scratch/changed.yaml"
	build/bench/policy "$pins" "$1" "$2" "$scratch/$1.yaml" "$scratch/changed.yaml"
}

# nft_once FILE: milliseconds.
nft_once()
{
	local start=${EPOCHREALTIME/./}

	timeout "$patience" nft --file "$1" || return 1
	echo "$(((${EPOCHREALTIME/./} - start) / 1000))"
}

# nft_steps FLOWS RUNS: what takes too long is said, and not tried in larger sizes.
nft_steps()
{
	local i times=()

	tests/bench/policy_text.py nft "$1" >"$scratch/nft"
	for ((i = 0; i <= $2; i++)); do
		times+=("$(nft_once "$scratch/nft")") || {
			echo "policy: nft -f of $1 flows did not end in $patience s" >&2
			return 1
		}
	done
	print_nft 'file to enforcing, first' "$1" "${times[0]}"
	print_nft 'file to enforcing, again' "$1" "${times[@]:1}"
	nft flush ruleset
}

# print_nft CASE FLOWS MILLISECONDS...
print_nft()
{
	local name=$1 flows=$2

	shift 2
	jq --null-input --compact-output --arg name "$name" --argjson flows "$flows" '
		($ARGS.positional | sort) as $times |
		{bench: "policy", case: $name, variant: "nft -f", parameter: {flows: $flows},
		 unit: "ms", median: $times[($times | length) / 2 | floor], low: $times[0],
		 high: $times[-1], runs: ($times | length)}' --jsonargs -- "$@"
}

mount -t bpf bpf /sys/fs/bpf
sysctl --quiet --write net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
for port in pa pb; do
	ip link add "$port" type veth peer name "$port-end"
	ip link set "$port" up
	ip link set "$port-end" up
done

if ((QUICK == 1)); then
	sizes=(10 10000)
else
	sizes=(10 1000 10000 100000 1000000)
fi
nft_works=1
for size in "${sizes[@]}"; do
	runs=$((size > 100000 ? 1 : 5))
	steps "$size" "$runs"
	((nft_works)) || continue
	nft_steps "$size" "$((size > 10000 ? 1 : 3))" || nft_works=0
done
weighed=$((QUICK == 1 ? 10000 : 100000))
build/bench/policy memory "$pins" "$weighed" "$scratch/$weighed.yaml" 10 "$scratch/10.yaml"
