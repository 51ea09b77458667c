/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages on their way. Of syslog: UDP (RFC 5426), TCP with octet counting (RFC 6587, 3.4.1), TLS
 * (RFC 5425); of IPFIX, as they are: UDP, TCP. Nothing waits for a peer beyond a bounded time.
 * Knows nothing of what messages say.
 */
#ifndef SEKISHO_AUDIT_TRANSPORT_H
#define SEKISHO_AUDIT_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "target.h"

/* A peer that takes nothing for so long is not there. */
#define SEKISHO_TRANSPORT_WAIT_MS 15000

struct sekisho_transport_options {
	struct sekisho_target target;
	const char *authority; /* TLS: the certificates that may vouch for the peer, PEM */
	const char *certificate; /* TLS: this side's, with its chain, PEM; or NULL */
	const char *key; /* TLS: its key, PEM, not encrypted; or NULL */
};

struct sekisho_transport;

/**
 * sekisho_transport_new - get ready to connect
 * @transport: gets it, to be freed with sekisho_transport_free(); NULL only without memory
 * @options: copied, texts included
 *
 * Return: 0; -ENOMEM; -EINVAL: a file of TLS cannot be used, sekisho_transport_why() says which.
 */
int sekisho_transport_new(struct sekisho_transport **transport,
			  const struct sekisho_transport_options *options);
void sekisho_transport_free(struct sekisho_transport *transport);

/**
 * sekisho_transport_connect - connect; of UDP only the address is looked up
 * Return: 0 or -errno; -EPROTO: TLS refused.
 */
int sekisho_transport_connect(struct sekisho_transport *transport);

/**
 * sekisho_transport_send - send one message, or keep it until sekisho_transport_flush()
 * @message: without a frame
 *
 * Return: 0; or -errno: the connection is of no use any more, and some of what was sent may not
 * arrive.
 */
int sekisho_transport_send(struct sekisho_transport *transport, const char *message, size_t length);
int sekisho_transport_flush(struct sekisho_transport *transport);

/**
 * sekisho_transport_look - whether the connection still stands
 * @delivered: gets how many bytes, of those counted in sekisho_transport_sent(), the peer's host is
 *	known to have
 *
 * Return: 0 or -errno.
 */
int sekisho_transport_look(struct sekisho_transport *transport, uint64_t *delivered);

/* Bytes of frames given to the connection, those that wait for a flush included. */
uint64_t sekisho_transport_sent(const struct sekisho_transport *transport);

/**
 * sekisho_transport_finish - flush, end the connection, wait for the peer to end it too
 * Return: 0: the peer took all (UDP: nobody said no); or -errno.
 */
int sekisho_transport_finish(struct sekisho_transport *transport);

/* Drop the connection, and what waits. */
void sekisho_transport_drop(struct sekisho_transport *transport);

/* What went wrong last, in words of the libraries; "" for nothing. */
const char *sekisho_transport_why(const struct sekisho_transport *transport);

#endif
