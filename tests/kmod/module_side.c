// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's judge behind plain types: what border.c and guard.c are in the kernel, as little of
 * it as frames need. Knows nothing of the model.
 *
 * Beyond 600 lines, since it is one seam: what is behind it is seen nowhere else.
 */
#include "module_side.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/limits.h>

#include "sekisho/reasons.h"

#include "connections.h"
#include "fragments.h"
#include "judge.h"
#include "names.h"

#define ISOLATED_MOST 64
#define HOSTS_MOST    256

struct host_list {
	uint16_t segment;
	size_t count;
	struct module_range *ranges;
};

struct module_side {
	struct sekisho_border border;
	struct sekisho_regime regime;
	struct sekisho_connections *connections;
	struct sekisho_draft *draft;
	struct host_list hosts[HOSTS_MOST]; /* of the draft */
	uint32_t host_count;
	char isolated[ISOLATED_MOST][SEKISHO_NAME_BYTES];
	size_t isolated_count;
	int64_t wall;
	uint32_t monotonic;
	uint32_t generation;
	uint64_t judged;
};

static void end(const char *what, const struct sekisho_policy_fault *fault)
{
	fprintf(stderr, "module side: %s: %s\n", what, fault && fault->text ? fault->text : "");
	abort();
}

static void *must(void *memory)
{
	if (!memory)
		end("no memory", NULL);
	return memory;
}

static void refused(const char *what, int error, const struct sekisho_policy_fault *fault)
{
	if (error)
		end(what, fault);
}

static struct sekisho_address address_of(struct module_address address)
{
	return (struct sekisho_address){ address.high, address.low };
}

static struct module_address plain_address(struct sekisho_address address)
{
	return (struct module_address){ address.high, address.low };
}

struct module_side *module_side_new(uint32_t connections)
{
	struct module_side *side = must(calloc(1, sizeof(*side)));

	side->border.names = must(sekisho_names_new());
	side->border.fragments = must(sekisho_fragments_new());
	side->connections = must(sekisho_connections_new(connections));
	side->regime.suspensions = must(
		calloc(1, sizeof(struct sekisho_suspensions) +
				  SEKISHO_SUSPENSIONS_MAX * sizeof(struct sekisho_suspension)));
	side->regime.epoch = 1;
	return side;
}

static void forget_hosts(struct module_side *side)
{
	while (side->host_count)
		free(side->hosts[--side->host_count].ranges);
}

void module_side_free(struct module_side *side)
{
	if (!side)
		return;
	sekisho_draft_free(side->draft);
	forget_hosts(side);
	sekisho_policy_put(side->regime.policy);
	sekisho_connections_free(side->connections);
	sekisho_fragments_free(side->border.fragments);
	sekisho_names_free(side->border.names);
	free(side->regime.suspensions);
	free(side);
}

void module_side_clock(struct module_side *side, int64_t wall_seconds, uint32_t monotonic)
{
	side->wall = wall_seconds;
	side->monotonic = monotonic;
}

void module_side_begin(struct module_side *side)
{
	sekisho_draft_free(side->draft);
	forget_hosts(side);
	side->draft = must(sekisho_draft_new(side->border.names));
}

void module_side_set_site(struct module_side *side, const uint32_t *timeouts,
			  const struct module_zone_change *zone, size_t zone_count)
{
	struct sekisho_policy_fault fault = {};
	struct sekisho_site site = {
		.connections = sekisho_connections_room(side->connections),
		.zone_count = (u32)zone_count,
	};

	for (size_t i = 0; i < SEKISHO_TIMEOUTS; i++)
		site.timeouts[i] = timeouts[i];
	for (size_t i = 0; i < zone_count; i++)
		site.zone[i] = (struct sekisho_zone_change){ zone[i].since, zone[i].offset };
	refused("site", sekisho_draft_set_site(side->draft, &site, &fault), &fault);
}

static struct sekisho_range *ranges_of(const struct module_range *ranges, size_t count)
{
	struct sekisho_range *copy = must(calloc(count + 1, sizeof(*copy)));

	for (size_t i = 0; i < count; i++)
		copy[i] = (struct sekisho_range){ address_of(ranges[i].first),
						  address_of(ranges[i].last), ranges[i].family };
	return copy;
}

void module_side_add_segment(struct module_side *side, const struct module_segment *segment)
{
	struct sekisho_policy_fault fault = {};
	struct sekisho_segment added = {
		.meaning = segment->meaning,
		.intra = segment->intra,
		.ethertype_count = (u16)segment->ethertype_count,
		.networks = ranges_of(segment->networks, segment->network_count),
		.network_count = (u32)segment->network_count,
	};

	for (size_t i = 0; i < segment->ethertype_count; i++)
		added.ethertypes[i] = segment->ethertypes[i];
	refused("segment", sekisho_draft_add_segment(side->draft, &added, segment->name, &fault),
		&fault);
	free(added.networks);
}

void module_side_add_port(struct module_side *side, const char *interface, uint32_t ifindex,
			  uint16_t vlan, uint16_t segment)
{
	struct sekisho_policy_fault fault = {};
	struct sekisho_port port = { .ifindex = ifindex, .vlan = vlan, .segment = segment };

	snprintf(port.interface, sizeof(port.interface), "%s", interface);
	refused("port", sekisho_draft_add_port(side->draft, &port, &fault), &fault);
}

void module_side_add_own(struct module_side *side, uint8_t family, struct module_address address,
			 bool broadcast)
{
	const struct sekisho_own own = { address_of(address), family, broadcast };
	struct sekisho_policy_fault fault = {};
	int error = sekisho_draft_add_own(side->draft, &own, &fault);

	refused("own", error == -EEXIST ? 0 : error, &fault);
}

static bool same_hosts(const struct host_list *list, uint16_t segment,
		       const struct sekisho_range *ranges, size_t count)
{
	if (list->segment != segment || list->count != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (list->ranges[i].family != ranges[i].family ||
		    !sekisho_address_equal(address_of(list->ranges[i].first), ranges[i].first) ||
		    !sekisho_address_equal(address_of(list->ranges[i].last), ranges[i].last))
			return false;
	return true;
}

static int compare_ranges(const void *left, const void *right)
{
	const struct sekisho_range *a = left, *b = right;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return sekisho_address_compare(a->first, b->first);
}

uint32_t module_side_add_hosts(struct module_side *side, uint16_t segment,
			       const struct module_range *ranges, size_t count)
{
	struct sekisho_policy_fault fault = {};
	struct sekisho_hosts hosts = {
		.ranges = ranges_of(ranges, count),
		.range_count = (u32)count,
		.segment = segment,
	};
	struct host_list *list;
	uint32_t known = 0;

	qsort(hosts.ranges, count, sizeof(*hosts.ranges), compare_ranges);
	while (known < side->host_count &&
	       !same_hosts(&side->hosts[known], segment, hosts.ranges, count))
		known++;
	if (known == side->host_count) {
		if (known == HOSTS_MOST)
			end("too many sets of hosts", NULL);
		refused("hosts", sekisho_draft_add_hosts(side->draft, &hosts, &fault), &fault);
		list = &side->hosts[side->host_count++];
		*list = (struct host_list){ segment, count, must(calloc(count, sizeof(*ranges))) };
		for (size_t i = 0; i < count; i++)
			list->ranges[i] =
				(struct module_range){ plain_address(hosts.ranges[i].first),
						       plain_address(hosts.ranges[i].last),
						       hosts.ranges[i].family };
	}
	free(hosts.ranges);
	return known + 1;
}

static int compare_macs(const void *left, const void *right)
{
	u64 a = *(const u64 *)left, b = *(const u64 *)right;

	return a < b ? -1 : a > b;
}

static int compare_ports(const void *left, const void *right)
{
	const struct sekisho_port_range *a = left, *b = right;

	return (int)a->first - (int)b->first;
}

/* Ascending, and each once. */
static void add_macs(const struct module_flow *flow, struct sekisho_flow *added)
{
	u16 kept = 0;

	added->macs = must(calloc(flow->mac_count + 1, sizeof(u64)));
	for (size_t i = 0; i < flow->mac_count; i++)
		added->macs[i] = flow->macs[i];
	qsort(added->macs, flow->mac_count, sizeof(u64), compare_macs);
	for (size_t i = 0; i < flow->mac_count; i++)
		if (!kept || added->macs[kept - 1] != added->macs[i])
			added->macs[kept++] = added->macs[i];
	added->mac_count = kept;
}

/* Ascending; what overlaps is joined. */
static void add_source_ports(const struct module_flow *flow, struct sekisho_flow *added)
{
	struct sekisho_port_range *ports =
		must(calloc(flow->source_port_count + 1, sizeof(*ports)));
	u16 kept = 0;

	for (size_t i = 0; i < flow->source_port_count; i++)
		ports[i] = (struct sekisho_port_range){ flow->source_ports[i].first,
							flow->source_ports[i].last };
	qsort(ports, flow->source_port_count, sizeof(*ports), compare_ports);
	for (size_t i = 0; i < flow->source_port_count; i++) {
		if (!kept || ports[kept - 1].last < ports[i].first)
			ports[kept++] = ports[i];
		else if (ports[kept - 1].last < ports[i].last)
			ports[kept - 1].last = ports[i].last;
	}
	added->source_ports = ports;
	added->source_port_count = kept;
}

static void add_services(const struct module_flow *flow, struct sekisho_flow *added)
{
	added->services = must(calloc(flow->service_count + 1, sizeof(*added->services)));
	added->service_count = (u32)flow->service_count;
	for (size_t i = 0; i < flow->service_count; i++)
		added->services[i] = (struct sekisho_service){
			.first = flow->services[i].first,
			.last = flow->services[i].last,
			.protocol = flow->services[i].protocol,
		};
}

void module_side_add_flow(struct module_side *side, const struct module_flow *flow)
{
	struct sekisho_policy_fault fault = {};
	struct sekisho_flow added = {
		.valid_from = flow->valid_from,
		.valid_until = flow->valid_until,
		.from_hosts = flow->from_hosts,
		.to_hosts = flow->to_hosts,
		.new_per_second = flow->new_per_second,
		.concurrent = flow->concurrent,
		.from = flow->from,
		.to = flow->to,
		.start_minute = flow->start_minute,
		.end_minute = flow->end_minute,
		.days = flow->days,
		.survives = flow->survives,
	};

	add_services(flow, &added);
	add_macs(flow, &added);
	add_source_ports(flow, &added);
	refused("flow", sekisho_draft_add_flow(side->draft, &added, flow->id, &fault), &fault);
	free(added.services);
	free(added.macs);
	free(added.source_ports);
}

static void new_regime(struct module_side *side)
{
	struct sekisho_regime *regime = &side->regime;
	const struct sekisho_policy *policy = regime->policy;

	regime->epoch++;
	regime->any_isolated = regime->isolated_all;
	bitmap_zero(regime->isolated, SEKISHO_SEGMENTS_MAX + 1);
	for (u32 i = 0; policy && i < policy->segment_count; i++) {
		for (size_t k = 0; k < side->isolated_count; k++) {
			if (strcmp(policy->segments[i].name->name, side->isolated[k]))
				continue;
			__set_bit(i, regime->isolated);
			regime->any_isolated = true;
		}
	}
}

static void put_in_force(struct module_side *side, struct sekisho_policy *policy)
{
	struct sekisho_policy *before = side->regime.policy;

	if (policy) {
		policy->generation = ++side->generation;
		side->regime.connections = side->connections;
	}
	side->regime.policy = policy;
	new_regime(side);
	sekisho_policy_put(before);
	sekisho_names_collect(side->border.names);
}

void module_side_commit(struct module_side *side)
{
	struct sekisho_policy_fault fault = {};
	struct sekisho_policy *policy = NULL;

	refused("policy", sekisho_draft_compile(side->draft, &policy, &fault), &fault);
	sekisho_draft_free(side->draft);
	side->draft = NULL;
	put_in_force(side, policy);
}

void module_side_no_policy(struct module_side *side)
{
	put_in_force(side, NULL);
}

void module_side_isolate(struct module_side *side, const char *name, bool on)
{
	size_t i = 0;

	if (!name) {
		side->regime.isolated_all = on;
		new_regime(side);
		return;
	}
	while (i < side->isolated_count && strcmp(side->isolated[i], name))
		i++;
	if (on && i == side->isolated_count && i < ISOLATED_MOST)
		snprintf(side->isolated[side->isolated_count++], SEKISHO_NAME_BYTES, "%s", name);
	else if (!on && i < side->isolated_count)
		memmove(side->isolated[i], side->isolated[--side->isolated_count],
			SEKISHO_NAME_BYTES);
	new_regime(side);
}

static int compare_suspensions(const void *left, const void *right)
{
	const struct sekisho_suspension *a = left, *b = right;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return sekisho_address_compare(a->address, b->address);
}

void module_side_suspend(struct module_side *side, uint8_t family, struct module_address address,
			 bool on)
{
	const struct sekisho_suspension wanted = { address_of(address), family };
	struct sekisho_suspensions *list = side->regime.suspensions;
	u32 i = 0;

	while (i < list->count && compare_suspensions(&list->items[i], &wanted))
		i++;
	if (on && i == list->count && i < SEKISHO_SUSPENSIONS_MAX)
		list->items[list->count++] = wanted;
	else if (!on && i < list->count)
		list->items[i] = list->items[--list->count];
	qsort(list->items, list->count, sizeof(wanted), compare_suspensions);
	new_regime(side);
}

void module_side_full(struct module_side *side, bool full)
{
	sekisho_connections_set_full(side->connections, full);
}

/* Without a policy nobody says when a connection is idle. */
void module_side_sweep(struct module_side *side)
{
	const struct sekisho_policy *policy = side->regime.policy;

	for (u32 part = 0; policy && part < 3; part++)
		sekisho_connections_sweep(side->connections, policy->timeouts, side->monotonic,
					  part, 3);
}

unsigned int module_side_connections(const struct module_side *side)
{
	return sekisho_connections_count(side->connections);
}

/* Copies of its own size each, so that a look beyond the frame is seen. */
static struct sk_buff *skb_of(const uint8_t *bytes, size_t length, size_t split)
{
	struct sk_buff *skb = must(calloc(1, sizeof(*skb)));
	uint8_t *head = must(malloc(split ? split : 1));
	uint8_t *rest = must(malloc(length > split ? length - split : 1));

	memcpy(head, bytes, split);
	memcpy(rest, bytes + split, length - split);
	*skb = (struct sk_buff){
		.len = (unsigned int)length,
		.head_len = (unsigned int)split,
		.data = head,
		.rest = rest,
	};
	return skb;
}

static void skb_free(struct sk_buff *skb)
{
	free((void *)skb->data);
	free((void *)skb->rest);
	free(skb);
}

static u16 port_segment(const struct module_side *side, uint32_t ifindex, u16 vlan)
{
	const struct sekisho_port *port = NULL;

	if (side->regime.policy)
		port = sekisho_policy_port(side->regime.policy, ifindex, vlan);
	return port ? port->segment : SEKISHO_SEGMENT_NONE;
}

/* Of the destination, where the frame could be forwarded there; or `self`. */
static u16 way_out(const struct module_side *side, const struct sekisho_frame *frame)
{
	struct sekisho_place place;

	if (!side->regime.policy || !frame->family || frame->problem)
		return SEKISHO_SEGMENT_SELF;
	sekisho_match_place(side->regime.policy, frame->family, frame->destination, &place);
	return place.segment;
}

struct connection_state {
	bool found;
	struct sekisho_connection connection;
	unsigned char bytes[sizeof(struct sekisho_connection)]; /* of it, to be compared */
};

/* What is tracked for the frame, or for what it quotes. */
static struct connection_state state_of(const struct module_side *side,
					const struct sekisho_frame *frame)
{
	struct sekisho_connection_key key = {
		.source = frame->source,
		.destination = frame->destination,
		.source_port = frame->source_port,
		.destination_port = frame->destination_port,
		.family = frame->family,
		.protocol = frame->protocol,
	};
	struct connection_state state = {};
	struct sekisho_connection *found;
	struct sekisho_bucket bucket;
	bool reply;

	if (frame->quoted)
		key = (struct sekisho_connection_key){
			.source = frame->quoted_source,
			.destination = frame->quoted_destination,
			.source_port = frame->quoted_source_port,
			.destination_port = frame->quoted_destination_port,
			.family = frame->family,
			.protocol = frame->quoted_protocol,
		};
	bucket = sekisho_connections_lock(side->connections, &key);
	found = sekisho_connections_find(bucket, &key, &reply);
	if (found) {
		state.found = true;
		state.connection = *found;
		memcpy(state.bytes, found, sizeof(*found));
	}
	sekisho_connections_unlock(bucket);
	return state;
}

/* The frame was just permitted; by a wrong port it must not leave. */
static void try_astray(struct module_side *side, struct sekisho_passage passage,
		       const struct sekisho_frame *frame, uint16_t to)
{
	struct connection_state before = state_of(side, frame), after;
	u32 count = sekisho_connections_count(side->connections);
	struct sekisho_verdict verdict;

	passage.forwarded = true;
	passage.leaving = to == 1 ? SEKISHO_SEGMENT_NONE : (u16)(to - 1);
	sekisho_judge(&side->border, &side->regime, &passage, frame, &verdict);
	after = state_of(side, frame);
	if (verdict.reason != SEKISHO_REASON_UNJUDGED &&
	    verdict.reason != SEKISHO_REASON_TCP_INVALID) {
		fprintf(stderr, "goes astray with reason %u\n", verdict.reason);
		abort();
	}
	if (count != sekisho_connections_count(side->connections) || before.found != after.found ||
	    memcmp(before.bytes, after.bytes, sizeof(before.bytes)))
		end("a frame that went astray touched the state", NULL);
}

/*
 * An output frame may claim another host's address. What is said to it belongs to the host then,
 * and was not let out to that other one. The same holds for fragments, which have no state here.
 */
static void must_be_for_self(const struct module_side *side, const struct sekisho_frame *frame)
{
	const struct sekisho_segment_name *self = side->regime.policy->segments[0].name;
	struct connection_state state = state_of(side, frame);

	if (frame->fragment == SEKISHO_FRAGMENT_LATER)
		return;
	if (!state.found || (state.connection.from != self && state.connection.to != self))
		end("a frame does not leave by the right port", NULL);
}

static bool is_tracked_permit(u8 reason)
{
	return sekisho_reason_permits(reason) && reason != SEKISHO_REASON_PERMIT_CONTROL;
}

struct module_verdict module_side_judge(struct module_side *side, bool output, uint32_t ifindex,
					const uint8_t *bytes, size_t length)
{
	struct sekisho_passage passage = {
		.output = output,
		.leaving = SEKISHO_SEGMENT_NONE,
		.wall = side->wall,
		.monotonic = side->monotonic,
	};
	size_t split = side->judged++ % 3 ? length : side->judged % (length + 1);
	struct sk_buff *skb = skb_of(bytes, length, split);
	struct module_verdict plain = {};
	struct sekisho_verdict verdict;
	struct sekisho_frame frame;
	u16 to;

	sekisho_frame_read(skb, -1, &frame);
	skb_free(skb);
	passage.port_segment = port_segment(side, ifindex, frame.vlan);
	to = way_out(side, &frame);
	if (!output && to != SEKISHO_SEGMENT_SELF && to != SEKISHO_SEGMENT_NONE) {
		passage.forwarded = side->judged % 2;
		passage.leaving = to;
	}
	sekisho_judge(&side->border, &side->regime, &passage, &frame, &verdict);
	if (verdict.reason == SEKISHO_REASON_UNJUDGED) {
		must_be_for_self(side, &frame);
		passage.forwarded = false;
		sekisho_judge(&side->border, &side->regime, &passage, &frame, &verdict);
	}
	if (passage.leaving != SEKISHO_SEGMENT_NONE && is_tracked_permit(verdict.reason))
		try_astray(side, passage, &frame, to);
	plain.reason = verdict.reason;
	plain.reply = verdict.reply;
	plain.from = verdict.from;
	plain.to = verdict.to;
	if (verdict.flow != SEKISHO_NO_FLOW)
		memcpy(plain.flow, side->regime.policy->flows[verdict.flow].use->id,
		       sizeof(plain.flow));
	return plain;
}

static void make_plain(const struct sekisho_frame *frame, struct module_frame *plain)
{
	*plain = (struct module_frame){
		.length = frame->length,
		.problem = frame->problem,
		.family = frame->family,
		.protocol = frame->protocol,
		.source_mac = frame->source_mac,
		.vlan = frame->vlan,
		.ethertype = frame->ethertype,
		.source = plain_address(frame->source),
		.destination = plain_address(frame->destination),
		.identification = frame->identification,
		.source_port = frame->source_port,
		.destination_port = frame->destination_port,
		.service = frame->service,
		.hop_limit = frame->hop_limit,
		.fragment = frame->fragment,
		.extension_forbidden = frame->extension_forbidden,
		.tiny = frame->tiny,
		.icmp_error = frame->icmp_error,
		.icmp_type = frame->icmp_type,
		.icmp_code = frame->icmp_code,
		.tcp_seq = frame->tcp.seq,
		.tcp_ack = frame->tcp.ack,
		.tcp_length = frame->tcp.length,
		.tcp_window = frame->tcp.window,
		.tcp_flags = frame->tcp.flags,
		.tcp_scale = frame->tcp.scale,
		.tcp_has_scale = frame->tcp.has_scale,
		.quoted = frame->quoted,
		.quoted_protocol = frame->quoted_protocol,
		.quoted_source_port = frame->quoted_source_port,
		.quoted_destination_port = frame->quoted_destination_port,
		.quoted_source = plain_address(frame->quoted_source),
		.quoted_destination = plain_address(frame->quoted_destination),
	};
}

void module_side_read(const uint8_t *bytes, size_t length, size_t split, int tag,
		      struct module_frame *plain)
{
	struct sk_buff *skb = skb_of(bytes, length, split);
	struct sekisho_frame frame;

	sekisho_frame_read(skb, tag, &frame);
	skb_free(skb);
	make_plain(&frame, plain);
}

void module_side_read_merged(const uint8_t *bytes, size_t length, struct module_frame *plain)
{
	struct sk_buff *skb = skb_of(bytes, length, length);
	struct sekisho_frame frame;

	skb->gso = true;
	sekisho_frame_read(skb, -1, &frame);
	skb_free(skb);
	make_plain(&frame, plain);
}
