# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the tests of the audit log share: the writer, and a verifier made of coreutils, jq and
# openssl that has nothing in common with the one in ctl/audit. Sourced. Knows nothing of who
# writes records.

# shellcheck source=tests/ktap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../ktap.sh"

audit_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
audit_work=$(mktemp -d)
trap 'rm -rf "$audit_work"' EXIT

# Sets `writer`, building it where the caller of this test has not.
build_writer()
{
	writer=${SEKISHO_AUDIT_WRITER:-$audit_work/writer}
	[[ ! -x $writer ]] || return 0
	"${CC:-gcc}" -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror \
		${SEKISHO_AUDIT_SANITIZE:+-fsanitize=address,undefined -fno-sanitize-recover=all} \
		-I"$audit_root/include" -I"$audit_root/ctl" -o "$writer" \
		"$audit_root/tests/audit/writer.c" "$audit_root"/ctl/audit/*.c -lcrypto
}

# verify_by_hand DIRECTORY: prints `good RECORDS`, or `bad SEQ` with the number that the first bad
# or missing record has by its place, and fails.
#
# One record a file makes one run of sha256sum do for all.
verify_by_hand()
{
	local work file

	work=$(mktemp -d -p "$audit_work")
	for file in "$1"/*.jsonl; do
		[[ $(basename "$file") =~ ^[0-9]{20}\.jsonl$ ]] || return 2
		cat "$file"
	done >"$work/all"
	split -a 7 -d -l 1 "$work/all" "$work/line."
	find "$work" -name 'line.*' -print0 | sort -z | xargs -0r sha256sum | cut -d' ' -f1 >"$work/hashes"
	# The first key of all: what jq reads of the line, or `-` where it is no record.
	jq -Rr 'try (fromjson | if keys_unsorted[0:9] == ["v", "seq", "time", "clock", "boot",
		"mono_ns", "host", "generation", "type"] and keys_unsorted[-1] == "prev" and .v == 1
		then "\(.seq) \(.prev)" else "- -" end) catch "- -"' <"$work/all" >"$work/keys"
	# Where each file begins, as seq and line.
	for file in "$1"/*.jsonl; do
		echo "$((10#$(basename "$file" .jsonl))) $(wc -l <"$file")"
	done >"$work/files"
	# Lines that jq would repair: not UTF-8, too long, or without an end.
	{
		{ LC_ALL=C.UTF-8 grep -naxv '.*' "$work/all" || true; } | cut -d: -f1
		LC_ALL=C awk 'length($0) + 1 > 8192 { print NR }' "$work/all"
		[[ ! -s $work/all || -z $(tail -c 1 "$work/all") ]] || echo $(($(wc -l <"$work/all") + 1))
	} >"$work/broken"
	paste -d' ' "$work/keys" "$work/hashes" | awk -f "$audit_root/tests/audit/chain.awk" \
		-v broken="$work/broken" -v files="$work/files"
}
