/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The filter as the collector watches it: opened anew where somebody put another object there,
 * its ports mended, its ends of permission told. Knows the kernel and the policy; nothing of the
 * collector's loop or of how events become records.
 */
#ifndef SEKISHO_COMMAND_WATCHED_H
#define SEKISHO_COMMAND_WATCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/convert.h"
#include "audit/watch.h"
#include "command/context.h"

struct sekisho_watched;

/**
 * sekisho_watched_new - begin to watch
 * @context: the command's; borrowed; its engine is the watched one's
 * @events: an epoll that is to be readable when the kernel, or its guard, tells something
 *
 * Return: to be freed with sekisho_watched_free(), or NULL without memory.
 */
struct sekisho_watched *sekisho_watched_new(struct sekisho_context *context, int events);
void sekisho_watched_free(struct sekisho_watched *watched);

/**
 * sekisho_watched_look - look whether anything changed; to be called once a second
 * @watched: what is watched
 *
 * Return: whether the engine is another one than at the last look, or is gone.
 */
bool sekisho_watched_look(struct sekisho_watched *watched);

/**
 * sekisho_watched_links - interfaces of the policy that are there, then mend their ports
 * @watched: what is watched
 * @links: filled
 * @max: at most so many
 *
 * Return: how many, or -errno.
 */
int sekisho_watched_links(struct sekisho_watched *watched, struct sekisho_watch_link *links,
			  size_t max);

/* Take what the kernel guard told, as sekisho_guard_watch_take(). */
void sekisho_watched_guard(struct sekisho_watched *watched,
			   int (*deny)(void *context, const struct sekisho_event *event),
			   void *context);

/* Take what changed of routes and neighbours, as sekisho_route_watch_take(). */
void sekisho_watched_routes(struct sekisho_watched *watched);

/* Totals for the counters record. 0 or -errno. */
int sekisho_watched_counters(const struct sekisho_watched *watched,
			     struct sekisho_audit_counters *counters);
int sekisho_watched_losses(const struct sekisho_watched *watched,
			   struct sekisho_loss_tally *losses);

/* Names for records, as struct sekisho_audit_names asks for them. */
const char *sekisho_watched_segment(const struct sekisho_watched *watched, uint16_t segment);
size_t sekisho_watched_macs(struct sekisho_watched *watched, const char *id,
			    char (*macs)[SEKISHO_MAC_BYTES], size_t max);

/* For how many days the policy in force keeps records; 0: nothing is removed, or none is known. */
uint32_t sekisho_watched_log_days(const struct sekisho_watched *watched);

/* The log cannot be written, or can be again: what the policy says of that comes true. */
void sekisho_watched_log_failed(struct sekisho_watched *watched, bool failed);

#endif
