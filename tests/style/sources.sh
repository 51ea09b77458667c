#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a reader should not have to look for: clang-format, shellcheck, headers that compile alone
# and twice, translations that are complete. `make check-style` gives the compilers' flags.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/ktap.sh

read -ra cflags <<<"${SEKISHO_CHECK_CFLAGS:?run me by: make check-style}"
read -ra bpf_cflags <<<"$SEKISHO_CHECK_BPF_CFLAGS"

# sources PATTERN...: files of the tree that match, by name.
sources()
{
	local pattern names=()

	for pattern in "$@"; do
		names+=(-o -name "$pattern")
	done
	find . \( -path ./build -o -path ./.git \) -prune -o -type f \( "${names[@]:1}" \) -print |
		sort
}

# In the kernel's style as .clang-format says it.
formatted()
{
	sources '*.c' '*.h' | xargs -P "$(nproc)" -n 20 "$CLANG_FORMAT" --dry-run -Werror 2>&1 |
		sed -n '/: error: /p'
}

shell_scripts_are_clean()
{
	{
		sources '*.sh'
		echo .ci/run
		echo dist/verify/sekisho-verify
	} | xargs -P "$(nproc)" -n 10 shellcheck
}

# Run by xargs: header_compiles HEADER COMPILER FLAG...
header_compiles()
{
	local header=${1#./} compiler=$2

	shift 2
	# Twice: the guard must hold.
	printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
		"$compiler" "$@" -I. -fsyntax-only -x c - || {
		echo "$header does not compile alone"
		return 1
	}
}
export -f header_compiles

# headers_compile COMPILER FLAG...: those that standard input names
headers_compile()
{
	# shellcheck disable=SC2016 # the inner shell expands these
	xargs -P "$(nproc)" -I '{}' bash -c 'header_compiles "$@"' - '{}' "$@"
}

headers_compile_alone()
{
	sources '*.h' | grep -Ev '^\./(bpf/|kmod/|tests/kmod/(shim/|probe/|policy_world))' |
		headers_compile "$CC" "${cflags[@]}" -Itests/differential -Wno-unused-function
}

bpf_headers_compile_alone()
{
	sources '*.h' | grep -E '^\./(bpf|include)/' |
		headers_compile "$CLANG" "${bpf_cflags[@]}" -Wno-unused-function -Wno-unused-variable
}

# Every message that the sources mark has a translation, and none is fuzzy.
translations_complete()
{
	local catalogue merged bad=0

	compgen -G 'ctl/po/*.po' >/dev/null || skip_test 'no catalogue yet'
	merged=$(mktemp)
	defer rm -f "$merged"
	for catalogue in ctl/po/*.po; do
		msgmerge --quiet --no-fuzzy-matching --output-file="$merged" \
			"$catalogue" build/sekisho.pot
		if msgattrib --untranslated --no-obsolete "$merged" | grep -m 20 '^msgid' ||
			msgattrib --only-fuzzy --no-obsolete "$merged" | grep -m 20 '^msgid'; then
			echo "$catalogue lacks these; see: make messages"
			bad=1
		fi
		msgfmt --check --output-file=/dev/null "$catalogue"
	done
	return "$bad"
}

# A source file stays readable in one sitting; a longer one states its reason in its first comment.
files_are_short()
{
	local file lines bad=0

	while read -r file; do
		lines=$(wc -l <"$file")
		if ((lines > 600)) && ! head -n 20 "$file" | grep -qi 'beyond 600 lines'; then
			echo "$file has $lines lines, and no reason 'beyond 600 lines' at its top"
			bad=1
		fi
	done < <(sources '*.c' '*.h' '*.sh')
	return "$bad"
}

top_level_is_as_agreed()
{
	local entry bad=0
	local agreed=' Kbuild Makefile README.md README.ja.md LICENSE include bpf kmod ctl tests docs dist examples build '

	for entry in *; do
		if [[ $agreed != *" $entry "* ]]; then
			echo "$entry does not belong at the top"
			bad=1
		fi
	done
	return "$bad"
}

plan 7
run_test 'clang-format has nothing to change' formatted
run_test 'shellcheck finds nothing' shell_scripts_are_clean
run_test 'headers compile alone' headers_compile_alone
run_test 'headers of the BPF object compile alone' bpf_headers_compile_alone
run_test 'translations are complete' translations_complete
run_test 'files beyond 600 lines say why' files_are_short
run_test 'nothing new lies at the top' top_level_is_as_agreed
finish
