/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes a policy as canonical JSON. Everything that changes a verdict or a record is in it; what
 * only changes how a file looks (its order, its named sets, its lines) is not.
 * Knows nothing of files or YAML.
 */
#include "policy/canonical.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/addresses.h"

/* So much text is digested at a time, which stays in the processor's cache. */
#define DIGESTED_BYTES 16384

/* Grows; after a failure it swallows what is written. */
struct text {
	EVP_MD_CTX *digest; /* NULL: the text is kept; else it goes there and room is used again */
	char *bytes;
	size_t length;
	size_t room;
	bool failed;
};

static bool make_room(struct text *text, size_t more)
{
	size_t room = text->room ? text->room : DIGESTED_BYTES;
	char *bytes;

	if (text->failed)
		return false;
	if (text->length + more < text->room)
		return true;
	if (text->digest) {
		text->failed = EVP_DigestUpdate(text->digest, text->bytes, text->length) != 1;
		text->length = 0;
		if (more < text->room)
			return !text->failed;
	}
	while (room <= text->length + more)
		room *= 2;
	bytes = realloc(text->bytes, room);
	if (!bytes) {
		text->failed = true;
		return false;
	}
	text->bytes = bytes;
	text->room = room;
	return true;
}

static void put_bytes(struct text *text, const char *bytes, size_t length)
{
	if (!make_room(text, length))
		return;
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
}

static void put(struct text *text, const char *literal)
{
	put_bytes(text, literal, strlen(literal));
}

static void put_integer(struct text *text, int64_t value)
{
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (value < 0)
		digits[--at] = '-';
	put_bytes(text, digits + at, sizeof(digits) - at);
}

static void put_string(struct text *text, const char *string)
{
	if (!string) {
		put(text, "null");
		return;
	}
	put(text, "\"");
	while (*string) {
		size_t plain = strcspn(string, "\"\\");

		put_bytes(text, string, plain);
		string += plain;
		if (*string) {
			put(text, "\\");
			put_bytes(text, string++, 1);
		}
	}
	put(text, "\"");
}

static void put_key(struct text *text, const char *key)
{
	put(text, "\"");
	put(text, key);
	put(text, "\":");
}

/* A comma unless it is the first, then the key. */
static void put_next_key(struct text *text, const char *key)
{
	put(text, ",");
	put_key(text, key);
}

static void put_field(struct text *text, const char *key, int64_t value)
{
	put_next_key(text, key);
	put_integer(text, value);
}

static void put_text_field(struct text *text, const char *key, const char *value)
{
	put_next_key(text, key);
	put_string(text, value);
}

static void put_ranges(struct text *text, const struct sekisho_ranges *ranges)
{
	char range[SEKISHO_RANGE_TEXT];

	put(text, "[");
	for (size_t i = 0; i < ranges->count; i++) {
		sekisho_range_format(&ranges->items[i], range);
		put(text, i ? ",\"" : "\"");
		put(text, range);
		put(text, "\"");
	}
	put(text, "]");
}

static void put_site(struct text *text, const struct sekisho_policy *policy)
{
	const struct sekisho_timeouts *timeouts = &policy->timeouts;

	put(text, "{");
	put_key(text, "connections");
	put_integer(text, policy->connections);
	put_field(text, "forward", policy->forward);
	put_field(text, "guard_required", policy->guard_required);
	put_field(text, "log_failure", policy->log_failure);
	/* A policy that does not speak of it is the one it was before it could. */
	if (policy->log_retention_days)
		put_field(text, "log_retention_days", policy->log_retention_days);
	put_field(text, "model", policy->model);
	put_text_field(text, "name", policy->site_name);
	put_text_field(text, "object", "site");
	put_next_key(text, "timeouts");
	put(text, "{");
	put_key(text, "icmp");
	put_integer(text, timeouts->icmp);
	put_field(text, "other", timeouts->other);
	put_field(text, "tcp_closing", timeouts->tcp_closing);
	put_field(text, "tcp_established", timeouts->tcp_established);
	put_field(text, "tcp_half_open", timeouts->tcp_half_open);
	put_field(text, "tcp_reset", timeouts->tcp_reset);
	put_field(text, "udp_replied", timeouts->udp_replied);
	put_field(text, "udp_unreplied", timeouts->udp_unreplied);
	put(text, "}");
	put_text_field(text, "timezone", policy->timezone);
	put_field(text, "version", 1);
	put(text, "}\n");
}

static void put_ports(struct text *text, const struct sekisho_segment *segment)
{
	put(text, "[");
	for (size_t i = 0; i < segment->port_count; i++) {
		put(text, i ? ",{" : "{");
		put_key(text, "interface");
		put_string(text, segment->ports[i].interface);
		put_field(text, "medium", segment->ports[i].medium);
		put_field(text, "vlan", segment->ports[i].vlan);
		put(text, "}");
	}
	put(text, "]");
}

static void put_segment(struct text *text, const struct sekisho_segment *segment)
{
	put(text, "{");
	put_key(text, "class");
	put(text, "[");
	put_integer(text, segment->class.confidentiality);
	put(text, ",");
	put_integer(text, segment->class.integrity);
	put(text, ",");
	put_integer(text, segment->class.availability);
	put(text, "]");
	put_next_key(text, "ethertypes");
	put(text, "[");
	for (size_t i = 0; i < segment->ethertype_count; i++) {
		put(text, i ? "," : "");
		put_integer(text, segment->ethertypes[i]);
	}
	put(text, "]");
	put_field(text, "intra_permit", segment->intra_permit);
	put_field(text, "kind", segment->kind);
	put_text_field(text, "label", segment->label);
	put_text_field(text, "name", segment->name);
	put_next_key(text, "networks");
	put_ranges(text, &segment->networks);
	put_text_field(text, "object", "segment");
	put_field(text, "peer_class", segment->peer_class);
	put_next_key(text, "ports");
	put_ports(text, segment);
	put(text, "}\n");
}

static void put_gateway(struct text *text, const struct sekisho_gateway *gateway)
{
	put(text, "{");
	put_key(text, "hosts");
	put_ranges(text, &gateway->hosts);
	put_field(text, "methods", gateway->methods);
	put_text_field(text, "name", gateway->name);
	put_text_field(text, "object", "gateway");
	put(text, "}\n");
}

static void put_endpoint(struct text *text, const struct sekisho_policy *policy,
			 const struct sekisho_endpoint *endpoint)
{
	put(text, "{");
	put_key(text, "hosts");
	put_ranges(text, &endpoint->hosts);
	put_text_field(text, "segment", policy->segments[endpoint->segment].name);
	put(text, "}");
}

static void put_services(struct text *text, const struct sekisho_flow *flow)
{
	put(text, "[");
	for (size_t i = 0; i < flow->service_count; i++) {
		put(text, i ? ",[" : "[");
		put_integer(text, flow->services[i].protocol);
		put(text, ",");
		put_integer(text, flow->services[i].first);
		put(text, ",");
		put_integer(text, flow->services[i].last);
		put(text, "]");
	}
	put(text, "]");
}

static void put_macs(struct text *text, const struct sekisho_flow *flow)
{
	char mac[20];

	put_next_key(text, "macs");
	put(text, "[");
	for (size_t i = 0; i < flow->mac_count; i++) {
		snprintf(mac, sizeof(mac), "\"%012" PRIx64 "\"", flow->macs[i] & 0xffffffffffff);
		put(text, i ? "," : "");
		put(text, mac);
	}
	put(text, "]");
}

static void put_source_ports(struct text *text, const struct sekisho_flow *flow)
{
	put_next_key(text, "source_ports");
	put(text, "[");
	for (size_t i = 0; i < flow->source_port_count; i++) {
		put(text, i ? ",[" : "[");
		put_integer(text, flow->source_ports[i].first);
		put(text, ",");
		put_integer(text, flow->source_ports[i].last);
		put(text, "]");
	}
	put(text, "]");
}

static void put_schedule(struct text *text, const struct sekisho_schedule *schedule)
{
	put_next_key(text, "schedule");
	if (!schedule->present) {
		put(text, "null");
		return;
	}
	put(text, "[");
	put_integer(text, schedule->days);
	put(text, ",");
	put_integer(text, schedule->start_minute);
	put(text, ",");
	put_integer(text, schedule->end_minute);
	put(text, "]");
}

static void put_flow(struct text *text, const struct sekisho_policy *policy,
		     const struct sekisho_flow *flow)
{
	put(text, "{");
	put_key(text, "approved_by");
	put_string(text, flow->approved_by);
	put_next_key(text, "approved_on");
	if (flow->approved_on == INT64_MIN)
		put(text, "null");
	else
		put_integer(text, flow->approved_on);
	put_text_field(text, "dual_role_reason", flow->dual_role_reason);
	put_field(text, "exception", flow->exception);
	put_next_key(text, "from");
	put_endpoint(text, policy, &flow->from);
	put_text_field(text, "id", flow->id);
	put_next_key(text, "limit");
	put(text, "[");
	put_integer(text, flow->limit.new_per_second);
	put(text, ",");
	put_integer(text, flow->limit.concurrent);
	put(text, "]");
	put_field(text, "log", flow->log);
	put_text_field(text, "mac_exempt", flow->mac_exempt);
	put_macs(text, flow);
	put_text_field(text, "object", "flow");
	put_text_field(text, "purpose", flow->purpose);
	put_text_field(text, "requested_by", flow->requested_by);
	put_field(text, "sanitize", flow->sanitize);
	put_schedule(text, &flow->schedule);
	put_next_key(text, "services");
	put_services(text, flow);
	put_source_ports(text, flow);
	put_field(text, "survives_isolation", flow->survives_isolation);
	put_next_key(text, "to");
	put_endpoint(text, policy, &flow->to);
	put_field(text, "valid_from", flow->valid_from);
	put_field(text, "valid_until", flow->valid_until);
	put(text, "}\n");
}

static void put_policy(struct text *text, const struct sekisho_policy *policy)
{
	put_site(text, policy);
	for (size_t i = 1; i < policy->segment_count; i++)
		put_segment(text, &policy->segments[i]);
	for (size_t i = 0; i < policy->gateway_count; i++)
		put_gateway(text, &policy->gateways[i]);
	for (size_t i = 0; i < policy->flow_count; i++)
		put_flow(text, policy, &policy->flows[i]);
}

char *sekisho_policy_canonical(const struct sekisho_policy *policy, size_t *length)
{
	struct text text = { 0 };

	put_policy(&text, policy);
	put_bytes(&text, "", 1);
	if (text.failed) {
		free(text.bytes);
		return NULL;
	}
	*length = text.length - 1;
	return text.bytes;
}

int sekisho_policy_digest(struct sekisho_policy *policy)
{
	struct text text = { .digest = EVP_MD_CTX_new() };

	text.failed = !text.digest || EVP_DigestInit_ex(text.digest, EVP_sha256(), NULL) != 1;
	put_policy(&text, policy);
	if (!text.failed && (EVP_DigestUpdate(text.digest, text.bytes, text.length) != 1 ||
			     EVP_DigestFinal_ex(text.digest, policy->digest, NULL) != 1))
		text.failed = true;
	EVP_MD_CTX_free(text.digest);
	free(text.bytes);
	return text.failed ? -ENOMEM : 0;
}
