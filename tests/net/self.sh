#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The border host is a segment as well: what it may be asked and what it may say is in flows, and
# its own programs are judged on their way out. Only link control needs no flow.
#
#	mn  eth0 -- mn0 | border | mg0 -- eth0  mg	mg -> border: tcp/22, echo
#							border -> mg: udp/514, vrrp to its group
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh

self_policy()
{
	policy_new
	flow MG-SELF "mg, hosts: [$(both mg)]" self 'tcp/22, icmp/echo, icmp6/echo'
	flow SELF-MG self "mg, hosts: [$(both mg)]" udp/514
	flow VRRP self 'mg, hosts: [224.0.0.18, "ff02::12"]' proto/112
	apply
}

administration_reaches_the_host()
{
	local family

	self_policy
	listen_in border tcp 22
	for family in 4 6; do
		mark
		asks mg tcp "$(border_address mg "$family")" 22
		rose permit-new=1 permit-established=+
		recorded ".type == \"permit\" and .flow == \"MG-SELF\" and .from == \"mg\" and
			.to == \"self\" and .src == \"$(address mg "$family")\" and .dport == 22"
		mark
		pings mg "$(border_address mg "$family")"
		rose permit-new=1 permit-established=1
	done
}

others_do_not()
{
	local family

	self_policy
	listen_in border tcp 22
	for family in 4 6; do
		mark
		# At its own address, at another segment's, and another service.
		sends mn "$(border_address mn "$family")" tcp sport=40000 dport=22 flags=S
		sends mn "$(border_address mg "$family")" tcp sport=40000 dport=22 flags=S
		sends mg "$(border_address mg "$family")" tcp sport=40000 dport=23 flags=S
		rose no-flow=2 port-not-permitted=1
		recorded ".type == \"deny\" and .reason == \"no-flow\" and .breach == \"mn>self\" and
			.dst == \"$(border_address mn "$family")\""
	done
}

host_sends_its_log()
{
	local family

	self_policy
	for family in 4 6; do
		mark
		count_start mg eth0 proto=udp dport=514
		host_says "$(address mg "$family")" 514
		rose permit-new=1 'permit-related=*'
		count_is 1
		recorded ".type == \"permit\" and .flow == \"SELF-MG\" and .direction == \"output\" and
			.from == \"self\" and .to == \"mg\" and .dst == \"$(address mg "$family")\""
	done
}

# host_says ADDRESS PORT: a datagram of one of the host's own programs.
host_says()
{
	local address=$1

	[[ $address != *:* ]] || address="[$address]"
	echo message | in_ns border socat -u - "UDP-SENDTO:$address:$2" || :
}

# An answer is no new connection, and comes back in.
host_gets_answers()
{
	local family

	self_policy
	listen_in mg udp 514
	for family in 4 6; do
		mark
		asks border udp "$(address mg "$family")" 514
		rose permit-new=1 permit-established=1
	done
}

host_says_nothing_else()
{
	local family

	self_policy
	for family in 4 6; do
		mark
		count_start mg eth0 proto=udp
		count_mg=$count_file
		count_start mn eth0 proto=udp
		host_says "$(address mg "$family")" 515
		host_says "$(address mn "$family")" 514
		rose port-not-permitted=1 no-flow=1
		count_is 0
		[[ ! -s $count_mg ]]
		recorded ".type == \"deny\" and .reason == \"no-flow\" and .direction == \"output\" and
			.breach == \"self>mn\" and .dst == \"$(address mn "$family")\"" \
			'.type == "deny" and .reason == "port-not-permitted" and
			.direction == "output" and .dport == 515'
		mark
		refuses border tcp "$(address mn "$family")" 443
		rose no-flow=+
	done
}

# Groups are where they are sent.
multicast_needs_a_flow()
{
	self_policy
	mark
	count_start mg eth0 proto=112
	count_mg=$count_file
	count_start mn eth0 proto=112
	group mg0 PROTO 112 224.0.0.18
	group mn0 PROTO 112 224.0.0.18
	rose permit-new=1 no-flow=1
	count_is 0
	count_file=$count_mg
	count_is 1
	mark
	count_start mg eth0 proto=udp
	group mg0 UDP 5353 224.0.0.251
	rose not-listed=1
	count_is 0
}

# group INTERFACE PROTO|UDP NUMBER ADDRESS
group()
{
	case $2 in
	PROTO) echo x | in_ns border socat -u - "IP4-SENDTO:$4:$3,so-bindtodevice=$1" || : ;;
	UDP) echo x | in_ns border socat -u - "UDP4-SENDTO:$4:$3,so-bindtodevice=$1" || : ;;
	esac
}

# Everybody finds his neighbour, whatever the policy says.
neighbours_are_found()
{
	local control

	policy_new
	apply
	mark
	for name in mn mg; do
		ip_in "$name" 'neighbour flush dev eth0'
		ip_in border "neighbour flush dev ${name}0"
		not pings "$name" "${border4[$name]}"
		not pings "$name" "${border6[$name]}"
		ip -n "$net_prefix-$name" neighbour show "${border4[$name]}" | grep -q lladdr
		ip -n "$net_prefix-$name" neighbour show "${border6[$name]}" | grep -q lladdr
	done
	rose no-flow=4
	control=$(reasons_now | sed -n 's/^permit-control //p')
	((control - marked[permit-control] >= 8))
}

# What has come farther than a link is no link control.
control_is_of_the_link()
{
	self_policy
	mark
	send_frame mg eth "dst=${net_border_mac[mg]}" ip src=fe80::99 "dst=${border6[mg]}" ttl=254 \
		icmp type=135 zeros=16
	send_frame mg eth "dst=${net_border_mac[mg]}" ip "src=${at6[mn]}" "dst=${border6[mg]}" \
		ttl=255 icmp type=135 zeros=16
	send_frame mg eth "dst=${net_border_mac[mg]}" ip "src=${border6[mg]}" \
		"dst=${border6[mg]}" ttl=255 icmp type=136 zeros=16
	# A neighbour that is asked for through the border.
	send_frame mg eth "dst=${net_border_mac[mg]}" ip "src=${at6[mg]}" "dst=${at6[mn]}" ttl=255 \
		icmp type=135 zeros=16
	rose source-spoofed=3 no-flow=1
}

# Without a flow a host gets no address of the border; with one, its question is link control.
dhcp_needs_a_flow()
{
	local dhcp=(eth dst=ff:ff:ff:ff:ff:ff ip src=0.0.0.0 dst=255.255.255.255 udp sport=68 dport=67
		zeros=240)

	self_policy
	mark
	send_frame mn "${dhcp[@]}"
	rose source-spoofed=1
	policy_new
	flow DHCP "mg, hosts: [${at4[mg]}]" self udp/67
	apply
	mark
	control=${marked[permit-control]}
	send_frame mn "${dhcp[@]}"
	rose source-spoofed=1
	send_frame mg "${dhcp[@]}"
	busywait 5 control_rose "$control"
	rose source-spoofed=1
}

control_rose()
{
	(($(reasons_now | sed -n 's/^permit-control //p') > $1))
}

town_create mn mg
plan 9
town_test 'administration reaches the host' administration_reaches_the_host
town_test 'others do not' others_do_not
town_test 'the host sends its log' host_sends_its_log
town_test 'and gets answers' host_gets_answers
town_test 'the host says nothing else' host_says_nothing_else
town_test 'multicast needs a flow' multicast_needs_a_flow
town_test 'neighbours are found without a flow' neighbours_are_found
town_test 'link control is of the link' control_is_of_the_link
town_test 'DHCP needs a flow' dhcp_needs_a_flow
finish
