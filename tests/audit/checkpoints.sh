#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Signed checkpoints, proofs, digests and time stamps, with the program as it is run, and openssl and
# coreutils as the other side.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

sekishoctl=${SEKISHOCTL:-$audit_root/build/sekishoctl}
[[ -x $sekishoctl ]] || plan_skip "no $sekishoctl"
build_writer
chmod 0755 "$audit_work"
export LC_ALL=C.UTF-8 SEKISHO_BPFFS=$audit_work/bpffs SEKISHO_RUN_DIR=$audit_work/run

origin=$(hostname)

# new_log RECORDS: a state directory of its own with a log that is signed; sets `log`.
new_log()
{
	SEKISHO_STATE_DIR=$(mktemp -d -p "$audit_work")
	export SEKISHO_STATE_DIR
	mkdir "$SEKISHO_STATE_DIR/audit"
	log=$SEKISHO_STATE_DIR/audit/$origin
	write_on "$1"
}

# write_on RECORDS: more of them, and a checkpoint.
write_on()
{
	"$writer" append "$SEKISHO_STATE_DIR/audit" "$origin" 1 "$1" 100 >/dev/null
	"$sekishoctl" audit checkpoint >/dev/null
}

# copy_of_log: sets `copy`.
copy_of_log()
{
	copy=$(mktemp -d -p "$audit_work")
	cp -a "$log/." "$copy"
}

# finds DEFECT [OPTION...]: what verification says of `copy`.
finds()
{
	local result defect=$1

	shift
	result=$("$sekishoctl" -j audit verify "$@" "$copy") || true
	echo "$result"
	if [[ $defect == none ]]; then
		jq -e '.ok' <<<"$result" >/dev/null
	else
		jq -e --arg defect "$defect" '.ok == false and .defect == $defect' <<<"$result" >/dev/null
	fi
}

# refuses COMMAND [ARGUMENT...]: it fails, and by its own decision.
refuses()
{
	local status=0

	"$@" || status=$?
	((status == 1)) || {
		echo "status $status: $*"
		return 1
	}
}

# wrong_use ARGUMENT...: of sekishoctl
wrong_use()
{
	local status=0

	"$sekishoctl" "$@" || status=$?
	((status == 2)) || {
		echo "status $status: $*"
		return 1
	}
}

has_checkpoints()
{
	(($(find "$log/checkpoints" -name '[1-9]*' | wc -l) >= $1))
}

# hex of base64 on standard input
to_hex()
{
	base64 -d | od -An -v -tx1 | tr -d ' \n'
}

from_hex()
{
	local hex=$1 i

	for ((i = 0; i < ${#hex}; i += 2)); do
		printf '%b' "\\x${hex:i:2}"
	done
}

sha256()
{
	sha256sum | cut -c1-64
}

# The signature, the key's id and the root of three records, by openssl and sha256sum alone.
by_other_means()
{
	local key signed leaf=() line

	new_log 3
	cd "$(mktemp -d -p "$audit_work")"
	key=$(cut -d+ -f3- "$log/checkpoint.vkey" | to_hex)
	[[ ${#key} == 66 && $key == 01* ]]
	{ from_hex 302a300506032b6570032100; from_hex "${key:2}"; } >key.der
	head -n 3 "$log/checkpoint" >body
	signed=$(tail -n 1 "$log/checkpoint" | cut -d' ' -f3 | to_hex)
	from_hex "${signed:8}" >signature
	openssl pkeyutl -verify -rawin -pubin -inkey key.der -keyform DER -in body -sigfile signature
	[[ ${signed:0:8} == "$(cut -d+ -f2 "$log/checkpoint.vkey")" ]]
	[[ ${signed:0:8} == "$({ printf '%s\n' "$origin"; from_hex "$key"; } | sha256 | cut -c1-8)" ]]
	[[ $(sed -n 5p "$log/checkpoint") == "— $origin "* && -z $(sed -n 4p "$log/checkpoint") ]]
	[[ $(sed -n 1p body) == "$origin" && $(sed -n 2p body) == 3 ]]
	while IFS= read -r line; do
		leaf+=("$({ from_hex 00; printf '%s' "$line"; } | sha256)")
	done <"$log/00000000000000000000.jsonl"
	line=$(from_hex "01${leaf[0]}${leaf[1]}" | sha256)
	line=$(from_hex "01$line${leaf[2]}" | sha256)
	[[ $(sed -n 3p body | to_hex) == "$line" ]]
	cmp "$log/checkpoint" "$log/checkpoints/3"
	# The key on disk is one that openssl reads, and nobody else.
	[[ $(stat -c %a "$SEKISHO_STATE_DIR/keys" "$SEKISHO_STATE_DIR/keys/$origin.key" | xargs) == '700 600' ]]
	openssl pkey -in "$SEKISHO_STATE_DIR/keys/$origin.key" -pubout -outform DER | cmp - key.der
}

# r18 LOG TEXT: the guideline's table says so of the log's integrity.
r18()
{
	"$sekishoctl" audit export "$1" --format guideline -j --output - |
		jq -e --arg text "$2" '.items[] | select(.id == "R18") |
			.result == "verified" and (.evidence | contains($text))'
}

good_copies()
{
	new_log 250
	write_on 7
	copy_of_log
	finds none | jq -e '.checkpoints == 4 and .checkpoint_size == 257 and .tree == "whole" and .key == "copy"'
	finds none --key "$log/checkpoint.vkey" | jq -e '.key == "given"'
	finds none --key "$(<"$log/checkpoint.vkey")" --checkpoint "$log/checkpoints/200"
	r18 "$copy" 'signed checkpoints hold, the last of 257 records'
	rm -r "$copy"/{checkpoint,checkpoints,frontier,frontiers,checkpoint.vkey}
	r18 "$copy" 'no signed checkpoint'
	finds none | jq -e '.checkpoints == 0 and .key == "none" and .tree == "none"'
	"$sekishoctl" audit verify "$copy" | grep 'there is no checkpoint'
}

# Who verifies a copy needs no rights but to read it.
without_root()
{
	((EUID == 0)) || skip_test 'not root: all the others are this test'
	new_log 120
	copy_of_log
	chmod -R a+rX "$copy"
	install -m 0755 "$sekishoctl" "$audit_work/sekishoctl"
	setpriv --reuid 65534 --regid 65534 --clear-groups env -u SEKISHO_STATE_DIR \
		"$audit_work/sekishoctl" audit verify "$copy"
}

tampered()
{
	local line

	new_log 250
	copy_of_log
	sed -i '3s/^./A/' "$copy/checkpoints/200"
	finds checkpoint-signature
	copy_of_log
	sed -i '2s/.*/201/' "$copy/checkpoints/200"
	finds checkpoint-signature
	copy_of_log
	cp "$copy/checkpoints/100" "$copy/checkpoints/200"
	finds checkpoint-form
	copy_of_log
	echo >>"$copy/checkpoints/200"
	finds checkpoint-form
	copy_of_log
	: >"$copy/checkpoint"
	finds checkpoint-form
	copy_of_log
	touch "$copy/checkpoints/0200"
	finds file-name
	copy_of_log
	rm "$copy/checkpoint.vkey"
	finds checkpoint-key
	copy_of_log
	# The record that no later one knows.
	sed -i '50s/"generation":7/"generation":8/' "$copy/00000000000000000200.jsonl"
	finds checkpoint-root
	line=$("$sekishoctl" -j audit verify "$copy" | jq -r '"\(.file) \(.seq)"') || true
	[[ $line == 'checkpoints/250 249' ]]
	copy_of_log
	sed -i '20s/"generation":7/"generation":8/' "$copy/00000000000000000100.jsonl"
	finds chain
	copy_of_log
	sed -i '$d' "$copy/00000000000000000200.jsonl"
	finds truncated
}

# Removed as a whole, or all but something: that is no good log.
emptied()
{
	local left

	new_log 120
	for left in lock checkpoint checkpoint.vkey frontier nothing; do
		copy_of_log
		find "$copy" -mindepth 1 ! -name "$left" -delete
		refuses "$sekishoctl" audit verify "$copy"
	done
	copy_of_log
	rm "$copy"/*.jsonl
	finds truncated
	rm -r "$copy"/{checkpoint,checkpoint.vkey,lock,frontier}
	refuses "$sekishoctl" audit verify "$copy"
	# Nor is it beside a good one.
	copy=$(mktemp -d -p "$audit_work")
	cp -a "$log" "$copy/one"
	mkdir "$copy/two"
	refuses "$sekishoctl" audit verify "$copy" 2>"$audit_work/said"
	grep "there is no log in $copy/two" "$audit_work/said"
	rmdir "$copy/two"
	"$sekishoctl" audit verify "$copy"
}

# All is well in itself, and not what the checkpoint from elsewhere says.
known_from_elsewhere()
{
	local kept key

	new_log 150
	copy_of_log
	write_on 60
	kept=$log/checkpoints/210
	key=$log/checkpoint.vkey
	finds none
	finds truncated --checkpoint "$kept" --key "$key" | jq -e '.seq == 150 and .file == "--checkpoint"'
	# Another log of the same name under another key.
	new_log 250
	copy_of_log
	finds none
	finds checkpoint-signature --key "$key"
	finds checkpoint-signature --checkpoint "$kept"
	refuses "$sekishoctl" audit verify --checkpoint "$log/00000000000000000000.jsonl" "$copy"
	refuses "$sekishoctl" audit verify --key /dev/null "$copy"
}

# The same key signs two different logs: as an operator with the key's backup could.
forked()
{
	local state kept other

	new_log 150
	state=$SEKISHO_STATE_DIR
	kept=$(mktemp -p "$audit_work")
	cp "$log/checkpoints/150" "$kept"
	other=$(mktemp -d -p "$audit_work")
	mkdir "$other/audit" "$other/keys"
	cp -p "$state/keys/$origin.key" "$other/keys"
	SEKISHO_STATE_DIR=$other
	log=$other/audit/$origin
	write_on 170
	copy_of_log
	finds none
	finds checkpoint-root --checkpoint "$kept"
}

archived()
{
	new_log 250
	copy_of_log
	rm "$copy/00000000000000000000.jsonl"
	finds start
	finds none --any-start | jq -e '.tree == "continued" and .first_seq == 100'
	sed -i '50s/"generation":7/"generation":8/' "$copy/00000000000000000200.jsonl"
	finds checkpoint-root --any-start
	copy_of_log
	rm -r "$copy/00000000000000000000.jsonl" "$copy/frontiers"
	finds none --any-start | jq -e '.tree == "unknown"'
	sed -i '3s/^./A/' "$copy/checkpoints/200"
	finds checkpoint-signature --any-start
}

collector()
{
	local records pid

	new_log 20
	"$sekishoctl" collect --once
	copy_of_log
	records=$(cat "$copy"/0*.jsonl | wc -l)
	finds none | jq -e --argjson records "$records" '.checkpoint_size == $records and .records == $records'
	"$sekishoctl" collect --checkpoint-records 1 &
	pid=$!
	defer bash -c "kill $pid 2>/dev/null || true"
	busywait 20 has_checkpoints 3
	refuses "$sekishoctl" audit checkpoint 2>"$audit_work/said"
	grep 'the collector is running' "$audit_work/said"
	kill "$pid"
	wait "$pid" || true
	copy_of_log
	finds none | jq -e '.checkpoint_size == .records'
}

# An older copy of the log is put back: nothing is signed, and the log says so.
rolled_back()
{
	local newest

	new_log 60
	copy_of_log
	write_on 40
	rm -r "$log"
	cp -a "$copy" "$log"
	newest=$(<"$log/checkpoint")
	refuses "$sekishoctl" audit checkpoint 2>"$audit_work/said"
	grep '40 records that were signed are missing' "$audit_work/said"
	"$sekishoctl" collect --once 2>"$audit_work/said"
	grep '40 records that were signed are missing' "$audit_work/said"
	cat "$log"/0*.jsonl | jq -es 'map(select(.type == "loss" and .cause == "rolled-back")) |
		length == 1 and .[0].count == 40'
	[[ $(<"$log/checkpoint") == "$newest" ]]
	# It does not help to take the log away as a whole.
	rm -r "$log"
	refuses "$sekishoctl" audit checkpoint 2>"$audit_work/said"
	cat "$audit_work/said"
	[[ ! -e $log/checkpoint ]]
}

proofs()
{
	local proof key seq

	new_log 150
	write_on 60
	key=$log/checkpoint.vkey
	proof=$audit_work/proof
	for seq in 0 99 100 149 209; do
		"$sekishoctl" audit prove "$seq" >"$proof"
		[[ $(head -n 1 "$proof") == c2sp.org/tlog-proof@v1 ]]
		sed -n 's/^extra //p' "$proof" | base64 -d |
			cmp - <(cat "$log"/0*.jsonl | sed -n "$((seq + 1))p" | tr -d '\n')
		"$sekishoctl" audit verify-proof "$proof" --key "$key"
	done
	sed '0,/^[A-Za-z0-9+\/]\{43\}=$/s//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=/' "$proof" >"$proof.bad"
	refuses "$sekishoctl" audit verify-proof "$proof.bad" --key "$key"
	sed 's/^index 209/index 208/' "$proof" >"$proof.bad"
	refuses "$sekishoctl" audit verify-proof "$proof.bad" --key "$key"
	sed '/^extra/d' "$proof" >"$proof.bad"
	refuses "$sekishoctl" audit verify-proof "$proof.bad" --key "$key"
	"$sekishoctl" audit prove 149 --size 150 >"$proof"
	refuses "$sekishoctl" audit prove 150 --size 150
	refuses "$sekishoctl" audit prove 1 --size 151
	"$sekishoctl" audit prove --from 150 --to 210 >"$proof"
	"$sekishoctl" audit verify-proof "$proof" --key "$key" --checkpoint "$log/checkpoints/150"
	refuses "$sekishoctl" audit verify-proof "$proof" --key "$key"
	refuses "$sekishoctl" audit verify-proof "$proof" --key "$key" --checkpoint "$log/checkpoints/100"
	refuses "$sekishoctl" audit prove --from 210 --to 150
	wrong_use audit prove one
	wrong_use audit prove 1 --size 1e3
	wrong_use audit prove --from 150 --to -1
	# Of a log that was changed nothing is proved.
	sed -i '20s/"generation":7/"generation":8/' "$log/00000000000000000100.jsonl"
	refuses "$sekishoctl" audit prove 3 2>"$audit_work/said"
	grep 'not the one that was signed' "$audit_work/said"
	new_log 10
	refuses "$sekishoctl" audit verify-proof "$proof" --key "$log/checkpoint.vkey" --checkpoint "$log/checkpoint"
}

digest()
{
	local day slip root

	new_log 150
	day=$(tail -n 1 "$log/00000000000000000100.jsonl" | jq -r '.time[0:10]')
	slip=$("$sekishoctl" audit digest --date "$day")
	echo "$slip"
	root=$(sed -n 3p "$log/checkpoint" | to_hex)
	[[ $(tr -d ' \n' <<<"$slip") == *"$root"* ]]
	(($(wc -l <<<"$slip") <= 25 && $(wc -L <<<"$slip") <= 48))
	slip=$("$sekishoctl" --lang ja audit digest --date "$day")
	echo "$slip"
	(($(wc -L <<<"$slip") <= 48))
	"$sekishoctl" -j audit digest --date "$day" | jq -e --arg root "$root" \
		'.root == $root and .covered and .size == 150'
	"$writer" append "$SEKISHO_STATE_DIR/audit" "$origin" 1 5 100 >/dev/null
	"$sekishoctl" -j audit digest --date "$day" | jq -e '.covered == false'
	refuses "$sekishoctl" audit digest --date 1999-01-01
	[[ $("$sekishoctl" audit digest --date 2026-02-30x 2>&1 || echo $?) == *2 ]]
}

# openssl is the authority, and judges our request as well as our judgement of its answer.
time_stamps()
{
	new_log 30
	write_on 10
	cd "$(mktemp -d -p "$audit_work")"
	openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=authority \
		-days 2 -addext extendedKeyUsage=critical,timeStamping 2>/dev/null
	openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.pem -subj /CN=other \
		-days 2 -addext extendedKeyUsage=critical,timeStamping 2>/dev/null
	printf '%s\n' '[tsa]' 'default_tsa = t' '[t]' 'serial = ./serial' 'default_policy = 1.2.3.4' \
		'digests = sha256' 'signer_digest = sha256' 'ess_cert_id_alg = sha256' >ts.cnf
	"$sekishoctl" audit timestamp "$log/checkpoints/40" --request 40.tsq
	refuses "$sekishoctl" audit timestamp "$log/checkpoints/40" --request 40.tsq
	openssl ts -query -in 40.tsq -text | grep -A1 -e 'sha256' -e 'Nonce: 0x'
	openssl ts -reply -config ts.cnf -queryfile 40.tsq -signer ca.pem -inkey ca.key -out 40.tsr
	openssl ts -verify -data "$log/checkpoints/40" -in 40.tsr -CAfile ca.pem
	"$sekishoctl" audit timestamp "$log/checkpoints/40" --response 40.tsr --ca ca.pem
	# It answers this request, and no other of the same checkpoint.
	"$sekishoctl" audit timestamp "$log/checkpoints/40" --response 40.tsr --ca ca.pem --request 40.tsq
	"$sekishoctl" audit timestamp "$log/checkpoints/40" --request again.tsq
	refuses "$sekishoctl" audit timestamp "$log/checkpoints/40" --response 40.tsr --ca ca.pem \
		--request again.tsq
	refuses "$sekishoctl" audit timestamp "$log/checkpoints/40" --response 40.tsr --ca ca.pem \
		--request 40.tsr
	refuses "$sekishoctl" audit timestamp "$log/checkpoints/40" --response 40.tsr --ca ca.pem \
		--request none.tsq
	refuses "$sekishoctl" audit timestamp "$log/checkpoints/30" --response 40.tsr --ca ca.pem
	refuses "$sekishoctl" audit timestamp "$log/checkpoints/40" --response 40.tsr --ca other.pem
	refuses "$sekishoctl" audit timestamp "$log/checkpoints/40" --response 40.tsq --ca ca.pem
	refuses "$sekishoctl" audit timestamp "$log/checkpoints/40" --response 40.tsr --ca ca.key
	# An answer that says no, and one of which a byte is another.
	openssl ts -query -data "$log/checkpoints/40" -sha512 -out 512.tsq 2>/dev/null
	openssl ts -reply -config ts.cnf -queryfile 512.tsq -signer ca.pem -inkey ca.key -out no.tsr 2>/dev/null || true
	refuses "$sekishoctl" audit timestamp "$log/checkpoints/40" --response no.tsr --ca ca.pem
	head -c -1 40.tsr >bad.tsr
	printf '\xff' >>bad.tsr
	refuses "$sekishoctl" audit timestamp "$log/checkpoints/40" --response bad.tsr --ca ca.pem
}

mkdir "$SEKISHO_RUN_DIR"
plan 13
run_test 'signature, key and root by openssl and sha256sum' by_other_means
run_test 'good copies, with and without key and checkpoints' good_copies
run_test 'a copy is verified without root' without_root
run_test 'changed checkpoints and records are found' tampered
run_test 'a log that was emptied is not good' emptied
run_test 'a checkpoint from elsewhere finds an older or another log' known_from_elsewhere
run_test 'and a log that the same key signed twice' forked
run_test 'the first files moved to an archive' archived
run_test 'the collector signs, and is the only one' collector
run_test 'a log that was put back is not signed, and says so' rolled_back
run_test 'proofs hold, and changed ones do not' proofs
run_test 'the digest of a day fits on a slip' digest
run_test 'time stamps, with openssl as the authority' time_stamps
finish
