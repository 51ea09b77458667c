/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Verdict reasons in words. Knows nothing of packets or of where the words go.
 */
#ifndef SEKISHO_UI_REASON_H
#define SEKISHO_UI_REASON_H

#include "ui/language.h"

/**
 * sekisho_reason_name - a reason's name, the same in every language
 * @reason: enum sekisho_reason
 *
 * Return: the name, or NULL where @reason is none.
 */
const char *sekisho_reason_name(unsigned int reason);

/**
 * sekisho_reason_text - a reason in words
 * @reason: enum sekisho_reason
 * @language: which
 *
 * Return: the text, or NULL where @reason is none.
 */
const char *sekisho_reason_text(unsigned int reason, enum sekisho_language language);

/* The number of the reason of that name, or SEKISHO_REASON_INVALID. */
unsigned int sekisho_reason_find(const char *name);

#endif
