#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# With `forward: fast` tags are written and taken off as the kernel would. A kernel that does not
# say by which ports XDP can send forwards itself, and that is said.
#
#	switch  eth0 -- trunk0 | border | ex0 -- eth0  ex	VLAN 20: lg, VLAN 10: mn
#				|	 | in0 -- eth0  in	the ends .7 and ::7 have no stack
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/fast.sh

ends_flow()
{
	flow "$1" "$2, hosts: [$(ends_of "$2")]" "$3, hosts: [$(ends_of "$3")]" udp/5000 \
		'mac_exempt: test'
}

# ends_send NAME FROM SPORT TO DPORT [OPTION]: out of that namespace, of $tag where there is one.
ends_send()
{
	send_frame "$1" eth "dst=${net_border_mac[$1]}" ${tag:+"vlan=$tag"} \
		ip "src=$(end_of "$2" "$family")" "dst=$(end_of "$4" "$family")" ttl=9 \
		udp "sport=$3" "dport=$5" zeros=20 "${@:6}"
}

# cross AT WORD...: twenty frames arrive there; who has forwarded them is said in $kernel_share.
cross()
{
	local before

	count_start "$1" eth0 --hex proto=udp
	before=$(by_kernel)
	ends_send "${@:2}" --count=20
	count_is 20
	kernel_share=$(($(by_kernel) - before))
}

# Silence is a promise, a note is one too.
somebody_forwards()
{
	local tag='' family

	policy_with 'forward: fast'
	ends_flow IN-EX in ex
	apply
	for family in 4 6; do
		ends_send in in 6000 ex 5000
		cross ex in in 6000 ex 5000
		if grep -q "note: the kernel forwards what comes in by 'ex0'" "$last_output"; then
			((kernel_share == 20))
		else
			is_fast
		fi
	done
}

# A trunk with two VLANs.
trunk_lay()
{
	local name number

	trunk_create switch trunk0
	for name in lg mn; do
		number=${town_number[$name]}
		ip_in border "link add link trunk0 name trunk0.$number type vlan id $number" ||
			skip_test 'this kernel has no 802.1Q devices'
		ip_in border "link set trunk0.$number up" \
			"address add 10.$number.0.1/16 dev trunk0.$number" \
			"address add fd00:$number::1/48 dev trunk0.$number nodad"
		town_names+=("$name")
		segment_ports[$name]="[{interface: trunk0, vlan: $number}]"
		neighbour_is 4 "$name" "trunk0.$number" "${net_mac[switch]}"
		neighbour_is 6 "$name" "trunk0.$number" "${net_mac[switch]}"
	done
}

# was_sent_by MODE
was_sent_by()
{
	cat "$count_file"
	[[ $1 == kernel ]] || is_fast >&2
	[[ $1 == fast ]] || ((kernel_share == 20))
}

# arrivals MODE: what comes out of each way.
arrivals()
{
	local tag family

	policy_with "forward: $1"
	ends_flow LG-EX lg ex
	ends_flow LG-MN lg mn
	apply
	[[ $1 == kernel ]] || is_taken_fast
	for family in 4 6; do
		tag=20
		ends_send switch lg 6000 ex 5000
		ends_send switch lg 6000 mn 5000
		cross ex switch lg 6000 ex 5000
		was_sent_by "$1"
		cross switch switch lg 6000 mn 5000
		was_sent_by "$1"
		tag=
		ends_send ex ex 5000 lg 6000
		cross switch ex ex 5000 lg 6000
		was_sent_by "$1"
	done
}

tags_are_written()
{
	trunk_lay
	arrivals kernel >"$net_directory/by_kernel"
	arrivals fast >"$net_directory/by_xdp"
	[[ $(grep -c '^vlan=20 ' "$net_directory/by_xdp") == 40 ]]
	[[ $(grep -c '^vlan=10 ' "$net_directory/by_xdp") == 40 ]]
	diff "$net_directory/by_kernel" "$net_directory/by_xdp"
}

town_create in ex
for family in 4 6; do
	neighbour_is "$family" in in0 "${net_mac[in]}"
	neighbour_is "$family" ex ex0 "${net_mac[ex]}"
done
plan 2
town_test 'untagged frames are forwarded, and it is said by whom' somebody_forwards
town_test 'tags are written and taken off' tags_are_written
finish
