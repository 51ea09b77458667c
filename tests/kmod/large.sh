#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a large policy takes of the module: large.sh [KERNEL [FLOWS]]. Applies a policy of so many
# flows (100,000) between different hosts in a guest, and prints the module's part of it. A
# measurement, not a test: an emulated processor is many times slower than a real one.
#
#	mn  eth0 -- mn0 | border | lg0 -- eth0  lg
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if [[ -z ${SEKISHO_IN_GUEST:-} ]]; then
	export SEKISHO_TEST_FLOWS=${2:-100000}
	export SEKISHO_GUEST_MEMORY=${SEKISHO_GUEST_MEMORY:-4G}
	export SEKISHO_GUEST_SECONDS=${SEKISHO_GUEST_SECONDS:-900}
	exec tests/kernels/boot.sh "${1:-6.12}" tests/kmod/large.sh
fi

. tests/kmod/lib.sh
. tests/policy/large_policy.sh

put_large_policy()
{
	local applied

	large_policy "$SEKISHO_TEST_FLOWS" >"$net_directory/large.yaml"
	applied=$(border apply "$net_directory/large.yaml" --actor tester -j)
	jq -r '"flows \(.flows)", "staged and committed in the module: \(.guard_ns / 1000000 | floor) ms",
		"in all: \(.milliseconds) ms"' <<<"$applied"
	border show guard -j | jq -r '"policy: \(.policy_bytes / .flows | floor) bytes a flow"'
	guard_says ".flows == $SEKISHO_TEST_FLOWS"
}

guard_town mn lg
plan 1
run_test "a policy of $SEKISHO_TEST_FLOWS flows" put_large_policy
finish
