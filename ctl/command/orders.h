/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Orders that stand until they are lifted: which segments are isolated, which hosts suspended, and
 * who ordered it, when and why. They outlive commits and reboots in files of the state directory.
 * Knows how to put them in force again; nothing of who may give them.
 */
#ifndef SEKISHO_COMMAND_ORDERS_H
#define SEKISHO_COMMAND_ORDERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernel/engine.h"
#include "model/policy.h"

enum sekisho_orders_kind {
	SEKISHO_ORDERS_ISOLATION, /* isolation.json, by `segment` */
	SEKISHO_ORDERS_SUSPENSION, /* suspended.json, by `target` */
};

/* In place of a segment's name: all of them. */
#define SEKISHO_ORDERS_ALL "all"

/**
 * sekisho_orders_read - the orders that stand
 * @state: the state directory
 * @kind: which
 * @list: set to an array of objects, to be freed with json_decref()
 *
 * Return: 0 (also where there is no file), -EUCLEAN where the file is damaged, or -errno.
 */
int sekisho_orders_read(const char *state, enum sekisho_orders_kind kind, json_t **list);

/**
 * sekisho_orders_new - an order given now
 * @kind: which
 * @target: the segment, `all`, or the address or MAC
 * @zone: the site's offset, seconds east of UTC
 * @reason: why
 * @authority: on whose authority
 * @actor: who gave it
 *
 * Return: the order, or NULL without memory. What is not UTF-8 is replaced.
 */
json_t *sekisho_orders_new(enum sekisho_orders_kind kind, const char *target, int32_t zone,
			   const char *reason, const char *authority, const char *actor);

/**
 * sekisho_orders_add - let an order stand; an earlier one for the same target is replaced
 * @state: the state directory
 * @kind: which
 * @order: with its target; taken over
 *
 * Return: 0 (it is on disk) or -errno.
 */
int sekisho_orders_add(const char *state, enum sekisho_orders_kind kind, json_t *order);

/* Lift an order: 0, -ENOENT where none stands, or -errno. */
int sekisho_orders_remove(const char *state, enum sekisho_orders_kind kind, const char *target);

/* The order for a target, borrowed from a list; NULL without one. */
const json_t *sekisho_orders_find(const json_t *list, enum sekisho_orders_kind kind,
				  const char *target);

/**
 * sekisho_orders_target - what a suspension is about
 * @text: an address or a MAC address
 * @family: set to 4, 6, or 0 for a MAC
 * @address: set to it
 *
 * Return: false where @text is neither.
 */
bool sekisho_orders_target(const char *text, uint8_t *family, struct sekisho_address *address);

/**
 * sekisho_orders_enforce - put orders in force again in the running filter
 * @engine: the filter
 * @kind: which
 * @list: the orders; a segment that the policy does not have is passed over
 *
 * Return: 0 or the first -errno.
 */
int sekisho_orders_enforce(struct sekisho_engine *engine, enum sekisho_orders_kind kind,
			   const json_t *list);

#endif
