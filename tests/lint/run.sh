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

# What is compiled behind the shim of the kernel's headers, and what is the kernel's alone.
shimmed=(tests/kmod/{match_test,policy_test,tcp_test,module_side}.c)
kernel_only=(-path tests/kmod/probe -o -path tests/kmod/shim)

# tidy_files FLAG...: those that standard input names, each ended by NUL
tidy_files()
{
	# shellcheck disable=SC2016 # the inner shell expands these
	sort -z | xargs -0 -P "$(nproc)" -I '{}' bash -c 'tidy_file "$@"' - '{}' "$@"
}

# tidy DIRECTORY FIND-TEST FLAG...: but for what matches $except
tidy()
{
	local directory=$1 pattern=$2

	shift 2
	[[ -n $(find "$directory" -name "$pattern" -print -quit) ]] || skip_test 'no such sources yet'
	find "$directory" \( "${kernel_only[@]}" \) -prune -o -name "$pattern" \
		${except:+! -name "$except"} -print0 |
		grep -zvxFf <(printf '%s\n' "${shimmed[@]}") | tidy_files "$@"
}

shimmed_is_tidy()
{
	printf '%s\0' "${shimmed[@]}" | tidy_files -std=gnu11 -D_GNU_SOURCE -D__KERNEL__ \
		-DSEKISHO_SELFTEST -Wall -Wextra -Wno-unused-parameter -isystem tests/kmod/shim \
		-Iinclude -Ikmod -Itests
}

# clang-tidy does not understand kbuild's flags for gcc; the kernel's own checker does.
kmod_is_sparse()
{
	local said

	said=$(kmod/build.sh 6.12 C=2 2>&1) || {
		echo "$said"
		return 1
	}
	! grep -E 'kmod/.*(warning|error):' <<<"$said"
}

plan 6
run_test 'clang-tidy finds nothing in ctl' tidy ctl '*.c' "${cflags[@]}"
run_test 'clang-tidy finds nothing in bpf' tidy bpf '*.bpf.c' "${bpf_cflags[@]}"
run_test 'clang-tidy finds nothing in BPF programs of tests' tidy tests '*.bpf.c' "${bpf_cflags[@]}" -Ibpf
except='*.bpf.c' run_test 'clang-tidy finds nothing in tests' tidy tests '*.c' "${cflags[@]}" -Itests/unit \
	-Itests/differential
run_test 'clang-tidy finds nothing in tests of the module without a kernel' shimmed_is_tidy
run_test 'sparse finds nothing in the module' kmod_is_sparse
finish
