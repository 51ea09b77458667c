/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * accounts: what a running filter has told, and what it holds, one number a line. Knows the
 * engine's maps; nothing of how its frames are sent.
 *
 *	accounts DIRECTORY FILE...
 *
 * DIRECTORY is where the engine is pinned. Events are counted from the start on. When the first
 * FILE is there, and nothing happens for a moment, this is printed, each line beginning with '1.';
 * then likewise for the next:
 *
 *	told.permit N, told.end N	new connections and ends that events told of
 *	lost N				events that found no room
 *	tracked N, claimed N		rows of the table by their tags
 *	concurrent.FLOW N		what a flow's limit says
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "kernel/engine.h"
#include "kernel/runtime.h"

#define PAUSE_US    1000
#define STILL_TRIES 3000

static unsigned long long told[256]; /* by type */

static int take_event(void *context, void *data, size_t bytes)
{
	const struct sekisho_event *event = data;

	(void)context;
	if (bytes >= sizeof(*event))
		told[event->type]++;
	return 0;
}

static uint32_t tag_at(const struct sekisho_engine *engine, uint32_t row)
{
	const struct sekisho_slot_bucket *bucket =
		sekisho_engine_row(engine, SEKISHO_MAP_SLOTS, row / SEKISHO_BUCKET_WAYS);

	return bucket->tag[row % SEKISHO_BUCKET_WAYS];
}

struct rows {
	unsigned long long tracked;
	unsigned long long claimed;
};

static struct rows count_rows(const struct sekisho_engine *engine)
{
	struct rows rows = { 0, 0 };

	for (uint32_t row = 0; row < engine->maps[SEKISHO_MAP_CONNECTIONS].rows; row++) {
		uint32_t tag = tag_at(engine, row);

		rows.claimed += tag == SEKISHO_TAG_CLAIMED;
		rows.tracked += tag >= SEKISHO_TAG_LOWEST;
	}
	return rows;
}

/* Rows and events of one moment: nothing was told while the rows were counted. */
static struct rows count_still(const struct sekisho_engine *engine, struct ring_buffer *ring)
{
	struct rows rows;
	int tries = 0, more;

	do {
		ring_buffer__consume(ring);
		rows = count_rows(engine);
		usleep(PAUSE_US);
		more = ring_buffer__consume(ring);
	} while ((more || rows.claimed) && ++tries < STILL_TRIES);
	return rows;
}

static void print_limits(const struct sekisho_engine *engine, int part)
{
	for (uint32_t i = 0; i < engine->maps[SEKISHO_MAP_LIMITS].rows; i++) {
		const struct sekisho_name_row *name =
			sekisho_engine_row(engine, SEKISHO_MAP_FLOW_NAMES, i);
		const struct sekisho_limit_row *limit =
			sekisho_engine_row(engine, SEKISHO_MAP_LIMITS, i);

		if (name && limit && name->id[0])
			printf("%d.concurrent.%s %d\n", part, name->id, (int)limit->concurrent);
	}
}

static int print_part(const struct sekisho_engine *engine, struct ring_buffer *ring, int part)
{
	struct rows rows = count_still(engine, ring);
	struct sekisho_loss_tally losses = { 0 };
	int error = sekisho_runtime_losses(engine, &losses);

	printf("%d.told.permit %llu\n%d.told.end %llu\n%d.lost %llu\n", part,
	       told[SEKISHO_EVENT_PERMIT], part, told[SEKISHO_EVENT_FLOW_END], part,
	       (unsigned long long)losses.ring_full);
	printf("%d.tracked %llu\n%d.claimed %llu\n", part, rows.tracked, part, rows.claimed);
	print_limits(engine, part);
	fflush(stdout);
	return error;
}

int main(int argc, char **argv)
{
	struct sekisho_engine *engine;
	struct ring_buffer *ring;
	struct stat info;
	int error;

	if (argc < 3) {
		fprintf(stderr, "usage: accounts DIRECTORY FILE...\n");
		return 2;
	}
	error = sekisho_engine_open(argv[1], &engine);
	if (error) {
		fprintf(stderr, "accounts: %s: %s\n", argv[1], strerror(-error));
		return 1;
	}
	ring = ring_buffer__new(engine->maps[SEKISHO_MAP_EVENTS].fd, take_event, NULL, NULL);
	if (!ring)
		error = -errno;
	for (int part = 1; part + 1 < argc && !error; part++) {
		while (stat(argv[part + 1], &info)) {
			ring_buffer__consume(ring);
			usleep(PAUSE_US);
		}
		error = print_part(engine, ring, part);
	}
	ring_buffer__free(ring);
	sekisho_engine_close(engine);
	return error ? 1 : 0;
}
