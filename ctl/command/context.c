// SPDX-License-Identifier: GPL-2.0-only
/*
 * What commands share while they run. Knows nothing of what a command does with it.
 */
#include "command/context.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "command/faults.h"
#include "command/generations.h"
#include "command/journal.h"
#include "command/policy_pace.h"
#include "kernel/module.h"
#include "policy/history.h"
#include "policy/policy_file.h"
#include "ui/format.h"
#include "ui/message.h"
#include "ui/say.h"

#define JAPAN (9 * 3600)

/* The collector holds the lock for moments, while it mends: nobody is to be turned away for that. */
#define LOCK_TRIES    250
#define LOCK_PAUSE_NS 20000000

static void directory_of(char path[PATH_MAX], const char *variable, const char *otherwise)
{
	const char *given = getenv(variable);

	snprintf(path, PATH_MAX, "%s", given && *given ? given : otherwise);
}

void sekisho_context_begin(struct sekisho_context *context,
			   const struct sekisho_arguments *arguments)
{
	memset(context, 0, sizeof(*context));
	context->arguments = arguments;
	context->lock = -1;
	directory_of(context->state, "SEKISHO_STATE_DIR", "/var/lib/sekisho");
	directory_of(context->run, "SEKISHO_RUN_DIR", "/run/sekisho");
	directory_of(context->bpffs, "SEKISHO_BPFFS", "/sys/fs/bpf/sekisho");
}

void sekisho_context_end(struct sekisho_context *context)
{
	sekisho_journal_close(context->journal);
	context->journal = NULL;
	sekisho_engine_close(context->engine);
	context->engine = NULL;
	sekisho_module_close(context->module);
	context->module = NULL;
	sekisho_context_unlock(context);
}

static int make_directory(const char *path)
{
	struct stat status;

	if (!mkdir(path, 0750))
		return 0;
	if (errno != EEXIST)
		return -errno;
	return !stat(path, &status) && S_ISDIR(status.st_mode) ? 0 : -ENOTDIR;
}

int sekisho_context_prepare(struct sekisho_context *context)
{
	const char *const paths[] = { context->state, context->run };

	for (size_t i = 0; i < 2; i++) {
		int error = make_directory(paths[i]);

		if (error) {
			sekisho_say(_("%s cannot be made: %s"), paths[i], strerror(-error));
			sekisho_faults_hint(error);
			return error;
		}
	}
	return 0;
}

int sekisho_context_try_lock(struct sekisho_context *context)
{
	char path[PATH_MAX + 8];
	int fd, error = 0;

	if (context->lock >= 0)
		return 0;
	snprintf(path, sizeof(path), "%s/lock", context->run);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		error = errno == EWOULDBLOCK ? -EBUSY : -errno;
		close(fd);
		return error;
	}
	context->lock = fd;
	return 0;
}

int sekisho_context_lock(struct sekisho_context *context)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };
	int error = sekisho_context_try_lock(context);

	for (int tries = 0; error == -EBUSY && tries < LOCK_TRIES; tries++) {
		nanosleep(&pause, NULL);
		error = sekisho_context_try_lock(context);
	}
	if (error == -EBUSY)
		sekisho_say(_("another sekishoctl is changing the policy"));
	else if (error)
		sekisho_say(_("%s/lock cannot be taken: %s"), context->run, strerror(-error));
	sekisho_faults_hint(error);
	return error;
}

void sekisho_context_unlock(struct sekisho_context *context)
{
	if (context->lock >= 0)
		close(context->lock);
	context->lock = -1;
}

int sekisho_context_reopen_engine(struct sekisho_context *context)
{
	struct sekisho_engine *engine = NULL;
	int error = sekisho_engine_open(context->bpffs, &engine);

	if (error == -ENOENT && access(context->bpffs, X_OK) && errno == EACCES)
		error = -EACCES;
	if (error)
		return error;
	sekisho_engine_close(context->engine);
	context->engine = engine;
	return 0;
}

int sekisho_context_engine(struct sekisho_context *context)
{
	int error;

	if (context->engine)
		return 0;
	error = sekisho_context_reopen_engine(context);
	if (error && error != -ENOENT)
		sekisho_faults_engine(error, context->bpffs);
	if (!error)
		sekisho_generations_notice(context);
	return error;
}

int sekisho_context_need_engine(struct sekisho_context *context)
{
	int error = sekisho_context_engine(context);

	if (!error && !sekisho_engine_policy(context->engine))
		error = -ENOENT;
	if (error == -ENOENT)
		sekisho_faults_engine(error, context->bpffs);
	return error;
}

int sekisho_context_log(struct sekisho_context *context)
{
	int error;

	if (context->journal)
		return 0;
	error = sekisho_journal_open(&context->journal, context->state,
				     sekisho_context_zone(context));
	if (!error)
		error = sekisho_journal_probe(context->journal);
	if (error) {
		sekisho_journal_close(context->journal);
		context->journal = NULL;
		sekisho_say(_("the audit log in %s/audit cannot be written: %s"), context->state,
			    strerror(-error));
		sekisho_faults_hint(error);
	}
	return error;
}

int sekisho_context_record(struct sekisho_context *context, struct sekisho_record *record)
{
	int error = context->journal ? sekisho_journal_write(context->journal, record) : -ENOTCONN;

	if (error)
		sekisho_say(_("the record could not be written: %s"), strerror(-error));
	return error;
}

int32_t sekisho_context_zone(const struct sekisho_context *context)
{
	const struct sekisho_policy_row *row =
		context->engine ? sekisho_engine_policy(context->engine) : NULL;
	int64_t now = time(NULL);
	int32_t offset = JAPAN;

	if (!row)
		return offset;
	for (uint32_t i = 0; i < row->zone_count && i < SEKISHO_ZONE_CHANGES_MAX; i++) {
		if (!i || (int64_t)row->zone[i].since <= now)
			offset = row->zone[i].offset;
	}
	return offset;
}

uint32_t sekisho_context_generation(const struct sekisho_context *context)
{
	const struct sekisho_policy_row *row =
		context->engine ? sekisho_engine_policy(context->engine) : NULL;

	return row ? row->generation : 0;
}

struct sekisho_policy *sekisho_context_stored_text(struct sekisho_context *context,
						   uint32_t generation, char **text, size_t *length)
{
	struct sekisho_diagnostics diagnostics = { 0 };
	struct sekisho_policy_progress progress;
	struct sekisho_policy *policy;
	char name[32];
	int error = sekisho_history_text(context->state, generation, text, length);

	if (error) {
		sekisho_say(_("the text of generation %u cannot be read in %s: %s"), generation,
			    context->state, strerror(-error));
		return NULL;
	}
	snprintf(name, sizeof(name), "%u/policy.yaml", generation);
	sekisho_policy_progress_begin(&progress, &diagnostics);
	policy = sekisho_policy_text_read(name, *text, *length, &diagnostics);
	sekisho_policy_progress_end(&progress, &diagnostics);
	if (!policy) {
		sekisho_say(_("the stored text of generation %u no longer passes the check"),
			    generation);
		sekisho_diagnostics_print(&diagnostics, stderr);
		free(*text);
	}
	sekisho_diagnostics_free(&diagnostics);
	return policy;
}

struct sekisho_policy *sekisho_context_stored_policy(struct sekisho_context *context,
						     uint32_t generation)
{
	struct sekisho_policy *policy;
	size_t length;
	char *text;

	policy = sekisho_context_stored_text(context, generation, &text, &length);
	if (policy)
		free(text);
	return policy;
}

struct sekisho_policy *sekisho_context_policy(struct sekisho_context *context)
{
	return sekisho_context_stored_policy(context, sekisho_context_generation(context));
}

const char *sekisho_context_option(const struct sekisho_context *context, const char *name)
{
	return sekisho_argument(context->arguments, name);
}

bool sekisho_context_number(const struct sekisho_context *context, const char *name, uint64_t least,
			    uint64_t most, uint64_t *number)
{
	const char *text = sekisho_context_option(context, name);
	uint64_t given;

	if (!text)
		return true;
	if (sekisho_parse_number(text, most, &given) && given >= least) {
		*number = given;
		return true;
	}
	sekisho_say(_("--%s cannot be '%s'"), name, text);
	sekisho_say_hint(_("a number from %llu to %llu"), (unsigned long long)least,
			 (unsigned long long)most);
	return false;
}

/* The collector holds its lock as long as it runs. */
bool sekisho_context_collector_runs(const struct sekisho_context *context)
{
	char path[PATH_MAX + 16];
	bool held = false;
	int fd;

	snprintf(path, sizeof(path), "%s/collector.lock", context->run);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	held = flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
	close(fd);
	return held;
}
