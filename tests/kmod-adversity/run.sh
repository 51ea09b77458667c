#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel module where things go wrong, beside what tests/kmod/run.sh shows: run.sh [KERNEL...].
# All kernels at a time run the rest of tests/kmod: commits that die, programs that are lost, modules
# and namespaces that go under traffic; then are attacked (fuzz.sh), then play the tape
# (differential.sh), which is made while they are attacked: attacks take their time whatever else is
# done. Each guest's end is looked at by tests/kernels/guest.sh: what is left, and the kernel's log.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/ktap.sh
. tests/kernels/guests.sh

guests_results=build/kmod/adversity
tape_maker=

export SEKISHO_GUEST_SECONDS=${SEKISHO_GUEST_SECONDS:-1200}

# A process that is told to stop does not leave its tape's maker.
end_tape()
{
	[[ -z $tape_maker ]] || kill "$tape_maker" 2>/dev/null || :
}

three_agree()
{
	local status=0

	tests/kmod/differential.sh "${guests[@]}" >"$guests_results/differential.ktap" 2>&1 || status=$?
	sed 's/^/    /' "$guests_results/differential.ktap"
	if ((status)); then
		not_ok 'programs, model and guard agree' "$(why "$status")"
	else
		ok 'programs, model and guard agree'
	fi
}

defer end_guests
defer end_tape
plan $((2 * ${#guests[@]} + 1))
in_guests 'commits, watching and churn' tests/kernels/boot.sh KERNEL tests/kmod/suite.sh kmod-adversity
tests/kmod/differential.sh --tape >"$guests_results/tape" 2>&1 &
tape_maker=$!
in_guests 'attacks' tests/kmod/fuzz.sh KERNEL 20
# Where it failed, the next says so.
wait "$tape_maker" || :
three_agree
finish
