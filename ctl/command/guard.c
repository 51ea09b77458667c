// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel guard as commands use it. Knows nothing of what a command does with it.
 */
#include "command/guard.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/convert.h"
#include "command/change.h"
#include "command/faults.h"
#include "command/orders.h"
#include "command/persons.h"
#include "kernel/host.h"
#include "ui/format.h"
#include "ui/message.h"
#include "ui/say.h"

int sekisho_guard_reopen(struct sekisho_context *context)
{
	int error;

	sekisho_module_close(context->module);
	error = sekisho_module_open(&context->module);
	return error == -ENOENT ? 0 : error;
}

int sekisho_guard_open(struct sekisho_context *context)
{
	int error = context->module ? 0 : sekisho_guard_reopen(context);

	if (error) {
		sekisho_say(_("the kernel guard cannot be asked: %s"), strerror(-error));
		sekisho_faults_hint(error);
	}
	return error;
}

int sekisho_guard_need(struct sekisho_context *context)
{
	int error = sekisho_guard_open(context);

	if (error || context->module)
		return error;
	sekisho_say(_("the kernel guard is absent"));
	sekisho_say_hint("modprobe sekisho");
	return -ENOENT;
}

void sekisho_guard_say(const struct sekisho_context *context, int error)
{
	const char *text = sekisho_module_text(context->module);

	sekisho_say(_("the kernel guard refuses it: %s"), *text ? text : strerror(-error));
	sekisho_faults_guard_hint(error);
}

int sekisho_guard_unsealed(struct sekisho_context *context)
{
	struct sekisho_module_status status;
	char self[SEKISHO_PERSON_BYTES];
	struct sekisho_change change = {
		.actor = sekisho_context_option(context, "actor"),
		.second = sekisho_context_option(context, "second"),
		.ticket = sekisho_context_option(context, "ticket"),
	};
	int error = sekisho_guard_open(context);

	if (error || !context->module)
		return error;
	error = sekisho_module_status(context->module, &status);
	if (error) {
		sekisho_guard_say(context, error);
		return error;
	}
	if (!status.sealed)
		return 0;
	sekisho_faults_sealed();
	sekisho_persons_self(self);
	if (!change.actor)
		change.actor = self;
	sekisho_change_reject(context, &change, "sealed", NULL);
	return -EPERM;
}

bool sekisho_guard_in_step(const struct sekisho_context *context,
			   const struct sekisho_module_status *status)
{
	const struct sekisho_policy_row *row =
		context->engine ? sekisho_engine_policy(context->engine) : NULL;

	if (!row)
		return !status->generation;
	return row->generation == status->generation &&
	       !memcmp(row->digest, status->digest, sizeof(status->digest));
}

static int record(struct sekisho_context *context, enum sekisho_record_type type,
		  const struct sekisho_audit_guard *guard)
{
	struct sekisho_record record;
	int error = sekisho_context_log(context);

	if (error)
		return error;
	sekisho_convert_guard(&record, type, sekisho_context_generation(context),
			      sekisho_context_zone(context), guard);
	return sekisho_context_record(context, &record);
}

int sekisho_guard_record(struct sekisho_context *context, enum sekisho_record_type type,
			 const char *actor, const char *second, const char *reason)
{
	const struct sekisho_audit_guard guard = {
		.actor = actor,
		.second = second,
		.reason = reason,
		.expected_generation = -1,
		.found_generation = -1,
	};

	return record(context, type, &guard);
}

/* What was found before it is put right, or after. */
static void record_step(struct sekisho_context *context, enum sekisho_record_type type,
			const char *actor, const char *reason,
			const struct sekisho_module_status *found)
{
	const struct sekisho_policy_row *row = sekisho_engine_policy(context->engine);
	char expected_digest[SEKISHO_DIGEST_TEXT], found_digest[SEKISHO_DIGEST_TEXT];
	const struct sekisho_audit_guard guard = {
		.actor = actor,
		.reason = reason,
		.expected_generation = row->generation,
		.found_generation = found->generation,
		.expected_digest = expected_digest,
		.found_digest = found->generation ? found_digest : NULL,
	};

	sekisho_format_digest(expected_digest, row->digest);
	sekisho_format_digest(found_digest, found->digest);
	record(context, type, &guard);
}

static uint32_t ifindex_of(void *context, const char *interface)
{
	(void)context;
	return if_nametoindex(interface);
}

/*
 * Without a fallback of its own: where the maps fall back, the module is mended again. @equal:
 * whether what it has now is what was sent.
 */
static int put_policy(struct sekisho_context *context, const struct sekisho_policy *policy,
		      bool confirming, bool *equal)
{
	struct sekisho_module *module = context->module;
	uint32_t generation = sekisho_context_generation(context);
	struct sekisho_self self;
	int error = sekisho_host_addresses(&self);

	if (error)
		return error;
	error = sekisho_module_stage(module, policy, &self, ifindex_of, NULL);
	if (!error && confirming)
		sekisho_module_confirm(module, 0);
	if (!error)
		error = sekisho_module_commit(module, generation, policy->digest, 0, 0);
	if (!error)
		error = sekisho_module_confirm(module, generation);
	if (!error)
		error = sekisho_module_equals(module, policy, &self, ifindex_of, NULL, equal);
	sekisho_host_addresses_free(&self);
	return error ? error : sekisho_module_report(module, generation);
}

/* The stored policy of the generation in force, if it is the one in force. */
static struct sekisho_policy *stored_policy(struct sekisho_context *context)
{
	const struct sekisho_policy_row *row = sekisho_engine_policy(context->engine);
	struct sekisho_policy *policy = sekisho_context_policy(context);

	if (!policy || !memcmp(policy->digest, row->digest, sizeof(row->digest)))
		return policy;
	sekisho_say(_("the stored text of generation %u is not what is in force"), row->generation);
	sekisho_policy_free(policy);
	return NULL;
}

static int mend(struct sekisho_context *context, const char *actor,
		const struct sekisho_module_status *found)
{
	struct sekisho_module_status after;
	struct sekisho_policy *policy;
	bool equal = true;
	int error;

	/* One that was just loaded has nothing yet, and nobody told it of the maps. */
	if (found->generation || found->maps_known)
		record_step(context, SEKISHO_RECORD_GUARD_MISMATCH, actor,
			    "the guard has another policy than the maps", found);
	if (found->sealed) {
		sekisho_faults_sealed();
		return -EPERM;
	}
	policy = stored_policy(context);
	if (!policy)
		return -ENOENT;
	error = sekisho_guard_keep_stored_orders(context);
	if (error >= 0)
		error = put_policy(context, policy, found->confirming, &equal);
	sekisho_policy_free(policy);
	if (!error)
		error = sekisho_module_status(context->module, &after);
	if (error) {
		sekisho_guard_say(context, error);
		return error;
	}
	if (!equal) {
		sekisho_say(_("the kernel guard tells another policy than it was given"));
		record_step(context, SEKISHO_RECORD_GUARD_MISMATCH, actor,
			    "the guard tells another policy than it was given", &after);
		return -EIO;
	}
	sekisho_say(_("the kernel guard has the policy in force again: generation %u"),
		    after.generation);
	record_step(context, SEKISHO_RECORD_GUARD_ATTACH, actor,
		    "the guard has the policy in force", &after);
	return 0;
}

int sekisho_guard_mend(struct sekisho_context *context, const char *actor)
{
	struct sekisho_module_status status;
	int error = sekisho_guard_open(context);

	if (error || !context->module || !sekisho_context_generation(context))
		return error;
	error = sekisho_module_status(context->module, &status);
	if (error) {
		sekisho_guard_say(context, error);
		return error;
	}
	return sekisho_guard_in_step(context, &status) ? 0 : mend(context, actor, &status);
}

/* What already stands in the module. */
struct standing {
	struct sekisho_module_order *orders;
	size_t count;
	bool isolated_all;
};

static int read_standing(struct sekisho_context *context, struct standing *standing)
{
	struct sekisho_module_status status;
	int error = sekisho_module_status(context->module, &status);

	*standing = (struct standing){ .isolated_all = status.isolated_all };
	if (error)
		return error;
	return sekisho_module_orders(context->module, &standing->orders, &standing->count);
}

static bool stands_isolated(const struct standing *standing, const char *segment)
{
	if (!strcmp(segment, SEKISHO_ORDERS_ALL))
		return standing->isolated_all;
	for (size_t i = 0; i < standing->count; i++) {
		if (!strcmp(standing->orders[i].segment, segment))
			return true;
	}
	return false;
}

static bool stands_suspended(const struct standing *standing, uint8_t family,
			     struct sekisho_address address)
{
	for (size_t i = 0; i < standing->count; i++) {
		const struct sekisho_module_order *order = &standing->orders[i];

		if (!order->segment[0] && order->family == family &&
		    !sekisho_address_compare(order->address, address))
			return true;
	}
	return false;
}

/* 1 where it was not so before; what is so already is not asked for: witnesses would hear of it. */
static int set_isolation(struct sekisho_context *context, const struct standing *standing,
			 const char *segment, bool isolated)
{
	bool all = !strcmp(segment, SEKISHO_ORDERS_ALL);
	int error;

	if (stands_isolated(standing, segment) == isolated)
		return 0;
	error = sekisho_module_isolate(context->module, all ? NULL : segment, isolated);
	if (error == (isolated ? -EEXIST : -ENOENT))
		return 0;
	return error ? error : 1;
}

static int set_suspension(struct sekisho_context *context, const struct standing *standing,
			  uint8_t family, struct sekisho_address address, bool suspended)
{
	int error;

	if (stands_suspended(standing, family, address) == suspended)
		return 0;
	error = sekisho_module_suspend(context->module, family, address, suspended);
	if (error == (suspended ? -EEXIST : -ENOENT))
		return 0;
	return error ? error : 1;
}

static int keep_one(struct sekisho_context *context, const struct standing *standing,
		    bool isolation, const char *target)
{
	struct sekisho_address address;
	uint8_t family;

	if (isolation)
		return set_isolation(context, standing, target, true);
	if (!sekisho_orders_target(target, &family, &address))
		return -EINVAL;
	return set_suspension(context, standing, family, address, true);
}

/* All of a list, whatever becomes of one. */
static void keep_list(struct sekisho_context *context, const struct standing *standing,
		      const json_t *list, const char *key, int *missing, int *error)
{
	bool isolation = !strcmp(key, "segment");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *target =
			json_string_value(json_object_get(json_array_get(list, i), key));
		int result;

		if (!target)
			continue;
		result = keep_one(context, standing, isolation, target);
		if (result > 0)
			++*missing;
		else if (result < 0 && !*error)
			*error = result;
	}
}

int sekisho_guard_keep_orders(struct sekisho_context *context, const json_t *isolation,
			      const json_t *suspensions)
{
	struct standing standing;
	int missing = 0, error;

	if (!context->module)
		return 0;
	error = read_standing(context, &standing);
	if (!error) {
		keep_list(context, &standing, isolation, "segment", &missing, &error);
		keep_list(context, &standing, suspensions, "target", &missing, &error);
	}
	free(standing.orders);
	return error ? error : missing;
}

int sekisho_guard_keep_stored_orders(struct sekisho_context *context)
{
	json_t *isolation = NULL, *suspensions = NULL;
	int error = sekisho_orders_read(context->state, SEKISHO_ORDERS_ISOLATION, &isolation);

	if (!error)
		error = sekisho_orders_read(context->state, SEKISHO_ORDERS_SUSPENSION,
					    &suspensions);
	if (!error)
		error = sekisho_guard_keep_orders(context, isolation, suspensions);
	json_decref(isolation);
	json_decref(suspensions);
	return error;
}

bool sekisho_guard_isolates(struct sekisho_context *context, const char *segment)
{
	struct standing standing = { 0 };
	bool isolates;

	if (!context->module)
		return false;
	isolates = !read_standing(context, &standing) && stands_isolated(&standing, segment);
	free(standing.orders);
	return isolates;
}

/* What an order came to: @result is 1 where something changed. */
static int say_result(const struct sekisho_context *context, int result, bool closing)
{
	if (result < 0) {
		sekisho_guard_say(context, result);
		return result;
	}
	return result || closing ? 0 : -ENOENT;
}

int sekisho_guard_isolate(struct sekisho_context *context, const char *segment, bool isolated)
{
	struct standing standing;
	int result;

	if (!context->module)
		return isolated ? 0 : -ENOENT;
	/* Where the orders cannot be read it is still to be closed. */
	read_standing(context, &standing);
	result = set_isolation(context, &standing, segment, isolated);
	free(standing.orders);
	return say_result(context, result, isolated);
}

int sekisho_guard_suspend(struct sekisho_context *context, uint8_t family,
			  struct sekisho_address address, bool suspended)
{
	struct standing standing;
	int result;

	if (!context->module)
		return suspended ? 0 : -ENOENT;
	read_standing(context, &standing);
	result = set_suspension(context, &standing, family, address, suspended);
	free(standing.orders);
	return say_result(context, result, suspended);
}
