// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the stored policies that a log's records were made under. Knows nothing of exports.
 */
#include "command/audit_label.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ui/format.h"
#include "ui/message.h"
#include "ui/say.h"

static void take_classes(const struct sekisho_policy *policy, struct sekisho_label *label)
{
	uint64_t unclassified = 0;

	for (size_t i = 0; i < policy->segment_count; i++) {
		const struct sekisho_class *class = &policy->segments[i].class;

		sekisho_label_raise(label, class->confidentiality, class->integrity,
				    class->availability);
		/* `self` is the border host, and no segment of the site. */
		unclassified +=
			i && !(class->confidentiality && class->integrity && class->availability);
	}
	if (unclassified > label->unclassified)
		label->unclassified = unclassified;
}

static int take_flow(const struct sekisho_flow *flow, uint32_t generation,
		     struct sekisho_label *label)
{
	int error = 0;

	if (flow->dual_role_reason)
		error = sekisho_label_flow(label, SEKISHO_LABEL_DUAL_ROLE, generation, flow->id,
					   flow->approved_by ? flow->approved_by : "",
					   flow->dual_role_reason);
	if (!error && flow->exception)
		error = sekisho_label_flow(label, SEKISHO_LABEL_EXCEPTION, generation, flow->id,
					   flow->approved_by ? flow->approved_by : "",
					   flow->purpose ? flow->purpose : "");
	return error;
}

int sekisho_audit_label_policy(struct sekisho_label *label, const struct sekisho_policy *policy,
			       uint32_t generation)
{
	int error = 0;

	take_classes(policy, label);
	for (size_t i = 0; i < policy->flow_count && !error; i++)
		error = take_flow(&policy->flows[i], generation, label);
	free(label->site);
	label->site = strdup(policy->site_name);
	label->policies++;
	return label->site ? error : -ENOMEM;
}

struct sekisho_policy *sekisho_audit_policy(struct sekisho_context *context,
					    const struct sekisho_survey_policy *known, bool own,
					    char **text, size_t *length)
{
	char digest[SEKISHO_DIGEST_TEXT];
	struct sekisho_policy *policy;

	*text = NULL;
	if (!own && !*known->digest)
		return NULL;
	policy = sekisho_context_stored_text(context, known->generation, text, length);
	if (!policy)
		return NULL;
	sekisho_format_digest(digest, policy->digest);
	if (!*known->digest || !strcmp(digest, known->digest))
		return policy;
	sekisho_say(_("generation %u is stored with another policy than the log knows"),
		    known->generation);
	sekisho_policy_free(policy);
	free(*text);
	*text = NULL;
	return NULL;
}

void sekisho_audit_label_end(struct sekisho_label *label, const struct sekisho_survey *survey)
{
	label->unknown = label->unread || !label->policies || survey->more_policies;
}

static int take_stored(struct sekisho_context *context, const struct sekisho_survey_policy *known,
		       bool own, struct sekisho_label *label,
		       const struct sekisho_stored_policies *policies)
{
	struct sekisho_stored_policy stored = { .known = known };
	struct sekisho_policy *policy;
	char *text;
	int error = 0;

	policy = sekisho_audit_policy(context, known, own, &text, &stored.length);
	if (policy) {
		sekisho_format_digest(stored.digest, policy->digest);
		stored.text = text;
		error = sekisho_audit_label_policy(label, policy, known->generation);
	} else {
		label->unread++;
	}
	if (!error && policies)
		error = policies->take(policies->context, &stored);
	free(text);
	sekisho_policy_free(policy);
	return error;
}

int sekisho_audit_label_policies(struct sekisho_context *context,
				 const struct sekisho_survey *survey, bool own,
				 struct sekisho_label *label,
				 const struct sekisho_stored_policies *policies)
{
	int error = 0;

	memset(label, 0, sizeof(*label));
	for (size_t i = 0; i < survey->policy_count && !error; i++)
		if (survey->policies[i].used)
			error = take_stored(context, &survey->policies[i], own, label, policies);
	sekisho_audit_label_end(label, survey);
	return error;
}

int sekisho_audit_label(struct sekisho_context *context, const struct sekisho_survey *survey,
			bool own, struct sekisho_label *label)
{
	return sekisho_audit_label_policies(context, survey, own, label, NULL);
}
