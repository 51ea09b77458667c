/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the columns of an exported table are called, in both languages. Knows nothing of which
 * columns a table has.
 */
#ifndef SEKISHO_AUDIT_HEADINGS_H
#define SEKISHO_AUDIT_HEADINGS_H

#include <stdbool.h>

/**
 * sekisho_heading - the heading of a key's column
 * @key: of a record, or one of the table's own (docs/exports.md)
 * Return: static text; @key itself where it has no heading.
 */
const char *sekisho_heading(const char *key, bool japanese);

#endif
