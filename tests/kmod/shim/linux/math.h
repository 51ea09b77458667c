/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Division by rounding.
 */
#ifndef SEKISHO_SHIM_LINUX_MATH_H
#define SEKISHO_SHIM_LINUX_MATH_H

#define ALIGN(value, to)   round_up(value, to)
#define DIV_ROUND_UP(a, b) (((a) + (b) - 1) / (b))
#define round_up(a, b)	   ((((a) - 1) | ((__typeof__(a))(b) - 1)) + 1)

#endif
