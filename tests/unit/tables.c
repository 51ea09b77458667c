/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random policies, compiled to tables and read as the packet path reads them, against the flows
 * themselves, searched one by one. Must not know how the tables are made.
 */
#include "kernel/tables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ktap.h"
#include "tables_checks.h"

#define POLICIES 400
#define PACKETS	 1500

/* Sees to it that a refusal is just: so many lists, of so many different contents at most. */
static bool check_refusal(const struct sekisho_policy *policy,
			  const struct sekisho_tables_problem *problem)
{
	uint32_t count = 0;

	EXPECT(problem->fault == SEKISHO_TABLES_COVERS && problem->count > SEKISHO_COVER_MAX);
	EXPECT(problem->flow < policy->flow_count);
	for (size_t i = 0; i < policy->flow_count; i++) {
		count += in_ranges(&policy->flows[i].from.hosts, problem->family, problem->address);
		count += in_ranges(&policy->flows[i].to.hosts, problem->family, problem->address);
	}
	EXPECT(count >= problem->count);
	return true;
}

/* What the random policies have in common; each result is of all of them. */
struct results {
	struct checks checks;
	bool ports;
	bool gaps;
	bool refusals;
	uint32_t built;
	uint32_t refused;
};

/* A free row behind each few permits, and none behind the last one. */
static bool check_gaps(const struct sekisho_policy *policy, const struct sekisho_tables *tables)
{
	uint32_t flows = (uint32_t)policy->flow_count;

	EXPECT(tables->row.permits.count == (flows ? flows + (flows - 1) / 8 : 0));
	for (uint32_t i = 0; i < tables->row.permits.count; i++)
		EXPECT((tables->flow_of_permit[i] == SEKISHO_NO_FLOW) == (i % 9 == 8));
	return true;
}

static void check_policy(const struct sekisho_policy *policy, struct results *results)
{
	struct sekisho_tables_problem problem;
	struct sekisho_tables *tables = NULL;
	int error = sekisho_tables_build(policy, &host_self, &bindings, &tables, &problem);

	if (error) {
		results->refusals &= error == -E2BIG && check_refusal(policy, &problem);
		results->refused++;
		return;
	}
	results->built++;
	results->ports &= check_ports(policy, tables);
	results->gaps &= check_gaps(policy, tables);
	check_tables(policy, tables, NULL, PACKETS, &results->checks);
	sekisho_tables_free(tables);
}

int main(void)
{
	struct results results = {
		.checks = CHECKS, .ports = true, .gaps = true, .refusals = true
	};
	const struct checks *checks = &results.checks;

	plan(8);
	for (int i = 0; i < POLICIES; i++) {
		struct sekisho_policy *policy = random_policy();

		check_policy(policy, &results);
		sekisho_policy_free(policy);
	}
	printf("# seed %u: %u policies, %u refused; %u of %u packets match a flow\n", WORLD_SEED,
	       results.built, results.refused, checks->packets_matched, results.built * PACKETS);
	ok(checks->classes, "addresses have their segment and flags");
	ok(checks->matches, "packets find the flows that match, and the deciding one first");
	ok(checks->dhcp, "hosts without address find the flows that serve DHCP");
	ok(results.ports, "ports have their segment");
	ok(checks->permits, "permits are in the order in which they decide");
	ok(results.gaps, "rows are left free for those to come");
	ok(checks->buckets, "second buckets are used only where first ones are full");
	ok(results.refusals && results.built > POLICIES / 2, "refusals are just");
	return finish();
}
