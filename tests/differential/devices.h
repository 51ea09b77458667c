/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Network devices that only this process knows: the kernel runs a program on a frame only if the
 * device it is said to come from exists.
 */
#ifndef SEKISHO_DIFFERENTIAL_DEVICES_H
#define SEKISHO_DIFFERENTIAL_DEVICES_H

#include <stdint.h>

/**
 * devices_make - enter a network namespace of one's own and make devices p0, p1 and so on
 * @count: how many, an even number: they are veth pairs
 * @indexes: set to their interface numbers
 *
 * Return: 0 or -errno.
 */
int devices_make(unsigned int count, uint32_t *indexes);

#endif
