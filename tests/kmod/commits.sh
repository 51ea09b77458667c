#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A commit is one for the maps and the module: both or neither, whatever refuses, dies or comes late
# in between.
#
#	mn  eth0 -- mn0 | border | lg0 -- eth0  lg
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/kmod/lib.sh

# commit_policy PORT [SITE-LINE]: from mn to lg.
commit_policy()
{
	policy_with "${2:-}"
	flow MN-LG "mn, hosts: [$(both mn)], macs: [\"${net_mac[mn]}\"]" \
		"lg, hosts: [$(both lg)]" "udp/$1"
}

# passes PORT: through the programs and the guard; refuses otherwise.
passes()
{
	sport=$((sport + 1))
	frames mn <<<"ip src=${at4[mn]} dst=${at4[lg]} udp sport=$sport dport=$1 text=x"
	arrived lg "sport=$sport " 1
}

passes_not()
{
	sport=$((sport + 1))
	mark
	frames mn <<<"ip src=${at4[mn]} dst=${at4[lg]} udp sport=$sport dport=$1 text=x"
	busywait 5 something_rose
	arrived lg "sport=$sport " 0
}

something_rose()
{
	[[ -n $(reasons_risen) ]]
}

guard_may_be_required()
{
	commit_policy 5000
	apply
	module_unload
	defer module_reload
	commit_policy 5001 'guard: required'
	apply_refused
	said guard
	[[ $(status_field guard) == absent ]]
	passes 5000
	module_load
	apply
	in_step
	passes 5001
	passes_not 5000
}

# From its loading on nothing is forwarded that it does not know to be permitted; the next command
# gives it the policy.
loaded_in_mid_operation()
{
	module_unload
	commit_policy 5000
	apply
	passes 5000
	module_load
	judged_by guard
	passes_not 5000
	judged_by programs
	commit_policy 5001
	apply
	in_step
	passes 5001
}

# Whatever it refuses for: a sealed one refuses everything that is new.
refused_by_the_module_is_refused()
{
	local before

	commit_policy 5000
	apply
	before=$(generation)
	border seal --key-file "$net_directory/key" --actor A --second B >"$last_output"
	defer border unseal --key-file "$net_directory/key" --actor A --second B
	commit_policy 5001
	audit_marked=$(audit_lines | wc -l)
	apply_refused
	audit_has '.type == "policy.reject"' >/dev/null
	(($(generation) == before))
	in_step
	passes 5000
	passes_not 5001
}

# The second of the monotonic clock in which the maps fall back, as their own row has it.
maps_fall_back_at()
{
	bpftool -j map dump pinned "$SEKISHO_BPFFS/control" |
		jq 'first(.. | .fallback_at? // empty)'
}

monotonic_second()
{
	local up _

	read -r up _ </proc/uptime
	echo "${up%.*}"
}

# The module tells how many seconds are left, at a second that lies between question and answer. One
# question narrows it down to as many seconds as it lasted; several, to one.
module_falls_back_at()
{
	local before left first=0 last=0

	for _ in {1..50}; do
		before=$(monotonic_second)
		left=$(guard_field confirm_within)
		((first > before + left)) || first=$((before + left))
		before=$(monotonic_second)
		((last > 0 && last < before + left)) || last=$((before + left))
		if ((first == last)); then
			echo "$first"
			return
		fi
	done
	return 1
}

# request_of_commit CALL: how many calls of sendto, or recvmsg, a commit of this policy has made when
# it has asked the module for its commit (0x0b).
request_of_commit()
{
	in_ns border strace -s 8 -f -o "$net_directory/calls" -e trace=sendto,recvmsg \
		"$net_sekishoctl" apply "$town_policy" --actor tester >"$last_output" 2>&1
	awk -v call="$1" 'index($0, call "(") { count++ }
		/sendto\(.*"\\x0b\\x01/ { print count; found = 1; exit }
		END { exit !found }' "$net_directory/calls"
}

# Both by clocks of the kernel's own. Whatever holds the commit up, its request to the module and
# what it does to the maps fall into different seconds, and yet both fall back in the same.
both_fall_back_in_one_second()
{
	local request maps module first last

	command -v strace >/dev/null || skip_test 'wants strace'
	commit_policy 5000
	apply
	request=$(request_of_commit sendto)
	commit_policy 5001
	first=$(($(monotonic_second) + 300))
	in_ns border strace -f -o /dev/null -e trace=sendto \
		-e "inject=sendto:delay_enter=1100000:when=$request" \
		"$net_sekishoctl" apply "$town_policy" --actor tester --confirm 300 >"$last_output"
	last=$(($(monotonic_second) + 300))
	maps=$(maps_fall_back_at)
	module=$(module_falls_back_at)
	echo "the maps fall back in second $maps, the module in second $module ($first to $last)"
	((maps > 0 && maps == module && first <= maps && maps <= last))
	border rollback --actor tester >"$last_output"
	in_step
}

monotonic_milliseconds()
{
	local up _

	read -r up _ </proc/uptime
	echo "$((10#${up/./}))0"
}

# What the module says is also what it does: it does not fall back sooner, nor much later.
falls_back_when_it_said()
{
	local committed first last fell

	commit_policy 5000
	apply
	commit_policy 5001
	first=$(monotonic_milliseconds)
	border apply "$town_policy" --actor tester --confirm 5 >"$last_output"
	last=$(monotonic_milliseconds)
	committed=$(guard_field generation)
	until (($(guard_field generation) != committed)); do
		fell=$(monotonic_milliseconds)
		((fell < last + 10000))
	done
	fell=$(monotonic_milliseconds)
	echo "it fell back $((fell - first)) ms after the command began, $((fell - last)) after it ended"
	# By whole seconds: what is left of the one of the commit counts as one.
	((fell >= first + 4000 && fell <= last + 5000 + 3000))
	in_step
	passes 5000
}

# No process being there. The last frame of the new policy is let through by both, and so is the first
# of the old one: between them both have fallen back. Their timers are exact to a part of a second;
# a machine that is busy with something else may be late for them.
both_fall_back()
{
	local try

	for try in {1..3}; do
		! fall_back_within 3000 "$((5001 + try))" || return 0
	done
	return 1
}

# fall_back_within MILLISECONDS PORT
fall_back_within()
{
	local gap new=$2

	commit_policy 5000
	apply
	commit_policy "$new"
	border apply "$town_policy" --actor tester --confirm 3 >"$last_output"
	stream_to "$new"
	stream_to 5000
	busywait 5 came_to "$new"
	gap=$(gap_between "$new" 5000)
	streams_end
	echo "both fell back within $gap ms"
	in_step
	passes 5000
	passes_not "$new"
	((gap < $1))
}

streams=()
stream_to()
{
	start_in mn "$net_frame" send eth0 --count 1000 --interval-us 20000 \
		eth "dst=${net_border_mac[mn]}" ip "src=${at4[mn]}" "dst=${at4[lg]}" \
		udp "sport=$try" "dport=$1" text=x
	streams+=("$started")
}

streams_end()
{
	local process

	for process in "${streams[@]}"; do
		stop_process "$process" || :
	done
	streams=()
}

came_to()
{
	grep -q "sport=$try dport=$1 " "${watch_file[lg]}"
}

# gap_between LAST FIRST: milliseconds between the last frame to one port and the first to another.
gap_between()
{
	local count seen=0 last end=$((SECONDS + 15))

	last=$(date +%s%N)
	until came_to "$2"; do
		count=$(grep -c "sport=$try dport=$1 " "${watch_file[lg]}")
		((count == seen)) || last=$(date +%s%N)
		seen=$count
		((SECONDS < end)) || return 1
	done
	echo $((($(date +%s%N) - last) / 1000000))
}

# At each of its requests to the module: before the commit, between the two, after it. What comes
# next finds both in one policy, the old one or the new one, and leaves both in step.
killed_commit_is_mended()
{
	local calls call port

	command -v strace >/dev/null || skip_test 'wants strace'
	commit_policy 5000
	apply
	calls=$(calls_of_a_commit)
	echo "a commit makes $calls requests"
	for ((call = (calls > 8 ? calls - 8 : 1); call <= calls; call++)); do
		port=$((6000 + call))
		commit_policy "$port"
		commit_dies_at sendto "$call" || continue
		border show status -j >/dev/null
		commit_policy 5000
		apply
		in_step
		passes 5000
		passes_not "$port"
	done
}

# commit_meets CALL WHEN: a commit during which such system calls fail for want of memory. Its status.
commit_meets()
{
	in_ns border strace -f -o /dev/null -e "trace=$1" -e "inject=$1:error=ENOBUFS:when=$2" \
		"$net_sekishoctl" apply "$town_policy" --actor tester >"$last_output" 2>&1
}

# taken_back CALL WHEN: a commit that fails so after the module has the policy is no commit. That it
# had it is seen by the epochs: one for the commit, one for taking it back.
taken_back()
{
	local generation epoch port

	port=$((7000 + sport % 1000))
	generation=$(generation)
	epoch=$(guard_field epoch)
	commit_policy "$port"
	not commit_meets "$1" "$2"
	cat "$last_output"
	in_step
	(($(generation) == generation))
	(($(guard_field epoch) == epoch + 2))
	passes 5000
	passes_not "$port"
}

# After the module's commit the tool asks it what it has, and only then flips the maps. Where it
# cannot ask, or gets no answer to the commit itself, the module goes back to what the maps hold.
failed_commit_is_taken_back()
{
	local request answer

	command -v strace >/dev/null || skip_test 'wants strace'
	commit_policy 5000
	apply
	request=$(request_of_commit sendto)
	answer=$(request_of_commit recvmsg)
	taken_back sendto $((request + 1))
	taken_back recvmsg $((answer + 1))
}

# An order is given to both, whatever becomes of it in one of them, and the command says where it
# failed.
order_of_one_is_said()
{
	commit_policy 5000
	apply
	passes 5000
	defer border release mn --actor A --second B
	# The maps cannot be opened.
	mv "$SEKISHO_BPFFS/control" "$SEKISHO_BPFFS/aside"
	not isolate_mn env
	mv "$SEKISHO_BPFFS/aside" "$SEKISHO_BPFFS/control"
	said "'mn' is isolated in the kernel guard only"
	judged_by guard
	passes_not 5000
	rises isolated
	judged_by programs
	# What one has, the next command gives to the other.
	isolate_mn env
	mark
	frames mn <<<"ip src=${at4[mn]} dst=${at4[lg]} udp sport=1 dport=5000 text=x"
	rose isolated=1
	border release mn --actor A --second B >"$last_output"
	passes 5000
	# The module cannot be asked.
	not isolate_mn strace -f -o /dev/null -e trace=sendto -e inject=sendto:error=ENOBUFS
	said "'mn' is isolated, but not in the kernel guard"
	passes_not 5000
	rises isolated
	commit_policy 5000
	apply
	programs_off
	passes_not 5000
	rises isolated
	judged_by programs
	apply
}

# isolate_mn COMMAND...: run by that, which is env where it is run as it is.
isolate_mn()
{
	in_ns border "$@" "$net_sekishoctl" isolate mn --reason test --authority CISO \
		>"$last_output" 2>&1
}

sport=10000
guard_town mn lg
watch_start lg
plan 9
run_test 'a guard may be required' guard_may_be_required
sport=20000
run_test 'the module may come in mid-operation' loaded_in_mid_operation
sport=30000
run_test 'what the module refuses is refused' refused_by_the_module_is_refused
sport=40000
run_test 'maps and module fall back in one second' both_fall_back_in_one_second
run_test 'the module falls back after as many seconds as it was given' falls_back_when_it_said
run_test 'maps and module fall back together' both_fall_back
sport=50000
run_test 'a commit that was killed is mended by the next command' killed_commit_is_mended
sport=55000
run_test 'a commit that fails after the module has it is taken back' failed_commit_is_taken_back
sport=60000
run_test 'an order that only one of both has is said' order_of_one_is_said
finish
