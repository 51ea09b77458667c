#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Attacks the module in a guest, and looks afterwards at what the kernel found:
#
#	fuzz.sh KERNEL [SECONDS [SEED]]
#
# KERNEL: 6.1, 6.12, or debug (make debug-kernel), whose detectors are what a long run is for.
# SEKISHO_TEST_FUZZ: further arguments of fuzz_netlink, to run one worker again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/ktap.sh

# What a debug kernel says beside what tests/kernels/guest.sh looks for.
complaints='possible (circular|recursive)|inconsistent lock|held when returning|held lock freed'
complaints+='|bad unlock balance|sleeping function|scheduling while atomic|suspicious RCU|UBSAN'
complaints+='|ODEBUG|INFO: task|blocked for more|memory leaks|leaked|list_(add|del) corruption'
complaints+='|BUG:|WARNING:|KASAN|general protection|Voluntary context switch within RCU'
complaints+='|refcount|unregister_netdevice|Out of memory|out-of-bounds|use-after-free|double-free'
leaks=/sys/kernel/debug/kmemleak

if [[ ${1:-} != --inside ]]; then
	kernel=${1:?usage: fuzz.sh KERNEL [SECONDS [SEED]]}
	seconds=${2:-20}
	# Booting, looking for leaks, and all of it slowly.
	export SEKISHO_GUEST_SECONDS=$((seconds * 2 + 900))
	if [[ $kernel == debug ]]; then
		export SEKISHO_GUEST_MEMORY=4G
		# It has no clock but the processor's, and cannot measure that one under load. What it
		# says is to be in build/kernels/debug.log even where it hangs.
		SEKISHO_GUEST_PARAMETERS="ignore_loglevel tsc=reliable tsc_early_khz=$(awk '
			/^cpu MHz/ { print int($4 * 1000); exit }' /proc/cpuinfo)"
		export SEKISHO_GUEST_PARAMETERS
	fi
	exec tests/kernels/boot.sh "$kernel" tests/kmod/fuzz.sh --inside "$kernel" "$seconds" \
		"${3:-$RANDOM}"
fi
kernel=$2
seconds=$3
seed=$4
: "${SEKISHO_TEST_MODULE:=build/kmod/$kernel/sekisho.ko}"

# link NS ADDRESS...: what the two networks are.
wire()
{
	local side=$1 number=$2

	ip link add "fuzz-${side::1}" netns fuzz-router address "02:00:00:00:0$number:01" \
		type veth peer name eth0 netns "fuzz-$side" address "02:00:00:00:0$number:02"
	ip -n fuzz-router link set "fuzz-${side::1}" up
	ip -n fuzz-router address add "10.$number.0.1/16" dev "fuzz-${side::1}"
	ip -n fuzz-router address add "fd00:$number::1/32" dev "fuzz-${side::1}" nodad
	ip -n "fuzz-$side" link set eth0 up
	ip -n "fuzz-$side" address add "10.$number.0.2/16" dev eth0
	ip -n "fuzz-$side" address add "fd00:$number::2/32" dev eth0 nodad
	ip -n "fuzz-$side" route add default via "10.$number.0.1"
	ip -n "fuzz-$side" route add default via "fd00:$number::1"
}

scene()
{
	local name

	for name in router plain witness left right; do
		ip netns add "fuzz-$name"
		ip -n "fuzz-$name" link set lo up
	done
	wire left 1
	wire right 2
	ip netns exec fuzz-router sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	# Failures on purpose also where memory could be waited for, and without a word.
	if [[ -d /sys/kernel/debug/failslab ]]; then
		echo N >/sys/kernel/debug/failslab/ignore-gfp-wait
		echo N >/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait
		echo 0 >/sys/kernel/debug/failslab/verbose
		echo 0 >/sys/kernel/debug/fail_page_alloc/verbose
	fi
}

clear_scene()
{
	local name

	for name in router plain witness left right; do
		ip netns delete "fuzz-$name" 2>/dev/null || :
	done
}

attack()
{
	defer clear_scene
	scene
	# shellcheck disable=SC2086 # words they are
	build/tests/fuzz_netlink -s "$seed" -t "$seconds" ${SEKISHO_TEST_FUZZ:-}
}

# What is freed after a while (RCU) is no leak, and what is found once may be in a register.
no_leak()
{
	[[ -e $leaks ]] || skip_test 'this kernel has no kmemleak'
	sleep 6
	echo scan >"$leaks"
	sleep 6
	echo scan >"$leaks"
	cat "$leaks"
	[[ -z $(<"$leaks") ]]
}

# Namespaces end some time after their last user.
remove()
{
	busywait 60 rmmod sekisho
}

no_complaint()
{
	dmesg | sed "1,/$mark/d" | grep -E -A 30 "$complaints" | head -n 120 >/run/complaints || :
	cat /run/complaints
	[[ ! -s /run/complaints ]]
}

plan 6
# What the kernel says of itself when it starts is nothing to look at.
mark="sekisho: attacks begin, seed $seed"
echo "$mark" >/dev/kmsg
[[ -d /sys/kernel/debug/kmemleak || -e $leaks ]] || mount -t debugfs debugfs /sys/kernel/debug || :
# What the guest left behind before is not the module's.
[[ ! -e $leaks ]] || {
	echo scan >"$leaks"
	echo clear >"$leaks"
}
run_test "the module loads on Linux $(uname -r)" insmod "$SEKISHO_TEST_MODULE"
run_test "$seconds seconds of attacks, seed $seed" attack
# Before it goes, too: only then its functions have names.
run_test 'nothing leaks from the module' no_leak
run_test 'it goes, once nothing is sealed any more' remove
run_test 'it leaves nothing behind' no_leak
run_test 'the kernel has no complaint' no_complaint
finish
