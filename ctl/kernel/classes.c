/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cuts the address space into ranges that every flow treats alike: each family is swept once from
 * its lowest address, stopping wherever an address set, a network or a special range begins or
 * ends. Knows segments, the host's addresses and address sets; must not know rules.
 */
#include "classes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hosts6.h"
#include "index4.h"
#include "intern.h"
#include "order.h"
#include "rows.h"

/* IPv4-mapped addresses are in no segment, whatever network holds them. Not a flag of a class. */
#define NOWHERE 6
#define FLAGS	7

/* Why the sweep stops. Where it stops for several reasons, ends come first. */
enum edge {
	EDGE_OBJECT_ENDS,
	EDGE_FLAG_ENDS,
	EDGE_NETWORK_ENDS,
	EDGE_FLAG_BEGINS,
	EDGE_NETWORK_BEGINS,
	EDGE_OBJECT_BEGINS,
};

struct network {
	struct sekisho_address first;
	struct sekisho_address last;
	uint16_t segment;
};

/* A range whose addresses have a SEKISHO_CLASS_ flag, as the number of its bit, or NOWHERE. */
struct flagged {
	struct sekisho_range range;
	uint32_t bit;
};

#define BIT(flag) ((uint32_t)__builtin_ctz(SEKISHO_CLASS_##flag))

static const struct flagged special[] = {
	{ { { 0, 0x00000000 }, { 0, 0x00000000 }, 4 }, BIT(UNSPECIFIED) },
	{ { { 0, 0x7f000000 }, { 0, 0x7fffffff }, 4 }, BIT(LOOPBACK) },
	{ { { 0, 0xe0000000 }, { 0, 0xefffffff }, 4 }, BIT(MULTICAST) },
	{ { { 0, 0xffffffff }, { 0, 0xffffffff }, 4 }, BIT(BROADCAST) },
	{ { { 0, 0 }, { 0, 0 }, 6 }, BIT(UNSPECIFIED) },
	{ { { 0, 1 }, { 0, 1 }, 6 }, BIT(LOOPBACK) },
	{ { { 0, 0xffffull << 32 }, { 0, 0xffffffffffffull }, 6 }, NOWHERE },
	{ { { 0xfe80ull << 48, 0 }, { 0xfebfffffffffffffull, UINT64_MAX }, 6 }, BIT(LINK_LOCAL) },
	{ { { 0xffull << 56, 0 }, { UINT64_MAX, UINT64_MAX }, 6 }, BIT(MULTICAST) },
};

/* Where the sweep of one family is. */
struct sweep {
	uint8_t family;
	struct sekisho_rows edges; /* struct sekisho_order */
	struct sekisho_rows networks; /* struct network */
	uint32_t *holders; /* networks that hold the address, innermost last */
	uint32_t holder_count;
	uint32_t covers[SEKISHO_COVER_MAX]; /* objects that hold it, ascending */
	uint32_t cover_count;
	uint32_t excess; /* objects for which there was no room */
	uint32_t excess_object; /* one of them */
	uint32_t flags[FLAGS]; /* how many ranges with that bit hold it */
};

/* The classes of both families. */
struct classing {
	struct sekisho_rows classes;
	struct sekisho_rows covers;
	struct sekisho_intern known_classes;
	struct sekisho_intern known_covers; /* by their first row */
};

/* A class being looked up. */
struct wanted {
	const struct classing *classing;
	const uint32_t *covers;
	uint32_t cover_count;
	uint16_t segment;
	uint8_t flags;
};

static int add_edge(struct sweep *sweep, struct sekisho_address address, enum edge edge,
		    uint32_t subject)
{
	struct sekisho_order *item = sekisho_rows_add(&sweep->edges, 1);

	if (!item)
		return -ENOMEM;
	*item = (struct sekisho_order){ address.high, address.low, subject, edge };
	return 0;
}

/* Nothing ends after the family's last address. */
static int add_end(struct sweep *sweep, struct sekisho_address last, enum edge edge,
		   uint32_t subject)
{
	struct sekisho_address end = sekisho_object_after(last);

	if (sweep->family == 4 ? end.low > UINT32_MAX : !(end.high | end.low))
		return 0;
	return add_edge(sweep, end, edge, subject);
}

static int add_side(struct sweep *sweep, const struct sekisho_range *range, bool begins,
		    enum edge edge, uint32_t subject)
{
	if (range->family != sweep->family)
		return 0;
	return begins ? add_edge(sweep, range->first, edge, subject)
		      : add_end(sweep, range->last, edge, subject);
}

static int add_objects(struct sweep *sweep, const struct sekisho_objects *objects, bool begins)
{
	enum edge edge = begins ? EDGE_OBJECT_BEGINS : EDGE_OBJECT_ENDS;

	for (uint32_t i = 1; i < objects->count; i++)
		for (uint32_t j = 0; j < objects->items[i].count; j++)
			if (add_side(sweep, &objects->items[i].ranges[j], begins, edge, i))
				return -ENOMEM;
	return 0;
}

static int add_networks(struct sweep *sweep, bool begins)
{
	const struct network *networks = sweep->networks.items;

	for (uint32_t i = 0; i < sweep->networks.count; i++) {
		if (begins && add_edge(sweep, networks[i].first, EDGE_NETWORK_BEGINS, i))
			return -ENOMEM;
		if (!begins && add_end(sweep, networks[i].last, EDGE_NETWORK_ENDS, i))
			return -ENOMEM;
	}
	return 0;
}

static int add_flags(struct sweep *sweep, const struct sekisho_self *self, bool begins)
{
	enum edge edge = begins ? EDGE_FLAG_BEGINS : EDGE_FLAG_ENDS;

	for (size_t i = 0; i < sizeof(special) / sizeof(*special); i++)
		if (add_side(sweep, &special[i].range, begins, edge, special[i].bit))
			return -ENOMEM;
	for (size_t i = 0; i < self->addresses.count; i++)
		if (add_side(sweep, &self->addresses.items[i], begins, edge, BIT(OWN)))
			return -ENOMEM;
	for (size_t i = 0; i < self->broadcasts.count; i++)
		if (add_side(sweep, &self->broadcasts.items[i], begins, edge, BIT(BROADCAST)))
			return -ENOMEM;
	return 0;
}

/* The sort is stable: what is added first at an address is met first. */
static int add_edges(struct sweep *sweep, const struct sekisho_self *self,
		     const struct sekisho_objects *objects)
{
	for (int begins = 0; begins <= 1; begins++)
		if (add_flags(sweep, self, begins) || add_networks(sweep, begins) ||
		    add_objects(sweep, objects, begins))
			return -ENOMEM;
	return sekisho_order_sort(sweep->edges.items, sweep->edges.count);
}

/* Sort by one end of the networks, keeping the order that equal ones have. */
static int order_networks(struct sweep *sweep, bool by_first)
{
	struct network *networks = sweep->networks.items;
	uint32_t count = sweep->networks.count;
	struct sekisho_order *items = malloc((count + 1) * sizeof(*items));
	struct network *copy = malloc((count + 1) * sizeof(*copy));
	int error = items && copy ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < count && !error; i++) {
		copy[i] = networks[i];
		items[i] = by_first ? (struct sekisho_order){ copy[i].first.high, copy[i].first.low,
							      i, 0 }
				    : (struct sekisho_order){ ~copy[i].last.high, ~copy[i].last.low,
							      i, 0 };
	}
	if (!error)
		error = sekisho_order_sort(items, count);
	for (uint32_t i = 0; i < count && !error; i++)
		networks[i] = copy[items[i].subject];
	free(items);
	free(copy);
	return error;
}

/*
 * Networks are prefixes, so of two that meet one holds the other. Where several begin, the larger
 * comes first; of equal ones (a policy has none) the lowest segment would be the innermost.
 */
static int list_networks(struct sweep *sweep, const struct sekisho_policy *policy)
{
	for (size_t i = policy->segment_count; i-- > 1;) {
		const struct sekisho_ranges *networks = &policy->segments[i].networks;

		for (size_t j = 0; j < networks->count; j++) {
			const struct sekisho_range *range = &networks->items[j];
			struct network *network;

			if (range->family != sweep->family)
				continue;
			network = sekisho_rows_add(&sweep->networks, 1);
			if (!network)
				return -ENOMEM;
			*network = (struct network){ range->first, range->last, (uint16_t)i };
		}
	}
	sweep->holders = malloc((sweep->networks.count + 1) * sizeof(*sweep->holders));
	if (!sweep->holders || order_networks(sweep, false))
		return -ENOMEM;
	return order_networks(sweep, true);
}

static void enter_object(struct sweep *sweep, uint32_t object)
{
	uint32_t at = sweep->cover_count;

	if (at == SEKISHO_COVER_MAX) {
		sweep->excess++;
		sweep->excess_object = object;
		return;
	}
	for (; at && sweep->covers[at - 1] > object; at--)
		sweep->covers[at] = sweep->covers[at - 1];
	sweep->covers[at] = object;
	sweep->cover_count++;
}

static void leave_object(struct sweep *sweep, uint32_t object)
{
	uint32_t at = 0;

	while (sweep->covers[at] != object)
		at++;
	sweep->cover_count--;
	for (; at < sweep->cover_count; at++)
		sweep->covers[at] = sweep->covers[at + 1];
}

static void cross(struct sweep *sweep, const struct sekisho_order *edge)
{
	switch ((enum edge)edge->kind) {
	case EDGE_OBJECT_ENDS:
		leave_object(sweep, edge->subject);
		break;
	case EDGE_OBJECT_BEGINS:
		enter_object(sweep, edge->subject);
		break;
	case EDGE_FLAG_ENDS:
		sweep->flags[edge->subject]--;
		break;
	case EDGE_FLAG_BEGINS:
		sweep->flags[edge->subject]++;
		break;
	case EDGE_NETWORK_ENDS:
		sweep->holder_count--;
		break;
	case EDGE_NETWORK_BEGINS:
		sweep->holders[sweep->holder_count++] = edge->subject;
		break;
	}
}

static bool same_class(const void *context, uint32_t number)
{
	const struct wanted *wanted = context;
	const struct sekisho_class_row *classes = wanted->classing->classes.items;
	const struct sekisho_class_row *row = &classes[number];
	const uint32_t *covers = wanted->classing->covers.items;

	return row->segment == wanted->segment && row->flags == wanted->flags &&
	       row->cover_count == wanted->cover_count &&
	       (!row->cover_count ||
		!memcmp(row->cover_count == 1 ? &row->cover : &covers[row->cover], wanted->covers,
			row->cover_count * sizeof(*covers)));
}

/* What follows in `covers` may belong to other lists; only the content counts. */
static bool same_covers(const void *context, uint32_t first)
{
	const struct wanted *wanted = context;
	const struct sekisho_rows *rows = &wanted->classing->covers;
	const uint32_t *covers = rows->items;

	return wanted->cover_count <= rows->count - first &&
	       !memcmp(&covers[first], wanted->covers, wanted->cover_count * sizeof(*covers));
}

/* One cover needs no list. */
static int number_covers(struct classing *classing, const struct wanted *wanted, uint32_t *first)
{
	uint64_t hash = wanted->cover_count;
	uint32_t *covers;

	*first = wanted->cover_count ? wanted->covers[0] : 0;
	if (wanted->cover_count <= 1)
		return 0;
	for (uint32_t i = 0; i < wanted->cover_count; i++)
		hash = sekisho_intern_mix(hash, wanted->covers[i]);
	*first = sekisho_intern_find(&classing->known_covers, sekisho_intern_fold(hash),
				     same_covers, wanted);
	if (*first != SEKISHO_INTERN_NONE)
		return 0;
	*first = classing->covers.count;
	covers = sekisho_rows_add(&classing->covers, wanted->cover_count);
	if (!covers)
		return -ENOMEM;
	memcpy(covers, wanted->covers, wanted->cover_count * sizeof(*covers));
	return sekisho_intern_add(&classing->known_covers, sekisho_intern_fold(hash), *first);
}

static int number_class(struct classing *classing, const struct wanted *wanted, uint32_t *number)
{
	uint64_t hash = (uint64_t)wanted->segment << 16 | wanted->flags;
	struct sekisho_class_row *row;
	uint32_t first;

	for (uint32_t i = 0; i < wanted->cover_count; i++)
		hash = sekisho_intern_mix(hash, wanted->covers[i]);
	*number = sekisho_intern_find(&classing->known_classes, sekisho_intern_fold(hash),
				      same_class, wanted);
	if (*number != SEKISHO_INTERN_NONE)
		return 0;
	if (number_covers(classing, wanted, &first))
		return -ENOMEM;
	*number = classing->classes.count;
	row = sekisho_rows_add(&classing->classes, 1);
	if (!row)
		return -ENOMEM;
	*row = (struct sekisho_class_row){
		.segment = wanted->segment,
		.flags = wanted->flags,
		.cover_count = (uint8_t)wanted->cover_count,
		.cover = first,
	};
	return sekisho_intern_add(&classing->known_classes, sekisho_intern_fold(hash), *number);
}

/* The class of the addresses from here to the next edge. */
static int classify(struct sweep *sweep, struct classing *classing, uint32_t *number)
{
	const struct network *networks = sweep->networks.items;
	struct wanted wanted = {
		.classing = classing,
		.covers = sweep->covers,
		.cover_count = sweep->cover_count,
		.segment = SEKISHO_SEGMENT_NONE,
	};

	if (sweep->holder_count && !sweep->flags[NOWHERE])
		wanted.segment = networks[sweep->holders[sweep->holder_count - 1]].segment;
	for (uint32_t i = 0; i < FLAGS; i++)
		if (sweep->flags[i] && i != NOWHERE)
			wanted.flags |= (uint8_t)(1u << i);
	return number_class(classing, &wanted, number);
}

static int add_range(struct sekisho_rows *ranges, uint8_t family, struct sekisho_address start,
		     uint32_t class)
{
	void *row = sekisho_rows_add(ranges, 1);

	if (!row)
		return -ENOMEM;
	if (family == 4)
		*(struct sekisho_index4_range *)row =
			(struct sekisho_index4_range){ (uint32_t)start.low, class };
	else
		*(struct sekisho_range6_row *)row =
			(struct sekisho_range6_row){ start.high, start.low, class, 0 };
	return 0;
}

/* The unspecified address is special in both families, so the first edge is at address 0. */
static int walk(struct sweep *sweep, struct classing *classing, struct sekisho_rows *ranges,
		struct sekisho_address *stopped)
{
	const struct sekisho_order *edges = sweep->edges.items;
	uint32_t count = sweep->edges.count;
	uint32_t class, previous = UINT32_MAX;

	for (uint32_t i = 0; i < count;) {
		struct sekisho_address at = { edges[i].high, edges[i].low };

		*stopped = at;
		while (i < count && edges[i].high == at.high && edges[i].low == at.low)
			cross(sweep, &edges[i++]);
		if (sweep->excess)
			return -E2BIG;
		if (classify(sweep, classing, &class))
			return -ENOMEM;
		if (class != previous && add_range(ranges, sweep->family, at, class))
			return -ENOMEM;
		previous = class;
	}
	return 0;
}

static int sweep_family(uint8_t family, const struct sekisho_policy *policy,
			const struct sekisho_self *self, const struct sekisho_objects *objects,
			struct classing *classing, struct sekisho_rows *ranges,
			struct sekisho_tables_problem *problem)
{
	struct sweep sweep = {
		.family = family,
		.edges = SEKISHO_ROWS(struct sekisho_order),
		.networks = SEKISHO_ROWS(struct network),
	};
	struct sekisho_address stopped = { 0, 0 };
	int error = list_networks(&sweep, policy);

	if (!error)
		error = add_edges(&sweep, self, objects);
	if (!error)
		error = walk(&sweep, classing, ranges, &stopped);
	if (error == -E2BIG)
		*problem = (struct sekisho_tables_problem){
			.fault = SEKISHO_TABLES_COVERS,
			.family = family,
			.address = stopped,
			.flow = objects->items[sweep.excess_object].flow,
			.count = sweep.cover_count + sweep.excess,
		};
	sekisho_rows_free(&sweep.edges);
	sekisho_rows_free(&sweep.networks);
	free(sweep.holders);
	return error;
}

static int bound_ranges(const struct sekisho_rows *ranges, uint32_t most,
			struct sekisho_tables_problem *problem)
{
	if (ranges->count <= most)
		return 0;
	problem->fault = SEKISHO_TABLES_RANGES;
	problem->count = ranges->count;
	return -E2BIG;
}

/* Ranges become the tables of their family. */
static int take_ranges(struct sekisho_rows *ranges4, struct sekisho_rows *ranges6,
		       struct sekisho_tables *tables, struct sekisho_tables_problem *problem)
{
	int error = bound_ranges(ranges4, SEKISHO_INDEX4_RANGES_MAX, problem);

	if (!error)
		error = sekisho_index4_build(ranges4->items, ranges4->count, tables);
	if (!error)
		error = sekisho_hosts6_build(ranges6, tables, problem);
	if (!error)
		error = bound_ranges(ranges6, SEKISHO_RANGES6_MAX, problem);
	if (error)
		return error;
	tables->ranges6 = sekisho_rows_take(ranges6, &tables->row.ranges6.count);
	return tables->ranges6 ? 0 : -ENOMEM;
}

static int take_classes(struct classing *classing, struct sekisho_tables *tables)
{
	tables->classes = sekisho_rows_take(&classing->classes, &tables->row.classes.count);
	tables->covers = sekisho_rows_take(&classing->covers, &tables->row.covers.count);
	return tables->classes && tables->covers ? 0 : -ENOMEM;
}

int sekisho_classes_build(const struct sekisho_policy *policy, const struct sekisho_self *self,
			  const struct sekisho_objects *objects, struct sekisho_tables *tables,
			  struct sekisho_tables_problem *problem)
{
	struct classing classing = {
		.classes = SEKISHO_ROWS(struct sekisho_class_row),
		.covers = SEKISHO_ROWS(struct sekisho_cover_row),
	};
	struct sekisho_rows ranges4 = SEKISHO_ROWS(struct sekisho_index4_range);
	struct sekisho_rows ranges6 = SEKISHO_ROWS(struct sekisho_range6_row);
	int error;

	error = sweep_family(4, policy, self, objects, &classing, &ranges4, problem);
	if (!error)
		error = sweep_family(6, policy, self, objects, &classing, &ranges6, problem);
	if (!error)
		error = take_ranges(&ranges4, &ranges6, tables, problem);
	if (!error)
		error = take_classes(&classing, tables);
	sekisho_rows_free(&classing.classes);
	sekisho_rows_free(&classing.covers);
	sekisho_intern_free(&classing.known_classes);
	sekisho_intern_free(&classing.known_covers);
	sekisho_rows_free(&ranges4);
	sekisho_rows_free(&ranges6);
	return error;
}
