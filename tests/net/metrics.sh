#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What is told to Prometheus is what happened: against `show`, against docs/metrics.md, and by a real
# Prometheus; by port, by Unix socket and by file. Nothing that is sent to the server stops the log.
# Beyond 600 lines: all of it looks at one border, one collector and one server.
#
#	mn  eth0 -- mn0 | border | in0 -- eth0  in	served at 127.0.0.1:9477 of the border
#	lg  eth0 -- lg0 |        |
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh

reader=$PWD/tests/net/metrics.py
url=http://127.0.0.1:9477/metrics
rules=dist/prometheus/sekisho.rules.yml

# The town's collector, with all that it can tell.
collect_start()
{
	start_in border "$net_sekishoctl" collect --metrics 127.0.0.1:9477 \
		--metrics-file "$net_directory/sekisho.prom" 2>"$net_directory/collector.err"
	collector=$started
	busywait 10 audit_has '.type == "start"'
	busywait 10 scrape
}

# What is served now, in both forms, no older than this call.
scrape()
{
	# A page lasts a second.
	sleep 1.1
	in_ns border "$reader" get "$url" open >"$net_directory/open"
	in_ns border "$reader" get "$url" >"$net_directory/plain"
}

# metric NAME [LABEL=VALUE...]: of the last scrape.
metric()
{
	"$reader" value "$net_directory/open" "$@"
}

# comes_to VALUE NAME [LABEL=VALUE...]
comes_to()
{
	busywait 8 is_now "$@" && return
	echo "$2 is $(metric "${@:2}"), not $1" >&2
	return 1
}

is_now()
{
	scrape
	[[ $(metric "${@:2}") == "$1" ]]
}

# peer_programs: where prometheus and promtool are; skips the test where they cannot be had.
peer_programs()
{
	local why=$net_directory/peer.err

	tests/peers/prometheus.sh 2>"$why" || skip_test "$(tail -n 1 "$why")"
}

metrics_policy()
{
	metrics_flows
	apply
}

metrics_flows()
{
	policy_new
	flow F-1 "mn, hosts: [$(both mn)], macs: [\"${net_mac[mn]}\"]" \
		"lg, hosts: [$(both lg)]" 'tcp/443, udp/9'
	flow F-2 "lg, hosts: [$(both lg)]" self 'icmp/echo' \
		"valid_until: $(date -d '+10 days' +%F)"
}

# Of both flows, and what no flow permits.
some_traffic()
{
	local i

	for i in 1 2 3; do
		sends in "${at4[lg]}" tcp sport="4000$i" dport=443 flags=S
		sends in "${at6[mn]}" udp sport="4000$i" dport=53 text=x
		sends mn "${at4[lg]}" udp sport="900$i" dport=9 text=x
	done
	pings lg "${border4[lg]}"
}

shown_frames()
{
	border show status -j | jq -r '"sekisho_frames_total \(.frames)",
		"sekisho_frames_permitted_total \(.permitted)", "sekisho_frames_denied_total \(.denied)"'
}

# What `show` says as lines of NAME{LABELS} VALUE, with the labels that both have.
shown_reasons()
{
	border show reasons -j | jq -r '.[] |
		"sekisho_reason_packets_total{reason=\"\(.reason)\",verdict=\"\(.verdict)\"} \(.packets)",
		"sekisho_reason_bytes_total{reason=\"\(.reason)\",verdict=\"\(.verdict)\"} \(.bytes)"'
}

shown_flows()
{
	border show flows -j | jq -r '.[] | "flow=\"\(.id)\",from=\"\(.from)\",to=\"\(.to)\"" as $labels |
		"sekisho_flow_connections_total{\($labels)} \(.new)",
		"sekisho_flow_packets_total{\($labels),side=\"initiator\"} \(.packets - .packets_replied)",
		"sekisho_flow_packets_total{\($labels),side=\"responder\"} \(.packets_replied)",
		"sekisho_flow_bytes_total{\($labels),side=\"initiator\"} \(.bytes - .bytes_replied)",
		"sekisho_flow_bytes_total{\($labels),side=\"responder\"} \(.bytes_replied)"'
}

shown_pairs()
{
	border show pairs -j | jq -r '.[] | . as $pair |
		(["permit", .permitted_packets, .permitted_bytes], ["deny", .denied_packets, .denied_bytes]) as $of |
		"sekisho_pair_packets_total{from=\"\($pair.from)\",to=\"\($pair.to)\",verdict=\"\($of[0])\"} \($of[1])",
		"sekisho_pair_bytes_total{from=\"\($pair.from)\",to=\"\($pair.to)\",verdict=\"\($of[0])\"} \($of[2])"'
}

equals_what_is_shown()
{
	metrics_policy
	some_traffic
	mark
	busywait 20 told_equals_shown || {
		diff "$net_directory/told" "$net_directory/shown" >&2
		return 1
	}
	(($(grep -c . "$net_directory/told") > 80))
	grep -q 'sekisho_pair_packets_total{from="in",to="lg",verdict="deny"} 3' "$net_directory/told"
	grep -q 'sekisho_flow_connections_total{flow="F-1",from="mn",to="lg"} 3' "$net_directory/told"
	[[ $(metric sekisho_crossing_denied_packets_total from_kind=internet to_kind=lgwan) == 3 ]]
	[[ $(metric sekisho_crossing_denied_packets_total from_kind=internet to_kind=mynumber) == 3 ]]
	[[ $(metric sekisho_crossing_denied_packets_total from_kind=lgwan to_kind=internet) == 0 ]]
}

# Link control may come in between the two: then once more.
told_equals_shown()
{
	scrape
	{
		grep -E '^sekisho_(frames(_[a-z]+)?|(reason|flow)_[a-z]+)_total' "$net_directory/plain"
		grep -E '^sekisho_pair_[a-z]+_total' "$net_directory/plain" |
			sed 's/,from_kind="[a-z]*",to_kind="[a-z]*"//' | grep -v ' 0$'
	} | sort >"$net_directory/told"
	{
		shown_frames
		shown_reasons
		shown_flows
		shown_pairs | grep -v ' 0$'
	} | sort >"$net_directory/shown"
	diff "$net_directory/told" "$net_directory/shown"
}

tells_what_is_in_force()
{
	local status

	metrics_policy
	sends mn "${at4[lg]}" udp sport=9 dport=9 text=x
	scrape
	status=$(border show status -j)
	[[ $(metric sekisho_policy_generation) == "$(jq .generation <<<"$status")" ]]
	[[ $(metric sekisho_policy_info "digest=$(jq -r .digest <<<"$status")") == 1 ]]
	[[ $(metric sekisho_policy_applied_timestamp_seconds) == \
		"$(date -d "$(jq -r .applied_at <<<"$status")" +%s).000" ]]
	[[ $(metric sekisho_flow_valid_until_timestamp_seconds flow=F-2) == \
		"$(date -d "$(border show flows -j | jq -r '.[] | select(.id == "F-2").valid_until')" +%s)" ]]
	[[ $(metric sekisho_flows) == 2 && $(metric sekisho_flows_ending) == 1 ]]
	[[ $(metric sekisho_flows_ended) == 0 && $(metric sekisho_flows_untold) == 0 ]]
	[[ $(metric sekisho_ports mode=native) == 3 && $(metric sekisho_ports mode=absent) == 0 ]]
	(($(metric sekisho_connections) == $(border show state -j | jq length)))
	[[ $(metric sekisho_suspended_hosts by=address) == 0 ]]
	defer border restore 10.20.0.2 --reason over --authority head --actor a --second b
	border suspend 10.20.0.2 --reason test --authority head --actor a >/dev/null
	defer border release lg --actor a --second b
	border isolate lg --reason test --authority head --actor a >/dev/null
	comes_to 1 sekisho_segment_isolated segment=lg kind=lgwan
	[[ $(metric sekisho_segment_isolated segment=mn kind=mynumber) == 0 ]]
	[[ $(metric sekisho_suspended_hosts by=address) == 1 ]]
} >/dev/null

# Everything in the tables is told as the tables have it, and nothing else. The guard and checkpoints
# are not here: of the guard the source is asked.
tables_are_true()
{
	local log bad=0 name

	metrics_policy
	log=$(echo "$SEKISHO_STATE_DIR"/audit/*/)
	echo x >"$log/checkpoint"
	scrape
	rm "$log/checkpoint"
	"$reader" check "$net_directory/open"
	"$reader" families "$net_directory/open" | sort >"$net_directory/told"
	"$reader" documented docs/metrics.md | sort >"$net_directory/documented"
	grep -E '^sekisho_guard_' "$net_directory/documented" | grep -v '^sekisho_guard_present|' \
		>"$net_directory/guard"
	diff "$net_directory/told" <(grep -vxFf "$net_directory/guard" "$net_directory/documented")
	while IFS='|' read -r name _; do
		grep -q "\"${name%_total}\"" ctl/command/metrics_guard.c || {
			echo "$name is not told"
			bad=1
		}
	done <"$net_directory/guard"
	(($(grep -c . "$net_directory/guard") >= 8))
	return "$bad"
}

once_is_the_same()
{
	local only='^sekisho_(collector_[a-z_]+|log_writable)\|'

	scrape
	border show metrics >"$net_directory/once"
	"$reader" check "$net_directory/once"
	diff <("$reader" families "$net_directory/once") \
		<("$reader" families "$net_directory/open" |
			grep -vE "$only" || :) |
		grep '^[<>]' | grep -v 'sekisho_collector_running' && return 1
	"$reader" value "$net_directory/once" sekisho_collector_running | grep -qx 1
	diff <(grep -v '^#' "$net_directory/open" | cut -d' ' -f1 | sort) \
		<(grep -v '^#' "$net_directory/plain" | cut -d' ' -f1 | sort)
}

ports_that_lose_their_program()
{
	metrics_policy
	# While it sleeps it cannot mend.
	defer kill -CONT "$collector"
	kill -STOP "$collector"
	in_ns border tc qdisc delete dev lg0 clsact
	border show metrics >"$net_directory/open"
	[[ $(metric sekisho_port_egress_guarded interface=lg0 vlan=0 segment=lg) == 0 ]]
	[[ $(metric sekisho_port_egress_guarded interface=mn0 vlan=0 segment=mn) == 1 ]]
	kill -CONT "$collector"
	comes_to 1 sekisho_port_egress_guarded interface=lg0 vlan=0 segment=lg
}

file_is_whole()
{
	local file=$net_directory/sekisho.prom before

	[[ $(stat -c %a "$file") == 644 ]]
	before=$(stat -c %i "$file")
	grep -q '^# TYPE sekisho_frames_total counter$' "$file"
	# Never half: what is read is always a whole one, and it is another file each time.
	busywait 20 is_another_file "$file" "$before"
	grep -q '^sekisho_clock_synchronised ' "$file"
	[[ -z $(find "$net_directory" -name '.sekisho.prom*') ]]
}

is_another_file()
{
	[[ $(stat -c %i "$1") != "$2" ]]
}

# rises_to VALUE NAME: ends of what earlier tests began may come beside what is waited for
rises_to()
{
	scrape
	(($(metric "$2") >= $1))
}

log_is_as_long()
{
	scrape
	[[ $(metric sekisho_log_bytes) == "$(cat "$SEKISHO_STATE_DIR"/audit/*/*.jsonl | wc -c)" ]]
}

# The collector's own numbers against its log.
tells_of_the_log()
{
	local events records i

	metrics_policy
	scrape
	events=$(metric sekisho_collector_events_total)
	records=$(metric sekisho_collector_records_total)
	mark
	for i in 1 2 3 4 5; do
		sends mn "${at4[lg]}" udp sport="5000$i" dport=9 text=x
	done
	busywait 8 rises_to "$((events + 5))" sekisho_collector_events_total
	busywait 8 rises_to "$((records + 5))" sekisho_collector_records_total
	busywait 8 log_is_as_long
	[[ $(metric sekisho_log_files) == 1 && $(metric sekisho_log_writable) == 1 ]]
	[[ $(metric sekisho_collector_commits_total) != 0 ]]
	[[ $(metric sekisho_collector_commit_failures_total)$(metric sekisho_collector_records_lost_total) == 00 ]]
	(($(date +%s) - $(metric sekisho_collector_last_commit_timestamp_seconds | cut -d. -f1) < 20))
}

# A disk that is full for a while.
tells_that_the_log_fails()
{
	local state=$net_directory/other/state socket=unix:$net_directory/full.sock

	mkdir -p "$state"
	mount -t tmpfs -o size=64k tmpfs "$state"
	defer umount "$state"
	other_collector --metrics "$socket"
	busywait 10 other_wrote start
	dd if=/dev/zero of="$state/full" bs=1k count=64 status=none 2>/dev/null || :
	busywait 20 lg_is_denied_until sekisho_log_writable 0 "$socket"
	(($(metric sekisho_collector_commit_failures_total) > 0))
	(($(metric sekisho_collector_records_lost_total) > 0))
	rm "$state/full"
	busywait 20 lg_is_denied_until sekisho_log_writable 1 "$socket"
	kill "$other"
	wait "$other"
	other_wrote loss
}

# lg_is_denied_until METRIC VALUE WHERE: something to be written, then what is told. Two collectors
# take the events in turn: ten records, of which this one writes some.
lg_is_denied_until()
{
	local port

	for port in {9..18}; do
		sends lg "${at4[in]}" udp sport="$((RANDOM + 1024))" "dport=$port" text=x
	done
	sleep 1.1
	in_ns border "$reader" get "$3" open >"$net_directory/open"
	[[ $(metric "$1") == "$2" ]]
}

# No policy: that is told too.
without_a_policy()
{
	SEKISHO_BPFFS=$net_directory/bpffs/other SEKISHO_RUN_DIR=$net_directory border show metrics >"$net_directory/open"
	"$reader" check "$net_directory/open"
	[[ $(metric sekisho_policy_generation) == 0 && $(metric sekisho_filter_readable) == 1 ]]
	[[ $(metric sekisho_collector_running) == 0 ]]
	not metric sekisho_frames_total
} 2>/dev/null

# A collector of its own, beside the town's.
other_collector()
{
	mkdir -p "$net_directory/other/run" "$net_directory/other/state"
	SEKISHO_RUN_DIR=$net_directory/other/run SEKISHO_STATE_DIR=$net_directory/other/state \
		start_in border "$net_sekishoctl" collect "$@" 2>"$net_directory/other/err"
	other=$started
}

# other_wrote TYPE: a record of it.
other_wrote()
{
	cat "$net_directory"/other/state/audit/*/*.jsonl | grep -q "\"type\":\"$1\""
}

by_unix_socket()
{
	local socket=$net_directory/other.sock

	other_collector --metrics "unix:$socket"
	busywait 10 test -S "$socket"
	in_ns border "$reader" get "unix:$socket" open >"$net_directory/open"
	"$reader" check "$net_directory/open"
	[[ $(stat -c %a "$socket") == 660 ]]
	kill -KILL "$other"
	wait "$other" || :
	# The server does not outlive it.
	busywait 5 test ! -e "$socket"
	# What is no socket stays.
	other_collector --metrics "unix:$socket"
	busywait 10 in_ns border "$reader" get "unix:$socket"
	kill "$other"
	wait "$other"
	[[ ! -e $socket ]]
	echo precious >"$socket"
	other_collector --metrics "unix:$socket"
	busywait 10 grep -q 'cannot be served' "$net_directory/other/err"
	kill "$other"
	wait "$other"
	[[ $(<"$socket") == precious ]]
} 2>/dev/null

refuses_the_world()
{
	local bad

	for bad in 0.0.0.0:9478 10.20.0.1:9478 '[::]:9478' "[${border6[lg]}]:9478"; do
		not border collect --once --metrics "$bad" 2>"$last_output"
		said 'can be reached from other hosts'
	done
	for bad in localhost:9478 9478 127.0.0.1 unix:x 127.0.0.1:0; do
		not border collect --once --metrics "$bad" 2>"$last_output"
		said 'no address to serve metrics at'
	done
	not border collect --once --metrics-file x.prom 2>"$last_output"
	said 'no absolute path'
	other_collector --metrics "${border4[lg]}:9478" --metrics-any
	busywait 10 in_ns border "$reader" get "http://${border4[lg]}:9478/metrics"
}

# The log comes first: the port is taken, the directory is not there.
goes_on_without()
{
	other_collector --metrics 127.0.0.1:9477 --metrics-file "$net_directory/none/x.prom"
	busywait 10 grep -q 'cannot be served at 127.0.0.1:9477' "$net_directory/other/err"
	busywait 10 grep -q 'cannot be written to .*/none/x.prom' "$net_directory/other/err"
	busywait 10 other_wrote start
	kill "$other"
	wait "$other"
	other_wrote stop
}

# Silent, slow and mad clients, more than it takes in; meanwhile events are written, and afterwards
# it answers.
slow_and_mad_clients()
{
	local i

	for i in {1..40}; do
		# shellcheck disable=SC2016 # for the shell that is started
		start_in border bash -c 'exec 3<>/dev/tcp/127.0.0.1/9477
			while printf X >&3; do sleep 0.3; done' 2>/dev/null
	done
	for i in {1..10}; do
		# shellcheck disable=SC2016
		in_ns border timeout 2 bash -c 'exec 3<>/dev/tcp/127.0.0.1/9477
			head -c 20000 /dev/urandom >&3' 2>/dev/null || :
	done
	mark
	for i in 1 2 3; do
		sends in "${at4[lg]}" tcp sport="4100$i" dport=443 flags=S
	done
	recorded '.type == "deny" and .from == "in" and .to == "lg"'
	busywait 30 in_ns border timeout 2 "$reader" get "$url"
	kill -0 "$collector"
}

# New objects take over again and again, since each policy needs more room than the one before; no
# counter falls.
no_counter_falls()
{
	local watcher done=$net_directory/done i size

	metrics_policy
	some_traffic
	in_ns border "$reader" watch "$url" 100 "$done" >"$net_directory/watch" 2>&1 &
	watcher=$!
	defer stop_process "$watcher"
	for size in 100 400 1600 6400; do
		metrics_flows
		for ((i = 0; i < size; i++)); do
			echo "  - {id: G-$i, from: {segment: lg, hosts: [10.20.$((i / 250)).$((i % 250 + 3))]}," \
				"to: {segment: self}, services: [tcp/22], purpose: test, requested_by: a," \
				"approved_by: b, approved_on: 2026-04-01, valid_until: 2099-03-31}"
		done >>"$town_policy"
		apply
		some_traffic
		sleep 1.5
	done
	touch "$done"
	wait "$watcher" || {
		cat "$net_directory/watch"
		return 1
	}
	cat "$net_directory/watch"
	# More than 2000 flows are told in sums.
	rm "$done"
	comes_to 6402 sekisho_flows_untold
	[[ $(metric sekisho_flows) == 6402 ]]
	not grep '^sekisho_flow_' "$net_directory/plain"
}

# Maps that are made anew count from 0, at once.
anew_from_zero()
{
	metrics_policy
	some_traffic
	scrape
	(($(metric sekisho_reason_packets_total reason=no-flow) >= 3))
	border detach --actor a --second b --reason test >/dev/null
	apply
	comes_to 0 sekisho_reason_packets_total reason=no-flow
	[[ $(metric sekisho_crossing_denied_packets_total from_kind=internet to_kind=lgwan) == 0 ]]
}

promtool_approves()
{
	local programs

	programs=$(peer_programs)
	scrape
	"$programs/promtool" check metrics <"$net_directory/plain"
	"$programs/promtool" check metrics <"$net_directory/sekisho.prom"
}

rules_are_good()
{
	local programs

	programs=$(peer_programs)
	"$programs/promtool" check rules "$rules"
	"$programs/promtool" test rules "${rules%.yml}.test.yml"
}

# Every metric of the rules and the dashboard is one that is told.
names_are_known()
{
	local file bad=0

	"$reader" documented docs/metrics.md | cut -d'|' -f1 | sort >"$net_directory/known"
	"$reader" expressions dist/grafana/sekisho.json >"$net_directory/expressions"
	(($(grep -c . "$net_directory/expressions") > 20))
	for file in "$rules" "${rules%.yml}.test.yml" "$net_directory/expressions"; do
		comm -23 <("$reader" names "$file" | sort) "$net_directory/known" | grep . && {
			echo "not told, in $file"
			bad=1
		}
	done
	return "$bad"
}

# As Prometheus reads them.
dashboard_expressions_are_good()
{
	local programs number=0 line

	programs=$(peer_programs)
	"$reader" expressions dist/grafana/sekisho.json >"$net_directory/expressions"
	# shellcheck disable=SC2016 # a dollar and backquotes are meant
	{
		echo 'groups: [{name: dashboard, rules: ['
		while read -r line; do
			jq -n --arg record "dashboard:$((++number))" --arg expr "$line" \
				'{$record, $expr}'
			echo ,
		done <"$net_directory/expressions"
		echo ']}]'
	} | sed 's/\$instance/.*/' >"$net_directory/dashboard.yml"
	"$programs/promtool" check rules "$net_directory/dashboard.yml"
	# And those of the rules have an alert for each row of the document.
	# shellcheck disable=SC2016
	diff <(sed -n 's/.*- alert: //p' "$rules" | sort) \
		<(grep -o '`Sekisho[A-Za-z]*`' docs/metrics.md | tr -d '`' | sort -u)
}

# asked QUERY: Prometheus' answer to it.
asked()
{
	in_ns border python3 -c 'import sys, urllib.parse, urllib.request
print(urllib.request.urlopen("http://127.0.0.1:9490/api/v1/query?" +
	urllib.parse.urlencode({"query": sys.argv[1]}), timeout=5).read().decode())' "$1"
}

# answers QUERY VALUE
answers()
{
	[[ $(asked "$1" | jq -r '.data.result[0].value[1]') == "$2" ]]
}

prometheus_scrapes()
{
	local programs here=$net_directory/prometheus series

	programs=$(peer_programs)
	metrics_policy
	mkdir "$here"
	cp "$rules" "$here"
	cat >"$here/prometheus.yml" <<-END
		global: {scrape_interval: 1s, evaluation_interval: 1s}
		rule_files: [$here/sekisho.rules.yml]
		scrape_configs:
		  - job_name: sekisho
		    static_configs: [{targets: ['127.0.0.1:9477'], labels: {instance: border}}]
	END
	start_in border "$programs/prometheus" --config.file="$here/prometheus.yml" \
		--storage.tsdb.path="$here/data" --web.listen-address=127.0.0.1:9490 \
		--log.level=warn >"$here/log" 2>&1
	busywait 30 answers 'up{job="sekisho"}' 1
	busywait 10 answers sekisho_policy_generation "$(generation)"
	busywait 10 answers 'sekisho_reason_packets_total{reason="tcp-no-state"}' \
		"$(border show reasons -j | jq -r '.[] | select(.reason == "tcp-no-state").packets')"
	# It took OpenMetrics: only there has a counter's family no _total.
	series=$(in_ns border python3 -c 'import urllib.request
print(urllib.request.urlopen("http://127.0.0.1:9490/api/v1/targets/metadata?metric=sekisho_frames",
	timeout=5).read().decode())' | jq -r '.data[0].type')
	[[ $series == counter ]]
	# One frame from the internet side to LGWAN, and the alert of it fires.
	not answers 'count(ALERTS{alertname="SekishoInternetToLgwan", alertstate="firing"})' 1
	sends in "${at4[lg]}" tcp sport=42000 dport=443 flags=S
	busywait 20 answers 'count(ALERTS{alertname="SekishoInternetToLgwan", alertstate="firing"})' 1
	answers 'count(ALERTS{alertname="SekishoMyNumberCrossing"})' null
	stop_process "$started"
	[[ ! -s $here/log ]] || ! grep -E 'level=(error|warn).*(scrape|append|sekisho)' "$here/log"
}

plan 20
town_create mn lg in
town_test 'it tells what show shows' equals_what_is_shown
town_test 'it tells what is in force, isolated and suspended' tells_what_is_in_force
town_test 'the tables of docs/metrics.md are what is told' tables_are_true
town_test 'show metrics tells the same' once_is_the_same
town_test 'a port without its program is told' ports_that_lose_their_program
town_test 'the file is rewritten, whole' file_is_whole
town_test 'the collector tells what it wrote' tells_of_the_log
town_test 'and what it could not write' tells_that_the_log_fails
town_test 'without a policy, that is told' without_a_policy
town_test 'by Unix socket' by_unix_socket
town_test 'not to other hosts unless asked to' refuses_the_world
town_test 'where it cannot be served the log is written all the same' goes_on_without
town_test 'clients that are slow or mad stop neither it nor the log' slow_and_mad_clients
town_test 'no counter falls while objects take over' no_counter_falls
town_test 'maps that are made anew count from zero' anew_from_zero
town_test 'promtool finds nothing to object to' promtool_approves
town_test 'the alert rules do as they say' rules_are_good
town_test 'rules and dashboard ask for what there is' names_are_known
town_test 'and in words that Prometheus knows' dashboard_expressions_are_good
town_test 'a Prometheus scrapes it, and raises the alarm' prometheus_scrapes
finish
