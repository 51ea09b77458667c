// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records that IPFIX can tell, as numbers. Knows nothing of IPFIX's messages.
 */
#include "ipfix/flow.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "audit/fields.h"
#include "audit/line.h"
#include "audit/stamp.h"

static uint64_t number(const struct sekisho_fields *fields, const char *key)
{
	int64_t value = sekisho_fields_number(fields, key, 0);

	return value < 0 ? 0 : (uint64_t)value;
}

static uint16_t port(const struct sekisho_fields *fields, const char *key)
{
	uint64_t value = number(fields, key);

	return value > UINT16_MAX ? 0 : (uint16_t)value;
}

static bool milliseconds(const struct sekisho_fields *fields, const char *key, uint64_t *value)
{
	char text[SEKISHO_STAMP_BYTES + 2];
	int64_t wall_ns;

	if (!sekisho_fields_text(fields, key, text, sizeof(text)) ||
	    strlen(text) != SEKISHO_STAMP_BYTES - 1 || sekisho_stamp_parse(text, &wall_ns))
		return false;
	*value = (uint64_t)wall_ns / 1000000;
	return true;
}

static uint8_t protocol(const struct sekisho_fields *fields)
{
	static const struct {
		const char *name;
		uint8_t number;
	} names[] = {
		{ "tcp", IPPROTO_TCP },
		{ "udp", IPPROTO_UDP },
		{ "icmp", IPPROTO_ICMP },
		{ "icmpv6", IPPROTO_ICMPV6 },
	};
	char text[16];
	unsigned long value;

	sekisho_fields_text(fields, "proto", text, sizeof(text));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(text, names[i].name))
			return names[i].number;
	}
	value = strtoul(text, NULL, 10);
	return value > UINT8_MAX ? 0 : (uint8_t)value;
}

static uint8_t end_reason(const struct sekisho_fields *fields)
{
	const struct sekisho_value *cause = sekisho_fields_find(fields, "cause");

	if (sekisho_value_is(cause, "idle"))
		return SEKISHO_FLOW_IDLE;
	/* The policy, or time, ended it: nobody of the two. */
	if (sekisho_value_is(cause, "expired") || sekisho_value_is(cause, "revoked"))
		return SEKISHO_FLOW_FORCED;
	return SEKISHO_FLOW_ENDED;
}

/* Both of one family, or none. */
static void addresses(struct sekisho_flow *flow, const struct sekisho_fields *fields,
		      const char *source, const char *destination)
{
	static const int families[] = {
		[SEKISHO_FLOW_IPV4] = AF_INET,
		[SEKISHO_FLOW_IPV6] = AF_INET6,
	};
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];

	sekisho_fields_text(fields, source, from, sizeof(from));
	sekisho_fields_text(fields, destination, to, sizeof(to));
	for (int i = SEKISHO_FLOW_IPV4; i <= SEKISHO_FLOW_IPV6; i++) {
		if (inet_pton(families[i], from, flow->source) == 1 &&
		    inet_pton(families[i], to, flow->destination) == 1)
			flow->family = (enum sekisho_flow_family)i;
	}
}

static bool read_end(struct sekisho_flow *flow, const struct sekisho_fields *fields)
{
	flow->firewall_event = SEKISHO_FIREWALL_DELETED;
	flow->end_reason = end_reason(fields);
	flow->packets = number(fields, "packets_out");
	flow->bytes = number(fields, "bytes_out");
	flow->reverse_packets = number(fields, "packets_in");
	flow->reverse_bytes = number(fields, "bytes_in");
	flow->source_port = port(fields, "initiator_port");
	flow->destination_port = port(fields, "responder_port");
	addresses(flow, fields, "initiator", "responder");
	return milliseconds(fields, "start", &flow->start_ms) &&
	       milliseconds(fields, "end", &flow->end_ms);
}

static bool read_denial(struct sekisho_flow *flow, const struct sekisho_fields *fields)
{
	flow->denied = true;
	flow->firewall_event = SEKISHO_FIREWALL_DENIED;
	flow->packets = number(fields, "count");
	flow->bytes = number(fields, "bytes");
	flow->source_port = port(fields, "sport");
	flow->destination_port = port(fields, "dport");
	addresses(flow, fields, "src", "dst");
	return milliseconds(fields, "first", &flow->start_ms) &&
	       milliseconds(fields, "last", &flow->end_ms);
}

bool sekisho_flow_read(struct sekisho_flow *flow, const struct sekisho_entry *entry)
{
	struct sekisho_fields fields;
	bool end;

	if (entry->defect)
		return false;
	end = sekisho_line_is(&entry->line, "flow.end");
	if (!end && !sekisho_line_is(&entry->line, "deny"))
		return false;
	memset(flow, 0, sizeof(*flow));
	sekisho_fields_read(&fields, entry->text);
	flow->seq = entry->line.seq;
	flow->protocol = protocol(&fields);
	sekisho_fields_text(&fields, "from", flow->from, sizeof(flow->from));
	sekisho_fields_text(&fields, "to", flow->to, sizeof(flow->to));
	sekisho_fields_text(&fields, "flow", flow->flow, sizeof(flow->flow));
	sekisho_fields_text(&fields, "reason", flow->reason, sizeof(flow->reason));
	return end ? read_end(flow, &fields) : read_denial(flow, &fields);
}
