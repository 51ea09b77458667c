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
	bool classes;
	bool matches;
	bool dhcp;
	bool ports;
	bool permits;
	bool buckets;
	bool refusals;
	uint32_t built;
	uint32_t refused;
	uint32_t packets_matched;
};

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
	results->classes &= check_ranges(tables);
	results->dhcp &= check_dhcp(policy, tables);
	results->ports &= check_ports(policy, tables);
	results->permits &= check_permits(policy, tables, NULL);
	results->buckets &= check_buckets(tables);
	for (int i = 0; i < PACKETS && results->classes && results->matches; i++) {
		struct packet packet = random_packet(policy);

		results->classes &= check_class(policy, tables, packet.family, packet.source);
		results->matches &=
			check_packet(policy, tables, &packet, &results->packets_matched);
	}
	sekisho_tables_free(tables);
}

int main(void)
{
	struct results results = { true, true, true, true, true, true, true, 0, 0, 0 };

	plan(7);
	for (int i = 0; i < POLICIES; i++) {
		struct sekisho_policy *policy = random_policy();

		check_policy(policy, &results);
		sekisho_policy_free(policy);
	}
	printf("# seed %u: %u policies, %u refused; %u of %u packets match a flow\n", WORLD_SEED,
	       results.built, results.refused, results.packets_matched, results.built * PACKETS);
	ok(results.classes, "addresses have their segment and flags");
	ok(results.matches, "packets find the flows that match, and the deciding one first");
	ok(results.dhcp, "hosts without address find the flows that serve DHCP");
	ok(results.ports, "ports have their segment");
	ok(results.permits, "permits are in the order in which they decide");
	ok(results.buckets, "second buckets are used only where first ones are full");
	ok(results.refusals && results.built > POLICIES / 2, "refusals are just");
	return finish();
}
