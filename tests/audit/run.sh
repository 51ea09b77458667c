#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The tests of the audit log's files, with their programs built once, with sanitizers: run.sh [NAME...],
# a NAME being a script of this directory. With SEKISHO_LONG=1 they take their long forms, some quarter
# of an hour, without.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. ./lib.sh

if [[ ${SEKISHO_LONG:-} ]]; then
	export SEKISHO_TEST_TIMEOUT=${SEKISHO_TEST_TIMEOUT:-7200}
else
	export SEKISHO_AUDIT_SANITIZE=1
fi
build_writer
build_program root
build_program flip
build_killed
build_power_cut
export SEKISHO_AUDIT_PROGRAMS=$audit_programs
# The longest first.
programs=(tamper crash forward report incident verify_independent checkpoints query export progress)
((!$#)) || programs=("$@")
programs=("${programs[@]/#/./}")
SEKISHO_TEST_JOBS=$(nproc) run_programs "${programs[@]/%/.sh}"
finish
