// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is shown of work that cannot say how far it is: nothing for a second, then that it goes on, and
 * in the end nothing is left of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ktap.h"
#include "ui/progress.h"

static int ours, kept;
static char said[4096];

static void sleep_ms(long ms)
{
	const struct timespec pause = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&pause, NULL);
}

/* So long a piece of work, on a terminal; what was written there. */
static const char *work(long ms)
{
	struct sekisho_progress_wait wait;
	ssize_t got;

	sekisho_progress_wait_begin(&wait, "working");
	sleep_ms(ms);
	sekisho_progress_wait_end(&wait);
	got = read(ours, said, sizeof(said) - 1);
	said[got > 0 ? got : 0] = '\0';
	return said;
}

static bool ends_with(const char *text, const char *end)
{
	return strlen(text) >= strlen(end) && !strcmp(text + strlen(text) - strlen(end), end);
}

int main(void)
{
	int theirs, ends[2];

	plan(4);
	kept = dup(STDERR_FILENO);
	if (kept < 0 || openpty(&ours, &theirs, NULL, NULL, NULL) ||
	    fcntl(ours, F_SETFL, O_NONBLOCK) || dup2(theirs, STDERR_FILENO) < 0)
		return 1;
	ok(!*work(50), "nothing of what is soon done");
	work(1500);
	ok(strstr(said, "working [#") && strstr(said, "0:01"), "what takes longer is shown");
	ok(ends_with(said, "\r\033[K"), "and taken away");
	if (pipe2(ends, O_NONBLOCK) || dup2(ends[1], STDERR_FILENO) < 0)
		return 1;
	ours = ends[0];
	ok(!*work(1300), "nothing where nobody looks");
	dup2(kept, STDERR_FILENO);
	return finish();
}
