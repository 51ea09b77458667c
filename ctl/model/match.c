// SPDX-License-Identifier: GPL-2.0-only
/*
 * Line 13 of docs/semantics.md: which flow matches, which of several decides, and how near the
 * others came. One pass over all flows, for clarity alone. Knows nothing of frames' bytes,
 * connections or isolation, and shares no code with bpf/.
 */
#include "match.h"

#include <string.h>

#include "sekisho/reasons.h"
#include "verdict.h"

#define PROTOCOL_TCP  6
#define PROTOCOL_UDP  17
#define DAY_SECONDS   86400
#define WEEKDAY_EPOCH 3 /* 1970-01-01 was a Thursday; Monday is 0 */

/* What a flow fails on, nearest first. */
enum miss {
	MISS_NOTHING,
	MISS_ENDED,
	MISS_NOT_BEGUN,
	MISS_HOURS,
	MISS_MAC,
	MISS_PORT,
	MISS_HOSTS,
	MISS_NO_FLOW,
};

static const uint8_t miss_reasons[] = {
	[MISS_NOTHING] = SEKISHO_REASON_PERMIT_NEW,
	[MISS_ENDED] = SEKISHO_REASON_EXPIRED,
	[MISS_NOT_BEGUN] = SEKISHO_REASON_NOT_YET_VALID,
	[MISS_HOURS] = SEKISHO_REASON_OUTSIDE_SCHEDULE,
	[MISS_MAC] = SEKISHO_REASON_MAC_MISMATCH,
	[MISS_PORT] = SEKISHO_REASON_PORT_NOT_PERMITTED,
	[MISS_HOSTS] = SEKISHO_REASON_NOT_LISTED,
	[MISS_NO_FLOW] = SEKISHO_REASON_NO_FLOW,
};

bool sekisho_flow_ended(const struct sekisho_flow *flow, int64_t wall)
{
	return flow->valid_until <= wall;
}

static int64_t floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Hours that cross midnight belong to the day they began: after midnight yesterday's bit counts. */
static bool within_schedule(const struct sekisho_policy *policy,
			    const struct sekisho_schedule *schedule, int64_t wall)
{
	int64_t local = wall + sekisho_policy_utc_offset(policy, wall);
	int64_t day = floor_divide(local, DAY_SECONDS);
	int minute = (int)((local - day * DAY_SECONDS) / 60);
	int weekday = (int)(day + WEEKDAY_EPOCH - 7 * floor_divide(day + WEEKDAY_EPOCH, 7));
	bool today = schedule->days >> weekday & 1;
	bool yesterday = schedule->days >> (weekday + 6) % 7 & 1;

	if (!schedule->present)
		return true;
	if (schedule->end_minute >= schedule->start_minute)
		return today && minute >= schedule->start_minute && minute < schedule->end_minute;
	return (today && minute >= schedule->start_minute) ||
	       (yesterday && minute < schedule->end_minute);
}

static bool endpoint_holds(const struct sekisho_endpoint *endpoint, uint8_t family,
			   struct sekisho_address address)
{
	size_t i;

	for (i = 0; i < endpoint->hosts.count; i++)
		if (sekisho_range_contains(&endpoint->hosts.items[i], family, address))
			return true;
	return endpoint->hosts.count == 0;
}

static bool service_listed(const struct sekisho_flow *flow, const struct sekisho_query *query)
{
	size_t i;

	for (i = 0; i < flow->service_count; i++) {
		const struct sekisho_service *service = &flow->services[i];

		if (service->protocol == query->protocol && service->first <= query->service &&
		    query->service <= service->last)
			return true;
	}
	return false;
}

/* Only TCP and UDP have source ports to ask for; everything else is asked for 0. */
static bool source_port_listed(const struct sekisho_flow *flow, const struct sekisho_query *query)
{
	bool has_ports = query->protocol == PROTOCOL_TCP || query->protocol == PROTOCOL_UDP;
	uint16_t port = has_ports ? query->source_port : 0;
	size_t i;

	for (i = 0; i < flow->source_port_count; i++)
		if (flow->source_ports[i].first <= port && port <= flow->source_ports[i].last)
			return true;
	return flow->source_port_count == 0;
}

static bool mac_listed(const struct sekisho_flow *flow, uint64_t mac)
{
	size_t i;

	for (i = 0; i < flow->mac_count; i++)
		if (flow->macs[i] == mac)
			return true;
	return flow->mac_count == 0;
}

static enum miss miss_of_time(const struct sekisho_policy *policy, const struct sekisho_flow *flow,
			      const struct sekisho_query *query)
{
	if (sekisho_flow_ended(flow, query->wall))
		return MISS_ENDED;
	if (query->again)
		return MISS_NOTHING;
	if (query->wall < flow->valid_from)
		return MISS_NOT_BEGUN;
	if (!within_schedule(policy, &flow->schedule, query->wall))
		return MISS_HOURS;
	return MISS_NOTHING;
}

/* The farthest thing that the flow fails on: it names the miss, whatever else fails. */
static enum miss miss_of(const struct sekisho_policy *policy, const struct sekisho_flow *flow,
			 const struct sekisho_query *query)
{
	if (!endpoint_holds(&flow->from, query->family, query->source) ||
	    !endpoint_holds(&flow->to, query->family, query->destination))
		return MISS_HOSTS;
	if (!service_listed(flow, query))
		return MISS_PORT;
	if (!query->again && !source_port_listed(flow, query))
		return MISS_PORT;
	if (!query->any_mac && !mac_listed(flow, query->mac))
		return MISS_MAC;
	return miss_of_time(policy, flow, query);
}

static bool is_limited(const struct sekisho_flow *flow)
{
	return flow->limit.new_per_second || flow->limit.concurrent;
}

/* Which match decides: @a before @b? */
static bool decides_over(const struct sekisho_flow *a, const struct sekisho_flow *b)
{
	if (is_limited(a) != is_limited(b))
		return is_limited(b);
	if (a->valid_until != b->valid_until)
		return a->valid_until > b->valid_until;
	return strcmp(a->id, b->id) < 0;
}

static bool exists_for(const struct sekisho_flow *flow, const struct sekisho_query *query)
{
	if (flow->from.segment != query->from || flow->to.segment != query->to)
		return false;
	return flow->survives_isolation || !query->restricted;
}

/* `not-listed` under the name that says most about these two segments. */
static uint8_t name_not_listed(const struct sekisho_policy *policy, uint16_t from, uint16_t to)
{
	enum sekisho_segment_kind a = policy->segments[from].kind, b = policy->segments[to].kind;

	if (a == SEKISHO_KIND_EXTERNAL || b == SEKISHO_KIND_EXTERNAL)
		return SEKISHO_REASON_PEER_UNREGISTERED;
	if ((a == SEKISHO_KIND_LGWAN && b == SEKISHO_KIND_INTERNET) ||
	    (a == SEKISHO_KIND_INTERNET && b == SEKISHO_KIND_LGWAN))
		return SEKISHO_REASON_NOT_A_GATEWAY;
	return SEKISHO_REASON_NOT_LISTED;
}

uint8_t sekisho_query_match(const struct sekisho_policy *policy, const struct sekisho_query *query,
			    uint32_t *flow)
{
	enum miss nearest = MISS_NO_FLOW;
	size_t i;

	*flow = SEKISHO_NO_FLOW;
	if (query->from >= policy->segment_count || query->to >= policy->segment_count)
		return SEKISHO_REASON_NO_FLOW;
	if (query->from == query->to && policy->segments[query->from].intra_permit)
		return SEKISHO_REASON_PERMIT_INTRA;
	for (i = 0; i < policy->flow_count; i++) {
		const struct sekisho_flow *candidate = &policy->flows[i];
		enum miss miss;

		if (!exists_for(candidate, query))
			continue;
		miss = miss_of(policy, candidate, query);
		if (miss < nearest || (miss == nearest && miss == MISS_NOTHING &&
				       decides_over(candidate, &policy->flows[*flow]))) {
			nearest = miss;
			*flow = (uint32_t)i;
		}
	}
	if (nearest == MISS_HOSTS)
		return name_not_listed(policy, query->from, query->to);
	return miss_reasons[nearest];
}

bool sekisho_query_dhcp(const struct sekisho_policy *policy, const struct sekisho_query *query)
{
	size_t i;

	for (i = 0; i < policy->flow_count; i++) {
		const struct sekisho_flow *flow = &policy->flows[i];

		if (exists_for(flow, query) && service_listed(flow, query) &&
		    mac_listed(flow, query->mac) &&
		    miss_of_time(policy, flow, query) == MISS_NOTHING)
			return true;
	}
	return false;
}

uint8_t sekisho_model_match(const struct sekisho_policy *policy, const struct sekisho_self *self,
			    const struct sekisho_frame *frame, uint16_t from, uint16_t to,
			    bool output, int64_t wall, bool restricted, uint32_t *flow)
{
	struct sekisho_query query = {
		.from = from,
		.to = to,
		.family = frame->family,
		.source = frame->source,
		.destination = frame->destination,
		.protocol = frame->protocol,
		.service = frame->service,
		.source_port = frame->source_port,
		.mac = frame->source_mac,
		.any_mac = output,
		.restricted = restricted,
		.wall = wall,
	};

	(void)self; /* which addresses are the host's is already in @from and @to */
	return sekisho_query_match(policy, &query, flow);
}
