// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes a log's signed checkpoints. Knows nothing of what records say, and not when one is due.
 */
#include "checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "key.h"
#include "merkle.h"
#include "notes.h"
#include "reader.h"

/* After so many lines the clock is looked at. */
#define LINES_A_LOOK 256

struct sekisho_checkpointer {
	int directory; /* borrowed */
	struct sekisho_key *key; /* NULL with a fault of the key */
	struct sekisho_digester *digester;
	char kept[NAME_MAX + 1]; /* ORIGIN.checkpoint, in the directory of keys */
	struct sekisho_frontier frontier;
	struct sekisho_checkpoint newest; /* size 0: nothing was signed */
	enum sekisho_checkpoint_fault fault;
	uint64_t missing;

	struct sekisho_reader *reader;
	uint64_t file, offset; /* where the next line begins */
	char text[SEKISHO_NOTE_BYTES + 1];
};

static int fault(struct sekisho_checkpointer *checkpointer, enum sekisho_checkpoint_fault what)
{
	checkpointer->fault = what;
	return -ESTALE;
}

/* Whether anything was ever signed for this log, by whatever key. */
static int was_signed(int directory, const char *origin, const char *keys, bool *found)
{
	char path[PATH_MAX];
	struct sekisho_sizes sizes;
	int error = sekisho_notes_list(directory, &sizes);

	*found = sizes.count;
	sekisho_notes_free(&sizes);
	if (error)
		return error;
	snprintf(path, sizeof(path), "%s/%s.checkpoint", keys, origin);
	if (!faccessat(directory, SEKISHO_NEWEST, F_OK, 0) || !access(path, F_OK))
		*found = true;
	return 0;
}

static int open_key(struct sekisho_checkpointer *checkpointer, const char *origin, const char *keys)
{
	bool found;
	int error = was_signed(checkpointer->directory, origin, keys, &found);

	if (!error)
		error = sekisho_key_open(&checkpointer->key, keys, origin, !found);
	if (error == -ENOENT && found)
		return fault(checkpointer, SEKISHO_CHECKPOINT_KEY_LOST);
	if (error == -EINVAL)
		return fault(checkpointer, SEKISHO_CHECKPOINT_KEY_BAD);
	return error == -EPERM ? fault(checkpointer, SEKISHO_CHECKPOINT_KEY_OPEN) : error;
}

/* The key that verifies lies beside the records, for those who have nothing better. */
static int show_vkey(struct sekisho_checkpointer *checkpointer)
{
	const struct sekisho_vkey *vkey = sekisho_key_verifier(checkpointer->key);
	struct sekisho_vkey shown;
	char text[SEKISHO_VKEY_BYTES + 1];
	int error = sekisho_notes_vkey(checkpointer->directory, SEKISHO_VKEY, &shown);

	if (!error && !strcmp(shown.name, vkey->name) &&
	    !memcmp(shown.public_key, vkey->public_key, sizeof(shown.public_key)))
		return 0;
	if (!error || error == -EINVAL)
		return fault(checkpointer, SEKISHO_CHECKPOINT_KEY_OTHER);
	if (error != -ENOENT)
		return error;
	sekisho_vkey_text(vkey, text);
	text[strlen(text) + 1] = '\0';
	text[strlen(text)] = '\n';
	return sekisho_notes_write(checkpointer->directory, SEKISHO_VKEY, text, strlen(text));
}

/* One of the places of the newest checkpoint. */
static int look_at(struct sekisho_checkpointer *checkpointer, int directory, const char *name)
{
	struct sekisho_note note;
	int error = sekisho_notes_read(directory, name, sekisho_key_verifier(checkpointer->key),
				       &note, checkpointer->text);

	if (error == -ENOENT)
		return 0;
	if (error == -EINVAL || error == -EFBIG || error == -ENOKEY || error == -EBADMSG)
		return fault(checkpointer, SEKISHO_CHECKPOINT_NOTE);
	if (!error && note.checkpoint.size > checkpointer->newest.size)
		checkpointer->newest = note.checkpoint;
	return error;
}

static int find_newest(struct sekisho_checkpointer *checkpointer)
{
	char name[SEKISHO_NOTE_NAME];
	struct sekisho_sizes sizes;
	int error = sekisho_notes_list(checkpointer->directory, &sizes);

	if (!error && sizes.count) {
		sekisho_notes_name(name, SEKISHO_NOTES, sizes.size[sizes.count - 1]);
		error = look_at(checkpointer, checkpointer->directory, name);
	}
	sekisho_notes_free(&sizes);
	if (!error)
		error = look_at(checkpointer, checkpointer->directory, SEKISHO_NEWEST);
	return error ? error
		     : look_at(checkpointer, sekisho_key_directory(checkpointer->key),
			       checkpointer->kept);
}

/* A saved frontier is believed where a checkpoint of its size, signed by the key, has its root. */
static bool take_frontier(struct sekisho_checkpointer *checkpointer, const char *name,
			  struct sekisho_frontier *frontier)
{
	uint8_t root[SEKISHO_DIGEST_BYTES];
	char note_name[SEKISHO_NOTE_NAME];
	struct sekisho_note note;

	if (sekisho_notes_frontier(checkpointer->directory, name, frontier) || !frontier->tree.size)
		return false;
	sekisho_notes_name(note_name, SEKISHO_NOTES, frontier->tree.size);
	if (sekisho_notes_read(checkpointer->directory, note_name,
			       sekisho_key_verifier(checkpointer->key), &note, checkpointer->text))
		return false;
	return note.checkpoint.size == frontier->tree.size &&
	       !sekisho_merkle_root(&frontier->tree, checkpointer->digester, root) &&
	       !memcmp(root, note.checkpoint.root, sizeof(root));
}

/* That of the tree where a file ends. */
static bool take_frontier_at(struct sekisho_checkpointer *checkpointer, uint64_t size,
			     struct sekisho_frontier *frontier)
{
	char name[SEKISHO_NOTE_NAME];

	sekisho_notes_name(name, SEKISHO_FRONTIERS, size);
	return take_frontier(checkpointer, name, frontier) && frontier->tree.size == size;
}

static bool is_leaf(struct sekisho_checkpointer *checkpointer, const struct sekisho_entry *entry)
{
	uint8_t leaf[SEKISHO_DIGEST_BYTES];

	return !sekisho_merkle_leaf(checkpointer->digester, entry->text, entry->length - 1, leaf) &&
	       !memcmp(leaf, checkpointer->frontier.last, sizeof(leaf));
}

/*
 * Find the record that the frontier ends with. Its line holds the hash of the one before, and so
 * all before it: a log with another beginning has another line there.
 */
static bool find_last(struct sekisho_checkpointer *checkpointer)
{
	uint64_t last = checkpointer->frontier.tree.size - 1;
	struct sekisho_entry entry;

	if (sekisho_reader_open(&checkpointer->reader, checkpointer->directory, last))
		return false;
	while (sekisho_reader_next(checkpointer->reader, &entry) == 1) {
		if (entry.defect || entry.line.seq > last)
			break;
		if (entry.line.seq < last)
			continue;
		checkpointer->file = entry.file;
		checkpointer->offset = entry.offset + entry.length;
		return is_leaf(checkpointer, &entry);
	}
	return false;
}

static void begin_anew(struct sekisho_checkpointer *checkpointer, uint64_t first)
{
	sekisho_reader_close(checkpointer->reader);
	checkpointer->reader = NULL;
	checkpointer->file = first;
	checkpointer->offset = 0;
}

static int find_start(struct sekisho_checkpointer *checkpointer)
{
	struct sekisho_frontier *frontier = &checkpointer->frontier;
	struct sekisho_files files;
	uint64_t first;
	int error;

	if (take_frontier(checkpointer, SEKISHO_FRONTIER, frontier) && find_last(checkpointer))
		return 0;
	memset(frontier, 0, sizeof(*frontier));
	error = sekisho_files_list(checkpointer->directory, &files);
	first = files.count ? files.first[0] : 0;
	sekisho_files_free(&files);
	if (error)
		return error;
	begin_anew(checkpointer, first);
	if (!first)
		return 0;
	return take_frontier_at(checkpointer, first, frontier)
		       ? 0
		       : fault(checkpointer, SEKISHO_CHECKPOINT_BEGINNING);
}

static int make_directory(const struct sekisho_checkpointer *checkpointer, const char *name)
{
	return mkdirat(checkpointer->directory, name, 0750) && errno != EEXIST ? -errno : 0;
}

static int prepare(struct sekisho_checkpointer *checkpointer, const char *origin, const char *keys)
{
	int error = open_key(checkpointer, origin, keys);

	if (!error)
		error = make_directory(checkpointer, SEKISHO_NOTES);
	if (!error)
		error = make_directory(checkpointer, SEKISHO_FRONTIERS);
	if (!error)
		error = show_vkey(checkpointer);
	if (!error)
		error = find_newest(checkpointer);
	return error ? error : find_start(checkpointer);
}

int sekisho_checkpointer_open(struct sekisho_checkpointer **checkpointer, int directory,
			      const char *origin, const char *keys)
{
	struct sekisho_checkpointer *opened = calloc(1, sizeof(*opened));
	int error;

	*checkpointer = NULL;
	if (!opened)
		return -ENOMEM;
	opened->directory = directory;
	snprintf(opened->kept, sizeof(opened->kept), "%.200s.checkpoint", origin);
	opened->digester = sekisho_digester_new();
	error = opened->digester ? prepare(opened, origin, keys) : -EIO;
	if (error && error != -ESTALE) {
		sekisho_checkpointer_close(opened);
		return error;
	}
	*checkpointer = opened;
	return 0;
}

void sekisho_checkpointer_close(struct sekisho_checkpointer *checkpointer)
{
	if (!checkpointer)
		return;
	sekisho_reader_close(checkpointer->reader);
	sekisho_key_close(checkpointer->key);
	sekisho_digester_free(checkpointer->digester);
	free(checkpointer);
}

static int write_everywhere(struct sekisho_checkpointer *checkpointer,
			    const struct sekisho_checkpoint *checkpoint, size_t length)
{
	const char *text = checkpointer->text;
	char name[SEKISHO_NOTE_NAME];
	int error;

	sekisho_notes_name(name, SEKISHO_NOTES, checkpoint->size);
	error = sekisho_notes_write(checkpointer->directory, name, text, length);
	if (!error)
		error = sekisho_notes_write(checkpointer->directory, SEKISHO_NEWEST, text, length);
	if (!error)
		error = sekisho_notes_write(sekisho_key_directory(checkpointer->key),
					    checkpointer->kept, text, length);
	return error ? error
		     : sekisho_notes_save(checkpointer->directory, SEKISHO_FRONTIER,
					  &checkpointer->frontier);
}

int sekisho_checkpointer_sign(struct sekisho_checkpointer *checkpointer)
{
	const struct sekisho_merkle *tree = &checkpointer->frontier.tree;
	uint8_t signature[SEKISHO_SIGNATURE_BYTES];
	struct sekisho_checkpoint checkpoint = { .size = tree->size };
	const struct sekisho_vkey *vkey;
	size_t length;
	int error;

	if (checkpointer->fault)
		return -ESTALE;
	if (tree->size <= checkpointer->newest.size)
		return 0;
	vkey = sekisho_key_verifier(checkpointer->key);
	snprintf(checkpoint.origin, sizeof(checkpoint.origin), "%s", vkey->name);
	error = sekisho_merkle_root(tree, checkpointer->digester, checkpoint.root);
	if (error)
		return error;
	length = sekisho_note_body(&checkpoint, checkpointer->text);
	error = sekisho_key_sign(checkpointer->key, checkpointer->text, length, signature);
	if (error)
		return error;
	length = sekisho_note_make(&checkpoint, vkey, signature, checkpointer->text);
	error = write_everywhere(checkpointer, &checkpoint, length);
	if (!error)
		checkpointer->newest = checkpoint;
	return error;
}

/* The log goes on in another file: the one before may be moved away one day. */
static int end_file(struct sekisho_checkpointer *checkpointer)
{
	const struct sekisho_frontier *frontier = &checkpointer->frontier;
	char name[SEKISHO_NOTE_NAME];
	int error;

	if (!frontier->tree.size || frontier->tree.size < checkpointer->newest.size)
		return 0;
	error = sekisho_checkpointer_sign(checkpointer);
	if (error)
		return error;
	sekisho_notes_name(name, SEKISHO_FRONTIERS, frontier->tree.size);
	return sekisho_notes_save(checkpointer->directory, name, frontier);
}

static int compare_signed(struct sekisho_checkpointer *checkpointer)
{
	const struct sekisho_checkpoint *newest = &checkpointer->newest;
	uint8_t root[SEKISHO_DIGEST_BYTES];
	int error;

	if (checkpointer->frontier.tree.size != newest->size)
		return 0;
	error = sekisho_merkle_root(&checkpointer->frontier.tree, checkpointer->digester, root);
	if (error || !memcmp(root, newest->root, sizeof(root)))
		return error;
	checkpointer->missing = newest->size;
	return fault(checkpointer, SEKISHO_CHECKPOINT_DIFFERENT);
}

static int take(struct sekisho_checkpointer *checkpointer, const struct sekisho_entry *entry)
{
	struct sekisho_frontier *frontier = &checkpointer->frontier;
	int error = 0;

	if (entry->defect || entry->line.seq != frontier->tree.size)
		return fault(checkpointer, SEKISHO_CHECKPOINT_DAMAGED);
	if (entry->file != checkpointer->file && entry->file == frontier->tree.size)
		error = end_file(checkpointer);
	if (!error)
		error = sekisho_merkle_leaf(checkpointer->digester, entry->text, entry->length - 1,
					    frontier->last);
	if (!error)
		error = sekisho_merkle_append(&frontier->tree, checkpointer->digester,
					      frontier->last);
	if (error)
		return error;
	checkpointer->file = entry->file;
	checkpointer->offset = entry->offset + entry->length;
	return compare_signed(checkpointer);
}

/*
 * A reader knows the files that were there when it was opened, and may hold bytes that a writer
 * took back since. So it goes to the place anew.
 */
static int reopen(struct sekisho_checkpointer *checkpointer)
{
	int error;

	sekisho_reader_close(checkpointer->reader);
	error = sekisho_reader_open(&checkpointer->reader, checkpointer->directory,
				    checkpointer->frontier.tree.size);
	if (error)
		return error;
	error = sekisho_reader_seek(checkpointer->reader, checkpointer->file, checkpointer->offset);
	/* The file that was read to its end may have been moved away. */
	if (error == -ENOENT)
		error = sekisho_reader_seek(checkpointer->reader, checkpointer->frontier.tree.size,
					    0);
	return error == -ENOENT ? fault(checkpointer, SEKISHO_CHECKPOINT_DAMAGED) : error;
}

static int find_place(struct sekisho_checkpointer *checkpointer)
{
	int error = -ENOENT;

	if (checkpointer->reader)
		error = sekisho_reader_seek(checkpointer->reader, checkpointer->file,
					    checkpointer->offset);
	return error == -ENOENT ? reopen(checkpointer) : error;
}

static int next_entry(struct sekisho_checkpointer *checkpointer, struct sekisho_entry *entry)
{
	int got = sekisho_reader_next(checkpointer->reader, entry);

	if (got)
		return got < 0 ? got : 0;
	got = reopen(checkpointer);
	if (!got)
		got = sekisho_reader_next(checkpointer->reader, entry);
	if (!got)
		/* It was committed, and is gone. */
		return fault(checkpointer, SEKISHO_CHECKPOINT_DAMAGED);
	return got < 0 ? got : 0;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int sekisho_checkpointer_follow(struct sekisho_checkpointer *checkpointer, uint64_t committed,
				uint64_t budget_ns, bool *behind)
{
	uint64_t end = budget_ns ? now_ns() + budget_ns : UINT64_MAX;
	const struct sekisho_merkle *tree = &checkpointer->frontier.tree;
	int error = 0;

	*behind = false;
	if (checkpointer->fault)
		return -ESTALE;
	if (committed < checkpointer->newest.size) {
		checkpointer->missing = checkpointer->newest.size - committed;
		return fault(checkpointer, SEKISHO_CHECKPOINT_SHORT);
	}
	if (tree->size >= committed)
		return 0;
	error = find_place(checkpointer);
	for (unsigned int lines = 1; !error && tree->size < committed; lines++) {
		struct sekisho_entry entry;

		error = next_entry(checkpointer, &entry);
		if (!error)
			error = take(checkpointer, &entry);
		if (lines % LINES_A_LOOK == 0 && now_ns() >= end)
			break;
	}
	*behind = tree->size < committed;
	return error;
}

/* The file's records, onto the tree of those before it. */
static int read_part(struct sekisho_checkpointer *checkpointer, struct sekisho_reader *reader,
		     struct sekisho_checkpoint_part *part, struct sekisho_merkle *tree)
{
	struct sekisho_digester *digester = checkpointer->digester;
	uint8_t leaf[SEKISHO_DIGEST_BYTES];
	struct sekisho_entry entry;
	int error = 0;

	while (!error && tree->size < part->next) {
		int got = sekisho_reader_next(reader, &entry);

		if (got < 0)
			return got;
		if (!got || entry.defect || entry.line.seq != tree->size ||
		    entry.file != part->first)
			return -EBADMSG;
		if (entry.wall_ns > part->newest_ns)
			part->newest_ns = entry.wall_ns;
		error = sekisho_merkle_leaf(digester, entry.text, entry.length - 1, leaf);
		if (!error)
			error = sekisho_merkle_append(tree, digester, leaf);
		if (!error && tree->size == part->next)
			error = sekisho_digester_line(digester, entry.text, entry.length,
						      part->last_hash);
	}
	return error;
}

int sekisho_checkpointer_part(struct sekisho_checkpointer *checkpointer,
			      struct sekisho_checkpoint_part *part)
{
	uint8_t computed[SEKISHO_DIGEST_BYTES], expected[SEKISHO_DIGEST_BYTES];
	struct sekisho_frontier before = { 0 }, after;
	struct sekisho_reader *reader;
	int error;

	if (checkpointer->fault)
		return -ESTALE;
	if ((part->first && !take_frontier_at(checkpointer, part->first, &before)) ||
	    !take_frontier_at(checkpointer, part->next, &after))
		return -EBADMSG;
	part->newest_ns = 0;
	error = sekisho_reader_open(&reader, checkpointer->directory, part->first);
	if (!error)
		error = read_part(checkpointer, reader, part, &before.tree);
	sekisho_reader_close(reader);
	if (!error)
		error = sekisho_merkle_root(&before.tree, checkpointer->digester, computed);
	if (!error)
		error = sekisho_merkle_root(&after.tree, checkpointer->digester, expected);
	if (!error && memcmp(computed, expected, sizeof(computed)) != 0)
		error = -EBADMSG;
	return error;
}

void sekisho_checkpointer_state(const struct sekisho_checkpointer *checkpointer,
				struct sekisho_checkpoint_state *state)
{
	*state = (struct sekisho_checkpoint_state){
		.fault = checkpointer->fault,
		.size = checkpointer->frontier.tree.size,
		.signed_size = checkpointer->newest.size,
		.missing = checkpointer->missing,
	};
}
