#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The programs of bpf/ against the reference model: a million frames that are the same in every
# run, a hundred thousand that never are, and the two readers of frames under sanitizers.
# The programs are built by tests/differential/differential.mk.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/ktap.sh

program=build/tests/differential
fuzzer=build/tests/packet_fuzz
frames=${SEKISHO_DIFFERENTIAL_FRAMES:-1000000}
seed=${SEKISHO_DIFFERENTIAL_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
scratch=$(mktemp -d)
defer rm -rf "$scratch"

# run_nested NAME COMMAND...: a program with results of its own, which are nested below its line.
run_nested()
{
	local name=$1 status=0

	shift
	"$@" >"$scratch/log" 2>&1 || status=$?
	sed 's/^/    /' "$scratch/log"
	case $status in
	0) ok "$name" ;;
	4) skip "$name" "$(sed -n 's/^1\.\.0 # SKIP //p' "$scratch/log")" ;;
	*) not_ok "$name" "exited with status $status" ;;
	esac
}

# In a short run not every reason need be met.
agree_on_others()
{
	local status=0

	"$program" --frames 100000 --seed "$seed" >"$scratch/others" || status=$?
	grep -v 'reason .* is reached' "$scratch/others" || true
	((status != 4)) || skip_test "$(sed -n 's/^1\.\.0 # SKIP //p' "$scratch/others")"
	grep -q '^ok .* no difference' "$scratch/others"
	grep -q '^ok .* conservation' "$scratch/others"
}

readers_agree()
{
	[[ -x $fuzzer ]] || skip_test 'no fuzzer was built'
	mkdir "$scratch/corpus"
	"$program" --corpus "$scratch/corpus"
	"$fuzzer" -runs=300000 -max_len=600 -use_value_profile=1 -seed=1 -verbosity=0 \
		-artifact_prefix="$scratch/" "$scratch/corpus" >"$scratch/fuzzer" 2>&1 || {
		tail -n 40 "$scratch/fuzzer"
		return 1
	}
}

plan 3
run_nested "programs and model agree on $frames frames" "$program" --frames "$frames"
run_test "programs and model agree on 100000 frames of seed $seed" agree_on_others
run_test 'both readers of frames read the same' readers_agree
finish
