// SPDX-License-Identifier: GPL-2.0-only
/*
 * The running filter as an operator sees it. Reads and switches the pinned engine; knows nothing
 * of policy files, logs or how anything is printed.
 */
#include "kernel/runtime.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

#include <bpf/bpf.h>

#include "kernel/attach.h"
#include "kernel/fill.h"

/* The sum over all processors of a per-CPU value made of 64-bit numbers. */
static int sum_row(const struct sekisho_engine *engine, enum sekisho_map map, uint32_t key,
		   uint64_t *buffer, uint64_t *sum)
{
	size_t words = engine->maps[map].row_bytes / sizeof(*sum);

	memset(sum, 0, engine->maps[map].row_bytes);
	if (bpf_map_lookup_elem(engine->maps[map].fd, &key, buffer))
		return -errno;
	for (int i = 0; i < engine->processors; i++) {
		for (size_t word = 0; word < words; word++)
			sum[word] += buffer[(size_t)i * words + word];
	}
	return 0;
}

static uint64_t *sum_buffer(const struct sekisho_engine *engine, enum sekisho_map map)
{
	return calloc((size_t)engine->processors, engine->maps[map].row_bytes);
}

int sekisho_runtime_reasons(const struct sekisho_engine *engine,
			    struct sekisho_reason_totals *totals)
{
	uint64_t *buffer = sum_buffer(engine, SEKISHO_MAP_REASONS);
	int error = buffer ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < SEKISHO_REASON_ROWS && !error; i++)
		error = sum_row(engine, SEKISHO_MAP_REASONS, i, buffer,
				(uint64_t *)&totals->by_reason[i]);
	free(buffer);
	return error;
}

int sekisho_runtime_losses(const struct sekisho_engine *engine, struct sekisho_loss_tally *total)
{
	uint64_t *buffer = sum_buffer(engine, SEKISHO_MAP_LOSSES);
	int error = buffer ? sum_row(engine, SEKISHO_MAP_LOSSES, 0, buffer, (uint64_t *)total)
			   : -ENOMEM;

	free(buffer);
	return error;
}

const char *sekisho_attached_name(enum sekisho_attached attached)
{
	static const char *const names[SEKISHO_ATTACHED_MODES] = {
		[SEKISHO_ATTACHED_NONE] = "none",
		[SEKISHO_ATTACHED_GENERIC] = "generic",
		[SEKISHO_ATTACHED_NATIVE] = "native",
	};

	return names[attached];
}

int sekisho_runtime_status(const struct sekisho_engine *engine, struct sekisho_status *status)
{
	const struct sekisho_policy_row *policy = sekisho_engine_policy(engine);
	const struct sekisho_control *control = sekisho_engine_control(engine);
	struct sekisho_reason_totals totals;
	struct sekisho_loss_tally losses;
	struct timespec now;
	uint32_t at;
	int error = sekisho_runtime_reasons(engine, &totals);

	if (!error)
		error = sekisho_runtime_losses(engine, &losses);
	if (error)
		return error;
	memset(status, 0, sizeof(*status));
	if (policy) {
		status->generation = policy->generation;
		memcpy(status->digest, policy->digest, sizeof(status->digest));
	}
	status->epoch = (uint32_t)control->state;
	status->lost_events = losses.ring_full;
	status->fell_back = control->fell_back;
	status->isolated_all = control->isolated_all;
	for (unsigned int i = 0; i < SEKISHO_REASON_ROWS; i++) {
		status->frames += totals.by_reason[i].packets;
		if (sekisho_reason_permits(i))
			status->permitted += totals.by_reason[i].packets;
		else
			status->denied += totals.by_reason[i].packets;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	at = __atomic_load_n(&control->fallback_at, __ATOMIC_SEQ_CST);
	if (at)
		status->confirm_seconds = at > (uint32_t)now.tv_sec ? at - (uint32_t)now.tv_sec : 1;
	return 0;
}

static void copy_name(char to[SEKISHO_NAME_BYTES], const char *from)
{
	snprintf(to, SEKISHO_NAME_BYTES, "%s", from);
}

static int compare_id(const void *id, const void *flow)
{
	return strcmp(id, ((const struct sekisho_flow *)flow)->id);
}

static void add_flow(struct sekisho_flow_total *row, const struct sekisho_flow_tally *tally)
{
	for (int side = 0; side < 2; side++) {
		row->packets[side] += tally->packets[side];
		row->bytes[side] += tally->bytes[side];
	}
	row->new_connections += tally->new_connections;
	if (tally->last_seen > row->last_seen_ns)
		row->last_seen_ns = tally->last_seen;
}

int sekisho_runtime_flows(const struct sekisho_engine *engine, const struct sekisho_policy *policy,
			  struct sekisho_flow_total **totals)
{
	struct sekisho_flow_total *rows = calloc(policy->flow_count + 1, sizeof(*rows));
	uint64_t *buffer = sum_buffer(engine, SEKISHO_MAP_FLOW_COUNTERS);
	uint32_t names = engine->maps[SEKISHO_MAP_FLOW_NAMES].rows;
	int error = rows && buffer ? 0 : -ENOMEM;

	for (size_t i = 0; i < policy->flow_count && !error; i++)
		copy_name(rows[i].id, policy->flows[i].id);
	for (uint32_t i = 0; i < names && !error; i++) {
		const struct sekisho_name_row *name =
			sekisho_engine_row(engine, SEKISHO_MAP_FLOW_NAMES, i);
		const struct sekisho_flow *flow;
		struct sekisho_flow_total *row;

		if (!name->id[0])
			continue;
		flow = bsearch(name->id, policy->flows, policy->flow_count, sizeof(*flow),
			       compare_id);
		if (!flow)
			continue;
		row = &rows[flow - policy->flows];
		if (bpf_map_lookup_elem(engine->maps[SEKISHO_MAP_FLOW_COUNTERS].fd, &i, buffer)) {
			error = -errno;
			break;
		}
		for (int cpu = 0; cpu < engine->processors; cpu++)
			add_flow(row, &((struct sekisho_flow_tally *)buffer)[cpu]);
		add_flow(row, sekisho_engine_row(engine, SEKISHO_MAP_FLOW_CARRIED, i));
	}
	free(buffer);
	if (error)
		free(rows);
	else
		*totals = rows;
	return error;
}

static const struct sekisho_segment_row *segment_at(const struct sekisho_engine *engine,
						    uint32_t segment)
{
	const struct sekisho_policy_row *policy = sekisho_engine_policy(engine);

	if (!policy || segment >= policy->segment_count)
		return NULL;
	return sekisho_engine_row(engine, SEKISHO_MAP_SEGMENTS, policy->segments.base + segment);
}

const char *sekisho_runtime_segment_name(const struct sekisho_engine *engine, uint16_t segment)
{
	const struct sekisho_segment_row *row = segment_at(engine, segment);

	return row ? row->name : "-";
}

uint16_t sekisho_runtime_segment(const struct sekisho_engine *engine, const char *name)
{
	const struct sekisho_segment_row *row;

	for (uint16_t i = 0; (row = segment_at(engine, i)); i++) {
		if (!strncmp(row->name, name, sizeof(row->name)))
			return i;
	}
	return SEKISHO_SEGMENT_NONE;
}

static void add_pair(struct sekisho_pair_tally *sum, const struct sekisho_pair_tally *tally)
{
	sum->permitted_packets += tally->permitted_packets;
	sum->permitted_bytes += tally->permitted_bytes;
	sum->denied_packets += tally->denied_packets;
	sum->denied_bytes += tally->denied_bytes;
}

int sekisho_runtime_pairs(const struct sekisho_engine *engine, struct sekisho_pair_total **totals,
			  size_t *count)
{
	const struct sekisho_policy_row *policy = sekisho_engine_policy(engine);
	uint32_t segments = policy ? policy->segment_count : 0;
	uint32_t none = (1u << engine->pair_shift) - 1;
	struct sekisho_pair_total *rows;
	uint64_t *buffer = sum_buffer(engine, SEKISHO_MAP_PAIRS_SEEN);
	size_t used = 0;
	int error = 0;

	rows = calloc((size_t)(segments + 1) * (segments + 1), sizeof(*rows));
	if (!rows || !buffer)
		error = -ENOMEM;
	for (uint32_t from = 0; from <= segments && !error; from++) {
		for (uint32_t to = 0; to <= segments && !error; to++) {
			struct sekisho_pair_total *row = &rows[used];
			uint32_t key = (from == segments ? none : from) << engine->pair_shift |
				       (to == segments ? none : to);

			error = sum_row(engine, SEKISHO_MAP_PAIRS_SEEN, key, buffer,
					(uint64_t *)&row->tally);
			add_pair(&row->tally,
				 sekisho_engine_row(engine, SEKISHO_MAP_PAIRS_CARRIED, key));
			if (!row->tally.permitted_packets && !row->tally.denied_packets)
				continue;
			copy_name(row->from, sekisho_runtime_segment_name(engine, (uint16_t)from));
			copy_name(row->to, sekisho_runtime_segment_name(engine, (uint16_t)to));
			used++;
		}
	}
	free(buffer);
	if (error) {
		free(rows);
		return error;
	}
	*totals = rows;
	*count = used;
	return 0;
}

static int compare_port(const void *a, const void *b)
{
	const struct sekisho_port_status *x = a, *y = b;
	int order = strcmp(x->interface, y->interface);

	return order ? order : (int)x->vlan - (int)y->vlan;
}

int sekisho_runtime_ports(const struct sekisho_engine *engine, const char *directory,
			  struct sekisho_port_status **ports, size_t *count)
{
	const struct sekisho_policy_row *policy = sekisho_engine_policy(engine);
	uint32_t rows = policy ? policy->ports.count : 0;
	struct sekisho_port_status *list = calloc(rows + 1, sizeof(*list));
	size_t used = 0;

	(void)directory;
	if (!list)
		return -ENOMEM;
	for (uint32_t i = 0; i < rows; i++) {
		const struct sekisho_port_row *row =
			sekisho_engine_row(engine, SEKISHO_MAP_PORTS, policy->ports.base + i);
		struct sekisho_port_status *port = &list[used];

		if (!row->ifindex)
			continue;
		used++;
		port->vlan = row->vlan;
		copy_name(port->segment, sekisho_runtime_segment_name(engine, row->segment));
		if (!if_indextoname(row->ifindex, port->interface)) {
			snprintf(port->interface, sizeof(port->interface), "?");
			continue;
		}
		port->ifindex = row->ifindex;
		port->attached = sekisho_attach_ingress_state(
			row->ifindex, engine->programs[SEKISHO_PROGRAM_INGRESS]);
		port->egress = sekisho_attach_egress_state(
			row->ifindex, engine->programs[SEKISHO_PROGRAM_EGRESS]);
	}
	qsort(list, used, sizeof(*list), compare_port);
	*ports = list;
	*count = used;
	return 0;
}

void sekisho_runtime_connections(const struct sekisho_engine *engine,
				 bool (*visit)(void *context,
					       const struct sekisho_connection *connection),
				 void *context)
{
	uint32_t buckets = engine->maps[SEKISHO_MAP_SLOTS].rows;

	for (uint32_t i = 0; i < buckets; i++) {
		const volatile struct sekisho_slot_bucket *bucket =
			sekisho_engine_row(engine, SEKISHO_MAP_SLOTS, i);

		for (uint32_t way = 0; way < SEKISHO_BUCKET_WAYS; way++) {
			struct sekisho_connection copy;
			uint32_t tag = bucket->tag[way];

			if (tag < SEKISHO_TAG_LOWEST)
				continue;
			memcpy(&copy,
			       sekisho_engine_row(engine, SEKISHO_MAP_CONNECTIONS,
						  i * SEKISHO_BUCKET_WAYS + way),
			       sizeof(copy));
			/* Another connection may have taken the row while it was copied. */
			if (bucket->tag[way] == tag && !visit(context, &copy))
				return;
		}
	}
}

uint64_t sekisho_runtime_occupied(const struct sekisho_engine *engine, uint64_t *rows)
{
	uint32_t buckets = engine->maps[SEKISHO_MAP_SLOTS].rows;
	uint64_t taken = 0;

	for (uint32_t i = 0; i < buckets; i++) {
		const volatile struct sekisho_slot_bucket *bucket =
			sekisho_engine_row(engine, SEKISHO_MAP_SLOTS, i);

		for (uint32_t way = 0; way < SEKISHO_BUCKET_WAYS; way++)
			taken += bucket->tag[way] >= SEKISHO_TAG_LOWEST;
	}
	*rows = (uint64_t)buckets * SEKISHO_BUCKET_WAYS;
	return taken;
}

uint32_t sekisho_runtime_timeout(const struct sekisho_policy_row *row,
				 const struct sekisho_connection *connection)
{
	return row->timeouts[sekisho_connection_timeout(connection)];
}

bool sekisho_runtime_is_isolated(const struct sekisho_engine *engine, uint16_t segment)
{
	const struct sekisho_policy_row *policy = sekisho_engine_policy(engine);

	if (sekisho_engine_control(engine)->isolated_all)
		return true;
	return policy && segment < SEKISHO_ISOLATION_WORDS * 64 &&
	       policy->isolated[segment / 64] >> (segment % 64) & 1;
}

/* In the half that waits as a fallback a segment may have another number, so names are compared. */
static void isolate_in_half(struct sekisho_engine *engine, uint32_t half, const char *name,
			    bool isolated)
{
	struct sekisho_policy_row *policy = sekisho_engine_row(engine, SEKISHO_MAP_POLICY, half);

	for (uint32_t i = 0; i < policy->segment_count; i++) {
		const struct sekisho_segment_row *row =
			sekisho_engine_row(engine, SEKISHO_MAP_SEGMENTS, policy->segments.base + i);

		if (!row || strncmp(row->name, name, sizeof(row->name)))
			continue;
		if (isolated)
			__atomic_or_fetch(&policy->isolated[i / 64], 1ull << (i % 64),
					  __ATOMIC_SEQ_CST);
		else
			__atomic_and_fetch(&policy->isolated[i / 64], ~(1ull << (i % 64)),
					   __ATOMIC_SEQ_CST);
	}
}

int sekisho_runtime_isolate(struct sekisho_engine *engine, const char *segment, bool isolated)
{
	if (!segment) {
		__atomic_store_n(&sekisho_engine_control(engine)->isolated_all, isolated,
				 __ATOMIC_SEQ_CST);
	} else {
		if (sekisho_runtime_segment(engine, segment) == SEKISHO_SEGMENT_NONE)
			return -ENOENT;
		for (uint32_t half = 0; half < SEKISHO_HALVES; half++)
			isolate_in_half(engine, half, segment, isolated);
	}
	sekisho_fill_new_epoch(engine);
	return 0;
}

static void address_key(struct sekisho_address_key *key, uint8_t family,
			struct sekisho_address address)
{
	uint64_t words[2] = { htobe64(address.high), htobe64(address.low) };

	if (family == 4) {
		words[0] = 0;
		words[1] = htobe64(0xffff00000000ull | address.low);
	}
	memcpy(key, words, sizeof(*key));
}

int sekisho_runtime_suspend(struct sekisho_engine *engine, uint8_t family,
			    struct sekisho_address address, bool suspended)
{
	struct sekisho_control *control = sekisho_engine_control(engine);
	enum sekisho_map map = family ? SEKISHO_MAP_SUSPENDED_ADDRS : SEKISHO_MAP_SUSPENDED_MACS;
	uint32_t *count = family ? &control->suspended_addresses : &control->suspended_macs;
	struct sekisho_address_key key;
	uint64_t mac = address.low;
	const void *which = family ? (const void *)&key : (const void *)&mac;
	uint32_t one = 1;

	address_key(&key, family, address);
	if (suspended) {
		if (bpf_map_update_elem(engine->maps[map].fd, which, &one, BPF_NOEXIST))
			return errno == E2BIG ? -ENOSPC : -errno;
		__atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
	} else {
		if (bpf_map_delete_elem(engine->maps[map].fd, which))
			return -errno;
		__atomic_sub_fetch(count, 1, __ATOMIC_SEQ_CST);
	}
	sekisho_fill_new_epoch(engine);
	return 0;
}

void sekisho_runtime_set_tai(struct sekisho_engine *engine)
{
	struct timex clock = {};

	if (adjtimex(&clock) >= 0)
		sekisho_engine_control(engine)->tai_offset = clock.tai;
}
