#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs a command under another kernel: boot.sh KERNEL COMMAND [ARGUMENT...]
#
# The guest sees this machine's files; what it writes is gone with it. It starts in the top
# directory, as root, with namespaces, BPF and the kernel's modules. Its output is the command's,
# and so is the status. 123: the kernel's log has an alarm. 124: the command left something behind.
# 125: the guest did not come to an end. The kernel's log goes to build/kernels/KERNEL.log.
#
# KERNEL: see kernel.sh. SEKISHO_GUEST_SECONDS (300), SEKISHO_GUEST_MEMORY (2G) and
# SEKISHO_GUEST_CPUS (1) can be set, and further words for the kernel's command line in
# SEKISHO_GUEST_PARAMETERS. Variables named SEKISHO_TEST_* are handed on.
set -euo pipefail
top=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")

# Inside the private namespaces made below. The machine's files are read-only there but for the
# directory of this boot, whatever virtiofsd or QEMU may be talked into.
if [[ ${1:-} == --inside ]]; then
	work=$2
	directory=$3

	mount --make-rprivate /
	mount -t proc proc /proc
	mount --bind "$work" "$work"
	mount -t tmpfs tmpfs /run
	mkdir -p /run/virtiofsd
	mount -o remount,bind,ro /
	/usr/lib/qemu/virtiofsd --socket-path="$work/host.sock" -o source=/ -o sandbox=chroot \
		-o cache=always -o no_posix_lock --thread-pool-size=1 2>"$work/virtiofsd.log" &
	for ((i = 0; i < 100; i++)); do
		[[ ! -S $work/host.sock ]] || break
		sleep 0.05
	done
	# Process 1 of this namespace: its end takes virtiofsd with it. A processor with fast string
	# instructions (erms, fsrm) makes the kernel clear and copy pages byte by byte: emulated, that
	# takes a fifth of all time.
	status=0
	timeout --foreground --signal=KILL "${SEKISHO_GUEST_SECONDS:-300}" \
		qemu-system-x86_64 -accel tcg,tb-size=1024 -cpu max,la57=off,erms=off,fsrm=off -smp "${SEKISHO_GUEST_CPUS:-1}" \
		-m "${SEKISHO_GUEST_MEMORY:-2G}" \
		-object "memory-backend-memfd,id=memory,size=${SEKISHO_GUEST_MEMORY:-2G},share=on" \
		-machine q35,memory-backend=memory -nodefaults -display none -nic none -no-reboot \
		-chardev "socket,id=host,path=$work/host.sock" \
		-device vhost-user-fs-pci,chardev=host,tag=host \
		-device isa-debug-exit,iobase=0xf4,iosize=0x04 \
		-serial "file:$work/console" -serial stdio -serial "file:$work/mark" \
		-kernel "$directory/vmlinuz" -initrd "$directory/initramfs" \
		-append "console=ttyS0 quiet loglevel=4 panic=-1 oops=panic nowatchdog norandmaps \
			rcupdate.rcu_cpu_stall_suppress=1 mitigations=off \
			log_buf_len=4M ${SEKISHO_GUEST_PARAMETERS:-} \
			sekisho.source=$top sekisho.work=$work sekisho.modules=$directory/modules" \
		</dev/null || status=$?
	exit "$status"
fi

if (($# < 2)); then
	echo 'usage: boot.sh KERNEL COMMAND [ARGUMENT...]' >&2
	exit 2
fi
kernel=$1
shift
cd "$top"
. tests/kernels/kernel.sh
kernel_prepare "$kernel"
directory=$top/build/kernels/$kernel

work=$(mktemp -d)
guest=
end_guest()
{
	if [[ -n $guest ]]; then
		kill -KILL "$guest" 2>/dev/null || true
		wait "$guest" 2>/dev/null || true
	fi
	rm -rf "$work"
}
trap end_guest EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
{
	for name in "${!SEKISHO_TEST_@}"; do
		printf 'export %s=%q\n' "$name" "${!name}"
	done
	printf '%q ' "$@"
	echo
} >"$work/command"
: >"$work/mark"

# In process and mount namespaces of their own: when this shell ends, in whatever way, all of it
# does. In the background, so that a signal is heard at once.
setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child \
	"$0" --inside "$work" "$directory" &
guest=$!
status=0
wait "$guest" || status=$?
guest=
cp "$work/console" "build/kernels/$kernel.log" 2>/dev/null || true

# (0x10 << 1) | 1 is what guest-exit 0x10 makes of QEMU's status. The mark is written before it.
read -r mark result <"$work/mark" || true
if [[ $status != 33 || ${mark:-} != sekisho || ! ${result:-} =~ ^[0-9]+ ]]; then
	echo "# the guest did not come to an end (status $status); its console:"
	tail -n 40 "$work/console" 2>/dev/null | tr -d '\r' | sed 's/^/# /' || true
	[[ ! -s $work/virtiofsd.log ]] || tail -n 5 "$work/virtiofsd.log" | sed 's/^/# /'
	exit 125
fi
exit "${result//[!0-9]/}"
