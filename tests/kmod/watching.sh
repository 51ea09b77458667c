#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the module watches is seen wherever somebody looks: by `show guard`, by whoever listens to the
# group `events`, in the log that the collector writes, and by the kernel's audit subsystem.
#
#	mn  eth0 -- mn0 | border | lg0 -- eth0  lg	mn -> lg: udp/5000
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/kmod/lib.sh

client=$PWD/build/tests/client

watch_policy()
{
	policy_new
	flow MN-LG "mn, hosts: [$(both mn)], macs: [\"${net_mac[mn]}\"]" \
		"lg, hosts: [$(both lg)]" udp/5000
	apply
}

# listens_to_events: what comes from now on is in $heard.
listens_to_events()
{
	[[ -x $client ]] || skip_test 'build/tests/client is not built'
	heard=$(mktemp "$net_directory/heard.XXXXXX")
	start_in border "$client" events 1000 60 >"$heard" 2>"$heard.listening"
	busywait 5 grep -q listening "$heard.listening"
}

# heard_of KIND [LINE]: an event of that kind, with that line.
heard_of()
{
	busywait 5 event_came "$@" && return
	echo "not heard of: $*; but of:" >&2
	cat "$heard" >&2
	return 1
}

# An event is lines; the first of each is its kind.
event_came()
{
	awk -v kind="kind: $1" -v line="${2:-kind: $1}" '
		/^kind: / { is = $0 == kind }
		is && $0 == line { found = 1 }
		END { exit !found }' "$heard"
}

port_is()
{
	guard_json | jq -e --arg port "$1" --arg attached "$2" \
		'.ports[] | select(.interface == $port) | .attached == $attached' >/dev/null
}

lost_program_is_seen()
{
	watch_policy
	busywait 3 port_is mn0 native
	listens_to_events
	link_off mn0
	heard_of port-lost 'interface: mn0'
	port_is mn0 none
	guard_says '.ports[] | select(.interface == "mn0") | .lost == 1'
	apply
	heard_of port-back 'interface: mn0'
	port_is mn0 native
}

new_interface_is_seen()
{
	listens_to_events
	ip_in border 'link add stranger0 type dummy'
	heard_of interface-new 'interface: stranger0'
	ip_in border 'link set stranger0 name stranger1' 'link delete stranger1'
}

# With programs on the port the guard denies what they let pass: somebody has changed their maps.
programs_are_deceived()
{
	border suspend "${at4[mn]}" --reason test --authority CISO >"$last_output"
	defer border restore "${at4[mn]}" --actor A --reason test
	# An address of IPv4 is mapped: ::ffff:10.10.0.2.
	# shellcheck disable=SC2046 # sixteen words
	bpftool map delete pinned "$SEKISHO_BPFFS/suspended_addrs" key hex \
		00 00 00 00 00 00 00 00 00 00 ff ff $(printf '%02x ' $(tr . ' ' <<<"${at4[mn]}"))
	frames mn <<<"ip src=${at4[mn]} dst=${at4[lg]} udp sport=4000 dport=5000 text=x"
}

mismatch_is_seen()
{
	local before

	watch_policy
	before=$(guard_field mismatches)
	listens_to_events
	programs_are_deceived
	# That is `suspended`.
	heard_of mismatch 'reason: 21'
	(($(guard_field mismatches) == before + 1))
	# One that no program has seen is none.
	link_off mn0
	out_off mn0 lg0
	busywait 3 port_is mn0 none
	frames mn <<<"ip src=${at4[mn]} dst=${at4[lg]} udp sport=4000 dport=5001 text=x"
	heard_of denied
	(($(guard_field mismatches) == before + 1))
}

out_of_step()
{
	! in_step 2>/dev/null
}

# A commit that died between the two leaves the module ahead of the maps: that is seen, written
# down, and mended by the collector.
stale_generation_is_seen()
{
	local call

	command -v strace >/dev/null || skip_test 'wants strace'
	watch_policy
	for ((call = $(calls_of_a_commit); call > 0; call--)); do
		! commit_dies_at sendto "$call" || ! out_of_step || break
	done
	((call > 0))
	guard_is in_step false
	audit_marked=$(audit_lines | wc -l)
	collect_start
	recorded '.type == "guard.mismatch"' '.type == "guard.attach"'
	busywait 10 in_step
	(($(guard_field stale) > 0))
}

collector_writes_it_down()
{
	watch_policy
	audit_marked=$(audit_lines | wc -l)
	collect_start
	link_off mn0
	recorded '.type == "link" and .interface == "mn0" and .state == "detached"'
	frames mn <<<"ip src=${at4[mn]} dst=${at4[lg]} udp sport=4000 dport=5001 text=x"
	module_unload
	recorded '.type == "guard.detach"'
	module_load
	recorded '.type == "guard.attach"'
}

# Nobody may be told of what a policy of `log_failure: deny` lets begin: the guard alone denies it,
# too, from when the collector could not write until it can again.
unwritable_log_denies()
{
	policy_with 'log_failure: deny'
	flow MN-LG "mn, hosts: [$(both mn)], macs: [\"${net_mac[mn]}\"]" \
		"lg, hosts: [$(both lg)]" udp/5000
	apply
	# The collector's log is on a small disk.
	mount -t tmpfs -o size=256k none "$SEKISHO_STATE_DIR/audit"
	defer umount "$SEKISHO_STATE_DIR/audit"
	collect_start
	collector=$started
	# Before it is told to stop.
	defer kill -CONT "$collector"
	dd if=/dev/zero of="$SEKISHO_STATE_DIR/audit/full" bs=1k count=1024 2>/dev/null || :
	# Nobody puts the programs back then.
	busywait 20 stopped_while_it_fails "$collector"
	programs_off
	mark
	new_connection 5000
	rose_beside_noise limit=1
	kill -CONT "$collector"
	rm "$SEKISHO_STATE_DIR/audit/full"
	busywait 20 log_is_written
	judged_by programs
	apply
}

# new_connection PORT
sport=4000
new_connection()
{
	sport=$((sport + 1))
	frames mn <<<"ip src=${at4[mn]} dst=${at4[lg]} udp sport=$sport dport=$1 text=x"
}

# A denial gives the collector something to write; what is permitted is then denied by the programs.
log_fails()
{
	new_connection "$1"
	mark
	new_connection 5000
	rises limit
}

# stopped_while_it_fails COLLECTOR: a small record may still find room, and then it is not failing.
stopped_while_it_fails()
{
	log_fails 6000 || return 1
	kill -STOP "$1"
	mark
	new_connection 5000
	rises limit || {
		kill -CONT "$1"
		return 1
	}
}

log_is_written()
{
	mark
	new_connection 5000
	rises permit-new
}

# More keys than the collector's socket has room for, while it does not read.
lost_events_are_recorded()
{
	local before lost

	watch_policy
	audit_marked=$(audit_lines | wc -l)
	collect_start
	collector=$started
	defer kill -CONT "$collector"
	before=$(guard_field lost_events)
	kill -STOP "$collector"
	programs_off
	echo "port 1 36 eth src=${net_mac[mn]} dst=${net_border_mac[mn]} ip src=${at4[mn]}" \
		"dst=${at4[lg]} udp csum=0 sport=9 dport=6000 zeros=18" >"$net_directory/kinds"
	in_ns mn "$module_flood" eth0 "$net_directory/stop" 20000 "$net_directory/kinds" >/dev/null
	busywait 10 lost_more_than "$before"
	kill -CONT "$collector"
	busywait 20 losses_are_whole "$before"
	lost=$(guard_field lost_events)
	echo "$((lost - before)) events were lost"
	judged_by programs
}

lost_more_than()
{
	(($(guard_field lost_events) > $1))
}

# losses_are_whole BEFORE: as many as the guard counts are on record.
losses_are_whole()
{
	local recorded

	recorded=$(audit_lines | tail -n "+$((audit_marked + 1))" | jq -s \
		'[.[] | select(.type == "loss" and .cause == "netlink-full") | .count] | add // 0')
	((recorded > 0 && recorded == $(guard_field lost_events) - $1))
}

# What has passed, was denied, was denied after the programs, and found no room is of different
# number each, so that none can stand for another.
metrics_are_its_numbers()
{
	local before

	policy_with 'state: {connections: 4096}'
	flow MN-LG "mn, hosts: [$(both mn)], macs: [\"${net_mac[mn]}\"]" \
		"lg, hosts: [$(both lg)]" udp/5000
	apply
	new_connection 5000
	# The module looks once a second.
	busywait 3 port_is mn0 native
	before=$(guard_field mismatches)
	programs_are_deceived
	busywait 5 guard_is mismatches $((before + 1))
	(($(guard_field lost_events) > 1))
	# Hosts may ask for a neighbour between one question and the other.
	busywait 10 metrics_equal_guard || diff "$net_directory"/metrics.{guard,told}
}

metrics_equal_guard()
{
	local guard number name

	guard=$(guard_json)
	for name in generation policy_bytes connections; do
		number=$(json_field "$guard" "$name")
		((number > 0)) || return 1
		echo "sekisho_guard_$name $number"
	done >"$net_directory/metrics.guard"
	cat >>"$net_directory/metrics.guard" <<-END
		sekisho_guard_present 1
		sekisho_guard_in_step 1
		sekisho_guard_sealed 0
		sekisho_guard_connections_limit 4096
		sekisho_guard_frames_total $(json_field "$guard" frames)
		sekisho_guard_frames_denied_total $(json_field "$guard" denied)
		sekisho_guard_mismatches_total $(json_field "$guard" mismatches)
		sekisho_guard_events_lost_total $(json_field "$guard" lost_events)
	END
	sort -o "$net_directory/metrics.guard" "$net_directory/metrics.guard"
	border show metrics | grep '^sekisho_guard_' | sort >"$net_directory/metrics.told"
	cmp "$net_directory"/metrics.{guard,told}
}

# The second witness: without auditd its records go to the kernel's log.
kernel_audit_has_it()
{
	local operation generation digest

	sysctl -q -w kernel.printk_ratelimit=0
	watch_policy
	generation=$(generation)
	digest=$(status_field digest)
	border isolate mn --reason test --authority CISO >"$last_output"
	border release mn --actor A --second B >"$last_output"
	dmesg >"$net_directory/log"
	grep -q "type=1316 .*sekisho op=commit .*gen=$generation digest=$digest .*res=1" \
		"$net_directory/log"
	for operation in isolate release; do
		grep -q "type=1316 .*sekisho op=$operation .*name=\"mn\".* auid=.* res=1" \
			"$net_directory/log"
	done
}

guard_town mn lg
plan 9
town_test 'a lost program is seen, and that it is back' lost_program_is_seen
town_test 'a new interface is seen' new_interface_is_seen
town_test 'a mismatch is seen, and only that' mismatch_is_seen
town_test 'a stale generation is seen and mended' stale_generation_is_seen
town_test 'the collector writes down what becomes of the guard' collector_writes_it_down
town_test 'a log that cannot be written makes the guard deny' unwritable_log_denies
town_test 'events that found no room are on record' lost_events_are_recorded
town_test 'its metrics are its numbers' metrics_are_its_numbers
town_test "the kernel's audit subsystem has it" kernel_audit_has_it
finish
