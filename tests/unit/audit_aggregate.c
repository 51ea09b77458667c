// SPDX-License-Identifier: GPL-2.0-only
/*
 * Denials added up: no packet uncounted whatever comes, and nobody hidden below others.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "audit/aggregate.h"
#include "ktap.h"

struct seen {
	uint64_t count, bytes;
	uint64_t denials, by_overflow[4];
	uint32_t source; /* whose exact denials are looked for */
	uint64_t source_count;
	uint16_t from; /* whose denials are looked for */
	uint64_t from_count;
	int64_t first_ns, last_ns; /* of the last denial */
};

static void see(void *context, const struct sekisho_denial *denial)
{
	struct seen *seen = context;

	seen->denials++;
	seen->count += denial->count;
	seen->bytes += denial->bytes;
	seen->by_overflow[denial->overflow]++;
	if (denial->overflow == SEKISHO_OVERFLOW_NONE &&
	    denial->sample.source[3] == htonl(seen->source))
		seen->source_count += denial->count;
	if (denial->overflow != SEKISHO_OVERFLOW_REASON && denial->sample.from == seen->from)
		seen->from_count += denial->count;
	seen->first_ns = denial->first_ns;
	seen->last_ns = denial->last_ns;
}

static struct seen flush(struct sekisho_aggregate *aggregate, uint32_t source, uint16_t from)
{
	struct seen seen = { .source = source, .from = from };

	sekisho_aggregate_flush(aggregate, see, &seen);
	return seen;
}

static struct sekisho_event denied(uint16_t from, uint16_t to, uint32_t source,
				   uint32_t destination, uint16_t port)
{
	return (struct sekisho_event){
		.type = SEKISHO_EVENT_DENY,
		.reason = SEKISHO_REASON_NO_FLOW,
		.wall_ns = 1000,
		.flags = SEKISHO_EVENT_IPV4,
		.protocol = 6,
		.ethertype = 0x0800,
		.from = from,
		.to = to,
		.source = { 0, 0, htonl(0xffff), htonl(source) },
		.destination = { 0, 0, htonl(0xffff), htonl(destination) },
		.destination_port = htons(port),
		.packets = { 1 },
		.bytes = { 60 },
	};
}

static void add(struct sekisho_aggregate *aggregate, struct sekisho_event event)
{
	sekisho_aggregate_add(aggregate, &event);
}

static void test_alike(void)
{
	struct sekisho_aggregate *aggregate = sekisho_aggregate_new(&SEKISHO_AGGREGATE_LIMITS);
	struct sekisho_event event = denied(1, 2, 10, 20, 445);
	struct seen seen;

	event.suppressed = 6;
	add(aggregate, event);
	event.suppressed = 0;
	event.wall_ns = 500;
	event.source_port = htons(4711);
	add(aggregate, event);
	event.wall_ns = 2000;
	add(aggregate, event);
	seen = flush(aggregate, 10, 1);
	ok(seen.denials == 1 && seen.count == 9 && seen.bytes == 180,
	   "one key is one denial, what was suppressed included");
	ok(seen.first_ns == 500 && seen.last_ns == 2000, "first and last, in whatever order");
	ok(!sekisho_aggregate_rows(aggregate) && !flush(aggregate, 10, 1).denials,
	   "flushed, it is empty");
	sekisho_aggregate_free(aggregate);
}

static void test_different(void)
{
	struct sekisho_aggregate *aggregate = sekisho_aggregate_new(&SEKISHO_AGGREGATE_LIMITS);
	struct sekisho_event event = denied(1, 2, 10, 20, 445), other;

	add(aggregate, event);
	other = event, other.from = 3, add(aggregate, other);
	other = event, other.to = 3, add(aggregate, other);
	other = event, other.reason = SEKISHO_REASON_EXPIRED, add(aggregate, other);
	other = event, other.flags |= SEKISHO_EVENT_OUTPUT, add(aggregate, other);
	other = event, other.flags |= SEKISHO_AUDIT_GUARD, add(aggregate, other);
	other = event, other.source[0] = 1, add(aggregate, other);
	other = event, other.destination[0] = 1, add(aggregate, other);
	other = event, other.protocol = 17, add(aggregate, other);
	other = event, other.destination_port = 1, add(aggregate, other);
	other = event, other.ethertype = 1, add(aggregate, other);
	other = event, other.flow[0] = 'F', add(aggregate, other);
	ok(flush(aggregate, 10, 1).by_overflow[SEKISHO_OVERFLOW_NONE] == 12,
	   "what differs in any part of the key is told apart");
	sekisho_aggregate_free(aggregate);
}

/* Sums over floods of every shape, in a table that is much too small. */
static void test_sums(void)
{
	static const struct sekisho_aggregate_limits tiny = {
		.rows = 300, .pairs = 20, .pair_rows = 30, .source_keys = 5
	};
	struct sekisho_aggregate *aggregate = sekisho_aggregate_new(&tiny);
	bool equal = true, bounded = true;
	unsigned int round, i;

	srandom(7);
	for (round = 0; round < 200; round++) {
		uint64_t count = 0, bytes = 0;
		unsigned int events = (unsigned int)random() % 3000;
		long spread = 1 + random() % 300;
		struct seen seen;

		for (i = 0; i < events; i++) {
			struct sekisho_event event = denied(
				(uint16_t)(random() % (1 + spread / 20)), (uint16_t)(random() % 5),
				(uint32_t)(random() % spread), (uint32_t)(random() % spread),
				(uint16_t)(random() % spread));

			event.reason = (uint8_t)(random() % 255);
			event.suppressed = (uint64_t)(random() % 100);
			event.bytes[0] = (uint64_t)(random() % 1500);
			count += event.suppressed + 1;
			bytes += event.bytes[0];
			add(aggregate, event);
			bounded &= sekisho_aggregate_rows(aggregate) <= tiny.rows;
		}
		seen = flush(aggregate, 0, 0);
		equal &= seen.count == count && seen.bytes == bytes;
	}
	ok(equal, "every packet and byte that comes in goes out");
	ok(bounded, "in no more rows than there may be");
	sekisho_aggregate_free(aggregate);
}

static void test_nobody_hidden(void)
{
	struct sekisho_aggregate *aggregate = sekisho_aggregate_new(&SEKISHO_AGGREGATE_LIMITS);
	struct sekisho_event other;
	struct seen seen;
	uint32_t i;

	for (i = 0; i < 100000; i++)
		add(aggregate, denied(1, 2, 10, i, 445));
	add(aggregate, denied(1, 2, 11, 1, 445));
	seen = flush(aggregate, 11, 1);
	ok(seen.source_count == 1 && seen.by_overflow[SEKISHO_OVERFLOW_SOURCE] == 1 &&
		   seen.denials == 258 && seen.count == 100001,
	   "a scan by one host leaves its neighbour visible");
	for (i = 0; i < 100000; i++)
		add(aggregate, denied(1, 2, 1000 + i, 20, 445));
	add(aggregate, denied(3, 2, 11, 1, 445));
	seen = flush(aggregate, 11, 3);
	ok(seen.source_count == 1 && seen.by_overflow[SEKISHO_OVERFLOW_PAIR] == 1 &&
		   seen.count == 100001,
	   "random sources of one segment leave other segments visible");
	for (i = 0; i < 100000; i++)
		add(aggregate, denied(1, 2, 1000 + i, 20, 445));
	other = denied(1, 2, 11, 20, 445);
	other.source_mac[5] = 1;
	add(aggregate, other);
	seen = flush(aggregate, 11, 1);
	ok(seen.source_count == 1 && seen.count == 100001 &&
		   seen.denials < SEKISHO_AGGREGATE_LIMITS.pair_rows,
	   "and so do those of one station another station of the segment");
	for (i = 0; i < 100000; i++) {
		other = denied(1, 2, 1000 + i, 20, 445);
		memcpy(other.source_mac, &i, sizeof(i));
		add(aggregate, other);
	}
	ok(sekisho_aggregate_rows(aggregate) <= SEKISHO_AGGREGATE_LIMITS.pair_rows + 1 &&
		   flush(aggregate, 11, 1).count == 100000,
	   "random stations are bounded as well");
	for (i = 0; i < 200000; i++)
		add(aggregate, denied((uint16_t)(i % 100), (uint16_t)(i / 100 % 40), i, i, 445));
	add(aggregate, denied(300, 2, 11, 1, 445));
	seen = flush(aggregate, 11, 300);
	ok(seen.from_count == 1 && seen.count == 200001,
	   "a flood between all segments still leaves a row for another pair");
	for (i = 0; i < 200000; i++)
		add(aggregate, denied((uint16_t)(i % 257), (uint16_t)(i / 257 % 257), i, i, 445));
	seen = flush(aggregate, 0, 0);
	ok(seen.by_overflow[SEKISHO_OVERFLOW_REASON] == 1 && seen.count == 200000,
	   "more pairs than rows for pairs add up by reason");
	sekisho_aggregate_free(aggregate);
}

int main(void)
{
	static const struct sekisho_aggregate_limits small = { .rows = 100 },
						     pairs = { .rows = 200, .pairs = 100 };

	plan(13);
	test_alike();
	test_different();
	test_sums();
	test_nobody_hidden();
	ok(!sekisho_aggregate_new(&small) && !sekisho_aggregate_new(&pairs),
	   "limits that contradict each other are refused");
	return finish();
}
