#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel module under the kernels that the tests boot: run.sh [KERNEL...]. All kernels at a time
# run tests/kmod/suite.sh, then are attacked (fuzz.sh), then play the tape (differential.sh), which
# is made while they are attacked: attacks take their time whatever else is done. Each guest's end is
# looked at by tests/kernels/guest.sh: what is left, and the kernel's log.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/ktap.sh
. tests/kernels/kernel.sh

if (($#)); then
	kernels=("$@")
fi
results=build/kmod/check
declare -A guest
tape_maker=
mkdir -p "$results"

export SEKISHO_GUEST_SECONDS=${SEKISHO_GUEST_SECONDS:-1200}

# A process that is told to stop does not leave its guests.
end_guests()
{
	local process

	for process in "${guest[@]}" $tape_maker; do
		kill "$process" 2>/dev/null || :
	done
}

why()
{
	case $1 in
	123) echo "the kernel's log has an alarm" ;;
	124) echo 'something was left behind' ;;
	125) echo 'the guest did not come to an end' ;;
	*) echo "exited with status $1" ;;
	esac
}

# in_guests NAME COMMAND...: a guest of each kernel, whose results are nested below its line.
in_guests()
{
	local name=$1 kernel status

	shift
	for kernel in "${kernels[@]}"; do
		"${@//KERNEL/$kernel}" >"$results/$kernel.ktap" 2>&1 &
		guest[$kernel]=$!
	done
	for kernel in "${kernels[@]}"; do
		status=0
		wait "${guest[$kernel]}" || status=$?
		unset "guest[$kernel]"
		sed 's/^/    /' "$results/$kernel.ktap"
		case $status in
		0) ok "$name on Linux $kernel" ;;
		4) skip "$name on Linux $kernel" 'nothing could run' ;;
		*) not_ok "$name on Linux $kernel" "$(why "$status")" ;;
		esac
	done
}

three_agree()
{
	local status=0

	tests/kmod/differential.sh "${kernels[@]}" >"$results/differential.ktap" 2>&1 || status=$?
	sed 's/^/    /' "$results/differential.ktap"
	if ((status)); then
		not_ok 'programs, model and guard agree' "$(why "$status")"
	else
		ok 'programs, model and guard agree'
	fi
}

defer end_guests
plan $((2 * ${#kernels[@]} + 1))
in_guests 'the module' tests/kernels/boot.sh KERNEL tests/kmod/suite.sh
tests/kmod/differential.sh --tape >"$results/tape" 2>&1 &
tape_maker=$!
in_guests 'attacks' tests/kmod/fuzz.sh KERNEL 20
# Where it failed, the next says so.
wait "$tape_maker" || :
three_agree
finish
