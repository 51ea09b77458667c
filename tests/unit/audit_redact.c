// SPDX-License-Identifier: GPL-2.0-only
/*
 * Redaction: every key has a rule of its own, what has none is dropped, and a value has one
 * pseudonym however it is spelled.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "audit/redact.h"
#include "ktap.h"

#define DIGEST "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEAD                                                                       \
	"{\"v\":1,\"seq\":5,\"time\":\"2026-04-01T12:00:00.000+09:00\",\"clock\":" \
	"\"synchronised\","                                                        \
	"\"boot\":\"b\",\"mono_ns\":7,\"host\":\"border\",\"generation\":1,\"type\":\"deny\""
#define TAIL ",\"prev\":\"" DIGEST "\"}\n"

static const char key[] = "0123456789abcdef0123456789abcdef";
static struct sekisho_redactor *redactor;

static json_t *redact(const char *line, int type)
{
	struct sekisho_fields fields;
	const char *text;
	size_t length;
	json_t *json;

	sekisho_fields_read(&fields, line);
	if (sekisho_redact_line(redactor, &fields, type, DIGEST, &text, &length))
		exit(1);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	if (!json || strlen(text) != length || text[length - 1] != '\n')
		exit(1);
	return json;
}

static const char *text_of(const json_t *json, const char *name)
{
	const char *text = json_string_value(json_object_get(json, name));

	return text ? text : "";
}

static void test_rules(void)
{
	/* Free texts; and the chain's hash, which a redacted record cannot keep. */
	static const char *const dropped[] = { "file", "findings", "detail", "prev", "nosuch" };
	bool ruled = true, right = true;

	for (int type = 0; type < SEKISHO_RECORD_TYPES; type++) {
		const struct sekisho_field *field =
			sekisho_type_get((enum sekisho_record_type)type)->fields;

		for (; field->name; field++) {
			const char *rule = sekisho_redact_rule(field->name);
			bool free_text = false;

			for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
				free_text |= !strcmp(field->name, dropped[i]);
			ruled &= !strcmp(rule, "dropped") == free_text;
			if (!strcmp(rule, "dropped") != free_text)
				printf("# %s: %s\n", field->name, rule);
		}
	}
	for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
		right &= !strcmp(sekisho_redact_rule(dropped[i]), "dropped");
	ok(ruled, "every key of every type has a rule, and only free texts are dropped");
	ok(right, "so is what has no rule");
}

static void test_line(void)
{
	json_t *json = redact(HEAD
			      ",\"reason\":\"no-flow\",\"from\":\"lgwan\",\"src\":\"10.0.0.1\","
			      "\"smac\":\"02:00:00:00:00:01\",\"expected_macs\":"
			      "[\"02:00:00:00:00:01\",\"02:00:00:00:00:02\"],"
			      "\"colour\":\"red\",\"dport\":443,\"count\":2" TAIL,
			      SEKISHO_RECORD_DENY);
	const json_t *macs = json_object_get(json, "expected_macs");

	ok(!strcmp(text_of(json, "reason"), "no-flow") && !strcmp(text_of(json, "from"), "lgwan") &&
		   json_integer_value(json_object_get(json, "dport")) == 443,
	   "verdict, segment and port stay");
	ok(!strncmp(text_of(json, "src"), "ip-", 3) && strlen(text_of(json, "src")) == 19 &&
		   !strncmp(text_of(json, "host"), "host-", 5) &&
		   !strncmp(text_of(json, "boot"), "boot-", 5),
	   "addresses, host and boot become pseudonyms");
	ok(json_array_size(macs) == 2 &&
		   !strcmp(json_string_value(json_array_get(macs, 0)), text_of(json, "smac")),
	   "also within lists, and the same ones");
	ok(!json_object_get(json, "colour") && !json_object_get(json, "prev") &&
		   !strcmp(text_of(json, "sha256"), DIGEST),
	   "unknown keys and the chain go, the record's hash comes");
	json_decref(json);
}

static void test_reasons(void)
{
	static const char free_text[] = HEAD ",\"reason\":\"mail from 10.0.0.1\"" TAIL;
	static const char verdict[] = HEAD ",\"reason\":\"no-flow\"" TAIL;
	json_t *json = redact(free_text, SEKISHO_RECORD_DENY);

	ok(!json_object_get(json, "reason"), "what is no verdict goes where a verdict should be");
	json_decref(json);
	json = redact(verdict, SEKISHO_RECORD_ISOLATE);
	ok(!json_object_get(json, "reason"),
	   "and what looks like one, where it is a person's reason");
	json_decref(json);
}

static void test_hidden(void)
{
	json_t *json = redact(HEAD ",\"from\":\"10.0.0.1\",\"breach\":\"lgwan>fd00::1\","
				   "\"interface\":\"x02:00:00:00:00:01\",\"to\":\"self\"" TAIL,
			      SEKISHO_RECORD_DENY);

	ok(!json_object_get(json, "from") && !json_object_get(json, "breach") &&
		   !strcmp(text_of(json, "to"), "self"),
	   "a name in which an address is found goes too");
	json_decref(json);
	json = redact(HEAD ",\"src\":\"10.0.0.1\",\"pid\":3" TAIL, -ENOENT);
	ok(json_object_get(json, "seq") && !json_object_get(json, "src") &&
		   !json_object_get(json, "pid"),
	   "of an unknown type only the keys of every record stay");
	json_decref(json);
	json = redact(HEAD
		      ",\"src\":5,\"actor\":[\"a\"],\"from\":[\"b\"],\"detail\":{\"c\":1}" TAIL,
		      SEKISHO_RECORD_DENY);
	ok(!json_object_get(json, "src") && !json_object_get(json, "from") &&
		   !json_object_get(json, "detail") &&
		   strcmp(json_string_value(json_array_get(json_object_get(json, "actor"), 0)),
			  "a") != 0,
	   "values of other kinds than they should be do not slip through");
	json_decref(json);
}

static bool same(enum sekisho_pseudonym kind, const char *one, const char *other)
{
	char first[SEKISHO_PSEUDONYM_BYTES], second[SEKISHO_PSEUDONYM_BYTES];

	sekisho_redact_name(redactor, kind, one, first);
	sekisho_redact_name(redactor, kind, other, second);
	return !strcmp(first, second);
}

static void test_names(void)
{
	struct sekisho_redactor *another;
	char first[SEKISHO_PSEUDONYM_BYTES], second[SEKISHO_PSEUDONYM_BYTES];

	ok(same(SEKISHO_PSEUDONYM_ADDRESS, "FD00:0:0::1", "fd00::1") &&
		   same(SEKISHO_PSEUDONYM_MAC, "02-00-5E-00-00-01", "02:00:5e:00:00:01"),
	   "one pseudonym for every spelling");
	ok(!same(SEKISHO_PSEUDONYM_ADDRESS, "10.0.0.1", "10.0.0.2") &&
		   !same(SEKISHO_PSEUDONYM_PERSON, "甲", "乙"),
	   "another for another value");
	sekisho_redact_name(redactor, SEKISHO_PSEUDONYM_ADDRESS, "10.0.0.1", first);
	/* printf ip:10.0.0.1 | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef */
	ok(!strcmp(first, "ip-40ee03594b25d9bb"), "as openssl computes it");
	if (sekisho_redactor_new(&another, NULL, 0))
		exit(1);
	sekisho_redact_name(another, SEKISHO_PSEUDONYM_ADDRESS, "10.0.0.1", second);
	ok(strcmp(first, second) != 0, "another under a fresh key");
	sekisho_redactor_free(another);
	ok(sekisho_redactor_new(&another, key, 31) == -EINVAL && !another &&
		   sekisho_redactor_new(&another, key, 4097) == -EINVAL,
	   "a key that is too short or too long is none");
}

int main(void)
{
	plan(16);
	if (sekisho_redactor_new(&redactor, key, sizeof(key) - 1))
		return 1;
	test_rules();
	test_line();
	test_reasons();
	test_hidden();
	test_names();
	sekisho_redactor_free(redactor);
	return finish();
}
