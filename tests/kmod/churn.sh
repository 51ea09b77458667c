#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The module goes, and namespaces that have it go, in the middle of traffic, a hundred times each:
# nothing stays, and the kernel's log (tests/kernels/guest.sh) has no word of it.
#
#	mg  eth0 -- mg0 | border | lg0 -- eth0  lg	a flood that the policy permits and denies
#	fl  f0 -- x0 | x | x1 -- f1  fl			x ends under a flood, again and again
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/kmod/lib.sh

times=100
# Where the module has a policy: each so many times.
policy_each=10
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

# Each datagram from another port: a connection of its own.
border_flood()
{
	local to="eth src=${net_mac[mg]} dst=${net_border_mac[mg]}"

	cat >"$net_directory/kinds" <<-END
		new4 1 34 $to ip src=${at4[mg]} dst=${at4[lg]} udp csum=0 sport=1 dport=5000 zeros=18
		denied4 1 34 $to ip src=${at4[mg]} dst=${at4[lg]} udp csum=0 sport=1 dport=5001 zeros=18
		denied6 1 0 $to ip src=${at6[mg]} dst=${at6[lg]} udp sport=1 dport=5001 zeros=18
		orphan 1 0 $to ip src=${at4[mg]} dst=${at4[lg]} frag=64,0,99 proto=17 zeros=64
	END
	start_in mg nice -n 15 "$module_flood" eth0 "$net_directory/stop" 100000000 "$net_directory/kinds" \
		>/dev/null
}

module_goes_under_traffic()
{
	local i before

	churn_policy
	apply_bare
	# Once before, so that what is allocated once is allocated.
	module_reload
	module_unload
	before=$(kernel_memory)
	border_flood
	for ((i = 1; i <= times; i++)); do
		module_load
		((i % policy_each)) || apply_bare
		module_unload
	done
	touch "$net_directory/stop"
	memory_is_back "$before"
	module_load
	apply
	in_step
}

# x has two cables to fl, and forwards what comes by the first over the second.
namespace_lay()
{
	ip -batch - <<-END
		netns add $net_prefix-x
		link add x0 address 02:53:00:00:03:00 netns $net_prefix-x type veth peer name f0 netns $net_prefix-fl
		link add x1 netns $net_prefix-x type veth peer name f1 address 02:53:00:00:03:01 netns $net_prefix-fl
	END
	ip_in x 'link set x0 up' 'link set x1 up' 'address add 10.20.0.1/16 dev x0' \
		'address add 10.30.0.1/16 dev x1' \
		'neighbour add 10.30.0.2 lladdr 02:53:00:00:03:01 dev x1'
	ip_in fl 'link set f0 up' 'link set f1 up'
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

# In directories of its own: it is another border.
namespace_apply()
{
	rm -rf "$net_directory"/{bpffs,state,run}/x
	mkdir -p "$net_directory"/{state,run}/x
	SEKISHO_BPFFS=$net_directory/bpffs/x SEKISHO_STATE_DIR=$net_directory/state/x \
		SEKISHO_RUN_DIR=$net_directory/run/x \
		in_ns x "$net_sekishoctl" apply "$net_directory/x.yaml" >"$last_output" 2>&1
	rm -r "$net_directory/bpffs/x"
}

namespace_flood()
{
	in_ns fl nice -n 15 "$module_flood" f0 "$net_directory/stop" 100000000 "$net_directory/kinds" \
		>/dev/null 2>&1 &
	flood=$!
}

namespace_goes_under_traffic()
{
	local i before

	rm -f "$net_directory/stop"
	ns_create fl
	# What new namespaces begin with.
	sysctl -q -w net.ipv4.ip_forward=1
	defer sysctl -q -w net.ipv4.ip_forward=0
	namespace_policy
	cat >"$net_directory/kinds" <<-END
		new 1 34 eth dst=02:53:00:00:03:00 ip src=10.20.0.2 dst=10.30.0.2 udp csum=0 sport=1 dport=5000 zeros=18
		denied 1 34 eth dst=02:53:00:00:03:00 ip src=10.20.0.2 dst=10.30.0.2 udp csum=0 sport=1 dport=5001 zeros=18
	END
	defer namespace_gone
	for ((i = 0; i <= times; i++)); do
		# The first round is not counted: what is allocated once is allocated then.
		((i != 1)) || before=$(kernel_memory)
		namespace_lay
		((i % policy_each)) || namespace_apply
		namespace_flood
		sleep 0.02
		ip netns delete "$net_prefix-x"
		# Its cable is gone under it.
		wait "$flood" || :
	done
	memory_is_back "$before"
}

namespace_gone()
{
	! ip netns list | grep -q "^$net_prefix-x" || ip netns delete "$net_prefix-x"
} 2>/dev/null

guard_town mg lg
plan 2
run_test "the module goes under traffic, $times times" module_goes_under_traffic
run_test "a namespace goes under traffic, $times times" namespace_goes_under_traffic
finish
