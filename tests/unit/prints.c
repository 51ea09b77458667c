/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prints: whatever a flow's rows are made of changes its print, each field by itself, and what they
 * are not made of does not. A field that is forgotten here would be a change that no commit makes.
 */
#include "kernel/prints.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "ktap.h"

#define SEED 42

static struct sekisho_range from_hosts[2], to_hosts[2];
static uint64_t macs[2];
static struct sekisho_port_range source_ports[2];
static struct sekisho_service services[2];
static struct sekisho_flow flow;

/* Every field has its own value, so that none stands in for another. */
static void reset(void)
{
	from_hosts[0] = (struct sekisho_range){ { 0, 101 }, { 0, 102 }, 4 };
	from_hosts[1] = (struct sekisho_range){ { 1, 103 }, { 2, 104 }, 6 };
	to_hosts[0] = (struct sekisho_range){ { 3, 105 }, { 4, 106 }, 6 };
	to_hosts[1] = (struct sekisho_range){ { 0, 107 }, { 0, 108 }, 4 };
	macs[0] = 0x020000000001;
	macs[1] = 0x020000000002;
	source_ports[0] = (struct sekisho_port_range){ 201, 202 };
	source_ports[1] = (struct sekisho_port_range){ 203, 204 };
	services[0] = (struct sekisho_service){ 6, 301, 302 };
	services[1] = (struct sekisho_service){ 17, 303, 304 };
	flow = (struct sekisho_flow){
		.id = (char *)"F-1",
		.from = { 1, { from_hosts, 2 } },
		.to = { 2, { to_hosts, 2 } },
		.macs = macs,
		.mac_count = 2,
		.source_ports = source_ports,
		.source_port_count = 2,
		.services = services,
		.service_count = 2,
		.valid_from = 1000,
		.valid_until = 2000,
		.schedule = { true, 0x1f, 510, 1035 },
		.limit = { 50, 1000 },
		.log = SEKISHO_LOG_NEW,
	};
}

#define EACH_FIELD(X)                                                                     \
	X(flow.from.segment = 3)                                                          \
	X(flow.to.segment = 3)                                                            \
	X(flow.from.segment = 2; flow.to.segment = 1)                                     \
	X(flow.from.hosts.count = 1)                                                      \
	X(flow.to.hosts.count = 1)                                                        \
	X(flow.from.hosts.items = to_hosts)                                               \
	X(flow.from.hosts.count = 0)                                                      \
	X(flow.from.hosts.count = 1; flow.to.hosts.items = NULL; flow.to.hosts.count = 0) \
	X(from_hosts[0].first.low++)                                                      \
	X(from_hosts[0].last.low++)                                                       \
	X(from_hosts[1].first.low++)                                                      \
	X(from_hosts[1].first.high = 0)                                                   \
	X(from_hosts[1].last.low++)                                                       \
	X(from_hosts[1].last.high++)                                                      \
	X(from_hosts[0].family = 6)                                                       \
	X(to_hosts[0].first.low++)                                                        \
	X(to_hosts[0].first.high--)                                                       \
	X(to_hosts[0].last.low++)                                                         \
	X(to_hosts[0].last.high++)                                                        \
	X(to_hosts[1].first.low++)                                                        \
	X(to_hosts[1].last.low++)                                                         \
	X(macs[0]++)                                                                      \
	X(macs[1]++)                                                                      \
	X(flow.mac_count = 1)                                                             \
	X(flow.mac_count = 0)                                                             \
	X(source_ports[0].first++)                                                        \
	X(source_ports[0].last++)                                                         \
	X(source_ports[1].first++)                                                        \
	X(source_ports[1].last++)                                                         \
	X(flow.source_port_count = 1)                                                     \
	X(flow.source_port_count = 0)                                                     \
	X(services[0].protocol = 132)                                                     \
	X(services[0].first++)                                                            \
	X(services[0].last++)                                                             \
	X(services[1].protocol = 6)                                                       \
	X(services[1].first++)                                                            \
	X(services[1].last++)                                                             \
	X(flow.service_count = 1)                                                         \
	X(flow.valid_from++)                                                              \
	X(flow.valid_from = INT64_MIN)                                                    \
	X(flow.valid_until++)                                                             \
	X(flow.valid_until += 1ll << 32)                                                  \
	X(flow.schedule.present = false)                                                  \
	X(flow.schedule.days ^= 0x20)                                                     \
	X(flow.schedule.start_minute++)                                                   \
	X(flow.schedule.end_minute++)                                                     \
	X(flow.limit.new_per_second++)                                                    \
	X(flow.limit.concurrent++)                                                        \
	X(flow.log = SEKISHO_LOG_ALL)                                                     \
	X(flow.log = SEKISHO_LOG_NONE)                                                    \
	X(flow.survives_isolation = true)

static uint64_t print_of(void)
{
	return sekisho_print_flow(&flow, SEED);
}

static void test_fields(void)
{
	uint64_t seen[128], before;
	uint32_t count = 0, same = 0;

	reset();
	before = print_of();
	seen[count++] = before;
#define TRY(change)                                                \
	do {                                                       \
		reset();                                           \
		change;                                            \
		seen[count] = print_of();                          \
		for (uint32_t i = 0; i < count; i++) {             \
			if (seen[i] != seen[count])                \
				continue;                          \
			printf("# no other print: %s\n", #change); \
			same++;                                    \
		}                                                  \
		count++;                                           \
	} while (0);
	EACH_FIELD(TRY)
#undef TRY
	ok(!same, "each of %u changes gives another print", count - 1);
	reset();
	ok(print_of() == before, "the same flow has the same print");
	ok(sekisho_print_flow(&flow, SEED + 1) != before, "another seed gives another print");
	flow.purpose = (char *)"another";
	flow.line = 7;
	flow.exception = true;
	ok(print_of() == before, "what no packet can tell does not change the print");
}

static void test_ranges(void)
{
	uint64_t before;

	reset();
	before = sekisho_print_ranges(from_hosts, 2, SEED);
	ok(sekisho_print_ranges(from_hosts, 1, SEED) != before &&
		   sekisho_print_ranges(to_hosts, 2, SEED) != before &&
		   sekisho_print_ranges(from_hosts, 2, SEED + 1) != before &&
		   sekisho_print_ranges(from_hosts, 2, SEED) == before,
	   "address sets have prints");
}

static void test_base(void)
{
	struct sekisho_segment segments[] = { { .name = (char *)"self" },
					      { .name = (char *)"a" },
					      { .name = (char *)"b" } };
	struct sekisho_segment other[3];
	struct sekisho_policy policy = { .segments = segments, .segment_count = 3 };
	struct sekisho_range networks[2], own[1];
	struct sekisho_self self = { { own, 1 }, { NULL, 0 } };
	uint64_t before, prints[8];
	int same = 0;

	reset();
	memcpy(networks, from_hosts, sizeof(networks));
	memcpy(own, to_hosts, sizeof(own));
	segments[1].networks = (struct sekisho_ranges){ networks, 2 };
	memcpy(other, segments, sizeof(other));
	before = sekisho_print_base(&policy, &self, SEED);
	segments[1].name = (char *)"c";
	prints[0] = sekisho_print_base(&policy, &self, SEED);
	memcpy(segments, other, sizeof(other));
	segments[1] = other[2];
	segments[2] = other[1];
	prints[1] = sekisho_print_base(&policy, &self, SEED);
	memcpy(segments, other, sizeof(other));
	segments[1].networks.count = 1;
	prints[2] = sekisho_print_base(&policy, &self, SEED);
	memcpy(segments, other, sizeof(other));
	networks[0].last.low++;
	prints[3] = sekisho_print_base(&policy, &self, SEED);
	networks[0].last.low--;
	own[0].first.low++;
	prints[4] = sekisho_print_base(&policy, &self, SEED);
	own[0].first.low--;
	self.broadcasts = self.addresses;
	prints[5] = sekisho_print_base(&policy, &self, SEED);
	self.addresses.count = 0;
	prints[6] = sekisho_print_base(&policy, &self, SEED);
	policy.segment_count = 2;
	prints[7] = sekisho_print_base(&policy, &self, SEED);
	for (int i = 0; i < 8; i++)
		same += prints[i] == before;
	ok(!same, "segments, networks and the host's addresses change the print of the base");
}

int main(void)
{
	plan(6);
	test_fields();
	test_ranges();
	test_base();
	return finish();
}
