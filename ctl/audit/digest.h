/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SHA-256 of record lines, one after another, with the algorithm looked up once. Knows nothing of
 * records or files.
 */
#ifndef SEKISHO_AUDIT_DIGEST_H
#define SEKISHO_AUDIT_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define SEKISHO_DIGEST_BYTES 32
#define SEKISHO_DIGEST_HEX   (2 * SEKISHO_DIGEST_BYTES)

struct sekisho_digester;

/**
 * sekisho_digester_new - get ready to digest
 * Return: to be freed with sekisho_digester_free(), or NULL without memory or algorithm.
 */
struct sekisho_digester *sekisho_digester_new(void);
void sekisho_digester_free(struct sekisho_digester *digester);

/**
 * sekisho_digester_line - SHA-256 of @length bytes at @bytes
 * @digester: from sekisho_digester_new(); not shared between threads
 * @digest: written only on success
 * Return: 0 or -EIO (the library failed).
 */
int sekisho_digester_line(struct sekisho_digester *digester, const void *bytes, size_t length,
			  uint8_t digest[SEKISHO_DIGEST_BYTES]);

/**
 * sekisho_digester_prefixed - SHA-256 of one byte and then @length bytes at @bytes
 * @prefix: the byte; else as sekisho_digester_line()
 * Return: 0 or -EIO.
 */
int sekisho_digester_prefixed(struct sekisho_digester *digester, uint8_t prefix, const void *bytes,
			      size_t length, uint8_t digest[SEKISHO_DIGEST_BYTES]);

/**
 * sekisho_digester_begin - begin the SHA-256 of more bytes than are in memory at once
 * Return: 0 or -EIO, as the next two.
 */
int sekisho_digester_begin(struct sekisho_digester *digester);
int sekisho_digester_add(struct sekisho_digester *digester, const void *bytes, size_t length);
int sekisho_digester_end(struct sekisho_digester *digester, uint8_t digest[SEKISHO_DIGEST_BYTES]);

/**
 * sekisho_digest_hex - lower-case hexadecimal, with no NUL after it
 */
void sekisho_digest_hex(const uint8_t digest[SEKISHO_DIGEST_BYTES], char hex[SEKISHO_DIGEST_HEX]);

/**
 * sekisho_digest_parse - read exactly SEKISHO_DIGEST_HEX lower-case hexadecimal digits
 * Return: 0 or -EINVAL.
 */
int sekisho_digest_parse(const char *hex, uint8_t digest[SEKISHO_DIGEST_BYTES]);

#endif
