#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel module under the kernels that the tests boot: run.sh [KERNEL...]. Each is booted once,
# both at a time, and runs tests/kmod/suite.sh. Its end is looked at by tests/kernels/guest.sh: what
# is left, and the kernel's log.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/ktap.sh
. tests/kernels/kernel.sh

if (($#)); then
	kernels=("$@")
fi
results=build/kmod/check
declare -A guest
mkdir -p "$results"

# The second witness writes to the kernel's log where nobody else takes its records.
export SEKISHO_GUEST_PARAMETERS='audit=1'
export SEKISHO_GUEST_SECONDS=${SEKISHO_GUEST_SECONDS:-900}

# A process that is told to stop does not leave its guests.
end_guests()
{
	local process

	for process in "${guest[@]}"; do
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

defer end_guests
for kernel in "${kernels[@]}"; do
	tests/kernels/boot.sh "$kernel" tests/kmod/suite.sh >"$results/$kernel.ktap" 2>&1 &
	guest[$kernel]=$!
done
plan ${#kernels[@]}
for kernel in "${kernels[@]}"; do
	status=0
	wait "${guest[$kernel]}" || status=$?
	unset "guest[$kernel]"
	sed 's/^/    /' "$results/$kernel.ktap"
	case $status in
	0) ok "Linux $kernel" ;;
	4) skip "Linux $kernel" 'nothing could run' ;;
	*) not_ok "Linux $kernel" "$(why "$status")" ;;
	esac
done
finish
