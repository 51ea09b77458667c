/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the packet path tells user space. A frame never waits: an event that finds no room is
 * counted as lost. Each key is told once a second and processor; the frames in between are told
 * as a number, by the next event of that key or by the sweep's timer.
 */
#ifndef SEKISHO_BPF_EVENTS_H
#define SEKISHO_BPF_EVENTS_H

#include "classify.h"
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

static __always_inline void event_fill(struct sekisho_event *event, const struct packet *packet,
				       const struct verdict *verdict, __u64 wall_ns,
				       __u32 generation)
{
	__builtin_memset(event, 0, sizeof(*event));
	event->wall_ns = wall_ns;
	event->generation = generation;
	event->ifindex = packet->ifindex;
	event->type = sekisho_reason_permits(verdict->reason) ? SEKISHO_EVENT_PERMIT
							      : SEKISHO_EVENT_DENY;
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
	event->packets[0] = 1;
	event->bytes[0] = packet->length;
	event->icmp = packet->icmp_type << 8 | packet->icmp_code;
	event_name_flow(event, verdict->counter);
}

/* Take what a row has gathered, so that it is told once, by whoever takes it. */
static __always_inline __u64 recent_take(struct sekisho_recent *row, __u64 *bytes)
{
	*bytes = __sync_lock_test_and_set(&row->suppressed_bytes, 0);
	return __sync_lock_test_and_set(&row->suppressed, 0);
}

/* Tell what came again of a sample. */
static __always_inline void recent_tell(struct sekisho_event *sample, __u64 frames, __u64 bytes)
{
	sample->packets[0] = 0;
	sample->suppressed = frames;
	sample->bytes[0] = bytes;
	if (bpf_ringbuf_output(&events, sample, sizeof(*sample), 0))
		loss_count(frames, 0);
}

/*
 * Tell of a denial, or of a frame of a connection that is logged whole, once a second a key.
 */
SEPARATE int event_sample(const struct packet *packet, const struct verdict *verdict, __u64 wall_ns,
			  __u32 generation)
{
	__u32 index, second = wall_ns / NANOSECONDS;
	struct sekisho_recent *row;
	__u64 key, frames, bytes;

	if (!packet || !verdict)
		return 0;
	key = event_key(packet, verdict);
	index = (key >> 40) & (SEKISHO_RECENT_ROWS - 1);
	row = bpf_map_lookup_elem(&recent, &index);
	if (!row)
		return 0;
	if (row->key == key && row->second == second) {
		__sync_fetch_and_add(&row->suppressed, 1);
		__sync_fetch_and_add(&row->suppressed_bytes, packet->length);
		return 0;
	}
	row->version++;
	frames = recent_take(row, &bytes);
	if (frames && row->key != key) {
		recent_tell(&row->sample, frames, bytes);
		frames = 0;
		bytes = 0;
	}
	row->key = key;
	row->second = second;
	event_fill(&row->sample, packet, verdict, wall_ns, generation);
	row->sample.suppressed = frames;
	row->sample.bytes[0] += bytes;
	if (bpf_ringbuf_output(&events, &row->sample, sizeof(row->sample), 0))
		loss_count(1 + frames, 0);
	row->version++;
	return 0;
}

/* Tell of a new connection: each one. */
SEPARATE int event_new(const struct packet *packet, const struct verdict *verdict, __u64 wall_ns,
		       __u32 generation)
{
	struct sekisho_event *event;

	if (!packet || !verdict)
		return 0;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		loss_count(1, 0);
		return 0;
	}
	event_fill(event, packet, verdict, wall_ns, generation);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

static __always_inline void event_verdict(const struct packet *packet,
					  const struct verdict *verdict, __u64 wall_ns,
					  __u32 generation)
{
	if (verdict->reason == SEKISHO_REASON_PERMIT_NEW)
		event_new(packet, verdict, wall_ns, generation);
	else
		event_sample(packet, verdict, wall_ns, generation);
}

static __always_inline __u32 generation_now(void)
{
	struct sekisho_control *c = control_get();
	__u32 half = c ? c->state >> SEKISHO_STATE_HALF_SHIFT : 0;
	struct sekisho_policy_row *row = half ? policy_row(half - 1) : NULL;

	return row ? row->generation : 0;
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
	event->generation = generation_now();
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
