// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records are written as they come; the header last, so that half a tape is none.
 */
#include "tape.h"

#include <endian.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "../kmod/tape.h"

#define POLICY_ROOM (256 * 1024)

struct tape {
	FILE *file;
	const char *path;
	struct tape_header header;
	uint32_t flows[WORLD_FLOWS]; /* in the policy in force: the index of a number */
	char policy[POLICY_ROOM];
};

static void put(struct tape *tape, const void *data, size_t bytes)
{
	if (bytes && fwrite(data, bytes, 1, tape->file) != 1)
		err(1, "%s", tape->path);
	tape->header.bytes += bytes;
}

/* A record of two parts, either of which may be empty. */
static void record(struct tape *tape, struct tape_record head, const void *first,
		   size_t first_bytes, const void *second, size_t second_bytes)
{
	static const char padding[8];

	head.bytes = (uint32_t)(sizeof(head) + first_bytes + second_bytes);
	put(tape, &head, sizeof(head));
	put(tape, first, first_bytes);
	put(tape, second, second_bytes);
	put(tape, padding, tape_padded(head.bytes) - head.bytes);
}

static void record_empty(struct tape *tape, enum tape_kind kind, bool on)
{
	record(tape, (struct tape_record){ .kind = kind, .on = on }, NULL, 0, NULL, 0);
}

struct tape *tape_create(const char *path)
{
	struct tape *tape = calloc(1, sizeof(*tape));

	if (!tape)
		err(1, "no memory");
	tape->path = path;
	tape->file = fopen(path, "we");
	if (!tape->file)
		err(1, "%s", path);
	setvbuf(tape->file, NULL, _IOFBF, 1 << 20);
	put(tape, &tape->header, sizeof(tape->header));
	return tape;
}

void tape_finish(struct tape *tape)
{
	if (!tape)
		return;
	tape->header.magic = TAPE_MAGIC;
	if (fseek(tape->file, 0, SEEK_SET) ||
	    fwrite(&tape->header, sizeof(tape->header), 1, tape->file) != 1 || fclose(tape->file))
		err(1, "%s", tape->path);
	free(tape);
}

void tape_episode(struct tape *tape)
{
	if (!tape)
		return;
	tape->header.episodes++;
	record_empty(tape, TAPE_EPISODE, false);
}

void tape_clock(struct tape *tape, uint64_t wall_ns, uint32_t monotonic)
{
	const struct tape_clock clock = { .wall_ns = wall_ns, .monotonic = monotonic };

	if (tape)
		record(tape, (struct tape_record){ .kind = TAPE_CLOCK }, &clock, sizeof(clock),
		       NULL, 0);
}

void tape_commit(struct tape *tape, const struct world *world)
{
	size_t bytes;

	if (!tape)
		return;
	if (!world) {
		record_empty(tape, TAPE_NO_POLICY, false);
		return;
	}
	for (size_t i = 0; i < world->policy->flow_count; i++)
		tape->flows[world_flow_number(&world->policy->flows[i])] = (uint32_t)i;
	bytes = tape_policy(world, tape->policy, sizeof(tape->policy));
	tape->header.commits++;
	record(tape, (struct tape_record){ .kind = TAPE_COMMIT }, tape->policy, bytes, NULL, 0);
}

void tape_frame(struct tape *tape, const struct op_frame *frame, const struct outcome *outcome,
		bool counts, bool room)
{
	struct tape_frame expected = {
		.device = frame->device,
		.output = frame->output,
		.room = room,
		.reason = outcome->reason,
		.counts = counts,
		.from = outcome->from,
		.to = outcome->to,
		.flow = TAPE_NO_FLOW,
	};

	if (!tape)
		return;
	if (counts && outcome->flow != OUTCOME_NO_FLOW) {
		expected.flow = tape->flows[outcome->flow];
		expected.reply = outcome->reply;
	}
	tape->header.frames++;
	record(tape, (struct tape_record){ .kind = TAPE_FRAME }, &expected, sizeof(expected),
	       frame->bytes, frame->length);
}

void tape_sweep(struct tape *tape)
{
	if (tape)
		record_empty(tape, TAPE_SWEEP, false);
}

void tape_isolate(struct tape *tape, const char *segment, bool on)
{
	if (tape)
		record(tape, (struct tape_record){ .kind = TAPE_ISOLATE, .on = on }, segment,
		       segment ? strlen(segment) + 1 : 0, NULL, 0);
}

size_t tape_host(uint8_t family, struct sekisho_address address, uint8_t bytes[16])
{
	uint64_t words[2] = { htobe64(address.high), htobe64(address.low) };
	size_t length = family == 4 ? 4 : family == 6 ? 16 : 6;

	memcpy(bytes, (char *)words + sizeof(words) - length, length);
	return length;
}

void tape_suspend(struct tape *tape, uint8_t family, struct sekisho_address address, bool on)
{
	uint8_t bytes[16];

	if (tape)
		record(tape, (struct tape_record){ .kind = TAPE_SUSPEND, .on = on }, bytes,
		       tape_host(family, address, bytes), NULL, 0);
}

void tape_full(struct tape *tape, bool on)
{
	if (tape)
		record_empty(tape, TAPE_FULL, on);
}
