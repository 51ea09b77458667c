/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cuts the address space into ranges that every flow treats alike.
 * Knows segments, the host's addresses and address sets; must not know rules.
 */
#ifndef SEKISHO_KERNEL_CLASSES_H
#define SEKISHO_KERNEL_CLASSES_H

#include "objects.h"
#include "tables.h"

/**
 * sekisho_classes_build - make index4, nodes4, hosts6, ranges6, classes and covers
 * @policy: the policy
 * @self: the host's addresses
 * @objects: the policy's address sets
 * @tables: where the tables go
 * @problem: filled in where -E2BIG is returned
 *
 * Return: 0, -ENOMEM or -E2BIG (SEKISHO_TABLES_COVERS, _RANGES, _HASH).
 */
int sekisho_classes_build(const struct sekisho_policy *policy, const struct sekisho_self *self,
			  const struct sekisho_objects *objects, struct sekisho_tables *tables,
			  struct sekisho_tables_problem *problem);

#endif
