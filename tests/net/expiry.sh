#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Permissions begin and end by the wall clock, in the data plane: no process runs when it happens,
# and an open connection ends with its permission.
#
#	lg  eth0 -- lg0 | border | ex0 -- eth0  ex
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh

# SECONDS-from-now as the policy writes it, in the site's zone.
at()
{
	TZ=Asia/Tokyo date -d "@$(($(date +%s) + $1))" +%Y-%m-%dT%H:%M:%S
}

collector_starts()
{
	start_in border "$net_sekishoctl" collect
	collector=$started
	busywait 10 audit_has '.type == "start"'
}

# What happens now is written down by whoever comes later: events wait in the ring.
every_process_is_killed()
{
	kill -KILL "$collector"
	wait "$collector" 2>/dev/null || :
	[[ -z $(ip netns pids "$net_prefix-border") ]]
}

past()
{
	(($(date +%s%N) > $1 * 1000000000))
}

new_connections_end()
{
	local family

	collector_starts
	policy_new
	flow ENDS "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" udp/53 \
		"valid_until: $(at 3)"
	end=$(($(date +%s) + 3))
	apply
	listen_in ex udp 53
	mark
	for family in 4 6; do
		asks lg udp "$(address ex "$family")" 53 4000
	done
	(($(date +%s) < end)) || skip_test 'this machine is too slow to be in time'
	rose permit-new=2 permit-established=2
	every_process_is_killed
	busywait 6 past "$end"
	mark
	count_start ex eth0 proto=udp dport=53
	# The connections that were open, and new ones.
	for family in 4 6; do
		sends lg "$(address ex "$family")" udp sport=4000 dport=53 text=x
		sends lg "$(address ex "$family")" udp sport=4001 dport=53 text=x
	done
	rose expired=4
	count_is 0
	collector_starts
	recorded ".type == \"deny\" and .reason == \"expired\" and .flow == \"ENDS\" and
		.dst == \"${at4[ex]}\"" \
		".type == \"deny\" and .reason == \"expired\" and .flow == \"ENDS\" and
		.dst == \"${at6[ex]}\""
}

established_stream_ends()
{
	local family end

	listen_in ex tcp 443
	collector_starts
	for family in 4 6; do
		end=$(($(date +%s) + 3))
		policy_new
		flow STREAM "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" tcp/443 \
			"valid_until: $(TZ=Asia/Tokyo date -d "@$end" +%Y-%m-%dT%H:%M:%S)"
		apply
		stream_open lg "$(address ex "$family")" 443
		(($(date +%s) < end)) || skip_test 'this machine is too slow to be in time'
		every_process_is_killed
		mark
		# It goes on to the last, and not beyond.
		until past "$end"; do
			stream_say
			sleep 0.1
		done
		stream_say
		busywait 5 rises expired
		# The connection is forgotten: what TCP sends again belongs to none.
		mark
		busywait 5 rises tcp-no-state
		not rises permit-established
		not stream_holds "$stream_said"
		(($(grep -c . "$stream_file") >= 3))
		collector_starts
		recorded '.type == "deny" and .reason == "expired" and .flow == "STREAM"' \
			'.type == "flow.end" and .cause == "expired" and .flow == "STREAM"'
	done
}


permission_begins()
{
	local begin=$(($(date +%s) + 2))

	collector_starts
	policy_new
	flow BEGINS "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" udp/54 \
		"valid_from: $(TZ=Asia/Tokyo date -d "@$begin" +%Y-%m-%dT%H:%M:%S)"
	apply
	mark
	sends lg "${at4[ex]}" udp sport=4000 dport=54 text=x
	# A stream of the test before may still try.
	past "$begin" || rose not-yet-valid=1 'tcp-no-state=*'
	recorded '.type == "deny" and .reason == "not-yet-valid" and .flow == "BEGINS"'
	busywait 5 past "$begin"
	mark
	count_start ex eth0 proto=udp dport=54
	sends lg "${at4[ex]}" udp sport=4000 dport=54 text=x
	count_is 1
	rose permit-new=1 'permit-related=*' 'tcp-no-state=*'
}

# Not on this day of the week, or not at this hour.
schedule_is_kept()
{
	local today tomorrow hour

	collector_starts
	today=$(TZ=Asia/Tokyo LC_ALL=C date +%a | tr '[:upper:]' '[:lower:]')
	tomorrow=$(TZ=Asia/Tokyo LC_ALL=C date -d tomorrow +%a | tr '[:upper:]' '[:lower:]')
	hour=$(TZ=Asia/Tokyo date +%H:%M)
	[[ $hour < 23:55 ]] || skip_test 'the day ends in the middle of the test'
	policy_new
	flow TODAY "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" udp/55 \
		"schedule: {days: $today, hours: 00:00-24:00}"
	flow TOMORROW "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" udp/56 \
		"schedule: {days: $tomorrow, hours: 00:00-24:00}"
	apply
	mark
	sends lg "${at4[ex]}" udp sport=4000 dport=55 text=x
	sends lg "${at6[ex]}" udp sport=4000 dport=55 text=x
	rose permit-new=2 'permit-related=*' 'tcp-no-state=*'
	mark
	sends lg "${at4[ex]}" udp sport=4000 dport=56 text=x
	sends lg "${at6[ex]}" udp sport=4000 dport=56 text=x
	rose outside-schedule=2 'tcp-no-state=*'
	recorded '.type == "deny" and .reason == "outside-schedule" and .flow == "TOMORROW"'
}

# The day written is the last one: it ends at its midnight in the site's zone, to the second.
date_ends_at_its_midnight()
{
	local packet=(in=lg0 "src=${at4[lg]}" "dst=${at4[ex]}" proto=tcp sport=40000 dport=443)

	policy_new
	flow YEAR "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" tcp/443 \
		'valid_until: 2027-03-31'
	apply
	explains permit-new "${packet[@]}" at=2027-03-31T23:59:59+09:00
	explains expired "${packet[@]}" at=2027-04-01T00:00:00+09:00
	explains permit-new "${packet[@]}" at=2027-03-31T14:59:59Z
	explains expired "${packet[@]}" at=2027-03-31T15:00:00Z
}

# Without a date a permission ends with the fiscal year of its approval.
fiscal_year_is_the_default()
{
	local packet=(in=lg0 "src=${at4[lg]}" "dst=${at4[ex]}" proto=tcp sport=40000 dport=443)

	policy_new
	flow YEAR "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" tcp/443 \
		'approved_on: 2026-04-01'
	sed -i '/valid_until/d' "$town_policy"
	apply
	explains permit-new "${packet[@]}" at=2027-03-31T23:59:59+09:00
	explains expired "${packet[@]}" at=2027-04-01T00:00:00+09:00
}

town_create lg ex
# Each test has its own.
stop_process "$started" || :
plan 6
town_test 'a permission ends by itself' new_connections_end
town_test 'an established stream ends with it' established_stream_ends
town_test 'a permission begins by itself' permission_begins
town_test 'a schedule is kept' schedule_is_kept
town_test 'a date ends at its midnight' date_ends_at_its_midnight
town_test 'the fiscal year is the default end' fiscal_year_is_the_default
finish
