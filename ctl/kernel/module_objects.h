/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy as the objects of the family, in the form in which the module dumps them. Knows the
 * policy and attributes; nothing of sockets or transactions.
 */
#ifndef SEKISHO_KERNEL_MODULE_OBJECTS_H
#define SEKISHO_KERNEL_MODULE_OBJECTS_H

#include <libmnl/libmnl.h>
#include <stdint.h>

#include "model/policy.h"
#include "model/verdict.h"
#include "sekisho/netlink.h"

/* Where objects go: each is written into a message that has room for it. */
struct sekisho_module_writer {
	void *context;
	/* The message that the next object, of at most 65,535 bytes, is written into. */
	struct nlmsghdr *(*next)(void *context, int *error);
	uint32_t (*ifindex)(void *context, const char *interface);
	void *ifindex_context;
	uint32_t counts[SEKISHO_COUNTS_MAX + 1]; /* of what was written */
	char refused[SEKISHO_NAME_BYTES]; /* the flow that is too large for an attribute */
};

/**
 * sekisho_module_write - write all objects of a policy, in the order of adding
 * @writer: where to; its counts begin anew
 * @policy: which
 * @self: the host's own addresses
 *
 * Return: 0, -E2BIG with @writer->refused set, or what @writer->next gave.
 */
int sekisho_module_write(struct sekisho_module_writer *writer, const struct sekisho_policy *policy,
			 const struct sekisho_self *self);

#endif
