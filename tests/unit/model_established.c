// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines 9 and 10 of docs/semantics.md, Judged again and the timeouts: what belongs to a connection.
 * Must not know how the model is made.
 */
#include "model_world.h"

#define CONTROL	    SEKISHO_REASON_PERMIT_CONTROL
#define ESTABLISHED SEKISHO_REASON_PERMIT_ESTABLISHED
#define RELATED	    SEKISHO_REASON_PERMIT_RELATED
#define INTRA	    SEKISHO_REASON_PERMIT_INTRA
#define NEW	    SEKISHO_REASON_PERMIT_NEW
#define ISOLATED    SEKISHO_REASON_ISOLATED
#define SUSPENDED   SEKISHO_REASON_SUSPENDED
#define SPOOFED	    SEKISHO_REASON_SOURCE_SPOOFED
#define UNRELATED   SEKISHO_REASON_ICMP_UNRELATED
#define ORPHAN	    SEKISHO_REASON_FRAGMENT_ORPHAN
#define EXPIRED	    SEKISHO_REASON_EXPIRED
#define WRONG_PORT  SEKISHO_REASON_PORT_NOT_PERMITTED
#define NO_PAIR	    SEKISHO_REASON_NO_FLOW
#define REVOKED	    SEKISHO_REASON_REVOKED
#define BAD_TCP	    SEKISHO_REASON_TCP_INVALID
#define STATELESS   SEKISHO_REASON_TCP_NO_STATE

/* The connection that most tests are about: UDP from HOME 5 port 9 to LG 5 port 53. */
static struct sekisho_verdict forth(void)
{
	return in(HOME, udp4(H(HOME, 5), H(LG, 5), 9, 53));
}

static struct sekisho_verdict back(void)
{
	return in(LG, udp4(H(LG, 5), H(HOME, 5), 53, 9));
}

/* A world with a flow "m" for it, put in force. */
static struct sekisho_flow *begin_with_flow(void)
{
	struct sekisho_flow *made;

	begin();
	made = flow("m", HOME, LG, 17, 53, 53);
	commit();
	return made;
}

static void test_directions(void)
{
	struct sekisho_verdict verdict;

	begin_with_flow();
	ok(is(back(), NO_PAIR), "9: a reply to nothing");
	verdict = forth();
	ok(decides(verdict, NEW, 0) && !verdict.reply, "14: a new connection");
	verdict = forth();
	ok(decides(verdict, ESTABLISHED, 0) && !verdict.reply, "9: the initiator's direction");
	verdict = back();
	ok(decides(verdict, ESTABLISHED, 0) && verdict.reply && verdict.from == LG &&
		   verdict.to == HOME,
	   "9: the responder's");
	ok(is(in(LG, udp4(H(LG, 5), H(HOME, 5), 53, 10)), NO_PAIR) &&
		   is(in(LG, udp4(H(LG, 6), H(HOME, 5), 53, 9)), NO_PAIR) &&
		   is(in(LG, ethernet(0x0800, ipv4(H(LG, 5), H(HOME, 5), 136, udp(53, 9, 0)))),
		      NO_PAIR),
	   "9: other ports, addresses, protocols");
	ok(is(in(NET, udp4(H(LG, 5), H(HOME, 5), 53, 9)), SPOOFED), "6 goes before 9");
	begin();
	flow("a", HOME, LG, 1, 8, 8);
	flow("b", HOME, LG, 47, 0, 65535);
	commit();
	ok(is(in(HOME, icmp4(H(HOME, 5), H(LG, 5), 8, 77)), NEW) &&
		   is(in(LG, icmp4(H(LG, 5), H(HOME, 5), 0, 77)), ESTABLISHED),
	   "9: an echo reply");
	ok(is(in(LG, icmp4(H(LG, 5), H(HOME, 5), 0, 78)), NO_PAIR) &&
		   is(in(LG, icmp4(H(LG, 5), H(HOME, 5), 8, 77)), NO_PAIR),
	   "9: another's, and a request the other way");
	ok(is(in(HOME, ethernet(0x0800, ipv4(H(HOME, 5), H(LG, 5), 47, zeros(0)))), NEW) &&
		   is(in(LG, ethernet(0x0800, ipv4(H(LG, 5), H(HOME, 5), 47, zeros(0)))),
		      ESTABLISHED),
	   "9: other protocols by address");
}

static void test_self(void)
{
	begin();
	flow("a", SELF, NET, 17, 53, 53);
	flow("b", NET, SELF, 17, 22, 22);
	flow("c", NET, SELF, 17, 67, 67);
	commit();
	ok(is(out(NET, udp4(H(NET, 1), H(NET, 5), 9, 53)), NEW) &&
		   is(in(NET, udp4(H(NET, 5), H(NET, 1), 53, 9)), ESTABLISHED),
	   "9: the host's own connections");
	ok(is(in(NET, udp4(H(NET, 5), H(NET, 1), 9, 22)), NEW) &&
		   is(out(NET, udp4(H(NET, 1), H(NET, 5), 22, 9)), ESTABLISHED),
	   "9: connections to the host");
	ok(is(out(NET, udp4(H(NET, 1), H(NET, 5), 22, 10)), WRONG_PORT), "13: none the other way");
	sekisho_model_isolate(model, "lg", true);
	ok(is(in(NET, udp4(H(NET, 5), H(NET, 1), 53, 9)), ESTABLISHED) &&
		   is(out(NET, udp4(H(NET, 1), H(NET, 5), 22, 9)), ESTABLISHED),
	   "judged again: the host's own addresses are self");
	ok(is(in(NET, udp4(H(NET, 5), 0xe0000001, 9, 22)), NEW) &&
		   is(out(NET, udp4(H(NET, 1), H(NET, 0xffff), 9, 53)), NEW),
	   "13: to multicast, and broadcast");
	commit();
	ok(is(in(NET, udp4(H(NET, 5), 0xe0000001, 9, 22)), ESTABLISHED) &&
		   is(out(NET, udp4(H(NET, 1), H(NET, 0xffff), 9, 53)), ESTABLISHED),
	   "judged again: they keep the segment they had");
}

static void test_side_segments(void)
{
	begin_with_flow();
	flow("n", NET, LG, 17, 53, 53);
	commit();
	forth();
	/* HOME and NET exchange their IPv4 networks. */
	segments[HOME].networks.items = networks[NET];
	segments[NET].networks.items = networks[HOME];
	ok(is(in(NET, udp4(H(HOME, 5), H(LG, 5), 9, 53)), NEW), "9 a: from another segment");
	ok(decides(back(), ESTABLISHED, 1), "9 a: the new connection took the old one's place");
	begin_with_flow();
	forth();
	segments[HOME].name = "house";
	commit();
	ok(is(forth(), ESTABLISHED), "9 b: segments are looked up afresh, whatever their names");
	begin_with_flow();
	forth();
	policy.segment_count = HOME;
	policy.flow_count = 0;
	commit();
	ok(is(back(), SEKISHO_REASON_REVOKED), "9 c: the other side's segment is gone");
}

static void test_expiry(void)
{
	struct sekisho_flow *made = begin_with_flow();

	made->valid_until = START + 5;
	forth();
	pass(4);
	ok(is(back(), ESTABLISHED), "9 b: the last second");
	pass(1);
	ok(decides(back(), EXPIRED, 0), "9 b: the end");
	ok(is(back(), NO_PAIR), "9 b: it was deleted");
	made = begin_with_flow();
	forth();
	made->valid_until = START;
	commit();
	ok(decides(forth(), EXPIRED, 0), "9 b goes before c: the new policy's end");
	made = begin_with_flow();
	forth();
	made->valid_from = START + 9;
	made->schedule = (struct sekisho_schedule){ true, 0, 0, 1 };
	ok(is(forth(), ESTABLISHED), "9: beginning and hours bind new connections only");
}

static void test_again(void)
{
	struct sekisho_flow *made = begin_with_flow();

	forth();
	made->valid_from = START + 9;
	made->schedule = (struct sekisho_schedule){ true, 0, 0, 1 };
	made->limit = (struct sekisho_limit){ 1, 1 };
	only_source_port(made, 1, 2);
	commit();
	ok(is(forth(), ESTABLISHED),
	   "judged again: not by hours, beginning, limits and source ports");
	services[0].last = 52;
	ok(is(forth(), ESTABLISHED), "judged again: once an epoch");
	commit();
	ok(decides(forth(), REVOKED, 0), "judged again: by service");
	ok(is(forth(), WRONG_PORT), "judged again: it was deleted");
	made = begin_with_flow();
	forth();
	only_to(made, H(LG, 6));
	commit();
	ok(decides(back(), REVOKED, 0), "judged again: by hosts, also from the other side");
	begin_with_flow();
	forth();
	policy.flow_count = 0;
	commit();
	ok(decides(back(), REVOKED, NO_FLOW), "judged again: without the flow");
	begin_with_flow();
	forth();
	sekisho_model_commit(model, NULL, NULL);
	commit();
	ok(decides(back(), ESTABLISHED, 0), "connections outlive a time without policy");
	sekisho_model_suspend(model, 4, V4(H(LG, 5)), true);
	ok(is(back(), SUSPENDED) && is(forth(), SUSPENDED), "5 goes before 9");
	sekisho_model_suspend(model, 4, V4(H(LG, 5)), false);
	ok(is(back(), ESTABLISHED), "and deletes nothing");
}

static void test_rebinding(void)
{
	struct sekisho_flow *made = begin_with_flow();

	forth();
	made->id = "a";
	commit();
	ok(decides(back(), ESTABLISHED, 0), "judged again: bound to another flow");
	made->valid_until = START;
	ok(is(back(), EXPIRED), "judged again: and to its end");
	made = begin_with_flow();
	made->limit.concurrent = 1;
	forth();
	flow("n", HOME, LG, 17, 53, 53);
	commit();
	ok(decides(back(), ESTABLISHED, 1), "judged again: the flow that decides now");
	flows[1].valid_until = START;
	ok(decides(in(HOME, udp4(H(HOME, 5), H(LG, 5), 10, 53)), NEW, 0),
	   "judged again: its place in the limit went along");
	begin();
	flow("z", HOME, LG, 17, 53, 53);
	commit();
	forth();
	flows[0].id = "a";
	flow("z", HOME, LG, 17, 53, 53);
	flows[0].valid_until = START;
	commit();
	ok(decides(back(), ESTABLISHED, 1), "a flow is known by its id, not its number");
	begin();
	commit();
	ok(is(in(LG, udp4(H(LG, 5), H(LG, 6), 9, 53)), INTRA), "intra");
	commit();
	ok(is(in(LG, udp4(H(LG, 6), H(LG, 5), 53, 9)), ESTABLISHED), "judged again: intra");
	flow("a", LG, LG, 17, 53, 53);
	segments[LG].intra_permit = false;
	commit();
	ok(decides(in(LG, udp4(H(LG, 6), H(LG, 5), 53, 9)), ESTABLISHED, 0),
	   "judged again: intra becomes a flow");
	policy.flow_count = 0;
	commit();
	ok(is(in(LG, udp4(H(LG, 6), H(LG, 5), 53, 9)), REVOKED), "judged again: or ends");
}

static void test_again_macs(void)
{
	struct sekisho_flow *made = begin_with_flow();

	only_mac(made, wire_mac);
	commit();
	forth();
	ok(is(back(), ESTABLISHED), "the responder has another MAC");
	made->macs[0] = 7;
	ok(is(forth(), ESTABLISHED), "judged again: not in the same epoch");
	commit();
	ok(is(back(), ESTABLISHED), "judged again: not by its MAC");
	ok(is(back(), ESTABLISHED), "judged again: nor the next time");
	ok(is(forth(), REVOKED), "judged again: but the initiator's, even after that");
	ok(is(back(), NO_PAIR), "judged again: it was deleted");
	made->macs[0] = wire_mac;
	forth();
	commit();
	ok(is(forth(), ESTABLISHED), "judged again: the right MAC");
	made->macs[0] = 7;
	ok(is(forth(), ESTABLISHED), "judged again: settles the epoch");
	begin();
	only_mac(flow("a", SELF, NET, 17, 53, 53), 7);
	commit();
	out(NET, udp4(H(NET, 1), H(NET, 5), 9, 53));
	commit();
	ok(is(out(NET, udp4(H(NET, 1), H(NET, 5), 9, 53)), ESTABLISHED),
	   "judged again: no MAC on output");
}

static struct sekisho_verdict admin(bool reply, uint16_t port)
{
	if (reply)
		return out(MGMT, udp4(H(MGMT, 1), H(MGMT, 5), port, 9));
	return in(MGMT, udp4(H(MGMT, 5), H(MGMT, 1), 9, port));
}

static void test_restricted(void)
{
	begin();
	flow("a", MGMT, SELF, 17, 22, 22)->survives_isolation = true;
	flow("b", MGMT, SELF, 17, 53, 53);
	commit();
	ok(is(admin(false, 22), NEW) && is(admin(false, 53), NEW), "9 d: two connections");
	sekisho_model_isolate(model, NULL, true);
	ok(is(admin(false, 22), ESTABLISHED) && is(admin(true, 22), ESTABLISHED),
	   "9 d: one survives isolation");
	ok(decides(admin(false, 53), ISOLATED, NO_FLOW) && is(admin(true, 53), ISOLATED),
	   "9 d: the other does not");
	ok(is(out(MGMT,
		  ethernet(0x0800,
			   ipv4(H(MGMT, 1), H(MGMT, 5), 1,
				icmp(3, 3, 0, ipv4(H(MGMT, 5), H(MGMT, 1), 17, udp(9, 53, 0)))))),
	      ISOLATED),
	   "10: nor an error about it");
	sekisho_model_isolate(model, NULL, false);
	ok(is(admin(true, 53), ESTABLISHED), "9 d: it is there after the release");
	sekisho_model_isolate(model, "mgmt", true);
	flows[1].valid_until = START;
	ok(is(admin(true, 53), EXPIRED), "9 b goes before d");
	flows[1].valid_until = INT64_MAX;
	sekisho_model_isolate(model, "mgmt", false);
	admin(false, 53);
	sekisho_model_isolate(model, "mgmt", true);
	policy.flow_count = 1;
	commit();
	ok(is(admin(true, 53), REVOKED), "9 c goes before d");
}

static struct sekisho_verdict segment(bool reply, uint8_t flags, uint32_t seq, uint32_t ack)
{
	if (reply)
		return in(LG, tcp4(H(LG, 5), H(HOME, 5), 80, 9, flags, seq, ack));
	return in(HOME, tcp4(H(HOME, 5), H(LG, 5), 9, 80, flags, seq, ack));
}

static void begin_tcp(void)
{
	begin();
	flow("a", HOME, LG, 6, 80, 80);
	commit();
}

static void handshake(void)
{
	segment(false, SYN, 100, 0);
	segment(true, SYN | ACK, 500, 101);
	segment(false, ACK, 101, 501);
}

static void test_tcp(void)
{
	struct sekisho_verdict verdict;

	begin_tcp();
	ok(is(segment(false, SYN, 100, 0), NEW), "9 e: a handshake begins");
	ok(is(segment(true, ACK, 500, 101), BAD_TCP), "9 e: an ACK is no answer");
	ok(is(segment(true, SYN | ACK, 500, 101), ESTABLISHED) &&
		   is(segment(false, ACK, 101, 501), ESTABLISHED),
	   "9 e: and ends");
	verdict = segment(true, ACK, 90000, 101);
	ok(decides(verdict, BAD_TCP, NO_FLOW) && verdict.reply, "9 e: out of window");
	ok(is(segment(false, SYN | FIN, 101, 501), BAD_TCP), "9 e: impossible flags");
	ok(is(segment(false, SYN, 900, 0), BAD_TCP), "9 e: a new SYN");
	ok(is(segment(false, FIN | ACK, 101, 501), ESTABLISHED) &&
		   is(segment(true, FIN | ACK, 501, 102), ESTABLISHED) &&
		   is(segment(false, ACK, 102, 502), ESTABLISHED),
	   "9 e: both FINs");
	verdict = segment(false, SYN, 900, 0);
	ok(decides(verdict, NEW, 0) && !verdict.reply, "9 e: reopened");
	ok(is(segment(true, SYN | ACK, 7000, 901), ESTABLISHED), "9 e: as a new connection");
	begin_tcp();
	handshake();
	segment(true, RST, 501, 0);
	ok(is(segment(true, SYN, 1, 0), NO_PAIR), "9 e: reopened from the other side, denied");
	ok(is(segment(false, ACK, 101, 501), STATELESS), "9 e: and deleted");
	begin_tcp();
	handshake();
	segment(false, RST, 101, 0);
	policy.flow_count = 0;
	commit();
	ok(is(segment(false, SYN, 1, 0), REVOKED), "9 c goes before e");
}

/* Whether the connection is there @seconds after its last frame, and gone a second later. */
static bool lasts(uint32_t seconds, bool (*is_there)(void))
{
	uint32_t start = monotonic;
	bool there;

	monotonic = start + seconds;
	if (is_there())
		return false;
	monotonic = start + seconds - 1;
	there = is_there();
	monotonic = start + seconds - 1;
	return there;
}

/* An error neither starts the idle time again nor deletes what is idle. */
static bool is_quotable(struct wire quoted)
{
	return in(LG, ethernet(0x0800, ipv4(H(LG, 5), H(HOME, 5), 1, icmp(3, 1, 0, quoted))))
		       .reason == RELATED;
}

static bool udp_is_there(void)
{
	return is_quotable(ipv4(H(HOME, 5), H(LG, 5), 17, udp(9, 53, 4)));
}

static bool tcp_is_there(void)
{
	return is_quotable(ipv4(H(HOME, 5), H(LG, 5), 6, tcp(9, 80, ACK, 0, 0, 0)));
}

static void test_timeouts(void)
{
	begin_with_flow();
	forth();
	ok(lasts(30, udp_is_there), "UDP unreplied: 30 s");
	back();
	ok(lasts(180, udp_is_there), "UDP replied: 180 s");
	back();
	policy.timeouts.udp_replied = 5;
	ok(lasts(5, udp_is_there), "a policy may set them");
	begin_tcp();
	segment(false, SYN, 100, 0);
	ok(lasts(30, tcp_is_there), "TCP half-open: 30 s");
	begin_tcp();
	segment(false, SYN, 100, 0);
	segment(true, SYN | ACK, 500, 101);
	ok(lasts(30, tcp_is_there), "TCP answered: 30 s");
	ok(is(segment(false, ACK, 101, 501), ESTABLISHED) && lasts(7200, tcp_is_there),
	   "TCP established: 7,200 s; an error does not touch the idle time");
	ok(is(segment(false, FIN | ACK, 101, 501), ESTABLISHED) && lasts(60, tcp_is_there),
	   "TCP closing: 60 s");
	ok(is(segment(false, RST, 102, 0), ESTABLISHED) && lasts(10, tcp_is_there),
	   "TCP reset: 10 s");
	ok(is(segment(true, ACK, 90000, 101), BAD_TCP) && lasts(1, tcp_is_there),
	   "what is invalid does not touch it either");
	begin_with_flow();
	forth();
	sekisho_model_sweep(model, monotonic + 29);
	ok(is(back(), ESTABLISHED), "the sweep leaves what is not idle");
	sekisho_model_sweep(model, monotonic + 180);
	ok(is(back(), NO_PAIR), "and takes what is");
}

static bool echo_is_there(void)
{
	return is_quotable(ipv4(H(HOME, 5), H(LG, 5), 1, icmp(8, 0, 77, zeros(0))));
}

static bool gre_is_there(void)
{
	return is_quotable(ipv4(H(HOME, 5), H(LG, 5), 47, zeros(0)));
}

static void test_other_timeouts(void)
{
	begin();
	flow("a", HOME, LG, 1, 0, 255);
	flow("b", HOME, LG, 47, 0, 65535);
	commit();
	in(HOME, icmp4(H(HOME, 5), H(LG, 5), 8, 77));
	ok(lasts(30, echo_is_there), "echo: 30 s");
	in(HOME, ethernet(0x0800, ipv4(H(HOME, 5), H(LG, 5), 47, zeros(0))));
	ok(lasts(600, gre_is_there), "others: 600 s");
	in(HOME, icmp4(H(HOME, 5), H(LG, 5), 13, 0));
	monotonic += 29;
	ok(is(in(HOME, icmp4(H(HOME, 5), H(LG, 5), 13, 0)), ESTABLISHED),
	   "ICMP that is no echo: 30 s as well");
	monotonic += 30;
	ok(is(in(HOME, icmp4(H(HOME, 5), H(LG, 5), 13, 0)), NEW), "and is then gone");
}

/* An error of @type from @source to @to about a UDP packet of ours. */
static struct wire error(uint32_t source, uint32_t to, uint8_t type, uint32_t quoted_source,
			 uint32_t quoted_destination, uint16_t from, uint16_t port)
{
	struct wire quoted = ipv4(quoted_source, quoted_destination, 17, udp(from, port, 0));

	return ethernet(0x0800, ipv4(source, to, 1, icmp(type, 1, 0, quoted)));
}

static struct wire error_forth(uint32_t source, uint8_t type)
{
	return error(source, H(HOME, 5), type, H(HOME, 5), H(LG, 5), 9, 53);
}

static struct wire error_back(uint32_t source, uint8_t type)
{
	return error(source, H(LG, 5), type, H(LG, 5), H(HOME, 5), 53, 9);
}

static void test_related(void)
{
	struct sekisho_verdict verdict;

	begin_with_flow();
	ok(is(in(LG, error_forth(H(LG, 5), 3)), UNRELATED), "10: about nothing");
	forth();
	verdict = in(LG, error_forth(H(LG, 5), 3));
	ok(decides(verdict, RELATED, 0) && verdict.reply, "10: about a connection");
	ok(is(in(LG, error_forth(H(LG, 77), 11)), RELATED), "10: from a router on the way");
	ok(is(in(NET, error_forth(H(NET, 5), 3)), UNRELATED), "10: from another segment");
	ok(is(in(HOME, error_forth(H(HOME, 77), 3)), UNRELATED), "10: from the wrong side");
	verdict = in(HOME, error_back(H(HOME, 5), 3));
	ok(decides(verdict, RELATED, 0) && !verdict.reply, "10: about a reply");
	ok(is(out(HOME, error_forth(H(HOME, 1), 11)), RELATED), "10: the host's own");
	ok(is(in(LG, error_forth(H(LG, 5), 5)), UNRELATED), "10: a redirect");
	ok(is(in(LG, error_forth(H(LG, 5), 4)), RELATED) &&
		   is(in(LG, error_forth(H(LG, 5), 12)), RELATED),
	   "10: other types");
	ok(is(in(LG, error(H(LG, 5), H(HOME, 6), 3, H(HOME, 5), H(LG, 5), 9, 53)), UNRELATED),
	   "10: to somebody else");
	ok(is(in(LG, error(H(LG, 5), H(HOME, 5), 3, H(HOME, 5), H(LG, 5), 10, 53)), UNRELATED),
	   "10: about other ports");
	ok(is(in(LG, error(H(LG, 5), 0xc0000201, 3, H(HOME, 5), H(LG, 5), 9, 53)), UNRELATED),
	   "10 goes before 11");
	flow("n", LG, HOME, 1, 0, 255);
	commit();
	ok(is(in(LG, error(H(LG, 5), H(HOME, 5), 3, H(HOME, 5), H(LG, 5), 10, 53)), UNRELATED),
	   "10: no flow permits errors");
	ok(is(in(LG, error_forth(H(LG, 5), 3)), RELATED), "10: judged again");
	policy.flow_count = 0;
	commit();
	ok(decides(in(LG, error_forth(H(LG, 5), 3)), REVOKED, NO_FLOW), "10: and revoked");
	ok(is(in(LG, error_forth(H(LG, 5), 3)), UNRELATED), "10: and deleted");
	begin_with_flow()->valid_until = START + 1;
	forth();
	pass(1);
	ok(is(in(LG, error_forth(H(LG, 5), 3)), EXPIRED), "10: expired");
	begin_with_flow();
	forth();
	pass(30);
	ok(is(in(LG, error_forth(H(LG, 5), 3)), UNRELATED), "10: about what is idle");
}

static void test_related_otherwise(void)
{
	struct sekisho_address a = H6(HOME, 5), b = H6(LG, 5);
	struct wire quoted = ipv6(a, b, 58, 64, icmp(128, 0, 77, zeros(0)));
	struct wire redirect = ethernet(0x86dd, ipv6(b, a, 58, 255, icmp(137, 0, 0, quoted)));
	struct wire too_big = ethernet(0x86dd, ipv6(b, a, 58, 64, icmp(2, 0, 1280, quoted)));
	struct wire first, later, error_bytes;

	begin();
	flow("a", HOME, LG, 58, 128, 128);
	flow("b", HOME, LG, 17, 53, 53);
	commit();
	in(HOME, ethernet(0x86dd, ipv6(a, b, 58, 64, icmp(128, 0, 77, zeros(0)))));
	ok(is(in(LG, too_big), RELATED), "10: IPv6, about an echo");
	ok(is(in(LG, redirect), UNRELATED), "10: IPv6, a redirect");
	forth();
	error_bytes = icmp(3, 1, 0, ipv4(H(HOME, 5), H(LG, 5), 17, udp(9, 53, 4)));
	first = ethernet(0x0800, ipv4_fragment(H(LG, 5), H(HOME, 5), 1, 3, MORE, error_bytes));
	later = ethernet(0x0800, ipv4_fragment(H(LG, 5), H(HOME, 5), 1, 3, 5, zeros(4)));
	ok(is(in(LG, later), ORPHAN) && is(in(LG, first), RELATED), "10: an error in fragments");
	ok(decides(in(LG, later), RELATED, 1), "8: what follows it is related");
	ok(is(in(LG, ethernet(0x0800,
			      ipv4(H(LG, 5), H(HOME, 5), 1,
				   icmp(3, 1, 0,
					cut(ipv4(H(HOME, 5), H(LG, 5), 17, udp(9, 53, 99)), 24))))),
	      RELATED),
	   "10: a short quotation");
	wire_mac = 9;
	only_mac(&flows[1], 1);
	commit();
	ok(is(in(LG, error_forth(H(LG, 5), 3)), RELATED), "10: judged again without the MAC");
	ok(is(in(HOME, error_back(H(HOME, 9), 3)), RELATED),
	   "10: nor in the initiator's direction, where a router may have sent it");
}

static void test_reasons(void)
{
	static const uint8_t expected[] = {
		ESTABLISHED, RELATED, INTRA,   NEW,	ISOLATED,
		UNRELATED,   EXPIRED, REVOKED, BAD_TCP, STATELESS,
	};

	ok(reached_all(expected, sizeof(expected)), "every reason of these lines was given");
}

int main(void)
{
	plan(111);
	test_directions();
	test_self();
	test_side_segments();
	test_expiry();
	test_again();
	test_rebinding();
	test_again_macs();
	test_restricted();
	test_tcp();
	test_timeouts();
	test_other_timeouts();
	test_related();
	test_related_otherwise();
	test_reasons();
	sekisho_model_free(model);
	return finish();
}
