/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * docs/netlink/sekisho.yaml as a grammar: which commands there are, what they carry, of which type.
 * Makes messages that are right attribute by attribute, and seldom as a whole. Knows nothing of
 * policies that make sense (fuzz_policy.h) or of sockets.
 */
#ifndef SEKISHO_FUZZ_GRAMMAR_H
#define SEKISHO_FUZZ_GRAMMAR_H

#include "sekisho/netlink.h"

#include "fuzz_tree.h"

/* The only seal that ordinary attackers know of, so that what they seal can be unsealed. */
#define FUZZ_SEAL_KEY_BYTE 0x42

/* To be called once: computes the digest of the key above. */
void grammar_prepare(void);
const uint8_t *grammar_seal_digest(void);

/* An order that could be taken (isolate, confirm, seal, report, ...); returns the command. */
uint8_t grammar_order(struct tree *tree, struct random *random);

/* Any command with any of its attributes, now and then with others. */
uint8_t grammar_any(struct tree *tree, struct random *random);

/* A command that dumps. */
uint8_t grammar_dump(struct random *random);

#endif
