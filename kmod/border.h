/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One border: all that a network namespace has of the module. What frames are judged by at one
 * instant is a regime, replaced as a whole under RCU; changes are made one at a time under @lock.
 * Knows what parts there are, not how they work.
 */
#ifndef SEKISHO_KMOD_BORDER_H
#define SEKISHO_KMOD_BORDER_H

#include <linux/bitmap.h>
#include <linux/mutex.h>
#include <linux/ratelimit_types.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

#include "sekisho/limits.h"
#include "sekisho/netlink.h"

#include "address.h"
#include "policy.h"

struct sekisho_connections;
struct sekisho_fragments;
struct sekisho_names;
struct sekisho_counters;
struct sekisho_telling;
struct sekisho_watch;
struct sekisho_transactions;

/* A suspended host: an address, or with family 0 the MAC in @address.low. */
struct sekisho_suspension {
	struct sekisho_address address;
	u8 family;
};

#define SEKISHO_SUSPENSIONS_MAX 4096
#define SEKISHO_ISOLATIONS_MAX	1024

/* Sorted by family, then address. */
struct sekisho_suspensions {
	struct rcu_head rcu;
	u32 count;
	struct sekisho_suspension items[];
};

/**
 * struct sekisho_regime - what a frame is judged by; read once a frame
 * @policy: NULL: none is in force
 * @connections: the table; NULL as long as no policy ever was
 * @suspensions: NULL: none
 * @epoch: grows with every regime that may judge otherwise
 * @isolated: bit a segment of @policy
 * @isolated_all: every segment
 * @deny_new: no new connection, as the log cannot be written (shown as `limit`)
 */
struct sekisho_regime {
	struct rcu_head rcu;
	struct sekisho_policy *policy;
	struct sekisho_connections *connections;
	struct sekisho_suspensions *suspensions;
	u64 epoch;
	bool isolated_all;
	bool deny_new;
	bool any_isolated; /* bits or all: spares the look */
	DECLARE_BITMAP(isolated, SEKISHO_SEGMENTS_MAX + 1);
};

/* An isolated segment, whether the policy has it or not. */
struct sekisho_isolation {
	struct list_head list;
	char name[SEKISHO_NAME_BYTES];
};

struct sekisho_border {
	struct net *net;
	struct sekisho_regime __rcu *regime; /* never NULL */
	struct sekisho_fragments *fragments; /* NULL as long as no policy ever was */
	struct sekisho_names *names;
	struct sekisho_counters *counters;
	struct sekisho_telling *telling; /* events on their way out */
	struct sekisho_watch *watch;

	struct mutex lock; /* all below, and every change of the regime */
	struct sekisho_transactions *transactions;
	struct sekisho_policy *previous; /* what a revert puts back; NULL: none, or no policy was */
	bool revertible; /* a commit has neither been confirmed nor reverted */
	bool dying; /* the namespace ends: nothing new */
	unsigned long fallback_at; /* jiffies, while @falls_back; likewise the next */
	time64_t fallback_second; /* of the monotonic clock; what is told to the tool */
	bool falls_back;
	u32 fallback_generation;
	u32 fell_back;
	struct delayed_work fallback;
	struct list_head isolations; /* struct sekisho_isolation, by name */
	u32 isolation_count;
	bool isolated_all;
	bool sealed;
	u8 seal[SEKISHO_DIGEST_BYTES]; /* SHA-256 of the key */
	u32 maps_generation; /* as last reported */
	bool maps_reported;
	bool maps_stale; /* so said the last report */
	u32 stale;
	u64 changes; /* how often the policy in force was replaced */
	struct delayed_work sweep; /* of idle connections, while there is a table */
	u32 sweep_part;
	struct ratelimit_state refusals; /* how many are told and audited */
	atomic_t refusals_kept_back;
};

/* The border of a namespace. In main.c. */
struct sekisho_border *sekisho_border_of(const struct net *net);

/**
 * sekisho_border_init - make the parts of a border, without a policy
 * @border: zeroed but for @net
 *
 * Return: 0 or -ENOMEM (nothing is left of it).
 */
int sekisho_border_init(struct sekisho_border *border);

/* End it: no hook calls any more. */
void sekisho_border_exit(struct sekisho_border *border);

/**
 * sekisho_border_commit - put a policy in force
 * @border: @border->lock is held, as for all of these
 * @policy: its @generation and @digest are set; the reference is taken over; NULL for none
 * @confirm_seconds: revert by itself after so many; 0: not
 * @fallback_generation: the number the earlier policy then has
 *
 * Keeps the policy before for sekisho_border_revert(). A new epoch; segments that are isolated by
 * name stay isolated. Sleeps until no frame is judged by what was before.
 * Return: 0, -ENOMEM, -EBUSY where a commit waits to be confirmed; nothing changed then, and the
 * reference is the caller's.
 */
int sekisho_border_commit(struct sekisho_border *border, struct sekisho_policy *policy,
			  u32 confirm_seconds, u32 fallback_generation);

/* What is in force stays. 0, or -ENOENT where nothing waits or could be reverted. */
int sekisho_border_confirm(struct sekisho_border *border);

/**
 * sekisho_border_revert - put the policy before the last commit in force again
 * @border: locked
 * @generation: its number from now on; 0: the one it had
 *
 * Return: 0, -ENOENT where there is none to go back to, or -ENOMEM.
 */
int sekisho_border_revert(struct sekisho_border *border, u32 generation);

/*
 * Isolate or release a segment by name, NULL for all. 0, -EEXIST or -ENOENT (as it was), -ENOSPC,
 * -ENOMEM.
 */
int sekisho_border_isolate(struct sekisho_border *border, const char *name, bool isolated);

/* Suspend or restore a host. 0, -EEXIST or -ENOENT (as it was), -ENOSPC, -ENOMEM. */
int sekisho_border_suspend(struct sekisho_border *border,
			   const struct sekisho_suspension *suspension, bool suspended);

/* The log cannot be written, or can be again. 0 or -ENOMEM. */
int sekisho_border_deny_new(struct sekisho_border *border, bool deny);

/* The policy in force, or NULL; under @border->lock. */
struct sekisho_policy *sekisho_border_policy(const struct sekisho_border *border);

/* What frames are judged by; under @border->lock. */
struct sekisho_regime *sekisho_border_regime(const struct sekisho_border *border);

/* Of @border->sweep: idle connections go, a part of the table a second. In sweep.c. */
void sekisho_sweep_work(struct work_struct *work);

#endif
