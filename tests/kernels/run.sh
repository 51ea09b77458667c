#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What must hold under every kernel that is supported, this machine's own included: run.sh [KERNEL...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/ktap.sh
. tests/kernels/kernel.sh

if (($#)); then
	kernels=("$@")
fi

# And are no larger than tests/kernels/bounds allows, where the kernel is one that it knows.
objects_load()
{
	[[ -e build/sekisho.bpf.o ]]
	case $1 in
	own) tests/kernels/load.sh ;;
	*) tests/kernels/boot.sh "$1" tests/kernels/load.sh --bounds "$1" ;;
	esac
}

# Hosts behind a trunk, which not every machine's own kernel can have.
vlans_are_judged()
{
	tests/kernels/boot.sh "$1" tests/net/vlan.sh
}

# With `forward: fast`; Linux 6.1 does not say by which ports XDP can send.
vlans_are_fast()
{
	tests/kernels/boot.sh "$1" tests/net/fast_vlan.sh
}

plan $((${#kernels[@]} * 3 + 1))
run_test "objects load on this machine's kernel" objects_load own
for kernel in "${kernels[@]}"; do
	run_test "objects load within their bounds on Linux $kernel" objects_load "$kernel"
	run_test "hosts behind VLANs are judged and forwarded on Linux $kernel" \
		vlans_are_judged "$kernel"
	run_test "XDP or the kernel forwards between VLANs on Linux $kernel" vlans_are_fast "$kernel"
done
finish
