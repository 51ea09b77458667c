/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the sanitising gateways (R5).
 * Knows nothing of flows.
 */
#include "policy/gateways.h"

#include <stdlib.h>
#include <string.h>

#include "policy/addresses.h"
#include "policy/hosts.h"
#include "ui/message.h"

enum gateway_key {
	NAME,
	HOSTS,
	METHODS,
	GATEWAY_KEYS
};

static const char *const gateway_keys[GATEWAY_KEYS] = {
	[NAME] = "name",
	[HOSTS] = "hosts",
	[METHODS] = "methods",
};

const char *const sekisho_sanitize_words[SEKISHO_SANITIZE_WORDS] = { "mail-text", "screen",
								     "file" };

static void read_methods(struct sekisho_load *load, const struct sekisho_node *node,
			 struct sekisho_gateway *gateway)
{
	unsigned int index;

	if (!sekisho_take_list(load, node))
		return;
	if (!node->length)
		sekisho_load_error(load, node, "empty-list", NULL, _("this list is empty"));
	for (const struct sekisho_node *item = node->first; item; item = item->next)
		if (sekisho_take_choice(load, item, sekisho_sanitize_words, SEKISHO_SANITIZE_WORDS,
					&index))
			gateway->methods |= (uint8_t)(1u << (SEKISHO_SANITIZE_MAIL_TEXT + index));
}

static void read_gateway(struct sekisho_load *load, const struct sekisho_node *node,
			 struct sekisho_names *names)
{
	struct sekisho_gateway *gateway = &load->policy->gateways[load->policy->gateway_count];
	const struct sekisho_node *values[GATEWAY_KEYS];

	if (!sekisho_take_fields(load, node, gateway_keys, GATEWAY_KEYS, values))
		return;
	if (sekisho_take_present(load, node, values[HOSTS], gateway_keys[HOSTS]))
		sekisho_take_hosts(load, values[HOSTS], &gateway->hosts);
	/* counted first, so that what it owns is freed with the policy whatever follows */
	load->policy->gateway_count++;
	if (sekisho_take_present(load, node, values[METHODS], gateway_keys[METHODS]))
		read_methods(load, values[METHODS], gateway);
	if (!sekisho_take_present(load, node, values[NAME], gateway_keys[NAME]) ||
	    !sekisho_take_name(load, values[NAME]))
		return;
	if (sekisho_names_find(names, values[NAME]->text) != SEKISHO_NAMES_NONE)
		sekisho_load_error(load, values[NAME], "duplicate-gateway", NULL,
				   _("there are two gateways '%s'"), values[NAME]->text);
	else if (!sekisho_names_add(names, values[NAME]->text, 0))
		load->no_memory = true;
	sekisho_take_text(load, values[NAME], &gateway->name);
}

static int compare_gateways(const void *left, const void *right)
{
	const struct sekisho_gateway *a = left;
	const struct sekisho_gateway *b = right;

	return strcmp(a->name ? a->name : "", b->name ? b->name : "");
}

void sekisho_gateways_read(struct sekisho_load *load, const struct sekisho_node *node)
{
	struct sekisho_policy *policy = load->policy;
	struct sekisho_names names = { 0 };

	if (!node || !sekisho_take_list(load, node))
		return;
	policy->gateways = sekisho_load_alloc(load, node->length, sizeof(*policy->gateways));
	if (!policy->gateways)
		return;
	for (const struct sekisho_node *item = node->first; item; item = item->next)
		read_gateway(load, item, &names);
	sekisho_names_free(&names);
	if (policy->gateway_count)
		qsort(policy->gateways, policy->gateway_count, sizeof(*policy->gateways),
		      compare_gateways);
}

bool sekisho_gateways_of(struct sekisho_load *load, enum sekisho_sanitize method,
			 struct sekisho_ranges *ranges)
{
	const struct sekisho_policy *policy = load->policy;
	size_t total = 0;

	for (size_t i = 0; i < policy->gateway_count; i++)
		total += policy->gateways[i].hosts.count;
	ranges->count = 0;
	ranges->items = sekisho_load_alloc(load, total, sizeof(*ranges->items));
	if (!ranges->items)
		return false;
	for (size_t i = 0; i < policy->gateway_count; i++) {
		const struct sekisho_gateway *gateway = &policy->gateways[i];

		if (!(gateway->methods & (1u << method)) || !gateway->hosts.count)
			continue;
		memcpy(ranges->items + ranges->count, gateway->hosts.items,
		       gateway->hosts.count * sizeof(*ranges->items));
		ranges->count += gateway->hosts.count;
	}
	sekisho_ranges_normalise(ranges);
	return true;
}
