// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which file of a log has been kept for long enough, and its removal. Knows nothing of policies.
 */
#include "retention.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "notes.h"

#define LOOK_EVERY_NS 60000000000ull
#define DAY_NS	      86400000000000ll

void sekisho_retention_begin(struct sekisho_retention *retention, int directory,
			     const struct sekisho_retention_options *options)
{
	*retention = (struct sekisho_retention){ .options = *options, .directory = directory };
}

static bool trouble(struct sekisho_retention *retention, enum sekisho_retention_trouble what,
		    uint64_t first)
{
	const struct sekisho_retention_options *options = &retention->options;

	if (what != retention->told && options->tell)
		options->tell(options->context, what, first);
	retention->told = what;
	return false;
}

/* The oldest file, where it is not the newest. Return: 1, 0 or -errno. */
static int find_oldest(int directory, uint64_t *first, uint64_t *next, struct stat *status)
{
	char name[SEKISHO_FILE_NAME_BYTES];
	struct sekisho_files files;
	int error = sekisho_files_list(directory, &files);
	bool found = !error && files.count > 1;

	if (found) {
		*first = files.first[0];
		*next = files.first[1];
	}
	sekisho_files_free(&files);
	if (!found)
		return error < 0 ? error : 0;
	sekisho_file_name(name, *first);
	return fstatat(directory, name, status, AT_SYMLINK_NOFOLLOW) ? -errno : 1;
}

static int64_t written_ns(const struct stat *status)
{
	return status->st_mtim.tv_sec * 1000000000ll + status->st_mtim.tv_nsec;
}

/* Reads the file, once: it must be what was signed, and all of it older than @limit_ns. */
static bool is_over(struct sekisho_retention *retention, struct sekisho_checkpointer *checkpointer,
		    int64_t limit_ns, struct sekisho_removal *removal)
{
	struct sekisho_checkpoint_part *part = &removal->part;
	int error;

	if (retention->looked == part->next && retention->newest_ns > limit_ns)
		return false;
	error = sekisho_checkpointer_part(checkpointer, part);
	if (error)
		return trouble(retention,
			       error == -EBADMSG ? SEKISHO_RETENTION_CHANGED
						 : SEKISHO_RETENTION_ERROR,
			       part->first);
	retention->looked = part->next;
	retention->newest_ns = part->newest_ns;
	return part->newest_ns <= limit_ns;
}

bool sekisho_retention_due(struct sekisho_retention *retention,
			   struct sekisho_checkpointer *checkpointer,
			   const struct sekisho_stamp *now, struct sekisho_removal *removal)
{
	const struct sekisho_retention_options *options = &retention->options;
	struct sekisho_checkpoint_part *part = &removal->part;
	struct sekisho_checkpoint_state state;
	struct stat status;
	int64_t limit_ns;
	int found;

	if (!options->days || !checkpointer || now->mono_ns < retention->look_ns)
		return false;
	retention->look_ns = now->mono_ns + LOOK_EVERY_NS;
	sekisho_checkpointer_state(checkpointer, &state);
	removal->days = options->days(options->context);
	if (!removal->days || state.fault)
		return false;
	found = find_oldest(retention->directory, &part->first, &part->next, &status);
	if (found < 0)
		return trouble(retention, SEKISHO_RETENTION_ERROR, 0);
	limit_ns = now->wall_ns - removal->days * DAY_NS;
	if (!found || written_ns(&status) > limit_ns || state.signed_size <= part->next)
		return trouble(retention, SEKISHO_RETENTION_FINE, 0);
	if (!now->synchronised)
		return trouble(retention, SEKISHO_RETENTION_CLOCK, part->first);
	if (options->needed && options->needed(options->context) < part->next)
		return trouble(retention, SEKISHO_RETENTION_NEEDED, part->first);
	removal->bytes = (uint64_t)status.st_size;
	return is_over(retention, checkpointer, limit_ns, removal);
}

bool sekisho_retention_remove(struct sekisho_retention *retention,
			      const struct sekisho_checkpointer *checkpointer,
			      const struct sekisho_removal *removal, uint64_t recorded)
{
	const struct sekisho_checkpoint_part *part = &removal->part;
	struct sekisho_checkpoint_state state;
	char name[SEKISHO_FILE_NAME_BYTES];

	sekisho_checkpointer_state(checkpointer, &state);
	if (state.fault || state.signed_size <= recorded)
		return trouble(retention, SEKISHO_RETENTION_ERROR, part->first);
	sekisho_file_name(name, part->first);
	if (unlinkat(retention->directory, name, 0) || fsync(retention->directory))
		return trouble(retention, SEKISHO_RETENTION_ERROR, part->first);
	sekisho_files_forget_torn(retention->directory, part->next);
	sekisho_notes_forget(retention->directory, part->next);
	trouble(retention, SEKISHO_RETENTION_FINE, 0);
	retention->look_ns = 0;
	return true;
}
