/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sentences to the person at the terminal, on standard error. Knows nothing of what is said. What
 * a sentence quotes cannot steer the terminal.
 */
#ifndef SEKISHO_UI_SAY_H
#define SEKISHO_UI_SAY_H

/**
 * sekisho_say - one sentence: what is, or why something was not done
 * @format: translated
 */
void sekisho_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * sekisho_say_hint - what would help, after sekisho_say()
 * @format: translated
 */
void sekisho_say_hint(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * sekisho_say_lines - what another program said, each line indented
 * @text: any text
 */
void sekisho_say_lines(const char *text);

#endif
