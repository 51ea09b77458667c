// SPDX-License-Identifier: GPL-2.0-only
/*
 * Verdicts under policies of 10 to a million flows, and beside 1 to a million connections.
 */
#include "verdict_cases.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "sample.h"
#include "verdict_policy.h"

#define HOT		1000 /* flows or connections that a processor's caches hold */
#define ACK4		"eth ip src=10.0.0.1 dst=10.128.0.1 tcp sport=1 dport=443 seq=1001 ack=5001 flags=A"
#define SYN4		"eth ip src=10.0.0.1 dst=10.128.0.1 tcp sport=1 dport=443 flags=S"
#define ACK6		"eth ip src=fd00:a::1 dst=fd00:b::1 tcp sport=1 dport=443 seq=1001 ack=5001 flags=A"
#define SYN6		"eth ip src=fd00:a::1 dst=fd00:b::1 tcp sport=1 dport=443 flags=S"
#define FIRST_PORT	1024u
#define CONNECTIONS	262144 /* room in the table */
#define NEW_CONNECTIONS 8192 /* made in one run */

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Connections of the policy's TCP flows, one after the other, each from a port of its own. */
static void fill_connections4(struct frame_set *set, uint32_t flows, uint32_t connections)
{
	uint32_t count = verdict_policy_tcp4(flows);

	for (uint32_t i = 0; i < connections; i++)
		verdict_policy_row4(&frame_rows4[i], i % count, FIRST_PORT + i / count);
	frame_rows_shuffle(4, connections);
	set->rows = connections;
}

static void fill_connections6(struct frame_set *set, uint32_t flows, uint32_t connections)
{
	uint32_t count = verdict_policy_tcp6(flows);

	for (uint32_t i = 0; i < connections; i++)
		verdict_policy_row6(&frame_rows6[i], i % count, FIRST_PORT + i / count);
	frame_rows_shuffle(6, connections);
	set->rows = connections;
}

static void measure_established(struct bench *bench, const char *name, const char *parameter,
				struct frame_set *set)
{
	struct trial trial = {
		.name = name, .parameter = parameter, .reason = "permit-established", .set = set
	};

	border_connect(&bench->border, set, bench->port_b);
	trial_run(bench, &trial);
	border_forget(&bench->border);
}

void verdict_by_connections(struct bench *bench)
{
	static const uint32_t counts[] = { 1, 10, 1000, 10000, 100000, 1000000 };
	uint32_t most = bench->quick ? 100000 : 1000000, flows = 1000;
	struct sekisho_policy *policy =
		verdict_policy_make(flows, bench->quick ? CONNECTIONS : 2 * most);
	struct frame_set set;
	char parameter[64];

	border_open(&bench->border, policy);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]) && counts[i] <= most; i++) {
		if (bench->quick && (counts[i] == 10 || counts[i] == 10000))
			continue;
		snprintf(parameter, sizeof(parameter), "{\"connections\":%u}", counts[i]);
		frame_set_words(&set, ACK4, bench->port_a);
		fill_connections4(&set, flows, counts[i]);
		measure_established(bench, "established TCP, connections in turn", parameter, &set);
		if (counts[i] < HOT)
			continue;
		frame_set_words(&set, ACK6, bench->port_a);
		fill_connections6(&set, flows, counts[i]);
		measure_established(bench, "established TCP, IPv6, connections in turn", parameter,
				    &set);
	}
	sekisho_policy_free(policy);
}

/* How the first packets of a set are judged, before any state is made of them. */
static void measure_first(struct bench *bench, const char *name, const char *parameter,
			  struct frame_set *set, const char *reason)
{
	struct trial trial = { .name = name,
			       .parameter = parameter,
			       .reason = reason,
			       .set = set,
			       .flags = TRIAL_QUIET | TRIAL_NO_OURS };

	sekisho_engine_control(bench->border.engine)->deny_new = 1;
	trial_run(bench, &trial);
	sekisho_engine_control(bench->border.engine)->deny_new = 0;
}

static void measure_permitted(struct bench *bench, uint32_t flows, const char *parameter)
{
	uint32_t count4 = verdict_policy_tcp4(flows), count6 = verdict_policy_tcp6(flows);
	struct frame_set set;

	frame_set_words(&set, SYN4, bench->port_a);
	fill_connections4(&set, flows, least(count4, HOT));
	measure_first(bench, "first packet, before state, hot", parameter, &set, "limit");
	fill_connections4(&set, flows, least(count4, ROTATE_ROWS_MAX));
	measure_first(bench, "first packet, before state, all flows at random", parameter, &set,
		      "limit");
	frame_set_words(&set, SYN6, bench->port_a);
	fill_connections6(&set, flows, least(count6, HOT));
	measure_first(bench, "first packet, IPv6, before state, hot", parameter, &set, "limit");
	fill_connections6(&set, flows, least(count6, ROTATE_ROWS_MAX));
	measure_first(bench, "first packet, IPv6, before state, all flows at random", parameter,
		      &set, "limit");
}

static void fill_unlisted(struct frame_set *set, uint32_t flows, uint32_t rows)
{
	for (uint32_t i = 0; i < rows; i++)
		verdict_policy_row_unlisted(&frame_rows4[i], i, flows);
	frame_rows_shuffle(4, rows);
	set->rows = rows;
}

/* A flow's packets with one thing changed. */
static void fill_near_miss(struct frame_set *set, uint32_t flows, bool mac)
{
	uint32_t count = mac ? verdict_policy_with_mac(flows) : verdict_policy_tcp4(flows);
	uint32_t rows = least(count, HOT);

	for (uint32_t i = 0; i < rows; i++) {
		if (mac)
			verdict_policy_row_with_mac(&frame_rows4[i], i, FIRST_PORT);
		else
			verdict_policy_row4(&frame_rows4[i], i, FIRST_PORT);
		if (mac)
			frame_rows4[i].mac[1] ^= 0x40;
		else
			frame_rows4[i].destination_port = htons(22);
	}
	set->rows = rows;
}

static void measure_denied(struct bench *bench, uint32_t flows, const char *parameter)
{
	struct frame_set set;

	frame_set_words(&set, SYN4, bench->port_a);
	fill_unlisted(&set, flows, least(flows / 2, HOT));
	measure_first(bench, "denied: not-listed, hot", parameter, &set, "not-listed");
	fill_unlisted(&set, flows, least(flows / 2, ROTATE_ROWS_MAX));
	measure_first(bench, "denied: not-listed, all flows at random", parameter, &set,
		      "not-listed");
	fill_near_miss(&set, flows, false);
	measure_first(bench, "denied: port-not-permitted, hot", parameter, &set,
		      "port-not-permitted");
	fill_near_miss(&set, flows, true);
	measure_first(bench, "denied: mac-mismatch, hot", parameter, &set, "mac-mismatch");
}

static void measure_state(struct bench *bench, uint32_t flows, const char *parameter)
{
	struct frame_set set;
	struct trial trial = { .name = "first packet, state made",
			       .parameter = parameter,
			       .reason = "permit-new",
			       .set = &set,
			       .once = NEW_CONNECTIONS };

	frame_set_words(&set, SYN4, bench->port_a);
	fill_connections4(&set, flows, TRIAL_ONCE_ROWS(bench, NEW_CONNECTIONS));
	border_touch(&bench->border, &set);
	trial_run(bench, &trial);
	border_forget(&bench->border);
}

static void measure_policy(struct bench *bench, uint32_t flows)
{
	struct sekisho_policy *policy = verdict_policy_make(flows, CONNECTIONS);
	struct frame_set set;
	char parameter[64];

	snprintf(parameter, sizeof(parameter), "{\"flows\":%u}", flows);
	border_open(&bench->border, policy);
	frame_set_words(&set, ACK4, bench->port_a);
	fill_connections4(&set, flows, HOT);
	measure_established(bench, "established TCP, hot", parameter, &set);
	measure_permitted(bench, flows, parameter);
	measure_denied(bench, flows, parameter);
	measure_state(bench, flows, parameter);
	sekisho_policy_free(policy);
}

void verdict_by_flows(struct bench *bench)
{
	static const uint32_t counts[] = { 10, 1000, 100000, 1000000 };

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		if (!bench->quick || counts[i] == 1000 || counts[i] == 100000)
			measure_policy(bench, counts[i]);
	}
}
