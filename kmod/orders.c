// SPDX-License-Identifier: GPL-2.0-only
/*
 * Orders that need no transaction: what was committed is kept or taken back, segments and hosts are
 * cut off or let in again. Knows what a sealed border still takes; nothing of how an order is kept.
 */
#include "attributes.h"
#include "request.h"
#include "witness.h"

/* Why an order was refused that the border did not take. */
static const char *reason_text(int error)
{
	switch (error) {
	case -EEXIST:
		return "it is so already";
	case -ENOENT:
		return "there is nothing to undo";
	case -ENOSPC:
		return "there are too many of them";
	case -EBUSY:
		return "a commit waits to be confirmed";
	}
	return "no memory";
}

static int refuse_order(struct genl_info *info, const struct nlattr *attribute, int error)
{
	return sekisho_request_refuse(info, attribute, reason_text(error), error);
}

/* A generation that was given with a confirmation must be the one in force. */
static int check_generation(struct genl_info *info, const struct sekisho_border *border)
{
	const struct nlattr *attribute = info->attrs[SEKISHO_A_GENERATION];
	const struct sekisho_policy *policy = sekisho_border_policy(border);

	if (!attribute || nla_get_u32(attribute) == (policy ? policy->generation : 0))
		return 0;
	return sekisho_request_refuse(info, attribute, "another generation is in force", -ESTALE);
}

static int confirm_locked(struct genl_info *info, struct sekisho_border *border)
{
	int error = sekisho_request_unsealed(info, border);

	if (!error)
		error = check_generation(info, border);
	if (error)
		return error;
	error = sekisho_border_confirm(border);
	if (error)
		return refuse_order(info, NULL, error);
	sekisho_witness_done(border, SEKISHO_EVENT_KIND_CONFIRMED, "confirm", NULL);
	return 0;
}

static int revert_locked(struct genl_info *info, struct sekisho_border *border)
{
	const struct nlattr *attribute = info->attrs[SEKISHO_A_GENERATION];
	int error = sekisho_request_unsealed(info, border);

	if (error)
		return error;
	error = sekisho_border_revert(border, attribute ? nla_get_u32(attribute) : 0);
	if (error)
		return refuse_order(info, NULL, error);
	sekisho_witness_done(border, SEKISHO_EVENT_KIND_REVERTED, "revert", NULL);
	return 0;
}

static int clear_locked(struct genl_info *info, struct sekisho_border *border)
{
	int error = sekisho_request_unsealed(info, border);

	if (error)
		return error;
	error = sekisho_border_policy(border) ? sekisho_border_commit(border, NULL, 0, 0) : -ENOENT;
	if (error)
		return refuse_order(info, NULL, error);
	sekisho_witness_done(border, SEKISHO_EVENT_KIND_CLEARED, "clear", NULL);
	return 0;
}

static int isolate_locked(struct genl_info *info, struct sekisho_border *border, bool isolated)
{
	const struct nlattr *attribute = info->attrs[SEKISHO_A_NAME];
	struct sekisho_matter matter = { .segment = attribute ? nla_data(attribute) : NULL };
	int error = isolated ? 0 : sekisho_request_unsealed(info, border);

	if (error)
		return error;
	error = sekisho_border_isolate(border, matter.segment, isolated);
	if (error)
		return refuse_order(info, attribute, error);
	if (isolated)
		sekisho_witness_done(border, SEKISHO_EVENT_KIND_ISOLATED, "isolate", &matter);
	else
		sekisho_witness_done(border, SEKISHO_EVENT_KIND_RELEASED, "release", &matter);
	return 0;
}

/* The one host that a request names. */
static int read_host(struct genl_info *info, struct sekisho_suspension *host)
{
	const struct nlattr *address = info->attrs[SEKISHO_A_ADDRESS];
	const struct nlattr *mac = info->attrs[SEKISHO_A_MAC];

	if (!address && !mac)
		return sekisho_refuse_missing(info->extack, NULL, SEKISHO_A_ADDRESS,
					      "neither an address nor a MAC is given");
	if (address && mac)
		return sekisho_refuse(info->extack, mac, "both an address and a MAC are given",
				      -EINVAL);
	memset(host, 0, sizeof(*host));
	if (address)
		host->family = sekisho_read_address(address, &host->address);
	else
		host->address.low = sekisho_read_mac(mac);
	return 0;
}

static int suspend_locked(struct genl_info *info, struct sekisho_border *border, bool suspended)
{
	struct sekisho_suspension host;
	struct sekisho_matter matter = { .host = &host };
	int error = suspended ? 0 : sekisho_request_unsealed(info, border);

	if (!error)
		error = read_host(info, &host);
	if (error)
		return error;
	error = sekisho_border_suspend(border, &host, suspended);
	if (error)
		return refuse_order(
			info, info->attrs[SEKISHO_A_ADDRESS] ?: info->attrs[SEKISHO_A_MAC], error);
	if (suspended)
		sekisho_witness_done(border, SEKISHO_EVENT_KIND_SUSPENDED, "suspend", &matter);
	else
		sekisho_witness_done(border, SEKISHO_EVENT_KIND_RESTORED, "restore", &matter);
	return 0;
}

int sekisho_do_confirm(struct sk_buff *skb, struct genl_info *info)
{
	struct sekisho_border *border = sekisho_request_border(info);
	int error;

	mutex_lock(&border->lock);
	error = confirm_locked(info, border);
	mutex_unlock(&border->lock);
	return error;
}

int sekisho_do_revert(struct sk_buff *skb, struct genl_info *info)
{
	struct sekisho_border *border = sekisho_request_border(info);
	int error;

	mutex_lock(&border->lock);
	error = revert_locked(info, border);
	mutex_unlock(&border->lock);
	return error;
}

int sekisho_do_clear(struct sk_buff *skb, struct genl_info *info)
{
	struct sekisho_border *border = sekisho_request_border(info);
	int error;

	mutex_lock(&border->lock);
	error = clear_locked(info, border);
	mutex_unlock(&border->lock);
	return error;
}

static int do_isolation(struct genl_info *info, bool isolated)
{
	struct sekisho_border *border = sekisho_request_border(info);
	int error;

	mutex_lock(&border->lock);
	error = isolate_locked(info, border, isolated);
	mutex_unlock(&border->lock);
	return error;
}

int sekisho_do_isolate(struct sk_buff *skb, struct genl_info *info)
{
	return do_isolation(info, true);
}

int sekisho_do_release(struct sk_buff *skb, struct genl_info *info)
{
	return do_isolation(info, false);
}

static int do_suspension(struct genl_info *info, bool suspended)
{
	struct sekisho_border *border = sekisho_request_border(info);
	int error;

	mutex_lock(&border->lock);
	error = suspend_locked(info, border, suspended);
	mutex_unlock(&border->lock);
	return error;
}

int sekisho_do_suspend(struct sk_buff *skb, struct genl_info *info)
{
	return do_suspension(info, true);
}

int sekisho_do_restore(struct sk_buff *skb, struct genl_info *info)
{
	return do_suspension(info, false);
}
