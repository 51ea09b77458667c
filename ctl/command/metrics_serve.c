// SPDX-License-Identifier: GPL-2.0-only
/*
 * Serves metrics until the collector ends. Knows nothing of the collector's loop.
 *
 * Two scrapes in one second get one page, so that nobody can make it gather all the time.
 */
#include "command/metrics_serve.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "command/metrics.h"
#include "disk/durable.h"
#include "serve/server.h"
#include "ui/message.h"
#include "ui/say.h"

/* Milliseconds. */
#define FRESH	   1000
#define FILE_EVERY 15000

struct serving {
	const struct sekisho_metrics_wanted *wanted;
	const struct sekisho_metrics_shared *shared;
	struct sekisho_gather *gather;
	struct sekisho_server *server;
	struct sekisho_page *open, *plain; /* the last that was gathered; or NULL */
	int64_t gathered_at; /* ms, monotonic; likewise below */
	int64_t again_at; /* when to write the file, and to try to listen */
	int listener;
	ino_t inode;
	int listen_error, file_error; /* said already */
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void drop_pages(struct serving *serving)
{
	sekisho_page_leave(serving->open);
	sekisho_page_leave(serving->plain);
	serving->open = serving->plain = NULL;
}

static void gather(struct serving *serving)
{
	struct sekisho_collector_tally tally;
	struct sekisho_metrics metrics;

	sekisho_metrics_read(serving->shared, &tally);
	drop_pages(serving);
	if (!sekisho_gather_take(serving->gather, &tally, &metrics)) {
		serving->open = sekisho_page_new(metrics.open.bytes, metrics.open.length);
		serving->plain = sekisho_page_new(metrics.plain.bytes, metrics.plain.length);
	}
	sekisho_metrics_free(&metrics);
	serving->gathered_at = now_ms();
}

/* The page of the server, at most a second old. */
static struct sekisho_page *page(void *context, bool openmetrics)
{
	struct serving *serving = context;
	struct sekisho_page *page;

	if (!serving->open || !serving->plain || now_ms() - serving->gathered_at >= FRESH)
		gather(serving);
	page = openmetrics ? serving->open : serving->plain;
	if (page)
		page->readers++;
	return page;
}

/* The name in between does not end as those that node_exporter reads. */
static int replace_file(const char *path, const struct sekisho_page *page)
{
	char directory[PATH_MAX], name[PATH_MAX];
	int at, error;

	snprintf(directory, sizeof(directory), "%s", path);
	snprintf(name, sizeof(name), "%s", path);
	at = open(dirname(directory), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		return -errno;
	error = sekisho_durable_publish(at, basename(name), page->text, page->length);
	close(at);
	return error;
}

static void write_file(struct serving *serving)
{
	struct sekisho_page *text = page(serving, false);
	int error = text ? replace_file(serving->wanted->file, text) : -ENOMEM;

	sekisho_page_leave(text);
	if (error && error != serving->file_error)
		sekisho_say(_("the metrics cannot be written to %s: %s"), serving->wanted->file,
			    strerror(-error));
	serving->file_error = error;
}

static void try_to_listen(struct serving *serving)
{
	int listener = sekisho_endpoint_listen(&serving->wanted->address, &serving->inode);

	if (listener >= 0) {
		serving->listener = listener;
		sekisho_server_listen(serving->server, listener);
		return;
	}
	if (listener != serving->listen_error)
		sekisho_say(_("metrics cannot be served at %s: %s"), serving->wanted->endpoint,
			    strerror(-listener));
	serving->listen_error = listener;
}

static void do_what_is_due(struct serving *serving)
{
	if (now_ms() < serving->again_at)
		return;
	if (serving->wanted->endpoint && serving->listener < 0)
		try_to_listen(serving);
	if (serving->wanted->file)
		write_file(serving);
	serving->again_at = now_ms() + FILE_EVERY;
}

static void serve(struct serving *serving, int alive)
{
	struct pollfd fds[1 + SEKISHO_SERVER_FDS];

	for (;;) {
		int64_t now, left;
		size_t count;
		int wait;

		do_what_is_due(serving);
		now = now_ms();
		left = serving->again_at - now;
		wait = left > 0 ? (int)left : 0;
		fds[0] = (struct pollfd){ alive, POLLIN, 0 };
		count = sekisho_server_watch(serving->server, fds + 1, now, &wait);
		if (poll(fds, 1 + count, wait) < 0)
			continue;
		if (fds[0].revents)
			return;
		sekisho_server_turn(serving->server, fds + 1, count, now_ms());
	}
}

int sekisho_metrics_serve(const struct sekisho_context *context,
			  const struct sekisho_metrics_wanted *wanted,
			  const struct sekisho_metrics_shared *shared, int alive)
{
	struct serving serving = { .wanted = wanted, .shared = shared, .listener = -1 };
	const struct sekisho_server_source source = { .context = &serving, .page = page };

	serving.gather = sekisho_gather_new(context);
	serving.server = sekisho_server_new(&source);
	if (serving.gather && serving.server)
		serve(&serving, alive);
	else
		sekisho_say(_("out of memory"));
	sekisho_server_free(serving.server);
	sekisho_endpoint_close(&wanted->address, serving.listener, serving.inode);
	drop_pages(&serving);
	sekisho_gather_free(serving.gather);
	return 0;
}
