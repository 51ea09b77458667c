// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all orders to cut something off, or to let it back, have in common. Knows nothing of what
 * they order.
 */
#include "command/given.h"

#include <errno.h>

#include "command/faults.h"

int sekisho_given_engine(struct sekisho_context *context)
{
	int error = sekisho_context_reopen_engine(context);

	if (!error && !sekisho_engine_policy(context->engine))
		error = -ENOENT;
	if (error)
		sekisho_faults_engine(error, context->bpffs);
	return error;
}

int sekisho_given_keep(struct sekisho_context *context, enum sekisho_orders_kind kind,
		       const struct sekisho_audit_order *order)
{
	return sekisho_orders_add(context->state, kind,
				  sekisho_orders_new(kind, order->target,
						     sekisho_context_zone(context), order->reason,
						     order->authority, order->actor));
}

int sekisho_given_record(struct sekisho_context *context, enum sekisho_record_type type,
			 const struct sekisho_audit_order *order)
{
	struct sekisho_record record;

	sekisho_convert_order(&record, type, sekisho_context_generation(context),
			      sekisho_context_zone(context), order);
	return sekisho_context_record(context, &record);
}
