/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One record or event as a line for people. Knows the keys of records; nothing of where they come
 * from.
 */
#ifndef SEKISHO_COMMAND_MONITOR_LINE_H
#define SEKISHO_COMMAND_MONITOR_LINE_H

#include <jansson.h>
#include <stdio.h>

/**
 * sekisho_monitor_line - print a record
 * @record: an object as an audit log has them; keys may be missing
 * @stream: where to
 */
void sekisho_monitor_line(const json_t *record, FILE *stream);

/**
 * sekisho_monitor_type - what kind of record it is, in words
 * @record: likewise
 * Return: borrowed from @record, or static.
 */
const char *sekisho_monitor_type(const json_t *record);

/**
 * sekisho_monitor_details - print what a record says beside its time and type, without an end of line
 * @record: likewise
 * @stream: where to
 */
void sekisho_monitor_details(const json_t *record, FILE *stream);

#endif
