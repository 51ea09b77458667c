/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Line 10 of docs/semantics.md: ICMP errors about tracked connections. Knows connections; nothing
 * of how the quoted packet was read.
 */
#ifndef SEKISHO_KMOD_ICMP_ERROR_H
#define SEKISHO_KMOD_ICMP_ERROR_H

#include "judgement.h"

/**
 * sekisho_line_10_icmp_error - ICMP errors about tracked connections
 * @j: the frame so far; no bucket is locked, and none is afterwards
 *
 * Return: enum sekisho_reason, or SEKISHO_GO_ON where it is no ICMP error.
 */
u8 sekisho_line_10_icmp_error(struct sekisho_judgement *j);

#endif
