#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Programs, model and the module's guard say the same of every frame: differential.sh [KERNEL...]
#
# A million frames are shown to the programs and the model on this machine, and what both say is
# written to a tape, which is played to the guard under each kernel. A tape is the same in every
# run; in each guest, some thousand frames that never are go to all three side by side.
#
# differential.sh --tape only makes the tape, which is kept until the programs are built anew.
#
# SEKISHO_DIFFERENTIAL_FRAMES and SEKISHO_DIFFERENTIAL_SEED can be set, as for tests/differential.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/ktap.sh
. tests/kernels/kernel.sh

frames=${SEKISHO_DIFFERENTIAL_FRAMES:-1000000}
seed=${SEKISHO_DIFFERENTIAL_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
tape=$PWD/build/tests/tape-$frames
live_frames=20000

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
all_three_agree()
{
	local status=0

	build/tests/differential --guard --frames "$SEKISHO_TEST_LIVE" --seed "$SEKISHO_TEST_SEED" \
		>"$scratch/live" || status=$?
	grep -Ev 'reason .* is reached|^# [a-z-]+ [0-9]+$' "$scratch/live" || true
	((status != 4)) || skip_test "$(sed -n 's/^1\.\.0 # SKIP //p' "$scratch/live")"
	grep -q '^ok .* no difference' "$scratch/live"
	grep -q '^ok .* conservation' "$scratch/live"
}

module_goes()
{
	rmmod sekisho_probe
	rmmod sekisho
}

inside()
{
	local modules=build/kmod/$1

	# Thousands of changes, each of which waits for all processors.
	echo 1 >/sys/kernel/rcu_expedited
	insmod "$modules/sekisho.ko"
	insmod "$modules/sekisho_probe.ko"
	plan 3
	run_nested 'the guard agrees with the tape' build/tests/tape_play "$SEKISHO_TEST_TAPE"
	run_test "programs, model and guard agree on $SEKISHO_TEST_LIVE frames of seed $SEKISHO_TEST_SEED" \
		all_three_agree
	run_test 'the module can be removed afterwards' module_goes
	finish
}

scratch=$(mktemp -d)
defer rm -rf "$scratch"
if [[ ${1:-} == --inside ]]; then
	inside "$2"
fi

# What both sides agreed on; made again with the programs.
tape_is_made()
{
	[[ ! $tape -nt build/tests/differential ]] || return 0
	build/tests/differential --frames "$frames" --seed 1 --tape "$tape.new" >"$scratch/made" || {
		cat "$scratch/made"
		return 1
	}
	mv "$tape.new" "$tape"
}

if [[ ${1:-} == --tape ]]; then
	tape_is_made
	exit
fi
(($# == 0)) || kernels=("$@")

# The guests run side by side: each has one processor.
boot_all()
{
	local kernel

	for kernel in "${kernels[@]}"; do
		SEKISHO_GUEST_SECONDS=${SEKISHO_GUEST_SECONDS:-900} SEKISHO_TEST_TAPE=$tape \
			SEKISHO_TEST_SEED=$seed SEKISHO_TEST_LIVE=$live_frames \
			tests/kernels/boot.sh "$kernel" tests/kmod/differential.sh --inside "$kernel" \
			>"$scratch/$kernel" 2>&1 &
		guests[$kernel]=$!
	done
}

declare -A guests
plan $((${#kernels[@]} + 1))
run_test "programs and model agree on $frames frames" tape_is_made
boot_all
for kernel in "${kernels[@]}"; do
	status=0
	wait "${guests[$kernel]}" || status=$?
	sed 's/^/    /' "$scratch/$kernel"
	if ((status)); then
		not_ok "all three agree on Linux $kernel" "exited with status $status"
	else
		ok "all three agree on Linux $kernel"
	fi
done
finish
