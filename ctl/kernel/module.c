// SPDX-License-Identifier: GPL-2.0-only
/*
 * The socket to the module, requests and their answers. Knows netlink; nothing of what is asked.
 */
#include "kernel/module.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/module_socket.h"

/* A dump is begun again so many times where it changes while it is read. */
#define DUMP_TRIES 5

struct nlmsghdr *sekisho_module_begin(struct sekisho_module *module, enum sekisho_command command,
				      uint16_t flags)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(module->request);
	struct genlmsghdr *generic;

	header->nlmsg_type = module->family;
	header->nlmsg_flags = NLM_F_REQUEST | flags;
	header->nlmsg_seq = ++module->sequence;
	generic = mnl_nlmsg_put_extra_header(header, sizeof(*generic));
	generic->cmd = (uint8_t)command;
	generic->version = SEKISHO_GENL_VERSION;
	return header;
}

static void take_words(struct sekisho_module *module, const struct nlmsghdr *header)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(header);
	size_t offset = sizeof(*error);
	const struct nlattr *attribute;

	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		offset += error->msg.nlmsg_len - sizeof(error->msg);
	if (mnl_nlmsg_get_payload_len(header) < offset)
		return;
	mnl_attr_for_each(attribute, header, (unsigned int)offset) {
		if (mnl_attr_get_type(attribute) == NLMSGERR_ATTR_MSG)
			sekisho_module_copy_text(attribute, module->text, sizeof(module->text));
	}
}

/* An answer while it is read: to its end, whatever comes of its parts. */
struct answer {
	uint32_t sequence;
	mnl_cb_t take; /* NULL once a part was not taken */
	void *context;
	int error; /* the first */
};

static void fail(struct answer *answer, int error)
{
	if (!answer->error)
		answer->error = error;
	answer->take = NULL;
}

/* Whether the answer ends with this message. */
static bool take_message(struct sekisho_module *module, const struct nlmsghdr *header,
			 struct answer *answer)
{
	int error = 0;

	if (header->nlmsg_flags & NLM_F_DUMP_INTR)
		fail(answer, -EINTR);
	switch (header->nlmsg_type) {
	case NLMSG_NOOP:
		return false;
	case NLMSG_DONE:
		if (mnl_nlmsg_get_payload_len(header) >= sizeof(error))
			memcpy(&error, mnl_nlmsg_get_payload(header), sizeof(error));
		if (error < 0)
			fail(answer, error);
		return true;
	case NLMSG_ERROR:
		if (mnl_nlmsg_get_payload_len(header) < sizeof(struct nlmsgerr)) {
			fail(answer, -EBADMSG);
			return true;
		}
		error = ((const struct nlmsgerr *)mnl_nlmsg_get_payload(header))->error;
		if (error) {
			take_words(module, header);
			fail(answer, error);
		}
		return true;
	}
	errno = EBADMSG;
	if (answer->take && answer->take(header, answer->context) < MNL_CB_STOP)
		fail(answer, -errno);
	return false;
}

/* One datagram; whether the answer ended in it. */
static bool receive(struct sekisho_module *module, struct answer *answer)
{
	ssize_t got = mnl_socket_recvfrom(module->socket, module->answer, sizeof(module->answer));
	const struct nlmsghdr *header = (const struct nlmsghdr *)module->answer;
	bool ended = false;
	int left = (int)got;

	if (got < 0) {
		if (errno == EINTR)
			return false;
		fail(answer, -errno);
		return true;
	}
	for (; !ended && mnl_nlmsg_ok(header, left); header = mnl_nlmsg_next(header, &left)) {
		/* What came late of an earlier request. */
		if (header->nlmsg_seq == answer->sequence)
			ended = take_message(module, header, answer);
	}
	return ended;
}

int sekisho_module_send(struct sekisho_module *module, struct nlmsghdr *header, mnl_cb_t take,
			void *context)
{
	struct answer answer = {
		.sequence = header->nlmsg_seq,
		.take = take,
		.context = context,
	};

	module->text[0] = '\0';
	if (mnl_socket_sendto(module->socket, header, header->nlmsg_len) < 0)
		return -errno;
	while (!receive(module, &answer))
		;
	return answer.error;
}

int sekisho_module_order(struct sekisho_module *module, enum sekisho_command command)
{
	return sekisho_module_send(module, sekisho_module_begin(module, command, NLM_F_ACK), NULL,
				   NULL);
}

int sekisho_module_dump(struct sekisho_module *module, enum sekisho_command command, mnl_cb_t take,
			void (*restart)(void *context), void *context)
{
	int error = -EINTR;

	for (int tries = 0; error == -EINTR && tries < DUMP_TRIES; tries++) {
		restart(context);
		error = sekisho_module_send(
			module, sekisho_module_begin(module, command, NLM_F_DUMP), take, context);
	}
	return error;
}

const struct nlattr *sekisho_module_find(const struct nlmsghdr *message, uint16_t type)
{
	const struct nlattr *attribute;

	mnl_attr_for_each(attribute, message, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attribute) == type)
			return attribute;
	}
	return NULL;
}

uint64_t sekisho_module_number(const struct nlattr *attribute)
{
	switch (mnl_attr_get_payload_len(attribute)) {
	case 1:
		return mnl_attr_get_u8(attribute);
	case 2:
		return mnl_attr_get_u16(attribute);
	case 4:
		return mnl_attr_get_u32(attribute);
	case 8:
		return mnl_attr_get_u64(attribute);
	}
	return 0;
}

void sekisho_module_copy_text(const struct nlattr *attribute, char *text, size_t bytes)
{
	size_t length = mnl_attr_get_payload_len(attribute);

	if (length > bytes - 1)
		length = bytes - 1;
	memcpy(text, mnl_attr_get_payload(attribute), length);
	text[length] = '\0';
}

static uint64_t read_big(const uint8_t *bytes, int count)
{
	uint64_t number = 0;

	for (int i = 0; i < count; i++)
		number = number << 8 | bytes[i];
	return number;
}

static void write_big(uint8_t *bytes, int count, uint64_t number)
{
	for (int i = count; i-- > 0; number >>= 8)
		bytes[i] = (uint8_t)number;
}

uint8_t sekisho_module_address(const struct nlattr *attribute, struct sekisho_address *address)
{
	const uint8_t *bytes = mnl_attr_get_payload(attribute);

	switch (mnl_attr_get_payload_len(attribute)) {
	case 4:
		*address = (struct sekisho_address){ .low = read_big(bytes, 4) };
		return 4;
	case 16:
		address->high = read_big(bytes, 8);
		address->low = read_big(bytes + 8, 8);
		return 6;
	}
	return 0;
}

void sekisho_module_put_address(struct nlmsghdr *message, uint16_t type, uint8_t family,
				struct sekisho_address address)
{
	uint8_t bytes[16];

	if (family == 4) {
		write_big(bytes, 4, address.low);
		mnl_attr_put(message, type, 4, bytes);
		return;
	}
	write_big(bytes, 8, address.high);
	write_big(bytes + 8, 8, address.low);
	mnl_attr_put(message, type, 16, bytes);
}

void sekisho_module_put_mac(struct nlmsghdr *message, uint16_t type, uint64_t mac)
{
	uint8_t bytes[6];

	write_big(bytes, sizeof(bytes), mac);
	mnl_attr_put(message, type, sizeof(bytes), bytes);
}

static void take_group(struct sekisho_module *module, const struct nlattr *group)
{
	const struct nlattr *part;
	bool ours = false;
	uint32_t number = 0;

	mnl_attr_for_each_nested(part, group) {
		char name[GENL_NAMSIZ];

		if (mnl_attr_get_type(part) == CTRL_ATTR_MCAST_GRP_ID) {
			number = (uint32_t)sekisho_module_number(part);
		} else if (mnl_attr_get_type(part) == CTRL_ATTR_MCAST_GRP_NAME) {
			sekisho_module_copy_text(part, name, sizeof(name));
			ours = !strcmp(name, SEKISHO_GENL_GROUP_EVENTS);
		}
	}
	if (ours)
		module->group = number;
}

static int take_family(const struct nlmsghdr *message, void *context)
{
	struct sekisho_module *module = context;
	const struct nlattr *attribute, *group;
	uint16_t family = 0;

	mnl_attr_for_each(attribute, message, sizeof(struct genlmsghdr)) {
		switch (mnl_attr_get_type(attribute)) {
		case CTRL_ATTR_FAMILY_ID:
			family = (uint16_t)sekisho_module_number(attribute);
			break;
		case CTRL_ATTR_MCAST_GROUPS:
			mnl_attr_for_each_nested(group, attribute) {
				take_group(module, group);
			}
			break;
		}
	}
	/* The answer's own type is the controller's: only now the family's is known. */
	module->family = family;
	return family ? MNL_CB_OK : MNL_CB_ERROR;
}

static int find_family(struct sekisho_module *module)
{
	struct nlmsghdr *header;
	struct genlmsghdr *generic;
	int error;

	module->family = GENL_ID_CTRL;
	header = sekisho_module_begin(module, SEKISHO_CMD_UNSPEC, NLM_F_ACK);
	generic = mnl_nlmsg_get_payload(header);
	generic->cmd = CTRL_CMD_GETFAMILY;
	mnl_attr_put_strz(header, CTRL_ATTR_FAMILY_NAME, SEKISHO_GENL_NAME);
	error = sekisho_module_send(module, header, take_family, module);
	return error == -EOPNOTSUPP ? -ENOENT : error;
}

static void set_option(const struct sekisho_module *module, int option)
{
	int on = 1;

	/* Without them the kernel's words are missing, which is no reason not to ask. */
	mnl_socket_setsockopt(module->socket, option, &on, sizeof(on));
}

int sekisho_module_open(struct sekisho_module **module)
{
	struct sekisho_module *opened = calloc(1, sizeof(*opened));
	int error = 0;

	*module = NULL;
	if (!opened)
		return -ENOMEM;
	opened->socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!opened->socket || mnl_socket_bind(opened->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		error = -errno;
	if (!error) {
		set_option(opened, NETLINK_EXT_ACK);
		set_option(opened, NETLINK_CAP_ACK);
		set_option(opened, NETLINK_GET_STRICT_CHK);
		error = find_family(opened);
	}
	if (error) {
		sekisho_module_close(opened);
		return error;
	}
	*module = opened;
	return 0;
}

void sekisho_module_close(struct sekisho_module *module)
{
	if (!module)
		return;
	if (module->socket)
		mnl_socket_close(module->socket);
	free(module);
}

const char *sekisho_module_text(const struct sekisho_module *module)
{
	return module->text;
}

uint32_t sekisho_module_identity(const struct sekisho_module *module)
{
	return module->family;
}
