/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Line 8 of docs/semantics.md: later fragments follow the first one of their datagram.
 */
#ifndef SEKISHO_BPF_FRAGMENTS_H
#define SEKISHO_BPF_FRAGMENTS_H

#include "clock.h"
#include "judgement.h"
#include "separate.h"

static __always_inline void fragment_key_of(struct sekisho_fragment_key *key,
					    const struct packet *packet)
{
	__builtin_memset(key, 0, sizeof(*key));
	__builtin_memcpy(key->source, packet->source, 16);
	__builtin_memcpy(key->destination, packet->destination, 16);
	key->identification = packet->identification;
	if (packet->family == 4)
		key->protocol = packet->protocol;
	else
		key->protocol = 0xffff; /* no IPv4 datagram is ever taken for an IPv6 one */
}

/* A later fragment follows the first one of its datagram. */
SEPARATE int judge_later_fragment(struct judgement *j, struct moment *now,
				  const struct sekisho_control *control)
{
	struct sekisho_fragment_key key;
	struct sekisho_fragment_row *fragment;

	if (!j || !now || !control)
		return SEKISHO_REASON_FRAGMENT_ORPHAN;
	fragment_key_of(&key, &j->packet);
	fragment = bpf_map_lookup_elem(&fragments, &key);
	if (!fragment || fragment->epoch != j->epoch ||
	    now->monotonic - fragment->seen > SEKISHO_FRAGMENT_SECONDS)
		return SEKISHO_REASON_FRAGMENT_ORPHAN;
	j->verdict.counter = fragment->counter;
	j->verdict.direction = fragment->direction;
	if (moment_reached(now, control, fragment->valid_until))
		return SEKISHO_REASON_EXPIRED;
	return fragment->reason;
}

/* The first fragment was permitted: let the others follow. */
SEPARATE int fragment_remember(const struct judgement *j, __u32 monotonic, __u32 valid_until)
{
	struct sekisho_fragment_key key;
	struct sekisho_fragment_row fragment = {};

	if (!j)
		return -1;
	fragment.epoch = j->epoch;
	fragment.seen = monotonic;
	fragment.valid_until = valid_until;
	fragment.counter = j->verdict.counter;
	fragment.reason = SEKISHO_REASON_PERMIT_ESTABLISHED;
	if (j->verdict.reason == SEKISHO_REASON_PERMIT_RELATED)
		fragment.reason = SEKISHO_REASON_PERMIT_RELATED;
	fragment.direction = j->verdict.direction;
	fragment.to_segment = j->verdict.to;
	fragment_key_of(&key, &j->packet);
	return bpf_map_update_elem(&fragments, &key, &fragment, BPF_ANY);
}

#endif
