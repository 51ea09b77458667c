/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A directory of files that appears whole, on disk and with the SHA-256 of each file in
 * SHA256SUMS, or not at all. Knows nothing of what is in the files.
 *
 * It is made beside its place, under a hidden name. What is left there by a process that was killed
 * goes when the next one makes a bundle of that name.
 */
#ifndef SEKISHO_AUDIT_BUNDLE_H
#define SEKISHO_AUDIT_BUNDLE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include "digest.h"

#define SEKISHO_BUNDLE_SUMS "SHA256SUMS"

struct sekisho_bundle;

/**
 * sekisho_bundle_open - begin
 * @bundle: gets it; ended by sekisho_bundle_commit() or sekisho_bundle_abandon()
 * @path: of the directory; only its owner may enter it, or read the files
 *
 * Return: 0, -EEXIST (something has the name), -EBUSY (another process makes a bundle of that
 * name), -ENOMEM, or why none can be made there.
 */
int sekisho_bundle_open(struct sekisho_bundle **bundle, const char *path);

/**
 * sekisho_bundle_parent - the directory that the bundle will lie in
 * Return: 0, or why it cannot be asked.
 */
int sekisho_bundle_parent(const struct sekisho_bundle *bundle, struct stat *status);

/* Bytes that can still be written to the bundle's file system. */
uint64_t sekisho_bundle_room(const struct sekisho_bundle *bundle);

/**
 * sekisho_bundle_file - a new file
 * @name: without slashes, as are all names here
 * @stream: gets where to write; it is the bundle's
 *
 * Return: 0, -EEXIST, -ENOMEM or why it cannot be made.
 */
int sekisho_bundle_file(struct sekisho_bundle *bundle, const char *name, FILE **stream);

/**
 * sekisho_bundle_finish - flush a file to disk, and digest and close it
 * @stream: from sekisho_bundle_file(); not to be used any more
 *
 * Return: 0 or why it could not be written. Files that were not finished are by
 * sekisho_bundle_commit().
 */
int sekisho_bundle_finish(struct sekisho_bundle *bundle, FILE *stream);

/**
 * sekisho_bundle_add - a file with these bytes
 * Return: as the two before.
 */
int sekisho_bundle_add(struct sekisho_bundle *bundle, const char *name, const void *bytes,
		       size_t length);

/**
 * sekisho_bundle_commit - write SHA256SUMS, flush all to disk, and give the directory its name
 * @sums: gets the SHA-256 of SHA256SUMS
 *
 * Return: 0, -EEXIST where somebody else took the name meanwhile, or -errno; @bundle is ended, and
 * after an error nothing is left.
 */
int sekisho_bundle_commit(struct sekisho_bundle *bundle, uint8_t sums[SEKISHO_DIGEST_BYTES]);
void sekisho_bundle_abandon(struct sekisho_bundle *bundle);

#endif
