// SPDX-License-Identifier: GPL-2.0-only
/*
 * `suspend` and `restore`: a host may not talk, by address or MAC, or may again. Suspending comes
 * before everything else, a log that cannot be written included. Knows nothing of how frames are
 * denied.
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
#include "command/orders.h"
#include "command/persons.h"
#include "kernel/runtime.h"
#include "ui/format.h"
#include "ui/message.h"
#include "ui/say.h"
#include "ui/table.h"

static const struct sekisho_option suspend_options[] = {
	{ "reason", "R", true, N_("why") },
	{ "authority", "A", true, N_("on whose authority") },
	{ "actor", "A", false, N_("who does it; default: the user") },
	{ 0 },
};

static const struct sekisho_option restore_options[] = {
	{ "actor", "A", true, N_("who does it") },
	{ "reason", "R", true, N_("why") },
	{ "authority", "A", false, N_("on whose authority") },
	{ "second", "B", false, N_("the second person") },
	{ 0 },
};

struct target {
	uint8_t family; /* 0: a MAC */
	struct sekisho_address address;
	char text[SEKISHO_ADDRESS_TEXT]; /* in the one form in which it is kept */
};

static bool take_target(const char *text, struct target *target)
{
	if (!sekisho_orders_target(text, &target->family, &target->address)) {
		sekisho_say(_("'%s' is neither an address nor a MAC address"), text);
		return false;
	}
	if (target->family)
		sekisho_format_address(target->text, target->family, target->address);
	else
		sekisho_format_mac(target->text, target->address.low);
	return true;
}

static int deny_in_maps(struct sekisho_context *context, const struct target *target)
{
	int error = sekisho_given_engine(context);

	if (error)
		return error;
	error = sekisho_runtime_suspend(context->engine, target->family, target->address, true);
	if (error == -EEXIST)
		return 0;
	if (error == -ENOSPC)
		sekisho_say(_("no more hosts can be suspended one by one"));
	else if (error)
		sekisho_say(_("the kernel failed: %s"), strerror(-error));
	return error;
}

static int deny_in_guard(struct sekisho_context *context, const struct target *target)
{
	int error = sekisho_guard_open(context);

	return error ? error
		     : sekisho_guard_suspend(context, target->family, target->address, true);
}

/* In maps and guard, whatever becomes of the other; @whole: in all that there are. */
static int deny(struct sekisho_context *context, const struct target *target, bool *whole)
{
	int maps = deny_in_maps(context, target);
	int guard = deny_in_guard(context, target);

	*whole = !maps && !guard;
	if (maps && (guard || !context->module))
		return maps;
	if (maps)
		sekisho_say(_("'%s' is suspended in the kernel guard only"), target->text);
	if (guard)
		sekisho_say(_("'%s' is suspended, but not in the kernel guard"), target->text);
	return 0;
}

static void show(const struct sekisho_context *context, const char *target, bool suspended)
{
	if (context->arguments->json)
		sekisho_json_print(
			json_pack("{s:s, s:b}", "target", target, "suspended", suspended), stdout);
	else if (suspended)
		printf(_("suspended: %s\n"), target);
	else
		printf(_("restored: %s\n"), target);
}

static int suspend(struct sekisho_context *context)
{
	const char *actor = sekisho_context_option(context, "actor");
	char self[SEKISHO_PERSON_BYTES];
	struct sekisho_audit_order order = {
		.reason = sekisho_context_option(context, "reason"),
		.authority = sekisho_context_option(context, "authority"),
	};
	int error, status = SEKISHO_EXIT_DONE;
	struct target target;
	bool whole;

	if (!take_target(context->arguments->operands[0], &target))
		return SEKISHO_EXIT_USAGE;
	sekisho_persons_self(self);
	order.actor = actor ? actor : self;
	order.target = target.text;
	if (deny(context, &target, &whole))
		return SEKISHO_EXIT_REFUSED;
	if (!whole)
		status = SEKISHO_EXIT_REFUSED;
	error = sekisho_context_prepare(context);
	if (!error)
		error = sekisho_given_keep(context, SEKISHO_ORDERS_SUSPENSION, &order);
	if (error) {
		sekisho_say(_("'%s' is suspended, but a reboot would end that: %s"), target.text,
			    strerror(-error));
		status = SEKISHO_EXIT_REFUSED;
	}
	if (sekisho_context_log(context) ||
	    sekisho_given_record(context, SEKISHO_RECORD_SUSPEND, &order)) {
		sekisho_say(_("'%s' is suspended, but there is no record of it"), target.text);
		status = SEKISHO_EXIT_REFUSED;
	}
	show(context, target.text, true);
	return status;
}

/* As if nothing had been done. */
static void deny_again(struct sekisho_context *context, const struct target *target)
{
	sekisho_runtime_suspend(context->engine, target->family, target->address, true);
	sekisho_guard_suspend(context, target->family, target->address, true);
}

/* Open where all agree: guard, maps and file, in this order. */
static int let_back(struct sekisho_context *context, const struct target *target)
{
	int error = sekisho_guard_suspend(context, target->family, target->address, false);
	bool stood = !error;

	if (error && error != -ENOENT)
		return error;
	error = sekisho_runtime_suspend(context->engine, target->family, target->address, false);
	if (error && error != -ENOENT) {
		sekisho_say(_("the kernel failed: %s"), strerror(-error));
		if (stood)
			deny_again(context, target);
		return error;
	}
	stood = stood || !error;
	error = sekisho_orders_remove(context->state, SEKISHO_ORDERS_SUSPENSION, target->text);
	if (!error || (error == -ENOENT && stood))
		return 0;
	if (stood)
		deny_again(context, target);
	if (error == -ENOENT)
		sekisho_say(_("'%s' is not suspended"), target->text);
	else
		sekisho_say(_("'%s' stays suspended: %s cannot be written: %s"), target->text,
			    "suspended.json", strerror(-error));
	return error;
}

static int restore(struct sekisho_context *context)
{
	struct target target;
	struct sekisho_audit_order order = {
		.target = target.text,
		.reason = sekisho_context_option(context, "reason"),
		.authority = sekisho_context_option(context, "authority"),
		.actor = sekisho_context_option(context, "actor"),
		.second = sekisho_context_option(context, "second"),
	};

	if (!take_target(context->arguments->operands[0], &target))
		return SEKISHO_EXIT_USAGE;
	if (sekisho_change_begin(context) || sekisho_context_need_engine(context))
		return SEKISHO_EXIT_REFUSED;
	if (order.second &&
	    !sekisho_change_two_persons(context, order.actor, order.second, "restore"))
		return SEKISHO_EXIT_REFUSED;
	if (let_back(context, &target) ||
	    sekisho_given_record(context, SEKISHO_RECORD_RESTORE, &order))
		return SEKISHO_EXIT_REFUSED;
	show(context, target.text, false);
	return SEKISHO_EXIT_DONE;
}

const struct sekisho_subcommand cmd_suspend = {
	.name = "suspend",
	.run = suspend,
	.summary = N_("deny a host at once, by address or MAC address"),
	.operands = "ADDR|MAC",
	.least = 1,
	.most = 1,
	.options = suspend_options,
};

const struct sekisho_subcommand cmd_restore = {
	.name = "restore",
	.run = restore,
	.summary = N_("let a suspended host talk again"),
	.operands = "ADDR|MAC",
	.least = 1,
	.most = 1,
	.options = restore_options,
};
