// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reference model's TCP state machine, row by row of docs/semantics.md, TCP. Must not know of
 * frames, policies or time.
 */
#include "ktap.h"
#include "model/tcp.h"

#define FIN SEKISHO_TCP_FIN
#define SYN SEKISHO_TCP_SYN
#define RST SEKISHO_TCP_RST
#define PSH SEKISHO_TCP_PSH
#define ACK SEKISHO_TCP_ACK
#define URG SEKISHO_TCP_URG
#define ECE SEKISHO_TCP_ECE
#define CWR SEKISHO_TCP_CWR

#define PERMITTED SEKISHO_TCP_PERMITTED
#define INVALID	  SEKISHO_TCP_INVALID
#define REOPEN	  SEKISHO_TCP_REOPEN

#define HALF_OPEN   SEKISHO_TCP_HALF_OPEN
#define ANSWERED    SEKISHO_TCP_ANSWERED
#define ESTABLISHED SEKISHO_TCP_ESTABLISHED
#define CLOSING	    SEKISHO_TCP_CLOSING
#define RESET	    SEKISHO_TCP_RESET

enum direction {
	FORTH, /* the initiator sends it */
	BACK,
};

/* Where the two sides begin. Moved about the wrap-around by main(). */
static uint32_t i0, r0;

static struct sekisho_tcp tcp;

/* @length is the payload's. */
static struct sekisho_tcp_segment segment(uint8_t flags, uint32_t seq, uint32_t ack,
					  uint16_t window, uint32_t length)
{
	return (struct sekisho_tcp_segment){
		.flags = flags,
		.seq = seq,
		.ack = ack,
		.window = window,
		.length = length + !!(flags & SYN) + !!(flags & FIN),
	};
}

static struct sekisho_tcp_segment scaled(struct sekisho_tcp_segment wanted, uint8_t scale)
{
	wanted.has_scale = true;
	wanted.scale = scale;
	return wanted;
}

/* Follow a segment. One that is not permitted must not change anything. */
static enum sekisho_tcp_outcome follow(enum direction direction, struct sekisho_tcp_segment given)
{
	struct sekisho_tcp before = tcp;
	enum sekisho_tcp_outcome outcome = sekisho_tcp_follow(&tcp, &given, direction == BACK);

	if (outcome == PERMITTED)
		return outcome;
	if (before.state != tcp.state || before.isn != tcp.isn ||
	    before.initiator.end != tcp.initiator.end ||
	    before.initiator.max_end != tcp.initiator.max_end ||
	    before.initiator.max_window != tcp.initiator.max_window ||
	    before.initiator.fin != tcp.initiator.fin ||
	    before.responder.end != tcp.responder.end ||
	    before.responder.max_end != tcp.responder.max_end ||
	    before.responder.max_window != tcp.responder.max_window ||
	    before.responder.fin != tcp.responder.fin)
		ok(false, "a segment that is not permitted changed something");
	return outcome;
}

static enum sekisho_tcp_outcome forth(uint8_t flags, uint32_t seq, uint32_t ack, uint32_t length)
{
	return follow(FORTH, segment(flags, i0 + seq, r0 + ack, 1000, length));
}

static enum sekisho_tcp_outcome back(uint8_t flags, uint32_t seq, uint32_t ack, uint32_t length)
{
	return follow(BACK, segment(flags, r0 + seq, i0 + ack, 2000, length));
}

/* To HALF_OPEN, with @length bytes in the SYN. */
static void open_with(uint32_t length)
{
	struct sekisho_tcp_segment syn = segment(SYN, i0, 0, 1000, length);

	sekisho_tcp_open(&tcp, &syn);
}

static void to_answered(void)
{
	open_with(0);
	back(SYN | ACK, 0, 1, 0);
}

static void to_established(void)
{
	to_answered();
	forth(ACK, 1, 1, 0);
}

static void to_closed(void)
{
	to_established();
	forth(FIN | ACK, 1, 1, 0);
	back(FIN | ACK, 1, 2, 0);
}

static void to_reset(void)
{
	to_established();
	forth(RST, 1, 0, 0);
}

static bool is_possible(uint8_t flags)
{
	switch (flags & ~(PSH | ECE | CWR)) {
	case SYN:
	case SYN | ACK:
	case ACK:
	case ACK | URG:
	case FIN | ACK:
	case FIN | ACK | URG:
	case RST:
	case RST | ACK:
		return true;
	}
	return false;
}

static void test_flags(void)
{
	unsigned int flags, wrong = 0, invalid = 0;

	for (flags = 0; flags < 256; flags++) {
		wrong += sekisho_tcp_flags_possible(flags) != is_possible(flags);
		wrong += sekisho_tcp_flags_syn(flags) != ((flags & ~(PSH | ECE | CWR)) == SYN);
		to_established();
		if (!is_possible(flags))
			invalid += forth(flags, 1, 1, 0) == INVALID;
	}
	ok(!wrong, "possible flag sets");
	ok(invalid == 256 - 8 * 8, "1: impossible ones are invalid");
}

static void test_new(void)
{
	struct sekisho_tcp_segment syn = scaled(segment(SYN, i0, 0, 0, 5), 7);

	sekisho_tcp_open(&tcp, &syn);
	ok(tcp.state == HALF_OPEN && tcp.initiator.end == i0 + 6 &&
		   tcp.initiator.max_end == i0 + 6 && tcp.initiator.max_window == 1 &&
		   tcp.initiator.scale == 7 && tcp.initiator.has_scale && tcp.isn == i0,
	   "new: the initiator, with data and without a window");
	ok(!tcp.responder.end && !tcp.responder.max_end && !tcp.responder.max_window &&
		   !tcp.responder.has_scale,
	   "new: the responder");
	syn = segment(SYN, i0, 0, 65535, 0);
	sekisho_tcp_open(&tcp, &syn);
	ok(tcp.initiator.max_window == 65535 && !tcp.initiator.has_scale, "new: again, afresh");
}

static void test_syn(void)
{
	open_with(0);
	ok(forth(SYN, 500, 0, 3) == PERMITTED && tcp.state == HALF_OPEN && tcp.isn == i0 + 500 &&
		   tcp.initiator.end == i0 + 504,
	   "2: a SYN in HALF_OPEN starts afresh");
	ok(back(SYN, 0, 0, 0) == INVALID, "2: not the responder's");
	open_with(5);
	back(SYN | ACK, 0, 6, 0);
	ok(forth(SYN, 0, 0, 5) == PERMITTED && tcp.state == ANSWERED, "2: the first SYN again");
	ok(forth(SYN, 5, 0, 0) == PERMITTED, "2: seq + 1 = end");
	ok(forth(SYN, 0, 0, 0) == INVALID, "2: without its data it is another");
	ok(forth(SYN, 4, 0, 0) == INVALID && back(SYN, 0, 0, 0) == INVALID, "2: another SYN");
	to_established();
	ok(forth(SYN, 0, 0, 0) == INVALID && back(SYN, 0, 0, 0) == INVALID, "2: in ESTABLISHED");
	forth(FIN | ACK, 1, 1, 0);
	ok(forth(SYN, 0, 0, 0) == INVALID && back(SYN, 0, 0, 0) == INVALID, "2: after one FIN");
	back(FIN | ACK, 1, 2, 0);
	ok(forth(SYN, 9, 0, 0) == REOPEN && back(SYN, 9, 0, 0) == REOPEN, "2: after both");
	to_reset();
	ok(forth(SYN, 9, 0, 0) == REOPEN && back(SYN, 9, 0, 0) == REOPEN, "2: after RST");
	ok(forth(SYN | ECE | CWR, 9, 0, 0) == REOPEN, "2: with ECN");
}

static void test_syn_ack(void)
{
	open_with(0);
	ok(forth(SYN | ACK, 0, 1, 0) == INVALID, "3: only the responder's");
	ok(back(SYN | ACK, 0, 2, 0) == INVALID && back(SYN | ACK, 0, 0, 0) == INVALID,
	   "3: the wrong ack");
	ok(back(SYN | ACK, 0, 1, 0) == PERMITTED && tcp.state == ANSWERED, "3: ANSWERED");
	ok(tcp.responder.end == r0 + 1 && tcp.responder.max_end == r0 + 1 + 1000 &&
		   tcp.responder.max_window == 2000 && tcp.initiator.max_end == i0 + 1 + 2000,
	   "3: the windows");
	ok(back(SYN | ACK, 0, 77, 0) == PERMITTED && tcp.state == ANSWERED,
	   "3: a repetition, whatever it acknowledges");
	ok(back(SYN | ACK, 1, 1, 0) == INVALID, "3: another one");
	ok(forth(SYN | ACK, 0, 1, 0) == INVALID, "3: the initiator's in ANSWERED");
	to_established();
	ok(back(SYN | ACK, 0, 1, 0) == INVALID, "3: in ESTABLISHED");
	to_closed();
	ok(back(SYN | ACK, 0, 1, 0) == INVALID, "3: in CLOSING");
	to_reset();
	ok(back(SYN | ACK, 0, 1, 0) == INVALID, "3: in RESET");
	open_with(5);
	ok(back(SYN | ACK, 0, 1, 0) == PERMITTED, "3: the SYN without its data acknowledged");
	open_with(5);
	ok(back(SYN | ACK, 0, 6, 0) == PERMITTED, "3: with it");
	open_with(5);
	ok(back(SYN | ACK, 0, 3, 0) == INVALID, "3: not with half of it");
	open_with(500);
	ok(follow(BACK, segment(SYN | ACK, r0, i0 + 1, 100, 0)) == PERMITTED &&
		   tcp.initiator.max_end == i0 + 501,
	   "3: a small window does not take back what was sent");
	open_with(0);
	follow(BACK, segment(SYN | ACK, r0, i0 + 1, 0, 0));
	ok(tcp.responder.max_window == 1 && tcp.initiator.max_end == i0 + 1, "3: a window of 0");
}

static void test_scales(void)
{
	struct sekisho_tcp_segment syn = scaled(segment(SYN, i0, 0, 1000, 0), 3);

	sekisho_tcp_open(&tcp, &syn);
	follow(BACK, scaled(segment(SYN | ACK, r0, i0 + 1, 2000, 0), 4));
	ok(tcp.initiator.scale == 3 && tcp.responder.scale == 4 &&
		   tcp.initiator.max_end == i0 + 1 + 2000 && tcp.responder.max_end == r0 + 1001,
	   "scales are kept, and do not apply to SYN segments");
	follow(FORTH, segment(ACK, i0 + 1, r0 + 1, 1000, 0));
	ok(tcp.initiator.max_window == 8000 && tcp.responder.max_end == r0 + 1 + 8000,
	   "the sender's scale applies afterwards");
	follow(BACK, segment(ACK, r0 + 1, i0 + 1, 1000, 0));
	ok(tcp.responder.max_window == 16000 && tcp.initiator.max_end == i0 + 1 + 16000,
	   "in the other direction too");
	sekisho_tcp_open(&tcp, &syn);
	follow(BACK, segment(SYN | ACK, r0, i0 + 1, 2000, 0));
	ok(!tcp.initiator.scale && !tcp.responder.scale, "only the initiator offers: none");
	open_with(0);
	follow(BACK, scaled(segment(SYN | ACK, r0, i0 + 1, 2000, 0), 4));
	ok(!tcp.initiator.scale && !tcp.responder.scale, "only the responder: none");
	syn = scaled(segment(SYN, i0, 0, 65535, 0), 14);
	sekisho_tcp_open(&tcp, &syn);
	follow(BACK, scaled(segment(SYN | ACK, r0, i0 + 1, 65535, 0), 14));
	follow(FORTH, segment(ACK, i0 + 1, r0 + 1, 65535, 0));
	ok(tcp.responder.max_end == r0 + 1 + (65535U << 14), "the largest scale");
}

static void test_half_open(void)
{
	open_with(5);
	ok(back(RST, 0, 1, 0) == INVALID, "4: the responder's RST without ACK");
	ok(back(RST | ACK, 0, 2, 0) == INVALID, "4: with the wrong ack");
	ok(back(ACK, 0, 1, 0) == INVALID && back(FIN | ACK, 0, 1, 0) == INVALID,
	   "4: anything else of the responder's");
	ok(back(RST | ACK, 0, 1, 0) == PERMITTED && tcp.state == RESET, "4: refused");
	open_with(5);
	ok(back(RST | ACK, 0, 6, 0) == PERMITTED && tcp.state == RESET, "4: refused with data");
	open_with(5);
	ok(forth(RST, 0, 0, 0) == INVALID && forth(RST, 7, 0, 0) == INVALID,
	   "4: the initiator's RST elsewhere");
	ok(forth(ACK, 1, 0, 0) == INVALID && forth(FIN | ACK, 1, 0, 0) == INVALID,
	   "4: anything else of the initiator's");
	ok(forth(RST, 1, 0, 0) == PERMITTED && tcp.state == RESET, "4: given up at isn + 1");
	open_with(5);
	ok(forth(RST | ACK, 1, 0, 0) == PERMITTED && tcp.state == RESET, "4: with ACK");
	open_with(5);
	ok(forth(RST, 6, 0, 0) == PERMITTED && tcp.state == RESET, "4: given up behind the data");
	ok(sekisho_tcp_over(&tcp), "it no longer counts");
}

/* Initiator: end i0 + 1, max_end i0 + 2001, window 1000. Responder: r0 + 1, r0 + 1001, 2000. */
static void test_window(void)
{
	to_established();
	ok(forth(ACK, 2001, 1, 1) == PERMITTED, "6: seq at max_end");
	to_established();
	ok(forth(ACK, 2002, 1, 0) == INVALID, "6: seq after it");
	ok(forth(ACK, 1 - 2000, 1, 0) == PERMITTED, "6: end at end - the other's window");
	ok(forth(ACK, 1 - 2001, 1, 0) == INVALID, "6: end before it");
	ok(forth(ACK, 1 - 2001, 1, 1) == PERMITTED, "6: it is the end that counts");
	ok(forth(ACK, 1, 1, 0) == PERMITTED && forth(ACK, 1, 2, 0) == INVALID,
	   "6: ack of what was not sent");
	ok(forth(ACK, 1, 1 - 66000, 0) == PERMITTED, "6: ack 66,000 back");
	ok(forth(ACK, 1, 1 - 66001, 0) == INVALID, "6: ack further back");
	ok(back(ACK, 1001, 1, 0) == PERMITTED && back(ACK, 1002, 1, 0) == INVALID,
	   "6: the responder's seq");
	to_established();
	ok(back(ACK, 1 - 1000, 1, 0) == PERMITTED && back(ACK, 0 - 1000, 1, 0) == INVALID,
	   "6: its end");
	ok(back(ACK, 1, 2, 0) == INVALID, "6: its ack");
	ok(forth(RST, 2002, 0, 0) == INVALID, "6: RST is no exception");
	ok(forth(RST | ACK, 1, 2, 0) == INVALID, "6: nor RST ACK's ack");
	ok(forth(RST, 1, 0x40000000, 0) == PERMITTED, "5: RST has no ack to be wrong");

	open_with(0);
	follow(BACK, segment(SYN | ACK, r0, i0 + 1, 0, 0));
	follow(FORTH, segment(ACK, i0 + 1, r0 + 1, 1000, 0));
	ok(forth(ACK, 0, 1, 0) == PERMITTED && forth(ACK, -1, 1, 0) == INVALID,
	   "6: a window of 0 counts as 1: a probe, and no more");
	ok(forth(ACK, 1, 1, 1) == PERMITTED, "6: a probe at max_end");

	to_established();
	tcp.initiator.max_window = 100000;
	ok(forth(ACK, 1, 1 - 100000, 0) == PERMITTED && forth(ACK, 1, 1 - 100001, 0) == INVALID,
	   "6: a window beyond 66,000");
	to_established();
	ok(forth(ACK, 0x80000001, 1, 0) == INVALID, "6: half the circle away");
}

static void test_update(void)
{
	to_established();
	forth(ACK, 1, 1, 100);
	ok(tcp.initiator.end == i0 + 101, "7: end advances");
	forth(ACK, 1, 1, 50);
	ok(tcp.initiator.end == i0 + 101, "7: and does not go back");
	follow(BACK, segment(ACK, r0 + 1, i0 + 101, 3000, 0));
	ok(tcp.responder.max_window == 3000 && tcp.initiator.max_end == i0 + 3101,
	   "7: a larger window");
	follow(BACK, segment(ACK, r0 + 1, i0 + 101, 10, 0));
	ok(tcp.responder.max_window == 3000 && tcp.initiator.max_end == i0 + 3101,
	   "7: a smaller one takes nothing back");
	forth(ACK, 101, 1, 3000);
	follow(BACK, segment(ACK, r0 + 1, i0 + 3101, 0, 0));
	ok(tcp.initiator.max_end == i0 + 3102, "7: a window of 0 leaves room for a probe");
	follow(BACK, segment(RST, r0 + 1, i0 + 3101, 60000, 0));
	ok(tcp.initiator.max_end == i0 + 3102 && tcp.responder.max_window == 60000,
	   "7: without ACK the other's max_end stays");
}

static void test_states(void)
{
	to_answered();
	ok(back(ACK, 1, 1, 0) == PERMITTED && tcp.state == ANSWERED,
	   "8: the responder's ACK does not establish");
	ok(forth(ACK | PSH, 1, 1, 5) == PERMITTED && tcp.state == ESTABLISHED,
	   "8: the initiator's does");
	ok(forth(ACK | URG, 6, 1, 5) == PERMITTED && tcp.state == ESTABLISHED, "8: URG");
	ok(forth(FIN | ACK | URG, 11, 1, 0) == PERMITTED && tcp.state == CLOSING &&
		   !sekisho_tcp_over(&tcp),
	   "8: one FIN");
	ok(back(ACK, 1, 12, 100) == PERMITTED && tcp.state == CLOSING, "8: data after it");
	ok(forth(FIN | ACK, 11, 1, 0) == PERMITTED && !sekisho_tcp_over(&tcp), "8: the same again");
	ok(back(FIN | ACK, 101, 12, 0) == PERMITTED && tcp.state == CLOSING &&
		   sekisho_tcp_over(&tcp),
	   "8: the second FIN");
	ok(forth(ACK, 12, 102, 0) == PERMITTED && tcp.state == CLOSING, "8: the last ACK");
	ok(back(RST, 102, 0, 0) == PERMITTED && tcp.state == RESET, "8: RST in CLOSING");
	ok(forth(ACK, 12, 102, 0) == PERMITTED && tcp.state == RESET, "8: RESET stays, with ACK");
	to_reset();
	ok(forth(FIN | ACK, 1, 1, 0) == PERMITTED && tcp.state == RESET, "8: and with FIN");
	to_answered();
	ok(forth(FIN | ACK, 1, 1, 0) == PERMITTED && tcp.state == CLOSING,
	   "8: a FIN in ANSWERED, the initiator's");
	to_answered();
	ok(back(FIN | ACK, 1, 1, 0) == PERMITTED && tcp.state == CLOSING, "8: the responder's");
	ok(forth(ACK, 1, 2, 0) == PERMITTED && tcp.state == CLOSING, "8: it stays CLOSING");
	to_answered();
	ok(forth(RST, 1, 0, 0) == PERMITTED && tcp.state == RESET, "8: RST in ANSWERED");
	to_answered();
	ok(back(RST | ACK, 1, 1, 0) == PERMITTED && tcp.state == RESET, "8: RST ACK in ANSWERED");
	to_established();
	ok(back(RST | ACK, 1, 1, 0) == PERMITTED && tcp.state == RESET, "8: in ESTABLISHED");
}

/* A transfer long enough to go round both circles. */
static void test_around(void)
{
	uint32_t sent = 1, received = 1;
	unsigned int round, permitted = 0;

	to_established();
	tcp.initiator.scale = 14;
	tcp.responder.scale = 14;
	follow(FORTH, segment(ACK, i0 + 1, r0 + 1, 65535, 0));
	follow(BACK, segment(ACK, r0 + 1, i0 + 1, 65535, 0));
	for (round = 0; round < 200000; round++) {
		permitted += follow(FORTH, segment(ACK, i0 + sent, r0 + received, 65535, 60000)) ==
			     PERMITTED;
		sent += 60000;
		permitted += follow(BACK, segment(ACK, r0 + received, i0 + sent, 65535, 30000)) ==
			     PERMITTED;
		received += 30000;
	}
	ok(permitted == 400000, "12 GB one way and 6 GB the other");
}

int main(void)
{
	static const uint32_t starts[][2] = {
		{ 1000000, 5000000 },
		{ 0xffffffff, 0xfffffffe },
		{ 0, 0x7fffffff },
	};
	size_t i;

	plan(2 + 3 * 88);
	test_flags();
	for (i = 0; i < 3; i++) {
		i0 = starts[i][0];
		r0 = starts[i][1];
		printf("# from %u and %u\n", i0, r0);
		test_new();
		test_syn();
		test_syn_ack();
		test_scales();
		test_half_open();
		test_window();
		test_update();
		test_states();
		test_around();
	}
	return finish();
}
