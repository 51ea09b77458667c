/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cuts the services of a rule into disjoint intervals and lists the flows that permit each.
 * Knows flows and permits; must not know hosts or keys.
 */
#include "candidates.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A flow of the rule, and where in `sources` its source port ranges are. */
struct party {
	uint32_t permit;
	uint32_t source_first;
	uint32_t source_count;
};

/* The parties that permit the service number at hand, ascending, hence by permit. */
struct present {
	uint32_t parties[SEKISHO_CANDIDATES_MAX];
	uint32_t count;
};

void sekisho_candidates_begin(struct sekisho_candidates *candidates,
			      const struct sekisho_policy *policy, const uint32_t *flow_of_permit)
{
	*candidates = (struct sekisho_candidates){
		.policy = policy,
		.flow_of_permit = flow_of_permit,
		.services = SEKISHO_ROWS(struct sekisho_service_row),
		.rows = SEKISHO_ROWS(struct sekisho_candidate_row),
		.parties = SEKISHO_ROWS(struct party),
		.sources = SEKISHO_ROWS(struct sekisho_port_range),
		.edges = SEKISHO_ROWS(struct sekisho_order),
	};
}

static int compare_ports(const void *left, const void *right)
{
	const struct sekisho_port_range *a = left, *b = right;

	return (a->first > b->first) - (a->first < b->first);
}

/* A flow that lists overlapping or adjoining source ports is one candidate for them. */
static int add_sources(struct sekisho_rows *sources, const struct sekisho_port_range *listed,
		       size_t count)
{
	struct sekisho_port_range *ranges = sekisho_rows_add(sources, (uint32_t)count);
	uint32_t last = 0;

	if (!ranges)
		return -ENOMEM;
	memcpy(ranges, listed, count * sizeof(*ranges));
	qsort(ranges, count, sizeof(*ranges), compare_ports);
	for (uint32_t i = 1; i < count; i++) {
		if (ranges[i].first > ranges[last].last + 1u)
			ranges[++last] = ranges[i];
		else if (ranges[i].last > ranges[last].last)
			ranges[last].last = ranges[i].last;
	}
	sources->count -= (uint32_t)count - (last + 1);
	return 0;
}

static int add_party(struct sekisho_candidates *candidates, uint32_t permit)
{
	static const struct sekisho_port_range any = { 0, UINT16_MAX };
	const struct sekisho_flow *flow =
		&candidates->policy->flows[candidates->flow_of_permit[permit]];
	bool listed = flow->source_port_count && !candidates->any_source;
	uint32_t first = candidates->sources.count;
	struct party *party;

	if (add_sources(&candidates->sources, listed ? flow->source_ports : &any,
			listed ? flow->source_port_count : 1))
		return -ENOMEM;
	party = sekisho_rows_add(&candidates->parties, 1);
	if (!party)
		return -ENOMEM;
	*party = (struct party){ permit, first, candidates->sources.count - first };
	return 0;
}

/* An edge is an end (even) or a begin (odd) of a party's interval; ends come first. */
static int add_edges(struct sekisho_candidates *candidates, const struct sekisho_order *claim)
{
	struct sekisho_order *edges = sekisho_rows_add(&candidates->edges, 2);
	uint32_t party = candidates->parties.count - 1;

	if (!edges)
		return -ENOMEM;
	edges[0] = (struct sekisho_order){
		.low = (claim->low >> 16) << 1 | 1,
		.subject = party,
	};
	edges[1] = (struct sekisho_order){
		.low = ((claim->low & 0xffff) + 1) << 1,
		.subject = party,
	};
	return 0;
}

static int prepare(struct sekisho_candidates *candidates, const struct sekisho_order *claims,
		   uint32_t count)
{
	candidates->parties.count = 0;
	candidates->sources.count = 0;
	candidates->edges.count = 0;
	for (uint32_t i = 0; i < count; i++) {
		if ((!i || claims[i].subject != claims[i - 1].subject) &&
		    add_party(candidates, claims[i].subject))
			return -ENOMEM;
		if (add_edges(candidates, &claims[i]))
			return -ENOMEM;
	}
	return sekisho_order_sort(candidates->edges.items, candidates->edges.count);
}

static bool enter(struct present *present, uint32_t party)
{
	uint32_t at = present->count;

	if (at == SEKISHO_CANDIDATES_MAX)
		return false;
	for (; at && present->parties[at - 1] > party; at--)
		present->parties[at] = present->parties[at - 1];
	present->parties[at] = party;
	present->count++;
	return true;
}

static void leave(struct present *present, uint32_t party)
{
	uint32_t at = 0;

	while (present->parties[at] != party)
		at++;
	present->count--;
	for (; at < present->count; at++)
		present->parties[at] = present->parties[at + 1];
}

/* Append the candidates of all present parties, or find that the latest list is the same. */
static int list_present(struct sekisho_candidates *candidates, const struct present *present,
			uint32_t *party)
{
	const struct party *parties = candidates->parties.items;
	const struct sekisho_port_range *sources = candidates->sources.items;
	struct sekisho_candidate_row *rows;
	uint32_t first = candidates->rows.count, count;

	for (uint32_t i = 0; i < present->count; i++) {
		*party = present->parties[i];
		for (uint32_t j = 0; j < parties[*party].source_count; j++) {
			const struct sekisho_port_range *source =
				&sources[parties[*party].source_first + j];

			if (candidates->rows.count - first == SEKISHO_CANDIDATES_MAX)
				return -E2BIG;
			rows = sekisho_rows_add(&candidates->rows, 1);
			if (!rows)
				return -ENOMEM;
			*rows = (struct sekisho_candidate_row){ parties[*party].permit,
								source->first, source->last };
		}
	}
	rows = candidates->rows.items;
	count = candidates->rows.count - first;
	if (count == candidates->last_count &&
	    !memcmp(&rows[candidates->last_first], &rows[first], count * sizeof(*rows))) {
		candidates->rows.count = first;
		return 0;
	}
	candidates->last_first = first;
	candidates->last_count = count;
	return 0;
}

static int add_service(struct sekisho_candidates *candidates, uint8_t protocol, uint32_t first,
		       uint32_t last)
{
	struct sekisho_service_row *row = sekisho_rows_add(&candidates->services, 1);

	if (!row)
		return -ENOMEM;
	*row = (struct sekisho_service_row){
		.first = (uint32_t)protocol << 16 | first,
		.last = (uint16_t)last,
		.candidate_count = (uint16_t)candidates->last_count,
		.candidate_first = candidates->last_first,
	};
	return 0;
}

static void report(const struct sekisho_candidates *candidates, uint32_t party, uint32_t service,
		   struct sekisho_tables_problem *problem)
{
	const struct party *parties = candidates->parties.items;

	problem->fault = SEKISHO_TABLES_CANDIDATES;
	problem->flow = candidates->flow_of_permit[parties[party].permit];
	problem->service = (uint16_t)service;
	problem->count = SEKISHO_CANDIDATES_MAX + 1;
}

/*
 * Two neighbouring intervals never have the same candidates, so there is nothing to merge: between
 * them a party begins or ends, and a party's own intervals do not touch.
 */
static int sweep(struct sekisho_candidates *candidates, uint8_t protocol,
		 struct sekisho_tables_problem *problem)
{
	const struct sekisho_order *edges = candidates->edges.items;
	uint32_t count = candidates->edges.count;
	struct present present = { .count = 0 };
	uint32_t party = 0;

	for (uint32_t i = 0; i < count;) {
		uint32_t at = (uint32_t)(edges[i].low >> 1);
		int error = 0;

		for (; i < count && edges[i].low >> 1 == at && !error; i++) {
			party = edges[i].subject;
			if (!(edges[i].low & 1))
				leave(&present, party);
			else if (!enter(&present, party))
				error = -E2BIG;
		}
		if (!error && present.count)
			error = list_present(candidates, &present, &party);
		if (!error && present.count)
			error = add_service(candidates, protocol, at,
					    (uint32_t)(edges[i].low >> 1) - 1);
		if (error == -E2BIG)
			report(candidates, party, at, problem);
		if (error)
			return error;
	}
	return 0;
}

bool sekisho_candidates_inline(const struct sekisho_candidates *candidates,
			       const struct sekisho_order *claims, uint32_t count,
			       struct sekisho_rule_row *rule)
{
	const struct sekisho_flow *flow =
		&candidates->policy->flows[candidates->flow_of_permit[claims->subject]];

	if (count != 1 || (flow->source_port_count && !candidates->any_source))
		return false;
	rule->first = (uint32_t)(claims->high >> 32) << SEKISHO_RULE_PERMIT_BITS | claims->subject;
	rule->service_first = (uint16_t)(claims->low >> 16);
	rule->service_last = (uint16_t)claims->low;
	return true;
}

int sekisho_candidates_add(struct sekisho_candidates *candidates,
			   const struct sekisho_order *claims, uint32_t count,
			   struct sekisho_tables_problem *problem)
{
	uint8_t protocol = (uint8_t)(claims->high >> 32);
	int error = prepare(candidates, claims, count);

	if (error)
		return error;
	error = sweep(candidates, protocol, problem);
	if (error == -E2BIG)
		problem->protocol = protocol;
	return error;
}

void sekisho_candidates_end(struct sekisho_candidates *candidates)
{
	sekisho_rows_free(&candidates->services);
	sekisho_rows_free(&candidates->rows);
	sekisho_rows_free(&candidates->parties);
	sekisho_rows_free(&candidates->sources);
	sekisho_rows_free(&candidates->edges);
}
