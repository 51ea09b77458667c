# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Prints a large policy in few words. Sourced.

# large_policy FLOWS: a line a flow, valid now: a policy of a million flows stays below 256 MiB.
large_policy()
{
	python3 tests/policy/generate_large.py "$1" |
		sed 's/approved_on: .*/approved_on: 2020-04-01\n    valid_until: 2097-03-31/
			s/purpose: .*/purpose: p/; s/requested_by: .*/requested_by: r/
			s/approved_by: .*/approved_by: a/; s/services: .*/services: [tcp\/443]/' |
		awk '/^flows:/ { print; inside = 1; next }
			!inside { print; next }
			/^  - / { if (line) print "- {" line "}"; line = substr($0, 5); next }
			{ sub(/^ +/, ""); line = line ", " $0 }
			END { print "- {" line "}" }'
}
