// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the module tells of itself: its status, ports, counts and orders. Knows how they are told;
 * nothing of what they are good for.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/module_socket.h"

static void take_policy_part(struct sekisho_module_status *status, const struct nlattr *part)
{
	const uint64_t number = sekisho_module_number(part);

	switch (mnl_attr_get_type(part)) {
	case SEKISHO_STATUS_GENERATION:
		status->generation = (uint32_t)number;
		break;
	case SEKISHO_STATUS_DIGEST:
		if (mnl_attr_get_payload_len(part) == sizeof(status->digest))
			memcpy(status->digest, mnl_attr_get_payload(part), sizeof(status->digest));
		break;
	case SEKISHO_STATUS_APPLIED_AT:
		status->applied_at = (int64_t)number;
		break;
	case SEKISHO_STATUS_EPOCH:
		status->epoch = number;
		break;
	case SEKISHO_STATUS_FLOWS:
		status->flows = (uint32_t)number;
		break;
	case SEKISHO_STATUS_POLICY_BYTES:
		status->policy_bytes = number;
		break;
	case SEKISHO_STATUS_VERSION:
		sekisho_module_copy_text(part, status->version, sizeof(status->version));
		break;
	}
}

static void take_state_part(struct sekisho_module_status *status, const struct nlattr *part)
{
	const uint64_t number = sekisho_module_number(part);

	switch (mnl_attr_get_type(part)) {
	case SEKISHO_STATUS_SEALED:
		status->sealed = number;
		break;
	case SEKISHO_STATUS_ISOLATED_ALL:
		status->isolated_all = number;
		break;
	case SEKISHO_STATUS_CONFIRM_SECONDS:
		status->confirming = true;
		status->confirm_seconds = (uint32_t)number;
		break;
	case SEKISHO_STATUS_FELL_BACK:
		status->fell_back = (uint32_t)number;
		break;
	case SEKISHO_STATUS_MAPS_GENERATION:
		status->maps_known = true;
		status->maps_generation = (uint32_t)number;
		break;
	case SEKISHO_STATUS_STALE:
		status->stale = (uint32_t)number;
		break;
	}
}

static void take_count_part(struct sekisho_module_status *status, const struct nlattr *part)
{
	const uint64_t number = sekisho_module_number(part);

	switch (mnl_attr_get_type(part)) {
	case SEKISHO_STATUS_FRAMES:
		status->frames = number;
		break;
	case SEKISHO_STATUS_PERMITTED:
		status->permitted = number;
		break;
	case SEKISHO_STATUS_DENIED:
		status->denied = number;
		break;
	case SEKISHO_STATUS_MISMATCHES:
		status->mismatches = number;
		break;
	case SEKISHO_STATUS_LOST_EVENTS:
		status->lost_events = number;
		break;
	case SEKISHO_STATUS_CONNECTIONS:
		status->connections = (uint32_t)number;
		break;
	case SEKISHO_STATUS_CONNECTIONS_ROOM:
		status->connections_room = (uint32_t)number;
		break;
	}
}

static int take_status(const struct nlmsghdr *message, void *context)
{
	const struct nlattr *nest = sekisho_module_find(message, SEKISHO_A_STATUS), *part;

	if (!nest)
		return MNL_CB_ERROR;
	mnl_attr_for_each_nested(part, nest) {
		take_policy_part(context, part);
		take_state_part(context, part);
		take_count_part(context, part);
	}
	return MNL_CB_OK;
}

int sekisho_module_status(struct sekisho_module *module, struct sekisho_module_status *status)
{
	struct nlmsghdr *message = sekisho_module_begin(module, SEKISHO_CMD_GET_STATUS, NLM_F_ACK);

	memset(status, 0, sizeof(*status));
	return sekisho_module_send(module, message, take_status, status);
}

/* Rows as a dump gives them, one a message. */
struct list {
	char *rows;
	size_t bytes; /* of a row */
	size_t count;
	size_t room;
};

static void *list_add(struct list *list)
{
	size_t room = list->room ? 2 * list->room : 64;
	char *rows;

	if (list->count == list->room) {
		rows = realloc(list->rows, room * list->bytes);
		if (!rows) {
			errno = ENOMEM;
			return NULL;
		}
		list->rows = rows;
		list->room = room;
	}
	return memset(list->rows + list->bytes * list->count++, 0, list->bytes);
}

static void list_restart(void *context)
{
	struct list *list = context;

	list->count = 0;
}

/* @rows: gets the list; @count: how many. */
static int dump_list(struct sekisho_module *module, enum sekisho_command command, mnl_cb_t take,
		     size_t bytes, void *rows, size_t *count)
{
	struct list list = { .bytes = bytes };
	int error = sekisho_module_dump(module, command, take, list_restart, &list);
	void **result = rows;

	if (error) {
		free(list.rows);
		list.rows = NULL;
		list.count = 0;
	}
	*result = list.rows;
	*count = list.count;
	return error;
}

static void take_port_part(struct sekisho_module_port *port, const struct nlattr *part)
{
	const uint64_t number = sekisho_module_number(part);

	switch (mnl_attr_get_type(part)) {
	case SEKISHO_PORT_INTERFACE:
		sekisho_module_copy_text(part, port->interface, sizeof(port->interface));
		break;
	case SEKISHO_PORT_IFINDEX:
		port->ifindex = (uint32_t)number;
		break;
	case SEKISHO_PORT_VLAN:
		port->vlan = (uint16_t)number;
		break;
	case SEKISHO_PORT_SEGMENT:
		port->segment = (uint16_t)number;
		break;
	case SEKISHO_PORT_ATTACHED:
		port->attached = (uint8_t)number;
		break;
	case SEKISHO_PORT_LOST:
		port->lost = (uint32_t)number;
		break;
	}
}

static int take_port(const struct nlmsghdr *message, void *context)
{
	const struct nlattr *nest = sekisho_module_find(message, SEKISHO_A_PORT), *part;
	struct sekisho_module_port *port = nest ? list_add(context) : NULL;

	if (!port)
		return MNL_CB_ERROR;
	mnl_attr_for_each_nested(part, nest) {
		take_port_part(port, part);
	}
	return MNL_CB_OK;
}

int sekisho_module_ports(struct sekisho_module *module, struct sekisho_module_port **ports,
			 size_t *count)
{
	return dump_list(module, SEKISHO_CMD_GET_PORTS, take_port, sizeof(**ports), ports, count);
}

static void take_tally_name(struct sekisho_module_tally *tally, const struct nlattr *part)
{
	switch (mnl_attr_get_type(part)) {
	case SEKISHO_TALLY_REASON:
		tally->reason = (uint8_t)sekisho_module_number(part);
		break;
	case SEKISHO_TALLY_ID:
		sekisho_module_copy_text(part, tally->id, sizeof(tally->id));
		break;
	case SEKISHO_TALLY_FROM:
		sekisho_module_copy_text(part, tally->from, sizeof(tally->from));
		break;
	case SEKISHO_TALLY_TO:
		sekisho_module_copy_text(part, tally->to, sizeof(tally->to));
		break;
	}
}

static void take_tally_count(struct sekisho_module_tally *tally, const struct nlattr *part)
{
	const uint64_t number = sekisho_module_number(part);

	switch (mnl_attr_get_type(part)) {
	case SEKISHO_TALLY_PACKETS:
		tally->packets = number;
		break;
	case SEKISHO_TALLY_BYTES:
		tally->bytes = number;
		break;
	case SEKISHO_TALLY_REPLY_PACKETS:
		tally->reply_packets = number;
		break;
	case SEKISHO_TALLY_REPLY_BYTES:
		tally->reply_bytes = number;
		break;
	case SEKISHO_TALLY_NEW:
		tally->new_connections = number;
		break;
	case SEKISHO_TALLY_DENIED_PACKETS:
		tally->denied_packets = number;
		break;
	case SEKISHO_TALLY_DENIED_BYTES:
		tally->denied_bytes = number;
		break;
	}
}

static int take_tally(const struct nlmsghdr *message, void *context)
{
	const struct nlattr *nest = sekisho_module_find(message, SEKISHO_A_TALLY), *part;
	struct sekisho_module_tally *tally = nest ? list_add(context) : NULL;

	if (!tally)
		return MNL_CB_ERROR;
	mnl_attr_for_each_nested(part, nest) {
		take_tally_name(tally, part);
		take_tally_count(tally, part);
	}
	return MNL_CB_OK;
}

int sekisho_module_tallies(struct sekisho_module *module, enum sekisho_command command,
			   struct sekisho_module_tally **tallies, size_t *count)
{
	return dump_list(module, command, take_tally, sizeof(**tallies), tallies, count);
}

static int take_order(const struct nlmsghdr *message, void *context)
{
	const struct nlattr *name = sekisho_module_find(message, SEKISHO_A_NAME);
	const struct nlattr *address = sekisho_module_find(message, SEKISHO_A_ADDRESS);
	const struct nlattr *mac = sekisho_module_find(message, SEKISHO_A_MAC);
	struct sekisho_module_order *order = list_add(context);

	if (!order)
		return MNL_CB_ERROR;
	if (name) {
		sekisho_module_copy_text(name, order->segment, sizeof(order->segment));
	} else if (address) {
		order->family = sekisho_module_address(address, &order->address);
	} else if (mac && mnl_attr_get_payload_len(mac) == 6) {
		const uint8_t *bytes = mnl_attr_get_payload(mac);

		for (int i = 0; i < 6; i++)
			order->address.low = order->address.low << 8 | bytes[i];
	}
	return MNL_CB_OK;
}

int sekisho_module_orders(struct sekisho_module *module, struct sekisho_module_order **orders,
			  size_t *count)
{
	return dump_list(module, SEKISHO_CMD_GET_ORDERS, take_order, sizeof(**orders), orders,
			 count);
}
