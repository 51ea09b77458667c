// SPDX-License-Identifier: GPL-2.0-only
/*
 * Single frames, each judged for another reason, and what an event costs. The policy is
 * verdict_reasons.yaml.
 */
#include "verdict_cases.h"

#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/pkt_cls.h>

#include "policy/policy_file.h"

#define POLICY "tests/bench/verdict_reasons.yaml"

/* Frames of connections that are there, and of those that open them. */
#define TCP4 "ip src=10.0.0.1 dst=10.1.0.1 tcp sport=4000 dport=443 seq=1001 ack=5001 flags=A"
#define TCP4_BACK \
	"eth ip src=10.1.0.1 dst=10.0.0.1 tcp sport=443 dport=4000 seq=5001 ack=1001 flags=A"
#define TCP6   "eth ip src=fd00:a::1 dst=fd00:b::1 tcp sport=4000 dport=443 seq=1001 ack=5001 flags=A"
#define UDP4   "eth ip src=10.0.0.1 dst=10.1.0.1 udp sport=4001 dport=53 zeros=20"
#define ECHO4  "eth ip src=10.0.0.1 dst=10.1.0.1 icmp type=8 id=7 zeros=20"
#define PIECE  "eth ip src=10.0.0.1 dst=10.1.0.1 proto=17 frag="
#define ERROR4 "eth ip src=10.1.0.1 dst=10.0.0.1 icmp type=3 code=1 "
#define SYN    "tcp sport=4100 dport=443 flags=S"

struct single {
	const char *name;
	const char *reason;
	const char *words;
	char port; /* a or b */
};

/* Of connections that opened() has made. */
static const struct single permitted[] = {
	{ "established TCP", "permit-established", "eth " TCP4, 'a' },
	{ "established TCP, reply", "permit-established", TCP4_BACK, 'b' },
	{ "established TCP, VLAN", "permit-established", "eth vlan=20 " TCP4, 'a' },
	{ "established TCP, IPv6", "permit-established", TCP6, 'a' },
	{ "established UDP", "permit-established", UDP4, 'a' },
	{ "established ping", "permit-established", ECHO4, 'a' },
	{ "later fragment", "permit-established", PIECE "32,0,77 zeros=32", 'a' },
	{ "ICMP error", "permit-related",
	  ERROR4 "ip src=10.0.0.1 dst=10.1.0.1 udp sport=4001 dport=53 zeros=20", 'b' },
	{ "ARP", "permit-control", "eth arp op=1 sha=02:00:00:00:00:01 spa=10.0.0.1 tpa=10.0.0.2",
	  'a' },
};

static const struct single denied[] = {
	{ "malformed", "malformed", "eth ip len=2000 src=10.0.0.1 dst=10.1.0.1 " SYN, 'a' },
	{ "vlan-invalid", "vlan-invalid", "eth vlan=20 vlan=30 ip src=10.0.0.1 dst=10.1.0.1 " SYN,
	  'a' },
	{ "port-unbound", "port-unbound", "eth vlan=99 ip src=10.0.0.1 dst=10.1.0.1 " SYN, 'a' },
	{ "ethertype", "ethertype", "eth type=0x88b5 zeros=46", 'a' },
	{ "source-spoofed", "source-spoofed", "eth ip src=10.1.0.9 dst=10.1.0.1 " SYN, 'a' },
	{ "fragment-tiny", "fragment-tiny",
	  "eth ip src=10.0.0.1 dst=10.1.0.1 proto=6 frag=0,1,78 zeros=8", 'a' },
	{ "fragment-orphan", "fragment-orphan", PIECE "32,0,79 zeros=32", 'a' },
	{ "tcp-invalid (window)", "tcp-invalid",
	  "eth ip src=10.0.0.1 dst=10.1.0.1 tcp sport=4000 dport=443 seq=900001001 ack=5001 "
	  "flags=A",
	  'a' },
	{ "icmp-unrelated", "icmp-unrelated",
	  ERROR4 "ip src=10.0.0.1 dst=10.1.0.1 udp sport=4999 dport=53 zeros=20", 'b' },
	{ "no-destination", "no-destination", "eth ip src=10.0.0.1 dst=192.0.2.1 " SYN, 'a' },
	{ "tcp-no-state", "tcp-no-state",
	  "eth ip src=10.0.0.1 dst=10.1.0.1 tcp sport=4999 dport=443 flags=A", 'a' },
	{ "expired", "expired", "eth ip src=10.0.3.1 dst=10.1.0.3 " SYN, 'a' },
	{ "not-yet-valid", "not-yet-valid", "eth ip src=10.0.4.1 dst=10.1.0.4 " SYN, 'a' },
	{ "mac-mismatch", "mac-mismatch", "eth ip src=10.0.2.1 dst=10.1.0.2 " SYN, 'a' },
	{ "port-not-permitted", "port-not-permitted",
	  "eth ip src=10.0.0.1 dst=10.1.0.1 tcp sport=4100 dport=80 flags=S", 'a' },
	{ "not-listed", "not-listed", "eth ip src=10.0.9.1 dst=10.1.0.1 " SYN, 'a' },
	{ "not-listed, IPv6", "not-listed", "eth ip src=fd00:a:0:9::1 dst=fd00:b::1 " SYN, 'a' },
	{ "no-flow", "no-flow", "eth ip src=10.1.0.1 dst=10.2.0.1 " SYN, 'b' },
	{ "limit", "limit", "eth ip src=10.0.6.1 dst=10.1.0.6 " SYN, 'a' },
};

/* What opens connections: asked for before state is made, and measured with it. */
static const struct single first[] = {
	{ "first packet TCP, before state", "limit",
	  "eth ip src=10.0.0.2 dst=10.1.0.1 tcp sport=4000 dport=443 flags=S", 'a' },
	{ "first packet UDP, before state", "limit",
	  "eth ip src=10.0.0.2 dst=10.1.0.1 udp sport=4000 dport=53 zeros=20", 'a' },
	{ "first packet TCP, IPv6, before state", "limit",
	  "eth ip src=fd00:a::2 dst=fd00:b::1 tcp sport=4000 dport=443 flags=S", 'a' },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* How many connections are made in one run. */
#define NEW_CONNECTIONS 8192
/* Events that find room in the ring buffer. */
#define EVENTS_CHUNK 16384

static uint32_t port_of(const struct bench *bench, char port)
{
	return port == 'a' ? bench->port_a : bench->port_b;
}

static void play(struct bench *bench, const char *reason, const char *words, char port)
{
	struct frame_set set;

	frame_set_words(&set, words, port_of(bench, port));
	border_expect_begin(&bench->border);
	subject_run(&bench->border.quiet, &set, 1, NULL);
	border_expect(&bench->border, words, reason, 1);
}

static void connect_one(struct bench *bench, const char *words)
{
	struct frame_set set;

	frame_set_words(&set, words, bench->port_a);
	border_connect(&bench->border, &set, bench->port_b);
}

/* What `permitted` and `denied` rest on. */
static void open_all(struct bench *bench)
{
	connect_one(bench, "eth " TCP4);
	connect_one(bench, TCP6);
	connect_one(bench, UDP4);
	play(bench, "permit-new", ECHO4, 'a');
	play(bench, "permit-new", PIECE "0,1,77 udp sport=4002 dport=53 len=64 zeros=24", 'a');
	play(bench, "permit-new", "eth ip src=10.0.6.1 dst=10.1.0.6 tcp sport=1 dport=443 flags=S",
	     'a');
}

static void measure(struct bench *bench, const struct single *single, const char *prefix,
		    unsigned int flags)
{
	struct frame_set set;
	char name[80];
	struct trial trial = {
		.name = name, .reason = single->reason, .set = &set, .flags = flags
	};

	snprintf(name, sizeof(name), "%s%s", prefix, single->name);
	frame_set_words(&set, single->words, port_of(bench, single->port));
	trial_run(bench, &trial);
}

static void measure_schedule(struct bench *bench)
{
	time_t hour = (time(NULL) / 3600 + 9) % 24; /* in Tokyo */
	struct single single = { "outside-schedule", "outside-schedule", NULL, 'a' };

	single.words = hour < 12 ? "eth ip src=10.0.5.2 dst=10.1.0.5 " SYN
				 : "eth ip src=10.0.5.1 dst=10.1.0.5 " SYN;
	measure(bench, &single, "denied: ", TRIAL_QUIET);
}

static void measure_closed(struct bench *bench)
{
	static const struct single isolated = { "isolated", "isolated",
						"eth ip src=10.0.7.1 dst=10.2.0.1 " SYN, 'a' };
	static const struct single suspended = { "suspended", "suspended",
						 "eth ip src=10.0.0.9 dst=10.1.0.1 " SYN, 'a' };
	struct sekisho_address host = { 0, 0x0a000009 };

	if (sekisho_runtime_isolate(bench->border.engine, "c", true))
		errx(1, "cannot isolate");
	measure(bench, &isolated, "denied: ", TRIAL_QUIET);
	sekisho_runtime_isolate(bench->border.engine, "c", false);
	if (sekisho_runtime_suspend(bench->border.engine, 4, host, true))
		errx(1, "cannot suspend");
	measure(bench, &suspended, "denied: ", TRIAL_QUIET);
	sekisho_runtime_suspend(bench->border.engine, 4, host, false);
}

/* In `kernel` mode every forwarded frame is asked for again as it leaves. */
static void measure_leaving(struct bench *bench)
{
	static const char other[] = "eth ip src=10.0.0.1 dst=10.1.0.1 tcp sport=4999 dport=443 "
				    "flags=A";
	struct frame_set set;
	struct trial trial = { .name = "leaving, forwarded, covered",
			       .set = &set,
			       .flags = TRIAL_OUTPUT | TRIAL_EMPTY };
	uint32_t verdict;

	frame_set_words(&set, "eth " TCP4, bench->port_b);
	set.came_by = bench->port_a;
	subject_run(&bench->border.output, &set, 1, &verdict);
	if (verdict != TC_ACT_OK)
		errx(1, "%s: the verdict is %u", trial.name, verdict);
	trial_run(bench, &trial);
	trial.name = "denied: unjudged";
	trial.reason = "unjudged";
	trial.flags = TRIAL_OUTPUT;
	frame_set_words(&set, other, bench->port_b);
	set.came_by = bench->port_a;
	trial_run(bench, &trial);
}

/* Row i: from host @first_host + i mod 250 of a network of segment a, a port of its own. */
static void fill_rows(struct frame_set *set, uint32_t network, uint32_t rows)
{
	memset(frame_rows4, 0, rows * sizeof(*frame_rows4));
	for (uint32_t i = 0; i < rows; i++) {
		frame_rows4[i].source = htonl(network + 1 + i % 250);
		frame_rows4[i].destination = htonl(0x0a010001);
		frame_rows4[i].source_port = htons((uint16_t)(1024 + i / 250));
		frame_rows4[i].destination_port = htons(443);
	}
	frame_rows_shuffle(4, rows);
	set->rows = rows;
}

/* New connections, told of or not. */
static void measure_new(struct bench *bench)
{
	struct frame_set set;
	struct trial trial = { .name = "first packet TCP, state made",
			       .reason = "permit-new",
			       .set = &set,
			       .once = NEW_CONNECTIONS };

	frame_set_words(&set, "eth ip src=10.0.0.1 dst=10.1.0.1 " SYN, bench->port_a);
	fill_rows(&set, 0x0a000000, TRIAL_ONCE_ROWS(bench, NEW_CONNECTIONS));
	border_touch(&bench->border, &set);
	trial_run(bench, &trial);
	border_forget(&bench->border);
	trial.name = "first packet TCP, state made, told";
	trial.flags = TRIAL_QUIET;
	trial.chunk = NEW_CONNECTIONS;
	set.first = 0;
	fill_rows(&set, 0x0a000100, TRIAL_ONCE_ROWS(bench, NEW_CONNECTIONS));
	border_touch(&bench->border, &set);
	trial_run(bench, &trial);
	border_forget(&bench->border);
}

/* Every denial another key: none is a repetition. */
static void measure_events(struct bench *bench)
{
	struct frame_set set;
	struct trial trial = { .name = "denied: not-listed, every key new",
			       .reason = "not-listed",
			       .set = &set,
			       .flags = TRIAL_QUIET,
			       .chunk = EVENTS_CHUNK };

	frame_set_words(&set, "eth ip src=10.0.9.1 dst=10.1.0.1 " SYN, bench->port_a);
	fill_rows(&set, 0x0a000900, 1u << 18 < bench->repeat ? 1u << 18 : bench->repeat);
	trial_run(bench, &trial);
	trial.name = "denied: not-listed, every key new, no room for events";
	trial.chunk = 0;
	trial_run(bench, &trial);
}

void verdict_by_reason(struct bench *bench)
{
	struct sekisho_diagnostics diagnostics = { 0 };
	struct sekisho_policy *policy = sekisho_policy_file_read(POLICY, &diagnostics);

	if (!policy) {
		sekisho_diagnostics_print(&diagnostics, stderr);
		exit(1);
	}
	sekisho_diagnostics_free(&diagnostics);
	border_open(&bench->border, policy);
	border_forget(&bench->border);
	open_all(bench);
	for (size_t i = 0; i < COUNT(permitted); i++)
		measure(bench, &permitted[i], "", i ? 0 : TRIAL_PARSE | TRIAL_EMPTY);
	measure_leaving(bench);
	for (size_t i = 0; i < COUNT(denied); i++)
		measure(bench, &denied[i], "denied: ", TRIAL_QUIET);
	measure_schedule(bench);
	measure_closed(bench);
	sekisho_engine_control(bench->border.engine)->deny_new = 1;
	for (size_t i = 0; i < COUNT(first); i++)
		measure(bench, &first[i], "", TRIAL_QUIET | TRIAL_NO_OURS);
	sekisho_engine_control(bench->border.engine)->deny_new = 0;
	measure_events(bench);
	measure_new(bench);
	sekisho_policy_free(policy);
}
