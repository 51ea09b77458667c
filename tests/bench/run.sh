#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs the benchmarks and prints one table: run.sh [--program PIN] [NAME...]. `make bench` builds what
# they need; QUICK=1 gives their quick form. Knows none of them from inside.
#
# A benchmark is an executable tests/bench/NAME.sh. It is run as root from the top directory, alone,
# with QUICK=1 or QUICK=0 in its environment, and writes to standard output one measurement a line:
#
#	{"bench": "verdict", "case": "established TCP", "variant": "ours", "parameter": {"flows": 10},
#	 "unit": "ns", "median": 41.2, "low": 40.9, "high": 43.0, "runs": 7, "baseline": "empty"}
#
# parameter	what the case was varied by: names and numbers or words; {} where by nothing
# unit		ns, us, ms, kpps, bytes, or whatever says itself; for all but kpps less is better
# low, high	the least and the most of the runs
# baseline	optional: the variant that this one's ratio is formed with. Its measurement has the
#		same bench, case, parameter and unit
# ratio		optional: [median, low, high] of the ratio formed run by run; without it the medians
#		are divided
# over		optional: likewise the difference
# Variants of one case are measured in turn, run by run, so that what drifts hits all alike. Other
# words go to standard error. What a benchmark lays it takes away, however it ends.
#
# --program PIN	another XDP program, pinned under /sys/fs/bpf, to be measured where verdicts are: they
#		find it as BENCH_PROGRAM
#
# All of it, with what the machine is, goes to build/bench/results.json, and is held against
# goals.json.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

benchmarks=(verdict policy forward connections)
directory=build/bench
export QUICK=${QUICK:-0}
# Seconds after which a benchmark hangs; it should take a third.
limit=$((QUICK == 1 ? 180 : 1500))

# What figures depend on, as JSON.
machine()
{
	jq --null-input --compact-output \
		--arg kernel "$(uname -r)" \
		--arg architecture "$(uname -m)" \
		--arg processor "$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)" \
		--argjson cores "$(nproc)" \
		--argjson memory_kib "$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)" \
		--arg jit "$(</proc/sys/net/core/bpf_jit_enable)" \
		--arg date "$(date --utc +%FT%TZ)" \
		--arg mitigations "$(grep --no-filename --only-matching 'Mitigation: .*' \
			/sys/devices/system/cpu/vulnerabilities/* | sed 's/Mitigation: //' | paste -sd '|')" \
		'$ARGS.named'
}

# run_benchmark NAME: its measurements, appended to the file of all.
run_benchmark()
{
	local name=$1 started=$SECONDS status=0

	if [[ ! -x tests/bench/$name.sh ]]; then
		echo "bench: there is no tests/bench/$name.sh" >&2
		return 1
	fi
	echo "# $name" >&2
	timeout --kill-after=20 "$limit" "tests/bench/$name.sh" \
		>"$directory/$name.jsonl" </dev/null 9>&- || status=$?
	((status == 0)) || echo "bench: $name ended with status $status" >&2
	# A line cut off by the end of time must not spoil the others.
	jq --compact-output --raw-input 'fromjson? // empty' "$directory/$name.jsonl" \
		>>"$directory/measurements.jsonl"
	echo "# $name: $((SECONDS - started)) s" >&2
	return "$status"
}

((EUID == 0)) || {
	echo 'bench: only root can load programs' >&2
	exit 1
}
if [[ ${1:-} == --program ]]; then
	export BENCH_PROGRAM=${2:?--program wants a pin}
	shift 2
fi
(($#)) || set -- "${benchmarks[@]}"
mkdir -p "$directory"
# Two at once would measure each other.
exec 9>"$directory/lock"
flock --nonblock 9 || {
	echo 'bench: waiting for another run to end' >&2
	flock 9
}
: >"$directory/measurements.jsonl"
failed=()
for name in "$@"; do
	run_benchmark "$name" || failed+=("$name")
done
jq --slurp --argjson machine "$(machine)" --argjson quick "$QUICK" --argjson seconds "$SECONDS" \
	'{machine: $machine, quick: ($quick == 1), seconds: $seconds, measurements: .}' \
	"$directory/measurements.jsonl" >"$directory/results.json.new" &&
	mv "$directory/results.json.new" "$directory/results.json"
python3 tests/bench/report.py "$directory/results.json" || exit 1
python3 tests/bench/goals.py "$directory/results.json"
if ((${#failed[@]})); then
	echo "bench: not whole: ${failed[*]}" >&2
	exit 1
fi
