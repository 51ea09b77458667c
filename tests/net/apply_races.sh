#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# That `apply` is all or nothing when interfaces vanish under it and when it is killed anywhere.
#
#	lg  eth0 -- lg0  border  in0   -- eth0  in
#	                         gone0 -- gone1		(comes and goes)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/programs/apply.sh

# Makes and removes the interface until the test ends.
come_and_go()
{
	while [[ ! -e $net_directory/stop ]]; do
		ip -netns "$net_prefix-border" link add gone0 type veth peer name gone1
		sleep "0.0$((RANDOM % 5))"
		ip -netns "$net_prefix-border" link delete gone0
	done
}

vanishing_interface()
{
	local i name applied=0 refusals=0

	apply_lay
	policy_of old2 OLD 5001 '' "$(segment more other gone0 10.60.0.0/16)"
	policy_of new2 NEW 5002 '' "$(segment more other gone0 10.60.0.0/16)"
	come_and_go &
	defer wait $!
	defer touch "$net_directory/stop"
	for ((i = 0; i < 50; i++)); do
		name=new2
		((i % 2)) || name=old2
		if border --lang en apply "$net_directory/$name.yaml" >"$net_directory/said" 2>&1; then
			applied=$((applied + 1))
			apply_in_force=$name
		else
			refusals=$((refusals + 1))
			grep -q "gone0" "$net_directory/said" || {
				cat "$net_directory/said"
				return 1
			}
		fi
		enforced "$apply_in_force"
	done
	echo "applied $applied, refused $refusals"
	at_least applied "$applied" 1
	at_least refused "$refusals" 1
	touch "$net_directory/stop"
	busywait 5 gone
	apply old
	apply new
	no_leftovers
}

gone()
{
	! ip -netns "$net_prefix-border" link show gone0
}

no_leftovers()
{
	local left

	left=$(find "$net_directory/bpffs" -mindepth 1 -maxdepth 1 -name 'sekisho_*')
	[[ -z $left ]] || {
		echo "left: $left"
		return 1
	}
}

digest_of()
{
	border apply "$net_directory/$1.yaml" --dry-run -j | jq -r .digest
}

# killed_anywhere ROUNDS MILLISECONDS [STATE-OF-OLD STATE-OF-NEW]: with connection tables of
# different sizes each apply brings a new object, which takes the other's place.
killed_anywhere()
{
	local i name other was old_digest new_digest seen=0

	apply_lay bare
	policy_of old OLD 5001 "${3:-}"
	policy_of new NEW 5002 "${4:-}"
	apply old
	old_digest=$(digest_of old)
	new_digest=$(digest_of new)
	for ((i = 0; i < $1; i++)); do
		was=$apply_in_force
		name=new
		[[ $was == old ]] || name=old
		apply_and_kill "$name" "$((RANDOM % $2))" || :
		enforced_either "$was" "$name"
		[[ $apply_in_force == "$was" ]] || seen=$((seen + 1))
		status_tells_the_truth "$old_digest" "$new_digest"
		# The next one succeeds, whatever was left, and leaves nothing.
		other=old
		[[ $apply_in_force == new ]] || other=new
		apply "$other"
		no_leftovers
	done
	echo "the killed apply was in force $seen times of $1"
}

# apply_and_kill NAME MILLISECONDS
apply_and_kill()
{
	{
		timeout --signal KILL "$(printf '0.%03d' "$2")" nsenter --net="$(ns_path border)" -- \
			"$net_sekishoctl" apply "$net_directory/$1.yaml"
	} >/dev/null 2>&1
}

# Exactly one of them is enforced: its flow has opened the last connection.
enforced_either()
{
	local before after

	tally "$net_directory"/{old,new}.yaml
	before=$(total_of new.OLD)
	apply_in_force=new
	knocks=$((knocks + 1))
	knock 5001
	busywait 3 judged_so_far $(($(total_of frames) + 1))
	after=$(total_of new.OLD)
	((after == before)) || apply_in_force=old
	[[ $apply_in_force == "$1" || $apply_in_force == "$2" ]]
	enforced "$apply_in_force"
}

judged_so_far()
{
	tally "$net_directory"/{old,new}.yaml
	(($(total_of frames) == $1))
}

status_tells_the_truth()
{
	local digest=$1

	[[ $apply_in_force == old ]] || digest=$2
	border show status -j >"$net_directory/status"
	jq -e --arg digest "$digest" '.digest == $digest' "$net_directory/status" >/dev/null || {
		echo "in force is $apply_in_force with digest $digest, but:"
		jq -c 'del(.ports)' "$net_directory/status"
		return 1
	}
}

plan 3
run_test 'an interface that vanishes meanwhile' vanishing_interface
run_test 'killed anywhere' killed_anywhere 50 40
run_test 'killed anywhere while a new object takes over' killed_anywhere 30 400 \
	'{connections: 1000}' '{connections: 50000}'
finish
