#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The module goes, and namespaces that have it go, in the middle of traffic, a hundred times each:
# nothing stays, and the kernel's log (tests/kernels/guest.sh) has no word of it.
#
#	mg  eth0 -- mg0 | border | lg0 -- eth0  lg	what the policy permits, and what it denies
#	fl  f0 -- x0 | x | x1 -- g0  fl			x ends in the middle of it, again and again
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/kmod/lib.sh

times=100
# The module has a policy each so many times.
policy_each=10
# So many namespaces go at once; one of them has a policy.
together=10
# What may have grown that is not the module's: kilobytes.
slack=8192

# Memory that modules take: kilobytes.
kernel_memory()
{
	awk '/^(SUnreclaim|VmallocUsed|Percpu|KernelStack|PageTables):/ { sum += $2 }
		END { print sum }' /proc/meminfo
}

# memory_is_back BEFORE
memory_is_back()
{
	busywait 10 memory_below "$(($1 + slack))"
	echo "kernel memory: $1 KiB before, $(kernel_memory) KiB after"
	memory_below "$(($1 + slack))"
}

memory_below()
{
	(($(kernel_memory) < $1))
}

churn_policy()
{
	policy_new
	flow MG-LG "mg, hosts: [$(both mg)]" "lg, hosts: [$(both lg)]" udp/5000
}

# sends_on NAMESPACE DEVICE PORT MAC SOURCE DESTINATION: in the background, as long as the device lives.
sends_on()
{
	nsenter --net="$(ns_path "$1")" -- "$net_frame" send "$2" --count 1000000 --interval-us 20000 \
		eth "dst=$4" ip "src=$5" "dst=$6" udp sport=4000 "dport=$3" zeros=18 2>/dev/null &
	senders+=($!)
}

senders_end()
{
	local sender

	for sender in "${senders[@]}"; do
		stop_process "$sender" || :
	done
	senders=()
}

# Each datagram from another port: a connection of its own.
many_connections()
{
	echo "new 1 34 eth src=${net_mac[mg]} dst=${net_border_mac[mg]} ip src=${at4[mg]}" \
		"dst=${at4[lg]} udp csum=0 sport=1 dport=5000 zeros=18" >"$net_directory/kinds"
	in_ns mg "$module_flood" eth0 "$net_directory/stop" 1200 "$net_directory/kinds" >/dev/null
}

module_goes_under_traffic()
{
	local i before senders=()

	churn_policy
	apply_bare
	# Once before, so that what is allocated once is allocated.
	module_reload
	module_unload
	before=$(kernel_memory)
	defer senders_end
	sends_on mg eth0 5000 "${net_border_mac[mg]}" "${at4[mg]}" "${at4[lg]}"
	sends_on mg eth0 5001 "${net_border_mac[mg]}" "${at4[mg]}" "${at4[lg]}"
	sends_on mg eth0 5001 "${net_border_mac[mg]}" "${at6[mg]}" "${at6[lg]}"
	for ((i = 1; i <= times; i++)); do
		module_load
		if ((i % policy_each == 0)); then
			apply_bare
			many_connections
			(($(guard_field connections) > 1000))
		fi
		module_unload
	done
	senders_end
	memory_is_back "$before"
	module_load
	apply
	in_step
}

# namespaces_lay: x0, x1 ... have two cables to fl each, and forward what comes by the first over the
# second.
namespaces_lay()
{
	local i x mac=02:53:00:00:03

	for ((i = 0; i < together; i++)); do
		x=$net_prefix-x$i
		echo "netns add $x"
		echo "link add x0 address $mac:00 netns $x type veth peer name f$i netns $net_prefix-fl"
		echo "link add x1 netns $x type veth peer name g$i address $mac:01 netns $net_prefix-fl"
	done | ip -batch -
	for ((i = 0; i < together; i++)); do
		ip_in "x$i" 'link set x0 up' 'link set x1 up' 'address add 10.20.0.1/16 dev x0' \
			'address add 10.30.0.1/16 dev x1' \
			"neighbour add 10.30.0.2 lladdr $mac:01 dev x1"
		echo "link set f$i up"
		echo "link set g$i up"
	done >"$net_directory/links"
	ip -netns "$net_prefix-fl" -batch "$net_directory/links"
}

namespaces_go()
{
	local i

	for ((i = 0; i < together; i++)); do
		[[ ! -e $(ns_path "x$i") ]] || echo "netns delete $net_prefix-x$i"
	done | ip -batch -
}

namespace_policy()
{
	cat >"$net_directory/x.yaml" <<-END
		sekisho: 1
		site: {name: x, timezone: Asia/Tokyo}
		segments:
		  - {name: lg, kind: lgwan, ports: [{interface: x0}], networks: [10.20.0.0/16]}
		  - {name: in, kind: other, ports: [{interface: x1}], networks: [10.30.0.0/16]}
		flows:
		  - {id: LG-IN, from: {segment: lg}, to: {segment: in}, services: [udp/5000],
		     purpose: test, requested_by: applicant A, approved_by: approver B,
		     approved_on: 2026-04-01, valid_until: 2099-03-31}
	END
}

# namespace_apply NAME: in directories of its own, since it is another border. Its programs and maps
# outlive the namespaces and serve the next ones: what goes is the module's part.
namespace_apply()
{
	mkdir -p "$net_directory"/{state,run}/x
	SEKISHO_BPFFS=$net_directory/bpffs/x SEKISHO_STATE_DIR=$net_directory/state/x \
		SEKISHO_RUN_DIR=$net_directory/run/x \
		in_ns "$1" "$net_sekishoctl" apply "$net_directory/x.yaml" >"$last_output" 2>&1
}

# Some of them together: with a policy or without, under frames that it permits.
namespaces_go_once()
{
	local i

	namespaces_lay
	namespace_apply x0
	for ((i = 0; i < together; i++)); do
		sends_on fl "f$i" 5000 02:53:00:00:03:00 10.20.0.2 10.30.0.2
	done
	busywait 5 frames_flow
	namespaces_go
	# Their cables are gone under them, once the kernel has come to it.
	senders_end
	busywait 10 cables_are_gone
}

cables_are_gone()
{
	[[ $(ip -netns "$net_prefix-fl" -brief link | grep -c '^[fg][0-9]') == 0 ]]
}

# All of them have sent something, over the last cable too.
frames_flow()
{
	# shellcheck disable=SC2016 # awk expands these
	in_ns fl awk -v device="f$((together - 1)):" '$1 == device { sent = $11 }
		END { exit !(sent > 5) }' /proc/net/dev
}

namespaces_go_under_traffic()
{
	local i before senders=()

	# Whatever became of it before.
	module_reload
	ns_create fl
	# What new namespaces begin with.
	sysctl -q -w net.ipv4.ip_forward=1
	defer sysctl -q -w net.ipv4.ip_forward=0
	defer namespaces_go
	defer senders_end
	namespace_policy
	defer rm -r "$net_directory/bpffs/x"
	# The first round is not counted: what is allocated once is allocated then.
	namespaces_go_once
	before=$(kernel_memory)
	for ((i = 0; i < times; i += together)); do
		namespaces_go_once
	done
	memory_is_back "$before"
}

guard_town mg lg
plan 2
run_test "the module goes under traffic, $times times" module_goes_under_traffic
run_test "namespaces go under traffic, $times times" namespaces_go_under_traffic
finish
