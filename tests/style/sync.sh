#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What is said in several places is the same in all: the commands and options of the help, the man
# pages in both languages and the completion; the messages and reasons in both languages.
# SEKISHOCTL names another program to ask.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/ktap.sh

sekishoctl=${SEKISHOCTL:-$PWD/build/sekishoctl}
export LC_ALL=C

# of_help [COMMAND]: `command`, `command action` and `command --option`, a line each, as the program
# itself says.
of_help()
{
	local word words

	read -ra words <<<"${1:-}"
	while read -r word; do
		echo "${1:-}${1:+ }$word"
		of_help "${1:-}${1:+ }$word"
	done < <("$sekishoctl" "${words[@]}" --help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p')
	"$sekishoctl" "${words[@]}" --help | sed -n "s/^  \(--[a-z-]*\).*/${1:-} \1/p" |
		grep -Ev ' --(json|lang|help|version)$' || true
}

# Likewise of a man page: a heading a command or action, below it its options.
of_man()
{
	awk '/^# / { command = "" }
		/^## / { command = $2 ($3 ~ /^[a-z-]+$/ ? " " $3 : ""); print command }
		command && match($0, /^\*--[a-z-]+\*/) {
			print command " " substr($0, 2, RLENGTH - 2)
		}' "$1"
}

of_completion()
{
	local command option

	complete() { :; }
	. dist/completion/sekishoctl.bash
	for command in "${!_sekishoctl_options[@]}"; do
		echo "$command"
		for option in ${_sekishoctl_options[$command]}; do
			echo "$command $option"
		done
	done
}

same()
{
	diff <(of_help | sort) <("$@" | sort)
}

# The options of every command.
shared_are_same()
{
	local option page

	for option in json lang help version; do
		"$sekishoctl" --help | grep -q "^  --$option"
		for page in docs/man/sekishoctl.8.scd docs/man/sekishoctl.ja.8.scd; do
			grep -q "^\*--$option\*" "$page"
		done
		grep -q -- "--$option" dist/completion/sekishoctl.bash
	done
}

# The keys of a policy, as far as both pages list them.
policy_pages_are_same()
{
	diff <(grep -o '^\*[a-z\\_*, ]*\*$' docs/man/sekisho-policy.5.scd) \
		<(grep -o '^\*[a-z\\_*, ]*\*$' docs/man/sekisho-policy.ja.5.scd)
}

# The pages list every key that is read.
policy_pages_are_complete()
{
	local key bad=0

	while read -r key; do
		grep -q "\*${key//_/\\\\_}\*" docs/man/sekisho-policy.5.scd || {
			echo "sekisho-policy(5) does not know $key"
			bad=1
		}
	done < <(sed -n '/_keys\[.*= {$/,/^};/p' ctl/policy/{flows,segments,gateways,site,policy_file}.c |
		grep -o '\] = "[a-z_]*"' | cut -d'"' -f2 | grep -Ev '^(segment|interface|vlan|medium)$' | sort -u)
	return "$bad"
}

pages_can_be_made()
{
	local page

	command -v scdoc >/dev/null || skip_test 'scdoc is not installed'
	for page in docs/man/*.scd; do
		scdoc <"$page" >/dev/null || {
			echo "$page"
			return 1
		}
	done
}

# One row a reason; the sixth part is the Japanese text.
reasons_in_both()
{
	local rows japanese

	rows=$(grep -c '^	X([0-9]' include/sekisho/reasons.h)
	japanese=$(LC_ALL=C.UTF-8 grep -cP '^	  ".*[\x{3040}-\x{30ff}\x{4e00}-\x{9fff}].*"\)' \
		include/sekisho/reasons.h)
	echo "$rows reasons, $japanese in Japanese"
	((rows > 0 && rows == japanese))
}

messages_in_japanese()
{
	local here

	here=$(mktemp -d)
	defer rm -rf "$here"
	# shellcheck disable=SC2046
	xgettext --language=C --from-code=UTF-8 --keyword=_ --keyword=N_ --output="$here/pot" \
		$(find ctl -name '*.c' | sort)
	sed -i 's/charset=CHARSET/charset=UTF-8/' "$here/pot"
	msgmerge --quiet --no-fuzzy-matching --output-file="$here/ja.po" ctl/po/ja.po "$here/pot"
	msgfmt --check --output-file=/dev/null "$here/ja.po"
	msgattrib --untranslated --no-obsolete "$here/ja.po" | grep '^msgid' && return 1
	msgattrib --only-fuzzy --no-obsolete "$here/ja.po" | grep '^msgid' && return 1
	return 0
}

plan 9
run_test 'the man page knows the commands and options' same of_man docs/man/sekishoctl.8.scd
run_test 'so does the Japanese one' same of_man docs/man/sekishoctl.ja.8.scd
run_test 'so does the completion' same of_completion
run_test 'options of every command' shared_are_same
run_test 'both pages of the policy list the same' policy_pages_are_same
run_test 'and every key that is read' policy_pages_are_complete
run_test 'man pages can be made' pages_can_be_made
run_test 'every reason is there in both languages' reasons_in_both
run_test 'every message has its Japanese' messages_in_japanese
finish
