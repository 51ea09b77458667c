#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# isolate cuts a segment off at once, under load, for open connections too, and across commits and a
# reboot; only what survives isolation goes on. Two persons are needed to release it. It leaves a
# bundle about the hour before, and does not depend on one.
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
		>"$last_output" 2>&1
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
	# The command goes on with its incident bundle, but what it has said holds.
	isolate mn &
	busywait 5 said 'isolated: mn'
	echo "isolate took $((($(date +%s%N) - begun) / 1000000)) ms"
	# The flood goes on and is counted, and not one more packet arrives.
	busywait 5 isolated_counts 1000
	(($(date +%s%N) - begun < 1000000000))
	wait "$!"
	echo "and its bundle $((($(date +%s%N) - begun) / 1000000)) ms"
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
	# What is left of these connections may be sent once more, and is cut off.
	for family in 4 6; do
		asks mg tcp "$(border_address mg "$family")" 80
	done
	isolate all
	for family in 4 6; do
		mark
		asks mg tcp "$(border_address mg "$family")" 22
		rose permit-new=1 permit-established=+ 'isolated=*'
		mark
		sends mg "$(border_address mg "$family")" tcp sport=40000 dport=80 flags=S
		sends mg "$(border_address mg "$family")" udp sport=40000 dport=53 text=x
		sends mg "$(address lg "$family")" tcp sport=40000 dport=443 flags=S
		rose isolated=3+
	done
	mark
	pings mg "${border4[mg]}"
	rose permit-new=1 permit-established=1 'isolated=*'
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

# bundle_of_last: the directory that the last isolation names, whole.
bundle_of_last()
{
	bundle=$(sed -n 's/.*incident bundle: \(.*\); [0-9]* records.*/\1/p' "$last_output")
	[[ -d $bundle && $bundle == "$SEKISHO_STATE_DIR"/incidents/* ]]
	(cd "$bundle" && sha256sum --quiet -c SHA256SUMS)
	said "SHA256SUMS: $(sha256sum <"$bundle/SHA256SUMS" | cut -d' ' -f1)"
	[[ $(stat -c %a "$SEKISHO_STATE_DIR/incidents" "$bundle") == $'700\n700' ]]
	[[ -z $(find "$bundle" -type f ! -perm 600) ]]
	[[ -z $(find "$SEKISHO_STATE_DIR/incidents" -name '.*') ]]
}

# bundle_has FILTER...: on its timeline, each of them
bundle_has()
{
	local filter

	for filter in "$@"; do
		jq -es "any(.[]; $filter)" "$bundle/timeline.jsonl" >"$last_output" || {
			echo "not on the timeline: $filter" >&2
			cat "$bundle/timeline.jsonl" >&2
			return 1
		}
	done
}

# What was denied and permitted before, by address, port and flow, and who did what; nothing of the
# segments beside it but what was changed.
leaves_a_bundle()
{
	local denied permitted other

	isolation_policy
	defer release_all
	mark
	listen_in lg tcp 443
	asks mn tcp "${at4[lg]}" 443
	sends mn "${at4[lg]}" tcp sport=40000 dport=3389 flags=S
	sends mg "${at4[lg]}" tcp sport=40001 dport=22 flags=S
	denied=".type == \"deny\" and .from == \"mn\" and .to == \"lg\" and .src == \"${at4[mn]}\" and
		.dst == \"${at4[lg]}\" and .dport == 3389"
	permitted=".type == \"permit\" and .flow == \"MN-LG\" and .src == \"${at4[mn]}\" and .dport == 443"
	other='.type == "deny" and .from == "mg" and .dport == 22'
	busywait 10 audit_has "$denied"
	busywait 10 audit_has "$permitted"
	busywait 10 audit_has "$other"
	isolate mn
	bundle_of_last
	bundle_has "$denied" "$permitted" '.type == "policy.apply" and .actor == "tester"' \
		'.type == "isolate" and .segment == "mn" and .actor == "duty"'
	not bundle_has "$other" 2>"$net_directory/missed"
	# Each line is the log's.
	not grep -vxFf <(audit_lines) "$bundle/timeline.jsonl"
	cmp "$bundle/policy-$(border show status -j | jq -r .digest).yaml" "$town_policy"
	grep -q "packets were denied,${at4[mn]},${at4[lg]},mn,lg,tcp,3389,.*,deny,port-not-permitted," \
		"$bundle/flows.csv"
	grep -q "a connection was permitted,${at4[mn]},${at4[lg]},mn,lg,tcp,443,MN-LG,permit,permit-new," \
		"$bundle/flows.csv"
	not grep -q "${at4[mg]}" "$bundle/flows.csv"
	grep -q ',isolate,duty,.*suspected infection' "$bundle/changes.csv"
	grep -q 'Segments:  mn' "$bundle/README.txt"
	# All of it answers for all.
	isolate all
	bundle_of_last
	bundle_has "$denied" "$other" '.type == "isolate" and .segment == "all"'
}

# Without room for a bundle, or a place, the isolation is what it is.
bundle_is_no_condition()
{
	isolation_policy
	defer release_all
	rm -rf "$SEKISHO_STATE_DIR/incidents"
	: >"$SEKISHO_STATE_DIR/incidents"
	defer rm -rf "$SEKISHO_STATE_DIR/incidents"
	isolate mn
	said 'isolated: mn'
	said 'incidents/.*: Not a directory'
	said 'hint: sekishoctl audit incident --last 1h --segment mn'
	rm "$SEKISHO_STATE_DIR/incidents"
	mkdir "$SEKISHO_STATE_DIR/incidents"
	mount -t tmpfs -o size=32m none "$SEKISHO_STATE_DIR/incidents"
	defer umount "$SEKISHO_STATE_DIR/incidents"
	isolate mn
	said 'isolated: mn'
	said 'incidents/.* cannot be written: No space left'
	[[ -z $(ls -A "$SEKISHO_STATE_DIR/incidents") ]]
	mark
	sends mn "${at4[lg]}" tcp sport=40000 dport=443 flags=S
	rose isolated=1+
}

town_create mn lg mg
plan 9
town_test 'a flood is cut off within a second' cuts_a_flood_within_a_second
town_test 'other segments go on' others_go_on
town_test 'administration survives, and only that' administration_survives
town_test 'a commit does not lift it' commit_does_not_lift
town_test 'an isolation leaves an incident bundle' leaves_a_bundle
town_test 'an isolation does not depend on it' bundle_is_no_condition
town_test 'a reboot does not lift it' reboot_does_not_lift
town_test 'a release needs two persons' release_needs_two
town_test 'an isolation says why and whose' isolate_says_why
finish
