#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# clang-tidy with the checks of .clang-tidy over every source, BPF included. A file that passed is
# not looked at again until it, a header, or the checks change. `make check-lint` gives the
# compilers' flags.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/ktap.sh

read -ra cflags <<<"${SEKISHO_CHECK_CFLAGS:?run me by: make check-lint}"
read -ra bpf_cflags <<<"$SEKISHO_CHECK_BPF_CFLAGS"
# What bpftool generates is not ours to mend.
cflags=("${cflags[@]/#-Ibuild/-isystembuild}")
passes=build/lint
mkdir -p "$passes"
export passes

# What a verdict over any file rests on, beside the file itself.
common=$({
	find include bpf ctl tests kmod -name '*.h' -exec sha256sum {} + 2>/dev/null | sort
	sha256sum .clang-tidy
	echo "${cflags[*]} ${bpf_cflags[*]}"
	"$CLANG_TIDY" --version
} | sha256sum)
export common

# Run by xargs: tidy_file FILE FLAG...
tidy_file()
{
	local file=$1 key

	shift
	key=$passes/$({
		echo "$common $file"
		cat "$file"
	} | sha256sum | cut -c1-64)
	[[ ! -e $key ]] || return 0
	# The analyzer takes most of the time; tests run under sanitizers instead.
	if [[ $file == tests/* ]]; then
		"$CLANG_TIDY" --quiet --checks='-clang-analyzer-*' "$file" -- "$@" 2>/dev/null
	else
		"$CLANG_TIDY" --quiet "$file" -- "$@" 2>/dev/null
	fi && touch "$key"
}
export -f tidy_file

# tidy DIRECTORY FIND-TEST FLAG...
tidy()
{
	local directory=$1 pattern=$2

	shift 2
	[[ -n $(find "$directory" -name "$pattern" -print -quit) ]] || skip_test 'no such sources yet'
	# shellcheck disable=SC2016 # the inner shell expands these
	find "$directory" -name "$pattern" -print0 | sort -z |
		xargs -0 -P "$(nproc)" -I '{}' bash -c 'tidy_file "$@"' - '{}' "$@"
}

plan 3
run_test 'clang-tidy finds nothing in ctl' tidy ctl '*.c' "${cflags[@]}"
run_test 'clang-tidy finds nothing in bpf' tidy bpf '*.bpf.c' "${bpf_cflags[@]}"
run_test 'clang-tidy finds nothing in tests' tidy tests '*.c' "${cflags[@]}" -Itests/unit
finish
