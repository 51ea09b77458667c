#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# That an interface whose driver has no native XDP is guarded by the slower generic mode, with a
# warning, and by the same verdicts.
#
#	lg  eth0 -- cable | lg0 (bridge)  border  in0 -- eth0  in
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/programs/apply.sh

lay()
{
	border_create
	trunk_create lg cable
	trunk_create in in0
	be_silent border lg in
	# The address that the knocks are sent to: a bridge only takes in what is for itself.
	ip_in border 'link add lg0 address 02:00:00:00:00:99 type bridge' \
		'link set cable master lg0' 'link set lg0 up'
	policy_of old OLD 5001
	policy_of new NEW 5002
}

generic_mode_judges_alike()
{
	lay
	apply old
	grep 'generic' "$net_directory/said"
	border show status -j | jq -r '.ports[] | .interface + " " + .attached' >"$net_directory/ports"
	grep -x 'lg0 generic' "$net_directory/ports"
	grep -x 'in0 native' "$net_directory/ports"
	apply new
	border show status -j | jq -e '[.ports[] | select(.attached == "none")] == []' >/dev/null
}

plan 1
run_test 'a driver without native XDP: generic mode, a warning, the same verdicts' \
	generic_mode_judges_alike
finish
