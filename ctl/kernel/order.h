/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stable sort for millions of keys of up to 128 bits. Must not know what is sorted.
 */
#ifndef SEKISHO_KERNEL_ORDER_H
#define SEKISHO_KERNEL_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The key is @high, then @low; the rest goes with it. */
struct sekisho_order {
	uint64_t high;
	uint64_t low;
	uint32_t subject;
	uint32_t kind;
};

/* Whether the key of @a is above that of @b. */
static inline bool sekisho_order_after(const struct sekisho_order *a, const struct sekisho_order *b)
{
	return a->high != b->high ? a->high > b->high : a->low > b->low;
}

/**
 * sekisho_order_sort - sort by key, ascending; equal keys stay in the order they had
 * @items: what to sort
 * @count: how many
 *
 * Return: 0 or -ENOMEM (nothing moved).
 */
int sekisho_order_sort(struct sekisho_order *items, size_t count);

#endif
