#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Tests between network namespaces: run.sh [NAME...], a NAME being a script of this directory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/ktap.sh

programs=()
if (($#)); then
	for name in "$@"; do
		programs+=("tests/net/$name.sh")
	done
else
	for program in tests/net/*.sh; do
		case ${program##*/} in
		run.sh | lib.sh) ;;
		*) programs+=("$program") ;;
		esac
	done
fi
run_programs "${programs[@]}"
finish
