#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# ICMP errors pass where they are about a tracked connection, and come from its side, and no
# others; what TCP needs to find the path's MTU works. Echo is a service like others.
#
#	lg  eth0 -- lg0 | border | ex0 -- eth0  ex
#	                |        | mg0 -- eth0  mg	has no part in it
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh

icmp_policy()
{
	policy_new
	flow LG-EX "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" \
		'udp/5000-5100, tcp/443, icmp/echo, icmp6/echo'
	apply
}

# unreachable FAMILY: the words of such an error's header.
unreachable()
{
	case $1 in
	4) echo icmp type=3 code=3 ;;
	6) echo icmp type=1 code=4 ;;
	esac
}

# error FROM FAMILY QUOTED-SPORT [QUOTED-SOURCE QUOTED-DESTINATION]: to lg, about a datagram of lg to ex.
error()
{
	local from=$1 family=$2 words

	read -ra words <<<"$(unreachable "$family")"
	sends "$from" "$(address lg "$family")" "${words[@]}" \
		ip "src=${4:-$(address lg "$family")}" "dst=${5:-$(address ex "$family")}" \
		udp "sport=$3" dport=5000 text=x
}

closed_port_is_told()
{
	local family

	icmp_policy
	for family in 4 6; do
		mark
		count_start lg eth0 "src=$(address ex "$family")" \
			type="$([[ $family == 4 ]] && echo 3 || echo 1)"
		sends lg "$(address ex "$family")" udp sport=4000 dport=5050 text=x
		rose permit-new=1 permit-related=1
		count_is 1
	done
}

related_error_passes()
{
	local family

	icmp_policy
	listen_in ex udp 5000
	for family in 4 6; do
		opens_answered "$family" 4100
		mark
		count_start lg eth0 "src=$(address ex "$family")" \
			type="$([[ $family == 4 ]] && echo 3 || echo 1)"
		error ex "$family" 4100
		rose permit-related=1
		count_is 1
	done
}

# With a listener there, so that the far end sends no error of its own.
opens_answered()
{
	asks lg udp "$(address ex "$1")" 5000 "$2"
}

unrelated_errors_drop()
{
	local family

	icmp_policy
	listen_in ex udp 5000
	for family in 4 6; do
		opens_answered "$family" 4200
		mark
		count_start lg eth0 type="$([[ $family == 4 ]] && echo 3 || echo 1)"
		# About a connection that is not there.
		error ex "$family" 4201
		# To somebody else than who sent the quoted packet.
		error ex "$family" 4200 "$(address ex "$family")" "$(address lg "$family")"
		# From a segment through which it does not go.
		error mg "$family" 4200
		rose icmp-unrelated=3
		count_is 0
		recorded ".type == \"deny\" and .reason == \"icmp-unrelated\" and .from == \"ex\" and
			.to == \"lg\" and .src == \"$(address ex "$family")\"" \
			'.type == "deny" and .reason == "icmp-unrelated" and .from == "mg"'
	done
}

redirects_never_pass()
{
	icmp_policy
	listen_in ex udp 5000
	opens_answered 4 4300
	opens_answered 6 4300
	mark
	count_start lg eth0 type=5
	sends ex "${at4[lg]}" icmp type=5 code=1 ip "src=${at4[lg]}" "dst=${at4[ex]}" \
		udp sport=4300 dport=5000 text=x
	# IPv6: at the redirect's place the quotation is not where an error has it.
	sends ex "${at6[lg]}" icmp type=137 code=0 ip "src=${at6[lg]}" "dst=${at6[ex]}" \
		udp sport=4300 dport=5000 text=x
	rose icmp-unrelated=2
	count_is 0
	recorded '.type == "deny" and .reason == "icmp-unrelated" and .icmp == "5/1"'
}

# An error whose quotation is cut off says nothing.
short_quotation_drops()
{
	icmp_policy
	listen_in ex udp 5000
	opens_answered 4 4400
	mark
	sends ex "${at4[lg]}" icmp type=3 code=3 zeros=4
	sends ex "${at4[lg]}" icmp type=3 code=3 raw=4500001d000000004011
	sends ex "${at6[lg]}" icmp type=1 code=4 raw=6000000000081140
	rose icmp-unrelated=3
}

# The border itself says that a packet is too big; TCP then goes through with smaller ones.
path_mtu_is_found()
{
	local family

	icmp_policy
	ip_in border "route add ${at4[ex]}/32 dev ex0 mtu lock 1300" \
		"route add ${at6[ex]}/128 dev ex0 mtu lock 1300"
	defer ip_in border "route delete ${at4[ex]}/32 dev ex0" \
		"route delete ${at6[ex]}/128 dev ex0"
	listen_in ex tcp 443
	for family in 4 6; do
		mark
		count_start lg eth0 "src=$(border_address lg "$family")" \
			type="$([[ $family == 4 ]] && echo 3 || echo 2)"
		stream_open lg "$(address ex "$family")" 443
		# Less than what the pipe at the far end holds.
		head -c 20000 /dev/zero | tr '\0' a >&"$stream"
		echo >&"$stream"
		busywait 5 stream_exceeds 20000
		stream_goes_on
		kill "$stream_pid"
		(($(count_read) > 0))
		rises permit-related
		only_permits_rose
	done
}

only_permits_rose()
{
	! reasons_risen | grep -qv '^permit-'
}

stream_exceeds()
{
	(($(wc -c <"$stream_file") > $1))
}

# A hop limit that ends at the border: the host's own error is related to what it is about.
time_exceeded_is_told()
{
	local family

	icmp_policy
	for family in 4 6; do
		mark
		count_start lg eth0 "src=$(border_address lg "$family")" \
			type="$([[ $family == 4 ]] && echo 11 || echo 3)"
		send_frame lg eth "dst=${net_border_mac[lg]}" ip "src=$(address lg "$family")" \
			"dst=$(address ex "$family")" ttl=1 udp sport=4500 dport=5000 text=x
		rose permit-new=1 permit-related=1 'permit-established=*'
		count_is 1
	done
}

echo_is_a_service()
{
	local family

	icmp_policy
	for family in 4 6; do
		mark
		pings lg "$(address ex "$family")"
		rose permit-new=1 permit-established=1
		mark
		not pings ex "$(address lg "$family")"
		rose no-flow=1
		recorded ".type == \"deny\" and .reason == \"no-flow\" and .breach == \"ex>lg\" and
			.icmp == \"$([[ $family == 4 ]] && echo 8/0 || echo 128/0)\""
	done
	mark
	# Answers that nobody asked for, and another request than echo.
	sends ex "${at4[lg]}" icmp type=0 id=77 seq=1
	sends ex "${at6[lg]}" icmp type=129 id=77 seq=1
	sends lg "${at4[ex]}" icmp type=13 id=77 zeros=12
	rose no-flow=2 port-not-permitted=1
}

town_create lg ex mg
plan 8
town_test 'a closed port is told' closed_port_is_told
town_test 'an error about a connection passes' related_error_passes
town_test 'errors about none, or from elsewhere, drop' unrelated_errors_drop
town_test 'redirects never pass' redirects_never_pass
town_test 'an error with half a quotation drops' short_quotation_drops
town_test 'the path MTU is found' path_mtu_is_found
town_test 'a hop limit that ends here is told' time_exceeded_is_told
town_test 'echo is a service' echo_is_a_service
finish
