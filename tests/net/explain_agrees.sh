#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What `explain` says of a packet by the reference model is what the programs in the kernel do with
# it: the same reason, for packets of every acceptance scenario.
#
#	mn  eth0 -- mn0 | border | in0 -- eth0  in	mg: also the untagged side of mg0
#	lg  eth0 -- lg0 |        | ex0 -- eth0  ex
#	                |        | mg0 -- eth0  mg
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh

stranger=02:53:00:00:0b:0b

whole_policy()
{
	policy_new
	gateway sanitiser "$(both in)" 'file, screen'
	flow MN-LG "mn, hosts: [$(both mn)], macs: [\"${net_mac[mn]}\"]" \
		"lg, hosts: [$(both lg)]" tcp/443
	flow LG-EX "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" 'udp/53, icmp/echo'
	flow EX-LG "ex, hosts: [$(both ex)]" "lg, hosts: [$(both lg)]" tcp/8443
	flow IN-LG "in, hosts: [$(both in)]" "lg, hosts: [$(both lg)]" tcp/443 'sanitize: file'
	flow LG-VDI lg "in, hosts: [$(both in)]" tcp/3389 'sanitize: screen'
	flow ENDED "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" tcp/2001 \
		'valid_until: 2025-03-31' 'approved_on: 2024-04-01'
	flow LATER "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" tcp/2002 \
		'valid_from: 2098-04-01'
	flow MG-SELF "mg, hosts: [$(both mg)]" self tcp/22 'survives_isolation: true'
	flow SOURCE "lg, hosts: [$(both lg)], ports: [123]" "ex, hosts: [$(both ex)]" udp/123
	apply
}

# agrees REASON FROM SOURCE DESTINATION PROTOCOL SPORT DPORT [MAC]: of the first packet of a
# connection, both.
agrees()
{
	local reason=$1 from=$2 source=$3 destination=$4 protocol=$5 sport=$6 dport=$7 mac=${8:-} count=1
	local words=("$protocol" "sport=$sport" "dport=$dport")

	[[ $protocol == tcp ]] && words+=(flags=S) || words+=(text=x)
	mac=${mac:-${net_mac[$from]}}
	explains "$reason" "in=${from}0" "src=$source" "dst=$destination" "proto=$protocol" \
		"sport=$sport" "dport=$dport" "smac=$mac"
	# Where a segment is isolated its neighbour discovery is as well.
	[[ $reason != isolated ]] || count=1+
	mark
	send_frame "$from" eth "src=$mac" "dst=${net_border_mac[$from]}" \
		ip "src=$source" "dst=$destination" "${words[@]}"
	# A host that is reached may answer; the last of several words on a reason counts.
	rose 'isolated=*' "$reason=$count" 'permit-established=*' 'permit-related=*' || {
		echo "explain said $reason of: $*" >&2
		return 1
	}
}

# agree_both REASON FROM TO PROTOCOL SPORT DPORT [MAC]: over both families.
agree_both()
{
	agrees "$1" "$2" "${at4[$2]}" "${at4[$3]}" "${@:4}"
	agrees "$1" "$2" "${at6[$2]}" "${at6[$3]}" "${@:4}"
}

separation_agrees()
{
	whole_policy
	agree_both no-flow lg mn tcp 40000 445
	agree_both no-flow mn in tcp 40000 445
	agree_both no-flow mn ex udp 40000 53
	agrees no-destination mn "${at4[mn]}" 192.0.2.1 tcp 40000 443
	agrees no-destination mn "${at6[mn]}" 2001:db8::1 tcp 40000 443
}

specified_communication_agrees()
{
	whole_policy
	agree_both permit-new mn lg tcp 40010 443
	agree_both mac-mismatch mn lg tcp 40011 443 "$stranger"
	agree_both port-not-permitted mn lg tcp 40012 22
	agree_both port-not-permitted mn lg tcp 40013 22 "$stranger"
	agree_both port-not-permitted mn lg udp 40014 443
	agrees not-listed mn 10.10.0.3 "${at4[lg]}" tcp 40015 443
	agrees not-listed mn fd00:10::3 "${at6[lg]}" tcp 40015 443
}

peers_and_gateways_agree()
{
	whole_policy
	agree_both permit-new lg ex udp 40020 53
	agree_both permit-new ex lg tcp 40021 8443
	agrees peer-unregistered ex 10.40.0.3 "${at4[lg]}" tcp 40022 8443
	agrees peer-unregistered lg "${at6[lg]}" fd00:40::3 udp 40023 53
	agree_both permit-new in lg tcp 40024 443
	agrees not-a-gateway in 10.30.0.3 "${at4[lg]}" tcp 40025 443
	agrees not-a-gateway lg "${at6[lg]}" fd00:30::3 tcp 40026 443
	agree_both port-not-permitted in lg tcp 40027 3389
}

time_agrees()
{
	whole_policy
	agree_both expired lg ex tcp 40030 2001
	agree_both not-yet-valid lg ex tcp 40031 2002
}

source_ports_agree()
{
	whole_policy
	agree_both permit-new lg ex udp 123 123
	agree_both port-not-permitted lg ex udp 124 123
}

forgery_agrees()
{
	whole_policy
	agrees source-spoofed mn "${at4[lg]}" "${at4[lg]}" tcp 40040 443
	agrees source-spoofed mn "${at6[lg]}" "${at6[lg]}" tcp 40040 443
	agrees source-spoofed mn "${border4[mn]}" "${at4[lg]}" tcp 40041 443
	agrees source-spoofed mn 127.0.0.1 "${at4[lg]}" tcp 40042 443
	agrees source-spoofed mn 10.10.255.255 "${at4[lg]}" tcp 40043 443
	agrees source-spoofed mn fe80::1:2 "${at6[lg]}" tcp 40044 443
}

self_agrees()
{
	whole_policy
	agrees permit-new mg "${at4[mg]}" "${border4[mg]}" tcp 40050 22
	agrees permit-new mg "${at6[mg]}" "${border6[mg]}" tcp 40050 22
	agrees port-not-permitted mg "${at4[mg]}" "${border4[mg]}" tcp 40051 23
	agrees no-flow mn "${at4[mn]}" "${border4[mg]}" tcp 40052 22
	agrees no-flow mn "${at4[mn]}" 10.20.255.255 udp 40053 53
	agrees no-flow mn "${at4[mn]}" 224.0.0.1 udp 40054 53
}

orders_agree()
{
	whole_policy
	defer border restore "${at4[ex]}" --actor duty --reason over
	border suspend "${at4[ex]}" --reason test --authority test --actor duty
	agrees suspended lg "${at4[lg]}" "${at4[ex]}" udp 40060 53
	agrees suspended ex "${at4[ex]}" "${at4[lg]}" tcp 40061 8443
	agrees permit-new lg "${at6[lg]}" "${at6[ex]}" udp 40062 53
	defer border release all --actor 'first person' --second 'second person'
	border isolate all --reason test --authority test --actor duty
	agree_both isolated mn lg tcp 40063 443
	agrees permit-new mg "${at4[mg]}" "${border4[mg]}" tcp 40064 22
	agrees isolated mg "${at4[mg]}" "${border4[mg]}" tcp 40065 23
}

town_create mn lg in ex mg
plan 8
town_test 'separation' separation_agrees
town_test 'specified communication' specified_communication_agrees
town_test 'peers and gateways' peers_and_gateways_agree
town_test 'time' time_agrees
town_test 'source ports' source_ports_agree
town_test 'forgery' forgery_agrees
town_test 'the host itself' self_agrees
town_test 'isolation and suspension' orders_agree
finish
