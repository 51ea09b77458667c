/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the segments with their ports and networks.
 * Knows nothing of flows.
 */
#include "policy/segments.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "policy/addresses.h"
#include "policy/networks.h"
#include "ui/message.h"

#define VLAN_MAX 4094

enum segment_key {
	NAME,
	KIND,
	LABEL,
	PORTS,
	NETWORKS,
	INTRA,
	CLASS,
	ETHERTYPES,
	PEER_CLASS,
	SEGMENT_KEYS
};

static const char *const segment_keys[SEGMENT_KEYS] = {
	[NAME] = "name",
	[KIND] = "kind",
	[LABEL] = "label",
	[PORTS] = "ports",
	[NETWORKS] = "networks",
	[INTRA] = "intra",
	[CLASS] = "class",
	[ETHERTYPES] = "ethertypes",
	[PEER_CLASS] = "peer_class",
};

static const char *const intras[] = { "deny", "permit" };

/* In the order of enum sekisho_medium, from SEKISHO_MEDIUM_WIRED on. */
static const char *const media[] = { "wired", "wireless", "dedicated-line" };

/* Read by themselves, or tags, which are refused. */
static const uint16_t taken_ethertypes[] = {
	0x0800, 0x0806, 0x86dd, 0x8100, 0x88a8, 0x9100, 0x9200,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A segment until all are known and can be sorted. */
struct draft {
	struct sekisho_segment segment;
	const struct sekisho_node *node;
	/* as segment.ports and segment.networks while these are unsorted */
	const struct sekisho_node **port_nodes;
	const struct sekisho_node **network_nodes;
};

struct port_place {
	const struct sekisho_port *port;
	const struct sekisho_segment *segment;
	const struct sekisho_node *node;
};

static bool interface_name(const char *text)
{
	if (!*text || strlen(text) >= IF_NAMESIZE || !strcmp(text, ".") || !strcmp(text, ".."))
		return false;
	for (; *text; text++)
		if (*text <= ' ' || *text > '~' || *text == '/' || *text == ':')
			return false;
	return true;
}

static void read_vlan(struct sekisho_load *load, const struct sekisho_node *node, uint16_t *vlan)
{
	struct sekisho_diagnostic *diagnostic;
	uint64_t number;

	if (node->kind == SEKISHO_NODE_SCALAR && !strcmp(node->text, "0")) {
		diagnostic =
			sekisho_load_error(load, node, "vlan-zero", NULL, _("VLAN 0 is no VLAN"));
		sekisho_diagnostic_hint(diagnostic, "%s", _("leave vlan out for untagged frames"));
		return;
	}
	if (!sekisho_take_number(load, node, 1, VLAN_MAX, &number))
		return;
	*vlan = (uint16_t)number;
}

static void read_port(struct sekisho_load *load, const struct sekisho_node *node,
		      struct draft *draft)
{
	struct sekisho_segment *segment = &draft->segment;
	static const char *const keys[] = { "interface", "vlan", "medium" };
	struct sekisho_port *port = &segment->ports[segment->port_count];
	const struct sekisho_node *values[3];
	unsigned int index;

	if (!sekisho_take_fields(load, node, keys, 3, values) ||
	    !sekisho_take_present(load, node, values[0], keys[0]) ||
	    !sekisho_take_scalar(load, values[0], N_("an interface")))
		return;
	if (!interface_name(values[0]->text)) {
		sekisho_load_error(load, values[0], "bad-interface", NULL,
				   _("'%.60s' cannot be an interface"), values[0]->text);
		return;
	}
	if (values[1])
		read_vlan(load, values[1], &port->vlan);
	if (values[2] && sekisho_take_choice(load, values[2], media, COUNT(media), &index))
		port->medium = (enum sekisho_medium)(SEKISHO_MEDIUM_WIRED + index);
	port->interface = strdup(values[0]->text);
	if (!port->interface) {
		load->no_memory = true;
		return;
	}
	draft->port_nodes[segment->port_count++] = node;
	if (port->medium == SEKISHO_MEDIUM_WIRELESS &&
	    (segment->kind == SEKISHO_KIND_MYNUMBER || segment->kind == SEKISHO_KIND_LGWAN))
		sekisho_load_warning(load, values[2], "wireless", "R8",
				     _("a wireless port in segment '%s' of kind %s"), segment->name,
				     sekisho_kind_names[segment->kind]);
}

static int compare_ports(const void *left, const void *right)
{
	const struct sekisho_port *a = left;
	const struct sekisho_port *b = right;
	int order = strcmp(a->interface, b->interface);

	return order ? order : (int)a->vlan - (int)b->vlan;
}

static void read_ports(struct sekisho_load *load, const struct sekisho_node *node,
		       struct draft *draft)
{
	struct sekisho_segment *segment = &draft->segment;

	if (!sekisho_take_list(load, node))
		return;
	segment->ports = sekisho_load_alloc(load, node->length, sizeof(*segment->ports));
	draft->port_nodes = sekisho_load_scratch(load, node->length, sizeof(node));
	if (!segment->ports || !draft->port_nodes)
		return;
	for (const struct sekisho_node *item = node->first; item; item = item->next)
		read_port(load, item, draft);
}

static bool reserved(const struct sekisho_range *range)
{
	static const char *const words[] = { "127.0.0.0/8", "224.0.0.0/4", "::1/128",
					     "fe80::/10",   "ff00::/8",	   "255.255.255.255/32" };
	struct sekisho_range special;

	for (size_t i = 0; i < COUNT(words); i++) {
		sekisho_range_parse(words[i], &special);
		if (sekisho_range_inside(range, &special))
			return true;
	}
	return false;
}

static void read_networks(struct sekisho_load *load, const struct sekisho_node *node,
			  struct draft *draft)
{
	struct sekisho_ranges *networks = &draft->segment.networks;

	if (!sekisho_take_list(load, node))
		return;
	if (!node->length)
		sekisho_load_error(load, node, "empty-list", NULL, _("this list is empty"));
	if (node->length > SEKISHO_NETWORKS_MAX) {
		sekisho_load_error(load, node, "too-many", NULL,
				   _("%u networks; a segment has at most %d"), node->length,
				   SEKISHO_NETWORKS_MAX);
		return;
	}
	networks->items = sekisho_load_alloc(load, node->length, sizeof(*networks->items));
	draft->network_nodes = sekisho_load_scratch(load, node->length, sizeof(node));
	if (!networks->items || !draft->network_nodes)
		return;
	for (const struct sekisho_node *item = node->first; item; item = item->next) {
		struct sekisho_range range;

		if (!sekisho_take_range(load, item, true, &range))
			continue;
		if (reserved(&range)) {
			sekisho_load_error(load, item, "reserved-network", NULL,
					   _("'%s' can be no segment's network"), item->text);
			continue;
		}
		draft->network_nodes[networks->count] = item;
		networks->items[networks->count++] = range;
	}
}

static bool ethertype_taken(struct sekisho_load *load, const struct sekisho_node *node,
			    const struct sekisho_segment *segment, uint64_t number)
{
	for (size_t i = 0; i < COUNT(taken_ethertypes); i++) {
		if (taken_ethertypes[i] == number) {
			sekisho_load_error(load, node, "bad-ethertype", NULL,
					   _("EtherType %s needs no listing"), node->text);
			return true;
		}
	}
	for (size_t i = 0; i < segment->ethertype_count; i++) {
		if (segment->ethertypes[i] == number) {
			sekisho_load_error(load, node, "duplicate-ethertype", NULL,
					   _("EtherType %s is listed twice"), node->text);
			return true;
		}
	}
	return false;
}

static int compare_ethertypes(const void *left, const void *right)
{
	return (int)*(const uint16_t *)left - (int)*(const uint16_t *)right;
}

static void read_ethertypes(struct sekisho_load *load, const struct sekisho_node *node,
			    struct sekisho_segment *segment)
{
	if (!sekisho_take_list(load, node))
		return;
	if (node->length > SEKISHO_ETHERTYPES_MAX) {
		sekisho_load_error(load, node, "too-many", NULL,
				   _("%u EtherTypes; a segment has at most %d"), node->length,
				   SEKISHO_ETHERTYPES_MAX);
		return;
	}
	for (const struct sekisho_node *item = node->first; item; item = item->next) {
		uint64_t number;

		if (sekisho_take_number(load, item, 0, 0xffff, &number) &&
		    !ethertype_taken(load, item, segment, number))
			segment->ethertypes[segment->ethertype_count++] = (uint16_t)number;
	}
	qsort(segment->ethertypes, segment->ethertype_count, sizeof(segment->ethertypes[0]),
	      compare_ethertypes);
}

static void read_class(struct sekisho_load *load, const struct sekisho_node *node,
		       struct sekisho_class *class)
{
	static const char *const keys[] = { "confidentiality", "integrity", "availability" };
	uint8_t *const targets[] = { &class->confidentiality, &class->integrity,
				     &class->availability };
	const struct sekisho_node *values[3];
	uint64_t number;

	if (!sekisho_take_fields(load, node, keys, 3, values))
		return;
	for (size_t i = 0; i < 3; i++)
		if (values[i] && sekisho_take_number(load, values[i], 1, 3, &number))
			*targets[i] = (uint8_t)number;
}

static void read_peer_class(struct sekisho_load *load, const struct sekisho_node *node,
			    const struct sekisho_node *value, struct sekisho_segment *segment)
{
	struct sekisho_diagnostic *diagnostic;
	uint64_t number;

	if (!value && segment->kind == SEKISHO_KIND_EXTERNAL) {
		diagnostic = sekisho_load_error(load, node, "peer-class-missing", "R3",
						_("segment '%s' of kind external needs its "
						  "peer_class"),
						segment->name);
		sekisho_diagnostic_hint(diagnostic, "%s",
					_("1: the peer has no way to the internet; 2: it has, and "
					  "is public and secured"));
	}
	if (!value || !sekisho_take_number(load, value, 1, 2, &number))
		return;
	segment->peer_class = (uint8_t)number;
	if (segment->kind != SEKISHO_KIND_EXTERNAL && segment->kind != SEKISHO_KIND_SELF)
		sekisho_load_error(load, value, "peer-class-unfit", "R3",
				   _("only segments of kind external have a peer_class"));
}

static bool read_name(struct sekisho_load *load, const struct sekisho_node *node,
		      const struct sekisho_node *value, struct sekisho_segment *segment)
{
	struct sekisho_diagnostic *diagnostic;
	uint32_t other;

	segment->name = strdup("?");
	if (!sekisho_take_present(load, node, value, segment_keys[NAME]) ||
	    !sekisho_take_name(load, value))
		return false;
	if (!strcmp(value->text, "self")) {
		diagnostic = sekisho_load_error(load, value, "reserved-name", NULL,
						_("the name 'self' is taken"));
		sekisho_diagnostic_hint(diagnostic, "%s",
					_("the border host itself is 'self' without being "
					  "declared"));
		return false;
	}
	other = sekisho_names_find(&load->segments, value->text);
	if (other != SEKISHO_NAMES_NONE) {
		diagnostic = sekisho_load_error(load, value, "duplicate-segment", NULL,
						_("there are two segments '%s'"), value->text);
		sekisho_diagnostic_hint(diagnostic, _("the other is in line %u"), other);
		return false;
	}
	if (!sekisho_names_add(&load->segments, value->text, value->line))
		load->no_memory = true;
	return sekisho_take_text(load, value, &segment->name);
}

/* Returns whether the segment has a name by which it can be kept. */
static bool read_segment(struct sekisho_load *load, const struct sekisho_node *node,
			 struct draft *draft)
{
	struct sekisho_segment *segment = &draft->segment;
	const struct sekisho_node *values[SEGMENT_KEYS];
	unsigned int index;
	bool named;

	draft->node = node;
	if (!sekisho_take_fields(load, node, segment_keys, SEGMENT_KEYS, values))
		return false;
	named = read_name(load, node, values[NAME], segment);
	if (!segment->name)
		return false;
	if (sekisho_take_present(load, node, values[KIND], segment_keys[KIND]) &&
	    sekisho_take_choice(load, values[KIND], sekisho_kind_names + SEKISHO_KIND_MYNUMBER,
				SEKISHO_KINDS - SEKISHO_KIND_MYNUMBER, &index))
		segment->kind = (enum sekisho_segment_kind)(SEKISHO_KIND_MYNUMBER + index);
	if (values[LABEL])
		sekisho_take_text(load, values[LABEL], &segment->label);
	if (values[PORTS])
		read_ports(load, values[PORTS], draft);
	if (named && (!values[PORTS] ||
		      (values[PORTS]->kind == SEKISHO_NODE_LIST && !values[PORTS]->length)))
		sekisho_load_warning(load, node, "no-ports", NULL, _("segment '%s' has no ports"),
				     segment->name);
	if (sekisho_take_present(load, node, values[NETWORKS], segment_keys[NETWORKS]))
		read_networks(load, values[NETWORKS], draft);
	if (values[INTRA] && sekisho_take_choice(load, values[INTRA], intras, 2, &index))
		segment->intra_permit = index == 1;
	if (values[CLASS])
		read_class(load, values[CLASS], &segment->class);
	if (values[ETHERTYPES])
		read_ethertypes(load, values[ETHERTYPES], segment);
	read_peer_class(load, node, values[PEER_CLASS], segment);
	return named;
}

static int compare_drafts(const void *left, const void *right)
{
	const struct draft *a = left;
	const struct draft *b = right;

	return strcmp(a->segment.name, b->segment.name);
}

static int compare_port_places(const void *left, const void *right)
{
	const struct port_place *a = left;
	const struct port_place *b = right;
	int order = compare_ports(a->port, b->port);

	if (order)
		return order;
	if (a->node->line != b->node->line)
		return a->node->line < b->node->line ? -1 : 1;
	return a->node->column < b->node->column ? -1 : a->node->column > b->node->column;
}

static void check_ports(struct sekisho_load *load, const struct draft *drafts, size_t count)
{
	struct port_place *places;
	size_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += drafts[i].segment.port_count;
	if (total > SEKISHO_PORTS_MAX)
		sekisho_diagnostics_add(load->diagnostics, load->source, SEKISHO_ERROR, 0, 0,
					"too-many", NULL, _("%zu ports; a policy has at most %d"),
					total, SEKISHO_PORTS_MAX);
	places = sekisho_load_scratch(load, total, sizeof(*places));
	if (!places || !total)
		return;
	total = 0;
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < drafts[i].segment.port_count; j++) {
			places[total].port = &drafts[i].segment.ports[j];
			places[total].segment = &drafts[i].segment;
			places[total++].node = drafts[i].port_nodes[j];
		}
	}
	qsort(places, total, sizeof(*places), compare_port_places);
	for (size_t i = 1; i < total; i++)
		if (!compare_ports(places[i - 1].port, places[i].port))
			sekisho_load_error(load, places[i].node, "duplicate-port", NULL,
					   _("port %s, VLAN %u, is also in segment '%s'"),
					   places[i].port->interface, places[i].port->vlan,
					   places[i - 1].segment->name);
}

static void check_networks(struct sekisho_load *load, const struct draft *drafts, size_t count)
{
	struct sekisho_network_place *places;
	size_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += drafts[i].segment.networks.count;
	places = sekisho_load_scratch(load, total, sizeof(*places));
	if (!places)
		return;
	total = 0;
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < drafts[i].segment.networks.count; j++) {
			places[total].range = drafts[i].segment.networks.items[j];
			places[total].segment = (uint16_t)(i + 1);
			places[total++].node = drafts[i].network_nodes[j];
		}
	}
	sekisho_networks_check(load, places, total);
}

/* Takes over the drafts' segments; the policy has room for them. */
static void keep(struct sekisho_load *load, struct draft *drafts, size_t count)
{
	struct sekisho_policy *policy = load->policy;

	for (size_t i = 0; i < count; i++) {
		struct sekisho_segment *segment = &drafts[i].segment;

		if (!segment->label)
			segment->label = strdup(segment->name);
		if (!segment->label)
			load->no_memory = true;
		if (segment->port_count)
			qsort(segment->ports, segment->port_count, sizeof(*segment->ports),
			      compare_ports);
		policy->segments[policy->segment_count++] = *segment;
	}
	check_networks(load, drafts, count);
	for (size_t i = 1; i < policy->segment_count; i++) {
		struct sekisho_ranges *networks = &policy->segments[i].networks;

		if (networks->count)
			qsort(networks->items, networks->count, sizeof(*networks->items),
			      sekisho_range_compare);
	}
}

static void drop(struct draft *draft)
{
	for (size_t i = 0; i < draft->segment.port_count; i++)
		free(draft->segment.ports[i].interface);
	free(draft->segment.ports);
	free(draft->segment.networks.items);
	free(draft->segment.name);
	free(draft->segment.label);
	memset(draft, 0, sizeof(*draft));
}

static void index_segments(struct sekisho_load *load)
{
	sekisho_names_free(&load->segments);
	for (size_t i = 0; i < load->policy->segment_count; i++)
		if (!sekisho_names_add(&load->segments, load->policy->segments[i].name,
				       (uint32_t)i))
			load->no_memory = true;
}

void sekisho_segments_read(struct sekisho_load *load, const struct sekisho_node *node)
{
	struct sekisho_segment *segments;
	struct draft *drafts;
	size_t count = 0;

	if (!node || !sekisho_take_list(load, node)) {
		index_segments(load);
		return;
	}
	if (node->length > SEKISHO_SEGMENTS_MAX)
		sekisho_load_error(load, node, "too-many", NULL,
				   _("%u segments; a policy has at most %d"), node->length,
				   SEKISHO_SEGMENTS_MAX);
	drafts = sekisho_load_scratch(load, node->length, sizeof(*drafts));
	segments = reallocarray(load->policy->segments, node->length + 1, sizeof(*segments));
	if (!drafts || !segments) {
		load->no_memory = true;
		load->policy->segments = segments ? segments : load->policy->segments;
		return;
	}
	load->policy->segments = segments;
	for (const struct sekisho_node *item = node->first; item; item = item->next) {
		if (count == SEKISHO_SEGMENTS_MAX)
			break;
		if (read_segment(load, item, &drafts[count]))
			count++;
		else
			drop(&drafts[count]);
	}
	if (count)
		qsort(drafts, count, sizeof(*drafts), compare_drafts);
	check_ports(load, drafts, count);
	keep(load, drafts, count);
	index_segments(load);
}
