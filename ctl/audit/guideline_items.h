/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The items of the guideline's table: what is required, and which records are counted for it. Knows
 * nothing of how counts are told.
 */
#ifndef SEKISHO_AUDIT_GUIDELINE_ITEMS_H
#define SEKISHO_AUDIT_GUIDELINE_ITEMS_H

#include <stdbool.h>
#include <stdint.h>

#include "guideline.h"
#include "types.h"

#define SEKISHO_TYPE_BIT(type) (1ull << SEKISHO_RECORD_##type)

/* Records of changes to the policy, of orders, and of all acts of persons. */
#define SEKISHO_GUIDELINE_CHANGES                                               \
	(SEKISHO_TYPE_BIT(POLICY_APPLY) | SEKISHO_TYPE_BIT(POLICY_CONFIRM) |    \
	 SEKISHO_TYPE_BIT(POLICY_ROLLBACK) | SEKISHO_TYPE_BIT(POLICY_PROPOSE) | \
	 SEKISHO_TYPE_BIT(POLICY_APPROVE))
#define SEKISHO_GUIDELINE_ORDERS                                                             \
	(SEKISHO_TYPE_BIT(ISOLATE) | SEKISHO_TYPE_BIT(RELEASE) | SEKISHO_TYPE_BIT(SUSPEND) | \
	 SEKISHO_TYPE_BIT(RESTORE))
#define SEKISHO_GUIDELINE_ACTS \
	(SEKISHO_GUIDELINE_CHANGES | SEKISHO_GUIDELINE_ORDERS | SEKISHO_TYPE_BIT(POLICY_REJECT))

/* In the order of the table. */
enum sekisho_guideline_item {
	SEKISHO_ITEM_SEPARATION,
	SEKISHO_ITEM_ENFORCEMENT,
	SEKISHO_ITEM_SPECIFIED,
	SEKISHO_ITEM_PEERS,
	SEKISHO_ITEM_DIRECTIONS,
	SEKISHO_ITEM_SANITISE,
	SEKISHO_ITEM_DENIED,
	SEKISHO_ITEM_DUAL_ROLES,
	SEKISHO_ITEM_ROLES,
	SEKISHO_ITEM_EXCEPTIONS,
	SEKISHO_ITEM_EXPIRIES,
	SEKISHO_ITEM_WINDOWS,
	SEKISHO_ITEM_SUSPENSIONS,
	SEKISHO_ITEM_ISOLATIONS,
	SEKISHO_ITEM_CHANGED,
	SEKISHO_ITEM_LOSSES,
	SEKISHO_ITEM_INTEGRITY,
	SEKISHO_ITEM_CLOCK,
	SEKISHO_ITEM_INSPECTION,
	SEKISHO_ITEM_CLASSES,
	SEKISHO_ITEM_MISTAKES,
	SEKISHO_GUIDELINE_ITEMS,
};

struct sekisho_guideline_definition {
	const char *id;
	const char *item_english, *item_japanese;
	const char *english, *japanese; /* the requirement */
	uint64_t types; /* records that are counted; 0: all */
	const char *key; /* only those that have it; NULL: any */
	const char *values[4]; /* and one of these there; none: any */
	const char *group; /* the key they are counted by; NULL: their type */
	bool pairs; /* they are counted by `from>to` */
	enum sekisho_guideline_result some; /* where there are any */
};

extern const struct sekisho_guideline_definition sekisho_guideline_items[SEKISHO_GUIDELINE_ITEMS];

#endif
