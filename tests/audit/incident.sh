#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Incident bundles: what is in them is what the log says, by jq and Python; they are whole or not
# there; sha256sum and openssl say that they are what was written. SEKISHOCTL names another program
# to test.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cd "$audit_root"
. tests/command.sh
[[ -x $sekishoctl ]] || plan_skip 'build/sekishoctl is not built'
build_writer
export SEKISHO_LOCALE_DIR=$PWD/build/locale
origin=$(hostname)

# begin [RECORDS]: a state directory with a signed log and the policy of its generation; in $here,
# $log. Traffic is of 2026-04-01 0:00 JST, and policies are of now.
begin()
{
	here=$(mktemp -d -p "$audit_work")
	log=$here/state/audit/$origin
	export SEKISHO_STATE_DIR=$here/state SEKISHO_RUN_DIR=$here/run SEKISHO_BPFFS=$here/bpffs
	mkdir -p "$here/state/audit" "$here/state/generations/7"
	cp examples/policy.yaml "$here/state/generations/7/policy.yaml"
	"$writer" append "$here/state/audit" "$origin" 1 "${1:-1200}" 500 >/dev/null
	"$sekishoctl" audit checkpoint >/dev/null
}

# incident N OPTION...: a bundle in $here/b, made anew
incident()
{
	local wanted=$1

	shift
	rm -rf "$here/b"
	status "$wanted" audit incident --output "$here/b" "$@"
}

# nothing_left: of what was refused, or failed
nothing_left()
{
	local left

	left=$(find "$here" -mindepth 1 -maxdepth 1 \( -name b -o -name '.*' \) -printf '%f\n')
	[[ -z $left ]] || {
		echo "left: $left"
		return 1
	}
}

# timeline_is FILTER: exactly the log's lines for which jq's filter is true
timeline_is()
{
	cat "$log"/*.jsonl >"$here/all"
	jq -Rc "fromjson? | select($1) | .seq" "$here/all" >"$here/seqs"
	awk 'NR == FNR { wanted[$1]; next } FNR - 1 in wanted' "$here/seqs" "$here/all" >"$here/wanted"
	[[ -s $here/wanted ]]
	cmp "$here/wanted" "$here/b/timeline.jsonl"
}

# Digests, modes, the signature and the proof, with what the bundle itself says to do.
can_be_checked()
{
	begin
	incident 0 --since 2026-01-01
	[[ $(stat -c %a "$here/b" "$here"/b/* | sort -u) == $'600\n700' ]]
	(cd "$here/b" && sha256sum --quiet -c SHA256SUMS)
	[[ $(wc -l <"$here/b/SHA256SUMS") == $(find "$here/b" -type f ! -name SHA256SUMS | wc -l) ]]
	[[ $(sed -n '/^  /s/ //gp' "$here/out" | tr -d '\n') == "$(sha256sum <"$here/b/SHA256SUMS" | cut -d' ' -f1)" ]]
	sed -n '/head -n 3/,/-sigfile/p' "$here/b/README.txt" >"$here/commands"
	cp "$here"/b/checkpoint* "$here/"
	(cd "$here" && bash -eu commands) | grep -q 'Verified Successfully'
	status 0 audit verify-proof "$here"/b/record-1199.proof --key "$log/checkpoint.vkey"
	status 0 audit verify "$log" --checkpoint "$here/b/checkpoint"
	jq -e '.ok and .records == 1200' "$here/b/verification.json"
	grep -q '1200 records, 0 to 1199' "$here/b/README.txt"
	cmp "$here"/b/policy-*.yaml examples/policy.yaml
	timeline_is true
	# Not all is covered, and then that is said.
	"$writer" append "$here/state/audit" "$origin" 1 3 500 >/dev/null
	incident 0 --since 2026-01-01 --lang ja
	grep -q '最新のチェックポイント.*1200' "$here/b/README.txt"
	grep -q '^インシデント' "$here/b/README.txt"
	[[ ! -e $here/b/record-1202.proof ]]
	incident 0 --since 2026-01-01 -j
	jq -e --arg sums "$(sha256sum <"$here/b/SHA256SUMS" | cut -d' ' -f1)" '.records == 1203 and
		.changes == 12 and .covered == false and .log_good and .sha256sums_sha256 == $sums' "$here/out"
}

# Hosts, segments and the period choose traffic; changes of the period are there whoever is asked for.
choices_choose()
{
	local change='.type == "policy.apply"'

	begin
	incident 0 --since 2026-03-31 --host 10.10.0.77,10.10.3.0/24
	timeline_is "$change or ((.src // .initiator) | . == \"10.10.0.77\" or startswith(\"10.10.3.\"))"
	incident 0 --since 2026-03-31 --segment nosuch,lgwan
	timeline_is true
	incident 0 --since 2026-03-31 --segment nosuch
	timeline_is "$change"
	incident 0 --since 2026-03-31 --host 02:00:00:00:00:01
	timeline_is "$change or .smac"
	# What the traffic tells of, not when that was written down.
	incident 0 --since '2026-04-01 0:00' --until '2026-04-01 0:20'
	timeline_is "$change | not"
	incident 0 --last 1h
	timeline_is "$change"
	grep -c ',policy.apply,' "$here/b/changes.csv" | grep -qx 12
	incident 0 --since 2026-03-31 "$log"
	timeline_is true
}

# As Python adds up the timeline.
flows_add_up()
{
	begin 3000
	incident 0 --since 2026-03-31
	cat >"$here/check.py" <<-'PYTHON'
		import csv, json, sys
		from collections import defaultdict
		groups = defaultdict(lambda: [0] * 6)
		for line in open(sys.argv[1], encoding="utf-8"):
		    record = json.loads(line)
		    if record["type"] not in ("permit", "deny", "flow.end"):
		        continue
		    end = record["type"] == "flow.end"
		    port = record.get("responder_port" if end else "dport", "")
		    key = tuple(str(part) for part in (
		        record.get("initiator" if end else "src", ""), record.get("responder" if end else "dst", ""),
		        record.get("from", ""), record.get("to", ""), record.get("proto", ""), port,
		        record.get("flow", ""), record["type"], record.get("reason", "")))
		    sums = ([1, 1] + [record[name] for name in ("packets_out", "packets_in", "bytes_out", "bytes_in")]
		            if end else [1, record["count"] if record["reason"] == "permit-new" else 0,
		                         record["count"], 0, record.get("bytes", 0), 0])
		    groups[key] = [a + b for a, b in zip(groups[key], sums)]
		rows = list(csv.reader(open(sys.argv[2], encoding="utf-8-sig", newline="")))
		table = {tuple(row[2:11]): [int(number) for number in row[15:21]] for row in rows[1:]}
		assert len(table) == len(rows) - 1 == len(groups), (len(rows), len(groups))
		assert table == groups
		assert [row[12] for row in rows[1:]] == sorted(row[12] for row in rows[1:])
	PYTHON
	python3 "$here/check.py" "$here/b/timeline.jsonl" "$here/b/flows.csv"
}

# Nothing of a redacted bundle tells who or where; each of its lines can be found in the log.
redacted_is_redacted()
{
	local secret

	begin 100
	head -c 32 /dev/urandom >"$here/key"
	chmod 600 "$here/key"
	incident 0 --since 2026-03-31 --host 10.10.0.0/16 --redact --key-file "$here/key"
	for secret in 10.10. 10.20.9.1 "$origin" 情報政策課 02:00:00 "$here" "$(jq -r .boot "$log"/*.jsonl | head -n 1)"; do
		if grep -rF -- "$secret" "$here/b"; then return 1; fi
	done
	[[ $(cd "$here/b" && echo *) == 'README.txt SHA256SUMS changes.csv flows.csv timeline.jsonl' ]]
	(cd "$here/b" && sha256sum --quiet -c SHA256SUMS)
	diff <(jq -r .sha256 "$here/b/timeline.jsonl") <(cat "$log"/*.jsonl | python3 -c 'import hashlib, sys
for line in sys.stdin.buffer: print(hashlib.sha256(line).hexdigest())')
	cp "$here/b/flows.csv" "$here/first"
	incident 0 --since 2026-03-31 --host 10.10.0.0/16 --redact --key-file "$here/key"
	cmp "$here/first" "$here/b/flows.csv"
	incident 2 --since 2026-03-31 --key-file "$here/key"
	chmod 644 "$here/key"
	incident 1 --since 2026-03-31 --redact --key-file "$here/key"
	nothing_left
}

# What is wrong with the log is said, and does not hinder.
bad_log_is_told()
{
	begin
	sed -i '7s/"count":12/"count":13/' "$log"/*0.jsonl
	sed -i '9s/.*/{"v":1,/' "$log/00000000000000000500.jsonl"
	incident 1 --since 2026-03-31
	says 'the log is NOT good: record 6'
	says '1 lines of the log are damaged'
	(cd "$here/b" && sha256sum --quiet -c SHA256SUMS)
	jq -e '(.ok | not) and .seq == 6' "$here/b/verification.json"
	grep -q 'NOT good: record 6' "$here/b/README.txt"
	jq -se '[.[] | .damaged? // empty] | length == 1 and .[0].row == 9' "$here/b/timeline.jsonl"
	[[ $(wc -l <"$here/b/timeline.jsonl") == 1200 ]]
}

# A policy that the log does not know is not passed off as the one that was in force.
policies_are_those_of_the_log()
{
	local digest

	begin
	status 0 -j audit incident --since 2026-03-31 --output "$here/b"
	digest=$(basename "$(echo "$here"/b/policy-*.yaml)" .yaml)
	# The log tells the digest of generation 7 as well.
	sed -i "1,\$s/\"type\":\"policy.apply\",/&\"actor\":\"x\",\"digest_after\":\"${digest#policy-}\",/;s/,\"actor\":\"情報[^,]*\"A\\\\\"\"//" "$log"/*.jsonl
	incident 1 --since 2026-03-31
	[[ -e $here/b/$digest.yaml ]]
	sed -i 's/^  name: .*/  name: 別の市/' "$here/state/generations/7/policy.yaml"
	incident 1 --since 2026-03-31
	says 'generation 7 is stored with another policy than the log knows'
	[[ ! -e $here/b/$digest.yaml && -z $(find "$here/b" -name 'policy-*') ]]
	grep -q '! policies of 1 generations are not here' "$here/b/README.txt"
	rm -r "$here/state/generations"
	incident 1 --since 2026-03-31 -j
	jq -e '.policies == 0 and .policies_away == 1 and .confidentiality == "unknown"' "$here/out"
}

# Earlier files are not looked at, and nothing is verified.
quick_is_quick()
{
	begin
	sed -i 's/"time":"[^"]*"/"time":"2020-01-01T00:00:00.000+09:00"/' "$log/00000000000000000000.jsonl" \
		"$log/00000000000000000500.jsonl"
	sed -i '9s/.*/{"v":1,/' "$log/00000000000000000000.jsonl"
	incident 1 --since 2026-03-31
	incident 0 --since 2026-03-31 --quick -j
	jq -e '.log_good == null and .damaged == 0' "$here/out"
	[[ ! -e $here/b/verification.json ]]
	grep -q '! the log was not verified' "$here/b/README.txt"
	timeline_is '.seq >= 500 and (.time > "2026" or .type != "policy.apply")'
}

takes_no_nonsense()
{
	local words many

	begin
	incident 2 --until 2026-04-01
	says '--since'
	incident 2
	incident 2 --since 2026-04-02 --until 2026-04-01
	incident 2 --since yesteryear
	incident 2 --last 1h --since 2026-04-01
	# shellcheck disable=SC2016 # nothing is to expand it
	for words in 10.0.0.300 10.0.0.0/33 10.0.0.0/ ::/129 '10.0.0.1,' ',10.0.0.1' '10.0.0.1;id' '$(id)' lgwan; do
		incident 2 --last 1h --host "$words"
		says '--host cannot be'
	done
	incident 2 --last 1h --segment 'a,,b'
	incident 2 --last 1h --segment ,
	many=$(printf '10.0.0.%d,' {1..64})
	incident 0 --last 1h --host "${many%,}"
	incident 2 --last 1h --host "${many}10.0.0.65"
	says 'at most 64'
	nothing_left
	status 1 audit incident --last 1h --output "$here/nosuch/b"
	status 1 audit incident --last 1h --output /
	status 1 audit incident --last 1h --output "$here/.."
	status 1 audit incident --last 1h --output "$here/$(printf 'x%.0s' {1..252})"
	status 1 audit incident --last 1h --output "$here/b" "$here/nosuch"
	status 1 audit incident --last 1h --output "$log/b"
	says "in the log's own directory"
	[[ $(find "$log" -maxdepth 1 -name '*b*' ! -name '*.jsonl') == '' ]]
	nothing_left
	status 0 audit verify "$log"
}

# Whatever has the name stays.
nothing_is_replaced()
{
	begin
	mkdir "$here/b"
	echo mine >"$here/b/README.txt"
	status 1 audit incident --last 1h --output "$here/b"
	says 'a bundle is never replaced'
	[[ $(<"$here/b/README.txt") == mine ]]
	ln -s "$here/elsewhere" "$here/c"
	status 1 audit incident --last 1h --output "$here/c"
	: >"$here/d"
	status 1 audit incident --last 1h --output "$here/d"
	# Nor what is called as its beginnings are, unless a killed process left it.
	: >"$here/.e.new"
	status 1 audit incident --last 1h --output "$here/e"
	mkdir -p "$here/.f.new/mine"
	status 1 audit incident --last 1h --output "$here/f"
	[[ -d $here/.f.new/mine ]]
	ln -s "$here/b" "$here/.g.new"
	status 1 audit incident --last 1h --output "$here/g"
	[[ $(<"$here/b/README.txt") == mine ]]
	# With slashes at its end it is a name all the same.
	status 0 audit incident --last 1h --output "$here/h//"
	[[ -e $here/h/SHA256SUMS && ! -e $here/.h.new ]]
}

full_disk_leaves_nothing()
{
	((EUID == 0)) || skip_test 'wants root, to mount'
	begin
	: >"$here/out"
	mkdir "$here/small"
	unshare -m bash -euc "
		mount -t tmpfs -o size=256k none $here/small
		! LC_ALL=C $sekishoctl audit incident --since 2026-01-01 --output $here/small/b 2>$here/err
		[[ -z \$(ls -A $here/small) ]]"
	says 'No space left'
}

unreadable_is_told()
{
	((EUID == 0)) || skip_test 'wants root, to be somebody else'
	begin
	chmod 755 "$audit_work" "$here" "$here/state" "$here/state/audit"
	chmod 000 "$log/00000000000000000500.jsonl"
	mkdir -m 777 "$here/open"
	: >"$here/out"
	if setpriv --reuid 65534 --clear-groups env LC_ALL=C "$sekishoctl" audit incident --since 2026-01-01 \
		--output "$here/open/b" "$log" 2>"$here/err"; then return 1; fi
	says 'Permission denied'
	[[ -z $(ls -A "$here/open") ]]
}

hidden_is_there()
{
	[[ -s $here/.b.new/timeline.jsonl ]]
}

# What a killed one left goes with the next; two at once do not mix.
killed_leaves_no_bundle()
{
	local maker

	begin 20000
	LC_ALL=C "$sekishoctl" audit incident --since 2026-01-01 --output "$here/b" >"$here/killed" 2>&1 &
	maker=$!
	busywait 10 hidden_is_there
	kill -STOP "$maker"
	status 1 audit incident --since 2026-01-01 --output "$here/b"
	says 'another process is making'
	kill -KILL "$maker"
	wait "$maker" 2>"$here/err" || true
	[[ ! -e $here/b && -d $here/.b.new ]]
	incident 0 --since 2026-01-01
	(cd "$here/b" && sha256sum --quiet -c SHA256SUMS)
	cmp "$here/b/timeline.jsonl" <(cat "$log"/*.jsonl)
	[[ ! -e $here/.b.new ]]
}

plan 12
run_test 'a bundle can be checked, by what it says itself' can_be_checked
run_test 'hosts, segments and the period choose' choices_choose
run_test 'who talked to whom adds up' flows_add_up
run_test 'what is redacted is nowhere' redacted_is_redacted
run_test 'what is wrong with the log is told' bad_log_is_told
run_test 'policies are those that the log knows' policies_are_those_of_the_log
run_test 'a quick one reads the files of the period' quick_is_quick
run_test 'what cannot be is refused' takes_no_nonsense
run_test 'nothing is replaced' nothing_is_replaced
run_test 'a full disk leaves nothing' full_disk_leaves_nothing
run_test 'a log that cannot be read leaves nothing' unreadable_is_told
run_test 'a killed one leaves no bundle' killed_leaves_no_bundle
finish
