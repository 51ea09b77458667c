#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Frames that nobody honest sends: each is dropped for its own reason, counted once and written
# down, however like a permitted one it is otherwise.
#
#	mn  eth0 -- mn0 | border | lg0 -- eth0  lg	mn -> lg: udp/5000, tcp/443
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh

hostile_policy()
{
	policy_new
	flow MN-LG "mn, hosts: [$(both mn)], macs: [\"${net_mac[mn]}\"]" \
		"lg, hosts: [$(both lg)]" 'udp/5000, tcp/443'
	flow LG-MN "lg, hosts: [$(both lg)]" "mn, hosts: [$(both mn)]" udp/5001 \
		'mac_exempt: test'
	apply
	mark
	count_start lg eth0 "smac=${net_border_mac[lg]}" proto=udp
}

datagram=(udp sport=4000 dport=5000 text=x)

# 4 WORD... and 6 WORD...: from mn to lg over that family; words before `--` go to the IP layer.
over()
{
	local family=$1 fields=()

	shift
	while [[ $1 != -- ]]; do
		fields+=("$1")
		shift
	done
	shift
	send_frame mn eth "dst=${net_border_mac[mn]}" ip "src=$(address mn "$family")" \
		"dst=$(address lg "$family")" "${fields[@]}" "$@"
}

denied()
{
	recorded ".type == \"deny\" and .reason == \"$1\" and .interface == \"mn0\" and
		.smac == \"${net_mac[mn]}\""
}

# Without this all the drops below might have another cause.
honest_frame_passes()
{
	hostile_policy
	over 4 -- "${datagram[@]}"
	over 6 -- "${datagram[@]}"
	rose permit-new=2 'permit-related=*'
	count_is 2
}

orphan_fragments_drop()
{
	hostile_policy
	over 4 frag=64,0,99 proto=17 -- zeros=64
	over 4 frag=64,1,99 proto=17 -- zeros=64
	over 6 frag=64,0,99 proto=17 -- zeros=64
	over 6 frag=64,1,99 proto=17 -- zeros=64
	rose fragment-orphan=4
	count_is 0
	recorded ".type == \"deny\" and .reason == \"fragment-orphan\" and .src == \"${at4[mn]}\"" \
		".type == \"deny\" and .reason == \"fragment-orphan\" and .src == \"${at6[mn]}\""
}

# What a permitted first fragment opens is for its own datagram only.
foreign_fragments_drop()
{
	local family

	hostile_policy
	for family in 4 6; do
		over "$family" id=7 cut=0,24 -- udp sport=4100 dport=5000 zeros=32
		over "$family" frag=24,0,8 proto=17 -- zeros=16
	done
	rose permit-new=2 fragment-orphan=2 'permit-related=*'
}

hop_by_hop_tricks_drop()
{
	hostile_policy
	over 6 -- dst hbh "${datagram[@]}"
	over 6 -- hbh hbh "${datagram[@]}"
	over 6 -- dst dst dst dst dst dst dst dst dst "${datagram[@]}"
	over 6 -- fragment off=0 mf=0 id=1 fragment off=0 mf=0 id=2 "${datagram[@]}"
	rose ipv6-extension=4
	count_is 0
	denied ipv6-extension
}

routing_headers_drop()
{
	hostile_policy
	over 6 -- rt0 "${datagram[@]}"
	over 6 -- rt0 data=000100000000fd000020000000000000000000000009 "${datagram[@]}"
	# Of another type, with a segment left.
	over 6 -- rt type=4 data=0401 "${datagram[@]}"
	rose ipv6-extension=3
	count_is 0
	denied ipv6-extension
}

# The headers are walked, not forbidden.
honest_extensions_pass()
{
	hostile_policy
	over 6 -- hbh data=010400000000 udp sport=4200 dport=5000 text=x
	over 6 -- dst data=010400000000 udp sport=4201 dport=5000 text=x
	over 6 -- fragment off=0 mf=0 id=1 udp sport=4202 dport=5000 text=x
	rose permit-new=3 'permit-related=*'
	count_is 3
}

# Behind extension headers or not, what is not permitted is not.
headers_hide_no_port()
{
	hostile_policy
	over 6 -- hbh data=010400000000 udp sport=4000 dport=22 text=x
	over 6 -- dst data=010400000000 tcp sport=4000 dport=22 flags=S
	over 6 -- fragment off=0 mf=0 id=1 udp sport=4000 dport=23 text=x
	rose port-not-permitted=3
	count_is 0
	denied port-not-permitted
}

foreign_sources_drop()
{
	hostile_policy
	sends_as mn "${at4[lg]}" "${at4[lg]}" "${datagram[@]}"
	sends_as mn "${at6[lg]}" "${at6[lg]}" "${datagram[@]}"
	sends_as mn 10.20.0.77 "${at4[mn]}" udp sport=1 dport=5001 text=x
	sends_as mn fd00:20::77 "${at6[mn]}" udp sport=1 dport=5001 text=x
	sends_as mn 192.0.2.1 "${at4[lg]}" "${datagram[@]}"
	sends_as mn 2001:db8::1 "${at6[lg]}" "${datagram[@]}"
	rose source-spoofed=6
	count_is 0
	recorded ".type == \"deny\" and .reason == \"source-spoofed\" and .from == \"mn\" and
		.src == \"${at4[lg]}\" and .interface == \"mn0\"" \
		".type == \"deny\" and .reason == \"source-spoofed\" and .src == \"${at6[lg]}\""
}

impossible_sources_drop()
{
	local source

	hostile_policy
	for source in "${border4[mn]}" 0.0.0.0 127.0.0.1 224.0.0.1 255.255.255.255 10.10.255.255; do
		sends_as mn "$source" "${at4[lg]}" "${datagram[@]}"
	done
	for source in "${border6[mn]}" :: ::1 ff02::1 fe80::2 ::ffff:10.10.0.2; do
		sends_as mn "$source" "${at6[lg]}" "${datagram[@]}"
	done
	rose source-spoofed=12
	count_is 0
	denied source-spoofed
}

forged_neighbours_drop()
{
	hostile_policy
	send_frame mn eth dst=ff:ff:ff:ff:ff:ff arp op=1 spa=10.20.0.2 tpa=10.10.0.1
	send_frame mn eth dst=ff:ff:ff:ff:ff:ff arp op=2 spa=10.10.0.1 tpa=10.10.0.1
	# Neighbour discovery that came from afar.
	send_frame mn eth "dst=${net_border_mac[mn]}" ip src=fe80::2 "dst=${border6[mn]}" ttl=254 \
		icmp type=136 zeros=16
	rose source-spoofed=3
	denied source-spoofed
}

broken_frames_drop()
{
	hostile_policy
	over 4 -- "${datagram[@]}" snap=20
	over 4 version=5 -- "${datagram[@]}"
	over 4 ihl=4 -- "${datagram[@]}"
	over 4 ihl=15 -- "${datagram[@]}"
	over 4 len=2000 -- "${datagram[@]}"
	over 4 len=10 -- "${datagram[@]}"
	over 4 -- udp sport=4000 dport=5000 len=7 text=x
	over 4 -- udp sport=4000 dport=5000 len=100 text=x
	over 4 -- tcp sport=4000 dport=443 flags=S off=4
	over 4 -- tcp sport=4000 dport=443 flags=S off=8
	over 6 -- "${datagram[@]}" snap=40
	over 6 version=4 -- "${datagram[@]}"
	over 6 len=2000 -- "${datagram[@]}"
	over 6 -- dst len=200 "${datagram[@]}"
	over 6 -- tcp sport=4000 dport=443 flags=S off=15
	rose malformed=15
	count_is 0
	denied malformed
}

unknown_ethertypes_drop()
{
	hostile_policy
	send_frame mn eth dst=01:80:c2:00:00:0e type=0x88cc zeros=46
	send_frame mn eth "dst=${net_border_mac[mn]}" type=0x8864 zeros=46
	rose ethertype=2
	recorded '.type == "deny" and .reason == "ethertype" and .ethertype == "0x88cc"'
	segment_more[mn]='ethertypes: [0x88cc]'
	policy_new
	segment_more=()
	apply
	mark
	send_frame mn eth dst=01:80:c2:00:00:0e type=0x8864 zeros=46
	send_frame mn eth dst=01:80:c2:00:00:0e type=0x88cc zeros=46
	rose ethertype=1
}

town_create mn lg
plan 12
town_test 'an honest frame passes' honest_frame_passes
town_test 'orphan fragments drop' orphan_fragments_drop
town_test 'fragments of another datagram drop' foreign_fragments_drop
town_test 'hop-by-hop tricks drop' hop_by_hop_tricks_drop
town_test 'routing headers drop' routing_headers_drop
town_test 'honest extension headers pass' honest_extensions_pass
town_test 'behind headers no port hides' headers_hide_no_port
town_test 'sources of another segment drop' foreign_sources_drop
town_test 'sources that nobody can have drop' impossible_sources_drop
town_test 'forged neighbours drop' forged_neighbours_drop
town_test 'broken frames drop' broken_frames_drop
town_test 'unknown EtherTypes drop' unknown_ethertypes_drop
finish
