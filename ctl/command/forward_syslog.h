/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A receiver of syslog as a peer of audit/forward.h: joins messages and transport. Knows nothing of
 * positions.
 */
#ifndef SEKISHO_COMMAND_FORWARD_SYSLOG_H
#define SEKISHO_COMMAND_FORWARD_SYSLOG_H

#include "audit/forward.h"
#include "audit/syslog.h"
#include "audit/transport.h"

struct sekisho_forward_syslog {
	struct sekisho_transport *transport; /* the caller's */
	struct sekisho_syslog_options options;
	const bool *types; /* SEKISHO_RECORD_TYPES of them: those that are sent; NULL: all */
	char message[SEKISHO_SYSLOG_BYTES];
};

/* Fill in @peer; it uses @syslog. */
void sekisho_forward_syslog_peer(struct sekisho_forward_peer *peer,
				 struct sekisho_forward_syslog *syslog);

#endif
