#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Builds the probe beside a sekisho.ko that is there: tests/kmod/probe/build.sh KERNEL
# Leaves build/kmod/KERNEL/sekisho_probe.ko. Nothing is written beside the sources.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
. tests/kernels/kernel.sh

kernel=${1:?usage: tests/kmod/probe/build.sh KERNEL}
module=$PWD/build/kmod/$kernel
directory=$module/probe

kernel_headers "$kernel"
mkdir -p "$directory"
ln -sfnT "$PWD" "$directory/top"
ln -sf -t "$directory" "$PWD"/tests/kmod/probe/{Kbuild,probe.c,records.h}
unset CC
# Without pahole there are no types for tracers, which nobody here wants.
make --no-print-directory -C "build/kernels/$kernel/headers/build" M="$directory" \
	KBUILD_EXTRA_SYMBOLS="$module/Module.symvers" CONFIG_DEBUG_INFO_BTF_MODULES= modules
mv "$directory/sekisho_probe.ko" "$module/sekisho_probe.ko"
