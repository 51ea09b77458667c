/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all orders to cut something off, or to let it back, have in common: the filter they go to,
 * the file they stand in, the record of who gave them. Knows nothing of what they order.
 */
#ifndef SEKISHO_COMMAND_GIVEN_H
#define SEKISHO_COMMAND_GIVEN_H

#include "audit/convert.h"
#include "command/context.h"
#include "command/orders.h"

/**
 * sekisho_given_engine - the filter an order goes to, at once and without any lock
 * @context: gets it
 *
 * Return: 0, or -errno after saying why there is none.
 */
int sekisho_given_engine(struct sekisho_context *context);

/* Let an order stand through commits and reboots. 0 or -errno. */
int sekisho_given_keep(struct sekisho_context *context, enum sekisho_orders_kind kind,
		       const struct sekisho_audit_order *order);

/* Record an order: on disk when this returns 0; else it has said why. */
int sekisho_given_record(struct sekisho_context *context, enum sekisho_record_type type,
			 const struct sekisho_audit_order *order);

#endif
