/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether two names mean two persons (R9, R15). Knows nothing of who they are or what they do.
 */
#ifndef SEKISHO_POLICY_PERSONS_H
#define SEKISHO_POLICY_PERSONS_H

#include <stdbool.h>

/**
 * sekisho_persons_same - whether two names are one person's
 * @a: a name
 * @b: another
 *
 * Spaces, the width of letters and digits, of katakana, and the case of Latin letters do not
 * count. A name of nothing but spaces is everybody's.
 */
bool sekisho_persons_same(const char *a, const char *b);

/* Whether a name says anything at all. */
bool sekisho_persons_named(const char *name);

#endif
