/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses, prefixes, ranges and sets of them (ctl/policy/addresses.c), against tables and, for
 * sets, against a naive twin that looks at every address.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ktap.h"
#include "policy/addresses.h"

static const struct {
	const char *text;
	enum sekisho_range_fault fault;
	const char *written; /* NULL: as @text */
} parses[] = {
	{ "0.0.0.0", SEKISHO_RANGE_GOOD, NULL },
	{ "255.255.255.255", SEKISHO_RANGE_GOOD, NULL },
	{ "0.0.0.0/0", SEKISHO_RANGE_GOOD, NULL },
	{ "::/0", SEKISHO_RANGE_GOOD, NULL },
	{ "10.0.0.0/8", SEKISHO_RANGE_GOOD, NULL },
	{ "10.1.2.3/32", SEKISHO_RANGE_GOOD, "10.1.2.3" },
	{ "fd00::1/128", SEKISHO_RANGE_GOOD, "fd00::1" },
	{ "fd00:10::/48", SEKISHO_RANGE_GOOD, NULL },
	{ "FD00:0:0::A", SEKISHO_RANGE_GOOD, "fd00::a" },
	{ "10.0.0.0-10.255.255.255", SEKISHO_RANGE_GOOD, "10.0.0.0/8" },
	{ "10.0.0.1-10.0.0.2", SEKISHO_RANGE_GOOD, NULL },
	{ "10.0.0.1-10.0.0.1", SEKISHO_RANGE_GOOD, "10.0.0.1" },
	{ "fd00::1-fd00::ffff", SEKISHO_RANGE_GOOD, NULL },
	{ "10.0.0.1/8", SEKISHO_RANGE_HOST_BITS, "10.0.0.0/8" },
	{ "fd00::1/64", SEKISHO_RANGE_HOST_BITS, "fd00::/64" },
	{ "10.0.0.0/33", SEKISHO_RANGE_BAD_LENGTH, "" },
	{ "10.0.0.0/08", SEKISHO_RANGE_BAD_LENGTH, "" },
	{ "10.0.0.0/", SEKISHO_RANGE_BAD_LENGTH, "" },
	{ "10.0.0.0/-1", SEKISHO_RANGE_BAD_LENGTH, "" },
	{ "::/129", SEKISHO_RANGE_BAD_LENGTH, "" },
	{ "10.0.0.2-10.0.0.1", SEKISHO_RANGE_REVERSED, "" },
	{ "10.0.0.2-::1", SEKISHO_RANGE_MIXED, "" },
	{ "::ffff:10.0.0.1", SEKISHO_RANGE_MAPPED, "" },
	{ "", SEKISHO_RANGE_NO_ADDRESS, "" },
	{ "10.0.0", SEKISHO_RANGE_NO_ADDRESS, "" },
	{ "10.0.0.256", SEKISHO_RANGE_NO_ADDRESS, "" },
	{ "10.0.0.01", SEKISHO_RANGE_NO_ADDRESS, "" },
	{ "10.0.0.1 ", SEKISHO_RANGE_NO_ADDRESS, "" },
	{ "10.0.0.1-", SEKISHO_RANGE_NO_ADDRESS, "" },
	{ "-10.0.0.1", SEKISHO_RANGE_NO_ADDRESS, "" },
	{ "fe80::1%eth0", SEKISHO_RANGE_NO_ADDRESS, "" },
	{ "fd00::1::2", SEKISHO_RANGE_NO_ADDRESS, "" },
};

#define PARSES (sizeof(parses) / sizeof(parses[0]))

static void test_parse(size_t i)
{
	const char *wanted = parses[i].written ? parses[i].written : parses[i].text;
	char text[SEKISHO_RANGE_TEXT] = "";
	char name[160];
	struct sekisho_range range;
	bool good = sekisho_range_parse(parses[i].text, &range) == parses[i].fault;

	if (good && *wanted)
		sekisho_range_format(&range, text);
	snprintf(name, sizeof(name), "parse '%s'", parses[i].text);
	ok(good && (!*wanted || !strcmp(text, wanted)), "%s", name);
}

/* Small addresses, so that the twin can look at each; both ends of the number space. */
static struct sekisho_range random_range(uint8_t family)
{
	uint64_t base = rand() % 2 ? 0 : UINT64_MAX - 63;
	struct sekisho_range range = { .family = family };

	if (family == 4)
		base &= 0xffffffff;
	range.first.high = base && family == 6 ? UINT64_MAX : 0;
	range.first.low = base + (uint64_t)(rand() % 60);
	range.last = range.first;
	range.last.low += (uint64_t)(rand() % 4);
	return range;
}

static bool any_contains(const struct sekisho_range *items, size_t count, uint8_t family,
			 struct sekisho_address address)
{
	for (size_t i = 0; i < count; i++)
		if (sekisho_range_contains(&items[i], family, address))
			return true;
	return false;
}

static bool agree(const struct sekisho_range *before, size_t count,
		  const struct sekisho_ranges *after)
{
	for (unsigned int i = 0; i < 256; i++) {
		uint8_t family = i & 1 ? 6 : 4;
		uint64_t base = i & 2 ? UINT64_MAX - 63 : 0;
		struct sekisho_range one = { .family = family };

		if (family == 4)
			base &= 0xffffffff;
		one.first.high = base && family == 6 ? UINT64_MAX : 0;
		one.first.low = base + i / 4;
		one.last = one.first;
		if (any_contains(before, count, family, one.first) !=
		    sekisho_ranges_cover(after, &one))
			return false;
	}
	return true;
}

static bool apart(const struct sekisho_ranges *ranges)
{
	for (size_t i = 1; i < ranges->count; i++) {
		const struct sekisho_range *a = &ranges->items[i - 1];
		const struct sekisho_range *b = &ranges->items[i];

		if (a->family == b->family && a->last.high == b->first.high &&
		    a->last.low + 1 >= b->first.low)
			return false;
	}
	return true;
}

static void test_sets(void)
{
	bool same = true;
	bool separate = true;

	srand(1);
	for (unsigned int round = 0; round < 2000; round++) {
		struct sekisho_range before[24];
		struct sekisho_range after[24];
		struct sekisho_ranges set = { .items = after };
		size_t count = (size_t)(rand() % 24);

		set.count = count;
		for (size_t i = 0; i < count; i++)
			before[i] = random_range(rand() % 2 ? 4 : 6);
		memcpy(after, before, count * sizeof(before[0]));
		sekisho_ranges_normalise(&set);
		same &= agree(before, count, &set);
		separate &= apart(&set);
	}
	ok(same, "%s", "normalised sets hold the same addresses");
	ok(separate, "%s", "normalised ranges do not touch");
}

int main(void)
{
	plan(PARSES + 2);
	for (size_t i = 0; i < PARSES; i++)
		test_parse(i);
	test_sets();
	return finish();
}
