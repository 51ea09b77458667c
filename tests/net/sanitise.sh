#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Between the LGWAN and the internet segment only sanitising gateways talk, each by its method and
# in its direction: a direct client drops as not-a-gateway, and a screen that the LGWAN side opens
# is no way in from the internet side.
#
#	lg  eth0 -- lg0 | border | in0 -- eth0  in	in .2 ::2: the gateway, in .3 ::3: a client
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh

client4=10.30.0.3
client6=fd00:30::3

client()
{
	case $1 in
	4) echo "$client4" ;;
	6) echo "$client6" ;;
	esac
}

gateway_policy()
{
	policy_new
	gateway sanitiser "$(both in)" 'file, screen'
	flow IN-LG "in, hosts: [$(both in)]" "lg, hosts: [$(both lg)]" tcp/443 'sanitize: file'
	flow LG-VDI lg "in, hosts: [$(both in)]" tcp/3389 'sanitize: screen'
	apply
}

file_gateway_passes()
{
	local family

	gateway_policy
	listen_in lg tcp 443
	for family in 4 6; do
		mark
		asks in tcp "$(address lg "$family")" 443
		rose permit-new=1 permit-established=+
		recorded ".type == \"permit\" and .flow == \"IN-LG\" and .from == \"in\" and
			.to == \"lg\" and .src == \"$(address in "$family")\""
	done
}

direct_client_drops()
{
	local family

	gateway_policy
	for family in 4 6; do
		mark
		count_start lg eth0 proto=tcp dport=443
		sends_as in "$(client "$family")" "$(address lg "$family")" \
			tcp sport=40000 dport=443 flags=S
		rose not-a-gateway=1
		count_is 0
		recorded ".type == \"deny\" and .reason == \"not-a-gateway\" and
			.breach == \"in>lg\" and .src == \"$(client "$family")\" and .count == 1"
	done
}

# Out as well: no host of the LGWAN side reaches the internet beside the gateway.
direct_way_out_drops()
{
	local family

	gateway_policy
	for family in 4 6; do
		mark
		count_start in eth0 proto=tcp dport=443
		sends lg "$(client "$family")" tcp sport=40000 dport=443 flags=S
		rose not-a-gateway=1
		count_is 0
		recorded ".type == \"deny\" and .reason == \"not-a-gateway\" and
			.breach == \"lg>in\" and .dst == \"$(client "$family")\""
	done
}

screen_opens_outwards()
{
	local family

	gateway_policy
	listen_in in tcp 3389
	for family in 4 6; do
		mark
		asks lg tcp "$(address in "$family")" 3389
		rose permit-new=1 permit-established=+
		recorded '.type == "permit" and .flow == "LG-VDI" and .from == "lg" and
			.to == "in" and .dport == 3389'
	done
}

# The gateway is listed inwards for another port, so the nearest miss is the port.
screen_does_not_open_inwards()
{
	local family

	gateway_policy
	for family in 4 6; do
		mark
		count_start lg eth0 proto=tcp dport=3389
		sends in "$(address lg "$family")" tcp sport=40000 dport=3389 flags=S
		rose port-not-permitted=1
		count_is 0
		recorded '.type == "deny" and .reason == "port-not-permitted" and .from == "in" and
			.to == "lg" and .dport == 3389'
	done
}

# With the screen's flow alone there is nothing inwards at all.
screen_alone_is_no_way_in()
{
	local family

	policy_new
	gateway sanitiser "$(both in)" screen
	flow LG-VDI lg "in, hosts: [$(both in)]" tcp/3389 'sanitize: screen'
	apply
	listen_in in tcp 3389
	for family in 4 6; do
		stream_open lg "$(address in "$family")" 3389
		mark
		count_start lg eth0 proto=tcp sport=40000
		sends in "$(address lg "$family")" tcp sport=40000 dport=3389 flags=S
		rose no-flow=1
		count_is 0
		recorded '.type == "deny" and .reason == "no-flow" and .breach == "in>lg"'
		stream_goes_on
	done
}

flow_without_gateway_is_refused()
{
	gateway_policy
	before=$(generation)
	policy_new
	gateway sanitiser "$(both in)" 'file, screen'
	flow BAD "lg, hosts: [$(both lg)]" "in, hosts: [$client4]" tcp/443 'sanitize: file'
	mark
	apply_refused
	said 'BAD.*\[R5\]'
	(($(generation) == before))
	recorded '.type == "policy.reject" and any(.findings[]; test("BAD"))'
}

town_create lg in
plan 7
town_test 'the file gateway passes' file_gateway_passes
town_test 'a direct client drops as not-a-gateway' direct_client_drops
town_test 'likewise on the way out' direct_way_out_drops
town_test 'a screen opens outwards' screen_opens_outwards
town_test 'and not inwards' screen_does_not_open_inwards
town_test 'an open screen is no way in' screen_alone_is_no_way_in
town_test 'a flow without gateway is refused' flow_without_gateway_is_refused
finish
