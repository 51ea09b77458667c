// SPDX-License-Identifier: GPL-2.0-only
/*
 * What forwarding rests on and needs no peer: targets, messages of syslog with their escapes and
 * limits, positions, waiting, and what may be taken to have arrived.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/backoff.h"
#include "audit/fields.h"
#include "audit/follow.h"
#include "audit/marks.h"
#include "audit/position.h"
#include "audit/syslog.h"
#include "audit/target.h"
#include "ktap.h"

#define HASH "0000000000000000000000000000000000000000000000000000000000000000"
#define LINE(type, rest)                                                                        \
	"{\"v\":1,\"seq\":7,\"time\":\"2026-04-01T12:00:00.123+09:00\",\"clock\":"              \
	"\"synchronised\","                                                                     \
	"\"boot\":\"00000000-0000-0000-0000-000000000000\",\"mono_ns\":1,\"host\":\"border1\"," \
	"\"generation\":3,\"type\":\"" type "\"," rest ",\"prev\":\"" HASH "\"}\n"

static char root[] = "/tmp/sekisho-audit-forward-XXXXXX";
static int directory = -1;
static char message[SEKISHO_SYSLOG_BYTES];

static void test_targets(void)
{
	static const struct {
		const char *text, *host, *port;
		int result;
	} cases[] = {
		{ "syslog+udp://a", "a", "514", 0 },
		{ "syslog+tcp://a.example", "a.example", "601", 0 },
		{ "syslog+tls://[fd00::1]:1", "fd00::1", "1", 0 },
		{ "syslog+tls://192.0.2.1/", "192.0.2.1", "6514", 0 },
		{ "ipfix+tcp://[fe80::1%eth0]", "fe80::1%eth0", "4739", 0 },
		{ "ipfix+udp://a:65535", "a", "65535", 0 },
		{ "syslog://a", NULL, NULL, -EPROTONOSUPPORT },
		{ "", NULL, NULL, -EPROTONOSUPPORT },
		{ "syslog+udp://", NULL, NULL, -EINVAL },
		{ "syslog+udp://a:", NULL, NULL, -EINVAL },
		{ "syslog+udp://a:0", NULL, NULL, -EINVAL },
		{ "syslog+udp://a:65536", NULL, NULL, -EINVAL },
		{ "syslog+udp://a:1x", NULL, NULL, -EINVAL },
		{ "syslog+udp://[::1", NULL, NULL, -EINVAL },
		{ "syslog+udp://-a", NULL, NULL, -EINVAL },
		{ "syslog+udp://a b", NULL, NULL, -EINVAL },
		{ "syslog+udp://a/b", NULL, NULL, -EINVAL },
	};
	bool good = true;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sekisho_target target = { 0 };
		int result = sekisho_target_parse(cases[i].text, &target);

		if (result != cases[i].result ||
		    (!result && (strcmp(target.host, cases[i].host) != 0 ||
				 strcmp(target.port, cases[i].port) != 0))) {
			printf("# %s: %d %s %s\n", cases[i].text, result, target.host, target.port);
			good = false;
		}
	}
	ok(good, "targets");
}

static size_t make(const char *line, size_t most)
{
	const struct sekisho_syslog_options options = { .host = "here",
							.enterprise = 32473,
							.most = most };
	struct sekisho_entry entry = { .text = line, .length = strlen(line) };

	memset(message, 'x', sizeof(message));
	entry.defect = sekisho_line_read(line, entry.length, &entry.line);
	return sekisho_syslog_record(message, &entry, &options);
}

static void test_message(void)
{
	static const char line[] =
		LINE("deny", "\"reason\":\"a\\\"b\\\\c]d\\ne\",\"src\":\"10.0.0.1\",\"count\":5");
	static const char head[] =
		"<132>1 2026-04-01T12:00:00.123+09:00 border1 sekisho - deny [sekisho@32473 "
		"seq=\"7\" generation=\"3\" reason=\"a\\\"b\\\\c\\]d?e\" src=\"10.0.0.1\" "
		"count=\"5\"][timeQuality tzKnown=\"1\" isSynced=\"1\"] \xef\xbb\xbf{\"v\":1,";
	size_t length = make(line, 0);

	ok(length == strlen(message) && !strncmp(message, head, strlen(head)),
	   "the head says who, when, what, with what must be escaped escaped");
	ok(length > strlen(line) &&
		   !strncmp(message + length - strlen(line) + 1, line, strlen(line) - 1),
	   "the text is the line without its end");
	printf("# %.*s\n", (int)strlen(head), message);
}

static void test_severities(void)
{
	static const struct {
		const char *line, *start;
	} cases[] = {
		{ LINE("loss", "\"count\":1"), "<131>1 " },
		{ LINE("isolate", "\"segment\":\"all\""), "<133>1 " },
		{ LINE("flow.end", "\"cause\":\"idle\""), "<134>1 " },
		{ LINE("guard.mismatch", "\"reason\":\"x\""), "<130>1 " },
		{ LINE("of.later", "\"reason\":\"x\""), "<133>1 " },
	};
	bool good = true;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make(cases[i].line, 0);
		if (strncmp(message, cases[i].start, strlen(cases[i].start)) != 0) {
			printf("# %.60s\n", message);
			good = false;
		}
	}
	ok(good, "severities follow the type");
}

/* The longest line there is, of characters of three bytes. */
static void make_long(char line[8193])
{
	char reason[7810] = "";
	size_t used = 0;

	while (used < 7800) {
		memcpy(reason + used, "関", 3);
		used += 3;
	}
	reason[used] = 0;
	snprintf(line, 8193,
		 "{\"v\":1,\"seq\":7,\"time\":\"2026-04-01T12:00:00.123+09:00\","
		 "\"clock\":\"unsynchronised\",\"boot\":\"\",\"mono_ns\":1,\"host\":\"\","
		 "\"generation\":3,\"type\":\"deny\",\"reason\":\"%s\",\"prev\":\"" HASH "\"}\n",
		 reason);
}

static bool is_whole_utf8(const char *text)
{
	while (*text) {
		size_t bytes = (unsigned char)*text < 0x80   ? 1
			       : (unsigned char)*text < 0xe0 ? 2
			       : (unsigned char)*text < 0xf0 ? 3
							     : 4;

		for (size_t i = 1; i < bytes; i++) {
			if (((unsigned char)text[i] & 0xc0) != 0x80)
				return false;
		}
		text += bytes;
	}
	return true;
}

static void test_limits(void)
{
	static char line[8193];
	char cut[32];
	size_t whole;
	bool good = true;

	make_long(line);
	whole = make(line, 0);
	ok(whole > strlen(line) && !strstr(message, " cut=\""),
	   "a long line is whole without a limit");
	snprintf(cut, sizeof(cut), " cut=\"%zu\"", strlen(line) - 1);
	for (size_t most = SEKISHO_SYSLOG_LEAST; most < 2100; most++) {
		size_t length = make(line, most);

		if (length > most || length + 3 < most || length != strlen(message) ||
		    !strstr(message, cut) || !is_whole_utf8(message))
			good = false;
	}
	ok(good, "cut to any limit: within it, at a character, and said");
	ok(make(line, whole) == whole && !strstr(message, " cut=\"") &&
		   make(line, whole - 1) < whole && strstr(message, cut),
	   "what just fits is not cut");
}

static void test_others(void)
{
	static const char bad[] = "{\"v\":1,\"seq\xff\x01\n";
	const struct sekisho_syslog_options options = { .host = "he re",
							.enterprise = 1,
							.most = 500 };
	static char note[1000];
	size_t length = make(bad, 0);

	ok(strstr(message, "<131>1 - here sekisho - defect [sekisho@32473 file=\"0\" offset=\"0\" "
			   "bytes=\"14\"") == message &&
		   !strcmp(message + length - 14, "{\"v\":1,\"seq???"),
	   "a line that is no record is told, without its bytes that are not plain");
	printf("# %s\n", message);
	memset(note, 'n', sizeof(note) - 1);
	length = sekisho_syslog_note(message, note, strlen(note), &options);
	ok(length == 500 &&
		   strstr(message, " he?re sekisho - checkpoint [sekisho@1 cut=\"999\"] \xef"),
	   "a checkpoint is a message of its own");
	length = sekisho_syslog_note(message, "a\nb\n", 4, &options);
	ok(!strcmp(message + length - 4, "a\nb\n") && !strstr(message, "cut="), "with its lines");
}

static bool write_text(const char *name, const char *text)
{
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return good;
}

static void test_positions(void)
{
	struct sekisho_position position = { .seq = UINT64_MAX,
					     .file = 400,
					     .offset = INT64_MAX,
					     .chained = true,
					     .hash = { 1, 2, 255 } };
	struct sekisho_position again;
	static const char *const bad[] = {
		"",
		"{}",
		"{\"v\":1,\"seq\":1,\"file\":0,\"offset\":0,\"hash\":\"\",\"checkpoint\":\"\"}",
		"{\"v\":1,\"seq\":-1,\"file\":0,\"offset\":0,\"hash\":\"\",\"checkpoint\":\"\"}\n",
		"{\"v\":1,\"seq\":99999999999999999999,\"file\":0,\"offset\":0,\"hash\":\"\","
		"\"checkpoint\":\"\"}\n",
		"{\"v\":1,\"seq\":1,\"file\":0,\"offset\":9223372036854775808,\"hash\":\"\","
		"\"checkpoint\":\"\"}\n",
		"{\"v\":1,\"seq\":1,\"file\":0,\"offset\":0,\"hash\":\"00\",\"checkpoint\":\"\"}\n",
	};
	bool good = true;
	int lock, other;

	ok(sekisho_position_read(directory, "p", &again) == -ENOENT, "no position yet");
	ok(!sekisho_position_write(directory, "p", &position) &&
		   !sekisho_position_read(directory, "p", &again) &&
		   sekisho_position_same(&position, &again) &&
		   faccessat(directory, ".p.json.new", F_OK, 0) != 0,
	   "a position is read as it was written");
	position.noted = true;
	position.note[31] = 7;
	ok(!sekisho_position_same(&position, &again) &&
		   !sekisho_position_write(directory, "p", &position) &&
		   !sekisho_position_read(directory, "p", &again) &&
		   sekisho_position_same(&position, &again),
	   "with its checkpoint");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!write_text("b.json", bad[i]) ||
		    sekisho_position_read(directory, "b", &again) != -EINVAL) {
			printf("# taken: %s\n", bad[i]);
			good = false;
		}
	}
	ok(good && sekisho_position_same(&position, &again), "what is no position is not taken");
	ok(sekisho_position_name("a-B_9.x") && !sekisho_position_name("") &&
		   !sekisho_position_name(".a") && !sekisho_position_name("a/b") &&
		   !sekisho_position_name("0123456789012345678901234567890123456789"
					  "0123456789012345678901234"),
	   "names");
	lock = sekisho_position_lock(directory, "p");
	other = sekisho_position_lock(directory, "p");
	ok(lock >= 0 && other == -EBUSY, "one at a time");
	close(lock);
}

static void test_backoff(void)
{
	struct sekisho_backoff least = { 0 }, most = { 0 }, first = { 0 };
	bool good = true;
	uint32_t wait = 0;

	for (unsigned int i = 0; i < 100; i++) {
		uint32_t whole = i < 7 ? 500u << i : 60000;

		wait = sekisho_backoff_next(&least, 0);
		good = good && wait == whole / 2;
		wait = sekisho_backoff_next(&most, whole / 2);
		good = good && wait == whole;
		wait = sekisho_backoff_next(&first, i * 2654435761u);
		good = good && wait >= whole / 2 && wait <= whole;
	}
	ok(good, "twice as long each time, up to a minute, and spread over its second half");
}

static void add(struct sekisho_marks *marks, uint64_t seq, int64_t now_ms)
{
	const struct sekisho_position position = { .seq = seq };

	sekisho_marks_add(marks, &position, seq * 10, now_ms);
}

static void test_marks(void)
{
	static struct sekisho_marks marks;
	bool good = true;

	add(&marks, 1, 1000);
	add(&marks, 2, 1100);
	add(&marks, 3, 1300);
	ok(!sekisho_marks_settle(&marks, 100, 11099) && sekisho_marks_settle(&marks, 100, 11100) &&
		   marks.settled.seq == 2,
	   "what was sent counts after some time, not before its last record's");
	ok(!sekisho_marks_settle(&marks, 29, 20000) && sekisho_marks_settle(&marks, 30, 20000) &&
		   marks.settled.seq == 3,
	   "and not before the peer's host has it");
	add(&marks, 4, 30000);
	sekisho_marks_begin(&marks);
	ok(!sekisho_marks_settle(&marks, 100, 90000) && marks.settled.seq == 3 &&
		   sekisho_marks_last(&marks)->seq == 3,
	   "what was on a broken connection does not count");
	for (uint64_t i = 0; i < 1000; i++)
		add(&marks, 10 + i, 100000 + (int64_t)i * 300);
	good = marks.count == SEKISHO_MARKS_MAX && sekisho_marks_last(&marks)->seq == 1009;
	sekisho_marks_settle(&marks, UINT64_MAX, 110000);
	good = good && marks.settled.seq == 10;
	ok(good, "a peer that takes nothing for long takes no memory");
	sekisho_marks_settle_all(&marks);
	ok(marks.settled.seq == 1009 && !marks.count, "a peer that ended well has all");
}

int main(void)
{
	plan(22);
	if (!mkdtemp(root) || (directory = open(root, O_RDONLY | O_DIRECTORY)) < 0)
		return 1;
	test_targets();
	test_message();
	test_severities();
	test_limits();
	test_others();
	test_positions();
	test_backoff();
	test_marks();
	unlinkat(directory, "p.json", 0);
	unlinkat(directory, "p.lock", 0);
	unlinkat(directory, "b.json", 0);
	close(directory);
	rmdir(root);
	return finish();
}
