/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who acts, and whether two names mean two persons. Knows nothing of what they do.
 */
#ifndef SEKISHO_COMMAND_PERSONS_H
#define SEKISHO_COMMAND_PERSONS_H

#include <stdbool.h>

#define SEKISHO_PERSON_BYTES 64

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

/* Who is at the terminal: the one who called sudo, else the user. */
void sekisho_persons_self(char name[SEKISHO_PERSON_BYTES]);

#endif
