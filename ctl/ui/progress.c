// SPDX-License-Identifier: GPL-2.0-only
/*
 * How far something is that takes its time. Knows nothing of what is done.
 */
#include "ui/progress.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ui/message.h"

#define NS_A_SECOND 1000000000ll
#define FIRST_NS    NS_A_SECOND
#define EVERY_NS    (NS_A_SECOND / 5)
#define BAR	    20
#define DAY	    86400

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_A_SECOND + now.tv_nsec;
}

void sekisho_progress_begin(struct sekisho_progress *progress, const char *label,
			    enum sekisho_progress_unit unit)
{
	int64_t now = now_ns();

	*progress = (struct sekisho_progress){ .label = label,
					       .unit = unit,
					       .terminal = isatty(STDERR_FILENO),
					       .due_ns = now + FIRST_NS,
					       .began_ns = now };
}

void sekisho_progress_next(struct sekisho_progress *progress, const char *label)
{
	progress->label = label;
	progress->began_ns = now_ns();
}

/* 53.4 MiB, 120k: three digits are enough. */
static void put_rate(char *text, size_t size, uint64_t rate, enum sekisho_progress_unit unit)
{
	static const char *const bytes[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	static const char *const items[] = { "", "k", "M", "G", "T" };
	uint64_t base = unit == SEKISHO_PROGRESS_BYTES ? 1024 : 1000, part = 0;
	size_t step = 0;

	while (rate >= base && step < 4) {
		part = rate % base * 10 / base;
		rate /= base;
		step++;
	}
	if (unit == SEKISHO_PROGRESS_BYTES)
		snprintf(text, size, "%llu.%llu %s/s", (unsigned long long)rate,
			 (unsigned long long)part, bytes[step]);
	else
		snprintf(text, size, "%llu.%llu%s/s", (unsigned long long)rate,
			 (unsigned long long)part, items[step]);
}

static void put_left(char *text, size_t size, uint64_t seconds)
{
	if (seconds >= DAY)
		snprintf(text, size, "> 24 h");
	else if (seconds >= 3600)
		snprintf(text, size, "%u:%02u:%02u", (unsigned int)seconds / 3600,
			 (unsigned int)seconds / 60 % 60, (unsigned int)seconds % 60);
	else
		snprintf(text, size, "%u:%02u", (unsigned int)seconds / 60,
			 (unsigned int)seconds % 60);
}

void sekisho_progress_text(const struct sekisho_progress *progress, uint64_t done, uint64_t all,
			   int64_t elapsed_ns, char text[SEKISHO_PROGRESS_TEXT])
{
	uint64_t part = done >= all ? 1000 : (uint64_t)((__uint128_t)done * 1000 / all);
	uint64_t a_second = (uint64_t)((__uint128_t)done * NS_A_SECOND / (uint64_t)elapsed_ns);
	char bar[BAR + 1], rate[32], left[32];

	for (unsigned int i = 0; i < BAR; i++)
		bar[i] = i < part * BAR / 1000 ? '#' : '.';
	bar[BAR] = '\0';
	put_rate(rate, sizeof(rate), a_second, progress->unit);
	put_left(left, sizeof(left), done < all && a_second ? (all - done) / a_second : 0);
	snprintf(text, SEKISHO_PROGRESS_TEXT, _("%s [%s] %3u%%  %s  %s left"), progress->label, bar,
		 (unsigned int)(part / 10), rate, left);
}

void sekisho_progress_update(struct sekisho_progress *progress, uint64_t done, uint64_t all)
{
	char text[SEKISHO_PROGRESS_TEXT];
	int64_t now;

	if (!progress->terminal)
		return;
	now = now_ns();
	if (now < progress->due_ns || now - progress->shown_ns < EVERY_NS ||
	    now <= progress->began_ns)
		return;
	sekisho_progress_text(progress, done, all, now - progress->began_ns, text);
	fprintf(stderr, "\r\033[K%s", text);
	fflush(stderr);
	progress->shown = true;
	progress->shown_ns = now;
}

void sekisho_progress_tell(void *progress, uint64_t done, uint64_t all)
{
	sekisho_progress_update(progress, done, all);
}

void sekisho_progress_end(struct sekisho_progress *progress)
{
	if (progress->shown) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
	}
	progress->shown = false;
	progress->terminal = false;
}

/* A mark that runs to and fro. */
static void show_wait(const struct sekisho_progress_wait *wait, unsigned int step)
{
	char bar[BAR + 1], taken[32];
	unsigned int place = step % (2 * BAR - 2);

	memset(bar, '.', BAR);
	bar[place < BAR ? place : 2 * BAR - 2 - place] = '#';
	bar[BAR] = '\0';
	put_left(taken, sizeof(taken), (uint64_t)(now_ns() - wait->began_ns) / NS_A_SECOND);
	fprintf(stderr, "\r\033[K%s [%s] %s", wait->label, bar, taken);
	fflush(stderr);
}

static void *keep_showing(void *context)
{
	struct sekisho_progress_wait *wait = context;
	int64_t next_ns = wait->began_ns + FIRST_NS;
	unsigned int step = 0;

	pthread_mutex_lock(&wait->lock);
	while (!wait->ended) {
		const struct timespec next = { next_ns / NS_A_SECOND, next_ns % NS_A_SECOND };

		if (pthread_cond_timedwait(&wait->end, &wait->lock, &next) != ETIMEDOUT)
			continue;
		show_wait(wait, step++);
		next_ns += EVERY_NS;
	}
	pthread_mutex_unlock(&wait->lock);
	if (step) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
	}
	return NULL;
}

void sekisho_progress_wait_begin(struct sekisho_progress_wait *wait, const char *label)
{
	pthread_condattr_t monotonic;

	*wait = (struct sekisho_progress_wait){ .label = label, .began_ns = now_ns() };
	if (!isatty(STDERR_FILENO))
		return;
	pthread_mutex_init(&wait->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&wait->end, &monotonic);
	pthread_condattr_destroy(&monotonic);
	wait->started = !pthread_create(&wait->thread, NULL, keep_showing, wait);
}

void sekisho_progress_wait_end(struct sekisho_progress_wait *wait)
{
	if (!wait->started)
		return;
	pthread_mutex_lock(&wait->lock);
	wait->ended = true;
	pthread_cond_signal(&wait->end);
	pthread_mutex_unlock(&wait->lock);
	pthread_join(wait->thread, NULL);
	pthread_cond_destroy(&wait->end);
	pthread_mutex_destroy(&wait->lock);
	wait->started = false;
}
