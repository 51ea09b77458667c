#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# With `forward: fast` the packet path keeps the way out of a connection for a second. While the
# collector runs, what changes of neighbours, routes and links is in effect at once, and what does
# not matter costs nothing.
#
#	lg      eth0 -- lg0    | border | ex0 -- eth0  ex	the ends .7 and ::7, and routers, have
#	switch  eth0 -- trunk0 |        |			no stack: frames are crafted
#	  VLAN 30: in
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh

at_once_ms=300
tries=0
collecting=1

# end_of NAME FAMILY [HOST]
end_of()
{
	local host=${3:-7}

	case $2 in
	4) echo "10.${town_number[$1]}.0.$host" ;;
	6) echo "fd00:${town_number[$1]}::$host" ;;
	esac
}

# neighbour_is FAMILY HOST MAC: of segment ex.
neighbour_is()
{
	ip_in border "neighbour replace $(end_of ex "$1" "$2") lladdr $3 dev ex0 nud permanent"
}

fast_policy()
{
	policy_with "forward: ${1:-fast}"
	flow LG-EX lg ex udp/5000
	apply
	! grep -q 'note: the kernel forwards' "$last_output" ||
		skip_test 'this kernel does not say by which ports XDP can send'
	# The collector sees a policy a moment after it is in force.
	if [[ ${1:-fast} == fast && $collecting ]]; then
		busywait 5 follows_routes
	fi
}

asks_on()
{
	sends_as lg "$(end_of lg "$family")" "$(end_of ex "$family")" udp "sport=$port" dport=5000 zeros=100
}

open_connection()
{
	port=$((4000 + 100 * ktap_number + ++tries))
	mark
	asks_on
	rose permit-new=1
	sends_as ex "$(end_of ex "$family")" "$(end_of lg "$family")" udp sport=5000 "dport=$port"
}

collector_ends()
{
	collecting=
	kill "$(cat "$SEKISHO_RUN_DIR/collector.lock")"
	busywait 5 border_is_empty
}

collector_begins()
{
	audit_marked=$(audit_lines | wc -l)
	collect_start
	busywait 5 follows_routes
	collecting=1
}

# It listens by a socket of rtnetlink.
follows_routes()
{
	in_ns border ss -Hf netlink "src = rtnl:$(cat "$SEKISHO_RUN_DIR/collector.lock")" |
		grep -q .
}

milliseconds()
{
	echo "$(($(date +%s%N) / 1000000))"
}

# takes FIELD COMMAND...: how long it takes until what the command prints, told to the border, shows
# in FIELD of the frames that leave: see ways.py.
takes()
{
	local field=$1 frame try lines

	shift
	frame=$("$net_frame" show eth "src=${net_mac[lg]}" "dst=${net_border_mac[lg]}" \
		ip "src=$(end_of lg "$family")" "dst=$(end_of ex "$family")" \
		udp "sport=$port" dport=5000 zeros=100)
	for ((try = 0; try < 10; try++)); do
		new_mac
		mapfile -t lines < <("$@")
		took=$(python3 tests/net/ways.py "$(ns_path lg)" "$(ns_path ex)" "$(ns_path border)" \
			"$frame" "$field" "$mac" "$at_once_ms" "${lines[@]}")
		[[ $took == void ]] || return 0
	done
	skip_test 'this machine is too slow for it'
}

# in_effect FIELD COMMAND...
in_effect()
{
	takes "$@"
	echo "$2 over IPv$family: $took ms"
	[[ $took != late ]]
}

# Each time another MAC, in each test: neighbours outlive it.
new_mac()
{
	tries=$((tries + 1))
	printf -v mac '02:53:01:00:%02x:%02x' "$ktap_number" "$tries"
}

other_neighbour()
{
	echo "neighbour replace $(end_of ex "$family" 7) lladdr $mac dev ex0 nud permanent"
}

# To a router that nobody has asked for yet.
other_route()
{
	local router

	router=$(end_of ex "$family" "$((100 + tries))")
	echo "neighbour replace $router lladdr $mac dev ex0 nud permanent"
	echo "route replace $(end_of ex "$family") via $router"
}

route_back()
{
	ip_in border "route delete $(end_of ex "$1")" 2>/dev/null || :
}

other_address()
{
	echo "link set ex0 address $mac"
}

link_back()
{
	ip_in border "link set ex0 address ${net_border_mac[ex]}"
}

neighbour_at_once()
{
	fast_policy
	for family in 4 6; do
		open_connection
		in_effect dmac other_neighbour
	done
}

route_at_once()
{
	fast_policy
	for family in 4 6; do
		defer route_back "$family"
		open_connection
		in_effect dmac other_route
	done
}

link_at_once()
{
	fast_policy
	defer link_back
	for family in 4 6; do
		open_connection
		in_effect smac other_address
	done
}

# Or the tests above would show nothing.
# Unless the change falls into the end of a second, by which everything is forgotten.
later_without_collector()
{
	local tries

	collector_ends
	fast_policy
	for family in 4 6; do
		for ((tries = 0; tries < 5; tries++)); do
			open_connection
			takes dmac other_neighbour
			[[ $took != late ]] || break
		done
		[[ $took == late ]]
	done
}

epoch()
{
	border show status -j | jq .epoch
}

# What no frame left by: who is asked for and not there, who is confirmed, who is new.
flood_of_neighbours()
{
	local host

	for ((host = 1; host <= 100; host++)); do
		echo "neighbour replace 10.40.2.$host dev ex0 nud failed"
		echo "neighbour delete 10.40.2.$host dev ex0"
		echo "neighbour replace 10.40.3.$host lladdr 02:53:00:00:03:01 dev ex0 nud stale"
		echo "neighbour replace 10.40.3.$host lladdr 02:53:00:00:03:01 dev ex0 nud reachable"
		echo "neighbour replace fd00:40::3:$host lladdr 02:53:00:00:03:01 dev ex0 nud reachable"
		echo "neighbour replace fd00:40::3:$host lladdr 02:53:00:00:03:01 dev ex0 nud stale"
	done >"$net_directory/flood"
	ip -netns "$net_prefix-border" -batch "$net_directory/flood"
}

# epochs_of COMMAND...: how many begin by it, until none does any more, is in $epochs.
epochs_of()
{
	local before

	before=$(epoch)
	"$@"
	busywait 5 nothing_waits
	busywait 10 quiet
	epochs=$(($(epoch) - before))
}

nothing_waits()
{
	[[ -z $(in_ns border ss -Hf netlink "src = rtnl:$(cat "$SEKISHO_RUN_DIR/collector.lock")" |
		awk '$2 > 0') ]]
}

flood_is_nothing()
{
	fast_policy
	busywait 5 quiet
	epochs_of flood_of_neighbours
	echo "# $epochs epochs"
	# The kernel may forget old ones meanwhile, of all namespaces.
	((epochs <= 2))
	# The same ones are known now, and are others.
	epochs_of ip_in border "neighbour replace 10.40.3.1 lladdr 02:53:00:00:03:02 dev ex0 nud stale"
	((epochs >= 1 && epochs <= 2))
	epochs_of ip_in border 'neighbour delete 10.40.3.1 dev ex0'
	((epochs >= 1 && epochs <= 2))
}

# No epoch for longer than one would wait.
quiet()
{
	local before

	before=$(epoch)
	sleep 1.2
	(($(epoch) == before))
}

# five_hundred: as many MACs of one neighbour.
five_hundred()
{
	local i address mac

	address=$(end_of ex "$family")
	for ((i = 0; i < 500; i++)); do
		printf -v mac '02:53:00:00:04:%02x' $((i % 250))
		echo "neighbour replace $address lladdr $mac dev ex0 nud permanent"
	done
}

flood_of_changes()
{
	other_neighbour >>"$net_directory/flood"
	ip -netns "$net_prefix-border" -batch "$net_directory/flood"
}

# Ten epochs a second at most; the last change counts.
flood_is_paced()
{
	local begun

	fast_policy
	for family in 4 6; do
		open_connection
		busywait 5 quiet
		five_hundred >"$net_directory/flood"
		new_mac
		count_start ex eth0 "dmac=$mac"
		begun=$(milliseconds)
		epochs_of flood_of_changes
		busywait 1 arrives_so
		echo "# $epochs epochs in $(($(milliseconds) - begun)) ms"
		((epochs >= 1 && epochs <= 2 + ($(milliseconds) - begun) / 100))
	done
}

arrives_so()
{
	asks_on
	(($(count_read) > 0))
}

# A kernel that forwards itself needs no epochs.
kernel_needs_none()
{
	fast_policy kernel
	busywait 5 not follows_routes
	busywait 5 quiet
	family=4
	new_mac
	epochs_of ip_in border "$(other_neighbour)"
	((epochs == 0))
}

# Once in the map of links the VLAN's interface is found both ways.
vlan_is_known()
{
	local index

	index=$(ip -netns "$net_prefix-border" -json link show trunk0.30 | jq '.[].ifindex')
	bpftool map dump pinned "$SEKISHO_BPFFS/links" >"$net_directory/links"
	(($(grep -c "ifindex\": $index,\$" "$net_directory/links") == 2))
}

vlan_comes_back()
{
	trunk_create switch trunk0
	vlan_create in switch trunk0 30 10.30.0.0/16 fd00:30::/48
	town_names+=(in)
	# shellcheck disable=SC2034 # of town.sh
	segment_ports[in]='[{interface: trunk0, vlan: 30}]'
	fast_policy
	vlan_is_known
	ip_in border 'link delete trunk0.30'
	ip_in border 'link add link trunk0 name trunk0.30 type vlan id 30' 'link set trunk0.30 up'
	not vlan_is_known
	busywait 5 vlan_is_known
}

command -v python3 >/dev/null || plan_skip 'python3 is not installed'
town_create lg ex
for family in 4 6; do
	ip_in border "neighbour replace $(end_of lg "$family") lladdr ${net_mac[lg]} dev lg0 \
		nud permanent"
	neighbour_is "$family" 7 "${net_mac[ex]}"
done
plan 8
town_test "a neighbour's other MAC is in effect at once" neighbour_at_once
town_test 'so is another route' route_at_once
town_test "so is a link's other address" link_at_once
town_test 'without the collector it takes longer' later_without_collector
collector_begins
town_test 'neighbours that no frame left by are nothing' flood_is_nothing
town_test 'of many changes the last counts, ten times a second' flood_is_paced
town_test 'where the kernel forwards nothing is listened to' kernel_needs_none
town_test 'a VLAN interface that comes back is used again' vlan_comes_back
finish
