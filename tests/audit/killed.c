// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kills a writer of an audit log with SIGKILL, at random moments and by no leave of its own: each
 * record whose commit returned must be there afterwards, and what was torn must be told.
 *
 *	killed EMPTY-DIRECTORY KILLS [SEED]
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "audit/convert.h"
#include "audit/log.h"
#include "recovered.h"

#define FILE_RECORDS 3000
#define LOG_KILLS    25 /* of one log, before a new one is begun */
#define LONGEST_US   8000

/* Shared with the writer. */
struct progress {
	_Atomic uint64_t acknowledged; /* records */
};

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(2);
}

static void append_some(struct sekisho_log *log, size_t count)
{
	struct sekisho_audit_policy policy = { .actor = "A", .flows = -1, .confirm = -1 };
	static char reason[1501];
	struct sekisho_record record;

	while (count--) {
		size_t length = (size_t)lrand48() % (sizeof(reason) - 1);

		memset(reason, 'r', length);
		reason[length] = '\0';
		policy.reason = reason;
		sekisho_convert_policy(&record, SEKISHO_RECORD_POLICY_REJECT, 1, 0, &policy);
		if (sekisho_log_append(log, &record))
			die("append");
	}
}

/* Until it is killed. */
static void write_on(const char *parent, const char *origin, struct progress *progress)
{
	const struct sekisho_log_options options = {
		.directory = parent,
		.origin = origin,
		.file_records = FILE_RECORDS,
		.no_sync = true,
	};
	struct sekisho_log *log;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (sekisho_log_open(&log, &options))
		die("open");
	for (;;) {
		append_some(log, 1 + (size_t)lrand48() % (lrand48() % 3 ? 5 : 1000));
		if (sekisho_log_commit(log))
			die("commit");
		atomic_store(&progress->acknowledged, sekisho_log_next(log));
	}
}

static void kill_one(const char *parent, const char *origin, struct progress *progress)
{
	pid_t pid = fork();
	int status = 0;

	if (pid < 0)
		die("fork");
	if (!pid) {
		srand48((long)getpid());
		write_on(parent, origin, progress);
	}
	usleep((useconds_t)(lrand48() % LONGEST_US));
	if (kill(pid, SIGKILL) || waitpid(pid, &status, 0) != pid)
		die("kill");
	if (!WIFSIGNALED(status)) {
		printf("the writer ended by itself\n");
		exit(1);
	}
}

static int open_log(const char *parent, const char *origin)
{
	int above = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int directory = openat(above, origin, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	close(above);
	return directory;
}

/* @torn gets how many torn files there are. */
static bool survives(const char *parent, const char *origin, const struct progress *progress,
		     unsigned int *torn)
{
	int directory, error = recovered_reopen(parent, origin, FILE_RECORDS, false);
	bool good;

	if (error) {
		printf("reopening: %s\n", strerror(-error));
		return false;
	}
	directory = open_log(parent, origin);
	good = directory >= 0 && recovered_is_good(directory, progress->acknowledged, torn);
	close(directory);
	return good;
}

int main(int argc, char **argv)
{
	unsigned long kills, killed, seed, bad = 0, torn = 0, acknowledged = 0;
	unsigned int torn_here = 0;
	struct progress *progress;
	char origin[32] = "";

	if (argc < 3)
		return 2;
	kills = strtoul(argv[2], NULL, 10);
	seed = argc > 3 ? strtoul(argv[3], NULL, 10) : (unsigned long)time(NULL);
	srand48((long)seed);
	progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	if (progress == MAP_FAILED)
		die("mmap");
	for (killed = 0; killed < kills && !bad; killed++) {
		if (killed % LOG_KILLS == 0) {
			snprintf(origin, sizeof(origin), "log%lu", killed / LOG_KILLS);
			torn += torn_here;
			acknowledged += progress->acknowledged;
			progress->acknowledged = 0;
		}
		kill_one(argv[1], origin, progress);
		bad += !survives(argv[1], origin, progress, &torn_here);
	}
	printf("%lu kills, %lu records acknowledged, %lu times torn; %lu bad; seed %lu\n", killed,
	       acknowledged + progress->acknowledged, torn + torn_here, bad, seed);
	return bad || !kills;
}
