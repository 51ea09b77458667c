#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# That each frame is counted exactly once and judged by one generation only, while three ports are
# flooded from all processors with frames of every verdict and the policy is swapped 100 times.
#
#	lg      eth0 -- lg0     border  in0 -- eth0  in
#	switch  eth0 -- trunk0
#
# Policy A has lg0 in segment red, policy B in segment blue; each permits what comes from there by
# a flow of its own. A frame judged by a mixture would be spoofed, or match a flow that stands in
# each policy for the other's segment (TRAP).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/programs/engine.sh

swaps=100
flood_most=12000000
ports=(lg0 in0 trunk0)

lay()
{
	border_create
	trunk_create lg lg0
	trunk_create in in0
	trunk_create switch trunk0
	be_silent border lg in switch
	ip_in border 'address add 10.20.0.1/16 dev lg0' 'address add 10.30.0.1/16 dev in0' \
		"neighbour add 10.30.0.77 lladdr ${net_mac[in]} dev in0"
	write_policy red blue >"$net_directory/a.yaml"
	write_policy blue red >"$net_directory/b.yaml"
}

# write_policy FRONT BACK: which segment has lg0, and which the other port.
write_policy()
{
	local other_day until=2097-03-31 port=5001

	# Neither today nor a neighbour of it, in whatever zone.
	other_day=$(LC_ALL=C date -d '+3 days' +%a)
	[[ $1 != blue ]] || { until=2021-03-31 && port=5009; }
	site ''
	segment "$1" other lg0 '10.20.0.0/16, "fd00:20::/48"'
	segment "$2" other trunk0.30 10.21.0.0/16
	segment in other in0 '10.30.0.0/16, "fd00:30::/48"'
	segment lgw lgwan trunk0.40 10.40.0.0/16
	segment net internet trunk0.50 10.50.0.0/16
	segment peer external trunk0.60 10.60.0.0/16 'peer_class: 1'
	segment inside other trunk0.70 10.70.0.0/16 'intra: permit'
	segment cut other trunk0.80 10.80.0.0/16
	cat <<-END
		gateways:
		  - {name: wash, hosts: [10.50.9.1], methods: [screen]}
		flows:
	END
	flow "FRONT-$1" "$1" in udp/5000
	flow "TRAP-$1" "$2" in udp/5000
	flow REVOKED "$1" in "udp/$port"
	flow ENDED "$1" in udp/5006 "valid_until: $until"
	flow LIMITED "$1" in udp/5002 'limit: {new_per_second: 50, concurrent: 100000}'
	flow MAC "$1, macs: [\"02:00:00:00:00:aa\"]" in udp/5003
	flow LATER "$1" in udp/5004 'valid_from: 2096-04-01'
	flow HOURS "$1" in udp/5005 "schedule: {days: ${other_day,,}, hours: 00:00-24:00}"
	flow WASH lgw 'net, hosts: [10.50.9.1]' tcp/443 'sanitize: screen'
	flow PEER lgw 'peer, hosts: [10.60.9.1]' tcp/443
	flow LISTED inside 'in, hosts: [10.30.9.1]' tcp/443
}

# Frames go to a station that is not there, but for the first two kinds, which are forwarded.
kinds_of_lg()
{
	local udp='udp csum=0 sport=1' away='eth dst=02:00:00:00:00:99'
	local ip='ip src=10.20.7.7 dst=10.30.0.77'

	cat <<-END
		front 8 34 eth dst=${net_border_mac[lg]} $ip $udp dport=5000 zeros=18
		held 4 0 eth dst=${net_border_mac[lg]} $ip udp csum=0 sport=7 dport=5000 zeros=18
		revoked 4 0 $away $ip $udp dport=5001
		ended 4 0 $away $ip $udp dport=5006
		limited 2 34 $away $ip $udp dport=5002
		mac-mismatch 1 34 $away $ip $udp dport=5003
		not-yet-valid 1 34 $away $ip $udp dport=5004
		outside-schedule 1 34 $away $ip $udp dport=5005
		port-not-permitted 1 34 $away $ip $udp dport=9
		malformed 1 0 $away type=0x0800 raw=4500
		ethertype 1 0 $away type=0x88cc zeros=46
		permit-control 1 0 $away arp op=2 spa=10.20.7.7 tpa=10.20.7.7
		source-spoofed 1 34 $away ip src=10.99.0.1 dst=10.30.0.77 $udp dport=5000
		no-destination 1 34 $away ip src=10.20.7.7 dst=172.16.0.1 $udp dport=5000
		tcp-no-state 1 34 $away $ip tcp sport=1 dport=5000 flags=A
		tcp-invalid 1 34 $away $ip tcp sport=1 dport=5000 flags=SF
		fragment-tiny 1 0 $away $ip id=3 cut=0,8 tcp sport=1 dport=5000 flags=S
		fragment-orphan 1 18 $away $ip id=5 cut=16,8 $udp dport=5000 zeros=32
		icmp-unrelated 1 0 $away $ip icmp type=3 code=1 ip src=10.30.0.77 dst=10.20.9.9 $udp dport=1
		suspended 1 0 $away ip src=10.20.66.66 dst=10.30.0.77 $udp dport=5000
		ipv6-extension 1 0 $away ip src=fd00:20::7 dst=fd00:30::77 dst hbh $udp dport=5000
	END
}

kinds_of_in()
{
	local away='eth dst=02:00:00:00:00:99' ip='ip src=10.30.0.77 dst=10.20.7.7'
	local other='ip src=10.30.0.77 dst=10.20.7.8'

	cat <<-END
		reply 8 0 $away $ip udp csum=0 sport=5000 dport=7
		permit-related 4 0 $away $ip icmp type=3 code=3 ip src=10.20.7.7 dst=10.30.0.77 udp sport=7 dport=5000
		no-flow 4 34 $away $other udp csum=0 sport=1 dport=5000
		isolated 1 34 $away ip src=10.30.0.77 dst=10.80.0.1 udp csum=0 sport=1 dport=5000
	END
}

kinds_of_switch()
{
	local tcp='tcp sport=1 dport=443 flags=S'

	cat <<-END
		port-unbound 1 38 eth vlan=99 ip src=10.20.7.7 dst=10.30.0.77 $tcp
		vlan-invalid 1 38 eth vlan=30 vlan=40 ip src=10.20.7.7 dst=10.30.0.77 $tcp
		not-a-gateway 1 38 eth vlan=40 ip src=10.40.0.5 dst=10.50.0.7 $tcp
		peer-unregistered 1 38 eth vlan=40 ip src=10.40.0.5 dst=10.60.0.7 $tcp
		not-listed 1 38 eth vlan=70 ip src=10.70.0.5 dst=10.30.0.7 $tcp
		permit-intra 1 38 eth vlan=70 ip src=10.70.0.5 dst=10.70.0.6 udp csum=0 sport=1 dport=443
	END
}

declare -A sent
floods=()

# The sum of a counter of ethtool -S over all ports of the border.
port_counter()
{
	local port

	for port in "${ports[@]}"; do
		in_ns border ethtool -S "$port"
	done | awk -v name="$1:" '$1 ~ "^rx_queue_[0-9]+_" name "$" { sum += $2 } END { print sum + 0 }'
}

peers_transmitted()
{
	local name

	for name in lg in switch; do
		ip -netns "$net_prefix-$name" -s -j link show eth0
	done | jq -s 'map(.[0].stats64.tx.packets) | add'
}

# start_flood PEER PROCESSOR
start_flood()
{
	"kinds_of_$1" >"$net_directory/kinds.$1"
	start_in "$1" taskset -c "$(($2 % $(nproc)))" "$PWD/build/tests/flood" eth0 \
		"$net_directory/stop" "$flood_most" "$net_directory/kinds.$1" >"$net_directory/sent.$1"
	floods+=("$started")
}

flood_while_swapping()
{
	local peer kind number

	start_flood lg 0
	start_flood in 1
	start_flood switch 0
	engine alternate "$net_directory/b.yaml" "$net_directory/a.yaml" "$swaps" 10000 \
		>"$net_directory/swapped"
	touch "$net_directory/stop"
	wait "${floods[@]}"
	for peer in lg in switch; do
		while read -r kind number; do
			sent[$kind]=$((${sent[$kind]:-0} + number))
		done <"$net_directory/sent.$peer"
	done
}

# What only one kind of frame can be given is counted exactly so often.
check_reasons()
{
	local reason

	for reason in mac-mismatch not-yet-valid outside-schedule malformed \
		ethertype permit-control source-spoofed no-destination tcp-no-state tcp-invalid \
		fragment-tiny fragment-orphan icmp-unrelated suspended ipv6-extension \
		permit-related no-flow isolated port-unbound vlan-invalid not-a-gateway \
		peer-unregistered not-listed; do
		at_least "frames sent as $reason" "${sent[$reason]}" 1000
		equal "counted as $reason" "$(total_of "reason.$reason")" "${sent[$reason]}"
	done
}

# What one generation permits and the other does not, or by another flow, adds up.
check_flows()
{
	local permitted=$(($(total_of reason.permit-new) + $(total_of reason.permit-established)))

	equal 'front flows' "$(($(total_of flow.FRONT-red) + $(total_of flow.FRONT-blue)))" \
		"$((sent[front] + sent[held] + sent[reply]))"
	at_least 'frames judged by A' "$(total_of flow.FRONT-red)" 1000
	at_least 'frames judged by B' "$(total_of flow.FRONT-blue)" 1000
	equal 'frames judged by a mixture' "$(total_sum flow.TRAP-)" 0
	equal 'expired and permitted' "$(($(total_of flow.ENDED) + $(total_of reason.expired)))" \
		"${sent[ended]}"
	at_least expired "$(total_of reason.expired)" 1000
	# The first frame after a swap is revoked, what follows is not permitted.
	equal 'revoked, not permitted and permitted' "$(($(total_of flow.REVOKED) +
		$(total_of reason.revoked) + $(total_of reason.port-not-permitted)))" \
		"$((sent[revoked] + sent[port-not-permitted]))"
	at_least revoked "$(total_of reason.revoked)" 10
	equal 'limited and permitted' "$(($(total_of flow.LIMITED) + $(total_of reason.limit)))" \
		"${sent[limited]}"
	at_least 'limited' "$(total_of reason.limit)" 1000
	# A second frame between the same hosts of one segment is established, by no flow.
	permitted=$((permitted - (sent[permit-intra] - $(total_of reason.permit-intra))))
	equal 'flows' "$(total_sum flow.)" "$permitted"
	equal 'new connections of flows' "$(total_sum new.)" "$(total_of reason.permit-new)"
}

every_frame_is_counted_once()
{
	local all=0 peer before xdp_before

	lay
	export ENGINE_ISOLATED=cut
	engine commit "$net_directory/a.yaml" >/dev/null
	engine suspend 10.20.66.66
	before=$(peers_transmitted)
	xdp_before=$(port_counter xdp_packets)
	tally
	equal 'frames before the flood' "$(total_of frames)" 0
	# The connection about which errors are sent, before the first of them.
	send_frame lg eth "dst=${net_border_mac[lg]}" ip src=10.20.7.7 dst=10.30.0.77 \
		udp csum=0 sport=7 dport=5000 zeros=18
	sent[held]=1
	flood_while_swapping
	busywait 5 all_arrived "$before" "$xdp_before"
	tally "$net_directory/a.yaml" "$net_directory/b.yaml"
	for peer in lg in switch; do
		all=$((all + $(sed -n 's/^sent //p' "$net_directory/sent.$peer")))
	done
	all=$((all + 1))
	cat "$net_directory/swapped"
	echo "frames $all, lost_events $(total_of lost_events)"
	equal 'transmitted' "$(($(peers_transmitted) - before))" "$all"
	equal 'received by XDP' "$(($(port_counter xdp_packets) - xdp_before))" "$all"
	# What both generations permit, both let out.
	equal 'permitted on the way in and held up on the way out' "$(total_of reason.unjudged)" 0
	equal 'all reasons' "$(total_sum reason.)" "$all"
	equal 'all pairs' "$(total_of pairs)" "$all"
	equal generation "$(total_of generation)" "$((swaps + 1))"
	check_reasons
	check_flows
}

all_arrived()
{
	(($(peers_transmitted) - $1 == $(port_counter xdp_packets) - $2))
}

plan 1
run_test 'every frame is counted once, by one generation, over 100 swaps' every_frame_is_counted_once
finish
