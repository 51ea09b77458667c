#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A commit is one for the maps and the module: both or neither, whatever refuses, dies or comes late
# in between.
#
#	mn  eth0 -- mn0 | border | lg0 -- eth0  lg
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/kmod/lib.sh

# commit_policy PORT [SITE-LINE]: from mn to lg.
commit_policy()
{
	policy_with "${2:-}"
	flow MN-LG "mn, hosts: [$(both mn)], macs: [\"${net_mac[mn]}\"]" \
		"lg, hosts: [$(both lg)]" "udp/$1"
}

# passes PORT: through the programs and the guard; refuses otherwise.
passes()
{
	sport=$((sport + 1))
	frames mn <<<"ip src=${at4[mn]} dst=${at4[lg]} udp sport=$sport dport=$1 text=x"
	arrived lg "sport=$sport " 1
}

passes_not()
{
	sport=$((sport + 1))
	mark
	frames mn <<<"ip src=${at4[mn]} dst=${at4[lg]} udp sport=$sport dport=$1 text=x"
	busywait 5 something_rose
	arrived lg "sport=$sport " 0
}

something_rose()
{
	[[ -n $(reasons_risen) ]]
}

guard_may_be_required()
{
	commit_policy 5000
	apply
	module_unload
	defer module_reload
	commit_policy 5001 'guard: required'
	apply_refused
	said guard
	border show status -j | jq -e '.guard == "absent"' >/dev/null
	passes 5000
	module_load
	apply
	in_step
	passes 5001
	passes_not 5000
}

# From its loading on nothing is forwarded that it does not know to be permitted; the next command
# gives it the policy.
loaded_in_mid_operation()
{
	module_unload
	commit_policy 5000
	apply
	passes 5000
	module_load
	judged_by guard
	passes_not 5000
	judged_by programs
	commit_policy 5001
	apply
	in_step
	passes 5001
}

# Whatever it refuses for: a sealed one refuses everything that is new.
refused_by_the_module_is_refused()
{
	local before

	commit_policy 5000
	apply
	before=$(generation)
	border seal --key-file "$net_directory/key" --actor A --second B >"$last_output"
	defer border unseal --key-file "$net_directory/key" --actor A --second B
	commit_policy 5001
	audit_marked=$(audit_lines | wc -l)
	apply_refused
	audit_has '.type == "policy.reject"' >/dev/null
	(($(generation) == before))
	in_step
	passes 5000
	passes_not 5001
}

# Both by clocks of the kernel's own, no process being there. The last frame of the new policy is let
# through by both, and so is the first of the old one: between them both have fallen back.
both_fall_back()
{
	local gap

	commit_policy 5000
	apply
	commit_policy 5001
	border apply "$town_policy" --actor tester --confirm 3 >"$last_output"
	stream_to 5001
	stream_to 5000
	busywait 5 came_to 5001
	not came_to 5000
	gap=$(gap_between 5001 5000)
	echo "both fell back within $gap ms"
	((gap < 1000))
	in_step
	passes 5000
	passes_not 5001
}

stream_to()
{
	start_in mn "$net_frame" send eth0 --count 1000 --interval-us 20000 \
		eth "dst=${net_border_mac[mn]}" ip "src=${at4[mn]}" "dst=${at4[lg]}" \
		udp sport=30 "dport=$1" text=x
}

came_to()
{
	grep -q "sport=30 dport=$1 " "${watch_file[lg]}"
}

# gap_between LAST FIRST: milliseconds between the last frame to one port and the first to another.
gap_between()
{
	local count seen=0 last end=$((SECONDS + 15))

	last=$(date +%s%N)
	until came_to "$2"; do
		count=$(grep -c "sport=30 dport=$1 " "${watch_file[lg]}")
		((count == seen)) || last=$(date +%s%N)
		seen=$count
		((SECONDS < end)) || return 1
	done
	echo $((($(date +%s%N) - last) / 1000000))
}

# At each of its requests to the module: before the commit, between the two, after it. What comes
# next finds both in one policy, the old one or the new one, and leaves both in step.
killed_commit_is_mended()
{
	local calls call port

	command -v strace >/dev/null || skip_test 'wants strace'
	commit_policy 5000
	apply
	calls=$(calls_of_a_commit)
	echo "a commit makes $calls requests"
	for ((call = (calls > 8 ? calls - 8 : 1); call <= calls; call++)); do
		port=$((6000 + call))
		commit_policy "$port"
		commit_dies_at sendto "$call" || continue
		border show status -j >/dev/null
		commit_policy 5000
		apply
		in_step
		passes 5000
		passes_not "$port"
	done
}

sport=10000
guard_town mn lg
watch_start lg
plan 5
run_test 'a guard may be required' guard_may_be_required
sport=20000
run_test 'the module may come in mid-operation' loaded_in_mid_operation
sport=30000
run_test 'what the module refuses is refused' refused_by_the_module_is_refused
sport=40000
run_test 'maps and module fall back together' both_fall_back
sport=50000
run_test 'a commit that was killed is mended by the next command' killed_commit_is_mended
finish
