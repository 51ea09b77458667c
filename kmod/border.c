// SPDX-License-Identifier: GPL-2.0-only
/*
 * One border: all that a network namespace has of the module. What frames are judged by at one
 * instant is a regime, replaced as a whole under RCU; changes are made one at a time under @lock.
 * Knows what parts there are, not how they work.
 *
 * A change first makes everything it needs, then replaces the regime, which cannot fail, and waits
 * until no frame is judged by the one before; only then is anything of that one let go of.
 */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "border.h"
#include "connections.h"
#include "counters.h"
#include "family.h"
#include "fragments.h"
#include "names.h"
#include "telling.h"
#include "watch.h"
#include "witness.h"

struct sekisho_regime *sekisho_border_regime(const struct sekisho_border *border)
{
	return rcu_dereference_protected(border->regime, lockdep_is_held(&border->lock));
}

struct sekisho_policy *sekisho_border_policy(const struct sekisho_border *border)
{
	return sekisho_border_regime(border)->policy;
}

/* A regime that is not in force yet, like the one that is. */
static struct sekisho_regime *regime_copy(const struct sekisho_border *border)
{
	return kmemdup(sekisho_border_regime(border), sizeof(struct sekisho_regime), GFP_KERNEL);
}

/* Puts @next in force. Afterwards nobody reads what only the one before pointed at. */
static void regime_replace(struct sekisho_border *border, struct sekisho_regime *next)
{
	struct sekisho_regime *before = sekisho_border_regime(border);

	rcu_assign_pointer(border->regime, next);
	synchronize_rcu();
	kfree(before);
}

static struct sekisho_isolation *find_isolation(const struct sekisho_border *border,
						const char *name)
{
	struct sekisho_isolation *isolation;

	list_for_each_entry(isolation, &border->isolations, list)
		if (!strcmp(isolation->name, name))
			return isolation;
	return NULL;
}

/* The bits of the regime's policy, from the names of what is isolated. */
static void regime_isolate(const struct sekisho_border *border, struct sekisho_regime *regime)
{
	const struct sekisho_policy *policy = regime->policy;
	u32 i;

	regime->isolated_all = border->isolated_all;
	regime->any_isolated = border->isolated_all;
	bitmap_zero(regime->isolated, SEKISHO_SEGMENTS_MAX + 1);
	for (i = 0; policy && i < policy->segment_count; i++) {
		if (!find_isolation(border, policy->segments[i].name->name))
			continue;
		__set_bit(i, regime->isolated);
		regime->any_isolated = true;
	}
}

/*
 * The regime gets a table of the policy's size; the one it has stays where it is that already. A
 * namespace that never has a policy costs no memory for state.
 */
static int regime_connect(struct sekisho_border *border, struct sekisho_regime *regime)
{
	if (!regime->policy)
		return 0;
	if (!border->fragments)
		border->fragments = sekisho_fragments_new();
	if (!border->fragments)
		return -ENOMEM;
	if (regime->connections &&
	    sekisho_connections_room(regime->connections) == regime->policy->connections)
		return 0;
	regime->connections = sekisho_connections_new(regime->policy->connections);
	return regime->connections ? 0 : -ENOMEM;
}

/*
 * Puts a policy, or none, in force. The reference is taken over; that of the policy before becomes
 * the caller's. 0, or -ENOMEM where nothing changed.
 */
static int replace_policy(struct sekisho_border *border, struct sekisho_policy *policy)
{
	struct sekisho_regime *before = sekisho_border_regime(border);
	struct sekisho_connections *connections = before->connections;
	struct sekisho_policy *policy_before = before->policy;
	struct sekisho_regime *next = regime_copy(border);
	int error = -ENOMEM;

	if (!next)
		return -ENOMEM;
	next->policy = policy;
	next->epoch++;
	regime_isolate(border, next);
	error = regime_connect(border, next);
	if (error)
		goto free_regime;
	error = sekisho_watch_policy(border->watch, policy);
	if (error)
		goto free_connections;

	if (policy)
		WRITE_ONCE(policy->applied_at, ktime_get_real_seconds());
	border->changes++;
	/* Before a frame is judged by it: around the change both policies' pairs are counted. */
	sekisho_counters_renumber(border->counters, policy_before, policy);
	regime_replace(border, next);
	if (connections && next->connections != connections)
		sekisho_connections_free(connections);
	if (next->connections)
		schedule_delayed_work(&border->sweep, HZ);
	return 0;

free_connections:
	if (next->connections != connections)
		sekisho_connections_free(next->connections);
free_regime:
	kfree(next);
	return error;
}

/* Nothing waits any more; a timer that already fired finds nothing to do. */
static void stop_fallback(struct sekisho_border *border)
{
	border->falls_back = false;
	cancel_delayed_work(&border->fallback);
}

/* There is nothing to go back to. */
static void forget_previous(struct sekisho_border *border)
{
	stop_fallback(border);
	border->revertible = false;
	sekisho_policy_put(border->previous);
	border->previous = NULL;
	sekisho_names_collect(border->names);
}

/* At the beginning of a second of the monotonic clock, as the maps do, so that both go together. */
static void start_fallback(struct sekisho_border *border, u32 seconds, u32 generation)
{
	time64_t second = ktime_get_seconds() + seconds;
	u64 end = (u64)second * NSEC_PER_SEC, now = ktime_get_ns();
	unsigned long wait = end > now ? nsecs_to_jiffies(end - now) + 1 : 1;

	border->falls_back = true;
	border->fallback_generation = generation;
	border->fallback_second = second;
	border->fallback_at = jiffies + wait;
	schedule_delayed_work(&border->fallback, wait);
}

int sekisho_border_commit(struct sekisho_border *border, struct sekisho_policy *policy,
			  u32 confirm_seconds, u32 fallback_generation)
{
	struct sekisho_policy *before = sekisho_border_policy(border);
	int error;

	lockdep_assert_held(&border->lock);
	if (border->falls_back)
		return -EBUSY;
	error = replace_policy(border, policy);
	if (error)
		return error;
	forget_previous(border);
	border->previous = before;
	border->revertible = true;
	if (confirm_seconds)
		start_fallback(border, confirm_seconds, fallback_generation);
	return 0;
}

int sekisho_border_confirm(struct sekisho_border *border)
{
	lockdep_assert_held(&border->lock);
	if (!border->revertible)
		return -ENOENT;
	forget_previous(border);
	return 0;
}

int sekisho_border_revert(struct sekisho_border *border, u32 generation)
{
	struct sekisho_policy *before = sekisho_border_policy(border);
	struct sekisho_policy *back = border->previous;
	u32 number = back ? back->generation : 0;
	int error;

	lockdep_assert_held(&border->lock);
	if (!border->revertible)
		return -ENOENT;
	/* Before it is in force: no frame is told of with the number it had. */
	if (back && generation)
		WRITE_ONCE(back->generation, generation);
	error = replace_policy(border, back);
	if (error) {
		if (back)
			WRITE_ONCE(back->generation, number);
		return error;
	}
	border->previous = before;
	forget_previous(border);
	return 0;
}

static void fallback_work(struct work_struct *work)
{
	struct sekisho_border *border =
		container_of(to_delayed_work(work), struct sekisho_border, fallback);

	mutex_lock(&border->lock);
	if (!border->falls_back || border->dying || time_before(jiffies, border->fallback_at))
		goto unlock;
	if (sekisho_border_revert(border, border->fallback_generation)) {
		/* No memory now: what nobody confirmed does not stay for that. */
		schedule_delayed_work(&border->fallback, HZ);
		goto unlock;
	}
	border->fell_back++;
	sekisho_witness_done(border, SEKISHO_EVENT_KIND_FELL_BACK, "fall-back", NULL);
unlock:
	mutex_unlock(&border->lock);
}

/* What is isolated has changed: a regime says so. */
static int apply_isolation(struct sekisho_border *border)
{
	struct sekisho_regime *next = regime_copy(border);

	if (!next)
		return -ENOMEM;
	next->epoch++;
	regime_isolate(border, next);
	regime_replace(border, next);
	return 0;
}

static int isolate_all(struct sekisho_border *border, bool isolated)
{
	int error;

	if (border->isolated_all == isolated)
		return isolated ? -EEXIST : -ENOENT;
	border->isolated_all = isolated;
	error = apply_isolation(border);
	if (error)
		border->isolated_all = !isolated;
	return error;
}

static void insert_isolation(struct sekisho_border *border, struct sekisho_isolation *isolation)
{
	struct sekisho_isolation *later;

	list_for_each_entry(later, &border->isolations, list)
		if (strcmp(later->name, isolation->name) > 0)
			break;
	list_add_tail(&isolation->list, &later->list);
	border->isolation_count++;
}

static void remove_isolation(struct sekisho_border *border, struct sekisho_isolation *isolation)
{
	list_del(&isolation->list);
	border->isolation_count--;
}

static int isolate_segment(struct sekisho_border *border, const char *name)
{
	struct sekisho_isolation *isolation;
	int error;

	if (find_isolation(border, name))
		return -EEXIST;
	if (border->isolation_count >= SEKISHO_ISOLATIONS_MAX)
		return -ENOSPC;
	isolation = kzalloc(sizeof(*isolation), GFP_KERNEL_ACCOUNT);
	if (!isolation)
		return -ENOMEM;
	strscpy(isolation->name, name, sizeof(isolation->name));
	insert_isolation(border, isolation);
	error = apply_isolation(border);
	if (error) {
		remove_isolation(border, isolation);
		kfree(isolation);
	}
	return error;
}

static int release_segment(struct sekisho_border *border, const char *name)
{
	struct sekisho_isolation *isolation = find_isolation(border, name);
	int error;

	if (!isolation)
		return -ENOENT;
	remove_isolation(border, isolation);
	error = apply_isolation(border);
	if (error)
		insert_isolation(border, isolation);
	else
		kfree(isolation);
	return error;
}

int sekisho_border_isolate(struct sekisho_border *border, const char *name, bool isolated)
{
	lockdep_assert_held(&border->lock);
	if (!name)
		return isolate_all(border, isolated);
	return isolated ? isolate_segment(border, name) : release_segment(border, name);
}

static int suspension_compare(const struct sekisho_suspension *a,
			      const struct sekisho_suspension *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return sekisho_address_compare(a->address, b->address);
}

/* Where a host is in the list, or would have to be. */
static u32 suspension_position(const struct sekisho_suspensions *list,
			       const struct sekisho_suspension *suspension, bool *found)
{
	u32 low = 0;
	u32 high = list ? list->count : 0;

	*found = false;
	while (low < high) {
		u32 middle = low + (high - low) / 2;
		int order = suspension_compare(&list->items[middle], suspension);

		if (!order) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct sekisho_suspensions *suspensions_new(u32 count)
{
	struct sekisho_suspensions *list =
		kvzalloc(struct_size(list, items, count), GFP_KERNEL_ACCOUNT);

	if (list)
		list->count = count;
	return list;
}

static struct sekisho_suspensions *suspensions_with(const struct sekisho_suspensions *before,
						    u32 position,
						    const struct sekisho_suspension *added)
{
	u32 count = before ? before->count : 0;
	struct sekisho_suspensions *list = suspensions_new(count + 1);

	if (!list)
		return NULL;
	if (before) {
		memcpy(list->items, before->items, position * sizeof(*added));
		memcpy(list->items + position + 1, before->items + position,
		       (count - position) * sizeof(*added));
	}
	list->items[position] = *added;
	return list;
}

static struct sekisho_suspensions *suspensions_without(const struct sekisho_suspensions *before,
						       u32 position)
{
	struct sekisho_suspensions *list = suspensions_new(before->count - 1);

	if (!list)
		return NULL;
	memcpy(list->items, before->items, position * sizeof(*list->items));
	memcpy(list->items + position, before->items + position + 1,
	       (before->count - position - 1) * sizeof(*list->items));
	return list;
}

/* Takes @list over, NULL for none, where it succeeds. */
static int apply_suspensions(struct sekisho_border *border, struct sekisho_suspensions *list)
{
	struct sekisho_suspensions *before = sekisho_border_regime(border)->suspensions;
	struct sekisho_regime *next = regime_copy(border);

	if (!next)
		return -ENOMEM;
	next->epoch++;
	next->suspensions = list;
	regime_replace(border, next);
	kvfree(before);
	return 0;
}

int sekisho_border_suspend(struct sekisho_border *border,
			   const struct sekisho_suspension *suspension, bool suspended)
{
	const struct sekisho_suspensions *before = sekisho_border_regime(border)->suspensions;
	struct sekisho_suspensions *list = NULL;
	bool found;
	u32 position = suspension_position(before, suspension, &found);
	int error;

	lockdep_assert_held(&border->lock);
	if (found == suspended)
		return suspended ? -EEXIST : -ENOENT;
	if (suspended && before && before->count >= SEKISHO_SUSPENSIONS_MAX)
		return -ENOSPC;
	if (suspended)
		list = suspensions_with(before, position, suspension);
	else if (before->count > 1)
		list = suspensions_without(before, position);
	if (!list && (suspended || before->count > 1))
		return -ENOMEM;
	error = apply_suspensions(border, list);
	if (error)
		kvfree(list);
	return error;
}

/* The same epoch: what is established stays as it was judged. */
int sekisho_border_deny_new(struct sekisho_border *border, bool deny)
{
	struct sekisho_regime *next;

	lockdep_assert_held(&border->lock);
	if (sekisho_border_regime(border)->deny_new == deny)
		return 0;
	next = regime_copy(border);
	if (!next)
		return -ENOMEM;
	next->deny_new = deny;
	regime_replace(border, next);
	return 0;
}

/* Every part that was made; a border that is not whole is taken apart by it, too. */
static void free_parts(struct sekisho_border *border)
{
	if (border->transactions)
		sekisho_transactions_free(border->transactions);
	if (border->watch)
		sekisho_watch_free(border->watch);
	if (border->telling)
		sekisho_telling_free(border->telling);
	if (border->counters)
		sekisho_counters_free(border->counters);
	if (border->fragments)
		sekisho_fragments_free(border->fragments);
	if (border->names)
		sekisho_names_free(border->names);
	kfree(rcu_access_pointer(border->regime));
	mutex_destroy(&border->lock);
}

static int make_parts(struct sekisho_border *border)
{
	struct sekisho_regime *regime = kzalloc(sizeof(*regime), GFP_KERNEL);

	if (!regime)
		return -ENOMEM;
	regime->epoch = 1;
	RCU_INIT_POINTER(border->regime, regime);
	border->names = sekisho_names_new();
	border->counters = sekisho_counters_new();
	border->telling = sekisho_telling_new(border);
	border->watch = sekisho_watch_new(border);
	border->transactions = sekisho_transactions_new();
	if (!border->names || !border->counters || !border->telling || !border->watch ||
	    !border->transactions)
		return -ENOMEM;
	return 0;
}

int sekisho_border_init(struct sekisho_border *border)
{
	int error;

	mutex_init(&border->lock);
	INIT_LIST_HEAD(&border->isolations);
	INIT_DELAYED_WORK(&border->fallback, fallback_work);
	INIT_DELAYED_WORK(&border->sweep, sekisho_sweep_work);
	sekisho_witness_init(border);
	error = make_parts(border);
	if (error)
		free_parts(border);
	return error;
}

static void free_isolations(struct sekisho_border *border)
{
	struct sekisho_isolation *isolation;
	struct sekisho_isolation *next;

	list_for_each_entry_safe(isolation, next, &border->isolations, list) {
		remove_isolation(border, isolation);
		kfree(isolation);
	}
}

/* What the regime points at; nobody judges by it any more. */
static void free_regime(struct sekisho_border *border)
{
	struct sekisho_regime *regime = sekisho_border_regime(border);

	if (regime->connections)
		sekisho_connections_free(regime->connections);
	sekisho_policy_put(regime->policy);
	kvfree(regime->suspensions);
	regime->connections = NULL;
	regime->policy = NULL;
	regime->suspensions = NULL;
}

void sekisho_border_exit(struct sekisho_border *border)
{
	mutex_lock(&border->lock);
	border->dying = true;
	mutex_unlock(&border->lock);
	cancel_delayed_work_sync(&border->fallback);
	cancel_delayed_work_sync(&border->sweep);
	/* Drafts hold names. */
	sekisho_transactions_free(border->transactions);
	border->transactions = NULL;
	sekisho_watch_free(border->watch);
	border->watch = NULL;

	mutex_lock(&border->lock);
	free_regime(border);
	forget_previous(border);
	free_isolations(border);
	if (border->sealed)
		module_put(THIS_MODULE);
	border->sealed = false;
	mutex_unlock(&border->lock);
	free_parts(border);
}
