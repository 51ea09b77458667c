#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Tests of the module in one guest: suite.sh kmod|kmod-adversity|NAME..., a NAME being a script of this
# directory, and the two words being the stages that run them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/ktap.sh

case $* in
kmod) set -- client module reasons scenarios leak ;;
kmod-adversity) set -- commits watching fast churn ;;
esac
paths=("${@/#/tests/kmod/}")
paths=("${paths[@]/%/.sh}")
SEKISHO_TEST_TIMEOUT=${SEKISHO_TEST_TIMEOUT:-400} run_programs \
	"${paths[@]}"
finish
