# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Makes signed checkpoints of logs with openssl, for tests of verifiers: C2SP signed notes with
# Ed25519. Shares nothing with the programs that make them elsewhere.
# Sourced behind lib.sh; needs the program `root`.

# make_key NAME FILE: a private key into FILE, and the text of its verifier key into FILE.vkey
make_key()
{
	local public

	openssl genpkey -algorithm ed25519 -out "$2"
	public=$(openssl pkey -in "$2" -pubout -outform DER | tail -c 32 | xxd -p -c 64)
	printf '%s+%s+%s\n' "$1" "$({ printf '%s\n\1' "$1"; xxd -r -p <<<"$public"; } |
		sha256sum | cut -c 1-8)" "$(xxd -r -p <<<"01$public" | base64 -w 0)" >"$2.vkey"
}

# sign_note KEY <TEXT: a signed note
sign_note()
{
	local text name id signature

	text=$(mktemp -p "${audit_work:?}")
	cat >"$text"
	IFS=+ read -r name id _ <"$1.vkey"
	openssl pkeyutl -sign -rawin -inkey "$1" -in "$text" -out "$text.signature"
	signature=$({ xxd -r -p <<<"$id"; cat "$text.signature"; } | base64 -w 0)
	cat "$text"
	printf '\n— %s %s\n' "$name" "$signature"
	rm -f "$text" "$text.signature"
}

# make_note KEY ORIGIN LOG SIZE: a checkpoint of the log's first SIZE records
make_note()
{
	local hash

	hash=$("${audit_programs:?}/root" "$4" < <(cat "$3"/*.jsonl))
	printf '%s\n%s\n%s\n' "$2" "$4" "$(xxd -r -p <<<"$hash" | base64 -w 0)" | sign_note "$1"
}

# add_notes KEY ORIGIN LOG SIZE...: checkpoints in the log's directory, and its key
add_notes()
{
	local key=$1 origin=$2 log=$3 size

	shift 3
	mkdir -p "$log/checkpoints"
	for size; do
		make_note "$key" "$origin" "$log" "$size" >"$log/checkpoints/$size"
		cp "$log/checkpoints/$size" "$log/checkpoint"
	done
	cp "$key.vkey" "$log/checkpoint.vkey"
}
