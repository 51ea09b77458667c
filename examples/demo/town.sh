# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The city of the demo: hosts around a border host, their services, and clients. Sourced from the
# top directory. Knows no policy. Cables are laid by the same library that the tests use.
#
#	mn 10.10.0.10 -- mn0 |        | in0 -- in 10.30.9.1 (gateway), 10.30.0.80 (server)
#	lg 10.20.0.10 -- lg0 | border | ex0 -- ex 10.40.0.10 (registered), 10.40.0.99 (not)
#	   10.20.0.25        |        | mg0 -- mg 10.50.0.10
#	                     |        | trunk0 -- branch, VLAN 20: br 10.60.0.10
# IPv6: fd00:10::10 and so on. The border is .1 and ::1 of each network.

. tests/net/lib.sh

demo_directory=$PWD/examples/demo

# host NAME NUMBER LENGTH4 LENGTH6 ADDRESS...: hosts behind the port NAME0. MACs as the policy has
# them.
host()
{
	local name=$1 number=$2 length4=$3 length6=$4 address words=()

	shift 4
	trunk_create "$name" "${name}0" "02:00:00:00:$number:01" "02:00:00:00:$number:10"
	ip_in border "address add 10.$number.0.1/$length4 dev ${name}0" \
		"address add fd00:$number::1/$length6 dev ${name}0 nodad"
	for address in "$@"; do
		words+=("address add 10.$number.$address/$length4 dev eth0")
	done
	ip_in "$name" "${words[@]}" "address add fd00:$number::10/$length6 dev eth0 nodad" \
		"route add default via 10.$number.0.1" "route add default via fd00:$number::1"
}

# The branch office, behind a VLAN of the trunk; without it where the kernel has no such devices.
branch()
{
	trunk_create branch trunk0 02:00:00:00:60:01 02:00:00:00:60:10
	# Untagged, the trunk belongs to nobody: nothing shall speak there unasked.
	in_ns border sysctl -q -w net.ipv6.conf.trunk0.disable_ipv6=1
	in_ns branch sysctl -q -w net.ipv6.conf.eth0.disable_ipv6=1
	ip_in border 'link add link trunk0 name trunk0.20 type vlan id 20' 2>/dev/null || return 0
	ip_in border 'link set trunk0.20 up' 'address add 10.60.0.1/16 dev trunk0.20'
	ip_in branch 'link add link eth0 name eth0.20 type vlan id 20' 'link set eth0.20 up' \
		'address add 10.60.0.10/16 dev eth0.20' 'route add default via 10.60.0.1'
}

# serve NAMESPACE tcp|udp PORT SOCAT-ADDRESS[,OPTION...]
serve()
{
	local name=$1 protocol=$2 port=$3 type=TCP6-LISTEN

	[[ $protocol == tcp ]] || type=UDP6-RECVFROM
	start_in "$name" socat "$type:$port,ipv6only=0,reuseaddr,fork" "$4" 2>/dev/null
	# One process a client, which may last longer than the one that listens.
	defer pkill -P "$started"
	busywait 5 listens "$name" "$protocol" "$port"
}

# serve_web NAMESPACE: HTTP over TLS on 443, with a certificate that nobody need believe.
serve_web()
{
	start_in "$1" openssl s_server -quiet -accept '*:443' -cert "$net_directory/web.pem" -www \
		>/dev/null 2>&1
	busywait 5 listens "$1" tcp 443
}

has_vlans()
{
	ip -netns "$net_prefix-border" link show dev trunk0.20 >/dev/null 2>&1
}

town_build()
{
	border_create
	host mn 10 16 48 0.10
	host lg 20 16 48 0.10 0.25
	host in 30 16 48 9.1 0.80
	host ex 40 16 48 0.10 0.99
	host mg 50 24 64 0.10
	branch
}

town_serve()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 \
		-subj /CN=demo.example -keyout "$net_directory/web.key" \
		-out "$net_directory/web.crt" 2>/dev/null
	cat "$net_directory"/web.{key,crt} >"$net_directory/web.pem"
	serve_web mn
	serve_web lg
	serve_web in
	serve_web ex
	serve in tcp 25 "EXEC:$demo_directory/smtp.sh"
	serve in tcp 3389 PIPE
	serve ex udp 53 "EXEC:$demo_directory/dns.sh"
	# Not a real one: its first line is all that the demo looks at.
	serve border tcp 22 'SYSTEM:echo SSH-2.0-demo'
	serve mg udp 514 "CREATE:$net_directory/syslog,append"
}

# bracketed ADDRESS: as socat and openssl want it.
bracketed()
{
	case $1 in
	*:*) echo "[$1]" ;;
	*) echo "$1" ;;
	esac
}

# browse NAMESPACE ADDRESS [SOURCE]: a page over TLS.
browse()
{
	local source=()

	[[ -z ${3:-} ]] || source=(-bind "$3:0")
	printf 'GET / HTTP/1.0\r\n\r\n' |
		in_ns "$1" timeout 2 openssl s_client -quiet -connect "$(bracketed "$2"):443" \
			"${source[@]}" 2>/dev/null | grep '^HTTP/1.0 200'
}

browse_not()
{
	! browse "$@"
}

# mail: as a relay does it, line by line.
mail()
{
	local MAIL_PID code said

	coproc MAIL { in_ns lg timeout 5 socat - 'TCP:10.30.9.1:25,bind=10.20.0.25,crlf'; }
	for said in '' 'EHLO relay.example' 'MAIL FROM:<a@city.example>' \
		'RCPT TO:<b@city.example>' DATA $'hello\n.' QUIT; do
		[[ -z $said ]] || echo "$said" >&"${MAIL[1]}"
		read -r code said <&"${MAIL[0]}" || return 1
		echo "$code $said"
		[[ $code == [23]?? ]] || return 1
	done
	wait "$MAIL_PID" || :
}

# resolve NAMESPACE SERVER: asks for www.example, and expects the address that dns.sh gives.
resolve()
{
	local question='\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x00\x00\x01\x00\x01'

	printf '%b' "$question" |
		in_ns "$1" timeout 3 socat -t 0.5 - "UDP:$(bracketed "$2"):53" | od -An -v -tx1 |
		tr -d ' \n' | grep '0a280050$'
}

# shell NAMESPACE ADDRESS: the greeting of the server on port 22.
shell()
{
	in_ns "$1" timeout 2 socat -u "TCP:$2:22" - | head -n 1 | grep '^SSH-2.0'
}

# send NAMESPACE WORD...: a crafted frame to the border (tests/net/craft.h says which words).
send()
{
	local name=$1

	shift
	send_frame "$name" eth "dst=${net_border_mac[$name]}" "$@"
}
