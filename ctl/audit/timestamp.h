/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time stamps of RFC 3161 over a file's bytes: the request to send to a time stamping authority,
 * and the check of what it answered. How they travel is not its business. Knows nothing of
 * checkpoints.
 */
#ifndef SEKISHO_AUDIT_TIMESTAMP_H
#define SEKISHO_AUDIT_TIMESTAMP_H

#include <stddef.h>
#include <stdint.h>

#define SEKISHO_TIMESTAMP_BYTES 1024 /* more than a request has */
#define SEKISHO_TIMESTAMP_WHY	256

/**
 * sekisho_timestamp_request - a request for a stamp on @length bytes at @bytes
 * @request: gets it, in DER: SHA-256, a nonce, and the wish for the authority's certificate
 * Return: its length, or -EIO.
 */
int sekisho_timestamp_request(const void *bytes, size_t length,
			      uint8_t request[SEKISHO_TIMESTAMP_BYTES]);

/**
 * struct sekisho_timestamp_answer - what came back from an authority, and what it is held against
 * @response: the answer, in DER; @response_length: its length
 * @request: the request that it is to answer, in DER; NULL: not known; @request_length: its length
 * @authority: file of the trusted certificates, in PEM
 *
 * All borrowed.
 */
struct sekisho_timestamp_answer {
	const uint8_t *response;
	size_t response_length;
	const uint8_t *request;
	size_t request_length;
	const char *authority;
};

/**
 * sekisho_timestamp_check - whether an answer stamps @length bytes at @bytes
 * @answer: the answer; where its request is known, it has that one's nonce (RFC 3161, 2.4.2)
 * @seconds: gets when they were stamped, since 1970 UTC
 * @why: gets the library's reason where it does not
 *
 * Return: 0; -EBADMSG (it does not, or its signer is not trusted); -EINVAL (it is no answer);
 * -EPROTO (what is to be the request is none); -ENOKEY (the file has no certificate); -EIO.
 */
int sekisho_timestamp_check(const void *bytes, size_t length,
			    const struct sekisho_timestamp_answer *answer, int64_t *seconds,
			    char why[SEKISHO_TIMESTAMP_WHY]);

#endif
