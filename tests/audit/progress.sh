#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# That a command which takes its time says how far it is: on a terminal, from its second second on,
# and takes that away before it says anything else. Time is made to run: each look at the monotonic
# clock is 300 ms later.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cd "$audit_root"
. tests/command.sh
. tests/terminal.sh
[[ -x $sekishoctl ]] || plan_skip 'build/sekishoctl is not built'
export SEKISHO_LOCALE_DIR=$PWD/build/locale
here=$(mktemp -d -p "$audit_work")
export SEKISHO_STATE_DIR=$here/state SEKISHO_RUN_DIR=$here/run SEKISHO_BPFFS=$here/bpffs
records=$SEKISHO_STATE_DIR/audit/$(hostname)
mkdir -p "$SEKISHO_STATE_DIR/audit"
tests/audit/report_log.py "$records" 2026-04-01 20
"$sekishoctl" audit checkpoint >"$here/out"
tests/policy/generate_large.py 3000 >"$here/policy.yaml"

fast_clock "$here/clock.so"

# seen ARGUMENT...: standard error of a command on a terminal, as it was written, is in $here/terminal.
seen()
{
	on_terminal "$here/clock.so" "$here/terminal" "$here/out" "$sekishoctl" "$@"
}

# tells LABEL... -- ARGUMENT...: all these bars, which are gone in the end; none where nobody looks
tells()
{
	local label labels=()

	while [[ $1 != -- ]]; do
		labels+=("$1")
		shift
	done
	shift
	seen "$@"
	for label in "${labels[@]}"; do
		grep -aqF "$label [#" "$here/terminal" || grep -aqF "$label [." "$here/terminal"
	done
	# Behind what takes the line away there is no bar, and before it nothing but bars.
	awk 'BEGIN { RS = "\r" } END { exit /\[[#.]+\]/ }' "$here/terminal"
	rm -rf "$here"/made*
	LD_PRELOAD=$here/clock.so "$sekishoctl" "$@" >"$here/out" 2>"$here/said"
	! grep -aq $'\r\\|\\[[#.]*\\]' "$here/said" || return 1
	rm -rf "$here"/made*
}

# Without what the last one left, it begins with the first record.
checkpoint_tells()
{
	rm "$records/frontier"
	tells reading -- audit checkpoint
}

# What reads the policy in force: `show flows`, `top` and others get it the same way.
stored_policy()
{
	mkdir -p "$SEKISHO_STATE_DIR/generations/1"
	cp "$here/policy.yaml" "$SEKISHO_STATE_DIR/generations/1/policy.yaml"
	echo 1 >"$SEKISHO_STATE_DIR/current"
	tells reading checking -- explain in=mn0 src=10.0.0.0 dst=10.128.0.0 \
		smac=02:00:00:00:00:00 proto=tcp dport=443 at=2098-06-01T12:00:00
}

# A defect is told on a line of its own.
after_the_bar()
{
	cp -a "$records" "$here/changed"
	sed -i '$s/"generation":1/"generation":2/' "$here/changed/00000000000000000000.jsonl"
	seen audit verify "$here/changed" && return 1
	grep -aqF 'verifying [' "$here/terminal"
	grep -q '^[^[]*NOT good' "$here/out"
}

plan 12
run_test 'audit verify' tells verifying -- audit verify
run_test 'audit export' tells reading writing -- audit export --format csv --output "$here/made"
run_test 'audit export of the guideline' tells reading writing -- audit export --format guideline --output "$here/made"
run_test 'audit report' tells reading verifying -- audit report --period 2026-04 --output "$here/made"
run_test 'audit incident' tells reading writing verifying -- audit incident --since 2026-04-01 --output "$here/made"
run_test 'audit prove' tells reading -- audit prove 5
run_test 'audit digest' tells reading -- audit digest --date 2026-04-10
run_test 'audit checkpoint' checkpoint_tells
run_test 'check' tells reading checking -- check "$here/policy.yaml"
run_test 'explain' tells reading checking -- explain --policy "$here/policy.yaml" in=mn0 \
	src=10.0.0.0 dst=10.128.0.0 smac=02:00:00:00:00:00 proto=tcp dport=443 at=2098-06-01T12:00:00
run_test 'a policy that is stored' stored_policy
run_test 'a defect is told after it' after_the_bar
finish
