// SPDX-License-Identifier: GPL-2.0-only
/*
 * The grammar, as tables of attribute sets. Knows types and bounds; nothing of what a policy means.
 */
#include "fuzz_grammar.h"

#include <stdio.h>
#include <string.h>

#include <openssl/sha.h>

#include "sekisho/limits.h"

#define ELEMENTS(array) (sizeof(array) / sizeof(*(array)))

enum shape {
	SHAPE_U8,
	SHAPE_U16,
	SHAPE_U32,
	SHAPE_U64,
	SHAPE_STRING,
	SHAPE_ADDRESS,
	SHAPE_BYTES,
	SHAPE_KEY,
	SHAPE_KEY_DIGEST,
	SHAPE_NEST,
};

struct set;

struct rule {
	uint16_t type;
	uint8_t shape;
	bool repeated;
	uint64_t first; /* of values; of strings and bytes: of lengths */
	uint64_t last;
	const struct set *nested;
};

struct set {
	const struct rule *rules;
	size_t count;
};

#define NUMBER(type, shape, first, last) { type, shape, false, first, last, NULL }
#define U32(type)			 NUMBER(type, SHAPE_U32, 0, UINT32_MAX)
#define MANY(type, shape, first, last)	 { type, shape, true, first, last, NULL }
#define NEST(type, set)			 { type, SHAPE_NEST, false, 0, 0, &(set) }
#define NESTS(type, set)		 { type, SHAPE_NEST, true, 0, 0, &(set) }
#define SET(name)			 static const struct set name##_set = { name, ELEMENTS(name) }

static const struct rule counts[] = {
	U32(SEKISHO_COUNTS_SEGMENTS),  U32(SEKISHO_COUNTS_NETWORKS), U32(SEKISHO_COUNTS_PORTS),
	U32(SEKISHO_COUNTS_ADDRESSES), U32(SEKISHO_COUNTS_HOSTS),    U32(SEKISHO_COUNTS_FLOWS),
};
SET(counts);

static const struct rule timeouts[] = {
	NUMBER(SEKISHO_TIMEOUTS_TCP_HALF_OPEN, SHAPE_U32, 0, 86400),
	NUMBER(SEKISHO_TIMEOUTS_TCP_ESTABLISHED, SHAPE_U32, 0, 86400),
	NUMBER(SEKISHO_TIMEOUTS_TCP_CLOSING, SHAPE_U32, 0, 86400),
	NUMBER(SEKISHO_TIMEOUTS_TCP_RESET, SHAPE_U32, 0, 86400),
	NUMBER(SEKISHO_TIMEOUTS_UDP_UNREPLIED, SHAPE_U32, 0, 86400),
	NUMBER(SEKISHO_TIMEOUTS_UDP_REPLIED, SHAPE_U32, 0, 86400),
	NUMBER(SEKISHO_TIMEOUTS_ICMP, SHAPE_U32, 0, 86400),
	NUMBER(SEKISHO_TIMEOUTS_OTHER, SHAPE_U32, 0, 86400),
};
SET(timeouts);

static const struct rule zone[] = {
	NUMBER(SEKISHO_ZONE_SINCE, SHAPE_U64, 0, UINT64_MAX),
	U32(SEKISHO_ZONE_OFFSET),
};
SET(zone);

/* No more connections than a guest has memory for: what is asked for here may be committed. */
static const struct rule site[] = {
	NUMBER(SEKISHO_SITE_CONNECTIONS, SHAPE_U32, 1, 65536),
	NEST(SEKISHO_SITE_TIMEOUTS, timeouts_set),
	NESTS(SEKISHO_SITE_ZONE, zone_set),
	NUMBER(SEKISHO_SITE_FORWARD, SHAPE_U8, 0, SEKISHO_FORWARDING_COUNT - 1),
};
SET(site);

static const struct rule range[] = {
	NUMBER(SEKISHO_RANGE_FIRST, SHAPE_ADDRESS, 0, 0),
	NUMBER(SEKISHO_RANGE_LAST, SHAPE_ADDRESS, 0, 0),
};
SET(range);

static const struct rule segment[] = {
	NUMBER(SEKISHO_SEGMENT_A_INDEX, SHAPE_U16, 1, SEKISHO_SEGMENTS_MAX),
	NUMBER(SEKISHO_SEGMENT_A_NAME, SHAPE_STRING, 1, 31),
	NUMBER(SEKISHO_SEGMENT_A_MEANING, SHAPE_U8, 0, SEKISHO_MEANING_COUNT - 1),
	NUMBER(SEKISHO_SEGMENT_A_INTRA, SHAPE_U8, 0, 1),
	MANY(SEKISHO_SEGMENT_A_ETHERTYPE, SHAPE_U16, 0, 0xffff),
	NESTS(SEKISHO_SEGMENT_A_NETWORK, range_set),
};
SET(segment);

static const struct rule port[] = {
	NUMBER(SEKISHO_PORT_INTERFACE, SHAPE_STRING, 1, 15),
	NUMBER(SEKISHO_PORT_IFINDEX, SHAPE_U32, 0, 8),
	NUMBER(SEKISHO_PORT_VLAN, SHAPE_U16, 0, 4094),
	NUMBER(SEKISHO_PORT_SEGMENT, SHAPE_U16, 0, 8),
	NUMBER(SEKISHO_PORT_ATTACHED, SHAPE_U8, 0, 2),
	U32(SEKISHO_PORT_LOST),
};
SET(port);

static const struct rule hosts[] = {
	NUMBER(SEKISHO_HOSTS_INDEX, SHAPE_U32, 1, 64),
	NUMBER(SEKISHO_HOSTS_SEGMENT, SHAPE_U16, 0, 8),
	NESTS(SEKISHO_HOSTS_RANGE, range_set),
};
SET(hosts);

static const struct rule service[] = {
	NUMBER(SEKISHO_SERVICE_PROTOCOL, SHAPE_U8, 0, 255),
	NUMBER(SEKISHO_SERVICE_FIRST, SHAPE_U16, 0, 0xffff),
	NUMBER(SEKISHO_SERVICE_LAST, SHAPE_U16, 0, 0xffff),
};
SET(service);

static const struct rule port_range[] = {
	NUMBER(SEKISHO_PORT_RANGE_FIRST, SHAPE_U16, 0, 0xffff),
	NUMBER(SEKISHO_PORT_RANGE_LAST, SHAPE_U16, 0, 0xffff),
};
SET(port_range);

static const struct rule flow[] = {
	NUMBER(SEKISHO_FLOW_ID, SHAPE_STRING, 1, 31),
	NUMBER(SEKISHO_FLOW_FROM, SHAPE_U16, 0, 8),
	NUMBER(SEKISHO_FLOW_TO, SHAPE_U16, 0, 8),
	NUMBER(SEKISHO_FLOW_FROM_HOSTS, SHAPE_U32, 0, 64),
	NUMBER(SEKISHO_FLOW_TO_HOSTS, SHAPE_U32, 0, 64),
	NESTS(SEKISHO_FLOW_SERVICE, service_set),
	MANY(SEKISHO_FLOW_MAC, SHAPE_BYTES, 6, 6),
	NESTS(SEKISHO_FLOW_SOURCE_PORT, port_range_set),
	NUMBER(SEKISHO_FLOW_VALID_FROM, SHAPE_U64, 0, UINT64_MAX),
	NUMBER(SEKISHO_FLOW_VALID_UNTIL, SHAPE_U64, 0, UINT64_MAX),
	NUMBER(SEKISHO_FLOW_DAYS, SHAPE_U8, 1, 127),
	NUMBER(SEKISHO_FLOW_START_MINUTE, SHAPE_U16, 0, 1439),
	NUMBER(SEKISHO_FLOW_END_MINUTE, SHAPE_U16, 0, 1440),
	NUMBER(SEKISHO_FLOW_NEW_PER_SECOND, SHAPE_U32, 1, UINT32_MAX),
	NUMBER(SEKISHO_FLOW_CONCURRENT, SHAPE_U32, 1, UINT32_MAX),
	NUMBER(SEKISHO_FLOW_SURVIVES, SHAPE_U8, 0, 1),
	NUMBER(SEKISHO_FLOW_LOG, SHAPE_U8, 0, SEKISHO_FLOW_LOG_COUNT - 1),
};
SET(flow);

/* Only told. Sent, they are to be refused. */
static const struct rule status[] = {
	U32(SEKISHO_STATUS_GENERATION),
	NUMBER(SEKISHO_STATUS_DIGEST, SHAPE_BYTES, 32, 32),
	NUMBER(SEKISHO_STATUS_SEALED, SHAPE_U8, 0, 1),
};
SET(status);

static const struct rule tally[] = {
	NUMBER(SEKISHO_TALLY_REASON, SHAPE_U8, 0, 63),
	NUMBER(SEKISHO_TALLY_PACKETS, SHAPE_U64, 0, UINT64_MAX),
};
SET(tally);

static const struct rule event[] = {
	NUMBER(SEKISHO_EVENT_A_KIND, SHAPE_U8, 0, SEKISHO_EVENT_KIND_COUNT),
	NUMBER(SEKISHO_EVENT_A_DETAIL, SHAPE_STRING, 1, 90),
};
SET(event);

/* By type: entry i is attribute i + 1. */
static const struct rule all[] = {
	NUMBER(SEKISHO_A_GENERATION, SHAPE_U32, 0, UINT32_MAX),
	NUMBER(SEKISHO_A_DIGEST, SHAPE_BYTES, 32, 32),
	NEST(SEKISHO_A_COUNTS, counts_set),
	NUMBER(SEKISHO_A_CONFIRM_SECONDS, SHAPE_U32, 1, 86400),
	NUMBER(SEKISHO_A_FALLBACK_GENERATION, SHAPE_U32, 1, UINT32_MAX),
	NEST(SEKISHO_A_SITE, site_set),
	NESTS(SEKISHO_A_SEGMENT, segment_set),
	NESTS(SEKISHO_A_PORT, port_set),
	MANY(SEKISHO_A_OWN, SHAPE_ADDRESS, 0, 0),
	MANY(SEKISHO_A_BROADCAST, SHAPE_ADDRESS, 0, 0),
	NESTS(SEKISHO_A_HOSTS, hosts_set),
	NESTS(SEKISHO_A_FLOW, flow_set),
	NEST(SEKISHO_A_STATUS, status_set),
	NEST(SEKISHO_A_TALLY, tally_set),
	NUMBER(SEKISHO_A_NAME, SHAPE_STRING, 1, 31),
	NUMBER(SEKISHO_A_ADDRESS, SHAPE_ADDRESS, 0, 0),
	NUMBER(SEKISHO_A_MAC, SHAPE_BYTES, 6, 6),
	NUMBER(SEKISHO_A_KEY, SHAPE_KEY, 0, 0),
	NUMBER(SEKISHO_A_KEY_DIGEST, SHAPE_KEY_DIGEST, 0, 0),
	NUMBER(SEKISHO_A_LOG_FAILED, SHAPE_U8, 0, 1),
	NEST(SEKISHO_A_EVENT, event_set),
};
SET(all);

_Static_assert(ELEMENTS(all) == SEKISHO_A_PAD - 1,
	       "every attribute of a message is in the grammar");

#define HAS(attribute) (1u << (attribute))

static const uint32_t carried[SEKISHO_CMD_COUNT] = {
	[SEKISHO_CMD_ADD] = HAS(SEKISHO_A_SITE) | HAS(SEKISHO_A_SEGMENT) | HAS(SEKISHO_A_PORT) |
			    HAS(SEKISHO_A_OWN) | HAS(SEKISHO_A_BROADCAST) | HAS(SEKISHO_A_HOSTS) |
			    HAS(SEKISHO_A_FLOW),
	[SEKISHO_CMD_COMMIT] = HAS(SEKISHO_A_GENERATION) | HAS(SEKISHO_A_DIGEST) |
			       HAS(SEKISHO_A_COUNTS) | HAS(SEKISHO_A_CONFIRM_SECONDS) |
			       HAS(SEKISHO_A_FALLBACK_GENERATION),
	[SEKISHO_CMD_CONFIRM] = HAS(SEKISHO_A_GENERATION),
	[SEKISHO_CMD_REVERT] = HAS(SEKISHO_A_GENERATION),
	[SEKISHO_CMD_ISOLATE] = HAS(SEKISHO_A_NAME),
	[SEKISHO_CMD_RELEASE] = HAS(SEKISHO_A_NAME),
	[SEKISHO_CMD_SUSPEND] = HAS(SEKISHO_A_ADDRESS) | HAS(SEKISHO_A_MAC),
	[SEKISHO_CMD_RESTORE] = HAS(SEKISHO_A_ADDRESS) | HAS(SEKISHO_A_MAC),
	[SEKISHO_CMD_SEAL] = HAS(SEKISHO_A_KEY_DIGEST),
	[SEKISHO_CMD_UNSEAL] = HAS(SEKISHO_A_KEY),
	[SEKISHO_CMD_REPORT] = HAS(SEKISHO_A_GENERATION) | HAS(SEKISHO_A_LOG_FAILED),
};

static uint8_t seal_key[SEKISHO_SEAL_KEY_BYTES];
static uint8_t seal_digest[SEKISHO_DIGEST_BYTES];

void grammar_prepare(void)
{
	memset(seal_key, FUZZ_SEAL_KEY_BYTE, sizeof(seal_key));
	SHA256(seal_key, sizeof(seal_key), seal_digest);
}

const uint8_t *grammar_seal_digest(void)
{
	return seal_digest;
}

static uint64_t within(struct random *random, const struct rule *rule)
{
	uint64_t span = rule->last - rule->first;

	if (random_percent(random, 10))
		return random_percent(random, 50) ? rule->first : rule->last;
	if (random_percent(random, 3))
		return random_number(random);
	return rule->first +
	       (span == UINT64_MAX ? random_number(random) : random_number(random) % (span + 1));
}

/* Few different ones, so that they meet those of others; now and then any bytes. */
static void add_string(struct tree *tree, struct attribute *parent, const struct rule *rule,
		       struct random *random)
{
	static const char *const names[] = { "left", "right", "extra-1", "extra-2",
					     "lo",   "self",  "-" };
	char text[64];
	size_t length;

	if (random_percent(random, 70)) {
		tree_string(tree, parent, rule->type, random_pick(random, names));
		return;
	}
	length = random_percent(random, 90) ? random_between(random, 0, (uint32_t)rule->last)
					    : random_below(random, sizeof(text) - 1);
	if (length >= sizeof(text))
		length = sizeof(text) - 1;
	for (size_t i = 0; i < length; i++)
		text[i] = (char)random_number(random);
	text[length] = 0;
	/* Without its NUL, too. */
	tree_add(tree, parent, rule->type, text, length + random_percent(random, 80));
}

static void add_address(struct tree *tree, struct attribute *parent, const struct rule *rule,
			struct random *random)
{
	uint8_t bytes[16];
	size_t length = random_percent(random, 60)   ? 4
			: random_percent(random, 90) ? 16
						     : random_below(random, 17);

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)random_number(random);
	if (length == 4 && random_percent(random, 70)) {
		bytes[0] = 10;
		bytes[1] = (uint8_t)random_between(random, 0, 3);
	}
	tree_add(tree, parent, rule->type, bytes, length);
}

static void add_bytes(struct tree *tree, struct attribute *parent, const struct rule *rule,
		      struct random *random)
{
	uint8_t bytes[64];

	for (size_t i = 0; i < rule->last; i++)
		bytes[i] = (uint8_t)random_number(random);
	tree_add(tree, parent, rule->type, bytes, rule->last);
}

static void add_set(struct tree *tree, struct attribute *parent, const struct set *set,
		    uint32_t wanted, struct random *random);

static void add_one(struct tree *tree, struct attribute *parent, const struct rule *rule,
		    struct random *random)
{
	switch ((enum shape)rule->shape) {
	case SHAPE_U8:
	case SHAPE_U16:
	case SHAPE_U32:
	case SHAPE_U64:
		tree_number(tree, parent, rule->type, within(random, rule), 1u << rule->shape);
		break;
	case SHAPE_STRING:
		add_string(tree, parent, rule, random);
		break;
	case SHAPE_ADDRESS:
		add_address(tree, parent, rule, random);
		break;
	case SHAPE_BYTES:
		add_bytes(tree, parent, rule, random);
		break;
	case SHAPE_KEY:
		if (random_percent(random, 70))
			tree_add(tree, parent, rule->type, seal_key, sizeof(seal_key));
		else
			add_bytes(tree, parent,
				  &(struct rule){ rule->type, SHAPE_BYTES, false, 32, 32, NULL },
				  random);
		break;
	case SHAPE_KEY_DIGEST:
		tree_add(tree, parent, rule->type, seal_digest, sizeof(seal_digest));
		break;
	case SHAPE_NEST:
		add_set(tree, tree_nest(tree, parent, rule->type), rule->nested, UINT32_MAX,
			random);
		break;
	}
}

/* @wanted: bit an attribute. Most of them come, in the order of their numbers. */
static void add_set(struct tree *tree, struct attribute *parent, const struct set *set,
		    uint32_t wanted, struct random *random)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct rule *rule = &set->rules[i];
		unsigned int times = rule->repeated ? random_below(random, 4) : 1;

		if (!(wanted & HAS(rule->type)) || random_percent(random, 30))
			continue;
		while (times--)
			add_one(tree, parent, rule, random);
	}
}

uint8_t grammar_any(struct tree *tree, struct random *random)
{
	uint8_t command = (uint8_t)random_below(random, SEKISHO_CMD_COUNT + 1);
	uint32_t wanted = command < SEKISHO_CMD_COUNT ? carried[command] : 0;

	if (random_percent(random, 20))
		wanted |= (uint32_t)random_number(random);
	add_set(tree, NULL, &all_set, wanted, random);
	return command;
}

uint8_t grammar_dump(struct random *random)
{
	return (uint8_t)random_between(random, SEKISHO_CMD_GET_POLICY, SEKISHO_CMD_GET_ORDERS);
}

uint8_t grammar_order(struct tree *tree, struct random *random)
{
	/* What opens is commoner than what closes, so that the border is not closed for good. */
	static const uint8_t commands[] = {
		SEKISHO_CMD_GET_STATUS, SEKISHO_CMD_CONFIRM, SEKISHO_CMD_CONFIRM,
		SEKISHO_CMD_REVERT,	SEKISHO_CMD_REVERT,  SEKISHO_CMD_CLEAR,
		SEKISHO_CMD_ISOLATE,	SEKISHO_CMD_RELEASE, SEKISHO_CMD_RELEASE,
		SEKISHO_CMD_SUSPEND,	SEKISHO_CMD_RESTORE, SEKISHO_CMD_SEAL,
		SEKISHO_CMD_UNSEAL,	SEKISHO_CMD_UNSEAL,  SEKISHO_CMD_UNSEAL,
		SEKISHO_CMD_REPORT,	SEKISHO_CMD_REPORT,  SEKISHO_CMD_ABORT,
	};
	uint8_t command = random_pick(random, commands);
	uint32_t wanted = carried[command];

	if (command == SEKISHO_CMD_SUSPEND || command == SEKISHO_CMD_RESTORE)
		wanted = random_percent(random, 50) ? HAS(SEKISHO_A_ADDRESS) : HAS(SEKISHO_A_MAC);
	if (command == SEKISHO_CMD_SEAL || command == SEKISHO_CMD_UNSEAL) {
		/* Always whole. */
		add_one(tree, NULL,
			&all[(command == SEKISHO_CMD_SEAL ? SEKISHO_A_KEY_DIGEST : SEKISHO_A_KEY) -
			     1],
			random);
		return command;
	}
	/* All segments are isolated less often than released, or no packet would find its way. */
	if (command == SEKISHO_CMD_ISOLATE && random_percent(random, 80))
		add_one(tree, NULL, &all[SEKISHO_A_NAME - 1], random);
	else if (command != SEKISHO_CMD_RELEASE || random_percent(random, 60))
		add_set(tree, NULL, &all_set, wanted, random);
	return command;
}
