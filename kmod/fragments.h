/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Permitted first fragments, by which later ones are judged. Allocated once; the oldest gives way.
 * Knows nothing of policies or of the order of decision.
 */
#ifndef SEKISHO_KMOD_FRAGMENTS_H
#define SEKISHO_KMOD_FRAGMENTS_H

#include <linux/types.h>

#include "address.h"

struct sekisho_datagram {
	struct sekisho_address source;
	struct sekisho_address destination;
	u32 identification;
	u8 family;
	u8 protocol; /* 0 in IPv6: it does not tell datagrams apart there */
};

struct sekisho_first_fragment {
	struct sekisho_datagram datagram;
	u64 epoch;
	u32 seen; /* monotonic seconds */
	u32 flow; /* in the policy of @epoch, or SEKISHO_NO_FLOW */
	u16 to; /* destination segment */
	bool related;
	bool reply;
};

struct sekisho_fragments;

struct sekisho_fragments *sekisho_fragments_new(void);
void sekisho_fragments_free(struct sekisho_fragments *fragments);

/* Remember, in place of the datagram's last. Bottom halves off. */
void sekisho_fragments_remember(struct sekisho_fragments *fragments,
				const struct sekisho_first_fragment *first);

/* Find one of @epoch, at most 30 s old; a copy in @first. */
bool sekisho_fragments_recall(struct sekisho_fragments *fragments,
			      const struct sekisho_datagram *datagram, u64 epoch, u32 now,
			      struct sekisho_first_fragment *first);

#endif
