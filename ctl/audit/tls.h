/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * This side of a TLS connection over a socket that does not block. The peer must show a certificate
 * for the name it was asked for, and one of the given authorities must vouch for it. Knows nothing
 * of what is sent.
 */
#ifndef SEKISHO_AUDIT_TLS_H
#define SEKISHO_AUDIT_TLS_H

#include <stddef.h>
#include <sys/types.h>

struct sekisho_tls;

/* PEM. */
struct sekisho_tls_files {
	const char *authority; /* who may vouch for the peer */
	const char *certificate; /* this side's with its chain, or NULL */
	const char *key; /* its key, not encrypted; or NULL */
};

/**
 * sekisho_tls_new - read the files
 * @tls: gets it, to be freed with sekisho_tls_free(); NULL after an error
 * @host: name or address that the peer's certificate must have; copied
 * @why: gets what is wrong, in words
 * @size: of @why
 *
 * Return: 0, -ENOMEM or -EINVAL.
 */
int sekisho_tls_new(struct sekisho_tls **tls, const char *host,
		    const struct sekisho_tls_files *files, char *why, size_t size);
void sekisho_tls_free(struct sekisho_tls *tls);

/**
 * sekisho_tls_begin - a new connection over a connected socket, which stays the caller's
 * Return: 0 or -EPROTO.
 */
int sekisho_tls_begin(struct sekisho_tls *tls, int fd);

/* Forget the connection. */
void sekisho_tls_drop(struct sekisho_tls *tls);

/**
 * sekisho_tls_greet - a step of the handshake
 * Return: 0: done; POLLIN or POLLOUT: to be called again then; -EPROTO.
 */
int sekisho_tls_greet(struct sekisho_tls *tls);

/* Likewise, to say that nothing follows; it does not wait for the peer's word. */
int sekisho_tls_end(struct sekisho_tls *tls);

/**
 * sekisho_tls_write - send some bytes
 * @events: gets POLLIN or POLLOUT where nothing could be taken
 *
 * Return: how many; 0: call again with the same bytes; -EPROTO.
 */
ssize_t sekisho_tls_write(struct sekisho_tls *tls, const char *bytes, size_t length, short *events);

/**
 * sekisho_tls_read - take what came
 * Return: bytes; 0: the peer said that nothing follows; -EAGAIN; -EPROTO.
 */
ssize_t sekisho_tls_read(struct sekisho_tls *tls, char *bytes, size_t size);

/* What went wrong last, in the library's words. */
const char *sekisho_tls_why(const struct sekisho_tls *tls);

#endif
