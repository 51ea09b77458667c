#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs stages of the checks and sums up: run.sh STAGE...
# A stage is tests/STAGE/run.sh, which prints KTAP. The last line is 'N passed, N failed', with
# ', N skipped' where some were. The status is 0 if nothing failed and something passed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

logs=build/check
passed=0
failed=0
skipped=0

run_stage()
{
	local stage=$1 script=tests/$1/run.sh counts=$logs/$1.counts status
	local started=$SECONDS stage_passed stage_failed stage_skipped

	if [[ ! -e $script ]]; then
		echo 'skipped: no such collection yet'
		skipped=$((skipped + 1))
		return
	fi
	rm -f "$counts"
	timeout --kill-after=30 "${SEKISHO_STAGE_TIMEOUT:-1800}" "$script" </dev/null |
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
for stage in "$@"; do
	echo "# == $stage"
	run_stage "$stage"
done

result="$passed passed, $failed failed"
((skipped == 0)) || result+=", $skipped skipped"
((passed > 0 || failed > 0)) || echo '# nothing was tested'
echo "$result"
((failed == 0 && passed > 0))
