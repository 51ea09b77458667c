# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# How a test program in bash reports: KTAP on standard output, exit status 0, 1, or 4 where all was
# skipped. Sourced. Knows nothing of what is tested.
#
#	plan 2
#	run_test 'the border drops what nobody permitted' drops_unlisted
#	run_test 'and counts it' counts_unlisted
#	finish
#
# A test's function runs in a shell of its own under `set -e`: it fails with its first failing
# command. What it prints becomes comments. It calls `skip_test REASON` to be skipped, and `defer`
# for what must be undone however it ends.

# A program that is told to stop first waits for its test to be undone.
trap 'exit 130' INT
trap 'exit 143' TERM

ktap_number=0
ktap_planned=0
ktap_failed=0
ktap_skipped=0

plan()
{
	ktap_planned=$1
	echo 'TAP version 13'
	echo "1..$1"
}

# Nothing of this program can run here.
plan_skip()
{
	echo 'TAP version 13'
	echo "1..0 # SKIP $*"
	exit 4
}

ok()
{
	echo "ok $((++ktap_number)) $1"
}

# not_ok NAME [WHY]
not_ok()
{
	ktap_failed=$((ktap_failed + 1))
	[[ -z ${2:-} ]] || echo "# $2"
	echo "not ok $((++ktap_number)) $1"
}

# skip NAME REASON
skip()
{
	ktap_skipped=$((ktap_skipped + 1))
	echo "ok $((++ktap_number)) $1 # SKIP $2"
}

# Ends the program: undoes what was deferred outside of tests, and says by the status how it went.
finish()
{
	run_deferred
	check_leaks >&2 || exit 1
	if ((ktap_number != ktap_planned)); then
		echo "# planned $ktap_planned, ran $ktap_number"
		exit 1
	fi
	((ktap_failed == 0)) || exit 1
	((ktap_skipped < ktap_number)) || exit 4
	exit 0
}

deferred=()
deferred_by=

# defer COMMAND [ARGUMENT...]: to be run when this shell (the test's) ends, by signal too; last first.
defer()
{
	if [[ $deferred_by != "$BASHPID" ]]; then
		# What a shell inherited is its parent's to undo.
		deferred=()
		deferred_by=$BASHPID
		trap run_deferred EXIT
		trap 'exit 130' INT
		trap 'exit 143' TERM
	fi
	deferred+=("$(printf '%q ' "$@")")
}

run_deferred()
{
	local i

	[[ $deferred_by == "$BASHPID" ]] || return 0
	trap - EXIT
	trap '' INT TERM
	set +e
	for ((i = ${#deferred[@]} - 1; i >= 0; i--)); do
		eval "${deferred[i]}"
	done
	deferred=()
}

skip_test()
{
	printf '%s' "$*" >"$ktap_skip_reason"
	exit 4
}

# Where a file that is sourced later wants a look at what a test leaves behind, it redefines this;
# a status other than 0 fails the test.
check_leaks()
{
	return 0
}

# run_test NAME FUNCTION [ARGUMENT...]
run_test()
{
	local name=$1 status errexit=+e work log ktap_skip_reason

	[[ $- != *e* ]] || errexit=-e
	shift
	work=$(mktemp -d)
	log=$work/log
	ktap_skip_reason=$work/reason
	# Not part of a condition: bash would ignore set -e inside. Into a file: a process that
	# outlives the test must not hold a pipe open.
	set +e
	(
		set -e
		"$@"
	) >"$log" 2>&1
	status=$?
	check_leaks >>"$log" 2>&1 || status=99
	[[ ! -s $log ]] || sed 's/^/# /' "$log"
	set "$errexit"
	case $status in
	0) ok "$name" ;;
	4) skip "$name" "$(<"$ktap_skip_reason")" ;;
	99) not_ok "$name" 'something of the test is left' ;;
	*) not_ok "$name" "status $status" ;;
	esac
	rm -r "$work"
}

# busywait SECONDS COMMAND [ARGUMENT...]: polls until the command succeeds.
busywait()
{
	local end=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		if ((SECONDS > end)); then
			echo "gave up waiting for: $*" >&2
			return 1
		fi
		sleep 0.05
	done
}

# run_programs PROGRAM... [-- PROGRAM...]: each is a test, its own results nested below it. As many
# as SEKISHO_TEST_JOBS (else one) run at a time, those after -- by themselves, when all others have
# ended. Results come in the order of the programs.
run_programs()
{
	local program_paths=() together=$# number=0 told=0 running=0 ended result logs program
	local -A number_of=()
	local program_status=() program_begun=() program_took=()

	for program in "$@"; do
		[[ $program != -- ]] || {
			together=${#program_paths[@]}
			continue
		}
		program_paths+=("$program")
	done
	logs=$(mktemp -d)
	running_programs=()
	defer rm -rf "$logs"
	defer end_programs
	plan "${#program_paths[@]}"
	while ((told < ${#program_paths[@]})); do
		while ((number < ${#program_paths[@]} && running < \
			(number < together ? ${SEKISHO_TEST_JOBS:-1} : 1))); do
			# Into a file: a process that outlives the program must not hold a pipe open.
			timeout --kill-after=10 "${SEKISHO_TEST_TIMEOUT:-300}" "${program_paths[number]}" \
				>"$logs/$number" 2>&1 </dev/null &
			running_programs[$!]=$!
			number_of[$!]=$number
			program_begun[number]=$SECONDS
			number=$((number + 1))
			running=$((running + 1))
		done
		result=0
		wait -n -p ended || result=$?
		unset "running_programs[$ended]"
		running=$((running - 1))
		program_status[${number_of[$ended]}]=$result
		program_took[${number_of[$ended]}]=$((SECONDS - program_begun[${number_of[$ended]}]))
		while [[ ${program_status[told]:-} ]]; do
			tell_program "${program_paths[told]}" "${program_status[told]}" "${program_took[told]}" "$logs/$told"
			told=$((told + 1))
		done
	done
}

# tell_program PROGRAM STATUS SECONDS LOG
tell_program()
{
	local name

	name=$(basename "$1" .sh)
	sed 's/^/    /' "$4"
	echo "# $name: $3 s"
	case $2 in
	0) ok "$name" ;;
	4) skip "$name" "$(sed -n 's/^1\.\.0 # SKIP //p' "$4")" ;;
	124 | 137) not_ok "$name" "stopped after ${SEKISHO_TEST_TIMEOUT:-300} s" ;;
	*) not_ok "$name" "exited with status $2" ;;
	esac
}

# They undo what they have made, and are waited for.
end_programs()
{
	((${#running_programs[@]} > 0)) || return 0
	kill "${running_programs[@]}"
	wait "${running_programs[@]}"
}
