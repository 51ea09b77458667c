# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A town for the tests: a border host with a policy, a segment at each of its ports, and a collector
# that writes down what happens. Sourced from the top directory. Knows policies, counters and
# records; what is to be permitted is said by each test.
#
#	mn  eth0 -- mn0 |        | in0 -- eth0  in	mn: mynumber, lg: lgwan, in: internet,
#	lg  eth0 -- lg0 | border | ex0 -- eth0  ex	ex: external, mg: management;
#	                |        | mg0 -- eth0  mg	segments are called as their hosts are
#
#	town_create mn lg			only those
#	town_test 'it drops' drops		as run_test
#	policy_new; flow F-1 ...; apply		puts it in force
#	mark; ...; rose no-flow=1		what was counted since, and nothing else was
#	recorded '.type == "deny"'		what was written down since
#
# Everything runs over both families where it can: ${at4[mn]}, ${at6[mn]}, or `address mn 6`.

. tests/net/lib.sh

# The message of a refusal is part of what is tested.
export LC_ALL=C.UTF-8 LANGUAGE=en

declare -A town_kind=(
	[mn]=mynumber [lg]=lgwan [in]=internet [ex]=external [mg]=management
)
declare -A town_number=([mn]=10 [lg]=20 [in]=30 [ex]=40 [mg]=50)
declare -A at4 at6 # hosts
declare -A border4 border6 # the border's own addresses
town_names=()
town_policy=
policy_section=
declare -A marked
audit_marked=0
last_output=
records_awaited=()

# town_create NAME...: hosts and ports, a policy that permits nothing, and the collector.
town_create()
{
	town_lay "$@"
	collect_start
}

# town_lay NAME...: without a collector.
town_lay()
{
	local name number

	[[ -x $net_sekishoctl ]] || plan_skip 'build/sekishoctl is not built'
	border_create
	town_policy=$net_directory/policy.yaml
	last_output=$net_directory/output
	for name in "$@"; do
		number=${town_number[$name]}
		peer_create "$name" "${name}0" "10.$number.0.0/16" "fd00:$number::/48"
		at4[$name]=10.$number.0.2
		at6[$name]=fd00:$number::2
		border4[$name]=10.$number.0.1
		border6[$name]=fd00:$number::1
		town_names+=("$name")
	done
	defer town_stop
	policy_new
	apply
}

# What a listener forked for a connection that was cut off does not learn of its end.
town_stop()
{
	local name

	for name in "${town_names[@]}"; do
		ip netns pids "$net_prefix-$name" 2>/dev/null | xargs -r kill 2>/dev/null
	done
	busywait 3 nobody_runs
}

nobody_runs()
{
	! env -u SEKISHO_NET_TEST grep -qszx "SEKISHO_NET_TEST=$net_prefix" /proc/[0-9]*/environ
}

# address NAME FAMILY
address()
{
	case $2 in
	4) echo "${at4[$1]}" ;;
	6) echo "${at6[$1]}" ;;
	esac
}

# border_address NAME FAMILY: the border's own on that host's link.
border_address()
{
	case $2 in
	4) echo "${border4[$1]}" ;;
	6) echo "${border6[$1]}" ;;
	esac
}

# A policy that permits nothing. The ports of segment NAME are its host's or
# ${segment_ports[NAME]}; a further line of it is ${segment_more[NAME]}.
declare -A segment_ports segment_more
policy_new()
{
	policy_with ''
}

# policy_with SITE-LINE...
policy_with()
{
	local name

	policy_section=
	{
		echo 'sekisho: 1'
		echo 'site:'
		echo '  name: test'
		echo '  timezone: Asia/Tokyo'
		printf '  %s\n' "$@"
		echo 'segments:'
		for name in "${town_names[@]}"; do
			segment "$name" "${segment_ports[$name]:-[{interface: ${name}0\}]}"
		done
	} >"$town_policy"
}

# segment NAME PORTS: as a town's, with its networks.
segment()
{
	local number=${town_number[$1]}

	echo "  - name: $1"
	echo "    kind: ${town_kind[$1]}"
	echo "    ports: $2"
	echo "    networks: [10.$number.0.0/16, \"fd00:$number::/48\"]"
	[[ ${town_kind[$1]} != external ]] || echo '    peer_class: 2'
	[[ -z ${segment_more[$1]:-} ]] || echo "    ${segment_more[$1]}"
}

policy_enter()
{
	[[ $policy_section == "$1" ]] || echo "$1:" >>"$town_policy"
	policy_section=$1
}

# gateway NAME HOSTS METHODS: before the flows.
gateway()
{
	policy_enter gateways
	echo "  - {name: $1, hosts: [$2], methods: [$3]}" >>"$town_policy"
}

# flow ID FROM TO SERVICES [LINE...]: from and to are a segment, or 'SEGMENT, hosts: [...]'. A line
# that says what is said otherwise takes its place.
flow()
{
	local id=$1 from=$2 to=$3 services=$4 line
	local -A lines=(
		[purpose]='purpose: test'
		[requested_by]='requested_by: applicant A'
		[approved_by]='approved_by: approver B'
		[approved_on]='approved_on: 2026-04-01'
		[valid_until]='valid_until: 2099-03-31'
	)

	shift 4
	for line in "$@"; do
		lines[${line%%:*}]=$line
	done
	policy_enter flows
	{
		echo "  - id: $id"
		echo "    from: {segment: $from}"
		echo "    to: {segment: $to}"
		[[ -z $services ]] || echo "    services: [$services]"
		printf '    %s\n' "${lines[@]}"
	} >>"$town_policy"
}

# both NAME: its host's addresses of both families, as a policy lists them.
both()
{
	echo "${at4[$1]}, \"${at6[$1]}\""
}

# Put the policy in force.
apply()
{
	border apply "$town_policy" --actor tester >"$last_output" 2>&1 || {
		cat "$town_policy" "$last_output" >&2
		return 1
	}
}

# The policy is not put in force; what was said is in $last_output.
apply_refused()
{
	local status=0

	border apply "$town_policy" --actor tester >"$last_output" 2>&1 || status=$?
	((status == 1)) && return
	echo "expected to be refused, was $status:" >&2
	cat "$last_output" >&2
	return 1
}

# said PATTERN: what the last command said.
said()
{
	grep -q -- "$1" "$last_output" && return
	echo "expected '$1' in:" >&2
	cat "$last_output" >&2
	return 1
}

generation()
{
	border show status -j | jq -r .generation
}

collect_start()
{
	start_in border "$net_sekishoctl" collect
	busywait 10 audit_has '.type == "start"'
}

audit_lines()
{
	cat "$SEKISHO_STATE_DIR"/audit/*/*.jsonl
}

# audit_has FILTER: is there a record since the mark for which jq's filter is true?
audit_has()
{
	audit_lines | tail -n "+$((audit_marked + 1))" | jq -es "any(.[]; $1)"
}

# All of the kernel's side is gone, and every process, as after a reboot.
forget_kernel_state()
{
	local name

	ip netns pids "$net_prefix-border" | xargs -r kill
	busywait 5 border_is_empty
	for name in "${town_names[@]}"; do
		in_ns border tc qdisc delete dev "${name}0" clsact
	done
	rm -r "$SEKISHO_BPFFS"
	busywait 5 nothing_is_attached
}

border_is_empty()
{
	[[ -z $(ip netns pids "$net_prefix-border") ]]
}

nothing_is_attached()
{
	! ip -n "$net_prefix-border" link show | grep -q xdp
}

# recorded FILTER...: since the mark, something is or comes to be written down for which jq's filter
# is true. Denials are written once a second, so the wait is at the end of the test.
recorded()
{
	local filter

	for filter in "$@"; do
		records_awaited+=("$audit_marked" "$filter")
	done
}

# town_test NAME FUNCTION [ARGUMENT...]: as run_test, with its records.
town_test()
{
	local name=$1

	shift
	run_test "$name" with_records "$@"
}

with_records()
{
	records_awaited=()
	"$@"
	set -- "${records_awaited[@]}"
	while (($#)); do
		audit_marked=$1
		busywait 10 audit_has "$2" || {
			echo "no record since the mark for: $2" >&2
			audit_lines | tail -n "+$((audit_marked + 1))" >&2
			return 1
		}
		shift 2
	done
}

# not COMMAND...: for what must fail (`!` would let it pass).
not()
{
	"$@" || return 0
	echo "should not have succeeded: $*" >&2
	return 1
}

# unrecorded FILTER: nothing of the kind is there. Of use for what a command writes before it ends.
unrecorded()
{
	not audit_has "$1" >/dev/null
}

# Without jq: this is asked more often than anything else.
reasons_now()
{
	local text

	text=$(border show reasons -j)
	while [[ $text =~ \"reason\":\ *\"([a-z0-9-]+)\",[[:space:]]*\"packets\":\ *([0-9]+) ]]; do
		echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]}"
		text=${text#*"${BASH_REMATCH[0]}"}
	done
}

# Waits for a whole second of the wall clock. Limits are counted in those, and of denials that are
# alike only the first in each is told.
second_begins()
{
	local second

	second=$(date +%s)
	busywait 2 second_passed "$second"
}

second_passed()
{
	(($(date +%s) > $1))
}

# From here on it is counted,
mark_counts()
{
	local reason packets

	marked=()
	while read -r reason packets; do
		marked[$reason]=$packets
	done < <(reasons_now)
}

# and read.
mark()
{
	mark_counts
	audit_marked=$(audit_lines | wc -l)
}

# What rose since the mark, link control left out: hosts may ask for a neighbour at any time.
reasons_risen()
{
	local reason packets

	while read -r reason packets; do
		packets=$((packets - ${marked[$reason]:-0}))
		((packets == 0)) || [[ $reason == permit-control ]] || echo "$reason=$packets"
	done < <(reasons_now)
}

has_risen()
{
	local risen want reason packets
	local -A wanted=()

	for want in "$@"; do
		wanted[${want%=*}]=${want#*=}
	done
	risen=$(reasons_risen)
	while IFS='=' read -r reason packets; do
		[[ -n $reason ]] || continue
		want=${wanted[$reason]:-0}
		case $want in
		'*') ;;
		+) ;;
		*+) ((packets >= ${want%+})) || return 1 ;;
		*) ((packets == want)) || return 1 ;;
		esac
		unset "wanted[$reason]"
	done <<<"$risen"
	for want in "${wanted[@]}"; do
		[[ $want == '*' ]] || return 1
	done
}

# rises REASON-PATTERN: it rose, however often.
rises()
{
	reasons_risen | grep "^$1=" >/dev/null
}

# rose REASON=N...: comes to be exactly what rose since the mark. N may be 3+ (at least so many), +
# (some) or * (any).
rose()
{
	busywait 5 has_risen "$@" && return
	echo "expected to rise: $*; rose:" >&2
	reasons_risen >&2
	return 1
}

# sends NAME ADDRESS WORD...: a frame from its own address, by the border.
sends()
{
	local name=$1 to=$2 family=4

	shift 2
	[[ $to != *:* ]] || family=6
	sends_as "$name" "$(address "$name" "$family")" "$to" "$@"
}

# sends_as NAME SOURCE ADDRESS WORD...
sends_as()
{
	local name=$1 from=$2 to=$3

	shift 3
	send_frame "$name" eth "dst=${net_border_mac[$name]}" ip "src=$from" "dst=$to" "$@"
}

# explains REASON WORD...: sekishoctl explain gives it.
explains()
{
	local reason=$1 verdict=deny answer status=0

	shift
	[[ $reason != permit-* ]] || verdict=permit
	answer=$(border explain -j "$@") || status=$?
	if jq -e --arg reason "$reason" --arg verdict "$verdict" \
		'.reason == $reason and .verdict == $verdict' <<<"$answer" >/dev/null; then
		[[ $verdict == deny ]] && ((status == 1)) && return
		[[ $verdict == permit ]] && ((status == 0)) && return
	fi
	echo "expected $reason for: $*, got status $status and $answer" >&2
	return 1
}

# stream_holds TEXT: it came back.
stream_holds()
{
	grep -q "^$1$" "$stream_file"
}

# stream_open NAME ADDRESS PORT: a TCP connection to a listener of listen_in, kept open.
stream_open()
{
	local name=$1 address=$2 port=$3

	[[ $address != *:* ]] || address="[$address]"
	stream_file=$(mktemp "$net_directory/stream.XXXXXX")
	mkfifo "$stream_file.in"
	# shellcheck disable=SC2016 # for the shell that is started
	start_in "$name" bash -c 'exec socat -t 60 - "$1" <"$2.in" >"$2"' - \
		"TCP:$address:$port,connect-timeout=3" "$stream_file"
	exec {stream}>"$stream_file.in"
	# shellcheck disable=SC2034 # for the test
	stream_pid=$started
	stream_goes_on
}

stream_line=0

# What is said comes back.
stream_goes_on()
{
	local line=line-$((++stream_line))

	echo "$line" >&"$stream"
	busywait 5 stream_holds "$line"
}

# One more line; whether it comes back is another question. Its text is in $stream_said.
stream_say()
{
	stream_said=line-$((++stream_line))
	echo "$stream_said" >&"$stream"
}
