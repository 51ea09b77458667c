// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends a log on to one peer as it is written. Knows nothing of how a record is sent.
 */
#include "forward.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "backoff.h"
#include "marks.h"

#define BATCH	256 /* records between two looks at anything else */
#define LOOK_MS 1000 /* at the connection while nothing happens */
#define SAVE_MS 1000 /* between two writes of the position */

struct forward {
	const struct sekisho_forward_options *options;
	const struct sekisho_forward_peer *peer;
	struct sekisho_follow *follow;
	struct sekisho_marks marks;
	struct sekisho_position saved;
	struct sekisho_backoff backoff;
	int64_t saved_ms;
	int signals; /* signalfd */
	bool stop;
	bool broken; /* the error is the peer's: try again */
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Wait for a signal, a change of the log, or the end of @wait_ms. */
static void wait_some(struct forward *forward, int changes, int64_t wait_ms)
{
	struct pollfd wanted[] = {
		{ .fd = forward->signals, .events = POLLIN },
		{ .fd = changes, .events = POLLIN },
	};

	if (poll(wanted, 2, (int)wait_ms) <= 0)
		return;
	if (wanted[0].revents)
		forward->stop = true;
	if (wanted[1].revents)
		sekisho_follow_seen(forward->follow);
}

static int save(struct forward *forward)
{
	const struct sekisho_position *settled = &forward->marks.settled;
	int error;

	if (sekisho_position_same(&forward->saved, settled))
		return 0;
	error = sekisho_position_write(forward->options->positions, forward->options->name,
				       settled);
	if (!error)
		forward->saved = *settled;
	forward->saved_ms = now_ms();
	return error;
}

static int broken(struct forward *forward, int error)
{
	forward->broken = error != 0;
	return error;
}

/* Return: 1: there may be more; 0: the end; or -errno. */
static int send_batch(struct forward *forward)
{
	const struct sekisho_forward_peer *peer = forward->peer;
	int got = 1;

	for (unsigned int i = 0; i < BATCH && got > 0; i++) {
		struct sekisho_followed followed;
		int error;

		got = sekisho_follow_next(forward->follow, &followed);
		if (got <= 0)
			break;
		error = broken(forward, peer->record(peer->context, &followed));
		if (error)
			return error;
	}
	return got;
}

/* Checkpoints overtake nothing: what they vouch for went before them. */
static int send_note(struct forward *forward)
{
	const struct sekisho_forward_peer *peer = forward->peer;
	const char *note;
	size_t length;

	/* One that cannot be read keeps no record back. */
	if (!peer->note || sekisho_follow_note(forward->follow, &note, &length) <= 0)
		return 0;
	return broken(forward, peer->note(peer->context, note, length));
}

static int settle(struct forward *forward)
{
	const struct sekisho_forward_peer *peer = forward->peer;
	const struct sekisho_position *position = sekisho_follow_position(forward->follow);
	uint64_t delivered;
	int error = broken(forward, peer->flush(peer->context));

	if (!error)
		error = broken(forward, peer->look(peer->context, &delivered));
	if (error)
		return error;
	if (!sekisho_position_same(sekisho_marks_last(&forward->marks), position))
		sekisho_marks_add(&forward->marks, position, peer->sent(peer->context), now_ms());
	if (sekisho_marks_settle(&forward->marks, delivered, now_ms()))
		memset(&forward->backoff, 0, sizeof(forward->backoff));
	return now_ms() - forward->saved_ms < SAVE_MS ? 0 : save(forward);
}

/* All was sent, or as much as was before the signal. */
static int finish(struct forward *forward)
{
	int error = broken(forward, forward->peer->finish(forward->peer->context));

	if (error)
		return error;
	sekisho_marks_settle_all(&forward->marks);
	return save(forward);
}

static int pump(struct forward *forward)
{
	while (!forward->stop) {
		int more = send_batch(forward);
		int error = more < 0 ? more : send_note(forward);

		if (!error)
			error = settle(forward);
		if (error)
			return error;
		if (!more && forward->options->once)
			break;
		wait_some(forward, sekisho_follow_fd(forward->follow), more ? 0 : LOOK_MS);
	}
	return finish(forward);
}

static int one_connection(struct forward *forward)
{
	const struct sekisho_forward_options *options = forward->options;
	int error =
		sekisho_follow_open(&forward->follow, options->directory, &forward->marks.settled);

	if (error)
		return error;
	sekisho_marks_begin(&forward->marks);
	error = broken(forward, forward->peer->connect(forward->peer->context));
	if (!error) {
		options->connected(options->context, forward->marks.settled.seq);
		error = pump(forward);
	}
	forward->peer->drop(forward->peer->context);
	sekisho_follow_close(forward->follow);
	forward->follow = NULL;
	return error;
}

static uint32_t any_number(void)
{
	uint32_t number = 0;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != sizeof(number))
		number = (uint32_t)now_ms();
	return number;
}

static int keep_on(struct forward *forward)
{
	const struct sekisho_forward_options *options = forward->options;

	for (;;) {
		int error, saved;
		uint32_t wait_ms;
		int64_t until_ms;

		forward->broken = false;
		error = one_connection(forward);
		if (!error || !forward->broken)
			return error;
		saved = save(forward);
		if (saved)
			return saved;
		wait_ms = sekisho_backoff_next(&forward->backoff, any_number());
		if (options->once || forward->stop)
			wait_ms = 0;
		options->failed(options->context, error, wait_ms);
		if (options->once)
			return -ECONNABORTED;
		until_ms = now_ms() + wait_ms;
		while (!forward->stop && now_ms() < until_ms)
			wait_some(forward, -1, until_ms - now_ms());
		/* What did not arrive goes out when it is started again. */
		if (forward->stop)
			return 0;
	}
}

static int begin(struct forward *forward)
{
	const struct sekisho_forward_options *options = forward->options;
	struct sekisho_position *settled = &forward->marks.settled;
	int error = sekisho_position_read(options->positions, options->name, settled);

	if (error == -ENOENT)
		error = 0;
	if (options->from_given) {
		memset(settled, 0, sizeof(*settled));
		settled->seq = options->from_seq;
		return 0;
	}
	forward->saved = *settled;
	return error;
}

int sekisho_forward_run(const struct sekisho_forward_options *options)
{
	struct forward forward = { .options = options, .peer = options->peer, .signals = -1 };
	int lock = sekisho_position_lock(options->positions, options->name);
	sigset_t ends;
	int error;

	if (lock < 0)
		return lock;
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	forward.signals = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
	error = forward.signals < 0 ? -errno : begin(&forward);
	if (!error)
		error = keep_on(&forward);
	if (forward.signals >= 0)
		close(forward.signals);
	close(lock);
	/* The signals stay blocked: one that ended this is not to end the process once more. */
	return error;
}
