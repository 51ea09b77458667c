/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operations of the family, one function each, and what several of them need. Knows that they
 * are called with what their tables let pass.
 */
#ifndef SEKISHO_KMOD_REQUEST_H
#define SEKISHO_KMOD_REQUEST_H

#include <net/genetlink.h>

#include "border.h"

extern struct genl_family sekisho_family;

/* transaction.c: what is on its way into force */
int sekisho_do_begin(struct sk_buff *skb, struct genl_info *info);
int sekisho_do_add(struct sk_buff *skb, struct genl_info *info);
int sekisho_do_prepare(struct sk_buff *skb, struct genl_info *info);
int sekisho_do_commit(struct sk_buff *skb, struct genl_info *info);
int sekisho_do_abort(struct sk_buff *skb, struct genl_info *info);

/* A socket is gone, and its transaction with it. */
void sekisho_transactions_release(struct sekisho_border *border, u32 portid);

/* orders.c: what is asked of the border at once */
int sekisho_do_confirm(struct sk_buff *skb, struct genl_info *info);
int sekisho_do_revert(struct sk_buff *skb, struct genl_info *info);
int sekisho_do_clear(struct sk_buff *skb, struct genl_info *info);
int sekisho_do_isolate(struct sk_buff *skb, struct genl_info *info);
int sekisho_do_release(struct sk_buff *skb, struct genl_info *info);
int sekisho_do_suspend(struct sk_buff *skb, struct genl_info *info);
int sekisho_do_restore(struct sk_buff *skb, struct genl_info *info);

/* seal.c */
int sekisho_do_seal(struct sk_buff *skb, struct genl_info *info);
int sekisho_do_unseal(struct sk_buff *skb, struct genl_info *info);

/* status.c */
int sekisho_do_get_status(struct sk_buff *skb, struct genl_info *info);
int sekisho_do_report(struct sk_buff *skb, struct genl_info *info);

/* send.c: whether events are sent, as long as the family is there. */
void sekisho_family_open(bool open);

/* The border that a request is about. */
static inline struct sekisho_border *sekisho_request_border(struct genl_info *info)
{
	return sekisho_border_of(genl_info_net(info));
}

/**
 * sekisho_request_refuse - refuse a request, before witnesses
 * @info: the request
 * @attribute: whose fault it is, or NULL
 * @text: why
 * @error: -errno
 *
 * @border->lock is not needed. Return: @error.
 */
int sekisho_request_refuse(struct genl_info *info, const struct nlattr *attribute, const char *text,
			   int error);

/* Likewise where the extack already says why. */
int sekisho_request_refused(struct genl_info *info, int error);

/* -EPERM before witnesses where the border is sealed, else 0; @border->lock is held. */
int sekisho_request_unsealed(struct genl_info *info, const struct sekisho_border *border);

#endif
