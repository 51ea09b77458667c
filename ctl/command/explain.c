// SPDX-License-Identifier: GPL-2.0-only
/*
 * `explain`: what the policy says of a packet, and why, by the reference model. Knows nothing of
 * how packets are filtered.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command/commands.h"
#include "command/context.h"
#include "command/explain_request.h"
#include "command/explain_words.h"
#include "command/orders.h"
#include "command/policy_pace.h"
#include "kernel/host.h"
#include "policy/history.h"
#include "policy/policy_file.h"
#include "sekisho/reasons.h"
#include "ui/format.h"
#include "ui/language.h"
#include "ui/message.h"
#include "ui/reason.h"
#include "ui/say.h"
#include "ui/table.h"

#define NANOSECONDS 1000000000

static const struct sekisho_option options[] = {
	{ "policy", "FILE", false, N_("ask this policy; default: the one in force") },
	{ 0 },
};

/* Addresses of documentation (RFC 5737, RFC 3849), for `self` where no host is asked. */
static const struct sekisho_range placeholders[2] = {
	{ .first = { 0, 0xc0000201 }, .last = { 0, 0xc0000201 }, .family = 4 },
	{ .first = { 0x20010db800000000, 1 }, .last = { 0x20010db800000000, 1 }, .family = 6 },
};

static int say_problem(const struct sekisho_explain_problem *problem)
{
	switch (problem->fault) {
	case SEKISHO_EXPLAIN_NO_KEY:
		sekisho_say(_("'%s' is not of the form KEY=VALUE"), problem->key);
		break;
	case SEKISHO_EXPLAIN_UNKNOWN:
		sekisho_say(_("there is no %s="), problem->key);
		break;
	case SEKISHO_EXPLAIN_TWICE:
		sekisho_say(_("%s is given twice"), problem->key);
		break;
	case SEKISHO_EXPLAIN_MISSING:
		sekisho_say(_("%s needs %s"), "explain", problem->key);
		break;
	case SEKISHO_EXPLAIN_FAMILY:
		sekisho_say(_("src and dst must both be IPv4 or both IPv6"));
		break;
	default:
		sekisho_say(_("%s cannot be '%s'"), problem->key, problem->value);
		break;
	}
	sekisho_say_hint("sekishoctl explain in=lg0 src=10.20.0.10 dst=10.30.9.1 proto=tcp "
			 "dport=443");
	return SEKISHO_EXIT_USAGE;
}

static struct sekisho_policy *read_file(const char *path)
{
	struct sekisho_diagnostics diagnostics = { 0 };
	struct sekisho_policy_progress progress;
	struct sekisho_policy *policy;

	sekisho_policy_progress_begin(&progress, &diagnostics);
	policy = sekisho_policy_file_read(path, &diagnostics);
	sekisho_policy_progress_end(&progress, &diagnostics);
	if (!policy)
		sekisho_diagnostics_print(&diagnostics, stderr);
	sekisho_diagnostics_free(&diagnostics);
	return policy;
}

/* The policy in force. Whoever may read the store needs no access to the kernel. */
static struct sekisho_policy *read_running(struct sekisho_context *context)
{
	uint32_t generation = 0;

	if (!sekisho_context_reopen_engine(context))
		generation = sekisho_context_generation(context);
	if (!generation)
		generation = sekisho_history_current(context->state);
	if (!generation) {
		sekisho_say(_("no policy is in force; name one with --policy"));
		return NULL;
	}
	return sekisho_context_stored_policy(context, generation);
}

/* The segment and VLAN of a port as written: an interface's name may itself have a dot. */
static uint16_t find_port(const struct sekisho_policy *policy, const char *text, uint16_t *vlan)
{
	const char *dot = strrchr(text, '.');
	uint64_t number = 0;

	*vlan = 0;
	for (size_t i = 0; i < policy->segment_count; i++) {
		for (size_t j = 0; j < policy->segments[i].port_count; j++) {
			const struct sekisho_port *port = &policy->segments[i].ports[j];
			size_t length = strlen(port->interface);

			if (!port->vlan && !strcmp(port->interface, text))
				return (uint16_t)i;
			if (!dot || length != (size_t)(dot - text) ||
			    strncmp(port->interface, text, length) ||
			    !sekisho_parse_number(dot + 1, 4094, &number) || !number ||
			    number != port->vlan)
				continue;
			*vlan = port->vlan;
			return (uint16_t)i;
		}
	}
	return SEKISHO_SEGMENT_NONE;
}

static int add_range(struct sekisho_ranges *ranges, const struct sekisho_range *range)
{
	struct sekisho_range *more =
		realloc(ranges->items, (ranges->count + 1) * sizeof(*ranges->items));

	if (!more)
		return -ENOMEM;
	ranges->items = more;
	ranges->items[ranges->count++] = *range;
	return 0;
}

/* `self` as an address: one that the host has, or one that it is given. */
static int resolve_self(struct sekisho_explain_request *request, struct sekisho_self *self)
{
	const struct sekisho_range *own = NULL;

	if (!request->source_self && !request->destination_self)
		return 0;
	for (size_t i = 0; i < self->addresses.count; i++) {
		if (self->addresses.items[i].family == request->family)
			own = &self->addresses.items[i];
	}
	if (!own) {
		int error = add_range(&self->addresses, &placeholders[request->family == 6]);

		if (error)
			return error;
		own = &self->addresses.items[self->addresses.count - 1];
	}
	if (request->source_self)
		request->source = own->first;
	if (request->destination_self)
		request->destination = own->first;
	return 0;
}

static int obey_orders(struct sekisho_model *model, const struct sekisho_explained *explained)
{
	int error = 0;

	for (size_t i = 0; i < json_array_size(explained->isolation) && !error; i++) {
		const char *name = json_string_value(
			json_object_get(json_array_get(explained->isolation, i), "segment"));

		if (name)
			error = sekisho_model_isolate(
				model, strcmp(name, SEKISHO_ORDERS_ALL) ? name : NULL, true);
	}
	for (size_t i = 0; i < json_array_size(explained->suspensions) && !error; i++) {
		const char *target = json_string_value(
			json_object_get(json_array_get(explained->suspensions, i), "target"));
		struct sekisho_address address;
		uint8_t family;

		if (target && sekisho_orders_target(target, &family, &address))
			error = sekisho_model_suspend(model, family, address, true);
	}
	return error;
}

static int judge(struct sekisho_explained *explained, const struct sekisho_self *self,
		 uint16_t port_segment)
{
	struct sekisho_model *model = sekisho_model_new();
	struct sekisho_passage passage = {
		.output = explained->request->output,
		.port_segment = port_segment,
		.wall_ns = explained->at * NANOSECONDS,
		.monotonic = 1,
	};
	int error = model ? sekisho_model_commit(model, explained->policy, self) : -ENOMEM;

	if (!error)
		error = obey_orders(model, explained);
	if (!error) {
		const struct sekisho_verdict *verdict = &explained->verdict;

		explained->verdict = sekisho_model_judge(model, &passage, explained->frame);
		explained->nearest = verdict->flow;
		if (verdict->reason >= SEKISHO_REASON_EXPIRED &&
		    verdict->reason <= SEKISHO_REASON_PORT_NOT_PERMITTED &&
		    verdict->flow == SEKISHO_NO_FLOW)
			sekisho_model_match(explained->policy, self, explained->frame,
					    verdict->from, verdict->to, passage.output,
					    explained->at, false, &explained->nearest);
	}
	sekisho_model_free(model);
	return error;
}

static json_t *verdict_json(const struct sekisho_explained *explained, const char *sentence)
{
	const struct sekisho_policy *policy = explained->policy;
	const struct sekisho_verdict *verdict = &explained->verdict;
	char at[SEKISHO_TIME_TEXT];
	json_t *object;

	sekisho_format_time(at, explained->at, sekisho_policy_utc_offset(policy, explained->at));
	object = json_pack(
		"{s:s, s:s, s:s?, s:s?, s:s?, s:s, s:s, s:s}", "verdict",
		sekisho_reason_permits(verdict->reason) ? "permit" : "deny", "reason",
		sekisho_reason_name(verdict->reason), "flow",
		explained->nearest == SEKISHO_NO_FLOW ? NULL : policy->flows[explained->nearest].id,
		"from",
		verdict->from == SEKISHO_SEGMENT_NONE ? NULL : policy->segments[verdict->from].name,
		"to",
		verdict->to == SEKISHO_SEGMENT_NONE ? NULL : policy->segments[verdict->to].name,
		"text", sekisho_reason_text(verdict->reason, sekisho_language_current()), "why",
		sentence, "at", at);
	if (object)
		sekisho_explain_needed(explained, object);
	return object;
}

static int show(const struct sekisho_context *context, const struct sekisho_explained *explained)
{
	static const struct sekisho_column fields[] = {
		{ "reason", N_("Reason"), SEKISHO_COLUMN_TEXT },
		{ "text", N_("Meaning"), SEKISHO_COLUMN_TEXT },
		{ "why", N_("Why"), SEKISHO_COLUMN_TEXT },
		{ "from", N_("From"), SEKISHO_COLUMN_TEXT },
		{ "to", N_("To"), SEKISHO_COLUMN_TEXT },
		{ "flow", N_("Flow"), SEKISHO_COLUMN_TEXT },
		{ "at", N_("At"), SEKISHO_COLUMN_TIME },
	};
	bool permits = sekisho_reason_permits(explained->verdict.reason);
	char *sentence = sekisho_explain_sentence(explained);
	json_t *object = sentence ? verdict_json(explained, sentence) : NULL;
	int error = object ? 0 : -ENOMEM;

	free(sentence);
	if (object && context->arguments->json) {
		error = sekisho_json_print(object, stdout);
	} else if (object) {
		puts(permits ? _("permitted") : _("denied"));
		error = sekisho_fields_print(object, fields, sizeof(fields) / sizeof(fields[0]),
					     stdout);
		json_decref(object);
	}
	if (error)
		sekisho_say(_("out of memory"));
	return error || !permits ? SEKISHO_EXIT_REFUSED : SEKISHO_EXIT_DONE;
}

static bool take_time(struct sekisho_explained *explained)
{
	const char *text = explained->request->at;
	struct sekisho_zone zone = { 0 };
	bool good;

	explained->at = time(NULL);
	if (!text)
		return true;
	/* Without its zone's data the policy would not have passed the check. */
	sekisho_zone_read(&zone, explained->policy->timezone);
	good = sekisho_explain_time(text, &zone, &explained->at);
	sekisho_zone_free(&zone);
	if (!good)
		sekisho_say(_("%s cannot be '%s'"), "at", text);
	return good;
}

static int explain_packet(struct sekisho_context *context, struct sekisho_explain_request *request,
			  const struct sekisho_policy *policy, struct sekisho_self *self,
			  bool running)
{
	struct sekisho_explained explained = { .policy = policy, .request = request };
	json_t *isolation = NULL, *suspensions = NULL;
	struct sekisho_frame frame;
	uint16_t vlan = 0, port;
	int status = SEKISHO_EXIT_REFUSED, error;

	if (!take_time(&explained))
		return SEKISHO_EXIT_USAGE;
	if (running) {
		sekisho_orders_read(context->state, SEKISHO_ORDERS_ISOLATION, &isolation);
		sekisho_orders_read(context->state, SEKISHO_ORDERS_SUSPENSION, &suspensions);
	}
	explained.isolation = isolation;
	explained.suspensions = suspensions;
	error = resolve_self(request, self);
	if (request->output)
		port = sekisho_model_segment_of(policy, self, request->family,
						request->destination);
	else
		port = find_port(policy, request->port, &vlan);
	sekisho_explain_frame(request, vlan, &frame);
	explained.frame = &frame;
	if (!error)
		error = judge(&explained, self, port);
	if (error)
		sekisho_say(_("out of memory"));
	else
		status = show(context, &explained);
	json_decref(isolation);
	json_decref(suspensions);
	return status;
}

static int explain(struct sekisho_context *context)
{
	const char *file = sekisho_context_option(context, "policy");
	struct sekisho_explain_request request;
	struct sekisho_explain_problem problem;
	struct sekisho_self self = { 0 };
	struct sekisho_policy *policy;
	int status;

	if (!sekisho_explain_parse(context->arguments->operands, context->arguments->operand_count,
				   &request, &problem))
		return say_problem(&problem);
	policy = file ? read_file(file) : read_running(context);
	if (!policy)
		return SEKISHO_EXIT_REFUSED;
	/* A file may be for another host: what addresses this one has is beside the question. */
	if (!file)
		sekisho_host_addresses(&self);
	status = explain_packet(context, &request, policy, &self, !file);
	sekisho_host_addresses_free(&self);
	sekisho_policy_free(policy);
	return status;
}

const struct sekisho_subcommand cmd_explain = {
	.name = "explain",
	.run = explain,
	.summary = N_("what the policy says of a packet, and why"),
	.operands =
		"in=PORT[.VLAN]|self src=ADDR dst=ADDR proto=tcp|udp|icmp|N [sport=N] [dport=N] "
		"[smac=MAC] [at=TIME] [flags=FLAG,...] [type=N]",
	.least = 1,
	.most = 10,
	.options = options,
};
