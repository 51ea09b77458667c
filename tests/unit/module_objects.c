// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy as objects for the kernel module: what is continued, numbered, counted and left out.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/module_hosts.h"
#include "kernel/module_objects.h"
#include "ktap.h"

#define OBJECTS_MAX 4096

/* What was written: the type of each object, and the parts of one. */
struct seen {
	char *message;
	bool begun;
	uint16_t types[OBJECTS_MAX];
	size_t count;
	uint16_t wanted; /* objects of this type are looked into */
	unsigned int parts[64]; /* by type of attribute */
};

static void look(struct seen *seen)
{
	const struct nlmsghdr *message = (const struct nlmsghdr *)seen->message;
	const struct nlattr *object, *part;

	mnl_attr_for_each(object, message, sizeof(struct genlmsghdr)) {
		if (seen->count < OBJECTS_MAX)
			seen->types[seen->count++] = mnl_attr_get_type(object);
		if (mnl_attr_get_type(object) != seen->wanted)
			continue;
		mnl_attr_for_each_nested(part, object) {
			seen->parts[mnl_attr_get_type(part) % 64]++;
		}
	}
}

static struct nlmsghdr *next(void *context, int *error)
{
	struct seen *seen = context;
	struct nlmsghdr *message;

	if (seen->begun)
		look(seen);
	*error = 0;
	seen->begun = true;
	message = mnl_nlmsg_put_header(seen->message);
	mnl_nlmsg_put_extra_header(message, sizeof(struct genlmsghdr));
	return message;
}

static uint32_t ifindex_of(void *context, const char *interface)
{
	(void)context;
	return interface[0] == 'a' ? 7 : 0;
}

static int write_all(struct seen *seen, struct sekisho_module_writer *writer,
		     const struct sekisho_policy *policy, const struct sekisho_self *self,
		     uint16_t wanted)
{
	int error;

	memset(seen, 0, sizeof(*seen));
	memset(writer, 0, sizeof(*writer));
	seen->message = calloc(1, 1 << 17);
	seen->wanted = wanted;
	writer->context = seen;
	writer->next = next;
	writer->ifindex = ifindex_of;
	error = sekisho_module_write(writer, policy, self);
	if (!error)
		look(seen);
	free(seen->message);
	return error;
}

static size_t count_of(const struct seen *seen, uint16_t type)
{
	size_t count = 0;

	for (size_t i = 0; i < seen->count; i++)
		count += seen->types[i] == type;
	return count;
}

static struct sekisho_range range_of(uint32_t first, uint32_t last)
{
	return (struct sekisho_range){ .first.low = first, .last.low = last, .family = 4 };
}

static void set_hosts(struct sekisho_endpoint *endpoint, uint32_t first, size_t count)
{
	endpoint->hosts.items = calloc(count, sizeof(struct sekisho_range));
	endpoint->hosts.count = count;
	for (size_t i = 0; i < count; i++)
		endpoint->hosts.items[i] =
			range_of(first + 4 * (uint32_t)i, first + 4 * (uint32_t)i + 1);
}

static void set_flow(struct sekisho_flow *flow, const char *id)
{
	flow->id = strdup(id);
	flow->from.segment = 1;
	flow->to.segment = 2;
	flow->valid_until = 1;
	flow->services = calloc(3, sizeof(*flow->services));
	flow->service_count = 1;
	flow->services[0] = (struct sekisho_service){ .protocol = 6, .first = 80, .last = 80 };
}

static void *larger(void *memory, size_t bytes)
{
	void *moved = realloc(memory, bytes);

	if (!moved)
		abort();
	return moved;
}

/* Two segments, the first with 130 networks; three flows of four host sets, two of them alike. */
static struct sekisho_policy *make_policy(void)
{
	struct sekisho_policy *policy = sekisho_policy_new();

	policy->segments = larger(policy->segments, 3 * sizeof(*policy->segments));
	for (int i = 1; i < 3; i++) {
		struct sekisho_segment *segment = &policy->segments[i];

		memset(segment, 0, sizeof(*segment));
		segment->name = strdup(i == 1 ? "one" : "two");
		segment->label = strdup("");
		segment->ports = calloc(1, sizeof(*segment->ports));
		segment->ports[0].interface = strdup(i == 1 ? "a0" : "b0");
		segment->port_count = 1;
	}
	policy->segment_count = 3;
	policy->segments[1].networks.items = calloc(130, sizeof(struct sekisho_range));
	policy->segments[1].networks.count = 130;
	for (uint32_t i = 0; i < 130; i++)
		policy->segments[1].networks.items[i] = range_of(i << 8, i << 8 | 255);
	policy->flows = calloc(3, sizeof(*policy->flows));
	policy->flow_count = 3;
	set_flow(&policy->flows[0], "A");
	set_flow(&policy->flows[1], "B");
	set_flow(&policy->flows[2], "C");
	set_hosts(&policy->flows[0].from, 1000, 100);
	set_hosts(&policy->flows[1].from, 1000, 100);
	set_hosts(&policy->flows[1].to, 1000, 100);
	set_hosts(&policy->flows[2].from, 1000, 99);
	return policy;
}

static void test_objects(const struct sekisho_policy *policy)
{
	struct sekisho_range addresses[3] = { range_of(5, 5), range_of(9, 9), range_of(5, 5) };
	const struct sekisho_self self = { .addresses = { addresses, 3 },
					   .broadcasts = { addresses, 1 } };
	struct sekisho_module_writer writer;
	struct seen seen;

	ok(!write_all(&seen, &writer, policy, &self, SEKISHO_A_SEGMENT) &&
		   count_of(&seen, SEKISHO_A_SITE) == 1,
	   "a policy is written, with one site");
	ok(count_of(&seen, SEKISHO_A_SEGMENT) == 4 &&
		   seen.parts[SEKISHO_SEGMENT_A_NETWORK] == 130 &&
		   seen.parts[SEKISHO_SEGMENT_A_NAME] == 2,
	   "a segment with many networks is continued, without its name");
	ok(count_of(&seen, SEKISHO_A_OWN) == 2 && count_of(&seen, SEKISHO_A_BROADCAST) == 1,
	   "an address of two links is told once");
	ok(writer.counts[SEKISHO_COUNTS_SEGMENTS] == 2 &&
		   writer.counts[SEKISHO_COUNTS_NETWORKS] == 130 &&
		   writer.counts[SEKISHO_COUNTS_PORTS] == 2 &&
		   writer.counts[SEKISHO_COUNTS_ADDRESSES] == 3 &&
		   writer.counts[SEKISHO_COUNTS_HOSTS] == 3 &&
		   writer.counts[SEKISHO_COUNTS_FLOWS] == 3,
	   "objects are counted, not their parts");
	write_all(&seen, &writer, policy, &self, SEKISHO_A_HOSTS);
	ok(count_of(&seen, SEKISHO_A_HOSTS) == 6 && seen.parts[SEKISHO_HOSTS_SEGMENT] == 3 &&
		   seen.parts[SEKISHO_HOSTS_RANGE] == 299,
	   "equal host sets of one segment are one, and large ones are continued");
	write_all(&seen, &writer, policy, &self, SEKISHO_A_FLOW);
	ok(seen.parts[SEKISHO_FLOW_FROM_HOSTS] == 3 && seen.parts[SEKISHO_FLOW_TO_HOSTS] == 1 &&
		   !seen.parts[SEKISHO_FLOW_DAYS] && !seen.parts[SEKISHO_FLOW_CONCURRENT],
	   "what a flow does not say is absent");
}

static void test_hosts(const struct sekisho_policy *policy)
{
	struct sekisho_module_hosts hosts;
	bool made = !sekisho_module_hosts_make(&hosts, policy);

	ok(made && hosts.count == 3 && hosts.from[0] == 1 && hosts.from[1] == 1 &&
		   hosts.to[1] == 2 && hosts.from[2] == 3 && hosts.to[0] == 0,
	   "host sets are numbered in the order of first use, apart by segment");
	sekisho_module_hosts_free(&hosts);
}

static void test_too_large(struct sekisho_policy *policy)
{
	const struct sekisho_self self = { 0 };
	struct sekisho_flow *flow = &policy->flows[1];
	struct sekisho_module_writer writer;
	struct seen seen;

	flow->services = larger(flow->services, 3000 * sizeof(*flow->services));
	for (uint16_t i = 0; i < 3000; i++)
		flow->services[i] =
			(struct sekisho_service){ 6, (uint16_t)(2 * i), (uint16_t)(2 * i) };
	flow->service_count = 3000;
	ok(write_all(&seen, &writer, policy, &self, 0) == -E2BIG && !strcmp(writer.refused, "B"),
	   "a flow that no attribute holds is refused by name");
}

int main(void)
{
	struct sekisho_policy *policy = make_policy();

	plan(8);
	test_objects(policy);
	test_hosts(policy);
	test_too_large(policy);
	sekisho_policy_free(policy);
	return finish();
}
