#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the guard costs: cost.sh [KERNEL...]. Datagrams of 64 bytes of one permitted connection go
# through the border's namespace, sent by the kernel's own packet generator; per kernel it prints
# how many a second come out, and in what ratio to no filter and to the programs alone. A
# measurement, not a test: an emulated processor tells ratios, not speeds.
#
#	lg  eth0 -- lg0 | border | in0 -- eth0  in
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if [[ -z ${SEKISHO_IN_GUEST:-} ]]; then
	. tests/kernels/kernel.sh
	(($#)) || set -- "${kernels[@]}"
	for kernel in "$@"; do
		tests/kernels/boot.sh "$kernel" tests/kmod/cost.sh
	done
	exit
fi

. tests/kmod/lib.sh

rounds=5
packets=20000
kinds=('no filter' 'XDP only' 'XDP and guard' 'guard only')
declare -A best

cost_policy()
{
	policy_new
	flow LG-IN "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" udp/5000
	apply
}

generator_set()
{
	local file=$1 line

	while read -r line; do
		echo "$line" >"/proc/net/pktgen/$file"
	done
}

# Inside of lg's namespace. 60 bytes and the checksum of the frame are 64 on a wire.
generator_lay()
{
	echo 'rem_device_all' >/proc/net/pktgen/kpktgend_0
	echo 'add_device eth0' >/proc/net/pktgen/kpktgend_0
	generator_set eth0 <<-END
		count $packets
		delay 0
		pkt_size 60
		src_min $1
		src_max $1
		dst $2
		dst_mac $3
		udp_src_min 4000
		udp_src_max 4000
		udp_dst_min 5000
		udp_dst_max 5000
	END
}

received()
{
	# shellcheck disable=SC2016 # awk expands these
	in_ns ex awk '$1 == "eth0:" { print $3 }' /proc/net/dev
}

# /proc/net is of whoever looks: a process of that namespace.
in_lg()
{
	nsenter --net="$(ns_path lg)" -- bash -euo pipefail -c "$(declare -f generator_set generator_lay)
		packets=$packets; $1"
}

# Packets a second that came out.
measure()
{
	local before begun end came

	before=$(received)
	begun=$(date +%s%N)
	in_lg 'echo start >/proc/net/pktgen/pgctrl'
	end=$(date +%s%N)
	came=$(($(received) - before))
	((came >= packets * 9 / 10)) || {
		echo "only $came of $packets packets came out" >&2
		return 1
	}
	echo $((came * 1000000000 / (end - begun)))
}

# What is in the way of packets: the four kinds, one after the other.
become()
{
	case $1 in
	'no filter')
		[[ ! -e $SEKISHO_BPFFS/policy ]] ||
			border detach --actor A --second B --reason cost >"$last_output"
		module_gone
		;;
	'XDP only')
		module_gone
		cost_policy
		;;
	'XDP and guard')
		! module_is_loaded || module_unload
		module_load
		cost_policy
		;;
	'guard only') programs_off ;;
	esac
}

run()
{
	local round kind rate

	in_lg "generator_lay ${at4[lg]} ${at4[ex]} ${net_border_mac[lg]}"
	for ((round = 0; round < rounds; round++)); do
		for kind in "${kinds[@]}"; do
			become "$kind"
			rate=$(measure)
			((${best[$kind]:-0} >= rate)) || best[$kind]=$rate
		done
	done
	become 'no filter'
}

show()
{
	local kind plain=${best['no filter']} programs=${best['XDP only']}

	echo "Linux $(uname -r), UDP, 64 bytes, one connection, best of $rounds"
	printf '%-16s %12s %16s %16s\n' '' 'packets/s' 'of no filter' 'of XDP only'
	for kind in "${kinds[@]}"; do
		printf '%-16s %12d %15d%% %15d%%\n' "$kind" "${best[$kind]}" \
			$((${best[$kind]} * 100 / plain)) $((${best[$kind]} * 100 / programs))
	done
}

modprobe pktgen
guard_town lg ex
run
show
in_lg 'echo rem_device_all >/proc/net/pktgen/kpktgend_0'
run_deferred
rmmod pktgen
