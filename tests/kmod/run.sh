#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel module under the kernels that the tests boot, all at a time: run.sh [KERNEL...]. What it
# is, refuses and lets through; where things go wrong is tests/kmod-adversity. Each guest's end is
# looked at by tests/kernels/guest.sh, what is left and the kernel's log; its mark of success comes
# last.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/ktap.sh
. tests/kernels/guests.sh

guests_results=build/kmod/check

export SEKISHO_GUEST_SECONDS=${SEKISHO_GUEST_SECONDS:-1200}

defer end_guests
plan ${#guests[@]}
in_guests 'the module' tests/kernels/boot.sh KERNEL tests/kmod/suite.sh kmod
finish
