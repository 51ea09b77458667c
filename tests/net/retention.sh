#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# How long the audit log is kept: as long as the policy in force declares, and what stays is verified
# by both verifiers, searched and proved. Records of months ago are written by tests/audit/report_log.py.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/programs/engine.sh

[[ -x $net_sekishoctl ]] || plan_skip 'build/sekishoctl is not built'

# Trees of such sizes have parts of every height.
a_file=397

# apply_with LINE: a policy with this line in its site
apply_with()
{
	{
		echo 'sekisho: 1'
		echo 'site:'
		echo '  name: test'
		[[ ! $1 ]] || echo "  $1"
		echo 'segments:'
		echo '  - {name: lg, kind: lgwan, label: lg, ports: [{interface: lg0}], networks: [10.20.0.0/16]}'
	} >"$net_directory/policy.yaml"
	border apply "$net_directory/policy.yaml" --actor tester
}

# collect_once: what the collector said is in $net_directory/said. Whether the machine's clock is
# synchronised or not, to the collector it is; or, with SYNCHRONISED=0, it is not.
collect_once()
{
	LD_PRELOAD=$net_directory/clock.so border collect --once 2>"$net_directory/said"
}

fails()
{
	! "$@"
}

build_clock()
{
	"${CC:-cc}" -shared -fPIC -o "$net_directory/clock.so" -x c - <<-'END'
		#include <stdlib.h>
		#include <sys/timex.h>

		int adjtimex(struct timex *timex)
		{
			const char *synchronised = getenv("SYNCHRONISED");

			(void)timex;
			return synchronised && *synchronised == '0' ? TIME_ERROR : TIME_OK;
		}
	END
}

# In files of so many records, the last of which has fewer.
lay()
{
	local first=0 part all=$net_directory/all

	border_create
	trunk_create lg lg0
	build_clock
	records=$SEKISHO_STATE_DIR/audit/$(hostname)
	tests/audit/report_log.py "$net_directory/old" 2026-02-01 10
	mv "$net_directory/old/00000000000000000000.jsonl" "$all"
	mkdir -p "$records"
	while part=$(sed -n "$((first + 1)),$((first + a_file))p" "$all") && [[ $part ]]; do
		printf '%s\n' "$part" >"$records/$(printf '%020d' "$first").jsonl"
		first=$((first + a_file))
	done
	touch -d '2026-02-12' "$records"/*.jsonl
	old_files=$(find "$records" -name '0*.jsonl' | wc -l)
	((old_files > 4))
	border audit checkpoint >"$net_directory/said" 2>&1
}

files()
{
	find "$records" -name '0*.jsonl' | wc -l
}

# both_say FIRST: the log is good for both verifiers, and begins with this record
both_say()
{
	local filter=".ok and .removed == $1 and .records > 0 and .first_seq == $1"

	"$net_sekishoctl" audit verify -j "$records" >"$net_directory/verified"
	jq -e "$filter" "$net_directory/verified"
	dist/verify/sekisho-verify -j --key "$records/checkpoint.vkey" "$records" | jq -e "$filter"
}

kept_without_a_word()
{
	apply_with ''
	collect_once
	(($(files) == old_files))
	both_say 0
	"$net_sekishoctl" audit query --count --since 2026-01-01 >"$net_directory/counted"
}

# Somebody has still to get them.
kept_until_sent()
{
	mkdir -p "$SEKISHO_STATE_DIR/forward"
	printf '{"v":1,"seq":%s,"file":0,"offset":0,"hash":"","checkpoint":""}\n' $((a_file - 1)) \
		>"$SEKISHO_STATE_DIR/forward/siem.json"
	apply_with 'log_retention_days: 90'
	collect_once
	grep -q '00000000000000000000.jsonl .*forward' "$net_directory/said"
	(($(files) == old_files))
	printf '{"v":1,"seq":%s,"file":0,"offset":0,"hash":"","checkpoint":""}\n' $((3 * a_file)) \
		>"$SEKISHO_STATE_DIR/forward/siem.json"
	collect_once
	(($(files) == old_files - 3))
	both_say $((3 * a_file))
	rm -r "$SEKISHO_STATE_DIR/forward"
}

# Where the record of a removal finds no room, nothing is removed, whatever else has room.
kept_without_a_record()
{
	local left

	left=$(files)
	(
		ulimit -f 1
		trap '' XFSZ
		fails collect_once
	)
	grep -q 'cannot be written: File too large' "$net_directory/said"
	(($(files) == left))
}

removed_as_declared()
{
	local left last prev

	left=$(files)
	SYNCHRONISED=0 collect_once
	grep -q 'clock is not synchronised' "$net_directory/said"
	(($(files) == left))
	cp -a "$records" "$net_directory/before"
	# At most four a turn.
	while left=$(files) && ((left > 1)); do
		collect_once
		(($(files) < left)) || break
	done
	# The last of the old ones holds what was written since.
	(($(files) == 1))
	both_say $(((old_files - 1) * a_file))
	last=$(cat "$records"/0*.jsonl | jq -c 'select(.type == "retention")' | tail -n 1)
	prev=$(head -n 1 "$records"/0*.jsonl | jq -r .prev)
	jq -e --arg prev "$prev" --argjson last $(((old_files - 1) * a_file - 1)) \
		'.last_hash == $prev and .last_seq == $last and .kept_days == 90 and .generation > 0' <<<"$last"
	(($(cat "$records"/0*.jsonl | grep -c '"type":"retention"') == old_files - 1))
	# All that was there before is there still, but for what the records name.
	cmp <(tail -qn +1 "$net_directory"/before/0*.jsonl | tail -n +$(((old_files - 4) * a_file + 1)) | head -n 5) \
		<(head -n 5 "$records"/0*.jsonl)
	find "$records/checkpoints" "$records/frontiers" -type f -printf '%f\n' >"$net_directory/notes"
	[[ -s $net_directory/notes ]]
	awk -v least=$(((old_files - 1) * a_file)) '$1 < least { exit 1 }' "$net_directory/notes"
}

still_of_use()
{
	local first=$(((old_files - 1) * a_file))

	"$net_sekishoctl" audit query --count --since 2026-01-01 2>"$net_directory/said"
	fails grep -q 'gone' "$net_directory/said"
	"$net_sekishoctl" audit prove $((first + 3)) >"$net_directory/proof"
	"$net_sekishoctl" audit verify-proof "$net_directory/proof" --key "$records/checkpoint.vkey"
	fails "$net_sekishoctl" audit prove $((first - 1)) 2>"$net_directory/said"
	grep -q "record $((first - 1)) is not there" "$net_directory/said"
	"$net_sekishoctl" audit report --period 2026-11 --output "$net_directory/report.html"
	grep -q "$first, removed when their time was over" "$net_directory/report.html"
	"$net_sekishoctl" audit report --period 2026-02 --output "$net_directory/old.html"
	grep -q 'what was recorded was removed when its time was over' "$net_directory/old.html"
}

# Without the record that tells of it, a log that begins late is not good.
not_by_hand()
{
	local copy=$net_directory/before

	rm "$copy/$(printf '%020d' $((3 * a_file))).jsonl"
	fails "$net_sekishoctl" audit verify "$copy" >"$net_directory/said"
	grep -q 'the first records are missing' "$net_directory/said"
	fails dist/verify/sekisho-verify --key "$copy/checkpoint.vkey" "$copy" >"$net_directory/said"
	grep -q 'the first records are missing' "$net_directory/said"
	dist/verify/sekisho-verify --any-start --key "$copy/checkpoint.vkey" "$copy"
	sed -i '5s/"generation":1/"generation":2/' "$copy/$(printf '%020d' $((4 * a_file))).jsonl"
	fails dist/verify/sekisho-verify --any-start --key "$copy/checkpoint.vkey" "$copy"
}

# neither_takes DIRECTORY WORDS: both verifiers refuse it, for this reason
neither_takes()
{
	fails "$net_sekishoctl" audit verify "$1" >"$net_directory/said"
	grep -q "$2" "$net_directory/said"
	fails dist/verify/sekisho-verify --key "$1/checkpoint.vkey" "$1" >"$net_directory/said"
	grep -q "$2" "$net_directory/said"
}

# forge FILE LAST-SEQ HASH: a record of a removal that nobody made
forge()
{
	python3 - "$@" <<-'END'
		import hashlib, json, sys

		path, last, digest = sys.argv[1:]
		before = open(path, "rb").read().splitlines(True)[-1]
		record = json.loads(before)
		head = {key: record[key] for key in list(record)[:9]}
		head |= {"seq": record["seq"] + 1, "type": "retention"}
		said = {"first_seq": 0, "last_seq": int(last), "last_hash": digest, "bytes": 1,
		        "newest": record["time"], "kept_days": 1}
		line = {**head, **said, "prev": hashlib.sha256(before).hexdigest()}
		with open(path, "a") as log:
		    log.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
	END
}

# The signed tree goes on behind what was removed; and a removal is told by its hash.
forged()
{
	local copy=$net_directory/forged last

	cp -a "$records" "$copy"
	last=$(find "$copy" -name '0*.jsonl' | sort | tail -n 1)
	sed -i '$s/"pid":\([0-9]*\)/"pid":1\1/' "$last"
	neither_takes "$copy" 'not those that were signed'
	rm -r "$copy"
	cp -a "$net_directory/before" "$copy"
	rm -f "$copy/$(printf '%020d' $((3 * a_file))).jsonl"
	last=$(find "$copy" -name '0*.jsonl' | sort | tail -n 1)
	forge "$last" $((4 * a_file - 1)) "$(printf '0%.0s' {1..64})"
	neither_takes "$copy" 'the first records are missing'
	forge "$last" $((4 * a_file - 1)) \
		"$(head -n 1 "$copy/$(printf '%020d' $((4 * a_file))).jsonl" | jq -r .prev)"
	"$net_sekishoctl" audit verify "$copy"
	dist/verify/sekisho-verify --key "$copy/checkpoint.vkey" "$copy"
}

# In this order: each begins with what the one before left.
log_is_kept()
{
	local step

	lay
	for step in kept_without_a_word kept_until_sent kept_without_a_record removed_as_declared \
		still_of_use forged not_by_hand; do
		echo "$step"
		"$step"
	done
}

plan 1
run_test 'the audit log is kept for as long as declared, and no longer' log_is_kept
finish
