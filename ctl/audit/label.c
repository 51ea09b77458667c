// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an export says of itself beside what the log says. Knows nothing of policies.
 */
#include "label.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sekisho_label_free(struct sekisho_label *label)
{
	for (size_t i = 0; i < label->flow_count; i++) {
		free(label->flows[i].person);
		free(label->flows[i].reason);
	}
	free(label->flows);
	free(label->site);
	memset(label, 0, sizeof(*label));
}

static void raise_one(uint8_t *highest, uint8_t class)
{
	if (class > *highest)
		*highest = class;
}

void sekisho_label_raise(struct sekisho_label *label, uint8_t confidentiality, uint8_t integrity,
			 uint8_t availability)
{
	raise_one(&label->confidentiality, confidentiality);
	raise_one(&label->integrity, integrity);
	raise_one(&label->availability, availability);
}

static bool is_same(const struct sekisho_label_flow *noted, enum sekisho_label_flow_kind kind,
		    const char *flow, const char *person, const char *reason)
{
	return noted->kind == kind && !strcmp(noted->flow, flow) &&
	       !strcmp(noted->person, person) && !strcmp(noted->reason, reason);
}

int sekisho_label_flow(struct sekisho_label *label, enum sekisho_label_flow_kind kind,
		       uint32_t generation, const char *flow, const char *person,
		       const char *reason)
{
	struct sekisho_label_flow *flows, *added;

	for (size_t i = 0; i < label->flow_count; i++) {
		if (is_same(&label->flows[i], kind, flow, person, reason)) {
			label->flows[i].last = generation;
			return 0;
		}
	}
	flows = reallocarray(label->flows, label->flow_count + 1, sizeof(*flows));
	if (!flows)
		return -ENOMEM;
	label->flows = flows;
	added = &flows[label->flow_count];
	memset(added, 0, sizeof(*added));
	added->kind = kind;
	added->first = added->last = generation;
	snprintf(added->flow, sizeof(added->flow), "%s", flow);
	added->person = strdup(person);
	added->reason = strdup(reason);
	if (!added->person || !added->reason) {
		free(added->person);
		free(added->reason);
		return -ENOMEM;
	}
	label->flow_count++;
	return 0;
}

bool sekisho_label_has(const struct sekisho_label *label, enum sekisho_label_flow_kind kind,
		       const char *flow)
{
	for (size_t i = 0; i < label->flow_count; i++)
		if (label->flows[i].kind == kind && !strcmp(label->flows[i].flow, flow))
			return true;
	return false;
}

size_t sekisho_label_count(const struct sekisho_label *label, enum sekisho_label_flow_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < label->flow_count; i++)
		count += label->flows[i].kind == kind;
	return count;
}

const char *sekisho_label_class(const struct sekisho_label *label, uint8_t class)
{
	static const char *const names[] = { "unknown", "1", "2", "3" };

	return label->unknown || class > 3 ? names[0] : names[class];
}

static const char *in_words(const struct sekisho_label *label, uint8_t class, bool japanese)
{
	const char *name = sekisho_label_class(label, class);

	return japanese && *name == 'u' ? "不明" : name;
}

void sekisho_label_handling(const struct sekisho_label *label, bool redacted, bool japanese,
			    char *text)
{
	const char *c = in_words(label, label->confidentiality, japanese);
	const char *i = in_words(label, label->integrity, japanese);
	const char *a = in_words(label, label->availability, japanese);
	bool unknown = label->unknown || !label->confidentiality || !label->integrity ||
		       !label->availability;

	if (japanese)
		snprintf(text, SEKISHO_LABEL_TEXT_BYTES, "機密性%s・完全性%s・可用性%s%s%s", c, i,
			 a, unknown ? "（不明は最高として扱う）" : "",
			 redacted ? "・仮名化済み" : "");
	else
		snprintf(text, SEKISHO_LABEL_TEXT_BYTES,
			 "confidentiality %s, integrity %s, availability %s%s%s", c, i, a,
			 unknown ? " (unknown: treat as the highest)" : "",
			 redacted ? "; redacted" : "");
}
