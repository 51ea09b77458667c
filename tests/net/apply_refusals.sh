#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# That `apply` refuses what it cannot do, says why in words, ends with status 1, and leaves what was
# in force, as a frame shows.
#
#	lg  eth0 -- lg0  border  in0 -- eth0  in
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/programs/apply.sh


broken_texts()
{
	local file=$net_directory/broken.yaml bytes

	apply_lay
	bytes=$(stat -c %s "$net_directory/new.yaml")
	: >"$file"
	refused 'empty|error' broken
	for part in 20 50 80 99; do
		head -c $((bytes * part / 100)) "$net_directory/new.yaml" >"$file"
		refused 'broken.yaml:[0-9]+:[0-9]+: error' broken
	done
	head -c 100000 /dev/urandom >"$file"
	refused 'error' broken
	head -c 4096 build/sekishoctl >"$file"
	refused 'error' broken
	tr '\n' '\0' <"$net_directory/new.yaml" >"$file"
	refused 'error' broken
}

wrongly_encoded_texts()
{
	local file=$net_directory/broken.yaml encoding

	apply_lay
	for encoding in CP932 EUC-JP ISO-2022-JP; do
		iconv -t "$encoding" "$net_directory/new.yaml" >"$file"
		refused 'UTF-8|error' broken
	done
	{ cat "$net_directory/new.yaml" && printf '# \xff\xfe\n'; } >"$file"
	refused 'UTF-8' broken
	{ cat "$net_directory/new.yaml" && printf '# \xed\xa0\x80\n'; } >"$file"
	refused 'UTF-8' broken
}

# Deep, wide, long: nothing of it may cost more than a moment.
monstrous_texts()
{
	local file=$net_directory/broken.yaml

	apply_lay
	head -c 200M /dev/zero >"$file"
	refused 'error|too large' broken
	head -c 200M /dev/zero | tr '\0' a >"$file"
	refused 'error|too large' broken
	head -c 300M /dev/zero | tr '\0' ' ' >"$file"
	refused 'error|too large|File too large' broken
	{ printf 'sekisho: 1\nflows: ' && printf '[%.0s' {1..100000}; } >"$file"
	refused 'error' broken
	{ printf 'sekisho: 1\nflows: ' && printf '{a: %.0s' {1..50000}; } >"$file"
	refused 'error' broken
	seq -f '%g:' 200000 | awk '{ printf "%" NR % 1000 "s%s\n", "", $0 }' >"$file"
	refused 'error' broken
	rm "$file"
}

what_is_no_file()
{
	apply_lay
	refused_file 'cannot be read: No such file' "$net_directory/absent.yaml"
	refused_file 'cannot be read: Is a directory' "$net_directory"
	refused_file 'cannot be read|error' /dev/null
	refused_file 'cannot be read: File too large|error' /dev/zero
}

wrong_usage()
{
	apply_lay
	used
	used "$net_directory/new.yaml" --no-such-option
	used "$net_directory/new.yaml" --confirm
	used "$net_directory/new.yaml" --confirm soon
	used "$net_directory/new.yaml" --confirm -1
	used "$net_directory/new.yaml" "$net_directory/old.yaml"
	enforced old
}

# used ARGUMENT...: apply ends with 2.
used()
{
	local status=0

	border apply "$@" >"$net_directory/said" 2>&1 || status=$?
	equal "status of apply $*" "$status" 2
	[[ -s $net_directory/said ]]
}

missing_interface()
{
	apply_lay
	policy_of new NEW 5002 '' "$(segment more other gone0 10.60.0.0/16)"
	refused "interface 'gone0' is not there" new
	# Others of the policy must not have been touched either: nothing of it is half applied.
	ip_in border 'link add extra0 type veth peer name extra1' 'link set extra0 up'
	policy_of new NEW 5002 '' "$(segment more other extra0 10.60.0.0/16)
$(segment most other gone0 10.61.0.0/16)"
	refused "interface 'gone0' is not there" new
	ip -netns "$net_prefix-border" -d -j link show extra0 | jq -e '.[0] | has("xdp") | not'
}

not_on_bpffs()
{
	apply_lay
	mkdir "$net_directory/elsewhere"
	mount -t tmpfs tmpfs "$net_directory/elsewhere"
	defer umount "$net_directory/elsewhere"
	SEKISHO_BPFFS=$net_directory/elsewhere/sekisho
	refused 'bpffs|mount -t bpf' new
	SEKISHO_BPFFS=/nonexistent/sekisho
	refused 'bpffs|mount -t bpf|nonexistent' new
}

# state_on OPTIONS: the state directory becomes a tmpfs, with what is in it.
state_on()
{
	cp -a "$net_directory/state" "$net_directory/kept"
	mount -t tmpfs -o "$1" tmpfs "$net_directory/state"
	defer umount "$net_directory/state"
	cp -a "$net_directory/kept/." "$net_directory/state"
}

# With no room at all, and with a little less or more than is needed: it fits, or nothing happens.
full_disk()
{
	local room refusals=0

	apply_lay
	state_on size=2M
	fill_disk 0
	refused 'No space left' new
	for room in 4 8 12 16 20 24 32 48 64; do
		fill_disk "$room"
		if ! border --lang en apply "$net_directory/new.yaml" >"$net_directory/said" 2>&1; then
			refusals=$((refusals + 1))
			echo "with $room KiB: $(cat "$net_directory/said")"
			grep -q 'No space left' "$net_directory/said"
		fi
		# What it says is what is true: in force, though perhaps not recorded; or refused.
		if grep -q 'is in force' "$net_directory/said"; then
			enforced new
		else
			enforced old
		fi
		fill_disk 2000
		apply old
	done
	at_least refusals "$refusals" 1
}

# fill_disk KIBIBYTES: all but so many.
fill_disk()
{
	local blocks

	rm -f "$net_directory/state/filler"
	blocks=$(df --output=avail -B1K "$net_directory/state" | tail -n 1)
	((blocks <= $1)) || head -c "$((blocks - $1))K" /dev/zero >"$net_directory/state/filler"
}

read_only_disk()
{
	apply_lay
	state_on size=2M
	mount -o remount,ro "$net_directory/state"
	refused 'Read-only file system' new
	border show status -j | jq -e '.generation == 1'
}

# Another user, without and with a state directory of its own; root without capabilities.
no_privilege()
{
	apply_lay
	chmod 0755 "$net_directory"
	apply_as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	refused "Permission denied" new
	grep -E 'CAP_BPF|root' "$net_directory/said"
	chown -R 65534 "$net_directory/state" "$net_directory/run"
	refused 'CAP_BPF, CAP_NET_ADMIN|no access' new
	apply_as=(setpriv "--bounding-set=-bpf,-net_admin,-sys_admin")
	refused 'missing CAP_BPF, CAP_NET_ADMIN' new
	apply_as=(setpriv "--bounding-set=-net_admin")
	refused 'missing CAP_NET_ADMIN' new
	apply_as=()
	apply new
}

two_at_once()
{
	apply_lay
	touch "$net_directory/run/lock"
	start_in border flock --no-fork "$net_directory/run/lock" sleep 60
	busywait 5 lock_is_held
	refused 'another sekishoctl is changing the policy' new
	stop_process "$started" || :
	busywait 5 lock_is_free
	apply new
	# As the collector does, for a moment.
	start_in border flock --no-fork "$net_directory/run/lock" sleep 1
	busywait 5 lock_is_held
	apply new
}

lock_is_held()
{
	! flock --nonblock "$net_directory/run/lock" true
}

lock_is_free()
{
	flock --nonblock "$net_directory/run/lock" true
}

# Nothing in force, nothing attached, nothing pinned by a first apply that fails.
first_apply_fails()
{
	apply_lay bare
	policy_of new NEW 5002 '' "$(segment more other gone0 10.60.0.0/16)"
	if border apply "$net_directory/new.yaml"; then
		return 1
	fi
	[[ -z $(find "$net_directory/bpffs" -mindepth 1 -name 'sekisho*') ]]
	ip -netns "$net_prefix-border" -d -j link show lg0 | jq -e '.[0] | has("xdp") | not'
	border show status -j | jq -e '.generation == 0'
	apply old
}

plan 12
run_test 'broken texts' broken_texts
run_test 'wrongly encoded texts' wrongly_encoded_texts
run_test 'monstrous texts' monstrous_texts
run_test 'what is no file' what_is_no_file
run_test 'wrong usage' wrong_usage
run_test 'a missing interface' missing_interface
run_test 'no bpffs' not_on_bpffs
run_test 'a full disk' full_disk
run_test 'a read-only disk' read_only_disk
run_test 'no privilege' no_privilege
run_test 'two at once' two_at_once
run_test 'a first apply that fails leaves nothing' first_apply_fails
finish
