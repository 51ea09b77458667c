# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For tests of commits: policies in a few words, commits by the library, and what was counted as
# numbers of bash. Sourced in place of lib.sh.
#
#	pins			where the border's engine is pinned
#	engine COMMAND...	build/tests/engine on the border (see programs/engine.c)
#	tally [POLICY...]	reads all counters into the array `total`
#	total_of KEY		one of them, 0 where it was not counted
#	site / segment / flow / many_flows	lines of a policy

. tests/net/lib.sh

[[ -x build/tests/engine && -x build/tests/flood ]] ||
	plan_skip 'build/tests/engine or build/tests/flood is not built'

declare -A total

pins()
{
	echo "$net_directory/bpffs/sekisho"
}

engine()
{
	in_ns border "$PWD/build/tests/engine" "$1" "$(pins)" "${@:2}"
}

# No IPv6, so that nothing is sent unasked. Afterwards only what a test sends is on the wire.
be_silent()
{
	local name

	for name in "$@"; do
		in_ns "$name" sysctl -q -w net.ipv6.conf.all.disable_ipv6=1
	done
}

read_numbers()
{
	local key value

	while read -r key value; do
		total[$key]=$value
	done
}

tally()
{
	local file=$net_directory/tally

	total=()
	engine tally "$@" >"$file"
	read_numbers <"$file"
}

total_of()
{
	echo "${total[$1]:-0}"
}

# The sum of all counters whose key begins so.
total_sum()
{
	local key sum=0

	for key in "${!total[@]}"; do
		[[ $key != "$1"* ]] || sum=$((sum + total[$key]))
	done
	echo "$sum"
}

# equal WHAT NUMBER NUMBER
equal()
{
	(($2 == $3)) && return
	echo "$1: $2 is not $3" >&2
	return 1
}

at_least()
{
	(($2 >= $3)) && return
	echo "$1: $2 is less than $3" >&2
	return 1
}

# site [STATE]: the head of a policy.
site()
{
	printf 'sekisho: 1\nsite: {name: 試験市, timezone: Asia/Tokyo%s}\nsegments:\n' "${1:+, state: $1}"
}

# segment NAME KIND PORT NETWORKS [MORE]: PORT is an interface or interface.VLAN.
segment()
{
	local port="interface: ${3%.*}"

	[[ $3 != *.* ]] || port+=", vlan: ${3#*.}"
	echo "  - {name: $1, kind: $2, ports: [{$port}], networks: [$4]${5:+, $5}}"
}

# flow ID FROM TO SERVICES [MORE]: FROM and TO are a segment, or 'segment, hosts: [..]'. MORE may
# say another end of validity.
flow()
{
	local until=', valid_until: 2097-03-31'

	[[ ${5:-} != *valid_until* ]] || until=
	echo "  - {id: $1, from: {segment: $2}, to: {segment: $3}, services: [$4], purpose: 試験," \
		"requested_by: 試験課 A, approved_by: 試験部 B, approved_on: 2020-04-01," \
		"log: none$until${5:+, $5}}"
}

# many_flows FLOWS: from and to hosts of the segments in and lg that nobody has.
many_flows()
{
	flow 'MANY-@' 'in, hosts: [10.30.@]' 'lg, hosts: [10.20.@]' 'tcp/1000-2000, udp/@' |
		awk -v flows="$1" '{
			split($0, part, "@")
			for (i = 1; i <= flows; i++) {
				host = int(i / 250) + 1 "." i % 250 + 1
				print part[1] i part[2] host part[3] host part[4] i part[5]
			}
		}'
}
