// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel guard told, in the form of the programs' events. Knows nothing of records.
 */
#include "command/guard_event.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "audit/convert.h"
#include "kernel/runtime.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd

/* In place of a destination port: the source port is type and code (semantics.md). */
#define ICMP_NOT_ECHO 65535

#define ICMP_ECHO_REQUEST   8
#define ICMPV6_ECHO_REQUEST 128
#define ICMPV6_ECHO_REPLY   129

static uint16_t segment_number(const struct sekisho_engine *engine, const char *name)
{
	return engine && *name && strcmp(name, "-") != 0 ? sekisho_runtime_segment(engine, name)
							 : SEKISHO_SEGMENT_NONE;
}

static void put_address(__be32 words[4], uint8_t family, struct sekisho_address address)
{
	if (family == 4) {
		words[2] = htonl(0xffff);
		words[3] = htonl((uint32_t)address.low);
		return;
	}
	words[0] = htonl((uint32_t)(address.high >> 32));
	words[1] = htonl((uint32_t)address.high);
	words[2] = htonl((uint32_t)(address.low >> 32));
	words[3] = htonl((uint32_t)address.low);
}

/* Type and code, which the guard tells by the ports. */
static uint32_t icmp_of(const struct sekisho_module_event *told)
{
	bool v6 = told->protocol == IPPROTO_ICMPV6;

	if (told->destination_port == ICMP_NOT_ECHO)
		return told->source_port;
	if (!told->destination_port)
		return (v6 ? ICMPV6_ECHO_REQUEST : ICMP_ECHO_REQUEST) << 8;
	return (v6 ? ICMPV6_ECHO_REPLY : 0) << 8;
}

static void put_packet(struct sekisho_event *event, const struct sekisho_module_event *told)
{
	if (!told->family) {
		event->ethertype = told->ethertype;
		return;
	}
	event->ethertype = told->family == 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
	if (told->family == 4)
		event->flags |= SEKISHO_EVENT_IPV4;
	put_address(event->source, told->family, told->source);
	put_address(event->destination, told->family, told->destination);
	event->protocol = told->protocol;
	event->source_port = htons(told->source_port);
	event->destination_port = htons(told->destination_port);
	if (told->protocol == IPPROTO_ICMP || told->protocol == IPPROTO_ICMPV6)
		event->icmp = icmp_of(told);
}

bool sekisho_guard_event(struct sekisho_event *event, const struct sekisho_module_event *told,
			 const struct sekisho_engine *engine)
{
	if (told->kind != SEKISHO_EVENT_KIND_DENIED && told->kind != SEKISHO_EVENT_KIND_MISMATCH)
		return false;
	memset(event, 0, sizeof(*event));
	event->wall_ns = told->wall_ns;
	event->generation = told->generation;
	event->ifindex = told->ifindex;
	event->type = SEKISHO_EVENT_DENY;
	event->reason = told->reason;
	event->flags = SEKISHO_AUDIT_GUARD;
	if (told->kind == SEKISHO_EVENT_KIND_MISMATCH)
		event->flags |= SEKISHO_AUDIT_MISMATCH;
	if (told->output)
		event->flags |= SEKISHO_EVENT_OUTPUT;
	event->from = segment_number(engine, told->from);
	event->to = segment_number(engine, told->to);
	put_packet(event, told);
	event->vlan = told->vlan;
	memcpy(event->source_mac, told->mac, sizeof(event->source_mac));
	event->packets[0] = told->packets;
	event->bytes[0] = told->bytes;
	memcpy(event->flow, told->flow, sizeof(event->flow));
	return true;
}
