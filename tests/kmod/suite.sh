#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# All of the tests of the module in one guest: suite.sh [NAME...], a NAME being a script of this
# directory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/ktap.sh

programs=(client module reasons scenarios leak commits watching fast churn)
((!$#)) || programs=("$@")
paths=("${programs[@]/#/tests/kmod/}")
paths=("${paths[@]/%/.sh}")
SEKISHO_TEST_TIMEOUT=${SEKISHO_TEST_TIMEOUT:-400} run_programs \
	"${paths[@]}"
finish
