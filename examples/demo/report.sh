# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the demo prints: one line a step, in Japanese and English, with what was expected beside what
# was observed. Sourced. Knows counters by their reasons; nothing of hosts or packets.

report_steps=0
report_different=0
report_said=/dev/null # what the last command said
report_width_ja=34
report_width_en=38
report_width_reason=25

# Colours only where somebody looks.
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
	report_good=$'\e[32m' report_bad=$'\e[1;31m' report_head=$'\e[1m' report_plain=$'\e[0m'
else
	report_good='' report_bad='' report_head='' report_plain=''
fi

# Columns that a text takes on a terminal: its characters are ASCII, or Japanese ones of three bytes
# and two columns.
display_width()
{
	local characters=${#1}
	local LC_ALL=C

	echo $((characters + (${#1} - characters) / 2))
}

# padded TEXT WIDTH
padded()
{
	local room=$(($2 - $(display_width "$1")))

	printf '%s%*s' "$1" "$((room > 0 ? room : 0))" ''
}

section()
{
	printf '\n%s%s  %s%s\n' "$report_head" "$1" "$2" "$report_plain"
}

# A remark below a step.
remark()
{
	printf '     %s\n' "$@"
}

# line GOOD JAPANESE ENGLISH EXPECTED OBSERVED
line()
{
	local mark="${report_good}OK${report_plain}"

	report_steps=$((report_steps + 1))
	if ((!$1)); then
		mark="${report_bad}NG${report_plain}"
		report_different=$((report_different + 1))
	fi
	printf '%s   %s %s %s %s\n' "$mark" "$(padded "$2" "$report_width_ja")" \
		"$(padded "$3" "$report_width_en")" "$(padded "$4" "$report_width_reason")" "$5"
}

heading()
{
	printf '\n%s     %s %s %s %s%s\n' "$report_head" \
		"$(padded '日本語' "$report_width_ja")" \
		"$(padded 'English' "$report_width_en")" \
		"$(padded '期待 expected' "$report_width_reason")" '観測 observed' "$report_plain"
}

# Packets by reason, as one JSON object. Link control is left out: hosts ask for their neighbours
# whenever they like.
reasons_now()
{
	border show reasons -j |
		jq -c 'map(select(.reason != "permit-control") | {(.reason): .packets}) | add // {}'
}

# The counters, once nothing moves any more.
settled()
{
	local before after

	after=$(reasons_now)
	until [[ ${before:-} == "$after" ]]; do
		before=$after
		sleep 0.03
		after=$(reasons_now)
	done
	echo "$after"
}

# risen BEFORE IGNORED: the reasons that were counted since, but for one.
risen()
{
	reasons_now | jq -r --argjson before "$1" --arg ignored "$2" '
		[to_entries[] | select(.key != $ignored and .value > ($before[.key] // 0)) | .key] |
		sort | join(" ")'
}

# How often a reason was counted since.
risen_by()
{
	reasons_now | jq -r --argjson before "$1" --arg reason "$2" \
		'(.[$reason] // 0) - ($before[$reason] // 0)'
}

# expect REASON JAPANESE ENGLISH COMMAND...: the command must succeed, and that reason, and no other,
# must be counted. What follows a permitted first packet is established, and not mentioned.
# REASON=COUNT: counted exactly so often.
expect()
{
	local wanted=$1 reason=${1%=*} japanese=$2 english=$3
	local before ignored=- observed end=$((SECONDS + 3)) status=0 good=1

	shift 3
	[[ $reason != permit-* || $reason == permit-established ]] || ignored=permit-established
	before=$(settled)
	"$@" >"$report_said" 2>&1 || status=$?
	until observed=$(observe "$before" "$ignored" "$wanted"); [[ $observed == "$wanted" ]]; do
		((SECONDS < end)) || break
		sleep 0.02
	done
	if ((status != 0)); then
		observed+=" (status $status)"
	fi
	[[ $observed == "$wanted" ]] || good=0
	line "$good" "$japanese" "$english" "$wanted" "${observed:--}"
	((good)) || sed 's/^/     | /' "$report_said"
}

# observe BEFORE IGNORED WANTED: what was counted since, in the form of what is wanted.
observe()
{
	local names

	names=$(risen "$1" "$2")
	if [[ $3 == *=* && $names == "${3%=*}" ]]; then
		names+="=$(risen_by "$1" "$names")"
	fi
	echo "$names"
}

# expect_exit STATUS JAPANESE ENGLISH COMMAND...: of a command that judges no frame.
expect_exit()
{
	local wanted=$1 japanese=$2 english=$3 status=0

	shift 3
	"$@" >"$report_said" 2>&1 || status=$?
	line "$((status == wanted))" "$japanese" "$english" "exit $wanted" "exit $status"
	((status == wanted)) || sed 's/^/     | /' "$report_said"
}

# The number of differences decides.
report_end()
{
	printf '\n%s\n' "$report_steps 項目、相違 $report_different 件  $report_steps steps, $report_different different"
	((report_different == 0))
}
