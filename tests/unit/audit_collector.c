// SPDX-License-Identifier: GPL-2.0-only
/*
 * The collector's loop, from events and totals to records, with a source that the test plays.
 *
 * The source goes from step to step, one a poll; the last step sends SIGTERM.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/collector.h"
#include "audit/verify.h"
#include "ktap.h"
#include "scratch.h"

static char root[] = "/tmp/sekisho-audit-collector-XXXXXX";

enum play_end {
	LIVE,
	KILL_IN_EVENT,
	KILL_BETWEEN
};

struct play {
	unsigned int polls, last_poll;
	unsigned int events_a_poll;
	struct sekisho_loss_tally losses;
	struct sekisho_watch_link links[2];
	int link_count;
	bool full; /* the disk is, from the third poll to the sixth */
	unsigned int failures, recoveries;
	int events_fd;
	uint64_t taken, denied;
	uint64_t at; /* where in the ring the event is that is given, or the next one */
	uint64_t last; /* the end of the ring; 0: it has none */
	enum play_end ends; /* where @at is @kill_at */
	uint64_t kill_at;
	uint32_t commit_records; /* 0: the default */
	const struct sekisho_log *log;
	bool wrote_within; /* while the ring held on to an event */
	struct sekisho_collector_tally told; /* last */
};

static void limit_file_size(rlim_t bytes)
{
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){ bytes, RLIM_INFINITY });
}

static struct sekisho_event event_of(uint8_t type, unsigned int number)
{
	return (struct sekisho_event){
		.type = type,
		.reason = type == SEKISHO_EVENT_DENY ? SEKISHO_REASON_NO_FLOW
						     : SEKISHO_REASON_PERMIT_NEW,
		.wall_ns = 1774969200000000000,
		.generation = 7,
		.flags = SEKISHO_EVENT_IPV4,
		.protocol = 6,
		.from = 1,
		.to = 2,
		.source = { 0, 0, 0xffff0000, number },
		.destination = { 0, 0, 0xffff0000, 1 },
		.packets = { 1 },
		.bytes = { 60 },
	};
}

static void kill_at(const struct play *play, enum play_end ends)
{
	if (play && play->ends == ends && play->at == play->kill_at)
		kill(getpid(), SIGKILL);
}

/* As a ring does: what was given and not let go of comes again. */
static void give_ring(struct play *play, struct sekisho_collector *collector)
{
	for (unsigned int i = 0; i < play->events_a_poll && play->at < play->last; i++) {
		struct sekisho_event event = event_of((uint8_t)(1 + play->at % 3), play->at % 7);
		uint64_t next;
		int given;

		event.suppressed = event.type == SEKISHO_EVENT_FLOW_END ? 0 : play->at % 5;
		next = sekisho_log_next(play->log);
		given = sekisho_collector_event(collector, &event);
		play->wrote_within |= sekisho_log_next(play->log) != next;
		play->at++;
		kill_at(play, KILL_BETWEEN);
		if (given == -EAGAIN)
			return;
	}
}

static uint64_t place(void *context)
{
	return ((const struct play *)context)->at;
}

static int poll_events(void *context, struct sekisho_collector *collector)
{
	struct play *play = context;
	unsigned int i;

	play->polls++;
	if (play->full && play->polls == 3)
		limit_file_size(1);
	if (play->full && play->polls == 6)
		limit_file_size(RLIM_INFINITY);
	if (play->polls == play->last_poll)
		kill(getpid(), SIGTERM);
	if (play->last)
		give_ring(play, collector);
	if (play->polls > play->last_poll || play->last)
		return 0;
	for (i = 0; i < play->events_a_poll; i++) {
		struct sekisho_event event = event_of((uint8_t)(1 + i % 4), i);

		play->taken++;
		play->denied += event.type == SEKISHO_EVENT_DENY;
		if (sekisho_collector_event(collector, &event) == -EAGAIN)
			break;
	}
	return 0;
}

static int read_counters(void *context, struct sekisho_audit_counters *counters)
{
	(void)context;
	*counters = (struct sekisho_audit_counters){ .frames = 5, .permitted = 3, .denied = 2 };
	return 0;
}

static int read_losses(void *context, struct sekisho_loss_tally *losses)
{
	*losses = ((struct play *)context)->losses;
	return 0;
}

/* From the second look on, the second link is gone and the first has lost its program. */
static int read_links(void *context, struct sekisho_watch_link *links, size_t max)
{
	struct play *play = context;
	int count = play->link_count;

	if (max < 2)
		return -EINVAL;
	memcpy(links, play->links, sizeof(play->links));
	play->link_count = 1;
	play->links[0].mode[0] = '\0';
	return count;
}

static void log_failed(void *context, bool failed, int error)
{
	struct play *play = context;

	if (failed && error)
		play->failures++;
	if (!failed && !error)
		play->recoveries++;
}

static void told(void *context, const struct sekisho_collector_tally *tally)
{
	struct play *play = context;

	play->told = *tally;
}

static const char *segment(void *context, uint16_t number)
{
	kill_at(context, KILL_IN_EVENT);
	return number == 1 ? "mynumber" : "lgwan";
}

static uint64_t pending_bytes; /* 0: the default */

static struct sekisho_log *open_log(const char *origin)
{
	const struct sekisho_log_options options = { .directory = root,
						     .origin = origin,
						     .zone = 32400,
						     .no_sync = true,
						     .pending_bytes = pending_bytes };
	struct sekisho_log *log;

	if (sekisho_log_open(&log, &options))
		exit(1);
	return log;
}

static int make(struct sekisho_collector **collector, struct sekisho_log *log, struct play *play)
{
	const struct sekisho_collector_source source = {
		.context = play,
		.events_fd = play->events_fd,
		.poll_events = poll_events,
		.place = place,
		.read_counters = read_counters,
		.read_losses = read_losses,
		.read_links = play->link_count ? read_links : NULL,
		.log_failed = log_failed,
		.told = told,
	};
	const struct sekisho_audit_names names = { .context = play,
						   .zone = 32400,
						   .segment = segment };
	const struct sekisho_collector_options options = { .run_directory = root,
							   .commit_ms = 5,
							   .commit_records = play->commit_records,
							   .flush_ms = 20,
							   .counters_ms = 30 };

	return sekisho_collector_new(collector, log, &source, &names, &options);
}

static int collect(const char *origin, struct play *play, struct sekisho_collector_tally *tally)
{
	struct sekisho_log *log = open_log(origin);
	struct sekisho_collector *collector;
	int error = make(&collector, log, play);

	if (error)
		exit(1);
	play->log = log;
	error = sekisho_collector_run(collector);
	sekisho_collector_tally(collector, tally);
	sekisho_collector_free(collector);
	sekisho_log_close(log);
	return error;
}

static struct sekisho_verify_result verify(const char *origin)
{
	struct sekisho_verify_result result = { 0 };
	char path[128];
	int directory;

	snprintf(path, sizeof(path), "%s/%s", root, origin);
	directory = open(path, O_RDONLY | O_DIRECTORY);
	if (sekisho_verify(directory, NULL, &result))
		result.defect = SEKISHO_DEFECT_FORM;
	close(directory);
	return result;
}

/* How many records of the log hold @what. */
static unsigned int count(const char *origin, const char *what)
{
	static char line[SEKISHO_RECORD_LINE_BYTES + 1];
	unsigned int found = 0;
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s/00000000000000000000.jsonl", root, origin);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		found += strstr(line, what) != NULL;
	if (file)
		fclose(file);
	return found;
}

/* The sum of `count` over the records that hold @what. */
static uint64_t sum_of(const char *origin, const char *what)
{
	static char line[SEKISHO_RECORD_LINE_BYTES + 1];
	uint64_t sum = 0;
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s/00000000000000000000.jsonl", root, origin);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (strstr(line, what))
			sum += strtoull(strstr(line, "\"count\":") + 8, NULL, 10);
	if (file)
		fclose(file);
	return sum;
}

static void test_day(void)
{
	struct play play = {
		.last_poll = 20,
		.events_a_poll = 40,
		.losses = { 3, 0 },
		.links = { { "mn0", "native" }, { "lg0", "generic" } },
		.link_count = 2,
		.events_fd = -1,
	};
	struct sekisho_collector_tally tally;
	struct sekisho_verify_result result;
	int error = collect("day", &play, &tally);

	result = verify("day");
	ok(!error && !result.defect, "a run ends with SIGTERM, its log is good");
	ok(count("day", "\"type\":\"start\"") == 1 && count("day", "\"reason\":\"SIGTERM\"") == 1,
	   "with a start and a stop");
	ok(tally.events == 800 && tally.unknown == 200, "every event was taken");
	ok(tally.records == result.records && !tally.lost_records && tally.started_ns &&
		   tally.committed_ns >= tally.started_ns && !tally.failing,
	   "it knows what it wrote");
	ok(play.told.events && play.told.events <= tally.events && play.told.records &&
		   play.told.records < tally.records && play.told.started_ns == tally.started_ns,
	   "and tells of it while it runs");
	ok(count("day", "\"type\":\"permit\"") == 200 &&
		   count("day", "\"type\":\"flow.end\"") == 200,
	   "each connection has its records");
	ok(sum_of("day", "\"type\":\"deny\"") == 200 && count("day", "\"type\":\"deny\"") < 200,
	   "denials are added up, none is missing");
	ok(count("day", "\"breach\":\"mynumber>lgwan\"") == count("day", "\"type\":\"deny\""),
	   "names come from the source");
	ok(count("day", "\"type\":\"counters\"") >= 2, "counters are taken");
	ok(result.losses == 1 && result.lost == 3, "losses of events are told once");
	ok(count("day", "\"interface\":\"mn0\",\"state\":\"attached\",\"mode\":\"native\"") == 1 &&
		   count("day", "\"interface\":\"lg0\",\"state\":\"gone\"") == 1 &&
		   count("day", "\"interface\":\"mn0\",\"state\":\"detached\"") == 1,
	   "links are told of when they change");
	play.polls = 0;
	play.losses.ring_full = 5;
	play.losses.forgotten = 1;
	collect("day", &play, &tally);
	result = verify("day");
	ok(!result.defect && result.losses == 3 && result.lost == 6,
	   "the next run tells what was lost between");
}

/* As after a reboot, when the maps begin anew. */
static void forget_losses(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/collector.ledger", root);
	unlink(path);
}

static void test_full(void)
{
	struct play play = { .last_poll = 12,
			     .events_a_poll = 4,
			     .losses = { 9, 1 },
			     .full = true,
			     .events_fd = -1 };
	struct sekisho_collector_tally tally;
	struct sekisho_verify_result result;
	int error;

	signal(SIGXFSZ, SIG_IGN);
	forget_losses();
	error = collect("full", &play, &tally);
	result = verify("full");
	ok(!error && !result.defect, "a disk that is full for a while does not end it");
	ok(play.failures == 1 && play.recoveries == 1 && tally.failures,
	   "its source is told, twice");
	/* The other ten were events, of which the log tells as well. */
	ok(tally.lost_records == result.lost - 10 && tally.lost_records && !tally.failing &&
		   tally.records + result.losses >= result.records &&
		   tally.records <= result.records,
	   "it knows how many records were lost, and that it writes again");
	ok(result.losses && count("full", "\"cause\":\"disk-full\"") == 1,
	   "and the log says what is missing");
}

/* More than the log keeps in memory between two commits: that is lost too. */
static void test_choked(void)
{
	struct play play = { .last_poll = 5, .events_a_poll = 400, .events_fd = -1 };
	struct sekisho_collector_tally tally;
	struct sekisho_verify_result result;

	forget_losses();
	pending_bytes = 16384;
	collect("choked", &play, &tally);
	pending_bytes = 0;
	result = verify("choked");
	ok(tally.lost_records && tally.lost_records == result.lost && !tally.failures,
	   "it knows of records that the log did not take");
}

/* Losses of events whose own record was lost are told again. */
static void test_lost_losses(void)
{
	struct sekisho_collector_tally tally;
	struct sekisho_verify_result result;
	struct play play = { .last_poll = 3, .losses = { 100, 0 }, .events_fd = -1 };

	forget_losses();
	limit_file_size(1);
	collect("again", &play, &tally);
	limit_file_size(RLIM_INFINITY);
	ok(play.failures == 1 && !verify("again").records, "nothing of a run could be written");
	play.polls = 0;
	collect("again", &play, &tally);
	result = verify("again");
	ok(result.lost == 100, "the next one tells of the events it lost");
}

static void test_flood(void)
{
	struct play play = { .last_poll = 30, .events_a_poll = 1000000 };
	struct sekisho_collector_tally tally;
	int error;

	play.events_fd = eventfd(1, EFD_CLOEXEC);
	error = collect("flood", &play, &tally);
	close(play.events_fd);
	ok(!error && tally.events == play.taken && play.taken <= 30 * 4096 &&
		   !verify("flood").defect && sum_of("flood", "\"type\":\"deny\"") == play.denied,
	   "a flood leaves the loop in control");
}

static void ring_of_threes(struct play *play, uint64_t first)
{
	play->polls = 0;
	play->last_poll = 12;
	play->events_a_poll = 50;
	play->events_fd = -1;
	play->at = first;
	play->last = 400;
}

/* A collector in a process of its own, killed where @play says. */
static void collect_and_die(const char *origin, struct play *play)
{
	struct sekisho_collector_tally tally;
	pid_t child = fork();
	int status = 0;

	if (!child) {
		collect(origin, play, &tally);
		_exit(1);
	}
	waitpid(child, &status, 0);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "%s: a collector is killed", origin);
}

/* What a killed collector left unwritten is told by the next one, not a packet more or less. */
static void test_killed(const char *origin, enum play_end ends, uint64_t first_kill,
			uint64_t second_kill)
{
	const uint64_t kills[] = { first_kill, second_kill };
	struct sekisho_collector_tally tally;
	struct play play = { .ends = ends };
	uint64_t given = 0, wrote, told;

	forget_losses();
	ring_of_threes(&play, 0);
	for (size_t i = 0; i < sizeof(kills) / sizeof(*kills); i++) {
		play.kill_at = kills[i];
		collect_and_die(origin, &play);
		ring_of_threes(&play, kills[i]);
	}
	play.ends = LIVE;
	collect(origin, &play, &tally);
	for (uint64_t at = 0; at < play.last; at++)
		given += 1 + (at % 3 == 2 ? 0 : at % 5);
	wrote = sum_of(origin, "\"type\":\"permit\"") + sum_of(origin, "\"type\":\"deny\"") +
		count(origin, "\"type\":\"flow.end\"");
	told = sum_of(origin, "\"cause\":\"unwritten\"");
	ok(told && wrote + told == given && !verify(origin).defect,
	   "%s: what it did not write is told: %llu written, %llu told, %llu given", origin,
	   (unsigned long long)wrote, (unsigned long long)told, (unsigned long long)given);
	ring_of_threes(&play, play.last);
	collect(origin, &play, &tally);
	ok(sum_of(origin, "\"cause\":\"unwritten\"") == told, "%s: once", origin);
}

/* Killed in the middle of a commit, what is on record must not come again. */
static void test_let_go(void)
{
	struct sekisho_collector_tally tally;
	struct play play = { .commit_records = 10 };

	forget_losses();
	ring_of_threes(&play, 0);
	play.last_poll = 60;
	collect("let-go", &play, &tally);
	ok(tally.events == play.last && tally.commits > 20 && !play.wrote_within,
	   "nothing is written while the ring holds on to it");
	ring_of_threes(&play, 0);
	play.last_poll = 1;
	collect("let-go", &play, &tally);
	ok(tally.events == play.last, "all that is there is taken before the end");
}

static void test_single(void)
{
	struct sekisho_log *log = open_log("single");
	struct sekisho_collector *one, *two;
	struct play play = { .events_fd = -1 };

	ok(!make(&one, log, &play) && make(&two, log, &play) == -EBUSY && !two,
	   "there is one collector a host");
	sekisho_collector_free(one);
	ok(!make(&two, log, &play), "until it ends");
	sekisho_collector_free(two);
	sekisho_log_close(log);
}

/* As `show status` does, which asks whether one runs; for a fifth of a second here. */
static void test_looked_at(void)
{
	struct sekisho_log *log = open_log("looked-at");
	struct play play = { .events_fd = -1 };
	struct sekisho_collector *one = NULL;
	char path[128], byte;
	int ends[2];

	snprintf(path, sizeof(path), "%s/collector.lock", root);
	if (pipe(ends))
		exit(1);
	if (!fork()) {
		int fd = open(path, O_RDONLY | O_CREAT, 0600);

		_exit(fd < 0 || flock(fd, LOCK_SH) || write(ends[1], "x", 1) != 1 ||
		      usleep(200000));
	}
	ok(read(ends[0], &byte, 1) == 1 && !make(&one, log, &play),
	   "who looks whether there is one keeps none from beginning");
	wait(NULL);
	close(ends[0]);
	close(ends[1]);
	sekisho_collector_free(one);
	sekisho_log_close(log);
}

static void test_clock(void)
{
	struct sekisho_watch_clock watch = { 0 };
	struct sekisho_stamp stamp = { 1000000000000, 5000000000, true };
	int64_t step;
	bool before, quiet;

	quiet = !sekisho_watch_clock(&watch, &stamp, &step, &before);
	stamp.wall_ns += 200000000 + 99000000;
	stamp.mono_ns += 200000000;
	quiet &= !sekisho_watch_clock(&watch, &stamp, &step, &before);
	ok(quiet, "a clock that drifts a little is no step");
	stamp.wall_ns -= 3600000000000;
	ok(sekisho_watch_clock(&watch, &stamp, &step, &before) && step == -3600000 && before,
	   "one set back by an hour is");
	stamp.synchronised = false;
	ok(sekisho_watch_clock(&watch, &stamp, &step, &before) && !step && before,
	   "and so is one that lost its source");
}

int main(void)
{
	scratch(root);
	plan(36);
	test_day();
	test_full();
	test_choked();
	test_lost_losses();
	test_flood();
	test_killed("between", KILL_BETWEEN, 149, 353);
	test_killed("within", KILL_IN_EVENT, 147, 351);
	test_let_go();
	test_single();
	test_looked_at();
	test_clock();
	return finish();
}
