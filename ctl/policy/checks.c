/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checks each flow by itself: what the guideline asks of it, and that it can match anything.
 * Knows nothing of YAML beyond the places it reports.
 */
#include "policy/checks.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "policy/addresses.h"
#include "policy/gateways.h"
#include "policy/networks.h"
#include "policy/persons.h"
#include "ui/message.h"

/* One flow under examination. */
struct exam {
	struct sekisho_load *load;
	const struct sekisho_flow *flow;
	const struct sekisho_flow_place *place;
	const struct sekisho_segment *from;
	const struct sekisho_segment *to;
	const struct sekisho_ranges *gateways; /* by enum sekisho_sanitize */
};

static bool between(const struct exam *exam, enum sekisho_segment_kind a,
		    enum sekisho_segment_kind b)
{
	return (exam->from->kind == a && exam->to->kind == b) ||
	       (exam->from->kind == b && exam->to->kind == a);
}

static bool touches(const struct exam *exam, enum sekisho_segment_kind kind)
{
	return exam->from->kind == kind || exam->to->kind == kind;
}

static void check_isolation(const struct exam *exam)
{
	bool outward = exam->from->kind == SEKISHO_KIND_MYNUMBER;
	struct sekisho_diagnostic *diagnostic;

	if (!between(exam, SEKISHO_KIND_MYNUMBER, SEKISHO_KIND_INTERNET))
		return;
	diagnostic = sekisho_load_error(exam->load, exam->place->flow, "mynumber-internet", "R1",
					_("flow '%s': nothing passes from '%s' (%s) to '%s' (%s)"),
					exam->flow->id, exam->from->name,
					outward ? "mynumber" : "internet", exam->to->name,
					outward ? "internet" : "mynumber");
	sekisho_diagnostic_hint(diagnostic, "%s", _("take the flow out; nothing can permit it"));
}

static void check_explicit_hosts(const struct exam *exam, const struct sekisho_segment *segment,
				 const struct sekisho_endpoint *endpoint,
				 const struct sekisho_node *side, const struct sekisho_node *hosts)
{
	char text[SEKISHO_RANGE_TEXT];

	if (segment->kind == SEKISHO_KIND_SELF)
		return;
	if (!endpoint->hosts.count) {
		sekisho_load_error(exam->load, side, "hosts-missing", "R2",
				   _("flow '%s': hosts of '%s' missing"), exam->flow->id,
				   segment->name);
		return;
	}
	for (size_t i = 0; i < endpoint->hosts.count; i++) {
		const struct sekisho_range *range = &endpoint->hosts.items[i];

		if (!sekisho_networks_swallowed(exam->load->policy, endpoint->segment, range))
			continue;
		sekisho_range_format(range, text);
		sekisho_load_error(exam->load, hosts, "hosts-too-wide", "R2",
				   _("flow '%s': %s is a whole network of '%s', not hosts"),
				   exam->flow->id, text, segment->name);
	}
}

static void check_mynumber(const struct exam *exam)
{
	const struct sekisho_flow *flow = exam->flow;
	struct sekisho_diagnostic *diagnostic;

	if (!touches(exam, SEKISHO_KIND_MYNUMBER))
		return;
	check_explicit_hosts(exam, exam->from, &flow->from, exam->place->from,
			     exam->place->from_hosts);
	check_explicit_hosts(exam, exam->to, &flow->to, exam->place->to, exam->place->to_hosts);
	for (size_t i = 0; i < flow->service_count; i++) {
		const struct sekisho_service *service = &flow->services[i];

		if ((service->protocol == IPPROTO_TCP || service->protocol == IPPROTO_UDP) &&
		    service->first <= 1 && service->last == 65535)
			sekisho_load_error(
				exam->load, exam->place->services, "any-port", "R2",
				_("flow '%s': ports missing; every port of %s is too "
				  "much for '%s'"),
				flow->id, service->protocol == IPPROTO_TCP ? "tcp" : "udp",
				exam->from->kind == SEKISHO_KIND_MYNUMBER ? exam->from->name
									  : exam->to->name);
	}
	/* what the host itself sends has no other MAC than its own */
	if (flow->mac_count || flow->mac_exempt || exam->from->kind == SEKISHO_KIND_SELF)
		return;
	diagnostic = sekisho_load_error(exam->load, exam->place->from, "mac-missing", "R2",
					_("flow '%s': macs missing"), flow->id);
	sekisho_diagnostic_hint(diagnostic, "%s",
				_("give the MAC address of the host or of its next hop, or say "
				  "why not in mac_exempt"));
}

static void check_services(const struct exam *exam)
{
	const struct sekisho_flow *flow = exam->flow;
	struct sekisho_diagnostic *diagnostic;
	bool ports = false;

	if (!flow->service_count) {
		diagnostic = sekisho_load_error(exam->load, exam->place->flow, "ports-missing",
						touches(exam, SEKISHO_KIND_MYNUMBER) ? "R2" : NULL,
						_("flow '%s': ports missing"), flow->id);
		sekisho_diagnostic_hint(diagnostic, "%s", _("such as services: [tcp/443]"));
		return;
	}
	for (size_t i = 0; i < flow->service_count; i++)
		ports |= flow->services[i].protocol == IPPROTO_TCP ||
			 flow->services[i].protocol == IPPROTO_UDP;
	if (flow->source_port_count && !ports)
		sekisho_load_error(exam->load, exam->place->source_ports, "ports-unfit", NULL,
				   _("flow '%s': source ports, but no service of tcp or udp"),
				   flow->id);
}

static bool all_gateways(const struct sekisho_ranges *hosts, const struct sekisho_ranges *gateways)
{
	for (size_t i = 0; i < hosts->count; i++)
		if (!sekisho_ranges_cover(gateways, &hosts->items[i]))
			return false;
	return hosts->count > 0;
}

static void check_sanitize(const struct exam *exam)
{
	const struct sekisho_flow *flow = exam->flow;
	struct sekisho_diagnostic *diagnostic;
	const struct sekisho_ranges *gateways;

	if (!between(exam, SEKISHO_KIND_LGWAN, SEKISHO_KIND_INTERNET)) {
		if (flow->sanitize)
			sekisho_load_warning(exam->load, exam->place->sanitize, "sanitize-unfit",
					     "R5",
					     _("flow '%s': sanitize means nothing between '%s' and "
					       "'%s'"),
					     flow->id, exam->from->name, exam->to->name);
		return;
	}
	if (!flow->sanitize) {
		diagnostic = sekisho_load_error(exam->load, exam->place->flow, "sanitize-missing",
						"R5",
						_("flow '%s': between '%s' and '%s' the sanitize "
						  "method is needed"),
						flow->id, exam->from->name, exam->to->name);
		sekisho_diagnostic_hint(diagnostic, "%s", _("mail-text, screen or file"));
		return;
	}
	gateways = &exam->gateways[flow->sanitize];
	if (all_gateways(&flow->from.hosts, gateways) || all_gateways(&flow->to.hosts, gateways))
		return;
	diagnostic = sekisho_load_error(
		exam->load, exam->place->flow, "not-a-gateway", "R5",
		_("flow '%s': neither side is only gateways with method "
		  "%s"),
		flow->id, sekisho_sanitize_words[flow->sanitize - SEKISHO_SANITIZE_MAIL_TEXT]);
	sekisho_diagnostic_hint(diagnostic, "%s",
				_("name the gateway's hosts on its side, and list the gateway "
				  "under gateways"));
}

static void check_persons(const struct exam *exam)
{
	const struct sekisho_flow *flow = exam->flow;
	struct sekisho_diagnostic *diagnostic;
	bool exempt = touches(exam, SEKISHO_KIND_SELF) || touches(exam, SEKISHO_KIND_MANAGEMENT);

	if (!*flow->requested_by && !exempt)
		sekisho_load_error(exam->load, exam->place->flow, "person-missing", "R9",
				   _("flow '%s': requested_by missing"), flow->id);
	if (!*flow->approved_by && !exempt)
		sekisho_load_error(exam->load, exam->place->flow, "person-missing", "R9",
				   _("flow '%s': approved_by missing"), flow->id);
	if (!*flow->requested_by || !*flow->approved_by ||
	    !sekisho_persons_same(flow->requested_by, flow->approved_by))
		return;
	if (flow->dual_role_reason) {
		sekisho_load_warning(exam->load, exam->place->approved_by, "dual-role", "R9",
				     _("flow '%s': requested and approved by the same person: %s"),
				     flow->id, flow->dual_role_reason);
		return;
	}
	diagnostic = sekisho_load_error(exam->load, exam->place->approved_by, "same-person", "R9",
					_("flow '%s': requested and approved by the same person"),
					flow->id);
	sekisho_diagnostic_hint(diagnostic, "%s",
				_("another person approves, or dual_role_reason says why not"));
}

static void check_exception(const struct exam *exam)
{
	const struct sekisho_flow *flow = exam->flow;

	if (flow->exception && (!*flow->purpose || !*flow->approved_by))
		sekisho_load_error(exam->load, exam->place->flow, "exception-unfounded", "R11",
				   _("flow '%s': an exception needs purpose and approved_by"),
				   flow->id);
	else if (!*flow->purpose)
		sekisho_load_warning(exam->load, exam->place->flow, "purpose-missing", NULL,
				     _("flow '%s': purpose missing"), flow->id);
	if (flow->survives_isolation &&
	    (exam->from->kind != SEKISHO_KIND_MANAGEMENT || exam->to->kind != SEKISHO_KIND_SELF))
		sekisho_load_error(exam->load, exam->place->survives_isolation,
				   "survives-isolation", "R15",
				   _("flow '%s': only flows from a segment of kind management to "
				     "'self' survive isolation"),
				   flow->id);
	if (flow->valid_until <= exam->load->now)
		sekisho_load_warning(
			exam->load,
			exam->place->valid_until ? exam->place->valid_until : exam->place->flow,
			"expired", "R12", _("flow '%s': this permission has ended"), flow->id);
}

/* The member of a list that a range came from, or the list where it is not written there. */
static const struct sekisho_node *written_as(const struct sekisho_node *hosts,
					     const struct sekisho_range *range)
{
	for (const struct sekisho_node *item = hosts->first; item; item = item->next) {
		struct sekisho_range written;

		if (item->kind == SEKISHO_NODE_SCALAR &&
		    sekisho_range_parse(item->text, &written) == SEKISHO_RANGE_GOOD &&
		    sekisho_range_inside(range, &written))
			return item;
	}
	return hosts;
}

static void check_membership(const struct exam *exam, const struct sekisho_endpoint *endpoint,
			     const struct sekisho_node *hosts)
{
	const struct sekisho_policy *policy = exam->load->policy;
	struct sekisho_diagnostic *diagnostic;
	char text[SEKISHO_RANGE_TEXT];

	if (endpoint->segment == SEKISHO_SEGMENT_SELF)
		return;
	for (size_t i = 0; i < endpoint->hosts.count; i++) {
		const struct sekisho_range *range = &endpoint->hosts.items[i];

		if (sekisho_range_is_group(range) ||
		    sekisho_networks_hold(policy, endpoint->segment, range))
			continue;
		sekisho_range_format(range, text);
		diagnostic = sekisho_load_error(
			exam->load, written_as(hosts, range), "hosts-outside", NULL,
			_("flow '%s': %s is outside the networks of '%s'"), exam->flow->id, text,
			policy->segments[endpoint->segment].name);
		for (size_t other = 1; other < policy->segment_count; other++)
			if (sekisho_networks_hold(policy, (uint16_t)other, range))
				sekisho_diagnostic_hint(diagnostic, _("it is in segment '%s'"),
							policy->segments[other].name);
	}
}

/* What an endpoint can be: bit 0 IPv4, bit 1 IPv6. */
static unsigned int families(const struct sekisho_segment *segment,
			     const struct sekisho_endpoint *endpoint)
{
	if (endpoint->hosts.count)
		return sekisho_ranges_families(&endpoint->hosts);
	if (segment->kind == SEKISHO_KIND_SELF)
		return 3;
	return sekisho_ranges_families(&segment->networks);
}

static void check_effect(const struct exam *exam)
{
	const struct sekisho_flow *flow = exam->flow;

	check_membership(exam, &flow->from, exam->place->from_hosts);
	check_membership(exam, &flow->to, exam->place->to_hosts);
	if (!(families(exam->from, &flow->from) & families(exam->to, &flow->to)))
		sekisho_load_error(exam->load, exam->place->flow, "mixed-families", NULL,
				   _("flow '%s': one side has only IPv4, the other only IPv6"),
				   flow->id);
	if (flow->from.segment != flow->to.segment)
		return;
	if (exam->from->kind == SEKISHO_KIND_SELF)
		sekisho_load_error(exam->load, exam->place->flow, "self-to-self", NULL,
				   _("flow '%s': the host needs no permission to reach itself"),
				   flow->id);
	else if (exam->from->intra_permit)
		sekisho_load_warning(exam->load, exam->place->flow, "intra-permitted", NULL,
				     _("flow '%s': segment '%s' already permits all of it "
				       "(intra)"),
				     flow->id, exam->from->name);
}

static void examine(const struct exam *exam)
{
	check_isolation(exam);
	check_services(exam);
	check_mynumber(exam);
	check_sanitize(exam);
	check_persons(exam);
	check_exception(exam);
	check_effect(exam);
}

void sekisho_checks_flows(struct sekisho_load *load)
{
	struct sekisho_ranges gateways[SEKISHO_SANITIZE_FILE + 1] = { 0 };
	struct sekisho_policy *policy = load->policy;
	bool ready = true;

	for (unsigned int method = SEKISHO_SANITIZE_MAIL_TEXT; method <= SEKISHO_SANITIZE_FILE;
	     method++)
		ready &=
			sekisho_gateways_of(load, (enum sekisho_sanitize)method, &gateways[method]);
	for (size_t i = 0; i < policy->flow_count && ready; i++) {
		struct exam exam = {
			.load = load,
			.flow = &policy->flows[i],
			.place = &load->places[i],
			.from = &policy->segments[policy->flows[i].from.segment],
			.to = &policy->segments[policy->flows[i].to.segment],
			.gateways = gateways,
		};

		sekisho_diagnostics_pace(load->diagnostics, SEKISHO_POLICY_FLOWS,
					 policy->flow_count + i, 2 * policy->flow_count);
		if (exam.place->whole && !load->no_memory)
			examine(&exam);
	}
	for (unsigned int method = SEKISHO_SANITIZE_MAIL_TEXT; method <= SEKISHO_SANITIZE_FILE;
	     method++)
		free(gateways[method].items);
}
