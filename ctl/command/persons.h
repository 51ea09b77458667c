/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who is at the terminal. Knows nothing of what they do.
 */
#ifndef SEKISHO_COMMAND_PERSONS_H
#define SEKISHO_COMMAND_PERSONS_H

#define SEKISHO_PERSON_BYTES 64

/* Who is at the terminal: the one who called sudo, else the user. */
void sekisho_persons_self(char name[SEKISHO_PERSON_BYTES]);

#endif
