# SPDX-License-Identifier: GPL-2.0-only
# Input: a record a line: its seq, its prev, the SHA-256 of its line. Says whether they make a
# chain, and if not, at which record it breaks first. `broken` names a file of numbers of lines that
# are no records for another reason, `files` one of each file's first seq and number of lines.

function bad(seq)
{
	print "bad " seq
	failed = 1
	exit 1
}

BEGIN {
	while ((getline number < broken) > 0)
		is_broken[number] = 1
	lines = 0
	while ((getline entry < files) > 0) {
		split(entry, part, " ")
		if (!(lines in named))
			named[lines] = part[1]
		lines += part[2]
	}
	for (i = 0; i < 64; i++)
		hash[-1] = hash[-1] "0"
}

{
	seq[NR - 1] = $1
	prev[NR - 1] = $2
	hash[NR - 1] = $3
}

END {
	if (failed)
		exit 1
	for (i = 0; i < NR; i++) {
		if ((i in named) && named[i] != i)
			bad(i)
		if (((i + 1) in is_broken) || seq[i] != i)
			bad(i)
		if (prev[i] != hash[i - 1]) {
			# Which of the two was changed? The record after knows this one, or does not.
			if (i == 0 || (i + 1 < NR && prev[i + 1] != hash[i]))
				bad(i)
			bad(i - 1)
		}
	}
	if ((NR + 1) in is_broken)
		bad(NR)
	print "good " NR
}
