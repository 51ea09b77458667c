// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routes, neighbours and links as the collector watches them for `forward: fast`. Knows nothing of
 * the collector's loop.
 */
#include "command/route_watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "kernel/fill.h"
#include "kernel/forwarding.h"
#include "kernel/routes.h"
#include "ui/message.h"
#include "ui/say.h"

#define NS_A_SECOND 1000000000ll

/* Between two epochs, each of which lets every connection be judged again. */
#define EPOCH_EVERY_NS (NS_A_SECOND / 10)

struct sekisho_route_watch {
	struct sekisho_context *context;
	int epoll;
	int timer;
	struct sekisho_routes *routes; /* NULL: nothing is listened to */
	uint32_t generation; /* that the map of links was brought up to date for */
	int64_t epoch_at; /* monotonic; of the last epoch that was begun here */
	bool ways_changed; /* since then */
	bool links_changed; /* since the map was brought up to date */
	bool told; /* that nothing can be heard */
};

struct sekisho_route_watch *sekisho_route_watch_new(struct sekisho_context *context, int events)
{
	struct sekisho_route_watch *watch = calloc(1, sizeof(*watch));
	struct epoll_event event = { .events = EPOLLIN };

	if (!watch)
		return NULL;
	watch->context = context;
	watch->epoll = events;
	/* Without it what waits is done at the loop's next turn. */
	watch->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (watch->timer >= 0)
		epoll_ctl(events, EPOLL_CTL_ADD, watch->timer, &event);
	return watch;
}

void sekisho_route_watch_free(struct sekisho_route_watch *watch)
{
	if (!watch)
		return;
	sekisho_routes_close(watch->routes);
	if (watch->timer >= 0)
		close(watch->timer);
	free(watch);
}

static int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_A_SECOND + now.tv_nsec;
}

static void stop_listening(struct sekisho_route_watch *watch)
{
	sekisho_routes_close(watch->routes);
	watch->routes = NULL;
	watch->ways_changed = false;
}

static void listen_to_kernel(struct sekisho_route_watch *watch)
{
	struct epoll_event event = { .events = EPOLLIN };
	int error = sekisho_routes_open(&watch->routes);

	if (error && !watch->told)
		sekisho_say(_("changes of routes cannot be heard: %s"), strerror(-error));
	watch->told = error;
	if (error)
		return;
	/* A closed socket leaves the epoll by itself. */
	epoll_ctl(watch->epoll, EPOLL_CTL_ADD, sekisho_routes_fd(watch->routes), &event);
	/* Whatever changed before. */
	watch->ways_changed = true;
	watch->links_changed = true;
}

/* At once, or when it is time. */
static void begin_epoch(struct sekisho_route_watch *watch)
{
	struct itimerspec spec = { .it_value = { 0 } };
	int64_t now = monotonic_ns();
	int64_t rest = watch->epoch_at + EPOCH_EVERY_NS - now;

	if (!watch->ways_changed || !watch->context->engine)
		return;
	if (rest > 0) {
		spec.it_value.tv_nsec = rest;
		timerfd_settime(watch->timer, 0, &spec, NULL);
		return;
	}
	watch->ways_changed = false;
	watch->epoch_at = now;
	sekisho_fill_new_epoch(watch->context->engine);
}

/* A commit writes the same map, and does so itself: where one is on its way, the next time. */
static void bring_links_up_to_date(struct sekisho_route_watch *watch)
{
	struct sekisho_context *context = watch->context;
	int changed;

	if (sekisho_context_try_lock(context))
		return;
	changed = sekisho_forwarding_fill(context->engine, NULL, NULL);
	sekisho_context_unlock(context);
	if (changed < 0)
		return;
	watch->links_changed = false;
	if (changed)
		watch->ways_changed = true;
}

void sekisho_route_watch_look(struct sekisho_route_watch *watch)
{
	const struct sekisho_engine *engine = watch->context->engine;
	const struct sekisho_policy_row *policy = engine ? sekisho_engine_policy(engine) : NULL;

	if (!policy || !policy->fast) {
		stop_listening(watch);
		return;
	}
	if (!watch->routes)
		listen_to_kernel(watch);
	/* A policy may have come into force by itself, where the one after it was not confirmed. */
	if (policy->generation != watch->generation)
		watch->links_changed = true;
	watch->generation = policy->generation;
	if (watch->links_changed)
		bring_links_up_to_date(watch);
	begin_epoch(watch);
}

void sekisho_route_watch_take(struct sekisho_route_watch *watch)
{
	uint64_t expirations;
	int changed;

	/* Read, so that it is heard again. Whether it is time the clock says. */
	if (watch->timer >= 0 && read(watch->timer, &expirations, sizeof(expirations)) < 0)
		expirations = 0;
	if (!watch->routes)
		return;
	changed = sekisho_routes_take(watch->routes);
	if (changed < 0) {
		/* The next look listens anew. */
		stop_listening(watch);
		return;
	}
	if (changed & SEKISHO_ROUTES_WAYS)
		watch->ways_changed = true;
	if (changed & SEKISHO_ROUTES_LINKS)
		watch->links_changed = true;
	begin_epoch(watch);
}

void sekisho_route_watch_mended(struct sekisho_route_watch *watch)
{
	watch->links_changed = true;
}
