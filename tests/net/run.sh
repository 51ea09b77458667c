#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Tests between network namespaces: run.sh [NAME...], a NAME being a script of this directory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/ktap.sh

# What two processors at a time, or a second of the clock, are part of.
alone=(hammer isolate scale)

programs=()
if (($#)); then
	for name in "$@"; do
		programs+=("tests/net/$name.sh")
	done
else
	for program in tests/net/*.sh; do
		name=$(basename "$program" .sh)
		case " run lib ${alone[*]} " in
		*" $name "*) ;;
		*) programs+=("$program") ;;
		esac
	done
	alone=("${alone[@]/#/tests/net/}")
	programs+=(-- "${alone[@]/%/.sh}")
fi
# Each has namespaces of its own, and waits more than it works.
SEKISHO_TEST_JOBS=$(nproc) run_programs "${programs[@]}"
finish
