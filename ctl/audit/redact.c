// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes out of a record what points to hosts and persons. A key that has no rule is dropped. Knows
 * nothing of formats.
 */
#include "redact.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "digest.h"
#include "emit.h"
#include "network.h"
#include "record.h"

enum rule {
	DROP,
	KEEP,
	VERDICT, /* a verdict's reason; of other types a free text */
	ADDRESS,
	MAC,
	TARGET, /* an address or MAC address */
	HOST,
	BOOT,
	PERSON,
	TICKET,
};

static const char *const rule_names[] = {
	[DROP] = "dropped",	 [KEEP] = "kept",      [VERDICT] = "verdict",
	[ADDRESS] = "pseudonym", [MAC] = "pseudonym",  [TARGET] = "pseudonym",
	[HOST] = "pseudonym",	 [BOOT] = "pseudonym", [PERSON] = "pseudonym",
	[TICKET] = "pseudonym",
};

static const struct {
	const char *key;
	enum rule rule;
} rules[] = {
	{ "v", KEEP },
	{ "seq", KEEP },
	{ "time", KEEP },
	{ "clock", KEEP },
	{ "boot", BOOT },
	{ "mono_ns", KEEP },
	{ "host", HOST },
	{ "generation", KEEP },
	{ "type", KEEP },
	{ "cut", KEEP },
	{ "actor", PERSON },
	{ "second", PERSON },
	{ "role", PERSON },
	{ "authority", PERSON },
	{ "ticket", TICKET },
	{ "digest_before", KEEP },
	{ "digest_after", KEEP },
	{ "flows", KEEP },
	{ "confirm", KEEP },
	{ "segment", KEEP },
	{ "target", TARGET },
	{ "reason", VERDICT },
	{ "direction", KEEP },
	{ "enforcer", KEEP },
	{ "breach", KEEP },
	{ "from", KEEP },
	{ "to", KEEP },
	{ "src", ADDRESS },
	{ "dst", ADDRESS },
	{ "proto", KEEP },
	{ "sport", KEEP },
	{ "dport", KEEP },
	{ "icmp", KEEP },
	{ "smac", MAC },
	{ "expected_macs", MAC },
	{ "vlan", KEEP },
	{ "interface", KEEP },
	{ "ethertype", KEEP },
	{ "flow", KEEP },
	{ "overflow", KEEP },
	{ "count", KEEP },
	{ "bytes", KEEP },
	{ "first", KEEP },
	{ "last", KEEP },
	{ "at", KEEP },
	{ "cause", KEEP },
	{ "initiator", ADDRESS },
	{ "responder", ADDRESS },
	{ "initiator_port", KEEP },
	{ "responder_port", KEEP },
	{ "start", KEEP },
	{ "end", KEEP },
	{ "packets_out", KEEP },
	{ "packets_in", KEEP },
	{ "bytes_out", KEEP },
	{ "bytes_in", KEEP },
	{ "frames", KEEP },
	{ "permitted", KEEP },
	{ "denied", KEEP },
	{ "lost_events", KEEP },
	{ "reasons", KEEP },
	{ "valid_until", KEEP },
	{ "days", KEEP },
	{ "first_seq", KEEP },
	{ "last_seq", KEEP },
	{ "last_hash", KEEP },
	{ "newest", KEEP },
	{ "kept_days", KEEP },
	{ "expected_generation", KEEP },
	{ "found_generation", KEEP },
	{ "expected_digest", KEEP },
	{ "found_digest", KEEP },
	{ "state", KEEP },
	{ "mode", KEEP },
	{ "step_ms", KEEP },
	{ "before", KEEP },
	{ "after", KEEP },
	{ "program", KEEP },
	{ "version", KEEP },
	{ "pid", KEEP },
};

#define COMMON_KEYS 10 /* the first of @rules */

struct sekisho_redactor {
	EVP_MAC *mac;
	EVP_MAC_CTX *keyed; /* restarted for each value */
	FILE *stream;
	char *line;
	size_t length;
};

static bool take_key(struct sekisho_redactor *redactor, const void *key, size_t length)
{
	char name[] = "SHA256";
	const OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
		OSSL_PARAM_construct_end(),
	};
	uint8_t fresh[SEKISHO_REDACT_KEY_LEAST];
	bool good = true;

	if (!key) {
		good = getrandom(fresh, sizeof(fresh), 0) == (ssize_t)sizeof(fresh);
		key = fresh;
		length = sizeof(fresh);
	}
	redactor->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	redactor->keyed = redactor->mac ? EVP_MAC_CTX_new(redactor->mac) : NULL;
	good = good && redactor->keyed && EVP_MAC_init(redactor->keyed, key, length, parameters);
	explicit_bzero(fresh, sizeof(fresh));
	return good;
}

int sekisho_redactor_new(struct sekisho_redactor **redactor, const void *key, size_t length)
{
	struct sekisho_redactor *made;

	*redactor = NULL;
	if (key && (length < SEKISHO_REDACT_KEY_LEAST || length > SEKISHO_REDACT_KEY_MOST))
		return -EINVAL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	if (!take_key(made, key, length)) {
		sekisho_redactor_free(made);
		return -EIO;
	}
	made->stream = open_memstream(&made->line, &made->length);
	if (!made->stream) {
		sekisho_redactor_free(made);
		return -ENOMEM;
	}
	*redactor = made;
	return 0;
}

void sekisho_redactor_free(struct sekisho_redactor *redactor)
{
	if (!redactor)
		return;
	if (redactor->stream)
		fclose(redactor->stream);
	free(redactor->line);
	/* Wipes its copy of the key. */
	EVP_MAC_CTX_free(redactor->keyed);
	EVP_MAC_free(redactor->mac);
	free(redactor);
}

/* One spelling of an address; false where it is none. */
static bool plain_address(const char *text, char spelled[INET6_ADDRSTRLEN])
{
	uint8_t address[SEKISHO_NETWORK_ADDRESS];
	bool v4;

	return sekisho_network_address(text, address, &v4) &&
	       inet_ntop(v4 ? AF_INET : AF_INET6, address + (v4 ? SEKISHO_NETWORK_IPV4_AT : 0),
			 spelled, INET6_ADDRSTRLEN);
}

static bool plain_mac(const char *text, char spelled[INET6_ADDRSTRLEN])
{
	uint8_t mac[SEKISHO_NETWORK_MAC];

	if (!sekisho_network_mac(text, mac))
		return false;
	sekisho_network_mac_text(mac, spelled);
	return true;
}

void sekisho_redact_name(const struct sekisho_redactor *redactor, enum sekisho_pseudonym kind,
			 const char *text, char *pseudonym)
{
	static const char *const names[] = {
		[SEKISHO_PSEUDONYM_ADDRESS] = "ip",    [SEKISHO_PSEUDONYM_MAC] = "mac",
		[SEKISHO_PSEUDONYM_HOST] = "host",     [SEKISHO_PSEUDONYM_BOOT] = "boot",
		[SEKISHO_PSEUDONYM_PERSON] = "person", [SEKISHO_PSEUDONYM_TICKET] = "ticket",
		[SEKISHO_PSEUDONYM_OTHER] = "target",  [SEKISHO_PSEUDONYM_KEY] = "key",
	};
	char spelled[INET6_ADDRSTRLEN], hex[SEKISHO_DIGEST_HEX];
	uint8_t digest[SEKISHO_DIGEST_BYTES];
	const unsigned char *name = (const unsigned char *)names[kind];
	size_t length;
	int used;

	if ((kind == SEKISHO_PSEUDONYM_ADDRESS && plain_address(text, spelled)) ||
	    (kind == SEKISHO_PSEUDONYM_MAC && plain_mac(text, spelled)))
		text = spelled;
	used = snprintf(pseudonym, SEKISHO_PSEUDONYM_BYTES, "%s-", names[kind]);
	if (!EVP_MAC_init(redactor->keyed, NULL, 0, NULL) ||
	    !EVP_MAC_update(redactor->keyed, name, strlen(names[kind])) ||
	    !EVP_MAC_update(redactor->keyed, (const unsigned char *)":", 1) ||
	    !EVP_MAC_update(redactor->keyed, (const unsigned char *)text, strlen(text)) ||
	    !EVP_MAC_final(redactor->keyed, digest, &length, sizeof(digest)))
		return;
	sekisho_digest_hex(digest, hex);
	memcpy(pseudonym + used, hex, 16);
	pseudonym[used + 16] = '\0';
}

static enum rule rule_of(const char *key, size_t length, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (*rules[i].key == *key && strlen(rules[i].key) == length &&
		    !memcmp(rules[i].key, key, length))
			return rules[i].rule;
	return DROP;
}

const char *sekisho_redact_rule(const char *key)
{
	return rule_names[rule_of(key, strlen(key), sizeof(rules) / sizeof(rules[0]))];
}

/* Somebody may have called a segment by an address: what is kept is looked through all the same. */
static bool has_address(const char *text)
{
	static const char letters[] = "0123456789abcdefABCDEF:.-";
	char word[64], spelled[INET6_ADDRSTRLEN];

	while (*text) {
		size_t length = strspn(text, letters);

		if (length && length < sizeof(word)) {
			memcpy(word, text, length);
			word[length] = '\0';
			if (plain_address(word, spelled) || plain_mac(word, spelled))
				return true;
		}
		text += length;
		text += *text ? 1 : 0;
	}
	return false;
}

static bool tells_verdict(int type, const char *text)
{
	return (type == SEKISHO_RECORD_PERMIT || type == SEKISHO_RECORD_DENY ||
		type == SEKISHO_RECORD_FLOW_END) &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text);
}

static enum sekisho_pseudonym kind_of(enum rule rule, const char *text)
{
	char spelled[INET6_ADDRSTRLEN];

	switch (rule) {
	case ADDRESS:
		return SEKISHO_PSEUDONYM_ADDRESS;
	case MAC:
		return SEKISHO_PSEUDONYM_MAC;
	case HOST:
		return SEKISHO_PSEUDONYM_HOST;
	case BOOT:
		return SEKISHO_PSEUDONYM_BOOT;
	case PERSON:
		return SEKISHO_PSEUDONYM_PERSON;
	case TICKET:
		return SEKISHO_PSEUDONYM_TICKET;
	default:
		if (plain_address(text, spelled))
			return SEKISHO_PSEUDONYM_ADDRESS;
		return plain_mac(text, spelled) ? SEKISHO_PSEUDONYM_MAC : SEKISHO_PSEUDONYM_OTHER;
	}
}

static void put_text(struct sekisho_redactor *redactor, struct sekisho_emit *emit, const char *key,
		     const struct sekisho_value *value, enum rule rule, int type)
{
	char text[SEKISHO_RECORD_LINE_BYTES + 1], pseudonym[SEKISHO_PSEUDONYM_BYTES];

	sekisho_value_text(value, text, sizeof(text));
	if (rule == VERDICT)
		rule = tells_verdict(type, text) ? KEEP : DROP;
	if (rule == DROP || (rule == KEEP && has_address(text)))
		return;
	if (rule == KEEP) {
		sekisho_emit_text(emit, key, text);
		return;
	}
	sekisho_redact_name(redactor, kind_of(rule, text), text, pseudonym);
	sekisho_emit_text(emit, key, pseudonym);
}

/* No list of texts is kept as it is, and no number stands where a name should. */
static void put_value(struct sekisho_redactor *redactor, struct sekisho_emit *emit, const char *key,
		      const struct sekisho_value *value, enum rule rule, int type)
{
	struct sekisho_value element;
	const char *at = NULL;

	switch (value->kind) {
	case SEKISHO_VALUE_TEXT:
		put_text(redactor, emit, key, value, rule, type);
		break;
	case SEKISHO_VALUE_TEXTS:
		if (rule == DROP || rule == KEEP || rule == VERDICT)
			break;
		sekisho_emit_begin(emit, key, '[');
		while (sekisho_value_next(value, &at, &element))
			put_text(redactor, emit, NULL, &element, rule, type);
		sekisho_emit_end(emit, ']');
		break;
	default:
		if (rule == KEEP)
			sekisho_emit_raw(emit, value->key, value->key_length, value->text,
					 value->length);
	}
}

int sekisho_redact_line(struct sekisho_redactor *redactor, const struct sekisho_fields *fields,
			int type, const char *digest, const char **line, size_t *length)
{
	struct sekisho_emit emit = { .stream = redactor->stream };
	size_t known = type < 0 ? COMMON_KEYS : sizeof(rules) / sizeof(rules[0]);

	if (fseek(redactor->stream, 0, SEEK_SET))
		return -ENOMEM;
	sekisho_emit_begin(&emit, NULL, '{');
	for (size_t i = 0; i < fields->count; i++) {
		const struct sekisho_value *value = &fields->values[i];
		enum rule rule = rule_of(value->key, value->key_length, known);
		char key[32];

		if (rule == DROP)
			continue;
		snprintf(key, sizeof(key), "%.*s", (int)value->key_length, value->key);
		put_value(redactor, &emit, key, value, rule, type);
	}
	sekisho_emit_text(&emit, "sha256", digest);
	sekisho_emit_end(&emit, '}');
	sekisho_emit_line(&emit);
	putc('\0', redactor->stream);
	if (fflush(redactor->stream) || ferror(redactor->stream))
		return -ENOMEM;
	*line = redactor->line;
	*length = redactor->length - 1;
	return 0;
}
