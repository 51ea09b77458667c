// SPDX-License-Identifier: GPL-2.0-only
/*
 * What each key does at `top`. Knows nothing of what is shown, nor of terminals.
 */
#include "command/top_keys.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "ui/top_screen.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ESCAPE	     0x1b
#define CLEAR_LINE   0x15 /* Ctrl-U */

static void show_table(struct sekisho_top_view *view, int kind)
{
	view->kind = (enum sekisho_top_kind)((kind + SEKISHO_TOP_TOTALS) % SEKISHO_TOP_TOTALS);
	view->first = 0;
}

static void set_pace(struct sekisho_top_view *view, bool slower)
{
	static const unsigned int paces[] = { 1, 2, 3, 5, 10, 15, 30, SEKISHO_TOP_INTERVAL_MAX };
	size_t at = 0;

	if (slower) {
		while (at + 1 < COUNT(paces) && paces[at] <= view->interval)
			at++;
	} else {
		for (size_t i = 0; i < COUNT(paces) && paces[i] < view->interval; i++)
			at = i;
	}
	view->interval = paces[at];
}

static void move_rows(struct sekisho_top_view *view, int key)
{
	size_t page = view->room ? view->room : 1;

	switch (key) {
	case SEKISHO_TOP_KEY_UP:
		view->first -= view->first > 0;
		break;
	case SEKISHO_TOP_KEY_DOWN:
		view->first++;
		break;
	case SEKISHO_TOP_KEY_PAGE_UP:
		view->first -= view->first < page ? view->first : page;
		break;
	case SEKISHO_TOP_KEY_PAGE_DOWN:
		view->first += page;
		break;
	case SEKISHO_TOP_KEY_HOME:
		view->first = 0;
		break;
	case SEKISHO_TOP_KEY_LAST:
		view->first = view->rows;
		break;
	default:
		break;
	}
	sekisho_top_view_clamp(view);
}

static void erase_last(char *text)
{
	size_t length = strlen(text);

	while (length && ((unsigned char)text[length - 1] & 0xc0) == 0x80)
		length--;
	text[length ? length - 1 : 0] = '\0';
}

static void append(char *text, int character)
{
	char bytes[MB_LEN_MAX + 1] = "";
	mbstate_t state = { 0 };
	size_t count = wcrtomb(bytes, (wchar_t)character, &state), length = strlen(text);

	if (count == (size_t)-1 || length + count >= SEKISHO_TOP_FILTER_BYTES)
		return;
	memcpy(text + length, bytes, count);
	text[length + count] = '\0';
}

static void type(struct sekisho_top_view *view, int key)
{
	view->first = 0;
	if (key == ESCAPE) {
		memcpy(view->filter, view->filter_before, sizeof(view->filter));
		view->typing = false;
	} else if (key == '\r' || key == '\n') {
		view->typing = false;
	} else if (key == SEKISHO_TOP_KEY_ERASE) {
		erase_last(view->filter);
	} else if (key == CLEAR_LINE) {
		*view->filter = '\0';
	} else if (key >= ' ') {
		append(view->filter, key);
	}
}

static void begin_typing(struct sekisho_top_view *view)
{
	memcpy(view->filter_before, view->filter, sizeof(view->filter));
	*view->filter = '\0';
	view->typing = true;
}

static void obey(struct sekisho_top_view *view, int key)
{
	switch (key) {
	case 'q':
		view->ended = true;
		break;
	case '?':
	case 'h':
		view->help = true;
		break;
	case '\t':
		show_table(view, (int)view->kind + 1);
		break;
	case SEKISHO_TOP_KEY_BACK_TAB:
		show_table(view, (int)view->kind - 1);
		break;
	case 's':
	case '>':
	case SEKISHO_TOP_KEY_RIGHT:
		sekisho_top_view_sort(view, 1);
		break;
	case 'S':
	case '<':
	case SEKISHO_TOP_KEY_LEFT:
		sekisho_top_view_sort(view, -1);
		break;
	case 'r':
		view->reversed[view->kind] = !view->reversed[view->kind];
		break;
	case 'p':
	case ' ':
		view->paused = !view->paused;
		break;
	case '/':
		begin_typing(view);
		break;
	case '+':
	case '-':
		set_pace(view, key == '+');
		break;
	default:
		move_rows(view, key);
		break;
	}
}

void sekisho_top_view_key(struct sekisho_top_view *view, int key)
{
	if (key == SEKISHO_TOP_KEY_NONE || key == SEKISHO_TOP_KEY_RESIZED)
		return;
	if (key == SEKISHO_TOP_KEY_END)
		view->ended = true;
	else if (view->typing)
		type(view, key);
	else if (view->help && key != 'q')
		view->help = false;
	else if (key >= '1' && key < '1' + SEKISHO_TOP_TOTALS)
		show_table(view, key - '1');
	else
		obey(view, key);
}
