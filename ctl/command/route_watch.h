/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Routes, neighbours and links as the collector watches them for `forward: fast`: what changes
 * there is the packet path's at once, not only when it forgets by itself. Knows the engine; nothing
 * of the collector's loop, and of no other kind of forwarding.
 */
#ifndef SEKISHO_COMMAND_ROUTE_WATCH_H
#define SEKISHO_COMMAND_ROUTE_WATCH_H

#include "command/context.h"

struct sekisho_route_watch;

/**
 * sekisho_route_watch_new - begin to watch
 * @context: the command's; borrowed; its engine is told of changes
 * @events: an epoll that is to be readable when there is something to take
 *
 * Return: to be freed with sekisho_route_watch_free(), or NULL without memory.
 */
struct sekisho_route_watch *sekisho_route_watch_new(struct sekisho_context *context, int events);
void sekisho_route_watch_free(struct sekisho_route_watch *watch);

/**
 * sekisho_route_watch_look - listen where the policy in force forwards fast, and only there
 * @watch: what is watched
 *
 * To be called once a second. Brings the ports that XDP can use up to date where links changed.
 */
void sekisho_route_watch_look(struct sekisho_route_watch *watch);

/**
 * sekisho_route_watch_take - take what changed, and let every connection ask for its way again
 * @watch: what is watched
 *
 * At most ten times a second; what changes in between waits for the next time.
 */
void sekisho_route_watch_take(struct sekisho_route_watch *watch);

/* A port has its program again: what XDP can use may have changed. */
void sekisho_route_watch_mended(struct sekisho_route_watch *watch);

#endif
