/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files of an audit log: how they are named, and which there are. Knows nothing of what is in
 * them.
 */
#ifndef SEKISHO_AUDIT_FILES_H
#define SEKISHO_AUDIT_FILES_H

#include <stddef.h>
#include <stdint.h>

#define SEKISHO_FILE_NAME_BYTES 27 /* 00000000000000000000.jsonl and a NUL */
#define SEKISHO_TORN_NAME_BYTES 26 /* torn-00000000000000000000 and a NUL */
#define SEKISHO_LOG_LOCK	"lock" /* held while somebody appends */

struct sekisho_files {
	uint64_t *first; /* sequence number of each file's first record, ascending */
	size_t count;
	size_t torn; /* files of torn lines */
	char stray[SEKISHO_FILE_NAME_BYTES]; /* a .jsonl with another name, cut; or empty */
};

/**
 * sekisho_file_name - the name of the file whose first record is @first
 */
void sekisho_file_name(char name[SEKISHO_FILE_NAME_BYTES], uint64_t first);

/**
 * sekisho_torn_name - the name of the file for lines torn before record @next
 */
void sekisho_torn_name(char name[SEKISHO_TORN_NAME_BYTES], uint64_t next);

/**
 * sekisho_files_forget_torn - remove the files of lines torn before records that are there no more
 * @next: the first record that is
 *
 * What cannot be removed stays.
 */
void sekisho_files_forget_torn(int directory, uint64_t next);

/**
 * sekisho_files_list - list the files in a directory
 * @directory: open; its position does not matter and it stays open
 * @files: to be freed with sekisho_files_free(), also after an error
 * Return: 0, -ENOMEM or the error of reading.
 */
int sekisho_files_list(int directory, struct sekisho_files *files);
void sekisho_files_free(struct sekisho_files *files);

/**
 * sekisho_files_is_log - whether a directory is that of a log
 * @directory: open
 *
 * Any file that only a log has makes it one: a log whose records were removed is a log still.
 * Return: 1, 0, or the error of reading.
 */
int sekisho_files_is_log(int directory);

#endif
