// SPDX-License-Identifier: GPL-2.0-only
/*
 * `audit query`: which records of the audit log, of this host or a copy, are an answer. Needs no
 * privilege beyond reading them. Knows nothing of how they are found.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/files.h"
#include "audit/verify.h"
#include "command/audit.h"
#include "command/audit_logs.h"
#include "command/audit_result.h"
#include "command/audit_search.h"
#include "command/context.h"
#include "command/period.h"
#include "ui/language.h"
#include "ui/message.h"
#include "ui/say.h"

#define LIMIT	    1000
#define LIMIT_MOST  1000000
#define ATTEMPTS    3
#define NUM(number) ((unsigned long long)(number))

static const struct sekisho_option options[] = {
	{ "since", "TIME", false, N_("what lasted until then, or came later") },
	{ "until", "TIME", false, N_("what began before; a day is included") },
	{ "last", "TIME", false, N_("the last 30s, 20m, 2h, 7d or 4w") },
	{ "host", "ADDR[/LEN]|MAC", false, N_("on either side") },
	{ "src", "ADDR[/LEN]", false, N_("source or initiator") },
	{ "dst", "ADDR[/LEN]", false, N_("destination or responder") },
	{ "port", "N", false, N_("on either side") },
	{ "proto", "P", false, N_("tcp, udp, icmp, icmpv6 or a number") },
	{ "segment", "S", false, N_("on either side") },
	{ "from", "S", false, N_("source segment") },
	{ "to", "S", false, N_("destination segment") },
	{ "flow", "ID", false, N_("of this flow") },
	{ "reason", "R", false, N_("with this reason") },
	{ "type", "T", false, N_("of this type; policy.* for all that begin so") },
	{ "person", "P", false, N_("actor, second person or authority") },
	{ "limit", "N", false, N_("at most so many (default 1000)") },
	{ "count", NULL, false, N_("count only") },
	{ "by", "KEY", false,
	  N_("count by hosts, src, dst, segments, port, reason, flow or type") },
	{ "lines", NULL, false, N_("print the log's own lines") },
	{ "index", "FILE", false, N_("where the index is kept") },
	{ "no-index", NULL, false, N_("read all of the log") },
	{ 0 },
};

static bool refuse(const char *option, const char *value)
{
	sekisho_say(_("--%s cannot be '%s'"), option, value);
	return false;
}

static bool take_hosts(const struct sekisho_context *context, struct sekisho_query *query)
{
	const char *host = sekisho_context_option(context, "host");
	const char *src = sekisho_context_option(context, "src");
	const char *dst = sekisho_context_option(context, "dst");

	if (host && !sekisho_query_host(query, SEKISHO_FACTS_HOST, true, host))
		return refuse("host", host);
	if (src && !sekisho_query_host(query, SEKISHO_FACTS(SRC), false, src))
		return refuse("src", src);
	if (dst && !sekisho_query_host(query, SEKISHO_FACTS(DST), false, dst))
		return refuse("dst", dst);
	return true;
}

static void take_names(const struct sekisho_context *context, struct sekisho_query *query)
{
	static const struct {
		const char *option;
		unsigned int kinds;
	} names[] = {
		{ "segment", SEKISHO_FACTS_SEGMENT }, { "from", SEKISHO_FACTS(FROM) },
		{ "to", SEKISHO_FACTS(TO) },	      { "flow", SEKISHO_FACTS(FLOW) },
		{ "reason", SEKISHO_FACTS(REASON) },  { "person", SEKISHO_FACTS(PERSON) },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *name = sekisho_context_option(context, names[i].option);

		if (name)
			sekisho_query_name(query, names[i].kinds, name);
	}
}

static bool take_conditions(const struct sekisho_context *context, struct sekisho_query *query)
{
	const char *protocol = sekisho_context_option(context, "proto");
	const char *type = sekisho_context_option(context, "type");
	uint64_t port = 0;

	if (!take_hosts(context, query) ||
	    !sekisho_context_number(context, "port", 0, UINT16_MAX, &port))
		return false;
	if (sekisho_context_option(context, "port"))
		sekisho_query_port(query, (uint16_t)port);
	if (protocol && !sekisho_query_protocol(query, protocol))
		return refuse("proto", protocol);
	if (type)
		sekisho_query_type(query, type);
	take_names(context, query);
	return true;
}

static bool take_form(const struct sekisho_context *context, struct sekisho_audit_result *result)
{
	const char *by = sekisho_context_option(context, "by");

	result->limit = LIMIT;
	if (!sekisho_context_number(context, "limit", 1, LIMIT_MOST, &result->limit))
		return false;
	if (by && !sekisho_audit_by_find(by, &result->by))
		return refuse("by", by);
	result->count = by || sekisho_context_option(context, "count");
	if (sekisho_context_option(context, "index") &&
	    sekisho_context_option(context, "no-index")) {
		sekisho_say(_("--index does not go with --no-index"));
		return false;
	}
	if (sekisho_context_option(context, "lines") &&
	    (result->count || context->arguments->json)) {
		sekisho_say(_("--lines does not go with --count, --by or --json"));
		return false;
	}
	return true;
}

static void say_damage(const struct sekisho_audit_log *log, const struct sekisho_damage *damage)
{
	const char *why =
		sekisho_defect_text(damage->defect, sekisho_language_current() == SEKISHO_JAPANESE);
	char file[SEKISHO_FILE_NAME_BYTES];

	sekisho_file_name(file, damage->file);
	sekisho_say(_("%s: %llu lines could not be read; the first is %s line %llu: %s"), log->path,
		    NUM(damage->lines), file, NUM(damage->row), why ? why : "-");
	sekisho_say_hint(_("sekishoctl audit verify %s"), log->path);
}

/* All logs, once. */
static int search_once(const struct sekisho_audit_logs *logs,
		       const struct sekisho_index_place *places, const struct sekisho_query *query,
		       struct sekisho_audit_result *result, struct sekisho_damage *damages)
{
	int error = 0;

	for (size_t i = 0; !error && i < logs->count; i++)
		error = sekisho_audit_search(&logs->items[i], places ? &places[i] : NULL, query,
					     sekisho_audit_result_add, sekisho_audit_result_clear,
					     result, &damages[i]);
	return error;
}

/* With one log's answers those of the logs before it are cleared too: then all are searched again. */
static int search_all(const struct sekisho_audit_logs *logs,
		      const struct sekisho_index_place *places, const struct sekisho_query *query,
		      struct sekisho_audit_result *result, struct sekisho_damage *damages)
{
	int error = 0;

	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		result->cleared = false;
		error = search_once(logs, places, query, result, damages);
		if (error || !result->cleared || logs->count == 1)
			return error;
		sekisho_audit_result_clear(result);
	}
	sekisho_say(_("the index changes again and again: --no-index does without"));
	return -EBUSY;
}

static bool say_damages(const struct sekisho_audit_logs *logs, const struct sekisho_damage *damages)
{
	bool any = false;

	for (size_t i = 0; i < logs->count; i++) {
		if (!damages[i].lines)
			continue;
		say_damage(&logs->items[i], &damages[i]);
		any = true;
	}
	return any;
}

static int say_failure(int error)
{
	if (error == -E2BIG)
		sekisho_say(_("there are more than %d groups: ask for less"),
			    SEKISHO_AUDIT_GROUPS_MAX);
	else
		sekisho_say(_("what was found cannot be kept: %s"), strerror(-error));
	return SEKISHO_EXIT_REFUSED;
}

static int show(const struct sekisho_context *context, struct sekisho_audit_result *result,
		bool hosts, int32_t zone)
{
	enum sekisho_audit_form form = SEKISHO_AUDIT_TABLE;
	int error;

	if (context->arguments->json)
		form = SEKISHO_AUDIT_JSON;
	else if (sekisho_context_option(context, "lines"))
		form = SEKISHO_AUDIT_LINES;
	error = sekisho_audit_result_print(result, form, hosts, zone, stdout);
	if (error)
		return say_failure(error);
	if (sekisho_audit_result_empty(result))
		sekisho_say(_("no record is an answer"));
	if (result->more)
		sekisho_say(_("there are more than the %llu shown: ask for less, or --limit N"),
			    NUM(result->limit));
	return SEKISHO_EXIT_DONE;
}

/* @places: NULL: no index is used. */
static int answer(const struct sekisho_context *context, const struct sekisho_audit_logs *logs,
		  const struct sekisho_index_place *places, const struct sekisho_query *query,
		  struct sekisho_audit_result *result, int32_t zone)
{
	struct sekisho_damage *damages;
	int error = sekisho_audit_result_begin(result), status = SEKISHO_EXIT_REFUSED;

	if (error)
		return say_failure(error);
	damages = calloc(logs->count, sizeof(*damages));
	if (!damages)
		return say_failure(-ENOMEM);
	if (!search_all(logs, places, query, result, damages)) {
		status = result->error ? say_failure(result->error)
				       : show(context, result, logs->count > 1, zone);
		/* The answer is of what could be read. */
		if (say_damages(logs, damages) || logs->others)
			status = SEKISHO_EXIT_REFUSED;
	}
	free(damages);
	return status;
}

static int query_logs(struct sekisho_context *context, const struct sekisho_audit_logs *logs,
		      struct sekisho_audit_result *result)
{
	int32_t zone = sekisho_audit_log_zone(&logs->items[0], sekisho_context_zone(context));
	bool use_index = !sekisho_context_option(context, "no-index");
	struct sekisho_index_place *places = NULL;
	struct sekisho_query query;
	int status;

	sekisho_query_begin(&query);
	if (!sekisho_period_take(context, zone, &query.since_ns, &query.until_ns) ||
	    !take_conditions(context, &query) || !take_form(context, result))
		return SEKISHO_EXIT_USAGE;
	if (use_index)
		places = sekisho_audit_index_places(context, logs,
						    sekisho_context_option(context, "index"));
	if (use_index && !places)
		return SEKISHO_EXIT_REFUSED;
	status = answer(context, logs, places, &query, result, zone);
	free(places);
	return status;
}

static int audit_query(struct sekisho_context *context)
{
	const char *operand = context->arguments->operands[0];
	struct sekisho_audit_result result = { 0 };
	struct sekisho_audit_logs logs;
	int status = SEKISHO_EXIT_REFUSED;

	if (sekisho_audit_logs_open(context, operand, !operand, &logs))
		status = query_logs(context, &logs, &result);
	sekisho_audit_result_end(&result);
	sekisho_audit_logs_close(&logs);
	return status;
}

const struct sekisho_subcommand audit_action_query = {
	.name = "audit query",
	.run = audit_query,
	.summary = N_("find records: who talked to whom, when, and why it was denied"),
	.operands = "[DIR]",
	.most = 1,
	.options = options,
};
