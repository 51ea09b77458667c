#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What can be done to a log of 10,000 records is found at the record it was done to, by the verifier
# in ctl/audit and by sekisho-verify; single bits included. SEKISHO_LONG=1: each bit there is.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/notes.sh"

build_writer
build_program root
build_program flip

# Ten files of a thousand records; $good stays as it is.
good=$audit_work/good/one
key=$audit_work/key
"$writer" append "$audit_work/good" one 100 100 1000 >/dev/null
make_key border.example/one "$key"
add_notes "$key" border.example/one "$good" 1000 4096 9999 10000
cp "$good/checkpoint" "$audit_work/outside"
last_hash=$(tail -n 1 "$good/00000000000000009000.jsonl" | sha256sum | cut -c 1-64)

# A copy that a test may change, in $log.
copy_log()
{
	log=$(mktemp -d -p "$audit_work")/one
	cp -r "$good" "$log"
	defer rm -rf "$log"
}

# file THOUSAND
file()
{
	printf '%s/%020d.jsonl' "$log" $(($1 * 1000))
}

# expect SEQ DEFECT [OPTION...]: sekisho-verify finds it there; with no look at checkpoints unless
# there are options.
expect()
{
	local seq=$1 defect=$2 result

	shift 2
	(($#)) || set -- --chain-only
	result=$("$audit_root/dist/verify/sekisho-verify" -j "$@" "$log") && return 1
	jq -ce --argjson seq "$seq" --arg defect "$defect" \
		'select(.ok == false and .seq == $seq and .defect == $defect)' <<<"$result" || {
		echo "not $defect at $seq: $result"
		return 1
	}
}

# expect_both SEQ DEFECT [EXPECT-SEQ [EXPECT-HASH]]: so does the verifier in ctl/audit.
expect_both()
{
	local result options=(--chain-only)

	[[ ! ${3:-} ]] || options+=(--expect-seq "$3")
	[[ ! ${4:-} ]] || options+=(--expect-hash "$4")
	expect "$1" "$2" "${options[@]}"
	result=$("$writer" verify "$log" "${@:3}") && return 1
	jq -ce --argjson seq "$1" --arg defect "$2" \
		'select(.ok == false and .seq == $seq and .defect == $defect)' <<<"$result" || {
		echo "not $2 at $1: $result"
		return 1
	}
}

is_good()
{
	log=$good
	[[ $(verify_by_hand "$log" --chain-only) == 'good 10000' ]]
	"$writer" verify "$log" 9999 "$last_hash" | jq -e '.ok and .records == 10000'
	"$audit_root/dist/verify/sekisho-verify" -j --key "$key.vkey" \
		--checkpoint "$audit_work/outside" "$log" |
		jq -e '.ok and .records == 10000 and .checkpoints == 6 and .proven == 10000'
}

edited()
{
	local line

	# The first of all, one in a file, a file's last, a file's first.
	for line in 0:1 4:322 4:1000 5:1; do
		copy_log
		sed -i "${line#*:}s/\"generation\":7/\"generation\":8/" "$(file "${line%:*}")"
		expect_both $((${line%:*} * 1000 + ${line#*:} - 1)) chain
	done
	# The last of all, which no other knows: with its hash.
	copy_log
	sed -i '$s/"generation":7/"generation":8/' "$(file 9)"
	expect_both 9999 expected-hash 9999 "$last_hash"
	expect 9999 fork --key "$key.vkey"
}

deleted()
{
	local line

	for line in 0:1 4:322 4:1000 5:1; do
		copy_log
		sed -i "${line#*:}d" "$(file "${line%:*}")"
		expect_both $((${line%:*} * 1000 + ${line#*:} - 1)) sequence
	done
}

inserted()
{
	copy_log
	sed -i '322{h;s/"seq":[0-9]*/"seq":77777/;G}' "$(file 4)"
	expect_both 4321 sequence
	copy_log
	# Numbered and chained as it should be: then its successor is one too many.
	sed -i '322{h;s/"generation":7/"generation":8/;G}' "$(file 4)"
	expect_both 4322 sequence
	copy_log
	sed -i '322{s/$/\n{}/}' "$(file 4)"
	expect_both 4322 form
}

duplicated()
{
	copy_log
	sed -i 322p "$(file 4)"
	expect_both 4322 sequence
	copy_log
	head -n 1 "$(file 0)" >>"$(file 9)"
	expect_both 10000 sequence
}

reordered()
{
	local one other

	copy_log
	sed -i '322{h;d};323G' "$(file 4)"
	expect_both 4321 sequence
	copy_log
	one=$(sed -n 101p "$(file 0)")
	other=$(sed -n 501p "$(file 8)")
	{ sed -n 1,100p "$(file 0)"; echo "$other"; sed -n '102,$p' "$(file 0)"; } >"$log/new"
	mv "$log/new" "$(file 0)"
	{ sed -n 1,500p "$(file 8)"; echo "$one"; sed -n '502,$p' "$(file 8)"; } >"$log/new"
	mv "$log/new" "$(file 8)"
	expect_both 100 sequence
}

truncated()
{
	local number

	for number in {0..8}; do
		copy_log
		if ((number % 2)); then
			sed -i '$d' "$(file "$number")"
			expect_both $((number * 1000 + 999)) sequence
		else
			truncate -s -20 "$(file "$number")"
			expect_both $((number * 1000 + 999)) line-end
		fi
	done
	copy_log
	truncate -s -20 "$(file 9)"
	expect_both 9999 line-end
	copy_log
	sed -i '$d' "$(file 9)"
	expect_both 9999 truncated 9999
	expect 9999 truncated --key "$key.vkey"
	truncate -s 0 "$(file 3)"
	expect_both 3000 empty-file
}

swapped()
{
	local pair

	for pair in 0:1 4:5 2:8; do
		copy_log
		mv "$(file "${pair%:*}")" "$log/x"
		mv "$(file "${pair#*:}")" "$(file "${pair%:*}")"
		mv "$log/x" "$(file "${pair#*:}")"
		expect_both $((${pair%:*} * 1000)) sequence
	done
}

renamed()
{
	copy_log
	mv "$(file 3)" "$log/00000000000000003001.jsonl"
	expect_both 3000 sequence
	mv "$log/00000000000000003001.jsonl" "$log/3000.jsonl"
	expect_both 3000 sequence
	copy_log
	mv "$(file 9)" "$log/9000.jsonl"
	expect_both 9000 file-name
}

missing()
{
	local number

	copy_log
	rm "$(file 0)"
	expect_both 0 start
	for number in 1 8; do
		copy_log
		rm "$(file "$number")"
		expect_both $((number * 1000)) sequence
	done
	copy_log
	rm "$(file 9)"
	expect_both 9000 truncated 9999
	expect 9000 truncated --key "$key.vkey"
	rm "$log"/*.jsonl
	expect_both 0 truncated 9999
}

# A log that goes on differently from record 6,000: its chain is whole.
forked()
{
	local result

	copy_log
	rm "$(file 6)" "$(file 7)" "$(file 8)" "$(file 9)"
	"$writer" append "$(dirname "$log")" one 40 100 1000 >/dev/null
	[[ $(verify_by_hand "$log" --chain-only) == 'good 10000' ]]
	expect 4096 fork --key "$key.vkey"
	result=$("$writer" verify "$log") && return 1
	jq -e '.defect == "checkpoint-root" and .file == "checkpoints/9999"' <<<"$result"
	# With none of its checkpoints but the one kept elsewhere.
	rm -r "$log/checkpoint" "$log/checkpoints"
	expect_both 9999 expected-hash 9999 "$last_hash"
	expect 0 fork --key "$key.vkey" --checkpoint "$audit_work/outside"
	result=$("$audit_root/dist/verify/sekisho-verify" --lang en --key "$key.vkey" \
		--checkpoint "$audit_work/outside" "$log") && return 1
	[[ $result == "bad: one of the records 0 to 9999 ($audit_work/outside): the records are not"* ]]
}

# Back to what it was, checkpoints and all.
rolled_back()
{
	copy_log
	rm "$(file 5)" "$(file 6)" "$(file 7)" "$(file 8)" "$(file 9)" "$log/checkpoints/9999" \
		"$log/checkpoints/10000"
	cp "$log/checkpoints/4096" "$log/checkpoint"
	[[ $(verify_by_hand "$log") == 'good 5000' ]]
	expect_both 5000 truncated 9999
	expect 5000 truncated --key "$key.vkey" --checkpoint "$audit_work/outside"
}

# Checkpoints that somebody else made, or that were changed.
false_checkpoints()
{
	local stranger=$audit_work/stranger note

	make_key border.example/one "$stranger"
	copy_log
	make_note "$stranger" border.example/one "$log" 4096 >"$log/checkpoints/4096"
	expect 0 checkpoint-signature --key "$key.vkey"
	cp "$good/checkpoints/9999" "$log/checkpoints/4096"
	expect 0 checkpoint-name --key "$key.vkey"
	make_note "$key" border.example/two "$log" 4096 >"$log/checkpoints/4096"
	expect 0 checkpoint-origin --key "$key.vkey"
	for note in 's/^4096$/04096/' 's/^4096$/4095/' '3s/^./!/' '4d' '5s/ border/ boarder/' \
		'5s/....$/AAAA/'; do
		sed "$note" "$good/checkpoints/4096" >"$log/checkpoints/4096"
		"$audit_root/dist/verify/sekisho-verify" -j --key "$key.vkey" "$log" >"$log/result" &&
			return 1
		jq -ce '.defect | startswith("checkpoint-")' "$log/result"
	done
	# With a key of nobody's there is no answer.
	"$audit_root/dist/verify/sekisho-verify" --key 'x+00000000+AAAA' "$log" || (($? == 2))
}

# Trees of each size around powers of two, against the definition.
trees()
{
	copy_log
	# shellcheck disable=SC2046 # many words
	add_notes "$key" border.example/one "$log" $(seq 0 9) 15 16 17 31 33 63 64 65 127 255 257 \
		1023 1024 1025 4095 4097 8191 8192 8193 9998
	"$audit_root/dist/verify/sekisho-verify" -j --key "$key.vkey" "$log" |
		jq -e '.ok and .checkpoints == 35 and .proven == 10000'
}

flipped()
{
	local place

	place=$(mktemp -d -p "$([[ -w /dev/shm ]] && echo /dev/shm || echo "$audit_work")")
	defer rm -rf "$place"
	"$audit_programs/flip" "$good" "$place" 5000
	copy_log
	"$audit_programs/flip" "$log" "$place" whole 20
}

# in_parts COMMAND...: with a directory, `all`, a part and the number of parts; shared out among the
# processors.
in_parts()
{
	local part parts place pids=() pid

	parts=$(nproc)
	place=$(mktemp -d -p "$([[ -w /dev/shm ]] && echo /dev/shm || echo "$audit_work")")
	defer rm -rf "$place"
	for ((part = 0; part < parts; part++)); do
		mkdir "$place/$part"
		"$@" "$place/$part" all "$part" "$parts" &
		pids+=("$!")
		defer kill "$!"
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
}

all_flipped()
{
	in_parts "$audit_programs/flip" "$good"
}

flip_every()
{
	python3 "$audit_root/tests/audit/flip_every.py" "$audit_root/dist/verify/sekisho-verify" \
		"$good" "$@"
}

all_flipped_by_hand()
{
	in_parts flip_every
}

thousands_flipped_by_hand()
{
	local place

	place=$(mktemp -d -p "$audit_work")
	defer rm -rf "$place"
	flip_every "$place" 6
}

# bad_lines: number, file, line and defect of each that --every names
bad_lines()
{
	"$audit_root/dist/verify/sekisho-verify" -j --every --chain-only "$@" "$log" |
		jq -r '"\(.seq) \(.file[16:20]) \(.line) \(.defect)"'
}

every_bad_record()
{
	copy_log
	# Changed, no record, one too many, missing, another number; then ends of files.
	sed -i '4s/"generation":7/"generation":8/; 7s/.*/{}/; 8s/$/\nx/; 20d; 30s/"seq":/"seq":9/
		50s/"host":"/&\xff/' "$(file 3)"
	sed -i '$d' "$(file 4)"
	truncate -s -20 "$(file 5)"
	sed -i '1s/"generation":7/"generation":8/' "$(file 7)"
	mv "$(file 8)" "$log/00000000000000008001.jsonl"
	truncate -s -20 "$(file 9)"
	diff - <(bad_lines || :) <<'END'
3003 3000 4 chain
3006 3000 7 form
3008 3000 9 form
3019 3000 21 sequence
3029 3000 30 sequence
3049 3000 50 utf-8
4999 5000 1 sequence
5999 5000 1000 line-end
7000 7000 1 chain
8000 8001 1 file-name
9999 9000 1000 line-end
END
	bad_lines >"$audit_work/every" && return 1
	# The last is known by its hash, or by its number; and a log that is good is good.
	copy_log
	sed -i '1000s/"generation":7/"generation":8/' "$(file 9)"
	diff - <(bad_lines --expect-seq 9999 --expect-hash "$last_hash" || :) \
		<<<'9999 9000 1000 expected-hash'
	sed -i '$d' "$(file 9)"
	diff - <(bad_lines --expect-seq 9999 || :) <<<'9999 9000 1000 truncated'
	log=$good
	[[ $(verify_by_hand "$log" --every) == 'good 10000' ]]
}

# Changed records next to each other: as few are named as explain what does not fit, and of those
# whose hashes were made anew the last.
neighbours_are_explained()
{
	copy_log
	sed -i '10,13s/"generation":7/"generation":8/' "$(file 3)"
	diff - <(bad_lines || :) <<'END'
3010 3000 11 chain
3012 3000 13 chain
END
	copy_log
	rechain "$(file 3)" 10 13
	diff - <(bad_lines || :) <<<'3012 3000 13 chain'
}

# rechain FILE FIRST LAST: these lines are changed, and know each other's new hashes.
rechain()
{
	python3 - "$@" <<'END'
import hashlib, sys

path, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
lines = open(path, "rb").read().splitlines(keepends=True)
for at in range(first - 1, last):
    line = lines[at].replace(b'"generation":7', b'"generation":8')
    if at >= first:
        line = line[:-67] + hashlib.sha256(lines[at - 1]).hexdigest().encode() + line[-3:]
    lines[at] = line
open(path, "wb").write(b"".join(lines))
END
}

# Whatever tool fails, no log is called good by one that was asked; and where it is no question of keys
# and checkpoints, none is called bad.
tool_fails()
{
	local options tool status tools

	tools=$(mktemp -d -p "$audit_work")
	log=$tools/logs/one
	"$writer" append "$tools/logs" one 7 5 10 >/dev/null
	add_notes "$key" border.example/one "$log" 10 35
	mkdir "$tools/bin"
	for options in "--key $key.vkey" "--every --key $key.vkey"; do
		for tool in awk base64 cut grep head jq mktemp od openssl paste sed sha256sum sort split stat \
			tail tr wc xargs xxd; do
			printf '%s\n' '#!/bin/sh' "touch $tools/asked" 'exit 1' >"$tools/bin/$tool"
			chmod +x "$tools/bin/$tool"
			status=0
			# shellcheck disable=SC2086 # words
			PATH=$tools/bin:$PATH "$audit_root/dist/verify/sekisho-verify" --lang en $options \
				"$log" >"$tools/said" 2>&1 || status=$?
			rm "$tools/bin/$tool" "$tools/asked"
			case $tool:$status in
			*:2 | openssl:1 | tr:1) ;;
			*)
				echo "$options: without $tool: status $status"
				cat "$tools/said"
				return 1
				;;
			esac
		done
		# shellcheck disable=SC2086 # words
		"$audit_root/dist/verify/sekisho-verify" --lang en $options "$log"
	done
}

# flip_bit FILE BYTE BIT
flip_bit()
{
	local value

	value=$(od -An -tu1 -j "$2" -N 1 "$1")
	# shellcheck disable=SC2059 # the format is the byte
	printf "\\x$(printf %x $((value ^ (1 << $3))))" |
		dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# Of the whole log, or of four of its lines.
flipped_by_hand()
{
	local path first size at bit i record

	copy_log
	for ((i = 0; i < flips; i++)); do
		if [[ ${SEKISHO_LONG:-} ]]; then
			path=$(file $((RANDOM % 10)))
			size=$(stat -c %s "$path")
			first=$(basename "$path" .jsonl)
			at=$(((RANDOM * 32768 + RANDOM) % size))
			record=$((10#$first + $(head -c "$at" "$path" | wc -l)))
		else
			rm -f "$log"/*.jsonl
			record=$((1 + RANDOM % 9997))
			path=$log/$(printf '%020d' $((record - 1))).jsonl
			cat "$good"/*.jsonl | tail -n +"$record" | head -n 4 >"$path" || true
			at=$(($(head -n 1 "$path" | wc -c) + RANDOM % $(sed -n 2p "$path" | wc -c)))
		fi
		bit=$((RANDOM % 8))
		cp "$path" "$log/saved"
		flip_bit "$path" "$at" "$bit"
		cmp --silent "$path" "$log/saved" && return 1
		[[ $(verify_by_hand "$log" --chain-only --any-start ${SEKISHO_LONG:+--expect-seq 9999} \
			${SEKISHO_LONG:+--expect-hash "$last_hash"}) == "bad $record" ]] || {
			echo "record $record, $path, byte $at, bit $bit"
			return 1
		}
		mv "$log/saved" "$path"
	done
}

flips=30
if [[ ${SEKISHO_LONG:-} ]]; then
	flips=200
	plan 22
	run_test 'each bit flipped' all_flipped
	run_test 'each bit flipped, by hand' all_flipped_by_hand
else
	plan 20
fi
run_test 'the log is good' is_good
run_test 'edited records' edited
run_test 'deleted records' deleted
run_test 'inserted records' inserted
run_test 'duplicated records' duplicated
run_test 'records in another order' reordered
run_test "each file's end cut off" truncated
run_test 'swapped files' swapped
run_test 'renamed files' renamed
run_test 'missing files' missing
run_test 'a fork' forked
run_test 'a log rolled back' rolled_back
run_test 'false checkpoints' false_checkpoints
run_test 'trees of many sizes' trees
run_test 'flipped bits' flipped
run_test "$flips flipped bits, by hand" flipped_by_hand
run_test 'thousands of flipped bits, by hand' thousands_flipped_by_hand
run_test 'every bad record is named, not only the first' every_bad_record
run_test 'changed neighbours are explained' neighbours_are_explained
run_test 'with a tool that fails no log is called good' tool_fails
finish
