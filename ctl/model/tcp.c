// SPDX-License-Identifier: GPL-2.0-only
/*
 * The TCP state machine and its window, step by step as docs/semantics.md numbers them. Knows
 * nothing of frames' bytes, policies, limits or time; shares no code with bpf/.
 */
#include "tcp.h"

#include <stddef.h>
#include <string.h>

#define FIN SEKISHO_TCP_FIN
#define SYN SEKISHO_TCP_SYN
#define RST SEKISHO_TCP_RST
#define ACK SEKISHO_TCP_ACK
#define URG SEKISHO_TCP_URG

/* An acknowledgement may be this old at least, however small the windows are. */
#define ACK_SLACK 66000

static const uint8_t possible_sets[] = {
	SYN, SYN | ACK, ACK, ACK | URG, FIN | ACK, FIN | ACK | URG, RST, RST | ACK,
};

static uint8_t looked_at(uint8_t flags)
{
	return flags & (FIN | SYN | RST | ACK | URG);
}

bool sekisho_tcp_flags_possible(uint8_t flags)
{
	size_t i;

	for (i = 0; i < sizeof(possible_sets); i++)
		if (looked_at(flags) == possible_sets[i])
			return true;
	return false;
}

bool sekisho_tcp_flags_syn(uint8_t flags)
{
	return looked_at(flags) == SYN;
}

static bool after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

static bool before(uint32_t a, uint32_t b)
{
	return after(b, a);
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

void sekisho_tcp_open(struct sekisho_tcp *tcp, const struct sekisho_tcp_segment *segment)
{
	struct sekisho_tcp_side *initiator = &tcp->initiator;

	memset(tcp, 0, sizeof(*tcp));
	tcp->state = SEKISHO_TCP_HALF_OPEN;
	tcp->isn = segment->seq;
	initiator->end = segment->seq + segment->length;
	initiator->max_end = initiator->end;
	initiator->max_window = larger(segment->window, 1);
	initiator->scale = segment->scale;
	initiator->has_scale = segment->has_scale;
}

bool sekisho_tcp_over(const struct sekisho_tcp *tcp)
{
	return tcp->state == SEKISHO_TCP_RESET || (tcp->initiator.fin && tcp->responder.fin);
}

/* Step 2. */
static enum sekisho_tcp_outcome follow_syn(struct sekisho_tcp *tcp,
					   const struct sekisho_tcp_segment *segment, bool reply)
{
	if (tcp->state == SEKISHO_TCP_HALF_OPEN && !reply) {
		sekisho_tcp_open(tcp, segment);
		return SEKISHO_TCP_PERMITTED;
	}
	if (tcp->state == SEKISHO_TCP_ANSWERED && !reply &&
	    (segment->seq + 1 == tcp->initiator.end ||
	     segment->seq + segment->length == tcp->initiator.end))
		return SEKISHO_TCP_PERMITTED;
	if (tcp->state == SEKISHO_TCP_RESET ||
	    (tcp->state == SEKISHO_TCP_CLOSING && tcp->initiator.fin && tcp->responder.fin))
		return SEKISHO_TCP_REOPEN;
	return SEKISHO_TCP_INVALID;
}

/* In HALF_OPEN the responder may acknowledge the SYN with its data, or without. */
static bool acknowledges_syn(const struct sekisho_tcp *tcp, uint32_t ack)
{
	return ack == tcp->initiator.end || ack == tcp->isn + 1;
}

/* Step 3. */
static enum sekisho_tcp_outcome
follow_syn_ack(struct sekisho_tcp *tcp, const struct sekisho_tcp_segment *segment, bool reply)
{
	struct sekisho_tcp_side *initiator = &tcp->initiator, *responder = &tcp->responder;
	uint32_t end = segment->seq + segment->length;

	if (!reply)
		return SEKISHO_TCP_INVALID;
	if (tcp->state == SEKISHO_TCP_ANSWERED)
		return end == responder->end ? SEKISHO_TCP_PERMITTED : SEKISHO_TCP_INVALID;
	if (tcp->state != SEKISHO_TCP_HALF_OPEN || !acknowledges_syn(tcp, segment->ack))
		return SEKISHO_TCP_INVALID;
	responder->end = end;
	responder->max_end = end + initiator->max_window;
	responder->max_window = larger(segment->window, 1);
	responder->scale = segment->scale;
	responder->has_scale = segment->has_scale;
	if (!initiator->has_scale || !responder->has_scale) {
		initiator->scale = 0;
		responder->scale = 0;
	}
	if (after(segment->ack + segment->window, initiator->max_end))
		initiator->max_end = segment->ack + segment->window;
	tcp->state = SEKISHO_TCP_ANSWERED;
	return SEKISHO_TCP_PERMITTED;
}

/* Step 4. */
static enum sekisho_tcp_outcome
follow_half_open(struct sekisho_tcp *tcp, const struct sekisho_tcp_segment *segment, bool reply)
{
	uint8_t flags = looked_at(segment->flags);
	bool refused;

	if (reply)
		refused = flags == (RST | ACK) && acknowledges_syn(tcp, segment->ack);
	else
		refused = (flags & RST) &&
			  (segment->seq == tcp->isn + 1 || segment->seq == tcp->initiator.end);
	if (!refused)
		return SEKISHO_TCP_INVALID;
	tcp->state = SEKISHO_TCP_RESET;
	return SEKISHO_TCP_PERMITTED;
}

/* Step 6. @ack is the segment's, or what step 5 puts in its place. */
static bool in_window(const struct sekisho_tcp_side *s, const struct sekisho_tcp_side *r,
		      uint32_t seq, uint32_t end, uint32_t ack)
{
	return !after(seq, s->max_end) && !before(end, s->end - larger(r->max_window, 1)) &&
	       !after(ack, r->end) && !before(ack, r->end - larger(s->max_window, ACK_SLACK));
}

/* Step 8. */
static void advance(struct sekisho_tcp *tcp, struct sekisho_tcp_side *s, uint8_t flags, bool reply)
{
	if (flags & FIN)
		s->fin = true;
	if (flags & RST)
		tcp->state = SEKISHO_TCP_RESET;
	if (tcp->state == SEKISHO_TCP_RESET)
		return;
	if (flags & FIN)
		tcp->state = SEKISHO_TCP_CLOSING;
	else if (tcp->state == SEKISHO_TCP_ANSWERED && (flags & ACK) && !reply)
		tcp->state = SEKISHO_TCP_ESTABLISHED;
}

enum sekisho_tcp_outcome sekisho_tcp_follow(struct sekisho_tcp *tcp,
					    const struct sekisho_tcp_segment *segment, bool reply)
{
	struct sekisho_tcp_side *s = reply ? &tcp->responder : &tcp->initiator;
	struct sekisho_tcp_side *r = reply ? &tcp->initiator : &tcp->responder;
	uint8_t flags = looked_at(segment->flags);
	uint32_t end = segment->seq + segment->length;
	uint32_t win = (uint32_t)segment->window << s->scale;
	uint32_t ack;

	if (!sekisho_tcp_flags_possible(flags))
		return SEKISHO_TCP_INVALID;
	if (flags == SYN)
		return follow_syn(tcp, segment, reply);
	if (flags == (SYN | ACK))
		return follow_syn_ack(tcp, segment, reply);
	if (tcp->state == SEKISHO_TCP_HALF_OPEN)
		return follow_half_open(tcp, segment, reply);
	ack = flags & ACK ? segment->ack : r->end;
	if (!in_window(s, r, segment->seq, end, ack))
		return SEKISHO_TCP_INVALID;
	s->max_window = larger(s->max_window, win);
	if (after(end, s->end))
		s->end = end;
	if (flags & ACK) {
		uint32_t limit = ack + win + (win == 0);

		if (after(limit, r->max_end))
			r->max_end = limit;
	}
	advance(tcp, s, flags, reply);
	return SEKISHO_TCP_PERMITTED;
}
