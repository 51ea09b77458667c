/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attributes: which forms are taken, and how addresses, MACs and names are read from and written to
 * them. Knows nothing of what they mean.
 */
#ifndef SEKISHO_KMOD_ATTRIBUTES_H
#define SEKISHO_KMOD_ATTRIBUTES_H

#include <net/netlink.h>

#include "sekisho/netlink.h"

#include "address.h"

/* What the attributes inside a nest must be; those of a request are its operation's. */
extern const struct nla_policy sekisho_counts_policy[SEKISHO_COUNTS_MAX + 1];
extern const struct nla_policy sekisho_site_policy[SEKISHO_SITE_MAX + 1];
extern const struct nla_policy sekisho_segment_policy[SEKISHO_SEGMENT_A_MAX + 1];
extern const struct nla_policy sekisho_port_policy[SEKISHO_PORT_MAX + 1];
extern const struct nla_policy sekisho_hosts_policy[SEKISHO_HOSTS_MAX + 1];
extern const struct nla_policy sekisho_flow_policy[SEKISHO_FLOW_MAX + 1];

/* Requests: what is not listed in one is refused. */
extern const struct nla_policy sekisho_request_nothing[SEKISHO_A_MAX + 1];
extern const struct nla_policy sekisho_request_add[SEKISHO_A_MAX + 1];
extern const struct nla_policy sekisho_request_commit[SEKISHO_A_MAX + 1];
extern const struct nla_policy sekisho_request_generation[SEKISHO_A_MAX + 1];
extern const struct nla_policy sekisho_request_name[SEKISHO_A_MAX + 1];
extern const struct nla_policy sekisho_request_host[SEKISHO_A_MAX + 1];
extern const struct nla_policy sekisho_request_seal[SEKISHO_A_MAX + 1];
extern const struct nla_policy sekisho_request_unseal[SEKISHO_A_MAX + 1];
extern const struct nla_policy sekisho_request_report[SEKISHO_A_MAX + 1];

/* An error for the asker: what, and which attribute where it is one's fault. Returns @error. */
int sekisho_refuse(struct netlink_ext_ack *extack, const struct nlattr *attribute, const char *text,
		   int error);

/* Likewise where attribute @type is missing in @nest, NULL for the request itself: -EINVAL. */
int sekisho_refuse_missing(struct netlink_ext_ack *extack, const struct nlattr *nest, int type,
			   const char *text);

/* An attribute that the policies let pass. Returns the family, 4 or 6. */
u8 sekisho_read_address(const struct nlattr *attribute, struct sekisho_address *address);
u64 sekisho_read_mac(const struct nlattr *attribute);

/* 0 or -EMSGSIZE. */
int sekisho_put_address(struct sk_buff *message, int type, u8 family,
			struct sekisho_address address);
int sekisho_put_mac(struct sk_buff *message, int type, u64 mac);

#endif
