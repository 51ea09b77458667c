#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The last line: even where the program on the way in is gone, by force, nothing leaves that no
# tracked connection covers.
#
#	lg  eth0 -- lg0 | border | ex0 -- eth0  ex	lg0 loses its XDP program
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh

egress_policy()
{
	policy_new
	flow LG-EX "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" 'udp/5000, tcp/443'
	apply
}

attached()
{
	border show status -j | jq -r ".ports[] | select(.interface == \"$1\") | .attached"
}

# Nobody takes it off as one takes programs off.
link_refuses_to_go()
{
	local mode

	egress_policy
	[[ $(attached lg0) == native ]]
	for mode in xdp xdpdrv xdpgeneric xdpoffload; do
		! ip -n "$net_prefix-border" link set lg0 "$mode" off 2>/dev/null || {
			# A mode in which there is nothing may be switched off.
			[[ $mode == xdpgeneric || $mode == xdpoffload ]]
		}
	done
	[[ $(attached lg0) == native ]]
	mark
	sends lg "${at4[ex]}" udp sport=4000 dport=5001 text=x
	rose port-not-permitted=1
}

# by_force INTERFACE: as somebody with root and bad intentions would. No collector runs here, who
# would put it back.
by_force()
{
	defer comes_back
	rm "$SEKISHO_BPFFS/link_$1"
	busywait 5 is_off "$1"
}

is_off()
{
	! ip -n "$net_prefix-border" link show "$1" | grep -q xdp
}

# A commit puts back what is missing.
comes_back()
{
	apply
	[[ $(attached lg0) == native ]]
}

uncovered_frames_stay()
{
	local family

	egress_policy
	by_force lg0
	[[ $(attached lg0) == none ]]
	for family in 4 6; do
		mark
		count_start ex eth0 proto=udp
		# Not even what a flow would permit: nobody judged it.
		sends lg "$(address ex "$family")" udp sport=4100 dport=5000 text=x
		sends lg "$(address ex "$family")" udp sport=4100 dport=5001 text=x
		sends lg "$(address ex "$family")" tcp sport=4100 dport=443 flags=S
		sends_as lg "$([[ $family == 4 ]] && echo 192.0.2.1 || echo 2001:db8::1)" \
			"$(address ex "$family")" udp sport=4100 dport=5000 text=x
		rose unjudged=4
		count_is 0
	done
	# Told to the collector that comes later; he also puts the program back.
	audit_marked=0
	collect_start
	for family in 4 6; do
		recorded ".type == \"deny\" and .reason == \"unjudged\" and .direction == \"output\" and
			.interface == \"ex0\" and .dst == \"$(address ex "$family")\" and
			.dport == 5000"
	done
}

fragments_and_errors_stay()
{
	local family

	egress_policy
	by_force lg0
	for family in 4 6; do
		mark
		count_start ex eth0 "src=$(address lg "$family")"
		sends_cut "$family" 0,24
		sends_cut "$family" 24,24
		sends lg "$(address ex "$family")" \
			icmp type="$([[ $family == 4 ]] && echo 3 || echo 1)" code=3 \
			ip "src=$(address ex "$family")" "dst=$(address lg "$family")" \
			udp sport=1 dport=2 text=x
		rose unjudged=3
		count_is 0
	done
}

sends_cut()
{
	send_frame lg eth "dst=${net_border_mac[lg]}" ip "src=$(address lg "$1")" \
		"dst=$(address ex "$1")" id=9 "cut=$2" udp sport=4200 dport=5000 zeros=40
}

# What was open before goes on, in both directions.
open_connection_goes_on()
{
	local family port

	egress_policy
	listen_in ex udp 5000
	for family in 4 6; do
		asks lg udp "$(address ex "$family")" 5000 4300
	done
	by_force lg0
	for family in 4 6; do
		mark
		asks lg udp "$(address ex "$family")" 5000 4300
		# Only the answer was judged.
		rose permit-established=1
		mark
		refuses lg udp "$(address ex "$family")" 5000 4301
		rose unjudged=1
	done
}

# Of TCP the window is kept on the way in alone: where half a conversation is not seen any more, the
# other half may wait. It is not lost: it goes on as soon as the program is back.
open_stream_is_not_lost()
{
	local family

	listen_in ex tcp 443
	for family in 4 6; do
		egress_policy
		stream_open lg "$(address ex "$family")" 443
		rm "$SEKISHO_BPFFS/link_lg0"
		busywait 5 is_off lg0
		mark
		stream_say
		busywait 5 something_is_judged
		# No frame of it opened anything.
		not rises permit-new
		apply
		busywait 15 stream_holds "$stream_said"
		kill "$stream_pid"
	done
}

something_is_judged()
{
	reasons_risen | grep -q .
}

# But not beyond the policy it was opened under.
revoked_connection_stays()
{
	local family

	egress_policy
	for family in 4 6; do
		mark
		sends lg "$(address ex "$family")" udp sport=4400 dport=5000 text=x
		rose permit-new=1 'permit-related=*'
	done
	policy_new
	apply
	rm "$SEKISHO_BPFFS/link_lg0"
	defer comes_back
	busywait 5 is_off lg0
	for family in 4 6; do
		mark
		count_start ex eth0 proto=udp
		sends lg "$(address ex "$family")" udp sport=4400 dport=5000 text=x
		rose unjudged=1
		count_is 0
	done
}

# Isolation and suspension hold without the program, too: frame after frame, though the first has
# the connection judged again.
orders_hold()
{
	local family

	egress_policy
	for family in 4 6; do
		mark
		sends lg "$(address ex "$family")" udp sport=4500 dport=5000 text=x
		rose permit-new=1 'permit-related=*'
	done
	by_force lg0
	border isolate lg --reason test --authority CISO
	stay_twice
	border release lg --actor A --second B
	leave_once
	border suspend "${at4[lg]}" --reason test --authority CISO
	border suspend "${at6[lg]}" --reason test --authority CISO
	stay_twice
	border restore "${at4[lg]}" --actor A --reason test
	border restore "${at6[lg]}" --actor A --reason test
	leave_once
}

stay_twice()
{
	local family

	for family in 4 6; do
		mark
		count_start ex eth0 proto=udp
		sends lg "$(address ex "$family")" udp sport=4500 dport=5000 text=x
		sends lg "$(address ex "$family")" udp sport=4500 dport=5000 text=x
		rose unjudged=2
		count_is 0
	done
}

leave_once()
{
	local family

	for family in 4 6; do
		count_start ex eth0 proto=udp
		sends lg "$(address ex "$family")" udp sport=4500 dport=5000 text=x
		count_is 1
	done
}

# Likewise an interface that comes new, under an old name: no segment has it.
new_interface_forwards_nothing()
{
	local family

	egress_policy
	peer_create new new0 10.90.0.0/16 fd00:90::/48
	for family in 4 6; do
		mark
		count_start ex eth0 proto=udp
		send_frame new eth "dst=${net_border_mac[new]}" \
			ip "src=$([[ $family == 4 ]] && echo 10.90.0.2 || echo fd00:90::2)" \
			"dst=$(address ex "$family")" udp sport=4500 dport=5000 text=x
		# With the address of a host that is permitted.
		send_frame new eth "dst=${net_border_mac[new]}" ip "src=$(address lg "$family")" \
			"dst=$(address ex "$family")" udp sport=4501 dport=5000 text=x
		rose unjudged=2
		count_is 0
	done
	ip_in border 'link delete new0'
}

collector_puts_it_back()
{
	egress_policy
	collect_start
	mark
	by_force lg0
	busywait 10 is_attached lg0
	recorded '.type == "link" and .interface == "lg0" and .state == "detached"' \
		'.type == "link" and .interface == "lg0" and .state == "attached"'
	mark
	sends lg "${at4[ex]}" udp sport=4700 dport=5000 text=x
	rose permit-new=1 'permit-related=*'
}

is_attached()
{
	[[ $(attached "$1") == native ]]
}

commit_puts_it_back()
{
	egress_policy
	by_force lg0
	apply
	[[ $(attached lg0) == native ]]
	mark
	sends lg "${at4[ex]}" udp sport=4600 dport=5000 text=x
	rose permit-new=1 'permit-related=*'
}

town_create lg ex
stop_process "$started" || :
plan 10
town_test 'a program is not switched off' link_refuses_to_go
town_test 'uncovered frames do not leave' uncovered_frames_stay
town_test 'fragments and ICMP errors neither' fragments_and_errors_stay
town_test 'an open connection goes on' open_connection_goes_on
town_test 'an open TCP stream is not lost' open_stream_is_not_lost
town_test 'not if it was revoked' revoked_connection_stays
town_test 'nor past isolation and suspension' orders_hold
town_test 'a new interface forwards nothing' new_interface_forwards_nothing
town_test 'a commit puts the program back' commit_puts_it_back
town_test 'the collector puts the program back' collector_puts_it_back
finish
