/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Line 9 of docs/semantics.md: frames of tracked connections, and how a connection is judged again
 * in a new epoch. Knows connections and the matcher; nothing of the lines before and after.
 */
#ifndef SEKISHO_KMOD_ESTABLISHED_H
#define SEKISHO_KMOD_ESTABLISHED_H

#include "judgement.h"

/**
 * sekisho_line_9_established - frames of tracked connections
 * @j: the frame so far; the bucket of its connection stays locked
 *
 * Return: enum sekisho_reason, or SEKISHO_GO_ON.
 */
u8 sekisho_line_9_established(struct sekisho_judgement *j);

/**
 * sekisho_connection_stands - b. to d. of line 9
 * @j: the frame
 * @bucket: of @connection, locked
 * @connection: of the frame, or of what it quotes; deleted where the answer is expired or revoked
 * @initiator: place of its initiator
 * @responder: place of its responder
 * @ask_mac: the frame's source MAC is the initiator's
 *
 * Sets the verdict's flow. Return: enum sekisho_reason, or SEKISHO_GO_ON where it stands.
 */
u8 sekisho_connection_stands(struct sekisho_judgement *j, struct sekisho_bucket bucket,
			     struct sekisho_connection *connection,
			     const struct sekisho_place *initiator,
			     const struct sekisho_place *responder, bool ask_mac);

#endif
