/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The packet that `explain` is asked about, read from KEY=VALUE words. Pure: needs no policy, no
 * files. Knows nothing of verdicts.
 */
#ifndef SEKISHO_COMMAND_EXPLAIN_REQUEST_H
#define SEKISHO_COMMAND_EXPLAIN_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/frame.h"
#include "model/policy.h"
#include "policy/zone.h"

/* In place of a port or an address: the border host. */
#define SEKISHO_EXPLAIN_SELF "self"

struct sekisho_explain_request {
	const char *port; /* as given; borrowed */
	bool output; /* in=self: the host sends it */
	bool source_self;
	bool destination_self;
	uint8_t family;
	struct sekisho_address source;
	struct sekisho_address destination;
	uint8_t protocol;
	uint16_t source_port;
	uint16_t destination_port;
	uint8_t icmp_type;
	uint8_t tcp_flags;
	bool has_mac;
	uint64_t mac;
	const char *at; /* as given, or NULL; borrowed */
};

enum sekisho_explain_fault {
	SEKISHO_EXPLAIN_FINE,
	SEKISHO_EXPLAIN_NO_KEY, /* @key is no KEY=VALUE */
	SEKISHO_EXPLAIN_UNKNOWN, /* there is no @key */
	SEKISHO_EXPLAIN_TWICE, /* @key */
	SEKISHO_EXPLAIN_MISSING, /* @key must be there */
	SEKISHO_EXPLAIN_VALUE, /* @value is nothing that @key can be */
	SEKISHO_EXPLAIN_FAMILY, /* one address is IPv4, the other IPv6 */
};

struct sekisho_explain_problem {
	enum sekisho_explain_fault fault;
	char key[16];
	char value[64];
};

/**
 * sekisho_explain_parse - read the words
 * @words: KEY=VALUE
 * @count: how many
 * @request: filled in
 * @problem: filled in where false is returned
 *
 * Return: whether they name a packet.
 */
bool sekisho_explain_parse(const char *const *words, size_t count,
			   struct sekisho_explain_request *request,
			   struct sekisho_explain_problem *problem);

/**
 * sekisho_explain_time - a point in time
 * @text: `2027-03-31T23:59:59+09:00`; without offset in @zone; without time midnight; or `@SECONDS`
 * @zone: the site's zone
 * @seconds: set to seconds since 1970 UTC
 *
 * Return: false where @text is none.
 */
bool sekisho_explain_time(const char *text, const struct sekisho_zone *zone, int64_t *seconds);

/* The frame that such a packet would be. */
void sekisho_explain_frame(const struct sekisho_explain_request *request, uint16_t vlan,
			   struct sekisho_frame *frame);

#endif
