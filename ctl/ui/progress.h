/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How far something is that takes its time, on standard error: only on a terminal, and only after a
 * second. Knows nothing of what is done.
 *
 *	sekisho_progress_begin(&progress, _("indexing"), SEKISHO_PROGRESS_BYTES);
 *	sekisho_progress_update(&progress, done, all);	as often as it pleases
 *	sekisho_progress_next(&progress, _("writing"));	what comes then, counted anew
 *	sekisho_progress_end(&progress);		before anything else is printed
 */
#ifndef SEKISHO_UI_PROGRESS_H
#define SEKISHO_UI_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sekisho_progress_unit {
	SEKISHO_PROGRESS_BYTES,
	SEKISHO_PROGRESS_ITEMS,
};

struct sekisho_progress {
	const char *label;
	enum sekisho_progress_unit unit;
	bool terminal;
	bool shown; /* the line has something */
	int64_t due_ns; /* when it is shown; of the monotonic clock, as the next two */
	int64_t began_ns, shown_ns;
};

/* Of work that cannot say how far it is: a thread shows that it goes on. */
struct sekisho_progress_wait {
	const char *label;
	bool started; /* there is a thread */
	bool ended;
	int64_t began_ns;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t end;
};

#define SEKISHO_PROGRESS_TEXT 256

/**
 * sekisho_progress_begin - begin
 * @label: translated; borrowed until the end
 * @unit: of what is counted
 */
void sekisho_progress_begin(struct sekisho_progress *progress, const char *label,
			    enum sekisho_progress_unit unit);

/**
 * sekisho_progress_next - another part of the same work; the second is that of the whole
 */
void sekisho_progress_next(struct sekisho_progress *progress, const char *label);

/**
 * sekisho_progress_update - so much is done
 * @done: of @all; @all may grow
 */
void sekisho_progress_update(struct sekisho_progress *progress, uint64_t done, uint64_t all);

/* Likewise, for those who know no more than a function and its context, which is the progress. */
void sekisho_progress_tell(void *progress, uint64_t done, uint64_t all);

/* Takes the line away. May be called again, and without a beginning on zeroes. */
void sekisho_progress_end(struct sekisho_progress *progress);

/**
 * sekisho_progress_text - what the line says, without a terminal
 * @text: gets SEKISHO_PROGRESS_TEXT
 * @elapsed_ns: since the beginning, above 0
 */
void sekisho_progress_text(const struct sekisho_progress *progress, uint64_t done, uint64_t all,
			   int64_t elapsed_ns, char text[SEKISHO_PROGRESS_TEXT]);

/**
 * sekisho_progress_wait_begin - work begins that cannot say how far it is
 * @label: translated; borrowed until the end
 *
 * From a second on it is shown how long it has taken. Until the end nothing else may be printed.
 */
void sekisho_progress_wait_begin(struct sekisho_progress_wait *wait, const char *label);

/* Takes the line away. */
void sekisho_progress_wait_end(struct sekisho_progress_wait *wait);

#endif
