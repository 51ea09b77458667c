// SPDX-License-Identifier: GPL-2.0-only
/*
 * `collect`: the long-running collector. Joins the loop of audit/collector.h to the running
 * filter. No packet waits for it; while it is down the policy stays in force and the gap is
 * recorded.
 */
#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "audit/collector.h"
#include "audit/files.h"
#include "audit/position.h"
#include "command/audit_logs.h"
#include "command/audit_place.h"
#include "command/checkpoint_words.h"
#include "command/commands.h"
#include "command/context.h"
#include "command/forward_place.h"
#include "command/metrics_process.h"
#include "command/watched.h"
#include "kernel/module.h"
#include "sekisho/version.h"
#include "ui/message.h"
#include "ui/say.h"

#define CHECKPOINT_SECONDS_MAX 86400

static const struct sekisho_option options[] = {
	{ "once", NULL, false, N_("take what is there, then end") },
	{ "checkpoint-records", "N", false,
	  N_("sign a checkpoint after N records; default: 1000") },
	{ "checkpoint-seconds", "N", false, N_("and after N seconds; default: 60") },
	{ "metrics", "ADDR:PORT|unix:PATH", false, N_("serve metrics for Prometheus there") },
	{ "metrics-any", NULL, false, N_("even where other hosts can reach it") },
	{ "metrics-file", "FILE", false, N_("write them for node_exporter every 15 s") },
	{ 0 },
};

/* Interfaces whose names are remembered. */
#define NAMES_REMEMBERED 64

struct named {
	uint32_t ifindex; /* 0: none */
	char name[IF_NAMESIZE];
};

struct collect {
	struct sekisho_context *context;
	struct sekisho_watched *watched;
	struct ring_buffer *ring; /* NULL: nothing is in force */
	const uint64_t *place; /* how far the ring has let go; NULL: not known */
	struct sekisho_collector *taker; /* for the ring's callback, while it is read */
	char keys[PATH_MAX]; /* the directory of the keys that sign */
	char positions[PATH_MAX]; /* of those to whom the log is forwarded */
	uint64_t checkpoint_records, checkpoint_seconds; /* 0: not given */
	struct named named[NAMES_REMEMBERED];
	int events; /* an epoll of its own, so that the ring behind it can change */
	struct sekisho_metrics_wanted wanted;
	struct sekisho_metrics_process *metrics; /* NULL: nobody wants them */
};

static int take_event(void *context, void *data, size_t bytes)
{
	const struct collect *collect = context;

	/* Another version's events may be shorter; they are not of this one's making. */
	if (bytes < sizeof(struct sekisho_event))
		return 0;
	return sekisho_collector_event(collect->taker, data);
}

static int take_denial(void *context, const struct sekisho_event *event)
{
	return sekisho_collector_event(context, event);
}

static int poll_events(void *context, struct sekisho_collector *collector)
{
	struct collect *collect = context;

	sekisho_watched_routes(collect->watched);
	sekisho_watched_guard(collect->watched, take_denial, collector);
	if (!collect->ring)
		return 0;
	collect->taker = collector;
	return ring_buffer__consume(collect->ring);
}

static uint64_t place(void *context)
{
	const struct collect *collect = context;

	return collect->place ? __atomic_load_n(collect->place, __ATOMIC_ACQUIRE)
			      : SEKISHO_LEDGER_NOWHERE;
}

static void leave_ring(struct collect *collect)
{
	if (collect->place)
		munmap((void *)collect->place, (size_t)sysconf(_SC_PAGESIZE));
	collect->place = NULL;
	ring_buffer__free(collect->ring);
	collect->ring = NULL;
}

/* Its first page holds how far it was read. */
static const uint64_t *map_place(int ring)
{
	void *page = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ, MAP_SHARED, ring, 0);

	return page == MAP_FAILED ? NULL : page;
}

/* Read the ring of the engine that is now open. */
static void change_ring(struct collect *collect)
{
	const struct sekisho_engine *engine = collect->context->engine;
	struct epoll_event event = { .events = EPOLLIN };
	int ring;

	/* All of it: nobody looks there again. */
	while (collect->ring && collect->taker && ring_buffer__consume(collect->ring) == -EAGAIN)
		;
	leave_ring(collect);
	if (!engine)
		return;
	ring = engine->maps[SEKISHO_MAP_EVENTS].fd;
	collect->ring = ring_buffer__new(ring, take_event, collect, NULL);
	if (!collect->ring) {
		sekisho_say(_("the events cannot be read: %s"), strerror(errno));
		return;
	}
	collect->place = map_place(ring);
	/* A closed ring leaves the epoll by itself. */
	epoll_ctl(collect->events, EPOLL_CTL_ADD, ring_buffer__epoll_fd(collect->ring), &event);
}

static int read_links(void *context, struct sekisho_watch_link *links, size_t max)
{
	struct collect *collect = context;

	if (sekisho_watched_look(collect->watched))
		change_ring(collect);
	return sekisho_watched_links(collect->watched, links, max);
}

static int read_counters(void *context, struct sekisho_audit_counters *counters)
{
	const struct collect *collect = context;

	return sekisho_watched_counters(collect->watched, counters);
}

static int read_losses(void *context, struct sekisho_loss_tally *losses)
{
	const struct collect *collect = context;

	return sekisho_watched_losses(collect->watched, losses);
}

static uint32_t generation(void *context)
{
	const struct collect *collect = context;

	return sekisho_context_generation(collect->context);
}

static void log_failed(void *context, bool failed, int error)
{
	struct collect *collect = context;

	if (failed)
		sekisho_say(_("the audit log cannot be written: %s"), strerror(abs(error)));
	else
		sekisho_say(_("the audit log can be written again"));
	sekisho_watched_log_failed(collect->watched, failed);
}

static void checkpoints(void *context, int error, const struct sekisho_checkpoint_state *state)
{
	const struct collect *collect = context;

	if (error)
		sekisho_checkpoint_say(error, state, collect->keys);
	else
		sekisho_say(_("checkpoints are signed again"));
}

static uint32_t log_days(void *context)
{
	const struct collect *collect = context;

	return sekisho_watched_log_days(collect->watched);
}

static uint64_t log_needed(void *context)
{
	const struct collect *collect = context;

	return sekisho_position_least(collect->positions);
}

static void retention(void *context, enum sekisho_retention_trouble trouble, uint64_t first)
{
	const struct collect *collect = context;
	char file[SEKISHO_FILE_NAME_BYTES];

	sekisho_file_name(file, first);
	switch (trouble) {
	case SEKISHO_RETENTION_FINE:
		break;
	case SEKISHO_RETENTION_CLOCK:
		sekisho_say(_("no old records are removed while the clock is not synchronised"));
		break;
	case SEKISHO_RETENTION_NEEDED:
		sekisho_say(_("%s of the audit log stays: not all of it was forwarded"), file);
		sekisho_say_hint(_("for a receiver that is no more, remove its position from %s"),
				 collect->positions);
		break;
	case SEKISHO_RETENTION_CHANGED:
		sekisho_say(_("%s of the audit log stays: it is not what was signed"), file);
		sekisho_say_hint(_("'sekishoctl audit verify' says where it differs"));
		break;
	case SEKISHO_RETENTION_ERROR:
		sekisho_say(_("%s of the audit log stays: it could not be read or removed, or its "
			      "removal "
			      "not be signed for"),
			    file);
		break;
	}
}

/* In the process that serves metrics, which has its own. */
static void let_go(void *context)
{
	struct collect *collect = context;

	leave_ring(collect);
	sekisho_engine_close(collect->context->engine);
	sekisho_module_close(collect->context->module);
	collect->context->engine = NULL;
	collect->context->module = NULL;
}

static void told(void *context, const struct sekisho_collector_tally *tally)
{
	struct collect *collect = context;

	memset(collect->named, 0, sizeof(collect->named));
	if (collect->metrics)
		sekisho_metrics_tell(collect->metrics, tally);
}

static const char *segment_name(void *context, uint16_t segment)
{
	const struct collect *collect = context;

	return sekisho_watched_segment(collect->watched, segment);
}

/* To ask the kernel takes a socket; so a name is remembered until the next tick. */
static const char *interface_name(void *context, uint32_t ifindex)
{
	struct collect *collect = context;
	struct named *named = &collect->named[ifindex % NAMES_REMEMBERED];

	if (named->ifindex != ifindex) {
		if (!if_indextoname(ifindex, named->name))
			return NULL;
		named->ifindex = ifindex;
	}
	return named->name;
}

static size_t flow_macs(void *context, const char *flow, char (*macs)[SEKISHO_MAC_BYTES],
			size_t max)
{
	const struct collect *collect = context;

	return sekisho_watched_macs(collect->watched, flow, macs, max);
}

static int run(struct collect *collect, struct sekisho_log *log)
{
	const struct sekisho_collector_source source = {
		.context = collect,
		.events_fd = collect->events,
		.poll_events = poll_events,
		.place = place,
		.read_counters = read_counters,
		.read_losses = read_losses,
		.read_links = read_links,
		.generation = generation,
		.log_failed = log_failed,
		.checkpoints = checkpoints,
		.log_days = log_days,
		.log_needed = log_needed,
		.retention = retention,
		.told = told,
	};
	const struct sekisho_audit_names names = {
		.context = collect,
		.zone = sekisho_context_zone(collect->context),
		.segment = segment_name,
		.interface = interface_name,
		.macs = flow_macs,
	};
	const struct sekisho_collector_options settings = {
		.run_directory = collect->context->run,
		.version = SEKISHO_VERSION,
		.keys = collect->keys,
		.checkpoint_records = collect->checkpoint_records,
		.checkpoint_ms = (uint32_t)collect->checkpoint_seconds * 1000,
	};
	struct sekisho_collector *collector;
	int error = sekisho_collector_new(&collector, log, &source, &names, &settings);

	if (error == -EBUSY) {
		sekisho_say(_("another collector is running"));
		return error;
	}
	if (!error) {
		/* Only the one collector of the host; without metrics it goes on. */
		if (collect->wanted.endpoint || collect->wanted.file)
			collect->metrics = sekisho_metrics_start(collect->context, &collect->wanted,
								 let_go, collect);
		error = sekisho_collector_run(collector);
		sekisho_metrics_stop(collect->metrics);
		collect->metrics = NULL;
		/* Nobody takes events any more. */
		collect->taker = NULL;
		sekisho_collector_free(collector);
	}
	if (error)
		sekisho_say(_("the collector ended: %s"), strerror(-error));
	return error;
}

/* A signal that waits ends the loop after its first round. */
static void end_at_once(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	raise(SIGTERM);
}

static int collect_into(struct collect *collect)
{
	struct sekisho_context *context = collect->context;
	struct sekisho_log_options settings = { .zone = sekisho_context_zone(context) };
	char directory[PATH_MAX];
	struct sekisho_log *log;
	int error;

	sekisho_audit_directory(context, directory);
	settings.directory = directory;
	error = sekisho_log_open(&log, &settings);
	if (error) {
		sekisho_say(_("the audit log in %s cannot be written: %s"), directory,
			    strerror(-error));
		return error;
	}
	if (sekisho_context_option(context, "once"))
		end_at_once();
	error = run(collect, log);
	sekisho_log_close(log);
	return error;
}

static int collect_events(struct sekisho_context *context)
{
	struct collect collect = { .context = context };
	int error = sekisho_metrics_wanted(context, &collect.wanted);

	if (error)
		return error;
	if (!sekisho_context_number(context, "checkpoint-records", 1, INT64_MAX,
				    &collect.checkpoint_records) ||
	    !sekisho_context_number(context, "checkpoint-seconds", 1, CHECKPOINT_SECONDS_MAX,
				    &collect.checkpoint_seconds))
		return SEKISHO_EXIT_USAGE;
	sekisho_audit_keys(context, collect.keys);
	sekisho_forward_positions(context, collect.positions);
	if (sekisho_context_prepare(context))
		return SEKISHO_EXIT_REFUSED;
	/* Without a policy it waits for one; without the right to see one it does not. */
	error = sekisho_context_engine(context);
	if (error && error != -ENOENT)
		return SEKISHO_EXIT_REFUSED;
	collect.events = epoll_create1(EPOLL_CLOEXEC);
	collect.watched = sekisho_watched_new(context, collect.events);
	error = collect.watched && collect.events >= 0 ? 0 : -ENOMEM;
	if (error) {
		sekisho_say(_("out of memory"));
	} else {
		sekisho_watched_look(collect.watched);
		change_ring(&collect);
		error = collect_into(&collect);
	}
	leave_ring(&collect);
	if (collect.events >= 0)
		close(collect.events);
	sekisho_watched_free(collect.watched);
	return error ? SEKISHO_EXIT_REFUSED : SEKISHO_EXIT_DONE;
}

const struct sekisho_subcommand cmd_collect = {
	.name = "collect",
	.run = collect_events,
	.summary = N_("write events, counters and changes of ports into the audit log"),
	.operands = "",
	.options = options,
};
