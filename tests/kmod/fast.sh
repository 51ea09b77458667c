#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# With `forward: fast` the guard sees few frames of a connection, and follows it all the same: what it
# sees passes, and when the programs are gone it goes on with the stream where that is.
#
#	mn  eth0 -- mn0 | border | lg0 -- eth0  lg	mn -> lg: tcp/443, a stream; udp/5000
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/kmod/lib.sh

# More than one turn of those that the kernel is shown, and more data than a window holds.
stream_seconds=10

fast_policy()
{
	policy_with 'forward: fast'
	flow MN-LG "mn, hosts: [$(both mn)], macs: [\"${net_mac[mn]}\"]" \
		"lg, hosts: [$(both lg)]" 'tcp/443, udp/5000'
	apply
}

# permitted_by guard|programs: how many frames of connections.
permitted_by()
{
	local reason packets

	judged_by "$1"
	while read -r reason packets; do
		[[ $reason != permit-established ]] || echo "$packets"
	done < <(reasons_now)
}

# A line that fills many segments, so that the windows are left behind soon.
stream_pours()
{
	local line=line-$((++stream_line))

	printf '%s %060000d\n' "$line" 0 >&"$stream"
	busywait 10 grep -q "^$line 0*\$" "$stream_file"
}

# How much TCP had to send again, of both hosts.
sent_again()
{
	local name

	for name in mn lg; do
		# shellcheck disable=SC2016 # for awk
		in_ns "$name" awk '/^Tcp:/ && at { sum += $at }
			/^Tcp:/ && !at { for (i = 1; i <= NF; i++) if ($i == "RetransSegs") at = i }
			END { print sum + 0 }' /proc/net/snmp
	done | awk '{ sum += $1 } END { print sum }'
}

stream_goes_by()
{
	local family until before again seen all

	listen_in lg tcp 443
	for family in 4 6; do
		stream_open mn "$(address lg "$family")" 443
		again=$(sent_again)
		before=$(permitted_by guard)
		all=$(permitted_by programs)
		until=$((SECONDS + stream_seconds))
		while ((SECONDS < until)); do
			stream_pours
		done
		seen=$(($(permitted_by guard) - before))
		all=$(($(permitted_by programs) - all))
		again=$(($(sent_again) - again))
		echo "# IPv$family: the guard saw $seen of $all frames; $again were sent again"
		# XDP sends them on, or this shows nothing; and the guard sees it now and then.
		((seen > 0 && seen * 4 < all))
		# A frame that the kernel forwards may be overtaken, which TCP may take for a loss.
		((again <= 3 * seen))
		guard_is mismatches 0
		# A FIN is the guard's, far beyond what it saw.
		exec {stream}>&-
		busywait 5 stream_ended
		guard_is mismatches 0
	done
}

stream_ended()
{
	! kill -0 "$stream_pid" 2>/dev/null
}

# Programs are taken off in the middle of it: what it says from there on the guard permits.
guard_goes_on()
{
	local before

	listen_in lg tcp 443
	stream_open mn "${at4[lg]}" 443
	for ((turn = 0; turn < 10; turn++)); do
		stream_pours
	done
	before=$(permitted_by guard)
	programs_off
	stream_pours
	stream_pours
	(($(permitted_by guard) > before))
	guard_is mismatches 0
	# What is no connection of the guard's does not pass.
	mark
	frames mn <<<"ip src=${at4[mn]} dst=${at4[lg]} tcp sport=4000 dport=443 flags=A seq=1 ack=1"
	rose tcp-no-state=1 'permit-established=*'
}

guard_town mn lg
fast_policy
! grep -q 'note: the kernel forwards' "$last_output" ||
	plan_skip 'this kernel does not say by which ports XDP can send'
plan 2
town_test 'a stream goes by, and the guard follows it' stream_goes_by
town_test 'when the programs are gone, the guard goes on with it' guard_goes_on
finish
