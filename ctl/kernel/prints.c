/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prints by which a commit finds what has changed since the last one. Knows the model only; must not
 * know tables.
 */
#include "prints.h"

#include <string.h>

/* The finalizer of MurmurHash3: each bit of a word changes half of those of the print. */
static uint64_t mix(uint64_t print, uint64_t word)
{
	print = (print ^ word) * 0x9e3779b97f4a7c15ull;
	print = (print ^ print >> 33) * 0xff51afd7ed558ccdull;
	return print ^ print >> 33;
}

static uint64_t mix_ranges(uint64_t print, const struct sekisho_range *ranges, size_t count)
{
	print = mix(print, count);
	for (size_t i = 0; i < count; i++) {
		print = mix(print, (uint64_t)ranges[i].family << 32 ^ ranges[i].first.low);
		print = mix(print, ranges[i].last.low);
		if (ranges[i].family == 4)
			continue;
		print = mix(print, ranges[i].first.high);
		print = mix(print, ranges[i].last.high);
	}
	return print;
}

static uint64_t mix_text(uint64_t print, const char *text)
{
	size_t length = strlen(text);

	print = mix(print, length);
	for (size_t i = 0; i < length; i++)
		print = mix(print, (unsigned char)text[i]);
	return print;
}

uint64_t sekisho_print_ranges(const struct sekisho_range *ranges, uint32_t count, uint32_t seed)
{
	return mix_ranges(seed, ranges, count);
}

static uint64_t mix_services(uint64_t print, const struct sekisho_flow *flow)
{
	print = mix(print, (uint64_t)flow->service_count << 32 | flow->source_port_count);
	for (size_t i = 0; i < flow->service_count; i++)
		print = mix(print, (uint64_t)flow->services[i].protocol << 32 |
					   (uint64_t)flow->services[i].first << 16 |
					   flow->services[i].last);
	for (size_t i = 0; i < flow->source_port_count; i++)
		print = mix(print, (uint64_t)flow->source_ports[i].first << 16 |
					   flow->source_ports[i].last);
	return print;
}

static uint64_t mix_demands(uint64_t print, const struct sekisho_flow *flow)
{
	const struct sekisho_schedule *schedule = &flow->schedule;

	print = mix(print, flow->mac_count);
	for (size_t i = 0; i < flow->mac_count; i++)
		print = mix(print, flow->macs[i]);
	print = mix(print, (uint64_t)flow->valid_from);
	print = mix(print, (uint64_t)flow->valid_until);
	print = mix(print, (uint64_t)schedule->start_minute << 32 |
				   (uint64_t)schedule->end_minute << 16 | schedule->days << 8 |
				   schedule->present);
	print = mix(print, (uint64_t)flow->limit.new_per_second << 32 | flow->limit.concurrent);
	return mix(print, (uint64_t)flow->log << 8 | flow->survives_isolation);
}

uint64_t sekisho_print_flow(const struct sekisho_flow *flow, uint32_t seed)
{
	uint64_t print = mix(seed, (uint64_t)flow->from.segment << 16 | flow->to.segment);

	print = mix_ranges(print, flow->from.hosts.items, flow->from.hosts.count);
	print = mix_ranges(print, flow->to.hosts.items, flow->to.hosts.count);
	return mix_demands(mix_services(print, flow), flow);
}

uint64_t sekisho_print_base(const struct sekisho_policy *policy, const struct sekisho_self *self,
			    uint32_t seed)
{
	uint64_t print = mix(seed, policy->segment_count);

	for (size_t i = 0; i < policy->segment_count; i++) {
		const struct sekisho_segment *segment = &policy->segments[i];

		print = mix_text(print, segment->name);
		print = mix_ranges(print, segment->networks.items, segment->networks.count);
	}
	print = mix_ranges(print, self->addresses.items, self->addresses.count);
	return mix_ranges(print, self->broadcasts.items, self->broadcasts.count);
}
