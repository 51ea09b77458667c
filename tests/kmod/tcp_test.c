// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's windows of TCP where it sees every segment, where most go by unseen (`forward: fast`),
 * and from the one to the other. What the rules are otherwise, judge_test compares with the model.
 */
#include "tcp.h"
#include "unit/ktap.h"

#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define ACK 0x10
#define URG 0x20

#define WINDOW 1000
#define FAR    10000000u /* beyond every window */
#define BYTES  100

#define INITIATOR false
#define RESPONDER true

static struct sekisho_tcp tcp;
static u32 next[2]; /* sequence numbers of both sides */

static enum sekisho_tcp_answer says(bool reply, u8 flags, u32 length, bool fast)
{
	const struct sekisho_tcp_segment segment = {
		.seq = next[reply],
		.ack = flags & ACK ? next[!reply] : 0,
		.length = length,
		.window = WINDOW,
		.flags = flags,
	};

	next[reply] += length;
	return sekisho_tcp_track(&tcp, &segment, reply, fast);
}

/* A connection of which nothing is said yet, at the end of its numbers. */
static void established(bool fast)
{
	const struct sekisho_tcp_segment syn = {
		.seq = UINT32_MAX - 5,
		.length = 1,
		.window = WINDOW,
		.flags = SYN,
	};

	sekisho_tcp_open(&tcp, &syn);
	next[INITIATOR] = syn.seq + 1;
	next[RESPONDER] = 5000;
	says(RESPONDER, SYN | ACK, 1, fast);
	says(INITIATOR, ACK, 0, fast);
}

static bool passes(bool reply, bool fast)
{
	return says(reply, ACK, BYTES, fast) == SEKISHO_TCP_VALID;
}

static bool same_side(const struct sekisho_tcp_side *a, const struct sekisho_tcp_side *b)
{
	return a->end == b->end && a->max_end == b->max_end && a->max_window == b->max_window &&
	       a->scale == b->scale && a->has_scale == b->has_scale && a->fin == b->fin &&
	       a->unseen == b->unseen;
}

static bool is_as_before(const struct sekisho_tcp *before)
{
	return same_side(&before->side[INITIATOR], &tcp.side[INITIATOR]) &&
	       same_side(&before->side[RESPONDER], &tcp.side[RESPONDER]) &&
	       before->isn == tcp.isn && before->state == tcp.state;
}

static bool passes_twice(bool reply)
{
	for (int i = 0; i < 2; i++)
		if (!passes(reply, false))
			return false;
	return true;
}

static void test_all_seen(void)
{
	struct sekisho_tcp before;

	established(false);
	ok(tcp.state == SEKISHO_TCP_ESTABLISHED && passes(INITIATOR, false) &&
		   passes(RESPONDER, false),
	   "what is in the windows passes");
	before = tcp;
	next[INITIATOR] += FAR;
	ok(!passes(INITIATOR, false), "data beyond the window is refused");
	ok(!passes(RESPONDER, false), "and so is who acknowledges it");
	ok(is_as_before(&before), "both change nothing");
}

static void test_unseen(void)
{
	established(true);
	next[INITIATOR] += FAR;
	ok(passes(INITIATOR, true) && tcp.side[INITIATOR].end == next[INITIATOR],
	   "what went by is followed by the sender's end");
	next[RESPONDER] += 3 * FAR;
	ok(passes(INITIATOR, true) && tcp.side[RESPONDER].end == next[RESPONDER] &&
		   tcp.side[RESPONDER].max_end == next[RESPONDER] + WINDOW,
	   "and by what it lets the other send");
	ok(passes(RESPONDER, true) && tcp.side[RESPONDER].end == next[RESPONDER],
	   "which the other then does");
	next[INITIATOR] += 0x80000000;
	ok(passes(INITIATOR, true) && tcp.side[INITIATOR].end == next[INITIATOR],
	   "more may have gone by than can be compared");
	ok(tcp.state == SEKISHO_TCP_ESTABLISHED, "the state is as it was");
}

/* All but the windows is judged as ever. */
static void test_not_windows(void)
{
	struct sekisho_tcp before;

	established(true);
	before = tcp;
	next[INITIATOR] += FAR;
	ok(says(INITIATOR, FIN | URG, 0, true) == SEKISHO_TCP_INVALID, "flags that cannot be");
	ok(says(INITIATOR, SYN, 1, true) == SEKISHO_TCP_INVALID, "a SYN in the middle");
	ok(says(RESPONDER, SYN | ACK, 1, true) == SEKISHO_TCP_INVALID, "a SYN ACK in the middle");
	ok(is_as_before(&before), "none of them changes anything");
	ok(says(INITIATOR, FIN | ACK, 1, true) == SEKISHO_TCP_VALID &&
		   tcp.state == SEKISHO_TCP_CLOSING && !sekisho_tcp_is_over(&tcp),
	   "a FIN closes");
	ok(says(RESPONDER, FIN | ACK, 1, true) == SEKISHO_TCP_VALID && sekisho_tcp_is_over(&tcp),
	   "and the second one ends");
	ok(says(INITIATOR, SYN, 1, true) == SEKISHO_TCP_REOPEN, "so that it can open anew");
	established(true);
	next[RESPONDER] += FAR;
	ok(says(RESPONDER, RST, 0, true) == SEKISHO_TCP_VALID && tcp.state == SEKISHO_TCP_RESET,
	   "a RST resets");
	sekisho_tcp_open(&tcp, &(struct sekisho_tcp_segment){ .length = 1, .flags = SYN });
	ok(says(INITIATOR, ACK, BYTES, true) == SEKISHO_TCP_INVALID, "data without an answer");
}

/* `forward: fast` ends: each side is followed once, and held to its windows from there on. */
static void test_seen_again(bool first)
{
	established(true);
	next[INITIATOR] += FAR;
	next[RESPONDER] += 2 * FAR;
	ok(passes_twice(first) && passes_twice(!first) && passes(first, false),
	   "both sides go on, the %s first", first ? "responder" : "initiator");
	next[first] += FAR;
	ok(!passes(first, false), "and are held to their windows again");
}

/* What was seen counts more than an acknowledgement that was sent before it. */
static void test_crossing(void)
{
	const struct sekisho_tcp_segment late = {
		.seq = next[INITIATOR] + FAR,
		.ack = 5001,
		.window = WINDOW,
		.flags = ACK,
	};

	established(true);
	passes(RESPONDER, false);
	sekisho_tcp_track(&tcp, &late, INITIATOR, false);
	next[INITIATOR] = late.seq;
	ok(tcp.side[RESPONDER].end == next[RESPONDER] && passes(INITIATOR, false),
	   "an acknowledgement that crossed takes nothing back");
}

/* It begins amid a connection of which everything was seen. */
static void test_begins(void)
{
	established(false);
	next[INITIATOR] += FAR;
	ok(passes(INITIATOR, true) && passes(RESPONDER, true), "it begins amid a connection");
}

int main(void)
{
	plan(24);
	test_all_seen();
	test_unseen();
	test_not_windows();
	test_seen_again(INITIATOR);
	test_seen_again(RESPONDER);
	test_crossing();
	test_begins();
	return finish();
}
