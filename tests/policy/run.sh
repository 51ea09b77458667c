#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Holds the policy reader to its corpus: good/ has no errors, bad/ gives exactly what is expected.
#
# usage: run.sh [CHECK_POLICY]; without it the reader is built from this tree.
set -u

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
LC_ALL=C
export LC_ALL
unset LANGUAGE TZ

check=${1:-}
if [ -z "$check" ]; then
	check=$work/check_policy
	${CC:-gcc} -std=gnu11 -O1 -g -D_GNU_SOURCE -I"$root/include" -I"$root/ctl" -I"$root/ctl/model" \
		-o "$check" "$here/check_policy.c" "$root"/ctl/policy/*.c "$root"/ctl/disk/*.c \
		"$root/ctl/model/policy.c" \
		-lyaml -ljansson -lcrypto || exit 1
fi

number=0
failed=0

result() { # NAME OK
	number=$((number + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $number $1"
	else
		echo "not ok $number $1"
		failed=$((failed + 1))
	fi
}

# FILE WANTED_STATUS EXPECTED_OUTPUT
compare() {
	"$check" "$1" >"$work/out" 2>"$work/err"
	status=$?
	if [ "$status" -eq "$2" ] && cmp -s "$work/out" "$3" && [ ! -s "$work/err" ]; then
		return 0
	fi
	echo "# status $status, wanted $2"
	{ diff "$3" "$work/out"; cat "$work/err"; } | head -n 20 | sed 's/^/# /'
	return 1
}

json_holds() { # FILE
	"$check" -j "$1" >"$work/json" || :
	jq -e 'length > 0 and all(.[]; .severity and .file and .code and .message and
		has("line") and has("column") and has("requirement") and has("hint") and
		has("text"))' "$work/json" >/dev/null
}

canonical() { # FILE
	"$check" --canonical "$1"
}

set -- "$here"/good/*.yaml
good=$#
set -- "$here"/bad/*.yaml
bad=$#
echo "KTAP version 1"
echo "1..$((good + 2 * bad + 4))"

for file in "$here"/good/*.yaml; do
	name=$(basename "$file" .yaml)
	expected=$here/good/$name.warnings
	[ -e "$expected" ] || expected=/dev/null
	compare "$file" 0 "$expected"
	result "good/$name" $?
done
for file in "$here"/bad/*.yaml; do
	name=$(basename "$file" .yaml)
	compare "$file" 1 "$here/bad/$name.expected"
	result "bad/$name" $?
	json_holds "$file"
	result "bad/$name.json" $?
done

[ "$(canonical "$here/good/same-1.yaml")" = "$(canonical "$here/good/same-2.yaml")" ]
result "digest: order and formatting do not change it" $?
[ "$(canonical "$here/good/same-1.yaml")" != "$(canonical "$here/good/different.yaml")" ]
result "digest: a purpose changes it" $?
[ "$(canonical "$here/good/same-1.yaml")" = "$(TZ=America/New_York canonical "$here/good/same-1.yaml")" ]
result "digest: the process's own time zone does not change it" $?
"$check" "$root/examples/policy.yaml" >/dev/null
result "examples/policy.yaml has no errors" $?

echo "# $((number - failed)) of $number passed"
[ "$failed" -eq 0 ]
