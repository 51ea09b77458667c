#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# How fast a large audit log is indexed, how large its index is, and how long typical queries take:
# query.sh [RECORDS]. Needs about 560 bytes of disk a record in build/bench/, which are freed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

records=${1:-10000000}
repeat=5
place=(--index build/bench/query-log/index.sqlite)
work=build/bench/query-log
writer=build/bench/query
sekishoctl=${SEKISHOCTL:-$PWD/build/sekishoctl}
export LC_ALL=C SEKISHO_STATE_DIR=$PWD/$work/state

nice make -j1 build/sekishoctl "$writer"
rm -rf "$work"
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT

# seconds FORMAT WORD...: how long a command takes, as TIMEFORMAT has it
seconds()
{
	local TIMEFORMAT=$1

	shift
	{ time "$@" >"$work/out" 2>"$work/err"; } 2>&1 || {
		cat "$work/err" >&2
		return 1
	}
}

# per NUMERATOR DENOMINATOR FORMAT
per()
{
	awk -v a="$1" -v b="$2" -v format="$3\n" 'BEGIN { printf format, a / b }'
}

# The median of some runs: a machine has other things to do too.
query()
{
	local what=$1 i times=() median

	shift
	for ((i = 0; i < repeat; i++)); do
		times+=("$(seconds %3R "$sekishoctl" audit query "$work/border" "${place[@]}" "$@")")
	done
	median=$(printf '%s\n' "${times[@]}" | sort -n | sed -n "$((repeat / 2 + 1))p")
	echo "| $what | \`$*\` | $median |"
}

time=$(seconds %3R "$writer" "$work" "$records")
echo "written: $records records, $(du -sm "$work/border" | cut -f1) MiB, $(per "$records" "$time" %.0f) a second"
read -r time cpu < <(seconds '%3R %3U' "$sekishoctl" audit index "$work/border" --index "$work/index.sqlite" --anew)
echo "indexed: $time s, $cpu s of them on a processor: $(per "$records" "$time" %.0f) and" \
	"$(per "$records" "$cpu" %.0f) records a second"
size=$(stat -c %s "$work/index.sqlite")
echo "size: $((size >> 20)) MiB, $(per "$size" "$records" %.1f) bytes a record"
echo
echo '| question | options | seconds |'
echo '| --- | --- | --- |'
day=2026-04-15
query 'who talked to a host within 20 minutes' --host 198.18.0.77 --since "$day 9:00" --until "$day 9:20"
query 'all of a host, first 1,000' --host 10.20.0.9
query 'a rare host, all of the month' --host 10.20.15.150 --limit 100000
query 'two hosts' --src 10.20.1.44 --dst 198.18.1.200
query 'a prefix within an hour' --host 198.18.4.0/24 --since "$day 10:00" --until "$day 11:00"
query 'a MAC address' --host 02:00:00:00:0f:96
query 'a reason, a day, counted by hosts' --reason mac-mismatch --since "$day" --until "$day" --by hosts
query 'denied to RDP from a segment' --from lgwan --type deny --port 3389 --since "$day" --until "$day"
query 'a flow within an hour, counted by segments' --flow F-0150 --since "$day 9:00" --until "$day 10:00" --by segments
query 'policies put in force' --type 'policy.*' --limit 100000
query 'what a person did' --person joho-b
query 'nothing there' --host 203.0.113.9
query 'all within 20 minutes, counted by reason' --since "$day 9:00" --until "$day 9:20" --by reason
repeat=1
place=()
query 'a rare host, without the index' --host 10.20.15.150 --no-index
