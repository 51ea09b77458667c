// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the border is, for whoever asks, and what the tool reports of its own half of it. Knows where
 * each number is kept; nothing of how it came about.
 */
#include <linux/ktime.h>

#include "sekisho/reasons.h"
#include "sekisho/version.h"

#include "attributes.h"
#include "connections.h"
#include "counters.h"
#include "request.h"
#include "telling.h"
#include "witness.h"

struct frame_sums {
	u64 permitted;
	u64 denied;
};

static struct frame_sums sum_frames(const struct sekisho_border *border)
{
	struct frame_sums sums = {};
	struct sekisho_tally_row row;
	unsigned int reason;

	for (reason = 0; reason < SEKISHO_REASON_ROWS; reason++) {
		sekisho_counters_reason(border->counters, reason, &row);
		if (sekisho_reason_permits(reason))
			sums.permitted += row.packets;
		else
			sums.denied += row.packets;
	}
	return sums;
}

static int put_frames(struct sk_buff *message, const struct sekisho_border *border)
{
	struct frame_sums sums = sum_frames(border);

	if (nla_put_u64_64bit(message, SEKISHO_STATUS_FRAMES, sums.permitted + sums.denied,
			      SEKISHO_STATUS_PAD) ||
	    nla_put_u64_64bit(message, SEKISHO_STATUS_PERMITTED, sums.permitted,
			      SEKISHO_STATUS_PAD) ||
	    nla_put_u64_64bit(message, SEKISHO_STATUS_DENIED, sums.denied, SEKISHO_STATUS_PAD) ||
	    nla_put_u64_64bit(message, SEKISHO_STATUS_MISMATCHES,
			      sekisho_counters_mismatches(border->counters), SEKISHO_STATUS_PAD) ||
	    nla_put_u64_64bit(message, SEKISHO_STATUS_LOST_EVENTS,
			      sekisho_telling_lost(border->telling), SEKISHO_STATUS_PAD))
		return -EMSGSIZE;
	return 0;
}

static int put_policy(struct sk_buff *message, const struct sekisho_policy *policy)
{
	if (nla_put_u32(message, SEKISHO_STATUS_GENERATION, policy ? policy->generation : 0))
		return -EMSGSIZE;
	if (!policy)
		return 0;
	if (nla_put(message, SEKISHO_STATUS_DIGEST, sizeof(policy->digest), policy->digest) ||
	    nla_put_s64(message, SEKISHO_STATUS_APPLIED_AT, policy->applied_at,
			SEKISHO_STATUS_PAD) ||
	    nla_put_u32(message, SEKISHO_STATUS_FLOWS, policy->flow_count) ||
	    nla_put_u64_64bit(message, SEKISHO_STATUS_POLICY_BYTES, policy->bytes,
			      SEKISHO_STATUS_PAD))
		return -EMSGSIZE;
	return 0;
}

static int put_connections(struct sk_buff *message, const struct sekisho_connections *connections)
{
	u32 count = connections ? sekisho_connections_count(connections) : 0;
	u32 room = connections ? sekisho_connections_room(connections) : 0;

	if (nla_put_u32(message, SEKISHO_STATUS_CONNECTIONS, count) ||
	    nla_put_u32(message, SEKISHO_STATUS_CONNECTIONS_ROOM, room))
		return -EMSGSIZE;
	return 0;
}

/*
 * Seconds until it reverts by itself, of the monotonic clock and whole ones: whoever reads that
 * clock in the same second knows the second in which it does.
 */
static u32 seconds_left(const struct sekisho_border *border)
{
	time64_t left = border->fallback_second - ktime_get_seconds();

	return left > 0 ? (u32)left : 0;
}

static int put_orders(struct sk_buff *message, const struct sekisho_border *border)
{
	if (nla_put_u64_64bit(message, SEKISHO_STATUS_EPOCH, sekisho_border_regime(border)->epoch,
			      SEKISHO_STATUS_PAD) ||
	    nla_put_u8(message, SEKISHO_STATUS_SEALED, border->sealed) ||
	    nla_put_u8(message, SEKISHO_STATUS_ISOLATED_ALL, border->isolated_all) ||
	    nla_put_u32(message, SEKISHO_STATUS_FELL_BACK, border->fell_back) ||
	    nla_put_u32(message, SEKISHO_STATUS_STALE, border->stale))
		return -EMSGSIZE;
	if (border->falls_back &&
	    nla_put_u32(message, SEKISHO_STATUS_CONFIRM_SECONDS, seconds_left(border)))
		return -EMSGSIZE;
	if (border->maps_reported &&
	    nla_put_u32(message, SEKISHO_STATUS_MAPS_GENERATION, border->maps_generation))
		return -EMSGSIZE;
	return 0;
}

static int put_status(struct sk_buff *message, const struct sekisho_border *border)
{
	struct nlattr *nest = nla_nest_start(message, SEKISHO_A_STATUS);

	if (!nest || put_policy(message, sekisho_border_policy(border)) ||
	    put_orders(message, border) || put_frames(message, border) ||
	    put_connections(message, sekisho_border_regime(border)->connections) ||
	    nla_put_string(message, SEKISHO_STATUS_VERSION, SEKISHO_VERSION))
		return -EMSGSIZE;
	nla_nest_end(message, nest);
	return 0;
}

int sekisho_do_get_status(struct sk_buff *skb, struct genl_info *info)
{
	struct sekisho_border *border = sekisho_request_border(info);
	struct sk_buff *message = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;
	int error;

	if (!message)
		return -ENOMEM;
	header = genlmsg_put_reply(message, info, &sekisho_family, 0, SEKISHO_CMD_GET_STATUS);
	if (!header) {
		nlmsg_free(message);
		return -EMSGSIZE;
	}
	mutex_lock(&border->lock);
	error = put_status(message, border);
	mutex_unlock(&border->lock);
	if (error) {
		nlmsg_free(message);
		return error;
	}
	genlmsg_end(message, header);
	return genlmsg_reply(message, info);
}

/* The maps have a generation: the same as here, or another, which is told once as long as it is. */
static void report_generation(struct sekisho_border *border, u32 generation)
{
	const struct sekisho_policy *policy = sekisho_border_policy(border);
	bool known = border->maps_reported && border->maps_stale &&
		     border->maps_generation == generation;

	border->maps_reported = true;
	border->maps_generation = generation;
	border->maps_stale = generation != (policy ? policy->generation : 0);
	if (!border->maps_stale)
		return;
	border->stale++;
	if (!known)
		sekisho_witness_stale(border);
}

int sekisho_do_report(struct sk_buff *skb, struct genl_info *info)
{
	struct sekisho_border *border = sekisho_request_border(info);
	const struct nlattr *generation = info->attrs[SEKISHO_A_GENERATION];
	const struct nlattr *log_failed = info->attrs[SEKISHO_A_LOG_FAILED];
	int error = 0;

	if (!generation && !log_failed)
		return sekisho_refuse_missing(info->extack, NULL, SEKISHO_A_GENERATION,
					      "nothing is reported");
	mutex_lock(&border->lock);
	if (generation)
		report_generation(border, nla_get_u32(generation));
	if (log_failed)
		error = sekisho_border_deny_new(border, nla_get_u8(log_failed));
	mutex_unlock(&border->lock);
	return error;
}
