/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mark of a translatable message. Message identifiers are the English texts. Knows nothing of
 * who prints a message, or where.
 */
#ifndef SEKISHO_UI_MESSAGE_H
#define SEKISHO_UI_MESSAGE_H

#include <libintl.h>

#define _(text)	 gettext(text)
#define N_(text) (text) /* found by xgettext, translated where it is printed */

#endif
