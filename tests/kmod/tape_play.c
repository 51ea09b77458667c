// SPDX-License-Identifier: GPL-2.0-only
/*
 * Plays a tape to the guard of the running kernel: tape_play TAPE [EPISODE]. Each frame's verdict is
 * compared with the one on the tape, on which two other enforcers agreed; after each episode the
 * guard's counters are compared with the sum of its verdicts. Ends at the first difference, and
 * shows it. Results are KTAP.
 *
 * Each episode has a network namespace of its own, and so a border that knows nothing.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/limits.h"
#include "sekisho/netlink.h"
#include "sekisho/reasons.h"

#include "tape.h"
#include "tape_guard.h"

#define BATCH_FRAMES   1024
#define BATCH_BYTES    (256 * 1024)
#define SECOND_NS      1000000000ull
#define STATUS_SKIPPED 4
#define SEGMENTS_MAX   16
#define FLOWS_MAX      64

struct player {
	const struct tape_header *header;
	struct guard *guard;
	uint64_t only; /* this episode alone; 0: all */
	uint64_t episode;
	uint64_t op; /* in the episode */
	uint64_t frames;
	bool miscounted;
	int64_t wall;
	uint32_t monotonic;
	uint64_t expected[SEKISHO_REASON_ROWS]; /* in this episode */
	const char *segments[SEGMENTS_MAX]; /* names in the policy in force, by index */
	const char *flows[FLOWS_MAX];

	unsigned int batch_count;
	size_t batch_bytes;
	uint64_t batch_op;
	const struct tape_record *batch_records[BATCH_FRAMES];
	struct probe_verdict verdicts[BATCH_FRAMES];
	uint64_t batch[BATCH_BYTES / sizeof(uint64_t)];
};

static const char *reason_name(unsigned int reason)
{
	switch (reason) {
#define REASON_NAME(number, symbol, name, class, english, japanese) \
	case number:                                                \
		return name;
		SEKISHO_REASONS(REASON_NAME)
#undef REASON_NAME
	default:
		return "no reason";
	}
}

static const void *content(const struct tape_record *record)
{
	return record + 1;
}

static size_t content_bytes(const struct tape_record *record)
{
	return record->bytes - sizeof(*record);
}

/* What the tape has numbers for, in the guard's words. */
static void expect(const struct player *player, const struct tape_frame *frame,
		   struct probe_verdict *expected)
{
	*expected = (struct probe_verdict){ .reason = frame->reason };
	if (frame->from < SEGMENTS_MAX && player->segments[frame->from])
		strcpy(expected->from, player->segments[frame->from]);
	if (frame->to < SEGMENTS_MAX && player->segments[frame->to])
		strcpy(expected->to, player->segments[frame->to]);
	if (!frame->counts || frame->flow >= FLOWS_MAX || !player->flows[frame->flow])
		return;
	strcpy(expected->flow, player->flows[frame->flow]);
	expected->reply = frame->reply;
}

/* Flow and direction count only for permit-new and permit-established, where a flow decided. */
static bool same(const struct tape_frame *frame, const struct probe_verdict *expected,
		 const struct probe_verdict *verdict)
{
	if (expected->reason != verdict->reason || strcmp(expected->from, verdict->from) ||
	    strcmp(expected->to, verdict->to))
		return false;
	if (!frame->counts)
		return true;
	return !strcmp(expected->flow, verdict->flow) &&
	       (!expected->flow[0] || expected->reply == verdict->reply);
}

static void print_verdict(const char *who, const struct probe_verdict *verdict)
{
	printf("# %s: %s, segment '%s' to '%s', flow '%s'%s\n", who, reason_name(verdict->reason),
	       verdict->from, verdict->to, verdict->flow, verdict->reply ? ", reply" : "");
}

static void print_difference(const struct player *player, unsigned int index)
{
	const struct tape_record *record = player->batch_records[index];
	const struct tape_frame *frame = content(record);
	const struct probe_verdict *verdict = &player->verdicts[index];
	const uint8_t *bytes = (const uint8_t *)(frame + 1);
	struct probe_verdict expected;

	printf("# they part in episode %" PRIu64 " at op %" PRIu64 ": %s p%u at %" PRId64
	       " s, monotonic %u\n# ",
	       player->episode, player->batch_op + index, frame->output ? "out" : "in",
	       frame->device, player->wall, player->monotonic);
	for (size_t i = 0; i < content_bytes(record) - sizeof(*frame); i++)
		printf("%02x", bytes[i]);
	puts("");
	expect(player, frame, &expected);
	print_verdict("programs and model", &expected);
	print_verdict("guard", verdict);
}

static int fail(const struct player *player, const char *what, int error)
{
	const char *complaint = player->guard ? guard_complaint(player->guard) : "";

	printf("# episode %" PRIu64 ", op %" PRIu64 ": %s: %s%s%s\n", player->episode, player->op,
	       what, strerror(-error), *complaint ? ": " : "", complaint);
	return error;
}

/* Have the guard judge what was gathered. 0, -EBADE where it judges otherwise, or -errno. */
static int flush(struct player *player)
{
	unsigned int count = player->batch_count;
	struct probe_verdict expected;
	int error;

	if (!count)
		return 0;
	error = guard_judge(player->guard, player->batch, player->batch_bytes, count,
			    player->verdicts);
	if (error)
		return fail(player, "frames", error);
	for (unsigned int i = 0; i < count; i++) {
		const struct tape_frame *frame = content(player->batch_records[i]);

		expect(player, frame, &expected);
		if (!same(frame, &expected, &player->verdicts[i])) {
			print_difference(player, i);
			return -EBADE;
		}
		player->expected[player->verdicts[i].reason]++;
	}
	player->frames += count;
	player->batch_count = 0;
	player->batch_bytes = 0;
	return 0;
}

static int play_frame(struct player *player, const struct tape_record *record)
{
	const struct tape_frame *frame = content(record);
	uint16_t length = (uint16_t)(content_bytes(record) - sizeof(*frame));
	size_t needed = tape_padded((uint32_t)(sizeof(struct probe_frame) + length));
	struct probe_frame *probed;
	int error = 0;

	if (player->batch_count == BATCH_FRAMES || player->batch_bytes + needed > BATCH_BYTES)
		error = flush(player);
	if (error)
		return error;
	if (!player->batch_count)
		player->batch_op = player->op;
	probed = (struct probe_frame *)((char *)player->batch + player->batch_bytes);
	*probed = (struct probe_frame){
		.wall = player->wall,
		.monotonic = player->monotonic,
		.ifindex = TAPE_IFINDEX(frame->device),
		.output = frame->output,
		.room = frame->room,
	};
	player->batch_records[player->batch_count++] = record;
	player->batch_bytes +=
		guard_frame(probed, (const uint8_t *)(frame + 1), length, player->op);
	return 0;
}

/* The guard's own counters against the verdicts it gave. */
static int end_episode(struct player *player)
{
	uint64_t counted[256];
	int error = guard_reasons(player->guard, counted);

	if (error)
		fail(player, "reasons", error);
	for (unsigned int i = 0; i < SEKISHO_REASON_ROWS && !error; i++) {
		if (counted[i] == player->expected[i])
			continue;
		printf("# episode %" PRIu64 ": %s: counted %" PRIu64 ", judged %" PRIu64 "\n",
		       player->episode, reason_name(i), counted[i], player->expected[i]);
		player->miscounted = true;
		error = -EBADE;
	}
	guard_close(player->guard);
	player->guard = NULL;
	return error;
}

static int begin_episode(struct player *player)
{
	int error = player->guard ? end_episode(player) : 0;

	if (error)
		return error;
	player->episode++;
	player->op = 0;
	memset(player->expected, 0, sizeof(player->expected));
	if (player->only && player->episode != player->only)
		return 0;
	player->guard = guard_open();
	return player->guard ? 0 : fail(player, "guard", -errno);
}

static int play_clock(struct player *player, const struct tape_clock *clock)
{
	player->wall = (int64_t)(clock->wall_ns / SECOND_NS);
	player->monotonic = clock->monotonic + TAPE_AHEAD_SECONDS;
	return 0;
}

static const char *text_in(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *attribute;

	mnl_attr_for_each_nested(attribute, nest) {
		if (mnl_attr_get_type(attribute) == type)
			return mnl_attr_get_str(attribute);
	}
	return NULL;
}

/* Segments and flows are numbered in the order of adding. */
static void read_names(struct player *player, const void *objects, size_t bytes)
{
	unsigned int segments = 0, flows = 0;
	const struct nlattr *attr; /* the macro's own name */

	memset(player->segments, 0, sizeof(player->segments));
	memset(player->flows, 0, sizeof(player->flows));
	player->segments[segments++] = "self";
	mnl_attr_for_each_payload(objects, bytes) {
		if (mnl_attr_get_type(attr) == SEKISHO_A_SEGMENT && segments < SEGMENTS_MAX)
			player->segments[segments++] = text_in(attr, SEKISHO_SEGMENT_A_NAME);
		if (mnl_attr_get_type(attr) == SEKISHO_A_FLOW && flows < FLOWS_MAX)
			player->flows[flows++] = text_in(attr, SEKISHO_FLOW_ID);
	}
}

static int play_other(struct player *player, const struct tape_record *record)
{
	const void *what = content(record);
	size_t bytes = content_bytes(record);
	struct guard *guard = player->guard;
	int error;

	switch (record->kind) {
	case TAPE_COMMIT:
		read_names(player, what, bytes);
		error = guard_commit(guard, what, bytes);
		return error ? fail(player, "commit", error) : 0;
	case TAPE_NO_POLICY:
		error = guard_clear(guard);
		return error ? fail(player, "clear", error) : 0;
	case TAPE_SWEEP:
		error = guard_sweep(guard, player->monotonic);
		return error ? fail(player, "sweep", error) : 0;
	case TAPE_ISOLATE:
		error = guard_isolate(guard, bytes ? what : NULL, record->on);
		return error ? fail(player, record->on ? "isolate" : "release", error) : 0;
	case TAPE_SUSPEND:
		error = guard_suspend(guard, what, bytes, record->on);
		return error ? fail(player, record->on ? "suspend" : "restore", error) : 0;
	case TAPE_FULL:
		error = guard_full(guard, record->on);
		return error ? fail(player, "full", error) : 0;
	default:
		return fail(player, "unknown record", -EINVAL);
	}
}

static int play_record(struct player *player, const struct tape_record *record)
{
	int error;

	if (record->kind == TAPE_EPISODE) {
		error = flush(player);
		return error ? error : begin_episode(player);
	}
	if (!player->guard)
		return 0;
	if (record->kind == TAPE_FRAME)
		return play_frame(player, record);
	if (record->kind == TAPE_CLOCK)
		return play_clock(player, content(record));
	error = flush(player);
	return error ? error : play_other(player, record);
}

static int play(struct player *player)
{
	const char *begin = (const char *)player->header, *at = begin + sizeof(*player->header);
	const char *end = begin + player->header->bytes;
	int error = 0;

	while (!error && at < end) {
		const struct tape_record *record = (const struct tape_record *)at;

		error = play_record(player, record);
		player->op++;
		at += tape_padded(record->bytes);
	}
	if (!error)
		error = flush(player);
	if (!error && player->guard)
		error = end_episode(player);
	return error;
}

static const struct tape_header *map_tape(const char *path)
{
	const struct tape_header *header;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status))
		err(1, "%s", path);
	if ((size_t)status.st_size < sizeof(*header))
		errx(1, "%s: no tape", path);
	header = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (header == MAP_FAILED)
		err(1, "%s", path);
	close(fd);
	if (header->magic != TAPE_MAGIC || header->bytes != (uint64_t)status.st_size)
		errx(1, "%s: no whole tape", path);
	return header;
}

static void skip_without_module(void)
{
	struct guard *guard = guard_open();

	if (!guard) {
		printf("TAP version 13\n1..0 # SKIP no module or no probe: %s\n", strerror(errno));
		exit(STATUS_SKIPPED);
	}
	guard_close(guard);
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void print_results(const struct player *player, int error)
{
	static const char counters[] = "its counters are the sum of its verdicts";

	printf("%s 1 the guard agrees on %" PRIu64 " frames\n",
	       error && !player->miscounted ? "not ok" : "ok", player->header->frames);
	if (player->miscounted)
		printf("not ok 2 %s\n", counters);
	else
		printf("ok 2 %s%s\n", counters, error ? " # SKIP not all were played" : "");
}

int main(int argc, char **argv)
{
	struct player *player = calloc(1, sizeof(*player));
	double begin, took;
	int error;

	if (argc < 2 || argc > 3) {
		fputs("usage: tape_play TAPE [EPISODE]\n", stderr);
		return 2;
	}
	if (!player)
		err(1, "no memory");
	player->header = map_tape(argv[1]);
	player->only = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	skip_without_module();
	puts("TAP version 13\n1..2");
	fflush(stdout);
	begin = seconds_now();
	error = play(player);
	took = seconds_now() - begin;
	printf("# %" PRIu64 " frames, %" PRIu64 " commits, %" PRIu64
	       " episodes; %.1f s, %.0f frames a second\n",
	       player->frames, player->header->commits, player->episode, took,
	       (double)player->frames / took);
	print_results(player, error);
	return error ? 1 : 0;
}
