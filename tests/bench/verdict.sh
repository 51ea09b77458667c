#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Nanoseconds a verdict, by the kernel's test run: ours on every path and by size, beside programs
# that do nothing or only parse, and beside xdp-filter on an equivalent policy. Traffic is none;
# interfaces and pins are in namespaces that end with it. See the head of run.sh.
#
# BENCH_PROGRAM=PIN adds an XDP program that is pinned under /sys/fs/bpf.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# Where the machine's own pins are seen meanwhile.
outer=/run/sekisho-bench-$$

if [[ ${1:-} != inside ]]; then
	exec unshare --net --mount --propagation private "$PWD/tests/bench/verdict.sh" inside
fi

scratch=$(mktemp -d)
trap leave EXIT
trap 'exit 143' INT TERM

# What was bound there is not ours to remove.
leave()
{
	rm -rf "$scratch"
	! mountpoint --quiet "$outer" || umount "$outer"
	! [[ -d $outer ]] || rmdir "$outer"
}

# Each port is an end of a cable that leads nowhere.
port_create()
{
	ip link add "$1" type veth peer name "$1-end"
	ip link set "$1" up
	ip link set "$1-end" up
}

# 200 addresses that no range holds together.
addresses()
{
	local i

	for ((i = 0; i < 200; i++)); do
		echo "10.0.$i.$((i * 7 % 250 + 1))"
	done
}

# pin_program INTERFACE PIN: the XDP program of an interface.
pin_program()
{
	local number

	number=$(ip -json link show "$1" | jq '.[0].xdp.prog.id // empty')
	[[ -n $number ]] || return 1
	bpftool prog pin id "$number" "$2"
}

# Let only the addresses in. As it comes, behind its dispatcher, where it can judge single frames
# only; and the program alone, which is the best it can.
xdp_filter_lay()
{
	local address

	port_create xf
	port_create xd
	LIBXDP_SKIP_DISPATCHER=1 xdp-filter load xf --policy deny --features ipv4 >&2
	xdp-filter load xd --policy deny --features ipv4 >&2
	while read -r address; do
		xdp-filter ip "$address" --mode src >&2
	done <"$scratch/addresses"
	pin_program xf /sys/fs/bpf/bench-xdp-filter
	pin_program xd /sys/fs/bpf/bench-xdp-filter-dispatched
	peers+=("xdp-filter alone=/sys/fs/bpf/bench-xdp-filter"
		"xdp-filter=/sys/fs/bpf/bench-xdp-filter-dispatched")
}

mkdir -p "$outer"
mount --bind /sys/fs/bpf "$outer"
mount -t bpf bpf /sys/fs/bpf
# Nothing is sent unasked: only what is run is counted.
sysctl --quiet --write net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link set lo up
for port in pa pb pc h{0..15}; do
	port_create "$port"
done
addresses >"$scratch/addresses"
peers=()
xdp_filter_lay || echo 'verdict: xdp-filter does not load here' >&2
[[ -z ${BENCH_PROGRAM:-} ]] || peers+=("${BENCH_PROGRAM##*/}=${BENCH_PROGRAM/#\/sys\/fs\/bpf/$outer}")

# One processor throughout, not the one that interrupts come to first.
taskset --cpu-list "$(($(nproc) - 1))" \
	build/bench/verdict /sys/fs/bpf/sekisho "$scratch/addresses" "${peers[@]}"
