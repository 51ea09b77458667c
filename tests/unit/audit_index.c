// SPDX-License-Identifier: GPL-2.0-only
/*
 * The index beside an audit log against a scan of it: random records of all types, random queries,
 * and what can happen to log and index between two queries. SEED=N repeats a run.
 *
 * Beyond 600 lines: one log goes through all of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/files.h"
#include "audit/index.h"
#include "audit/log.h"
#include "audit/scan.h"
#include "ktap.h"
#include "scratch.h"

#define A_FILE		700
#define RECORDS		2500
#define QUERIES		150
#define BASE_NS		1774969200000000000
#define NS		1000000000ll
#define FOUND_MOST	200000
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static char root[] = "/tmp/sekisho-audit-index-XXXXXX";
static char index_path[64];
static uint64_t state;

static uint64_t dice(uint64_t sides)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % sides;
}

static const char *const names[] = { "lgwan",	   "internet", "self",	 "all",
				     "業務",	   "F-0001",   "F-0002", "no-flow",
				     "permit-new", "甲 \"A\"", "乙\\B",	 "情報政策課\t丙",
				     "maintenance" };
static const char *const addresses[] = { "10.0.0.1",	    "10.0.0.2",	  "10.0.1.1", "192.168.3.4",
					 "fd00:20::1",	    "fd00:20::2", "::1",      "fe80::1",
					 "255.255.255.255", "0.0.0.0" };
static const char *const macs[] = { "02:00:00:00:00:01", "02:00:00:00:00:02" };
static const char *const protocols[] = { "tcp", "udp", "icmp", "icmpv6", "50" };
static const char *const patterns[] = { "deny",		  "permit",   "policy.*", "*",
					"guard.mismatch", "flow.?nd", "p*t",	  "nothing",
					"policy.apply",	  "[dl]*" };

#define ANY(list) ((list)[dice(COUNT_OF(list))])

static bool is_one_of(const char *key, const char *const *keys)
{
	for (; *keys; keys++)
		if (!strcmp(*keys, key))
			return true;
	return false;
}

static void put_text(struct sekisho_record *record, const char *key)
{
	static const char *const sides[] = { "src", "dst", "initiator", "responder", NULL };

	if (is_one_of(key, sides))
		sekisho_record_text(record, key, ANY(addresses));
	else if (!strcmp(key, "target"))
		sekisho_record_text(record, key, dice(2) ? ANY(addresses) : ANY(macs));
	else if (!strcmp(key, "smac"))
		sekisho_record_text(record, key, ANY(macs));
	else if (!strcmp(key, "proto"))
		sekisho_record_text(record, key, ANY(protocols));
	else
		sekisho_record_text(record, key, ANY(names));
}

/* A record of any type: keys that must be there, and some of the others. */
static void put_random(struct sekisho_record *record)
{
	const struct sekisho_type *type;
	int64_t at = BASE_NS + (int64_t)dice(86400) * NS;
	int64_t length = (int64_t)(dice(4) ? dice(3) : dice(400000)) * NS;

	sekisho_record_begin(record, (enum sekisho_record_type)dice(SEKISHO_RECORD_TYPES), 7,
			     32400);
	type = sekisho_type_get(record->type);
	for (const struct sekisho_field *field = type->fields; field->name; field++) {
		const struct sekisho_record_number number = { "no-flow", dice(9) };
		bool later = !strcmp(field->name, "last") || !strcmp(field->name, "end");

		if (field->optional && !dice(3))
			continue;
		if (field->kind == SEKISHO_FIELD_TEXT)
			put_text(record, field->name);
		else if (field->kind == SEKISHO_FIELD_TIME)
			sekisho_record_time(record, field->name, at + (later ? length : 0));
		else if (field->kind == SEKISHO_FIELD_NUMBER)
			sekisho_record_number(record, field->name, (int64_t)dice(6) * 20000);
		else if (field->kind == SEKISHO_FIELD_TEXTS)
			sekisho_record_texts(record, field->name, names, dice(3));
		else
			sekisho_record_numbers(record, field->name, &number, dice(2));
	}
}

static void write_log(const char *origin, unsigned int records, uint64_t file_records, bool simple)
{
	const struct sekisho_log_options options = { .directory = root,
						     .origin = origin,
						     .file_records = file_records,
						     .file_bytes = 1ull << 40,
						     .zone = 32400,
						     .no_sync = true };
	struct sekisho_record record;
	struct sekisho_log *log;

	if (sekisho_log_open(&log, &options))
		exit(1);
	for (unsigned int i = 0; i < records; i++) {
		if (simple) {
			sekisho_record_begin(&record, SEKISHO_RECORD_LINK, 1, 32400);
			sekisho_record_text(&record, "interface", ANY(names));
			sekisho_record_text(&record, "state", "gone");
		} else {
			put_random(&record);
		}
		if (sekisho_log_append(log, &record) || (i % 500 == 499 && sekisho_log_commit(log)))
			exit(1);
	}
	if (sekisho_log_close(log))
		exit(1);
}

static int open_log(const char *origin)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", root, origin);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		exit(1);
	return fd;
}

static void put_random_condition(struct sekisho_query *query)
{
	static const unsigned int segments = SEKISHO_FACTS(FROM) | SEKISHO_FACTS(TO) |
					     SEKISHO_FACTS(SEGMENT);
	static const unsigned int sides = SEKISHO_FACTS(SRC) | SEKISHO_FACTS(DST) |
					  SEKISHO_FACTS(TARGET);
	static const char *const hosts[] = { "10.0.0.0/24", "10.0.0.0/8",	"fd00:20::/64",
					     "::/0",	    "10.0.0.2",		"0.0.0.0/0",
					     "fd00:20::2",  "10.9.9.9",		"10.0.1.1/32",
					     "192.0.0.0/2", "02-00-00-00-00-02" };
	static const unsigned int kinds[] = { SEKISHO_FACTS(REASON), SEKISHO_FACTS(FLOW),
					      SEKISHO_FACTS(FROM), SEKISHO_FACTS(PERSON),
					      segments };

	switch (dice(6)) {
	case 0:
		sekisho_query_host(query, sides, true, ANY(hosts));
		break;
	case 1:
		sekisho_query_host(query, SEKISHO_FACTS(SRC), false, ANY(addresses));
		break;
	case 2:
		sekisho_query_port(query, (uint16_t)(dice(4) * 20000));
		break;
	case 3:
		sekisho_query_protocol(query, ANY(protocols));
		break;
	case 4:
		sekisho_query_type(query, ANY(patterns));
		break;
	default:
		sekisho_query_name(query, ANY(kinds), ANY(names));
	}
}

static void make_query(struct sekisho_query *query)
{
	sekisho_query_begin(query);
	if (dice(2))
		query->since_ns = BASE_NS + ((int64_t)dice(500000) - 10000) * NS;
	if (dice(2))
		query->until_ns = BASE_NS + ((int64_t)dice(500000) - 10000) * NS;
	for (uint64_t i = dice(4); i--;)
		put_random_condition(query);
}

struct found {
	size_t count, most;
	struct {
		uint64_t file, row, sum;
	} items[FOUND_MOST];
};

static int take(void *context, const struct sekisho_entry *entry, const struct sekisho_facts *facts)
{
	struct found *found = context;
	uint64_t sum = 0;

	(void)facts;
	for (size_t i = 0; i < entry->length; i++)
		sum = sum * 31 + (unsigned char)entry->text[i];
	found->items[found->count].file = entry->file;
	found->items[found->count].row = entry->row;
	found->items[found->count].sum = sum;
	found->count++;
	return found->count >= found->most;
}

static struct found by_scan, by_index;
static struct sekisho_damage scan_damage, index_damage;
static struct sekisho_index_changes changes;

static bool same_found(void)
{
	return by_scan.count == by_index.count &&
	       !memcmp(by_scan.items, by_index.items, by_scan.count * sizeof(by_scan.items[0])) &&
	       scan_damage.lines == index_damage.lines && scan_damage.file == index_damage.file &&
	       scan_damage.row == index_damage.row && scan_damage.defect == index_damage.defect;
}

static int find_with(struct sekisho_index *index, int directory, const struct sekisho_query *query)
{
	const struct sekisho_search search = { .query = query,
					       .context = &by_index,
					       .found = take };

	by_index.count = 0;
	return sekisho_index_find(index, directory, &search, &index_damage);
}

static void scan_for(int directory, const struct sekisho_query *query)
{
	const struct sekisho_search search = { .query = query, .context = &by_scan, .found = take };

	by_scan.count = 0;
	if (sekisho_scan(directory, &search, &scan_damage))
		exit(1);
}

static int update(struct sekisho_index *index, int directory)
{
	const struct sekisho_search search = { 0 };

	return sekisho_index_update(index, directory, &search, &changes);
}

/* Many queries, each asked of both. */
static bool all_same(struct sekisho_index *index, int directory, unsigned int queries,
		     size_t *answers)
{
	struct sekisho_query query;

	*answers = 0;
	for (unsigned int i = 0; i < queries; i++) {
		int error;

		make_query(&query);
		by_scan.most = by_index.most = dice(4) ? FOUND_MOST : 1 + dice(20);
		scan_for(directory, &query);
		error = find_with(index, directory, &query);
		*answers += by_scan.count;
		if (!error && same_found())
			continue;
		printf("# query %u: error %d, %zu by scan, %zu by index, %llu and %llu bad\n", i,
		       error, by_scan.count, by_index.count, (unsigned long long)scan_damage.lines,
		       (unsigned long long)index_damage.lines);
		return false;
	}
	return true;
}

/* Opens, updates and asks as a command does, whatever became of the index. */
static bool same_after(int directory, unsigned int queries)
{
	struct sekisho_index *index;
	size_t answers;
	bool same = false;
	int error = sekisho_index_open(&index, index_path, true, false);

	if (!error)
		error = update(index, directory);
	if (error == -EBADMSG) {
		sekisho_index_close(index);
		error = sekisho_index_open(&index, index_path, true, true);
		if (!error)
			error = update(index, directory);
	}
	if (!error)
		same = all_same(index, directory, queries, &answers);
	else
		printf("# %s\n", strerror(-error));
	sekisho_index_close(index);
	return same;
}

static struct sekisho_index *open_index(void)
{
	struct sekisho_index *index;

	if (sekisho_index_open(&index, index_path, true, false))
		exit(1);
	return index;
}

static void test_random(int directory)
{
	struct sekisho_index *index = open_index();
	size_t answers = 0;
	bool same = !update(index, directory) && changes.lines == RECORDS && !changes.replaced;

	same = same && all_same(index, directory, QUERIES, &answers);
	ok(same && answers > QUERIES, "index and scan agree on %zu answers", answers);
	sekisho_index_close(index);
	index = open_index();
	ok(!update(index, directory) && changes.lines <= A_FILE && !changes.replaced,
	   "what is indexed is not indexed again");
	sekisho_index_close(index);
}

static void test_appended(int directory)
{
	struct sekisho_index *index = open_index();
	size_t answers;
	bool same = true;

	for (int i = 0; i < 5 && same; i++) {
		write_log("a", (unsigned int)dice(900), A_FILE, false);
		same = !update(index, directory) && !changes.replaced &&
		       changes.lines < 3 * A_FILE && all_same(index, directory, 12, &answers);
	}
	ok(same, "so do they on what was appended");
	sekisho_index_close(index);
}

static int open_file(int directory, uint64_t first)
{
	char name[SEKISHO_FILE_NAME_BYTES];
	int fd;

	sekisho_file_name(name, first);
	fd = openat(directory, name, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		exit(1);
	return fd;
}

/* Changes an address that was 10.0.0.1 into 10.0.0.2, without a trace in the time of change. */
static bool edit(int directory, uint64_t first, unsigned int skip)
{
	static char text[4 << 20];
	int fd = open_file(directory, first);
	struct stat status;
	ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
	char *at = text;
	bool found = false;

	if (got < 0 || fstat(fd, &status))
		exit(1);
	text[got] = 0;
	while ((at = strstr(at, "\"10.0.0.1\"")) && skip--)
		at++;
	if (at) {
		const struct timespec times[2] = { status.st_atim, status.st_mtim };

		found = pwrite(fd, "\"10.0.0.2\"", 10, at - text) == 10 && !futimens(fd, times);
	}
	close(fd);
	return found;
}

static void test_edited(int directory)
{
	struct sekisho_index *index = open_index();
	struct sekisho_query query;
	size_t answers = 0;
	bool edited = !update(index, directory) && edit(directory, A_FILE, 10);
	int error;

	ok(edited && !update(index, directory) && changes.replaced == A_FILE,
	   "an edited file is indexed anew, and that is told");
	ok(all_same(index, directory, 20, &answers), "then both agree");
	sekisho_query_begin(&query);
	sekisho_query_host(&query, SEKISHO_FACTS(SRC) | SEKISHO_FACTS(DST) | SEKISHO_FACTS(TARGET),
			   false, "10.0.0.1");
	by_scan.most = by_index.most = FOUND_MOST;
	edited = edit(directory, 0, 10);
	error = find_with(index, directory, &query);
	ok(edited && error == -ESTALE, "a line edited since the update is no answer");
	ok(!update(index, directory) && all_same(index, directory, 20, &answers),
	   "the update after it makes good for that");
	sekisho_index_close(index);
}

static void test_bad_lines(int directory)
{
	static const char garbage[] = "{}\n\xff\xfe\n{\"v\":1,\"seq\":12,\n\n";
	int fd = open_file(directory, 0);

	if (lseek(fd, 0, SEEK_END) < 0 || write(fd, garbage, sizeof(garbage) - 1) < 0)
		exit(1);
	close(fd);
	ok(same_after(directory, 12) && scan_damage.lines == 4 && !scan_damage.file &&
		   scan_damage.row == A_FILE + 1,
	   "bad lines are told by both alike");
	fd = open_file(directory, 2ull * A_FILE);
	if (pwrite(fd, "\n", 1, 1000) != 1)
		exit(1);
	close(fd);
	ok(same_after(directory, 12) && scan_damage.lines == 6, "also within a file");
}

static void test_files(int directory)
{
	char name[SEKISHO_FILE_NAME_BYTES], other[SEKISHO_FILE_NAME_BYTES];
	struct sekisho_index *index;

	sekisho_file_name(name, A_FILE);
	if (unlinkat(directory, name, 0))
		exit(1);
	index = open_index();
	ok(!update(index, directory) && changes.replaced == A_FILE, "a file that is gone is told");
	sekisho_index_close(index);
	ok(same_after(directory, 12), "and index and scan agree without it");
	sekisho_file_name(other, 3ull * A_FILE);
	if (linkat(directory, other, directory, name, 0))
		exit(1);
	ok(same_after(directory, 12), "with another in its place");
	sekisho_file_name(name, 4ull * A_FILE);
	if (unlinkat(directory, name, 0) || linkat(directory, other, directory, name, 0))
		exit(1);
	ok(same_after(directory, 12), "and with one replaced");
}

static void test_cut_index(int directory)
{
	struct stat status;
	bool same = true;

	for (int i = 0; i < 12 && same; i++) {
		off_t size;

		same = same_after(directory, 2);
		if (stat(index_path, &status))
			exit(1);
		size = i < 4 ? (off_t)dice(200) : (off_t)dice((uint64_t)status.st_size);
		if (truncate(index_path, size))
			exit(1);
		same = same && same_after(directory, 4);
		if (!same)
			printf("# cut at %lld of %lld\n", (long long)size,
			       (long long)status.st_size);
	}
	ok(same, "a cut index is made again");
}

/* Whether every answer of the index is one of the scan, in its order. */
static bool is_part(void)
{
	size_t at = 0;

	for (size_t i = 0; i < by_index.count; i++, at++) {
		while (at < by_scan.count &&
		       memcmp(&by_scan.items[at], &by_index.items[i], sizeof(by_scan.items[0])))
			at++;
		if (at == by_scan.count)
			return false;
	}
	return true;
}

static bool answers_are_true(int directory, struct sekisho_index *index)
{
	struct sekisho_query query;
	bool part = true;

	by_scan.most = by_index.most = FOUND_MOST;
	for (int i = 0; i < 5 && part; i++) {
		make_query(&query);
		scan_for(directory, &query);
		find_with(index, directory, &query);
		part = is_part();
	}
	return part;
}

static void test_damaged_index(int directory)
{
	struct stat status;
	bool part = true;

	for (int i = 0; i < 15 && part; i++) {
		struct sekisho_index *index;
		int fd;

		if (!same_after(directory, 1) || stat(index_path, &status))
			exit(1);
		fd = open(index_path, O_RDWR | O_CLOEXEC);
		for (int j = 0; j < 30; j++) {
			const uint8_t byte = (uint8_t)dice(256);

			if (pwrite(fd, &byte, 1,
				   100 + (off_t)dice((uint64_t)status.st_size - 100)) < 0)
				exit(1);
		}
		close(fd);
		if (!sekisho_index_open(&index, index_path, true, false)) {
			part = answers_are_true(directory, index);
			sekisho_index_close(index);
		}
		unlink(index_path);
	}
	ok(part, "a damaged index hides answers at most, and invents none");
}

static void test_other_log(int directory, int other)
{
	bool same = same_after(directory, 1);

	ok(same && same_after(other, 12) && changes.replaced,
	   "an index of another log is made again");
	ok(same_after(directory, 12) && changes.replaced, "and back");
}

static void test_other_file(int directory)
{
	static const char text[] = "precious";
	struct sekisho_index *index;
	char path[96], read_back[16] = "";
	int fd, error;

	snprintf(path, sizeof(path), "%s/precious", root);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, text, sizeof(text)) < 0)
		exit(1);
	error = sekisho_index_open(&index, path, false, true);
	ok(error == -EEXIST && pread(fd, read_back, sizeof(read_back), 0) == sizeof(text) &&
		   !strcmp(read_back, text),
	   "a file that is no index is left alone");
	close(fd);
	ok(!sekisho_index_open(&index, path, true, false) && !update(index, directory),
	   "unless its place is the index's own");
	sekisho_index_close(index);
}

static void test_killed(int directory)
{
	bool same = true;

	for (int i = 0; i < 12 && same; i++) {
		pid_t child;
		int status;

		unlink(index_path);
		child = fork();
		if (!child) {
			struct sekisho_index *index;

			if (!sekisho_index_open(&index, index_path, true, false))
				update(index, directory);
			_exit(0);
		}
		usleep((useconds_t)dice(150000));
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		same = same_after(directory, 5);
	}
	ok(same, "a build that was killed leaves nothing that lies");
}

static void test_large(void)
{
	struct sekisho_index *index;
	size_t answers;
	int directory;

	write_log("large", 75000, 1000000, true);
	directory = open_log("large");
	unlink(index_path);
	ok(same_after(directory, 4) && changes.lines == 75000, "a file of more than one chunk");
	write_log("large", 300, 1000000, true);
	index = open_index();
	ok(!update(index, directory) && changes.lines == 300 && !changes.replaced &&
		   all_same(index, directory, 4, &answers),
	   "of which only what is new is indexed");
	sekisho_index_close(index);
	close(directory);
}

int main(void)
{
	const char *seed = getenv("SEED");
	int directory, other;

	plan(22);
	state = seed ? strtoull(seed, NULL, 10) : 20260401;
	printf("# SEED=%llu\n", (unsigned long long)state);
	scratch(root);
	snprintf(index_path, sizeof(index_path), "%s/index.sqlite", root);
	write_log("a", RECORDS, A_FILE, false);
	write_log("b", 1500, A_FILE, false);
	directory = open_log("a");
	other = open_log("b");
	test_random(directory);
	test_appended(directory);
	test_edited(directory);
	test_bad_lines(directory);
	test_files(directory);
	test_cut_index(directory);
	test_damaged_index(directory);
	test_other_log(directory, other);
	test_other_file(directory);
	test_killed(directory);
	test_large();
	close(directory);
	close(other);
	return finish();
}
