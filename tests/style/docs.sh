#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# That the documents are true of this tree: what they name exists, what they show runs, and nothing
# in them is a note to the author. Needs build/sekishoctl; the examples that look into the kernel
# also need root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if ((EUID == 0)) && [[ -x build/tests/frame && -x build/sekishoctl ]]; then
	. tests/net/lib.sh
	docs_border=1
else
	. tests/ktap.sh
	docs_border=0
fi

documents=(README.md README.ja.md docs/*.md)
sekishoctl=$PWD/build/sekishoctl

# prose FILE: without its blocks of code.
prose()
{
	awk '/^```/ { inside = !inside; next } !inside' "$1"
}

# [text](target): a file of this tree, from where the document lies, and a heading in it where
# there is a '#'.
links_lead_somewhere()
{
	local document target file bad=0

	for document in "${documents[@]}"; do
		while read -r target; do
			[[ $target != *://* ]] || continue
			file=${target%%#*}
			file=$(dirname "$document")/${file:-${document##*/}}
			[[ -e $file ]] || {
				echo "$document: no $target"
				bad=1
			}
		done < <(prose "$document" | grep -o '](\([^)]*\))' | sed 's/^](//;s/)$//')
	done
	return "$bad"
}

# paths FILE
paths()
{
	# shellcheck disable=SC2016 # backquotes are meant
	prose "$1" | grep -oE '`(bpf|ctl|dist|docs|examples|include|tests)/[^` ]*`' | tr -d '`' |
		sort -u
}

# `docs/x.md`, `tests/y/`, `bpf/*.h`: what looks like a path of this tree is one.
paths_exist()
{
	local document path bad=0

	for document in "${documents[@]}"; do
		while read -r path; do
			compgen -G "$path" >/dev/null || {
				echo "$document: no $path"
				bad=1
			}
		done < <(paths "$document")
	done
	return "$bad"
}

# code FILE: lines of its blocks, and what stands between backquotes in its prose, a line each.
code()
{
	awk '/^```/ { inside = !inside; next } inside' "$1"
	# shellcheck disable=SC2016 # backquotes are meant
	prose "$1" | tr '\n' ' ' | grep -o '`[^`]*`' | tr -d '`'
}

# `sekishoctl WORD --option`: a command, and an option that its help has.
commands_exist()
{
	local document words command action option bad=0

	[[ -x $sekishoctl ]] || skip_test 'build/sekishoctl is not built'
	"$sekishoctl" --help >"$docs_work/help"
	while read -r document command words; do
		grep -q "^  $command " "$docs_work/help" || {
			echo "$document: sekishoctl has no command '$command'"
			bad=1
			continue
		}
		"$sekishoctl" "$command" --help >"$docs_work/help.command"
		action=${words%% *}
		if [[ $action =~ ^[a-z]+(-[a-z]+)*$ ]] && grep -q "^  $action " "$docs_work/help.command"; then
			"$sekishoctl" "$command" "$action" --help >"$docs_work/help.command"
		fi
		while read -r option; do
			[[ -n $option ]] || continue
			grep -q "^  $option\\b" "$docs_work/help.command" || {
				echo "$document: sekishoctl $command has no $option"
				bad=1
			}
		done < <(grep -oE -- '--[a-z]+[a-z-]*' <<<"$words" || :)
	done < <(
		for document in "${documents[@]}"; do
			code "$document" | sed -nE "s|.*\\bsekishoctl( -j)? ([a-z]+)|$document \\2|p"
		done
	)
	return "$bad"
}

# `make WORD` is a target.
targets_exist()
{
	local target bad=0

	while read -r target; do
		[[ $target != check-NAME ]] || continue
		make --dry-run --question "$target" SEKISHO_NO_DEPS=1 >"$docs_work/make" 2>&1 || {
			! grep -q 'No rule to make target' "$docs_work/make" || {
				echo "no make $target"
				bad=1
			}
		}
	done < <(grep -ohE '(^|`|\| )make [a-z][a-zA-Z-]*' "${documents[@]}" | sed 's/.*make //' | sort -u)
	return "$bad"
}

# The tables of audit records are those of the tool: every type, and every key in its place with
# its kind.
audit_types_are_told()
{
	local type bad=0

	tr '\n' ' ' <ctl/audit/types.c | sed -E 's/"[[:space:]]+"//g' | grep -oE '(MUST|MAY)\("[^"]*", [A-Z]+,[[:space:]]*"[^"]*"\)' |
		sed -E 's/^MUST/must/; s/^MAY/may/; s/\("/ /; s/", / /; s/,[[:space:]]*"/ /; s/"\)$//
			s/ TEXT / text /; s/ TIME / time /; s/ NUMBER / integer /
			s/ TEXTS / list of text /; s/ NUMBERS / object of integers /' >"$docs_work/source"
	# shellcheck disable=SC2016 # backquotes are meant
	sed '1,/^## Types/d; /^## /,$d' docs/audit-log.md | grep '^| `' |
		sed -E 's/^\| `([^`]*)` \| ([^|]*) \| (optional)? ?\| (.*) \|$/\3 \1 \2 \4/
			s/^optional /may /; s/^ /must /' >"$docs_work/told"
	diff "$docs_work/source" "$docs_work/told" || bad=1
	while read -r type; do
		grep -q "^### .*\`$type\`" docs/audit-log.md || {
			echo "docs/audit-log.md does not tell of $type"
			bad=1
		}
	done < <(sed -nE 's/.*= \{ "([a-z.]+)", [a-z_]+_fields.*/\1/p' ctl/audit/types.c)
	return "$bad"
}

# Every map is in the table of the architecture.
maps_are_told()
{
	local map bad=0

	while read -r map; do
		grep -q "\`$map\`" docs/architecture.md || {
			echo "docs/architecture.md does not tell of the map $map"
			bad=1
		}
	done < <(sed -nE 's/^\tX\([A-Z0-9_]+, ([a-z0-9_]+),.*/\1/p' ctl/kernel/engine.h)
	return "$bad"
}

no_notes_to_the_author()
{
	! grep -nEi '\b(TODO|FIXME|XXX|TBD|WIP|lorem ipsum|keep in sync)\b' "${documents[@]}"
}

# Every requirement and acceptance scenario has its line.
traceability_is_whole()
{
	local number bad=0

	for ((number = 1; number <= 22; number++)); do
		grep -q "^| R$number |" docs/traceability.md || {
			echo "R$number is missing"
			bad=1
		}
	done
	for ((number = 1; number <= 20; number++)); do
		grep -q "^| $number |" docs/traceability.md || {
			echo "scenario $number is missing"
			bad=1
		}
	done
	return "$bad"
}

# shell_blocks FILE DIRECTORY: each block of ```sh into a file of its own.
shell_blocks()
{
	awk -v directory="$2" '
		/^```sh$/ { file = sprintf("%s/%03d.sh", directory, ++count); next }
		/^```/ { file = "" }
		file != "" { print > file }' "$1"
}

# blocks_run FILE: what it shows runs as is, on a border with the example policy, and prints
# something.
blocks_run()
{
	local block bad=0 port

	((docs_border)) || skip_test 'wants root, build/sekishoctl and build/tests/frame'
	border_create
	for port in mn0 lg0 in0 ex0 mg0 trunk0; do
		trunk_create "${port%0}" "$port"
	done
	ip_in border 'address add 10.20.0.1/16 dev lg0'
	border apply examples/policy.yaml --actor tester >/dev/null 2>&1
	# Something to be seen.
	send_frame lg eth "dst=${net_border_mac[lg]}" \
		ip src=10.20.0.10 dst=10.40.0.10 icmp type=8 id=1
	send_frame lg eth "dst=${net_border_mac[lg]}" \
		ip src=10.20.0.10 dst=10.30.0.80 tcp sport=1 dport=443 flags=S
	shell_blocks "$1" "$docs_work"
	for block in "$docs_work"/*.sh; do
		if ! in_ns border bash -euo pipefail "$block" >"$block.out" 2>"$block.err" ||
			[[ ! -s $block.out || -s $block.err ]]; then
			echo "this does not run, or says nothing:"
			cat "$block" "$block.out" "$block.err"
			bad=1
		fi
	done
	return "$bad"
}

# The policy that a README shows in pieces is a good one.
example_is_good()
{
	[[ -x $sekishoctl ]] || skip_test 'build/sekishoctl is not built'
	awk '/^```yaml$/ { inside = 1; next } /^```/ { inside = 0 } inside' "$1" >"$docs_work/policy.yaml"
	"$sekishoctl" check "$docs_work/policy.yaml"
}

docs_work=$(mktemp -d)
defer rm -rf "$docs_work"

plan 12
run_test 'links lead somewhere' links_lead_somewhere
run_test 'paths exist' paths_exist
run_test 'commands and options exist' commands_exist
run_test 'the policy of README.md is good' example_is_good README.md
run_test 'the policy of README.ja.md is good' example_is_good README.ja.md
run_test 'targets of make exist' targets_exist
run_test 'the audit log is told of as it is' audit_types_are_told
run_test 'every map is told of' maps_are_told
run_test 'no notes to the author' no_notes_to_the_author
run_test 'every requirement and scenario is traced' traceability_is_whole
run_test 'what is shown of bpftool runs' blocks_run docs/monitoring-with-bpftool.md
run_test 'what is shown of memory runs' blocks_run docs/architecture.md
finish
