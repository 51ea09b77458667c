/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where tables end: the bounds on both sides, what is shared, the small tables, and what large
 * policies cost. Must not know how the tables are made.
 */
#include "kernel/tables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ktap.h"
#include "tables_reader.h"
#include "tables_world.h"

/* A policy of flows without demands from segment 1 to segment 2, TCP 443. */
static struct sekisho_policy *plain_policy(size_t flows)
{
	struct sekisho_policy *policy = sekisho_policy_new();

	add_segments(policy);
	policy->flow_count = flows;
	policy->flows = calloc(flows + 1, sizeof(*policy->flows));
	for (size_t i = 0; i < flows; i++) {
		struct sekisho_flow *flow = &policy->flows[i];

		flow->id = malloc(16);
		snprintf(flow->id, 16, "flow-%07u", (unsigned int)i);
		flow->from.segment = 1;
		flow->to.segment = 2;
		flow->services = calloc(1, sizeof(*flow->services));
		flow->services[0] = (struct sekisho_service){ 6, 443, 443 };
		flow->service_count = 1;
		flow->valid_until = 2000000000;
	}
	return policy;
}

static struct sekisho_ranges one_range(uint8_t family, uint64_t high, uint64_t first, uint64_t last)
{
	struct sekisho_ranges ranges = new_ranges(1);

	ranges.items[0] = (struct sekisho_range){ { high, first }, { high, last }, family };
	return ranges;
}

/* Build, look at what comes out, free both. */
static int result(struct sekisho_policy *policy, struct sekisho_tables_problem *problem,
		  struct sekisho_tables *copy)
{
	struct sekisho_tables *tables = NULL;
	int error = sekisho_tables_build(policy, &host_self, &bindings, &tables, problem);

	if (!error && copy)
		*copy = *tables;
	sekisho_tables_free(tables);
	sekisho_policy_free(policy);
	return error;
}

static struct sekisho_policy *nested(uint32_t lists, uint8_t family)
{
	struct sekisho_policy *policy = plain_policy(lists);
	uint64_t high = family == 4 ? 0 : 0xfd00ull << 48;

	for (uint32_t i = 0; i < lists; i++)
		policy->flows[i].from.hosts =
			one_range(family, high, 0x0a000100 - i, 0x0a000100 + i);
	return policy;
}

static void test_covers(void)
{
	struct sekisho_tables_problem problem;

	ok(!result(nested(SEKISHO_COVER_MAX, 4), &problem, NULL) &&
		   problem.fault == SEKISHO_TABLES_FINE,
	   "as many address sets as may hold an IPv4 address");
	ok(result(nested(SEKISHO_COVER_MAX + 3, 4), &problem, NULL) == -E2BIG &&
		   problem.fault == SEKISHO_TABLES_COVERS && problem.family == 4 &&
		   problem.count == SEKISHO_COVER_MAX + 1 && problem.flow < SEKISHO_COVER_MAX + 3 &&
		   problem.address.low == 0x0a000100 - 2,
	   "one more is refused at the lowest address that it concerns");
	ok(!result(nested(SEKISHO_COVER_MAX, 6), &problem, NULL) &&
		   result(nested(SEKISHO_COVER_MAX + 1, 6), &problem, NULL) == -E2BIG &&
		   problem.family == 6 && problem.address.high == 0xfd00ull << 48 &&
		   problem.address.low == 0x0a000100,
	   "the same in IPv6");
}

static void test_candidates(void)
{
	struct sekisho_tables_problem problem;
	struct sekisho_policy *policy;

	ok(!result(plain_policy(SEKISHO_CANDIDATES_MAX), &problem, NULL),
	   "as many flows as may differ in nothing that a rule knows");
	ok(result(plain_policy(SEKISHO_CANDIDATES_MAX + 1), &problem, NULL) == -E2BIG &&
		   problem.fault == SEKISHO_TABLES_CANDIDATES && problem.protocol == 6 &&
		   problem.service == 443 && problem.flow == SEKISHO_CANDIDATES_MAX,
	   "one more is refused and named");
	policy = plain_policy(1);
	policy->flows[0].source_port_count = SEKISHO_CANDIDATES_MAX + 1;
	policy->flows[0].source_ports =
		calloc(SEKISHO_CANDIDATES_MAX + 1, sizeof(*policy->flows[0].source_ports));
	for (uint16_t i = 0; i <= SEKISHO_CANDIDATES_MAX; i++)
		policy->flows[0].source_ports[i] = (struct sekisho_port_range){ 2 * i, 2 * i };
	ok(result(policy, &problem, NULL) == -E2BIG && problem.flow == 0,
	   "every range of source ports counts");
	policy = plain_policy(3 * SEKISHO_CANDIDATES_MAX);
	for (size_t i = 0; i < policy->flow_count; i++)
		policy->flows[i].services[0].first = policy->flows[i].services[0].last =
			(uint16_t)(i / SEKISHO_CANDIDATES_MAX);
	ok(!result(policy, &problem, NULL), "flows with other services do not count");
}

static void test_sharing(void)
{
	struct sekisho_tables_problem problem;
	struct sekisho_tables tables;
	struct sekisho_policy *policy = plain_policy(10);

	for (uint16_t i = 0; i < 10; i++) {
		struct sekisho_ranges hosts = new_ranges(2);

		hosts.items[i % 2] = (struct sekisho_range)V4(0x0a000010, 0x0a00001f);
		hosts.items[1 - i % 2] = (struct sekisho_range)V4(0x0a000020, 0x0a00002f);
		policy->flows[i].from.hosts = hosts;
		policy->flows[i].services[0].first = i;
	}
	policy->flows[9].from.hosts.items[0] = (struct sekisho_range)V4(0x0a000010, 0x0a00002f);
	ok(!result(policy, &problem, &tables) && !tables.row.covers.count && tables.rule_count == 1,
	   "lists of the same addresses share their rules, however they are written");

	policy = plain_policy(1);
	free(policy->flows[0].services);
	policy->flows[0].services = calloc(3, sizeof(*policy->flows[0].services));
	policy->flows[0].services[0] = (struct sekisho_service){ 6, 100, 200 };
	policy->flows[0].services[1] = (struct sekisho_service){ 6, 150, 300 };
	policy->flows[0].services[2] = (struct sekisho_service){ 6, 301, 400 };
	policy->flows[0].service_count = 3;
	ok(!result(policy, &problem, &tables) && !tables.row.services.count &&
		   !tables.row.candidates.count,
	   "services that overlap and adjoin are one, and lie in the rule");
}

/* Takes the ports of a segment and all later ones away, and makes room for @count. */
static void set_ports(struct sekisho_policy *policy, size_t index, size_t count)
{
	for (size_t i = index; i < policy->segment_count; i++) {
		struct sekisho_segment *segment = &policy->segments[i];

		while (segment->port_count)
			free(segment->ports[--segment->port_count].interface);
	}
	free(policy->segments[index].ports);
	policy->segments[index].ports = calloc(count, sizeof(struct sekisho_port));
	policy->segments[index].port_count = count;
}

static void set_port(struct sekisho_policy *policy, size_t index, size_t port, uint32_t ifindex,
		     uint16_t vlan)
{
	char name[16];

	snprintf(name, sizeof(name), "eth%u", ifindex);
	policy->segments[index].ports[port].interface = strdup(name);
	policy->segments[index].ports[port].vlan = vlan;
}

/* Whether the table has all ports of segment 1, and how long it is. */
static bool finds_ports(struct sekisho_policy *policy, uint32_t *length)
{
	const struct sekisho_segment *segment = &policy->segments[1];
	struct sekisho_tables_problem problem;
	struct sekisho_tables *tables = NULL;
	bool all;

	all = !sekisho_tables_build(policy, &host_self, &bindings, &tables, &problem);
	for (size_t i = 0; i < segment->port_count && all; i++) {
		uint32_t ifindex = interface_number(NULL, segment->ports[i].interface);
		uint16_t found;

		all = find_port(tables, ifindex, segment->ports[i].vlan, &found) && found == 1;
	}
	*length = all ? tables->row.ports.count : 0;
	sekisho_tables_free(tables);
	sekisho_policy_free(policy);
	return all;
}

static void test_ports(void)
{
	struct sekisho_tables_problem problem;
	struct sekisho_policy *policy = plain_policy(0);
	uint32_t length, ifindex = 2;

	set_ports(policy, 1, SEKISHO_PORTS_MAX);
	for (uint16_t i = 0; i < SEKISHO_PORTS_MAX; i++)
		set_port(policy, 1, i, 2u + i % 4, (uint16_t)(i / 4 * 16));
	ok(finds_ports(policy, &length) && length >= 4 * SEKISHO_PORTS_MAX &&
		   length <= 16 * SEKISHO_PORTS_MAX,
	   "as many ports as there may be");

	policy = plain_policy(0);
	set_ports(policy, 1, 16);
	for (size_t i = 0; i < 16; ifindex++)
		if (!(sekisho_port_hash(ifindex, 0, 0) & 63))
			set_port(policy, 1, i++, ifindex, 0);
	ok(finds_ports(policy, &length) && length == 64,
	   "ports that one seed brings together are parted by another");

	policy = plain_policy(0);
	set_ports(policy, 1, 1);
	set_port(policy, 1, 0, 7, 0);
	set_ports(policy, 2, 1);
	policy->segments[2].ports[0].interface = strdup("eth07");
	ok(result(policy, &problem, NULL) == -EEXIST && problem.fault == SEKISHO_TABLES_PORT_TWICE,
	   "one interface under two names in two segments is refused");
}

static void test_small_tables(void)
{
	static const uint32_t counters[] = { 11, 12 }, limits[] = { SEKISHO_LIMIT_NONE, 5 };
	struct sekisho_bindings own = bindings;
	struct sekisho_tables_problem problem;
	struct sekisho_tables *tables = NULL;
	struct sekisho_policy *policy = plain_policy(2);
	uint32_t count = (uint32_t)policy->segment_count;
	const struct sekisho_policy_row *row;

	own.counters = counters;
	own.limits = limits;
	policy->flows[1].limit.concurrent = 3;
	policy->flows[1].valid_until = INT64_MAX;
	memset(policy->digest, 0x5a, sizeof(policy->digest));
	if (!ok(!sekisho_tables_build(policy, &host_self, &own, &tables, &problem), "build"))
		return;
	row = &tables->row;
	ok(row->generation == 7 && row->segment_count == count && row->digest[31] == 0x5a &&
		   row->zone_count == 1 && !row->zone[0].since && row->zone[0].offset == 32400 &&
		   row->timeouts[SEKISHO_TIMEOUT_TCP_ESTABLISHED] == 7200 &&
		   row->timeouts[SEKISHO_TIMEOUT_OTHER] == 600,
	   "the policy row");
	ok(tables->pairs[1 * count + 2].flags ==
			   (SEKISHO_PAIR_FLOWS | SEKISHO_PAIR_UNLISTED_AS_GATEWAY |
			    SEKISHO_PAIR_FROM_ANY | SEKISHO_PAIR_TO_ANY) &&
		   tables->pairs[2 * count + 1].flags == SEKISHO_PAIR_UNLISTED_AS_GATEWAY &&
		   tables->pairs[1 * count + 3].flags == SEKISHO_PAIR_UNLISTED_AS_PEER &&
		   tables->pairs[3 * count + 2].flags == SEKISHO_PAIR_UNLISTED_AS_PEER &&
		   !tables->pairs[1 * count + 1].flags,
	   "the pairs");
	ok(!strcmp(tables->segments[0].name, "self") &&
		   (tables->segments[1].flags & ~SEKISHO_SEGMENT_INTRA) == SEKISHO_SEGMENT_LGWAN &&
		   !(tables->segments[1].flags & SEKISHO_SEGMENT_INTRA) ==
			   !policy->segments[1].intra_permit,
	   "the segments");
	ok(tables->permits[0].counter == 11 && tables->permits[1].counter == 12 &&
		   tables->permits[0].limit == SEKISHO_LIMIT_NONE &&
		   tables->permits[1].limit == 5 && tables->permits[1].valid_until == UINT32_MAX,
	   "a flow with a limit decides last");
	sekisho_tables_free(tables);
	sekisho_policy_free(policy);
}

/* Large policies. */

/* Every flow has hosts of its own: single addresses, one in four IPv6, and some prefixes. */
static struct sekisho_policy *policy_of_hosts(uint32_t flows)
{
	struct sekisho_policy *policy = plain_policy(flows);

	for (uint32_t i = 0; i < flows; i++) {
		struct sekisho_flow *flow = &policy->flows[i];
		uint8_t family = i % 4 ? 4 : 6;
		uint64_t from = 0x0a000000u + 2 * i;
		uint64_t to = 0x40000000u + random_below(flows) * 16;

		flow->from.hosts = one_range(family, family == 4 ? 0 : 0xfd00ull << 48, from, from);
		flow->to.hosts = one_range(family, family == 4 ? 0 : 0xfd01ull << 48, to,
					   to + (chance(20) ? 15 : 0));
		flow->valid_until += (int64_t)random_below(1000) * 86400;
		if (chance(10)) {
			flow->macs = calloc(1, sizeof(*flow->macs));
			flow->mac_count = 1;
		}
	}
	return policy;
}

/* One list of hosts in a hundred flows, each flow with a service of its own. */
static struct sekisho_policy *policy_of_lists(uint32_t flows)
{
	struct sekisho_policy *policy = plain_policy(flows);

	for (uint32_t i = 0; i < flows; i++) {
		struct sekisho_flow *flow = &policy->flows[i];
		uint32_t list = i / 100;

		flow->from.hosts = new_ranges(i % 100 ? 20 : 1000);
		for (uint32_t j = 0; j < flow->from.hosts.count; j++) {
			uint32_t host = 0x20000000u + list * 4096 + (i % 100 ? 1 : 0) + j * 4;

			flow->from.hosts.items[j] = (struct sekisho_range)V4(host, host);
		}
		flow->services[0].first = (uint16_t)(i % 100 * 10);
		flow->services[0].last = (uint16_t)(i % 100 * 10 + random_below(50));
	}
	return policy;
}

static size_t table_bytes(const struct sekisho_tables *tables)
{
	const struct sekisho_policy_row *row = &tables->row;

	return row->index4.count * sizeof(*tables->index4) +
	       row->nodes4.count * sizeof(*tables->nodes4) +
	       row->hosts6.count * sizeof(*tables->hosts6) +
	       row->ranges6.count * sizeof(*tables->ranges6) +
	       row->classes.count * sizeof(*tables->classes) +
	       row->covers.count * sizeof(*tables->covers) +
	       row->rules.count * sizeof(*tables->rules) +
	       row->services.count * sizeof(*tables->services) +
	       row->candidates.count * sizeof(*tables->candidates) +
	       row->permits.count * sizeof(*tables->permits) +
	       row->macs.count * sizeof(*tables->macs);
}

static double seconds_since(const struct timespec *begin)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)(now.tv_sec - begin->tv_sec) + (double)(now.tv_nsec - begin->tv_nsec) / 1e9;
}

/*
 * Hashes of millions of things meet: a flow that finds itself and nothing else shows that things
 * which share a hash were told apart.
 */
static bool finds_flows(const struct sekisho_policy *policy, const struct sekisho_tables *tables)
{
	for (size_t i = 0; i < policy->flow_count; i++) {
		const struct sekisho_flow *flow = &policy->flows[i];
		const struct sekisho_range *from = flow->from.hosts.items;
		struct findings findings = { .count = 0 };
		struct packet packet = {
			.family = from->family,
			.source = from->first,
			.destination = flow->to.hosts.count ? flow->to.hosts.items->last
							    : from->first,
			.from = 1,
			.to = 2,
			.protocol = 6,
			.service = flow->services[0].last,
		};

		EXPECT(read_match(tables, &packet, &findings));
		EXPECT(has_finding(&findings, tables->permit_of_flow[i]));
		EXPECT(!flow->to.hosts.count || findings.count == 1);
	}
	return true;
}

static void test_large(struct sekisho_policy *policy, const char *name)
{
	struct sekisho_tables_problem problem;
	struct sekisho_tables *tables = NULL;
	const struct sekisho_policy_row *row;
	struct timespec begin;
	double seconds;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	if (sekisho_tables_build(policy, &host_self, &bindings, &tables, &problem))
		printf("# fault %d\n", problem.fault);
	seconds = seconds_since(&begin);
	ok(tables && finds_flows(policy, tables), "%s", name);
	if (tables) {
		row = &tables->row;
		printf("# %s: %.3f s of processor time, %.1f bytes a flow\n", name, seconds,
		       (double)table_bytes(tables) / (double)policy->flow_count);
		printf("# index4 %u, nodes4 %u, hosts6 %u in %u buckets, ranges6 %u\n",
		       row->index4.count, row->nodes4.count, tables->host6_count, row->hosts6.count,
		       row->ranges6.count);
		printf("# classes %u, covers %u\n", row->classes.count, row->covers.count);
		printf("# rules %u in %u buckets, services %u, candidates %u\n", tables->rule_count,
		       row->rules.count, row->services.count, row->candidates.count);
	}
	sekisho_tables_free(tables);
	sekisho_policy_free(policy);
}

int main(void)
{
	plan(20);
	test_covers();
	test_candidates();
	test_sharing();
	test_ports();
	test_small_tables();
	test_large(policy_of_hosts(100000), "100,000 flows between hosts");
	test_large(policy_of_lists(100000), "100,000 flows between lists");
	test_large(policy_of_hosts(1000000), "1,000,000 flows between hosts");
	return finish();
}
