/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generic netlink family: docs/netlink/sekisho.yaml answered. Knows attributes and borders;
 * nothing of packets.
 */
#ifndef SEKISHO_KMOD_FAMILY_H
#define SEKISHO_KMOD_FAMILY_H

struct sekisho_border;
struct sekisho_event_note;
struct sekisho_transactions;

int sekisho_family_register(void);
void sekisho_family_unregister(void);

/* Send an event to the group, in process context. 0, -ESRCH where nobody listens, or -errno. */
int sekisho_family_send(struct sekisho_border *border, const struct sekisho_event_note *note);

struct sekisho_transactions *sekisho_transactions_new(void);
void sekisho_transactions_free(struct sekisho_transactions *transactions);

#endif
