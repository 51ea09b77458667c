#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A port whose program comes and goes leaks nothing: a flood that the policy denies is let through
# by no instant of 100 detachments, while what it permits goes on.
#
#	mn  eth0 -- mn0 | border | lg0 -- eth0  lg	mn -> lg: nothing; the program of mn0 goes
#	                |        | mg0 -- eth0  mg	mg -> lg: udp/5000
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/kmod/lib.sh

cycles=100
flood_most=400000
stream_frames=400

leak_policy()
{
	policy_new
	flow MG-LG "mg, hosts: [$(both mg)]" "lg, hosts: [$(both lg)]" udp/5000
	apply
}

# In both families, to a service, from a foreign source, in fragments: of each one or more a round.
denied_kinds()
{
	local to="eth src=${net_mac[mn]} dst=${net_border_mac[mn]}"

	cat <<-END
		syn4 4 34 $to ip src=${at4[mn]} dst=${at4[lg]} tcp sport=1 dport=445 flags=S
		syn6 4 54 $to ip src=${at6[mn]} dst=${at6[lg]} tcp sport=1 dport=445 flags=S
		datagram4 4 34 $to ip src=${at4[mn]} dst=${at4[lg]} udp csum=0 sport=1 dport=5000 zeros=18
		datagram6 4 54 $to ip src=${at6[mn]} dst=${at6[lg]} udp sport=1 dport=5000 zeros=18
		spoofed 2 0 $to ip src=${at4[mg]} dst=${at4[lg]} udp sport=666 dport=5000 zeros=18
		orphan 2 0 $to ip src=${at4[mn]} dst=${at4[lg]} frag=64,0,99 proto=17 zeros=64
	END
}

flood_start()
{
	denied_kinds >"$net_directory/kinds"
	rm -f "$net_directory/stop"
	start_in mn "$module_flood" eth0 "$net_directory/stop" "$flood_most" "$net_directory/kinds" \
		>"$net_directory/sent"
	flood=$started
}

flood_end()
{
	touch "$net_directory/stop"
	wait "$flood"
	sed -n 's/^sent /flooded: /p' "$net_directory/sent"
}

stream_start()
{
	start_in mg "$net_frame" send eth0 --count "$stream_frames" --interval-us 5000 \
		eth "dst=${net_border_mac[mg]}" ip "src=${at4[mg]}" "dst=${at4[lg]}" \
		udp "sport=$1" dport=5000 zeros=18
	stream_process=$started
}

# Nothing of mn's came out, and of what has another's address only what mg sent.
nothing_leaked()
{
	arrived lg "src=(${at4[mn]}|${at6[mn]}) |sport=666 |fragment=" 0
}

denied_by()
{
	judged_by "$1"
	reasons_now | awk '$1 ~ /^(no-flow|source-spoofed|fragment-orphan)$/ { sum += $2 }
		END { print sum + 0 }'
}

# The egress programs are off all the time: it is the guard that holds.
program_comes_and_goes()
{
	local i programs guard

	leak_policy
	link_off mn0
	out_off mn0 lg0 mg0
	programs=$(denied_by programs)
	guard=$(denied_by guard)
	for ((i = 0; i < cycles; i++)); do
		echo "link set mn0 xdpdrv pinned $SEKISHO_BPFFS/ingress"
		echo 'link set mn0 xdpdrv off'
	done >"$net_directory/cycles"
	flood_start
	stream_start 4001
	begun=$(date +%s%N)
	ip -netns "$net_prefix-border" -batch "$net_directory/cycles"
	echo "$cycles cycles took $((($(date +%s%N) - begun) / 1000000)) ms"
	flood_end
	wait "$stream_process"
	programs=$(($(denied_by programs) - programs))
	guard=$(($(denied_by guard) - guard))
	echo "denied by the program: $programs, by the guard: $guard"
	((programs >= 1000 && guard >= 1000))
	nothing_leaked
	arrived lg "sport=4001 " "$stream_frames"
}

# As a commit puts it back, by a link of its own.
link_comes_and_goes()
{
	local i

	leak_policy
	flood_start
	stream_start 4002
	for ((i = 0; i < 5; i++)); do
		link_off mn0 lg0
		out_off mn0 lg0
		apply
	done
	flood_end
	wait "$stream_process"
	nothing_leaked
	echo "of $stream_frames frames arrived: $(grep -c 'sport=4002 ' "${watch_file[lg]}")"
	frames mg <<<"ip src=${at4[mg]} dst=${at4[lg]} udp sport=4003 dport=5000 text=x"
	arrived lg 'sport=4003 ' 1
}

guard_town mn lg mg
watch_start lg
plan 2
run_test "nothing leaks while a program goes $cycles times" program_comes_and_goes
run_test 'nor while commits put links back' link_comes_and_goes
finish
