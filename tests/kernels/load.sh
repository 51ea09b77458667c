#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Loads every program of the BPF object into the running kernel and unloads it again: load.sh
# [OBJECT]. Prints what the verifier made of each.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# In a mount namespace of its own, with a bpffs of its own, so that nothing pinned stays.
if [[ ${1:-} != --inside ]]; then
	exec unshare --mount --propagation private "$0" --inside "${1:-build/sekisho.bpf.o}"
fi
mount -t bpf bpf /sys/fs/bpf
echo "Linux $(uname -r)"
build/tests/load "$2"
