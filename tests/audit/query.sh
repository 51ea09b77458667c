#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `audit query` and `audit index` as they are typed: what they print, where they keep the index, and
# what they say of logs and indexes that are not as they were. jq and grep say what is right.
# SEKISHOCTL names another program to test.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. ./lib.sh

sekishoctl=${SEKISHOCTL:-$audit_root/build/sekishoctl}
build_writer

export SEKISHO_STATE_DIR=$audit_work/state XDG_CACHE_HOME=$audit_work/cache LC_ALL=C
border=$SEKISHO_STATE_DIR/audit/border
mkdir -p "$SEKISHO_STATE_DIR/audit" "$XDG_CACHE_HOME"
"$writer" append "$SEKISHO_STATE_DIR/audit" border 20 200 1500 >/dev/null

# status N WORD...: `audit query` ends with that status; what it prints is in out and err.
status()
{
	local wanted=$1 got=0

	shift
	"$sekishoctl" audit query "$@" >"$audit_work/out" 2>"$audit_work/err" || got=$?
	((got == wanted)) || {
		echo "audit query $*: status $got, not $wanted"
		cat "$audit_work/err"
		return 1
	}
}

says()
{
	grep -qF -- "$1" "$audit_work/out" "$audit_work/err" || {
		echo "'$1' is not in:"
		head -n 20 "$audit_work/out" "$audit_work/err"
		return 1
	}
}

# is FILTER WORD...: the lines that the query prints are those that jq selects, byte by byte.
is()
{
	local filter=$1

	shift
	cat "$border"/*.jsonl >"$audit_work/all"
	jq -c "select(type == \"object\") | select($filter) | .seq" "$audit_work/all" >"$audit_work/seqs"
	awk 'NR == FNR { wanted[$1]; next } FNR - 1 in wanted' "$audit_work/seqs" "$audit_work/all" \
		>"$audit_work/wanted"
	[[ -s $audit_work/wanted ]]
	status 0 "$border" --lines --limit 100000 "$@"
	cmp "$audit_work/wanted" "$audit_work/out"
	status 0 "$border" --lines --limit 100000 --no-index "$@"
	cmp "$audit_work/wanted" "$audit_work/out"
}

as_jq_has_it()
{
	is '.src == "10.10.3.77" or .initiator == "10.10.3.77"' --host 10.10.3.77
	is '.type == "deny" and .to == "lgwan"' --type deny --to lgwan
	is '.type | startswith("policy.")' --type 'policy.*'
	is '.actor == "情報政策課 \"A\""' --person '情報政策課 "A"'
	is '.second == "B\\C"' --person 'B\C'
	is '(.src // .initiator // "") | test("^10\\.10\\.2\\.")' --src 10.10.2.0/24
	is '.proto == "tcp" and .reason == "no-flow"' --proto 6 --reason no-flow
	is '.smac' --host 02:00:00:00:00:01
	is '.sport == 50000 or .initiator_port == 50000' --port 50000 --dst 10.20.9.1
	is 'true'
}

periods()
{
	is '.type != "policy.apply"' --until '2026-04-01 00:00:01'
	is '.type != "policy.apply"' --since '2026-04-01 0:00' --until 2026-03-31T15:01:00Z
	is '.type == "policy.apply"' --last 4w
	status 0 "$border" --until 2026-03-31
	says 'no record is an answer'
	status 0 "$border" --since yesterday --until today
}

mistakes()
{
	status 2 "$border" --since 25:00
	says "--since cannot be '25:00'"
	status 2 "$border" --since 2026-02-30
	status 2 "$border" --since 2026-04-02 --until 2026-04-01
	status 2 "$border" --last 2 --type deny
	status 2 "$border" --last 2h --since today
	status 2 "$border" --host 10.0.0.300
	status 2 "$border" --host 10.0.0.0/33
	status 2 "$border" --src 02:00:00:00:00:01
	status 2 "$border" --port 65536
	status 2 "$border" --proto tpc
	status 2 "$border" --limit 0
	status 2 "$border" --by colour
	status 2 "$border" --lines --count
	status 1 "$audit_work/nowhere"
	status 1 "$audit_work"
	says 'there is no log in'
}

json_is_the_log()
{
	status 0 "$border" -j --host 10.10.3.77
	jq -e 'type == "array" and length == 1' "$audit_work/out"
	sed -n 2p "$audit_work/out" >"$audit_work/line"
	grep -hF '"10.10.3.77"' "$border"/*.jsonl | cmp - "$audit_work/line"
	status 0 "$border" -j --host 10.99.0.1
	jq -e '. == []' "$audit_work/out"
}

table_and_limit()
{
	status 0 "$border" --type deny --limit 3
	says 'there are more than the 3 shown'
	(($(wc -l <"$audit_work/out") == 4))
	says '2026-04-01 00:00:00'
	says '10.10.0.0:50000 > 10.20.9.1:443'
	status 0 "$border" --type deny --limit 3 --lang ja
	says '通信拒否'
	says '表示した3件のほかにもあります'
}

# packets_are FILTER WORD...: the packets that the query counts are the sum of what jq says of each.
packets_are()
{
	local filter=$1 type=

	shift
	[[ ${1:-} != --type ]] || type=$2
	status 0 "$border" -j --count "$@"
	jq -e --argjson packets "$(cat "$border"/*.jsonl | jq -s --arg type "$type" \
		"map(select(\$type == \"\" or .type == \$type) | $filter) | add")" \
		'.packets == $packets and .packets > 0' "$audit_work/out"
}

counts()
{
	status 0 "$border" -j --by type
	jq -c '[.groups[] | {key, records}] | sort_by(.key)' "$audit_work/out" >"$audit_work/counted"
	cat "$border"/*.jsonl | jq -cs 'group_by(.type) | map({key: .[0].type, records: length})' |
		cmp - "$audit_work/counted"
	packets_are .count --type deny
	packets_are '.packets_out + .packets_in' --type flow.end
	packets_are 'if .type == "flow.end" then .packets_out + .packets_in else .count // 0 end'
	status 0 "$border" --by hosts --limit 2
	says '10.10.0.0 > 10.20.9.1'
	says 'there are more than the 2 shown'
}

places()
{
	local copy=$audit_work/copy/border

	[[ -s $SEKISHO_STATE_DIR/index/border.sqlite ]]
	[[ $(stat -c %a "$SEKISHO_STATE_DIR/index/border.sqlite") == 600 ]]
	mkdir -p "${copy%/*}"
	cp -r "$border" "$copy"
	status 0 "$copy" --host 10.10.3.77
	says '10.10.3.77'
	[[ -n $(find "$XDG_CACHE_HOME/sekisho" -name 'border-*.sqlite' -size +0) ]]
	[[ -z $(find "$copy" -type f ! -name '*.jsonl' ! -name lock ! -name 'collector.*') ]]
	"$sekishoctl" audit index "$copy" --index "$audit_work/own.sqlite" -j >"$audit_work/out"
	jq -e '.[0].indexed == 4000 and .[0].bytes > 0' "$audit_work/out"
	"$sekishoctl" audit index "$copy" --index "$audit_work/own.sqlite" --anew -j >"$audit_work/out"
	jq -e '.[0].indexed == 4000' "$audit_work/out"
}

foreign_index_is_left_alone()
{
	echo precious >"$audit_work/precious"
	status 1 "$border" --index "$audit_work/precious"
	says 'is no index'
	[[ $(<"$audit_work/precious") == precious ]]
	if "$sekishoctl" audit index "$border" --index "$audit_work/precious" --anew; then
		return 1
	fi
	[[ $(<"$audit_work/precious") == precious ]]
	status 0 "$border" --host 10.10.3.77 --index "$audit_work/nowhere/index"
	says 'the log itself is read'
	says '10.10.3.77:50000'
}

# A log of its own that a test may damage: sets `border`.
own_log()
{
	border=$audit_work/own-$1/border
	mkdir -p "${border%/*}"
	"$writer" append "${border%/*}" border 10 200 700 >/dev/null
}

grows()
{
	own_log grows
	is '.type == "deny"' --type deny
	"$writer" append "${border%/*}" border 3 100 700 >/dev/null
	is '.type == "deny"' --type deny
}

edited()
{
	own_log edited
	is 'true'
	sed -i 's/"10.10.1.20"/"10.10.1.21"/' "$border/00000000000000000000.jsonl"
	is '(.src // .initiator) == "10.10.1.21"' --src 10.10.1.21
	status 0 "$border" --src 10.10.1.20
	says 'no record is an answer'
}

edited_is_told()
{
	own_log told
	status 0 "$border" --type deny
	sed -i 's/"10.10.1.20"/"10.10.1.21"/' "$border/00000000000000000000.jsonl"
	status 0 "$border" --src 10.10.1.21
	says '700 records that were indexed are gone or no longer the same'
	says 'sekishoctl audit verify'
}

damaged()
{
	local option

	own_log damaged
	sed -i '10s/.*/{"v":1}/; 20s/"tcp"/tcp/' "$border/00000000000000000000.jsonl"
	for option in '' --no-index; do
		# shellcheck disable=SC2086 # an option or none
		status 1 "$border" --host 10.10.0.30 $option
		says '2 lines could not be read; the first is 00000000000000000000.jsonl line 10'
		says '10.10.0.30:50000'
	done
}

damaged_index()
{
	own_log broken
	status 0 "$border" --type deny --index "$audit_work/broken.sqlite"
	truncate -s 20000 "$audit_work/broken.sqlite"
	is '.type == "deny"' --type deny
	status 0 "$border" --type deny --lines --limit 100000 --index "$audit_work/broken.sqlite"
	cmp "$audit_work/wanted" "$audit_work/out"
}

killed_build()
{
	local i pid

	own_log killed
	for i in 0.01 0.02 0.03 0.05; do
		"$sekishoctl" audit index "$border" --index "$audit_work/killed.sqlite" >/dev/null 2>&1 &
		pid=$!
		sleep "$i"
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" || true
		is '.type == "flow.end"' --type flow.end
		status 0 "$border" --type flow.end --lines --limit 100000 --index "$audit_work/killed.sqlite"
		cmp "$audit_work/wanted" "$audit_work/out"
		rm -f "$audit_work"/killed.sqlite*
	done
}

several_origins()
{
	local both=$audit_work/both

	mkdir -p "$both"
	"$writer" append "$both" one 1 300 1000 >/dev/null
	"$writer" append "$both" two 1 300 1000 >/dev/null
	status 0 "$both" --count -j
	jq -e '.records == 600' "$audit_work/out"
	status 1 "$both" --index "$audit_work/one.sqlite"
	says 'there are several logs'
	status 0 "$both" --host 10.10.0.30
	says 'Recorded by'
	(($(wc -l <"$audit_work/out") == 3))
	# What is no log may be what is left of one: the answer is not whole.
	mkdir "$both/three"
	status 1 "$both" --host 10.10.0.30
	says "there is no log in $both/three"
	(($(wc -l <"$audit_work/out") == 3))
	# The only one of the state directory needs no name.
	status 0 --count -j
	jq -e '.records == 4000' "$audit_work/out"
}

plan 16
run_test 'answers are the lines that jq selects, with the index and without' as_jq_has_it
run_test 'of a period' periods
run_test 'mistakes are told' mistakes
run_test 'JSON has the bytes of the log' json_is_the_log
run_test 'a table, and what is beyond the limit' table_and_limit
run_test 'counts' counts
run_test 'the index is where it should be' places
run_test 'another file is not taken for it' foreign_index_is_left_alone
run_test 'a log that grows' grows
run_test 'a log that was edited' edited
run_test 'which is told' edited_is_told
run_test 'damaged lines are told, and the others found' damaged
run_test 'a damaged index' damaged_index
run_test 'a build that was killed' killed_build
run_test 'several logs' several_origins
run_test 'every form of help' status 0 --help
finish
