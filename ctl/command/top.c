// SPDX-License-Identifier: GPL-2.0-only
/*
 * `top`: what passes and what is denied, as it happens: on a terminal, as plain text, or as JSON.
 * Only looks; knows nothing of how counters are read, compared or drawn.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command/commands.h"
#include "command/context.h"
#include "command/top_json.h"
#include "command/top_keys.h"
#include "command/top_model.h"
#include "command/top_read.h"
#include "command/top_view.h"
#include "ui/message.h"
#include "ui/say.h"
#include "ui/top_screen.h"

#define INTERVAL     2
#define SAID_SECONDS 10 /* that a sentence is shown */
#define SECOND_NS    1000000000

static const struct sekisho_option options[] = {
	{ "interval", "SECONDS", false, N_("seconds from look to look; default: 2") },
	{ "once", NULL, false, N_("measure once, print it as plain text, and end") },
	{ "count", "N", false, N_("measure so many times, print each, and end") },
	{ 0 },
};

struct top {
	struct sekisho_context *context;
	struct sekisho_top_reader *reader;
	struct sekisho_top_model model;
	struct sekisho_top_view view;
	struct sekisho_top_screen *screen; /* NULL: none */
	char said[SEKISHO_TOP_TEXT_BYTES]; /* shown for a while */
	int64_t said_until_ns;
};

static int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

static int look(struct top *top)
{
	struct sekisho_top_look seen;
	int error = sekisho_top_reader_look(top->reader, &seen);

	if (!error)
		error = sekisho_top_model_take(&top->model, &seen);
	if (error)
		sekisho_say(_("the running filter cannot be read: %s"), strerror(-error));
	return error;
}

static void sleep_until(int64_t at_ns)
{
	struct timespec at = { at_ns / SECOND_NS, at_ns % SECOND_NS };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
		;
}

/* One line a look, for programs; or plain text. */
static int print(struct top *top)
{
	json_t *object = sekisho_top_json(&top->model, sekisho_top_reader_facts(top->reader));
	int error = object ? 0 : -ENOMEM;

	if (object && top->context->arguments->json) {
		if (json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15)) ||
		    putchar('\n') == EOF)
			error = -EIO;
	} else if (object) {
		error = sekisho_top_text(object, stdout);
	}
	json_decref(object);
	if (error == -ENOMEM)
		sekisho_say(_("out of memory"));
	/* What cannot be written is said at the end, by all commands alike. */
	return fflush(stdout) || ferror(stdout) ? -EIO : error;
}

static int print_looks(struct top *top, uint64_t count)
{
	int64_t next = monotonic_ns();
	int error = look(top);

	for (uint64_t i = 0; i < count && !error; i++) {
		next += (int64_t)top->view.interval * SECOND_NS;
		sleep_until(next);
		error = look(top);
		if (!error && i && !top->context->arguments->json)
			putchar('\n');
		if (!error)
			error = print(top);
	}
	return error;
}

static int draw(struct top *top)
{
	struct sekisho_top_page page;
	int error;

	if (sekisho_top_screen_said(top->screen, top->said, sizeof(top->said)))
		top->said_until_ns = monotonic_ns() + (int64_t)SAID_SECONDS * SECOND_NS;
	else if (monotonic_ns() > top->said_until_ns)
		*top->said = '\0';
	error = sekisho_top_view_page(&top->view, &top->model,
				      sekisho_top_reader_facts(top->reader), top->said, &page);
	if (!error)
		top->view.room = sekisho_top_screen_draw(top->screen, &page);
	return error;
}

/* Looks at its pace, and obeys keys at once. */
static int watch(struct top *top)
{
	int64_t looked = monotonic_ns();
	int error = look(top);

	top->view.lost_before = sekisho_top_reader_facts(top->reader)->lost_events;
	while (!error && !top->view.ended) {
		int64_t pace = (int64_t)top->view.interval * SECOND_NS, now, left;

		error = draw(top);
		if (error)
			break;
		now = monotonic_ns();
		left = looked + pace > now ? looked + pace - now : 0;
		/* Paused, nothing is looked at but the clock stands for the pause. */
		if (left || top->view.paused) {
			if (!left)
				left = pace;
			sekisho_top_view_key(
				&top->view,
				sekisho_top_screen_key(top->screen, (int)(left / 1000000) + 1));
			continue;
		}
		looked = now;
		error = look(top);
	}
	return error;
}

static int on_screen(struct top *top)
{
	int error;

	/* How far that is can be seen while there is no screen yet. */
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		sekisho_top_reader_prepare(top->reader);
	error = sekisho_top_screen_open(&top->screen);
	switch (error) {
	case 0:
		error = watch(top);
		sekisho_top_screen_close(top->screen);
		return error;
	case -ENOTTY:
		sekisho_say(_("top needs a terminal; standard input or output is none"));
		break;
	case -ENODEV:
		sekisho_say(_("nothing can be drawn on this terminal: TERM is '%s'"),
			    getenv("TERM") ? getenv("TERM") : "");
		break;
	default:
		sekisho_say(_("the terminal cannot be used: %s"), strerror(-error));
		break;
	}
	sekisho_say_hint("sekishoctl top --once; sekishoctl top -j");
	return error;
}

static int run(struct top *top, uint64_t count, bool printed)
{
	int error = sekisho_context_engine(top->context);

	/* That nothing is in force is no reason to go: something may come. */
	if (error && error != -ENOENT)
		return error;
	top->reader = sekisho_top_reader_new(top->context);
	if (!top->reader) {
		sekisho_say(_("out of memory"));
		return -ENOMEM;
	}
	error = printed ? print_looks(top, count) : on_screen(top);
	sekisho_top_view_free(&top->view);
	sekisho_top_model_free(&top->model);
	sekisho_top_reader_free(top->reader);
	return error;
}

static int watch_counters(struct sekisho_context *context)
{
	bool once = sekisho_context_option(context, "once");
	bool counted = sekisho_context_option(context, "count");
	uint64_t interval = INTERVAL, count = UINT64_MAX;
	struct top *top;
	int error;

	if (!sekisho_context_number(context, "interval", 1, SEKISHO_TOP_INTERVAL_MAX, &interval) ||
	    !sekisho_context_number(context, "count", 1, INT64_MAX, &count))
		return SEKISHO_EXIT_USAGE;
	if (once && counted) {
		sekisho_say(_("--once and --count exclude each other"));
		return SEKISHO_EXIT_USAGE;
	}
	top = calloc(1, sizeof(*top));
	if (!top) {
		sekisho_say(_("out of memory"));
		return SEKISHO_EXIT_REFUSED;
	}
	top->context = context;
	top->view.interval = (unsigned int)interval;
	error = run(top, once ? 1 : count, once || counted || context->arguments->json);
	free(top);
	return error ? SEKISHO_EXIT_REFUSED : SEKISHO_EXIT_DONE;
}

const struct sekisho_subcommand cmd_top = {
	.name = "top",
	.run = watch_counters,
	.summary = N_("what passes and what is denied, as it happens"),
	.operands = "",
	.options = options,
};
