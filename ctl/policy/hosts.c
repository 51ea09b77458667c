/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads named sets of addresses, and lists that mix names and addresses.
 * Knows nothing of segments or flows.
 */
#include "policy/hosts.h"

#include <stdlib.h>
#include <string.h>

#include "policy/addresses.h"
#include "ui/message.h"

/* Sets within sets; beyond it nobody can tell what a name means. */
#define SETS_DEEP 32

enum set_state {
	UNRESOLVED,
	RESOLVING,
	RESOLVED
};

static bool resolve(struct sekisho_load *load, struct sekisho_host_set *set, unsigned int depth);

/* Names cannot have these, and an address has one of them or is digits and dots. */
static bool looks_like_address(const char *text)
{
	return strpbrk(text, ":/") || strspn(text, "0123456789.-") == strlen(text);
}

static bool append(struct sekisho_load *load, struct sekisho_ranges *ranges, size_t *room,
		   const struct sekisho_range *items, size_t count)
{
	if (ranges->count + count > *room) {
		size_t wanted = *room * 2 > ranges->count + count ? *room * 2
								  : ranges->count + count;
		struct sekisho_range *more = reallocarray(ranges->items, wanted, sizeof(*more));

		if (!more) {
			load->no_memory = true;
			return false;
		}
		ranges->items = more;
		*room = wanted;
	}
	if (count)
		memcpy(ranges->items + ranges->count, items, count * sizeof(*items));
	ranges->count += count;
	return true;
}

static struct sekisho_host_set *find_set(struct sekisho_load *load, const struct sekisho_node *node)
{
	struct sekisho_diagnostic *diagnostic;
	uint32_t index = sekisho_names_find(&load->hosts, node->text);

	if (index != SEKISHO_NAMES_NONE)
		return &load->host_sets[index];
	diagnostic = sekisho_load_error(load, node, "unknown-hosts", NULL,
					_("'%.60s' is neither an address nor named under hosts"),
					node->text);
	sekisho_load_suggest(diagnostic, sekisho_names_nearest(&load->hosts, node->text));
	return NULL;
}

static bool take_set(struct sekisho_load *load, const struct sekisho_node *node,
		     struct sekisho_ranges *ranges, size_t *room, unsigned int depth)
{
	struct sekisho_host_set *set = find_set(load, node);

	if (!set)
		return false;
	if (set->state == RESOLVING) {
		sekisho_load_error(load, node, "hosts-cycle", NULL,
				   _("'%s' contains itself through this name"), node->text);
		return false;
	}
	if (set->state == UNRESOLVED && depth >= SETS_DEEP) {
		sekisho_load_error(load, node, "hosts-too-deep", NULL,
				   _("sets within sets, more than %d deep"), SETS_DEEP);
		return false;
	}
	if (set->state == UNRESOLVED && !resolve(load, set, depth + 1))
		return false;
	return append(load, ranges, room, set->ranges.items, set->ranges.count);
}

static bool within_bounds(struct sekisho_load *load, const struct sekisho_node *node, size_t count)
{
	bool before = load->ranges <= SEKISHO_RANGES_MAX;

	load->ranges += count;
	if (load->ranges <= SEKISHO_RANGES_MAX)
		return true;
	if (before)
		sekisho_load_error(load, node, "too-many", NULL,
				   _("more than %d addresses and ranges in all sets and flows"),
				   SEKISHO_RANGES_MAX);
	return false;
}

static bool take_members(struct sekisho_load *load, const struct sekisho_node *node,
			 struct sekisho_ranges *ranges, unsigned int depth)
{
	size_t room = node->length;
	bool good = true;

	ranges->items = sekisho_load_alloc(load, room, sizeof(*ranges->items));
	if (!ranges->items)
		return false;
	for (const struct sekisho_node *item = node->first; item; item = item->next) {
		struct sekisho_range range;

		if (!sekisho_take_scalar(load, item, N_("an address or a name")))
			good = false;
		else if (!looks_like_address(item->text))
			good &= take_set(load, item, ranges, &room, depth);
		else if (sekisho_take_range(load, item, false, &range))
			good &= append(load, ranges, &room, &range, 1);
		else
			good = false;
		if (ranges->count > SEKISHO_RANGES_MAX)
			break;
	}
	sekisho_ranges_normalise(ranges);
	return within_bounds(load, node, ranges->count) && good;
}

static bool take_list(struct sekisho_load *load, const struct sekisho_node *node)
{
	struct sekisho_diagnostic *diagnostic;

	if (!sekisho_take_list(load, node))
		return false;
	if (node->length)
		return true;
	diagnostic = sekisho_load_error(load, node, "empty-list", NULL, _("this list is empty"));
	sekisho_diagnostic_hint(diagnostic, "%s", _("name at least one address"));
	return false;
}

static bool resolve(struct sekisho_load *load, struct sekisho_host_set *set, unsigned int depth)
{
	bool good;

	set->state = RESOLVING;
	good = take_list(load, set->members) &&
	       take_members(load, set->members, &set->ranges, depth);
	set->state = RESOLVED;
	return good;
}

bool sekisho_take_hosts(struct sekisho_load *load, const struct sekisho_node *node,
			struct sekisho_ranges *ranges)
{
	ranges->items = NULL;
	ranges->count = 0;
	return take_list(load, node) && take_members(load, node, ranges, 0);
}

static void read_set(struct sekisho_load *load, const struct sekisho_node *name)
{
	struct sekisho_host_set *set = &load->host_sets[load->host_set_count];
	struct sekisho_diagnostic *diagnostic;

	if (!sekisho_take_name(load, name))
		return;
	if (looks_like_address(name->text)) {
		diagnostic = sekisho_load_error(load, name, "bad-name", NULL,
						_("'%s' cannot be a name"), name->text);
		sekisho_diagnostic_hint(diagnostic, "%s", _("it looks like an address"));
		return;
	}
	set->name = name;
	set->members = name->next;
	if (!sekisho_names_add(&load->hosts, name->text, (uint32_t)load->host_set_count))
		load->no_memory = true;
	else
		load->host_set_count++;
}

void sekisho_hosts_read(struct sekisho_load *load, const struct sekisho_node *node)
{
	struct sekisho_diagnostic *diagnostic;

	if (!node || node->kind == SEKISHO_NODE_BROKEN)
		return;
	if (node->kind != SEKISHO_NODE_MAPPING) {
		diagnostic = sekisho_load_error(load, node, "not-a-mapping", NULL,
						_("keys with values are needed here"));
		sekisho_diagnostic_hint(diagnostic, "%s", _("such as {mail-relay: [10.1.2.3]}"));
		return;
	}
	load->host_sets = sekisho_load_scratch(load, node->length, sizeof(*load->host_sets));
	if (!load->host_sets)
		return;
	for (const struct sekisho_node *key = node->first; key; key = key->next->next)
		read_set(load, key);
	for (size_t i = 0; i < load->host_set_count; i++)
		if (load->host_sets[i].state == UNRESOLVED)
			resolve(load, &load->host_sets[i], 0);
}

void sekisho_hosts_free(struct sekisho_load *load)
{
	for (size_t i = 0; i < load->host_set_count; i++)
		free(load->host_sets[i].ranges.items);
	sekisho_names_free(&load->hosts);
}
