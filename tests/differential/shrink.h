/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a long list of ops on which the two sides differ to a short one.
 */
#ifndef SEKISHO_DIFFERENTIAL_SHRINK_H
#define SEKISHO_DIFFERENTIAL_SHRINK_H

#include "both.h"

/**
 * shrink - leave out what the difference does not need
 * @sides: the programs and the guard
 * @ops: the ops; replaced by the shorter list, which shares what they point at
 * @difference: the difference; replaced by that of the shorter list
 */
void shrink(const struct sides *sides, struct ops *ops, struct difference *difference);

#endif
