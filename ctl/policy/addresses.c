/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses, prefixes and ranges: from text, to text, and sets of them.
 * Knows nothing of segments or flows.
 */
#include "policy/addresses.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/load.h"
#include "ui/message.h"

typedef unsigned __int128 wide;

static wide widen(struct sekisho_address address)
{
	return (wide)address.high << 64 | address.low;
}

static struct sekisho_address narrow(wide value)
{
	return (struct sekisho_address){ .high = (uint64_t)(value >> 64), .low = (uint64_t)value };
}

static unsigned int family_bits(uint8_t family)
{
	return family == 4 ? 32 : 128;
}

/* The host bits of a prefix of this length, all set. */
static wide host_mask(uint8_t family, unsigned int length)
{
	unsigned int bits = family_bits(family) - length;

	return bits >= 128 ? ~(wide)0 : ((wide)1 << bits) - 1;
}

static bool parse_address(const char *text, uint8_t *family, struct sekisho_address *address)
{
	unsigned char bytes[16];
	uint64_t half[2];
	uint32_t four;

	if (strchr(text, ':')) {
		if (inet_pton(AF_INET6, text, bytes) != 1)
			return false;
		memcpy(half, bytes, sizeof(half));
		address->high = be64toh(half[0]);
		address->low = be64toh(half[1]);
		*family = 6;
		return true;
	}
	if (inet_pton(AF_INET, text, bytes) != 1)
		return false;
	memcpy(&four, bytes, sizeof(four));
	address->high = 0;
	address->low = be32toh(four);
	*family = 4;
	return true;
}

static enum sekisho_range_fault parse_prefix(const char *length, struct sekisho_range *range)
{
	unsigned int bits = 0;
	wide mask;

	if (!*length || strlen(length) > 3 || (length[0] == '0' && length[1]))
		return SEKISHO_RANGE_BAD_LENGTH;
	for (; *length; length++) {
		if (*length < '0' || *length > '9')
			return SEKISHO_RANGE_BAD_LENGTH;
		bits = bits * 10 + (unsigned int)(*length - '0');
	}
	if (bits > family_bits(range->family))
		return SEKISHO_RANGE_BAD_LENGTH;
	mask = host_mask(range->family, bits);
	range->last = narrow(widen(range->first) | mask);
	if (!(widen(range->first) & mask))
		return SEKISHO_RANGE_GOOD;
	range->first = narrow(widen(range->first) & ~mask);
	return SEKISHO_RANGE_HOST_BITS;
}

static bool mapped(uint8_t family, struct sekisho_address address)
{
	return family == 6 && !address.high && address.low >> 32 == 0xffff;
}

enum sekisho_range_fault sekisho_range_parse(const char *text, struct sekisho_range *range)
{
	char copy[SEKISHO_RANGE_TEXT];
	char *rest;
	uint8_t family;
	char kind;

	memset(range, 0, sizeof(*range));
	if (strlen(text) >= sizeof(copy))
		return SEKISHO_RANGE_NO_ADDRESS;
	memcpy(copy, text, strlen(text) + 1);
	rest = strpbrk(copy, "/-");
	kind = rest ? *rest : '\0';
	if (rest)
		*rest++ = '\0';
	if (!parse_address(copy, &range->family, &range->first))
		return SEKISHO_RANGE_NO_ADDRESS;
	range->last = range->first;
	if (mapped(range->family, range->first))
		return SEKISHO_RANGE_MAPPED;
	if (kind == '/')
		return parse_prefix(rest, range);
	if (!kind)
		return SEKISHO_RANGE_GOOD;
	if (!parse_address(rest, &family, &range->last))
		return SEKISHO_RANGE_NO_ADDRESS;
	if (family != range->family)
		return SEKISHO_RANGE_MIXED;
	if (sekisho_address_compare(range->first, range->last) > 0)
		return SEKISHO_RANGE_REVERSED;
	return SEKISHO_RANGE_GOOD;
}

static void report(struct sekisho_load *load, const struct sekisho_node *node,
		   const struct sekisho_range *range, enum sekisho_range_fault fault)
{
	struct sekisho_diagnostic *diagnostic;
	char right[SEKISHO_RANGE_TEXT];

	switch (fault) {
	case SEKISHO_RANGE_BAD_LENGTH:
		diagnostic = sekisho_load_error(load, node, "bad-prefix", NULL,
						_("the prefix length of '%.60s' is not one"),
						node->text);
		sekisho_diagnostic_hint(diagnostic, _("0 to %u"), family_bits(range->family));
		break;
	case SEKISHO_RANGE_HOST_BITS:
		diagnostic = sekisho_load_error(load, node, "host-bits", NULL,
						_("'%.60s' has bits set beyond its prefix length"),
						node->text);
		sekisho_range_format(range, right);
		sekisho_diagnostic_hint(diagnostic, _("the prefix is %s"), right);
		break;
	case SEKISHO_RANGE_REVERSED:
		sekisho_load_error(load, node, "reversed-range", NULL,
				   _("the range '%.90s' ends before it begins"), node->text);
		break;
	case SEKISHO_RANGE_MIXED:
		sekisho_load_error(load, node, "mixed-range", NULL,
				   _("the range '%.90s' mixes IPv4 and IPv6"), node->text);
		break;
	case SEKISHO_RANGE_MAPPED:
		diagnostic = sekisho_load_error(load, node, "mapped-address", NULL,
						_("'%.60s' is an IPv4 address written as IPv6"),
						node->text);
		sekisho_diagnostic_hint(diagnostic, "%s", _("write the IPv4 address"));
		break;
	default:
		diagnostic = sekisho_load_error(load, node, "bad-address", NULL,
						_("'%.60s' is not an address"), node->text);
		sekisho_diagnostic_hint(diagnostic, "%s",
					_("such as 10.1.2.3, 10.1.0.0/16, 10.1.2.3-10.1.2.9 or "
					  "\"fd00::1\""));
		break;
	}
}

bool sekisho_take_range(struct sekisho_load *load, const struct sekisho_node *node, bool prefix,
			struct sekisho_range *range)
{
	struct sekisho_diagnostic *diagnostic;
	enum sekisho_range_fault fault;

	if (!sekisho_take_scalar(load, node, N_("an address")))
		return false;
	fault = sekisho_range_parse(node->text, range);
	if (fault != SEKISHO_RANGE_GOOD) {
		report(load, node, range, fault);
		return false;
	}
	if (!prefix || !strchr(node->text, '-'))
		return true;
	diagnostic = sekisho_load_error(load, node, "not-a-prefix", NULL,
					_("'%.90s' is a range; a network is a prefix"), node->text);
	sekisho_diagnostic_hint(diagnostic, "%s", _("such as 10.1.0.0/16"));
	return false;
}

static void format_address(uint8_t family, struct sekisho_address address, char *text, size_t room)
{
	uint64_t half[2] = { htobe64(address.high), htobe64(address.low) };
	uint32_t four = htobe32((uint32_t)address.low);

	inet_ntop(family == 6 ? AF_INET6 : AF_INET, family == 6 ? (void *)half : &four, text,
		  (socklen_t)room);
}

void sekisho_range_format(const struct sekisho_range *range, char text[SEKISHO_RANGE_TEXT])
{
	wide differing = widen(range->first) ^ widen(range->last);
	unsigned int length = family_bits(range->family);
	size_t used;

	format_address(range->family, range->first, text, SEKISHO_RANGE_TEXT);
	if (!differing)
		return;
	used = strlen(text);
	if (!(differing & (differing + 1)) && !(widen(range->first) & differing)) {
		for (; differing; differing >>= 1)
			length--;
		snprintf(text + used, SEKISHO_RANGE_TEXT - used, "/%u", length);
		return;
	}
	text[used++] = '-';
	format_address(range->family, range->last, text + used, SEKISHO_RANGE_TEXT - used);
}

int sekisho_range_compare(const void *left, const void *right)
{
	const struct sekisho_range *a = left;
	const struct sekisho_range *b = right;
	int order;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	order = sekisho_address_compare(a->first, b->first);
	return order ? order : sekisho_address_compare(a->last, b->last);
}

bool sekisho_range_inside(const struct sekisho_range *inner, const struct sekisho_range *outer)
{
	return inner->family == outer->family &&
	       sekisho_address_compare(outer->first, inner->first) <= 0 &&
	       sekisho_address_compare(inner->last, outer->last) <= 0;
}

bool sekisho_range_overlaps(const struct sekisho_range *a, const struct sekisho_range *b)
{
	return a->family == b->family && sekisho_address_compare(a->first, b->last) <= 0 &&
	       sekisho_address_compare(b->first, a->last) <= 0;
}

bool sekisho_range_is_group(const struct sekisho_range *range)
{
	if (range->family == 6)
		return range->first.high >> 56 == 0xff;
	if (range->first.low == 0xffffffff)
		return true;
	return range->first.low >> 28 == 0xe && range->last.low >> 28 == 0xe;
}

void sekisho_ranges_normalise(struct sekisho_ranges *ranges)
{
	size_t kept = 0;

	if (ranges->count < 2)
		return;
	qsort(ranges->items, ranges->count, sizeof(*ranges->items), sekisho_range_compare);
	for (size_t i = 1; i < ranges->count; i++) {
		struct sekisho_range *last = &ranges->items[kept];
		const struct sekisho_range *next = &ranges->items[i];
		wide after = widen(last->last) + 1; /* 0 behind the last address of all */

		if (last->family == next->family && (!after || widen(next->first) <= after)) {
			if (sekisho_address_compare(next->last, last->last) > 0)
				last->last = next->last;
		} else {
			ranges->items[++kept] = *next;
		}
	}
	ranges->count = kept + 1;
}

bool sekisho_ranges_cover(const struct sekisho_ranges *ranges, const struct sekisho_range *range)
{
	size_t low = 0;
	size_t high = ranges->count;

	/* the last range that begins at or before @range; its neighbours do not touch it */
	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct sekisho_range *at = &ranges->items[middle];

		if (at->family < range->family ||
		    (at->family == range->family &&
		     sekisho_address_compare(at->first, range->first) <= 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low && sekisho_range_inside(range, &ranges->items[low - 1]);
}

unsigned int sekisho_ranges_families(const struct sekisho_ranges *ranges)
{
	unsigned int families = 0;

	for (size_t i = 0; i < ranges->count; i++)
		families |= ranges->items[i].family == 4 ? 1 : 2;
	return families;
}
