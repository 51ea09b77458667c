// SPDX-License-Identifier: GPL-2.0-only
/*
 * The collector's loop. Knows nothing of BPF.
 *
 * Beyond 600 lines: what was taken, what is on record and what was told as lost are one state, which
 * every step of the loop moves on.
 */
#include "collector.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define LOCK_NAME "collector.lock"

/* Who only looks whether a collector runs holds the lock, too, for a moment. */
#define LOCK_TRIES    50
#define LOCK_PAUSE_NS 20000000

/* After so many events the timers get their turn, however many more there are. */
#define EVENTS_A_TURN 4096
#define LAST_TURNS    64 /* at the end: more than the ring holds */

/* Each is read once more before it goes, which takes its time. */
#define REMOVALS_A_TURN 4

struct sekisho_collector {
	struct sekisho_log *log;
	struct sekisho_collector_source source;
	struct sekisho_audit_names names;
	struct sekisho_collector_options options;
	struct sekisho_collector_tally tally;
	struct sekisho_aggregate *aggregate;
	int run_directory;
	int lock;

	struct sekisho_record record;
	uint32_t turn; /* events since the loop was last in control */
	bool more; /* it wanted control back, so there may be others */
	uint64_t lost; /* records lost and not yet told of in the log, when last looked */
	uint64_t next_flush, next_counters; /* ns, monotonic */

	struct sekisho_rounds rounds;
	struct sekisho_retention retention;

	struct sekisho_watch_links *links;
	struct sekisho_watch_link *links_now;
	struct sekisho_watch_clock clock;
	struct sekisho_ledger *ledger;
	uint64_t unsettled; /* packets in records appended since the ledger was settled */
	struct sekisho_watch_losses told; /* on disk */
	struct sekisho_watch_losses telling; /* appended */
};

static uint32_t generation(const struct sekisho_collector *collector)
{
	const struct sekisho_collector_source *source = &collector->source;

	return source->generation ? source->generation(source->context) : 0;
}

static void tell_failure(struct sekisho_collector *collector, int error)
{
	const struct sekisho_collector_source *source = &collector->source;
	bool failing = error;

	if (failing == collector->tally.failing)
		return;
	collector->tally.failing = failing;
	if (source->log_failed)
		source->log_failed(source->context, failing, error);
}

/*
 * Losses of events count as told only once their record is on disk: if it is lost itself, the next
 * one tells of them again. Likewise packets count as settled when their records are on disk, or,
 * where those were lost, what tells that: until then a later collector has them missing.
 */
static void settle(struct sekisho_collector *collector, int error)
{
	struct sekisho_settled settled = *sekisho_ledger_settled(collector->ledger);

	if (error) {
		collector->telling = collector->told;
		return;
	}
	collector->told = collector->telling;
	settled.packets += collector->unsettled;
	settled.told = collector->told.tally;
	settled.wall_ns = collector->told.wall_ns;
	collector->unsettled = 0;
	if (sekisho_log_position(collector->log, &settled.position))
		sekisho_ledger_settle(collector->ledger, &settled);
}

/* Records that were lost since the last look. Return: how many. */
static uint64_t count_lost(struct sekisho_collector *collector)
{
	uint64_t lost = sekisho_log_lost(collector->log);
	uint64_t more = lost > collector->lost ? lost - collector->lost : 0;

	collector->lost = lost;
	collector->tally.lost_records += more;
	return more;
}

static void count_commit(struct sekisho_collector *collector, uint64_t pending, int error)
{
	struct sekisho_collector_tally *tally = &collector->tally;
	uint64_t lost = count_lost(collector);
	struct sekisho_stamp now;

	tally->commits++;
	tally->records += pending > lost ? pending - lost : 0;
	if (error) {
		tally->failures++;
		return;
	}
	sekisho_stamp_read(&now);
	tally->committed_ns = now.wall_ns;
}

static int commit(struct sekisho_collector *collector)
{
	uint64_t pending = sekisho_log_pending(collector->log);
	int error;

	/* Before a commit that tells of them. */
	count_lost(collector);
	if (!pending && !sekisho_log_lost(collector->log)) {
		/* For the time alone: what will be missing cannot be older than the last look. */
		settle(collector, 0);
		return 0;
	}
	error = sekisho_log_commit(collector->log);
	count_commit(collector, pending, error);
	settle(collector, error);
	tell_failure(collector, error);
	return error;
}

/*
 * Append what is in collector->record, which tells of so many @packets that were taken. What the log
 * does not take it counts.
 */
static void append_packets(struct sekisho_collector *collector, uint64_t packets)
{
	sekisho_log_append(collector->log, &collector->record);
	collector->unsettled += packets;
}

static bool is_due(const struct sekisho_collector *collector)
{
	return sekisho_log_pending(collector->log) >= collector->options.commit_records;
}

static void append(struct sekisho_collector *collector)
{
	append_packets(collector, 0);
	if (is_due(collector))
		commit(collector);
}

static void emit_denial(void *context, const struct sekisho_denial *denial)
{
	struct sekisho_collector *collector = context;

	if (denial->sample.flags & SEKISHO_AUDIT_MISMATCH)
		sekisho_convert_mismatch(&collector->record, denial, &collector->names);
	else
		sekisho_convert_deny(&collector->record, denial, &collector->names);
	append_packets(collector, denial->count);
	if (is_due(collector))
		commit(collector);
}

static uint64_t place(const struct sekisho_collector *collector)
{
	const struct sekisho_collector_source *source = &collector->source;

	return source->place ? source->place(source->context) : SEKISHO_LEDGER_NOWHERE;
}

/* Into the ledger before anything else: from here on it is missing, unless it comes again. */
static void take(struct sekisho_collector *collector, const struct sekisho_event *event,
		 uint64_t packets)
{
	const bool of_ring = !(event->flags & (SEKISHO_AUDIT_GUARD | SEKISHO_AUDIT_MISMATCH));

	sekisho_ledger_take(collector->ledger, packets,
			    of_ring ? place(collector) : SEKISHO_LEDGER_NOWHERE);
}

/*
 * Nothing is written from here: killed just then, what is on record would come again from the ring,
 * which has not let go of it.
 */
int sekisho_collector_event(struct sekisho_collector *collector, const struct sekisho_event *event)
{
	const uint64_t packets = event->suppressed + event->packets[0];

	collector->tally.events++;
	switch (event->type) {
	case SEKISHO_EVENT_PERMIT:
		take(collector, event, packets);
		sekisho_convert_permit(&collector->record, event, &collector->names);
		append_packets(collector, packets);
		break;
	case SEKISHO_EVENT_DENY:
		take(collector, event, packets);
		sekisho_aggregate_add(collector->aggregate, event);
		break;
	case SEKISHO_EVENT_FLOW_END:
		take(collector, event, 1);
		sekisho_convert_flow_end(&collector->record, event, &collector->names);
		append_packets(collector, 1);
		break;
	default:
		collector->tally.unknown++;
		break;
	}
	collector->more = ++collector->turn >= EVENTS_A_TURN || is_due(collector);
	return collector->more ? -EAGAIN : 0;
}

static void append_loss(struct sekisho_collector *collector, uint64_t then, uint64_t now,
			int64_t wall_ns, const char *cause)
{
	uint64_t count = sekisho_watch_since(then, now);
	int64_t start = collector->telling.wall_ns;

	if (!count)
		return;
	sekisho_convert_loss(&collector->record, generation(collector), collector->names.zone,
			     count, start ? start : wall_ns, wall_ns, cause);
	append(collector);
}

static void look_at_losses(struct sekisho_collector *collector, int64_t wall_ns)
{
	const struct sekisho_collector_source *source = &collector->source;
	struct sekisho_watch_losses then = collector->telling;
	struct sekisho_loss_tally now;

	if (!source->read_losses || source->read_losses(source->context, &now))
		return;
	if (now.ring_full == then.tally.ring_full && now.forgotten == then.tally.forgotten) {
		/* Nothing was lost until now: the next loss begins here. Not worth a write. */
		collector->told.wall_ns = collector->telling.wall_ns = wall_ns;
		return;
	}
	/* Both records belong to one commit, or a failure in between would tell one twice. */
	if (sekisho_log_pending(collector->log) + 2 >= collector->options.commit_records)
		commit(collector);
	append_loss(collector, then.tally.ring_full, now.ring_full, wall_ns, "ring-full");
	append_loss(collector, then.tally.forgotten, now.forgotten, wall_ns, "forgotten");
	collector->telling.tally = now;
	collector->telling.wall_ns = wall_ns;
}

static void tell_link(void *context, const char *interface, const char *state, const char *mode)
{
	struct sekisho_collector *collector = context;

	sekisho_convert_link(&collector->record, generation(collector), collector->names.zone,
			     interface, state, mode);
	append(collector);
}

static void look_at_links(struct sekisho_collector *collector)
{
	const struct sekisho_collector_source *source = &collector->source;
	int count;

	if (!source->read_links)
		return;
	count = source->read_links(source->context, collector->links_now, SEKISHO_WATCH_LINKS_MAX);
	if (count >= 0)
		sekisho_watch_links(collector->links, collector->links_now, (size_t)count,
				    tell_link, collector);
}

static void look_at_clock(struct sekisho_collector *collector, const struct sekisho_stamp *now)
{
	int64_t step_ms;
	bool before;

	if (!sekisho_watch_clock(&collector->clock, now, &step_ms, &before))
		return;
	sekisho_convert_clock(&collector->record, generation(collector), collector->names.zone,
			      step_ms, before, now->synchronised);
	append(collector);
}

/*
 * Records that were signed are not there any more, or others are: that is a loss, and the log says
 * so from here on, whoever put it back.
 */
static void tell_checkpoints(void *context, int error, const struct sekisho_checkpoint_state *state)
{
	struct sekisho_collector *collector = context;
	const struct sekisho_collector_source *source = &collector->source;
	struct sekisho_stamp now;

	if (error == -ESTALE && state && state->missing) {
		sekisho_stamp_read(&now);
		sekisho_convert_loss(&collector->record, generation(collector),
				     collector->names.zone, state->missing, now.wall_ns,
				     now.wall_ns, "rolled-back");
		append(collector);
	}
	if (source->checkpoints)
		source->checkpoints(source->context, error, state);
}

static void begin_checkpoints(struct sekisho_collector *collector)
{
	const struct sekisho_rounds_options options = {
		.keys = collector->options.keys,
		.records = collector->options.checkpoint_records,
		.ms = collector->options.checkpoint_ms,
		.context = collector,
		.tell = tell_checkpoints,
	};
	struct sekisho_stamp now;

	sekisho_stamp_read(&now);
	sekisho_rounds_begin(&collector->rounds, collector->log, &options, now.mono_ns);
	/* Before anything is written: who was here last left at least what was signed. */
	sekisho_rounds_go(&collector->rounds, now.mono_ns, false);
}

static void begin_retention(struct sekisho_collector *collector)
{
	const struct sekisho_collector_source *source = &collector->source;
	const struct sekisho_retention_options options = {
		.context = source->context,
		.days = source->log_days,
		.needed = source->log_needed,
		.tell = source->retention,
	};

	sekisho_retention_begin(&collector->retention, sekisho_log_directory(collector->log),
				&options);
}

/* First its record is on disk and signed, then a file goes: never the other way round. */
static bool remove_file(struct sekisho_collector *collector, const struct sekisho_stamp *now,
			const struct sekisho_removal *removal)
{
	sekisho_convert_retention(&collector->record, generation(collector), collector->names.zone,
				  removal);
	if (sekisho_log_append(collector->log, &collector->record) || commit(collector))
		return false;
	sekisho_rounds_go(&collector->rounds, now->mono_ns, true);
	return sekisho_retention_remove(&collector->retention, collector->rounds.checkpointer,
					removal, sekisho_log_next(collector->log) - 1);
}

static void remove_old_files(struct sekisho_collector *collector, const struct sekisho_stamp *now)
{
	struct sekisho_removal removal;

	for (int files = 0; files < REMOVALS_A_TURN; files++)
		if (!sekisho_retention_due(&collector->retention, collector->rounds.checkpointer,
					   now, &removal) ||
		    !remove_file(collector, now, &removal))
			return;
}

static void take_counters(struct sekisho_collector *collector)
{
	const struct sekisho_collector_source *source = &collector->source;
	struct sekisho_audit_counters counters = { 0 };

	if (!source->read_counters || source->read_counters(source->context, &counters))
		return;
	sekisho_convert_counters(&collector->record, generation(collector), collector->names.zone,
				 &counters);
	append(collector);
}

static void take_events(struct sekisho_collector *collector)
{
	const struct sekisho_collector_source *source = &collector->source;

	collector->turn = 0;
	collector->more = false;
	source->poll_events(source->context, collector);
	if (is_due(collector))
		commit(collector);
}

/* All that is there. Bounded, since under a flood there would always be more. */
static void take_last_events(struct sekisho_collector *collector)
{
	for (int turns = 0; turns < LAST_TURNS; turns++) {
		take_events(collector);
		if (!collector->more)
			return;
	}
}

static void flush(struct sekisho_collector *collector, const struct sekisho_stamp *now)
{
	sekisho_aggregate_flush(collector->aggregate, emit_denial, collector);
	look_at_losses(collector, now->wall_ns);
	look_at_links(collector);
}

static void tick(struct sekisho_collector *collector)
{
	const struct sekisho_collector_options *options = &collector->options;
	struct sekisho_stamp now;

	take_events(collector);
	sekisho_stamp_read(&now);
	look_at_clock(collector, &now);
	if (now.mono_ns >= collector->next_flush) {
		collector->next_flush = now.mono_ns + options->flush_ms * 1000000ull;
		flush(collector, &now);
	}
	if (now.mono_ns >= collector->next_counters) {
		collector->next_counters = now.mono_ns + options->counters_ms * 1000000ull;
		take_counters(collector);
	}
	commit(collector);
	sekisho_rounds_go(&collector->rounds, now.mono_ns, false);
	remove_old_files(collector, &now);
	if (collector->source.told)
		collector->source.told(collector->source.context, &collector->tally);
}

enum {
	FD_SIGNAL,
	FD_TIMER,
	FD_EVENTS,
	FDS
};

static int wait_and_collect(struct sekisho_collector *collector, struct pollfd *fds,
			    const char **stopped_by)
{
	for (;;) {
		uint64_t expirations;

		if (poll(fds, FDS, -1) < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (fds[FD_SIGNAL].revents) {
			struct signalfd_siginfo info;

			if (read(fds[FD_SIGNAL].fd, &info, sizeof(info)) != sizeof(info))
				return -EIO;
			*stopped_by = info.ssi_signo == SIGINT ? "SIGINT" : "SIGTERM";
			return 0;
		}
		if (fds[FD_TIMER].revents) {
			if (read(fds[FD_TIMER].fd, &expirations, sizeof(expirations)) > 0)
				tick(collector);
		} else if (fds[FD_EVENTS].revents) {
			/* A broken descriptor must not make the loop spin: the ticks still poll. */
			if (fds[FD_EVENTS].revents & (POLLERR | POLLNVAL))
				fds[FD_EVENTS].fd = -1;
			take_events(collector);
		}
	}
}

static int open_timer(uint32_t ms)
{
	const struct timespec period = { ms / 1000, ms % 1000 * 1000000L };
	const struct itimerspec spec = { period, period };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd >= 0)
		timerfd_settime(fd, 0, &spec, NULL);
	return fd;
}

/*
 * What an earlier collector took and did not write: it was killed, or could not write when it ended.
 * What it wrote and did not live to settle is settled first.
 */
static void tell_unwritten(struct sekisho_collector *collector, int64_t wall_ns)
{
	struct sekisho_settled settled;
	uint64_t missing;

	sekisho_ledger_recover(collector->ledger, sekisho_log_directory(collector->log),
			       place(collector), &settled, &missing);
	if (sekisho_log_position(collector->log, &settled.position))
		sekisho_ledger_settle(collector->ledger, &settled);
	collector->told.tally = settled.told;
	collector->told.wall_ns = settled.wall_ns;
	collector->telling = collector->told;
	if (!missing)
		return;
	sekisho_convert_loss(&collector->record, generation(collector), collector->names.zone,
			     missing, settled.wall_ns ? settled.wall_ns : wall_ns, wall_ns,
			     "unwritten");
	append_packets(collector, missing);
}

static int start(struct sekisho_collector *collector)
{
	struct sekisho_stamp now;

	sekisho_stamp_read(&now);
	collector->tally.started_ns = now.wall_ns;
	sekisho_convert_run(&collector->record, SEKISHO_RECORD_START, generation(collector),
			    collector->names.zone, "collect", collector->options.version, NULL);
	append(collector);
	tell_unwritten(collector, now.wall_ns);
	begin_checkpoints(collector);
	begin_retention(collector);
	tick(collector);
	return 0;
}

static int stop(struct sekisho_collector *collector, const char *reason)
{
	struct sekisho_stamp now;
	int error, late;

	take_last_events(collector);
	sekisho_stamp_read(&now);
	flush(collector, &now);
	take_counters(collector);
	sekisho_convert_run(&collector->record, SEKISHO_RECORD_STOP, generation(collector),
			    collector->names.zone, "collect", collector->options.version, reason);
	append(collector);
	error = commit(collector);
	sekisho_rounds_go(&collector->rounds, now.mono_ns, true);
	/* What the round itself had to tell. */
	late = commit(collector);
	sekisho_rounds_end(&collector->rounds);
	return error ? error : late;
}

int sekisho_collector_run(struct sekisho_collector *collector)
{
	struct pollfd fds[FDS] = {
		[FD_SIGNAL] = { -1, POLLIN, 0 },
		[FD_TIMER] = { -1, POLLIN, 0 },
		[FD_EVENTS] = { collector->source.events_fd, POLLIN, 0 },
	};
	const char *stopped_by = "error";
	sigset_t signals, before;
	int error, stop_error;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, &before);
	fds[FD_SIGNAL].fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	fds[FD_TIMER].fd = open_timer(collector->options.commit_ms);
	error = fds[FD_SIGNAL].fd < 0 || fds[FD_TIMER].fd < 0 ? -errno : start(collector);
	if (!error) {
		error = wait_and_collect(collector, fds, &stopped_by);
		stop_error = stop(collector, stopped_by);
		if (!error)
			error = stop_error;
	}
	if (fds[FD_SIGNAL].fd >= 0)
		close(fds[FD_SIGNAL].fd);
	if (fds[FD_TIMER].fd >= 0)
		close(fds[FD_TIMER].fd);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return error;
}

static int take_lock(int fd)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };

	for (int tries = 0; tries < LOCK_TRIES; tries++) {
		if (!flock(fd, LOCK_EX | LOCK_NB))
			return 0;
		if (errno != EWOULDBLOCK)
			return -errno;
		nanosleep(&pause, NULL);
	}
	return -EBUSY;
}

static int lock_run_directory(struct sekisho_collector *collector)
{
	int error;

	collector->run_directory =
		open(collector->options.run_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (collector->run_directory < 0)
		return -errno;
	collector->lock = openat(collector->run_directory, LOCK_NAME,
				 O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (collector->lock < 0)
		return -errno;
	error = take_lock(collector->lock);
	if (error)
		return error;
	/* For people: which process it is. */
	if (!ftruncate(collector->lock, 0))
		dprintf(collector->lock, "%d\n", getpid());
	return 0;
}

static void set_defaults(struct sekisho_collector_options *options)
{
	options->commit_ms = options->commit_ms ?: 200;
	options->commit_records = options->commit_records ?: 4096;
	options->flush_ms = options->flush_ms ?: 1000;
	options->counters_ms = options->counters_ms ?: 60000;
	if (!options->limits.rows)
		options->limits = SEKISHO_AGGREGATE_LIMITS;
}

int sekisho_collector_new(struct sekisho_collector **collector, struct sekisho_log *log,
			  const struct sekisho_collector_source *source,
			  const struct sekisho_audit_names *names,
			  const struct sekisho_collector_options *options)
{
	struct sekisho_collector *made = calloc(1, sizeof(*made));
	int error;

	*collector = NULL;
	if (!made)
		return -ENOMEM;
	made->log = log;
	made->source = *source;
	made->names = *names;
	made->options = *options;
	made->run_directory = made->lock = -1;
	set_defaults(&made->options);
	made->aggregate = sekisho_aggregate_new(&made->options.limits);
	made->links = calloc(1, sizeof(*made->links));
	made->links_now = calloc(SEKISHO_WATCH_LINKS_MAX, sizeof(*made->links_now));
	error = made->aggregate && made->links && made->links_now ? lock_run_directory(made)
								  : -ENOMEM;
	if (!error)
		error = sekisho_ledger_open(&made->ledger, made->run_directory);
	if (error) {
		sekisho_collector_free(made);
		return error;
	}
	*collector = made;
	return 0;
}

void sekisho_collector_free(struct sekisho_collector *collector)
{
	if (!collector)
		return;
	sekisho_ledger_close(collector->ledger);
	if (collector->lock >= 0)
		close(collector->lock);
	if (collector->run_directory >= 0)
		close(collector->run_directory);
	sekisho_rounds_end(&collector->rounds);
	sekisho_aggregate_free(collector->aggregate);
	free(collector->links);
	free(collector->links_now);
	free(collector);
}

void sekisho_collector_tally(const struct sekisho_collector *collector,
			     struct sekisho_collector_tally *tally)
{
	*tally = collector->tally;
}
