// SPDX-License-Identifier: GPL-2.0-only
/*
 * A world as the module's netlink family takes it: what sekishoctl would send, in one piece.
 */
#include "tape.h"

#include <err.h>
#include <libmnl/libmnl.h>
#include <string.h>

#include "kernel/module_objects.h"

#include "../kmod/tape.h"

/* More than there are in any episode: that the table is full is an op of its own. */
#define CONNECTIONS 8192

/* No object is larger. */
#define OBJECT_BYTES_MAX 65535

struct room {
	struct nlmsghdr *message;
	size_t bytes;
};

static struct nlmsghdr *next_message(void *context, int *error)
{
	const struct room *room = context;

	*error = 0;
	if (room->message->nlmsg_len + OBJECT_BYTES_MAX > room->bytes)
		errx(1, "a policy of %u bytes is too large for a tape", room->message->nlmsg_len);
	return room->message;
}

static uint32_t ifindex(void *context, const char *interface)
{
	(void)context;
	return TAPE_IFINDEX((unsigned int)(interface[1] - '0'));
}

size_t tape_policy(const struct world *world, void *room, size_t bytes)
{
	struct sekisho_policy policy = *world->policy;
	struct room whole = { .message = mnl_nlmsg_put_header(room), .bytes = bytes };
	struct sekisho_module_writer writer = {
		.context = &whole,
		.next = next_message,
		.ifindex = ifindex,
	};
	int error;

	policy.connections = CONNECTIONS;
	error = sekisho_module_write(&writer, &policy, &world->self);
	if (error)
		errx(1, "cannot write a policy: %s", strerror(-error));
	bytes = mnl_nlmsg_get_payload_len(whole.message);
	memmove(room, mnl_nlmsg_get_payload(whole.message), bytes);
	return bytes;
}
