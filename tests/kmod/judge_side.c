// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hands worlds and frames of tests/differential/ to module_side.h, whose types are its own. Knows
 * nothing of the model's verdicts.
 */
#include "judge_side.h"

#include <err.h>
#include <stdlib.h>

#include "sekisho/netlink.h"
#include "sekisho/reasons.h"

#include "module_side.h"

#define CONNECTIONS 6000
#define SECOND_NS   1000000000ull

struct judge_side {
	struct module_side *module;
};

static void *must(void *memory)
{
	if (!memory)
		err(1, "no memory");
	return memory;
}

static uint32_t ifindex_of(unsigned int device)
{
	return 100 + device;
}

static struct module_address plain_address(struct sekisho_address address)
{
	return (struct module_address){ address.high, address.low };
}

/* A copy with one more, so that none is no special case. */
static struct module_range *plain_ranges(const struct sekisho_ranges *ranges)
{
	struct module_range *plain = must(calloc(ranges->count + 1, sizeof(*plain)));

	for (size_t i = 0; i < ranges->count; i++)
		plain[i] = (struct module_range){ plain_address(ranges->items[i].first),
						  plain_address(ranges->items[i].last),
						  ranges->items[i].family };
	return plain;
}

struct judge_side *judge_side_new(void)
{
	struct judge_side *side = must(calloc(1, sizeof(*side)));

	side->module = module_side_new(CONNECTIONS);
	return side;
}

void judge_side_free(struct judge_side *side)
{
	if (!side)
		return;
	module_side_free(side->module);
	free(side);
}

void judge_side_reset(struct judge_side *side)
{
	module_side_free(side->module);
	side->module = module_side_new(CONNECTIONS);
}

void judge_side_clock(struct judge_side *side, uint64_t wall_ns, uint32_t monotonic)
{
	module_side_clock(side->module, (int64_t)(wall_ns / SECOND_NS), monotonic);
}

static uint8_t meaning_of(enum sekisho_segment_kind kind)
{
	switch (kind) {
	case SEKISHO_KIND_LGWAN:
		return SEKISHO_MEANING_LGWAN;
	case SEKISHO_KIND_INTERNET:
		return SEKISHO_MEANING_INTERNET;
	case SEKISHO_KIND_EXTERNAL:
		return SEKISHO_MEANING_EXTERNAL;
	case SEKISHO_KIND_MANAGEMENT:
		return SEKISHO_MEANING_MANAGEMENT;
	default:
		return SEKISHO_MEANING_OTHER;
	}
}

static void add_site(struct judge_side *side, const struct sekisho_policy *policy)
{
	const struct sekisho_timeouts *timeouts = &policy->timeouts;
	const uint32_t ordered[MODULE_TIMEOUTS] = {
		timeouts->tcp_half_open, timeouts->tcp_established, timeouts->tcp_closing,
		timeouts->tcp_reset,	 timeouts->udp_unreplied,   timeouts->udp_replied,
		timeouts->icmp,		 timeouts->other,
	};
	struct module_zone_change zone[SEKISHO_ZONE_CHANGES_MAX];

	for (size_t i = 0; i < policy->zone_count; i++)
		zone[i] = (struct module_zone_change){ policy->zone[i].since,
						       policy->zone[i].offset };
	module_side_set_site(side->module, ordered, zone, policy->zone_count);
}

static void add_segment(struct judge_side *side, const struct sekisho_segment *segment)
{
	uint16_t ethertypes[SEKISHO_ETHERTYPES_MAX];
	struct module_range *networks = plain_ranges(&segment->networks);
	size_t kept = 0;

	for (size_t i = 0; i < segment->ethertype_count; i++) {
		size_t same = 0;

		while (same < kept && ethertypes[same] != segment->ethertypes[i])
			same++;
		if (same == kept)
			ethertypes[kept++] = segment->ethertypes[i];
	}
	module_side_add_segment(side->module, &(struct module_segment){
						      .name = segment->name,
						      .meaning = meaning_of(segment->kind),
						      .intra = segment->intra_permit,
						      .ethertypes = ethertypes,
						      .ethertype_count = kept,
						      .networks = networks,
						      .network_count = segment->networks.count,
					      });
	free(networks);
}

static void add_ports(struct judge_side *side, const struct sekisho_policy *policy)
{
	for (size_t i = 1; i < policy->segment_count; i++) {
		const struct sekisho_segment *segment = &policy->segments[i];

		for (size_t j = 0; j < segment->port_count; j++) {
			const struct sekisho_port *port = &segment->ports[j];

			module_side_add_port(side->module, port->interface,
					     ifindex_of((unsigned int)(port->interface[1] - '0')),
					     port->vlan, (uint16_t)i);
		}
	}
}

static void add_own(struct judge_side *side, const struct sekisho_ranges *ranges, bool broadcast)
{
	for (size_t i = 0; i < ranges->count; i++)
		module_side_add_own(side->module, ranges->items[i].family,
				    plain_address(ranges->items[i].first), broadcast);
}

static uint32_t add_hosts(struct judge_side *side, const struct sekisho_endpoint *endpoint)
{
	struct module_range *ranges;
	uint32_t number;

	if (!endpoint->hosts.count)
		return 0;
	ranges = plain_ranges(&endpoint->hosts);
	number = module_side_add_hosts(side->module, endpoint->segment, ranges,
				       endpoint->hosts.count);
	free(ranges);
	return number;
}

static void add_flow(struct judge_side *side, const struct sekisho_flow *flow)
{
	struct module_service *services = must(calloc(flow->service_count + 1, sizeof(*services)));
	struct module_port_range *ports = must(calloc(flow->source_port_count + 1, sizeof(*ports)));
	struct module_flow added = {
		.id = flow->id,
		.from = flow->from.segment,
		.to = flow->to.segment,
		.from_hosts = add_hosts(side, &flow->from),
		.to_hosts = add_hosts(side, &flow->to),
		.valid_from = flow->valid_from,
		.valid_until = flow->valid_until,
		.new_per_second = flow->limit.new_per_second,
		.concurrent = flow->limit.concurrent,
		.services = services,
		.service_count = flow->service_count,
		.macs = flow->macs,
		.mac_count = flow->mac_count,
		.source_ports = ports,
		.source_port_count = flow->source_port_count,
		.start_minute = flow->schedule.start_minute,
		.end_minute = flow->schedule.end_minute,
		.days = flow->schedule.present ? flow->schedule.days : 0,
		.survives = flow->survives_isolation,
	};

	for (size_t i = 0; i < flow->service_count; i++)
		services[i] = (struct module_service){ flow->services[i].protocol,
						       flow->services[i].first,
						       flow->services[i].last };
	for (size_t i = 0; i < flow->source_port_count; i++)
		ports[i] = (struct module_port_range){ flow->source_ports[i].first,
						       flow->source_ports[i].last };
	module_side_add_flow(side->module, &added);
	free(services);
	free(ports);
}

void judge_side_commit(struct judge_side *side, const struct world *world)
{
	const struct sekisho_policy *policy;

	if (!world) {
		module_side_no_policy(side->module);
		return;
	}
	policy = world->policy;
	module_side_begin(side->module);
	add_site(side, policy);
	for (size_t i = 1; i < policy->segment_count; i++)
		add_segment(side, &policy->segments[i]);
	add_ports(side, policy);
	add_own(side, &world->self.addresses, false);
	add_own(side, &world->self.broadcasts, true);
	for (size_t i = 0; i < policy->flow_count; i++)
		add_flow(side, &policy->flows[i]);
	module_side_commit(side->module);
}

void judge_side_isolate(struct judge_side *side, unsigned int slot, bool on)
{
	char name[8];

	snprintf(name, sizeof(name), "seg%u", slot);
	module_side_isolate(side->module, slot ? name : NULL, on);
}

void judge_side_suspend(struct judge_side *side, uint8_t family, struct sekisho_address address,
			bool on)
{
	module_side_suspend(side->module, family, plain_address(address), on);
}

void judge_side_full(struct judge_side *side, bool full)
{
	module_side_full(side->module, full);
}

void judge_side_sweep(struct judge_side *side)
{
	module_side_sweep(side->module);
}

unsigned int judge_side_connections(const struct judge_side *side)
{
	return module_side_connections(side->module);
}

struct outcome judge_side_judge(struct judge_side *side, const struct op_frame *frame)
{
	struct module_verdict verdict = module_side_judge(side->module, frame->output,
							  ifindex_of(frame->device), frame->bytes,
							  frame->length);
	struct outcome outcome = {
		.reason = verdict.reason,
		.passes = sekisho_reason_permits(verdict.reason),
		.from = verdict.from,
		.to = verdict.to,
		.flow = OUTCOME_NO_FLOW,
		.reply = verdict.reply,
	};

	if (verdict.flow[0])
		outcome.flow = (uint32_t)strtoul(verdict.flow + 1, NULL, 10);
	return outcome;
}
