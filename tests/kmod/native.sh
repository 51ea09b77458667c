#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# How long the module takes for a large policy at this machine's speed: native.sh [FLOWS].
# A guest of user-mode Linux is a process, so that the module's code runs as it would in a kernel of
# this machine; only its system calls cost more. A measurement, not a test. A million flows need more
# mappings than a process usually may have (vm.max_map_count).
#
# The first time it builds that kernel (tests/kmod/build_kernel.sh native).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if [[ ${1:-} == --inside ]]; then
	mount -t proc proc /proc
	insmod build/kmod/native/sekisho.ko
	build/tests/stage_time "$2" || :
	# What process 1 does last; there is nothing to be written back.
	exec python3 -c 'import ctypes; ctypes.CDLL(None).reboot(0x4321fedc)'
fi

flows=${1:-100000}
[[ $flows =~ ^[1-9][0-9]{0,6}$ ]] || {
	echo 'usage: native.sh [FLOWS]; FLOWS is a number' >&2
	exit 2
}
make build/tests/stage_time build/deps/debug-kernel
tests/kmod/build_kernel.sh native
kmod/build.sh native >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. tests/policy/large_policy.sh
large_policy "$flows" >"$work/policy.yaml"
cat >"$work/init" <<END
#!/bin/bash
exec "$PWD/tests/kmod/native.sh" --inside "$work/policy.yaml"
END
chmod +x "$work/init"
# It sees the files of this machine, and cannot change them.
timeout 600 build/kernels/native/vmlinuz rootfstype=hostfs rootflags=/ ro init="$work/init" \
	mem="${SEKISHO_GUEST_MEMORY:-4G}" </dev/null >"$work/console" 2>&1 || :
grep -E ' flows: |^stage_time' "$work/console" || {
	tail -n 40 "$work/console"
	exit 1
}
