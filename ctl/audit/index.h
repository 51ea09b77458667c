/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An index beside an audit log: where the records are that a query asks for. It can be made again
 * from the log at any time and is never the truth: each answer is read from the log and compared
 * with what was indexed before it is handed over, and files that changed are indexed anew. Knows
 * nothing of commands or of what people see.
 *
 *	error = sekisho_index_open(&index, path, ours, false);
 *	error = sekisho_index_update(index, directory, &search, &changes);
 *	error = sekisho_index_find(index, directory, &search, &damage);
 *
 * After -ESTALE, update and find again: what was found until then counts for nothing. After
 * -EBADMSG, open with @anew and do the same.
 */
#ifndef SEKISHO_AUDIT_INDEX_H
#define SEKISHO_AUDIT_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "scan.h"

struct sekisho_index;

/* What an update did. */
struct sekisho_index_changes {
	uint64_t lines; /* indexed */
	uint64_t replaced; /* of which the index had another text, or a file that is gone */
	uint64_t removed; /* in files before the log's first, which may have been old */
};

/**
 * sekisho_index_open - open an index, or make an empty one
 * @index: gets it, to be closed with sekisho_index_close(); NULL after an error
 * @path: its file; its directory is there
 * @ours: whatever lies there was made by this program, and may be replaced where it is no index
 * @anew: begin with an empty one
 *
 * What is damaged so that it cannot be opened is replaced.
 * Return: 0; -EEXIST: another kind of file, not touched; -EBUSY: another process builds it;
 * -EACCES, -EROFS, -ENOENT, -ENOMEM and other reasons why it cannot be written.
 */
int sekisho_index_open(struct sekisho_index **index, const char *path, bool ours, bool anew);
void sekisho_index_close(struct sekisho_index *index);

/**
 * sekisho_index_update - bring it up to date with a log
 * @directory: of one origin
 * @search: its progress is told, of the bytes to be indexed; nothing else is looked at
 * @changes: filled
 *
 * A process that is killed meanwhile leaves an index of the files until there.
 * Return: 0; -EBADMSG: it is damaged; -EBUSY; or why index or log cannot be used.
 */
int sekisho_index_update(struct sekisho_index *index, int directory,
			 const struct sekisho_search *search,
			 struct sekisho_index_changes *changes);

/**
 * sekisho_index_find - search
 * @directory: of the log it was updated with
 * @search: what for, and who gets it, in the log's order
 * @damage: as sekisho_scan() has it
 * Return: 0; -ESTALE: the log is not what was indexed, and the index has forgotten that file;
 * -EBADMSG; or why index or log cannot be read.
 */
int sekisho_index_find(struct sekisho_index *index, int directory,
		       const struct sekisho_search *search, struct sekisho_damage *damage);

#endif
