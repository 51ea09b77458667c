#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# That a policy which breaks the guideline is refused as a whole: what was in force stays in force,
# and the refusal is written down and names the row, its line and the requirement.
#
#	mn  eth0 -- mn0 | border | in0 -- eth0  in
#	lg  eth0 -- lg0 |        |
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh

# A policy that is in force before, with a row by which it is known.
old_policy()
{
	policy_new
	flow OLD "lg, hosts: [$(both lg)]" "mn, hosts: [$(both mn)]" tcp/445 \
		'mac_exempt: test'
	apply
	old_generation=$(generation)
	old_digest=$(border show status -j | jq -r .digest)
}

# refused_for REQUIREMENT PATTERN: the new policy is, the old one still judges.
refused_for()
{
	local line

	line=$(grep -n 'id: BAD' "$town_policy" | cut -d: -f1)
	mark
	apply_refused
	said "policy.yaml:$line:.*$2.*\[$1\]"
	said 'BAD'
	(($(generation) == old_generation))
	[[ $(border show status -j | jq -r .digest) == "$old_digest" ]]
	recorded ".type == \"policy.reject\" and .actor == \"tester\" and
		any(.findings[]; test(\"BAD\") and test(\"$2\")) and .generation == $old_generation"
	sends lg "${at4[mn]}" tcp sport=40000 dport=445 flags=S
	sends mn "${at4[in]}" tcp sport=40000 dport=443 flags=S
	rose permit-new=1 no-flow=1 'permit-established=*' 'tcp-invalid=*'
}

mynumber_to_internet_is_refused()
{
	old_policy
	policy_new
	flow GOOD "lg, hosts: [$(both lg)]" "mn, hosts: [$(both mn)]" tcp/446 'mac_exempt: test'
	flow BAD "mn, hosts: [${at4[mn]}], macs: [\"${net_mac[mn]}\"]" \
		"in, hosts: [${at4[in]}]" tcp/443
	refused_for R1 'nothing passes'
}

internet_to_mynumber_is_refused()
{
	old_policy
	policy_new
	flow BAD "in, hosts: [${at4[in]}], macs: [\"${net_mac[in]}\"]" \
		"mn, hosts: [${at4[mn]}]" tcp/443
	refused_for R1 'nothing passes'
}

row_without_ports_is_refused()
{
	old_policy
	policy_new
	flow BAD "mn, hosts: [${at4[mn]}], macs: [\"${net_mac[mn]}\"]" "lg, hosts: [${at4[lg]}]" ''
	refused_for R2 'ports missing'
}

row_without_mac_is_refused()
{
	old_policy
	policy_new
	flow BAD "mn, hosts: [${at4[mn]}]" "lg, hosts: [${at4[lg]}]" tcp/443
	mark
	apply_refused
	said 'BAD.*macs missing.*\[R2\]'
	(($(generation) == old_generation))
	recorded '.type == "policy.reject" and any(.findings[]; test("macs missing"))'
}

approver_is_another_person()
{
	old_policy
	policy_new
	flow BAD "lg, hosts: [$(both lg)]" "mn, hosts: [$(both mn)]" tcp/447 'mac_exempt: test' \
		'requested_by: approver B'
	mark
	apply_refused
	said 'BAD.*same person.*\[R9\]'
	(($(generation) == old_generation))
	recorded '.type == "policy.reject" and any(.findings[]; test("BAD") and test("same person"))'
	sends lg "${at4[mn]}" tcp sport=40001 dport=447 flags=S
	rose port-not-permitted=1
}

one_person_with_a_reason_is_flagged()
{
	old_policy
	policy_new
	flow DUAL "lg, hosts: [$(both lg)]" "mn, hosts: [$(both mn)]" tcp/447 \
		'mac_exempt: test' 'requested_by: approver B' \
		'dual_role_reason: nobody else was there'
	mark
	apply
	said 'DUAL.*nobody else was there.*\[R9\]'
	(($(generation) == old_generation + 1))
	recorded '.type == "policy.apply" and
		any(.findings[]; test("DUAL") and test("nobody else was there"))'
	sends lg "${at4[mn]}" tcp sport=40002 dport=447 flags=S
	rose permit-new=1 'permit-established=*' 'tcp-invalid=*'
}

# What cannot be read at all is no policy either.
garbage_is_refused()
{
	old_policy
	printf 'sekisho: 1\nsite: {name: test\n' >"$town_policy"
	mark
	apply_refused
	(($(generation) == old_generation))
	recorded '.type == "policy.reject"'
	sends lg "${at4[mn]}" tcp sport=40003 dport=445 flags=S
	rose permit-new=1 'permit-established=*' 'tcp-invalid=*'
}

missing_interface_is_refused()
{
	old_policy
	policy_new
	sed -i 's/interface: in0/interface: nowhere0/' "$town_policy"
	mark
	apply_refused
	said nowhere0
	(($(generation) == old_generation))
	recorded '.type == "policy.reject"'
	sends lg "${at4[mn]}" tcp sport=40004 dport=445 flags=S
	rose permit-new=1 'permit-established=*' 'tcp-invalid=*'
}

town_create mn lg in
plan 8
town_test 'a row from MN to IN is refused, the old policy stays' mynumber_to_internet_is_refused
town_test 'likewise from IN to MN' internet_to_mynumber_is_refused
town_test 'an MN row without ports is refused' row_without_ports_is_refused
town_test 'an MN row without MAC is refused' row_without_mac_is_refused
town_test 'requester and approver are two persons' approver_is_another_person
town_test 'one person with a reason is applied and flagged' one_person_with_a_reason_is_flagged
town_test 'what cannot be read is refused' garbage_is_refused
town_test 'a port that is not there is refused' missing_interface_is_refused
finish
