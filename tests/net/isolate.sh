#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# isolate cuts a segment off at once, under load, for open connections too, and across commits and a
# reboot; only what survives isolation goes on. Two persons are needed to release it.
#
#	mn  eth0 -- mn0 | border | lg0 -- eth0  lg	mn -> lg is flooded and streamed
#	                |        | mg0 -- eth0  mg	mg -> border: the way of administration
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh

isolation_policy()
{
	policy_new
	flow MN-LG "mn, hosts: [$(both mn)], macs: [\"${net_mac[mn]}\"]" \
		"lg, hosts: [$(both lg)]" 'tcp/443, udp/9'
	flow MG-SELF "mg, hosts: [$(both mg)]" self 'tcp/22, icmp/echo' \
		'survives_isolation: true'
	flow MG-OTHER "mg, hosts: [$(both mg)]" self tcp/80
	flow MG-LG "mg, hosts: [$(both mg)]" "lg, hosts: [$(both lg)]" tcp/443
	apply
}

isolate()
{
	border isolate "$1" --reason 'suspected infection' --authority 'CSIRT head' --actor duty \
		>"$last_output"
}

release()
{
	border release "$1" --actor 'first person' --second 'second person' >"$last_output" 2>&1
}

# However the test ends, the next one begins with nothing isolated.
release_all()
{
	release mn
	release mg
	release all
} >/dev/null 2>&1

# IPv4 packets that the far end has got.
arrivals()
{
	in_ns lg cat /proc/net/snmp | awk '/^Ip:/ && $4 ~ /^[0-9]/ {print $4}'
}

cuts_a_flood_within_a_second()
{
	local before begun flood audit_begun

	isolation_policy
	defer release_all
	listen_in lg tcp 443
	stream_open mn "${at4[lg]}" 443
	start_in mn "$net_frame" send eth0 --count 10000000 eth "dst=${net_border_mac[mn]}" \
		ip "src=${at4[mn]}" "dst=${at4[lg]}" udp sport=9 dport=9 zeros=64
	flood=$started
	before=$(arrivals)
	busywait 5 arrived "$((before + 2000))"
	mark
	audit_begun=$audit_marked
	begun=$(date +%s%N)
	isolate mn
	echo "isolate took $((($(date +%s%N) - begun) / 1000000)) ms"
	# The flood goes on and is counted, and not one more packet arrives.
	busywait 5 isolated_counts 1000
	(($(date +%s%N) - begun < 1000000000))
	before=$(arrivals)
	mark
	busywait 5 isolated_counts 20000
	kill -0 "$flood"
	(($(arrivals) == before))
	kill "$flood"
	stream_say
	mark
	sends mn "${at4[lg]}" tcp sport=40000 dport=443 flags=S
	sends mn "${at6[lg]}" tcp sport=40000 dport=443 flags=S
	sends lg "${at4[mn]}" udp sport=9 dport=9 text=x
	sends lg "${at6[mn]}" udp sport=9 dport=9 text=x
	busywait 5 isolated_counts 4
	not stream_holds "$stream_said"
	not rises 'permit-.*'
	audit_marked=$audit_begun
	recorded '.type == "isolate" and .segment == "mn" and .reason == "suspected infection" and
		.authority == "CSIRT head" and .actor == "duty"' \
		'.type == "deny" and .reason == "isolated" and .from == "mn" and .to == "lg"' \
		'.type == "deny" and .reason == "isolated" and .from == "lg" and .to == "mn"'
}

arrived()
{
	(($(arrivals) >= $1))
}

isolated_counts()
{
	(($(reasons_risen | sed -n 's/^isolated=//p') >= $1))
}

others_go_on()
{
	local family

	isolation_policy
	defer release_all
	listen_in lg tcp 443
	stream_open mg "${at4[lg]}" 443
	isolate mn
	mark
	stream_goes_on
	for family in 4 6; do
		asks mg tcp "$(address lg "$family")" 443
	done
	# What was cut off before may still try.
	rose permit-new=2 permit-established=+ 'isolated=*'
}

# Neighbour discovery of an isolated segment is isolated as well: there may be more than was sent.
# Of the management segment only what survives goes on when it is isolated itself.
administration_survives()
{
	local family

	isolation_policy
	defer release_all
	listen_in border tcp 22
	listen_in border tcp 80
	for family in 4 6; do
		asks mg tcp "$(border_address mg "$family")" 80
	done
	isolate all
	for family in 4 6; do
		mark
		asks mg tcp "$(border_address mg "$family")" 22
		rose permit-new=1 permit-established=+
		mark
		sends mg "$(border_address mg "$family")" tcp sport=40000 dport=80 flags=S
		sends mg "$(border_address mg "$family")" udp sport=40000 dport=53 text=x
		sends mg "$(address lg "$family")" tcp sport=40000 dport=443 flags=S
		rose isolated=3+
	done
	mark
	pings mg "${border4[mg]}"
	rose permit-new=1 permit-established=1
	recorded '.type == "permit" and .flow == "MG-SELF"'
}

# A commit, an older policy, a policy without the segment's flows: nothing lifts it but a release.
commit_does_not_lift()
{
	isolation_policy
	defer release_all
	isolate mn
	isolation_policy
	mark
	sends mn "${at4[lg]}" tcp sport=40000 dport=443 flags=S
	sends mn "${at6[lg]}" tcp sport=40000 dport=443 flags=S
	rose isolated=2+
	border show segments -j | jq -e '.[] | select(.name == "mn") | .isolated == true'
}

# All of the kernel's side is gone, as after a reboot; what starts at boot is `apply --boot`.
reboot_does_not_lift()
{
	local family

	isolation_policy
	defer release_all
	isolate mn
	forget_kernel_state
	border apply --boot
	collect_start
	for family in 4 6; do
		mark
		sends mn "$(address lg "$family")" tcp sport=40000 dport=443 flags=S
		sends lg "$(address mn "$family")" tcp sport=40000 dport=443 flags=S
		rose isolated=2+
		recorded '.type == "deny" and .reason == "isolated" and .from == "mn"'
	done
	release mn
	listen_in lg tcp 443
	asks mn tcp "${at4[lg]}" 443
	asks mn tcp "${at6[lg]}" 443
}

release_needs_two()
{
	isolation_policy
	defer release_all
	isolate mn
	mark
	refused border release mn --actor 'first person'
	refused border release mn --actor 'first person' --second 'first person'
	refused border release mn --second 'second person'
	sends mn "${at4[lg]}" tcp sport=40000 dport=443 flags=S
	rose isolated=1+
	unrecorded '.type == "release"'
	release mn
	mark
	sends mn "${at4[lg]}" tcp sport=40001 dport=443 flags=S
	rose permit-new=1 'permit-established=*' 'tcp-invalid=*'
	audit_marked=0
	recorded '.type == "release" and .segment == "mn" and .actor == "first person" and
		.second == "second person"'
}

refused()
{
	local status=0

	"$@" >"$last_output" 2>&1 || status=$?
	((status == 1 || status == 2)) && return
	echo "not refused, but $status: $*" >&2
	return 1
}

isolate_says_why()
{
	isolation_policy
	defer release_all
	refused border isolate mn
	refused border isolate mn --reason x
	refused border isolate nowhere --reason x --authority y
	mark
	sends mn "${at4[lg]}" tcp sport=40002 dport=443 flags=S
	rose permit-new=1 'permit-established=*' 'tcp-invalid=*'
}

town_create mn lg mg
plan 7
town_test 'a flood is cut off within a second' cuts_a_flood_within_a_second
town_test 'other segments go on' others_go_on
town_test 'administration survives, and only that' administration_survives
town_test 'a commit does not lift it' commit_does_not_lift
town_test 'a reboot does not lift it' reboot_does_not_lift
town_test 'a release needs two persons' release_needs_two
town_test 'an isolation says why and whose' isolate_says_why
finish
