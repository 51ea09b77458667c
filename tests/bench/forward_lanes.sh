# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Lanes for the forwarding benchmarks: borders side by side, each with one way of forwarding, all
# between the same two ends. Sourced from the top directory. Knows how each way is put in force, not
# what is sent when.
#
#	source                     border of one lane                       sink
#	left3: sends, counts  --  left [ what is measured ] right  --  right3: counts, sends
#
#	lanes_begin			the two ends
#	lane_create NAME KIND [WORD...]	a border; kinds are the functions kind_*
#	lane_send NAME KEY=VALUE...	see sender.c: what arrived, as JSON; reply=1: from the sink
#	lane_connect NAME udp|tcp FLOWS	connections, in both directions
#	lane_cut NAME			the kernel forgets its connections
#	lane_renew NAME			ours forgets its own
#
# A border's neighbours are static and nothing else speaks. Frames that XDP passes on want NAPI at
# the other end, hence GRO; two queues a link, one a processor, so that two cores share nothing.

. tests/net/lib.sh

lane_sender=$PWD/build/bench/sender
lane_policy=$PWD/build/bench/forward_policy
lane_pins=$net_directory/bpffs
# Link addresses, the same in each lane.
lane_source_mac=02:53:00:00:00:02
lane_left_mac=02:53:00:00:00:01
lane_right_mac=02:53:00:00:01:01
lane_sink_mac=02:53:00:00:01:02
# By name: its number, and of how many entries its policy is.
declare -A lane_number=() lane_entries=()

# Offloads aside, a veth pair is like a cable with two queues.
lane_link()
{
	local border=$1 device=$2 mac=$3 peer=$4 peer_device=$5 peer_mac=$6

	ip_in "$border" "link add $device address $mac numtxqueues 2 numrxqueues 2 type veth \
		peer name $peer_device address $peer_mac numtxqueues 2 numrxqueues 2 \
		netns $net_prefix-$peer"
	link_is_wire "$border" "$device"
	link_is_wire "$peer" "$peer_device"
	ip_in "$border" "link set $device up"
	ip_in "$peer" "link set $peer_device up"
	in_ns "$peer" "$lane_sender" attach "$lane_pins" "$peer_device" count
}

# What a processor sends stays in its queue: odd processors, even processors.
lane_queues()
{
	local odd=0 even=0 processor

	for ((processor = 0; processor < $(nproc) && processor < 32; processor++)); do
		if ((processor % 2)); then
			odd=$((odd | 1 << processor))
		else
			even=$((even | 1 << processor))
		fi
	done
	# shellcheck disable=SC2016 # the inner shell expands these
	ip netns exec "$net_prefix-$1" sh -c '
		for device in left right; do
			echo "$1" >"/sys/class/net/$device/queues/tx-0/xps_cpus"
			echo "$2" >"/sys/class/net/$device/queues/tx-1/xps_cpus"
		done' - "$(printf '%x' "$even")" "$(printf '%x' "$odd")"
}

# A namespace in which nothing but the benchmark is heard.
lane_namespace()
{
	ns_create "$1"
	in_ns "$1" sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
}

lanes_begin()
{
	mkdir -m 0700 "$net_directory"
	defer rm -rf "$net_directory"
	mkdir "$lane_pins"
	mount -t bpf bpf "$lane_pins"
	defer umount "$lane_pins"
	export SEKISHO_NET_TEST=$net_prefix
	lane_namespace source
	lane_namespace sink
}

lane_create()
{
	local name=$1 kind=$2 number=${#lane_number[@]} border

	border=border$number
	lane_number[$name]=$number
	# Where no policy says otherwise.
	lane_entries[$name]=10000
	lane_namespace "$border"
	in_ns "$border" sysctl -q -w net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 \
		net.ipv4.conf.default.send_redirects=0
	lane_link "$border" left "$lane_left_mac" source "left$number" "$lane_source_mac"
	lane_link "$border" right "$lane_right_mac" sink "right$number" "$lane_sink_mac"
	lane_queues "$border"
	ip_in "$border" 'address add 10.127.255.1/24 dev left' \
		'address add 10.255.255.1/24 dev right' \
		"neighbour add 10.127.255.2 lladdr $lane_source_mac dev left nud permanent" \
		"neighbour add 10.255.255.2 lladdr $lane_sink_mac dev right nud permanent" \
		'route add 10.0.0.0/9 via 10.127.255.2' 'route add 10.128.0.0/9 via 10.255.255.2'
	"kind_$kind" "$name" "$border" "${@:3}"
}

# The ways. kind_* NAME BORDER WORD...

# The most that the sender can do: what comes in is dropped at once.
kind_ceiling()
{
	in_ns "$2" "$lane_sender" attach "$lane_pins" left count
}

kind_stack()
{
	return 0
}

kind_next_hop()
{
	in_ns "$2" "$lane_sender" attach "$lane_pins" left next_hop right \
		"$lane_right_mac" "$lane_sink_mac"
}

kind_lookup()
{
	in_ns "$2" "$lane_sender" attach "$lane_pins" left lookup
}

# kind_nft NAME BORDER set|rules ENTRIES established|all
kind_nft()
{
	lane_entries[$1]=$4
	"$lane_policy" "$3" "$4" "$5" | in_ns "$2" nft -f -
	# A network card would look at checksums; and no connection ends while others are measured.
	in_ns "$2" sysctl -q -w net.netfilter.nf_conntrack_checksum=0 \
		net.netfilter.nf_conntrack_udp_timeout=300 \
		net.netfilter.nf_conntrack_udp_timeout_stream=300
}

# kind_ours NAME BORDER kernel|fast ENTRIES
kind_ours()
{
	local policy=$net_directory/$2/policy.yaml

	lane_entries[$1]=$4
	mkdir "$net_directory/$2"
	"$lane_policy" sekisho "$3" "$4" 262144 >"$policy"
	lane_ours "$1" apply "$policy" --actor bench >"$net_directory/$2/said" 2>&1 || {
		cat "$net_directory/$2/said" >&2
		return 1
	}
}

# lane_renew NAME: ours forgets its connections, and has its memory at hand. Afterwards it permits the
# same.
lane_renew()
{
	local border=border${lane_number[$1]}

	lane_ours "$1" detach --actor bench --second bench-2 --reason bench >/dev/null
	lane_ours "$1" apply "$net_directory/$border/policy.yaml" --actor bench >/dev/null 2>&1
	"$lane_sender" touch "$lane_pins/$border/"{slots,connections}
}

# lane_ours NAME WORD...: sekishoctl on that border.
lane_ours()
{
	local border=border${lane_number[$1]}

	SEKISHO_BPFFS=$lane_pins/$border SEKISHO_STATE_DIR=$net_directory/$border/state \
		SEKISHO_RUN_DIR=$net_directory/$border/run in_ns "$border" "$net_sekishoctl" "${@:2}"
}

lane_send()
{
	local number=${lane_number[$1]} from="source left" macs

	macs="from=$lane_source_mac to=$lane_left_mac"
	if [[ " $* " == *' reply=1 '* ]]; then
		from="sink right"
		macs="from=$lane_sink_mac to=$lane_right_mac"
	fi
	# shellcheck disable=SC2086 # two words
	in_ns ${from% *} "$lane_sender" send "$lane_pins" "${from#* }$number" $macs \
		"entries=${lane_entries[$1]}" "${@:2}"
}

lane_connect()
{
	local name=$1 protocol=$2 flows=$3 step sample
	local steps=('kind=udp' 'kind=udp reply=1')
	[[ $protocol == udp ]] || steps=('kind=syn' 'kind=synack reply=1' 'kind=ack')
	for step in "${steps[@]}"; do
		# shellcheck disable=SC2086 # words
		sample=$(lane_send "$name" $step "flows=$flows" "frames=$flows")
		lane_arrived "$sample" 0.99 || {
			echo "$name: not all of $step arrived: $sample" >&2
			return 1
		}
	done
}

# lane_arrived SAMPLE SHARE: did that much of it?
lane_arrived()
{
	[[ $1 =~ \"share\":\ ([0-9.]+) ]] && [[ ${BASH_REMATCH[1]} == 1* || ${BASH_REMATCH[1]} > $2 ]]
}

lane_cut()
{
	in_ns "border${lane_number[$1]}" conntrack -F >/dev/null 2>&1
}

# Frames that a program of the border's left port has sent on by itself.
lane_redirected()
{
	in_ns "border${lane_number[$1]}" ethtool -S left |
		awk '/rx_queue_[0-9]+_xdp_redirect:/ { sum += $2 } END { print sum + 0 }'
}
