#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# TCP is tracked by state and window: what is in neither does not pass, whoever sends it, and a
# connection opens again only after it is over.
#
#	lg  eth0 -- lg0 | border | ex0 -- eth0  ex	the two ends .7 ::7 have no stack: all of their
#							segments are crafted
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh

lg_end() { [[ $family == 4 ]] && echo 10.20.0.7 || echo fd00:20::7; }
ex_end() { [[ $family == 4 ]] && echo 10.40.0.7 || echo fd00:40::7; }

tcp_policy()
{
	policy_new
	flow LG-EX 'lg, hosts: [10.20.0.7, "fd00:20::7"]' 'ex, hosts: [10.40.0.7, "fd00:40::7"]' \
		tcp/443
	apply
}

# client FLAGS SEQ ACK [WORD...]: a segment of the connection from $port.
client()
{
	sends_as lg "$(lg_end)" "$(ex_end)" tcp "sport=$port" dport=443 "flags=$1" "seq=$2" \
		"ack=$3" win=1000 "${@:4}"
}

server()
{
	sends_as ex "$(ex_end)" "$(lg_end)" tcp sport=443 "dport=$port" "flags=$1" "seq=$2" \
		"ack=$3" win=1000 "${@:4}"
}

# Both have said hello: the client is at 1001, the server at 5001.
handshake()
{
	client S 1000 0
	server SA 5000 1001
	client A 1001 5001
	rose permit-new=1 permit-established=2
}

# each FUNCTION: over both families, each with a connection of its own.
each()
{
	local family

	tcp_policy
	for family in 4 6; do
		port=$((port + 1))
		mark
		"$1"
	done
}

arriving()
{
	count_start ex eth0 proto=tcp "sport=$port"
}

data_in_window_passes()
{
	arriving
	handshake
	mark
	client PA 1001 5001 text=hello
	server PA 5001 1006 text=answer
	client A 1006 5007
	# Sent again.
	client PA 1001 5001 text=hello
	rose permit-established=4
	count_is 5
}

out_of_window_drops()
{
	handshake
	arriving
	mark
	client PA 300000 5001 text=x
	client PA 1001 90000 text=x
	client A 4294000000 5001
	server PA 300000 1001 text=x
	rose tcp-invalid=4
	count_is 0
	recorded ".type == \"deny\" and .reason == \"tcp-invalid\" and .proto == \"tcp\" and
		.src == \"$(lg_end)\" and .sport == $port" \
		".type == \"deny\" and .reason == \"tcp-invalid\" and .src == \"$(ex_end)\""
	mark
	client PA 1001 5001 text=x
	rose permit-established=1
}

no_state_drops()
{
	arriving
	client A 1001 5001
	client PA 1001 5001 text=x
	client SA 1000 1
	client FA 1001 5001
	client R 1001 0
	server SA 5000 1001
	rose tcp-no-state=6
	count_is 0
	recorded ".type == \"deny\" and .reason == \"tcp-no-state\" and .sport == $port"
}

impossible_flags_drop()
{
	local flags

	arriving
	for flags in SF SR SFA F U FU FRA; do
		client "$flags" 1000 0
	done
	# A null segment.
	sends_as lg "$(lg_end)" "$(ex_end)" tcp "sport=$port" dport=443 seq=1000
	rose tcp-invalid=8
	count_is 0
	handshake_after_noise
}

handshake_after_noise()
{
	mark
	handshake
	mark
	client SF 1001 5001
	client FRA 1001 5001
	rose tcp-invalid=2
}

handshake_is_whole()
{
	client S 1000 0
	rose permit-new=1
	mark
	# Data and acknowledgements before the answer, an answer to something else.
	client A 1001 5001
	server SA 5000 999
	server A 5000 1001
	rose tcp-invalid=3
	mark
	# The SYN again, and its answer.
	client S 1000 0
	server SA 5000 1001
	client A 1001 5001
	rose permit-established=3
	mark
	# Once it stands, nobody begins anew.
	client S 9000 0
	server SA 7000 1001
	rose tcp-invalid=2
}

reset_must_fit()
{
	handshake
	mark
	# Blind resets.
	client R 500000 0
	server R 500000 0
	rose tcp-invalid=2
	mark
	client PA 1001 5001 text=x
	rose permit-established=1
	mark
	server RA 5001 1002
	rose permit-established=1
	# It is over: what begins now is a new connection.
	mark
	client S 20000 0
	rose permit-new=1
}

closed_connection_reopens()
{
	handshake
	mark
	client FA 1001 5001
	rose permit-established=1
	# Half closed: not over.
	mark
	client S 20000 0
	rose tcp-invalid=1
	mark
	server PA 5001 1002 text=late
	server FA 5005 1002
	client A 1002 5006
	rose permit-established=3
	mark
	client S 20000 0
	rose permit-new=1
	recorded ".type == \"flow.end\" and .initiator_port == $port and .cause == \"reopened\""
}

# Only the initiator's side opens.
responder_opens_nothing()
{
	handshake
	mark
	count_start lg eth0 proto=tcp
	sends_as ex "$(ex_end)" "$(lg_end)" tcp sport=444 "dport=$port" flags=S seq=1
	rose no-flow=1
	count_is 0
}

refused_connection_ends()
{
	client S 1000 0
	# Not for this SYN.
	server RA 0 77
	rose permit-new=1 tcp-invalid=1
	mark
	server RA 0 1001
	rose permit-established=1
	mark
	client S 3000 0
	rose permit-new=1
}

town_create lg ex
# Somewhere for the border to send them to.
ip_in border "neighbour add 10.40.0.7 lladdr ${net_mac[ex]} dev ex0" \
	"neighbour add fd00:40::7 lladdr ${net_mac[ex]} dev ex0" \
	"neighbour add 10.20.0.7 lladdr ${net_mac[lg]} dev lg0" \
	"neighbour add fd00:20::7 lladdr ${net_mac[lg]} dev lg0"
port=40000
plan 9
town_test 'data in the window passes' each data_in_window_passes
port=40100
town_test 'out of the window drops' each out_of_window_drops
port=40200
town_test 'without a connection drops' each no_state_drops
port=40300
town_test 'impossible flags drop' each impossible_flags_drop
port=40400
town_test 'a handshake is whole' each handshake_is_whole
port=40500
town_test 'a reset must fit' each reset_must_fit
port=40600
town_test 'a closed connection opens again' each closed_connection_reopens
port=40700
town_test 'the responder opens nothing' each responder_opens_nothing
port=40800
town_test 'a refused connection ends' each refused_connection_ends
finish
