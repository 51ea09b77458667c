# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Tests between network namespaces: a border host and what is around it. Sourced from the top
# directory. Knows how to lay cables, not what a policy permits.
#
#	border_create				the border: its directories, its bpffs
#	peer_create lg lg0 10.20.0.0/16 fd00:20::/48
#	    +--------+                    +--------+
#	    | border | lg0 -------- eth0  |   lg   |	border: .1 and ::1, the peer: .2 and ::2,
#	    +--------+                    +--------+	and the border is its default route
#	trunk_create switch trunk0
#	vlan_create mn switch trunk0 20 10.10.0.0/16 fd00:10::/48
#	    | border | trunk0 ----- eth0 | switch | eth0.20, moved = eth0 |   mn   |
#
#	in_ns lg COMMAND...			runs it there
#	start_in lg COMMAND...			in the background until the test ends
#	border COMMAND...			sekishoctl on the border
#
# Within a test (see ktap.sh) all of it goes when the test ends, and is then looked for.

. tests/ktap.sh

# Every name of this program's run begins with it.
net_prefix=sekisho-$(od -An -N3 -tx1 /dev/urandom | tr -d ' \n')
net_directory=/tmp/$net_prefix
net_shared=0
net_frame=$PWD/build/tests/frame
net_sekishoctl=$PWD/build/sekishoctl
# By peer, for what a test wants to write into a frame.
declare -A net_mac net_border_mac
net_links=0

ns_path()
{
	echo "/run/netns/$net_prefix-$1"
}

# Not `ip netns exec`, which would lay a new /sys over the border's bpffs.
in_ns()
{
	local name=$1

	shift
	nsenter --net="/run/netns/$net_prefix-$name" -- "$@"
}

# start_in NAMESPACE COMMAND...: until the test ends. Its process id is in $started.
start_in()
{
	local name=$1

	shift
	nsenter --net="/run/netns/$net_prefix-$name" -- "$@" &
	started=$!
	defer stop_process "$started"
}

stop_process()
{
	kill "$1" 2>/dev/null || return 0
	wait "$1" 2>/dev/null
	return 0
}

# A namespace in which nothing speaks unasked: no duplicate address detection, no solicitations.
ns_create()
{
	local name=$1 settings

	ip netns add "$net_prefix-$name"
	defer ip netns delete "$net_prefix-$name"
	settings=(
		net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
		net.ipv6.conf.all.accept_ra=0 net.ipv6.conf.default.accept_ra=0
		net.ipv6.conf.default.router_solicitations=0
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
	)
	in_ns "$name" sysctl -q -w "${settings[@]}"
	ip_in "$name" 'link set lo up'
}

# ip_in NAMESPACE LINE...: commands of ip, all in one run of it.
ip_in()
{
	local name=$1

	shift
	printf '%s\n' "$@" | ip -netns "$net_prefix-$name" -batch -
}

border_create()
{
	# Outside of a test it stays for all tests of the program.
	((BASH_SUBSHELL > 0)) || net_shared=1
	mkdir -m 0700 "$net_directory"
	defer rm -rf "$net_directory"
	mkdir "$net_directory"/{bpffs,state,run}
	mount -t bpf bpf "$net_directory/bpffs"
	defer umount "$net_directory/bpffs"
	export SEKISHO_BPFFS=$net_directory/bpffs/sekisho SEKISHO_STATE_DIR=$net_directory/state \
		SEKISHO_RUN_DIR=$net_directory/run
	# By this the processes of a test are found.
	export SEKISHO_NET_TEST=$net_prefix
	net_links=0
	ns_create border
	in_ns border sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0
}

border()
{
	in_ns border "$net_sekishoctl" "$@"
}

# Frames as they are on a wire. Native XDP on veth wants GRO; it does not see a tag that is kept
# beside the frame, and loses a checksum that is still to be filled in.
link_is_wire()
{
	in_ns "$1" ethtool -K "$2" gro on tx off tso off txvlan off rxvlan off >/dev/null
}

# trunk_create NAME PORT [PORT-MAC [MAC]]: a namespace whose eth0 is cabled to the border's PORT.
trunk_create()
{
	local name=$1 port=$2

	net_links=$((net_links + 1))
	net_border_mac[$name]=${3:-$(printf '02:53:00:00:00:%02x' "$net_links")}
	net_mac[$name]=${4:-$(printf '02:53:00:00:01:%02x' "$net_links")}
	ns_create "$name"
	ip_in border "link add $port address ${net_border_mac[$name]} type veth \
		peer name eth0 address ${net_mac[$name]} netns $net_prefix-$name"
	link_is_wire border "$port"
	link_is_wire "$name" eth0
	ip_in border "link set $port up"
	ip_in "$name" 'link set eth0 up'
}

# host_address NETWORK HOST: 10.20.0.0/16 2 is 10.20.0.2/16.
host_address()
{
	local base=${1%/*}

	case $base in
	*:*) echo "${base%::}::$2/${1#*/}" ;;
	*) echo "${base%.*}.$2/${1#*/}" ;;
	esac
}

# connect NAME PORT NETWORK4 NETWORK6: addresses of both ends, and the peer's way out.
connect()
{
	local border4 border6

	border4=$(host_address "$3" 1)
	border6=$(host_address "$4" 1)
	ip_in border "address add $border4 dev $2" "address add $border6 dev $2 nodad"
	ip_in "$1" "address add $(host_address "$3" 2) dev eth0" \
		"address add $(host_address "$4" 2) dev eth0 nodad" \
		"route add default via ${border4%/*}" "route add default via ${border6%/*}"
}

# peer_create NAME PORT NETWORK4 NETWORK6 [PORT-MAC [MAC]]
peer_create()
{
	trunk_create "$1" "$2" "${@:5}"
	connect "$@"
}

# vlan_create NAME TRUNK PORT VLAN NETWORK4 NETWORK6: a host behind a trunk's tag. The test is
# skipped where the kernel cannot have it.
vlan_create()
{
	local name=$1 trunk=$2 port=$3 vlan=$4

	# A kernel without such devices can still be sent tagged frames.
	ip_in border "link add link $port name $port.$vlan type vlan id $vlan" ||
		skip_test 'this kernel has no 802.1Q devices'
	ns_create "$name"
	net_border_mac[$name]=${net_border_mac[$trunk]}
	net_mac[$name]=${net_mac[$trunk]}
	ip_in border "link set $port.$vlan up"
	ip_in "$trunk" "link add link eth0 name eth0.$vlan type vlan id $vlan" \
		"link set eth0.$vlan netns $net_prefix-$name name eth0"
	ip_in "$name" 'link set eth0 up'
	connect "$name" "$port.$vlan" "$5" "$6"
}

# listen_in NAMESPACE tcp|udp PORT: says back what it is told, over IPv4 and IPv6.
listen_in()
{
	local name=$1 protocol=$2 port=$3

	case $protocol in
	tcp) start_in "$name" socat "TCP6-LISTEN:$port,ipv6only=0,reuseaddr,fork" PIPE ;;
	udp) start_in "$name" socat "UDP6-RECVFROM:$port,ipv6only=0,reuseaddr,fork" PIPE ;;
	esac
	busywait 5 listens "$name" "$protocol" "$port"
}

listens()
{
	in_ns "$1" ss -Hln "--$2" "sport = :$3" | grep -q .
}

# asks NAMESPACE tcp|udp ADDRESS PORT [SOURCE-PORT]: does the listener there answer?
asks()
{
	local name=$1 protocol=$2 address=$3 port=$4 answer target

	[[ $address != *:* ]] || address="[$address]"
	case $protocol in
	tcp) target="TCP:$address:$port,connect-timeout=1" ;;
	udp) target="UDP:$address:$port" ;;
	esac
	[[ -z ${5:-} ]] || target+=",sourceport=$5,reuseaddr"
	answer=$(echo hello | in_ns "$name" timeout 4 socat -t 1 - "$target" 2>/dev/null)
	[[ $answer == hello ]]
}

refuses()
{
	! asks "$@"
}

# pings NAMESPACE ADDRESS [OPTION...]
pings()
{
	local name=$1 address=$2

	shift 2
	in_ns "$name" ping -n -q -c 1 -W 1 "$@" "$address" >/dev/null
}

# send_frame NAMESPACE WORD...: out of its eth0, see craft.h.
send_frame()
{
	local name=$1

	shift
	in_ns "$name" "$net_frame" send eth0 "$@"
}

# count_start NAMESPACE DEVICE [OPTION...] [FIELD=VALUE...]: counts what arrives there, for at most
# 60 s; count_is and count_read ask.
count_start()
{
	local name=$1 device=$2 ready

	shift 2
	count_file=$(mktemp "$net_directory/count.XXXXXX")
	ready=$count_file.ready
	start_in "$name" "$net_frame" count "$device" --seconds 60 --ready "$ready" --print "$@" \
		>"$count_file"
	busywait 5 test -e "$ready"
}

# How many the last count_start has seen so far.
count_read()
{
	wc -l <"$count_file"
}

# count_is N: polls until there are N; fails where there are more, or where they do not come.
count_is()
{
	busywait 5 count_reaches "$1" || :
	count_reaches "$1" && (($(count_read) == $1)) && return
	echo "expected $1 frames, saw $(count_read):" >&2
	cat "$count_file" >&2
	return 1
}

count_reaches()
{
	(($(count_read) >= $1))
}

# What a test left: namespaces, mounts, processes, files. Called by run_test after each.
check_leaks()
{
	local left=0 process processes

	((net_shared == 0 || BASH_SUBSHELL > 0)) || [[ -z ${deferred[*]} ]] || return 0
	if ip netns list | grep "^$net_prefix-"; then
		echo 'namespaces are left'
		left=1
	fi
	if grep " /tmp/$net_prefix" /proc/self/mounts || [[ -e $net_directory ]]; then
		echo 'files or mounts are left'
		left=1
	fi
	# Without it in its own environment, or it would find itself.
	mapfile -t processes < <(env -u SEKISHO_NET_TEST \
		grep -lszx "SEKISHO_NET_TEST=$net_prefix" /proc/[0-9]*/environ)
	for process in "${processes[@]}"; do
		process=${process%/environ}
		echo "left: process ${process#/proc/}:" \
			"$(tr '\0' ' ' <"$process/cmdline" 2>/dev/null)"
		kill -KILL "${process#/proc/}" 2>/dev/null
		left=1
	done
	return "$left"
}

# What every test here needs; a program that cannot have it is skipped.
((EUID == 0)) || plan_skip 'wants root'
[[ -x $net_frame ]] || plan_skip 'build/tests/frame is not built'
