#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Prints where the programs of Debian's package prometheus are, which tests use as a peer. It is
# fetched once and unpacked under build/peers/, never installed: no service comes with it. Where it
# cannot be had it says why, and fails. SEKISHO_NO_DEPS=1 fetches nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

peers=$PWD/build/peers
programs=$peers/prometheus/usr/bin

fetch()
{
	local work

	work=$(mktemp -d "$peers/prometheus.XXXXXX")
	(
		cd "$work"
		apt-get -qq -o APT::Sandbox::User=root download prometheus >&2
		dpkg-deb -x prometheus_*.deb unpacked
	) || {
		rm -rf "$work"
		return 1
	}
	rm -rf "$peers/prometheus"
	mv "$work/unpacked" "$peers/prometheus"
	rm -rf "$work"
}

if [[ ! -x $programs/promtool || ! -x $programs/prometheus ]]; then
	if [[ ${SEKISHO_NO_DEPS:-} == 1 ]]; then
		echo 'the package prometheus is not there, and nothing is fetched' >&2
		exit 1
	fi
	for program in apt-get dpkg-deb; do
		command -v "$program" >/dev/null || {
			echo "the package prometheus cannot be had: there is no $program" >&2
			exit 1
		}
	done
	mkdir -p "$peers"
	fetch >"$peers/prometheus.log" 2>&1 || {
		echo "the package prometheus cannot be had: $(tail -n 1 "$peers/prometheus.log")" >&2
		exit 1
	}
fi
echo "$programs"
