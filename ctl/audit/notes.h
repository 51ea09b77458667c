/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The small files beside a log's records: signed checkpoints, the key that verifies them, and saved
 * frontiers. How they are named, reading one, and writing one whole or not at all. Knows nothing
 * of what records say, and signs nothing.
 */
#ifndef SEKISHO_AUDIT_NOTES_H
#define SEKISHO_AUDIT_NOTES_H

#include <stddef.h>
#include <stdint.h>

#include "merkle.h"
#include "note.h"

#define SEKISHO_NEWEST	  "checkpoint" /* the newest one again */
#define SEKISHO_NOTES	  "checkpoints" /* directory: each by its size */
#define SEKISHO_VKEY	  "checkpoint.vkey"
#define SEKISHO_FRONTIER  "frontier" /* of the newest checkpoint's tree */
#define SEKISHO_FRONTIERS "frontiers" /* directory: where a file of records ends, by size */
#define SEKISHO_NOTE_NAME 40 /* bytes: checkpoints/SIZE and a NUL */

struct sekisho_sizes {
	uint64_t *size; /* ascending */
	size_t count;
	char stray[SEKISHO_NOTE_NAME]; /* a file with another name, cut; or empty */
};

/* A tree, and its last leaf, by which the log it was made of is known again. */
struct sekisho_frontier {
	struct sekisho_merkle tree;
	uint8_t last[SEKISHO_DIGEST_BYTES];
};

/**
 * sekisho_notes_list - the sizes of which there are checkpoints
 * @directory: of the log
 * @sizes: to be freed with sekisho_notes_free(), also after an error
 * Return: 0 (also where there are none), -ENOMEM or the error of reading.
 */
int sekisho_notes_list(int directory, struct sekisho_sizes *sizes);
void sekisho_notes_free(struct sekisho_sizes *sizes);

/**
 * sekisho_notes_forget - remove checkpoints and frontiers of fewer records than @size
 *
 * What cannot be removed stays.
 */
void sekisho_notes_forget(int directory, uint64_t size);

/* checkpoints/SIZE, or frontiers/SIZE. */
void sekisho_notes_name(char name[SEKISHO_NOTE_NAME], const char *directory, uint64_t size);

/**
 * sekisho_notes_read - read a signed note and verify it
 * @note: filled in where the text is a note; borrows from @text
 * @vkey: NULL: the signature is not looked at
 * Return: as sekisho_durable_text(), sekisho_note_parse() and sekisho_note_verify(); 0.
 */
int sekisho_notes_read(int directory, const char *name, const struct sekisho_vkey *vkey,
		       struct sekisho_note *note, char text[SEKISHO_NOTE_BYTES + 1]);

/**
 * sekisho_notes_vkey - read a key that verifies
 * Return: 0, -EINVAL (it is none) or the error of reading.
 */
int sekisho_notes_vkey(int directory, const char *name, struct sekisho_vkey *vkey);

/**
 * sekisho_notes_write - write a small file: it is there as a whole, and on disk, or as it was
 * @name: its directory exists
 * Return: 0 or the error of writing.
 */
int sekisho_notes_write(int directory, const char *name, const char *text, size_t length);

/**
 * sekisho_notes_frontier - read a saved frontier
 * Return: 0, -EINVAL (it is none) or the error of reading. Whether it is right only a signed root
 * can tell.
 */
int sekisho_notes_frontier(int directory, const char *name, struct sekisho_frontier *frontier);

/* Likewise, write one. */
int sekisho_notes_save(int directory, const char *name, const struct sekisho_frontier *frontier);

#endif
