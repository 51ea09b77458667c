#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Process 1 of a test guest: guest.sh SOURCE WORK. Runs the command that boot.sh left in WORK, looks
# at what it left behind and at the kernel's log, and only then writes the mark of success.
set -u

source=$1
work=$2
# What must not be in the kernel's log after a test.
alarms='BUG:|WARNING:|Oops|general protection fault|KASAN|kernel BUG|refcount_t|leaked reference|unregister_netdevice: waiting'

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root SEKISHO_IN_GUEST=1
stty raw -echo </dev/ttyS1
exec </dev/null >/dev/ttyS1 2>&1

end()
{
	dmesg --color=never >/dev/ttyS0
	echo "sekisho $1" >/dev/ttyS2
	# This waits until what was printed has left the ports.
	stty -F /dev/ttyS1 raw
	stty -F /dev/ttyS2 raw
	/run/guest/exit 0x10
}

prepare()
{
	mkdir -p /dev/pts /dev/shm /run/lock /run/netns
	mount -t devpts devpts /dev/pts
	mount -t tmpfs tmpfs /dev/shm
	mount -t bpf bpf /sys/fs/bpf
	mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
	mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null
	ln -sf /proc/self/fd /dev/fd
	ip link set lo up
	hostname guest 2>/dev/null || echo guest >/proc/sys/kernel/hostname
	sysctl -q kernel.printk=4 kernel.unprivileged_bpf_disabled=2 2>/dev/null
	return 0
}

leftovers()
{
	local left=0

	if compgen -G '/run/netns/*' >/dev/null; then
		echo "# left: namespaces: $(ls /run/netns)"
		left=1
	fi
	if compgen -G '/sys/fs/bpf/*' >/dev/null; then
		echo "# left: pins: $(ls /sys/fs/bpf)"
		left=1
	fi
	if [[ -d /sys/module/sekisho ]]; then
		echo '# left: the module sekisho is loaded'
		left=1
	fi
	links_left || left=1
	processes_left || left=1
	return $left
}

# Programs are held by pins, by processes, or by devices: none of them is to be left. Their end is
# not waited for by those who end them.
links_left()
{
	local links i

	command -v bpftool >/dev/null || return 0
	for ((i = 0; i < 40; i++)); do
		links=$(bpftool link show 2>/dev/null)
		[[ -n $links ]] || return 0
		sleep 0.05
	done
	echo "# left: links: ${links//$'\n'/; }"
	return 1
}

# Threads of the kernel and those that have ended have no command line.
processes_left()
{
	local process line i left

	for ((i = 0; i < 40; i++)); do
		left=
		for process in /proc/[0-9]*; do
			[[ ${process#/proc/} != "$$" ]] || continue
			line=$(tr '\0' ' ' <"$process/cmdline")
			[[ -z $line ]] || left+="; ${process#/proc/} $line"
		done 2>/dev/null
		[[ -n $left ]] || return 0
		sleep 0.05
	done
	echo "# left: processes${left/#;/:}"
	return 1
}

prepare
cd "$source" || end 125
(
	# shellcheck disable=SC1091 # written by boot.sh for this boot
	. "$work/command"
)
status=$?
leftovers || status=$((status ? status : 124))
if dmesg | grep -E "$alarms" >/run/alarms; then
	sed 's/^/# kernel: /' /run/alarms
	status=$((status ? status : 123))
fi
end "$status"
