# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Peers of other makers for the tests of this directory: Debian's packages, unpacked below
# build/peers and never installed. Sourced after lib.sh. Knows nothing of what is sent to them.

peers=${audit_root:?}/build/peers

# peers_fetch PACKAGE...: downloads what is not there yet, and unpacks it. Fails where it cannot.
peers_fetch()
{
	local package work

	mkdir -p "$peers/have"
	for package in "$@"; do
		[[ ! -e $peers/have/$package ]] || continue
		work=$(mktemp -d -p "$peers")
		# Unpacked aside first: what is in root/ is whole.
		if ! (cd "$work" && timeout 120 apt-get download --quiet=2 "$package") >&2 ||
			! dpkg-deb -x "$work/$package"_*.deb "$work/root"; then
			rm -rf "$work"
			return 1
		fi
		cp -a "$work/root" "$peers/"
		touch "$peers/have/$package"
		rm -rf "$work"
	done
}

# peers_run COMMAND...: with the libraries of what was unpacked; execs, for a background job's sake.
peers_run()
{
	local libraries

	libraries=$peers/root/usr/lib/$(gcc -print-multiarch)
	exec env LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" "$@"
}

# What rsyslogd needs and this machine may lack; for who sources this.
export rsyslog_packages=(rsyslog rsyslog-openssl libestr0 libfastjson4 liblognorm5)
