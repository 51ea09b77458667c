// SPDX-License-Identifier: GPL-2.0-only
/*
 * A receiver of syslog as a peer of audit/forward.h. Knows nothing of positions.
 */
#include "command/forward_syslog.h"

#include <stdio.h>

#include "audit/types.h"

static int peer_connect(void *context)
{
	const struct sekisho_forward_syslog *syslog = context;

	return sekisho_transport_connect(syslog->transport);
}

/* Lines that are no records, and types of later versions, are kept from nobody. */
static bool is_wanted(const struct sekisho_forward_syslog *syslog,
		      const struct sekisho_entry *entry)
{
	char name[33];
	int type;

	if (!syslog->types || entry->defect)
		return true;
	snprintf(name, sizeof(name), "%.*s", (int)entry->line.type_length, entry->line.type);
	type = sekisho_type_find(name);
	return type < 0 || syslog->types[type];
}

static int peer_record(void *context, const struct sekisho_followed *followed)
{
	struct sekisho_forward_syslog *syslog = context;
	size_t length;
	int error = 0;

	if (followed->trouble) {
		length = sekisho_syslog_trouble(syslog->message, followed, &syslog->options);
		error = sekisho_transport_send(syslog->transport, syslog->message, length);
	}
	if (error || !is_wanted(syslog, &followed->entry))
		return error;
	length = sekisho_syslog_record(syslog->message, &followed->entry, &syslog->options);
	return sekisho_transport_send(syslog->transport, syslog->message, length);
}

static int peer_note(void *context, const char *note, size_t length)
{
	struct sekisho_forward_syslog *syslog = context;

	length = sekisho_syslog_note(syslog->message, note, length, &syslog->options);
	return sekisho_transport_send(syslog->transport, syslog->message, length);
}

static int peer_flush(void *context)
{
	const struct sekisho_forward_syslog *syslog = context;

	return sekisho_transport_flush(syslog->transport);
}

static int peer_look(void *context, uint64_t *delivered)
{
	const struct sekisho_forward_syslog *syslog = context;

	return sekisho_transport_look(syslog->transport, delivered);
}

static uint64_t peer_sent(void *context)
{
	const struct sekisho_forward_syslog *syslog = context;

	return sekisho_transport_sent(syslog->transport);
}

static int peer_finish(void *context)
{
	const struct sekisho_forward_syslog *syslog = context;

	return sekisho_transport_finish(syslog->transport);
}

static void peer_drop(void *context)
{
	const struct sekisho_forward_syslog *syslog = context;

	sekisho_transport_drop(syslog->transport);
}

void sekisho_forward_syslog_peer(struct sekisho_forward_peer *peer,
				 struct sekisho_forward_syslog *syslog)
{
	*peer = (struct sekisho_forward_peer){
		.context = syslog,
		.connect = peer_connect,
		.record = peer_record,
		.note = peer_note,
		.flush = peer_flush,
		.look = peer_look,
		.sent = peer_sent,
		.finish = peer_finish,
		.drop = peer_drop,
	};
}
