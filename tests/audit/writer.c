// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes audit logs for the tests of this directory, and verifies them the way sekishoctl does.
 *
 *	writer append DIRECTORY ORIGIN GROUPS RECORDS FILE_RECORDS	groups of records, each committed
 *	writer sync DIRECTORY ORIGIN GROUPS RECORDS FILE_RECORDS	the same, each on disk
 *	writer fill DIRECTORY ORIGIN		until it fails, then once more after a line of input
 *	writer types DIRECTORY ORIGIN TEXT	one record of each type with every key; free texts are TEXT
 *	writer verify DIRECTORY [SEQ [HASH]]	prints the result; status 1 where there is a defect
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/convert.h"
#include "audit/log.h"
#include "audit/verify.h"

static const char *segment(void *context, uint16_t number)
{
	(void)context;
	return number == 1 ? "マイナンバー利用事務系" : "lgwan";
}

static const struct sekisho_audit_names names = { .zone = 32400, .segment = segment };

static struct sekisho_event event_of(unsigned int number)
{
	return (struct sekisho_event){
		.wall_ns = 1774969200000000000ull + number,
		.generation = 7,
		.ifindex = 2,
		.reason = number % 3 ? SEKISHO_REASON_PERMIT_NEW : SEKISHO_REASON_NO_FLOW,
		.flags = SEKISHO_EVENT_IPV4,
		.protocol = IPPROTO_TCP,
		.from = 1,
		.to = 2,
		.source = { 0, 0, htonl(0xffff), htonl(0x0a0a0000 + number % 65536) },
		.destination = { 0, 0, htonl(0xffff), htonl(0x0a140901) },
		.source_port = htons(50000),
		.destination_port = htons(443),
		.ethertype = 0x0800,
		.source_mac = { 2, 0, 0, 0, 0, 1 },
		.end = SEKISHO_END_CLOSED,
		.created = 1774969200,
		.packets = { 12, 10 },
		.bytes = { 3456, 78901 },
		.flow = "F-0001",
	};
}

static void make_record(struct sekisho_record *record, unsigned int number)
{
	static const struct sekisho_audit_policy policy = {
		.actor = "情報政策課 \"A\"", .second = "B\\C", .flows = 3, .confirm = -1
	};
	struct sekisho_event event = event_of(number);
	struct sekisho_denial denial;

	if (number % 100 == 99) {
		sekisho_convert_policy(record, SEKISHO_RECORD_POLICY_APPLY, 7, 32400, &policy);
	} else if (number % 3 == 0) {
		sekisho_denial_of(&denial, &event);
		sekisho_convert_deny(record, &denial, &names);
	} else if (number % 3 == 1) {
		sekisho_convert_permit(record, &event, &names);
	} else {
		sekisho_convert_flow_end(record, &event, &names);
	}
}

static int write_group(struct sekisho_log *log, unsigned int records)
{
	static unsigned int number;
	struct sekisho_record record;
	int error = 0;

	while (records-- && !error) {
		make_record(&record, number++);
		error = sekisho_log_append(log, &record);
	}
	return error ? error : sekisho_log_commit(log);
}

static int report(const char *what, int error)
{
	if (error)
		fprintf(stderr, "%s: %s\n", what, strerror(-error));
	return error ? 1 : 0;
}

static int append(const struct sekisho_log_options *options, unsigned int groups,
		  unsigned int records)
{
	unsigned long long total = (unsigned long long)groups * records;
	struct timespec start, end;
	struct sekisho_log *log;
	double seconds;
	int error = sekisho_log_open(&log, options);

	if (error)
		return report("open", error);
	clock_gettime(CLOCK_MONOTONIC, &start);
	while (groups-- && !error)
		error = write_group(log, records);
	clock_gettime(CLOCK_MONOTONIC, &end);
	seconds = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
	if (sekisho_log_close(log) && !error)
		error = -EIO;
	printf("%llu records, %.0f a second\n", total, (double)total / seconds);
	return report("append", error);
}

static int fill(const struct sekisho_log_options *options)
{
	struct sekisho_log *log;
	int error = sekisho_log_open(&log, options);
	char line[16];

	if (error)
		return report("open", error);
	while (!error)
		error = write_group(log, 7);
	/* As many again, with a loss record before them, find no room either. */
	if (error == -ENOSPC)
		error = write_group(log, 7);
	if (error != -ENOSPC) {
		sekisho_log_close(log);
		return report("fill", error ? error : -EIO);
	}
	printf("full %llu\n", (unsigned long long)sekisho_log_lost(log));
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return report("wait", -EIO);
	error = write_group(log, 7);
	if (sekisho_log_close(log) && !error)
		error = -EIO;
	return report("go on", error);
}

/* Values that an export has to take care of; other texts are called after their key. */
static const struct {
	const char *key, *text;
} special[] = {
	{ "actor", "=cmd|' /C calc'!A0" },
	{ "second", "+81, \"second\"" },
	{ "authority", "@ciso" },
	{ "role", "情報政策部長" },
	{ "ticket", "0012" },
	{ "target", "10.10.0.77" },
	{ "from", "mynumber" },
	{ "to", "internet" },
	{ "breach", "mynumber>internet" },
	{ "src", "10.10.0.5" },
	{ "dst", "fd00:30::9" },
	{ "initiator", "10.10.0.5" },
	{ "responder", "203.0.113.7" },
	{ "smac", "02:00:5e:00:00:01" },
	{ "proto", "tcp" },
	{ "icmp", "3/1" },
	{ "flow", "F-0001" },
	{ "segment", "mynumber" },
};

static bool is_verdict(enum sekisho_record_type type)
{
	return type == SEKISHO_RECORD_PERMIT || type == SEKISHO_RECORD_DENY ||
	       type == SEKISHO_RECORD_FLOW_END;
}

static const char *text_of(enum sekisho_record_type type, const char *key, const char *text)
{
	static char own[64];

	if (!strcmp(key, "reason"))
		return is_verdict(type) ? "no-flow" : text;
	if (!strcmp(key, "detail"))
		return text;
	/* The stored policy is believed where the log tells no digest. */
	if (!strncmp(key, "digest_", 7))
		return NULL;
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (!strcmp(special[i].key, key))
			return special[i].text;
	snprintf(own, sizeof(own), "-%s", key);
	return own;
}

static void add_field(struct sekisho_record *record, const struct sekisho_field *field,
		      const char *text)
{
	const char *const macs[] = { "02:00:5e:00:00:02", "02:00:5e:00:00:03" };
	const char *const findings[] = { text, "=2+2" };
	const struct sekisho_record_number numbers[] = { { "no-flow", 3 }, { "expired", 4 } };
	bool large = !strncmp(field->name, "bytes", 5);

	switch (field->kind) {
	case SEKISHO_FIELD_TEXT:
		sekisho_record_text(record, field->name, text_of(record->type, field->name, text));
		break;
	case SEKISHO_FIELD_TIME:
		sekisho_record_time(record, field->name, 1774969200123000000);
		break;
	case SEKISHO_FIELD_NUMBER:
		sekisho_record_number(record, field->name, large ? 9007199254740993 : -42);
		break;
	case SEKISHO_FIELD_TEXTS:
		sekisho_record_texts(record, field->name, *field->name == 'f' ? findings : macs, 2);
		break;
	case SEKISHO_FIELD_NUMBERS:
		sekisho_record_numbers(record, field->name, numbers, 2);
		break;
	}
}

static int types(const struct sekisho_log_options *options, const char *text)
{
	struct sekisho_log *log;
	int error = sekisho_log_open(&log, options);

	if (error)
		return report("open", error);
	for (int type = 0; type < SEKISHO_RECORD_TYPES && !error; type++) {
		const struct sekisho_field *field =
			sekisho_type_get((enum sekisho_record_type)type)->fields;
		struct sekisho_record record;

		sekisho_record_begin(&record, (enum sekisho_record_type)type, 1, 32400);
		for (; field->name; field++)
			add_field(&record, field, text);
		error = sekisho_log_append(log, &record);
	}
	if (sekisho_log_close(log) && !error)
		error = -EIO;
	return report("types", error);
}

static int verify(const char *path, const char *seq, const char *hash)
{
	uint8_t expected[SEKISHO_DIGEST_BYTES];
	const struct sekisho_verify_options options = { .expects = seq != NULL,
							.expect_seq = seq ? strtoull(seq, NULL, 10)
									  : 0,
							.expect_hash = hash ? expected : NULL };
	int directory = open(path, O_RDONLY | O_DIRECTORY);
	struct sekisho_verify_result result;
	int error = directory < 0 ? -errno : 0;

	if (!error && hash && strlen(hash) == SEKISHO_DIGEST_HEX)
		error = sekisho_digest_parse(hash, expected);
	if (!error)
		error = sekisho_verify(directory, &options, &result);
	if (error)
		return 2 * report("verify", error);
	sekisho_verify_json(&result, stdout);
	return result.defect ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct sekisho_log_options options = { .zone = 32400, .no_sync = true };

	if (argc >= 3 && !strcmp(argv[1], "verify"))
		return verify(argv[2], argv[3], argc > 4 ? argv[4] : NULL);
	if (argc < 4)
		return 2;
	options.directory = argv[2];
	options.origin = argv[3];
	options.no_sync = strcmp(argv[1], "sync") != 0;
	if (!strcmp(argv[1], "fill"))
		return fill(&options);
	if (!strcmp(argv[1], "types"))
		return argc == 5 ? types(&options, argv[4]) : 2;
	if (argc < 7)
		return 2;
	options.file_records = strtoull(argv[6], NULL, 10);
	return append(&options, (unsigned int)strtoul(argv[4], NULL, 10),
		      (unsigned int)strtoul(argv[5], NULL, 10));
}
