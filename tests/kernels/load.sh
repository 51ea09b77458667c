#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Loads every program of the BPF object into the running kernel and unloads it again: load.sh
# [--bounds KERNEL] [OBJECT]. Prints what the verifier made of each; with --bounds, fails where that
# is more than tests/kernels/bounds has for the kernel. Sizes only, never time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# In a mount namespace of its own, with a bpffs of its own, so that nothing pinned stays.
if [[ ${1:-} != --inside ]]; then
	exec unshare --mount --propagation private "$0" --inside "$@"
fi
shift
kernel=
if [[ ${1:-} == --bounds ]]; then
	kernel=$2
	shift 2
fi
bounds=tests/kernels/bounds

# within PROGRAM FIGURE NUMBER BOUND
within()
{
	(($3 > $4)) || return 0
	echo "$1: $2 $3, at most $4 by $bounds"
	return 1
}

jit_is_on()
{
	[[ $(cat /proc/sys/net/core/bpf_jit_enable 2>/dev/null) == [12] ]]
}

# program_within PROGRAM PROCESSED TRANSLATED JITED
program_within()
{
	local processed translated jited good=0

	read -r processed translated jited < <(awk -v kernel="$kernel" -v program="$1" \
		'$1 == kernel && $2 == program { print $3, $4, $5 }' "$bounds") || {
		echo "$1: $bounds has nothing for it under Linux $kernel"
		return 1
	}
	within "$1" processed "$2" "$processed" || good=1
	within "$1" translated "$3" "$translated" || good=1
	if ! jit_is_on; then
		echo "$1: jited is not compared: net.core.bpf_jit_enable is not on"
	elif (($4 == 0)); then
		echo "$1: jited 0: the JIT is on, but has refused it"
		good=1
	else
		within "$1" jited "$4" "$jited" || good=1
	fi
	return "$good"
}

# Those of the kernel that are not loaded any more.
bounds_are_used()
{
	local program good=0

	while read -r program; do
		grep -q "^$program " <<<"$1" && continue
		echo "$program: in $bounds, but there is no such program"
		good=1
	done < <(awk -v kernel="$kernel" '$1 == kernel { print $2 }' "$bounds")
	return "$good"
}

mount -t bpf bpf /sys/fs/bpf
echo "Linux $(uname -r)"
status=0
figures=$(build/tests/load "${1:-build/sekisho.bpf.o}") || status=$?
echo "$figures"
((status == 0)) || exit "$status"
[[ -n $kernel ]] || exit 0
while read -r program _ processed _ translated _ jited _; do
	program_within "$program" "$processed" "$translated" "$jited" || status=1
done <<<"$figures"
bounds_are_used "$figures" || status=1
exit "$status"
