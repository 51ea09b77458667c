#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The unit tests, built with sanitizers by `make check-unit`: run.sh [NAME...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/ktap.sh

export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1

programs=()
if (($#)); then
	programs=("${@/#/build/sanitize/tests/unit/}")
else
	# From the sources: a program whose source is gone may still lie in the build directory.
	for source in tests/unit/*.c; do
		[[ -e $source ]] || plan_skip 'no unit tests yet'
		source=${source##*/}
		programs+=("build/sanitize/tests/unit/${source%.c}")
	done
	# The kernel module's rooms that need no kernel.
	programs+=(build/sanitize/tests/kmod/{match,policy,frame,judge}_test)
	# The packet path's tables against twins, and under threads; its paths' costs.
	programs+=(build/sanitize/tests/stress/{connections_twin,connections_race,policy_twin,path_costs})
fi
SEKISHO_TEST_JOBS=$(nproc) run_programs "${programs[@]}"
finish
