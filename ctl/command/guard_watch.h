/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel guard as the collector watches it: taken up where it comes, kept in step with the
 * maps, told their generation, its events heard. Knows the module, the policy and the log; nothing
 * of the collector's loop.
 */
#ifndef SEKISHO_COMMAND_GUARD_WATCH_H
#define SEKISHO_COMMAND_GUARD_WATCH_H

#include <stdbool.h>

#include "command/context.h"
#include "model/policy.h"
#include "sekisho/event.h"

struct sekisho_guard_watch;

/**
 * sekisho_guard_watch_new - begin to watch
 * @context: the command's; borrowed; its module is the watched one
 * @events: an epoll that is to be readable when the guard tells something
 *
 * Return: to be freed with sekisho_guard_watch_free(), or NULL without memory.
 */
struct sekisho_guard_watch *sekisho_guard_watch_new(struct sekisho_context *context, int events);
void sekisho_guard_watch_free(struct sekisho_guard_watch *watch);

/* Look at it, and tell it what it is told; to be called once a second. */
void sekisho_guard_watch_look(struct sekisho_guard_watch *watch);

/**
 * sekisho_guard_watch_take - take what the guard told
 * @watch: what is watched
 * @policy: the policy in force, for its interfaces; or NULL
 * @deny: gets what was denied; returns other than 0 where it wants no more for now
 * @context: handed to @deny
 */
void sekisho_guard_watch_take(struct sekisho_guard_watch *watch,
			      const struct sekisho_policy *policy,
			      int (*deny)(void *context, const struct sekisho_event *event),
			      void *context);

/* New connections are to be denied, since the log cannot be written; or no longer. */
void sekisho_guard_watch_deny_new(struct sekisho_guard_watch *watch, bool deny);

/* Whether it is sealed: then nothing is to be changed. */
bool sekisho_guard_watch_sealed(const struct sekisho_guard_watch *watch);

#endif
