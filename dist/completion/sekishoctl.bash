# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Completion of sekishoctl's commands and options for bash. The tables hold what `--help` shows;
# tests/style/sync.sh holds the two equal.

_sekishoctl_shared='--json --lang --help'

declare -gA _sekishoctl_options=(
	[check]=''
	[apply]='--confirm --actor --second --ticket --dry-run --boot'
	[confirm]='--actor --second --ticket'
	[rollback]='--actor --second --ticket --reason'
	[history]=''
	[show]=''
	[explain]='--policy'
	[isolate]='--reason --authority --actor'
	[release]='--actor --second --reason'
	[suspend]='--reason --authority --actor'
	[restore]='--actor --reason --authority --second'
	[monitor]='--count --seconds --host --segment --from --to --flow --reason --type --port'
	[top]='--interval --once --count'
	[collect]='--once --checkpoint-records --checkpoint-seconds --metrics --metrics-any --metrics-file'
	[audit]=''
	['audit verify']='--any-start --expect-seq --expect-hash --key --checkpoint'
	['audit prove']='--size --from --to --log --key'
	['audit verify-proof']='--key --checkpoint'
	['audit checkpoint']=''
	['audit digest']='--date --log --key'
	['audit timestamp']='--request --response --ca'
	['audit query']='--since --until --last --host --src --dst --port --proto --segment --from --to --flow
		--reason --type --person --limit --count --by --lines --index --no-index'
	['audit index']='--anew --index'
	['audit export']='--format --output --since --until --last --types --encoding --redact --key-file --force'
	['audit report']='--period --output --redact --key-file --force'
	['audit incident']='--output --since --until --last --host --segment --redact --key-file --quick'
	['audit forward']='--to --name --from-seq --once --types --ca --cert --key --enterprise --size'
	[detach]='--actor --second --reason'
	[seal]='--actor --second --key-file'
	[unseal]='--actor --second --key-file'
)

declare -gA _sekishoctl_operands=(
	[show]='status segments flows pairs reasons state suspended guard metrics'
	[explain]='in= src= dst= proto= sport= dport= smac= at= flags= type='
	[isolate]='all'
	[release]='all'
	[audit]='verify prove verify-proof checkpoint digest timestamp query index export report incident forward'
)

_sekishoctl_words()
{
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

# The command: the first word that is no option, and the next one where it is an action of it.
_sekishoctl_command()
{
	local command='' i

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--lang) ((i++)) ;;
		-*) ;;
		*)
			if [[ -z $command ]]; then
				command=${COMP_WORDS[i]}
			else
				[[ ! -v _sekishoctl_options["$command ${COMP_WORDS[i]}"] ]] ||
					command+=" ${COMP_WORDS[i]}"
				break
			fi
			;;
		esac
	done
	echo "$command"
}

_sekishoctl()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command

	COMPREPLY=()
	case $before in
	--lang)
		_sekishoctl_words 'ja en' "$word"
		return
		;;
	--by)
		_sekishoctl_words 'hosts src dst segments port reason flow type' "$word"
		return
		;;
	--policy | --key-file | --key | --checkpoint | --log | --request | --response | --ca | --index | \
		--output | --metrics-file | --cert)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	--format)
		_sekishoctl_words 'jsonl csv ocsf guideline' "$word"
		return
		;;
	--encoding)
		_sekishoctl_words 'utf-8 cp932' "$word"
		return
		;;
	esac
	command=$(_sekishoctl_command)
	if [[ -z $command ]]; then
		_sekishoctl_words "$(printf '%s\n' "${!_sekishoctl_options[@]}" | grep -v ' ')
			$_sekishoctl_shared --version" "$word"
		return
	fi
	if [[ $word == -* ]]; then
		_sekishoctl_words "${_sekishoctl_options[$command]:-} $_sekishoctl_shared" "$word"
		return
	fi
	case $command in
	check | apply | 'audit '*) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	*) _sekishoctl_words "${_sekishoctl_operands[$command]:-}" "$word" ;;
	esac
}

complete -o filenames -F _sekishoctl sekishoctl
