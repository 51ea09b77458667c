// SPDX-License-Identifier: GPL-2.0-only
/*
 * Metrics while the collector runs, in a process of their own. Knows nothing of the collector's
 * loop.
 *
 * Not a thread: reading a policy sets the process's time zone, and messages ask its environment.
 */
#include "command/metrics_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "command/metrics_serve.h"
#include "ui/message.h"
#include "ui/say.h"

#define RESTART_AFTER 15 /* seconds */
#define READS_MAX     1000

/* One writes, the other reads: an odd number while it is written. */
struct sekisho_metrics_shared {
	uint32_t number;
	struct sekisho_collector_tally tally;
};

struct sekisho_metrics_process {
	struct sekisho_context *context;
	struct sekisho_metrics_wanted wanted;
	void (*let_go)(void *context);
	void *let_go_context;
	struct sekisho_metrics_shared *shared;
	int alive; /* its other end is the process's: closed when the collector ends, however it does */
	pid_t child; /* 0: there is none */
	time_t restart_at; /* monotonic seconds */
};

int sekisho_metrics_wanted(const struct sekisho_context *context,
			   struct sekisho_metrics_wanted *wanted)
{
	memset(wanted, 0, sizeof(*wanted));
	wanted->endpoint = sekisho_context_option(context, "metrics");
	wanted->file = sekisho_context_option(context, "metrics-file");
	if (wanted->endpoint && sekisho_endpoint_parse(wanted->endpoint, &wanted->address)) {
		sekisho_say(_("'%s' is no address to serve metrics at"), wanted->endpoint);
		sekisho_say_hint("127.0.0.1:9477, [::1]:9477, unix:/run/sekisho/metrics.sock");
		return SEKISHO_EXIT_USAGE;
	}
	if (wanted->endpoint && !wanted->address.here_only &&
	    !sekisho_context_option(context, "metrics-any")) {
		sekisho_say(
			_("'%s' can be reached from other hosts, and metrics tell of the network"),
			wanted->endpoint);
		sekisho_say_hint(_("serve them at 127.0.0.1, or say --metrics-any"));
		return SEKISHO_EXIT_USAGE;
	}
	if (wanted->file && (wanted->file[0] != '/' || strlen(wanted->file) >= PATH_MAX)) {
		sekisho_say(_("'%s' is no absolute path"), wanted->file);
		return SEKISHO_EXIT_USAGE;
	}
	return SEKISHO_EXIT_DONE;
}

static time_t monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* In the new process. It ends with the collector, which closes its end, not by signals of its own. */
static void become_server(struct sekisho_metrics_process *process, int alive)
{
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	process->let_go(process->let_go_context);
	if (dup2(alive, STDERR_FILENO + 1) < 0 || close_range(STDERR_FILENO + 2, ~0U, 0))
		_exit(1);
	_exit(sekisho_metrics_serve(process->context, &process->wanted, process->shared,
				    STDERR_FILENO + 1));
}

static int start_child(struct sekisho_metrics_process *process)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	process->child = fork();
	if (!process->child) {
		close(ends[1]);
		become_server(process, ends[0]);
	}
	close(ends[0]);
	if (process->child < 0) {
		int error = -errno;

		process->child = 0;
		close(ends[1]);
		return error;
	}
	process->alive = ends[1];
	return 0;
}

static void say_failure(int error)
{
	sekisho_say(_("metrics cannot be served: %s"), strerror(-error));
}

struct sekisho_metrics_process *sekisho_metrics_start(struct sekisho_context *context,
						      const struct sekisho_metrics_wanted *wanted,
						      void (*let_go)(void *context),
						      void *let_go_context)
{
	struct sekisho_metrics_process *process = calloc(1, sizeof(*process));
	void *shared = mmap(NULL, sizeof(*process->shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int error = process && shared != MAP_FAILED ? 0 : -ENOMEM;

	if (!error) {
		*process = (struct sekisho_metrics_process){ .context = context,
							     .wanted = *wanted,
							     .let_go = let_go,
							     .let_go_context = let_go_context,
							     .shared = shared,
							     .alive = -1 };
		error = start_child(process);
	}
	if (!error)
		return process;
	say_failure(error);
	if (shared != MAP_FAILED)
		munmap(shared, sizeof(*process->shared));
	free(process);
	return NULL;
}

/* It should not end by itself; where it does the log goes on, and later another is begun. */
static void look_after(struct sekisho_metrics_process *process)
{
	int error;

	if (process->child && waitpid(process->child, NULL, WNOHANG) == process->child) {
		sekisho_say(_("the process that serves metrics ended; another one is begun"));
		close(process->alive);
		process->alive = -1;
		process->child = 0;
		process->restart_at = monotonic() + RESTART_AFTER;
	}
	if (process->child || monotonic() < process->restart_at)
		return;
	error = start_child(process);
	process->restart_at = monotonic() + RESTART_AFTER;
	if (error)
		say_failure(error);
}

void sekisho_metrics_tell(struct sekisho_metrics_process *process,
			  const struct sekisho_collector_tally *tally)
{
	struct sekisho_metrics_shared *shared = process->shared;

	__atomic_store_n(&shared->number, shared->number + 1, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	shared->tally = *tally;
	__atomic_store_n(&shared->number, shared->number + 1, __ATOMIC_SEQ_CST);
	look_after(process);
}

void sekisho_metrics_read(const struct sekisho_metrics_shared *shared,
			  struct sekisho_collector_tally *tally)
{
	/* A collector that is stopped in the middle of it must not make this one spin. */
	for (unsigned int tries = 0; tries < READS_MAX; tries++) {
		uint32_t before = __atomic_load_n(&shared->number, __ATOMIC_SEQ_CST);

		*tally = shared->tally;
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (!(before & 1) && before == __atomic_load_n(&shared->number, __ATOMIC_SEQ_CST))
			return;
	}
}

void sekisho_metrics_stop(struct sekisho_metrics_process *process)
{
	if (!process)
		return;
	if (process->child) {
		close(process->alive);
		while (waitpid(process->child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	munmap(process->shared, sizeof(*process->shared));
	free(process);
}
