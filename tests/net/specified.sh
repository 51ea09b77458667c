#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Specified communication (tokutei tsushin): a flow that touches the my-number segment passes only
# from its MAC and IP addresses to its port; whatever differs in one of them is dropped, and the
# record says in which.
#
#	mn  eth0 -- mn0 | border | lg0 -- eth0  lg
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh

stranger=02:53:00:00:0b:0b

specified_policy()
{
	policy_new
	flow MN-LG "mn, hosts: [$(both mn)], macs: [\"${net_mac[mn]}\"]" \
		"lg, hosts: [$(both lg)]" tcp/443
	apply
}

# as_stranger FAMILY PORT: from the right address, with another MAC.
as_stranger()
{
	send_frame mn eth "src=$stranger" "dst=${net_border_mac[mn]}" \
		ip "src=$(address mn "$1")" "dst=$(address lg "$1")" \
		tcp sport=40000 "dport=$2" flags=S
}

listed_host_passes()
{
	local family

	specified_policy
	listen_in lg tcp 443
	for family in 4 6; do
		mark
		asks mn tcp "$(address lg "$family")" 443
		rose permit-new=1 permit-established=+
		recorded ".type == \"permit\" and .reason == \"permit-new\" and
			.flow == \"MN-LG\" and .from == \"mn\" and .to == \"lg\" and
			.src == \"$(address mn "$family")\" and
			.dst == \"$(address lg "$family")\" and .dport == 443 and
			.smac == \"${net_mac[mn]}\""
	done
}

# The record names the flow; the policy in force says who approved it, and stays readable.
flow_leads_to_its_approval()
{
	specified_policy
	mark
	sends mn "${at4[lg]}" tcp sport=41000 dport=443 flags=S
	recorded '.type == "permit" and .flow == "MN-LG"'
	border show flows -j |
		jq -e '.[] | select(.id == "MN-LG") | .from == "mn" and .to == "lg" and .new >= 1'
	# The way back to the file by the digest that every commit records.
	recorded_digest=$(audit_lines | jq -r 'select(.type == "policy.apply") | .digest_after' |
		tail -n 1)
	[[ $recorded_digest == "$(border show status -j | jq -r .digest)" ]]
}

other_mac_drops()
{
	local family

	specified_policy
	for family in 4 6; do
		mark
		count_start lg eth0 proto=tcp dport=443
		as_stranger "$family" 443
		rose mac-mismatch=1
		count_is 0
		recorded ".type == \"deny\" and .reason == \"mac-mismatch\" and .flow == \"MN-LG\" and
			.smac == \"$stranger\" and .expected_macs == [\"${net_mac[mn]}\"] and
			.src == \"$(address mn "$family")\" and .count == 1"
	done
}

other_port_drops()
{
	local family

	specified_policy
	for family in 4 6; do
		mark
		count_start lg eth0 proto=tcp dport=22
		sends mn "$(address lg "$family")" tcp sport=40000 dport=22 flags=S
		rose port-not-permitted=1
		count_is 0
		recorded ".type == \"deny\" and .reason == \"port-not-permitted\" and .dport == 22 and
			.flow == \"MN-LG\" and .src == \"$(address mn "$family")\" and .count == 1"
		# The port of another protocol is another port.
		mark
		sends mn "$(address lg "$family")" udp sport=40000 dport=443 text=x
		rose port-not-permitted=1
	done
}

# The nearest miss is told: with a wrong port the MAC no longer matters.
other_port_and_mac_drops_by_port()
{
	specified_policy
	mark
	as_stranger 4 22
	as_stranger 6 22
	rose port-not-permitted=2
}

other_host_drops()
{
	local source

	specified_policy
	for source in 10.10.0.3 fd00:10::3; do
		mark
		count_start lg eth0 proto=tcp dport=443
		sends_as mn "$source" "$(address lg "$([[ $source == *:* ]] && echo 6 || echo 4)")" \
			tcp sport=40000 dport=443 flags=S
		rose not-listed=1
		count_is 0
		recorded ".type == \"deny\" and .reason == \"not-listed\" and .src == \"$source\" and
			.breach == \"mn>lg\""
	done
}

# Somebody who joins a connection with his own MAC is judged by state: window and sequence numbers
# are his obstacle, and a new one is not his to open.
stranger_opens_nothing_beside_a_connection()
{
	specified_policy
	listen_in lg tcp 443
	stream_open mn "${at4[lg]}" 443
	mark
	as_stranger 4 443
	rose mac-mismatch=1
	stream_goes_on
	rose mac-mismatch=1 permit-established=+
}

# A policy without the flow ends the connection with the next frame.
revoked_flow_ends()
{
	local family

	listen_in lg tcp 443
	for family in 4 6; do
		specified_policy
		stream_open mn "$(address lg "$family")" 443
		policy_new
		apply
		mark
		stream_say
		busywait 5 revoked_is_counted
		not stream_holds "$stream_said"
		recorded '.type == "deny" and .reason == "revoked" and .flow == "MN-LG"'
		kill "$stream_pid"
	done
}

revoked_is_counted()
{
	reasons_risen | grep -q '^revoked='
}

town_create mn lg
plan 8
town_test 'the listed host passes, and its replies' listed_host_passes
town_test 'the record leads to flow and policy' flow_leads_to_its_approval
town_test 'another MAC drops as mac-mismatch' other_mac_drops
town_test 'another port drops as port-not-permitted' other_port_drops
town_test 'another port and MAC drop by the port' other_port_and_mac_drops_by_port
town_test 'another host drops as not-listed' other_host_drops
town_test 'a stranger opens nothing beside a connection' stranger_opens_nothing_beside_a_connection
town_test 'a flow that is taken out ends its connections' revoked_flow_ends
finish
