#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Commands as they are typed, without a kernel's part: what they print, in both languages, and
# their exit statuses. SEKISHOCTL names another program to test.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/ktap.sh
. tests/command.sh

policy=examples/policy.yaml
here=$(mktemp -d)
defer rm -rf "$here"
# Nothing of this machine: no policy is in force, and none was.
export SEKISHO_STATE_DIR=$here/state SEKISHO_RUN_DIR=$here/run SEKISHO_BPFFS=$here/bpffs

# json FILTER: what was printed is JSON for which the filter holds.
json()
{
	jq -e "$1" "$here/out" >/dev/null || {
		echo "$1 does not hold for:"
		cat "$here/out"
		return 1
	}
}

# verdict VERDICT REASON FLOW WORD...
verdict()
{
	local wanted=$1 reason=$2 flow=$3 code=0

	shift 3
	[[ $wanted == permit ]] || code=1
	status "$code" explain -j --policy "$policy" "$@"
	json ".verdict == \"$wanted\" and .reason == \"$reason\" and .flow == $flow and (.why | length > 0)"
}

checks_good()
{
	status 0 check "$policy"
	says 'good'
	status 0 check -j "$policy"
	json 'type == "array" and all(.[]; .severity == "warning")'
}

checks_bad()
{
	printf 'sekisho: 1\nflows: 3\n' >"$here/bad.yaml"
	status 1 check "$here/bad.yaml"
	says "$here/bad.yaml:2:8: error:"
	status 1 check -j "$here/bad.yaml"
	json 'any(.[]; .severity == "error" and .line == 2 and .text == "flows: 3")'
	status 1 check "$here/nosuch.yaml"
}

checks_r1()
{
	status 1 check -j tests/policy/bad/r1-mynumber-to-internet.yaml
	json 'any(.[]; .requirement == "R1")'
}

wrong_usage()
{
	status 2
	status 2 nosuch
	status 2 aply "$policy"
	says "did you mean 'apply'?"
	status 2 check
	status 2 check a b
	status 2 check --nosuch a
	status 2 apply
	status 2 apply --confirm 0 "$policy"
	status 2 apply --confirm x "$policy"
	status 2 apply --boot --confirm 5
	status 2 isolate lgwan
	says '--reason'
	status 2 release lgwan --actor a
	status 2 detach
	status 2 seal --actor a
	says '--second'
	status 2 seal --actor a --second b more
	status 2 unseal --actor a --second b
	says '--key-file'
	status 2 show
	status 2 show nosuch
	status 2 show status more
	status 2 show state nosuch
	status 2 rollback x
	status 2 suspend nosuch --reason r --authority a
	status 2 explain --policy "$policy" in=lg0
	status 2 explain --policy "$policy" nosuch
	status 2 monitor --count 0
	status 2 monitor --type dney
	says "did you mean 'deny'?"
	status 2 monitor --reason no-flo
	status 2 monitor --host nobody
	status 2 monitor --port 65536
	status 2 top --interval 61
	status 2 top --count 0
	status 2 top --once --count 2
	status 2 audit export
	status 2 audit nosuch
	status 2 --lang de check "$policy"
	status 2 check --lang de "$policy"
	status 2 --nosuch
}

helps()
{
	local command

	status 0 --help
	says 'Exit status:'
	status 0 --version
	while read -r command; do
		status 0 "$command" --help
		says "usage: sekishoctl $command"
		status 0 "$command" --help --lang ja
		says "使い方: sekishoctl $command"
	done < <("$sekishoctl" --help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p')
}

chooses_language()
{
	environment=(LC_ALL=ja_JP.UTF-8)
	status 0 check "$policy"
	says '警告'
	status 0 --lang en check "$policy"
	says 'warning'
	environment=(LC_ALL= LC_MESSAGES= LANG=ja_JP.UTF-8)
	status 0 check "$policy"
	says '警告'
	environment=(LC_ALL=C LANG=ja_JP.UTF-8)
	status 0 check "$policy"
	says 'warning'
	status 0 --lang=ja check "$policy"
	says '警告'
	status 0 check --lang ja "$policy"
	says '警告'
	status 2 --lang ja nosuch
	says 'コマンドはありません'
}

explains_permits()
{
	local at=at=2026-11-27T12:00

	verdict permit permit-new '"MN-LG-001"' in=mn0 src=10.10.0.10 dst=10.20.0.10 proto=tcp \
		dport=443 smac=02:00:00:00:10:10 "$at"
	verdict permit permit-new '"BR-LG-001"' in=trunk0.20 src=10.60.0.1 dst=10.20.0.10 \
		proto=tcp dport=443 "$at"
	verdict permit permit-new '"MG-SELF-001"' in=mg0 src=10.50.0.10 dst=self proto=tcp \
		dport=22 "$at"
	verdict permit permit-new '"SELF-MG-001"' in=self dst=10.50.0.10 proto=udp dport=514 "$at"
	verdict permit permit-new '"LG-EX-002"' in=lg0 src=10.20.0.10 dst=10.40.0.10 proto=icmp "$at"
}

explains_denials()
{
	local mn='in=mn0 src=10.10.0.10 dst=10.20.0.10 proto=tcp'

	# shellcheck disable=SC2086
	verdict deny mac-mismatch '"MN-LG-001"' $mn dport=443 smac=02:00:00:00:10:11
	json '.expected_macs == ["02:00:00:00:10:10"]'
	# shellcheck disable=SC2086
	verdict deny port-not-permitted '"MN-LG-001"' $mn dport=22 smac=02:00:00:00:10:10
	json '.permitted_services == ["tcp/443"]'
	verdict deny no-flow null in=mn0 src=10.10.0.10 dst=10.30.0.80 proto=tcp dport=443
	verdict deny expired '"LG-EX-003"' in=lg0 src=10.20.0.10 dst=10.40.0.10 proto=tcp dport=8443
	verdict deny outside-schedule '"IN-LG-001"' in=in0 src=10.30.9.1 dst=10.20.0.10 proto=tcp \
		dport=443 at=2026-11-28T12:00
	verdict deny source-spoofed null in=lg0 src=10.30.0.1 dst=10.40.0.10 proto=udp dport=53
	verdict deny port-unbound null in=nosuch src=10.30.0.1 dst=10.40.0.10 proto=udp dport=53
	verdict deny no-destination null in=lg0 src=10.20.0.10 dst=192.0.2.9 proto=udp dport=53
	verdict deny tcp-no-state null in=lg0 src=10.20.0.10 dst=10.40.0.10 proto=tcp dport=53 \
		flags=ack
}

# The last second of a permission, and the first one after it.
explains_the_end()
{
	verdict permit permit-new '"MN-LG-001"' in=mn0 src=10.10.0.10 dst=10.20.0.10 proto=tcp \
		dport=443 smac=02:00:00:00:10:10 at=2036-03-31T23:59:59+09:00
	verdict deny expired '"MN-LG-001"' in=mn0 src=10.10.0.10 dst=10.20.0.10 proto=tcp \
		dport=443 smac=02:00:00:00:10:10 at=2036-04-01T00:00:00+09:00
}

explains_to_people()
{
	status 1 explain --policy "$policy" in=mn0 src=10.10.0.10 dst=10.30.0.80 proto=tcp dport=1
	says 'denied'
	says 'No flow goes from mynumber to internet.'
	status 1 explain --lang ja --policy "$policy" in=mn0 src=10.10.0.10 dst=10.30.0.80 \
		proto=tcp dport=1
	says '拒否'
	says '分離：領域間に許可された通信がない'
}

nothing_in_force()
{
	status 0 show status
	says 'No policy is in force.'
	status 0 show status -j
	json '.generation == 0 and .guard == "absent" and .ports == [] and .frames == 0'
	status 0 show guard -j
	json '.guard == "absent"'
	status 0 show suspended -j
	json '. == []'
	status 0 history -j
	json '. == []'
	status 1 show flows
	says 'no policy is in force'
	status 1 explain in=lg0 src=10.20.0.10 dst=10.40.0.10 proto=icmp
	status 1 isolate all --reason r --authority a
	status 1 audit verify
}

# Where the kernel has no module `sekisho`, all goes on without it, but for what only it can do.
without_the_guard()
{
	[[ ! -d /sys/module/sekisho ]] || skip_test 'the module is loaded'
	status 0 show guard
	says 'The kernel guard is absent.'
	says 'hint: modprobe sekisho'
	status 0 show guard --lang ja
	says 'カーネルガードはありません。'
	echo 00 >"$here/key"
	status 1 unseal --actor a --second b --key-file "$here/key"
	says 'the kernel guard is absent'
	status 1 seal --actor a --second b --key-file "$here/new"
	says 'the kernel guard is absent'
	[[ ! -e $here/new ]]
	status 1 seal --actor a --second b --lang ja
	says 'カーネルガードがありません'
	sed 's/guard: optional/guard: required/' "$policy" >"$here/required.yaml"
	status 0 check "$here/required.yaml"
	status 1 apply "$here/required.yaml" --actor a
	says 'the policy requires the kernel guard, which is absent'
	says 'hint: modprobe sekisho'
	status 1 apply -j "$here/required.yaml" --actor a
	json '.applied == false and .fault == "no-guard"'
	status 1 detach --actor a --second b --reason r
	says 'nothing is pinned'
}

# A test run as root must not see another's terminal steered by what it quotes.
quotes_safely()
{
	status 2 $'nosuch\e[31m'
	if grep -q $'\e' "$here/err"; then
		echo 'an escape sequence came through'
		return 1
	fi
}

plan 13
run_test 'check takes a good policy' checks_good
run_test 'check tells what is wrong' checks_bad
run_test 'check names the requirement' checks_r1
run_test 'wrong usage ends with status 2' wrong_usage
run_test 'every command has its help, in both languages' helps
run_test 'the language is chosen' chooses_language
run_test 'explain: what is permitted' explains_permits
run_test 'explain: what is denied, and what would be needed' explains_denials
run_test 'explain: the end of a permission' explains_the_end
run_test 'explain: in words' explains_to_people
run_test 'where nothing is in force' nothing_in_force
run_test 'where the kernel guard is absent' without_the_guard
run_test 'what is quoted cannot steer the terminal' quotes_safely
finish
