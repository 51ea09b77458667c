// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why a packet is permitted or denied, in a sentence. Knows nothing of how the verdict came about.
 */
#include "command/explain_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/orders.h"
#include "policy/addresses.h"
#include "sekisho/reasons.h"
#include "ui/format.h"
#include "ui/language.h"
#include "ui/message.h"
#include "ui/reason.h"

/* Services or networks named in one sentence; JSON has them all. */
#define NAMED_MAX 12

static const struct sekisho_flow *nearest(const struct sekisho_explained *explained)
{
	return explained->nearest == SEKISHO_NO_FLOW
		       ? NULL
		       : &explained->policy->flows[explained->nearest];
}

static const char *segment_name(const struct sekisho_explained *explained, uint16_t segment)
{
	return segment == SEKISHO_SEGMENT_NONE ? "-" : explained->policy->segments[segment].name;
}

static bool holds(const struct sekisho_endpoint *side, uint8_t family,
		  struct sekisho_address address)
{
	if (!side->hosts.count)
		return true;
	for (size_t i = 0; i < side->hosts.count; i++) {
		if (sekisho_range_contains(&side->hosts.items[i], family, address))
			return true;
	}
	return false;
}

/* A flow between the segments, and, if @hosts, between the hosts too. */
static bool between(const struct sekisho_explained *explained, const struct sekisho_flow *flow,
		    bool hosts)
{
	const struct sekisho_frame *frame = explained->frame;

	if (flow->from.segment != explained->verdict.from ||
	    flow->to.segment != explained->verdict.to)
		return false;
	return !hosts || (holds(&flow->from, frame->family, frame->source) &&
			  holds(&flow->to, frame->family, frame->destination));
}

static void add_once(json_t *list, const char *text)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (!strcmp(json_string_value(json_array_get(list, i)), text))
			return;
	}
	json_array_append_new(list, json_string(text));
}

/* All services that flows between these hosts permit. */
static json_t *permitted_services(const struct sekisho_explained *explained)
{
	const struct sekisho_policy *policy = explained->policy;
	char text[SEKISHO_SERVICE_TEXT];
	json_t *list = json_array();

	for (size_t i = 0; i < policy->flow_count; i++) {
		const struct sekisho_flow *flow = &policy->flows[i];

		for (size_t j = 0; between(explained, flow, true) && j < flow->service_count; j++) {
			sekisho_format_service(text, &flow->services[j]);
			add_once(list, text);
		}
	}
	return list;
}

static json_t *expected_macs(const struct sekisho_flow *flow)
{
	char text[SEKISHO_MAC_TEXT];
	json_t *list = json_array();

	for (size_t i = 0; i < flow->mac_count; i++) {
		sekisho_format_mac(text, flow->macs[i]);
		json_array_append_new(list, json_string(text));
	}
	return list;
}

static json_t *networks(const struct sekisho_segment *segment)
{
	char text[SEKISHO_RANGE_TEXT];
	json_t *list = json_array();

	for (size_t i = 0; i < segment->networks.count; i++) {
		sekisho_range_format(&segment->networks.items[i], text);
		json_array_append_new(list, json_string(text));
	}
	return list;
}

static json_t *gateway_hosts(const struct sekisho_policy *policy)
{
	char text[SEKISHO_RANGE_TEXT];
	json_t *list = json_array();

	for (size_t i = 0; i < policy->gateway_count; i++) {
		for (size_t j = 0; j < policy->gateways[i].hosts.count; j++) {
			sekisho_range_format(&policy->gateways[i].hosts.items[j], text);
			add_once(list, text);
		}
	}
	return list;
}

/* A list in words, up to NAMED_MAX of them. Takes @list over. */
static void list_words(json_t *list, char *text, size_t bytes)
{
	size_t count = json_array_size(list), used = 0;

	snprintf(text, bytes, "-");
	for (size_t i = 0; i < count && i < NAMED_MAX && used < bytes; i++)
		used += (size_t)snprintf(text + used, bytes - used, "%s%s", i ? ", " : "",
					 json_string_value(json_array_get(list, i)));
	if (count > NAMED_MAX && used < bytes)
		snprintf(text + used, bytes - used, ", ...");
	json_decref(list);
}

static void schedule_words(const struct sekisho_schedule *schedule, char *text, size_t bytes)
{
	static const char *const days[] = { N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"),
					    N_("Fri"), N_("Sat"), N_("Sun") };
	size_t used = 0;

	text[0] = '\0';
	for (int i = 0; i < 7; i++) {
		if (schedule->days >> i & 1)
			used += (size_t)snprintf(text + used, bytes - used, "%s%s", used ? "," : "",
						 _(days[i]));
	}
	snprintf(text + used, bytes - used, " %02u:%02u-%02u:%02u", schedule->start_minute / 60,
		 schedule->start_minute % 60, schedule->end_minute / 60, schedule->end_minute % 60);
}

static char *say_time(const struct sekisho_explained *explained, const struct sekisho_flow *flow)
{
	const struct sekisho_policy *policy = explained->policy;
	char when[SEKISHO_TIME_TEXT], hours[96], *text = NULL;
	int made;

	switch (explained->verdict.reason) {
	case SEKISHO_REASON_EXPIRED:
		sekisho_format_last_day(when, flow->valid_until,
					sekisho_policy_utc_offset(policy, flow->valid_until));
		made = asprintf(&text,
				_("Flow %s permitted it until %s. Needed: a later "
				  "valid_until, approved anew."),
				flow->id, when);
		break;
	case SEKISHO_REASON_NOT_YET_VALID:
		sekisho_format_time_short(when, flow->valid_from,
					  sekisho_policy_utc_offset(policy, flow->valid_from));
		made = asprintf(&text, _("Flow %s permits it from %s on."), flow->id, when);
		break;
	case SEKISHO_REASON_OUTSIDE_SCHEDULE:
		schedule_words(&flow->schedule, hours, sizeof(hours));
		made = asprintf(&text, _("Flow %s permits it at these hours only: %s."), flow->id,
				hours);
		break;
	default:
		sekisho_format_last_day(when, flow->valid_until,
					sekisho_policy_utc_offset(policy, flow->valid_until));
		made = asprintf(&text, _("Flow %s permits it, until %s."), flow->id, when);
		break;
	}
	return made < 0 ? NULL : text;
}

static char *say_mac(const struct sekisho_explained *explained, const struct sekisho_flow *flow)
{
	char macs[512], own[SEKISHO_MAC_TEXT], *text = NULL;
	int made;

	list_words(expected_macs(flow), macs, sizeof(macs));
	sekisho_format_mac(own, explained->request->mac);
	if (explained->request->has_mac)
		made = asprintf(&text,
				_("Flow %s permits it from other MAC addresses: %s, not %s."),
				flow->id, macs, own);
	else
		made = asprintf(&text,
				_("Flow %s permits it from these MAC addresses: %s. "
				  "None was given; add smac=."),
				flow->id, macs);
	return made < 0 ? NULL : text;
}

static size_t count_between(const struct sekisho_explained *explained, bool reverse)
{
	const struct sekisho_policy *policy = explained->policy;
	size_t count = 0;

	for (size_t i = 0; i < policy->flow_count; i++) {
		const struct sekisho_flow *flow = &policy->flows[i];

		if (reverse)
			count += flow->from.segment == explained->verdict.to &&
				 flow->to.segment == explained->verdict.from;
		else
			count += between(explained, flow, false);
	}
	return count;
}

static char *say_unlisted(const struct sekisho_explained *explained)
{
	const char *from = segment_name(explained, explained->verdict.from);
	const char *to = segment_name(explained, explained->verdict.to);
	char hosts[512], *text = NULL;
	size_t count;
	int made;

	switch (explained->verdict.reason) {
	case SEKISHO_REASON_NO_FLOW:
		count = count_between(explained, true);
		made = count ? asprintf(&text,
					_("No flow goes from %s to %s; %zu go the other way, "
					  "which permits only their replies."),
					from, to, count)
			     : asprintf(&text, _("No flow goes from %s to %s."), from, to);
		break;
	case SEKISHO_REASON_NOT_A_GATEWAY:
		list_words(gateway_hosts(explained->policy), hosts, sizeof(hosts));
		made = asprintf(&text,
				_("Between %s and %s only flows of these gateways' hosts "
				  "pass: %s."),
				from, to, hosts);
		break;
	default:
		made = asprintf(&text,
				_("%zu flows go from %s to %s, none between these hosts. "
				  "Needed: a flow that names both."),
				count_between(explained, false), from, to);
		break;
	}
	return made < 0 ? NULL : text;
}

static char *say_service(const struct sekisho_explained *explained)
{
	char services[512], *text = NULL;

	list_words(permitted_services(explained), services, sizeof(services));
	if (asprintf(&text, _("Between these hosts are permitted: %s."), services) < 0)
		return NULL;
	return text;
}

static const char *member(const json_t *order, const char *key)
{
	const char *text = json_string_value(json_object_get(order, key));

	return text ? text : "-";
}

static char *order_words(const char *target, const json_t *order)
{
	char *text = NULL;

	if (asprintf(&text, _("%s, since %s, on the authority of %s: %s"), target,
		     member(order, "at"), member(order, "authority"), member(order, "reason")) < 0)
		return NULL;
	return text;
}

static char *say_isolated(const struct sekisho_explained *explained)
{
	const char *names[] = { SEKISHO_ORDERS_ALL,
				segment_name(explained, explained->verdict.from),
				segment_name(explained, explained->verdict.to) };

	for (size_t i = 0; i < 3; i++) {
		const json_t *order = sekisho_orders_find(explained->isolation,
							  SEKISHO_ORDERS_ISOLATION, names[i]);

		if (order)
			return order_words(names[i], order);
	}
	return NULL;
}

static char *say_suspended(const struct sekisho_explained *explained)
{
	char texts[3][SEKISHO_ADDRESS_TEXT];
	const struct sekisho_frame *frame = explained->frame;

	sekisho_format_address(texts[0], frame->family, frame->source);
	sekisho_format_address(texts[1], frame->family, frame->destination);
	sekisho_format_mac(texts[2], frame->source_mac);
	for (size_t i = 0; i < 3; i++) {
		const json_t *order = sekisho_orders_find(explained->suspensions,
							  SEKISHO_ORDERS_SUSPENSION, texts[i]);

		if (order)
			return order_words(texts[i], order);
	}
	return NULL;
}

static char *say_place(const struct sekisho_explained *explained)
{
	const struct sekisho_verdict *verdict = &explained->verdict;
	char address[SEKISHO_ADDRESS_TEXT], list[512], *text = NULL;
	int made;

	switch (verdict->reason) {
	case SEKISHO_REASON_PORT_UNBOUND:
		made = asprintf(&text, _("No segment has the port %s."), explained->request->port);
		break;
	case SEKISHO_REASON_NO_DESTINATION:
		sekisho_format_address(address, explained->frame->family,
				       explained->frame->destination);
		made = asprintf(&text, _("%s is in no segment's networks."), address);
		break;
	default:
		sekisho_format_address(address, explained->frame->family, explained->frame->source);
		list_words(verdict->from == SEKISHO_SEGMENT_NONE
				   ? json_array()
				   : networks(&explained->policy->segments[verdict->from]),
			   list, sizeof(list));
		made = asprintf(&text, _("%s cannot come from this port; %s has: %s."), address,
				segment_name(explained, verdict->from), list);
		break;
	}
	return made < 0 ? NULL : text;
}

char *sekisho_explain_sentence(const struct sekisho_explained *explained)
{
	const struct sekisho_flow *flow = nearest(explained);
	char *text = NULL;

	switch (explained->verdict.reason) {
	case SEKISHO_REASON_PERMIT_NEW:
	case SEKISHO_REASON_EXPIRED:
	case SEKISHO_REASON_NOT_YET_VALID:
	case SEKISHO_REASON_OUTSIDE_SCHEDULE:
		text = flow ? say_time(explained, flow) : NULL;
		break;
	case SEKISHO_REASON_MAC_MISMATCH:
		text = flow ? say_mac(explained, flow) : NULL;
		break;
	case SEKISHO_REASON_PORT_NOT_PERMITTED:
		text = say_service(explained);
		break;
	case SEKISHO_REASON_NO_FLOW:
	case SEKISHO_REASON_NOT_LISTED:
	case SEKISHO_REASON_PEER_UNREGISTERED:
	case SEKISHO_REASON_NOT_A_GATEWAY:
		text = say_unlisted(explained);
		break;
	case SEKISHO_REASON_ISOLATED:
		text = say_isolated(explained);
		break;
	case SEKISHO_REASON_SUSPENDED:
		text = say_suspended(explained);
		break;
	case SEKISHO_REASON_PORT_UNBOUND:
	case SEKISHO_REASON_NO_DESTINATION:
	case SEKISHO_REASON_SOURCE_SPOOFED:
		text = say_place(explained);
		break;
	case SEKISHO_REASON_TCP_NO_STATE:
		text = strdup(_("A connection begins with SYN alone; these flags continue one."));
		break;
	default:
		break;
	}
	if (text)
		return text;
	return strdup(sekisho_reason_text(explained->verdict.reason, sekisho_language_current()));
}

static json_t *time_json(const struct sekisho_policy *policy, int64_t seconds)
{
	char text[SEKISHO_TIME_TEXT];

	sekisho_format_time(text, seconds, sekisho_policy_utc_offset(policy, seconds));
	return json_string(text);
}

void sekisho_explain_needed(const struct sekisho_explained *explained, json_t *object)
{
	const struct sekisho_flow *flow = nearest(explained);
	uint8_t reason = explained->verdict.reason;

	if (reason == SEKISHO_REASON_MAC_MISMATCH && flow)
		json_object_set_new(object, "expected_macs", expected_macs(flow));
	if (reason == SEKISHO_REASON_PORT_NOT_PERMITTED)
		json_object_set_new(object, "permitted_services", permitted_services(explained));
	if (reason == SEKISHO_REASON_NOT_A_GATEWAY)
		json_object_set_new(object, "gateway_hosts", gateway_hosts(explained->policy));
	if (!flow)
		return;
	json_object_set_new(object, "valid_from", time_json(explained->policy, flow->valid_from));
	json_object_set_new(object, "valid_until", time_json(explained->policy, flow->valid_until));
}
