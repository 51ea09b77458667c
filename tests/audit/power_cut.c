// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cuts the power at random moments of an audit log's writing, and again while what is left is being
 * mended: each acknowledged record must survive, and what was torn must be told.
 *
 *	power_cut EMPTY-DIRECTORY STATES [SEED]
 *
 * The writer's calls are written down (recorder.h); from them come disks as a power cut may leave
 * them (disk.h); the writer opens these.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "audit/convert.h"
#include "audit/log.h"
#include "audit/verify.h"
#include "recorder.h"
#include "recovered.h"

#define ORIGIN	     "one"
#define FILE_RECORDS 400
#define RUN_STATES   50 /* of each run of the writer */
#define RUN_COMMITS  14
#define DEPTH	     3 /* power cuts one after another */

/* All files of a log, one behind the other. */
struct text {
	char *bytes;
	size_t size;
};

struct tally {
	uint64_t states, again, holes, torn, bad;
};

static struct tally tally;

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(2);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static void remove_tree(const char *path)
{
	nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static int open_log(const char *root)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/audit/%s", root, ORIGIN);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void read_file(int directory, const char *name, struct text *text)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	struct stat status;
	char *grown;

	if (fd < 0 || fstat(fd, &status))
		die(name);
	grown = realloc(text->bytes, text->size + (size_t)status.st_size + 1);
	if (!grown)
		die("memory");
	text->bytes = grown;
	if (read(fd, text->bytes + text->size, (size_t)status.st_size) != status.st_size)
		die(name);
	text->size += (size_t)status.st_size;
	close(fd);
}

/* Nothing where there is no such log. */
static struct text read_log(const char *root)
{
	struct text text = { malloc(1), 0 };
	char name[SEKISHO_FILE_NAME_BYTES];
	struct sekisho_files files;
	int directory = open_log(root);
	size_t i;

	if (directory < 0)
		return text;
	if (sekisho_files_list(directory, &files))
		die(root);
	for (i = 0; i < files.count; i++) {
		sekisho_file_name(name, files.first[i]);
		read_file(directory, name, &text);
	}
	sekisho_files_free(&files);
	close(directory);
	return text;
}

/* What is certain is that so much of the log was acknowledged. */
static void acknowledge(const char *root)
{
	struct text text = read_log(root);

	recorder_mark(text.size);
	free(text.bytes);
}

static size_t some(void)
{
	switch (lrand48() % 8) {
	case 0:
		return 200 + (size_t)lrand48() % 1500;
	case 1:
	case 2:
		return 10 + (size_t)lrand48() % 90;
	case 3:
	case 4:
		return 1 + (size_t)lrand48() % 10;
	default:
		return 1;
	}
}

static int append_some(struct sekisho_log *log)
{
	struct sekisho_audit_policy policy = { .actor = "A", .flows = -1, .confirm = -1 };
	static char reason[2001];
	struct sekisho_record record;
	size_t count = some(), length;
	int error = 0;

	while (count-- && !error) {
		length = lrand48() % 4 ? 20 : (size_t)lrand48() % (sizeof(reason) - 1);
		memset(reason, 'r', length);
		reason[length] = '\0';
		policy.reason = reason;
		sekisho_convert_policy(&record, SEKISHO_RECORD_POLICY_REJECT, 1, 0, &policy);
		error = sekisho_log_append(log, &record);
	}
	return error;
}

static void commit_some(struct sekisho_log *log, const char *root)
{
	if (append_some(log))
		die("append");
	if (!sekisho_log_commit(log))
		acknowledge(root);
}

/* Two writers of one log; now and then one ends, or is killed, and another takes its place. */
static void write_log(const char *root)
{
	char path[64];
	const struct sekisho_log_options options = { .directory = path,
						     .origin = ORIGIN,
						     .file_records = FILE_RECORDS };
	struct sekisho_log *logs[2] = { NULL, NULL };
	unsigned int commits;

	snprintf(path, sizeof(path), "%s/audit", root);
	for (commits = 0; commits < RUN_COMMITS; commits++) {
		struct sekisho_log **log = &logs[lrand48() % 2];
		bool killed = lrand48() % 4 == 0;

		if (killed)
			recorder_kill((unsigned int)lrand48() % 10);
		if (*log || !sekisho_log_open(log, &options))
			commit_some(*log, root);
		if (killed || lrand48() % 4 == 0) {
			sekisho_log_close(*log);
			*log = NULL;
		}
		recorder_revive();
	}
	sekisho_log_close(logs[0]);
	sekisho_log_close(logs[1]);
}

static size_t whole_lines(const char *bytes, size_t size)
{
	const char *lf = memrchr(bytes, '\n', size);

	return lf ? (size_t)(lf - bytes) + 1 : 0;
}

/* Whether the file for lines torn before the record that begins at @line has @torn. */
static bool is_kept(int directory, const char *line, const char *torn, size_t length)
{
	char name[SEKISHO_TORN_NAME_BYTES];
	struct text kept = { NULL, 0 };
	bool same;

	if (strncmp(line, "{\"v\":1,\"seq\":", 13) != 0)
		return false;
	sekisho_torn_name(name, strtoull(line + 13, NULL, 10));
	if (faccessat(directory, name, F_OK, 0))
		return false;
	read_file(directory, name, &kept);
	same = memmem(kept.bytes, kept.size, torn, length) != NULL;
	free(kept.bytes);
	return same;
}

/* What the cut left and the mended log does not have is in the torn file. */
static bool nothing_vanished(int directory, const struct text *left, const struct text *mended)
{
	size_t same = 0;

	while (same < left->size && same < mended->size && left->bytes[same] == mended->bytes[same])
		same++;
	if (same == left->size)
		return true;
	same = whole_lines(left->bytes, same);
	if (is_kept(directory, mended->bytes + same, left->bytes + same, left->size - same))
		return true;
	printf("%zu bytes of the log vanished\n", left->size - same);
	return false;
}

/* What a cut left is on disk for certain: it has to outlive the next cut too. */
static bool is_good(const char *root, const struct text *acknowledged, const struct text *left,
		    const struct text *left_before)
{
	struct text mended = read_log(root);
	int directory = open_log(root);
	unsigned int torn = 0;
	bool good = directory >= 0 && recovered_is_good(directory, 0, &torn);

	mended.bytes[mended.size] = '\0';
	if (good && (mended.size < acknowledged->size ||
		     memcmp(mended.bytes, acknowledged->bytes, acknowledged->size) != 0)) {
		printf("acknowledged records are gone\n");
		good = false;
	}
	if (good)
		good = nothing_vanished(directory, left, &mended) &&
		       (!left_before || nothing_vanished(directory, left_before, &mended));
	tally.torn += good && torn;
	tally.holes += good && memchr(left->bytes, '\0', left->size);
	if (directory >= 0)
		close(directory);
	free(mended.bytes);
	return good;
}

static void explore(struct disk *disk, const struct recording *recording, const struct text *whole,
		    size_t acknowledged, const struct text *left_before, unsigned int states,
		    unsigned int depth);

/* One state: mend it, look at it, and cut the power while it is being mended. */
static void try_state(const struct disk *disk, const struct text *acknowledged,
		      const struct text *left_before, unsigned int depth)
{
	struct recording recording;
	struct text left, mended;
	char root[24], path[64];
	struct disk *cut;
	int error;

	snprintf(root, sizeof(root), "state.%u", depth);
	cut = disk_cut(disk, root);
	left = read_log(root);
	snprintf(path, sizeof(path), "%s/audit", root);
	recorder_start(&recording, 0);
	error = recovered_reopen(path, ORIGIN, FILE_RECORDS, true);
	if (!error)
		acknowledge(root);
	recorder_stop();
	tally.states++;
	tally.again += depth > 0;
	if (error || !is_good(root, acknowledged, &left, left_before)) {
		printf("state %" PRIu64 ", depth %u: %s\n", tally.states, depth,
		       error ? strerror(-error) : "not recovered");
		tally.bad++;
	} else if (depth + 1 < DEPTH) {
		mended = read_log(root);
		explore(cut, &recording, &mended, acknowledged->size, &left, depth ? 1 : 2,
			depth + 1);
		free(mended.bytes);
	}
	recorder_free(&recording);
	disk_free(cut);
	free(left.bytes);
	remove_tree(root);
}

/* @states power cuts while @disk goes through what is recorded. */
static void explore(struct disk *disk, const struct recording *recording, const struct text *whole,
		    size_t acknowledged, const struct text *left_before, unsigned int states,
		    unsigned int depth)
{
	unsigned int *cuts = calloc(recording->count + 1, sizeof(*cuts)), i;
	struct text known = { whole->bytes, acknowledged };
	size_t at;

	if (!cuts)
		die("memory");
	for (i = 0; i < states; i++)
		cuts[(size_t)lrand48() % (recording->count + 1)]++;
	for (at = 0; at <= recording->count; at++) {
		for (i = 0; i < cuts[at]; i++)
			try_state(disk, &known, left_before, depth);
		if (at == recording->count)
			break;
		disk_do(disk, &recording->steps[at]);
		if (recording->steps[at].kind == DISK_MARK)
			known.size = (size_t)recording->steps[at].offset;
	}
	free(cuts);
}

static void run(unsigned int states, unsigned int faults)
{
	struct recording recording;
	struct stat status;
	struct disk *disk;
	struct text whole;
	static const char root[] = "run";

	if (mkdir(root, 0700) || stat(root, &status))
		die(root);
	recorder_start(&recording, faults);
	write_log(root);
	recorder_stop();
	whole = read_log(root);
	disk = disk_new(status.st_ino);
	explore(disk, &recording, &whole, 0, NULL, states, 0);
	disk_free(disk);
	recorder_free(&recording);
	free(whole.bytes);
	remove_tree(root);
}

int main(int argc, char **argv)
{
	unsigned long states, seed, left;

	if (argc < 3)
		return 2;
	if (chdir(argv[1]))
		die(argv[1]);
	states = strtoul(argv[2], NULL, 10);
	seed = argc > 3 ? strtoul(argv[3], NULL, 10) : (unsigned long)time(NULL);
	srand48((long)seed);
	for (left = states; left; left -= left < RUN_STATES ? left : RUN_STATES)
		/* Every other run on a disk that fails now and then. */
		run((unsigned int)(left < RUN_STATES ? left : RUN_STATES),
		    left / RUN_STATES % 2 ? 12 : 0);
	printf("%" PRIu64 " states, %" PRIu64 " of them while mending; %" PRIu64
	       " with torn files, %" PRIu64 " with holes; %" PRIu64 " bad; seed %lu\n",
	       tally.states, tally.again, tally.torn, tally.holes, tally.bad, seed);
	return tally.bad || !states;
}
