/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From policy text to a checked policy: reads the parts in the order in which they need each
 * other, whatever their order in the file, then checks them together.
 * Knows nothing of what becomes of the policy.
 */
#include "policy/policy_file.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/canonical.h"
#include "policy/checks.h"
#include "policy/flows.h"
#include "policy/gateways.h"
#include "policy/hosts.h"
#include "policy/load.h"
#include "policy/reader.h"
#include "policy/segments.h"
#include "policy/services.h"
#include "policy/site.h"
#include "ui/message.h"

#define FORMAT_VERSION 1

enum root_key {
	VERSION,
	SITE,
	SEGMENTS,
	HOSTS,
	SERVICES,
	GATEWAYS,
	REGISTERS,
	FLOWS,
	ROOT_KEYS
};

static const char *const root_keys[ROOT_KEYS] = {
	[VERSION] = "sekisho",	   [SITE] = "site",	    [SEGMENTS] = "segments",
	[HOSTS] = "hosts",	   [SERVICES] = "services", [GATEWAYS] = "gateways",
	[REGISTERS] = "registers", [FLOWS] = "flows",
};

static void read_version(struct sekisho_load *load, const struct sekisho_node *node)
{
	struct sekisho_diagnostic *diagnostic;
	uint64_t number;

	if (!sekisho_take_number(load, node, 0, UINT64_MAX, &number) || number == FORMAT_VERSION)
		return;
	diagnostic = sekisho_load_error(load, node, "version", NULL,
					_("format %.20s is not read by this build"), node->text);
	sekisho_diagnostic_hint(diagnostic, _("it reads sekisho: %d"), FORMAT_VERSION);
}

static int compare_flows(const void *left, const void *right)
{
	const struct sekisho_flow *a = left;
	const struct sekisho_flow *b = right;

	return strcmp(a->id, b->id);
}

static void read_parts(struct sekisho_load *load, const struct sekisho_node *root)
{
	const struct sekisho_node *values[ROOT_KEYS];

	if (!sekisho_take_fields(load, root, root_keys, ROOT_KEYS, values))
		return;
	if (sekisho_take_present(load, root, values[VERSION], root_keys[VERSION]))
		read_version(load, values[VERSION]);
	sekisho_take_present(load, root, values[SITE], root_keys[SITE]);
	sekisho_take_present(load, root, values[SEGMENTS], root_keys[SEGMENTS]);
	if (values[REGISTERS])
		sekisho_load_error(load, values[REGISTERS], "registers-not-read", NULL,
				   _("this build does not read registers yet"));
	sekisho_site_read(load, values[SITE]);
	sekisho_segments_read(load, values[SEGMENTS]);
	sekisho_hosts_read(load, values[HOSTS]);
	sekisho_services_read(load, values[SERVICES]);
	sekisho_gateways_read(load, values[GATEWAYS]);
	sekisho_flows_read(load, values[FLOWS]);
	if (load->no_memory)
		return;
	sekisho_checks_flows(load);
	sekisho_checks_pairs(load);
}

static void finish(struct sekisho_load *load)
{
	struct sekisho_policy *policy = load->policy;

	if (!load->no_memory && !load->diagnostics->errors) {
		if (policy->flow_count)
			qsort(policy->flows, policy->flow_count, sizeof(*policy->flows),
			      compare_flows);
		if (sekisho_policy_digest(policy))
			load->no_memory = true;
	}
	if (load->no_memory)
		sekisho_diagnostics_add(load->diagnostics, load->source, SEKISHO_ERROR, 0, 0,
					"no-memory", NULL, "%s", _("not enough memory"));
}

static struct sekisho_policy *read_source(const struct sekisho_source *source,
					  struct sekisho_diagnostics *diagnostics)
{
	struct sekisho_load load = {
		.source = source,
		.diagnostics = diagnostics,
		.now = (int64_t)time(NULL),
	};
	const struct sekisho_node *root;

	load.policy = sekisho_policy_new();
	load.no_memory = !load.policy;
	root = load.policy ? sekisho_reader_read(source, diagnostics, &load.arena) : NULL;
	if (root)
		read_parts(&load, root);
	if (root || load.no_memory)
		finish(&load);
	sekisho_hosts_free(&load);
	sekisho_services_free(&load);
	sekisho_names_free(&load.segments);
	sekisho_zone_free(&load.zone);
	sekisho_arena_free(&load.arena);
	if (!diagnostics->errors)
		return load.policy;
	sekisho_policy_free(load.policy);
	return NULL;
}

struct sekisho_policy *sekisho_policy_file_read(const char *path,
						struct sekisho_diagnostics *diagnostics)
{
	struct sekisho_policy *policy = NULL;
	struct sekisho_source source;

	if (sekisho_source_open(&source, path, diagnostics))
		policy = read_source(&source, diagnostics);
	sekisho_source_close(&source);
	sekisho_diagnostics_sort(diagnostics);
	return policy;
}

struct sekisho_policy *sekisho_policy_text_read(const char *name, const char *text, size_t length,
						struct sekisho_diagnostics *diagnostics)
{
	struct sekisho_policy *policy = NULL;
	struct sekisho_source source;

	if (sekisho_source_text(&source, name, text, length, diagnostics))
		policy = read_source(&source, diagnostics);
	sekisho_source_close(&source);
	sekisho_diagnostics_sort(diagnostics);
	return policy;
}
