#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A suspended host, by address or by MAC, talks to nobody and nobody to it, from the next frame on,
# across commits and a reboot, until it is restored.
#
#	lg  eth0 -- lg0 | border | ex0 -- eth0  ex	lg .3 ::3: a second host there
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh

other4=10.20.0.3
other6=fd00:20::3

other()
{
	case $1 in
	4) echo "$other4" ;;
	6) echo "$other6" ;;
	esac
}

suspend_policy()
{
	policy_new
	flow LG-EX lg "ex, hosts: [$(both ex)]" 'tcp/443, udp/5000'
	flow EX-LG "ex, hosts: [$(both ex)]" lg udp/5000
	apply
}

suspend()
{
	defer restore_quietly "$1"
	border suspend "$1" --reason 'lost laptop' --authority 'section head' --actor duty \
		>"$last_output"
}

restore()
{
	border restore "$1" --actor duty --reason found >"$last_output" 2>&1
}

restore_quietly()
{
	restore "$1" || :
}

address_is_cut_off()
{
	local family address

	suspend_policy
	listen_in ex tcp 443
	for family in 4 6; do
		address=$(address lg "$family")
		stream_open lg "$(address ex "$family")" 443
		suspend "$address"
		is_suspended "$address"
		stream_say
		mark
		count_start ex eth0 proto=udp
		count_file_ex=$count_file
		count_start lg eth0 proto=udp
		sends lg "$(address ex "$family")" udp sport=4000 dport=5000 text=x
		sends ex "$address" udp sport=4000 dport=5000 text=x
		busywait 5 suspended_counts 2
		count_is 0
		[[ ! -s $count_file_ex ]]
		not stream_holds "$stream_said"
		not rises 'permit-.*'
		recorded ".type == \"deny\" and .reason == \"suspended\" and .src == \"$address\"" \
			".type == \"deny\" and .reason == \"suspended\" and .dst == \"$address\""
		# The host beside it goes on.
		mark
		sends_as lg "$(other "$family")" "$(address ex "$family")" \
			udp sport=4001 dport=5000 text=x
		busywait 5 rises permit-new
		restore "$address"
		# TCP sends again what was held up.
		busywait 15 stream_holds "$stream_said"
		audit_marked=0
		recorded ".type == \"suspend\" and .target == \"$address\" and
			.reason == \"lost laptop\" and .authority == \"section head\"" \
			".type == \"restore\" and .target == \"$address\" and .actor == \"duty\""
		not is_suspended "$address"
		kill "$stream_pid"
	done
}

is_suspended()
{
	border show suspended -j | jq -e "any(.[]; .target == \"$1\")" >/dev/null
}

suspended_counts()
{
	(($(reasons_risen | sed -n 's/^suspended=//p') >= $1))
}


# Whatever address it takes.
mac_is_cut_off()
{
	local family

	suspend_policy
	suspend "${net_mac[lg]}"
	mark
	count_start ex eth0 proto=udp
	for family in 4 6; do
		sends lg "$(address ex "$family")" udp sport=4100 dport=5000 text=x
		sends_as lg "$(other "$family")" "$(address ex "$family")" \
			udp sport=4100 dport=5000 text=x
	done
	rose suspended=4+
	count_is 0
	recorded ".type == \"deny\" and .reason == \"suspended\" and .smac == \"${net_mac[lg]}\" and
		.src == \"$other6\""
	# Another network card at the same port goes on.
	mark
	send_frame lg eth src=02:53:00:00:0c:0c "dst=${net_border_mac[lg]}" ip "src=$other4" \
		"dst=${at4[ex]}" udp sport=4101 dport=5000 text=x
	rose permit-new=1 'permit-related=*'
	restore "${net_mac[lg]}"
	mark
	sends lg "${at4[ex]}" udp sport=4102 dport=5000 text=x
	rose permit-new=1 'permit-related=*'
}

commit_does_not_restore()
{
	suspend_policy
	suspend "${at4[lg]}"
	suspend "${at6[lg]}"
	suspend_policy
	mark
	sends lg "${at4[ex]}" udp sport=4200 dport=5000 text=x
	sends lg "${at6[ex]}" udp sport=4200 dport=5000 text=x
	rose suspended=2
}

reboot_does_not_restore()
{
	suspend_policy
	suspend "${at4[lg]}"
	suspend "${net_mac[ex]}"
	forget_kernel_state
	border apply --boot
	collect_start
	mark
	sends lg "${at4[ex]}" udp sport=4300 dport=5000 text=x
	sends ex "${at6[lg]}" udp sport=4300 dport=5000 text=x
	# What they say of themselves to neighbours is no better, and may come at any time.
	rose suspended=2+
	recorded ".type == \"deny\" and .reason == \"suspended\" and .src == \"${at4[lg]}\" and
		.dport == 5000" \
		".type == \"deny\" and .reason == \"suspended\" and .smac == \"${net_mac[ex]}\" and
		.dport == 5000"
}

suspension_says_why()
{
	suspend_policy
	not border suspend "${at4[lg]}" >/dev/null 2>&1
	not border suspend "${at4[lg]}" --reason x >/dev/null 2>&1
	not border suspend nonsense --reason x --authority y >/dev/null 2>&1
	not border restore 10.20.0.99 --actor duty --reason found >/dev/null 2>&1
	mark
	sends lg "${at4[ex]}" udp sport=4400 dport=5000 text=x
	rose permit-new=1 'permit-related=*'
}

town_create lg ex
plan 5
town_test 'an address is cut off and restored' address_is_cut_off
town_test 'a MAC is cut off and restored' mac_is_cut_off
town_test 'a commit does not restore' commit_does_not_restore
town_test 'a suspension says why and whose' suspension_says_why
town_test 'a reboot does not restore' reboot_does_not_restore
finish
