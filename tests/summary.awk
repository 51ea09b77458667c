# SPDX-License-Identifier: GPL-2.0-only
# Reads the KTAP of one test program, nested results included, and writes 'passed failed skipped'
# to the file `counts`. Counted are the tests that have no tests below them; beside those, whatever
# keeps the output from being believed is a failure: a plan that is missing or not met, and a test
# that failed although nothing below it did.

function problem(text)
{
	failed++
	print "# " program ": " text
	fflush()
}

# Ends the nested tests deeper than @indent. Returns how many they were.
function close_nested(indent,    depth, tests)
{
	for (depth in seen) {
		if (depth + 0 <= indent)
			continue
		tests += seen[depth]
		if (!(depth in planned))
			problem("results without a plan")
		else if (seen[depth] != planned[depth])
			problem("planned " planned[depth] " tests, had " seen[depth])
	}
	for (depth in planned) {
		if (depth + 0 > indent && !(depth in seen) && planned[depth] > 0)
			problem("planned " planned[depth] " tests, had none")
	}
	for (depth in planned)
		if (depth + 0 > indent)
			delete planned[depth]
	for (depth in seen)
		if (depth + 0 > indent)
			delete seen[depth]
	return tests + 0
}

# How many failures there were before the tests nested below the next result at @indent.
function failed_before(indent,    depth)
{
	for (depth = indent; depth >= 0; depth--)
		if (depth in failed_at)
			return failed_at[depth]
	return 0
}

BEGIN {
	passed = failed = skipped = 0
}

{
	print
	fflush()
}

/^ *1\.\.[0-9]+/ {
	match($0, /^ */)
	indent = RLENGTH
	plan = substr($1, 4) + 0
	planned[indent] = plan
	if (indent == 0 && plan == 0)
		skipped++
	next
}

/^ *(not )?ok( |$)/ {
	match($0, /^ */)
	indent = RLENGTH
	before = failed_before(indent)
	nested = close_nested(indent)
	seen[indent]++
	bad = ($1 == "not")
	if (!nested) {
		if (toupper($0) ~ /# *SKIP/)
			skipped++
		else if (bad)
			failed++
		else
			passed++
	} else if (bad && failed == before) {
		failed++
	}
	for (depth in failed_at)
		if (depth + 0 > indent)
			delete failed_at[depth]
	failed_at[indent] = failed
	next
}

/^ *Bail out!/ {
	problem("bailed out")
}

END {
	close_nested(0)
	if (!(0 in planned))
		problem("no plan")
	else if (seen[0] + 0 != planned[0])
		problem("planned " planned[0] " tests, had " seen[0] + 0)
	print passed, failed, skipped > counts
}
