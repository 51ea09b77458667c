#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Reports say what the log and the policies say: read back as HTML, and counted once more by jq.
# Nothing in them can run or load; what is amiss is told first.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cd "$audit_root"
. tests/command.sh
[[ -x $sekishoctl ]] || plan_skip 'build/sekishoctl is not built'
build_writer
export SEKISHO_LOCALE_DIR=$PWD/build/locale

# directory: a state directory with the policy of generation 1; in $here, $log.
directory()
{
	here=$(mktemp -d -p "$audit_work")
	log=$here/state/audit/border
	export SEKISHO_STATE_DIR=$here/state SEKISHO_RUN_DIR=$here/run SEKISHO_BPFFS=$here/bpffs
	mkdir -p "$here/state/audit" "$here/state/generations/1"
	# One permission ended, one ends soon, one is an exception of one person, one records nothing.
	awk '/- id:/ { id = $3 }
		/valid_until:/ && id == "MN-LG-001" { print "    valid_until: 2026-04-20"; next }
		/valid_until:/ && id == "EX-MN-001" { print "    valid_until: 2026-05-20"; next }
		/approved_by:/ && id == "IN-LG-001" { print "    exception: true\n    dual_role_reason: 単独の当直" }
		/purpose:/ && id == "LG-IN-002" { print "    log: none" }
		{ print }' examples/policy.yaml >"$here/state/generations/1/policy.yaml"
}

# begin SINCE DAYS [WHAT...]: as report_log.py has it
begin()
{
	directory
	python3 tests/audit/report_log.py "$log" "$@"
}

# report STATUS PERIOD [WORD...]: as $here/r.html, with its figures in $here/figures
report()
{
	status "$1" --lang "${lang:-en}" -j audit report --period "$2" --output "$here/r.html" --force "${@:3}"
	cp "$here/out" "$here/figures"
	read_back
}

# read_back: what $here/r.html says, in $here/read
read_back()
{
	rm -rf "$here/read"
	python3 tests/audit/report_check.py "$here/r.html" "$here/read"
}

# figure FILTER: jq over the figures
figure()
{
	jq -e "$1" "$here/figures" || {
		cat "$here/figures"
		return 1
	}
}

# says ID TEXT, says_not ID TEXT: of a section
says()
{
	grep -qF -- "$2" "$here/read/$1" || {
		echo "'$2' is not in $1:"
		grep . "$here/read/$1"
		return 1
	}
}

says_not()
{
	if says "$@" >/dev/null; then
		echo "'$2' is in $1"
		return 1
	fi
}

# table CAPTION: its rows
table()
{
	awk -F'\t' -v caption="$1" '$1 == caption' "$here/read/tables" | cut -f2-
}

# equal WANTED GOT
equal()
{
	[[ $1 == "$2" ]] || {
		diff <(echo "$1") <(echo "$2") || :
		return 1
	}
}

# A day with nothing amiss: the isolation holds, in both languages.
good_is_said()
{
	begin 2026-04-01 1 breach
	report 0 2026-04-01
	says summary 'The isolation holds.'
	figure '.verdict == "holds" and .gaps == 0 and .verified and .damaged == 0'
	lang=ja report 0 2026-04-01
	says summary '分離は維持されています。'
	grep -q '<html lang="ja">' "$here/r.html"
	[[ $(stat -c %a "$here/r.html") == 600 ]]
	# What people read is translated: no English sentence is left.
	if sed 's/<style>.*//' "$here/r.html" | grep -E '>[A-Z][a-z]+ [a-z]+ [a-z]+ [a-z]+'; then return 1; fi
}

# doubted WHAT TEXT: not proved, and why
doubted()
{
	begin 2026-04-01 1 "$1"
	report 0 2026-04-01
	says summary 'Whether the isolation held cannot be proved'
	says_not summary 'The isolation holds'
	says summary "$2"
	figure '.verdict == "unproved"'
}

doubts_are_said()
{
	doubted loss 'Records or events were lost'
	table 'Records or events that are missing' | grep -q $'ring-full\t37'
	doubted stopped 'times in which nobody recorded'
	equal $'2026-04-01 12:00:00\t2026-04-01 13:00:00\tthe collector was not running' \
		"$(table 'Times in which nobody recorded' | cut -f1-3)"
	doubted cut 'times in which nobody recorded'
	says gaps 'ended without saying so'
	doubted guard 'kernel guard was away'
	doubted port 'without its filter program'
	# Before the period, and not mended since.
	begin 2026-04-01 4 port
	sed -i '/"state":"attached"/d' "$log"/*.jsonl
	status 1 audit report --period 2026-04-04 --output "$here/r.html" --force
	read_back
	says gaps '1 ports were without their program'
	# A policy that is not stored; one that the log knows by another digest.
	begin 2026-04-01 1
	rm -r "$here/state/generations"
	report 0 2026-04-01
	says summary 'A policy that was in force is not known'
	says summary 'treat as the highest'
	figure '.verdict == "unproved"'
	# A period of which nothing is recorded, before and after the log.
	begin 2026-04-01 1
	for period in 2026-02 2026-05; do
		report 0 "$period"
		says summary 'The period has no records.'
	done
	# A copy does not say whose policy generation 1 was.
	cp -r "$log" "$here/copy"
	report 0 2026-04-01 "$here/copy"
	says summary 'A policy that was in force is not known'
}

broken_is_said()
{
	begin 2026-04-01 1 crossed
	report 0 2026-04-01
	says summary 'The isolation did not hold.'
	says summary 'recorded as permitted'
	figure '.verdict == "broken"'
}

# total FILTER: the sum of what jq finds in the records of April 1 and 2
total()
{
	cat "$log"/*.jsonl | jq -s "[.[] | select(.time >= \"2026-04-01\" and .time < \"2026-04-03\") | $1] | add // 0"
}

# The figures, against jq.
figures_are_true()
{
	local pair connections denied

	begin 2026-03-31 4 busy=4 breach changes
	report 0 2026-04-01..2026-04-02
	figure ".records == $(total 1)"
	figure ".denied_crossings == $(total 'select(.breach) | .count')"
	for pair in lgwan:internet mynumber:lgwan management:self internet:lgwan mynumber:internet branch:internet; do
		connections=$(total "select(.type == \"permit\" and .from == \"${pair%:*}\" and .to == \"${pair#*:}\") | .count")
		denied=$(total "select(.type == \"deny\" and .from == \"${pair%:*}\" and .to == \"${pair#*:}\") | .count")
		table 'From the segments at the left to those at the top' |
			tr -d , | awk -F'\t' -v from="${pair%:*}" -v to="${pair#*:}" -v c="$connections" -v d="$denied" '
			BEGIN { split("branch internet lgwan management mynumber peer self", names, " ")
				for (i in names) column[names[i]] = i + 1 }
			{ split($1, row, " ") }
			row[1] == from && index($column[to], "conn. " c " denied " d) { found = 1 }
			END { exit !found }' || {
			echo "$pair: not $connections connections, $denied denied"
			table 'From the segments at the left to those at the top'
			return 1
		}
	done
	says matrix 'must never talk'
	# Each hour.
	for day in 2026-04-01 2026-04-02; do
		equal "$(cat "$log"/*.jsonl | jq -rs --arg day "$day" '[.[] | select(.time | startswith($day))] |
			group_by(.time[11:13])[] | [.[0].time[11:13] + ":00",
			([.[] | select(.type == "permit") | .count] | add // 0),
			([.[] | select(.type == "deny") | .count] | add // 0)] | @tsv')" "$(table "$day" | tr -d ,)"
	done
	# The ten that were denied most.
	equal "$(cat "$log"/*.jsonl | jq -rs '[.[] | select(.type == "deny" and .time >= "2026-04-01" and .time < "2026-04-03")] |
		group_by([.from, .to, .reason, .src, .dst, .dport]) |
		map([([.[].count] | add), .[0].from, .[0].to, .[0].reason, .[0].src, .[0].dst, "tcp/\(.[0].dport)"]) |
		sort_by(-.[0])[:10][] | .[0]')" "$(table 'What was denied most' | head -n 10 | tr -d , | cut -f8)"
	equal "$(cat "$log"/*.jsonl | jq -rs '[.[] | select(.type == "deny" and .time >= "2026-04-01" and .time < "2026-04-03")] |
		group_by(.reason) | map([.[0].reason, ([.[].count] | add), length]) | sort_by(-.[1])[] | @tsv')" \
		"$(table 'Denied packets by reason' | tr -d , | cut -f1,3,4)"
	# Who did what.
	equal "$(cat "$log"/*.jsonl | jq -r 'select(.type | startswith("policy.")) |
		[.seq, .type, .actor, .second // "", .ticket // ""] | @tsv')" \
		"$(table 'Changes and refusals of the policy' | cut -f1,3,5,6,7)"
	says changes 'without a second person: 1; without a ticket: 1'
	equal $'isolate\trelease\tsuspend' \
		"$(table 'Isolations, suspensions, and their ends' | cut -f3 | paste -s)"
	says changes '0 segments were isolated and 1 hosts suspended'
}

permissions_are_true()
{
	begin 2026-04-01 30 changes
	report 0 2026-04
	# The example has one that ended with its fiscal year.
	equal $'LG-EX-003\nMN-LG-001' "$(table 'Permissions that ended' | cut -f1)"
	equal EX-MN-001 "$(table 'Permissions that end soon' | cut -f1)"
	equal $'IN-LG-001\t1\tinternet → lgwan' "$(table 'Flows that are exceptions' | cut -f1-3)"
	equal $'IN-LG-001\t単独の当直' "$(table 'Flows requested and approved by one person' | cut -f1,8)"
	equal LG-IN-002 "$(table 'Permissions that do not record their use (log: none)' | cut -f1 | grep LG-IN)"
	equal "$(grep -o 'id: .*' "$here/state/generations/1/policy.yaml" | cut -d' ' -f2 | sort |
		comm -23 - <(jq -r 'select(.type == "permit" or .type == "flow.end") | .flow' "$log"/*.jsonl | sort -u) |
		grep -v LG-EX-003 | comm -23 - <(table 'Permissions that do not record their use (log: none)' | cut -f1 | sort))" \
		"$(table 'Permissions without a record of use' | cut -f1)"
	equal $'ends soon\tLG-IN-001\t2026-05-01 00:00:00' "$(table 'Notices and ends in the log' | cut -f3-5)"
	figure '.exceptions == 1 and .expired == 2 and .expiring == 1 and .dual_roles == 1'
	# A month before, what ends has not ended.
	begin 2026-03-01 31
	report 0 2026-03
	equal MN-LG-001 "$(table 'Permissions that end soon' | cut -f1)"
	figure '.expired == 1'
}

# Texts that could be taken for something else.
hostile_is_text()
{
	begin 2026-04-01 1 hostile
	for lang in ja en; do
		report 0 2026-04-01
		says changes "</td><script>alert(1)</script>\"'&amp;<img src=x onerror=alert(1)>[U+0007][U+001B][31m[U+202E][U+2028]終"
	done
	if grep -qE '<script|<img|onerror="' "$here/r.html"; then return 1; fi
	# And each type with every key.
	directory
	"$writer" types "$here/state/audit" border '</style><script>alert("1")</script>'
	report 0 2020-01-01..2098-12-31
	if grep -q '<script' "$here/r.html"; then return 1; fi
}

# One record edited: told at that record, first of all.
defect_is_first()
{
	begin 2026-04-01 1
	sed -i '8s/"frames":[0-9]*/"frames":7/' "$log"/*.jsonl
	report 1 2026-04-01
	status 1 -j audit verify "$log"
	bad=$(jq -r .seq "$here/out")
	((bad == 7 || bad == 8))
	says summary "The audit log does not verify ($(jq -r '"record \(.seq), \(.file) line \(.line)"' "$here/out"):"
	figure '(.verified | not) and .verdict == "unproved"'
	says verification "NOT good: record $bad,"
	lang=ja report 1 2026-04-01
	says summary "監査ログが検証に合格しません（記録$bad、"
	# A line that is none.
	sed -i '8s/.*/{"v":1,"seq":7,/' "$log"/*.jsonl
	report 1 2026-04-01
	says summary '(record 7, '
	figure '.damaged == 1 and .gaps >= 1'
}

verification_is_said()
{
	directory
	log=$here/state/audit/$(hostname)
	"$writer" append "$here/state/audit" "$(hostname)" 10 100 100000 >/dev/null
	status 0 audit checkpoint
	report 0 2020-01-01..2098-12-31
	says verification 'holds: 1000 records, 0 to 999'
	says verification "$(tail -n 1 "$log"/*.jsonl | sha256sum | cut -d' ' -f1)"
	says verification '1 hold, the last of 1000 records'
	says verification "$(cut -d+ -f2 "$log/checkpoint.vkey")"
	says verification "audit verify $log"
}

clock_is_told()
{
	begin 2026-04-01 1 unsynchronised
	report 0 2026-04-01
	seq=$(jq -r 'select(.clock == "unsynchronised") | .seq' "$log"/*.jsonl)
	equal "$(head -n 1 <<<"$seq")–$(tail -n 1 <<<"$seq")" \
		"$(table 'Records made while the clock was not synchronised' | cut -f1)"
	says summary "not synchronised in $(wc -l <<<"$seq") records"
}

# No address, host, person, ticket or free text is left, in either language.
redacted_is_redacted()
{
	local secret

	begin 2026-04-01 1 changes loss guard port
	(umask 077; openssl rand -hex 32 >"$here/key")
	for lang in ja en; do
		report 0 2026-04-01 --redact --key-file "$here/key"
		while read -r secret; do
			if grep -nF -- "$secret" "$here/r.html"; then
				echo "it tells '$secret'"
				return 1
			fi
		done < <(
			jq -r '.src, .dst, .initiator, .responder, .target, .smac, .boot, .actor, .second, .ticket,
				.authority, .file, .findings[]? | values' "$log"/*.jsonl | sort -u
			printf '%s\n' 不審 マルウェア 'ports missing' 関所市 単独の当直 佐藤 出先機関 "$here" '>border<'
		)
	done
	# The same pseudonyms as in an export.
	status 0 audit export --format jsonl --redact --key-file "$here/key" --output "$here/e.jsonl"
	grep -qF "$(jq -r 'select(.type == "suspend") | .target' "$here/e.jsonl")" "$here/r.html"
	grep -qF "$(jq -r 'select(.type == "release") | .second' "$here/e.jsonl")" "$here/r.html"
	status 2 audit report --period 2026-04 --key-file "$here/key" --output "$here/x.html"
}

periods_are_checked()
{
	begin 2026-04-01 1
	for period in '' 2026-13 april 2026-04-02..2026-04-01; do
		status 2 audit report --period "$period" --output "$here/x.html"
	done
	status 2 audit report --output "$here/x.html"
	status 2 audit report --period 2198 --output "$here/x.html"
	grep -q 'has not begun' "$here/err"
	[[ ! -e $here/x.html ]]
	report 0 令和8年度
	report 0 2026-Q2
	report 0 2026-04-01
	# To the end of this year it is not over yet.
	report 0 "2026-04-01..$(date -d tomorrow +%F)"
	says summary 'The period is not over'
}

# Nothing is written over, and nothing is left of what failed.
files_are_safe()
{
	begin 2026-04-01 1
	echo mine >"$here/t"
	status 1 audit report --period 2026-04 --output "$here/t"
	[[ $(<"$here/t") == mine ]]
	grep -q -- --force "$here/err"
	status 0 audit report --period 2026-04 --force --output "$here/t"
	grep -q '</html>' "$here/t"
	status 1 audit report --period 2026-04 --output "$log/t.html"
	status 1 audit report --period 2026-04 --output "$here/nosuch/t.html"
	status 1 audit report "$here/run" --period 2026-04 --output "$here/x.html"
	mkdir "$here/empty"
	status 1 audit report "$here/empty" --period 2026-04 --output "$here/x.html"
	[[ ! -e $here/x.html ]]
	status 0 audit report --period 2026-04 --output -
	grep -q '</html>' "$here/out"
	status 0 audit verify "$log"
	((EUID == 0)) || skip_test 'the rest wants root, to be nobody and to mount'
	chmod 700 "$log"
	chmod o+x "$audit_work" "$here" "$here/state" "$here/state/audit"
	if setpriv --reuid=65534 --regid=65534 --clear-groups "$sekishoctl" audit report "$log" --period 2026-04 --output - \
		>"$here/out" 2>"$here/err"; then return 1; fi
	[[ ! -s $here/out ]]
	mkdir "$here/small"
	unshare -m bash -euc "
		mount -t tmpfs -o size=8k none $here/small
		! $sekishoctl audit report --period 2026-04 --output $here/small/t 2>$here/err
		[[ -z \$(ls -A $here/small) ]]"
}

# Who may read the log can report on it, and changes nothing.
needs_no_root()
{
	((EUID == 0)) || skip_test 'wants root, to be nobody'
	begin 2026-04-01 1
	chmod -R a+rX "$here"
	chmod o+x "$audit_work"
	(cd "$here/state" && find . -type f -exec sha256sum {} + | sort) >"$here/before"
	setpriv --reuid=65534 --regid=65534 --clear-groups "$sekishoctl" --lang en audit report --period 2026-04-01 --output - >"$here/r.html"
	read_back
	says summary 'The isolation holds.'
	(cd "$here/state" && find . -type f -exec sha256sum {} + | sort) | cmp - "$here/before"
}

plan 13
run_test 'nothing amiss: the isolation holds, in both languages' good_is_said
run_test 'what cannot be proved is not claimed' doubts_are_said
run_test 'a permitted crossing is told first' broken_is_said
run_test 'figures are those of the log' figures_are_true
run_test 'exceptions, expiries and unused permissions' permissions_are_true
run_test 'hostile texts stay texts' hostile_is_text
run_test 'an edited record is told in the first line' defect_is_first
run_test 'the verification can be repeated' verification_is_said
run_test 'an unsynchronised clock is told' clock_is_told
run_test 'what is redacted is nowhere' redacted_is_redacted
run_test 'periods are checked' periods_are_checked
run_test 'no file is harmed' files_are_safe
run_test 'it needs no root and changes nothing' needs_no_root
finish
