#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# That the ground on which the other tests stand holds: cables, tags, addresses, crafted frames. No
# Sekisho is in the way here.
#
#	lg  eth0 -- lg0    border  in0    -- eth0  in
#	                           trunk0 -- eth0  switch (vlan 20: mn)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/lib.sh

lay()
{
	border_create
	peer_create lg lg0 10.20.0.0/16 fd00:20::/48
	peer_create in in0 10.30.0.0/16 fd00:30::/48
	trunk_create switch trunk0
}

peers_reach_each_other()
{
	lay
	pings lg 10.30.0.2
	pings lg fd00:30::2
	listen_in in tcp 80
	listen_in in udp 53
	asks lg tcp 10.30.0.2 80
	asks lg tcp fd00:30::2 80
	asks lg udp 10.30.0.2 53
	asks lg udp fd00:30::2 53 4000
	refuses lg tcp 10.30.0.2 81
}

crafted_frames_arrive()
{
	lay
	count_start in eth0 proto=udp dport=5000 src=10.20.0.7 vlan=none ttl=63
	send_frame lg --count 3 eth "dst=${net_border_mac[lg]}" \
		ip src=10.20.0.7 dst=10.30.0.2 udp sport=1 dport=5000 text=x
	send_frame lg eth "dst=${net_border_mac[lg]}" \
		ip src=10.20.0.7 dst=10.30.0.2 udp sport=1 dport=5001 text=x
	count_is 3
	count_start border trunk0 vlan=20 proto=tcp dport=443 dst=fd00:10::2
	send_frame switch eth vlan=20 vlan=30 \
		ip src=fd00:20::7 dst=fd00:10::2 hbh tcp sport=1 dport=443 flags=S
	count_is 1
}

# Two frames that only together are a datagram.
fragments_are_put_together()
{
	local datagram=(udp sport=4000 dport=53 text=hello-hello)

	lay
	listen_in in udp 53
	count_start lg eth0 proto=udp sport=53
	for address in "src=10.20.0.2 dst=10.30.0.2" "src=fd00:20::2 dst=fd00:30::2"; do
		# shellcheck disable=SC2086 # two words
		send_frame lg eth "dst=${net_border_mac[lg]}" ip $address id=7 cut=0,16 "${datagram[@]}"
		# shellcheck disable=SC2086
		send_frame lg eth "dst=${net_border_mac[lg]}" ip $address id=7 cut=16,3 "${datagram[@]}"
	done
	count_is 2
}

vlans_are_hosts_of_their_own()
{
	lay
	vlan_create mn switch trunk0 20 10.10.0.0/16 fd00:10::/48
	count_start border trunk0 vlan=20 proto=icmp type=8
	pings mn 10.20.0.2
	pings mn fd00:20::2
	count_is 1
}

leftovers_are_found()
{
	local name=$net_prefix-left found=0

	ip netns add "$name"
	defer ip netns delete "$name"
	check_leaks || found=1
	((found == 1))
}

plan 5
run_test 'peers reach each other over the border' peers_reach_each_other
run_test 'crafted frames arrive' crafted_frames_arrive
run_test 'fragments are put together' fragments_are_put_together
run_test 'a VLAN behind a trunk is a host of its own' vlans_are_hosts_of_their_own
run_test 'what a test leaves behind is found' leftovers_are_found
finish
