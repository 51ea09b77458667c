#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs stages of the checks and sums up: run.sh STAGE... They run one after another, but for lint: it
# wants nothing but processors, and from the beginning on gets what the stages before it leave idle.
# A stage is tests/STAGE/run.sh, which prints KTAP. The last line is 'N passed, N failed', with
# ', N skipped' where some were. The status is 0 if nothing failed and something passed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

logs=build/check
passed=0
failed=0
skipped=0
lint= # its process, where it has begun before its turn

begin_lint()
{
	[[ $1 != lint && " $* " == *' lint '* && -e tests/lint/run.sh ]] || return 0
	nice -n 19 timeout --kill-after=30 "${SEKISHO_STAGE_TIMEOUT:-1800}" tests/lint/run.sh \
		>"$logs/lint.said" 2>&1 </dev/null &
	lint=$!
	trap 'kill "$lint" 2>/dev/null' EXIT
}

# said STAGE: what it says, as it says it, or as it has said it.
said()
{
	if [[ $1 != lint || -z $lint ]]; then
		timeout --kill-after=30 "${SEKISHO_STAGE_TIMEOUT:-1800}" "tests/$1/run.sh" </dev/null
		return
	fi
	cat "$logs/lint.said"
	return "$lint_status"
}

run_stage()
{
	local stage=$1 script=tests/$1/run.sh counts=$logs/$1.counts status lint_status=0
	local started=$SECONDS stage_passed stage_failed stage_skipped

	if [[ ! -e $script ]]; then
		echo 'skipped: no such collection yet'
		skipped=$((skipped + 1))
		return
	fi
	rm -f "$counts"
	if [[ $stage == lint && -n $lint ]]; then
		wait "$lint" || lint_status=$?
		trap - EXIT
	fi
	said "$stage" |
		awk -v program="$stage" -v counts="$counts" -f tests/summary.awk |
		tee "$logs/$stage.ktap"
	status=${PIPESTATUS[0]}
	read -r stage_passed stage_failed stage_skipped <"$counts" || {
		stage_passed=0 stage_failed=1 stage_skipped=0
	}
	# A status that the results do not explain is a failure of its own.
	if ((status != 0 && status != 4 && stage_failed == 0)); then
		echo "# $script exited with status $status"
		stage_failed=1
	fi
	echo "# $stage: $stage_passed passed, $stage_failed failed, $stage_skipped skipped," \
		"$((SECONDS - started)) s"
	passed=$((passed + stage_passed))
	failed=$((failed + stage_failed))
	skipped=$((skipped + stage_skipped))
}

if (($# == 0)); then
	echo 'usage: tests/run.sh STAGE...' >&2
	exit 2
fi
mkdir -p "$logs"
begin_lint "$@"
for stage in "$@"; do
	echo "# == $stage"
	run_stage "$stage"
done

result="$passed passed, $failed failed"
((skipped == 0)) || result+=", $skipped skipped"
((passed > 0 || failed > 0)) || echo '# nothing was tested'
echo "$result"
((failed == 0 && passed > 0))
