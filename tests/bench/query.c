// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes a log for the measurement of queries: what a border with some thousand hosts writes within
 * 30 days, in any number of records. Knows nothing of the index.
 *
 *	query DIRECTORY RECORDS		below DIRECTORY, of the origin `border`
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/convert.h"
#include "audit/log.h"

#define BEGIN_S	 1774969200ull /* 2026-04-01T00:00:00+09:00 */
#define PERIOD_S (30ull * 86400)
#define NS	 1000000000ull
#define GROUP	 5000
#define HOSTS	 4000
#define PEERS	 20000
#define FLOWS	 300

static uint64_t state = 88172645463325252;

static uint64_t dice(uint64_t sides)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % sides;
}

/* A few of many are met most of the time. */
static uint32_t often_few(uint32_t many)
{
	uint64_t a = dice(many), b = dice(many), c = dice(many);
	uint64_t least = a < b ? a : b;

	return (uint32_t)(least < c ? least : c);
}

static const char *segment(void *context, uint16_t number)
{
	static const char *const names[] = { "self",   "mynumber", "lgwan",   "internet",
					     "school", "clinic",   "library", "guest" };

	(void)context;
	return names[number % 8];
}

static const char *interface(void *context, uint32_t ifindex)
{
	(void)context;
	return ifindex % 2 ? "lg0" : "inet0";
}

static const struct sekisho_audit_names names = { .zone = 32400,
						  .segment = segment,
						  .interface = interface };

static void make_event(struct sekisho_event *event, uint64_t number, uint64_t records)
{
	static const enum sekisho_reason reasons[] = { SEKISHO_REASON_NO_FLOW,
						       SEKISHO_REASON_PERMIT_NEW };
	static const uint16_t ports[] = { 443, 80, 53, 25, 123, 22, 3389, 445 };
	uint32_t host = often_few(HOSTS), peer = often_few(PEERS);
	uint64_t at = PERIOD_S * NS / records * number + dice(NS);

	*event = (struct sekisho_event){
		.wall_ns = BEGIN_S * NS + at,
		.generation = 7,
		.ifindex = (uint32_t)dice(2),
		.reason = reasons[dice(2)],
		.flags = SEKISHO_EVENT_IPV4,
		.protocol = dice(5) ? IPPROTO_TCP : IPPROTO_UDP,
		.from = (uint16_t)(1 + host % 7),
		.to = (uint16_t)(1 + peer % 7),
		.source = { 0, 0, htonl(0xffff), htonl(0x0a140000 + host) },
		.destination = { 0, 0, htonl(0xffff), htonl(0xc6120000 + peer) },
		.source_port = htons((uint16_t)(32768 + dice(28232))),
		.destination_port = htons(ports[often_few(8)]),
		.ethertype = 0x0800,
		.source_mac = { 2, 0, 0, 0, (uint8_t)(host >> 8), (uint8_t)host },
		.end = SEKISHO_END_CLOSED,
		.created = (uint32_t)(BEGIN_S + at / NS - (dice(50) ? dice(60) : dice(7200))),
		.packets = { dice(100), dice(100) },
		.bytes = { dice(100000), dice(100000) },
	};
	snprintf(event->flow, sizeof(event->flow), "F-%04u", often_few(FLOWS));
}

static void make_record(struct sekisho_record *record, uint64_t number, uint64_t records)
{
	static const struct sekisho_audit_policy policy = {
		.actor = "joho-a", .second = "joho-b", .flows = FLOWS, .confirm = -1
	};
	struct sekisho_denial denial;
	struct sekisho_event event;

	make_event(&event, number, records);
	if (number % 10000 == 9999) {
		sekisho_convert_policy(record, SEKISHO_RECORD_POLICY_APPLY, 7, 32400, &policy);
	} else if (number % 2) {
		event.reason = dice(20) ? SEKISHO_REASON_NO_FLOW : SEKISHO_REASON_MAC_MISMATCH;
		sekisho_denial_of(&denial, &event);
		sekisho_convert_deny(record, &denial, &names);
	} else if (number % 3) {
		event.reason = SEKISHO_REASON_PERMIT_NEW;
		sekisho_convert_flow_end(record, &event, &names);
	} else {
		event.reason = SEKISHO_REASON_PERMIT_NEW;
		sekisho_convert_permit(record, &event, &names);
	}
}

int main(int argc, char **argv)
{
	const struct sekisho_log_options options = { .directory = argc > 1 ? argv[1] : NULL,
						     .origin = "border",
						     .zone = 32400,
						     .no_sync = true };
	uint64_t records = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	struct sekisho_record record;
	struct sekisho_log *log;
	int error;

	if (argc != 3 || !records)
		return 2;
	error = sekisho_log_open(&log, &options);
	if (error) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(-error));
		return 1;
	}
	for (uint64_t i = 0; i < records && !error; i++) {
		make_record(&record, i, records);
		error = sekisho_log_append(log, &record);
		if (!error && i % GROUP == GROUP - 1)
			error = sekisho_log_commit(log);
	}
	if (sekisho_log_close(log) || error) {
		fprintf(stderr, "the log cannot be written\n");
		return 1;
	}
	return 0;
}
