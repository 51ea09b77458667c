#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# That `apply --confirm` falls back by itself, whatever becomes of the process and its terminal,
# and that `confirm` keeps the policy.
#
#	lg  eth0 -- lg0  border  in0 -- eth0  in
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/programs/apply.sh

status_is()
{
	border show status -j >"$net_directory/status"
	jq -e "$1" "$net_directory/status" >"$net_directory/answer" && return
	jq -c 'del(.ports)' "$net_directory/status"
	return 1
}

history_is()
{
	border history -j >"$net_directory/history"
	jq -e "$1" "$net_directory/history" >"$net_directory/answer" && return
	jq -c '.[]' "$net_directory/history"
	return 1
}

fell_back()
{
	tally
	(($(total_of fell_back) == 1))
}

# The old policy is in force again, as a generation of its own, and everybody can see why.
is_old_again()
{
	busywait 8 fell_back
	enforced old
	status_is '.generation == 3 and .confirm_within == null and .fell_back == 1'
	history_is '.[-1] | .generation == 3 and .kind == "fallback" and .rollback_of == 1 and .in_force'
	history_is '.[-2] | .generation == 2 and (.confirmed | not) and (.in_force | not)'
	history_is '[.[].digest] | .[0] == .[2] and .[0] != .[1]'
	grep -h '"policy.rollback"' "$net_directory"/state/audit/*/*.jsonl |
		jq -e '.generation == 3' >"$net_directory/answer"
	apply new
	status_is '.generation == 4'
}

falls_back()
{
	apply_lay
	apply new --confirm 4
	status_is '.generation == 2 and .confirm_within != null and .confirm_within <= 4'
	is_old_again
}

# In a session of its own, on a terminal of its own, all of which is killed at once.
falls_back_without_anybody()
{
	local command script session processes

	apply_lay
	command="nsenter --net=$(ns_path border) $net_sekishoctl apply \
		$net_directory/new.yaml --confirm 5; touch $net_directory/applied; sleep 60"
	setsid script --quiet --command "$command" /dev/null &
	script=$!
	defer stop_process "$script"
	busywait 5 test -e "$net_directory/applied"
	enforced new
	# script gave the command another session, with the terminal.
	session=$(ps -o sid= --ppid "$script" | tr -d ' ')
	mapfile -t processes < <(ps -o pid= --sid "$session" | tr -d ' ')
	at_least 'processes to be killed' "${#processes[@]}" 1
	kill -KILL "${processes[@]}" "$script"
	wait "$script" || :
	is_old_again
}

# The commit came with a new object; so does the way back.
falls_back_after_growth()
{
	apply_lay
	policy_of new NEW 5002 '' "$(for i in {1..60}; do
		segment "more-$i" other "lg0.$i" "10.$((100 + i)).0.0/16"
	done)"
	apply new --confirm 4
	is_old_again
}

# Before the first policy there was none, and there is none again.
falls_back_to_nothing()
{
	apply_lay bare
	apply new --confirm 4
	busywait 8 fell_back
	enforced none
	status_is '.generation == 0'
	apply old
}

confirm_keeps()
{
	apply_lay
	apply new --confirm 4
	border confirm
	# Past the moment at which it would have fallen back.
	busywait 8 awake_since "$(monotonic)" 6
	tally
	equal 'fell back' "$(total_of fell_back)" 0
	enforced new
	status_is '.generation == 2 and .confirm_within == null and .confirmed'
	history_is '.[-1] | .generation == 2 and .confirmed and .in_force'
	if border --lang en confirm >"$net_directory/said" 2>&1; then
		return 1
	fi
	grep 'no policy waits to be confirmed' "$net_directory/said"
}

monotonic()
{
	local up

	read -r up _ </proc/uptime
	echo "${up%.*}"
}

awake_since()
{
	(($(monotonic) >= $1 + $2))
}

# While one waits no other is applied, and that does not disturb the one that waits.
second_is_refused()
{
	apply_lay
	apply new --confirm 6
	refused 'waits to be confirmed|sekishoctl confirm' old
	refused 'waits to be confirmed|sekishoctl confirm' old --confirm 10
	is_old_again
}

rollback_does_not_wait()
{
	apply_lay
	apply new --confirm 30
	border rollback
	enforced old
	status_is '.generation == 3 and .confirm_within == null and .fell_back == 0'
	history_is '.[-1] | .kind == "rollback" and .rollback_of == 1 and .in_force'
}

# Whether it was enforced meanwhile is not asked: a second may be over before frames are counted.
too_late()
{
	apply_lay
	border apply "$net_directory/new.yaml" --confirm 1
	busywait 8 fell_back
	if border --lang en confirm >"$net_directory/said" 2>&1; then
		return 1
	fi
	cat "$net_directory/said"
	grep -E 'not confirmed|no policy waits|fell back' "$net_directory/said"
	enforced old
}

plan 8
run_test 'what is not confirmed falls back' falls_back
run_test 'with all processes and the terminal gone as well' falls_back_without_anybody
run_test 'after the tables have grown as well' falls_back_after_growth
run_test 'the first policy falls back to none' falls_back_to_nothing
run_test 'confirm keeps it' confirm_keeps
run_test 'a second apply is refused while one waits' second_is_refused
run_test 'rollback does not wait' rollback_does_not_wait
run_test 'confirm comes too late' too_late
finish
