// SPDX-License-Identifier: GPL-2.0-only
/*
 * What outlives a policy under its name: two tables that grow, one of segments, one of flows.
 * Objects of both begin alike, so that one code keeps them. Knows nothing of policies.
 */
#include "names.h"

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/jhash.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#define TABLE_FIRST_BITS 6
#define TABLE_MOST_BITS	 22

/* How every object begins. */
struct head {
	struct hlist_node node;
	atomic_t references;
};

static_assert(offsetof(struct sekisho_segment_name, node) == offsetof(struct head, node));
static_assert(offsetof(struct sekisho_segment_name, references) ==
	      offsetof(struct head, references));
static_assert(offsetof(struct sekisho_flow_use, node) == offsetof(struct head, node));
static_assert(offsetof(struct sekisho_flow_use, references) == offsetof(struct head, references));

struct table {
	struct hlist_head *buckets;
	u32 count;
	u32 bits;
	u32 size; /* of an object */
	u32 name_at; /* where its name lies in it */
};

struct sekisho_names {
	struct mutex
		lock; /* both tables; a reference is given to what nobody refers to only here */
	u32 seed;
	struct table segments;
	struct table uses;
};

static int table_init(struct table *table, u32 size, u32 name_at)
{
	table->buckets = kvcalloc(1u << TABLE_FIRST_BITS, sizeof(*table->buckets), GFP_KERNEL);
	if (!table->buckets)
		return -ENOMEM;
	table->bits = TABLE_FIRST_BITS;
	table->size = size;
	table->name_at = name_at;
	return 0;
}

static char *name_of(const struct table *table, struct head *head)
{
	return (char *)head + table->name_at;
}

/* Of all its bytes: what follows the NUL is zero. */
static u32 hash_of(const char *name, u32 seed)
{
	return jhash(name, SEKISHO_NAME_BYTES, seed);
}

static struct hlist_head *bucket_of(const struct table *table, const char *name, u32 seed)
{
	return &table->buckets[hash_of(name, seed) >> (32 - table->bits)];
}

static struct head *find(const struct table *table, const char *name, u32 seed)
{
	struct head *head;

	hlist_for_each_entry(head, bucket_of(table, name, seed), node)
		if (!memcmp(name_of(table, head), name, SEKISHO_NAME_BYTES))
			return head;
	return NULL;
}

/* Without memory it stays as it is: slower, not wrong. */
static void resize(struct table *table, u32 bits, u32 seed)
{
	u32 i, before = 1u << table->bits;
	struct hlist_head *old = table->buckets;
	struct hlist_head *buckets =
		kvcalloc(1u << bits, sizeof(*buckets), GFP_KERNEL | __GFP_NOWARN);
	struct hlist_node *next;
	struct head *head;

	if (!buckets)
		return;
	table->buckets = buckets;
	table->bits = bits;
	for (i = 0; i < before; i++) {
		hlist_for_each_entry_safe(head, next, &old[i], node) {
			hlist_del(&head->node);
			hlist_add_head(&head->node, bucket_of(table, name_of(table, head), seed));
		}
		if (!(i % 1024))
			cond_resched();
	}
	kvfree(old);
}

/* The object of that name, with a reference, and whether it was made now. */
static struct head *intern(struct sekisho_names *names, struct table *table, const char *name,
			   bool *made)
{
	char padded[SEKISHO_NAME_BYTES] = { 0 };
	struct head *head;

	strscpy(padded, name, sizeof(padded));
	*made = false;
	head = find(table, padded, names->seed);
	if (head) {
		atomic_inc(&head->references);
		return head;
	}
	head = kzalloc(table->size, GFP_KERNEL);
	if (!head)
		return NULL;
	memcpy(name_of(table, head), padded, sizeof(padded));
	atomic_set(&head->references, 1);
	if (table->count >> table->bits && table->bits < TABLE_MOST_BITS)
		resize(table, table->bits + 1, names->seed);
	hlist_add_head(&head->node, bucket_of(table, padded, names->seed));
	table->count++;
	*made = true;
	return head;
}

struct sekisho_segment_name *sekisho_names_segment(struct sekisho_names *names, const char *name)
{
	struct head *head;
	bool made;

	mutex_lock(&names->lock);
	head = intern(names, &names->segments, name, &made);
	mutex_unlock(&names->lock);
	return (struct sekisho_segment_name *)head;
}

struct sekisho_flow_use *sekisho_names_use(struct sekisho_names *names, const char *id)
{
	struct sekisho_flow_use *use;
	bool made;

	mutex_lock(&names->lock);
	use = (struct sekisho_flow_use *)intern(names, &names->uses, id, &made);
	if (use && made) {
		spin_lock_init(&use->lock);
		use->second = S64_MIN;
	}
	mutex_unlock(&names->lock);
	return use;
}

static void collect(struct table *table, u32 seed)
{
	u32 i, bits = table->bits;
	struct hlist_node *next;
	struct head *head;

	for (i = 0; i < 1u << table->bits; i++) {
		hlist_for_each_entry_safe(head, next, &table->buckets[i], node) {
			if (atomic_read(&head->references))
				continue;
			hlist_del(&head->node);
			kfree(head);
			table->count--;
		}
		if (!(i % 1024))
			cond_resched();
	}
	while (bits > TABLE_FIRST_BITS && table->count < 1u << (bits - 2))
		bits--;
	if (bits < table->bits)
		resize(table, bits, seed);
}

void sekisho_names_collect(struct sekisho_names *names)
{
	mutex_lock(&names->lock);
	collect(&names->segments, names->seed);
	collect(&names->uses, names->seed);
	mutex_unlock(&names->lock);
}

struct sekisho_names *sekisho_names_new(void)
{
	struct sekisho_names *names = kzalloc(sizeof(*names), GFP_KERNEL);

	if (!names)
		return NULL;
	mutex_init(&names->lock);
	names->seed = get_random_u32();
	if (table_init(&names->segments, sizeof(struct sekisho_segment_name),
		       offsetof(struct sekisho_segment_name, name)) ||
	    table_init(&names->uses, sizeof(struct sekisho_flow_use),
		       offsetof(struct sekisho_flow_use, id))) {
		sekisho_names_free(names);
		return NULL;
	}
	return names;
}

static void table_free(struct table *table)
{
	/* Somebody still refers to it: it is lost rather than used after it is freed. */
	WARN_ON_ONCE(table->count);
	kvfree(table->buckets);
}

void sekisho_names_free(struct sekisho_names *names)
{
	if (!names)
		return;
	if (names->segments.buckets)
		collect(&names->segments, names->seed);
	if (names->uses.buckets)
		collect(&names->uses, names->seed);
	table_free(&names->segments);
	table_free(&names->uses);
	mutex_destroy(&names->lock);
	kfree(names);
}

/*
 * Processors do not cross into a new second at the same instant: who still reads the one before
 * counts in the new one, so that no second ever has more than the limit. A clock that was set back
 * further begins afresh.
 */
static void enter_second(struct sekisho_flow_use *use, s64 second)
{
	if (second == use->second || second + 1 == use->second)
		return;
	use->second = second;
	use->opened = 0;
}

bool sekisho_flow_use_take(struct sekisho_flow_use *use, u32 new_per_second, u32 concurrent,
			   s64 second)
{
	bool room;

	spin_lock_bh(&use->lock);
	enter_second(use, second);
	room = (!new_per_second || use->opened < new_per_second) &&
	       (!concurrent || use->concurrent < concurrent);
	if (room) {
		use->opened += use->opened < U32_MAX;
		use->concurrent++;
	}
	spin_unlock_bh(&use->lock);
	return room;
}

static void leave(struct sekisho_flow_use *use)
{
	if (!WARN_ON_ONCE(!use->concurrent))
		use->concurrent--;
}

void sekisho_flow_use_untake(struct sekisho_flow_use *use, s64 second)
{
	spin_lock_bh(&use->lock);
	leave(use);
	if (use->opened && (second == use->second || second + 1 == use->second))
		use->opened--;
	spin_unlock_bh(&use->lock);
}

void sekisho_flow_use_leave(struct sekisho_flow_use *use)
{
	spin_lock_bh(&use->lock);
	leave(use);
	spin_unlock_bh(&use->lock);
}

void sekisho_flow_use_join(struct sekisho_flow_use *use)
{
	spin_lock_bh(&use->lock);
	use->concurrent++;
	spin_unlock_bh(&use->lock);
}
