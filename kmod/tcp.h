/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TCP as docs/semantics.md tracks it. Knows segments and states; nothing of connections' ends,
 * policies or tables.
 */
#ifndef SEKISHO_KMOD_TCP_H
#define SEKISHO_KMOD_TCP_H

#include <linux/types.h>

#include "sekisho/connection.h"

#include "frame.h"

struct sekisho_tcp_side {
	u32 end;
	u32 max_end;
	u32 max_window;
	u8 scale;
	bool has_scale;
	bool fin;
	bool unseen; /* since its last segment here, more may have gone by */
};

struct sekisho_tcp {
	struct sekisho_tcp_side side[2]; /* initiator, responder */
	u32 isn; /* of the last SYN in HALF_OPEN */
	u8 state; /* enum sekisho_tcp_state */
};

enum sekisho_tcp_answer {
	SEKISHO_TCP_VALID,
	SEKISHO_TCP_INVALID, /* nothing was changed */
	SEKISHO_TCP_REOPEN, /* likewise: the connection is to be deleted */
};

bool sekisho_tcp_flags_possible(u8 flags);
bool sekisho_tcp_is_pure_syn(u8 flags);

/* Whether it no longer counts as concurrent: after RST or the second FIN. */
bool sekisho_tcp_is_over(const struct sekisho_tcp *tcp);

/* A new connection by its pure SYN. */
void sekisho_tcp_open(struct sekisho_tcp *tcp, const struct sekisho_tcp_segment *segment);

/**
 * sekisho_tcp_track - a segment of a tracked connection
 * @tcp: changed only where the answer is VALID
 * @segment: the segment
 * @reply: it comes from the responder
 * @fast: segments go by that never come here: those that do come are followed where they are
 *        outside of the windows, and so is the first one of each side when this ends
 */
enum sekisho_tcp_answer sekisho_tcp_track(struct sekisho_tcp *tcp,
					  const struct sekisho_tcp_segment *segment, bool reply,
					  bool fast);

#endif
