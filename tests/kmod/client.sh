#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The program that was written from docs/netlink/sekisho.yaml alone reads the status and hears of
# events. In a guest of tests/kernels/boot.sh: client.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/ktap.sh

[[ -n ${SEKISHO_IN_GUEST:-} ]] || plan_skip 'wants a guest: tests/kernels/boot.sh'
release=$(uname -r)
[[ $release =~ ^[0-9]+\.[0-9]+ ]]
: "${SEKISHO_TEST_MODULE:=build/kmod/${BASH_REMATCH[0]}/sekisho.ko}"
client=build/tests/client

# status_says NAME VALUE
status_says()
{
	$client status | tee /run/status
	grep -qx "$1: $2" /run/status
}

status_is_read()
{
	status_says generation 0
	grep -qx 'sealed: 0' /run/status
	grep -qx 'isolated-all: 0' /run/status
	grep -q '^version: ' /run/status
	[[ $(grep -c ': ' /run/status) -ge 12 ]]
}

events_are_heard()
{
	local listener

	$client events 2 20 >/run/events 2>/run/listening &
	listener=$!
	busywait 5 grep -q listening /run/listening
	$client isolate
	status_says isolated-all 1
	$client release
	status_says isolated-all 0
	wait "$listener"
	cat /run/events
	grep '^kind: ' /run/events | cmp - <(printf 'kind: %s\n' isolated released)
	[[ $(grep -c '^time: [1-9]' /run/events) == 2 ]]
}

refusals_are_understood()
{
	if $client release 2>/run/refusal; then
		return 1
	fi
	cat /run/refusal
	grep -q 'No such file' /run/refusal
}

rights_are_wanted()
{
	if setpriv --bounding-set=-net_admin --inh-caps=-net_admin "$client" status \
		2>/run/refusal; then
		return 1
	fi
	cat /run/refusal
	grep -q 'not permitted' /run/refusal
}

insmod "$SEKISHO_TEST_MODULE"
defer rmmod sekisho
plan 4
run_test 'the status is read' status_is_read
run_test 'events are heard' events_are_heard
run_test 'a refusal is understood' refusals_are_understood
run_test 'without CAP_NET_ADMIN nothing is told' rights_are_wanted
finish
