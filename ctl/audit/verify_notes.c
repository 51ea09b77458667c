// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checkpoints' part of verifying a log. Knows nothing of lines and chains.
 */
#include "verify_notes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "notes.h"

#define OUTSIDE_NAME "--checkpoint"

enum place {
	PLACE_NOTES,
	PLACE_NEWEST,
	PLACE_OUTSIDE,
};

static void defect(struct sekisho_verify_notes *notes, enum sekisho_defect what, const char *file,
		   uint64_t seq)
{
	struct sekisho_verify_result *result = notes->result;

	result->defect = what;
	result->line = 0;
	result->seq = seq;
	snprintf(result->file, sizeof(result->file), "%s", file);
}

static int compare(const void *left, const void *right)
{
	const struct sekisho_verify_note *a = left, *b = right;

	if (a->size != b->size)
		return a->size > b->size ? 1 : -1;
	return (a->place > b->place) - (a->place < b->place);
}

static void add(struct sekisho_verify_notes *notes, uint64_t size, enum place place)
{
	notes->notes[notes->count++] = (struct sekisho_verify_note){ size, place };
}

/* What is no checkpoint has no size: it is looked at last. */
static int add_newest(struct sekisho_verify_notes *notes)
{
	char text[SEKISHO_NOTE_BYTES + 1];
	struct sekisho_note note;
	int error = sekisho_notes_read(notes->directory, SEKISHO_NEWEST, NULL, &note, text);

	if (error == -ENOENT)
		return 0;
	if (error && error != -EINVAL && error != -EFBIG)
		return error;
	add(notes, error ? UINT64_MAX : note.checkpoint.size, PLACE_NEWEST);
	return 0;
}

static int find_notes(struct sekisho_verify_notes *notes)
{
	const struct sekisho_note *outside = notes->options->outside;
	struct sekisho_sizes sizes;
	int error = sekisho_notes_list(notes->directory, &sizes);

	if (!error)
		notes->notes = calloc(sizes.count + 2, sizeof(*notes->notes));
	if (!error && !notes->notes)
		error = -ENOMEM;
	for (size_t i = 0; !error && i < sizes.count; i++)
		add(notes, sizes.size[i], PLACE_NOTES);
	snprintf(notes->stray, sizeof(notes->stray), "%s", sizes.stray);
	sekisho_notes_free(&sizes);
	if (!error)
		error = add_newest(notes);
	if (error)
		return error;
	if (outside)
		add(notes, outside->checkpoint.size, PLACE_OUTSIDE);
	if (notes->count)
		qsort(notes->notes, notes->count, sizeof(*notes->notes), compare);
	return 0;
}

static int find_key(struct sekisho_verify_notes *notes)
{
	struct sekisho_verify_result *result = notes->result;
	int error = 0;

	result->key_given = notes->options->key;
	if (result->key_given)
		result->key = *notes->options->key;
	else
		error = sekisho_notes_vkey(notes->directory, SEKISHO_VKEY, &result->key);
	result->has_key = !error;
	return error == -ENOENT || error == -EINVAL || error == -EFBIG ? 0 : error;
}

int sekisho_verify_notes_begin(struct sekisho_verify_notes *notes, int directory,
			       struct sekisho_digester *digester,
			       const struct sekisho_verify_options *options,
			       struct sekisho_verify_result *result)
{
	int error;

	*notes = (struct sekisho_verify_notes){
		.directory = directory,
		.digester = digester,
		.options = options,
		.result = result,
	};
	error = find_notes(notes);
	return error ? error : find_key(notes);
}

void sekisho_verify_notes_end(struct sekisho_verify_notes *notes)
{
	free(notes->notes);
	notes->notes = NULL;
	notes->count = 0;
}

static const char *name_of(const struct sekisho_verify_note *which, char name[SEKISHO_NOTE_NAME])
{
	if (which->place == PLACE_OUTSIDE)
		return OUTSIDE_NAME;
	if (which->place == PLACE_NEWEST)
		return SEKISHO_NEWEST;
	sekisho_notes_name(name, SEKISHO_NOTES, which->size);
	return name;
}

/* Form and signature; 0 with a defect where they are not good. */
static int read_note(struct sekisho_verify_notes *notes, const struct sekisho_verify_note *which,
		     struct sekisho_checkpoint *checkpoint)
{
	const struct sekisho_vkey *key = &notes->result->key;
	char name[SEKISHO_NOTE_NAME], text[SEKISHO_NOTE_BYTES + 1];
	const char *file = name_of(which, name);
	struct sekisho_note note;
	uint64_t last = which->size && which->size != UINT64_MAX ? which->size - 1 : 0;
	int error;

	if (!notes->result->has_key) {
		defect(notes, SEKISHO_DEFECT_CHECKPOINT_KEY, SEKISHO_VKEY, last);
		return 0;
	}
	if (which->place == PLACE_OUTSIDE) {
		note = *notes->options->outside;
		error = sekisho_note_verify(&note, key);
	} else {
		error = sekisho_notes_read(notes->directory, file, key, &note, text);
	}
	if (error == -EINVAL || error == -EFBIG ||
	    (!error && note.checkpoint.size != which->size)) {
		defect(notes, SEKISHO_DEFECT_CHECKPOINT_FORM, file, last);
		return 0;
	}
	if (error == -ENOKEY || error == -EBADMSG) {
		defect(notes, SEKISHO_DEFECT_CHECKPOINT_SIGNATURE, file, last);
		return 0;
	}
	if (!error)
		*checkpoint = note.checkpoint;
	return error;
}

/* The records before @next are all there are so far. */
static int check(struct sekisho_verify_notes *notes, const struct sekisho_verify_note *which,
		 uint64_t next)
{
	struct sekisho_verify_result *result = notes->result;
	char name[SEKISHO_NOTE_NAME];
	struct sekisho_checkpoint checkpoint = { 0 };
	uint8_t root[SEKISHO_DIGEST_BYTES];
	int error = read_note(notes, which, &checkpoint);

	if (error || result->defect)
		return error;
	if (checkpoint.size > next) {
		defect(notes, SEKISHO_DEFECT_TRUNCATED, name_of(which, name), next);
		return 0;
	}
	if (notes->tree_known && checkpoint.size == notes->tree.size) {
		error = sekisho_merkle_root(&notes->tree, notes->digester, root);
		if (error)
			return error;
		if (memcmp(root, checkpoint.root, sizeof(root)) != 0) {
			defect(notes, SEKISHO_DEFECT_CHECKPOINT_ROOT, name_of(which, name),
			       checkpoint.size ? checkpoint.size - 1 : 0);
			return 0;
		}
	}
	/* The newest lies there twice. */
	if (!result->checkpoints || result->checkpoint_size != checkpoint.size)
		result->checkpoints++;
	result->checkpoint_size = checkpoint.size;
	return 0;
}

int sekisho_verify_notes_reach(struct sekisho_verify_notes *notes, uint64_t next)
{
	int error = 0;

	while (!error && !notes->result->defect && notes->next < notes->count &&
	       notes->notes[notes->next].size <= next)
		error = check(notes, &notes->notes[notes->next++], next);
	return error;
}

/* The frontier at @first, if what was signed there has its root. */
static int take_frontier(struct sekisho_verify_notes *notes, uint64_t first)
{
	const struct sekisho_verify_note which = { first, PLACE_NOTES };
	struct sekisho_frontier frontier;
	struct sekisho_checkpoint checkpoint = { 0 };
	uint8_t root[SEKISHO_DIGEST_BYTES];
	char name[SEKISHO_NOTE_NAME];
	int error;

	sekisho_notes_name(name, SEKISHO_FRONTIERS, first);
	error = sekisho_notes_frontier(notes->directory, name, &frontier);
	if (error == -ENOENT)
		return 0;
	if (!error)
		error = read_note(notes, &which, &checkpoint);
	if (error == -ENOENT)
		return 0;
	if (error == -EINVAL || error == -EFBIG || (!error && frontier.tree.size != first)) {
		defect(notes, SEKISHO_DEFECT_CHECKPOINT_FORM, name, first);
		return 0;
	}
	if (error || notes->result->defect)
		return error;
	error = sekisho_merkle_root(&frontier.tree, notes->digester, root);
	if (error)
		return error;
	if (memcmp(root, checkpoint.root, sizeof(root)) != 0) {
		defect(notes, SEKISHO_DEFECT_CHECKPOINT_ROOT, name, first);
		return 0;
	}
	notes->tree = frontier.tree;
	notes->tree_known = true;
	return 0;
}

int sekisho_verify_notes_start(struct sekisho_verify_notes *notes, uint64_t first)
{
	int error = 0;

	if (!notes->count || notes->result->defect)
		return 0;
	if (first)
		error = take_frontier(notes, first);
	else
		notes->tree_known = true;
	notes->result->tree = !notes->tree_known ? SEKISHO_TREE_UNKNOWN
			      : first		 ? SEKISHO_TREE_CONTINUED
						 : SEKISHO_TREE_WHOLE;
	return error;
}

int sekisho_verify_notes_take(struct sekisho_verify_notes *notes, const char *line, size_t length)
{
	uint8_t leaf[SEKISHO_DIGEST_BYTES];
	int error;

	/* Behind the last checkpoint nothing is to be compared. */
	if (!notes->tree_known || notes->next >= notes->count)
		return 0;
	error = sekisho_merkle_leaf(notes->digester, line, length - 1, leaf);
	return error ? error : sekisho_merkle_append(&notes->tree, notes->digester, leaf);
}

int sekisho_verify_notes_finish(struct sekisho_verify_notes *notes, uint64_t next)
{
	int error = 0;

	while (!error && !notes->result->defect && notes->next < notes->count)
		error = check(notes, &notes->notes[notes->next++], next);
	if (!error && !notes->result->defect && notes->stray[0])
		defect(notes, SEKISHO_DEFECT_FILE_NAME, notes->stray, next);
	return error;
}
