/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the flows as they are written.
 * Knows nothing of what the guideline asks of them.
 */
#include "policy/flows.h"

#include <stdlib.h>
#include <string.h>

#include "policy/dates.h"
#include "policy/gateways.h"
#include "policy/hosts.h"
#include "policy/services.h"
#include "ui/message.h"

enum flow_key {
	ID,
	FROM,
	TO,
	SERVICES,
	SANITIZE,
	PURPOSE,
	REQUESTED_BY,
	APPROVED_BY,
	APPROVED_ON,
	VALID_FROM,
	VALID_UNTIL,
	SCHEDULE,
	LIMIT,
	LOG,
	SURVIVES_ISOLATION,
	EXCEPTION,
	MAC_EXEMPT,
	DUAL_ROLE_REASON,
	CSV,
	FLOW_KEYS
};

static const char *const flow_keys[FLOW_KEYS] = {
	[ID] = "id",
	[FROM] = "from",
	[TO] = "to",
	[SERVICES] = "services",
	[SANITIZE] = "sanitize",
	[PURPOSE] = "purpose",
	[REQUESTED_BY] = "requested_by",
	[APPROVED_BY] = "approved_by",
	[APPROVED_ON] = "approved_on",
	[VALID_FROM] = "valid_from",
	[VALID_UNTIL] = "valid_until",
	[SCHEDULE] = "schedule",
	[LIMIT] = "limit",
	[LOG] = "log",
	[SURVIVES_ISOLATION] = "survives_isolation",
	[EXCEPTION] = "exception",
	[MAC_EXEMPT] = "mac_exempt",
	[DUAL_ROLE_REASON] = "dual_role_reason",
	[CSV] = "csv",
};

enum side_key {
	SEGMENT,
	HOSTS,
	MACS,
	PORTS,
	SIDE_KEYS
};

static const char *const side_keys[SIDE_KEYS] = {
	[SEGMENT] = "segment",
	[HOSTS] = "hosts",
	[MACS] = "macs",
	[PORTS] = "ports",
};

/* In the order of enum sekisho_flow_log. */
static const char *const logs[] = { "new", "all", "none" };

static int hex_digit(char character)
{
	if (character >= '0' && character <= '9')
		return character - '0';
	character |= 0x20;
	return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

static bool parse_mac(const char *text, uint64_t *mac)
{
	char between = text[0] && text[1] ? text[2] : '\0';

	if (strlen(text) != 17 || (between != ':' && between != '-'))
		return false;
	*mac = 0;
	for (int i = 0; i < 6; i++, text += 3) {
		int high = hex_digit(text[0]);
		int low = hex_digit(text[1]);

		if (high < 0 || low < 0 || (i < 5 && text[2] != between))
			return false;
		*mac = *mac << 8 | (uint64_t)(high << 4 | low);
	}
	return true;
}

static int compare_macs(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left;
	uint64_t b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static void take_mac(struct sekisho_load *load, const struct sekisho_node *node,
		     struct sekisho_flow *flow)
{
	struct sekisho_diagnostic *diagnostic;
	uint64_t mac;

	if (!sekisho_take_scalar(load, node, N_("a MAC address")))
		return;
	if (!parse_mac(node->text, &mac)) {
		diagnostic = sekisho_load_error(load, node, "bad-mac", NULL,
						_("'%.60s' is not a MAC address"), node->text);
		sekisho_diagnostic_hint(diagnostic, "%s", _("such as 02:00:5e:10:00:01"));
		return;
	}
	if (!mac || mac >> 40 & 1) {
		sekisho_load_error(load, node, "bad-mac", NULL, _("'%s' can be no host's address"),
				   node->text);
		return;
	}
	flow->macs[flow->mac_count++] = mac;
}

static void read_macs(struct sekisho_load *load, const struct sekisho_node *node,
		      struct sekisho_flow *flow)
{
	size_t kept = 0;

	if (!sekisho_take_list(load, node))
		return;
	if (!node->length)
		sekisho_load_error(load, node, "empty-list", NULL, _("this list is empty"));
	if (node->length > SEKISHO_MACS_MAX) {
		sekisho_load_error(load, node, "too-many", NULL,
				   _("%u MAC addresses; a flow has at most %d"), node->length,
				   SEKISHO_MACS_MAX);
		return;
	}
	flow->macs = sekisho_load_alloc(load, node->length, sizeof(*flow->macs));
	if (!flow->macs)
		return;
	for (const struct sekisho_node *item = node->first; item; item = item->next)
		take_mac(load, item, flow);
	if (!flow->mac_count)
		return;
	qsort(flow->macs, flow->mac_count, sizeof(*flow->macs), compare_macs);
	for (size_t i = 1; i < flow->mac_count; i++)
		if (flow->macs[i] != flow->macs[kept])
			flow->macs[++kept] = flow->macs[i];
	flow->mac_count = kept + 1;
}

static int compare_port_ranges(const void *left, const void *right)
{
	const struct sekisho_port_range *a = left;
	const struct sekisho_port_range *b = right;

	return a->first != b->first ? (int)a->first - (int)b->first : (int)a->last - (int)b->last;
}

static void join_ports(struct sekisho_flow *flow)
{
	struct sekisho_port_range *ports = flow->source_ports;
	size_t kept = 0;

	if (!flow->source_port_count)
		return;
	qsort(ports, flow->source_port_count, sizeof(*ports), compare_port_ranges);
	for (size_t i = 1; i < flow->source_port_count; i++) {
		if (ports[i].first > ports[kept].last + 1)
			ports[++kept] = ports[i];
		else if (ports[i].last > ports[kept].last)
			ports[kept].last = ports[i].last;
	}
	flow->source_port_count = kept + 1;
}

static void read_source_ports(struct sekisho_load *load, const struct sekisho_node *node,
			      struct sekisho_flow *flow)
{
	if (!sekisho_take_list(load, node))
		return;
	if (!node->length)
		sekisho_load_error(load, node, "empty-list", NULL, _("this list is empty"));
	flow->source_ports = sekisho_load_alloc(load, node->length, sizeof(*flow->source_ports));
	if (!flow->source_ports)
		return;
	for (const struct sekisho_node *item = node->first; item; item = item->next) {
		struct sekisho_diagnostic *diagnostic;

		if (!sekisho_take_scalar(load, item, N_("a port")))
			continue;
		if (sekisho_port_range_parse(item->text,
					     &flow->source_ports[flow->source_port_count])) {
			flow->source_port_count++;
			continue;
		}
		diagnostic = sekisho_load_error(load, item, "bad-port", NULL,
						_("'%.60s' is not a port"), item->text);
		sekisho_diagnostic_hint(diagnostic, "%s",
					_("source ports are 1 to 65535, such as 123 or "
					  "1024-65535"));
	}
	join_ports(flow);
}

static void read_segment(struct sekisho_load *load, const struct sekisho_node *node,
			 uint16_t *segment)
{
	struct sekisho_diagnostic *diagnostic;
	uint32_t index;

	if (!sekisho_take_scalar(load, node, N_("a segment")))
		return;
	index = sekisho_names_find(&load->segments, node->text);
	if (index != SEKISHO_NAMES_NONE) {
		*segment = (uint16_t)index;
		return;
	}
	diagnostic = sekisho_load_error(load, node, "unknown-segment", NULL,
					_("there is no segment '%.60s'"), node->text);
	sekisho_load_suggest(diagnostic, sekisho_names_nearest(&load->segments, node->text));
}

static bool read_side(struct sekisho_load *load, const struct sekisho_node *node,
		      struct sekisho_endpoint *endpoint, const struct sekisho_node **values)
{
	if (!sekisho_take_fields(load, node, side_keys, SIDE_KEYS, values))
		return false;
	if (sekisho_take_present(load, node, values[SEGMENT], side_keys[SEGMENT]))
		read_segment(load, values[SEGMENT], &endpoint->segment);
	if (values[HOSTS])
		sekisho_take_hosts(load, values[HOSTS], &endpoint->hosts);
	return true;
}

static void refuse_initiator_key(struct sekisho_load *load, const struct sekisho_node *value,
				 const char *key)
{
	struct sekisho_diagnostic *diagnostic;

	if (!value)
		return;
	diagnostic = sekisho_load_error(load, value, "initiator-only", NULL,
					_("'%s' belongs to the side that begins"), key);
	sekisho_diagnostic_hint(diagnostic, "%s",
				_("write it under from; the responder's ports are services"));
}

static void read_sides(struct sekisho_load *load, const struct sekisho_node *node,
		       const struct sekisho_node *const *values, struct sekisho_flow *flow,
		       struct sekisho_flow_place *place)
{
	const struct sekisho_node *side[SIDE_KEYS];

	place->from = values[FROM];
	place->to = values[TO];
	if (sekisho_take_present(load, node, values[FROM], flow_keys[FROM]) &&
	    read_side(load, values[FROM], &flow->from, side)) {
		place->from_hosts = side[HOSTS];
		place->macs = side[MACS];
		place->source_ports = side[PORTS];
		if (side[MACS])
			read_macs(load, side[MACS], flow);
		if (side[PORTS])
			read_source_ports(load, side[PORTS], flow);
	}
	if (!sekisho_take_present(load, node, values[TO], flow_keys[TO]) ||
	    !read_side(load, values[TO], &flow->to, side))
		return;
	place->to_hosts = side[HOSTS];
	refuse_initiator_key(load, side[MACS], side_keys[MACS]);
	refuse_initiator_key(load, side[PORTS], side_keys[PORTS]);
}

static void read_limit(struct sekisho_load *load, const struct sekisho_node *node,
		       struct sekisho_limit *limit)
{
	static const char *const keys[] = { "new_per_second", "concurrent" };
	const struct sekisho_node *values[2];
	uint64_t number;

	if (!sekisho_take_fields(load, node, keys, 2, values))
		return;
	if (!values[0] && !values[1])
		sekisho_take_present(load, node, NULL, keys[0]);
	if (values[0] && sekisho_take_number(load, values[0], 1, UINT32_MAX, &number))
		limit->new_per_second = (uint32_t)number;
	if (values[1] && sekisho_take_number(load, values[1], 1, UINT32_MAX, &number))
		limit->concurrent = (uint32_t)number;
}

static void read_validity(struct sekisho_load *load, const struct sekisho_node *node,
			  const struct sekisho_node *const *values, struct sekisho_flow *flow)
{
	struct sekisho_diagnostic *diagnostic;
	bool good = true;

	flow->approved_on = INT64_MIN;
	if (values[APPROVED_ON])
		good &= sekisho_take_date(load, values[APPROVED_ON], SEKISHO_DATE_DAY,
					  &flow->approved_on);
	flow->valid_from = flow->approved_on;
	if (values[VALID_FROM])
		good &= sekisho_take_date(load, values[VALID_FROM], SEKISHO_DATE_BEGIN,
					  &flow->valid_from);
	if (values[VALID_UNTIL]) {
		good &= sekisho_take_date(load, values[VALID_UNTIL], SEKISHO_DATE_END,
					  &flow->valid_until);
	} else if (flow->valid_from != INT64_MIN) {
		flow->valid_until = sekisho_fiscal_year_end(
			&load->zone, values[APPROVED_ON] ? flow->approved_on : flow->valid_from);
	} else if (good) {
		diagnostic = sekisho_load_error(load, node, "no-end", "R12",
						_("this permission has no end"));
		sekisho_diagnostic_hint(diagnostic, "%s",
					_("give approved_on (it then ends with the fiscal year) or "
					  "valid_until"));
		return;
	}
	if (good && flow->valid_until <= flow->valid_from)
		sekisho_load_error(load, values[VALID_UNTIL] ? values[VALID_UNTIL] : node,
				   "ends-before-begin", NULL,
				   _("this permission ends before it begins"));
}

static void read_id(struct sekisho_load *load, const struct sekisho_node *node,
		    const struct sekisho_node *value, struct sekisho_names *ids,
		    struct sekisho_flow *flow)
{
	struct sekisho_diagnostic *diagnostic;
	uint32_t other;

	if (!sekisho_take_present(load, node, value, flow_keys[ID]) ||
	    !sekisho_take_name(load, value))
		return;
	other = sekisho_names_find(ids, value->text);
	if (other != SEKISHO_NAMES_NONE) {
		diagnostic = sekisho_load_error(load, value, "duplicate-flow-id", NULL,
						_("there are two flows '%s'"), value->text);
		sekisho_diagnostic_hint(diagnostic, _("the other is in line %u"), other);
	} else if (!sekisho_names_add(ids, value->text, value->line)) {
		load->no_memory = true;
	}
	sekisho_take_text(load, value, &flow->id);
}

static void read_texts(struct sekisho_load *load, const struct sekisho_node *const *values,
		       struct sekisho_flow *flow, struct sekisho_flow_place *place)
{
	if (values[PURPOSE])
		sekisho_take_text(load, values[PURPOSE], &flow->purpose);
	if (values[REQUESTED_BY])
		sekisho_take_text(load, values[REQUESTED_BY], &flow->requested_by);
	if (values[APPROVED_BY])
		sekisho_take_text(load, values[APPROVED_BY], &flow->approved_by);
	if (values[MAC_EXEMPT])
		sekisho_take_text(load, values[MAC_EXEMPT], &flow->mac_exempt);
	if (values[DUAL_ROLE_REASON])
		sekisho_take_text(load, values[DUAL_ROLE_REASON], &flow->dual_role_reason);
	place->requested_by = values[REQUESTED_BY];
	place->approved_by = values[APPROVED_BY];
}

static void read_rules(struct sekisho_load *load, const struct sekisho_node *const *values,
		       struct sekisho_flow *flow)
{
	unsigned int index;

	if (values[SERVICES])
		sekisho_take_services(load, values[SERVICES], &flow->services,
				      &flow->service_count);
	if (values[SANITIZE] && sekisho_take_choice(load, values[SANITIZE], sekisho_sanitize_words,
						    SEKISHO_SANITIZE_WORDS, &index))
		flow->sanitize = (enum sekisho_sanitize)(SEKISHO_SANITIZE_MAIL_TEXT + index);
	if (values[SCHEDULE])
		sekisho_take_schedule(load, values[SCHEDULE], &flow->schedule);
	if (values[LIMIT])
		read_limit(load, values[LIMIT], &flow->limit);
	if (values[LOG] && sekisho_take_choice(load, values[LOG], logs, 3, &index))
		flow->log = (enum sekisho_flow_log)index;
	if (values[SURVIVES_ISOLATION])
		sekisho_take_boolean(load, values[SURVIVES_ISOLATION], &flow->survives_isolation);
	if (values[EXCEPTION])
		sekisho_take_boolean(load, values[EXCEPTION], &flow->exception);
}

/* Texts are never NULL in the model. */
static void fill_texts(struct sekisho_load *load, struct sekisho_flow *flow)
{
	char **texts[] = { &flow->id, &flow->purpose, &flow->requested_by, &flow->approved_by };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (!*texts[i])
			*texts[i] = strdup("");
		if (!*texts[i])
			load->no_memory = true;
	}
}

static void read_flow(struct sekisho_load *load, const struct sekisho_node *node,
		      struct sekisho_names *ids, struct sekisho_flow *flow,
		      struct sekisho_flow_place *place)
{
	const struct sekisho_node *values[FLOW_KEYS];
	size_t errors = load->diagnostics->errors;

	place->flow = node;
	flow->line = node->line;
	if (!sekisho_take_fields(load, node, flow_keys, FLOW_KEYS, values))
		return;
	if (values[CSV]) {
		sekisho_load_error(load, values[CSV], "csv-not-read", NULL,
				   _("this build does not read CSV ledgers yet"));
		return;
	}
	read_id(load, node, values[ID], ids, flow);
	read_sides(load, node, values, flow, place);
	read_texts(load, values, flow, place);
	read_validity(load, node, values, flow);
	read_rules(load, values, flow);
	fill_texts(load, flow);
	place->services = values[SERVICES];
	place->sanitize = values[SANITIZE];
	place->valid_until = values[VALID_UNTIL];
	place->survives_isolation = values[SURVIVES_ISOLATION];
	place->whole = errors == load->diagnostics->errors;
}

void sekisho_flows_read(struct sekisho_load *load, const struct sekisho_node *node)
{
	struct sekisho_policy *policy = load->policy;
	struct sekisho_names ids = { 0 };

	if (!node || !sekisho_take_list(load, node))
		return;
	if (node->length > SEKISHO_FLOWS_MAX) {
		sekisho_load_error(load, node, "too-many", NULL,
				   _("%u flows; a policy has at most %d"), node->length,
				   SEKISHO_FLOWS_MAX);
		return;
	}
	policy->flows = sekisho_load_alloc(load, node->length, sizeof(*policy->flows));
	load->places = sekisho_load_scratch(load, node->length, sizeof(*load->places));
	if (!policy->flows || !load->places)
		return;
	for (const struct sekisho_node *item = node->first; item; item = item->next) {
		size_t index = policy->flow_count++;

		/* They are looked at twice. */
		sekisho_diagnostics_pace(load->diagnostics, SEKISHO_POLICY_FLOWS, index,
					 2 * (uint64_t)node->length);
		read_flow(load, item, &ids, &policy->flows[index], &load->places[index]);
	}
	sekisho_names_free(&ids);
}
