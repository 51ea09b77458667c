// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets and answers. Knows generic netlink; nothing of policies.
 */
#include "fuzz_socket.h"

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "sekisho/netlink.h"

#define ANSWER_BYTES_MAX 65536

struct seen *seen;

void fault(const char *format, ...)
{
	unsigned int number = atomic_fetch_add(&seen->faults, 1);
	va_list arguments;

	if (number >= FUZZ_FAULTS)
		return;
	va_start(arguments, format);
	(void)vsnprintf(seen->fault[number], sizeof(seen->fault[number]), format, arguments);
	va_end(arguments);
}

int socket_open(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC), on = 1;
	int room = 1 << 20;

	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		return -1;
	}
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	return fd;
}

int socket_open_in(int namespace, int own)
{
	int fd;

	if (setns(namespace, CLONE_NEWNET))
		return -1;
	fd = socket_open();
	if (setns(own, CLONE_NEWNET))
		fault("cannot go back to the own namespace: %s", strerror(errno));
	return fd;
}

size_t socket_write(uint8_t *buffer, size_t room, const struct header *header,
		    const struct attribute *first, const struct attribute *end)
{
	struct nlmsghdr netlink = {
		.nlmsg_type = header->type,
		.nlmsg_flags = header->flags,
		.nlmsg_seq = header->command,
	};
	struct genlmsghdr generic = {
		.cmd = header->command,
		.version = header->version,
		.reserved = header->reserved,
	};
	size_t length = NLMSG_HDRLEN + GENL_HDRLEN;

	length += tree_write(first, end, buffer + length, room - length);
	netlink.nlmsg_len = (uint32_t)length + (uint32_t)header->lie;
	memcpy(buffer, &netlink, sizeof(netlink));
	memcpy(buffer + NLMSG_HDRLEN, &generic, sizeof(generic));
	return length;
}

bool socket_send(int fd, const uint8_t *buffer, size_t length)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	atomic_fetch_add(&seen->messages, 1);
	return sendto(fd, buffer, length, MSG_DONTWAIT, (struct sockaddr *)&kernel,
		      sizeof(kernel)) == (ssize_t)length;
}

/* Attributes lie one behind the other and end where the message ends. */
static bool attributes_lie_well(const uint8_t *bytes, size_t length)
{
	while (length >= NLA_HDRLEN) {
		struct nlattr attribute;
		size_t step;

		memcpy(&attribute, bytes, sizeof(attribute));
		if (attribute.nla_len < NLA_HDRLEN || attribute.nla_len > length)
			return false;
		step = NLA_ALIGN(attribute.nla_len);
		if (step >= length)
			return true;
		bytes += step;
		length -= step;
	}
	return !length;
}

/* The extended acknowledgement lies behind what is quoted of the question. */
static void check_explanation(const struct nlmsghdr *message, const struct nlmsgerr *error)
{
	size_t at = NLMSG_HDRLEN + sizeof(*error);

	if (!(message->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(message->nlmsg_flags & NLM_F_CAPPED))
		at += NLMSG_ALIGN(error->msg.nlmsg_len - NLMSG_HDRLEN);
	if (at > message->nlmsg_len ||
	    !attributes_lie_well((const uint8_t *)message + at, message->nlmsg_len - at))
		fault("a refusal (%d) has a broken explanation", error->error);
}

static void check_refusal(const struct nlmsghdr *message, uint16_t family, bool rightless)
{
	struct nlmsgerr error;
	size_t length = message->nlmsg_len;
	const uint8_t *bytes = (const uint8_t *)message;

	if (length < NLMSG_HDRLEN + sizeof(error)) {
		fault("a refusal of %zu bytes", length);
		return;
	}
	memcpy(&error, bytes + NLMSG_HDRLEN, sizeof(error));
	if (error.error > 0 || error.error <= -FUZZ_ERRNOS) {
		fault("no errno: %d, command asked of type %u", error.error, error.msg.nlmsg_type);
		return;
	}
	atomic_fetch_add(&seen->refused[-error.error], 1);
	if (error.msg.nlmsg_type != family)
		return;
	if (rightless && !error.error && (error.msg.nlmsg_flags & NLM_F_REQUEST))
		fault("a caller without the right was obeyed");
	if (rightless && error.error == -EPERM)
		atomic_fetch_add(&seen->turned_away, 1);
	/* socket_write() makes the command a message's sequence number. */
	if (!error.error && (error.msg.nlmsg_flags & NLM_F_REQUEST) &&
	    error.msg.nlmsg_seq < FUZZ_COMMANDS)
		atomic_fetch_add(&seen->done[error.msg.nlmsg_seq], 1);
	check_explanation(message, &error);
}

static void check_answer(const struct nlmsghdr *message, uint16_t family, bool rightless)
{
	const uint8_t *bytes = (const uint8_t *)message;
	size_t header = NLMSG_HDRLEN + GENL_HDRLEN;

	if (message->nlmsg_type == NLMSG_ERROR) {
		check_refusal(message, family, rightless);
		return;
	}
	if (message->nlmsg_type == NLMSG_DONE && rightless) {
		fault("a caller without the right was given a dump");
		return;
	}
	if (message->nlmsg_type != family)
		return;
	if (rightless)
		fault("a caller without the right was told something (command %u)",
		      bytes[NLMSG_HDRLEN]);
	if (message->nlmsg_len < header || message->nlmsg_len > ANSWER_BYTES_MAX ||
	    !attributes_lie_well(bytes + header, message->nlmsg_len - header))
		fault("an answer of command %u, %u bytes, is no message", bytes[NLMSG_HDRLEN],
		      message->nlmsg_len);
	atomic_fetch_add(&seen->told, 1);
}

void socket_read(int fd, uint8_t *buffer, unsigned int messages, uint16_t family, bool rightless)
{
	while (messages--) {
		ssize_t got = recv(fd, buffer, FUZZ_ANSWER_BYTES, MSG_DONTWAIT);
		size_t left, at = 0;

		if (got <= 0)
			return;
		for (left = (size_t)got; left >= NLMSG_HDRLEN;) {
			const struct nlmsghdr *message = (const void *)(buffer + at);
			size_t step = NLMSG_ALIGN(message->nlmsg_len);

			if (message->nlmsg_len < NLMSG_HDRLEN || message->nlmsg_len > left) {
				fault("an answer claims %u of %zu bytes", message->nlmsg_len, left);
				return;
			}
			check_answer(message, family, rightless);
			if (step >= left)
				break;
			at += step;
			left -= step;
		}
	}
}

/* The answer of the controller for the family's name, in @buffer; its length, or 0. */
static size_t ask_controller(uint8_t *buffer, size_t room)
{
	struct header header = {
		.type = GENL_ID_CTRL,
		.flags = NLM_F_REQUEST,
		.command = CTRL_CMD_GETFAMILY,
		.version = 1,
	};
	struct tree tree = { 0 };
	int fd = socket_open();
	ssize_t got = 0;
	size_t length;

	if (fd < 0)
		return 0;
	tree_string(&tree, NULL, CTRL_ATTR_FAMILY_NAME, SEKISHO_GENL_NAME);
	length = socket_write(buffer, room, &header, tree.root.first, NULL);
	if (socket_send(fd, buffer, length))
		got = recv(fd, buffer, room, 0);
	tree_clear(&tree);
	close(fd);
	return got > (ssize_t)(NLMSG_HDRLEN + GENL_HDRLEN) ? (size_t)got : 0;
}

/* The value of the first attribute of @type among @length bytes, or NULL. */
static const uint8_t *find(const uint8_t *bytes, size_t length, unsigned int type, size_t *size)
{
	while (length >= NLA_HDRLEN) {
		struct nlattr attribute;
		size_t step;

		memcpy(&attribute, bytes, sizeof(attribute));
		if (attribute.nla_len < NLA_HDRLEN || attribute.nla_len > length)
			return NULL;
		if ((attribute.nla_type & NLA_TYPE_MASK) == type) {
			*size = attribute.nla_len - NLA_HDRLEN;
			return bytes + NLA_HDRLEN;
		}
		step = NLA_ALIGN(attribute.nla_len);
		if (step >= length)
			return NULL;
		bytes += step;
		length -= step;
	}
	return NULL;
}

#define HEADERS (NLMSG_HDRLEN + GENL_HDRLEN)

uint16_t socket_family(void)
{
	_Alignas(struct nlmsghdr) uint8_t buffer[8192];
	size_t length = ask_controller(buffer, sizeof(buffer)), size = 0;
	const uint8_t *value = NULL;
	uint16_t family = 0;

	if (length)
		value = find(buffer + HEADERS, length - HEADERS, CTRL_ATTR_FAMILY_ID, &size);
	if (value && size == sizeof(family))
		memcpy(&family, value, sizeof(family));
	return family;
}

uint32_t socket_group(void)
{
	_Alignas(struct nlmsghdr) uint8_t buffer[8192];
	size_t length = ask_controller(buffer, sizeof(buffer)), size = 0;
	const uint8_t *value = NULL;
	uint32_t group = 0;

	if (length)
		value = find(buffer + HEADERS, length - HEADERS, CTRL_ATTR_MCAST_GROUPS, &size);
	/* The first group is the only one. */
	if (value)
		value = find(value, size, 1, &size);
	if (value)
		value = find(value, size, CTRL_ATTR_MCAST_GRP_ID, &size);
	if (value && size == sizeof(group))
		memcpy(&group, value, sizeof(group));
	return group;
}
