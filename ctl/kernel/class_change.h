/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address sets in a half that is there: finds one, or gives the classes of its addresses another
 * object. Knows classes and their tables; must not know flows or rules.
 */
#ifndef SEKISHO_KERNEL_CLASS_CHANGE_H
#define SEKISHO_KERNEL_CLASS_CHANGE_H

#include "half.h"
#include "objects.h"

/**
 * sekisho_class_object - the number of an address set in a half
 * @half: the half; the set is added where it is not there
 * @object: the set; one without ranges is 'any'
 * @work: how many rows may still be looked at; lowered by those that were
 * @number: set to its number
 *
 * Return: 0, -ENOMEM or -ENOSPC (it does not fit into this half, or takes more work; its classes are
 * then spoilt).
 */
int sekisho_class_object(struct sekisho_half *half, const struct sekisho_object *object,
			 uint64_t *work, uint32_t *number);

#endif
