#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# With `forward: fast` frames of established connections leave without the kernel's forwarding, and
# are what the kernel would have sent; all that is unusual the kernel decides, as ever.
#
#	lg  eth0 -- lg0 | border | ex0 -- eth0  ex	ex0 and ex1 are ports of segment ex
#			|	 | ex1 -- eth0  alt	the ends .7 and ::7 have no stack: all of their
#			|	 | mg0 -- eth0  mg	frames are crafted
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/fast.sh

# in_mode fast|kernel [LINE...]: the policy in that mode, with further lines of its flow.
in_mode()
{
	policy_with "forward: $1"
	flow LG-EX "lg, hosts: [$(ends_of lg), $(both lg)]" "ex, hosts: [$(ends_of ex), $(both ex)]" \
		'udp/5000, tcp/443' "${@:2}"
	apply
}

# fast [LINE...]: skipped where this kernel cannot.
fast()
{
	in_mode fast "$@"
	is_taken_fast
}

# asker WORD..., answerer WORD...: a frame of the connection from $port, over $family.
asker()
{
	sends_as lg "$(end_of lg "$family")" "$(end_of ex "$family")" "$@"
}

answerer()
{
	sends_as ex "$(end_of ex "$family")" "$(end_of lg "$family")" "$@"
}

# asks_on BYTES [IP-WORD...], answers_on BYTES [IP-WORD...]: a datagram of the connection.
asks_on() { asker "${@:2}" udp "sport=$port" dport=5000 "zeros=$1"; }
answers_on() { answerer "${@:2}" udp sport=5000 "dport=$port" "zeros=$1"; }

# segments_on asker|answerer BYTES [IP-WORD...]: both ends are at 1001 and 5001.
segments_on()
{
	case $1 in
	asker) asker "${@:3}" tcp "sport=$port" dport=443 flags=A seq=1001 ack=5001 win=60000 \
		"zeros=$2" ;;
	answerer) answerer "${@:3}" tcp sport=443 "dport=$port" flags=A seq=5001 ack=1001 \
		win=60000 "zeros=$2" ;;
	esac
}

# Connections outlive a test: each has ports of its own.
next_port()
{
	port=$((${port:-$((4000 + 100 * ktap_number))} + 1))
}

# open udp|tcp: another connection; what opens it is the kernel's.
open()
{
	next_port
	mark
	case $1 in
	udp)
		asks_on 20
		answers_on 20
		rose permit-new=1 permit-established=1
		;;
	tcp)
		asker tcp "sport=$port" dport=443 flags=S seq=1000 win=60000
		answerer tcp sport=443 "dport=$port" flags=SA seq=5000 ack=1001 win=60000
		asker tcp "sport=$port" dport=443 flags=A seq=1001 ack=5001 win=60000
		rose permit-new=1 permit-established=2
		;;
	esac
	mark
}

kernel_stands_still()
{
	local family

	fast
	for family in 4 6; do
		open udp
		passes ex asks_on 20
		is_fast
		from_port=5000 passes lg answers_on 20
		is_fast
		# The smallest there is.
		passes ex asks_on 0
		is_fast
		open tcp
		passes ex segments_on asker 100
		is_fast
		from_port=443 passes lg segments_on answerer 0
		is_fast
		rose permit-established=40
	done
	in_mode kernel
	family=4
	open udp
	passes ex asks_on 20
	((kernel_share == 20))
}

# Identifications with which the header's checksum, once the hop limit is lowered, wraps around: as
# a word of five words whose sum is known.
wrapping_ids()
{
	local bytes checksum want

	bytes=$("$net_frame" show ip "src=$(end_of lg 4)" "dst=$(end_of ex 4)" id=0 ttl=9 \
		udp "sport=$port" dport=5000 zeros=40)
	checksum=$((16#${bytes:48:4}))
	for want in 0xfefe 0xfeff 0xff00 0xff01 0xfffe; do
		echo "$(((checksum - want + 65535) % 65535))"
	done
}

# Frames that differ in whatever forwarding may touch.
assortment()
{
	local id

	asks_on 20
	asks_on 1 ttl=2 tos=184
	asks_on 1372 ttl=255
	answers_on 33 ttl=9
	if ((family == 4)); then
		asks_on 20 id=7 df=1
		for id in $(wrapping_ids); do
			asks_on 40 ttl=9 "id=$id"
		done
	fi
	# Longer than their packets, as short packets are on a wire.
	sends_padded
}

sends_padded()
{
	local bytes

	bytes=$("$net_frame" show eth "src=${net_mac[lg]}" "dst=${net_border_mac[lg]}" \
		ip "src=$(end_of lg "$family")" "dst=$(end_of ex "$family")" \
		udp "sport=$port" dport=5000 text=short)
	in_ns lg "$net_frame" send eth0 "hex=${bytes}6c656674206f76657220746861742069732068656172642e"
}

# arrivals MODE: what both ends receive of the assortment.
arrivals()
{
	local asked answered port=

	[[ $1 == kernel ]] || fast
	[[ $1 == fast ]] || in_mode kernel
	for family in 4 6; do
		next_port
		asks_on 20
		count_start lg eth0 --hex proto=udp sport=5000
		answered=$count_file
		count_start ex eth0 --hex proto=udp
		asked=$count_file
		assortment
		count_is "$((family == 4 ? 10 : 4))"
		count_file=$answered
		count_is 1
		cat "$asked" "$answered"
	done
}

bytes_are_the_same()
{
	local before

	arrivals kernel >"$net_directory/by_kernel"
	before=$(by_kernel)
	arrivals fast >"$net_directory/by_xdp"
	(($(by_kernel) - before <= 6))
	diff "$net_directory/by_kernel" "$net_directory/by_xdp"
}

# What the kernel would not forward is not forwarded.
strange_frames_stay()
{
	local to=${net_border_mac[lg]} mac

	fast
	for family in 4 6; do
		open udp
		count_start ex eth0 proto=udp
		# To another host of that link, as a switch floods them, and to all of them.
		for mac in 02:53:00:00:00:77 ff:ff:ff:ff:ff:ff 33:33:00:00:00:01; do
			net_border_mac[lg]=$mac
			asks_on 20
		done
		net_border_mac[lg]=$to
		[[ $family == 6 ]] || asks_on 20 csum=0x1234
		rose "permit-established=$((family == 4 ? 4 : 3))"
		count_is 0
		asks_on 20
		count_is 1
	done
}

last_hop_is_answered()
{
	fast
	for family in 4 6; do
		open udp
		count_start ex eth0 proto=udp
		asks_on 40 ttl=1
		asks_on 40 ttl=1
		asks_on 40 ttl=2
		count_is 1
		count_start lg eth0 "type=$((family == 4 ? 11 : 3))" code=0
		asks_on 40 ttl=1
		count_is 1
		open tcp
		count_start lg eth0 "type=$((family == 4 ? 11 : 3))" code=0
		segments_on asker 40 ttl=1
		count_is 1
	done
}

# Bytes 6 and 7 of such an answer's ICMP header; of 4 to 7 over IPv6.
too_big_says()
{
	local said

	busywait 5 count_reaches 1
	said=$(head -n 1 "$count_file")
	case $family in
	4) said=${said:80:4} ;;
	6) said=${said:116:8} ;;
	esac
	((16#$said == $1)) && return
	echo "expected an MTU of $1 in: $(<"$count_file")"
	return 1
}

too_big_is_answered()
{
	local header

	fast
	ip_in border 'link set ex0 mtu 1400'
	defer ip_in border 'link set ex0 mtu 1500'
	for family in 4 6; do
		header=$((family == 4 ? 28 : 48))
		open udp
		passes ex asks_on $((1400 - header))
		is_fast
		count_start ex eth0 proto=udp
		count_sent=$count_file
		if ((family == 4)); then
			count_start lg eth0 --hex proto=icmp type=3 code=4
		else
			count_start lg eth0 --hex type=2 code=0
		fi
		if ((family == 4)); then
			asks_on $((1401 - header)) df=1
		else
			asks_on $((1401 - header))
		fi
		too_big_says 1400
		if ((family == 4)); then
			# In two parts.
			count_file=$count_sent
			count_is 0
			asks_on $((1401 - header))
			count_is 2
		fi
	done
}

# real_asks_on BYTES [IP-WORD...]: between the hosts themselves.
real_asks_on()
{
	sends_as lg "$(address lg "$family")" "$(address ex "$family")" "${@:2}" \
		udp "sport=$port" dport=5000 "zeros=$1"
}

neighbour_is_found()
{
	fast
	for family in 4 6; do
		next_port
		ip_in border 'neighbour flush dev ex0'
		# Both what opens the connection and what follows at once.
		passes ex real_asks_on 20
		passes ex real_asks_on 20
		is_fast
		ip_in border 'neighbour flush dev ex0'
		# What was known of it is forgotten within a second.
		busywait 3 past $(($(date +%s%3N) + 1050))
		passes ex real_asks_on 20
		((kernel_share > 0))
		passes ex real_asks_on 20
		is_fast
	done
}

# arrives_with NAME MAC [COMMAND]: there, and with that address, does one of the next two frames.
arrives_with()
{
	count_start "$1" eth0 proto=udp "dmac=$2" "sport=$port"
	"${3:-asks_on}" 20 --count=2
	busywait 0 count_reaches 1
}

neighbour_changes()
{
	local old=${net_mac[ex]} mac

	fast
	for family in 4 6; do
		open udp
		passes ex asks_on 20
		is_fast
		for mac in 02:53:00:00:00:99 "$old"; do
			net_mac[ex]=$mac
			neighbour_is "$family" ex ex0 "$mac"
			busywait 2 arrives_with ex "$mac"
			passes ex asks_on 20
			is_fast
		done
	done
}

# The host itself gets another MAC, and says so as hosts do: it asks for the border.
host_changes()
{
	local old=${net_mac[ex]}

	fast
	for family in 4 6; do
		next_port
		passes ex real_asks_on 20
		passes ex real_asks_on 20
		is_fast
		net_mac[ex]=02:53:00:00:01:98
		ip_in ex "link set eth0 address ${net_mac[ex]}"
		pings ex "$(border_address ex "$family")" || :
		busywait 2 arrives_with ex "${net_mac[ex]}" real_asks_on
		passes ex real_asks_on 20
		is_fast
		net_mac[ex]=$old
		ip_in ex "link set eth0 address $old"
		ip_in border 'neighbour flush dev ex0'
	done
}

route_back()
{
	ip -n "$net_prefix-border" route delete "$(end_of ex "$1")" 2>/dev/null || :
}

route_changes()
{
	fast
	for family in 4 6; do
		defer route_back "$family"
		open udp
		passes ex asks_on 20
		is_fast
		neighbour_is "$family" ex ex1 "${net_mac[alt]}"
		ip_in border "route replace $(end_of ex "$family") dev ex1"
		busywait 2 arrives_with alt "${net_mac[alt]}"
		passes alt asks_on 20
		is_fast
		route_back "$family"
		busywait 2 arrives_with ex "${net_mac[ex]}"
		# To where the verdict does not say.
		neighbour_is "$family" ex mg0 "${net_mac[mg]}"
		ip_in border "route replace $(end_of ex "$family") dev mg0"
		count_start mg eth0 proto=udp
		busywait 3 is_held_back
		mark
		several asks_on 20
		rose permit-established=20 unjudged=20
		count_is 0
	done
}

is_held_back()
{
	asks_on 20
	rises unjudged
}

# stops COMMAND...: frames of open connections pass until then, and none after.
stops()
{
	local udp first

	next_port
	first=$port
	for family in 4 6; do
		port=$first
		open udp
		passes ex asks_on 20
		is_fast
		open tcp
		passes ex segments_on asker 20
		is_fast
	done
	"$@"
	count_start ex eth0 "sport=$((first + 1))"
	udp=$count_file
	count_start ex eth0 "sport=$((first + 2))"
	for family in 4 6; do
		port=$((first + 1)) several asks_on 20
		port=$((first + 2)) several segments_on asker 20
	done
	count_is 0
	count_file=$udp
	count_is 0
}

isolation_is_at_once()
{
	fast
	defer border release ex --actor 'first person' --second 'second person'
	stops border isolate ex --reason test --authority test --actor duty
	rises isolated
}

suspension_is_at_once()
{
	fast
	stops suspend_both
	rises suspended
}

suspend_both()
{
	for family in 4 6; do
		border suspend "$(end_of lg "$family")" --reason test --authority test --actor duty
		defer border restore "$(end_of lg "$family")" --actor duty --reason over
	done
}

commit_is_at_once()
{
	fast
	stops permit_nothing
	rises revoked
}

permit_nothing()
{
	policy_with 'forward: fast'
	apply
}

# The last one arrives just before the end, none at or after it.
end_is_exact()
{
	local begun end until

	# As long as a commit takes here, and what comes after it.
	begun=$(date +%s%3N)
	fast
	end=$((($(date +%s%3N) * 5 - begun * 4) / 1000 + 3))
	until=$(TZ=Asia/Tokyo date -d "@$end" +%Y-%m-%dT%H:%M:%S)
	fast "valid_until: $until"
	family=4
	open udp
	passes ex asks_on 20
	is_fast
	busywait 20 past $((end * 1000 - 300))
	asks_on 20
	(($(date +%s) < end)) || skip_test 'this machine is too slow to be in time'
	rose permit-established=21
	busywait 4 past $((end * 1000))
	mark
	count_start ex eth0
	several asks_on 20
	rose expired=20
	count_is 0
}

# past MILLISECONDS
past()
{
	(($(date +%s%3N) >= $1))
}

# What the two hosts' frames are counted as, a line each; link control may come at any time.
counts()
{
	border show reasons -j | jq -r '.[] | select(.reason != "permit-control") |
		"\(.reason).packets \(.packets)", "\(.reason).bytes \(.bytes)"'
	border show pairs -j | jq -r '.[] | .from as $from | .to as $to |
		select([$from, $to] | inside(["lg", "ex"])) | to_entries[] |
		select(.value | type == "number") | "\($from)-\($to).\(.key) \(.value)"'
	border show flows -j | jq -r '.[] | to_entries[] | select(.value | type == "number") |
		"LG-EX.\(.key) \(.value)"'
}

# counts_of MODE: how much each rises by the same traffic.
counts_of()
{
	[[ $1 == kernel ]] || fast
	[[ $1 == fast ]] || in_mode kernel
	counts >"$net_directory/before"
	for family in 4 6; do
		port=$2
		open udp
		several asks_on 20
		several answers_on 7
		open tcp
		several segments_on asker 100
		several segments_on answerer 0
		# None of any connection.
		asker tcp "sport=$port" dport=443 flags=A seq=100000000 ack=5001 win=60000
		asker udp "sport=$port" dport=5001 zeros=20
	done
	busywait 5 has_risen permit-established=40 tcp-invalid=1 port-not-permitted=1
	counts | awk 'NR == FNR { before[$1] = $2; next }
		$2 != before[$1] { print $1, $2 - before[$1] }' "$net_directory/before" -
}

counts_are_the_same()
{
	counts_of kernel 5000 >"$net_directory/by_kernel"
	counts_of fast 5100 >"$net_directory/by_xdp"
	grep -qx 'permit-established.packets 166' "$net_directory/by_xdp"
	diff "$net_directory/by_kernel" "$net_directory/by_xdp"
}

# A port that cannot be sent out of: that of a host which takes no frames of XDP.
slow_port_is_said()
{
	defer link_is_wire ex eth0
	in_ns ex ethtool -K eth0 gro off
	in_mode fast
	said "note: the kernel forwards what comes in by 'ex0', or leaves by it"
	for family in 4 6; do
		open udp
		passes ex asks_on 20
		((kernel_share == 20))
		from_port=5000 passes lg answers_on 20
		((kernel_share == 20))
	done
}

town_create lg ex mg
trunk_create alt ex1
segment_ports[ex]='[{interface: ex0}, {interface: ex1}]'
for family in 4 6; do
	neighbour_is "$family" lg lg0 "${net_mac[lg]}"
	neighbour_is "$family" ex ex0 "${net_mac[ex]}"
done
in_ns border sysctl -q -w net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
# Who hears the host's datagrams and says nothing.
start_in ex socat -u UDP6-RECV:5000,ipv6only=0 OPEN:/dev/null
busywait 5 listens ex udp 5000
plan 15
town_test 'the kernel forwards what opens, XDP the rest' kernel_stands_still
town_test 'frames are what the kernel would have sent' bytes_are_the_same
town_test 'what the kernel would not forward stays' strange_frames_stay
town_test 'the last hop is answered' last_hop_is_answered
town_test 'what is too big is answered' too_big_is_answered
town_test 'a neighbour is found by the kernel' neighbour_is_found
town_test 'a neighbour with another MAC is followed' neighbour_changes
town_test 'so is a host that gets another MAC' host_changes
town_test 'another route is followed, but never out of the segment' route_changes
town_test 'isolation is at once' isolation_is_at_once
town_test 'suspension is at once' suspension_is_at_once
town_test 'a commit is at once' commit_is_at_once
town_test 'a permission ends at its end' end_is_exact
town_test 'counts are the same' counts_are_the_same
town_test 'a port that XDP cannot send by is said' slow_port_is_said
finish
