/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads services: protocols with ports or types, and named lists of them.
 * Knows nothing of flows.
 */
#include "policy/services.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "ui/message.h"

#define ECHO_REQUEST	8
#define ECHO_REQUEST_V6 128

/* Enough for one written service: icmp/echo stands for two. */
#define EXPANDED_MAX 2

static const char *const protocols[] = { "tcp", "udp", "icmp", "icmp6", "proto" };

enum written_protocol {
	TCP,
	UDP,
	ICMP,
	ICMP6,
	PROTO,
	WRITTEN_PROTOCOLS
};

struct expansion {
	struct sekisho_service items[EXPANDED_MAX];
	size_t count;
};

struct service_list {
	struct sekisho_service *items;
	size_t count;
	size_t room;
};

static bool parse_port(const char *text, size_t length, uint16_t *port)
{
	unsigned int value = 0;

	if (!length || length > 5 || text[0] == '0')
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (unsigned int)(text[i] - '0');
	}
	*port = (uint16_t)value;
	return value <= 65535;
}

bool sekisho_port_range_parse(const char *text, struct sekisho_port_range *range)
{
	const char *dash = strchr(text, '-');

	if (!parse_port(text, dash ? (size_t)(dash - text) : strlen(text), &range->first))
		return false;
	range->last = range->first;
	if (dash && !parse_port(dash + 1, strlen(dash + 1), &range->last))
		return false;
	return range->first <= range->last;
}

static void add(struct expansion *expansion, uint8_t protocol, uint16_t first, uint16_t last)
{
	struct sekisho_service *service = &expansion->items[expansion->count++];

	service->protocol = protocol;
	service->first = first;
	service->last = last;
}

static bool bad_service(struct sekisho_load *load, const struct sekisho_node *node,
			const char *hint)
{
	struct sekisho_diagnostic *diagnostic;

	diagnostic = sekisho_load_error(load, node, "bad-service", NULL,
					_("'%.60s' is not a service"), node->text);
	sekisho_diagnostic_hint(diagnostic, "%s", hint);
	return false;
}

static bool take_ports(struct sekisho_load *load, const struct sekisho_node *node,
		       const char *ports, uint8_t protocol, struct expansion *expansion)
{
	struct sekisho_port_range range = { .first = 0, .last = 65535 };

	if (strcmp(ports, "any") != 0 && !sekisho_port_range_parse(ports, &range))
		return bad_service(load, node,
				   _("ports are 1 to 65535, such as tcp/443, udp/3478-3481 or "
				     "tcp/any"));
	add(expansion, protocol, range.first, range.last);
	return true;
}

static bool parse_octet(const char *text, unsigned int *number)
{
	uint16_t value;

	if (!strcmp(text, "0")) {
		*number = 0;
		return true;
	}
	if (!parse_port(text, strlen(text), &value) || value > 255)
		return false;
	*number = value;
	return true;
}

/* Errors and echo replies follow from state, never from a flow. */
static bool passes_by_itself(bool v6, unsigned int type)
{
	if (v6)
		return type < 128 || type == 129 || type == 137;
	return type == 0 || type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static bool take_type(struct sekisho_load *load, const struct sekisho_node *node, const char *type,
		      bool v6, struct expansion *expansion)
{
	struct sekisho_diagnostic *diagnostic;
	unsigned int number;

	if (!strcmp(type, "echo")) {
		if (!v6)
			add(expansion, IPPROTO_ICMP, ECHO_REQUEST, ECHO_REQUEST);
		add(expansion, IPPROTO_ICMPV6, ECHO_REQUEST_V6, ECHO_REQUEST_V6);
		return true;
	}
	if (!parse_octet(type, &number))
		return bad_service(load, node,
				   _("ICMP services are icmp/echo (IPv4 and IPv6), icmp/TYPE or "
				     "icmp6/TYPE"));
	if (passes_by_itself(v6, number)) {
		diagnostic = sekisho_load_error(load, node, "icmp-by-itself", NULL,
						_("'%s' needs no permission"), node->text);
		sekisho_diagnostic_hint(diagnostic, "%s",
					_("replies and related errors pass by themselves"));
		return false;
	}
	add(expansion, v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP, (uint16_t)number, (uint16_t)number);
	return true;
}

static bool take_protocol(struct sekisho_load *load, const struct sekisho_node *node,
			  const char *text, struct expansion *expansion)
{
	struct sekisho_diagnostic *diagnostic;
	const char *instead = NULL;
	unsigned int number;

	if (!parse_octet(text, &number))
		return bad_service(load, node,
				   _("protocol numbers are 0 to 255, such as proto/50"));
	if (number == IPPROTO_TCP)
		instead = "tcp/";
	else if (number == IPPROTO_UDP)
		instead = "udp/";
	else if (number == IPPROTO_ICMP)
		instead = "icmp/";
	else if (number == IPPROTO_ICMPV6)
		instead = "icmp6/";
	if (instead) {
		diagnostic = sekisho_load_error(load, node, "protocol-by-name", NULL,
						_("'%s' would permit every port or type"),
						node->text);
		sekisho_diagnostic_hint(diagnostic, _("write %s and what is needed"), instead);
		return false;
	}
	add(expansion, (uint8_t)number, 0, 65535);
	return true;
}

/* A service with a slash in it. */
static bool take_written(struct sekisho_load *load, const struct sekisho_node *node,
			 const char *slash, struct expansion *expansion)
{
	size_t length = (size_t)(slash - node->text);
	unsigned int at = 0;

	expansion->count = 0;
	while (at < WRITTEN_PROTOCOLS &&
	       (strlen(protocols[at]) != length || strncmp(protocols[at], node->text, length) != 0))
		at++;
	switch (at) {
	case TCP:
		return take_ports(load, node, slash + 1, IPPROTO_TCP, expansion);
	case UDP:
		return take_ports(load, node, slash + 1, IPPROTO_UDP, expansion);
	case ICMP:
		return take_type(load, node, slash + 1, false, expansion);
	case ICMP6:
		return take_type(load, node, slash + 1, true, expansion);
	case PROTO:
		return take_protocol(load, node, slash + 1, expansion);
	default:
		return bad_service(load, node,
				   _("services begin with tcp/, udp/, icmp/, icmp6/ or proto/"));
	}
}

static bool append(struct sekisho_load *load, struct service_list *list,
		   const struct sekisho_service *items, size_t count)
{
	if (list->count + count > list->room) {
		size_t room = (list->count + count) * 2;
		struct sekisho_service *more = reallocarray(list->items, room, sizeof(*more));

		if (!more) {
			load->no_memory = true;
			return false;
		}
		list->items = more;
		list->room = room;
	}
	if (count)
		memcpy(list->items + list->count, items, count * sizeof(*items));
	list->count += count;
	return true;
}

static bool take_named(struct sekisho_load *load, const struct sekisho_node *node, bool nested,
		       struct service_list *list)
{
	struct sekisho_diagnostic *diagnostic;
	uint32_t index = sekisho_names_find(&load->services, node->text);

	if (nested) {
		diagnostic = sekisho_load_error(load, node, "bad-service", NULL,
						_("'%.60s' is not a service"), node->text);
		sekisho_diagnostic_hint(diagnostic, "%s",
					_("a named service lists services such as tcp/443, no "
					  "names"));
		return false;
	}
	if (index != SEKISHO_NAMES_NONE)
		return append(load, list, load->service_sets[index].items,
			      load->service_sets[index].count);
	diagnostic = sekisho_load_error(load, node, "unknown-service", NULL,
					_("'%.60s' is not named under services"), node->text);
	sekisho_load_suggest(diagnostic, sekisho_names_nearest(&load->services, node->text));
	return false;
}

static int compare_services(const void *left, const void *right)
{
	const struct sekisho_service *a = left;
	const struct sekisho_service *b = right;

	if (a->protocol != b->protocol)
		return (int)a->protocol - (int)b->protocol;
	if (a->first != b->first)
		return (int)a->first - (int)b->first;
	return (int)a->last - (int)b->last;
}

static void normalise(struct service_list *list)
{
	size_t kept = 0;

	if (list->count < 2)
		return;
	qsort(list->items, list->count, sizeof(*list->items), compare_services);
	for (size_t i = 1; i < list->count; i++) {
		struct sekisho_service *last = &list->items[kept];
		const struct sekisho_service *next = &list->items[i];

		if (last->protocol != next->protocol || next->first > last->last + 1)
			list->items[++kept] = *next;
		else if (next->last > last->last)
			last->last = next->last;
	}
	list->count = kept + 1;
}

static bool take(struct sekisho_load *load, const struct sekisho_node *node, bool nested,
		 struct service_list *list)
{
	bool good = true;

	if (!sekisho_take_list(load, node))
		return false;
	if (!node->length) {
		sekisho_load_error(load, node, "empty-list", NULL, _("this list is empty"));
		return false;
	}
	for (const struct sekisho_node *item = node->first; item; item = item->next) {
		struct expansion expansion;
		const char *slash;

		if (!sekisho_take_scalar(load, item, N_("a service"))) {
			good = false;
			continue;
		}
		slash = strchr(item->text, '/');
		if (!slash)
			good &= take_named(load, item, nested, list);
		else if (take_written(load, item, slash, &expansion))
			good &= append(load, list, expansion.items, expansion.count);
		else
			good = false;
	}
	normalise(list);
	return good;
}

bool sekisho_take_services(struct sekisho_load *load, const struct sekisho_node *node,
			   struct sekisho_service **services, size_t *count)
{
	struct service_list list = { 0 };
	bool good = take(load, node, false, &list);

	*services = list.items;
	*count = list.count;
	return good;
}

static void read_set(struct sekisho_load *load, const struct sekisho_node *name)
{
	struct sekisho_service_set *set = &load->service_sets[load->service_set_count];
	struct service_list list = { 0 };

	if (!sekisho_take_name(load, name))
		return;
	take(load, name->next, true, &list);
	set->items = list.items;
	set->count = list.count;
	load->service_set_count++;
	if (!sekisho_names_add(&load->services, name->text, (uint32_t)load->service_set_count - 1))
		load->no_memory = true;
}

void sekisho_services_read(struct sekisho_load *load, const struct sekisho_node *node)
{
	struct sekisho_diagnostic *diagnostic;

	if (!node || node->kind == SEKISHO_NODE_BROKEN)
		return;
	if (node->kind != SEKISHO_NODE_MAPPING) {
		diagnostic = sekisho_load_error(load, node, "not-a-mapping", NULL,
						_("keys with values are needed here"));
		sekisho_diagnostic_hint(diagnostic, "%s", _("such as {web: [tcp/80, tcp/443]}"));
		return;
	}
	load->service_sets = sekisho_load_scratch(load, node->length, sizeof(*load->service_sets));
	if (!load->service_sets)
		return;
	for (const struct sekisho_node *key = node->first; key; key = key->next->next)
		read_set(load, key);
}

void sekisho_services_free(struct sekisho_load *load)
{
	for (size_t i = 0; i < load->service_set_count; i++)
		free(load->service_sets[i].items);
	sekisho_names_free(&load->services);
}
