/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What outlives a policy under its name: segments, and flows with what is used of their limits and
 * what they carried. Interned, so that two policies that mean the same name mean the same object.
 * Knows nothing of policies.
 *
 * References are taken and given back in any context; what nobody refers to is freed by
 * sekisho_names_collect() alone.
 */
#ifndef SEKISHO_KMOD_NAMES_H
#define SEKISHO_KMOD_NAMES_H

#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "sekisho/limits.h"

struct sekisho_segment_name {
	struct hlist_node node;
	atomic_t references;
	char name[SEKISHO_NAME_BYTES];
};

struct sekisho_flow_use {
	struct hlist_node node;
	atomic_t references;
	spinlock_t lock; /* of the limit */
	u32 opened; /* new connections in @second */
	s64 second; /* of wall-clock time */
	u32 concurrent;
	atomic64_t packets[2]; /* of its initiators, of its responders */
	atomic64_t bytes[2];
	atomic64_t new_connections;
	char id[SEKISHO_NAME_BYTES];
};

struct sekisho_names;

struct sekisho_names *sekisho_names_new(void);
void sekisho_names_free(struct sekisho_names *names); /* when nobody refers to any */

/* The object of that name, with a reference, made where there is none. Sleeps. NULL: no memory. */
struct sekisho_segment_name *sekisho_names_segment(struct sekisho_names *names, const char *name);
struct sekisho_flow_use *sekisho_names_use(struct sekisho_names *names, const char *id);

static inline void sekisho_segment_name_get(struct sekisho_segment_name *name)
{
	atomic_inc(&name->references);
}

static inline void sekisho_segment_name_put(struct sekisho_segment_name *name)
{
	atomic_dec(&name->references);
}

static inline void sekisho_flow_use_get(struct sekisho_flow_use *use)
{
	atomic_inc(&use->references);
}

static inline void sekisho_flow_use_put(struct sekisho_flow_use *use)
{
	atomic_dec(&use->references);
}

/* Free what nobody refers to. Process context; the caller serialises it with interning. */
void sekisho_names_collect(struct sekisho_names *names);

/**
 * sekisho_flow_use_take - use a flow's limit for a new connection
 * @use: the flow's
 * @new_per_second: 0: unlimited
 * @concurrent: 0: unlimited
 * @second: of wall-clock time
 *
 * Return: false where the limit is used up; then nothing was taken. It counts as concurrent also
 * where it is unlimited: the next policy may limit it.
 */
bool sekisho_flow_use_take(struct sekisho_flow_use *use, u32 new_per_second, u32 concurrent,
			   s64 second);

/* Give back what a connection that was not made had taken, window included. */
void sekisho_flow_use_untake(struct sekisho_flow_use *use, s64 second);

/* A connection leaves its flow's concurrent ones, or joins them without being asked. */
void sekisho_flow_use_leave(struct sekisho_flow_use *use);
void sekisho_flow_use_join(struct sekisho_flow_use *use);

#endif
