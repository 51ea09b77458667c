/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages of IPFIX (RFC 7011), with libfixbuf: flows as bidirectional flows (RFC 5103), what is
 * private to this program described in the stream itself (RFC 5610). Knows nothing of connections
 * or logs.
 */
#ifndef SEKISHO_IPFIX_EXPORTER_H
#define SEKISHO_IPFIX_EXPORTER_H

#include <stddef.h>
#include <stdint.h>

#include "ipfix/flow.h"

struct sekisho_exporter;

struct sekisho_exporter_options {
	uint32_t enterprise; /* of the elements that are private */
	uint16_t most; /* bytes of a message */
	/* Takes a whole message; returns 0 or -errno, which ends up with the caller. */
	int (*send)(void *context, const uint8_t *message, size_t length);
	void *context;
};

/**
 * sekisho_exporter_new - a new session, whose first message begins with its templates
 * @exporter: gets it, to be freed with sekisho_exporter_free(); NULL after an error
 * @options: copied
 *
 * Return: 0, or -EINVAL after it said why on standard error.
 */
int sekisho_exporter_new(struct sekisho_exporter **exporter,
			 const struct sekisho_exporter_options *options);
void sekisho_exporter_free(struct sekisho_exporter *exporter);

/**
 * sekisho_exporter_templates - all templates once more: a receiver by UDP may have missed or
 * forgotten them
 */
int sekisho_exporter_templates(struct sekisho_exporter *exporter);

/**
 * sekisho_exporter_flow - one flow; sent when a message is full, or with the flush
 * Return: 0, -EINVAL, or what @send returned.
 */
int sekisho_exporter_flow(struct sekisho_exporter *exporter, const struct sekisho_ipfix_flow *flow);
int sekisho_exporter_flush(struct sekisho_exporter *exporter);

#endif
