/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be asked of an audit log, and whether a record is an answer. Pure: the index and a scan
 * of the log both go by it, so that they cannot differ. Knows nothing of files or indexes.
 *
 * A record is taken apart into facts: a type, a reason, addresses, ports, names. A condition names
 * the kinds of facts that will do and a range of values; a query is a period and conditions, all of
 * which must hold.
 */
#ifndef SEKISHO_AUDIT_QUERY_H
#define SEKISHO_AUDIT_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reader.h"
#include "record.h"

enum sekisho_fact_kind {
	SEKISHO_FACT_TYPE,
	SEKISHO_FACT_REASON,
	SEKISHO_FACT_FLOW,
	SEKISHO_FACT_FROM, /* a segment, as the next two */
	SEKISHO_FACT_TO,
	SEKISHO_FACT_SEGMENT, /* isolated or released */
	SEKISHO_FACT_SRC, /* an address, as the next two; the initiator's */
	SEKISHO_FACT_DST, /* the responder's */
	SEKISHO_FACT_TARGET, /* suspended or restored */
	SEKISHO_FACT_MAC,
	SEKISHO_FACT_SPORT,
	SEKISHO_FACT_DPORT,
	SEKISHO_FACT_PROTOCOL,
	SEKISHO_FACT_PERSON, /* actor, second person, authority */
	SEKISHO_FACT_KINDS,
};

#define SEKISHO_FACTS(kind) (1u << SEKISHO_FACT_##kind)

/* What --host and --segment mean: source or destination, and what an order was about. */
#define SEKISHO_FACTS_HOST    (SEKISHO_FACTS(SRC) | SEKISHO_FACTS(DST) | SEKISHO_FACTS(TARGET))
#define SEKISHO_FACTS_SEGMENT (SEKISHO_FACTS(FROM) | SEKISHO_FACTS(TO) | SEKISHO_FACTS(SEGMENT))

/* IPv6, or IPv4 mapped into it; numbers big-endian; a name's hash; a type's first bytes. */
#define SEKISHO_FACT_BYTES	 16
#define SEKISHO_FACTS_MAX	 24
#define SEKISHO_CONDITIONS_MAX	 16
#define SEKISHO_QUERY_TYPE_BYTES 64

struct sekisho_fact {
	enum sekisho_fact_kind kind;
	uint8_t value[SEKISHO_FACT_BYTES];
	const char *text; /* of a type or name: escapes resolved, no NUL; else NULL */
	size_t length;
};

struct sekisho_facts {
	int64_t begin_ns, end_ns; /* what the record tells of, both included; since 1970 UTC */
	size_t count;
	struct sekisho_fact items[SEKISHO_FACTS_MAX];
	size_t used;
	char resolved[SEKISHO_RECORD_LINE_BYTES]; /* texts that had escapes */
};

struct sekisho_condition {
	unsigned int kinds; /* SEKISHO_FACTS(): one of these has a value in the range */
	uint8_t low[SEKISHO_FACT_BYTES], high[SEKISHO_FACT_BYTES]; /* both included */
	const char *text; /* and is this name; NULL: the value says all. Borrowed */
	bool pattern; /* @text is one, with * and ? */
};

struct sekisho_query {
	int64_t since_ns, until_ns; /* until is excluded */
	size_t count;
	struct sekisho_condition conditions[SEKISHO_CONDITIONS_MAX];
};

/**
 * sekisho_query_begin - ask for everything
 */
void sekisho_query_begin(struct sekisho_query *query);

/**
 * sekisho_query_name - ask for a name, exactly as it is recorded
 * @kinds: SEKISHO_FACTS() of names
 * @name: borrowed as long as the query lives
 */
void sekisho_query_name(struct sekisho_query *query, unsigned int kinds, const char *name);

/**
 * sekisho_query_type - ask for a type
 * @pattern: a name, or a pattern with `*` and `?`; borrowed as long as the query lives
 */
void sekisho_query_type(struct sekisho_query *query, const char *pattern);

/**
 * sekisho_query_host - ask for an address, a prefix or a MAC address
 * @kinds: SEKISHO_FACTS() of addresses
 * @mac: a MAC address will do too
 * @text: what was given; host bits of a prefix do not matter
 * Return: false where it is none of them.
 */
bool sekisho_query_host(struct sekisho_query *query, unsigned int kinds, bool mac,
			const char *text);

/**
 * sekisho_query_port - ask for a port on either side
 */
void sekisho_query_port(struct sekisho_query *query, uint16_t port);

/**
 * sekisho_query_protocol - ask for a protocol
 * @text: tcp, udp, icmp, icmpv6 or a number
 * Return: false where it is none.
 */
bool sekisho_query_protocol(struct sekisho_query *query, const char *text);

/**
 * sekisho_facts_read - take a record apart
 * @facts: borrows from the entry's text
 * @entry: without a defect
 */
void sekisho_facts_read(struct sekisho_facts *facts, const struct sekisho_entry *entry);

/**
 * sekisho_query_fits - whether a record is an answer
 */
bool sekisho_query_fits(const struct sekisho_query *query, const struct sekisho_facts *facts);

#endif
