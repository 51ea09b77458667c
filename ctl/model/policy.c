/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy's life: its defaults, its end and the two questions everybody asks of it.
 * Knows nothing of files, YAML, BPF or the kernel.
 */
#include "policy.h"

#include <stdlib.h>
#include <string.h>

const char *const sekisho_kind_names[SEKISHO_KINDS] = {
	[SEKISHO_KIND_SELF] = "self",	      [SEKISHO_KIND_MYNUMBER] = "mynumber",
	[SEKISHO_KIND_LGWAN] = "lgwan",	      [SEKISHO_KIND_INTERNET] = "internet",
	[SEKISHO_KIND_EXTERNAL] = "external", [SEKISHO_KIND_MANAGEMENT] = "management",
	[SEKISHO_KIND_OTHER] = "other",
};

static const struct sekisho_timeouts default_timeouts = {
	.tcp_half_open = 30,
	.tcp_established = 7200,
	.tcp_closing = 60,
	.tcp_reset = 10,
	.udp_unreplied = 30,
	.udp_replied = 180,
	.icmp = 30,
	.other = 600,
};

#define DEFAULT_ZONE   "Asia/Tokyo"
#define DEFAULT_OFFSET (9 * 3600)

static bool make_self(struct sekisho_policy *policy)
{
	struct sekisho_segment *self = calloc(1, sizeof(*self));

	if (!self)
		return false;
	policy->segments = self;
	policy->segment_count = 1;
	self->kind = SEKISHO_KIND_SELF;
	self->name = strdup("self");
	self->label = strdup("self");
	return self->name && self->label;
}

struct sekisho_policy *sekisho_policy_new(void)
{
	struct sekisho_policy *policy = calloc(1, sizeof(*policy));

	if (!policy)
		return NULL;
	policy->site_name = strdup("");
	policy->timezone = strdup(DEFAULT_ZONE);
	if (!policy->site_name || !policy->timezone || !make_self(policy)) {
		sekisho_policy_free(policy);
		return NULL;
	}
	policy->zone[0].since = INT64_MIN;
	policy->zone[0].offset = DEFAULT_OFFSET;
	policy->zone_count = 1;
	policy->connections = SEKISHO_CONNECTIONS_DEFAULT;
	policy->timeouts = default_timeouts;
	return policy;
}

static void free_segment(struct sekisho_segment *segment)
{
	for (size_t i = 0; i < segment->port_count; i++)
		free(segment->ports[i].interface);
	free(segment->ports);
	free(segment->networks.items);
	free(segment->name);
	free(segment->label);
}

static void free_flow(struct sekisho_flow *flow)
{
	free(flow->id);
	free(flow->from.hosts.items);
	free(flow->to.hosts.items);
	free(flow->macs);
	free(flow->source_ports);
	free(flow->services);
	free(flow->purpose);
	free(flow->requested_by);
	free(flow->approved_by);
	free(flow->dual_role_reason);
	free(flow->mac_exempt);
}

void sekisho_policy_free(struct sekisho_policy *policy)
{
	if (!policy)
		return;
	for (size_t i = 0; i < policy->segment_count; i++)
		free_segment(&policy->segments[i]);
	for (size_t i = 0; i < policy->gateway_count; i++) {
		free(policy->gateways[i].name);
		free(policy->gateways[i].hosts.items);
	}
	for (size_t i = 0; i < policy->flow_count; i++)
		free_flow(&policy->flows[i]);
	free(policy->segments);
	free(policy->gateways);
	free(policy->flows);
	free(policy->site_name);
	free(policy->timezone);
	free(policy);
}

uint16_t sekisho_policy_segment(const struct sekisho_policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->segment_count; i++)
		if (!strcmp(policy->segments[i].name, name))
			return (uint16_t)i;
	return SEKISHO_SEGMENT_NONE;
}

int32_t sekisho_policy_utc_offset(const struct sekisho_policy *policy, int64_t time)
{
	int32_t offset = 0;

	for (size_t i = 0; i < policy->zone_count && policy->zone[i].since <= time; i++)
		offset = policy->zone[i].offset;
	return offset;
}

int sekisho_address_compare(struct sekisho_address a, struct sekisho_address b)
{
	if (a.high != b.high)
		return a.high < b.high ? -1 : 1;
	if (a.low != b.low)
		return a.low < b.low ? -1 : 1;
	return 0;
}
