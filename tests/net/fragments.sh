#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Fragmented datagrams pass whole where their first fragment was permitted, and no fragment passes
# by itself: not before its first one, not after a change of policy, not one that hides its ports.
#
#	lg  eth0 -- lg0 | border | ex0 -- eth0  ex	lg -> ex: udp/5000, tcp/443
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh

fragment_policy()
{
	policy_new
	flow LG-EX "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" \
		'udp/5000, tcp/443, icmp/echo, icmp6/echo'
	apply
}

# piece FAMILY PORT ID OFFSET,BYTES: of a datagram from lg to ex of 8 + 40 bytes.
piece()
{
	send_frame lg eth "dst=${net_border_mac[lg]}" ip "src=$(address lg "$1")" \
		"dst=$(address ex "$1")" "id=$3" "cut=$4" udp "sport=$2" dport=5000 zeros=40
}

# Programs on both sides, datagrams of three fragments each way.
programs_talk_in_fragments()
{
	local family text

	fragment_policy
	listen_in ex udp 5000
	text=$(printf '%04000d' 7)
	for family in 4 6; do
		mark
		[[ $(big_question "$family" "$text") == "$text" ]]
		rose permit-new=1 permit-established=5
		mark
		pings lg "$(address ex "$family")" -s 4000
		rose permit-new=1 permit-established=5
	done
}

big_question()
{
	local address

	address=$(address ex "$1")
	[[ $address != *:* ]] || address="[$address]"
	printf '%s' "$2" | in_ns lg timeout 4 socat -t 1 - "UDP:$address:5000"
}

later_ones_follow_the_first()
{
	local family

	fragment_policy
	for family in 4 6; do
		mark
		count_start ex eth0 proto=udp
		piece "$family" 4100 11 0,24
		piece "$family" 4100 11 24,16
		piece "$family" 4100 11 40,8
		rose permit-new=1 permit-established=2 'permit-related=*'
		count_is 3
	done
}

later_before_the_first_drops()
{
	local family

	fragment_policy
	for family in 4 6; do
		mark
		count_start ex eth0 proto=udp
		piece "$family" 4200 12 24,24
		rose fragment-orphan=1
		count_is 0
		piece "$family" 4200 12 0,24
		rose fragment-orphan=1 permit-new=1
		# It is the order that counts: sent again it passes.
		piece "$family" 4200 12 24,24
		rose fragment-orphan=1 permit-new=1 permit-established=1 'permit-related=*'
		count_is 2
		recorded ".type == \"deny\" and .reason == \"fragment-orphan\" and
			.src == \"$(address lg "$family")\""
	done
}

# Whose first fragment is denied is denied whole.
denied_first_opens_nothing()
{
	local family

	fragment_policy
	for family in 4 6; do
		mark
		count_start ex eth0 proto=udp
		send_frame lg eth "dst=${net_border_mac[lg]}" ip "src=$(address lg "$family")" \
			"dst=$(address ex "$family")" id=13 cut=0,24 \
			udp sport=4300 dport=22 zeros=40
		piece "$family" 4300 13 24,24
		rose port-not-permitted=1 fragment-orphan=1
		count_is 0
	done
}

tiny_fragments_drop()
{
	local family tcp=(tcp sport=4400 dport=443 flags=S zeros=40)

	fragment_policy
	for family in 4 6; do
		mark
		count_start ex eth0 proto=tcp
		tiny "$family" cut=0,8 "${tcp[@]}"
		tiny "$family" cut=0,16 "${tcp[@]}"
		# A second fragment that would overwrite flags or options.
		tiny "$family" cut=8,32 "${tcp[@]}"
		tiny "$family" cut=16,24 "${tcp[@]}"
		rose fragment-tiny=4
		count_is 0
		recorded ".type == \"deny\" and .reason == \"fragment-tiny\" and
			.src == \"$(address lg "$family")\""
	done
}

tiny()
{
	local family=$1 cut=$2

	shift 2
	send_frame lg eth "dst=${net_border_mac[lg]}" ip "src=$(address lg "$family")" \
		"dst=$(address ex "$family")" id=14 "$cut" "$@"
}

# A first fragment of yesterday's policy opens nothing under today's.
commit_forgets_fragments()
{
	local family

	for family in 4 6; do
		fragment_policy
		mark
		piece "$family" 4500 15 0,24
		rose permit-new=1
		fragment_policy
		mark
		count_start ex eth0 proto=udp
		piece "$family" 4500 15 24,24
		rose fragment-orphan=1
		count_is 0
	done
}

# The border itself cuts what is too big for its next link: the parts follow their datagram out.
border_cuts_datagrams()
{
	fragment_policy
	ip_in border "route add ${at4[ex]}/32 dev ex0 mtu lock 1000"
	defer ip_in border "route delete ${at4[ex]}/32 dev ex0"
	mark
	count_start ex eth0 proto=udp "src=${at4[lg]}"
	send_frame lg eth "dst=${net_border_mac[lg]}" ip "src=${at4[lg]}" "dst=${at4[ex]}" id=16 \
		udp sport=4600 dport=5000 zeros=1400
	rose permit-new=1 'permit-related=*'
	count_is 2
}

town_create lg ex
plan 7
town_test 'programs talk in fragments' programs_talk_in_fragments
town_test 'later fragments follow the first' later_ones_follow_the_first
town_test 'a later fragment before the first drops' later_before_the_first_drops
town_test 'a denied first fragment opens nothing' denied_first_opens_nothing
town_test 'tiny fragments drop' tiny_fragments_drop
town_test 'a commit forgets fragments' commit_forgets_fragments
town_test 'the border may cut datagrams itself' border_cuts_datagrams
finish
