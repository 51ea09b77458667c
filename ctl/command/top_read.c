// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `top` looks at. Changes nothing. Knows nothing of rates or of how anything is shown.
 */
#include "command/top_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command/guard.h"
#include "kernel/link_counts.h"
#include "kernel/runtime.h"
#include "policy/policy_file.h"
#include "ui/reason.h"

/* Of more flows than these, those that never carried anything are left out. */
#define FLOWS_SHOWN_IDLE 10000

/*
 * A new object is put in force before it has taken over what the old one counted: its first
 * counters are not compared.
 */
#define LOOKS_UNTIL_SETTLED 2

#define VLAN_TEXT 8

/* What the texts of samples lie in. */
struct store {
	struct sekisho_top_sample *samples[SEKISHO_TOP_KINDS];
	struct sekisho_pair_total *pairs;
	struct sekisho_port_status *ports;
	char (*vlans)[VLAN_TEXT];
};

struct sekisho_top_reader {
	struct sekisho_context *context;
	ino_t pin;
	unsigned int unsettled; /* looks */
	uint32_t generation; /* of the policy */
	struct sekisho_policy *policy; /* NULL: none, or its text cannot be read */
	struct sekisho_policy *policy_before; /* whose texts the last look had */
	char (*segments)[SEKISHO_NAME_BYTES]; /* by number, as of the last look */
	uint32_t segment_count;
	struct store store;
	struct sekisho_top_facts facts;
};

struct sekisho_top_reader *sekisho_top_reader_new(struct sekisho_context *context)
{
	struct sekisho_top_reader *reader = calloc(1, sizeof(*reader));

	if (reader)
		reader->context = context;
	return reader;
}

static void empty_store(struct store *store)
{
	for (size_t i = 0; i < SEKISHO_TOP_KINDS; i++)
		free(store->samples[i]);
	free(store->pairs);
	free(store->ports);
	free(store->vlans);
	memset(store, 0, sizeof(*store));
}

void sekisho_top_reader_free(struct sekisho_top_reader *reader)
{
	if (!reader)
		return;
	empty_store(&reader->store);
	sekisho_policy_free(reader->policy);
	sekisho_policy_free(reader->policy_before);
	free(reader->segments);
	free(reader);
}

/* The filter may be another one by now, or none. */
static int find_engine(struct sekisho_top_reader *reader)
{
	struct sekisho_context *context = reader->context;
	ino_t pin = sekisho_engine_pin_of(context->bpffs);
	int error;

	if (pin && pin == reader->pin)
		return 0;
	/* What comes where nothing was has nothing to take over. */
	if (pin && reader->pin)
		reader->unsettled = LOOKS_UNTIL_SETTLED;
	reader->pin = 0;
	if (!pin) {
		sekisho_engine_close(context->engine);
		context->engine = NULL;
		return 0;
	}
	error = sekisho_context_reopen_engine(context);
	/* It may be on its way in or out: the next look finds it. */
	if (error == -ENOENT || error == -EUCLEAN) {
		sekisho_engine_close(context->engine);
		context->engine = NULL;
		return 0;
	}
	if (!error)
		reader->pin = pin;
	return error;
}

/* The text of the policy in force is read once a generation. */
static void find_policy(struct sekisho_top_reader *reader)
{
	uint32_t generation = sekisho_context_generation(reader->context);

	sekisho_policy_free(reader->policy_before);
	reader->policy_before = NULL;
	if (generation == reader->generation)
		return;
	reader->policy_before = reader->policy;
	reader->generation = generation;
	reader->policy = generation ? sekisho_context_policy(reader->context) : NULL;
}

void sekisho_top_reader_prepare(struct sekisho_top_reader *reader)
{
	find_policy(reader);
	/* Why it could not be read is to be seen on the screen as well. */
	if (!reader->policy)
		reader->generation = 0;
}

/*
 * Whether segments have other numbers than at the last look: what a pair counted is then another
 * pair's.
 */
static bool segments_moved(struct sekisho_top_reader *reader)
{
	const struct sekisho_engine *engine = reader->context->engine;
	const struct sekisho_policy_row *row = sekisho_engine_policy(engine);
	uint32_t count = row ? row->segment_count : 0;
	char(*names)[SEKISHO_NAME_BYTES] = calloc(count + 1, sizeof(*names));
	bool moved = !names;

	for (uint32_t i = 0; names && i < count; i++) {
		snprintf(names[i], sizeof(names[i]), "%s",
			 sekisho_runtime_segment_name(engine, (uint16_t)i));
		if (i < reader->segment_count && strcmp(names[i], reader->segments[i]) != 0)
			moved = true;
	}
	free(reader->segments);
	reader->segments = names;
	reader->segment_count = names ? count : 0;
	return moved;
}

static bool is_isolated(const struct sekisho_top_facts *facts, const char *segment)
{
	if (facts->isolated_all)
		return true;
	for (size_t i = 0; i < facts->isolated_count; i++) {
		if (!strcmp(facts->isolated[i], segment))
			return true;
	}
	return false;
}

static void find_isolated(struct sekisho_top_facts *facts, const struct sekisho_engine *engine)
{
	const struct sekisho_policy_row *row = sekisho_engine_policy(engine);

	facts->isolated_all = sekisho_engine_control(engine)->isolated_all;
	for (uint32_t i = 0; row && i < row->segment_count && i <= SEKISHO_SEGMENTS_MAX; i++) {
		if (row->isolated[i / 64] >> (i % 64) & 1)
			snprintf(facts->isolated[facts->isolated_count++], SEKISHO_NAME_BYTES, "%s",
				 sekisho_runtime_segment_name(engine, (uint16_t)i));
	}
}

static void find_guard(struct sekisho_top_reader *reader)
{
	struct sekisho_context *context = reader->context;
	struct sekisho_top_facts *facts = &reader->facts;
	struct sekisho_module_status status;
	int error = context->module ? sekisho_module_status(context->module, &status) : -ENOENT;

	/* It may have come or gone. */
	if (error) {
		error = sekisho_guard_reopen(context);
		if (!error && context->module)
			error = sekisho_module_status(context->module, &status);
	}
	if (error) {
		facts->guard = SEKISHO_TOP_GUARD_UNKNOWN;
	} else if (context->module) {
		facts->sealed = status.sealed;
		facts->guard = sekisho_guard_in_step(context, &status) ? SEKISHO_TOP_GUARD_PRESENT
								       : SEKISHO_TOP_GUARD_DIFFERS;
	}
}

static int find_facts(struct sekisho_top_reader *reader)
{
	struct sekisho_context *context = reader->context;
	struct sekisho_top_facts *facts = &reader->facts;
	const struct sekisho_control *control;
	struct sekisho_status status;
	int error;

	memset(facts, 0, sizeof(*facts));
	facts->recorded = sekisho_context_collector_runs(context);
	facts->zone = sekisho_context_zone(context);
	find_guard(reader);
	if (!context->engine)
		return 0;
	error = sekisho_runtime_status(context->engine, &status);
	if (error)
		return error;
	control = sekisho_engine_control(context->engine);
	facts->generation = status.generation;
	sekisho_format_digest(facts->digest, status.digest);
	facts->confirm_seconds = status.confirm_seconds;
	facts->lost_events = status.lost_events;
	facts->log_failed = control->deny_new;
	facts->suspended = control->suspended_addresses + control->suspended_macs;
	find_isolated(facts, context->engine);
	return 0;
}

static struct sekisho_top_sample *new_samples(struct sekisho_top_reader *reader,
					      enum sekisho_top_kind kind, size_t count)
{
	reader->store.samples[kind] = calloc(count + 1, sizeof(*reader->store.samples[kind]));
	return reader->store.samples[kind];
}

static int look_at_pairs(struct sekisho_top_reader *reader, size_t *count)
{
	struct sekisho_top_sample *samples;
	int error = sekisho_runtime_pairs(reader->context->engine, &reader->store.pairs, count);

	if (error)
		return error;
	samples = new_samples(reader, SEKISHO_TOP_PAIRS, *count);
	for (size_t i = 0; samples && i < *count; i++) {
		const struct sekisho_pair_total *pair = &reader->store.pairs[i];

		samples[i] = (struct sekisho_top_sample){
			.texts = { pair->from, pair->to },
			.counts = { pair->tally.permitted_packets, pair->tally.permitted_bytes,
				    pair->tally.denied_packets, pair->tally.denied_bytes },
			.alarms = is_isolated(&reader->facts, pair->from) |
				  is_isolated(&reader->facts, pair->to) << 1,
		};
	}
	return samples ? 0 : -ENOMEM;
}

static int look_at_flows(struct sekisho_top_reader *reader, size_t *count)
{
	const struct sekisho_policy *policy = reader->policy;
	struct sekisho_top_sample *samples;
	struct sekisho_flow_total *totals;
	int error = policy ? sekisho_runtime_flows(reader->context->engine, policy, &totals) : 0;

	if (error || !policy)
		return error;
	samples = new_samples(reader, SEKISHO_TOP_FLOWS, policy->flow_count);
	for (size_t i = 0; samples && i < policy->flow_count; i++) {
		const struct sekisho_flow *flow = &policy->flows[i];

		if (policy->flow_count > FLOWS_SHOWN_IDLE && !totals[i].packets[0] &&
		    !totals[i].packets[1])
			continue;
		samples[(*count)++] = (struct sekisho_top_sample){
			.texts = { flow->id, NULL, policy->segments[flow->from.segment].name,
				   policy->segments[flow->to.segment].name, flow->purpose },
			.counts = { totals[i].packets[0] + totals[i].packets[1],
				    totals[i].bytes[0] + totals[i].bytes[1],
				    totals[i].new_connections },
		};
	}
	free(totals);
	return samples ? 0 : -ENOMEM;
}

static void add_tally(struct sekisho_top_sample *sample, const struct sekisho_tally *tally)
{
	sample->counts[SEKISHO_TOP_PACKETS] += tally->packets;
	sample->counts[SEKISHO_TOP_BYTES] += tally->bytes;
}

/* Reasons, and their sums: what was permitted, denied and begun. */
static int look_at_reasons(struct sekisho_top_reader *reader, size_t *count)
{
	struct sekisho_top_sample *samples =
		new_samples(reader, SEKISHO_TOP_REASONS, SEKISHO_REASON_ROWS);
	struct sekisho_top_sample *totals = new_samples(reader, SEKISHO_TOP_TOTALS, 3);
	struct sekisho_reason_totals reasons;
	int error = samples && totals ? 0 : -ENOMEM;

	if (!error)
		error = sekisho_runtime_reasons(reader->context->engine, &reasons);
	if (error)
		return error;
	totals[0].texts[0] = "permitted";
	totals[1].texts[0] = "denied";
	totals[2].texts[0] = "new";
	add_tally(&totals[2], &reasons.by_reason[SEKISHO_REASON_PERMIT_NEW]);
	for (unsigned int i = 1; i < SEKISHO_REASON_ROWS; i++) {
		const struct sekisho_tally *tally = &reasons.by_reason[i];
		struct sekisho_top_sample *sample = &samples[*count];
		bool permits = sekisho_reason_permits(i);

		add_tally(&totals[permits ? 0 : 1], tally);
		if (!sekisho_reason_name(i) || !tally->packets)
			continue;
		sample->texts[0] = sekisho_reason_name(i);
		sample->texts[2] = permits ? "permit" : "deny";
		sample->texts[3] = sekisho_reason_text(i, sekisho_language_current());
		add_tally(sample, tally);
		++*count;
	}
	return 0;
}

static void sample_port(struct sekisho_top_sample *sample, const struct sekisho_port_status *port,
			const char *vlan, const struct sekisho_link_counts *link)
{
	bool in = port->attached != SEKISHO_ATTACHED_NONE, out = port->egress;

	*sample = (struct sekisho_top_sample){
		.texts = { port->interface, vlan, port->segment,
			   sekisho_attached_name(port->attached),
			   port->egress ? "guarded" : "none" },
		.alarms = (!in || !out) | !in << 3 | !out << 4,
	};
	if (!link)
		return;
	sample->counts[SEKISHO_TOP_PACKETS] = link->received_packets;
	sample->counts[SEKISHO_TOP_BYTES] = link->received_bytes;
	sample->counts[SEKISHO_TOP_SENT_PACKETS] = link->sent_packets;
	sample->counts[SEKISHO_TOP_SENT_BYTES] = link->sent_bytes;
}

static int look_at_ports(struct sekisho_top_reader *reader, size_t *count)
{
	struct store *store = &reader->store;
	struct sekisho_link_counts *links = NULL;
	struct sekisho_top_sample *samples;
	size_t link_count = 0;
	int error = sekisho_runtime_ports(reader->context->engine, reader->context->bpffs,
					  &store->ports, count);

	/* Without the interfaces' counters there is still what the ports are. */
	if (!error && sekisho_link_counts_read(&links, &link_count))
		link_count = 0;
	if (error)
		return error;
	samples = new_samples(reader, SEKISHO_TOP_PORTS, *count);
	store->vlans = calloc(*count + 1, sizeof(*store->vlans));
	if (!samples || !store->vlans) {
		free(links);
		return -ENOMEM;
	}
	for (size_t i = 0; i < *count; i++) {
		const struct sekisho_port_status *port = &store->ports[i];

		if (port->vlan)
			snprintf(store->vlans[i], VLAN_TEXT, "%u", port->vlan);
		sample_port(&samples[i], port, store->vlans[i],
			    sekisho_link_counts_find(links, link_count, port->ifindex));
		reader->facts.guarded += !samples[i].alarms;
	}
	reader->facts.ports = *count;
	free(links);
	return 0;
}

static int look_at_all(struct sekisho_top_reader *reader, struct sekisho_top_look *look)
{
	int error;

	if (segments_moved(reader))
		look->anew[SEKISHO_TOP_PAIRS] = true;
	error = look_at_reasons(reader, &look->counts[SEKISHO_TOP_REASONS]);
	look->counts[SEKISHO_TOP_TOTALS] = error ? 0 : 3;
	if (!error)
		error = look_at_pairs(reader, &look->counts[SEKISHO_TOP_PAIRS]);
	if (!error)
		error = look_at_flows(reader, &look->counts[SEKISHO_TOP_FLOWS]);
	if (!error)
		error = look_at_ports(reader, &look->counts[SEKISHO_TOP_PORTS]);
	return error;
}

int sekisho_top_reader_look(struct sekisho_top_reader *reader, struct sekisho_top_look *look)
{
	struct timespec now;
	int error = find_engine(reader);

	memset(look, 0, sizeof(*look));
	empty_store(&reader->store);
	if (!error) {
		find_policy(reader);
		error = find_facts(reader);
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	look->at_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	look->listed[SEKISHO_TOP_PAIRS] = look->listed[SEKISHO_TOP_REASONS] = true;
	if (!error && reader->context->engine)
		error = look_at_all(reader, look);
	for (int kind = 0; kind < SEKISHO_TOP_KINDS; kind++) {
		look->samples[kind] = reader->store.samples[kind];
		if (reader->unsettled && kind != SEKISHO_TOP_PORTS)
			look->anew[kind] = true;
	}
	if (reader->unsettled && reader->context->engine)
		reader->unsettled--;
	return error;
}

const struct sekisho_top_facts *sekisho_top_reader_facts(const struct sekisho_top_reader *reader)
{
	return &reader->facts;
}
