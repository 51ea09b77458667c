/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Single IPv6 addresses out of the ranges into buckets. Must not know what classes mean.
 */
#ifndef SEKISHO_KERNEL_HOSTS6_H
#define SEKISHO_KERNEL_HOSTS6_H

#include "rows.h"
#include "tables.h"

/**
 * sekisho_hosts6_build - make hosts6
 * @ranges: struct sekisho_range6_row; ranges of one address leave it
 * @tables: where the table goes
 * @problem: filled in where -E2BIG is returned
 *
 * Return: 0, -ENOMEM or -E2BIG (SEKISHO_TABLES_HASH).
 */
int sekisho_hosts6_build(struct sekisho_rows *ranges, struct sekisho_tables *tables,
			 struct sekisho_tables_problem *problem);

#endif
