#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# That a commit in which few flows differ changes these alone, and at once; that streams, counters and
# isolation do not notice; and that all is built anew where more than flows has changed.
#
#	lg  eth0 -- lg0  border  in0 -- eth0  in
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/programs/stream.sh

# policy_of NAME [FLOW...]: the stream's flow, many others and these. With `more` a segment more,
# with `networks` another network, with `flows` other flows by the hundred.
policy_of()
{
	local name=$1 flows=3000

	shift
	{
		site ''
		segment lg other lg0 '10.20.0.0/16, "fd00:20::/48"'
		if [[ $name == networks ]]; then
			segment in other in0 '10.30.0.0/15, "fd00:30::/48"'
		else
			segment in other in0 '10.30.0.0/16, "fd00:30::/48"'
		fi
		[[ $name != more ]] || segment more other lg0.7 10.40.0.0/16
		[[ $name != flows ]] || flows=2500
		echo 'flows:'
		many_flows "$flows"
		flow STREAM lg in tcp/80
		printf '%s\n' "$@"
	} >"$net_directory/$name.yaml"
}

lay()
{
	border_create
	peer_create lg lg0 10.20.0.0/16 fd00:20::/48
	peer_create in in0 10.30.0.0/16 fd00:30::/48
	# An address of the border that comes or goes has all built anew.
	be_silent border lg in
	policy_of base
	engine commit "$net_directory/base.yaml" >/dev/null
}

# commit_is POLICY PATCHED: a commit that changes flows only, or builds all anew.
commit_is()
{
	engine commit "$net_directory/$1.yaml" >"$net_directory/committed"
	total=()
	read_numbers <"$net_directory/committed"
	equal "changed only: $1" "$(total_of patched)" "$2"
	equal "new object for $1" "$(total_of new_object)" 0
}

all_judged()
{
	tally "$net_directory/base.yaml"
	(($(total_of frames) >= $1))
}

# judged REASON [PORT [SOURCE]]: each of five frames of a connection of its own is judged so.
connection=1000
judged()
{
	local before frames i

	tally "$net_directory/base.yaml"
	before=$(total_of "reason.$1")
	frames=$(total_of frames)
	for i in 1 2 3 4 5; do
		connection=$((connection + 1))
		send_frame lg eth dst=02:00:00:00:00:99 ip src="${3:-10.20.0.2}" dst=10.30.0.2 \
			udp sport="$connection" dport="${2:-53}"
	done
	busywait 5 all_judged "$((frames + 5))"
	equal "frames judged as $1" "$(($(total_of "reason.$1") - before))" 5
}

changes_at_once()
{
	lay
	judged port-not-permitted
	policy_of added "$(flow NEW 'lg, hosts: [10.20.0.2]' 'in, hosts: [10.30.0.2]' udp/53)"
	commit_is added 1
	judged permit-new
	judged port-not-permitted 54
	judged port-not-permitted 53 10.20.0.3
	policy_of changed "$(flow NEW 'lg, hosts: [10.20.0.2]' 'in, hosts: [10.30.0.2]' udp/54)"
	commit_is changed 1
	judged permit-new 54
	judged port-not-permitted 53
	policy_of hosts "$(flow NEW 'lg, hosts: [10.20.0.3]' 'in, hosts: [10.30.0.2]' udp/54)"
	commit_is hosts 1
	judged permit-new 54 10.20.0.3
	judged port-not-permitted 54
	policy_of ended "$(flow NEW 'lg, hosts: [10.20.0.3]' 'in, hosts: [10.30.0.2]' udp/54 \
		'valid_until: 2021-03-31')"
	commit_is ended 1
	judged expired 54 10.20.0.3
	policy_of limited "$(flow NEW 'lg, hosts: [10.20.0.3]' 'in, hosts: [10.30.0.2]' udp/54 \
		'limit: {concurrent: 5}')"
	commit_is limited 1
	judged permit-new 54 10.20.0.3
	judged limit 54 10.20.0.3
	commit_is base 1
	judged port-not-permitted 54 10.20.0.3
}

# Each commit has another half, other free rows and other buckets than the one before.
streams_go_on()
{
	local i

	lay
	for i in {1..8}; do
		policy_of "by-$i" "$(flow "BY-$i" 'lg, hosts: [10.20.0.2]' \
			"in, hosts: [10.30.0.$((i + 1))]" tcp/80 "valid_until: 209$i-03-31")"
	done
	stream_start
	tally "$net_directory/base.yaml"
	for i in {1..8}; do
		commit_is "by-$i" 1
		commit_is base 1
	done
	tally "$net_directory/base.yaml"
	equal 'opened connections' "$(total_of new.STREAM)" 1
	equal 'denied' "$(($(total_of reason.revoked) + $(total_of reason.tcp-no-state) +
		$(total_of reason.unjudged) + $(total_of reason.no-flow)))" 0
	stream_is_whole
}

isolation_stays()
{
	lay
	engine isolate lg
	judged isolated
	policy_of added "$(flow NEW 'lg, hosts: [10.20.0.2]' 'in, hosts: [10.30.0.2]' udp/53)"
	ENGINE_ISOLATED=lg commit_is added 1
	judged isolated
}

rest_is_built_anew()
{
	local name

	lay
	for name in more networks flows; do
		policy_of "$name"
		commit_is "$name" 0
		commit_is base 0
	done
	ip_in border 'address add 10.20.0.77/16 dev lg0'
	commit_is base 0
	judged source-spoofed 53 10.20.0.77
	commit_is base 1
	judged source-spoofed 53 10.20.0.77
}

# While one change waits, what it falls back to is not touched.
waits_unspoilt()
{
	lay
	policy_of added "$(flow NEW 'lg, hosts: [10.20.0.2]' 'in, hosts: [10.30.0.2]' udp/53)"
	engine commit "$net_directory/added.yaml" 5 >"$net_directory/committed"
	grep -qx 'patched 1' "$net_directory/committed"
	judged permit-new
	policy_of other "$(flow OTHER 'lg, hosts: [10.20.0.2]' 'in, hosts: [10.30.0.2]' udp/54)"
	if engine commit "$net_directory/other.yaml" >/dev/null 2>&1; then
		echo 'a second commit was made while one waited' >&2
		return 1
	fi
	busywait 10 falls_back
	judged port-not-permitted
	judged port-not-permitted 54
	# From what it fell back to, the next change is made.
	commit_is other 1
	judged permit-new 54
	judged port-not-permitted
}

falls_back()
{
	tally "$net_directory/base.yaml"
	(($(total_of generation) == 3))
}

# Rows that nothing leads to any more stay: when there is no more room, all is built anew.
no_room_is_no_end()
{
	local i changed=0

	lay
	for i in {1..100}; do
		policy_of host "$(flow NEW "lg, hosts: [10.20.0.$i]" 'in, hosts: [10.30.0.2]' udp/53)"
		sed -i /MANY-/d "$net_directory/host.yaml"
		engine commit "$net_directory/host.yaml" >"$net_directory/committed"
		total=()
		read_numbers <"$net_directory/committed"
		((i == 1)) && continue
		(($(total_of patched))) || break
		changed=$((changed + 1))
	done
	equal 'changed only at the end' "$(total_of patched)" 0
	at_least 'changes before' "$changed" 10
	judged permit-new 53 "10.20.0.$i"
	judged port-not-permitted 53 "10.20.0.$((i - 1))"
}

plan 6
run_test 'flows that come, change and go do so at once' changes_at_once
run_test 'a stream outlasts sixteen changes of other flows' streams_go_on
run_test 'what is isolated stays isolated' isolation_stays
run_test 'all is built anew where more than flows has changed' rest_is_built_anew
run_test 'no room for a change only means more work' no_room_is_no_end
run_test 'one that waits to be confirmed is not spoilt by the next' waits_unspoilt
finish
