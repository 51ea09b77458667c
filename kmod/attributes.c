// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes: which forms are taken, and how addresses, MACs and names are read from and written to
 * them. Knows nothing of what they mean.
 *
 * All tables are strict: an attribute that a table does not list is refused, in nests as well, and
 * nests are no deeper than these tables are.
 */
#include <linux/etherdevice.h> /* the kernels differ in where unaligned access is; this has it */
#include <linux/string.h>

#include "sekisho/limits.h"

#include "attributes.h"

#define SECONDS_A_DAY	86400
#define MINUTES_A_DAY	1440
#define VLAN_LAST	4094
#define INTERFACE_BYTES 16

/* 4 or 16 bytes: they tell the family. */
static int address_form(const struct nlattr *attribute, struct netlink_ext_ack *extack)
{
	if (nla_len(attribute) == 4 || nla_len(attribute) == 16)
		return 0;
	return sekisho_refuse(extack, attribute, "an address has 4 or 16 bytes", -EINVAL);
}

/* Text that is all of the attribute: nothing hides behind its NUL. */
static int text_form(const struct nlattr *attribute, struct netlink_ext_ack *extack)
{
	size_t length = strnlen(nla_data(attribute), nla_len(attribute));

	if (length && length + 1 == nla_len(attribute))
		return 0;
	return sekisho_refuse(extack, attribute, "a name is not empty and ends with its NUL",
			      -EINVAL);
}

#define ADDRESS_POLICY	  NLA_POLICY_VALIDATE_FN(NLA_BINARY, address_form, 16)
#define TEXT_POLICY(size) NLA_POLICY_VALIDATE_FN(NLA_NUL_STRING, text_form, (size) - 1)
#define BOOL_POLICY	  NLA_POLICY_MAX(NLA_U8, 1)

/* Never written; Linux 6.1 wants them so. */
static struct netlink_range_validation confirm_range = { .min = 1, .max = SECONDS_A_DAY };
static struct netlink_range_validation connections_range = {
	.min = 1,
	.max = SEKISHO_CONNECTIONS_MAX,
};

const struct nla_policy sekisho_counts_policy[SEKISHO_COUNTS_MAX + 1] = {
	[SEKISHO_COUNTS_SEGMENTS] = { .type = NLA_U32 },
	[SEKISHO_COUNTS_NETWORKS] = { .type = NLA_U32 },
	[SEKISHO_COUNTS_PORTS] = { .type = NLA_U32 },
	[SEKISHO_COUNTS_ADDRESSES] = { .type = NLA_U32 },
	[SEKISHO_COUNTS_HOSTS] = { .type = NLA_U32 },
	[SEKISHO_COUNTS_FLOWS] = { .type = NLA_U32 },
};

static const struct nla_policy timeouts_policy[SEKISHO_TIMEOUTS_MAX + 1] = {
	[SEKISHO_TIMEOUTS_TCP_HALF_OPEN] = { .type = NLA_U32 },
	[SEKISHO_TIMEOUTS_TCP_ESTABLISHED] = { .type = NLA_U32 },
	[SEKISHO_TIMEOUTS_TCP_CLOSING] = { .type = NLA_U32 },
	[SEKISHO_TIMEOUTS_TCP_RESET] = { .type = NLA_U32 },
	[SEKISHO_TIMEOUTS_UDP_UNREPLIED] = { .type = NLA_U32 },
	[SEKISHO_TIMEOUTS_UDP_REPLIED] = { .type = NLA_U32 },
	[SEKISHO_TIMEOUTS_ICMP] = { .type = NLA_U32 },
	[SEKISHO_TIMEOUTS_OTHER] = { .type = NLA_U32 },
};

static const struct nla_policy zone_policy[SEKISHO_ZONE_MAX + 1] = {
	[SEKISHO_ZONE_SINCE] = { .type = NLA_S64 },
	[SEKISHO_ZONE_OFFSET] = { .type = NLA_S32 },
};

const struct nla_policy sekisho_site_policy[SEKISHO_SITE_MAX + 1] = {
	[SEKISHO_SITE_CONNECTIONS] = NLA_POLICY_FULL_RANGE(NLA_U32, &connections_range),
	[SEKISHO_SITE_TIMEOUTS] = NLA_POLICY_NESTED(timeouts_policy),
	[SEKISHO_SITE_ZONE] = NLA_POLICY_NESTED(zone_policy),
	[SEKISHO_SITE_FORWARD] = NLA_POLICY_MAX(NLA_U8, SEKISHO_FORWARDING_COUNT - 1),
};

static const struct nla_policy range_policy[SEKISHO_RANGE_MAX + 1] = {
	[SEKISHO_RANGE_FIRST] = ADDRESS_POLICY,
	[SEKISHO_RANGE_LAST] = ADDRESS_POLICY,
};

const struct nla_policy sekisho_segment_policy[SEKISHO_SEGMENT_A_MAX + 1] = {
	[SEKISHO_SEGMENT_A_INDEX] = NLA_POLICY_RANGE(NLA_U16, 1, SEKISHO_SEGMENTS_MAX),
	[SEKISHO_SEGMENT_A_NAME] = TEXT_POLICY(SEKISHO_NAME_BYTES),
	[SEKISHO_SEGMENT_A_MEANING] = NLA_POLICY_MAX(NLA_U8, SEKISHO_MEANING_COUNT - 1),
	[SEKISHO_SEGMENT_A_INTRA] = BOOL_POLICY,
	[SEKISHO_SEGMENT_A_ETHERTYPE] = { .type = NLA_U16 },
	[SEKISHO_SEGMENT_A_NETWORK] = NLA_POLICY_NESTED(range_policy),
};

/* What is only told is not taken. */
const struct nla_policy sekisho_port_policy[SEKISHO_PORT_MAX + 1] = {
	[SEKISHO_PORT_INTERFACE] = TEXT_POLICY(INTERFACE_BYTES),
	[SEKISHO_PORT_IFINDEX] = { .type = NLA_U32 },
	[SEKISHO_PORT_VLAN] = NLA_POLICY_MAX(NLA_U16, VLAN_LAST),
	[SEKISHO_PORT_SEGMENT] = NLA_POLICY_RANGE(NLA_U16, 1, SEKISHO_SEGMENTS_MAX),
	[SEKISHO_PORT_ATTACHED] = { .type = NLA_REJECT },
	[SEKISHO_PORT_LOST] = { .type = NLA_REJECT },
};

const struct nla_policy sekisho_hosts_policy[SEKISHO_HOSTS_MAX + 1] = {
	[SEKISHO_HOSTS_INDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[SEKISHO_HOSTS_SEGMENT] = NLA_POLICY_MAX(NLA_U16, SEKISHO_SEGMENTS_MAX),
	[SEKISHO_HOSTS_RANGE] = NLA_POLICY_NESTED(range_policy),
};

static const struct nla_policy service_policy[SEKISHO_SERVICE_MAX + 1] = {
	[SEKISHO_SERVICE_PROTOCOL] = { .type = NLA_U8 },
	[SEKISHO_SERVICE_FIRST] = { .type = NLA_U16 },
	[SEKISHO_SERVICE_LAST] = { .type = NLA_U16 },
};

static const struct nla_policy port_range_policy[SEKISHO_PORT_RANGE_MAX + 1] = {
	[SEKISHO_PORT_RANGE_FIRST] = { .type = NLA_U16 },
	[SEKISHO_PORT_RANGE_LAST] = { .type = NLA_U16 },
};

const struct nla_policy sekisho_flow_policy[SEKISHO_FLOW_MAX + 1] = {
	[SEKISHO_FLOW_ID] = TEXT_POLICY(SEKISHO_NAME_BYTES),
	[SEKISHO_FLOW_FROM] = NLA_POLICY_MAX(NLA_U16, SEKISHO_SEGMENTS_MAX),
	[SEKISHO_FLOW_TO] = NLA_POLICY_MAX(NLA_U16, SEKISHO_SEGMENTS_MAX),
	[SEKISHO_FLOW_FROM_HOSTS] = NLA_POLICY_MIN(NLA_U32, 1),
	[SEKISHO_FLOW_TO_HOSTS] = NLA_POLICY_MIN(NLA_U32, 1),
	[SEKISHO_FLOW_SERVICE] = NLA_POLICY_NESTED(service_policy),
	[SEKISHO_FLOW_MAC] = NLA_POLICY_EXACT_LEN(ETH_ALEN),
	[SEKISHO_FLOW_SOURCE_PORT] = NLA_POLICY_NESTED(port_range_policy),
	[SEKISHO_FLOW_VALID_FROM] = { .type = NLA_S64 },
	[SEKISHO_FLOW_VALID_UNTIL] = { .type = NLA_S64 },
	[SEKISHO_FLOW_DAYS] = NLA_POLICY_RANGE(NLA_U8, 1, 0x7f),
	[SEKISHO_FLOW_START_MINUTE] = NLA_POLICY_MAX(NLA_U16, MINUTES_A_DAY - 1),
	[SEKISHO_FLOW_END_MINUTE] = NLA_POLICY_MAX(NLA_U16, MINUTES_A_DAY),
	[SEKISHO_FLOW_NEW_PER_SECOND] = NLA_POLICY_MIN(NLA_U32, 1),
	[SEKISHO_FLOW_CONCURRENT] = NLA_POLICY_MIN(NLA_U32, 1),
	[SEKISHO_FLOW_SURVIVES] = BOOL_POLICY,
	[SEKISHO_FLOW_LOG] = NLA_POLICY_MAX(NLA_U8, SEKISHO_FLOW_LOG_COUNT - 1),
};

const struct nla_policy sekisho_request_nothing[SEKISHO_A_MAX + 1] = {};

const struct nla_policy sekisho_request_add[SEKISHO_A_MAX + 1] = {
	[SEKISHO_A_SITE] = NLA_POLICY_NESTED(sekisho_site_policy),
	[SEKISHO_A_SEGMENT] = NLA_POLICY_NESTED(sekisho_segment_policy),
	[SEKISHO_A_PORT] = NLA_POLICY_NESTED(sekisho_port_policy),
	[SEKISHO_A_OWN] = ADDRESS_POLICY,
	[SEKISHO_A_BROADCAST] = ADDRESS_POLICY,
	[SEKISHO_A_HOSTS] = NLA_POLICY_NESTED(sekisho_hosts_policy),
	[SEKISHO_A_FLOW] = NLA_POLICY_NESTED(sekisho_flow_policy),
};

const struct nla_policy sekisho_request_commit[SEKISHO_A_MAX + 1] = {
	[SEKISHO_A_GENERATION] = NLA_POLICY_MIN(NLA_U32, 1),
	[SEKISHO_A_DIGEST] = NLA_POLICY_EXACT_LEN(SEKISHO_DIGEST_BYTES),
	[SEKISHO_A_COUNTS] = NLA_POLICY_NESTED(sekisho_counts_policy),
	[SEKISHO_A_CONFIRM_SECONDS] = NLA_POLICY_FULL_RANGE(NLA_U32, &confirm_range),
	[SEKISHO_A_FALLBACK_GENERATION] = NLA_POLICY_MIN(NLA_U32, 1),
};

const struct nla_policy sekisho_request_generation[SEKISHO_A_MAX + 1] = {
	[SEKISHO_A_GENERATION] = NLA_POLICY_MIN(NLA_U32, 1),
};

const struct nla_policy sekisho_request_name[SEKISHO_A_MAX + 1] = {
	[SEKISHO_A_NAME] = TEXT_POLICY(SEKISHO_NAME_BYTES),
};

const struct nla_policy sekisho_request_host[SEKISHO_A_MAX + 1] = {
	[SEKISHO_A_ADDRESS] = ADDRESS_POLICY,
	[SEKISHO_A_MAC] = NLA_POLICY_EXACT_LEN(ETH_ALEN),
};

const struct nla_policy sekisho_request_seal[SEKISHO_A_MAX + 1] = {
	[SEKISHO_A_KEY_DIGEST] = NLA_POLICY_EXACT_LEN(SEKISHO_DIGEST_BYTES),
};

const struct nla_policy sekisho_request_unseal[SEKISHO_A_MAX + 1] = {
	[SEKISHO_A_KEY] = NLA_POLICY_EXACT_LEN(SEKISHO_SEAL_KEY_BYTES),
};

const struct nla_policy sekisho_request_report[SEKISHO_A_MAX + 1] = {
	[SEKISHO_A_GENERATION] = { .type = NLA_U32 },
	[SEKISHO_A_LOG_FAILED] = BOOL_POLICY,
};

int sekisho_refuse(struct netlink_ext_ack *extack, const struct nlattr *attribute, const char *text,
		   int error)
{
	if (!extack)
		return error;
	extack->_msg = text;
	if (attribute)
		NL_SET_BAD_ATTR(extack, attribute);
	return error;
}

int sekisho_refuse_missing(struct netlink_ext_ack *extack, const struct nlattr *nest, int type,
			   const char *text)
{
	extack->miss_type = type;
	extack->miss_nest = nest;
	return sekisho_refuse(extack, NULL, text, -EINVAL);
}

u8 sekisho_read_address(const struct nlattr *attribute, struct sekisho_address *address)
{
	const u8 *bytes = nla_data(attribute);

	if (nla_len(attribute) == 4) {
		address->high = 0;
		address->low = get_unaligned_be32(bytes);
		return 4;
	}
	address->high = get_unaligned_be64(bytes);
	address->low = get_unaligned_be64(bytes + 8);
	return 6;
}

u64 sekisho_read_mac(const struct nlattr *attribute)
{
	return ether_addr_to_u64(nla_data(attribute));
}

int sekisho_put_address(struct sk_buff *message, int type, u8 family,
			struct sekisho_address address)
{
	u8 bytes[16];

	if (family == 4) {
		put_unaligned_be32(address.low, bytes);
		return nla_put(message, type, 4, bytes);
	}
	put_unaligned_be64(address.high, bytes);
	put_unaligned_be64(address.low, bytes + 8);
	return nla_put(message, type, 16, bytes);
}

int sekisho_put_mac(struct sk_buff *message, int type, u64 mac)
{
	u8 bytes[ETH_ALEN];

	u64_to_ether_addr(mac, bytes);
	return nla_put(message, type, ETH_ALEN, bytes);
}
