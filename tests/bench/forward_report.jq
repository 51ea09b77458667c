# SPDX-License-Identifier: GPL-2.0-only
# Samples of one case, slurped, to measurements as run.sh wants them, with the share of the frames
# that arrived. Ratios are formed round by round: to the variant that $baselines names, or to
# $baseline. $beside: further pairs, [variant, baseline], each a measurement of its own.
#
#	{"bench": B, "case": C, "variant": V, "parameter": P, "round": N, "sample": {"kpps": X, "share": Y}}

def median: sort | if length % 2 == 1 then .[length / 2 | floor] else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def spread: [median, min, max] | map(. * 1000 | round / 1000);

# The ratios of a variant's rounds to those of another.
def ratios($all; $other):
	[.[] as $mine | $all[] | select(.variant == $other and .round == $mine.round)
		| $mine.sample.kpps / .sample.kpps];

def measurement($all; $baseline):
	(ratios($all; $baseline)) as $ratios
	| {bench: .[0].bench, case: .[0].case, variant: .[0].variant, parameter: .[0].parameter,
		unit: "kpps", median: (map(.sample.kpps) | median | . * 10 | round / 10),
		low: (map(.sample.kpps) | min), high: (map(.sample.kpps) | max), runs: length,
		share: (map(.sample.share) | spread)}
	+ if .[0].variant != $baseline and ($ratios | length) > 0
		then {baseline: $baseline, ratio: ($ratios | spread)} else {} end;

. as $all
| (reduce .[] as $one ([]; if index($one.variant) then . else . + [$one.variant] end)) as $variants
| ($variants[] as $variant
	| $all | map(select(.variant == $variant)) | measurement($all; $baselines[$variant] // $baseline)),
  ($beside[] as $pair
	| $all | map(select(.variant == $pair[0]))
	| select(length > 0 and any($all[]; .variant == $pair[1]))
	| measurement($all; $pair[1]))
