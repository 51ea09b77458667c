/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events on their way to the group `events`. Packets put what they have to tell into rows that
 * exist already; a work item sends it. Of one key of denials one event a second goes out, with the
 * number of frames since. What finds no room is counted and told with the next. Knows nothing of
 * verdicts' reasons or of who listens.
 */
#ifndef SEKISHO_KMOD_TELLING_H
#define SEKISHO_KMOD_TELLING_H

#include <linux/types.h>

#include "sekisho/limits.h"
#include "sekisho/netlink.h"

#include "address.h"

struct sekisho_border;
struct sekisho_telling;

/* Fields that a kind has no use for are 0, or NUL. */
struct sekisho_event_note {
	u64 wall_ns;
	u64 packets;
	u64 bytes;
	u64 lost;
	u64 mac;
	struct sekisho_address source; /* or the address of a suspension */
	struct sekisho_address destination;
	u32 generation;
	u32 maps_generation;
	u32 ifindex;
	u32 loginuid;
	u16 source_port;
	u16 destination_port;
	u16 vlan;
	u16 ethertype;
	u8 kind; /* enum sekisho_event_kind */
	u8 reason;
	u8 family; /* of the addresses; 0: none */
	u8 protocol;
	bool output;
	bool has_mac;
	bool has_digest;
	bool has_loginuid;
	char from[SEKISHO_NAME_BYTES];
	char to[SEKISHO_NAME_BYTES];
	char flow[SEKISHO_NAME_BYTES];
	char interface[16];
	char detail[96];
	u8 digest[SEKISHO_DIGEST_BYTES];
};

struct sekisho_telling *sekisho_telling_new(struct sekisho_border *border);
/* What is queued is sent or dropped first. */
void sekisho_telling_free(struct sekisho_telling *telling);

/* Tell one thing. Any context; never waits. @note->wall_ns is set here where it is 0. */
void sekisho_telling_tell(struct sekisho_telling *telling, const struct sekisho_event_note *note);

/* Tell of a denied frame, joined with others of its key. Bottom halves off; never waits. */
void sekisho_telling_denied(struct sekisho_telling *telling, const struct sekisho_event_note *note);

u64 sekisho_telling_lost(const struct sekisho_telling *telling);

#endif
