// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records that IPFIX can tell, as numbers. Knows nothing of IPFIX's messages.
 */
#include "ipfix/flow.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include "audit/fields.h"
#include "audit/line.h"
#include "audit/network.h"
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
	char text[16];
	int number;

	sekisho_fields_text(fields, "proto", text, sizeof(text));
	number = sekisho_network_protocol(text);
	return number < 0 ? 0 : (uint8_t)number;
}

static uint8_t end_reason(const struct sekisho_fields *fields)
{
	const struct sekisho_value *cause = sekisho_fields_find(fields, "cause");

	if (sekisho_value_is(cause, "idle"))
		return SEKISHO_IPFIX_IDLE;
	/* The policy, or time, ended it: nobody of the two. */
	if (sekisho_value_is(cause, "expired") || sekisho_value_is(cause, "revoked"))
		return SEKISHO_IPFIX_FORCED;
	return SEKISHO_IPFIX_ENDED;
}

static void put_address(uint8_t put[SEKISHO_NETWORK_ADDRESS],
			const uint8_t address[SEKISHO_NETWORK_ADDRESS], bool v4)
{
	size_t from = v4 ? SEKISHO_NETWORK_IPV4_AT : 0;

	memcpy(put, address + from, SEKISHO_NETWORK_ADDRESS - from);
}

/* Both of one family, or none. */
static void addresses(struct sekisho_ipfix_flow *flow, const struct sekisho_fields *fields,
		      const char *source, const char *destination)
{
	uint8_t from[SEKISHO_NETWORK_ADDRESS], to[SEKISHO_NETWORK_ADDRESS];
	char text[INET6_ADDRSTRLEN];
	bool from_v4, to_v4, good;

	sekisho_fields_text(fields, source, text, sizeof(text));
	good = sekisho_network_address(text, from, &from_v4);
	sekisho_fields_text(fields, destination, text, sizeof(text));
	good = sekisho_network_address(text, to, &to_v4) && good;
	if (!good || from_v4 != to_v4)
		return;
	flow->family = to_v4 ? SEKISHO_IPFIX_IPV4 : SEKISHO_IPFIX_IPV6;
	put_address(flow->source, from, from_v4);
	put_address(flow->destination, to, to_v4);
}

static bool read_end(struct sekisho_ipfix_flow *flow, const struct sekisho_fields *fields)
{
	flow->firewall_event = SEKISHO_IPFIX_DELETED;
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

static bool read_denial(struct sekisho_ipfix_flow *flow, const struct sekisho_fields *fields)
{
	flow->denied = true;
	flow->firewall_event = SEKISHO_IPFIX_DENIED;
	flow->packets = number(fields, "count");
	flow->bytes = number(fields, "bytes");
	flow->source_port = port(fields, "sport");
	flow->destination_port = port(fields, "dport");
	addresses(flow, fields, "src", "dst");
	return milliseconds(fields, "first", &flow->start_ms) &&
	       milliseconds(fields, "last", &flow->end_ms);
}

bool sekisho_ipfix_read(struct sekisho_ipfix_flow *flow, const struct sekisho_entry *entry)
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
