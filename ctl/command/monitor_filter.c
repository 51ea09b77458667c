// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which records a person wants to see. Knows nothing of where they come from.
 */
#include "command/monitor_filter.h"

#include <string.h>

#include "command/orders.h"
#include "policy/addresses.h"
#include "ui/format.h"

bool sekisho_monitor_filter_host(struct sekisho_monitor_filter *filter, const char *text)
{
	enum sekisho_range_fault fault;

	if (sekisho_parse_mac(text, &filter->mac)) {
		filter->by_mac = true;
		return true;
	}
	fault = sekisho_range_parse(text, &filter->range);
	/* Whoever names a host and its prefix length means the network. */
	filter->by_range = fault == SEKISHO_RANGE_GOOD || fault == SEKISHO_RANGE_HOST_BITS;
	return filter->by_range;
}

bool sekisho_monitor_filter_is_set(const struct sekisho_monitor_filter *filter)
{
	return filter->by_range || filter->by_mac || filter->by_port || filter->segment ||
	       filter->from || filter->to || filter->flow || filter->reason || filter->type;
}

static bool is(const json_t *record, const char *key, const char *text)
{
	const char *value = json_string_value(json_object_get(record, key));

	return value && !strcmp(value, text);
}

/* Whether a key has the wanted text; NULL: whatever it has. */
static bool agrees(const json_t *record, const char *key, const char *text)
{
	return !text || is(record, key, text);
}

static bool is_in_range(const struct sekisho_monitor_filter *filter, const json_t *record,
			const char *key)
{
	const char *text = json_string_value(json_object_get(record, key));
	struct sekisho_address address;
	uint8_t family;

	return text && sekisho_parse_address(text, &family, &address) &&
	       sekisho_range_contains(&filter->range, family, address);
}

static bool is_host(const struct sekisho_monitor_filter *filter, const json_t *record)
{
	/* `target`: who was suspended. */
	static const char *const keys[] = { "src", "dst", "initiator", "responder", "target" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (is_in_range(filter, record, keys[i]))
			return true;
	}
	return false;
}

static bool is_mac(const struct sekisho_monitor_filter *filter, const json_t *record)
{
	static const char *const keys[] = { "smac", "target" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *text = json_string_value(json_object_get(record, keys[i]));
		uint64_t mac;

		if (text && sekisho_parse_mac(text, &mac) && mac == filter->mac)
			return true;
	}
	return false;
}

static bool is_port(const struct sekisho_monitor_filter *filter, const json_t *record)
{
	static const char *const keys[] = { "sport", "dport", "initiator_port", "responder_port" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const json_t *port = json_object_get(record, keys[i]);

		if (json_is_integer(port) && json_integer_value(port) == filter->port)
			return true;
	}
	return false;
}

/* What befell all of them befell this one. */
static bool is_segment(const json_t *record, const char *segment)
{
	return is(record, "from", segment) || is(record, "to", segment) ||
	       is(record, "segment", segment) || is(record, "segment", SEKISHO_ORDERS_ALL);
}

/* `denied`: the guard's own reason, where it differed from the programs. */
static bool is_reason(const json_t *record, const char *reason)
{
	return is(record, "reason", reason) || is(record, "denied", reason);
}

bool sekisho_monitor_filter_matches(const struct sekisho_monitor_filter *filter,
				    const json_t *record)
{
	if (!record)
		return false;
	return agrees(record, "type", filter->type) && agrees(record, "from", filter->from) &&
	       agrees(record, "to", filter->to) && agrees(record, "flow", filter->flow) &&
	       (!filter->reason || is_reason(record, filter->reason)) &&
	       (!filter->segment || is_segment(record, filter->segment)) &&
	       (!filter->by_port || is_port(filter, record)) &&
	       (!filter->by_range || is_host(filter, record)) &&
	       (!filter->by_mac || is_mac(filter, record));
}
