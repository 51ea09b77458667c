/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the packet path tells user space. A frame never waits: an event that finds no room is
 * counted as lost. Each key is told at most once a second and processor; the frames in between
 * are counted in the next event of that key.
 */
#ifndef SEKISHO_BPF_EVENTS_H
#define SEKISHO_BPF_EVENTS_H

#include "clock.h"
#include "maps.h"
#include "packet.h"
#include "separate.h"

struct verdict {
	__u32 reason;
	__u32 permit; /* row of the deciding or nearest flow, or SEKISHO_PERMIT_NONE */
	__u32 counter; /* its row in flow_counters, or SEKISHO_COUNTER_NONE */
	__u16 from;
	__u16 to;
	__u8 direction;
	__u8 log; /* SEKISHO_PERMIT_LOG_* of the flow */
	__u16 reserved;
};

static __always_inline void loss_count(__u64 ring_full, __u64 forgotten)
{
	__u32 zero = 0;
	struct sekisho_loss_tally *loss = bpf_map_lookup_elem(&losses, &zero);

	if (!loss)
		return;
	loss->ring_full += ring_full;
	loss->forgotten += forgotten;
}

static __always_inline void event_name_flow(struct sekisho_event *event, __u32 counter)
{
	struct sekisho_name_row *name = NULL;

	if (counter != SEKISHO_COUNTER_NONE)
		name = bpf_map_lookup_elem(&flow_names, &counter);
	if (name)
		__builtin_memcpy(event->flow, name->id, sizeof(event->flow));
}

/*
 * Whether this key was not told of in this second. @suppressed: frames of the key since it was
 * last told.
 */
static __always_inline int event_due(__u64 key, __u32 second, __u64 *suppressed)
{
	__u32 index = (key >> 40) & (SEKISHO_RECENT_ROWS - 1);
	struct sekisho_recent *recent_row = bpf_map_lookup_elem(&recent, &index);

	*suppressed = 0;
	if (!recent_row)
		return 1;
	if (recent_row->key == key) {
		if (recent_row->second == second) {
			recent_row->suppressed++;
			return 0;
		}
		*suppressed = recent_row->suppressed;
	} else {
		if (recent_row->suppressed)
			loss_count(0, recent_row->suppressed);
		recent_row->key = key;
	}
	recent_row->second = second;
	recent_row->suppressed = 0;
	return 1;
}

static __always_inline __u64 event_key(const struct packet *packet, const struct verdict *verdict)
{
	const __u64 *source = (const void *)packet->source;
	const __u64 *destination = (const void *)packet->destination;
	__u64 hash = source[0] * 0x9e3779b97f4a7c15ull + source[1];

	hash = (hash ^ hash >> 29) * 0xbf58476d1ce4e5b9ull + destination[0];
	hash = (hash ^ hash >> 31) * 0x94d049bb133111ebull + destination[1];
	/* Mixed once more, or hosts and ports side by side would be taken for each other. */
	hash = (hash ^ hash >> 30) * 0xd6e8feb86659fd93ull;
	hash ^= (__u64)packet->service << 32 | packet->protocol << 16 | verdict->reason << 8 |
		packet->vlan;
	hash = (hash ^ packet->source_mac ^ setting_hash_seed) * 0x9e3779b97f4a7c15ull;
	return hash ^ packet->ifindex;
}

/* Tell of a verdict: a denial, a new connection, or a sample of one that is logged whole. */
SEPARATE int event_verdict(const struct packet *packet, const struct verdict *verdict,
			   __u64 wall_ns, __u32 generation)
{
	struct sekisho_event *event;
	__u64 suppressed = 0;
	int permits;

	if (!packet || !verdict)
		return 0;
	permits = sekisho_reason_permits(verdict->reason);
	if (verdict->reason != SEKISHO_REASON_PERMIT_NEW &&
	    !event_due(event_key(packet, verdict), wall_ns / NANOSECONDS, &suppressed))
		return 0;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		loss_count(1 + suppressed, 0);
		return 0;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->wall_ns = wall_ns;
	event->generation = generation;
	event->ifindex = packet->ifindex;
	event->type = permits ? SEKISHO_EVENT_PERMIT : SEKISHO_EVENT_DENY;
	event->reason = verdict->reason;
	event->flags = (packet->output ? SEKISHO_EVENT_OUTPUT : 0) |
		       (verdict->direction == SEKISHO_RESPONDER ? SEKISHO_EVENT_REPLY : 0) |
		       (packet->family == 4 ? SEKISHO_EVENT_IPV4 : 0);
	event->protocol = packet->protocol;
	event->from = verdict->from;
	event->to = verdict->to;
	__builtin_memcpy(event->source, packet->source, 16);
	__builtin_memcpy(event->destination, packet->destination, 16);
	event->source_port = packet->source_port;
	event->destination_port = packet->destination_port;
	event->vlan = packet->vlan;
	event->ethertype = packet->ethertype;
	for (int i = 0; i < 6; i++)
		event->source_mac[i] = packet->source_mac >> (40 - 8 * i);
	event->suppressed = suppressed;
	event->packets[0] = 1;
	event->bytes[0] = packet->length;
	event->icmp = packet->icmp_type << 8 | packet->icmp_code;
	event_name_flow(event, verdict->counter);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

/* Tell that a connection ended, with what it carried. */
SEPARATE int event_flow_end(struct sekisho_connection *connection, __u32 cause, __u64 wall_ns)
{
	struct sekisho_event *event;

	if (!connection || !(connection->flags & SEKISHO_CONNECTION_LOGGED))
		return 0;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		loss_count(1, 0);
		return 0;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->wall_ns = wall_ns;
	event->type = SEKISHO_EVENT_FLOW_END;
	event->flags = is_ipv4_mapped(connection->initiator) ? SEKISHO_EVENT_IPV4 : 0;
	event->protocol = connection->protocol;
	event->from = connection->segments[SEKISHO_INITIATOR];
	event->to = connection->segments[SEKISHO_RESPONDER];
	__builtin_memcpy(event->source, connection->initiator, 16);
	__builtin_memcpy(event->destination, connection->responder, 16);
	event->source_port = connection->initiator_port;
	event->destination_port = connection->responder_port;
	event->end = cause;
	if (cause == SEKISHO_END_IDLE && connection->tcp_state == SEKISHO_TCP_CLOSING)
		event->end = SEKISHO_END_CLOSED;
	if (cause == SEKISHO_END_IDLE && connection->tcp_state == SEKISHO_TCP_RESET)
		event->end = SEKISHO_END_RESET;
	event->tcp_state = connection->tcp_state;
	for (int i = 0; i < 2; i++) {
		event->packets[i] = connection->packets[i];
		event->bytes[i] = connection->bytes[i];
	}
	event->created = connection->created;
	event_name_flow(event, connection->counter);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

#endif
