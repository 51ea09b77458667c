#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What must hold under every kernel that is supported, this machine's own included: run.sh [KERNEL...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/ktap.sh
. tests/kernels/guests.sh

guests_results=build/kernels/check

# Downloads wait for each other's lists of packages.
for kernel in "${guests[@]}"; do
	kernel_prepare "$kernel" >&2
done
defer end_guests
plan $((${#guests[@]} * 3 + 1))
run_test "objects load on this machine's kernel" tests/kernels/load.sh
# And are no larger than tests/kernels/bounds allows.
in_guests 'objects load within their bounds' \
	tests/kernels/boot.sh KERNEL tests/kernels/load.sh --bounds KERNEL
# Which not every machine's own kernel can have.
in_guests 'hosts behind VLANs are judged and forwarded' \
	tests/kernels/boot.sh KERNEL tests/net/vlan.sh
# With `forward: fast`; Linux 6.1 does not say by which ports XDP can send.
in_guests 'XDP or the kernel forwards between VLANs' \
	tests/kernels/boot.sh KERNEL tests/net/fast_vlan.sh
finish
