// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies between the hosts of fuzz.sh, 10.1.0.0/16 and fd00:1::/32 on the left, 10.2.0.0/16 and
 * fd00:2::/32 on the right, with further segments that nobody is in.
 */
#include "fuzz_policy.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sekisho/netlink.h"

#define EXTRA_SEGMENTS_MAX 6
#define SETS_MAX	   20
#define FLOWS_FEW	   30
#define FLOWS_MANY	   2000
#define DAY		   86400

struct maker {
	struct tree *tree;
	struct random *random;
	struct policy_counts *counts;
	uint16_t segment_of_set[SETS_MAX + 1];
};

static void add_address(struct maker *maker, struct attribute *parent, unsigned int type,
			unsigned int segment, uint16_t host, bool six)
{
	uint8_t four[4] = { 10, (uint8_t)segment, (uint8_t)(host >> 8), (uint8_t)host };
	uint8_t sixteen[16] = { 0xfd, 0, 0, (uint8_t)segment };

	if (six && host == 0xffff) {
		memset(sixteen + 4, 0xff, 12);
	} else {
		sixteen[14] = (uint8_t)(host >> 8);
		sixteen[15] = (uint8_t)host;
	}
	if (six)
		tree_add(maker->tree, parent, type, sixteen, sizeof(sixteen));
	else
		tree_add(maker->tree, parent, type, four, sizeof(four));
}

static void add_range(struct maker *maker, struct attribute *parent, unsigned int type,
		      unsigned int segment, uint16_t first, uint16_t last, bool six)
{
	struct attribute *range = tree_nest(maker->tree, parent, type);

	add_address(maker, range, SEKISHO_RANGE_FIRST, segment, first, six);
	if (first != last || random_percent(maker->random, 30))
		add_address(maker, range, SEKISHO_RANGE_LAST, segment, last, six);
}

static void add_site(struct maker *maker)
{
	static const uint32_t rooms[] = { 1, 16, 256, 1024, 4096, 16384 };
	struct attribute *site = tree_nest(maker->tree, NULL, SEKISHO_A_SITE), *nest;
	uint32_t zones = random_below(maker->random, 4);
	int64_t since = (int64_t)random_below(maker->random, 1000000000);

	tree_number(maker->tree, site, SEKISHO_SITE_CONNECTIONS, random_pick(maker->random, rooms),
		    4);
	nest = tree_nest(maker->tree, site, SEKISHO_SITE_TIMEOUTS);
	for (unsigned int i = SEKISHO_TIMEOUTS_TCP_HALF_OPEN; i < SEKISHO_TIMEOUTS_END; i++)
		tree_number(maker->tree, nest, i, random_between(maker->random, 1, 60), 4);
	while (zones--) {
		nest = tree_nest(maker->tree, site, SEKISHO_SITE_ZONE);
		tree_number(maker->tree, nest, SEKISHO_ZONE_SINCE, (uint64_t)since, 8);
		tree_number(maker->tree, nest, SEKISHO_ZONE_OFFSET, 9 * 3600, 4);
		since += random_between(maker->random, 1, 100000000);
	}
	if (random_percent(maker->random, 30))
		tree_number(maker->tree, site, SEKISHO_SITE_FORWARD, SEKISHO_FORWARDING_FAST, 1);
}

static void add_segment(struct maker *maker, unsigned int number, const char *name)
{
	static const uint8_t meanings[] = {
		SEKISHO_MEANING_OTHER,	  SEKISHO_MEANING_OTHER,    SEKISHO_MEANING_LGWAN,
		SEKISHO_MEANING_INTERNET, SEKISHO_MEANING_EXTERNAL, SEKISHO_MEANING_MANAGEMENT,
	};
	struct attribute *segment = tree_nest(maker->tree, NULL, SEKISHO_A_SEGMENT);

	tree_number(maker->tree, segment, SEKISHO_SEGMENT_A_INDEX, number, 2);
	tree_string(maker->tree, segment, SEKISHO_SEGMENT_A_NAME, name);
	tree_number(maker->tree, segment, SEKISHO_SEGMENT_A_MEANING,
		    random_pick(maker->random, meanings), 1);
	tree_number(maker->tree, segment, SEKISHO_SEGMENT_A_INTRA, random_below(maker->random, 2),
		    1);
	if (random_percent(maker->random, 20))
		tree_number(maker->tree, segment, SEKISHO_SEGMENT_A_ETHERTYPE,
			    random_between(maker->random, 0x0801, 0xffff) | 0x1000, 2);
	/* Now and then continued in a further attribute. */
	if (random_percent(maker->random, 10)) {
		segment = tree_nest(maker->tree, NULL, SEKISHO_A_SEGMENT);
		tree_number(maker->tree, segment, SEKISHO_SEGMENT_A_INDEX, number, 2);
	}
	add_range(maker, segment, SEKISHO_SEGMENT_A_NETWORK, number, 0, 0xffff, false);
	add_range(maker, segment, SEKISHO_SEGMENT_A_NETWORK, number, 0, 0xffff, true);
	maker->counts->segments++;
	maker->counts->networks += 2;
}

static void add_segments(struct maker *maker)
{
	unsigned int extra = random_below(maker->random, EXTRA_SEGMENTS_MAX + 1);

	add_segment(maker, 1, "left");
	add_segment(maker, 2, "right");
	for (unsigned int i = 1; i <= extra; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "extra-%u", i);
		add_segment(maker, i + 2, name);
	}
}

static void add_port(struct maker *maker, const char *interface, uint32_t number, uint16_t vlan,
		     uint16_t segment)
{
	struct attribute *port = tree_nest(maker->tree, NULL, SEKISHO_A_PORT);

	tree_string(maker->tree, port, SEKISHO_PORT_INTERFACE, interface);
	tree_number(maker->tree, port, SEKISHO_PORT_IFINDEX, number, 4);
	tree_number(maker->tree, port, SEKISHO_PORT_VLAN, vlan, 2);
	tree_number(maker->tree, port, SEKISHO_PORT_SEGMENT, segment, 2);
	maker->counts->ports++;
}

static void add_ports(struct maker *maker, const struct policy_place *place)
{
	add_port(maker, "fuzz-l", place->left, 0, 1);
	add_port(maker, "fuzz-r", place->right, 0, 2);
	for (unsigned int i = 3; i <= maker->counts->segments; i++)
		add_port(maker, "trunk0", 0, (uint16_t)(100 + i), (uint16_t)i);
	for (unsigned int i = 1; i <= 2; i++) {
		add_address(maker, NULL, SEKISHO_A_OWN, i, 1, false);
		add_address(maker, NULL, SEKISHO_A_OWN, i, 1, true);
		add_address(maker, NULL, SEKISHO_A_BROADCAST, i, 0xffff, false);
		maker->counts->addresses += 3;
	}
}

static void add_hosts(struct maker *maker)
{
	uint32_t sets = random_below(maker->random, SETS_MAX + 1);

	for (uint32_t i = 1; i <= sets; i++) {
		struct attribute *hosts = tree_nest(maker->tree, NULL, SEKISHO_A_HOSTS);
		uint16_t segment =
			(uint16_t)random_between(maker->random, 1, maker->counts->segments);
		/* Those that cover one address are no more than may be. */
		uint16_t base = (uint16_t)(i < 10 ? 2 : i * 100);

		maker->segment_of_set[i] = segment;
		tree_number(maker->tree, hosts, SEKISHO_HOSTS_INDEX, i, 4);
		tree_number(maker->tree, hosts, SEKISHO_HOSTS_SEGMENT, segment, 2);
		for (uint32_t ranges = random_between(maker->random, 1, 4); ranges; ranges--) {
			uint16_t last = (uint16_t)(base + random_below(maker->random, 20));

			add_range(maker, hosts, SEKISHO_HOSTS_RANGE, segment, base, last, false);
			base = (uint16_t)(last + random_between(maker->random, 2, 50));
		}
		if (random_percent(maker->random, 30))
			add_range(maker, hosts, SEKISHO_HOSTS_RANGE, segment, 2, 40000, true);
		maker->counts->hosts++;
	}
}

static void add_service(struct maker *maker, struct attribute *flow)
{
	static const uint8_t protocols[] = { 6, 17, 17, 1, 58, 50 };
	struct attribute *service = tree_nest(maker->tree, flow, SEKISHO_FLOW_SERVICE);
	uint8_t protocol = random_pick(maker->random, protocols);
	uint32_t limit = protocol == 6 || protocol == 17 ? 0xffff : 0xff;
	uint32_t first = random_below(maker->random, limit);

	tree_number(maker->tree, service, SEKISHO_SERVICE_PROTOCOL, protocol, 1);
	if (protocol == 50 || random_percent(maker->random, 20))
		return;
	tree_number(maker->tree, service, SEKISHO_SERVICE_FIRST, first, 2);
	if (random_percent(maker->random, 70))
		tree_number(maker->tree, service, SEKISHO_SERVICE_LAST,
			    random_between(maker->random, first, limit), 2);
}

static void add_conditions(struct maker *maker, struct attribute *flow)
{
	struct random *random = maker->random;
	struct tree *tree = maker->tree;
	uint8_t mac[6] = { 2, 0, 0, 0, 0, 0 };

	if (random_percent(random, 10)) {
		for (mac[5] = 1; mac[5] < 4; mac[5]++)
			tree_add(tree, flow, SEKISHO_FLOW_MAC, mac, sizeof(mac));
	}
	if (random_percent(random, 10)) {
		struct attribute *ports = tree_nest(tree, flow, SEKISHO_FLOW_SOURCE_PORT);

		tree_number(tree, ports, SEKISHO_PORT_RANGE_FIRST, 1024, 2);
		tree_number(tree, ports, SEKISHO_PORT_RANGE_LAST, 65535, 2);
	}
	tree_number(tree, flow, SEKISHO_FLOW_VALID_FROM,
		    (uint64_t)(time(NULL) - (time_t)random_below(random, 10) * DAY), 8);
	tree_number(tree, flow, SEKISHO_FLOW_VALID_UNTIL,
		    (uint64_t)(time(NULL) + 1 + (time_t)random_below(random, 10) * DAY), 8);
	if (random_percent(random, 10)) {
		tree_number(tree, flow, SEKISHO_FLOW_DAYS, random_between(random, 1, 127), 1);
		tree_number(tree, flow, SEKISHO_FLOW_START_MINUTE, 0, 2);
		tree_number(tree, flow, SEKISHO_FLOW_END_MINUTE, 1440, 2);
	}
	if (random_percent(random, 30))
		tree_number(tree, flow, SEKISHO_FLOW_NEW_PER_SECOND, random_between(random, 1, 100),
			    4);
	if (random_percent(random, 30))
		tree_number(tree, flow, SEKISHO_FLOW_CONCURRENT, random_between(random, 1, 100), 4);
	tree_number(tree, flow, SEKISHO_FLOW_SURVIVES, random_percent(random, 20), 1);
	tree_number(tree, flow, SEKISHO_FLOW_LOG, random_below(random, SEKISHO_FLOW_LOG_COUNT), 1);
}

static void add_flow(struct maker *maker, unsigned int number)
{
	struct random *random = maker->random;
	struct attribute *flow = tree_nest(maker->tree, NULL, SEKISHO_A_FLOW);
	uint32_t sets[2] = { 0, 0 };
	uint16_t ends[2];
	char id[16];

	(void)snprintf(id, sizeof(id), "F-%05u", number);
	for (unsigned int i = 0; i < 2; i++) {
		ends[i] = (uint16_t)random_between(random, 1, maker->counts->segments);
		if (maker->counts->hosts && random_percent(random, 40)) {
			sets[i] = random_between(random, 1, maker->counts->hosts);
			ends[i] = maker->segment_of_set[sets[i]];
		}
	}
	/* To itself only where it has two ends. */
	if (ends[0] == ends[1]) {
		ends[1] = 0;
		sets[1] = 0;
	}
	tree_string(maker->tree, flow, SEKISHO_FLOW_ID, id);
	tree_number(maker->tree, flow, SEKISHO_FLOW_FROM, ends[0], 2);
	tree_number(maker->tree, flow, SEKISHO_FLOW_TO, ends[1], 2);
	if (sets[0])
		tree_number(maker->tree, flow, SEKISHO_FLOW_FROM_HOSTS, sets[0], 4);
	if (sets[1])
		tree_number(maker->tree, flow, SEKISHO_FLOW_TO_HOSTS, sets[1], 4);
	for (uint32_t services = random_between(random, 1, 3); services; services--)
		add_service(maker, flow);
	add_conditions(maker, flow);
	maker->counts->flows++;
}

/* UDP from the left to the right, so that the packets of fuzz_bystanders.c find their way. */
static void add_thoroughfare(struct maker *maker)
{
	struct attribute *flow = tree_nest(maker->tree, NULL, SEKISHO_A_FLOW), *service;

	tree_string(maker->tree, flow, SEKISHO_FLOW_ID, "A-through");
	tree_number(maker->tree, flow, SEKISHO_FLOW_FROM, 1, 2);
	tree_number(maker->tree, flow, SEKISHO_FLOW_TO, 2, 2);
	service = tree_nest(maker->tree, flow, SEKISHO_FLOW_SERVICE);
	tree_number(maker->tree, service, SEKISHO_SERVICE_PROTOCOL, 17, 1);
	add_conditions(maker, flow);
	maker->counts->flows++;
}

void policy_make(struct tree *tree, struct random *random, const struct policy_place *place,
		 struct policy_counts *counts)
{
	struct maker maker = { .tree = tree, .random = random, .counts = counts };
	unsigned int flows =
		random_below(random, random_percent(random, 97) ? FLOWS_FEW : FLOWS_MANY);

	memset(counts, 0, sizeof(*counts));
	add_site(&maker);
	add_segments(&maker);
	add_ports(&maker, place);
	add_hosts(&maker);
	if (random_percent(random, 70))
		add_thoroughfare(&maker);
	for (unsigned int i = 0; i < flows; i++)
		add_flow(&maker, i);
}

void policy_commit(struct tree *tree, struct random *random, const struct policy_counts *counts,
		   uint32_t generation, uint32_t confirm_seconds)
{
	struct attribute *nest;
	uint8_t digest[SEKISHO_DIGEST_BYTES];

	for (size_t i = 0; i < sizeof(digest); i++)
		digest[i] = (uint8_t)random_number(random);
	tree_number(tree, NULL, SEKISHO_A_GENERATION, generation, 4);
	tree_add(tree, NULL, SEKISHO_A_DIGEST, digest, sizeof(digest));
	nest = tree_nest(tree, NULL, SEKISHO_A_COUNTS);
	tree_number(tree, nest, SEKISHO_COUNTS_SEGMENTS, counts->segments, 4);
	tree_number(tree, nest, SEKISHO_COUNTS_NETWORKS, counts->networks, 4);
	tree_number(tree, nest, SEKISHO_COUNTS_PORTS, counts->ports, 4);
	tree_number(tree, nest, SEKISHO_COUNTS_ADDRESSES, counts->addresses, 4);
	tree_number(tree, nest, SEKISHO_COUNTS_HOSTS, counts->hosts, 4);
	tree_number(tree, nest, SEKISHO_COUNTS_FLOWS, counts->flows, 4);
	if (confirm_seconds) {
		tree_number(tree, NULL, SEKISHO_A_CONFIRM_SECONDS, confirm_seconds, 4);
		tree_number(tree, NULL, SEKISHO_A_FALLBACK_GENERATION, generation + 1, 4);
	}
}
