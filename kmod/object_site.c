// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a policy says of the site, from its attribute. Knows attributes; whether values make sense
 * is the draft's to say.
 */
#include "object_site.h"

#include "attributes.h"

static int read_timeouts(u32 *timeouts, const struct nlattr *nest, struct netlink_ext_ack *extack)
{
	/* As enum sekisho_timeout counts them. */
	static const int types[SEKISHO_TIMEOUTS] = {
		[SEKISHO_TIMEOUT_TCP_HALF_OPEN] = SEKISHO_TIMEOUTS_TCP_HALF_OPEN,
		[SEKISHO_TIMEOUT_TCP_ESTABLISHED] = SEKISHO_TIMEOUTS_TCP_ESTABLISHED,
		[SEKISHO_TIMEOUT_TCP_CLOSING] = SEKISHO_TIMEOUTS_TCP_CLOSING,
		[SEKISHO_TIMEOUT_TCP_RESET] = SEKISHO_TIMEOUTS_TCP_RESET,
		[SEKISHO_TIMEOUT_UDP_UNREPLIED] = SEKISHO_TIMEOUTS_UDP_UNREPLIED,
		[SEKISHO_TIMEOUT_UDP_REPLIED] = SEKISHO_TIMEOUTS_UDP_REPLIED,
		[SEKISHO_TIMEOUT_ICMP] = SEKISHO_TIMEOUTS_ICMP,
		[SEKISHO_TIMEOUT_OTHER] = SEKISHO_TIMEOUTS_OTHER,
	};
	struct nlattr *parts[SEKISHO_TIMEOUTS_MAX + 1];
	int error = nla_parse_nested(parts, SEKISHO_TIMEOUTS_MAX, nest, NULL, extack);
	int i;

	if (error)
		return error;
	for (i = 0; i < SEKISHO_TIMEOUTS; i++) {
		if (!parts[types[i]])
			return sekisho_refuse_missing(extack, nest, types[i],
						      "a timeout is missing");
		timeouts[i] = nla_get_u32(parts[types[i]]);
	}
	return 0;
}

static int read_zone(struct sekisho_site *site, const struct nlattr *nest,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *parts[SEKISHO_ZONE_MAX + 1];
	int error = nla_parse_nested(parts, SEKISHO_ZONE_MAX, nest, NULL, extack);

	if (error)
		return error;
	if (!parts[SEKISHO_ZONE_SINCE])
		return sekisho_refuse_missing(extack, nest, SEKISHO_ZONE_SINCE,
					      "an offset has no time");
	if (!parts[SEKISHO_ZONE_OFFSET])
		return sekisho_refuse_missing(extack, nest, SEKISHO_ZONE_OFFSET,
					      "an offset is missing");
	if (site->zone_count >= SEKISHO_ZONE_CHANGES_MAX)
		return sekisho_refuse(extack, nest, "too many offsets from UTC", -E2BIG);
	site->zone[site->zone_count++] = (struct sekisho_zone_change){
		.since = nla_get_s64(parts[SEKISHO_ZONE_SINCE]),
		.offset = nla_get_s32(parts[SEKISHO_ZONE_OFFSET]),
	};
	return 0;
}

static int read_zones(struct sekisho_site *site, const struct nlattr *nest,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *part;
	int error = 0;
	int rest;

	nla_for_each_nested(part, nest, rest) {
		if (nla_type(part) == SEKISHO_SITE_ZONE)
			error = read_zone(site, part, extack);
		if (error)
			return error;
	}
	return 0;
}

int sekisho_object_site(struct sekisho_site *site, const struct nlattr *nest,
			struct netlink_ext_ack *extack)
{
	struct nlattr *parts[SEKISHO_SITE_MAX + 1];
	int error = nla_parse_nested(parts, SEKISHO_SITE_MAX, nest, NULL, extack);

	if (error)
		return error;
	if (!parts[SEKISHO_SITE_CONNECTIONS])
		return sekisho_refuse_missing(extack, nest, SEKISHO_SITE_CONNECTIONS,
					      "the room for connections is missing");
	if (!parts[SEKISHO_SITE_TIMEOUTS])
		return sekisho_refuse_missing(extack, nest, SEKISHO_SITE_TIMEOUTS,
					      "timeouts are missing");
	site->connections = nla_get_u32(parts[SEKISHO_SITE_CONNECTIONS]);
	site->fast = parts[SEKISHO_SITE_FORWARD] &&
		     nla_get_u8(parts[SEKISHO_SITE_FORWARD]) == SEKISHO_FORWARDING_FAST;
	error = read_timeouts(site->timeouts, parts[SEKISHO_SITE_TIMEOUTS], extack);
	return error ? error : read_zones(site, nest, extack);
}
