// SPDX-License-Identifier: GPL-2.0-only
/*
 * Old files of a log: which may go, which stay and why, and that what stays is verified, proved and
 * signed on.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "audit/convert.h"
#include "audit/files.h"
#include "audit/log.h"
#include "audit/notes.h"
#include "audit/position.h"
#include "audit/proof.h"
#include "audit/retention.h"
#include "audit/rounds.h"
#include "audit/verify.h"
#include "ktap.h"
#include "scratch.h"

#define A_FILE 50
#define DAY_NS 86400000000000ll

static char root[] = "/tmp/sekisho-audit-retention-XXXXXX";
static char keys[64], positions[64];
static struct sekisho_log *log_open;
static struct sekisho_rounds rounds;
static struct sekisho_retention retention;
static struct sekisho_removal removal;
static struct sekisho_verify_result result;
static struct sekisho_stamp now;
static uint32_t days;
static uint64_t needed = UINT64_MAX;
static enum sekisho_retention_trouble told;
static uint64_t told_of;

static int directory(void)
{
	return sekisho_log_directory(log_open);
}

static void append(struct sekisho_record *record)
{
	sekisho_log_append(log_open, record);
	if (sekisho_log_commit(log_open))
		exit(1);
}

static void write_records(unsigned int count)
{
	struct sekisho_record record;

	while (count--) {
		sekisho_convert_link(&record, 1, 32400, "eth0", "attached", NULL);
		append(&record);
	}
}

/* Days from now, by a clock that is synchronised. */
static void in_days(int ahead, bool synchronised)
{
	sekisho_stamp_read(&now);
	now.wall_ns += ahead * DAY_NS;
	now.synchronised = synchronised;
	retention.look_ns = 0;
}

static uint32_t log_days(void *context)
{
	(void)context;
	return days;
}

static uint64_t log_needed(void *context)
{
	(void)context;
	return needed;
}

static void tell(void *context, enum sekisho_retention_trouble trouble, uint64_t first)
{
	(void)context;
	told = trouble;
	told_of = first;
}

static bool is_due(void)
{
	return sekisho_retention_due(&retention, rounds.checkpointer, &now, &removal);
}

static void sign(void)
{
	sekisho_rounds_go(&rounds, now.mono_ns, true);
}

static bool removes(void)
{
	struct sekisho_record record;

	sekisho_convert_retention(&record, 1, 32400, &removal);
	append(&record);
	sign();
	return sekisho_retention_remove(&retention, rounds.checkpointer, &removal,
					sekisho_log_next(log_open) - 1);
}

static bool verifies(enum sekisho_defect defect, const struct sekisho_verify_options *options)
{
	memset(&result, 0, sizeof(result));
	if (sekisho_verify(directory(), options, &result))
		return false;
	if (result.defect != defect)
		printf("# %s in %s at %llu\n", sekisho_defect_name(result.defect), result.file,
		       (unsigned long long)result.seq);
	return result.defect == defect;
}

static bool is_there(const char *name)
{
	return !faccessat(directory(), name, F_OK, 0);
}

static bool is_told(enum sekisho_retention_trouble trouble, uint64_t first)
{
	return told == trouble && told_of == first;
}

static void test_waits(void)
{
	days = 0;
	in_days(4000, true);
	ok(!is_due(), "nothing is declared: nothing is removed");
	days = 30;
	in_days(29, true);
	ok(!is_due(), "not before its time");
	in_days(31, false);
	ok(!is_due() && is_told(SEKISHO_RETENTION_CLOCK, 0), "nor by a clock that may be wrong");
	needed = A_FILE - 1;
	in_days(31, true);
	ok(!is_due() && is_told(SEKISHO_RETENTION_NEEDED, 0), "nor what has still to be sent");
	needed = A_FILE;
	in_days(31, true);
	ok(is_due() && removal.part.first == 0 && removal.part.next == A_FILE && removal.days == 30,
	   "but then");
	ok(!is_due(), "looked at once a minute");
}

static void written_in_days(int ahead)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { 0 } };
	char name[SEKISHO_FILE_NAME_BYTES];

	clock_gettime(CLOCK_REALTIME, &times[1]);
	times[1].tv_sec += ahead * (DAY_NS / 1000000000);
	sekisho_file_name(name, 0);
	if (utimensat(directory(), name, times, 0))
		exit(1);
}

/* How old it is: what its records say, and what the disk says, whichever is later. */
static void test_age(void)
{
	written_in_days(5);
	in_days(31, true);
	ok(!is_due(), "a file that was written later than its records say");
	written_in_days(-5);
	retention.looked = 0;
	in_days(29, true);
	ok(!is_due(), "records that are newer than the file seems");
	in_days(31, true);
	ok(is_due(), "until they are old, too");
	in_days(29, true);
	ok(!is_due(), "also where they were looked at before");
}

/* In a record that stays one. */
static void flip(const char *name)
{
	int fd = openat(directory(), name, O_RDWR);
	char text[8192], *at;
	ssize_t got = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);

	text[got < 0 ? 0 : got] = '\0';
	at = strstr(text, "eth");
	if (!at)
		exit(1);
	at[3] ^= 1;
	if (pwrite(fd, at + 3, 1, at + 3 - text) != 1)
		exit(1);
	close(fd);
}

static void test_evidence(void)
{
	char name[SEKISHO_FILE_NAME_BYTES];

	sekisho_file_name(name, 0);
	flip(name);
	in_days(31, true);
	ok(!is_due() && is_told(SEKISHO_RETENTION_CHANGED, 0), "a file that was changed stays");
	flip(name);
	if (renameat(directory(), "frontiers/50", directory(), "away"))
		exit(1);
	in_days(31, true);
	ok(!is_due() && is_told(SEKISHO_RETENTION_CHANGED, 0),
	   "so does one without which the rest could not be verified");
	if (renameat(directory(), "away", directory(), "frontiers/50"))
		exit(1);
	in_days(31, true);
	ok(is_due(), "until it could");
	ok(!sekisho_retention_remove(&retention, rounds.checkpointer, &removal,
				     sekisho_log_next(log_open)) &&
		   is_there(name) && is_told(SEKISHO_RETENTION_ERROR, 0),
	   "not before its record is signed");
}

static void test_removal(void)
{
	const struct sekisho_verify_options any = { .any_start = true };
	char name[SEKISHO_FILE_NAME_BYTES];

	needed = UINT64_MAX;
	sekisho_file_name(name, 0);
	close(openat(directory(), "torn-00000000000000000049", O_CREAT | O_WRONLY, 0600));
	close(openat(directory(), "torn-00000000000000000050", O_CREAT | O_WRONLY, 0600));
	in_days(31, true);
	ok(is_due() && removes() && !is_there(name), "a file whose time is over goes");
	ok(is_told(SEKISHO_RETENTION_FINE, 0), "and all is well");
	ok(!is_there("checkpoints/20") && is_there("checkpoints/50") && is_there("frontiers/50") &&
		   !is_there("torn-00000000000000000049") && is_there("torn-00000000000000000050"),
	   "with what belongs to its records alone");
	ok(verifies(SEKISHO_DEFECT_NONE, NULL) && result.removed == A_FILE &&
		   result.first_seq == A_FILE && result.tree == SEKISHO_TREE_CONTINUED,
	   "what stays verifies, and says what was removed");
	ok(verifies(SEKISHO_DEFECT_NONE, &any) && !result.removed, "also where nobody asks");
	in_days(31, true);
	ok(is_due() && removal.part.first == A_FILE && removes(), "then the next");
	ok(verifies(SEKISHO_DEFECT_NONE, NULL) && result.removed == 2 * A_FILE, "likewise");
	in_days(31, true);
	ok(!is_due(), "the last one stays");
}

static bool proves(enum sekisho_proof_kind kind, uint64_t number, int wanted)
{
	static struct sekisho_proof proof;
	static char text[SEKISHO_NOTE_BYTES + 1], older[SEKISHO_NOTE_BYTES + 1];
	char name[SEKISHO_NOTE_NAME];
	struct sekisho_note old;
	uint64_t bad;
	int error;

	memset(&proof, 0, sizeof(proof));
	proof.kind = kind;
	proof.number = number;
	if (sekisho_notes_read(directory(), SEKISHO_NEWEST, NULL, &proof.note, text))
		return false;
	error = sekisho_proof_make(directory(), &proof, NULL, &bad);
	if (error != wanted) {
		printf("# %llu: %s at %llu\n", (unsigned long long)number, strerror(-error),
		       (unsigned long long)bad);
		return false;
	}
	if (error)
		return bad == number;
	if (kind == SEKISHO_PROOF_RECORD)
		return !sekisho_proof_check(&proof, NULL);
	sekisho_notes_name(name, SEKISHO_NOTES, number);
	return !sekisho_notes_read(directory(), name, NULL, &old, older) &&
	       !sekisho_proof_check(&proof, &old.checkpoint);
}

/* However many records are away and there: each that is there, and between all checkpoints. */
static void test_proofs(void)
{
	uint64_t first = 2 * A_FILE, next = sekisho_log_next(log_open);
	struct sekisho_sizes sizes;
	bool all = true;

	for (uint64_t seq = first; seq < next; seq++)
		all &= proves(SEKISHO_PROOF_RECORD, seq, 0);
	ok(all, "each record that is there can be proved");
	if (sekisho_notes_list(directory(), &sizes))
		exit(1);
	for (size_t i = 0; i < sizes.count; i++)
		all &= proves(SEKISHO_PROOF_GROWTH, sizes.size[i], 0);
	ok(all && sizes.count > 3, "and growth between checkpoints that are");
	sekisho_notes_free(&sizes);
	ok(proves(SEKISHO_PROOF_RECORD, first - 1, -ENOENT), "no record that is not");
}

/* What only looks like a removal that was declared. */
static void test_forged(void)
{
	uint8_t hash[SEKISHO_DIGEST_BYTES];
	struct sekisho_verify_options options = { .expects = true, .expect_hash = hash };
	char name[SEKISHO_FILE_NAME_BYTES];
	struct sekisho_record record;

	memcpy(hash, removal.part.last_hash, sizeof(hash));
	options.expect_seq = 2 * A_FILE - 1;
	ok(verifies(SEKISHO_DEFECT_NONE, &options), "the last removed record is the expected one");
	hash[0] ^= 1;
	ok(verifies(SEKISHO_DEFECT_EXPECTED_HASH, &options) && result.seq == 2 * A_FILE - 1,
	   "or not");
	options.expect_seq--;
	ok(verifies(SEKISHO_DEFECT_START, &options) && result.seq == 2 * A_FILE - 2,
	   "of the one before it nothing is known");
	write_records(2 * A_FILE);
	sign();
	sekisho_file_name(name, 2 * A_FILE);
	if (unlinkat(directory(), name, 0))
		exit(1);
	ok(verifies(SEKISHO_DEFECT_START, NULL) && !result.records && !result.seq,
	   "a file that went without a record");
	/* Of another hash. */
	removal.part.next = 3 * A_FILE;
	sekisho_convert_retention(&record, 1, 32400, &removal);
	append(&record);
	ok(verifies(SEKISHO_DEFECT_START, NULL), "or with one that names another hash");
}

static void write_position(int at, const char *name, uint64_t seq)
{
	const struct sekisho_position position = { .seq = seq };

	if (sekisho_position_write(at, name, &position))
		exit(1);
}

static void test_positions(void)
{
	int at;

	ok(sekisho_position_least(positions) == UINT64_MAX, "nobody to be sent to");
	if (mkdir(positions, 0700))
		exit(1);
	at = open(positions, O_RDONLY | O_DIRECTORY);
	ok(sekisho_position_least(positions) == UINT64_MAX, "nor here");
	write_position(at, "one", 70);
	write_position(at, "two.more", 60);
	close(openat(at, "two.lock", O_CREAT | O_WRONLY, 0600));
	ok(sekisho_position_least(positions) == 60, "the one who has least decides");
	close(openat(at, "three.json", O_CREAT | O_WRONLY, 0600));
	ok(!sekisho_position_least(positions), "what cannot be read may be anything");
	close(at);
}

static void begin(void)
{
	const struct sekisho_log_options options = {
		.directory = root, .origin = "r", .file_records = A_FILE, .no_sync = true
	};
	const struct sekisho_rounds_options often = { .keys = keys };
	const struct sekisho_retention_options declared = { .days = log_days,
							    .needed = log_needed,
							    .tell = tell };

	scratch(root);
	snprintf(keys, sizeof(keys), "%s/keys", root);
	snprintf(positions, sizeof(positions), "%s/forward", root);
	if (mkdir(keys, 0700) || sekisho_log_open(&log_open, &options))
		exit(1);
	sekisho_stamp_read(&now);
	sekisho_rounds_begin(&rounds, log_open, &often, now.mono_ns);
	sekisho_retention_begin(&retention, directory(), &declared);
	write_records(20);
	sign();
	write_records(2 * A_FILE);
	sign();
}

int main(void)
{
	plan(34);
	begin();
	test_waits();
	test_age();
	test_evidence();
	test_removal();
	test_proofs();
	test_forged();
	test_positions();
	sekisho_rounds_end(&rounds);
	sekisho_log_close(log_open);
	return finish();
}
