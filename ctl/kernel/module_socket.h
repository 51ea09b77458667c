/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of kernel/module.h share: the socket, requests and answers, and what attributes
 * hold. Knows messages; nothing of what they are about.
 */
#ifndef SEKISHO_KERNEL_MODULE_SOCKET_H
#define SEKISHO_KERNEL_MODULE_SOCKET_H

#include <libmnl/libmnl.h>

#include "kernel/module.h"

/* A batch is sent when it has so many bytes; the object that made it full may be as long again. */
#define SEKISHO_MODULE_BATCH  32768
#define SEKISHO_MODULE_BUFFER (SEKISHO_MODULE_BATCH + 65536 + 4096)

struct sekisho_module {
	struct mnl_socket *socket;
	uint16_t family;
	uint32_t group; /* of the events */
	uint32_t sequence;
	char text[SEKISHO_MODULE_TEXT_BYTES];
	/* Of what is staged: a commit says how many objects it was. */
	uint32_t counts[SEKISHO_COUNTS_MAX + 1];
	char request[SEKISHO_MODULE_BUFFER];
	char answer[SEKISHO_MODULE_BUFFER];
};

/* Begin a request in @module->request. */
struct nlmsghdr *sekisho_module_begin(struct sekisho_module *module, enum sekisho_command command,
				      uint16_t flags);

/**
 * sekisho_module_send - send the request begun last, and wait for the end of its answer
 * @module: the module
 * @header: as sekisho_module_begin() gave it
 * @take: gets each message that is no error and no end; MNL_CB_OK to go on, MNL_CB_ERROR with
 * errno set else; or NULL
 * @context: handed to @take
 *
 * Return: 0, -EINTR where a dump changed while it was read, or -errno.
 */
int sekisho_module_send(struct sekisho_module *module, struct nlmsghdr *header, mnl_cb_t take,
			void *context);

/* A command without attributes. */
int sekisho_module_order(struct sekisho_module *module, enum sekisho_command command);

/* Dump with one command; again as long as it changes while it is read, @restart before each. */
int sekisho_module_dump(struct sekisho_module *module, enum sekisho_command command, mnl_cb_t take,
			void (*restart)(void *context), void *context);

/* The attribute of that type in a message of the family, or NULL. */
const struct nlattr *sekisho_module_find(const struct nlmsghdr *message, uint16_t type);

/* Numbers of any width; an attribute of another length is 0. */
uint64_t sekisho_module_number(const struct nlattr *attribute);

/* Text with its NUL, cut where it is too long. */
void sekisho_module_copy_text(const struct nlattr *attribute, char *text, size_t bytes);

/* An address: its family, or 0 where it is none. */
uint8_t sekisho_module_address(const struct nlattr *attribute, struct sekisho_address *address);

/* Write an address, or a MAC, as the family wants it. */
void sekisho_module_put_address(struct nlmsghdr *message, uint16_t type, uint8_t family,
				struct sekisho_address address);
void sekisho_module_put_mac(struct nlmsghdr *message, uint16_t type, uint64_t mac);

#endif
