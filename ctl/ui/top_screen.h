/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A terminal in full, by ncurses: pages drawn and keys read; the terminal as it was in whatever
 * way the program ends. The only place that knows ncurses. Knows nothing of what is shown.
 */
#ifndef SEKISHO_UI_TOP_SCREEN_H
#define SEKISHO_UI_TOP_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/top_page.h"

/* Keys that are no characters. */
enum sekisho_top_key {
	SEKISHO_TOP_KEY_NONE = -1, /* the time is over */
	SEKISHO_TOP_KEY_END = -2, /* a signal, or the terminal is gone */
	SEKISHO_TOP_KEY_RESIZED = -3,
	SEKISHO_TOP_KEY_UP = -4,
	SEKISHO_TOP_KEY_DOWN = -5,
	SEKISHO_TOP_KEY_PAGE_UP = -6,
	SEKISHO_TOP_KEY_PAGE_DOWN = -7,
	SEKISHO_TOP_KEY_HOME = -8,
	SEKISHO_TOP_KEY_LAST = -9,
	SEKISHO_TOP_KEY_BACK_TAB = -10,
	SEKISHO_TOP_KEY_ERASE = -11,
	SEKISHO_TOP_KEY_LEFT = -12,
	SEKISHO_TOP_KEY_RIGHT = -13,
};

struct sekisho_top_screen;

/**
 * sekisho_top_screen_open - take the terminal over
 * @opened: set to the screen, to be closed with sekisho_top_screen_close()
 *
 * What is said on standard error from now on is kept back until the screen is closed. One at a
 * time.
 * Return: 0; -ENOTTY where standard input or output is none; -ENODEV where it cannot be drawn on
 * (TERM); -errno.
 */
int sekisho_top_screen_open(struct sekisho_top_screen **opened);

/* Give it back, and say what was kept back. NULL: nothing. */
void sekisho_top_screen_close(struct sekisho_top_screen *screen);

/**
 * sekisho_top_screen_draw - show a page
 * @screen: open
 * @page: the page
 *
 * Return: how many rows of its table there was room for.
 */
size_t sekisho_top_screen_draw(struct sekisho_top_screen *screen,
			       const struct sekisho_top_page *page);

/**
 * sekisho_top_screen_key - wait for a key
 * @screen: open
 * @milliseconds: at most so long
 *
 * Return: a character's code point, or enum sekisho_top_key.
 */
int sekisho_top_screen_key(struct sekisho_top_screen *screen, int milliseconds);

/**
 * sekisho_top_screen_said - the last sentence that was kept back
 * @screen: open
 * @text: receives it, without its end of line; untouched where there is no new one
 * @size: of @text
 *
 * Return: whether something was said since this was last asked.
 */
bool sekisho_top_screen_said(struct sekisho_top_screen *screen, char *text, size_t size);

#endif
