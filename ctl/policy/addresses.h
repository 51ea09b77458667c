/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses, prefixes and ranges: from text, to text, and sets of them.
 * Knows nothing of segments or flows.
 */
#ifndef SEKISHO_POLICY_ADDRESSES_H
#define SEKISHO_POLICY_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>

#include "model/policy.h"

struct sekisho_load;
struct sekisho_node;

/* Two IPv6 addresses, a dash, a NUL. */
#define SEKISHO_RANGE_TEXT 96

enum sekisho_range_fault {
	SEKISHO_RANGE_GOOD,
	SEKISHO_RANGE_NO_ADDRESS,
	SEKISHO_RANGE_BAD_LENGTH, /* of the prefix */
	SEKISHO_RANGE_HOST_BITS, /* the range is what the prefix covers */
	SEKISHO_RANGE_REVERSED,
	SEKISHO_RANGE_MIXED, /* one end IPv4, one IPv6 */
	SEKISHO_RANGE_MAPPED, /* IPv4 written as IPv6 */
};

/**
 * sekisho_range_parse - read an address, a prefix or a range `a-b`
 * @text: the text
 * @range: receives it
 *
 * Return: what is wrong with it.
 */
enum sekisho_range_fault sekisho_range_parse(const char *text, struct sekisho_range *range);

/* As sekisho_range_parse(), reporting what is wrong; @prefix: a range `a-b` will not do. */
bool sekisho_take_range(struct sekisho_load *load, const struct sekisho_node *node, bool prefix,
			struct sekisho_range *range);

/**
 * sekisho_range_format - write a range as address, prefix or `a-b`, the first that fits
 * @range: the range
 * @text: receives the text
 */
void sekisho_range_format(const struct sekisho_range *range, char text[SEKISHO_RANGE_TEXT]);

/* By family, then first address, then last. */
int sekisho_range_compare(const void *left, const void *right);

bool sekisho_range_inside(const struct sekisho_range *inner, const struct sekisho_range *outer);

bool sekisho_range_overlaps(const struct sekisho_range *a, const struct sekisho_range *b);

/* Multicast, IPv4's limited broadcast: addresses that belong to no segment. */
bool sekisho_range_is_group(const struct sekisho_range *range);

/* Sorts, and joins what overlaps or touches. */
void sekisho_ranges_normalise(struct sekisho_ranges *ranges);

/* Is @range wholly in the normalised @ranges? */
bool sekisho_ranges_cover(const struct sekisho_ranges *ranges, const struct sekisho_range *range);

/* Bit 0: has IPv4, bit 1: has IPv6. */
unsigned int sekisho_ranges_families(const struct sekisho_ranges *ranges);

#endif
