// SPDX-License-Identifier: GPL-2.0-only
/*
 * `audit incident`: writes a bundle about an incident for a CSIRT. Needs no privilege beyond
 * reading the log and the stored policies. Knows nothing of what is in a bundle.
 */
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "command/audit.h"
#include "command/context.h"
#include "command/incident_bundle.h"
#include "command/period.h"
#include "command/redaction.h"
#include "ui/format.h"
#include "ui/message.h"
#include "ui/say.h"
#include "ui/table.h"

#define NUM(number) ((unsigned long long)(number))

static const struct sekisho_option options[] = {
	{ "output", "DIRECTORY", true, N_("the bundle, which must not be there yet") },
	{ "since", "TIME", false, N_("what lasted until then, or came later") },
	{ "until", "TIME", false, N_("what began before; a day is included") },
	{ "last", "TIME", false, N_("the last 30s, 20m, 2h, 7d or 4w") },
	{ "host", "ADDR[/LEN]|MAC,...", false, N_("traffic of these hosts only") },
	{ "segment", "S,...", false, N_("traffic of these segments only") },
	{ "redact", NULL, false, N_("pseudonyms for hosts and persons, no free texts") },
	{ "key-file", "FILE", false, N_("the key of the pseudonyms; default: a fresh one") },
	{ "quick", NULL, false, N_("read only the files of the period; verify nothing") },
	{ 0 },
};

static void print_json(const struct sekisho_incident_wish *wish,
		       const struct sekisho_incident_bundle *made)
{
	const struct sekisho_label *label = &made->label;
	json_t *summary = json_pack(
		"{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:s, s:s, s:s, s:b}",
		"output", wish->path, "log", wish->log->path, "sha256sums_sha256", made->sums,
		"records", (json_int_t)made->result.records, "flows",
		(json_int_t)made->result.flows, "flows_folded", (json_int_t)made->result.folded,
		"changes", (json_int_t)made->result.changes, "damaged",
		(json_int_t)made->result.damaged, "policies", (json_int_t)made->policies,
		"policies_away", (json_int_t)made->policies_away, "covered", made->covered,
		"confidentiality", sekisho_label_class(label, label->confidentiality), "integrity",
		sekisho_label_class(label, label->integrity), "availability",
		sekisho_label_class(label, label->availability), "redacted",
		wish->redactor != NULL);

	/* Where nobody looked, it is neither good nor not. */
	json_object_set_new(summary, "log_good",
			    wish->quick ? json_null() : json_boolean(!made->verify.defect));
	sekisho_json_print(summary, stdout);
}

static void print_text(const struct sekisho_incident_wish *wish,
		       const struct sekisho_incident_bundle *made)
{
	printf(_("%s: %llu records, %llu flows, %llu changes, %llu policies\n"), wish->path,
	       NUM(made->result.records), NUM(made->result.flows), NUM(made->result.changes),
	       NUM(made->policies));
	printf(_("SHA-256 of SHA256SUMS, to be written down:\n"));
	sekisho_print_digest(made->sums, stdout);
}

static int make(struct sekisho_context *context, const struct sekisho_incident_wish *wish)
{
	struct sekisho_incident_bundle *made = calloc(1, sizeof(*made));
	int status = SEKISHO_EXIT_REFUSED;

	if (!made) {
		sekisho_say(_("out of memory"));
		return status;
	}
	status = sekisho_incident_make(context, wish, made);
	if (!status) {
		if (context->arguments->json)
			print_json(wish, made);
		else
			print_text(wish, made);
		sekisho_incident_say(wish, made);
		if (!sekisho_incident_is_good(wish, made))
			status = SEKISHO_EXIT_REFUSED;
	}
	sekisho_incident_free(made);
	free(made);
	return status;
}

/* What has no offset has the log's. */
static bool take_period(const struct sekisho_context *context, struct sekisho_incident_wish *wish)
{
	int32_t zone = sekisho_audit_log_zone(wish->log, sekisho_context_zone(context));

	if (!sekisho_period_take(context, zone, &wish->since_ns, &wish->until_ns))
		return false;
	if (wish->since_ns != INT64_MIN)
		return true;
	sekisho_say(_("an incident has a beginning: --since, or --last"));
	return false;
}

static int run(struct sekisho_context *context, struct sekisho_incident_wish *wish)
{
	struct sekisho_audit_logs logs;
	int status = SEKISHO_EXIT_REFUSED;

	if (sekisho_audit_logs_open(context, context->arguments->operands[0], true, &logs)) {
		wish->log = &logs.items[0];
		status = take_period(context, wish) ? make(context, wish) : SEKISHO_EXIT_USAGE;
	}
	sekisho_audit_logs_close(&logs);
	return status;
}

static int audit_incident(struct sekisho_context *context)
{
	struct sekisho_incident_wish wish = {
		.path = sekisho_context_option(context, "output"),
		.hosts = sekisho_context_option(context, "host"),
		.segments = sekisho_context_option(context, "segment"),
		.quick = sekisho_context_option(context, "quick"),
	};
	int status = sekisho_redaction_take(context, &wish.redactor);

	if (!status)
		status = run(context, &wish);
	sekisho_redactor_free(wish.redactor);
	return status;
}

const struct sekisho_subcommand audit_action_incident = {
	.name = "audit incident",
	.run = audit_incident,
	.summary = N_("write a bundle about an incident for a CSIRT"),
	.operands = "[DIR]",
	.most = 1,
	.options = options,
};
