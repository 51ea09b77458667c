# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Who forwards a frame of a town, XDP or the kernel. Sourced in place of town.sh, from the top
# directory. Knows what the kernel counts; what is to be permitted is said by each test.

. tests/net/town/town.sh

# end_of NAME FAMILY
end_of()
{
	case $2 in
	4) echo "10.${town_number[$1]}.0.7" ;;
	6) echo "fd00:${town_number[$1]}::7" ;;
	esac
}

ends_of() { echo "$(end_of "$1" 4), \"$(end_of "$1" 6)\""; }

# neighbour_is FAMILY NAME INTERFACE MAC: where the border finds that end.
neighbour_is()
{
	ip_in border "neighbour replace $(end_of "$2" "$1") lladdr $4 dev $3 nud permanent"
}

# After apply: skipped where this kernel cannot.
is_taken_fast()
{
	! grep -q 'note: the kernel forwards' "$last_output" ||
		skip_test 'this kernel does not say by which ports XDP can send'
}

# How many frames the kernel of the border has forwarded.
by_kernel()
{
	# shellcheck disable=SC2016 # for awk
	in_ns border awk '
		/^Ip:/ && !at { for (i = 1; i <= NF; i++) if ($i == "ForwDatagrams") at = i; next }
		/^Ip:/ { sum += $at }
		$1 == "Ip6OutForwDatagrams" { sum += $2 }
		END { print sum }' /proc/net/snmp /proc/net/snmp6
}

# several COMMAND...: a frame, twenty times at once.
several()
{
	"$@" --count=20
}

# passes NAME COMMAND...: twenty frames arrive there, $kernel_share of them by the kernel.
passes()
{
	local before

	count_start "$1" eth0 "sport=${from_port:-$port}"
	before=$(by_kernel)
	several "${@:2}"
	count_is 20
	kernel_share=$(($(by_kernel) - before))
}

# In some seconds the first frame of a connection is the kernel's.
is_fast()
{
	((kernel_share <= 2)) && return
	echo "the kernel forwarded $kernel_share of 20 frames"
	return 1
}
