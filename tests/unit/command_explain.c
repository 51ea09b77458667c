/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The packet and the time that `explain` is asked about, read from words.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "command/explain_request.h"
#include "ktap.h"

#define WORDS_MAX 10

static const struct {
	const char *what;
	const char *words[WORDS_MAX];
	enum sekisho_explain_fault fault;
	const char *key;
} cases[] = {
	{ "a TCP packet",
	  { "in=lg0", "src=10.0.0.1", "dst=10.0.0.2", "proto=tcp", "dport=443" },
	  SEKISHO_EXPLAIN_FINE,
	  "" },
	{ "TCP needs dport",
	  { "in=lg0", "src=10.0.0.1", "dst=10.0.0.2", "proto=tcp" },
	  SEKISHO_EXPLAIN_MISSING,
	  "dport" },
	{ "ICMP does not",
	  { "in=lg0", "src=10.0.0.1", "dst=10.0.0.2", "proto=icmp" },
	  SEKISHO_EXPLAIN_FINE,
	  "" },
	{ "the port must be there",
	  { "src=10.0.0.1", "dst=10.0.0.2", "proto=icmp" },
	  SEKISHO_EXPLAIN_MISSING,
	  "in" },
	{ "the source must be there",
	  { "in=lg0", "dst=10.0.0.2", "proto=icmp" },
	  SEKISHO_EXPLAIN_MISSING,
	  "src" },
	{ "the host is the source of what it sends",
	  { "in=self", "dst=10.0.0.2", "proto=icmp" },
	  SEKISHO_EXPLAIN_FINE,
	  "" },
	{ "one family",
	  { "in=lg0", "src=10.0.0.1", "dst=fd00::1", "proto=icmp" },
	  SEKISHO_EXPLAIN_FAMILY,
	  "dst" },
	{ "IPv4 written as IPv6",
	  { "in=lg0", "src=::ffff:10.0.0.1", "dst=fd00::1", "proto=icmp" },
	  SEKISHO_EXPLAIN_VALUE,
	  "src" },
	{ "a port beyond 65535",
	  { "in=lg0", "src=10.0.0.1", "dst=10.0.0.2", "proto=udp", "dport=65536" },
	  SEKISHO_EXPLAIN_VALUE,
	  "dport" },
	{ "a protocol by number",
	  { "in=lg0", "src=10.0.0.1", "dst=10.0.0.2", "proto=50" },
	  SEKISHO_EXPLAIN_FINE,
	  "" },
	{ "no protocol 256",
	  { "in=lg0", "src=10.0.0.1", "dst=10.0.0.2", "proto=256" },
	  SEKISHO_EXPLAIN_VALUE,
	  "proto" },
	{ "a MAC address",
	  { "in=lg0", "src=10.0.0.1", "dst=10.0.0.2", "proto=50", "smac=02:00:00:00:00:0g" },
	  SEKISHO_EXPLAIN_VALUE,
	  "smac" },
	{ "flags by name",
	  { "in=lg0", "src=10.0.0.1", "dst=10.0.0.2", "proto=tcp", "dport=1", "flags=syn,xyz" },
	  SEKISHO_EXPLAIN_VALUE,
	  "flags" },
	{ "an unknown key", { "in=lg0", "sorce=1" }, SEKISHO_EXPLAIN_UNKNOWN, "sorce" },
	{ "a word without '='", { "lg0" }, SEKISHO_EXPLAIN_NO_KEY, "lg0" },
	{ "a key twice", { "in=lg0", "in=lg1" }, SEKISHO_EXPLAIN_TWICE, "in" },
};

static const struct {
	const char *text;
	int64_t seconds; /* -1: refused */
} times[] = {
	{ "@0", 0 },
	{ "2026-04-01", 1774969200 },
	{ "2026-04-01T00:00", 1774969200 },
	{ "2026-04-01 00:00:01", 1774969201 },
	{ "2026-04-01T00:00:00+09:00", 1774969200 },
	{ "2026-03-31T15:00:00Z", 1774969200 },
	{ "2026-03-31T15:00:00+0000", 1774969200 },
	{ "2026-04-01T", -1 },
	{ "yesterday", -1 },
	{ "2026-04-01T00:00:00+09:00x", -1 },
	{ "@-1", -1 },
	{ "1960-01-01", -1 },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool parse(const char *const *words, struct sekisho_explain_request *request,
		  struct sekisho_explain_problem *problem)
{
	size_t count = 0;

	while (count < WORDS_MAX && words[count])
		count++;
	return sekisho_explain_parse(words, count, request, problem);
}

static void check_frame(void)
{
	static const char *const words[] = { "in=lg0",	   "src=fd00::1", "dst=fd00::2",
					     "proto=icmp", "flags=ack",	  NULL };
	struct sekisho_explain_request request;
	struct sekisho_explain_problem problem;
	struct sekisho_frame frame;

	parse(words, &request, &problem);
	sekisho_explain_frame(&request, 20, &frame);
	ok(frame.family == 6 && frame.protocol == IPPROTO_ICMPV6 && frame.service == 128 &&
		   frame.vlan == 20 && frame.ethertype == 0x86dd,
	   "icmp between IPv6 addresses is an ICMPv6 echo");
}

int main(void)
{
	struct sekisho_zone_change japan = { INT64_MIN, 9 * 3600 };
	const struct sekisho_zone zone = { &japan, 1 };

	plan(COUNT(cases) + COUNT(times) + 1);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct sekisho_explain_request request;
		struct sekisho_explain_problem problem;
		bool good = parse(cases[i].words, &request, &problem);

		ok(good == !cases[i].fault && problem.fault == cases[i].fault &&
			   !strcmp(problem.key, cases[i].key),
		   "%s", cases[i].what);
	}
	for (size_t i = 0; i < COUNT(times); i++) {
		int64_t seconds = -1;
		bool good = sekisho_explain_time(times[i].text, &zone, &seconds);

		ok(good == (times[i].seconds >= 0) && (!good || seconds == times[i].seconds),
		   "time %s", times[i].text);
	}
	check_frame();
	return finish();
}
