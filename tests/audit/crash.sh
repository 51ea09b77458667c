#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A full disk, kills and power cuts at any moment, and writers at the same time leave a log that
# verifies, and says what is missing. SEKISHO_LONG=1: more of them.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

build_writer
build_killed
build_power_cut

# In a mount namespace of its own: 256 KiB of disk.
fill_and_go_on()
{
	mount -t tmpfs -o size=256k none "$1"
	head -c 65536 /dev/zero >"$1/ballast"
	coproc WRITER { "$writer" fill "$1" one; }
	read -r full lost <&"${WRITER[0]}"
	pid=$WRITER_PID
	[[ $full == full ]]
	echo "lost while full: $lost"
	"$writer" verify "$1/one" | jq -e '.ok and .losses == 0'
	[[ -z $(tail -c 1 "$1/one/00000000000000000000.jsonl") ]]
	rm "$1/ballast"
	echo >&"${WRITER[1]}"
	wait "$pid"
	"$writer" verify "$1/one" | jq -e --argjson lost "$lost" \
		'.ok and .losses == 1 and .lost == $lost and .torn_files == 0'
	jq -es --argjson lost "$lost" 'map(select(.type == "loss")) | length == 1 and
		.[0].count == $lost and .[0].cause == "disk-full" and .[0].start <= .[0].end' \
		"$1/one/00000000000000000000.jsonl"
	verify_by_hand "$1/one"
}

disk_full()
{
	local where

	((EUID == 0)) || skip_test 'needs root to mount a small disk'
	where=$(mktemp -d -p "$audit_work")
	export -f fill_and_go_on verify_by_hand
	export writer audit_work audit_root
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare -m bash -euo pipefail -c 'fill_and_go_on "$1"' - "$where"
}

killed()
{
	local logs

	logs=$(mktemp -d -p "$audit_work")
	"$audit_programs/killed" "$logs" "$kills"
}

# In memory, where that is: it is not this machine's disk that is tried.
power_fails()
{
	local disks

	disks=$(mktemp -d -p "$([[ -w /dev/shm ]] && echo /dev/shm || echo "$audit_work")")
	defer rm -rf "$disks"
	"$audit_programs/power_cut" "$disks" "$cuts"
}

together()
{
	local log one two

	log=$(mktemp -d -p "$audit_work")
	"$writer" append "$log" one 10000 1 3000 &
	one=$!
	"$writer" append "$log" one 1000 10 3000 &
	two=$!
	wait "$one"
	wait "$two"
	"$writer" verify "$log/one" | jq -e '.ok and .records == 20000 and .losses == 0 and .files == 7'
}

if [[ ${SEKISHO_LONG:-} ]]; then
	kills=1000 cuts=5000
else
	kills=300 cuts=300
fi

plan 4
run_test 'a full disk leaves whole lines, and a loss record when there is room' disk_full
run_test "killed $kills times while writing" killed
run_test "the power cut at $cuts moments, and again while mending" power_fails
run_test 'two writers of 10,000 records each' together
finish
