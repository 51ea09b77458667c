/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables that are changed flow by flow, read as the packet path reads them, against the flows
 * themselves: each policy becomes the next one by a few flows that come, go or change.
 */
#include "kernel/patch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ktap.h"
#include "kernel/class_change.h"
#include "kernel/rules.h"
#include "tables_checks.h"

#define WORLDS	150
#define STEPS	12
#define PACKETS 400
#define SEED	77

#define LARGE_FLOWS 20000
#define LARGE_STEPS 120

/* Flows of a world: those in force are the policy's, in their order. */
struct world {
	struct sekisho_policy *all;
	bool in_force[LARGE_FLOWS];
	struct sekisho_policy policy;
	uint32_t counters[LARGE_FLOWS];
};

/* A half in memory of its own. */
struct held {
	struct sekisho_half half;
	struct sekisho_tables tables; /* the same, to be read */
	uint32_t *flow_of_permit;
};

struct results {
	struct checks checks;
	bool untouched;
	uint32_t patched;
	uint32_t other_base;
	uint32_t no_room;
};

static void set_policy(struct world *world)
{
	world->policy = *world->all;
	world->policy.flows = calloc(world->all->flow_count + 1, sizeof(*world->policy.flows));
	world->policy.flow_count = 0;
	for (uint32_t i = 0; i < world->all->flow_count; i++) {
		if (!world->in_force[i])
			continue;
		world->counters[world->policy.flow_count] = i;
		world->policy.flows[world->policy.flow_count++] = world->all->flows[i];
	}
}

static void free_flow_lists(struct sekisho_flow *flow)
{
	free(flow->macs);
	free(flow->source_ports);
	free(flow->services);
}

/* Another flow under the same id: hosts, services or the rest may stay. */
static void change_flow(struct world *world, uint32_t index)
{
	struct sekisho_flow *flow = &world->all->flows[index];
	struct sekisho_flow other = { .id = NULL };
	struct sekisho_policy one = { .segments = world->all->segments,
				      .segment_count = world->all->segment_count,
				      .flows = &other,
				      .flow_count = 1 };
	struct sekisho_ranges pool[POOL], *given[] = { &other.from.hosts, &other.to.hosts };
	struct sekisho_ranges *own[] = { &flow->from.hosts, &flow->to.hosts };

	for (int i = 0; i < POOL; i++)
		pool[i] = random_ranges();
	random_flow(&one, 0, pool, 50);
	free(other.id);
	other.id = flow->id;
	other.from.segment = flow->from.segment;
	other.to.segment = flow->to.segment;
	for (int i = 0; i < 2; i++) {
		struct sekisho_ranges left = *given[i];

		/* 'Any host' comes and goes seldom: it is a pair's flag, and asks for all tables anew. */
		if (chance(60) || !left.count != !own[i]->count) {
			*given[i] = *own[i];
			free(left.items);
		} else {
			free(own[i]->items);
		}
	}
	for (int i = 0; i < POOL; i++)
		free(pool[i].items);
	free_flow_lists(flow);
	*flow = other;
}

static void change_world(struct world *world)
{
	uint32_t count = 1 + random_below(4);

	free(world->policy.flows);
	for (uint32_t i = 0; i < count && world->all->flow_count; i++) {
		uint32_t index = random_below((uint32_t)world->all->flow_count);

		if (chance(50))
			change_flow(world, index);
		else
			world->in_force[index] = !world->in_force[index];
	}
	set_policy(world);
}

static struct sekisho_bindings world_bindings(const struct world *world)
{
	struct sekisho_bindings own = bindings;

	own.counters = world->counters;
	own.print_seed = SEED;
	return own;
}

static uint32_t room_for(uint32_t count)
{
	return count + count / 8 + 64;
}

static int compare_keys(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* How many rules there have to be: one for each key of a flow, and for each pair with DHCP. */
static uint32_t count_rules(const struct held *held, const struct world *world)
{
	uint64_t *keys = calloc(2 * world->policy.flow_count + 1, sizeof(*keys));
	uint32_t listed = 0, count = 0;

	for (uint32_t i = 0; i < held->half.row.permits.count; i++) {
		const struct sekisho_print_row *row =
			sekisho_half_row(&held->half, SEKISHO_HALF_PRINTS, i);

		if (held->flow_of_permit[i] == SEKISHO_NO_FLOW)
			continue;
		keys[listed++] = row->key;
		if (sekisho_rules_serve_dhcp(&world->policy.flows[held->flow_of_permit[i]]))
			keys[listed++] = sekisho_rule_key((uint32_t)(row->key >> 48),
							  SEKISHO_OBJECT_DHCP, SEKISHO_OBJECT_ANY);
	}
	qsort(keys, listed, sizeof(*keys), compare_keys);
	for (uint32_t i = 0; i < listed; i++)
		count += !i || keys[i] != keys[i - 1];
	free(keys);
	return count;
}

/* Nobody counts them in a half that is changed: each that lies there has to be found. */
static uint32_t count_hosts6(const struct sekisho_half *half)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < half->row.hosts6.count; i++) {
		const struct sekisho_host6_bucket *bucket =
			sekisho_half_row(half, SEKISHO_HALF_HOSTS6, i);

		for (int way = 0; way < SEKISHO_HOST6_WAYS; way++)
			count += bucket->class[way] != SEKISHO_CLASS_NONE;
	}
	return count;
}

/* The tables of a half as tables. */
static void let_read(struct held *held, const struct world *world)
{
	struct sekisho_tables *tables = &held->tables;

	tables->row = held->half.row;
#define LET_READ(NAME, name) tables->name = held->half.tables[SEKISHO_HALF_##NAME].memory;
	SEKISHO_HALF_TABLES(LET_READ)
#undef LET_READ
	tables->rule_count = count_rules(held, world);
	tables->host6_count = count_hosts6(&held->half);
	tables->flow_of_permit = held->flow_of_permit;
	free(tables->permit_of_flow);
	tables->permit_of_flow =
		calloc(world->policy.flow_count + 1, sizeof(*tables->permit_of_flow));
	for (uint32_t i = 0; i < tables->row.permits.count; i++)
		if (held->flow_of_permit[i] < world->policy.flow_count)
			tables->permit_of_flow[held->flow_of_permit[i]] = i;
}

static void let_go(struct held *held)
{
	for (int i = 0; i < SEKISHO_HALF_TABLE_COUNT; i++)
		free(held->half.tables[i].memory);
	free(held->flow_of_permit);
	free(held->tables.permit_of_flow);
	*held = (struct held){ .flow_of_permit = NULL };
}

/* All tables anew. False where the policy does not fit. */
static bool build(struct held *held, const struct world *world)
{
	struct sekisho_bindings own = world_bindings(world);
	struct sekisho_tables_problem problem;
	struct sekisho_tables *tables;
	uint32_t count;

	let_go(held);
	if (sekisho_tables_build(&world->policy, &host_self, &own, &tables, &problem))
		return false;
	held->half.row = tables->row;
#define HOLD(NAME, name)                                                          \
	count = room_for(tables->row.name.count);                                 \
	held->half.tables[SEKISHO_HALF_##NAME] =                                  \
		(struct sekisho_half_rows){ calloc(count, sizeof(*tables->name)), \
					    sizeof(*tables->name), count };       \
	memcpy(held->half.tables[SEKISHO_HALF_##NAME].memory, tables->name,       \
	       tables->row.name.count * sizeof(*tables->name));
	SEKISHO_HALF_TABLES(HOLD)
#undef HOLD
	count = held->half.tables[SEKISHO_HALF_PERMITS].room;
	held->flow_of_permit = malloc((count + 1) * sizeof(*held->flow_of_permit));
	memset(held->flow_of_permit, 0xff, (count + 1) * sizeof(*held->flow_of_permit));
	memcpy(held->flow_of_permit, tables->flow_of_permit,
	       tables->row.permits.count * sizeof(*held->flow_of_permit));
	sekisho_tables_free(tables);
	let_read(held, world);
	return true;
}

/* The change alone. Where it is refused, the half is as it was, or spoilt. */
static bool patch(struct held *held, const struct world *world, struct results *results)
{
	struct sekisho_bindings own = world_bindings(world);
	struct sekisho_patch change = { .policy = &world->policy,
					.self = &host_self,
					.bindings = &own };
	struct sekisho_tables_problem problem;
	struct sekisho_tables *begun;
	int error;

	if (sekisho_tables_begin(&world->policy, &host_self, &own, &begun, &problem))
		return false;
	change.begun = begun;
	error = sekisho_patch_compare(&change, &held->half);
	if (error) {
		results->untouched &= error == -ENOTSUP;
		results->other_base++;
	} else {
		error = sekisho_patch_apply(&change, &held->half);
		results->untouched &= !error || error == -ENOSPC || error == -E2BIG;
		results->no_room += !!error;
		free(held->flow_of_permit);
		held->flow_of_permit = change.flow_of_permit;
		change.flow_of_permit = NULL;
	}
	sekisho_patch_free(&change);
	sekisho_tables_free(begun);
	if (error)
		return false;
	results->patched++;
	let_read(held, world);
	return true;
}

static void run_world(struct results *results)
{
	static struct world world; /* too large for a stack */

	world = (struct world){ .all = random_policy() };
	struct held held = { .flow_of_permit = NULL };
	bool there;

	for (uint32_t i = 0; i < world.all->flow_count; i++)
		world.in_force[i] = chance(80);
	set_policy(&world);
	there = build(&held, &world);
	for (int i = 0; i < STEPS; i++) {
		change_world(&world);
		if (there && patch(&held, &world, results))
			check_tables(&world.policy, &held.tables, world.counters, PACKETS,
				     &results->checks);
		else
			there = build(&held, &world);
	}
	let_go(&held);
	free(world.policy.flows);
	sekisho_policy_free(world.all);
}

/* A large policy whose hosts meet nobody else's. */

static struct sekisho_ranges host_of(uint8_t family, uint64_t number)
{
	struct sekisho_address address = { family == 6 ? 0xfd00000000000000 : 0,
					   (family == 6 ? 0 : 0x0a000000) + number };
	struct sekisho_ranges ranges = new_ranges(1);

	ranges.items[0] = (struct sekisho_range){ address, address, family };
	return ranges;
}

static void fill_flow(struct sekisho_flow *flow, uint32_t number)
{
	uint8_t family = number % 4 ? 4 : 6;

	*flow = (struct sekisho_flow){ .from = { 1, host_of(family, number * 2) },
				       .to = { 2, host_of(family, 0x20000 + number % 4096 * 2) },
				       .valid_until = 1000000 + number % 5,
				       .service_count = 1 + number % 3 };
	flow->id = malloc(16);
	snprintf(flow->id, 16, "flow-%06u", number);
	flow->services = calloc(flow->service_count, sizeof(*flow->services));
	for (uint32_t i = 0; i < flow->service_count; i++)
		flow->services[i] = (struct sekisho_service){ 6, (uint16_t)(100 * i + number % 50),
							      (uint16_t)(100 * i + 60) };
}

static struct sekisho_policy *large_policy(void)
{
	struct sekisho_policy *policy = sekisho_policy_new();

	add_segments(policy);
	policy->flow_count = LARGE_FLOWS;
	policy->flows = calloc(LARGE_FLOWS, sizeof(*policy->flows));
	for (uint32_t i = 0; i < LARGE_FLOWS; i++)
		fill_flow(&policy->flows[i], i);
	return policy;
}

/* Whether what a flow says is found. */
static bool finds_flow(const struct world *world, const struct held *held, uint32_t index,
		       uint32_t *matched)
{
	const struct sekisho_flow *flow = &world->policy.flows[index];
	struct packet packet = {
		.family = flow->from.hosts.items->family,
		.source = flow->from.hosts.items->first,
		.destination = flow->to.hosts.items->first,
		.from = flow->from.segment,
		.to = flow->to.segment,
		.protocol = 6,
		.service = flow->services[0].last,
	};

	return check_packet(&world->policy, &held->tables, &packet, matched);
}

/* A flow comes or goes, ends on another day, or goes from the hosts of one that is not in force. */
static void change_large_world(struct world *world)
{
	uint32_t index = random_below(LARGE_FLOWS);
	struct sekisho_flow *flow = &world->all->flows[index];

	if (chance(30)) {
		world->in_force[index] = !world->in_force[index];
	} else if (chance(50)) {
		flow->valid_until = 1000000 + random_below(7);
	} else {
		/* Many go to where nobody was: few hosts of a network become many. */
		free(flow->from.hosts.items);
		flow->from.hosts =
			host_of(chance(75) ? 4 : 6, chance(70) ? 0x18000 + random_below(200)
							       : random_below(4 * LARGE_FLOWS));
		free(flow->to.hosts.items);
		flow->to.hosts =
			host_of(flow->from.hosts.items->family, 0x20000 + random_below(8192));
	}
	free(world->policy.flows);
	set_policy(world);
}

static void run_large_world(struct results *results)
{
	static struct world world; /* too large for a stack */

	world = (struct world){ .all = large_policy() };
	struct held held = { .flow_of_permit = NULL };
	bool there;

	for (uint32_t i = 0; i < LARGE_FLOWS; i++)
		world.in_force[i] = chance(90);
	set_policy(&world);
	there = build(&held, &world);
	for (int i = 0; i < LARGE_STEPS; i++) {
		for (uint32_t j = random_below(4); j < 4; j++)
			change_large_world(&world);
		if (!there || !patch(&held, &world, results)) {
			there = build(&held, &world);
			continue;
		}
		check_tables(&world.policy, &held.tables, world.counters, 20, &results->checks);
		for (int j = 0; j < 40 && results->checks.matches; j++)
			results->checks.matches &= finds_flow(
				&world, &held, random_below((uint32_t)world.policy.flow_count),
				&results->checks.packets_matched);
	}
	let_go(&held);
	free(world.policy.flows);
	sekisho_policy_free(world.all);
}

/* A set that concerns many hosts is worth so much work and no more. */
static int add_set(uint8_t family, uint64_t work)
{
	static struct world world;
	struct sekisho_range range = { { 0, 0x0a000000 }, { 0, 0x0a00ffff }, 4 };
	struct sekisho_object object = { &range, 1, 0 };
	struct held held = { .flow_of_permit = NULL };
	uint32_t number;
	int error = -EINVAL;

	if (family == 6)
		range = (struct sekisho_range){ { 0xfd00000000000000, 0 },
						{ 0xfd00000000000000, 0xffff },
						6 };
	world = (struct world){ .all = large_policy() };
	for (uint32_t i = 0; i < LARGE_FLOWS; i++)
		world.in_force[i] = i < 40;
	set_policy(&world);
	if (build(&held, &world))
		error = sekisho_class_object(&held.half, &object, &work, &number);
	let_go(&held);
	free(world.policy.flows);
	sekisho_policy_free(world.all);
	return error;
}

static void report(const struct results *results, const char *size, uint32_t least)
{
	printf("# seed %u, %s: %u changes made; %u were of everything, %u found no room; %u "
	       "packets match a flow\n",
	       WORLD_SEED, size, results->patched, results->other_base, results->no_room,
	       results->checks.packets_matched);
	ok(results->checks.classes, "%s: addresses have their segment and flags", size);
	ok(results->checks.matches && results->checks.packets_matched > results->patched,
	   "%s: packets find the flows that match, and the deciding one first", size);
	ok(results->checks.dhcp, "%s: hosts without address find the flows that serve DHCP", size);
	ok(results->checks.permits, "%s: permits are in the order in which they decide", size);
	ok(results->checks.buckets, "%s: second buckets are used only where first ones are full",
	   size);
	ok(results->untouched && results->patched > least,
	   "%s: changes are made, and the others refused for a reason", size);
}

int main(void)
{
	struct results small = { .checks = CHECKS, .untouched = true };
	struct results large = small;

	plan(14);
	for (int i = 0; i < WORLDS; i++)
		run_world(&small);
	report(&small, "small", WORLDS * STEPS / 2);
	run_large_world(&large);
	report(&large, "large", LARGE_STEPS / 2);
	ok(add_set(4, 20) == -ENOSPC && add_set(6, 10) == -ENOSPC, "much work is not begun");
	ok(!add_set(4, UINT64_MAX) && !add_set(6, UINT64_MAX), "or is done where it may be");
	return finish();
}
