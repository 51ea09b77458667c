// SPDX-License-Identifier: GPL-2.0-only
/*
 * The incident bundle that an isolation leaves behind it. Knows nothing of isolations.
 */
#include "command/isolate_bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "audit/stamp.h"
#include "command/incident_bundle.h"
#include "ui/message.h"
#include "ui/say.h"

#define DIRECTORY    "incidents"
#define NS_A_SECOND  1000000000ll
#define HOUR	     3600
#define WAIT_MS	     10000
#define GIVE_UP	     600 /* seconds */
#define NICE	     10
#define NAMES_TRIED  100
#define RESERVE	     (64ull << 20) /* bytes: the log is to have room whatever the bundle takes */
#define NOT_THERE(p) (access(p, F_OK) && errno == ENOENT)

/* The child's end of what it says, and the parent's of what it hears. */
struct child {
	pid_t process;
	int said;
};

static void say_none(const char *why)
{
	sekisho_say(_("no incident bundle was made: %s"), why);
}

/* incidents/2026-04-01T120000-SEGMENT; a number behind it where there is one of that second. */
static int choose_path(const struct sekisho_context *context, const char *segment,
		       char path[PATH_MAX])
{
	char stamp[SEKISHO_STAMP_BYTES], parent[PATH_MAX];
	int length = snprintf(parent, sizeof(parent), "%s/" DIRECTORY, context->state);

	if (length >= (int)sizeof(parent))
		return -ENAMETOOLONG;
	if (mkdir(parent, 0700) && errno != EEXIST)
		return -errno;
	sekisho_stamp_text(stamp, time(NULL) * NS_A_SECOND, sekisho_context_zone(context));
	length = snprintf(path, PATH_MAX, "%.*s/%.13s%.2s%.2s-%.64s", PATH_MAX - 128, parent, stamp,
			  stamp + 14, stamp + 17, segment ? segment : "all");
	for (int number = 2; number < NAMES_TRIED && !NOT_THERE(path); number++)
		snprintf(path + length, (size_t)(PATH_MAX - length), "-%d", number);
	return 0;
}

static int make(struct sekisho_context *context, const char *segment, const char *path)
{
	struct sekisho_incident_bundle *made = calloc(1, sizeof(*made));
	struct sekisho_incident_wish wish = {
		.path = path,
		.since_ns = (time(NULL) - HOUR) * NS_A_SECOND,
		.until_ns = INT64_MAX,
		.segments = segment,
		.quick = true,
		.reserve = RESERVE,
	};
	struct sekisho_audit_logs logs;
	int status = SEKISHO_EXIT_REFUSED;

	if (made && sekisho_audit_logs_open(context, NULL, true, &logs)) {
		wish.log = &logs.items[0];
		status = sekisho_incident_make(context, &wish, made);
	}
	if (status)
		return status;
	sekisho_say(_("incident bundle: %s; %llu records of the hour before"), path,
		    (unsigned long long)made->result.records);
	sekisho_say(_("SHA-256 of its SHA256SUMS: %s"), made->sums);
	sekisho_incident_say(&wish, made);
	return SEKISHO_EXIT_DONE;
}

/*
 * In the new process. Whatever becomes of the terminal, the bundle is made; but it holds nothing
 * that was open, and does not go on for ever.
 */
static void become_maker(struct sekisho_context *context, const char *segment, const char *path,
			 int said)
{
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGALRM, SIG_DFL);
	alarm(GIVE_UP);
	if (nothing < 0 || dup2(said, STDERR_FILENO) < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
	    dup2(nothing, STDOUT_FILENO) < 0 || close_range(STDERR_FILENO + 1, ~0U, 0))
		_exit(SEKISHO_EXIT_REFUSED);
	/* That it cannot be nice is no reason. */
	errno = 0;
	if (nice(NICE) == -1 && errno)
		errno = 0;
	_exit(make(context, segment, path));
}

static int start(struct sekisho_context *context, const char *segment, const char *path,
		 struct child *child)
{
	int ends[2], error;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	/* Who ignores its children hears nothing of their end. */
	signal(SIGCHLD, SIG_DFL);
	child->process = fork();
	if (!child->process)
		become_maker(context, segment, path, ends[1]);
	error = child->process < 0 ? -errno : 0;
	close(ends[1]);
	child->said = ends[0];
	if (error)
		close(ends[0]);
	return error;
}

static int64_t monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

/* Passes on what the other process says. Return: whether it came to its end. */
static bool listen_to(int said)
{
	int64_t end = monotonic_ms() + WAIT_MS;
	char text[1024];

	for (;;) {
		struct pollfd wait = { .fd = said, .events = POLLIN };
		int64_t left = end - monotonic_ms();
		int ready = left > 0 ? poll(&wait, 1, (int)left) : 0;
		ssize_t got;

		if (!ready || (ready < 0 && errno != EINTR))
			return false;
		if (ready < 0)
			continue;
		got = read(said, text, sizeof(text));
		if (got <= 0)
			return true;
		fwrite(text, 1, (size_t)got, stderr);
	}
}

static void await(const struct child *child, const char *segment, const char *path)
{
	int status = 0;

	if (!listen_to(child->said)) {
		sekisho_say(_("the incident bundle takes longer: %s is there when it is whole"),
			    path);
		return;
	}
	if (waitpid(child->process, &status, 0) == child->process && !status)
		return;
	/* Where it ended by itself it has said why. */
	if (!WIFEXITED(status))
		say_none(_("the process that made it was killed"));
	sekisho_say_hint("sekishoctl audit incident --last 1h%s%s --output DIRECTORY",
			 segment ? " --segment " : "", segment ? segment : "");
}

void sekisho_isolate_bundle(struct sekisho_context *context, const char *segment)
{
	char path[PATH_MAX];
	struct child child = { .said = -1 };
	int error = choose_path(context, segment, path);

	/* What was printed is not to come out of two processes. */
	fflush(stdout);
	if (!error)
		error = start(context, segment, path, &child);
	if (error) {
		say_none(strerror(-error));
		return;
	}
	await(&child, segment, path);
	close(child.said);
}
