// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where `audit forward` reads and where it keeps its positions. Knows nothing of peers.
 */
#include "command/forward_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/context.h"
#include "command/faults.h"
#include "ui/message.h"
#include "ui/say.h"

void sekisho_forward_positions(const struct sekisho_context *context, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%.*s/forward", PATH_MAX - 16, context->state);
}

static int open_positions(struct sekisho_forward_place *place)
{
	if (mkdir(place->positions_path, 0750) && errno != EEXIST)
		return -errno;
	place->positions = open(place->positions_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return place->positions < 0 ? -errno : 0;
}

int sekisho_forward_place_open(struct sekisho_forward_place *place,
			       const struct sekisho_context *context, const char *path)
{
	int error;

	place->positions = -1;
	if (!sekisho_audit_logs_open(context, path, true, &place->logs))
		return -ENOENT;
	sekisho_forward_positions(context, place->positions_path);
	error = open_positions(place);
	if (error) {
		sekisho_say(_("%s cannot be made: %s"), place->positions_path, strerror(-error));
		sekisho_faults_hint(error);
	}
	return error;
}

void sekisho_forward_place_close(struct sekisho_forward_place *place)
{
	sekisho_audit_logs_close(&place->logs);
	if (place->positions >= 0)
		close(place->positions);
}
