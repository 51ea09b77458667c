/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file that appears whole, on disk, or not at all, and takes no other's place unasked; or
 * standard output, which gets all or nothing. Knows nothing of what is in it.
 */
#ifndef SEKISHO_AUDIT_OUTPUT_H
#define SEKISHO_AUDIT_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

struct sekisho_output;

/**
 * sekisho_output_open - begin
 * @output: gets it; ended by sekisho_output_commit() or sekisho_output_abandon()
 * @path: of the file; `-`: standard output
 * @force: a regular file of that name may be replaced
 *
 * What is written has no name until it is committed, where the file system can do that; so nothing
 * is left of a process that is killed.
 * Return: 0, -ENOMEM, -EEXIST (something has the name), or why no file can be made there.
 */
int sekisho_output_open(struct sekisho_output **output, const char *path, bool force);

/* Where to write: belongs to @output. */
FILE *sekisho_output_stream(const struct sekisho_output *output);

/**
 * sekisho_output_directory - the directory the file will lie in
 * Return: 0; -ENOENT for standard output; or why it cannot be asked.
 */
int sekisho_output_directory(const struct sekisho_output *output, struct stat *status);

/**
 * sekisho_output_commit - flush to disk, and give it its name
 * Return: 0, -EEXIST where somebody else took the name meanwhile, or -errno; @output is ended, and
 *	after an error nothing is left.
 */
int sekisho_output_commit(struct sekisho_output *output);
void sekisho_output_abandon(struct sekisho_output *output);

#endif
