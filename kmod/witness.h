/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whatever changes the border, and whatever was refused, is told to the group and audited, in one
 * place. Knows nothing of how a change is made.
 */
#ifndef SEKISHO_KMOD_WITNESS_H
#define SEKISHO_KMOD_WITNESS_H

#include <linux/types.h>

#include "sekisho/netlink.h"

struct sekisho_border;
struct sekisho_suspension;

/* What it was about; both may be absent. */
struct sekisho_matter {
	const char *segment;
	const struct sekisho_suspension *host;
};

/* Before anything is told. */
void sekisho_witness_init(struct sekisho_border *border);

/**
 * sekisho_witness_done - a change was made
 * @border: whose; locked
 * @kind: the event
 * @operation: for the audit record
 * @matter: or NULL
 *
 * Process context, as all of these.
 */
void sekisho_witness_done(struct sekisho_border *border, enum sekisho_event_kind kind,
			  const char *operation, const struct sekisho_matter *matter);

/**
 * sekisho_witness_refused - a change was refused
 * @border: whose
 * @operation: what was asked for
 * @generation: in force
 * @text: why, in English
 * @error: the -errno
 *
 * A flood of refusals is neither told nor audited one by one: how many were kept back is audited
 * with the next.
 */
void sekisho_witness_refused(struct sekisho_border *border, const char *operation, u32 generation,
			     const char *text, int error);

/* The maps hold another generation than the module; @border is locked. */
void sekisho_witness_stale(struct sekisho_border *border);

#endif
