// SPDX-License-Identifier: GPL-2.0-only
/*
 * Address sets in a half that is there. Each class that has addresses of a new set and maybe others
 * gets a twin with one object more. Sets are never taken out: who has no rule permits nothing.
 * Knows classes and their tables; must not know flows or rules.
 */
#include "class_change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "half_buckets.h"
#include "index4_change.h"
#include "prints.h"
#include "tables.h"

/* A set on its way into the classes. */
struct entering {
	struct sekisho_half *half;
	uint32_t object;
	uint32_t class_count; /* before */
	uint32_t *twins; /* of each of these classes; 0: none yet */
	uint64_t *work;
};

static struct sekisho_class_row *class_row(const struct sekisho_half *half, uint32_t class)
{
	return sekisho_half_row(half, SEKISHO_HALF_CLASSES, class);
}

static struct sekisho_cover_row *cover_row(const struct sekisho_half *half, uint32_t cover)
{
	return sekisho_half_row(half, SEKISHO_HALF_COVERS, cover);
}

static uint32_t cover_of(const struct sekisho_half *half, const struct sekisho_class_row *class,
			 uint32_t i)
{
	return class->cover_count == 1 ? class->cover : cover_row(half, class->cover + i)->object;
}

/* The last range that begins at an address or before it. */
static uint32_t range6_of(const struct sekisho_half *half, struct sekisho_address address)
{
	uint32_t low = 0, high = half->row.ranges6.count - 1;

	while (low < high) {
		uint32_t middle = low + (high - low + 1) / 2;
		const struct sekisho_range6_row *row =
			sekisho_half_row(half, SEKISHO_HALF_RANGES6, middle);

		if (sekisho_address_compare((struct sekisho_address){ row->high, row->low },
					    address) <= 0)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

static struct sekisho_range6_row *range6_row(const struct sekisho_half *half, uint32_t range)
{
	return sekisho_half_row(half, SEKISHO_HALF_RANGES6, range);
}

static uint32_t class_of(const struct sekisho_half *half, uint8_t family,
			 struct sekisho_address address)
{
	const uint32_t *host;

	if (family == 4)
		return sekisho_index4_class(half, (uint32_t)address.low);
	host = sekisho_half_host6(half, address.high, address.low);
	return host ? *host : range6_row(half, range6_of(half, address))->class;
}

/* A set that is there covers each of its addresses, the first one too. */
static bool find(const struct sekisho_half *half, const struct sekisho_object *object,
		 uint64_t print, uint32_t *number)
{
	const struct sekisho_class_row *class =
		class_row(half, class_of(half, object->ranges->family, object->ranges->first));

	for (uint32_t i = 0; i < class->cover_count; i++) {
		const struct sekisho_object_row *row;

		*number = cover_of(half, class, i);
		row = sekisho_half_row(half, SEKISHO_HALF_OBJECTS, *number);
		if (row->print == print)
			return true;
	}
	return false;
}

/* Covers are ascending, and a new set has the highest number. */
static int add_covers(struct sekisho_half *half, const struct sekisho_class_row *class,
		      uint32_t object, uint32_t *first)
{
	uint32_t count = class->cover_count;

	*first = object;
	if (!count)
		return 0;
	if (!sekisho_half_add(half, SEKISHO_HALF_COVERS, count + 1, first))
		return -ENOSPC;
	for (uint32_t i = 0; i < count; i++)
		cover_row(half, *first + i)->object = cover_of(half, class, i);
	cover_row(half, *first + count)->object = object;
	return 0;
}

static int twin_of(void *context, uint32_t class, uint32_t *twin)
{
	struct entering *entering = context;
	struct sekisho_half *half = entering->half;
	struct sekisho_class_row row;
	uint32_t cover;
	int error;

	/* Ranges of a set do not meet: what has the set already is never asked for. */
	if (class >= entering->class_count || !*entering->work)
		return -ENOSPC;
	--*entering->work;
	*twin = entering->twins[class];
	if (*twin)
		return 0;
	row = *class_row(half, class);
	if (row.cover_count == SEKISHO_COVER_MAX)
		return -ENOSPC;
	error = add_covers(half, &row, entering->object, &cover);
	if (error)
		return error;
	if (!sekisho_half_add(half, SEKISHO_HALF_CLASSES, 1, twin))
		return -ENOSPC;
	row.cover = cover;
	row.cover_count++;
	*class_row(half, *twin) = row;
	entering->twins[class] = *twin;
	return 0;
}

static int change_host6(struct entering *entering, struct sekisho_address address)
{
	struct sekisho_half *half = entering->half;
	uint32_t *host = sekisho_half_host6(half, address.high, address.low), twin;
	int error;

	if (host)
		return twin_of(entering, *host, host);
	error = twin_of(entering, range6_row(half, range6_of(half, address))->class, &twin);
	if (!error && !sekisho_half_add_host6(half, address.high, address.low, twin))
		error = -ENOSPC;
	return error;
}

/* The row from which on an address and those behind it are; a range is cut there. */
static int cut_ranges6(struct sekisho_half *half, struct sekisho_address address, uint32_t *at)
{
	uint32_t range = range6_of(half, address), last;
	struct sekisho_range6_row *row = range6_row(half, range);

	*at = range;
	if (row->high == address.high && row->low == address.low)
		return 0;
	if (half->row.ranges6.count == SEKISHO_RANGES6_MAX ||
	    !sekisho_half_add(half, SEKISHO_HALF_RANGES6, 1, &last))
		return -ENOSPC;
	*at = range + 1;
	memmove(row + 2, row + 1, (last - *at) * sizeof(*row));
	row[1] = (struct sekisho_range6_row){ address.high, address.low, row->class, 0 };
	return 0;
}

static int change_ranges6(struct entering *entering, const struct sekisho_range *range)
{
	struct sekisho_address behind = sekisho_object_after(range->last);
	struct sekisho_half *half = entering->half;
	uint32_t at, end = 0;
	int error = cut_ranges6(half, range->first, &at);

	if (!error && (behind.high | behind.low))
		error = cut_ranges6(half, behind, &end);
	if (error)
		return error;
	if (!(behind.high | behind.low))
		end = half->row.ranges6.count;
	for (; at < end && !error; at++)
		error = twin_of(entering, range6_row(half, at)->class,
				&range6_row(half, at)->class);
	return error;
}

/* A range of IPv6 is cut out of an array, and held against all hosts. */
static int spend(struct entering *entering)
{
	const struct sekisho_policy_row *row = &entering->half->row;
	uint64_t rows = (uint64_t)row->ranges6.count + row->hosts6.count;

	if (*entering->work < rows)
		return -ENOSPC;
	*entering->work -= rows;
	return 0;
}

/* Single addresses are in no order: each is asked whether it lies in the range. */
static int change_hosts6(struct entering *entering, const struct sekisho_range *range)
{
	for (uint32_t i = 0; i < entering->half->row.hosts6.count; i++) {
		struct sekisho_host6_bucket *bucket =
			sekisho_half_row(entering->half, SEKISHO_HALF_HOSTS6, i);

		for (int way = 0; way < SEKISHO_HOST6_WAYS; way++) {
			struct sekisho_address address = { bucket->high[way], bucket->low[way] };
			int error = 0;

			if (bucket->class[way] != SEKISHO_CLASS_NONE &&
			    sekisho_range_contains(range, 6, address))
				error = twin_of(entering, bucket->class[way], &bucket->class[way]);
			if (error)
				return error;
		}
	}
	return 0;
}

static int change_range(struct entering *entering, const struct sekisho_range *range)
{
	int error;

	if (range->family == 4)
		return sekisho_index4_change(entering->half, (uint32_t)range->first.low,
					     (uint32_t)range->last.low, twin_of, entering);
	if (!sekisho_address_compare(range->first, range->last))
		return change_host6(entering, range->first);
	error = spend(entering);
	if (!error)
		error = change_ranges6(entering, range);
	return error ? error : change_hosts6(entering, range);
}

static int enter(struct sekisho_half *half, const struct sekisho_object *object, uint64_t print,
		 uint64_t *work, uint32_t *number)
{
	struct entering entering = { .half = half,
				     .class_count = half->row.classes.count,
				     .work = work };
	struct sekisho_object_row *row;
	int error = 0;

	if (!sekisho_half_add(half, SEKISHO_HALF_OBJECTS, 1, number))
		return -ENOSPC;
	/* One that is spoilt on the way belongs to a half that nobody uses. */
	row = sekisho_half_row(half, SEKISHO_HALF_OBJECTS, *number);
	row->print = print;
	entering.object = *number;
	entering.twins = calloc(entering.class_count + 1ul, sizeof(*entering.twins));
	if (!entering.twins)
		return -ENOMEM;
	for (uint32_t i = 0; i < object->count && !error; i++)
		error = change_range(&entering, &object->ranges[i]);
	free(entering.twins);
	return error;
}

int sekisho_class_object(struct sekisho_half *half, const struct sekisho_object *object,
			 uint64_t *work, uint32_t *number)
{
	uint64_t print;

	*number = SEKISHO_OBJECT_ANY;
	if (!object->count)
		return 0;
	print = sekisho_print_ranges(object->ranges, object->count, half->row.print_seed);
	return find(half, object, print, number) ? 0 : enter(half, object, print, work, number);
}
