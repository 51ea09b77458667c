// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the module tells to the group. Knows how events are told; nothing of what becomes of them.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/module_socket.h"

/* More than all that the module holds back at once. */
#define RECEIVE_BYTES (4 << 20)

struct sekisho_module_events {
	struct mnl_socket *socket;
	uint16_t family;
	char buffer[SEKISHO_MODULE_BATCH];
};

static int subscribe(struct sekisho_module_events *events, uint32_t group)
{
	int on = 1, bytes = RECEIVE_BYTES;

	events->socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!events->socket || mnl_socket_bind(events->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	setsockopt(mnl_socket_get_fd(events->socket), SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
		   sizeof(bytes));
	/* So that the module counts what finds no room here. */
	mnl_socket_setsockopt(events->socket, NETLINK_BROADCAST_ERROR, &on, sizeof(on));
	return mnl_socket_setsockopt(events->socket, NETLINK_ADD_MEMBERSHIP, &group,
				     sizeof(group)) < 0
		       ? -errno
		       : 0;
}

int sekisho_module_events_open(struct sekisho_module_events **events)
{
	struct sekisho_module_events *opened;
	struct sekisho_module *module;
	int error = sekisho_module_open(&module);

	*events = NULL;
	if (error)
		return error;
	opened = calloc(1, sizeof(*opened));
	error = opened ? 0 : -ENOMEM;
	if (!error) {
		opened->family = module->family;
		error = module->group ? subscribe(opened, module->group) : -ENOENT;
	}
	sekisho_module_close(module);
	if (error) {
		sekisho_module_events_close(opened);
		return error;
	}
	*events = opened;
	return 0;
}

void sekisho_module_events_close(struct sekisho_module_events *events)
{
	if (!events)
		return;
	if (events->socket)
		mnl_socket_close(events->socket);
	free(events);
}

int sekisho_module_events_fd(const struct sekisho_module_events *events)
{
	return mnl_socket_get_fd(events->socket);
}

static void take_number(struct sekisho_module_event *event, const struct nlattr *part)
{
	const uint64_t number = sekisho_module_number(part);

	switch (mnl_attr_get_type(part)) {
	case SEKISHO_EVENT_A_KIND:
		event->kind = (uint8_t)number;
		break;
	case SEKISHO_EVENT_A_TIME:
		event->wall_ns = number;
		break;
	case SEKISHO_EVENT_A_GENERATION:
		event->generation = (uint32_t)number;
		break;
	case SEKISHO_EVENT_A_MAPS_GENERATION:
		event->maps_generation = (uint32_t)number;
		break;
	case SEKISHO_EVENT_A_LOGINUID:
		event->has_loginuid = true;
		event->loginuid = (uint32_t)number;
		break;
	case SEKISHO_EVENT_A_LOST:
		event->lost = number;
		break;
	}
}

static void take_frame_number(struct sekisho_module_event *event, const struct nlattr *part)
{
	const uint64_t number = sekisho_module_number(part);

	switch (mnl_attr_get_type(part)) {
	case SEKISHO_EVENT_A_REASON:
		event->reason = (uint8_t)number;
		break;
	case SEKISHO_EVENT_A_OUTPUT:
		event->output = number;
		break;
	case SEKISHO_EVENT_A_PROTOCOL:
		event->has_protocol = true;
		event->protocol = (uint8_t)number;
		break;
	case SEKISHO_EVENT_A_SOURCE_PORT:
		event->source_port = (uint16_t)number;
		break;
	case SEKISHO_EVENT_A_DESTINATION_PORT:
		event->destination_port = (uint16_t)number;
		break;
	case SEKISHO_EVENT_A_ETHERTYPE:
		event->ethertype = (uint16_t)number;
		break;
	case SEKISHO_EVENT_A_IFINDEX:
		event->ifindex = (uint32_t)number;
		break;
	case SEKISHO_EVENT_A_VLAN:
		event->vlan = (uint16_t)number;
		break;
	case SEKISHO_EVENT_A_PACKETS:
		event->packets = number;
		break;
	case SEKISHO_EVENT_A_BYTES:
		event->bytes = number;
		break;
	}
}

#define TAKE_TEXT(event, part, member) \
	sekisho_module_copy_text(part, (event)->member, sizeof((event)->member))

static void take_text(struct sekisho_module_event *event, const struct nlattr *part)
{
	switch (mnl_attr_get_type(part)) {
	case SEKISHO_EVENT_A_FROM:
		TAKE_TEXT(event, part, from);
		break;
	case SEKISHO_EVENT_A_TO:
		TAKE_TEXT(event, part, to);
		break;
	case SEKISHO_EVENT_A_INTERFACE:
		TAKE_TEXT(event, part, interface);
		break;
	case SEKISHO_EVENT_A_FLOW:
		TAKE_TEXT(event, part, flow);
		break;
	case SEKISHO_EVENT_A_SEGMENT:
		TAKE_TEXT(event, part, segment);
		break;
	case SEKISHO_EVENT_A_DETAIL:
		TAKE_TEXT(event, part, detail);
		break;
	}
}

static void take_address(struct sekisho_module_event *event, const struct nlattr *part)
{
	switch (mnl_attr_get_type(part)) {
	case SEKISHO_EVENT_A_ADDRESS:
	case SEKISHO_EVENT_A_SOURCE:
		event->family = sekisho_module_address(part, &event->source);
		break;
	case SEKISHO_EVENT_A_DESTINATION:
		sekisho_module_address(part, &event->destination);
		break;
	case SEKISHO_EVENT_A_MAC:
		if (mnl_attr_get_payload_len(part) != sizeof(event->mac))
			break;
		event->has_mac = true;
		memcpy(event->mac, mnl_attr_get_payload(part), sizeof(event->mac));
		break;
	}
}

static bool read_event(const struct nlmsghdr *message, struct sekisho_module_event *event)
{
	const struct nlattr *nest = sekisho_module_find(message, SEKISHO_A_EVENT), *part;

	if (!nest)
		return false;
	memset(event, 0, sizeof(*event));
	mnl_attr_for_each_nested(part, nest) {
		take_number(event, part);
		take_frame_number(event, part);
		take_text(event, part);
		take_address(event, part);
	}
	return event->kind;
}

/* Whether more is wanted. */
static bool take_datagram(struct sekisho_module_events *events, int left,
			  bool (*take)(void *context, const struct sekisho_module_event *event),
			  void *context)
{
	const struct nlmsghdr *header = (const struct nlmsghdr *)events->buffer;
	struct sekisho_module_event event;
	bool more = true;

	for (; mnl_nlmsg_ok(header, left); header = mnl_nlmsg_next(header, &left)) {
		const struct genlmsghdr *generic = mnl_nlmsg_get_payload(header);

		if (header->nlmsg_type == events->family &&
		    mnl_nlmsg_get_payload_len(header) >= sizeof(*generic) &&
		    generic->cmd == SEKISHO_CMD_EVENT && read_event(header, &event))
			more = take(context, &event) && more;
	}
	return more;
}

int sekisho_module_events_take(struct sekisho_module_events *events,
			       bool (*take)(void *context,
					    const struct sekisho_module_event *event),
			       void *context)
{
	bool more = true;
	int lost = 0;

	while (more) {
		ssize_t got =
			mnl_socket_recvfrom(events->socket, events->buffer, sizeof(events->buffer));

		if (got >= 0) {
			more = take_datagram(events, (int)got, take, context);
			continue;
		}
		if (errno == EAGAIN)
			return lost;
		if (errno == ENOBUFS)
			lost = -ENOBUFS;
		else if (errno != EINTR)
			return -errno;
	}
	return lost;
}
