#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# docs/netlink/sekisho.yaml, include/sekisho/netlink.h and the module's table of operations say the
# same: names, numbers, the order of both, commands, their attributes, the group.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/ktap.sh

spec=docs/netlink/sekisho.yaml
header=include/sekisho/netlink.h
export LC_ALL=C

says()
{
	python3 tests/style/netlink_spec.py "$@"
}

# The order of the enums is no matter, that of their values is in the numbers.
header_is_same()
{
	local said

	said=$(says spec "$spec")
	echo "$(wc -l <<<"$said") facts"
	[[ -n $said ]]
	diff <(sort <<<"$said") <(says header "$header" | sort)
}

# Nothing of it is there twice, and so hidden from the comparison.
nothing_is_twice()
{
	local twice

	twice=$(says header "$header" | cut -d' ' -f2 | sort | uniq -d)
	echo "$twice"
	[[ -z $twice ]]
}

# A difference is found: the test before is no vain one.
differences_are_found()
{
	local here

	here=$(mktemp -d)
	defer rm -rf "$here"
	sed 's/SEKISHO_FLOW_FROM,/SEKISHO_FLOW_TO2,/' "$header" >"$here/name.h"
	sed '/SEKISHO_CMD_PREPARE,/d' "$header" >"$here/gap.h"
	sed 's/"events"/"event"/' "$header" >"$here/group.h"
	for header in "$here"/*.h; do
		if header_is_same >/dev/null; then
			echo "not found: $(basename "$header")"
			return 1
		fi
	done
}

# `do NAME ATTRIBUTE...` and `dump NAME` of the module: its tables of operations and of requests.
module_takes()
{
	awk '
		FNR == 1 { file++ }
		file == 1 && match($0, /sekisho_request_[a-z]+\[/) {
			table = substr($0, RSTART + 16, RLENGTH - 17)
			next
		}
		file == 1 && /^};/ { table = "" }
		file == 1 && table != "" && match($0, /\[SEKISHO_A_[A-Z_]+\]/) {
			taken[table] = taken[table] " " substr($0, RSTART + 1, RLENGTH - 2)
		}
		file == 2 && /^\tDO\(/ {
			split($0, word, /[(, )]+/)
			print "do SEKISHO_CMD_" word[2] taken[word[4]]
		}
		file == 2 && /^\tDUMP\(/ {
			split($0, word, /[(, )]+/)
			print "dump SEKISHO_CMD_" word[2]
		}' kmod/attributes.c kmod/family.c
}

module_is_same()
{
	diff <(says asked "$spec") <(module_takes)
}

command -v python3 >/dev/null || plan_skip 'python3 is not installed'
plan 4
run_test 'the header says what the specification says' header_is_same
run_test 'no name is there twice' nothing_is_twice
run_test 'a difference would be found' differences_are_found
run_test 'the module takes what the specification says' module_is_same
finish
