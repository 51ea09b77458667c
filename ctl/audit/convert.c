// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes audit records of what happened. Knows nothing of maps, policies or where records go.
 */
#include "convert.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "network.h"

#define NS_A_SECOND    1000000000ll
#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd

#define REASON_NAME(number, symbol, name, class, english, japanese) [number] = (name),

static const char *const reason_names[SEKISHO_REASON_ROWS] = { SEKISHO_REASONS(REASON_NAME) };

static const char *const end_names[] = {
	[SEKISHO_END_NONE] = "none",	     [SEKISHO_END_IDLE] = "idle",
	[SEKISHO_END_CLOSED] = "closed",     [SEKISHO_END_RESET] = "reset",
	[SEKISHO_END_EXPIRED] = "expired",   [SEKISHO_END_REVOKED] = "revoked",
	[SEKISHO_END_REOPENED] = "reopened",
};

static const char *const overflow_names[] = {
	[SEKISHO_OVERFLOW_NONE] = NULL,
	[SEKISHO_OVERFLOW_SOURCE] = "source",
	[SEKISHO_OVERFLOW_PAIR] = "pair",
	[SEKISHO_OVERFLOW_REASON] = "reason",
};

const char *sekisho_audit_reason(unsigned int reason)
{
	return reason < SEKISHO_REASON_ROWS ? reason_names[reason] : NULL;
}

/* A number that a newer kernel side may send is shown as such. */
static void add_verdict(struct sekisho_record *record, const char *key, unsigned int reason)
{
	const char *name = sekisho_audit_reason(reason);
	char text[16];

	if (!name)
		snprintf(text, sizeof(text), "reason-%u", reason);
	sekisho_record_text(record, key, name ? name : text);
}

static void add_reason(struct sekisho_record *record, unsigned int reason)
{
	add_verdict(record, "reason", reason);
}

static const char *segment_name(const struct sekisho_audit_names *names, uint16_t segment,
				char text[16])
{
	const char *name;

	if (segment == SEKISHO_SEGMENT_NONE)
		return NULL;
	name = names->segment ? names->segment(names->context, segment) : NULL;
	if (name)
		return name;
	snprintf(text, 16, "segment-%u", segment);
	return text;
}

static void add_segment(struct sekisho_record *record, const char *key, uint16_t segment,
			const struct sekisho_audit_names *names)
{
	char text[16];

	sekisho_record_text(record, key, segment_name(names, segment, text));
}

static void add_address(struct sekisho_record *record, const char *key, const __be32 address[4],
			const struct sekisho_event *event)
{
	const __be32 mapped[3] = { 0, 0, htonl(0xffff) };
	static const __be32 none[4];
	char text[INET6_ADDRSTRLEN];

	if (event->flags & SEKISHO_EVENT_IPV4 || !memcmp(address, mapped, sizeof(mapped)))
		sekisho_network_ipv4_text(ntohl(address[3]), text);
	else if (event->ethertype == ETHERTYPE_IPV6 || memcmp(address, none, sizeof(none)) != 0)
		inet_ntop(AF_INET6, address, text, sizeof(text));
	else
		return; /* not an IP frame, or not read that far */
	sekisho_record_text(record, key, text);
}

static bool is_ip(const struct sekisho_event *event)
{
	return event->flags & SEKISHO_EVENT_IPV4 || event->ethertype == ETHERTYPE_IPV4 ||
	       event->ethertype == ETHERTYPE_IPV6;
}

static bool has_ports(const struct sekisho_event *event)
{
	return event->protocol == IPPROTO_TCP || event->protocol == IPPROTO_UDP;
}

static bool is_icmp(const struct sekisho_event *event)
{
	return event->protocol == IPPROTO_ICMP || event->protocol == IPPROTO_ICMPV6;
}

static void add_protocol(struct sekisho_record *record, const struct sekisho_event *event)
{
	const char *name = sekisho_network_protocol_name(event->protocol);
	char digits[8];

	if (!name)
		snprintf(digits, sizeof(digits), "%u", event->protocol);
	sekisho_record_text(record, "proto", name ? name : digits);
}

static void add_icmp(struct sekisho_record *record, const struct sekisho_event *event)
{
	char text[16];

	snprintf(text, sizeof(text), "%u/%u", event->icmp >> 8 & 0xff, event->icmp & 0xff);
	sekisho_record_text(record, "icmp", text);
}

static void add_source_mac(struct sekisho_record *record, const struct sekisho_event *event)
{
	static const __u8 none[6];
	char text[SEKISHO_NETWORK_MAC_BYTES];

	if (!memcmp(event->source_mac, none, sizeof(none)))
		return;
	sekisho_network_mac_text(event->source_mac, text);
	sekisho_record_text(record, "smac", text);
}

static void add_port(struct sekisho_record *record, const struct sekisho_event *event,
		     const struct sekisho_audit_names *names)
{
	char text[24];
	const char *name = names->interface && event->ifindex
				   ? names->interface(names->context, event->ifindex)
				   : NULL;

	if (event->vlan)
		sekisho_record_number(record, "vlan", event->vlan);
	if (!name)
		snprintf(text, sizeof(text), "ifindex-%u", event->ifindex);
	if (name || event->ifindex)
		sekisho_record_text(record, "interface", name ? name : text);
}

/* Event flow ids fill their array where they are longest: a NUL need not be there. */
static void flow_id(const struct sekisho_event *event, char flow[SEKISHO_NAME_BYTES + 1])
{
	memcpy(flow, event->flow, SEKISHO_NAME_BYTES);
	flow[SEKISHO_NAME_BYTES] = '\0';
}

static void add_direction(struct sekisho_record *record, const struct sekisho_event *event)
{
	sekisho_record_text(record, "direction",
			    event->flags & SEKISHO_EVENT_OUTPUT ? "output" : "input");
}

void sekisho_convert_permit(struct sekisho_record *record, const struct sekisho_event *event,
			    const struct sekisho_audit_names *names)
{
	char flow[SEKISHO_NAME_BYTES + 1];

	flow_id(event, flow);
	sekisho_record_begin(record, SEKISHO_RECORD_PERMIT, event->generation, names->zone);
	add_reason(record, event->reason);
	add_direction(record, event);
	add_segment(record, "from", event->from, names);
	add_segment(record, "to", event->to, names);
	add_address(record, "src", event->source, event);
	add_address(record, "dst", event->destination, event);
	if (is_ip(event))
		add_protocol(record, event);
	if (has_ports(event)) {
		sekisho_record_number(record, "sport", ntohs(event->source_port));
		sekisho_record_number(record, "dport", ntohs(event->destination_port));
	}
	if (is_icmp(event))
		add_icmp(record, event);
	add_source_mac(record, event);
	add_port(record, event, names);
	sekisho_record_text(record, "flow", flow);
	sekisho_record_count(record, "count", event->suppressed + event->packets[0]);
	sekisho_record_time(record, "at", (int64_t)event->wall_ns);
}

/* The reasons that mean an attempt across the separation of segments. */
static bool is_breach(unsigned int reason)
{
	return reason == SEKISHO_REASON_NO_FLOW || reason == SEKISHO_REASON_NOT_LISTED ||
	       reason == SEKISHO_REASON_PEER_UNREGISTERED || reason == SEKISHO_REASON_NOT_A_GATEWAY;
}

static void add_breach(struct sekisho_record *record, const struct sekisho_event *event,
		       const struct sekisho_audit_names *names)
{
	char from_text[16], to_text[16], text[512];
	char from[256];
	const char *name;

	if (!is_breach(event->reason) || event->from == event->to)
		return;
	/* The callback may use one buffer for every name. */
	name = segment_name(names, event->from, from_text);
	if (!name)
		return;
	snprintf(from, sizeof(from), "%s", name);
	name = segment_name(names, event->to, to_text);
	if (!name)
		return;
	snprintf(text, sizeof(text), "%s>%.255s", from, name);
	sekisho_record_text(record, "breach", text);
}

static void add_expected_macs(struct sekisho_record *record, const char *flow,
			      const struct sekisho_audit_names *names)
{
	char macs[SEKISHO_AUDIT_MACS_MAX][SEKISHO_MAC_BYTES];
	const char *texts[SEKISHO_AUDIT_MACS_MAX];
	size_t count, i;

	if (!names->macs)
		return;
	count = names->macs(names->context, flow, macs, SEKISHO_AUDIT_MACS_MAX);
	if (count > SEKISHO_AUDIT_MACS_MAX)
		count = SEKISHO_AUDIT_MACS_MAX;
	for (i = 0; i < count; i++)
		texts[i] = macs[i];
	sekisho_record_texts(record, "expected_macs", texts, count);
}

/* What only the single key, not an overflow, has behind the source address. */
static void add_rest_of_key(struct sekisho_record *record, const struct sekisho_event *event,
			    const struct sekisho_audit_names *names)
{
	char flow[SEKISHO_NAME_BYTES + 1], text[8];

	flow_id(event, flow);
	add_address(record, "dst", event->destination, event);
	if (is_ip(event))
		add_protocol(record, event);
	if (has_ports(event)) {
		sekisho_record_number(record, "sport", ntohs(event->source_port));
		sekisho_record_number(record, "dport", ntohs(event->destination_port));
	}
	if (is_icmp(event))
		add_icmp(record, event);
	add_source_mac(record, event);
	if (event->reason == SEKISHO_REASON_MAC_MISMATCH)
		add_expected_macs(record, flow, names);
	add_port(record, event, names);
	if (!is_ip(event) && event->ethertype) {
		snprintf(text, sizeof(text), "0x%04x", event->ethertype);
		sekisho_record_text(record, "ethertype", text);
	}
	sekisho_record_text(record, "flow", flow);
}

/* Packets denied alike, from their segments on. */
static void add_denied(struct sekisho_record *record, const struct sekisho_denial *denial,
		       const struct sekisho_audit_names *names)
{
	const struct sekisho_event *event = &denial->sample;

	if (denial->overflow < SEKISHO_OVERFLOW_REASON) {
		add_segment(record, "from", event->from, names);
		add_segment(record, "to", event->to, names);
	}
	if (denial->overflow < SEKISHO_OVERFLOW_PAIR)
		add_address(record, "src", event->source, event);
	if (denial->overflow == SEKISHO_OVERFLOW_NONE)
		add_rest_of_key(record, event, names);
	sekisho_record_text(record, "overflow", overflow_names[denial->overflow]);
	sekisho_record_count(record, "count", denial->count);
	sekisho_record_count(record, "bytes", denial->bytes);
	sekisho_record_time(record, "first", denial->first_ns);
	sekisho_record_time(record, "last", denial->last_ns);
}

void sekisho_convert_deny(struct sekisho_record *record, const struct sekisho_denial *denial,
			  const struct sekisho_audit_names *names)
{
	const struct sekisho_event *event = &denial->sample;

	sekisho_record_begin(record, SEKISHO_RECORD_DENY, event->generation, names->zone);
	add_reason(record, event->reason);
	add_direction(record, event);
	if (event->flags & SEKISHO_AUDIT_GUARD)
		sekisho_record_text(record, "enforcer", "guard");
	if (denial->overflow < SEKISHO_OVERFLOW_REASON)
		add_breach(record, event, names);
	add_denied(record, denial, names);
}

void sekisho_convert_mismatch(struct sekisho_record *record, const struct sekisho_denial *denial,
			      const struct sekisho_audit_names *names)
{
	const struct sekisho_event *event = &denial->sample;

	sekisho_record_begin(record, SEKISHO_RECORD_GUARD_MISMATCH, event->generation, names->zone);
	sekisho_record_text(record, "reason", "the guard denied what a program let pass");
	add_verdict(record, "denied", event->reason);
	add_direction(record, event);
	add_denied(record, denial, names);
}

void sekisho_convert_flow_end(struct sekisho_record *record, const struct sekisho_event *event,
			      const struct sekisho_audit_names *names)
{
	const char *cause = event->end < sizeof(end_names) / sizeof(end_names[0])
				    ? end_names[event->end]
				    : "none";
	char flow[SEKISHO_NAME_BYTES + 1];

	flow_id(event, flow);
	sekisho_record_begin(record, SEKISHO_RECORD_FLOW_END, event->generation, names->zone);
	sekisho_record_text(record, "cause", cause);
	if (event->reason)
		add_reason(record, event->reason);
	sekisho_record_text(record, "flow", flow);
	add_segment(record, "from", event->from, names);
	add_segment(record, "to", event->to, names);
	add_address(record, "initiator", event->source, event);
	add_address(record, "responder", event->destination, event);
	add_protocol(record, event);
	if (has_ports(event)) {
		sekisho_record_number(record, "initiator_port", ntohs(event->source_port));
		sekisho_record_number(record, "responder_port", ntohs(event->destination_port));
	}
	sekisho_record_time(record, "start", event->created * NS_A_SECOND);
	sekisho_record_time(record, "end", (int64_t)event->wall_ns);
	sekisho_record_count(record, "packets_out", event->packets[0]);
	sekisho_record_count(record, "packets_in", event->packets[1]);
	sekisho_record_count(record, "bytes_out", event->bytes[0]);
	sekisho_record_count(record, "bytes_in", event->bytes[1]);
}

void sekisho_denial_of(struct sekisho_denial *denial, const struct sekisho_event *event)
{
	denial->sample = *event;
	denial->overflow = SEKISHO_OVERFLOW_NONE;
	denial->count = event->suppressed + event->packets[0];
	denial->bytes = event->bytes[0];
	denial->first_ns = denial->last_ns = (int64_t)event->wall_ns;
}

void sekisho_convert_counters(struct sekisho_record *record, uint32_t generation, int32_t zone,
			      const struct sekisho_audit_counters *counters)
{
	struct sekisho_record_number numbers[SEKISHO_REASON_ROWS];
	char unnamed[SEKISHO_REASON_ROWS][16];
	size_t count = 0;
	unsigned int i;

	for (i = 0; i < SEKISHO_REASON_ROWS; i++) {
		if (!counters->reasons[i])
			continue;
		snprintf(unnamed[i], sizeof(unnamed[i]), "reason-%u", i);
		numbers[count].name = reason_names[i] ? reason_names[i] : unnamed[i];
		numbers[count++].value = counters->reasons[i];
	}
	sekisho_record_begin(record, SEKISHO_RECORD_COUNTERS, generation, zone);
	sekisho_record_count(record, "frames", counters->frames);
	sekisho_record_count(record, "permitted", counters->permitted);
	sekisho_record_count(record, "denied", counters->denied);
	sekisho_record_count(record, "lost_events", counters->lost_events);
	sekisho_record_numbers(record, "reasons", numbers, count);
}

void sekisho_convert_link(struct sekisho_record *record, uint32_t generation, int32_t zone,
			  const char *interface, const char *state, const char *mode)
{
	sekisho_record_begin(record, SEKISHO_RECORD_LINK, generation, zone);
	sekisho_record_text(record, "interface", interface);
	sekisho_record_text(record, "state", state);
	sekisho_record_text(record, "mode", mode);
}

void sekisho_convert_loss(struct sekisho_record *record, uint32_t generation, int32_t zone,
			  uint64_t count, int64_t start, int64_t end, const char *cause)
{
	sekisho_record_begin(record, SEKISHO_RECORD_LOSS, generation, zone);
	sekisho_record_count(record, "count", count);
	sekisho_record_time(record, "start", start);
	sekisho_record_time(record, "end", end);
	sekisho_record_text(record, "cause", cause);
}

void sekisho_convert_retention(struct sekisho_record *record, uint32_t generation, int32_t zone,
			       const struct sekisho_removal *removal)
{
	const struct sekisho_checkpoint_part *part = &removal->part;
	char hash[SEKISHO_DIGEST_HEX + 1] = "";

	sekisho_digest_hex(part->last_hash, hash);
	sekisho_record_begin(record, SEKISHO_RECORD_RETENTION, generation, zone);
	sekisho_record_count(record, "first_seq", part->first);
	sekisho_record_count(record, "last_seq", part->next - 1);
	sekisho_record_text(record, "last_hash", hash);
	sekisho_record_count(record, "bytes", removal->bytes);
	sekisho_record_time(record, "newest", part->newest_ns);
	sekisho_record_number(record, "kept_days", removal->days);
}

void sekisho_convert_run(struct sekisho_record *record, enum sekisho_record_type type,
			 uint32_t generation, int32_t zone, const char *program,
			 const char *version, const char *reason)
{
	sekisho_record_begin(record, type, generation, zone);
	sekisho_record_text(record, "program", program);
	sekisho_record_text(record, "version", version);
	sekisho_record_number(record, "pid", getpid());
	sekisho_record_text(record, "reason", reason);
}

void sekisho_convert_clock(struct sekisho_record *record, uint32_t generation, int32_t zone,
			   int64_t step_ms, bool before, bool after)
{
	sekisho_record_begin(record, SEKISHO_RECORD_CLOCK, generation, zone);
	sekisho_record_number(record, "step_ms", step_ms);
	sekisho_record_text(record, "before", sekisho_stamp_clock(before));
	sekisho_record_text(record, "after", sekisho_stamp_clock(after));
}

void sekisho_convert_policy(struct sekisho_record *record, enum sekisho_record_type type,
			    uint32_t generation, int32_t zone,
			    const struct sekisho_audit_policy *policy)
{
	sekisho_record_begin(record, type, generation, zone);
	sekisho_record_text(record, "actor", policy->actor);
	sekisho_record_text(record, "second", policy->second);
	sekisho_record_text(record, "role", policy->role);
	sekisho_record_text(record, "authority", policy->authority);
	sekisho_record_text(record, "ticket", policy->ticket);
	sekisho_record_text(record, "file", policy->file);
	sekisho_record_text(record, "digest_before", policy->digest_before);
	sekisho_record_text(record, "digest_after", policy->digest_after);
	if (policy->flows >= 0)
		sekisho_record_number(record, "flows", policy->flows);
	if (policy->confirm >= 0)
		sekisho_record_number(record, "confirm", policy->confirm);
	sekisho_record_text(record, "reason", policy->reason);
	sekisho_record_texts(record, "findings", policy->findings, policy->findings_count);
}

void sekisho_convert_order(struct sekisho_record *record, enum sekisho_record_type type,
			   uint32_t generation, int32_t zone,
			   const struct sekisho_audit_order *order)
{
	bool segment = type == SEKISHO_RECORD_ISOLATE || type == SEKISHO_RECORD_RELEASE;

	sekisho_record_begin(record, type, generation, zone);
	sekisho_record_text(record, segment ? "segment" : "target", order->target);
	sekisho_record_text(record, "reason", order->reason);
	sekisho_record_text(record, "authority", order->authority);
	sekisho_record_text(record, "actor", order->actor);
	sekisho_record_text(record, "second", order->second);
	sekisho_record_text(record, "ticket", order->ticket);
}

void sekisho_convert_guard(struct sekisho_record *record, enum sekisho_record_type type,
			   uint32_t generation, int32_t zone,
			   const struct sekisho_audit_guard *guard)
{
	sekisho_record_begin(record, type, generation, zone);
	sekisho_record_text(record, "actor", guard->actor);
	sekisho_record_text(record, "second", guard->second);
	sekisho_record_text(record, "reason", guard->reason);
	if (guard->expected_generation >= 0)
		sekisho_record_number(record, "expected_generation", guard->expected_generation);
	if (guard->found_generation >= 0)
		sekisho_record_number(record, "found_generation", guard->found_generation);
	sekisho_record_text(record, "expected_digest", guard->expected_digest);
	sekisho_record_text(record, "found_digest", guard->found_digest);
}

void sekisho_convert_expiry(struct sekisho_record *record, enum sekisho_record_type type,
			    uint32_t generation, int32_t zone, const char *flow,
			    int64_t valid_until, int64_t days)
{
	sekisho_record_begin(record, type, generation, zone);
	sekisho_record_text(record, "flow", flow);
	sekisho_record_time(record, "valid_until", valid_until * NS_A_SECOND);
	if (days >= 0)
		sekisho_record_number(record, "days", days);
}
