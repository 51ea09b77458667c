#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# That nothing crosses from one segment to another unless a flow permits it, that each attempt is
# counted and written down as a breach of the separation, and that a permission in one direction is
# none in the other.
#
#	mn  eth0 -- mn0 | border | in0 -- eth0  in
#	lg  eth0 -- lg0 |        |
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh

# crosses_not FROM TO FAMILY: a first packet of file sharing.
crosses_not()
{
	local from=$1 to=$2 family=$3 source target

	source=$(address "$from" "$family")
	target=$(address "$to" "$family")
	mark
	count_start "$to" eth0 proto=tcp dport=445
	sends "$from" "$target" tcp sport=40000 dport=445 flags=S
	rose no-flow=1
	count_is 0
	recorded ".type == \"deny\" and .reason == \"no-flow\" and .breach == \"$from>$to\" and
		.from == \"$from\" and .to == \"$to\" and .src == \"$source\" and
		.dst == \"$target\" and .proto == \"tcp\" and .dport == 445 and .count == 1 and
		.smac == \"${net_mac[$from]}\" and .interface == \"${from}0\" and
		.direction == \"input\" and .generation == $(generation)"
}

empty_policy_separates()
{
	local from to family

	policy_new
	apply
	for family in 4 6; do
		for from in mn lg in; do
			for to in mn lg in; do
				[[ $from == "$to" ]] || crosses_not "$from" "$to" "$family"
			done
		done
	done
}

# Not only crafted frames: what a host's own programs try does not get through either.
programs_reach_nobody()
{
	local family

	policy_new
	apply
	listen_in lg tcp 445
	listen_in lg udp 53
	mark
	for family in 4 6; do
		refuses mn tcp "$(address lg "$family")" 445
		refuses mn udp "$(address lg "$family")" 53
		not pings mn "$(address lg "$family")"
	done
	rose no-flow=+
}

permission_opens_one_direction()
{
	local family

	policy_new
	flow LG-MN "lg, hosts: [$(both lg)]" "mn, hosts: [$(both mn)]" tcp/445 \
		'mac_exempt: test'
	apply
	listen_in lg tcp 445
	listen_in mn tcp 445
	for family in 4 6; do
		mark
		asks lg tcp "$(address mn "$family")" 445
		rose permit-new=1 permit-established=+
		recorded '.type == "permit" and .reason == "permit-new" and .flow == "LG-MN"'
		crosses_not mn lg "$family"
	done
}

# An answer that nobody asked for is no reply.
replies_need_a_request()
{
	local family

	policy_new
	flow LG-MN "lg, hosts: [$(both lg)]" "mn, hosts: [$(both mn)]" tcp/445 \
		'mac_exempt: test'
	apply
	for family in 4 6; do
		mark
		count_start lg eth0 proto=tcp sport=445
		sends mn "$(address lg "$family")" tcp sport=445 dport=40000 flags=SA ack=1
		rose tcp-no-state=1
		count_is 0
		recorded '.type == "deny" and .reason == "tcp-no-state" and (has("breach") | not)'
	done
}

# Nor do frames that the host would only pass on within their segment.
segment_does_not_mix()
{
	policy_new
	apply
	mark
	sends_as mn 10.10.0.2 10.10.0.9 udp sport=1 dport=2 text=x
	sends_as mn fd00:10::2 fd00:10::9 udp sport=1 dport=2 text=x
	rose no-flow=2
	segment_more[mn]='intra: permit'
	policy_new
	segment_more=()
	apply
	mark
	sends_as mn 10.10.0.2 10.10.0.9 udp sport=1 dport=2 text=x
	sends_as mn fd00:10::2 fd00:10::9 udp sport=1 dport=2 text=x
	# The border may tell that the neighbour is not there, or that there is a shorter way.
	rose permit-intra=2 'permit-related=*' 'icmp-unrelated=*'
}

destination_must_exist()
{
	policy_new
	apply
	mark
	sends mn 192.0.2.1 udp sport=1 dport=2 text=x
	sends mn 2001:db8::1 udp sport=1 dport=2 text=x
	rose no-destination=2
	recorded '.type == "deny" and .reason == "no-destination" and .dst == "192.0.2.1"' \
		'.type == "deny" and .reason == "no-destination" and .dst == "2001:db8::1"'
}

# Each frame has one reason, and they add up to the frames.
counts_add_up()
{
	local reasons frames

	border show status -j >"$net_directory/status"
	reasons=$(border show reasons -j | jq '[.[].packets] | add')
	frames=$(jq .frames "$net_directory/status")
	((frames > 0 && frames <= reasons))
	border show status -j >"$net_directory/status"
	jq -e '.frames == .permitted + .denied' "$net_directory/status"
	(($(jq .frames "$net_directory/status") >= reasons))
}

town_create mn lg in
plan 7
town_test 'an empty policy separates all segments' empty_policy_separates
town_test 'programs reach nobody' programs_reach_nobody
town_test 'a permission opens one direction' permission_opens_one_direction
town_test 'replies need a request' replies_need_a_request
town_test 'within a segment only what it permits' segment_does_not_mix
town_test 'a destination must be in a segment' destination_must_exist
town_test 'reasons add up to frames' counts_add_up
finish
