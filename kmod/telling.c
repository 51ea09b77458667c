// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events on their way to the group `events`. What is told waits in a ring until a work item sends
 * it; denials go through a table of recent keys first, so that of each one event a second goes
 * out. Both have their size from the start, and what finds no room is counted. Knows nothing of
 * verdicts' reasons or of who listens.
 */
#include "telling.h"

#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "border.h"
#include "family.h"

#define RING_NOTES 1024
/* Keys lie in sets: one gives way to another of its set only. */
#define RECENT_SETS 256
#define RECENT_WAYS 4
/* A flood of different keys makes at most RING_NOTES events in such a time. */
#define SEND_PAUSE (HZ / 8)

/* What makes denials the same. All bytes count. */
struct sekisho_denial_key {
	struct sekisho_address source;
	struct sekisho_address destination;
	u16 destination_port;
	u8 family;
	u8 protocol;
	u8 reason;
	u8 kind;
	u8 output;
	u8 used; /* 1; 0: this row is free */
};

/* @note is the latest frame's; its packets and bytes are those not told yet. */
struct sekisho_recent {
	struct sekisho_denial_key key;
	unsigned long told_at; /* jiffies */
	struct sekisho_event_note note;
};

struct sekisho_telling {
	struct sekisho_border *border;
	spinlock_t lock; /* all below */
	u32 first; /* in the ring */
	u32 count;
	u64 lost_before; /* since the last note that found room */
	u64 lost;
	u32 seed;
	unsigned long sent_at; /* jiffies */
	struct delayed_work send;
	struct delayed_work sum; /* tells of what came again of a key */
	struct sekisho_recent recent[RECENT_SETS][RECENT_WAYS];
	struct sekisho_event_note ring[RING_NOTES];
};

/* Before the lock is let go, so that what is in the ring is never without somebody to send it. */
static void wake_sender(struct sekisho_telling *telling)
{
	unsigned long now = jiffies, next = telling->sent_at + SEND_PAUSE;

	schedule_delayed_work(&telling->send, time_before(now, next) ? next - now : 0);
}

/* Into the ring, or into the count of what was lost. */
static void put_note(struct sekisho_telling *telling, const struct sekisho_event_note *note)
{
	struct sekisho_event_note *row;

	lockdep_assert_held(&telling->lock);
	if (telling->count == RING_NOTES) {
		telling->lost_before++;
		telling->lost++;
		return;
	}
	row = &telling->ring[(telling->first + telling->count++) % RING_NOTES];
	*row = *note;
	row->lost = telling->lost_before;
	telling->lost_before = 0;
	if (!row->wall_ns)
		row->wall_ns = ktime_get_real_ns();
	wake_sender(telling);
}

static bool take_note(struct sekisho_telling *telling, struct sekisho_event_note *note)
{
	bool any;

	spin_lock_irq(&telling->lock);
	any = telling->count;
	if (any) {
		*note = telling->ring[telling->first];
		telling->first = (telling->first + 1) % RING_NOTES;
		telling->count--;
	}
	telling->sent_at = jiffies;
	spin_unlock_irq(&telling->lock);
	return any;
}

/* An event that somebody would have heard is lost; that nobody listens is no loss. */
static void account_sent(struct sekisho_telling *telling, const struct sekisho_event_note *note,
			 int error)
{
	if (!error || error == -ESRCH)
		return;
	spin_lock_irq(&telling->lock);
	telling->lost_before += note->lost + 1;
	telling->lost++;
	spin_unlock_irq(&telling->lock);
}

static void send_notes(struct sekisho_telling *telling)
{
	struct sekisho_event_note note;
	unsigned int left = RING_NOTES;

	while (left-- && take_note(telling, &note))
		account_sent(telling, &note, sekisho_family_send(telling->border, &note));
}

static void send_work(struct work_struct *work)
{
	struct sekisho_telling *telling =
		container_of(to_delayed_work(work), struct sekisho_telling, send);

	send_notes(telling);
	spin_lock_irq(&telling->lock);
	if (telling->count)
		wake_sender(telling);
	spin_unlock_irq(&telling->lock);
}

/* Tell what has come of a key since the last time. */
static void tell_row(struct sekisho_telling *telling, struct sekisho_recent *row)
{
	put_note(telling, &row->note);
	row->note.packets = 0;
	row->note.bytes = 0;
	row->told_at = jiffies;
}

/* Whether anything is left to be told later. */
static bool sum_rows(struct sekisho_telling *telling, bool all)
{
	struct sekisho_recent *row = &telling->recent[0][0];
	struct sekisho_recent *end = row + RECENT_SETS * RECENT_WAYS;
	bool left = false;

	spin_lock_irq(&telling->lock);
	for (; row < end; row++) {
		if (!row->key.used || !row->note.packets)
			continue;
		if (all || time_after_eq(jiffies, row->told_at + HZ))
			tell_row(telling, row);
		else
			left = true;
	}
	spin_unlock_irq(&telling->lock);
	return left;
}

static void sum_work(struct work_struct *work)
{
	struct sekisho_telling *telling =
		container_of(to_delayed_work(work), struct sekisho_telling, sum);

	if (sum_rows(telling, false))
		schedule_delayed_work(&telling->sum, HZ / 8);
}

struct sekisho_telling *sekisho_telling_new(struct sekisho_border *border)
{
	struct sekisho_telling *telling = kvzalloc(sizeof(*telling), GFP_KERNEL);

	if (!telling)
		return NULL;
	telling->border = border;
	spin_lock_init(&telling->lock);
	telling->seed = get_random_u32();
	telling->sent_at = jiffies - SEND_PAUSE;
	INIT_DELAYED_WORK(&telling->send, send_work);
	INIT_DELAYED_WORK(&telling->sum, sum_work);
	return telling;
}

void sekisho_telling_free(struct sekisho_telling *telling)
{
	if (!telling)
		return;
	/* In this order: sums wake the sender. */
	cancel_delayed_work_sync(&telling->sum);
	sum_rows(telling, true);
	cancel_delayed_work_sync(&telling->send);
	send_notes(telling);
	kvfree(telling);
}

void sekisho_telling_tell(struct sekisho_telling *telling, const struct sekisho_event_note *note)
{
	unsigned long flags;

	spin_lock_irqsave(&telling->lock, flags);
	put_note(telling, note);
	spin_unlock_irqrestore(&telling->lock, flags);
}

static void denial_key(const struct sekisho_event_note *note, struct sekisho_denial_key *key)
{
	BUILD_BUG_ON(sizeof(*key) != 40); /* no padding, whose bytes would count */
	key->source = note->source;
	key->destination = note->destination;
	key->destination_port = note->destination_port;
	key->family = note->family;
	key->protocol = note->protocol;
	key->reason = note->reason;
	key->kind = note->kind;
	key->output = note->output;
	key->used = 1;
}

/* The row of a key: its own, a free one, or the one of its set that was told longest ago. */
static struct sekisho_recent *recent_row(struct sekisho_telling *telling,
					 const struct sekisho_denial_key *key)
{
	u32 set = jhash2((const u32 *)key, sizeof(*key) / sizeof(u32), telling->seed) % RECENT_SETS;
	struct sekisho_recent *row = telling->recent[set];
	struct sekisho_recent *end = row + RECENT_WAYS;
	struct sekisho_recent *choice = row;

	for (; row < end; row++) {
		if (!memcmp(&row->key, key, sizeof(*key)))
			return row;
		if (choice->key.used &&
		    (!row->key.used || time_before(row->told_at, choice->told_at)))
			choice = row;
	}
	return choice;
}

static void recent_begin(struct sekisho_telling *telling, struct sekisho_recent *row,
			 const struct sekisho_denial_key *key)
{
	/* Frames of the key that gives way are told of before it is forgotten. */
	if (row->key.used && row->note.packets)
		put_note(telling, &row->note);
	row->key = *key;
	row->note.packets = 0;
	row->note.bytes = 0;
	row->told_at = jiffies - HZ;
}

void sekisho_telling_denied(struct sekisho_telling *telling, const struct sekisho_event_note *note)
{
	struct sekisho_denial_key key;
	struct sekisho_recent *row;
	unsigned long flags, now;
	u64 packets, bytes;

	denial_key(note, &key);
	spin_lock_irqsave(&telling->lock, flags);
	row = recent_row(telling, &key);
	if (memcmp(&row->key, &key, sizeof(key)))
		recent_begin(telling, row, &key);
	packets = row->note.packets + note->packets;
	bytes = row->note.bytes + note->bytes;
	row->note = *note;
	row->note.packets = packets;
	row->note.bytes = bytes;
	now = jiffies;
	if (time_after_eq(now, row->told_at + HZ))
		tell_row(telling, row);
	else
		schedule_delayed_work(&telling->sum, row->told_at + HZ - now);
	spin_unlock_irqrestore(&telling->lock, flags);
}

u64 sekisho_telling_lost(const struct sekisho_telling *telling)
{
	return READ_ONCE(telling->lost);
}
