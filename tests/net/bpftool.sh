#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What docs/monitoring-with-bpftool.md shows is not only runnable: on a border with traffic it says
# what sekishoctl says, and what was sent.
#
#	lg  eth0 -- lg0 | border | ex0 -- eth0  ex
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh

document=docs/monitoring-with-bpftool.md

# block PATTERN: runs, on the border, the document's first block of commands that has it.
block()
{
	local text

	text=$(awk -v pattern="$1" '
		/^```sh$/ { inside = 1; text = ""; next }
		/^```/ { if (inside && text ~ pattern) { printf "%s", text; exit } inside = 0; next }
		inside { text = text $0 "\n" }' "$document")
	[[ -n $text ]] || skip_test "the document has no commands with $1"
	in_ns border bash -euo pipefail -c "$text"
}

traffic()
{
	# A small table is dumped in no time.
	policy_with 'state: {connections: 4096}'
	flow LG-EX "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" 'udp/5000, tcp/443'
	apply
	listen_in ex udp 5000
	mark
	asks lg udp "${at4[ex]}" 5000
	asks lg udp "${at6[ex]}" 5000
	sends lg "${at4[ex]}" udp sport=1 dport=5001 text=x
	rose permit-new=2 permit-established=2 port-not-permitted=1
}

# Numbers of reasons are looked up where they are defined.
reason_number()
{
	sed -nE "s/^\tX\(([0-9]+), [A-Z_0-9]+, \"$1\".*/\1/p" include/sekisho/reasons.h
}

reasons_agree()
{
	local name packets number

	traffic
	block 'bytes: ' >"$net_directory/reasons"
	while read -r name packets; do
		((packets > 0)) || continue
		# Neighbours may ask in between.
		[[ $name != permit-control ]] || continue
		number=$(reason_number "$name")
		grep -q "^$number	$packets	" "$net_directory/reasons" || {
			echo "$name is $packets, but:"
			cat "$net_directory/reasons"
			return 1
		}
	done < <(reasons_now)
	grep -q "^$(reason_number port-not-permitted)	[1-9]" "$net_directory/reasons"
}

generation_and_digest_agree()
{
	traffic
	block 'digest' >"$net_directory/policy"
	grep -q "^generation $(generation), 2 segments$" "$net_directory/policy"
	grep -q "^digest $(border show status -j | jq -r .digest)$" "$net_directory/policy"
}

flows_agree()
{
	traffic
	block 'new_connections' >"$net_directory/flows"
	[[ $(awk '$1 == "LG-EX" {print $2, $3, $4}' "$net_directory/flows") == \
		$(border show flows -j | jq -r '.[] | select(.id == "LG-EX") |
		"\(.packets - .packets_replied) \(.packets_replied) \(.new)"') ]] || {
		cat "$net_directory/flows"
		border show flows -j
		return 1
	}
}

isolation_is_seen()
{
	traffic
	[[ $(block 'isolated_all' | jq -c .isolated_all) == 0 ]]
	defer border release all --actor 'first person' --second 'second person'
	border isolate all --reason test --authority test --actor duty
	[[ $(block 'isolated_all' | jq -c .isolated_all) == 1 ]]
}

links_are_seen()
{
	traffic
	block 'link_' >"$net_directory/links"
	grep -q '^link_lg0: xdp, program [0-9]' "$net_directory/links"
	grep -q '^link_ex0: xdp, program [0-9]' "$net_directory/links"
	block 'net show' >"$net_directory/links"
	grep -q lg0 "$net_directory/links"
	grep -q ex0 "$net_directory/links"
}

connections_are_seen()
{
	traffic
	(($(block 'length') >= 2))
	block 'initiator' | jq -e '.protocol == 17 and (.packets | add) >= 1'
}

[[ -e $document ]] || plan_skip "$document is not written"
command -v bpftool >/dev/null || plan_skip 'wants bpftool'
town_create lg ex
plan 6
town_test 'reasons agree' reasons_agree
town_test 'generation and digest agree' generation_and_digest_agree
town_test 'flows agree' flows_agree
town_test 'isolation is seen' isolation_is_seen
town_test 'links are seen' links_are_seen
town_test 'connections are seen' connections_are_seen
finish
