#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# External segments hold registered peers: one of them passes in the directions that its flows say,
# and nobody else who comes from there does.
#
#	lg  eth0 -- lg0 | border | ex0 -- eth0  ex	ex .2 ::2: registered, ex .3 ::3: not
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh

peer_policy()
{
	policy_new
	flow LG-EX "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" tcp/443
	flow EX-LG "ex, hosts: [$(both ex)]" "lg, hosts: [$(both lg)]" tcp/8443
	apply
}

registered_peer_passes_both_ways()
{
	local family

	peer_policy
	listen_in ex tcp 443
	listen_in lg tcp 8443
	for family in 4 6; do
		mark
		asks lg tcp "$(address ex "$family")" 443
		asks ex tcp "$(address lg "$family")" 8443
		rose permit-new=2 permit-established=+
		recorded '.type == "permit" and .flow == "LG-EX" and .to == "ex"' \
			'.type == "permit" and .flow == "EX-LG" and .from == "ex"'
	done
}

unregistered_peer_drops()
{
	local address

	peer_policy
	for address in 10.40.0.3 fd00:40::3; do
		mark
		count_start lg eth0 proto=tcp dport=8443
		sends_as ex "$address" "$(address lg "$([[ $address == *:* ]] && echo 6 || echo 4)")" \
			tcp sport=40000 dport=8443 flags=S
		rose peer-unregistered=1
		count_is 0
		recorded ".type == \"deny\" and .reason == \"peer-unregistered\" and
			.breach == \"ex>lg\" and .src == \"$address\" and .count == 1"
		mark
		count_start ex eth0 proto=tcp dport=443
		sends lg "$address" tcp sport=40000 dport=443 flags=S
		rose peer-unregistered=1
		count_is 0
		recorded ".type == \"deny\" and .reason == \"peer-unregistered\" and
			.breach == \"lg>ex\" and .dst == \"$address\""
	done
}

# Whoever is registered is so for his services.
registered_peer_keeps_to_its_services()
{
	peer_policy
	mark
	sends ex "${at4[lg]}" tcp sport=40000 dport=443 flags=S
	sends ex "${at6[lg]}" tcp sport=40000 dport=443 flags=S
	rose port-not-permitted=2
}

town_create lg ex
plan 3
town_test 'a registered peer passes in both directions' registered_peer_passes_both_ways
town_test 'an unregistered peer drops as peer-unregistered' unregistered_peer_drops
town_test 'a registered peer keeps to its services' registered_peer_keeps_to_its_services
finish
