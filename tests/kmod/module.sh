#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The module as the tool uses it: it is there or it is not, it has the policy that the maps have,
# what it gives back is what was sent, and it goes when it is told to, unless it is sealed.
#
#	mn  eth0 -- mn0 | border | lg0 -- eth0  lg
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/kmod/lib.sh

some_policy()
{
	policy_new
	flow MN-LG "mn, hosts: [$(both mn)], macs: [\"${net_mac[mn]}\"]" \
		"lg, hosts: [$(both lg)]" 'tcp/443, udp/5000-5010' \
		'schedule: {days: mon-fri, hours: "08:30-17:15"}' 'limit: {concurrent: 7}'
	flow LG-MN "lg, hosts: [$(both lg)]" "mn, hosts: [$(both mn)]" 'icmp/echo, icmp6/echo' \
		'mac_exempt: test'
}

absent_or_present()
{
	guard_is guard present
	module_unload
	guard_is guard absent
	[[ $(status_field guard) == absent ]]
	module_load
	guard_is guard present
	[[ $(status_field guard) == present ]]
}

one_policy_in_both()
{
	some_policy
	apply
	in_step
	guard_is flows 2
	# Another commit, another generation, in both.
	policy_new
	apply
	in_step
}

# has POLICY: read back from the module, object by object, it is what the tool would send.
has()
{
	in_ns border build/tests/policy_equals "$1"
}

dump_is_what_was_sent()
{
	[[ -x build/tests/policy_equals ]] || skip_test 'build/tests/policy_equals is not built'
	some_policy
	cp "$town_policy" "$net_directory/some.yaml"
	apply
	has "$net_directory/some.yaml"
	# Not where it differs in as little as one number.
	sed 's/5000-5010/5000-5011/' "$net_directory/some.yaml" >"$net_directory/other.yaml"
	not has "$net_directory/other.yaml"
	policy_new
	apply
	has "$town_policy"
	not has "$net_directory/some.yaml"
}

goes_when_told()
{
	some_policy
	apply
	module_unload
	guard_is guard absent
	not grep -q '^sekisho ' /proc/modules
	module_load
}

# Only who has the key unseals; until then nothing that opens is taken, and what closes is.
sealed_border_stays()
{
	some_policy
	apply
	border seal --key-file "$net_directory/key" --actor A --second B >"$last_output"
	defer unseal_quietly
	guard_is sealed true
	not module_unload 2>/dev/null
	module_is_loaded
	policy_new
	apply_refused
	in_step
	border isolate mn --reason test --authority CISO >"$last_output"
	not border release mn --actor A --second B >"$last_output" 2>&1
	not border detach --actor A --second B --reason test >"$last_output" 2>&1
	head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n' >"$net_directory/wrong-key"
	not border unseal --key-file "$net_directory/wrong-key" --actor A --second B >"$last_output" 2>&1
	guard_is sealed true
	border unseal --key-file "$net_directory/key" --actor A --second B >"$last_output"
	guard_is sealed false
	border release mn --actor A --second B >"$last_output"
	module_unload
	module_load
}

unseal_quietly()
{
	border unseal --key-file "$net_directory/key" --actor A --second B
} >/dev/null 2>&1

guard_town mn lg
plan 5
run_test 'it is there, or it is not, and that is shown' absent_or_present
run_test 'maps and module have one policy' one_policy_in_both
run_test 'what it gives back is what was sent' dump_is_what_was_sent
run_test 'it goes when it is told to' goes_when_told
run_test 'a sealed border stays' sealed_border_stays
finish
