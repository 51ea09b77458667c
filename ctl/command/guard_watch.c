// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel guard as the collector watches it. Knows nothing of the collector's loop.
 *
 * What the commands record themselves, and what the collector sees of the ports by itself, is not
 * recorded again.
 */
#include "command/guard_watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "audit/convert.h"
#include "command/change.h"
#include "command/guard.h"
#include "command/guard_event.h"
#include "kernel/module.h"
#include "ui/message.h"
#include "ui/say.h"

#define COLLECTOR "collector"

/* Maps and guard fall back in the same second, not at the same instant. */
#define LOOKS_BEFORE_MENDING 2
#define RETRY_AFTER	     30 /* seconds */

#define NS_A_SECOND 1000000000ll

struct sekisho_guard_watch {
	struct sekisho_context *context;
	int epoll;
	struct sekisho_module_events *events; /* NULL: none are heard */
	uint32_t identity; /* of the module that is watched; 0: it is absent */
	struct sekisho_module_status status;
	uint64_t lost_told; /* of the module's lost events */
	int64_t looked_at; /* ns since 1970 UTC; 0: never */
	unsigned int differed; /* looks, one after the other */
	time_t retry_at; /* monotonic seconds */
	bool orders_lifted; /* somebody released or restored something */
	bool deny_new;
};

struct sekisho_guard_watch *sekisho_guard_watch_new(struct sekisho_context *context, int events)
{
	struct sekisho_guard_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return NULL;
	watch->context = context;
	watch->epoll = events;
	return watch;
}

void sekisho_guard_watch_free(struct sekisho_guard_watch *watch)
{
	if (!watch)
		return;
	sekisho_module_events_close(watch->events);
	free(watch);
}

static time_t monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static int64_t wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * NS_A_SECOND + now.tv_nsec;
}

static void listen_to(struct sekisho_guard_watch *watch)
{
	struct epoll_event event = { .events = EPOLLIN };
	int error = sekisho_module_events_open(&watch->events);

	if (error) {
		sekisho_say(_("the kernel guard's events cannot be heard: %s"), strerror(-error));
		return;
	}
	/* A closed socket leaves the epoll by itself. */
	epoll_ctl(watch->epoll, EPOLL_CTL_ADD, sekisho_module_events_fd(watch->events), &event);
}

static void stop_listening(struct sekisho_guard_watch *watch)
{
	sekisho_module_events_close(watch->events);
	watch->events = NULL;
}

static void take_up(struct sekisho_guard_watch *watch)
{
	watch->differed = 0;
	watch->retry_at = 0;
	watch->lost_told = watch->status.lost_events;
	watch->looked_at = wall_ns();
	watch->orders_lifted = true;
	if (watch->deny_new)
		sekisho_module_report_log(watch->context->module, true);
}

/* Whether it is there; notices where it came, went, or is another one. */
static bool look_for_module(struct sekisho_guard_watch *watch)
{
	struct sekisho_context *context = watch->context;
	uint32_t identity = 0;

	if (!sekisho_guard_reopen(context) && context->module &&
	    !sekisho_module_status(context->module, &watch->status))
		identity = sekisho_module_identity(context->module);
	if (identity != watch->identity) {
		stop_listening(watch);
		if (watch->identity)
			sekisho_guard_record(context, SEKISHO_RECORD_GUARD_DETACH, COLLECTOR, NULL,
					     "the guard is gone");
		watch->identity = identity;
		if (identity)
			take_up(watch);
	}
	if (identity && !watch->events)
		listen_to(watch);
	return identity;
}

/* Events that found no room, in the module or here. */
static void look_at_losses(struct sekisho_guard_watch *watch)
{
	struct sekisho_context *context = watch->context;
	uint64_t lost = watch->status.lost_events;
	int64_t now = wall_ns();
	struct sekisho_record record;

	if (lost > watch->lost_told && !sekisho_context_log(context)) {
		sekisho_convert_loss(&record, sekisho_context_generation(context),
				     sekisho_context_zone(context), lost - watch->lost_told,
				     watch->looked_at, now, "netlink-full");
		if (sekisho_context_record(context, &record))
			return;
	}
	watch->lost_told = lost;
	watch->looked_at = now;
}

/* Somebody lifted orders that stand: they are given again. Under the lock. */
static void keep_orders(struct sekisho_guard_watch *watch)
{
	struct sekisho_context *context = watch->context;
	int missing = sekisho_guard_keep_stored_orders(context);

	if (missing < 0) {
		sekisho_guard_say(context, missing);
		return;
	}
	watch->orders_lifted = false;
	if (!missing)
		return;
	sekisho_say(_("isolation or suspensions were missing in the kernel guard; they are in "
		      "force again"));
	sekisho_guard_record(context, SEKISHO_RECORD_GUARD_MISMATCH, COLLECTOR, NULL,
			     "isolation or suspensions were missing; they are in force again");
}

/* Under the lock: a commit makes one of the two wait for the other. */
static void mend(struct sekisho_guard_watch *watch)
{
	struct sekisho_context *context = watch->context;

	/* As they are now: whoever held the lock may have changed both. */
	if (sekisho_module_status(context->module, &watch->status) ||
	    !sekisho_context_generation(context) ||
	    sekisho_guard_in_step(context, &watch->status)) {
		watch->differed = 0;
		return;
	}
	if (++watch->differed < LOOKS_BEFORE_MENDING || monotonic() < watch->retry_at)
		return;
	/* First the module is told what the maps hold, so that it counts and tells of it. */
	sekisho_module_report(context->module, sekisho_context_generation(context));
	if (sekisho_guard_mend(context, COLLECTOR))
		watch->retry_at = monotonic() + RETRY_AFTER;
	else
		watch->differed = 0;
}

void sekisho_guard_watch_look(struct sekisho_guard_watch *watch)
{
	struct sekisho_context *context = watch->context;

	if (!look_for_module(watch))
		return;
	look_at_losses(watch);
	/* Where another holds the lock it will have changed something: next time. */
	if (sekisho_context_try_lock(context))
		return;
	mend(watch);
	if (watch->orders_lifted)
		keep_orders(watch);
	/* One look's difference is one that a fallback makes. */
	if (!watch->differed || watch->differed >= LOOKS_BEFORE_MENDING)
		sekisho_module_report(context->module, sekisho_context_generation(context));
	sekisho_context_unlock(context);
}

/* Events on their way to the collector. */
struct taking {
	struct sekisho_guard_watch *watch;
	const struct sekisho_policy *policy;
	int (*deny)(void *context, const struct sekisho_event *event);
	void *context;
};

static bool is_named(const struct sekisho_policy *policy, const char *interface)
{
	for (size_t i = 0; policy && i < policy->segment_count; i++) {
		for (size_t j = 0; j < policy->segments[i].port_count; j++) {
			if (!strcmp(policy->segments[i].ports[j].interface, interface))
				return true;
		}
	}
	return false;
}

/* An interface that no segment has: what the policy names the collector tells of itself. */
static void record_interface(const struct taking *taking, const struct sekisho_module_event *event)
{
	struct sekisho_context *context = taking->watch->context;
	struct sekisho_record record;

	if (!event->interface[0] || is_named(taking->policy, event->interface) ||
	    sekisho_context_log(context))
		return;
	sekisho_convert_link(&record, sekisho_context_generation(context),
			     sekisho_context_zone(context), event->interface, "added", NULL);
	sekisho_context_record(context, &record);
}

/* What the module refused, whoever asked. */
static void record_refusal(const struct taking *taking, const struct sekisho_module_event *event)
{
	struct sekisho_context *context = taking->watch->context;
	char actor[32], reason[SEKISHO_MODULE_TEXT_BYTES + 32];
	const struct sekisho_change change = { .actor = actor };

	if (event->has_loginuid && event->loginuid != UINT32_MAX)
		snprintf(actor, sizeof(actor), "loginuid %u", event->loginuid);
	else
		snprintf(actor, sizeof(actor), "unknown");
	snprintf(reason, sizeof(reason), "the kernel guard refused: %s", event->detail);
	if (!sekisho_context_log(context))
		sekisho_change_reject(context, &change, reason, NULL);
}

static bool take_event(void *context, const struct sekisho_module_event *told)
{
	const struct taking *taking = context;
	struct sekisho_event event;

	switch (told->kind) {
	case SEKISHO_EVENT_KIND_DENIED:
	case SEKISHO_EVENT_KIND_MISMATCH:
		sekisho_guard_event(&event, told, taking->watch->context->engine);
		return !taking->deny(taking->context, &event);
	case SEKISHO_EVENT_KIND_RELEASED:
	case SEKISHO_EVENT_KIND_RESTORED:
		taking->watch->orders_lifted = true;
		break;
	case SEKISHO_EVENT_KIND_INTERFACE_NEW:
		record_interface(taking, told);
		break;
	case SEKISHO_EVENT_KIND_REFUSED:
		record_refusal(taking, told);
		break;
	default:
		/* The next look sees what became of it. */
		break;
	}
	return true;
}

void sekisho_guard_watch_take(struct sekisho_guard_watch *watch,
			      const struct sekisho_policy *policy,
			      int (*deny)(void *context, const struct sekisho_event *event),
			      void *context)
{
	struct taking taking = {
		.watch = watch,
		.policy = policy,
		.deny = deny,
		.context = context,
	};
	int error;

	if (!watch->events)
		return;
	/* What found no room here the module counts. */
	error = sekisho_module_events_take(watch->events, take_event, &taking);
	if (error && error != -ENOBUFS)
		stop_listening(watch);
}

void sekisho_guard_watch_deny_new(struct sekisho_guard_watch *watch, bool deny)
{
	if (watch->deny_new == deny)
		return;
	watch->deny_new = deny;
	if (watch->context->module)
		sekisho_module_report_log(watch->context->module, deny);
}

bool sekisho_guard_watch_sealed(const struct sekisho_guard_watch *watch)
{
	return watch->identity && watch->status.sealed;
}
