// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's matcher and names in user space (tests/kmod/shim): the matcher's self-test with many
 * seeds, the bounds, memory that runs out, limits. Linked with --wrap for calloc and malloc. Must
 * not know how the matcher finds what it finds.
 */
#include "policy_world.h"

#include "sekisho/reasons.h"

#define ROUNDS	   400
#define MANY_FLOWS 100000

/* Allocations until one fails; 0: none does. */
static unsigned long fails_at;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

static bool fails_now(void)
{
	if (!fails_at)
		return false;
	fails_at--;
	return !fails_at;
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_malloc(size_t size)
{
	return fails_now() ? NULL : __real_malloc(size);
}

/* A third segment with a network. */
static int with_network(struct sekisho_range network)
{
	struct sekisho_segment segment = good_segment(3);

	begin();
	segment.networks = &network;
	if (sekisho_draft_add_segment(draft, &segment, "third", &fault))
		abort();
	return outcome();
}

static void test_overlaps(void)
{
	ok(!with_network(range4(0, 0xffffffff)), "a network that holds all lies under others");
	ok(refused_as(with_network(range4(0x0a010000, 0x0a01ffff)), -EINVAL, "another segment"),
	   "the same network in two segments");
	ok(refused_as(with_network(range4(0x0a010000, 0x0a0100ff)), -EINVAL, "inside"),
	   "a network inside another segment's");
	ok(refused_as(with_network(range4(0x0a000000, 0x0affffff)), -EINVAL, "inside"),
	   "a network around another segment's");
}

/* @count sets, the one inside the other. */
static int with_covers(unsigned int count)
{
	struct sekisho_hosts hosts = good_hosts();

	begin();
	for (unsigned int i = 1; i < count; i++) {
		good_range = range4(0x0a010005 - (i & 3), 0x0a010005 + i);
		if (sekisho_draft_add_hosts(draft, &hosts, &fault))
			abort();
	}
	return outcome();
}

/* @count flows that differ in no more than their source port; @protocol all of it. */
static int with_candidates(unsigned int count, u16 from)
{
	struct sekisho_flow flow = good_flow();
	struct sekisho_port_range port = { 1, 1 };

	begin();
	flow.from = from;
	flow.source_ports = &port;
	flow.source_port_count = 1;
	for (unsigned int i = 0; i < count; i++) {
		port.first = port.last = i + 1;
		good_service.first = 443 - i % 3;
		if (add_flow(&flow, 200 + i))
			abort();
	}
	return outcome();
}

/* @count flows by which any host may ask for an address, each with an end of its own. */
static int with_leases(unsigned int count, bool same_end)
{
	struct sekisho_flow flow = good_flow();
	struct sekisho_hosts hosts = good_hosts();

	begin();
	flow.to = SEKISHO_SEGMENT_SELF;
	good_service = (struct sekisho_service){ 67, 67, 17, false };
	for (unsigned int i = 0; i < count; i++) {
		good_range = range4(0x0a010100 + i, 0x0a010100 + i);
		if (sekisho_draft_add_hosts(draft, &hosts, &fault))
			abort();
		flow.from_hosts = i + 2;
		flow.valid_until = same_end ? FOREVER : (s64)i + 1000;
		if (add_flow(&flow, 200 + i))
			abort();
	}
	return outcome();
}

/* Flows by which any host may ask for an address, alike but for isolation. */
static bool survivor_serves(unsigned int survivor)
{
	struct sekisho_flow flow = good_flow();
	struct sekisho_question question = { .from = 1, .service = 67, .restricted = true };
	struct sekisho_policy *policy;
	bool serves;
	int error;

	begin();
	flow.to = SEKISHO_SEGMENT_SELF;
	good_service = (struct sekisho_service){ 67, 67, 17, false };
	for (unsigned int i = 0; i < 3; i++) {
		flow.survives = i == survivor;
		if (add_flow(&flow, 200 + i))
			abort();
	}
	policy = compile(&error);
	if (error)
		abort();
	serves = sekisho_match_dhcp(policy, &question);
	sekisho_policy_put(policy);
	return serves;
}

static void test_bounds(void)
{
	ok(!with_covers(SEKISHO_COVER_MAX), "as many sets over an address as may be");
	ok(refused_as(with_covers(SEKISHO_COVER_MAX + 1), -E2BIG, "too many sets"), "and one more");
	ok(!with_candidates(SEKISHO_CANDIDATES_MAX, 2), "as many like flows as may be");
	ok(refused_as(with_candidates(SEKISHO_CANDIDATES_MAX + 1, 2), -E2BIG, "too many flows"),
	   "and one more");
	ok(!with_leases(SEKISHO_CANDIDATES_MAX, false), "as many times of DHCP as may be");
	ok(refused_as(with_leases(SEKISHO_CANDIDATES_MAX + 1, false), -E2BIG, "DHCP"),
	   "and one more");
	ok(!with_leases(4 * SEKISHO_CANDIDATES_MAX, true), "any number at the same time");
	ok(survivor_serves(0) && survivor_serves(1) && survivor_serves(2) && !survivor_serves(3),
	   "of which one may survive isolation");
}

static void test_counts(void)
{
	struct sekisho_segment none = { .networks = NULL };
	struct sekisho_port port = good_port();
	struct sekisho_own own = { .family = 4 };
	int error = 0;
	unsigned int i;

	begin();
	for (i = 3; i <= SEKISHO_SEGMENTS_MAX && !error; i++)
		error = sekisho_draft_add_segment(draft, &none, numbered("t", i), &fault);
	ok(!error && refused_as(sekisho_draft_add_segment(draft, &none, "u", &fault), -E2BIG,
				"segments"),
	   "%d segments", SEKISHO_SEGMENTS_MAX);
	for (i = 1; i < SEKISHO_PORTS_MAX && !error; i++) {
		port.vlan = i % 4;
		port.ifindex = 1000 + i;
		snprintf(port.interface, sizeof(port.interface), "p%u", i);
		error = sekisho_draft_add_port(draft, &port, &fault);
	}
	ok(!error && REFUSES(port, port, , E2BIG, "ports"), "%d ports", SEKISHO_PORTS_MAX);
	for (i = 1; i < SEKISHO_OWN_MAX && !error; i++) {
		own.address = ipv4(0x0a020000 + i);
		error = sekisho_draft_add_own(draft, &own, &fault);
	}
	ok(!error && REFUSES(own, own, , E2BIG, "addresses"), "%d addresses", SEKISHO_OWN_MAX);
	ok(!outcome(), "all of them in one policy");
}

/* @count flows with hosts of their own on both sides. */
static int many(unsigned int count)
{
	struct sekisho_hosts hosts = good_hosts();
	struct sekisho_flow flow = good_flow();
	int error = 0;

	begin();
	for (unsigned int i = 0; i < count && !error; i++) {
		for (unsigned int side = 0; side < 2 && !error; side++) {
			hosts.segment = 1 + side;
			good_range = range4((side ? 0xb0000000 : 0xa0000000) + 7 * i,
					    (side ? 0xb0000000 : 0xa0000000) + 7 * i);
			error = sekisho_draft_add_hosts(draft, &hosts, &fault);
		}
		flow.from_hosts = 2 + 2 * i;
		flow.to_hosts = 3 + 2 * i;
		if (!error)
			error = add_flow(&flow, 1000 + i);
	}
	return error;
}

static u8 match4(const struct sekisho_policy *policy, u32 from, u32 to, u32 *flow)
{
	struct sekisho_place source, destination;
	struct sekisho_question question = {
		.source = &source,
		.destination = &destination,
		.from = 1,
		.to = 2,
		.protocol = 6,
		.service = 443,
	};

	sekisho_match_place(policy, 4, ipv4(from), &source);
	sekisho_match_place(policy, 4, ipv4(to), &destination);
	return sekisho_match(policy, &question, flow);
}

static void test_many(void)
{
	struct sekisho_policy *policy;
	unsigned int found = 0, i;
	u32 flow;
	int error = many(MANY_FLOWS);

	if (error)
		abort();
	policy = compile(&error);
	ok(!error, "%d flows with hosts of their own", MANY_FLOWS);
	for (i = 0; i < MANY_FLOWS; i++)
		found += match4(policy, 0xa0000000 + 7 * i, 0xb0000000 + 7 * i, &flow) ==
				 SEKISHO_REASON_PERMIT_NEW &&
			 (flow == i + 1 || flow == 0);
	ok(found == MANY_FLOWS, "each is found");
	sekisho_policy_put(policy);
	sekisho_names_collect(names);
}

/* Every allocation fails once; nothing is lost, nothing is half there. */
static bool runs_out_well(void)
{
	for (unsigned long n = 1;; n++) {
		struct sekisho_policy *policy = NULL;
		int error = -ENOMEM;
		bool reached;

		fails_at = n;
		draft = sekisho_draft_new(names);
		if (draft)
			error = fill();
		if (!error)
			error = sekisho_draft_compile(draft, &policy, &fault);
		reached = fails_at;
		fails_at = 0;
		end();
		sekisho_policy_put(policy);
		sekisho_names_collect(names);
		if (error && error != -ENOMEM)
			return false;
		if (reached)
			return !error && n > 20;
		if (!error && !policy)
			return false;
	}
}

static void test_memory(void)
{
	struct sekisho_names *none;

	fails_at = 1;
	none = sekisho_names_new();
	ok(!none, "names without memory");
	fails_at = 2;
	none = sekisho_names_new();
	fails_at = 0;
	ok(!none, "tables of names without memory");
	ok(runs_out_well(), "memory that runs out at any time");
}

static void test_names(void)
{
	struct sekisho_flow_use *use = sekisho_names_use(names, "a"), *other;
	struct sekisho_segment_name *segment = sekisho_names_segment(names, "a");

	ok(use && use == sekisho_names_use(names, "a") && (void *)use != (void *)segment,
	   "a name is one object of its kind");
	other = sekisho_names_use(names, "b");
	ok(other != use, "another name is another");
	sekisho_flow_use_put(use);
	sekisho_flow_use_put(other);
	atomic64_set(&use->new_connections, 5);
	sekisho_names_collect(names);
	other = sekisho_names_use(names, "a");
	ok(other == use && atomic64_read(&use->new_connections) == 5,
	   "what somebody refers to stays");
	sekisho_flow_use_put(use);
	sekisho_flow_use_put(use);
	sekisho_segment_name_put(segment);
	sekisho_names_collect(names);
	use = sekisho_names_use(names, "a");
	ok(!atomic64_read(&use->new_connections), "what nobody refers to is forgotten");
	sekisho_flow_use_put(use);
}

static void test_limits(void)
{
	struct sekisho_flow_use *use = sekisho_names_use(names, "limited");

	int taken = 0;

	for (int i = 0; i < 3; i++)
		taken += sekisho_flow_use_take(use, 2, 0, 10);
	ok(taken == 2, "so many in a second");
	ok(sekisho_flow_use_take(use, 2, 0, 11), "afresh in the next");
	ok(sekisho_flow_use_take(use, 2, 0, 10) && !sekisho_flow_use_take(use, 2, 0, 11),
	   "who is late counts in the new second");
	ok(sekisho_flow_use_take(use, 2, 0, 5), "a clock set back begins afresh");
	sekisho_flow_use_untake(use, 5);
	ok(use->concurrent == 4 && sekisho_flow_use_take(use, 1, 0, 5), "what is given back");
	ok(!sekisho_flow_use_take(use, 0, 5, 6) && sekisho_flow_use_take(use, 0, 6, 6),
	   "so many at once");
	sekisho_flow_use_leave(use);
	ok(sekisho_flow_use_take(use, 0, 6, 6) && !sekisho_flow_use_take(use, 0, 6, 6),
	   "one leaves, one comes");
	ok(sekisho_flow_use_take(use, 0, 0, 6) && use->concurrent == 7,
	   "where there is no limit it counts, too");
	sekisho_flow_use_join(use);
	ok(use->concurrent == 8, "who joins is not asked");
	sekisho_flow_use_put(use);
}

int main(void)
{
	plan(35);
	names = sekisho_names_new();
	ok(!sekisho_match_selftest(ROUNDS, 1), "the matcher and its twin on %d policies", ROUNDS);
	test_overlaps();
	test_bounds();
	test_counts();
	test_many();
	test_memory();
	test_names();
	test_limits();
	sekisho_names_free(names);
	return finish();
}
