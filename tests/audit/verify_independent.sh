#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A log can be verified with coreutils, jq and openssl alone, and what is done to it is found at the
# record it was done to: by them, and by the verifier in ctl/audit.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

build_writer

# make_log: a log of 35 records in files of 10, in $log
make_log()
{
	log=$(mktemp -d -p "$audit_work")/one
	"$writer" append "$(dirname "$log")" one 7 5 10
}

# expect_defect SEQ [JQ-CONDITION]: both verifiers find it there.
expect_defect()
{
	local by_hand result

	by_hand=$(verify_by_hand "$log") && return 1
	echo "by hand: $by_hand"
	[[ $by_hand == "bad $1" ]]
	result=$("$writer" verify "$log") && return 1
	echo "verify: $result"
	jq -e ".ok == false and .seq == $1 and (${2:-true})" <<<"$result"
}

is_good()
{
	make_log
	[[ $(verify_by_hand "$log") == 'good 35' ]]
	"$writer" verify "$log" | jq -e '.ok and .files == 4 and .records == 35'
}

openssl_agrees()
{
	local last

	make_log
	last=$(tail -n 1 "$log/00000000000000000030.jsonl" | openssl dgst -sha256 -r | cut -d' ' -f1)
	"$writer" verify "$log" | jq -e --arg hash "$last" '.last_hash == $hash and .last_seq == 34'
}

keeps_its_format()
{
	make_log
	jq -e '(.v == 1) and (.mono_ns > 0) and
		(.clock | IN("synchronised", "unsynchronised")) and
		(.time | test("^[0-9-]{10}T[0-9:]{8}\\.[0-9]{3}\\+09:00$")) and
		([.. | numbers | . == floor] | all)' <(cat "$log"/*.jsonl)
	jq -e 'select(.type == "permit" and .from == "マイナンバー利用事務系")' \
		"$log"/*.jsonl >/dev/null
	(cd "$log" && sha256sum -- *.jsonl >/dev/null)
	[[ $(date +%Y) == $(head -n 1 "$log/00000000000000000000.jsonl" | jq -r '.time[0:4]') ]]
}

edited()
{
	make_log
	sed -i '4s/"count":1/"count":2/;4s/10\.20\.9\.1/10.20.9.2/' "$log/00000000000000000010.jsonl"
	expect_defect 13 '.defect == "chain" and .line == 4 and .file == "00000000000000000010.jsonl"'
}

edited_at_the_end_of_a_file()
{
	make_log
	sed -i '10s/"generation":7/"generation":8/' "$log/00000000000000000010.jsonl"
	expect_defect 19 '.defect == "chain" and .line == 10'
}

edited_chain()
{
	make_log
	sed -i '4s/"prev":"[0-9a-f]\{8\}/"prev":"00000000/' "$log/00000000000000000010.jsonl"
	expect_defect 13 '.defect == "chain"'
}

deleted()
{
	make_log
	sed -i 4d "$log/00000000000000000010.jsonl"
	expect_defect 13 '.defect == "sequence"'
}

inserted()
{
	make_log
	sed -i 4p "$log/00000000000000000010.jsonl"
	expect_defect 14 '.defect == "sequence"'
}

reordered()
{
	make_log
	sed -i '4{h;d};5G' "$log/00000000000000000010.jsonl"
	expect_defect 13 '.defect == "sequence"'
}

truncated_in_the_middle()
{
	make_log
	sed -i '6,$d' "$log/00000000000000000010.jsonl"
	expect_defect 15
}

file_removed()
{
	make_log
	rm "$log/00000000000000000010.jsonl"
	expect_defect 10
}

files_swapped()
{
	make_log
	mv "$log/00000000000000000010.jsonl" "$log/x"
	mv "$log/00000000000000000020.jsonl" "$log/00000000000000000010.jsonl"
	mv "$log/x" "$log/00000000000000000020.jsonl"
	expect_defect 10
}

not_utf8()
{
	make_log
	LC_ALL=C sed -i '4s/F-0001/F-\xff001/;4s/B\\\\C/B\xff/' "$log/00000000000000000010.jsonl"
	expect_defect 13 '.defect == "utf-8"'
}

cut_within_a_line()
{
	make_log
	truncate -s -20 "$log/00000000000000000030.jsonl"
	expect_defect 34 '.defect == "line-end"'
}

# At the end, only somebody who knows the number can tell.
truncated_at_the_end()
{
	make_log
	sed -i '5d' "$log/00000000000000000030.jsonl"
	"$writer" verify "$log" | jq -e '.ok and .records == 34'
	"$writer" verify "$log" 34 && return 1
	{ "$writer" verify "$log" 34 || true; } |
		jq -e '.ok == false and .defect == "truncated" and .seq == 34'
}

plan 15
run_test 'a log is good, by hand too' is_good
run_test 'openssl gives the hash that verify prints' openssl_agrees
run_test 'records keep their format' keeps_its_format
run_test 'an edited record' edited
run_test 'an edited record at the end of a file' edited_at_the_end_of_a_file
run_test 'an edited hash' edited_chain
run_test 'a deleted record' deleted
run_test 'an inserted record' inserted
run_test 'records in another order' reordered
run_test 'a file cut off in the middle of the log' truncated_in_the_middle
run_test 'a removed file' file_removed
run_test 'swapped files' files_swapped
run_test 'a record that is not UTF-8' not_utf8
run_test 'the last record cut' cut_within_a_line
run_test 'the last record removed, known from elsewhere' truncated_at_the_end
finish
