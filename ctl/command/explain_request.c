// SPDX-License-Identifier: GPL-2.0-only
/*
 * The packet that `explain` is asked about. Knows nothing of policies or verdicts.
 */
#include "command/explain_request.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "ui/format.h"

#define SOURCE_PORT_DEFAULT 49152 /* the first of those that hosts choose for themselves */

#define FLAG_FIN 0x01
#define FLAG_SYN 0x02

#define ECHO_REQUEST_4 8
#define ECHO_REPLY_4   0
#define ECHO_REQUEST_6 128
#define ECHO_REPLY_6   129
#define IDENTIFIER     1

enum key {
	IN,
	SRC,
	DST,
	PROTO,
	SPORT,
	DPORT,
	SMAC,
	AT,
	FLAGS,
	TYPE,
	KEYS
};

static const char *const key_names[KEYS] = {
	"in", "src", "dst", "proto", "sport", "dport", "smac", "at", "flags", "type",
};

static bool fail(struct sekisho_explain_problem *problem, enum sekisho_explain_fault fault,
		 const char *key, const char *value)
{
	problem->fault = fault;
	snprintf(problem->key, sizeof(problem->key), "%s", key);
	snprintf(problem->value, sizeof(problem->value), "%s", value ? value : "");
	return false;
}

/* Values by key; NULL where not given. */
static bool split(const char *const *words, size_t count, const char *values[KEYS],
		  struct sekisho_explain_problem *problem)
{
	for (size_t i = 0; i < count; i++) {
		size_t length = strcspn(words[i], "=");
		enum key key = IN;

		if (!words[i][length])
			return fail(problem, SEKISHO_EXPLAIN_NO_KEY, words[i], NULL);
		while (key < KEYS && (strlen(key_names[key]) != length ||
				      strncmp(key_names[key], words[i], length)))
			key++;
		if (key == KEYS) {
			fail(problem, SEKISHO_EXPLAIN_UNKNOWN, words[i], NULL);
			if (length < sizeof(problem->key))
				problem->key[length] = '\0';
			return false;
		}
		if (values[key])
			return fail(problem, SEKISHO_EXPLAIN_TWICE, key_names[key], NULL);
		values[key] = words[i] + length + 1;
	}
	return true;
}

static bool take_address(const char *text, enum key key, bool *self, uint8_t *family,
			 struct sekisho_address *address, struct sekisho_explain_problem *problem)
{
	*self = !strcmp(text, SEKISHO_EXPLAIN_SELF);
	if (*self || sekisho_parse_address(text, family, address))
		return true;
	return fail(problem, SEKISHO_EXPLAIN_VALUE, key_names[key], text);
}

static bool take_addresses(const char *const values[KEYS], struct sekisho_explain_request *request,
			   struct sekisho_explain_problem *problem)
{
	const char *source = values[SRC];
	uint8_t from = 0, to = 0;

	if (!source && request->output)
		source = SEKISHO_EXPLAIN_SELF;
	if (!source)
		return fail(problem, SEKISHO_EXPLAIN_MISSING, key_names[SRC], NULL);
	if (!values[DST])
		return fail(problem, SEKISHO_EXPLAIN_MISSING, key_names[DST], NULL);
	if (!take_address(source, SRC, &request->source_self, &from, &request->source, problem) ||
	    !take_address(values[DST], DST, &request->destination_self, &to, &request->destination,
			  problem))
		return false;
	if (from && to && from != to)
		return fail(problem, SEKISHO_EXPLAIN_FAMILY, key_names[DST], values[DST]);
	request->family = from ? from : to ? to : 4;
	return true;
}

static bool take_protocol(const char *text, struct sekisho_explain_request *request,
			  struct sekisho_explain_problem *problem)
{
	uint64_t number;

	if (!text)
		return fail(problem, SEKISHO_EXPLAIN_MISSING, key_names[PROTO], NULL);
	if (!strcasecmp(text, "tcp"))
		request->protocol = IPPROTO_TCP;
	else if (!strcasecmp(text, "udp"))
		request->protocol = IPPROTO_UDP;
	else if (!strcasecmp(text, "icmp") || !strcasecmp(text, "icmpv6"))
		request->protocol = request->family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	else if (sekisho_parse_number(text, 255, &number))
		request->protocol = (uint8_t)number;
	else
		return fail(problem, SEKISHO_EXPLAIN_VALUE, key_names[PROTO], text);
	return true;
}

static bool take_number(const char *const values[KEYS], enum key key, uint64_t most,
			uint64_t otherwise, uint64_t *number,
			struct sekisho_explain_problem *problem)
{
	*number = otherwise;
	if (!values[key] || sekisho_parse_number(values[key], most, number))
		return true;
	return fail(problem, SEKISHO_EXPLAIN_VALUE, key_names[key], values[key]);
}

static bool has_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP;
}

static bool take_ports(const char *const values[KEYS], struct sekisho_explain_request *request,
		       struct sekisho_explain_problem *problem)
{
	uint8_t echo = request->family == 4 ? ECHO_REQUEST_4 : ECHO_REQUEST_6;
	uint64_t source, destination, type;

	if (!take_number(values, SPORT, 65535, SOURCE_PORT_DEFAULT, &source, problem) ||
	    !take_number(values, DPORT, 65535, 0, &destination, problem) ||
	    !take_number(values, TYPE, 255, echo, &type, problem))
		return false;
	if (has_ports(request->protocol) && !values[DPORT])
		return fail(problem, SEKISHO_EXPLAIN_MISSING, key_names[DPORT], NULL);
	request->source_port = (uint16_t)source;
	request->destination_port = (uint16_t)destination;
	request->icmp_type = (uint8_t)type;
	return true;
}

static bool take_flags(const char *text, struct sekisho_explain_request *request,
		       struct sekisho_explain_problem *problem)
{
	static const char *const names[] = {
		"fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr",
	};
	const char *at = text;

	request->tcp_flags = FLAG_SYN;
	if (!text)
		return true;
	request->tcp_flags = 0;
	while (*at) {
		size_t length = strcspn(at, ",+"), bit = 0;

		while (bit < 8 &&
		       (strlen(names[bit]) != length || strncasecmp(names[bit], at, length)))
			bit++;
		if (bit == 8)
			return fail(problem, SEKISHO_EXPLAIN_VALUE, key_names[FLAGS], text);
		request->tcp_flags |= (uint8_t)(1u << bit);
		at += length + (at[length] != '\0');
	}
	return true;
}

bool sekisho_explain_parse(const char *const *words, size_t count,
			   struct sekisho_explain_request *request,
			   struct sekisho_explain_problem *problem)
{
	const char *values[KEYS] = { NULL };

	memset(request, 0, sizeof(*request));
	memset(problem, 0, sizeof(*problem));
	if (!split(words, count, values, problem))
		return false;
	if (!values[IN])
		return fail(problem, SEKISHO_EXPLAIN_MISSING, key_names[IN], NULL);
	request->port = values[IN];
	request->output = !strcmp(values[IN], SEKISHO_EXPLAIN_SELF);
	request->at = values[AT];
	request->has_mac = values[SMAC];
	if (values[SMAC] && !sekisho_parse_mac(values[SMAC], &request->mac))
		return fail(problem, SEKISHO_EXPLAIN_VALUE, key_names[SMAC], values[SMAC]);
	return take_addresses(values, request, problem) &&
	       take_protocol(values[PROTO], request, problem) &&
	       take_ports(values, request, problem) && take_flags(values[FLAGS], request, problem);
}

bool sekisho_explain_time(const char *text, const struct sekisho_zone *zone, int64_t *seconds)
{
	static const char *const forms[] = { "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S",
					     "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d" };
	const char *rest = NULL;
	struct tm parts;
	uint64_t number;
	int64_t local;

	if (*text == '@') {
		if (!sekisho_parse_number(text + 1, UINT32_MAX, &number))
			return false;
		*seconds = (int64_t)number;
		return true;
	}
	for (size_t i = 0; !rest && i < sizeof(forms) / sizeof(forms[0]); i++) {
		memset(&parts, 0, sizeof(parts));
		rest = strptime(text, forms[i], &parts);
	}
	if (!rest)
		return false;
	local = timegm(&parts);
	if (!strcmp(rest, "Z")) {
		*seconds = local;
	} else if (*rest) {
		/* %z takes +0900 and +09:00 alike. */
		rest = strptime(rest, "%z", &parts);
		if (!rest || *rest)
			return false;
		*seconds = local - parts.tm_gmtoff;
	} else {
		*seconds = sekisho_zone_to_utc(zone, local);
	}
	return *seconds >= 0;
}

static bool is_error(uint8_t family, uint8_t type)
{
	if (family == 6)
		return type < 128 || type == 137;
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static void set_icmp(const struct sekisho_explain_request *request, struct sekisho_frame *frame)
{
	uint8_t type = request->icmp_type;
	bool four = request->family == 4;

	frame->icmp_type = type;
	frame->service = type;
	frame->icmp_error = is_error(request->family, type);
	if (type == (four ? ECHO_REQUEST_4 : ECHO_REQUEST_6)) {
		frame->source_port = IDENTIFIER;
	} else if (type == (four ? ECHO_REPLY_4 : ECHO_REPLY_6)) {
		frame->destination_port = IDENTIFIER;
	} else {
		frame->source_port = (uint16_t)(type << 8);
		frame->destination_port = 65535;
	}
}

void sekisho_explain_frame(const struct sekisho_explain_request *request, uint16_t vlan,
			   struct sekisho_frame *frame)
{
	bool four = request->family == 4;

	memset(frame, 0, sizeof(*frame));
	frame->length = 74;
	frame->source_mac = request->mac;
	frame->vlan = vlan;
	frame->ethertype = four ? 0x0800 : 0x86dd;
	frame->family = request->family;
	frame->source = request->source;
	frame->destination = request->destination;
	frame->protocol = request->protocol;
	frame->hop_limit = 64;
	if (has_ports(request->protocol)) {
		frame->source_port = request->source_port;
		frame->destination_port = request->destination_port;
		frame->service = request->destination_port;
	} else if (request->protocol == (four ? IPPROTO_ICMP : IPPROTO_ICMPV6)) {
		set_icmp(request, frame);
	}
	if (request->protocol == IPPROTO_TCP) {
		frame->tcp.flags = request->tcp_flags;
		frame->tcp.seq = 1;
		frame->tcp.window = 64240;
		frame->tcp.length = (request->tcp_flags & FLAG_SYN ? 1 : 0) +
				    (request->tcp_flags & FLAG_FIN ? 1 : 0);
	}
}
