// SPDX-License-Identifier: GPL-2.0-only
/*
 * The writer: numbers, chain and rotation; several writers; what crashes and full disks leave.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/convert.h"
#include "audit/log.h"
#include "audit/verify.h"
#include "ktap.h"
#include "scratch.h"

static char root[] = "/tmp/sekisho-audit-log-XXXXXX";
static char audit[64];
static unsigned int origins;
static char origin[16];

static struct sekisho_log_options options_of(const char *name)
{
	return (struct sekisho_log_options){
		.directory = audit, .origin = name, .zone = 32400, .no_sync = true
	};
}

/* A log of its own for each test. */
static struct sekisho_log_options new_log(void)
{
	snprintf(origin, sizeof(origin), "o%u", ++origins);
	return options_of(origin);
}

static struct sekisho_log *open_log(const struct sekisho_log_options *options)
{
	struct sekisho_log *log;

	if (sekisho_log_open(&log, options))
		exit(1);
	return log;
}

static int append(struct sekisho_log *log, const char *interface)
{
	struct sekisho_record record;

	sekisho_convert_link(&record, 7, 32400, interface, "attached", "native");
	return sekisho_log_append(log, &record);
}

static int append_many(struct sekisho_log *log, unsigned int count)
{
	int error = 0;

	while (count-- && !error)
		error = append(log, "lg0");
	return error;
}

static int open_origin(void)
{
	char path[128];
	int directory;

	snprintf(path, sizeof(path), "%s/%s", audit, origin);
	directory = open(path, O_RDONLY | O_DIRECTORY);
	if (directory < 0)
		exit(1);
	return directory;
}

static struct sekisho_verify_result verify(void)
{
	struct sekisho_verify_result result = { 0 };
	int directory = open_origin();

	if (sekisho_verify(directory, NULL, &result))
		result.defect = SEKISHO_DEFECT_FORM;
	close(directory);
	if (result.defect)
		printf("# %s in %s, line %llu\n", sekisho_defect_name(result.defect), result.file,
		       (unsigned long long)result.line);
	return result;
}

static bool is_good(uint64_t records, uint64_t losses, uint64_t files)
{
	struct sekisho_verify_result result = verify();
	bool good = !result.defect && result.records == records && result.losses == losses &&
		    result.files == files;

	if (!good)
		printf("# %llu records, %llu losses, %llu files\n",
		       (unsigned long long)result.records, (unsigned long long)result.losses,
		       (unsigned long long)result.files);
	return good;
}

/* A collector's first act is a record: where there is none, records were taken away. */
static bool has_no_records(void)
{
	struct sekisho_verify_result result = verify();

	return result.defect == SEKISHO_DEFECT_NO_RECORDS && !result.records && !result.files;
}

/* Add @length bytes at @text to the file named by @first, as a crash might. */
static void scribble(uint64_t first, const void *text, size_t length)
{
	char name[SEKISHO_FILE_NAME_BYTES];
	int directory = open_origin(), fd;

	sekisho_file_name(name, first);
	fd = openat(directory, name, O_WRONLY | O_APPEND | O_CREAT, 0600);
	if (fd < 0 || write(fd, text, length) != (ssize_t)length)
		exit(1);
	close(fd);
	close(directory);
}

static void test_order(void)
{
	struct sekisho_log_options options = new_log();
	struct sekisho_log *log = open_log(&options);

	ok(has_no_records(), "a log of nothing at all is not good");
	append(log, "a");
	append(log, "b");
	ok(sekisho_log_pending(log) == 2 && has_no_records(), "what is appended is pending");
	ok(!sekisho_log_commit(log) && !sekisho_log_pending(log) && is_good(2, 0, 1),
	   "and written by a commit");
	append(log, "c");
	ok(!sekisho_log_close(log) && is_good(3, 0, 1), "or by closing");
	log = open_log(&options);
	ok(sekisho_log_next(log) == 3, "numbers go on where the last process left");
	append(log, "d");
	sekisho_log_close(log);
	ok(is_good(4, 0, 1), "and so does the chain");
}

static void test_rotation(void)
{
	struct sekisho_log_options options = new_log();
	struct sekisho_log *log;

	options.file_records = 10;
	log = open_log(&options);
	append_many(log, 35);
	ok(!sekisho_log_close(log) && is_good(35, 0, 4), "a file has no more records than it may");
	options.file_records = 0;
	options.file_bytes = 1;
	log = open_log(&options);
	append_many(log, 5);
	ok(!sekisho_log_close(log) && is_good(40, 0, 9),
	   "and no more bytes, but at least a record");
	options.file_bytes = 0;
	log = open_log(&options);
	append_many(log, 30000);
	ok(!sekisho_log_close(log) && is_good(30040, 0, 9), "more than one write holds");
}

static void test_two_writers(void)
{
	struct sekisho_log_options options = new_log();
	struct sekisho_log *one, *two;
	unsigned int i;
	bool good = true;

	options.file_records = 7;
	one = open_log(&options);
	two = open_log(&options);
	for (i = 0; i < 50; i++) {
		append_many(one, 1 + i % 5);
		append_many(two, 1 + i % 3);
		good &= !sekisho_log_commit(i % 2 ? one : two);
		good &= !sekisho_log_commit(i % 2 ? two : one);
	}
	sekisho_log_close(one);
	sekisho_log_close(two);
	ok(good && is_good(150 + 99, 0, 36), "two writers take turns, over files");
}

static pid_t start_writer(const struct sekisho_log_options *options, unsigned int groups,
			  unsigned int records)
{
	pid_t pid = fork();

	if (!pid) {
		struct sekisho_log *log = open_log(options);
		int error = 0;

		while (groups-- && !error) {
			error = append_many(log, records);
			if (!error)
				error = sekisho_log_commit(log);
		}
		_exit(error || sekisho_log_close(log) ? 1 : 0);
	}
	return pid;
}

static void test_concurrent(void)
{
	struct sekisho_log_options options = new_log();
	int one, two, status_one, status_two;

	options.file_records = 900;
	one = start_writer(&options, 10000, 1);
	two = start_writer(&options, 1000, 10);
	waitpid(one, &status_one, 0);
	waitpid(two, &status_two, 0);
	ok(!status_one && !status_two && is_good(20000, 0, 23),
	   "two processes write 10,000 records each at once");
}

/*
 * Killed at any moment: at most the lines of one write are torn, and the next process goes on. On a
 * busy machine it takes more than fifty until enough has been written.
 */
static void test_kills(void)
{
	struct sekisho_log_options options = new_log();
	struct sekisho_verify_result result;
	unsigned int i;
	bool good = true;

	options.file_records = 5000;
	srandom(1);
	for (i = 0; good && (i < 50 || (i < 1000 && verify().records <= 1000)); i++) {
		pid_t pid = start_writer(&options, 1000000, 1 + i % 50);
		struct sekisho_log *log;

		usleep(1000 + (useconds_t)(random() % 30000));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		log = open_log(&options);
		append(log, "after");
		good &= !sekisho_log_close(log) && !verify().defect;
	}
	result = verify();
	ok(good && result.records > 1000, "killed 50 times in the middle, it stays good");
}

static bool is_torn_saved(uint64_t next, const void *text, size_t length)
{
	char name[SEKISHO_TORN_NAME_BYTES], bytes[20000];
	int directory = open_origin(), fd;
	ssize_t got;

	sekisho_torn_name(name, next);
	fd = openat(directory, name, O_RDONLY);
	got = read(fd, bytes, sizeof(bytes));
	close(fd);
	close(directory);
	return got == (ssize_t)length && !memcmp(bytes, text, length);
}

static bool recovers(const void *text, size_t length, unsigned int before, uint64_t lost)
{
	struct sekisho_log_options options = new_log();
	struct sekisho_log *log = open_log(&options);
	struct sekisho_verify_result result;
	bool saved;

	append_many(log, before);
	sekisho_log_close(log);
	scribble(0, text, length);
	log = open_log(&options);
	saved = is_torn_saved(before, text, length);
	append(log, "after");
	sekisho_log_close(log);
	result = verify();
	return saved && !result.defect && result.records == before + 2 && result.losses == 1 &&
	       result.lost == lost && result.torn_files == 1;
}

static void test_torn(void)
{
	static char zeros[20000];
	char lines[20000];

	ok(recovers("{\"v\":1,", 7, 3, 1), "a line without its end");
	ok(recovers("{\"v\":1,", 7, 0, 1), "the very first line without its end");
	ok(recovers("{}\n", 3, 1, 1), "a last line that is no record");
	ok(recovers(zeros, sizeof(zeros), 40, 1), "blocks of zeros");
	memset(lines, 'x', sizeof(lines));
	lines[9999] = lines[19999] = '\n';
	ok(recovers(lines, sizeof(lines), 2, 2), "lines that are too long");
	memset(lines, '\n', 1000);
	ok(recovers(lines, 1000, 2, 1000), "many lines");
}

/*
 * A power cut in the middle of a write leaves a hole, and whole lines behind it. Zeros that no power
 * cut leaves are not for the writer to mend.
 */
static void test_hole(uint64_t start, size_t length, bool is_hole)
{
	struct sekisho_log_options options = new_log();
	struct sekisho_log *log = open_log(&options);
	struct sekisho_verify_result result;
	char name[SEKISHO_FILE_NAME_BYTES];
	static const char zeros[4096];
	int directory, fd;

	append_many(log, 40);
	sekisho_log_close(log);
	directory = open_origin();
	sekisho_file_name(name, 0);
	fd = openat(directory, name, O_WRONLY);
	if (pwrite(fd, zeros, length, (off_t)start) != (ssize_t)length)
		exit(1);
	close(fd);
	close(directory);
	log = open_log(&options);
	append(log, "after");
	sekisho_log_close(log);
	result = verify();
	ok(is_hole ? !result.defect && result.losses == 1 && result.torn_files == 1
		   : result.defect && !result.torn_files,
	   "%zu zeros from byte %llu are %s", length, (unsigned long long)start,
	   is_hole ? "a hole" : "none");
}

/* Moved aside by a writer that did not live to tell: one that was there all along does. */
static void test_untold(void)
{
	struct sekisho_log_options options = new_log();
	struct sekisho_log *log = open_log(&options);
	struct sekisho_verify_result result;
	char name[SEKISHO_TORN_NAME_BYTES];
	int directory, fd;

	append_many(log, 3);
	sekisho_log_commit(log);
	directory = open_origin();
	sekisho_torn_name(name, 3);
	fd = openat(directory, name, O_WRONLY | O_CREAT, 0600);
	if (write(fd, "a\nb", 3) != 3)
		exit(1);
	close(fd);
	close(directory);
	append(log, "after");
	sekisho_log_close(log);
	result = verify();
	ok(!result.defect && result.records == 5 && result.losses == 1 && result.lost == 2,
	   "what another writer moved aside is told");
}

/* The last line of a good log, copied behind itself: a record, but not chained. */
static void test_unchained(void)
{
	struct sekisho_log_options options = new_log();
	struct sekisho_log *log = open_log(&options);
	char bytes[4096], name[SEKISHO_FILE_NAME_BYTES];
	int directory, fd;
	ssize_t got;

	append_many(log, 1);
	sekisho_log_close(log);
	directory = open_origin();
	sekisho_file_name(name, 0);
	fd = openat(directory, name, O_RDONLY);
	got = read(fd, bytes, sizeof(bytes));
	close(fd);
	close(directory);
	scribble(0, bytes, (size_t)got);
	log = open_log(&options);
	append(log, "after");
	sekisho_log_close(log);
	ok(is_good(3, 1, 1), "a last line that is not chained is torn");
}

static void test_begun_file(void)
{
	struct sekisho_log_options options = new_log();
	struct sekisho_log *log;

	options.file_records = 3;
	log = open_log(&options);
	append_many(log, 3);
	sekisho_log_commit(log);
	scribble(3, "", 0);
	append_many(log, 2);
	ok(!sekisho_log_close(log) && is_good(5, 0, 2),
	   "a file that was begun, and no more, is used");
	scribble(3, "torn", 4);
	log = open_log(&options);
	append_many(log, 1);
	ok(!sekisho_log_close(log) && is_good(7, 1, 3), "torn in a later file");
}

/* A record changed further up is for verification to find: recovery must not cut it away. */
static void test_no_cutting(void)
{
	struct sekisho_log_options options = new_log();
	struct sekisho_log *log = open_log(&options);
	struct sekisho_verify_result result;
	char name[SEKISHO_FILE_NAME_BYTES];
	int directory, fd;

	append_many(log, 10);
	sekisho_log_close(log);
	directory = open_origin();
	sekisho_file_name(name, 0);
	fd = openat(directory, name, O_WRONLY);
	/* The zone's offset of the first record. */
	if (pwrite(fd, "2", 1, 24) != 1)
		exit(1);
	close(fd);
	close(directory);
	log = open_log(&options);
	append_many(log, 1);
	sekisho_log_close(log);
	result = verify();
	ok(result.defect == SEKISHO_DEFECT_CHAIN && result.seq == 0 && !result.torn_files,
	   "a record changed further up stays, and is found");
}

/* A file size limit makes writes short, then fail: as a disk that is full. */
static void limit_file_size(rlim_t bytes)
{
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){ bytes, RLIM_INFINITY });
}

static void test_full(void)
{
	struct sekisho_log_options options = new_log();
	struct sekisho_log *log = open_log(&options);
	struct sekisho_verify_result result;
	bool whole, added;
	int error;

	signal(SIGXFSZ, SIG_IGN);
	append_many(log, 3);
	sekisho_log_commit(log);
	limit_file_size(3000);
	append_many(log, 10);
	error = sekisho_log_commit(log);
	whole = error == -ENOSPC && sekisho_log_lost(log) == 10 && is_good(3, 0, 1);
	append_many(log, 20);
	limit_file_size(1);
	error = sekisho_log_commit(log);
	added = error == -EFBIG && sekisho_log_lost(log) == 30 && is_good(3, 0, 1);
	/* Only now, since the results may go to a file, too. */
	limit_file_size(RLIM_INFINITY);
	ok(whole, "a short write leaves no half line");
	ok(added, "losses add up while it stays full");
	ok(!sekisho_log_commit(log) && !sekisho_log_lost(log), "they are told once there is room");
	append_many(log, 2);
	sekisho_log_close(log);
	result = verify();
	ok(!result.defect && result.records == 6 && result.losses == 1 && result.lost == 30,
	   "in one record, before all others");
}

static void test_bounds(void)
{
	struct sekisho_log_options options = new_log();
	struct sekisho_record record;
	struct sekisho_log *log;
	int error;

	options.pending_bytes = 10000;
	log = open_log(&options);
	error = append_many(log, 1000);
	ok(error == -ENOBUFS && sekisho_log_lost(log) == 1, "what is pending is bounded");
	sekisho_record_begin(&record, SEKISHO_RECORD_LINK, 1, 0);
	ok(sekisho_log_append(log, &record) == -EINVAL && sekisho_log_lost(log) == 2,
	   "a record with a mistake is refused, and counted");
	ok(!sekisho_log_close(log) && verify().lost == 2, "both are told");
}

static void test_places(void)
{
	struct sekisho_log_options options = new_log();
	char name[SEKISHO_RECORD_HOST_BYTES];
	struct sekisho_log *log;

	sekisho_log_origin("../a b/関", name);
	ok(!strcmp(name, "_._a_b____"), "an origin cannot lead elsewhere");
	sekisho_log_origin("", name);
	ok(!strcmp(name, "_"), "nor be empty");
	options.directory = "/nonexistent/audit";
	ok(sekisho_log_open(&log, &options) == -ENOENT && !log, "a directory that cannot be made");
}

int main(void)
{
	scratch(root);
	snprintf(audit, sizeof(audit), "%s/audit", root);
	plan(37);
	test_order();
	test_rotation();
	test_two_writers();
	test_concurrent();
	test_kills();
	test_torn();
	test_hole(4096, 4096, true);
	test_hole(512, 512, true);
	test_hole(4096, 511, false);
	test_hole(4097, 1, false);
	test_untold();
	test_unchained();
	test_begun_file();
	test_no_cutting();
	test_full();
	test_bounds();
	test_places();
	return finish();
}
