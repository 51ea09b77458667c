#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the collector keeps up with: events a second of several kinds, how many are lost, how many
# records they become, what of a processor it uses and how much memory. And a flood of denials at
# full speed from random addresses, in which one denial of another host must stand by itself.
# collector.sh [SECONDS [CASE [RATE]]], as root; by itself, since all that runs beside it is
# measured too; where that cannot be, BENCH_NICE=-10 gives both ends their turn. Writes about
# 60 MB of log a second in the fastest case, which are freed.
#
#	lg  eth0 -- lg0  border  in0
#
# The sender has a processor of its own, on which frames are judged as well.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
[[ ${SEKISHO_BENCH_BUILT:-0} == 1 ]] || nice make build/sekishoctl build/tests/{frame,flood,engine}
. tests/net/programs/engine.sh

seconds=${1:-30}
read -ra cases <<<"${2:-connections denials mixed}"
read -ra rates <<<"${3:-10000 100000}"
# Ends come a second or three after a connection began; what is counted begins then.
settle=4
away='eth dst=02:00:00:00:00:99'
udp='udp csum=0'

lay()
{
	border_create
	trunk_create lg lg0
	trunk_create in in0
	be_silent border lg in
	{
		site '{connections: 1048576, timeouts: {udp_unreplied: 1, udp_replied: 1}}'
		segment lg lgwan lg0 10.20.0.0/16
		segment in other in0 10.30.0.0/16
		echo 'flows:'
		flow OPEN lg in udp/5000-5007 | sed 's/log: none/log: new/'
	} >"$net_directory/policy.yaml"
	border apply "$net_directory/policy.yaml" --actor bench >"$net_directory/said" 2>&1
}

# Each frame opens a connection: an event, and another when it has been idle.
kinds_of_connections()
{
	local port

	for port in 5000 5001 5002 5003 5004 5005 5006 5007; do
		echo "open-$port 1 34 $away ip src=10.20.0.2 dst=10.30.0.2 $udp sport=1 dport=$port"
	done
}

# Each frame is a denial of another key: of many sources, and of many services of each source.
kinds_of_denials()
{
	echo "sources 4 28%60000 $away ip src=10.20.1.0 dst=10.30.0.2 $udp sport=1 dport=9"
	echo "services 4 36 $away ip src=10.20.0.3 dst=172.16.0.1 $udp sport=1 dport=1"
}

# Of three frames one opens a connection: half of the events are of connections.
kinds_of_mixed()
{
	kinds_of_connections
	kinds_of_denials | sed 's/ 4 / 8 /'
}

# By hundred frames.
declare -A events_of_frames=([connections]=200 [denials]=100 [mixed]=133)

audit_lines()
{
	cat "$SEKISHO_STATE_DIR"/audit/*/*.jsonl
}

collect_start()
{
	rm -rf "$SEKISHO_STATE_DIR"/{audit,keys}
	start_in border nice -n "${BENCH_NICE:-0}" "$net_sekishoctl" collect
	collector=$started
	busywait 20 is_started
}

is_started()
{
	audit_lines 2>/dev/null | grep '"type":"start"' >/dev/null
}

collect_stop()
{
	kill -TERM "$collector"
	wait "$collector"
}

# Nanoseconds on a processor.
used()
{
	cut -d' ' -f1 "/proc/$collector/schedstat"
}

lost()
{
	border show status -j | jq .lost_events
}

# Its own, in KiB: not the tables of the packet path, which it has mapped.
memory()
{
	sed -n 's/^RssAnon:\s*\([0-9]*\) kB/\1/p' "/proc/$collector/status"
}

# The number of the last one; the very last line may be half written.
records()
{
	tail -qn 2 "$SEKISHO_STATE_DIR"/audit/*/*.jsonl | grep '}$' | jq -s 'map(.seq) | max'
}

log_bytes()
{
	du -cb "$SEKISHO_STATE_DIR"/audit/*/*.jsonl | tail -n 1 | cut -f1
}

# flood FRAMES [RATE]: in the background, from $net_directory/kinds
flood()
{
	rm -f "$net_directory/stop"
	start_in lg nice -n "${BENCH_NICE:-0}" taskset -c 0 "$PWD/build/tests/flood" eth0 \
		"$net_directory/stop" "$@" >"$net_directory/sent"
	flood=$started
}

# measure CASE RATE: one line.
measure()
{
	local before_lost before_used before_bytes before_records before rate last

	collect_start
	"kinds_of_$1" >"$net_directory/kinds"
	rate=$(($2 * 100 / events_of_frames[$1]))
	flood 1000000000 "$net_directory/kinds" "$rate"
	sleep "$settle"
	before=$(date +%s%N) before_used=$(used) before_lost=$(lost) before_bytes=$(log_bytes)
	before_records=$(records)
	sleep "$seconds"
	last=$(date +%s%N)
	printf '%s %d %d %d %d %d %d %d\n' "$1" "$2" $((last - before)) $(($(used) - before_used)) \
		$(($(lost) - before_lost)) $(($(log_bytes) - before_bytes)) "$(memory)" \
		$(($(records) - before_records)) \
		>"$net_directory/measured"
	touch "$net_directory/stop"
	wait "$flood"
	collect_stop
	report "$(sed -n 's/^sent //p' "$net_directory/sent")"
}

# What was sent, by how long it took, is the rate that there was.
report()
{
	local losses

	losses=$(audit_lines | { grep '"type":"loss"' || :; } | jq -s '[.[].count] | add // 0')
	awk -v sent="$1" -v losses="$losses" -v all=$((seconds + settle)) '
		{
			printf "| %s | %d | %.0f | %d | %d | %.0f | %.1f %% | %.1f | %.1f | %.1f |\n",
				$1, $2, sent / all, $5, losses, $8 / $3 * 1e9, $4 / $3 * 100,
				$4 / $8 / 1e3, $7 / 1024, $6 / $3 * 1e3
		}' "$net_directory/measured"
}

# Denials as fast as the sender can, from random addresses, of the segment and of anywhere. Among them
# one of another station: is it on record by itself?
crowd()
{
	local before most=0 end lost_before alone

	collect_start
	before=$(memory) lost_before=$(lost)
	cat >"$net_directory/kinds" <<-END
		anywhere 8 26? $away ip src=1.1.1.1 dst=10.30.0.2 $udp sport=1 dport=9
		own 8 28%60000 $away ip src=10.20.1.0 dst=10.30.0.2 $udp sport=1 dport=9
	END
	flood 1000000000 "$net_directory/kinds"
	end=$((SECONDS + seconds))
	sleep 1.5
	send_frame lg eth dst=02:00:00:00:00:99 src=02:00:00:00:77:01 ip src=10.20.0.8 dst=10.30.0.2 \
		udp csum=0 sport=1 dport=9
	while ((SECONDS < end)); do
		sleep 1
		(($(memory) <= most)) || most=$(memory)
	done
	touch "$net_directory/stop"
	wait "$flood"
	collect_stop
	alone=$(audit_lines | grep -c '"src":"10.20.0.8".*"count":1,' || :)
	echo "crowd: $(($(sed -n 's/^sent //p' "$net_directory/sent") / seconds)) denials a second," \
		"lost $(($(lost) - lost_before)), memory $before to $most KiB at most," \
		"records of the single denial: $alone"
}

lay
if [[ ${2:-crowd} == crowd ]]; then
	crowd
	[[ -z ${2:-} ]] || cases=()
fi
echo '| events | a second | frames a second | lost | told as lost | records a second | of a core | us a record | MiB | MB/s |'
echo '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |'
for case in "${cases[@]}"; do
	for rate in "${rates[@]}"; do
		measure "$case" "$rate"
	done
done
run_deferred
check_leaks >&2
