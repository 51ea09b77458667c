// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client of the family as anybody would write it: from docs/netlink/sekisho.yaml and libmnl
 * alone, without a header of this project.
 *
 *	client status			the status, a line a value
 *	client events COUNT SECONDS	so many events as they come; 1 where time ran out
 *	client isolate			every segment
 *	client release
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#define FAMILY "sekisho"
#define GROUP  "events"

/* Operations are numbered from 1 in the order of the specification, as are a set's attributes. */
#define OPERATION_GET_STATUS 1
#define OPERATION_ISOLATE    16
#define OPERATION_RELEASE    17
#define OPERATION_EVENT	     23
#define MAIN_STATUS	     13
#define MAIN_EVENT	     21
#define EVENT_KIND	     1

enum type {
	TYPE_NONE,
	TYPE_U8,
	TYPE_U16,
	TYPE_U32,
	TYPE_U64,
	TYPE_S64,
	TYPE_STRING,
	TYPE_HEX,
	TYPE_ADDRESS,
};

struct description {
	const char *name;
	enum type type;
};

static const struct description status_set[] = {
	[1] = { "generation", TYPE_U32 },
	[2] = { "digest", TYPE_HEX },
	[3] = { "applied-at", TYPE_U64 },
	[4] = { "epoch", TYPE_U64 },
	[5] = { "sealed", TYPE_U8 },
	[6] = { "isolated-all", TYPE_U8 },
	[7] = { "frames", TYPE_U64 },
	[8] = { "permitted", TYPE_U64 },
	[9] = { "denied", TYPE_U64 },
	[10] = { "mismatches", TYPE_U64 },
	[11] = { "lost-events", TYPE_U64 },
	[12] = { "connections", TYPE_U32 },
	[13] = { "connections-room", TYPE_U32 },
	[14] = { "flows", TYPE_U32 },
	[15] = { "policy-bytes", TYPE_U64 },
	[16] = { "confirm-seconds", TYPE_U32 },
	[17] = { "fell-back", TYPE_U32 },
	[18] = { "maps-generation", TYPE_U32 },
	[19] = { "stale", TYPE_U32 },
	[20] = { "version", TYPE_STRING },
	[21] = { "pad", TYPE_NONE },
};

static const struct description event_set[] = {
	[1] = { "kind", TYPE_U8 },
	[2] = { "time", TYPE_U64 },
	[3] = { "generation", TYPE_U32 },
	[4] = { "digest", TYPE_HEX },
	[5] = { "reason", TYPE_U8 },
	[6] = { "output", TYPE_U8 },
	[7] = { "from", TYPE_STRING },
	[8] = { "to", TYPE_STRING },
	[9] = { "source", TYPE_ADDRESS },
	[10] = { "destination", TYPE_ADDRESS },
	[11] = { "protocol", TYPE_U8 },
	[12] = { "source-port", TYPE_U16 },
	[13] = { "destination-port", TYPE_U16 },
	[14] = { "ethertype", TYPE_U16 },
	[15] = { "mac", TYPE_HEX },
	[16] = { "interface", TYPE_STRING },
	[17] = { "ifindex", TYPE_U32 },
	[18] = { "vlan", TYPE_U16 },
	[19] = { "packets", TYPE_U64 },
	[20] = { "bytes", TYPE_U64 },
	[21] = { "flow", TYPE_STRING },
	[22] = { "segment", TYPE_STRING },
	[23] = { "address", TYPE_ADDRESS },
	[24] = { "maps-generation", TYPE_U32 },
	[25] = { "detail", TYPE_STRING },
	[26] = { "loginuid", TYPE_U32 },
	[27] = { "lost", TYPE_U64 },
	[28] = { "pad", TYPE_NONE },
};

static const char *const kinds[] = {
	[1] = "committed",	[2] = "confirmed",	 [3] = "reverted",   [4] = "fell-back",
	[5] = "cleared",	[6] = "isolated",	 [7] = "released",   [8] = "suspended",
	[9] = "restored",	[10] = "sealed",	 [11] = "unsealed",  [12] = "refused",
	[13] = "denied",	[14] = "mismatch",	 [15] = "port-lost", [16] = "port-back",
	[17] = "interface-new", [18] = "interface-gone", [19] = "stale",
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* What the controller knows of the family. */
struct family {
	uint16_t id;
	uint32_t group;
};

/* Of what one set describes. */
struct printing {
	const struct description *set;
	size_t count;
	bool kinds; /* attribute 1 is an event's kind */
};

struct events {
	unsigned int wanted;
	unsigned int seen;
};

static void print_hex(const struct nlattr *attribute)
{
	const uint8_t *bytes = mnl_attr_get_payload(attribute);

	for (uint16_t i = 0; i < mnl_attr_get_payload_len(attribute); i++)
		printf("%02x", bytes[i]);
}

static void print_address(const struct nlattr *attribute)
{
	char text[INET6_ADDRSTRLEN] = "?";
	uint16_t length = mnl_attr_get_payload_len(attribute);

	if (length == 4 || length == 16)
		inet_ntop(length == 4 ? AF_INET : AF_INET6, mnl_attr_get_payload(attribute), text,
			  sizeof(text));
	printf("%s", text);
}

static uint64_t number(const struct nlattr *attribute, size_t size)
{
	uint64_t value = 0;

	if (mnl_attr_get_payload_len(attribute) == size)
		memcpy(&value, mnl_attr_get_payload(attribute), size);
	return value;
}

static void print_value(const struct nlattr *attribute, enum type type)
{
	switch (type) {
	case TYPE_U8:
		printf("%" PRIu64, number(attribute, 1));
		break;
	case TYPE_U16:
		printf("%" PRIu64, number(attribute, 2));
		break;
	case TYPE_U32:
		printf("%" PRIu64, number(attribute, 4));
		break;
	case TYPE_U64:
		printf("%" PRIu64, number(attribute, 8));
		break;
	case TYPE_S64:
		printf("%" PRId64, (int64_t)number(attribute, 8));
		break;
	case TYPE_STRING:
		printf("%.*s", (int)mnl_attr_get_payload_len(attribute),
		       mnl_attr_get_str(attribute));
		break;
	case TYPE_HEX:
		print_hex(attribute);
		break;
	case TYPE_ADDRESS:
		print_address(attribute);
		break;
	case TYPE_NONE:
		break;
	}
}

static int print_attribute(const struct nlattr *attribute, void *data)
{
	const struct printing *printing = data;
	uint16_t type = mnl_attr_get_type(attribute);

	/* A later version may tell more. */
	if (type >= printing->count || printing->set[type].type == TYPE_NONE)
		return MNL_CB_OK;
	printf("%s: ", printing->set[type].name);
	if (printing->kinds && type == EVENT_KIND && number(attribute, 1) < COUNT(kinds) &&
	    kinds[number(attribute, 1)])
		printf("%s", kinds[number(attribute, 1)]);
	else
		print_value(attribute, printing->set[type].type);
	printf("\n");
	return MNL_CB_OK;
}

/* The nest of @type in @message, or NULL. */
static const struct nlattr *nest_of(const struct nlmsghdr *message, uint16_t type)
{
	const struct nlattr *attribute;

	mnl_attr_for_each(attribute, message, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attribute) == type)
			return attribute;
	}
	return NULL;
}

static int read_group(const struct nlattr *group, void *data)
{
	struct family *family = data;
	const struct nlattr *attribute;
	const char *name = NULL;
	uint32_t id = 0;

	mnl_attr_for_each_nested(attribute, group) {
		if (mnl_attr_get_type(attribute) == CTRL_ATTR_MCAST_GRP_NAME)
			name = mnl_attr_get_str(attribute);
		else if (mnl_attr_get_type(attribute) == CTRL_ATTR_MCAST_GRP_ID)
			id = mnl_attr_get_u32(attribute);
	}
	if (name && !strcmp(name, GROUP))
		family->group = id;
	return MNL_CB_OK;
}

static int read_family(const struct nlmsghdr *message, void *data)
{
	struct family *family = data;
	const struct nlattr *id = nest_of(message, CTRL_ATTR_FAMILY_ID);
	const struct nlattr *groups = nest_of(message, CTRL_ATTR_MCAST_GROUPS);

	if (id)
		family->id = mnl_attr_get_u16(id);
	if (groups)
		mnl_attr_parse_nested(groups, read_group, family);
	return MNL_CB_OK;
}

static int print_status(const struct nlmsghdr *message, void *data)
{
	struct printing printing = { status_set, COUNT(status_set), false };
	const struct nlattr *status = nest_of(message, MAIN_STATUS);

	(void)data;
	if (!status)
		return MNL_CB_ERROR;
	mnl_attr_parse_nested(status, print_attribute, &printing);
	return MNL_CB_OK;
}

static int print_event(const struct nlmsghdr *message, void *data)
{
	struct printing printing = { event_set, COUNT(event_set), true };
	const struct genlmsghdr *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *event = nest_of(message, MAIN_EVENT);
	struct events *events = data;

	if (header->cmd != OPERATION_EVENT || !event)
		return MNL_CB_OK;
	mnl_attr_parse_nested(event, print_attribute, &printing);
	printf("\n");
	fflush(stdout);
	return ++events->seen < events->wanted ? MNL_CB_OK : MNL_CB_STOP;
}

/* Sends @message and hands what is answered to @callback. */
static int ask(struct mnl_socket *socket, struct nlmsghdr *message, mnl_cb_t callback, void *data)
{
	char buffer[65536];
	unsigned int port = mnl_socket_get_portid(socket);
	int going = MNL_CB_OK;

	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	message->nlmsg_seq = (uint32_t)time(NULL);
	if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
		return -1;
	while (going > MNL_CB_STOP) {
		ssize_t got = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));

		if (got < 0)
			return -1;
		going = mnl_cb_run(buffer, (size_t)got, message->nlmsg_seq, port, callback, data);
	}
	return going;
}

static struct nlmsghdr *begin(char *buffer, uint16_t type, uint8_t command)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *header = mnl_nlmsg_put_extra_header(message, sizeof(*header));

	message->nlmsg_type = type;
	header->cmd = command;
	header->version = 1;
	return message;
}

static int find_family(struct mnl_socket *socket, struct family *family)
{
	char buffer[1024];
	struct nlmsghdr *message = begin(buffer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);

	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, FAMILY);
	return ask(socket, message, read_family, family);
}

static int show_status(struct mnl_socket *socket, const struct family *family)
{
	char buffer[1024];

	return ask(socket, begin(buffer, family->id, OPERATION_GET_STATUS), print_status, NULL);
}

static int order(struct mnl_socket *socket, const struct family *family, uint8_t operation)
{
	char buffer[1024];

	return ask(socket, begin(buffer, family->id, operation), NULL, NULL);
}

static int show_events(struct mnl_socket *socket, const struct family *family, unsigned int wanted,
		       long seconds)
{
	struct timeval patience = { .tv_sec = 0, .tv_usec = 200000 };
	time_t end = time(NULL) + seconds;
	struct events events = { .wanted = wanted };
	uint32_t group = family->group;
	char buffer[65536];

	if (mnl_socket_setsockopt(socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0 ||
	    setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)) < 0)
		return -1;
	fprintf(stderr, "listening\n");
	while (events.seen < events.wanted) {
		ssize_t got = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));

		if (time(NULL) > end) {
			errno = ETIMEDOUT;
			return -1;
		}
		/* Events that found no room are told of by the next one. */
		if (got < 0 && errno != EAGAIN && errno != ENOBUFS)
			return -1;
		if (got > 0 && mnl_cb_run(buffer, (size_t)got, 0, 0, print_event, &events) < 0)
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct mnl_socket *socket = mnl_socket_open(NETLINK_GENERIC);
	struct family family = { 0 };
	int status;

	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    find_family(socket, &family) < 0) {
		perror(FAMILY);
		return 1;
	}
	if (argc == 2 && !strcmp(argv[1], "status")) {
		status = show_status(socket, &family);
	} else if (argc == 2 && !strcmp(argv[1], "isolate")) {
		status = order(socket, &family, OPERATION_ISOLATE);
	} else if (argc == 2 && !strcmp(argv[1], "release")) {
		status = order(socket, &family, OPERATION_RELEASE);
	} else if (argc == 4 && !strcmp(argv[1], "events")) {
		status = show_events(socket, &family, (unsigned int)strtoul(argv[2], NULL, 10),
				     strtol(argv[3], NULL, 10));
	} else {
		fprintf(stderr,
			"usage: client status | isolate | release | events COUNT SECONDS\n");
		return 2;
	}
	if (status < 0)
		perror(argv[1]);
	mnl_socket_close(socket);
	return status < 0 ? 1 : 0;
}
