/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy as plain data: what a policy file means once it is read and checked.
 * Knows nothing of files, YAML, BPF or the kernel; everything above builds on it.
 *
 * Ownership: every pointer inside a struct sekisho_policy belongs to it and is freed by
 * sekisho_policy_free(). Strings are UTF-8 and never NULL unless said. Addresses, ports and times
 * are in host byte order.
 */
#ifndef SEKISHO_MODEL_POLICY_H
#define SEKISHO_MODEL_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/limits.h"

/* One address. IPv4 lies in the low 32 bits of @low with @high 0. */
struct sekisho_address {
	uint64_t high;
	uint64_t low;
};

/* Addresses @first..@last, both included. @family is 4 or 6. */
struct sekisho_range {
	struct sekisho_address first;
	struct sekisho_address last;
	uint8_t family;
};

struct sekisho_ranges {
	struct sekisho_range *items;
	size_t count;
};

enum sekisho_segment_kind {
	SEKISHO_KIND_SELF,
	SEKISHO_KIND_MYNUMBER,
	SEKISHO_KIND_LGWAN,
	SEKISHO_KIND_INTERNET,
	SEKISHO_KIND_EXTERNAL,
	SEKISHO_KIND_MANAGEMENT,
	SEKISHO_KIND_OTHER,
};

#define SEKISHO_KINDS (SEKISHO_KIND_OTHER + 1)

/* As the policy file has them; and `self`. */
extern const char *const sekisho_kind_names[SEKISHO_KINDS];

enum sekisho_medium {
	SEKISHO_MEDIUM_UNSTATED,
	SEKISHO_MEDIUM_WIRED,
	SEKISHO_MEDIUM_WIRELESS,
	SEKISHO_MEDIUM_DEDICATED_LINE,
};

/* A port: an interface, or a VLAN on it. @vlan 0 means untagged (and priority-tagged). */
struct sekisho_port {
	char *interface;
	uint16_t vlan;
	enum sekisho_medium medium;
};

/* 情報資産の分類 (R21): 1..3 each, 0 where the policy does not say. */
struct sekisho_class {
	uint8_t confidentiality;
	uint8_t integrity;
	uint8_t availability;
};

struct sekisho_segment {
	char *name;
	char *label; /* the name again where the policy gives none */
	enum sekisho_segment_kind kind;
	uint8_t peer_class; /* kind external: 1 or 2 (R3); else 0 */
	struct sekisho_port *ports;
	size_t port_count;
	struct sekisho_ranges networks; /* prefixes, sorted by family, then first address */
	uint16_t ethertypes[SEKISHO_ETHERTYPES_MAX]; /* beside ARP and IP */
	size_t ethertype_count;
	bool intra_permit;
	struct sekisho_class class;
};

/*
 * A service. For TCP and UDP @first..@last are destination ports; for ICMP (1) and ICMPv6 (58)
 * they are types; for every other protocol they are 0 and 65535 and mean nothing.
 */
struct sekisho_service {
	uint8_t protocol;
	uint16_t first;
	uint16_t last;
};

struct sekisho_port_range {
	uint16_t first;
	uint16_t last;
};

/* One side of a flow. No ranges: every host of the segment. */
struct sekisho_endpoint {
	uint16_t segment; /* index into sekisho_policy.segments */
	struct sekisho_ranges hosts;
};

enum sekisho_sanitize {
	SEKISHO_SANITIZE_NONE,
	SEKISHO_SANITIZE_MAIL_TEXT,
	SEKISHO_SANITIZE_SCREEN,
	SEKISHO_SANITIZE_FILE,
};

enum sekisho_flow_log {
	SEKISHO_LOG_NEW, /* new connections and their ends */
	SEKISHO_LOG_ALL, /* also samples of what follows, one a second */
	SEKISHO_LOG_NONE,
};

/* Weekdays and hours in the site's zone. @days: bit 0 is Monday. Minutes since midnight. */
struct sekisho_schedule {
	bool present;
	uint8_t days;
	uint16_t start_minute;
	uint16_t end_minute; /* exclusive; below start: until that time of the next day */
};

/* 0 means no limit. */
struct sekisho_limit {
	uint32_t new_per_second;
	uint32_t concurrent;
};

struct sekisho_flow {
	char *id;
	struct sekisho_endpoint from; /* the initiator */
	struct sekisho_endpoint to; /* the responder */
	uint64_t *macs; /* initiator's source MACs, first octet in bits 47..40; sorted */
	size_t mac_count;
	struct sekisho_port_range *source_ports; /* none: any */
	size_t source_port_count;
	struct sekisho_service *services;
	size_t service_count;
	int64_t valid_from; /* seconds since 1970 UTC */
	int64_t valid_until; /* exclusive */
	struct sekisho_schedule schedule;
	struct sekisho_limit limit;
	enum sekisho_flow_log log;
	enum sekisho_sanitize sanitize;
	bool survives_isolation;
	bool exception; /* R11 */
	char *purpose;
	char *requested_by;
	char *approved_by;
	int64_t approved_on; /* midnight in the site's zone; INT64_MIN where not given */
	char *dual_role_reason; /* NULL where not given (R9) */
	char *mac_exempt; /* NULL where not given (R2) */
	unsigned int line; /* where the flow stands in the policy file */
};

enum sekisho_site_model {
	SEKISHO_MODEL_ALPHA,
	SEKISHO_MODEL_ALPHA_DASH,
	SEKISHO_MODEL_BETA,
	SEKISHO_MODEL_BETA_DASH,
};

enum sekisho_forward {
	SEKISHO_FORWARD_KERNEL,
	SEKISHO_FORWARD_FAST
};

enum sekisho_log_failure {
	SEKISHO_LOG_FAILURE_CONTINUE,
	SEKISHO_LOG_FAILURE_DENY
};

/* Sanitising gateways (R5). */
struct sekisho_gateway {
	char *name;
	struct sekisho_ranges hosts;
	uint8_t methods; /* bit (1 << enum sekisho_sanitize) a method */
};

/* Idle times in seconds after which a connection is forgotten (semantics.md, State timeouts). */
struct sekisho_timeouts {
	uint32_t tcp_half_open;
	uint32_t tcp_established;
	uint32_t tcp_closing;
	uint32_t tcp_reset;
	uint32_t udp_unreplied;
	uint32_t udp_replied;
	uint32_t icmp;
	uint32_t other;
};

/* The site's UTC offset from @since (seconds since 1970 UTC) on. */
struct sekisho_zone_change {
	int64_t since;
	int32_t offset;
};

struct sekisho_policy {
	char *site_name;
	char *timezone;
	struct sekisho_zone_change
		zone[SEKISHO_ZONE_CHANGES_MAX]; /* ascending; [0] since INT64_MIN */
	size_t zone_count;
	enum sekisho_site_model model;
	enum sekisho_forward forward;
	enum sekisho_log_failure log_failure;
	uint32_t log_retention_days; /* how long the audit log is kept; 0: nothing is removed */
	bool guard_required;
	uint32_t connections; /* room in the connection table */
	struct sekisho_timeouts timeouts;
	struct sekisho_segment *segments; /* [0] is `self` */
	size_t segment_count;
	struct sekisho_gateway *gateways;
	size_t gateway_count;
	struct sekisho_flow *flows; /* sorted by id, bytewise */
	size_t flow_count;
	uint8_t digest[32]; /* SHA-256 of the canonical text */
};

/**
 * sekisho_policy_new - an empty policy with its defaults and the segment `self`
 *
 * Return: the policy, to be freed with sekisho_policy_free(), or NULL without memory.
 */
struct sekisho_policy *sekisho_policy_new(void);

/**
 * sekisho_policy_free - free a policy and all that it owns
 * @policy: the policy, or NULL
 */
void sekisho_policy_free(struct sekisho_policy *policy);

/**
 * sekisho_policy_segment - find a segment by name
 * @policy: the policy
 * @name: its name
 *
 * Return: the index in policy->segments, or SEKISHO_SEGMENT_NONE.
 */
uint16_t sekisho_policy_segment(const struct sekisho_policy *policy, const char *name);

/**
 * sekisho_policy_utc_offset - the site's offset from UTC at a time
 * @policy: the policy
 * @time: seconds since 1970 UTC
 *
 * Return: seconds to add to UTC for local time.
 */
int32_t sekisho_policy_utc_offset(const struct sekisho_policy *policy, int64_t time);

/* -1, 0, 1 as @a is below, equal to or above @b. */
int sekisho_address_compare(struct sekisho_address a, struct sekisho_address b);

static inline bool sekisho_range_contains(const struct sekisho_range *range, uint8_t family,
					  struct sekisho_address address)
{
	return range->family == family && sekisho_address_compare(range->first, address) <= 0 &&
	       sekisho_address_compare(address, range->last) <= 0;
}

#endif
