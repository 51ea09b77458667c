# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Commands on a terminal of their own, on which what takes a second takes a few calls: each look at the
# monotonic clock is 300 ms later. Sourced. Knows no command.

# fast_clock LIBRARY: makes that clock, to be preloaded.
fast_clock()
{
	"${CC:-cc}" -shared -fPIC -o "$1" -x c - -ldl <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *now)
{
	static int (*real)(clockid_t, struct timespec *);
	static long long ns = 1000000000000;

	if (clock == CLOCK_MONOTONIC) {
		ns += 300000000;
		now->tv_sec = ns / 1000000000;
		now->tv_nsec = ns % 1000000000;
		return 0;
	}
	if (!real)
		real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	return real(clock, now);
}
END
}

# on_terminal CLOCK SEEN OUT COMMAND...: what the command writes to the terminal goes to SEEN. Only its
# standard error is one, and its output goes to OUT; where OUT is `-`, all three are, and q is typed
# whenever it moves the cursor. Its status.
on_terminal()
{
	python3 - "$@" <<'END'
import os, pty, subprocess, sys

clock, seen, out, *command = sys.argv[1:]
ours, theirs = pty.openpty()
environment = {**os.environ, "LD_PRELOAD": clock}
if out == "-":
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
else:
    with open(out, "wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=theirs, env=environment)
os.close(theirs)
with open(seen, "wb") as terminal:
    while True:
        try:
            got = os.read(ours, 4096)
        except OSError:
            break
        if not got:
            break
        terminal.write(got)
        if out == "-" and b"\x1b" in got:
            os.write(ours, b"q")
sys.exit(process.wait())
END
}
