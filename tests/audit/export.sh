#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Exports say what the log says: read back by Python's csv and by jq, cell by cell. What cannot be
# written stops them with nothing left; what is redacted is nowhere in them.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cd "$audit_root"
. tests/command.sh
[[ -x $sekishoctl ]] || plan_skip 'build/sekishoctl is not built'
build_writer
export SEKISHO_LOCALE_DIR=$PWD/build/locale

# begin [TEXT]: a state directory with a log of every type and the policy of its generation; in
# $here, $log.
begin()
{
	here=$(mktemp -d -p "$audit_work")
	log=$here/state/audit/border
	export SEKISHO_STATE_DIR=$here/state SEKISHO_RUN_DIR=$here/run SEKISHO_BPFFS=$here/bpffs
	mkdir -p "$here/state/audit"
	"$writer" types "$here/state/audit" border "${1-行政・髙①}"
	mkdir -p "$here/state/generations/1"
	# Its first flow is the one of the records, and has a dual role.
	sed '0,/- id: .*/s//- id: F-0001/; 0,/approved_by:/s//dual_role_reason: 単独の当直\n    approved_by:/' \
		examples/policy.yaml >"$here/state/generations/1/policy.yaml"
}

# nothing_left: of a failed export, beside what was there
nothing_left()
{
	local left

	left=$(find "$here" -mindepth 1 -maxdepth 1 ! -name state ! -name out ! -name err -printf '%f\n')
	[[ -z $left ]] || {
		echo "left: $left"
		return 1
	}
}

# cells LANGUAGE ENCODING
cells_are_the_log()
{
	begin
	status 0 --lang "$1" audit export --format csv --encoding "$2" --output "$here/t.csv"
	python3 tests/audit/export_check.py table "$log" "$here/t.csv" "$2"
	python3 tests/audit/export_check.py safe "$here/t.csv" "$2"
	[[ $(stat -c %a "$here/t.csv") == 600 ]]
}

# The columns depend on the types asked for, and the rows too.
types_choose()
{
	begin
	status 0 audit export --format csv --types deny,loss --output "$here/t.csv"
	head -n 1 "$here/t.csv" | grep -q 'Permitted MACs,.*Cause'
	if head -n 1 "$here/t.csv" | grep -q 'Actor'; then return 1; fi
	status 0 audit export --format jsonl --types deny,loss --output -
	[[ $(jq -r 'select(.type) | .type' "$here/out" | tr '\n' ' ') == 'deny loss ' ]]
	status 2 audit export --format jsonl --types deny,nosuch --output -
	says nosuch
	says 'flow.end'
	status 2 audit export --format guideline --types deny --output -
}

# U+20BB7 is not in CP932; U+301C would come back as another character.
unmappable_stops()
{
	local character

	for character in 𠮷:20BB7 〜:301C ¥:00A5; do
		begin "土${character%:*}野"
		status 1 --lang ja audit export --format csv --encoding cp932 --output "$here/t.csv"
		says "U+${character#*:}"
		says '記録0'
		says '（理由）'
		nothing_left
		status 1 audit export --format csv --encoding cp932 --output -
		[[ ! -s $here/out ]]
	done
	# The row is the one of the table: headings, label, then record 0.
	status 0 audit export --format csv --output "$here/t.csv"
	python3 tests/audit/export_check.py table "$log" "$here/t.csv" utf-8
	row=$(python3 -c 'import csv, sys
rows = list(csv.reader(open(sys.argv[1], encoding="utf-8-sig", newline="")))
print(next(n for n, row in enumerate(rows, 1) if "土¥野" in row))' "$here/t.csv")
	grep -q "row $row, column" <(LC_ALL=C "$sekishoctl" audit export --format csv \
		--encoding cp932 --output - 2>&1 >/dev/null)
}

# JSON Lines are the log's own, after one line.
jsonl_is_the_log()
{
	begin
	status 0 audit export --format jsonl --output -
	cmp <(tail -n +2 "$here/out") <(cat "$log"/*.jsonl)
	head -n 1 "$here/out" | jq -e '.label.records == {count: 25, first_seq: 0, last_seq: 24}'
}

# The highest class of the example's segments, and what an auditor has to mind.
label_is_there()
{
	local format

	begin
	status 0 audit export --format jsonl --output -
	head -n 1 "$here/out" | jq -e '.label | .class.confidentiality == "3" and
		.class.integrity == "3" and .class.availability == "2" and
		.class.policies_read == 1 and .class.policies_unread == 0 and
		(.dual_role | length == 1 and .[0].reason == "単独の当直") and .redacted == false'
	status 0 --lang ja audit export --format csv --output -
	[[ $(grep -c '^機密性3・完全性3・可用性2,' "$here/out") -gt 25 ]]
	grep ',deny,' "$here/out" | grep -q '兼務,通信拒否'
	if grep ',isolate,' "$here/out" | grep '兼務'; then return 1; fi
	says '単独の当直'
	status 0 --lang ja audit export --format guideline --output -
	[[ $(grep -c '^機密性3・完全性3・可用性2,' "$here/out") -gt 21 ]]
	says '単独の当直'
	status 0 audit export --format ocsf --output -
	jq -se 'all(.[]; .metadata.labels[0:3] ==
		["confidentiality:3", "integrity:3", "availability:2"]) and
		.[0].unmapped.label.dual_role[0].reason == "単独の当直"' "$here/out"
	# Without the policy, or with another one than the log knows: the highest.
	rm -r "$here/state/generations"
	for format in jsonl csv ocsf guideline; do
		status 0 audit export --format "$format" --output -
		says unknown
		says 'handled as the highest'
	done
	# A copy elsewhere does not say whose policy generation 1 was.
	begin
	cp -r "$log" "$here/copy"
	status 0 audit export "$here/copy" --format jsonl --output -
	head -n 1 "$here/out" | jq -e '.label.class.confidentiality == "unknown"'
}

# Records of which the clock was not synchronised, wherever one looks.
clock_is_told()
{
	begin
	sed -i 's/"clock":"[a-z]*"/"clock":"synchronised"/' "$log"/*.jsonl
	status 0 audit export --format jsonl --output -
	head -n 1 "$here/out" | jq -e '.label.clock_unsynchronised.records == 0'
	sed -i '5,6s/"clock":"synchronised"/"clock":"unsynchronised"/;9s/"clock":"synchronised"/"clock":"unsynchronised"/' \
		"$log"/*.jsonl
	status 0 audit export --format jsonl --output -
	says 'not synchronised in 3 records'
	head -n 1 "$here/out" | jq -e '.label.clock_unsynchronised | .records == 3 and
		([.spans[] | [.first_seq, .last_seq]] == [[4, 5], [8, 8]])'
	status 0 --lang ja audit export --format csv --output -
	[[ $(grep -c '時刻未同期.*unsynchronised' "$here/out") == 3 ]]
	status 0 audit export --format ocsf --output -
	[[ $(jq -c 'select(.metadata.labels | index("clock:unsynchronised")) | .metadata.sequence' \
		"$here/out" | tr '\n' ' ') == '4 5 8 ' ]]
	status 0 audit export --format guideline -j --output -
	jq -e '.items[] | select(.id == "R19") | .result == "attention" and
		(.evidence | contains("3 of 25"))' "$here/out"
}

# From the first moment on, and before the last.
period_is_kept()
{
	begin
	sed -i '1,10s/"time":"[^"]*"/"time":"2030-04-01T08:59:59.999+09:00"/
		11,20s/"time":"[^"]*"/"time":"2030-04-01T09:00:00.000+09:00"/
		21,$s/"time":"[^"]*"/"time":"2030-04-01T00:00:01.000+00:00"/' "$log"/*.jsonl
	status 0 audit export --format jsonl --since 2030-04-01T00:00:00Z \
		--until '2030-04-01 09:00:01' --output -
	jq -se '[.[] | .seq // empty] == [range(10; 20)]' "$here/out"
	status 0 audit export --format csv --since 2030-04-01T09:00 --until 2030-04-02 --output -
	[[ $(grep -c ',2030-04-01 09:00:00.000,UTC+09:00,' "$here/out") == 10 ]]
	[[ $(grep -c ',2030-04-01 00:00:01.000,UTC+00:00,' "$here/out") == 5 ]]
	status 2 audit export --format jsonl --since 2030-04-02 --until 2030-04-01 --output -
	status 0 audit export --format jsonl --until 2030-04-01 --output -
	jq -se '[.[] | .seq // empty] == [range(0; 25)]' "$here/out"
	status 0 audit export --format jsonl --until 2030-03-31 --output -
	jq -se '[.[] | .seq // empty] == []' "$here/out"
	# Times that have none are in the offset of the log, not of whoever asks.
	sed -i 's/"time":"2030-04-01T09:00:00.000+09:00"/"time":"2030-04-01T09:00:00.000-05:00"/
		1s/+09:00"/-05:00"/' "$log"/*.jsonl
	status 0 audit export --format jsonl --since '2030-04-01 9:00' --output -
	jq -se '[.[] | .seq // empty] == [range(10; 20)]' "$here/out"
	status 2 audit export --format jsonl --last 2h --since today --output -
	status 2 audit export --format jsonl --since 'last spring' --output -
	says 'last spring'
}

# What the log knows of hosts and persons, a line each, and other texts that are dropped.
secrets()
{
	jq -r '.src, .dst, .initiator, .responder, .target, .smac, .expected_macs[]?, .host, .boot,
		.actor, .second, .authority, .role, .detail, .file, .findings[]? | values' \
		"$log"/*.jsonl | sort -u
	# With its third dot: 10.10 alone is also a second and its fraction.
	printf '%s\n' 行政 単独の当直 関所市 10.10. fd00: 203.0.113.
}

redacted_is_redacted()
{
	local format secret

	begin
	for format in 'csv' 'csv --encoding cp932' 'jsonl' 'ocsf' 'guideline' 'guideline -j'; do
		# shellcheck disable=SC2086 # options
		status 0 --lang ja audit export --redact --format $format --output "$here/t"
		[[ $format != *cp932* ]] || {
			iconv -f CP932 -t UTF-8 "$here/t" >"$here/t8"
			mv "$here/t8" "$here/t"
		}
		# Escaped as JSON or CSV have it, a text is no less told.
		sed 's/""/"/g; s/\\"/"/g' "$here/t" >"$here/plain"
		[[ -s $here/plain ]]
		while read -r secret; do
			if grep -nF -- "$secret" "$here/plain"; then
				echo "$format tells '$secret'"
				return 1
			fi
		done < <(secrets)
		rm "$here/t"
	done
}

# The same address is the same pseudonym, wherever it stands; with the key, in every export.
pseudonyms_match()
{
	begin
	(umask 077; openssl rand -hex 32 >"$here/key")
	for number in 1 2; do
		status 0 audit export --format jsonl --redact --key-file "$here/key" --output -
		sed 's/"exported_at":"[^"]*",//' "$here/out" >"$here/$number"
	done
	cmp "$here/1" "$here/2"
	jq -se '[.[] | .src?, .initiator? | values] | unique | length == 1' "$here/out"
	jq -se '[.[] | .src?, .dst?, .responder?, .target? | values] | unique | length == 4' "$here/out"
	head -n 1 "$here/out" | jq -e '.label.redacted and (.label.redaction_key | startswith("key-"))'
	status 0 audit export --format jsonl --redact --output -
	head -n 1 "$here/out" | jq -e --arg key "$(head -n 1 "$here/1" | jq -r .label.redaction_key)" \
		'.label.redaction_key != $key'
	chmod 644 "$here/key"
	status 1 audit export --format jsonl --redact --key-file "$here/key" --output -
	(umask 077; echo short >"$here/short")
	status 1 audit export --format jsonl --redact --key-file "$here/short" --output -
	status 2 audit export --format jsonl --key-file "$here/key" --output -
}

# Each redacted record can be checked against the log.
redacted_can_be_checked()
{
	begin
	status 0 audit export --format jsonl --redact --output -
	diff <(jq -r '.sha256 // empty' "$here/out") <(
		while IFS= read -r line; do
			printf '%s\n' "$line" | sha256sum | cut -d' ' -f1
		done < <(cat "$log"/*.jsonl)
	)
	jq -se 'all(.[]; has("prev") | not)' "$here/out"
}

damaged_is_told()
{
	local format line

	begin
	sed -i '3s/.*/{"v":1,"seq":2,/' "$log"/*.jsonl
	line=$(printf '%s\n' '{"v":1,"seq":2,' | sha256sum | cut -d' ' -f1)
	status 1 audit export --format jsonl --types stop --output "$here/t"
	says '1 lines of the log are damaged'
	jq -se --arg hash "$line" 'length == 3 and .[0].label.damaged == 1 and .[1].damaged ==
		{file: "00000000000000000000.jsonl", row: 3, offset: .[1].damaged.offset, bytes: 16,
		 defect: "form", sha256: $hash} and .[2].type == "stop"' "$here/t"
	status 1 audit export --format csv --output -
	grep -q ",damaged,.*$line,00000000000000000000.jsonl,3"$'\r' "$here/out"
	status 1 audit export --format ocsf --output -
	jq -se '[.[] | select(.type_uid == 600802)] | length == 1 and .[0].unmapped.damaged.row == 3' \
		"$here/out"
	status 1 audit export --format guideline -j --output -
	jq -e '[.items[] | select(.id == "R17" or .id == "R18") | .result] == ["attention", "attention"]' \
		"$here/out"
}

# Nothing is written over, and nothing where it would harm the log.
files_are_safe()
{
	begin
	echo mine >"$here/t"
	status 1 audit export --format csv --output "$here/t"
	[[ $(<"$here/t") == mine ]]
	says '--force'
	status 0 audit export --format jsonl --force --output "$here/t"
	jq -se 'length == 26' "$here/t"
	ln -s "$here/elsewhere" "$here/link"
	status 1 audit export --format csv --output "$here/link"
	status 1 audit export --format csv --force --output "$here/link"
	status 1 audit export --format csv --output "$here/nosuch/t"
	status 1 audit export --format csv --force --output "$here/state"
	status 1 audit export --format csv --output "$log/t.jsonl"
	status 1 audit export --format csv --output "$log/../border/t"
	rm "$here/t" "$here/link"
	nothing_left
	[[ $(find "$log" -name '*.jsonl' | wc -l) == 1 ]]
	status 0 audit verify "$log"
}

# A disk without room gets no half of a file.
full_disk_leaves_nothing()
{
	((EUID == 0)) || skip_test 'wants root, to mount'
	begin
	: >"$here/out"
	"$writer" append "$here/state/audit" border 500 10 100000 >/dev/null
	mkdir "$here/small"
	unshare -m bash -euc "
		mount -t tmpfs -o size=64k none $here/small
		! LC_ALL=C $sekishoctl audit export --format jsonl --output $here/small/t 2>$here/err
		[[ -z \$(ls -A $here/small) ]]"
	says 'No space left'
}

# Each type in its class, with nothing left out.
ocsf_is_whole()
{
	begin
	status 0 audit export --format ocsf --output -
	jq -se 'length == 26 and all(.[]; .type_uid == .class_uid * 100 + .activity_id and
		.category_uid == (.class_uid / 1000 | floor) and (.time | type == "number") and
		.severity_id != null and .status_id != null and .metadata.version == "1.8.0" and
		.metadata.product.name == "Sekisho")' "$here/out"
	# A breach, its ends, and its time in milliseconds.
	jq -se '.[] | select(.metadata.event_code == "deny") | .severity_id == 4 and .is_alert and
		.disposition_id == 2 and .src_endpoint.ip == "10.10.0.5" and
		.src_endpoint.zone == "mynumber" and .dst_endpoint.ip == "fd00:30::9" and
		.start_time == 1774969200123 and .firewall_rule.uid == "F-0001" and
		.traffic.bytes == 9007199254740993 and (.metadata.labels | index("flow:dual-role"))' \
		"$here/out"
	# Every value of every record is somewhere in its event.
	python3 - "$log" "$here/out" <<-'PYTHON'
		import glob, json, sys
		def leaves(value):
		    if isinstance(value, dict):
		        return {leaf for each in value.values() for leaf in leaves(each)}
		    if isinstance(value, list):
		        return {leaf for each in value for leaf in leaves(each)}
		    return {str(value)}
		records = [json.loads(line) for name in sorted(glob.glob(sys.argv[1] + "/*.jsonl"))
		           for line in open(name, encoding="utf-8")]
		events = [json.loads(line) for line in open(sys.argv[2], encoding="utf-8")][1:]
		for record, event in zip(records, events):
		    times = {value for value in leaves(record) if value.startswith("2026-04-01T")}
		    missing = leaves(record) - times - leaves(event)
		    assert not missing, (record["type"], missing)
		    assert not times or times <= leaves(event) or "1774969200123" in leaves(event)
	PYTHON
}

# The table shows what is there, and its commands run and show those records.
guideline_is_true()
{
	local how

	begin
	status 0 audit export --format guideline -j --output -
	cp "$here/out" "$here/table"
	jq -e '[.items[].id] | unique | length == 20' "$here/table"
	jq -e '.items[] | select(.item == "separation of segments") | .result == "verified" and
		(.evidence | contains("mynumber>internet: 1 records") and contains("numbers 11 to 11"))' \
		"$here/table"
	# Isolated in record 6 and released in 7.
	jq -e '.items[] | select(.id == "R15") | .result == "verified" and
		(.evidence | contains("isolate: 1 records") and contains("@ciso"))' "$here/table"
	jq -e '[.items[] | select(.id == "R9" or .id == "R17" or .id == "R18") | .result] ==
		["attention", "attention", "verified"]' "$here/table"
	while IFS= read -r how; do
		LC_ALL=C bash -euc "PATH=$(dirname "$sekishoctl"):\$PATH; $how" >"$here/shown" 2>"$here/err" || {
			echo "this does not run: $how"
			return 1
		}
		[[ -s $here/shown ]]
	done < <(jq -r '.items[].how' "$here/table" | sort -u)
	# Released, but not in this period.
	sed -i '1,7s/"time":"[^"]*"/"time":"2030-04-01T09:00:00.000+09:00"/' "$log"/*.jsonl
	status 0 audit export --format guideline -j --since 2030-04-01 --output -
	jq -e '.items[] | select(.id == "R15") | .result == "attention"' "$here/out"
	jq -e '.items[] | select(.id == "R14") | .result == "nothing"' "$here/out"
}

# Keys and types of a newer build are not lost; where something is to be hidden, they are.
newer_records()
{
	begin
	sed -i '$s/"type":"stop"/"type":"stop.later"/;$s/"pid":/"colour":"10.1.2.3","pid":/' "$log"/*.jsonl
	status 0 audit export --format csv --output -
	says '{""colour"":""10.1.2.3""}'
	status 0 audit export --format ocsf --output -
	tail -n 1 "$here/out" | jq -e '.class_uid == 0 and .activity_name == "stop.later" and
		.unmapped.colour == "10.1.2.3"'
	status 0 audit export --format jsonl --redact --output -
	tail -n 1 "$here/out" | jq -e '(has("colour") or has("program") or has("reason") | not) and
		.type == "stop.later"'
}

# One log below the directory is taken; of two, one has to be named.
origin_is_chosen()
{
	begin
	status 0 audit export "$here/state/audit" --format jsonl --output -
	cp -r "$log" "$here/state/audit/other"
	status 1 audit export --format jsonl --output -
	says 'border'
	says 'other'
	status 0 audit export "$log" --format jsonl --output -
	# Unless one is of this host.
	cp -r "$log" "$here/state/audit/$(hostname)"
	status 0 -j audit export --format jsonl --output "$here/own"
	says "audit/$(hostname)\""
	mkdir "$here/state/empty"
	status 1 audit export "$here/state/empty" --format jsonl --output -
}

plan 20
run_test 'cells are the log: UTF-8, English' cells_are_the_log en utf-8
run_test 'cells are the log: UTF-8, Japanese' cells_are_the_log ja utf-8
run_test 'cells are the log: CP932, English' cells_are_the_log en cp932
run_test 'cells are the log: CP932, Japanese' cells_are_the_log ja cp932
run_test 'types choose rows and columns' types_choose
run_test 'a character that CP932 lacks stops it, and nothing is left' unmappable_stops
run_test 'JSON Lines are the log' jsonl_is_the_log
run_test 'the label says the class and the dual roles' label_is_there
run_test 'an unsynchronised clock is told' clock_is_told
run_test 'the period is kept' period_is_kept
run_test 'what is redacted is nowhere' redacted_is_redacted
run_test 'pseudonyms match under one key' pseudonyms_match
run_test 'redacted records can be checked against the log' redacted_can_be_checked
run_test 'damaged lines are told' damaged_is_told
run_test 'no file is harmed' files_are_safe
run_test 'a full disk leaves nothing' full_disk_leaves_nothing
run_test 'OCSF events are whole' ocsf_is_whole
run_test 'the table of the guideline is true' guideline_is_true
run_test 'records of a newer build' newer_records
run_test 'the log to read is chosen' origin_is_chosen
finish
