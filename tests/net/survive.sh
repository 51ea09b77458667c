#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What judges is in the kernel: killing processes, taking links down, or renaming them changes no
# verdict, and a commit that is killed half way leaves the old policy or the new one.
#
#	lg  eth0 -- lg0 | border | ex0 -- eth0  ex
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh

survive_policy()
{
	policy_new
	flow LG-EX "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" 'tcp/443, udp/5000'
	apply
}

is_in_border()
{
	ip netns pids "$net_prefix-border" | grep -qx "$1"
}

# One permitted and one denied frame a family, each judged as ever.
verdicts_stand()
{
	local family

	for family in 4 6; do
		mark
		count_start ex eth0 proto=udp
		sends lg "$(address ex "$family")" udp "sport=$((++sport))" dport=5000 text=x
		sends lg "$(address ex "$family")" udp "sport=$sport" dport=5001 text=x
		sends ex "$(address lg "$family")" udp "sport=$sport" dport=5000 text=x
		rose permit-new=1 port-not-permitted=1 no-flow=1 'permit-related=*'
		count_is 1
	done
}

killed_processes_change_nothing()
{
	local process

	survive_policy
	listen_in ex tcp 443
	stream_open lg "${at6[ex]}" 443
	start_in border "$net_sekishoctl" monitor >/dev/null
	busywait 5 is_in_border "$started"
	for process in $(ip netns pids "$net_prefix-border"); do
		kill -KILL "$process"
	done
	busywait 5 border_is_empty
	verdicts_stand
	stream_goes_on
	[[ -z $(ip netns pids "$net_prefix-border") ]]
	# Whoever comes again finds all of it, and tells of what was not told.
	collect_start
	recorded '.type == "deny" and .reason == "port-not-permitted" and .dport == 5001'
}

links_may_go_down()
{
	local name

	survive_policy
	for name in lg0 ex0; do
		ip_in border "link set $name down" "link set $name up"
	done
	# IPv6 addresses go with the link.
	ip_in border "address replace ${border6[lg]}/48 dev lg0 nodad" \
		"address replace ${border6[ex]}/48 dev ex0 nodad"
	busywait 5 carrier lg0
	busywait 5 carrier ex0
	verdicts_stand
}

carrier()
{
	ip -n "$net_prefix-border" link show "$1" | grep -q LOWER_UP
}

links_may_be_renamed()
{
	survive_policy
	ip_in border 'link set ex0 down' 'link set ex0 name other0' 'link set other0 up' \
		"address replace ${border6[ex]}/48 dev other0 nodad"
	busywait 5 carrier other0
	verdicts_stand
	ip_in border 'link set other0 down' 'link set other0 name ex0' 'link set ex0 up' \
		"address replace ${border6[ex]}/48 dev ex0 nodad"
	busywait 5 carrier ex0
	verdicts_stand
}

# Other writers of policies die at any moment; frames never see half of one.
killed_commits_leave_a_whole_policy()
{
	local i before

	survive_policy
	verdicts_stand
	for ((i = 0; i < 12; i++)); do
		before=$(generation)
		border apply "$town_policy" --actor tester >/dev/null 2>&1 &
		sleep "0.0$((i * 8 / 10))$((i * 8 % 10))"
		kill -KILL $! 2>/dev/null || :
		wait $! 2>/dev/null || :
		(($(generation) == before || $(generation) == before + 1))
		mark
		sends lg "${at4[ex]}" udp "sport=$((++sport))" dport=5000 text=x
		sends lg "${at6[ex]}" udp "sport=$sport" dport=5001 text=x
		rose permit-new=1 port-not-permitted=1 'permit-related=*'
	done
	# And the next one goes through.
	apply
	verdicts_stand
}

# detach is the one way to take it all off, and says who did it; nothing crosses afterwards unseen.
detach_takes_two()
{
	survive_policy
	not border detach --actor 'first person' >/dev/null 2>&1
	not border detach --actor 'first person' --second 'first person' --reason x >/dev/null 2>&1
	verdicts_stand
	border detach --actor 'first person' --second 'second person' --reason 'end of test'
	nothing_is_attached
	[[ -z $(in_ns border tc filter show dev lg0 egress 2>/dev/null) ]]
	# It can begin anew.
	survive_policy
	verdicts_stand
}

sport=40000
town_create lg ex
plan 5
town_test 'killed processes change nothing' killed_processes_change_nothing
sport=41000
town_test 'links may go down and up' links_may_go_down
sport=42000
town_test 'links may be renamed' links_may_be_renamed
sport=43000
town_test 'a killed commit leaves a whole policy' killed_commits_leave_a_whole_policy
sport=44000
town_test 'detach takes two persons' detach_takes_two
finish
