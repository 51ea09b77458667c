// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checkpoints of a log, as it grows, is cut off, replaced, and loses its files: what is signed, and
 * that nothing is signed which does not agree with what was. Verified by ctl/audit/verify.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/checkpoint.h"
#include "audit/convert.h"
#include "audit/files.h"
#include "audit/log.h"
#include "audit/notes.h"
#include "audit/proof.h"
#include "audit/rounds.h"
#include "audit/verify.h"
#include "disk/durable.h"
#include "ktap.h"
#include "scratch.h"

#define A_FILE 50

static char root[] = "/tmp/sekisho-audit-checkpoint-XXXXXX";
static char keys[64];
static struct sekisho_log *log_open;
static struct sekisho_verify_result result;

static void open_log(void)
{
	const struct sekisho_log_options options = {
		.directory = root, .origin = "c", .file_records = A_FILE, .no_sync = true
	};

	if (sekisho_log_open(&log_open, &options))
		exit(1);
}

static void close_log(void)
{
	sekisho_log_close(log_open);
	log_open = NULL;
}

static void write_records(unsigned int count, const char *what)
{
	struct sekisho_record record;

	while (count--) {
		sekisho_convert_link(&record, 1, 32400, what, "attached", NULL);
		sekisho_log_append(log_open, &record);
	}
	if (sekisho_log_commit(log_open))
		exit(1);
}

static int directory(void)
{
	return sekisho_log_directory(log_open);
}

/* Open, follow, sign, close: what a run does. */
static struct sekisho_checkpoint_state run(int *error)
{
	struct sekisho_checkpoint_state state = { 0 };
	struct sekisho_checkpointer *checkpointer;
	uint64_t next;
	bool behind;

	*error = sekisho_checkpointer_open(&checkpointer, directory(), "c", keys);
	if (*error)
		return state;
	*error = sekisho_log_settle(log_open, &next);
	if (!*error)
		*error = sekisho_checkpointer_follow(checkpointer, next, 0, &behind);
	if (!*error)
		*error = sekisho_checkpointer_sign(checkpointer);
	sekisho_checkpointer_state(checkpointer, &state);
	sekisho_checkpointer_close(checkpointer);
	return state;
}

static bool signs(uint64_t size)
{
	int error;
	struct sekisho_checkpoint_state state = run(&error);

	if (error || state.signed_size != size)
		printf("# %s, fault %d, signed %llu\n", strerror(-error), state.fault,
		       (unsigned long long)state.signed_size);
	return !error && state.signed_size == size && state.size == size;
}

static bool refuses(enum sekisho_checkpoint_fault fault)
{
	char before[SEKISHO_NOTE_BYTES + 1] = "", after[SEKISHO_NOTE_BYTES + 1] = "";
	int error;
	struct sekisho_checkpoint_state state;

	sekisho_durable_text(directory(), SEKISHO_NEWEST, before, sizeof(before));
	state = run(&error);
	sekisho_durable_text(directory(), SEKISHO_NEWEST, after, sizeof(after));
	if (error != -ESTALE || state.fault != fault)
		printf("# %s, fault %d\n", strerror(-error), state.fault);
	return error == -ESTALE && state.fault == fault && !strcmp(before, after);
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

static void remove_in(int at, const char *name)
{
	if (unlinkat(at, name, 0) && errno != ENOENT)
		exit(1);
}

static void test_growth(void)
{
	struct sekisho_verify_options options = { 0 };

	ok(signs(0) && verifies(SEKISHO_DEFECT_NO_RECORDS, NULL) && !result.checkpoints,
	   "an empty log: nothing to sign, and not good");
	write_records(120, "eth0");
	ok(signs(120), "a log is signed");
	ok(verifies(SEKISHO_DEFECT_NONE, NULL) && result.checkpoints == 3 &&
		   result.checkpoint_size == 120 && result.tree == SEKISHO_TREE_WHOLE &&
		   !result.key_given,
	   "with a checkpoint where each file ends");
	write_records(7, "eth1");
	ok(signs(127) && verifies(SEKISHO_DEFECT_NONE, NULL), "it grows");
	remove_in(directory(), SEKISHO_FRONTIER);
	write_records(1, "eth1");
	ok(signs(128) && verifies(SEKISHO_DEFECT_NONE, NULL),
	   "without a saved frontier it is hashed anew");
	options.any_start = true;
	ok(verifies(SEKISHO_DEFECT_NONE, &options) && result.tree == SEKISHO_TREE_WHOLE,
	   "any start: the whole tree where nothing is away");
}

static void test_frontier(void)
{
	struct sekisho_frontier frontier;
	int fd;

	if (sekisho_notes_frontier(directory(), SEKISHO_FRONTIER, &frontier))
		exit(1);
	frontier.tree.nodes[0][0] ^= 1;
	sekisho_notes_save(directory(), SEKISHO_FRONTIER, &frontier);
	write_records(1, "eth2");
	ok(signs(129) && verifies(SEKISHO_DEFECT_NONE, NULL),
	   "a frontier that is not the signed one");
	fd = openat(directory(), SEKISHO_FRONTIER, O_WRONLY | O_TRUNC);
	close(fd);
	write_records(1, "eth2");
	ok(signs(130) && verifies(SEKISHO_DEFECT_NONE, NULL), "an empty one");
	sekisho_notes_frontier(directory(), SEKISHO_FRONTIER, &frontier);
	frontier.last[0] ^= 1;
	sekisho_notes_save(directory(), SEKISHO_FRONTIER, &frontier);
	write_records(1, "eth2");
	ok(signs(131) && verifies(SEKISHO_DEFECT_NONE, NULL), "and one with another last record");
}

/* The first file moved to an archive. */
static void test_archived(void)
{
	const struct sekisho_verify_options options = { .any_start = true };
	char name[SEKISHO_FILE_NAME_BYTES];

	sekisho_file_name(name, 0);
	if (renameat(directory(), name, directory(), "archived"))
		exit(1);
	ok(verifies(SEKISHO_DEFECT_START, NULL), "the first file is away: said");
	ok(verifies(SEKISHO_DEFECT_NONE, &options) && result.tree == SEKISHO_TREE_CONTINUED,
	   "any start: roots are checked from the frontier on");
	remove_in(directory(), SEKISHO_FRONTIER);
	write_records(1, "eth3");
	ok(signs(132), "and the log is signed on");
	if (renameat(directory(), "frontiers/50", directory(), "kept"))
		exit(1);
	ok(verifies(SEKISHO_DEFECT_NONE, &options) && result.tree == SEKISHO_TREE_UNKNOWN,
	   "any start without a frontier: signatures only");
	remove_in(directory(), SEKISHO_FRONTIER);
	ok(refuses(SEKISHO_CHECKPOINT_BEGINNING), "and nothing to begin from: nothing is signed");
	if (renameat(directory(), "archived", directory(), name) ||
	    renameat(directory(), "kept", directory(), "frontiers/50"))
		exit(1);
	ok(signs(132), "until it is back");
}

static void test_key(void)
{
	char text[SEKISHO_NOTE_BYTES + 1], path[128], away[128];
	int length = sekisho_durable_text(directory(), SEKISHO_NEWEST, text, sizeof(text));

	snprintf(path, sizeof(path), "%s/c.key", keys);
	snprintf(away, sizeof(away), "%s/away", keys);
	if (rename(path, away))
		exit(1);
	ok(refuses(SEKISHO_CHECKPOINT_KEY_LOST) && access(path, F_OK),
	   "the key is lost: none is made in its place");
	if (rename(away, path))
		exit(1);
	text[5] ^= 1;
	sekisho_notes_write(directory(), SEKISHO_NEWEST, text, (size_t)length);
	ok(refuses(SEKISHO_CHECKPOINT_NOTE), "the newest checkpoint is not of the key");
	remove_in(directory(), SEKISHO_NEWEST);
	ok(signs(132), "the others say the same");
	text[5] ^= 1;
	sekisho_notes_write(directory(), SEKISHO_NEWEST, text, (size_t)length);
	sekisho_durable_text(directory(), SEKISHO_VKEY, text, sizeof(text));
	sekisho_notes_write(directory(), SEKISHO_VKEY, "x\n", 2);
	ok(refuses(SEKISHO_CHECKPOINT_KEY_OTHER), "the key beside the log is another");
	sekisho_notes_write(directory(), SEKISHO_VKEY, text, strlen(text));
}

/* The log's last file cut off in the middle, at the end of a line; then written on. */
static void test_cut(void)
{
	char name[SEKISHO_FILE_NAME_BYTES], line[4096];
	long offset;
	FILE *file;
	int fd;

	sekisho_file_name(name, 100);
	fd = openat(directory(), name, O_RDWR);
	file = fd < 0 ? NULL : fdopen(fd, "r+");
	for (int i = 0; i < 20; i++)
		if (!file || !fgets(line, sizeof(line), file))
			exit(1);
	offset = ftell(file);
	if (ftruncate(fd, offset))
		exit(1);
	fclose(file);
	close_log();
	open_log();
	ok(verifies(SEKISHO_DEFECT_TRUNCATED, NULL) && result.seq == 120, "cut off: found out");
	ok(refuses(SEKISHO_CHECKPOINT_SHORT), "and nothing is signed");
	write_records(5, "eth4");
	ok(refuses(SEKISHO_CHECKPOINT_SHORT), "also when it grows");
	write_records(40, "eth4");
	ok(refuses(SEKISHO_CHECKPOINT_DIFFERENT), "and when it is longer than it was");
	ok(verifies(SEKISHO_DEFECT_CHECKPOINT_ROOT, NULL) && result.seq >= 120,
	   "which verification finds too");
}

static uint64_t newest_size(void)
{
	char text[SEKISHO_NOTE_BYTES + 1];
	struct sekisho_note note;

	return sekisho_notes_read(directory(), SEKISHO_NEWEST, NULL, &note, text)
		       ? 0
		       : note.checkpoint.size;
}

/* The records again from the first on, as who is root may write them; no checkpoint left. */
static void test_replaced(void)
{
	struct sekisho_checkpoint_state state;
	uint64_t newest = newest_size();
	int error;

	remove_in(directory(), SEKISHO_NEWEST);
	remove_in(directory(), SEKISHO_FRONTIER);
	for (uint64_t size = 0; size < 200; size++) {
		char name[SEKISHO_NOTE_NAME];

		sekisho_notes_name(name, SEKISHO_NOTES, size);
		remove_in(directory(), name);
		sekisho_file_name(name, size);
		remove_in(directory(), name);
	}
	close_log();
	open_log();
	write_records(3, "eth5");
	state = run(&error);
	ok(error == -ESTALE && state.fault == SEKISHO_CHECKPOINT_SHORT &&
		   state.missing == newest - 3,
	   "all of it replaced: the checkpoint beside the key is left");
	write_records(200, "eth5");
	ok(refuses(SEKISHO_CHECKPOINT_DIFFERENT), "also when it has grown");
}

struct heard {
	unsigned int calls;
	int error;
};

static void hear(void *context, int error, const struct sekisho_checkpoint_state *state)
{
	struct heard *heard = context;

	(void)state;
	heard->calls++;
	heard->error = error;
}

static void test_rounds(void)
{
	struct heard heard = { 0 };
	const struct sekisho_rounds_options options = {
		.keys = keys, .records = 10, .ms = 60000, .context = &heard, .tell = hear
	};
	const uint64_t second = 1000000000u;
	struct sekisho_checkpointer *other;
	struct sekisho_rounds rounds;
	uint64_t size = newest_size();

	if (sekisho_checkpointer_open(&other, directory(), "c", keys))
		exit(1);
	sekisho_rounds_begin(&rounds, log_open, &options, second);
	sekisho_rounds_go(&rounds, second, false);
	sekisho_rounds_go(&rounds, second, false);
	ok(heard.calls == 1 && heard.error == -EBUSY, "another signs: said once");
	sekisho_checkpointer_close(other);
	sekisho_rounds_go(&rounds, second, false);
	ok(heard.calls == 2 && !heard.error, "no other signs any more: said");
	write_records(9, "eth6");
	sekisho_rounds_go(&rounds, 10 * second, false);
	ok(newest_size() == size, "nine records: not yet");
	write_records(1, "eth6");
	sekisho_rounds_go(&rounds, second + second / 2, false);
	ok(newest_size() == size, "ten: but not within a second");
	sekisho_rounds_go(&rounds, 10 * second, false);
	ok(newest_size() == size + 10, "ten: a checkpoint");
	write_records(1, "eth6");
	sekisho_rounds_go(&rounds, 69 * second, false);
	ok(newest_size() == size + 10, "one more: not yet");
	sekisho_rounds_go(&rounds, 70 * second, false);
	ok(newest_size() == size + 11, "after a minute: a checkpoint");
	write_records(1, "eth6");
	sekisho_rounds_go(&rounds, 71 * second, true);
	ok(newest_size() == size + 12 && heard.calls == 2, "at the end: a checkpoint");
	sekisho_rounds_end(&rounds);
}

/* Proofs of the log as it is, and those that are nearly right. */
static void test_proofs(void)
{
	static struct sekisho_proof proof, again;
	char text[SEKISHO_NOTE_BYTES + 1], *file = NULL;
	size_t length = 0;
	uint64_t bad;
	FILE *stream = open_memstream(&file, &length);
	bool holds;

	proof.kind = SEKISHO_PROOF_RECORD;
	proof.number = 77;
	if (sekisho_notes_read(directory(), SEKISHO_NEWEST, NULL, &proof.note, text) ||
	    sekisho_proof_make(directory(), &proof, NULL, &bad) ||
	    sekisho_proof_write(&proof, stream))
		exit(1);
	fclose(stream);
	holds = !sekisho_proof_parse(&again, file, length) && !sekisho_proof_check(&again, NULL);
	ok(holds && again.number == 77 && strstr(again.line, "\"seq\":77,"),
	   "a proof is read again, and holds");
	for (size_t i = 0; i < length; i++) {
		file[i] ^= 1;
		/* What is behind the checkpoint's root is for the signature. */
		if (!sekisho_proof_parse(&again, file, length) &&
		    !sekisho_proof_check(&again, NULL) &&
		    !memcmp(again.note.checkpoint.root, proof.note.checkpoint.root, 32) &&
		    again.note.checkpoint.size == proof.note.checkpoint.size &&
		    !strcmp(again.note.checkpoint.origin, "c") &&
		    i < (size_t)(strstr(file, "\n\n") - file)) {
			printf("# byte %zu\n", i);
			holds = false;
		}
		file[i] ^= 1;
	}
	ok(holds, "with no byte changed before its checkpoint");
	free(file);
}

int main(void)
{
	scratch(root);
	snprintf(keys, sizeof(keys), "%s/keys", root);
	open_log();
	plan(36);
	test_growth();
	test_frontier();
	test_archived();
	test_key();
	test_rounds();
	test_proofs();
	/* From here on the log is not what it was: cut at the size the earlier tests had. */
	test_cut();
	test_replaced();
	close_log();
	return finish();
}
