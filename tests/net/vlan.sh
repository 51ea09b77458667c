#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A VLAN is a port of its own. Frames with two tags, with tags of no segment, or with the addresses
# of another VLAN than their own do not cross; a priority tag counts as none.
#
#	switch  eth0 -- trunk0 | border | in0 -- eth0  in
#	  VLAN 10: mn, VLAN 20: lg, untagged: mg
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh

trunk_policy()
{
	policy_new
	flow MG-IN "mg, hosts: [$(both mg)]" "in, hosts: [$(both in)]" udp/5000
	flow LG-MN "lg, hosts: [$(both lg)]" "mn, hosts: [$(both mn)]" udp/5000 \
		'mac_exempt: test'
	apply
}

# tagged [ETH-FIELD...] -- SOURCE DESTINATION: a datagram out of the switch.
tagged()
{
	local tags=()

	while [[ $1 != -- ]]; do
		tags+=("$1")
		shift
	done
	send_frame switch eth "dst=${net_border_mac[switch]}" "${tags[@]}" \
		ip "src=$2" "dst=$3" udp sport=5000 dport=5000 text=x
}

# drops REASON VLAN NUMBER: that many frames were dropped for it, nothing came out, and the record
# names the port.
drops()
{
	rose "$1=$3"
	count_is 0
	recorded ".type == \"deny\" and .reason == \"$1\" and .interface == \"trunk0\" and
		(.vlan // 0) == $2"
}

double_tags_drop()
{
	local family

	trunk_policy
	mark
	count_start in eth0 proto=udp
	for family in 4 6; do
		# Hopping: the outer tag, or none, is the attacker's own, the inner one the target's.
		tagged vlan=20 vlan=10 -- "$(address lg "$family")" "$(address mn "$family")"
		tagged vlan=0 vlan=10 -- "$(address mg "$family")" "$(address in "$family")"
		tagged vlan=0 vlan=0 -- "$(address mg "$family")" "$(address in "$family")"
		tagged vlan=20 svlan=10 -- "$(address lg "$family")" "$(address mn "$family")"
	done
	drops vlan-invalid 20 8
}

other_tags_drop()
{
	local family

	trunk_policy
	second_begins
	mark
	count_start in eth0 proto=udp
	for family in 4 6; do
		tagged svlan=20 -- "$(address lg "$family")" "$(address mn "$family")"
		tagged svlan=20 vlan=10 -- "$(address lg "$family")" "$(address mn "$family")"
	done
	send_frame switch eth "dst=${net_border_mac[switch]}" type=0x9100 \
		raw=0014080045000000 zeros=40
	rose vlan-invalid=5
	count_is 0
	recorded '.type == "deny" and .reason == "vlan-invalid" and .interface == "trunk0"'
}

unknown_vlan_drops()
{
	local family

	trunk_policy
	mark
	count_start in eth0 proto=udp
	for family in 4 6; do
		tagged vlan=30 -- "$(address mg "$family")" "$(address in "$family")"
		tagged vlan=4095 -- "$(address mg "$family")" "$(address in "$family")"
	done
	drops port-unbound 30 4
}

# A tag is a place: another VLAN's addresses are spoofed there.
foreign_addresses_drop()
{
	local family

	trunk_policy
	mark
	count_start in eth0 proto=udp
	for family in 4 6; do
		tagged vlan=10 -- "$(address lg "$family")" "$(address mn "$family")"
		tagged -- "$(address lg "$family")" "$(address mn "$family")"
		tagged vlan=20 -- "$(address mg "$family")" "$(address in "$family")"
	done
	drops source-spoofed 10 6
}

right_tag_passes()
{
	local family

	trunk_policy
	for family in 4 6; do
		mark
		tagged vlan=20 -- "$(address lg "$family")" "$(address mn "$family")"
		rose permit-new=1
		recorded '.type == "permit" and .flow == "LG-MN" and .vlan == 20 and
			.from == "lg" and .to == "mn"'
	done
}

priority_tag_is_none()
{
	local family

	trunk_policy
	for family in 4 6; do
		mark
		count_start in eth0 proto=udp dport=5000 vlan=none
		tagged vlan=0 -- "$(address mg "$family")" "$(address in "$family")"
		rose permit-new=1 'icmp-unrelated=*' 'permit-related=*'
		count_is 1
		recorded '.type == "permit" and .flow == "MG-IN" and .from == "mg"'
		# The same connection without tag.
		tagged -- "$(address mg "$family")" "$(address in "$family")"
		count_is 2
		rose permit-new=1 permit-established=1 'icmp-unrelated=*' 'permit-related=*'
	done
}

# Hosts behind two VLANs of one trunk, routed by the border's own VLAN devices.
vlans_are_forwarded()
{
	local family

	ip -n "$net_prefix-border" link add link trunk0 name probe type vlan id 99 ||
		skip_test 'this kernel has no 802.1Q devices'
	ip -n "$net_prefix-border" link delete probe
	vlan_create vmn switch trunk0 10 10.10.0.0/16 fd00:10::/48
	vlan_create vlg switch trunk0 20 10.20.0.0/16 fd00:20::/48
	trunk_policy
	listen_in vmn udp 5000
	listen_in vmn udp 5001
	for family in 4 6; do
		mark
		asks vlg udp "$(address mn "$family")" 5000
		rose permit-new=1 permit-established=1
		mark
		refuses vlg udp "$(address mn "$family")" 5001
		rose port-not-permitted=1
	done
	ip_in border 'link delete trunk0.10' 'link delete trunk0.20'
}

town_create in mg
trunk_create switch trunk0
for name in mn lg; do
	number=${town_number[$name]}
	at4[$name]=10.$number.0.2
	at6[$name]=fd00:$number::2
	town_names+=("$name")
done
segment_ports=([mn]='[{interface: trunk0, vlan: 10}]' [lg]='[{interface: trunk0, vlan: 20}]'
	[mg]='[{interface: mg0}, {interface: trunk0}]')
plan 7
town_test 'two tags drop as vlan-invalid' double_tags_drop
town_test 'tags that are not 802.1Q likewise' other_tags_drop
town_test 'a VLAN of no segment is port-unbound' unknown_vlan_drops
town_test 'addresses of another VLAN are spoofed' foreign_addresses_drop
town_test 'the right tag passes' right_tag_passes
town_test 'a priority tag counts as none' priority_tag_is_none
town_test 'hosts behind VLANs are forwarded' vlans_are_forwarded
finish
