#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# That the guard alone, without a program at any port, gives every reason that there is, and that
# what it denies does not arrive. What the kernel's own path drops before any hook is listed here,
# and does not arrive either.
#
#	mn  eth0 -- mn0 |        | in0 -- eth0  in	ub0: no segment has it
#	lg  eth0 -- lg0 | border | ex0 -- eth0  ex	br0: a bridge of the border's with two ports of
#	ub  eth0 -- ub0 |        | br0 == b1, b2		segment mg
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/kmod/lib.sh

stranger=02:53:00:00:0b:0b

# day_after WHEN: a day of the week in the site's zone, as a policy has it.
day_after()
{
	TZ=Asia/Tokyo LC_ALL=C date -d "$1" +%a | tr '[:upper:]' '[:lower:]'
}

lay()
{
	guard_town mn lg in ex
	peer_create ub ub0 10.90.0.0/16 fd00:90::/48
	trunk_create b1 bp1
	trunk_create b2 bp2
	ip_in border 'link add br0 address 02:53:00:00:02:00 type bridge mcast_snooping 0' \
		'link set bp1 master br0' 'link set bp2 master br0' 'link set br0 up' \
		"route add default via ${at4[ex]}" "route add default via ${at6[ex]}" \
		"route add 10.20.0.9/32 via ${at4[ex]}" "route add fd00:20::9/128 via ${at6[ex]}"
	town_names+=(mg)
	at4[mg]=10.50.0.2
	at6[mg]=fd00:50::2
	segment_ports=([mg]='[{interface: bp1}, {interface: bp2}]')
	segment_more=([lg]='intra: permit' [mg]=$'intra: permit\n    ethertypes: [0x88cc]')
}

# reasons_policy [without]: with the flow LG-EX, or without.
reasons_policy()
{
	policy_with 'state: {connections: 64}'
	gateway sanitiser "$(both in)" screen
	[[ ${1:-} == without ]] || flow LG-EX "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" \
		'udp/5000, tcp/443'
	flow LG-EX-ENDED "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" udp/6001 \
		'valid_until: 2026-04-02'
	flow LG-EX-FUTURE "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" udp/6002 \
		'valid_from: 2098-01-01'
	flow LG-EX-HOURS "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" udp/6003 \
		"schedule: {days: $(day_after '2 days'), hours: 00:00-24:00}"
	flow LG-EX-LIMIT "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" udp/6004 \
		'limit: {concurrent: 1}'
	flow LG-VDI lg "in, hosts: [$(both in)]" tcp/3389 'sanitize: screen'
	flow MN-LG "mn, hosts: [$(both mn)], macs: [\"${net_mac[mn]}\"]" \
		"lg, hosts: [$(both lg)]" udp/5000
	apply_bare
}

# Lines of words from lg to ex, of a family: $lg and $ex are their addresses.
permitted_frames()
{
	local family lg ex errors

	reasons_policy
	for family in 4 6; do
		lg=$(address lg "$family")
		ex=$(address ex "$family")
		errors='type=3 code=1'
		[[ $family == 4 ]] || errors='type=1 code=3'
		mark
		count_start ex eth0 proto=udp dport=5000
		frames lg <<-END
			ip src=$lg dst=$ex udp sport=4001 dport=5000 text=x
			ip src=$lg dst=$ex udp sport=4001 dport=5000 text=x
			ip src=$lg dst=$(neighbour lg "$family") udp sport=1 dport=2 text=x
		END
		count_is 2
		frames ex <<-END
			ip src=$ex dst=$lg icmp $errors ip src=$lg dst=$ex udp sport=4001 dport=5000 text=x
			ip src=$ex dst=$lg icmp $errors ip src=$lg dst=$ex udp sport=4999 dport=5000 text=x
		END
		# The host without a listener there answers with an error of its own.
		rose permit-new=1 permit-established=1 permit-related=1+ permit-intra=1 icmp-unrelated=1+
	done
	reasons_now | grep '^permit-control [1-9]' >/dev/null
}

# What the kernel forwards, and the guard does not. The last frame passes: when it has arrived, all
# before it were judged.
denied_frames()
{
	local family lg ex

	for family in 4 6; do
		lg=$(address lg "$family")
		ex=$(address ex "$family")
		mark
		count_start ex eth0 "src=$lg"
		frames lg <<-END
			ip src=$lg dst=$ex udp sport=4002 dport=5000 len=7 text=x
			ip src=$lg dst=$ex tcp sport=4002 dport=443 flags=S off=4
			ip src=$lg dst=$ex tcp sport=4002 dport=443 flags=S off=8
			ip src=$(address mn "$family") dst=$ex udp sport=4002 dport=5000 text=x
			ip src=$lg dst=$ex id=14 cut=0,8 tcp sport=4002 dport=443 flags=S zeros=40
			ip src=$lg dst=$ex frag=64,0,99 proto=17 zeros=64
			ip src=$lg dst=$ex tcp sport=4002 dport=443 flags=SF
			ip src=$lg dst=$ex tcp sport=4002 dport=443 flags=A ack=1
			ip src=$lg dst=$(nowhere "$family") udp sport=4002 dport=5000 text=x
			ip src=$lg dst=$ex udp sport=4002 dport=6001 text=x
			ip src=$lg dst=$ex udp sport=4002 dport=6002 text=x
			ip src=$lg dst=$ex udp sport=4002 dport=6003 text=x
			ip src=$lg dst=$ex udp sport=4002 dport=7777 text=x
			ip src=$lg dst=$(neighbour ex "$family") udp sport=4002 dport=5000 text=x
			ip src=$lg dst=$(neighbour in "$family") tcp sport=4002 dport=443 flags=S
			ip src=$lg dst=$(address mn "$family") udp sport=4002 dport=5000 text=x
			ip src=$lg dst=$(unreachable "$family") udp sport=4002 dport=5000 text=x
			ip src=$lg dst=$ex udp sport=4003 dport=5000 text=last
		END
		count_is 1
		rose malformed=3 source-spoofed=1 fragment-tiny=1 fragment-orphan=1 tcp-invalid=1 \
			tcp-no-state=1 no-destination=1 expired=1 not-yet-valid=1 \
			outside-schedule=1 port-not-permitted=1 peer-unregistered=1 \
			not-a-gateway=1 no-flow=1 unjudged=1 permit-new=1 'permit-related=*' \
			'icmp-unrelated=*'
	done
}

nowhere()
{
	case $1 in
	4) echo 192.0.2.1 ;;
	6) echo 2001:db8::1 ;;
	esac
}

# An address of lg that the border's routes send elsewhere.
unreachable()
{
	case $1 in
	4) echo 10.20.0.9 ;;
	6) echo fd00:20::9 ;;
	esac
}

extension_headers()
{
	local lg=${at6[lg]} ex=${at6[ex]}

	mark
	count_start ex eth0 "src=$lg"
	frames lg <<-END
		ip src=$lg dst=$ex dst hbh udp sport=4004 dport=5000 text=x
		ip src=$lg dst=$ex rt type=4 data=0401 udp sport=4004 dport=5000 text=x
		ip src=$lg dst=$ex udp sport=4004 dport=5000 text=last
	END
	count_is 1
	rose ipv6-extension=2 permit-new=1 'permit-related=*' 'icmp-unrelated=*'
}

hosts_and_macs()
{
	local family mn lg

	for family in 4 6; do
		mn=$(address mn "$family")
		lg=$(address lg "$family")
		mark
		count_start lg eth0 proto=udp
		frames mn <<-END
			eth src=$stranger dst=${net_border_mac[mn]} ip src=$mn dst=$lg udp sport=4005 dport=5000 text=x
			ip src=$(neighbour mn "$family") dst=$lg udp sport=4005 dport=5000 text=x
			ip src=$mn dst=$lg udp sport=4005 dport=5000 text=last
		END
		count_is 1
		rose mac-mismatch=1 not-listed=1 permit-new=1 'permit-related=*' 'icmp-unrelated=*' \
			'no-flow=*'
	done
}

limit_is_kept()
{
	mark
	count_start ex eth0 proto=udp dport=6004
	frames lg <<-END
		ip src=${at4[lg]} dst=${at4[ex]} udp sport=4006 dport=6004 text=x
		ip src=${at4[lg]} dst=${at4[ex]} udp sport=4007 dport=6004 text=x
		ip src=${at6[lg]} dst=${at6[ex]} udp sport=4007 dport=6004 text=x
		ip src=${at4[lg]} dst=${at4[ex]} udp sport=4006 dport=6004 text=last
	END
	count_is 2
	rose permit-new=1 permit-established=1 limit=2 'permit-related=*' 'icmp-unrelated=*'
}

unbound_interface_forwards_nothing()
{
	mark
	count_start lg eth0 proto=udp
	frames ub <<-END
		ip src=10.90.0.2 dst=${at4[lg]} udp sport=4008 dport=5000 text=x
		ip src=fd00:90::2 dst=${at6[lg]} udp sport=4008 dport=5000 text=x
		ip src=${at4[mn]} dst=${at4[lg]} udp sport=4008 dport=5000 text=x
	END
	rose port-unbound=3
	count_is 0
}

orders_are_obeyed()
{
	border isolate mn --reason test --authority CISO >"$last_output"
	defer border release mn --actor A --second B
	border suspend "${at4[lg]}" --reason test --authority CISO >"$last_output"
	defer border restore "${at4[lg]}" --actor A --reason test
	mark
	count_start ex eth0 proto=udp
	frames mn <<-END
		ip src=${at4[mn]} dst=${at4[lg]} udp sport=4005 dport=5000 text=x
		ip src=${at6[mn]} dst=${at6[lg]} udp sport=4009 dport=5000 text=x
	END
	frames lg <<-END
		ip src=${at4[lg]} dst=${at4[ex]} udp sport=4001 dport=5000 text=x
		ip src=${at6[lg]} dst=${at6[ex]} udp sport=4009 dport=5000 text=last
	END
	count_is 1
	rose isolated=2+ suspended=1 'permit-new=*' 'permit-established=*' 'permit-related=*' \
		'icmp-unrelated=*'
}

# On the border's own bridge nothing but a hook of the bridge sees what crosses.
bridge_is_judged()
{
	local from="eth src=${net_mac[b1]} dst=${net_mac[b2]}"

	mark
	count_start b2 eth0 "smac=${net_mac[b1]}"
	frames b1 <<-END
		$from ip src=10.50.0.2 dst=10.50.0.3 udp sport=1 dport=2 len=7 text=x
		$from ip src=10.50.0.2 dst=10.50.0.3 version=5 udp sport=1 dport=2 text=x
		$from ip src=10.50.0.2 dst=10.50.0.3 ihl=4 udp sport=1 dport=2 text=x
		$from ip src=10.50.0.2 dst=10.50.0.3 len=2000 udp sport=1 dport=2 text=x
		$from ip src=fd00:50::2 dst=fd00:50::3 version=4 udp sport=1 dport=2 text=x
		$from ip src=fd00:50::2 dst=fd00:50::3 len=2000 udp sport=1 dport=2 text=x
		$from vlan=5 vlan=6 ip src=10.50.0.2 dst=10.50.0.3 udp sport=1 dport=2 text=x
		$from svlan=5 ip src=10.50.0.2 dst=10.50.0.3 udp sport=1 dport=2 text=x
		$from vlan=7 ip src=10.50.0.2 dst=10.50.0.3 udp sport=1 dport=2 text=x
		$from type=0x8864 zeros=46
		$from ip src=10.20.0.2 dst=10.50.0.3 udp sport=1 dport=2 text=x
		$from type=0x88cc zeros=46
		$from ip src=10.50.0.2 dst=10.50.0.3 udp sport=1 dport=2 text=last
	END
	count_is 2
	rose malformed=6 vlan-invalid=2 port-unbound=1 ethertype=1 source-spoofed=1 permit-intra=1
}

# What ip_rcv() and its like throw away arrives nowhere, whoever would have judged it; nor does the
# guard, which never sees it, count it.
# Beside the border's own questions for neighbours, which it may have at any time.
only_one_came()
{
	(($(grep -vc 'ethertype=0x86dd .* proto=58 type=135 ' "$count_file") == 1)) && return
	cat "$count_file"
	return 1
}

kernel_drops_the_rest()
{
	local lg=${at4[lg]} ex=${at4[ex]} to

	to="eth src=${net_mac[lg]} dst=${net_border_mac[lg]}"
	mark
	count_start ex eth0 "smac=${net_border_mac[ex]}"
	frames lg <<-END
		ip src=$lg dst=$ex version=5 udp sport=4001 dport=5000 text=x
		ip src=$lg dst=$ex ihl=4 udp sport=4001 dport=5000 text=x
		ip src=$lg dst=$ex len=2000 udp sport=4001 dport=5000 text=x
		ip src=$lg dst=$ex len=10 udp sport=4001 dport=5000 text=x
		ip src=$lg dst=$ex csum=1 udp sport=4001 dport=5000 text=x
		ip src=127.0.0.1 dst=$ex udp sport=4001 dport=5000 text=x
		ip src=${at6[lg]} dst=${at6[ex]} version=4 udp sport=4001 dport=5000 text=x
		ip src=${at6[lg]} dst=${at6[ex]} len=2000 udp sport=4001 dport=5000 text=x
		ip src=${at6[lg]} dst=${at6[ex]} hbh hbh udp sport=4001 dport=5000 text=x
		$to vlan=5 ip src=$lg dst=$ex udp sport=4001 dport=5000 text=x
		$to vlan=5 vlan=6 ip src=$lg dst=$ex udp sport=4001 dport=5000 text=x
		$to svlan=5 ip src=$lg dst=$ex udp sport=4001 dport=5000 text=x
		$to type=0x8864 zeros=46
		ip src=$lg dst=$ex udp sport=4001 dport=5000 text=last
	END
	busywait 5 count_reaches 1
	only_one_came
	rose_beside_noise 'permit-new=*' 'ipv6-extension=*'
}

# The border host itself: what it is asked, and what it says.
host_is_judged()
{
	listen_in border udp 22
	mark
	count_start mn eth0 proto=udp
	frames mn <<-END
		ip src=${at4[mn]} dst=${border4[mn]} udp sport=4010 dport=22 text=x
		ip src=${at6[mn]} dst=${border6[mn]} udp sport=4010 dport=22 text=x
	END
	echo x | in_ns border socat -u - "UDP-SENDTO:${at4[mn]}:514" || :
	echo x | in_ns border socat -u - "UDP-SENDTO:[${at6[mn]}]:514" || :
	rose no-flow=4
	count_is 0
}

no_room()
{
	reasons_policy
	echo "udp 1 34 eth src=${net_mac[lg]} dst=${net_border_mac[lg]} ip src=${at4[lg]}" \
		"dst=${at4[ex]} udp csum=0 sport=20000 dport=5000 text=x" >"$net_directory/many"
	mark
	in_ns lg "$module_flood" eth0 "$net_directory/stop" 300 "$net_directory/many" >/dev/null
	busywait 5 rises state-full
	rises permit-new
}

revoked_flow_ends()
{
	reasons_policy
	mark
	frames lg <<<"ip src=${at4[lg]} dst=${at4[ex]} udp sport=4020 dport=5000 text=x"
	busywait 5 rises 'permit-new'
	reasons_policy without
	mark
	count_start ex eth0 proto=udp dport=5000
	frames lg <<<"ip src=${at4[lg]} dst=${at4[ex]} udp sport=4020 dport=5000 text=x"
	rose revoked=1 'permit-related=*' 'icmp-unrelated=*'
	count_is 0
}

without_policy_nothing_passes()
{
	border detach --actor 'first person' --second 'second person' --reason test >"$last_output"
	[[ $(guard_field generation) == @(null|0) ]]
	mark
	count_start lg eth0 proto=udp
	frames mn <<-END
		ip src=${at4[mn]} dst=${at4[lg]} udp sport=4005 dport=5000 text=x
		ip src=${at6[mn]} dst=${at6[lg]} udp sport=4005 dport=5000 text=x
	END
	rose no-policy=2+
	count_is 0
}

every_reason_was_given()
{
	local name missing=0

	reasons_now >"$net_directory/given"
	while read -r name; do
		grep -q "^$name [1-9]" "$net_directory/given" || {
			echo "never given: $name"
			missing=1
		}
	done < <(sed -nE 's/^\tX\([0-9]+, [A-Z_0-9]+, "([a-z0-9-]+)".*/\1/p' \
		include/sekisho/reasons.h)
	((missing == 0))
}

lay
judged_by guard
plan 14
run_test 'permitted: new, established, related, intra, control' permitted_frames
run_test 'denied, each for its reason, and nothing arrives' denied_frames
run_test 'extension headers' extension_headers
run_test 'hosts and MACs' hosts_and_macs
run_test 'a limit is kept' limit_is_kept
run_test 'an unbound interface forwards nothing' unbound_interface_forwards_nothing
run_test 'isolation and suspension are obeyed' orders_are_obeyed
run_test 'what crosses a bridge is judged' bridge_is_judged
run_test 'what the kernel drops by itself does not arrive' kernel_drops_the_rest
run_test 'the border host itself is judged' host_is_judged
run_test 'a revoked flow ends' revoked_flow_ends
run_test 'no room for another connection' no_room
run_test 'without a policy nothing passes' without_policy_nothing_passes
run_test 'every reason was given' every_reason_was_given
finish
