# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the tests of the audit log share: their programs, and the verifier that has nothing in common
# with the one in ctl/audit. Sourced. Knows nothing of who writes records.

# shellcheck source=tests/ktap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../ktap.sh"

audit_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
audit_work=$(mktemp -d)
trap 'rm -rf "$audit_work"' EXIT
# Where programs are built: by the caller, for all tests, or here.
audit_programs=${SEKISHO_AUDIT_PROGRAMS:-$audit_work}

# compile ARGUMENT...
compile()
{
	"${CC:-gcc}" -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror \
		${SEKISHO_AUDIT_SANITIZE:+-fsanitize=address,undefined -fno-sanitize-recover=all} \
		-I"$audit_root/include" -I"$audit_root/ctl" "$@"
}

# build_program PROGRAM [SOURCE-OR-FLAG...]: tests/audit/PROGRAM.c with ctl/audit and ctl/disk, in $audit_programs
build_program()
{
	local program=$audit_programs/$1

	[[ ! -x $program ]] || return 0
	if [[ ! -e $audit_programs/audit.a ]]; then
		mkdir -p "$audit_programs/objects"
		(cd "$audit_programs/objects" && compile -c "$audit_root"/ctl/audit/*.c "$audit_root"/ctl/disk/*.c)
		ar rcs "$audit_programs/audit.a" "$audit_programs"/objects/*.o
	fi
	(cd "$audit_root/tests/audit" && compile -o "$program" "$1.c" "${@:2}" \
		"$audit_programs/audit.a" -lssl -lcrypto -lsqlite3)
}

# Sets `writer`.
build_writer()
{
	writer=$audit_programs/writer
	[[ -x $writer ]] || build_program writer
}

build_killed()
{
	build_program killed recovered.c
}

# It takes the place of the calls that change files.
build_power_cut()
{
	local call wraps=()

	for call in openat mkdir mkdirat renameat unlinkat write ftruncate fsync fdatasync; do
		wraps+=("-Wl,--wrap=$call")
	done
	build_program power_cut disk.c recorder.c recovered.c "${wraps[@]}"
}

# verify_by_hand DIRECTORY [OPTION...]: prints `good RECORDS`, or `bad SEQ` with the number that the
# first bad or missing record has by its place, and fails.
verify_by_hand()
{
	local result status=0

	result=$("$audit_root/dist/verify/sekisho-verify" -j "${@:2}" "$1") || status=$?
	jq -r 'if .ok then "good \(.records)" else "bad \(.seq)" end' <<<"$result"
	return "$status"
}
