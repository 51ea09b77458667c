// SPDX-License-Identifier: GPL-2.0-only
/*
 * The states and windows of TCP, rule by rule as docs/semantics.md numbers them. Knows nothing of
 * tables, policies or time.
 */
#include <linux/minmax.h>
#include <linux/string.h>

#include "tcp.h"

#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define ACK 0x10
#define URG 0x20

/* Flags that are looked at. */
#define ASKED (FIN | SYN | RST | ACK | URG)

/* How far behind an acknowledgement may be, at least. */
#define ACK_SLACK 66000u

/* Modulo 2^32. */
static bool after(u32 a, u32 b)
{
	return (s32)(a - b) > 0;
}

bool sekisho_tcp_flags_possible(u8 flags)
{
	switch (flags & ASKED) {
	case SYN:
	case SYN | ACK:
	case ACK:
	case ACK | URG:
	case FIN | ACK:
	case FIN | ACK | URG:
	case RST:
	case RST | ACK:
		return true;
	default:
		return false;
	}
}

bool sekisho_tcp_is_pure_syn(u8 flags)
{
	return (flags & ASKED) == SYN;
}

/* A scale is agreed on by SYNs, whose own windows are not scaled. */
static u32 window_of(const struct sekisho_tcp_side *sender,
		     const struct sekisho_tcp_segment *segment)
{
	if (segment->flags & SYN)
		return segment->window;
	return (u32)segment->window << sender->scale;
}

static void raise(u32 *value, u32 candidate)
{
	if (after(candidate, *value))
		*value = candidate;
}

/* What a SYN says of its sender. */
static void begin_side(struct sekisho_tcp_side *side, const struct sekisho_tcp_segment *segment)
{
	side->end = segment->seq + segment->length;
	side->max_end = side->end;
	side->max_window = max_t(u32, segment->window, 1);
	side->has_scale = segment->has_scale;
	side->scale = segment->has_scale ? segment->scale : 0;
}

void sekisho_tcp_open(struct sekisho_tcp *tcp, const struct sekisho_tcp_segment *segment)
{
	memset(tcp, 0, sizeof(*tcp));
	begin_side(&tcp->side[SEKISHO_INITIATOR], segment);
	tcp->isn = segment->seq;
	tcp->state = SEKISHO_TCP_HALF_OPEN;
}

static bool both_have_finished(const struct sekisho_tcp *tcp)
{
	return tcp->side[SEKISHO_INITIATOR].fin && tcp->side[SEKISHO_RESPONDER].fin;
}

bool sekisho_tcp_is_over(const struct sekisho_tcp *tcp)
{
	return tcp->state == SEKISHO_TCP_RESET || both_have_finished(tcp);
}

/* Rule 2. */
static enum sekisho_tcp_answer pure_syn(struct sekisho_tcp *tcp,
					const struct sekisho_tcp_segment *segment, bool reply)
{
	u32 end = tcp->side[SEKISHO_INITIATOR].end;

	if (!reply && tcp->state == SEKISHO_TCP_HALF_OPEN) {
		sekisho_tcp_open(tcp, segment);
		return SEKISHO_TCP_VALID;
	}
	if (!reply && tcp->state == SEKISHO_TCP_ANSWERED &&
	    (segment->seq + 1 == end || segment->seq + segment->length == end))
		return SEKISHO_TCP_VALID;
	if (tcp->state == SEKISHO_TCP_RESET ||
	    (tcp->state == SEKISHO_TCP_CLOSING && both_have_finished(tcp)))
		return SEKISHO_TCP_REOPEN;
	return SEKISHO_TCP_INVALID;
}

/* Whether it acknowledges the SYN, or the SYN and what came with it. */
static bool answers_syn(const struct sekisho_tcp *tcp, u32 ack)
{
	return ack == tcp->side[SEKISHO_INITIATOR].end || ack == tcp->isn + 1;
}

/* Rule 3, in HALF_OPEN. */
static enum sekisho_tcp_answer answer(struct sekisho_tcp *tcp,
				      const struct sekisho_tcp_segment *segment)
{
	struct sekisho_tcp_side *initiator = &tcp->side[SEKISHO_INITIATOR];
	struct sekisho_tcp_side *responder = &tcp->side[SEKISHO_RESPONDER];

	if (!answers_syn(tcp, segment->ack))
		return SEKISHO_TCP_INVALID;
	begin_side(responder, segment);
	responder->max_end += initiator->max_window;
	if (!initiator->has_scale || !responder->has_scale) {
		initiator->scale = 0;
		responder->scale = 0;
	}
	raise(&initiator->max_end, segment->ack + segment->window);
	tcp->state = SEKISHO_TCP_ANSWERED;
	return SEKISHO_TCP_VALID;
}

/* Rule 3. */
static enum sekisho_tcp_answer syn_ack(struct sekisho_tcp *tcp,
				       const struct sekisho_tcp_segment *segment, bool reply)
{
	if (!reply)
		return SEKISHO_TCP_INVALID;
	if (tcp->state == SEKISHO_TCP_HALF_OPEN)
		return answer(tcp, segment);
	if (tcp->state == SEKISHO_TCP_ANSWERED &&
	    segment->seq + segment->length == tcp->side[SEKISHO_RESPONDER].end)
		return SEKISHO_TCP_VALID;
	return SEKISHO_TCP_INVALID;
}

/* Rule 4. */
static enum sekisho_tcp_answer half_open(struct sekisho_tcp *tcp,
					 const struct sekisho_tcp_segment *segment, bool reply)
{
	bool expected;

	if (!(segment->flags & RST))
		return SEKISHO_TCP_INVALID;
	if (reply)
		expected = (segment->flags & ACK) && answers_syn(tcp, segment->ack);
	else
		expected = answers_syn(tcp, segment->seq);
	if (!expected)
		return SEKISHO_TCP_INVALID;
	tcp->state = SEKISHO_TCP_RESET;
	return SEKISHO_TCP_VALID;
}

/* Rules 5 and 6. */
static bool in_window(const struct sekisho_tcp_side *sender, const struct sekisho_tcp_side *other,
		      const struct sekisho_tcp_segment *segment)
{
	u32 ack = segment->flags & ACK ? segment->ack : other->end;
	u32 end = segment->seq + segment->length;

	return !after(segment->seq, sender->max_end) &&
	       !after(sender->end - max(other->max_window, 1u), end) && !after(ack, other->end) &&
	       !after(other->end - max(sender->max_window, ACK_SLACK), ack);
}

/*
 * Where the segment says that both sides are, whatever came between: the numbers may have run
 * further than they can be compared. What was seen itself is not taken back.
 */
static void follow(struct sekisho_tcp_side *sender, struct sekisho_tcp_side *other,
		   const struct sekisho_tcp_segment *segment)
{
	sender->end = segment->seq + segment->length;
	sender->max_end = sender->end + max(other->max_window, 1u);
	if (!(segment->flags & ACK))
		return;
	if (!other->unseen) {
		raise(&other->end, segment->ack);
		return;
	}
	other->end = segment->ack;
	other->max_end = segment->ack;
}

/* Rule 7. */
static void advance(struct sekisho_tcp_side *sender, struct sekisho_tcp_side *other,
		    const struct sekisho_tcp_segment *segment)
{
	u32 window = window_of(sender, segment);

	sender->max_window = max(sender->max_window, window);
	raise(&sender->end, segment->seq + segment->length);
	if (segment->flags & ACK)
		raise(&other->max_end, segment->ack + max(window, 1u));
}

/* Rule 8. */
static void change_state(struct sekisho_tcp *tcp, struct sekisho_tcp_side *sender,
			 const struct sekisho_tcp_segment *segment, bool reply)
{
	if (segment->flags & FIN)
		sender->fin = true;
	if (tcp->state == SEKISHO_TCP_RESET)
		return;
	if (segment->flags & RST)
		tcp->state = SEKISHO_TCP_RESET;
	else if (segment->flags & FIN)
		tcp->state = SEKISHO_TCP_CLOSING;
	else if (tcp->state == SEKISHO_TCP_ANSWERED && (segment->flags & ACK) && !reply)
		tcp->state = SEKISHO_TCP_ESTABLISHED;
}

static enum sekisho_tcp_answer
track(struct sekisho_tcp *tcp, const struct sekisho_tcp_segment *segment, bool reply, bool fast)
{
	struct sekisho_tcp_side *sender = &tcp->side[reply];
	struct sekisho_tcp_side *other = &tcp->side[!reply];

	if (!sekisho_tcp_flags_possible(segment->flags))
		return SEKISHO_TCP_INVALID;
	if (sekisho_tcp_is_pure_syn(segment->flags))
		return pure_syn(tcp, segment, reply);
	if (segment->flags & SYN)
		return syn_ack(tcp, segment, reply);
	if (tcp->state == SEKISHO_TCP_HALF_OPEN)
		return half_open(tcp, segment, reply);
	if (!in_window(sender, other, segment)) {
		if (!fast && !sender->unseen && !other->unseen)
			return SEKISHO_TCP_INVALID;
		follow(sender, other, segment);
	}
	advance(sender, other, segment);
	change_state(tcp, sender, segment, reply);
	return SEKISHO_TCP_VALID;
}

enum sekisho_tcp_answer sekisho_tcp_track(struct sekisho_tcp *tcp,
					  const struct sekisho_tcp_segment *segment, bool reply,
					  bool fast)
{
	enum sekisho_tcp_answer answer = track(tcp, segment, reply, fast);

	if (answer != SEKISHO_TCP_VALID)
		return answer;
	tcp->side[reply].unseen = fast;
	if (fast)
		tcp->side[!reply].unseen = true;
	return answer;
}
