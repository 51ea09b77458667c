#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `monitor` shows what was asked for and nothing else, from the log and from the ring.
#
#	lg  eth0 -- lg0 | border | ex0 -- eth0  ex
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh

said=$net_directory/said
sport=1024

monitored_policy()
{
	policy_new
	flow LG-EX "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" 'tcp/443, udp/5000'
	apply
}

# monitors N OPTION...: shows N records and ends by itself; they are in $said, a line of JSON each.
# Traffic goes on until then.
monitors()
{
	local count=$1 watcher

	shift
	in_ns border timeout 15 "$net_sekishoctl" monitor -j --count "$count" "$@" >"$said" &
	watcher=$!
	defer stop_process "$watcher"
	while kill -0 "$watcher" 2>/dev/null; do
		different_traffic
		sleep 0.2
	done
	wait "$watcher"
	(($(wc -l <"$said") == count))
}

different_traffic()
{
	sends lg "${at4[ex]}" tcp "sport=$((++sport))" dport=443 flags=S
	sends lg "${at6[ex]}" udp "sport=$((++sport))" dport=5000 text=x
	sends lg "${at4[ex]}" udp "sport=$((++sport))" dport=5001 text=x
	sends ex "${at4[lg]}" udp "sport=$((++sport))" dport=5000 text=x
	sends_as ex "${at4[lg]}" "${at4[lg]}" udp sport=1 dport=1
}

all_are()
{
	jq -es "all(.[]; $1)" <"$said" >/dev/null && return
	echo "not all are $1:" >&2
	cat "$said" >&2
	return 1
}

filters_are_obeyed()
{
	monitors 3 --type permit
	all_are '.type == "permit"'
	monitors 3 --type deny --from ex
	all_are '.type == "deny" and .from == "ex"'
	monitors 3 --to lg
	all_are '.to == "lg"'
	monitors 3 --segment ex --type permit
	all_are '.to == "ex"'
	monitors 3 --reason port-not-permitted
	all_are '.reason == "port-not-permitted" and .dport == 5001'
	monitors 3 --flow LG-EX
	all_are '.flow == "LG-EX"'
	monitors 3 --port 5001
	all_are '.dport == 5001'
	monitors 3 --host "${at6[ex]}"
	all_are '(.dst // .responder) == "'"${at6[ex]}"'"'
	monitors 3 --host fd00:20::/32
	all_are '(.src // .initiator) == "'"${at6[lg]}"'"'
	monitors 3 --host "${net_mac[ex]}"
	all_are ".smac == \"${net_mac[ex]}\""
	monitors 3 --type permit --port 443 --host "${at4[lg]}" --flow LG-EX --from lg
	all_are '.type == "permit" and .dport == 443 and .flow == "LG-EX"'
	# For people it is the same.
	in_ns border timeout 15 "$net_sekishoctl" monitor --count 1 --port 5001 >"$said" &
	defer stop_process $!
	busywait 10 people_see_it
}

people_see_it()
{
	different_traffic
	grep -q 'port-not-permitted.*:5001' "$said"
}

# Ports that no connection has yet: only the first packet of one is told.
filters_the_log()
{
	monitored_policy
	sport=10000
	filters_are_obeyed
}

# What nobody asked for is not counted, and not waited for.
counts_what_it_shows()
{
	monitored_policy
	sport=30000
	different_traffic
	in_ns border "$net_sekishoctl" monitor -j --seconds 2 --count 1 --port 7 >"$said" 2>/dev/null &
	defer stop_process $!
	different_traffic
	wait $!
	[[ ! -s $said ]]
}

refuses_word()
{
	local hint=$1 status=0

	shift
	border monitor "$@" >"$said" 2>&1 || status=$?
	((status == 2))
	grep -q -- "$hint" "$said"
}

refuses_unknown_names()
{
	monitored_policy
	refuses_word "mean 'deny'" --type dney
	refuses_word "mean 'no-flow'" --reason no-flwo
	refuses_word "mean 'lg'" --segment lgg
	refuses_word "there is no 'nowhere'" --from nowhere
	refuses_word "there is no 'nowhere'" --to nowhere
	refuses_word "mean 'LG-EX'" --flow LG-XE
	refuses_word '10.1.0.0/16' --host 10.1.0.0/33
	refuses_word '65535' --port 65536
	refuses_word 'mean --segment' --segmnt lg
}

filters_the_ring()
{
	monitored_policy
	sport=20000
	ip netns pids "$net_prefix-border" | xargs -r kill
	busywait 5 border_is_empty
	filters_are_obeyed
}

town_create lg ex
plan 4
run_test 'what was asked for, from the log' filters_the_log
run_test 'only that is counted' counts_what_it_shows
run_test 'names that are not there are refused' refuses_unknown_names
run_test 'what was asked for, from the ring' filters_the_ring
finish
