# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A town (tests/net/town/town.sh) whose border has the module. Sourced in its place, from the top
# directory, in a guest of tests/kernels/boot.sh. Knows how the module is loaded, how programs are
# taken off their ports by hand, and where the guard's numbers are; what is permitted is said by
# each test.
#
#	guard_town mn lg		town_lay, with the module
#	programs_off			the guard is all that is left
#	judged_by guard|programs	whose counts mark, rose and rises look at
#	frames mn <<<'ip src=...'	many frames by one process
#	guard_is sealed true		a field of `show guard -j`
#	guard_says '.ports == []'	jq's filter holds for it

. tests/net/town/town.sh

[[ -n ${SEKISHO_IN_GUEST:-} ]] || plan_skip 'wants a guest: tests/kernels/boot.sh'

module_release=$(uname -r)
[[ $module_release =~ ^[0-9]+\.[0-9]+ ]]
module_file=$PWD/build/kmod/${BASH_REMATCH[0]}/sekisho.ko
module_flood=$PWD/build/tests/flood
judge=programs

[[ -e $module_file ]] || plan_skip "$module_file is not built"
[[ -x $module_flood ]] || plan_skip 'build/tests/flood is not built'

# Without what debuggers want of it, which is most of it, it is there in no time.
module_load()
{
	[[ -e /run/sekisho.ko ]] || strip --strip-debug -o /run/sekisho.ko "$module_file"
	insmod /run/sekisho.ko
}

module_unload()
{
	rmmod sekisho
}

module_is_loaded()
{
	[[ -d /sys/module/sekisho ]]
}

# However a test ends, the next one has the module.
module_reload()
{
	! module_is_loaded || module_unload
	module_load
}

module_gone()
{
	! module_is_loaded || module_unload
}

# guard_town NAME...
guard_town()
{
	module_load
	defer module_gone
	# No collector: nobody puts programs back.
	town_lay "$@"
}

guard_json()
{
	border show guard -j
}

# guard_says FILTER
guard_says()
{
	guard_json | jq -e "$1" >/dev/null && return
	echo "expected of the guard: $1" >&2
	guard_json | jq -c . >&2
	return 1
}

# json_field TEXT FIELD: of the first object there that has such a field. Emulated, jq takes half a
# second to begin.
json_field()
{
	[[ $1 =~ \"$2\":\ *(\"([^\"]*)\"|[^,[:space:]}]+) ]] || return 1
	echo "${BASH_REMATCH[2]:-${BASH_REMATCH[1]}}"
}

# guard_field FIELD
guard_field()
{
	json_field "$(guard_json)" "$1"
}

status_field()
{
	json_field "$(border show status -j)" "$1"
}

# guard_is FIELD VALUE
guard_is()
{
	local value

	value=$(guard_field "$1")
	[[ $value == "$2" ]] && return
	echo "expected of the guard: $1 is $2, not $value" >&2
	return 1
}

# In place of the town's.
generation()
{
	status_field generation
}

# The maps and the module have one policy, and it is one that the file's digest names.
in_step()
{
	local maps guard

	maps=$(border show status -j)
	maps="$(json_field "$maps" generation) $(json_field "$maps" digest)"
	guard=$(guard_json)
	guard="$(json_field "$guard" generation) $(json_field "$guard" digest)"
	[[ $maps =~ ^[1-9][0-9]*\ [0-9a-f]{64}$ && $maps == "$guard" ]] && return
	echo "the maps have generation and digest $maps, the module $guard" >&2
	return 1
}

judged_by()
{
	judge=$1
}

# In place of the town's: mark, rose and rises ask whom judged_by() names.
reasons_now()
{
	local text

	case $judge in
	programs) text=$("$net_sekishoctl" show reasons -j) ;; # maps are of no namespace
	guard) text=$(guard_json) ;;
	esac
	while [[ $text =~ \"reason\":\ *\"([a-z0-9-]+)\",[[:space:]]*\"packets\":\ *([0-9]+) ]]; do
		echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]}"
		text=${text#*"${BASH_REMATCH[0]}"}
	done
}

# In place of the town's: of counts alone. A test that wants records sets audit_marked.
mark()
{
	mark_counts
}

# The ports that have a link of Sekisho's.
linked_ports()
{
	local pin

	for pin in "$SEKISHO_BPFFS"/link_*; do
		[[ ! -e $pin ]] || echo "${pin##*/link_}"
	done
}

# link_off PORT...: somebody with root and bad intentions.
link_off()
{
	rm "${@/#/$SEKISHO_BPFFS/link_}"
	busywait 5 no_program "$@"
}

no_program()
{
	local port text

	text=$(ip -netns "$net_prefix-border" -oneline link show)
	for port in "$@"; do
		[[ ! $text =~ (^|[[:space:]])${port}[@:][^$'\n']*xdp ]] || return 1
	done
}

out_off()
{
	local port

	for port in "$@"; do
		printf 'qdisc delete dev %s clsact\n' "$port"
	done | tc -netns "$net_prefix-border" -batch - 2>/dev/null || :
}

# XDP and tc programs of all ports are off. Prints which ports these are.
programs_off()
{
	local ports

	mapfile -t ports < <(linked_ports)
	link_off "${ports[@]}"
	out_off "${ports[@]}"
	judged_by guard
}

# programs_generic PORT...: the same program, in the kernel's generic mode.
programs_generic()
{
	local port

	link_off "$@"
	for port in "$@"; do
		echo "link set $port xdpgeneric pinned $SEKISHO_BPFFS/ingress"
	done | ip -netns "$net_prefix-border" -batch -
	judged_by programs
}

generic_off()
{
	local port

	for port in "$@"; do
		echo "link set $port xdpgeneric off"
	done | ip -netns "$net_prefix-border" -batch -
}

# apply_bare: the policy is in force in the module alone.
apply_bare()
{
	apply
	programs_off
}

# Beside what a test sends: hosts answer, tell errors, send again, ask for neighbours.
noise=('permit-related=*' 'icmp-unrelated=*' 'permit-established=*' 'tcp-no-state=*'
	'port-unbound=*')

# rose_beside_noise REASON=N...: as rose, but for what comes unasked. What is named counts exactly.
rose_beside_noise()
{
	rose "${noise[@]}" "$@"
}

# watch_start NAME: all that the border sends there is written down, until the program or the test
# ends; arrived counts.
declare -A watch_file
watch_start()
{
	count_start "$1" eth0 --seconds 600 "smac=${net_border_mac[$1]}"
	watch_file[$1]=$count_file
}

# arrived NAME PATTERN N: comes to be exactly the number of frames of which a line tells.
arrived()
{
	busywait 5 arrived_so_many "$@" && return
	echo "expected $3 times '$2' in $1; there came:" >&2
	tail -n 20 "${watch_file[$1]}" >&2
	return 1
}

arrived_so_many()
{
	(($(grep -cE -- "$2" "${watch_file[$1]}") == $3))
}

# commit_dies_at CALL N: killed as it enters the N-th such system call.
commit_dies_at()
{
	local status=0

	in_ns border strace -f -o /dev/null -e "trace=$1" -e "inject=$1:signal=KILL:when=$2" \
		"$net_sekishoctl" apply "$town_policy" --actor tester >"$last_output" 2>&1 ||
		status=$?
	((status != 0))
}

# How often a commit of this policy asks the module for something.
calls_of_a_commit()
{
	in_ns border strace -f -o "$net_directory/calls" -e trace=sendto \
		"$net_sekishoctl" apply "$town_policy" --actor tester >"$last_output" 2>&1
	grep -c sendto "$net_directory/calls"
}

# frames NAME: frames out of its eth0 by one process, in this order: standard input has one a line,
# in words (tests/net/craft.h). A line that does not begin with `eth` comes from the host's own MAC
# to the border.
frames()
{
	local name=$1 file=$net_directory/frames line count=0

	: >"$file"
	while read -r line; do
		[[ -n $line ]] || continue
		[[ $line == eth\ * ]] ||
			line="eth src=${net_mac[$name]} dst=${net_border_mac[$name]} $line"
		echo "frame 1 0 $line" >>"$file"
		count=$((count + 1))
	done
	in_ns "$name" "$module_flood" eth0 "$file.stop" "$count" "$file" >/dev/null
}

# neighbour NAME FAMILY: another host's address in that segment.
neighbour()
{
	case $2 in
	4) echo "10.${town_number[$1]}.0.3" ;;
	6) echo "fd00:${town_number[$1]}::3" ;;
	esac
}
