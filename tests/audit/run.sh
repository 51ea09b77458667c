#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The tests of the audit log's files, with the writer built once, with sanitizers.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. ./lib.sh

export SEKISHO_AUDIT_SANITIZE=1
build_writer
export SEKISHO_AUDIT_WRITER=$writer
run_programs ./verify_independent.sh ./crash.sh ./checkpoints.sh
finish
