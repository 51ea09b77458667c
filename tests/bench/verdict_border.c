// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commits policies as sekishoctl does, and opens connections by the frames that open them.
 */
#include "verdict_border.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "kernel/commit.h"
#include "ui/reason.h"
#include "verdict_quiet.h"

#define TCP_SYN	     0x02
#define TCP_ACK	     0x10
#define PROTOCOL_TCP 6

static int take_event(void *context, void *data, size_t bytes)
{
	(void)context;
	(void)data;
	(void)bytes;
	return 0;
}

static void commit(const struct border *border, const struct sekisho_policy *policy)
{
	struct sekisho_commit_request request = {
		.policy = policy,
		.generation = 1,
		.directory = border->directory,
	};
	struct sekisho_commit_report report;

	if (sekisho_commit(&request, &report))
		errx(1, "commit: fault %d (%s) %s %s", report.fault, strerror(-report.error),
		     report.subject, report.detail);
}

void border_open(struct border *border, const struct sekisho_policy *policy)
{
	int running, error;

	border_close(border);
	commit(border, policy);
	error = sekisho_engine_open(border->directory, &border->engine);
	if (error)
		errx(1, "%s: %s", border->directory, strerror(-error));
	running = border->engine->programs[SEKISHO_PROGRAM_INGRESS];
	subject_open(&border->ours, "ours", running);
	subject_open(&border->quiet, "ours, no events",
		     verdict_quiet_load(border->directory, running, &border->quiet_object));
	subject_open_output(&border->output, "ours",
			    border->engine->programs[SEKISHO_PROGRAM_EGRESS]);
	border->ring = ring_buffer__new(border->engine->maps[SEKISHO_MAP_EVENTS].fd, take_event,
					NULL, NULL);
	if (!border->ring)
		err(1, "ring buffer");
}

void border_close(struct border *border)
{
	int error;

	if (!border->engine)
		return;
	ring_buffer__free(border->ring);
	subject_close(&border->ours);
	subject_close(&border->quiet);
	bpf_object__close(border->quiet_object);
	sekisho_engine_close(border->engine);
	border->engine = NULL;
	error = sekisho_commit_detach(border->directory);
	if (error)
		errx(1, "detach: %s", strerror(-error));
}

void border_forget(struct border *border)
{
	static const enum sekisho_map tables[] = { SEKISHO_MAP_SLOTS, SEKISHO_MAP_CONNECTIONS };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		const struct sekisho_engine_map *map = &border->engine->maps[tables[i]];

		memset(map->memory, 0, map->memory_bytes);
	}
}

void border_drain(struct border *border)
{
	ring_buffer__consume(border->ring);
}

void border_expect_begin(struct border *border)
{
	if (sekisho_runtime_reasons(border->engine, &border->before))
		errx(1, "cannot read what was counted");
}

void border_expect(struct border *border, const char *what, const char *reason, uint64_t count)
{
	struct sekisho_reason_totals after;
	bool wrong = false;

	if (sekisho_runtime_reasons(border->engine, &after))
		errx(1, "cannot read what was counted");
	for (unsigned int i = 0; i < SEKISHO_REASON_ROWS; i++) {
		uint64_t frames = after.by_reason[i].packets - border->before.by_reason[i].packets;
		const char *name = frames ? sekisho_reason_name(i) : NULL;

		if (!frames || (!strcmp(name, reason) && frames == count))
			continue;
		warnx("%s: %llu frames were %s, wanted were %llu %s", what,
		      (unsigned long long)frames, name, (unsigned long long)count, reason);
		wrong = true;
	}
	if (wrong)
		exit(1);
	border->before = after;
}

static void write_word(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 24);
	at[1] = (uint8_t)(value >> 16);
	at[2] = (uint8_t)(value >> 8);
	at[3] = (uint8_t)value;
}

static uint8_t *transport_of(struct frame_set *set)
{
	return set->bytes + set->network + (set->family == 4 ? 20 : 40);
}

static void make_tcp(struct frame_set *set, uint8_t flags, uint32_t sequence, uint32_t acknowledges)
{
	uint8_t *tcp = transport_of(set);

	write_word(tcp + 4, sequence);
	write_word(tcp + 8, acknowledges);
	tcp[13] = flags;
}

static void swap_bytes(uint8_t *at, size_t bytes)
{
	uint8_t kept[16];

	memcpy(kept, at, bytes);
	memcpy(at, at + bytes, bytes);
	memcpy(at + bytes, kept, bytes);
}

/* Of a single frame; the rows of others are swapped as they are written into it. */
static void swap_frame(struct frame_set *set)
{
	if (set->family == 4)
		swap_bytes(set->bytes + set->network + 12, 4);
	else
		swap_bytes(set->bytes + set->network + 8, 16);
	swap_bytes(transport_of(set), 2);
}

static void open_rows(struct border *border, const struct frame_set *set, const char *reason)
{
	uint32_t count = set->rows ? set->rows : 1;

	border_expect_begin(border);
	subject_run(&border->quiet, set, count, NULL);
	border_expect(border, "opening connections", reason, count);
}

void border_connect(struct border *border, const struct frame_set *set, uint32_t answering)
{
	struct frame_set request = *set, answer = *set;
	bool tcp = set->bytes[set->network + (set->family == 4 ? 9 : 6)] == PROTOCOL_TCP;

	answer.swap = true;
	if (!answer.rows)
		swap_frame(&answer);
	answer.ifindex = answering;
	if (tcp) {
		make_tcp(&request, TCP_SYN, 1000, 0);
		make_tcp(&answer, TCP_SYN | TCP_ACK, 5000, 1001);
	}
	open_rows(border, &request, "permit-new");
	open_rows(border, &answer, "permit-established");
	if (!tcp)
		return;
	make_tcp(&request, TCP_ACK, 1001, 5001);
	open_rows(border, &request, "permit-established");
}

void border_touch(struct border *border, const struct frame_set *set)
{
	open_rows(border, set, "permit-new");
	border_forget(border);
}
