/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each key does at `top`. Pure: knows the view; nothing of what is shown, nor of terminals.
 */
#ifndef SEKISHO_COMMAND_TOP_KEYS_H
#define SEKISHO_COMMAND_TOP_KEYS_H

#include "command/top_view.h"

/**
 * sekisho_top_view_key - obey a key
 * @view: the view
 * @key: a character's code point, or enum sekisho_top_key
 */
void sekisho_top_view_key(struct sekisho_top_view *view, int key);

#endif
