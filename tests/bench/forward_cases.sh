# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Cases of the forwarding benchmarks: variants measured in turn, round by round, and told as
# measurements. Knows no variant by name.
#
#	cases_lay LIST NAME...		lanes for these variants, or why there is none
#	case_begin BENCH CASE PARAMETER VARIANT...
#	case_connect udp|tcp FLOWS	connections through those that keep some
#	case_check KIND FRAME FLOWS	does it arrive?
#	case_measure ROUNDS KEY=VALUE...
#	case_report BASELINE		to standard output

. tests/bench/forward_lanes.sh

# By variant: why there is no number.
declare -A case_skipped=() case_words=()
# As forward_report.jq wants them.
case_baselines='{}'
case_beside='[]'

# What this machine lacks for a lane, if anything.
case_missing()
{
	if [[ $1 == nft* ]] && ! command -v nft >/dev/null; then
		echo 'nft is not installed'
	elif [[ $1 == nft*established ]] && ! command -v conntrack >/dev/null; then
		echo 'conntrack is not installed'
	fi
}

# cases_lay LIST NAME...: LIST is the name of an array of 'NAME|WORDS OF lane_create'.
cases_lay()
{
	local -n list=$1
	local entry name words reason

	shift
	for entry in "${list[@]}"; do
		name=${entry%%|*}
		words=${entry#*|}
		printf '%s\n' "$@" | grep -xF "$name" >/dev/null || continue
		case_words[$name]=$words
		reason=$(case_missing "$words")
		if [[ -n $reason ]]; then
			case_skipped[$name]=$reason
			continue
		fi
		# shellcheck disable=SC2086 # words
		if ! lane_create "$name" $words >&2; then
			case_skipped[$name]='cannot be laid'
		fi
	done
}

case_begin()
{
	local name reason

	case_bench=$1
	case_title=$2
	case_parameter=$3
	case_variants=()
	: >"$net_directory/samples"
	for name in "${@:4}"; do
		if [[ -n ${case_skipped[$name]:-} ]]; then
			case_without "$name" skipped "${case_skipped[$name]}"
		else
			case_variants+=("$name")
		fi
	done
}

# case_line NAME MEMBERS: what a variant has to say, as JSON. No word in it wants an escape.
case_line()
{
	printf '{"bench": "%s", "case": "%s", "variant": "%s", "parameter": %s, %s}\n' \
		"$case_bench" "$case_title" "$1" "$case_parameter" "$2"
}

# case_without NAME skipped|unsupported REASON: a measurement that has no figures.
case_without()
{
	case_line "$1" "\"unit\": \"kpps\", \"median\": null, \"low\": null, \"high\": null,
		\"runs\": 0, \"$2\": \"$3\"" | tr -d '\n\t'
	echo
}

case_keeps_connections()
{
	[[ ${case_words[$1]} == ours* || ${case_words[$1]} == nft*established ]]
}

case_connect()
{
	local name

	for name in "${case_variants[@]}"; do
		case ${case_words[$name]} in
		# One table has those of all: nobody is to suffer from another's.
		nft*established) lane_cut "$name" ;;
		# An established connection does not begin again.
		ours*) [[ $1 != tcp ]] || lane_renew "$name" ;;
		esac
	done
	for name in "${case_variants[@]}"; do
		! case_keeps_connections "$name" || lane_connect "$name" "$1" "$2"
	done
}

# A variant through which less than nine tenths arrive is not measured; nor is one that only calls
# itself fast: who sends the frames on is seen by the port's own counters. Of two frames of each
# connection the first may be the kernel's.
case_check()
{
	local name arrives=() checked frames before

	for name in "${case_variants[@]}"; do
		frames=2000
		[[ ${case_words[$name]} != 'ours fast'* ]] || frames=$((2000 + 2 * $3))
		before=$(lane_redirected "$name")
		checked=$(lane_send "$name" "kind=$1" "frame=$2" "flows=$3" "frames=$frames")
		if ! lane_arrived "$checked" 0.9; then
			case_without "$name" skipped 'not all arrives'
			echo "$name: not all arrives: $checked" >&2
		elif ((frames > 2000 && $(lane_redirected "$name") - before < frames * 2 / 5)); then
			case_without "$name" unsupported 'the kernel forwards, not this build'
		else
			arrives+=("$name")
		fi
	done
	case_variants=("${arrives[@]}")
}

# case_sample NAME ROUND KEY=VALUE...
case_sample()
{
	local sample

	sample=$(lane_send "$1" "${@:3}")
	case_line "$1" "\"round\": $2, \"sample\": $sample" >>"$net_directory/samples"
}

case_measure()
{
	local round name

	for ((round = 1; round <= $1; round++)); do
		for name in "${case_variants[@]}"; do
			case_sample "$name" "$round" "${@:2}"
		done
	done
}

case_report()
{
	jq --slurp --compact-output --arg baseline "$1" --argjson baselines "$case_baselines" \
		--argjson beside "$case_beside" --from-file tests/bench/forward_report.jq "$net_directory/samples"
}
