# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# How a test runs sekishoctl and looks at what it printed. Sourced, after ktap.sh. Knows nothing of
# what commands do.
#
#	sekishoctl=build/sekishoctl	the program
#	here=DIRECTORY		gets what it prints: out, err
#	status 1 audit verify DIR
#	says 'NOT good'

# Not exported: bash itself would complain of a locale that is not installed.
environment=(LC_ALL=C)
sekishoctl=${SEKISHOCTL:-$PWD/build/sekishoctl}
here=

# status N WORD...: the command ends with that status. What it prints is in $here/out and err.
status()
{
	local wanted=$1 got=0

	shift
	env "${environment[@]}" "$sekishoctl" "$@" >"$here/out" 2>"$here/err" || got=$?
	if ((got != wanted)); then
		echo "sekishoctl $*: status $got, not $wanted"
		cat "$here/out" "$here/err"
		return 1
	fi
}

# says TEXT: what was printed has it.
says()
{
	grep -qF -- "$1" "$here/out" "$here/err" || {
		echo "'$1' is not in:"
		cat "$here/out" "$here/err"
		return 1
	}
}
