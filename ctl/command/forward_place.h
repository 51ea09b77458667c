/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where `audit forward` reads and where it keeps its positions. Says itself why one of them cannot
 * be had. Knows nothing of peers.
 */
#ifndef SEKISHO_COMMAND_FORWARD_PLACE_H
#define SEKISHO_COMMAND_FORWARD_PLACE_H

#include <limits.h>

#include "command/audit_logs.h"

struct sekisho_forward_place {
	struct sekisho_audit_logs logs; /* the one */
	int positions; /* directory; -1: not open */
	char positions_path[PATH_MAX];
};

/**
 * sekisho_forward_positions - the directory of positions; it need not be there
 */
void sekisho_forward_positions(const struct sekisho_context *context, char path[PATH_MAX]);

/**
 * sekisho_forward_place_open - open both
 * @place: to be closed, also after an error
 * @path: as sekisho_audit_logs_open() has it
 *
 * Return: 0, or -errno after saying why.
 */
int sekisho_forward_place_open(struct sekisho_forward_place *place,
			       const struct sekisho_context *context, const char *path);
void sekisho_forward_place_close(struct sekisho_forward_place *place);

#endif
