# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For tests of `apply`: two policies that a frame tells apart, and which of them is enforced.
# Sourced in place of engine.sh.
#
#	lg  eth0 -- lg0  border  in0 -- eth0  in
#
#	apply_lay		the above, with old.yaml in force and new.yaml beside it
#	enforced old|new|none	asks with frames, in both directions of the question
#	refused PATTERN POLICY [ARGUMENT...]	apply fails with 1, says so, and changes nothing

. tests/net/programs/engine.sh

[[ -x $net_sekishoctl ]] || plan_skip 'build/sekishoctl is not built'

knocks=0
apply_in_force=none

# policy_of NAME FLOW PORT [STATE [SEGMENT-LINE]]
policy_of()
{
	{
		site "${4:-}"
		segment lg lgwan lg0 '10.20.0.0/16, "fd00:20::/48"'
		segment in other in0 '10.30.0.0/16, "fd00:30::/48"'
		[[ -z ${5:-} ]] || echo "$5"
		echo 'flows:'
		flow "$2" lg in "udp/$3"
	} >"$net_directory/$1.yaml"
}

apply_lay()
{
	border_create
	trunk_create lg lg0
	trunk_create in in0
	be_silent border lg in
	policy_of old OLD 5001
	policy_of new NEW 5002
	[[ ${1:-} == bare ]] || apply old
}

# apply NAME [ARGUMENT...]: must succeed, and is enforced from then on.
apply()
{
	border --lang en apply "$net_directory/$1.yaml" "${@:2}" >"$net_directory/said" 2>&1 || {
		cat "$net_directory/said"
		return 1
	}
	apply_in_force=$1
	enforced "$1"
}

# Two frames, of which each policy permits one: by its reasons and by its flow it shows itself.
enforced()
{
	local flow=NEW permitted denied unjudged new

	[[ $1 != old* ]] || flow=OLD
	knocks=$((knocks + 1))
	tally "$net_directory"/{old,new}.yaml
	permitted=$(total_of reason.permit-new)
	denied=$(total_of reason.port-not-permitted)
	unjudged=$(total_of reason.no-policy)
	new=$(total_of "new.$flow")
	knock 5001 5002
	if [[ $1 == none ]]; then
		busywait 3 counts reason.no-policy $((unjudged + 2))
		return
	fi
	busywait 3 counts reason.permit-new $((permitted + 1)) \
		reason.port-not-permitted $((denied + 1)) "new.$flow" $((new + 1))
}

knock()
{
	local port

	for port in "$@"; do
		send_frame lg eth dst=02:00:00:00:00:99 ip src=10.20.0.2 dst=10.30.0.2 \
			udp sport="$knocks" dport="$port" text=x
	done
}

# counts [KEY NUMBER]...
counts()
{
	tally "$net_directory"/{old,new}.yaml
	while (($#)); do
		(($(total_of "$1") == $2)) || return 1
		shift 2
	done
}

refused()
{
	refused_file "$1" "$net_directory/$2.yaml" "${@:3}"
}

# refused_file PATTERN FILE [ARGUMENT...]
refused_file()
{
	local status=0

	timeout 60 nsenter --net="$(ns_path border)" -- "${apply_as[@]}" \
		"$net_sekishoctl" --lang en apply "${@:2}" >"$net_directory/said" 2>&1 || status=$?
	if ((status != 1)) || ! grep -qE -- "$1" "$net_directory/said"; then
		echo "status $status, wanted 1 and '$1' for: apply ${*:2}"
		head -c 2000 "$net_directory/said"
		return 1
	fi
	enforced "$apply_in_force"
}

# What a process of another user, or with less rights, is started by.
apply_as=()
