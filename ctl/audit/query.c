// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be asked of an audit log, and whether a record is an answer. Knows nothing of files or
 * indexes.
 */
#include "query.h"

#include <fnmatch.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "network.h"
#include "stamp.h"

#define ADDRESS_BITS 128
#define MAPPED_BITS  96 /* before an IPv4 address mapped into IPv6 */

/* What values are made of a key's text or number. */
enum shape {
	NAME,
	ADDRESS, /* or a MAC address */
	MAC,
	PORT,
	PROTOCOL,
	BEGIN, /* of what the record tells of */
	END,
	MOMENT, /* both */
};

static const struct {
	const char *key;
	enum shape shape;
	enum sekisho_fact_kind kind;
} keys[] = {
	{ "reason", NAME, SEKISHO_FACT_REASON },
	{ "denied", NAME, SEKISHO_FACT_REASON },
	{ "flow", NAME, SEKISHO_FACT_FLOW },
	{ "from", NAME, SEKISHO_FACT_FROM },
	{ "to", NAME, SEKISHO_FACT_TO },
	{ "segment", NAME, SEKISHO_FACT_SEGMENT },
	{ "src", ADDRESS, SEKISHO_FACT_SRC },
	{ "dst", ADDRESS, SEKISHO_FACT_DST },
	{ "initiator", ADDRESS, SEKISHO_FACT_SRC },
	{ "responder", ADDRESS, SEKISHO_FACT_DST },
	{ "target", ADDRESS, SEKISHO_FACT_TARGET },
	{ "smac", MAC, SEKISHO_FACT_MAC },
	{ "sport", PORT, SEKISHO_FACT_SPORT },
	{ "dport", PORT, SEKISHO_FACT_DPORT },
	{ "initiator_port", PORT, SEKISHO_FACT_SPORT },
	{ "responder_port", PORT, SEKISHO_FACT_DPORT },
	{ "proto", PROTOCOL, SEKISHO_FACT_PROTOCOL },
	{ "actor", NAME, SEKISHO_FACT_PERSON },
	{ "second", NAME, SEKISHO_FACT_PERSON },
	{ "authority", NAME, SEKISHO_FACT_PERSON },
	{ "at", MOMENT, 0 },
	{ "first", BEGIN, 0 },
	{ "last", END, 0 },
	{ "start", BEGIN, 0 },
	{ "end", END, 0 },
};

/* FNV-1a: what shares a hash is told apart by its text. */
static void put_hash(uint8_t value[SEKISHO_FACT_BYTES], const char *text, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3;
	for (int i = 0; i < 8; i++)
		value[i] = (uint8_t)(hash >> (56 - 8 * i));
}

static void put_port(uint8_t value[SEKISHO_FACT_BYTES], uint16_t port)
{
	value[0] = (uint8_t)(port >> 8);
	value[1] = (uint8_t)port;
}

void sekisho_query_begin(struct sekisho_query *query)
{
	memset(query, 0, sizeof(*query));
	query->since_ns = INT64_MIN;
	query->until_ns = INT64_MAX;
}

/* The caller has as many options as there is room for. */
static struct sekisho_condition *add(struct sekisho_query *query, unsigned int kinds)
{
	struct sekisho_condition *condition = &query->conditions[query->count];

	if (query->count == SEKISHO_CONDITIONS_MAX)
		abort();
	memset(condition, 0, sizeof(*condition));
	condition->kinds = kinds;
	query->count++;
	return condition;
}

void sekisho_query_name(struct sekisho_query *query, unsigned int kinds, const char *name)
{
	struct sekisho_condition *condition = add(query, kinds);

	put_hash(condition->low, name, strlen(name));
	memcpy(condition->high, condition->low, SEKISHO_FACT_BYTES);
	condition->text = name;
}

void sekisho_query_type(struct sekisho_query *query, const char *pattern)
{
	struct sekisho_condition *condition = add(query, SEKISHO_FACTS(TYPE));
	size_t fixed = strcspn(pattern, "*?[\\");
	size_t bytes = fixed < SEKISHO_FACT_BYTES ? fixed : SEKISHO_FACT_BYTES;

	condition->text = pattern;
	condition->pattern = pattern[fixed];
	memcpy(condition->low, pattern, bytes);
	memset(condition->high, condition->pattern ? 0xff : 0, SEKISHO_FACT_BYTES);
	memcpy(condition->high, pattern, bytes);
}

bool sekisho_query_host(struct sekisho_query *query, unsigned int kinds, bool mac, const char *text)
{
	uint8_t value[SEKISHO_FACT_BYTES] = { 0 };
	size_t length = strcspn(text, "/");
	struct sekisho_condition *condition;
	char address[INET6_ADDRSTRLEN];
	int bits = ADDRESS_BITS;
	bool v4;

	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = 0;
	if (mac && !text[length] && sekisho_network_mac(address, value)) {
		kinds = SEKISHO_FACTS(MAC);
	} else {
		if (!sekisho_network_address(address, value, &v4))
			return false;
		if (text[length])
			bits = sekisho_network_number(text + length + 1, v4 ? 32 : ADDRESS_BITS);
		if (bits < 0)
			return false;
		bits += v4 && text[length] ? MAPPED_BITS : 0;
	}
	condition = add(query, kinds);
	for (int i = 0; i < SEKISHO_FACT_BYTES; i++) {
		int kept = bits - 8 * i;
		uint8_t mask = kept >= 8 ? 0xff : kept > 0 ? (uint8_t)(0xff00 >> kept) : 0;

		condition->low[i] = value[i] & mask;
		condition->high[i] = value[i] | (uint8_t)~mask;
	}
	return true;
}

void sekisho_query_port(struct sekisho_query *query, uint16_t port)
{
	struct sekisho_condition *condition =
		add(query, SEKISHO_FACTS(SPORT) | SEKISHO_FACTS(DPORT));

	put_port(condition->low, port);
	memcpy(condition->high, condition->low, SEKISHO_FACT_BYTES);
}

bool sekisho_query_protocol(struct sekisho_query *query, const char *text)
{
	int protocol = sekisho_network_protocol(text);
	struct sekisho_condition *condition;

	if (protocol < 0)
		return false;
	condition = add(query, SEKISHO_FACTS(PROTOCOL));
	condition->low[0] = condition->high[0] = (uint8_t)protocol;
	return true;
}

/* A text's escapes resolved, without copying where it has none. */
static void resolve(struct sekisho_facts *facts, struct sekisho_fact *fact,
		    const struct sekisho_value *value)
{
	char *buffer = facts->resolved + facts->used;

	fact->text = value->text;
	fact->length = value->length;
	if (!memchr(value->text, '\\', value->length))
		return;
	/* No text is longer than what it was written as: there is room for all of a line's. */
	fact->length = sekisho_value_text(value, buffer, sizeof(facts->resolved) - facts->used);
	fact->text = buffer;
	facts->used += fact->length + 1;
}

/* Addresses and protocols are short, and have no escapes. */
static bool short_text(const struct sekisho_value *value, char text[INET6_ADDRSTRLEN])
{
	if (value->kind != SEKISHO_VALUE_TEXT || value->length >= INET6_ADDRSTRLEN)
		return false;
	memcpy(text, value->text, value->length);
	text[value->length] = 0;
	return true;
}

/* Return: whether the value is of that shape. */
static bool put_value(struct sekisho_facts *facts, struct sekisho_fact *fact, enum shape shape,
		      const struct sekisho_value *value)
{
	char text[INET6_ADDRSTRLEN];
	int64_t port;
	int number;
	bool v4;

	if (shape == NAME) {
		if (value->kind != SEKISHO_VALUE_TEXT)
			return false;
		resolve(facts, fact, value);
		put_hash(fact->value, fact->text, fact->length);
		return true;
	}
	if (shape == PORT) {
		if (!sekisho_value_number(value, &port) || port < 0 || port > UINT16_MAX)
			return false;
		put_port(fact->value, (uint16_t)port);
		return true;
	}
	if (!short_text(value, text))
		return false;
	if (shape == PROTOCOL) {
		number = sekisho_network_protocol(text);
		fact->value[0] = (uint8_t)number;
		return number >= 0;
	}
	if (shape == ADDRESS && sekisho_network_address(text, fact->value, &v4))
		return true;
	memset(fact->value, 0, sizeof(fact->value));
	fact->kind = SEKISHO_FACT_MAC;
	return sekisho_network_mac(text, fact->value);
}

static void put_moment(struct sekisho_facts *facts, enum shape shape,
		       const struct sekisho_value *value)
{
	int64_t wall_ns;

	if (value->kind != SEKISHO_VALUE_TEXT || value->length + 1 != SEKISHO_STAMP_BYTES ||
	    sekisho_stamp_parse(value->text, &wall_ns))
		return;
	if (shape != END)
		facts->begin_ns = wall_ns;
	if (shape != BEGIN)
		facts->end_ns = wall_ns;
}

static void put_member(struct sekisho_facts *facts, const struct sekisho_value *value)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct sekisho_fact *fact = &facts->items[facts->count];

		if (keys[i].key[0] != value->key[0] ||
		    strncmp(keys[i].key, value->key, value->key_length) ||
		    keys[i].key[value->key_length])
			continue;
		if (keys[i].shape >= BEGIN) {
			put_moment(facts, keys[i].shape, value);
		} else if (facts->count < SEKISHO_FACTS_MAX) {
			memset(fact, 0, sizeof(*fact));
			fact->kind = keys[i].kind;
			facts->count += put_value(facts, fact, keys[i].shape, value);
		}
		return;
	}
}

/* The keys that every record has come first, and `prev` last. */
#define HEAD_KEYS 9

void sekisho_facts_read(struct sekisho_facts *facts, const struct sekisho_entry *entry)
{
	const struct sekisho_line *line = &entry->line;
	struct sekisho_fact *type = &facts->items[0];
	struct sekisho_fields fields;

	facts->begin_ns = facts->end_ns = entry->wall_ns;
	facts->count = 1;
	facts->used = 0;
	memset(type, 0, sizeof(*type));
	type->kind = SEKISHO_FACT_TYPE;
	type->text = line->type;
	type->length = line->type_length;
	memcpy(type->value, line->type,
	       type->length < SEKISHO_FACT_BYTES ? type->length : SEKISHO_FACT_BYTES);
	sekisho_fields_read(&fields, entry->text);
	for (size_t i = HEAD_KEYS; i + !fields.more < fields.count; i++)
		put_member(facts, &fields.values[i]);
	if (facts->begin_ns > facts->end_ns) {
		int64_t later = facts->begin_ns;

		facts->begin_ns = facts->end_ns;
		facts->end_ns = later;
	}
}

static bool text_fits(const struct sekisho_condition *condition, const struct sekisho_fact *fact)
{
	char name[SEKISHO_QUERY_TYPE_BYTES];

	if (!condition->text)
		return true;
	if (!condition->pattern)
		return fact->length == strlen(condition->text) &&
		       !memcmp(fact->text, condition->text, fact->length);
	if (fact->length >= sizeof(name))
		return false;
	memcpy(name, fact->text, fact->length);
	name[fact->length] = 0;
	return !fnmatch(condition->text, name, 0);
}

static bool holds(const struct sekisho_condition *condition, const struct sekisho_facts *facts)
{
	for (size_t i = 0; i < facts->count; i++) {
		const struct sekisho_fact *fact = &facts->items[i];

		if ((condition->kinds >> fact->kind & 1) &&
		    memcmp(fact->value, condition->low, SEKISHO_FACT_BYTES) >= 0 &&
		    memcmp(fact->value, condition->high, SEKISHO_FACT_BYTES) <= 0 &&
		    text_fits(condition, fact))
			return true;
	}
	return false;
}

bool sekisho_query_fits(const struct sekisho_query *query, const struct sekisho_facts *facts)
{
	if (facts->end_ns < query->since_ns || facts->begin_ns >= query->until_ns)
		return false;
	for (size_t i = 0; i < query->count; i++)
		if (!holds(&query->conditions[i], facts))
			return false;
	return true;
}
