// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel counted of each interface. Knows rtnetlink; nothing of ports or policies.
 */
#include "kernel/link_counts.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>

struct list {
	struct sekisho_link_counts *links;
	size_t count;
	size_t room;
};

static int take_attribute(const struct nlattr *attribute, void *context)
{
	struct sekisho_link_counts *link = context;
	struct rtnl_link_stats64 counts;

	if (mnl_attr_get_type(attribute) != IFLA_STATS64 ||
	    mnl_attr_get_payload_len(attribute) < offsetof(struct rtnl_link_stats64, rx_errors))
		return MNL_CB_OK;
	/* Not aligned to its numbers. */
	memcpy(&counts, mnl_attr_get_payload(attribute),
	       offsetof(struct rtnl_link_stats64, rx_errors));
	link->received_packets = counts.rx_packets;
	link->received_bytes = counts.rx_bytes;
	link->sent_packets = counts.tx_packets;
	link->sent_bytes = counts.tx_bytes;
	return MNL_CB_OK;
}

static int take_link(const struct nlmsghdr *header, void *context)
{
	const struct ifinfomsg *message = mnl_nlmsg_get_payload(header);
	struct list *list = context;
	struct sekisho_link_counts *link;

	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 16;
		struct sekisho_link_counts *links = reallocarray(list->links, room, sizeof(*links));

		if (!links)
			return MNL_CB_ERROR;
		list->links = links;
		list->room = room;
	}
	link = &list->links[list->count++];
	*link = (struct sekisho_link_counts){ .ifindex = (uint32_t)message->ifi_index };
	return mnl_attr_parse(header, sizeof(*message), take_attribute, link);
}

static int ask(struct mnl_socket *socket, struct list *list)
{
	char buffer[32768];
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *message;
	int state = MNL_CB_OK;

	header->nlmsg_type = RTM_GETLINK;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header->nlmsg_seq = 1;
	message = mnl_nlmsg_put_extra_header(header, sizeof(*message));
	message->ifi_family = AF_UNSPEC;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(socket, header, header->nlmsg_len) < 0)
		return -errno;
	while (state == MNL_CB_OK) {
		ssize_t length = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));

		if (length < 0)
			return -errno;
		state = mnl_cb_run(buffer, (size_t)length, 1, mnl_socket_get_portid(socket),
				   take_link, list);
	}
	return state < 0 ? -errno : 0;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = ((const struct sekisho_link_counts *)a)->ifindex;
	uint32_t y = ((const struct sekisho_link_counts *)b)->ifindex;

	return (x > y) - (x < y);
}

int sekisho_link_counts_read(struct sekisho_link_counts **links, size_t *count)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	struct list list = { 0 };
	int error;

	if (!socket)
		return -errno;
	error = ask(socket, &list);
	mnl_socket_close(socket);
	if (error) {
		free(list.links);
		return error;
	}
	if (list.count)
		qsort(list.links, list.count, sizeof(*list.links), compare);
	*links = list.links;
	*count = list.count;
	return 0;
}

const struct sekisho_link_counts *sekisho_link_counts_find(const struct sekisho_link_counts *links,
							   size_t count, uint32_t ifindex)
{
	const struct sekisho_link_counts wanted = { .ifindex = ifindex };

	return count ? bsearch(&wanted, links, count, sizeof(*links), compare) : NULL;
}
