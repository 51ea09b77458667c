// SPDX-License-Identifier: GPL-2.0-only
/*
 * `isolate` and `release`: cutting segments off and letting them back. Cutting off comes before
 * everything else, a log that cannot be written included; letting back needs two persons and the
 * log. An incident bundle comes last, and changes nothing of how the command ends. Knows nothing of
 * how frames are denied.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/convert.h"
#include "command/change.h"
#include "command/commands.h"
#include "command/context.h"
#include "command/given.h"
#include "command/guard.h"
#include "command/isolate_bundle.h"
#include "command/orders.h"
#include "command/persons.h"
#include "kernel/runtime.h"
#include "policy/names.h"
#include "ui/format.h"
#include "ui/message.h"
#include "ui/say.h"
#include "ui/table.h"

static const struct sekisho_option isolate_options[] = {
	{ "reason", "R", true, N_("why") },
	{ "authority", "A", true, N_("on whose authority") },
	{ "actor", "A", false, N_("who does it; default: the user") },
	{ 0 },
};

static const struct sekisho_option release_options[] = {
	{ "actor", "A", true, N_("who does it") },
	{ "second", "B", true, N_("the second person") },
	{ "reason", "R", false, N_("why") },
	{ 0 },
};

/* The name as the kernel's side takes it: NULL for all. */
static const char *kernel_name(const char *segment)
{
	return strcmp(segment, SEKISHO_ORDERS_ALL) ? segment : NULL;
}

static void say_no_segment(const struct sekisho_context *context, const char *segment)
{
	const char *names[SEKISHO_SEGMENTS_MAX + 1], *near;
	size_t count = 0;

	while (count <= SEKISHO_SEGMENTS_MAX) {
		const char *name = sekisho_runtime_segment_name(context->engine, (uint16_t)count);

		if (!strcmp(name, "-"))
			break;
		names[count++] = name;
	}
	sekisho_say(_("the policy in force has no segment '%s'"), segment);
	near = sekisho_words_nearest(names, count, segment);
	if (near)
		sekisho_say_hint(_("did you mean '%s'?"), near);
	else
		sekisho_say_hint("sekishoctl show segments");
}

/* -EINVAL where the policy in force has no such segment. */
static int cut_off_in_maps(struct sekisho_context *context, const char *segment)
{
	int error = sekisho_given_engine(context);

	if (error)
		return error == -EINVAL ? -EIO : error;
	error = sekisho_runtime_isolate(context->engine, kernel_name(segment), true);
	if (!error)
		return 0;
	say_no_segment(context, segment);
	return -EINVAL;
}

static int cut_off_in_guard(struct sekisho_context *context, const char *segment)
{
	int error = sekisho_guard_open(context);

	return error ? error : sekisho_guard_isolate(context, segment, true);
}

/* In maps and guard, whatever becomes of the other; @whole: in all that there are. */
static int cut_off(struct sekisho_context *context, const char *segment, bool *whole)
{
	int maps = cut_off_in_maps(context, segment), guard;

	if (maps == -EINVAL)
		return maps;
	guard = cut_off_in_guard(context, segment);
	*whole = !maps && !guard;
	if (maps && (guard || !context->module))
		return maps;
	if (maps)
		sekisho_say(_("'%s' is isolated in the kernel guard only"), segment);
	if (guard)
		sekisho_say(_("'%s' is isolated, but not in the kernel guard"), segment);
	return 0;
}

/* The file, and then the kernel again: a commit may have been on its way meanwhile. */
static int let_it_stand(struct sekisho_context *context, const struct sekisho_audit_order *order)
{
	json_t *list = NULL;
	int error = sekisho_given_keep(context, SEKISHO_ORDERS_ISOLATION, order);

	if (error || !context->engine)
		return error;
	if (!sekisho_orders_read(context->state, SEKISHO_ORDERS_ISOLATION, &list) &&
	    !sekisho_context_reopen_engine(context))
		error = sekisho_orders_enforce(context->engine, SEKISHO_ORDERS_ISOLATION, list);
	json_decref(list);
	return error;
}

static void show(const struct sekisho_context *context, const char *segment, bool isolated)
{
	if (context->arguments->json)
		sekisho_json_print(
			json_pack("{s:s, s:b}", "segment", segment, "isolated", isolated), stdout);
	else if (isolated)
		printf(_("isolated: %s\n"), segment);
	else
		printf(_("released: %s\n"), segment);
}

static int isolate(struct sekisho_context *context)
{
	const char *actor = sekisho_context_option(context, "actor");
	char self[SEKISHO_PERSON_BYTES];
	struct sekisho_audit_order order = {
		.target = context->arguments->operands[0],
		.reason = sekisho_context_option(context, "reason"),
		.authority = sekisho_context_option(context, "authority"),
	};
	int error, status = SEKISHO_EXIT_DONE;
	bool whole;

	sekisho_persons_self(self);
	order.actor = actor ? actor : self;
	if (cut_off(context, order.target, &whole))
		return SEKISHO_EXIT_REFUSED;
	if (!whole)
		status = SEKISHO_EXIT_REFUSED;
	error = sekisho_context_prepare(context);
	if (!error)
		error = let_it_stand(context, &order);
	if (error) {
		sekisho_say(_("'%s' is isolated, but a reboot would end that: %s"), order.target,
			    strerror(-error));
		status = SEKISHO_EXIT_REFUSED;
	}
	if (sekisho_context_log(context) ||
	    sekisho_given_record(context, SEKISHO_RECORD_ISOLATE, &order)) {
		sekisho_say(_("'%s' is isolated, but there is no record of it"), order.target);
		status = SEKISHO_EXIT_REFUSED;
	}
	show(context, order.target, true);
	sekisho_isolate_bundle(context, kernel_name(order.target));
	return status;
}

/* Whether anything says that it is isolated: maps, guard or file. */
static bool stands(struct sekisho_context *context, const char *segment)
{
	uint16_t number = sekisho_runtime_segment(context->engine, segment);
	const struct sekisho_policy_row *row = sekisho_engine_policy(context->engine);
	json_t *list = NULL;
	bool found;

	if (!kernel_name(segment) && sekisho_engine_control(context->engine)->isolated_all)
		return true;
	if (number != SEKISHO_SEGMENT_NONE && row->isolated[number / 64] >> (number % 64) & 1)
		return true;
	if (sekisho_guard_isolates(context, segment))
		return true;
	if (sekisho_orders_read(context->state, SEKISHO_ORDERS_ISOLATION, &list))
		return false;
	found = sekisho_orders_find(list, SEKISHO_ORDERS_ISOLATION, segment);
	json_decref(list);
	return found;
}

/* As if nothing had been done. */
static void cut_off_again(struct sekisho_context *context, const char *segment)
{
	sekisho_runtime_isolate(context->engine, kernel_name(segment), true);
	sekisho_guard_isolate(context, segment, true);
}

/* Open where all agree: guard, maps and file, in this order. */
static int let_back(struct sekisho_context *context, const char *segment)
{
	int error = sekisho_guard_isolate(context, segment, false);

	if (error && error != -ENOENT)
		return error;
	error = sekisho_runtime_isolate(context->engine, kernel_name(segment), false);
	if (error && error != -ENOENT) {
		sekisho_say(_("the kernel failed: %s"), strerror(-error));
		cut_off_again(context, segment);
		return error;
	}
	error = sekisho_orders_remove(context->state, SEKISHO_ORDERS_ISOLATION, segment);
	if (!error || error == -ENOENT)
		return 0;
	cut_off_again(context, segment);
	sekisho_say(_("'%s' stays isolated: %s cannot be written: %s"), segment, "isolation.json",
		    strerror(-error));
	return error;
}

static int release(struct sekisho_context *context)
{
	struct sekisho_audit_order order = {
		.target = context->arguments->operands[0],
		.reason = sekisho_context_option(context, "reason"),
		.actor = sekisho_context_option(context, "actor"),
		.second = sekisho_context_option(context, "second"),
	};
	char what[128];

	if (sekisho_change_begin(context) || sekisho_context_need_engine(context))
		return SEKISHO_EXIT_REFUSED;
	snprintf(what, sizeof(what), "release %s", order.target);
	if (!sekisho_change_two_persons(context, order.actor, order.second, what))
		return SEKISHO_EXIT_REFUSED;
	if (!stands(context, order.target)) {
		sekisho_say(_("'%s' is not isolated"), order.target);
		return SEKISHO_EXIT_REFUSED;
	}
	if (let_back(context, order.target) ||
	    sekisho_given_record(context, SEKISHO_RECORD_RELEASE, &order))
		return SEKISHO_EXIT_REFUSED;
	show(context, order.target, false);
	return SEKISHO_EXIT_DONE;
}

const struct sekisho_subcommand cmd_isolate = {
	.name = "isolate",
	.run = isolate,
	.summary = N_("cut a segment, or all, off at once"),
	.operands = "SEGMENT|all",
	.least = 1,
	.most = 1,
	.options = isolate_options,
};

const struct sekisho_subcommand cmd_release = {
	.name = "release",
	.run = release,
	.summary = N_("let a segment back; needs two persons"),
	.operands = "SEGMENT|all",
	.least = 1,
	.most = 1,
	.options = release_options,
};
