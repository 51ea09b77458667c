// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes veth pairs over rtnetlink, in a namespace that ends with the process.
 */
#include "devices.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>

static void put_pair(struct nlmsghdr *message, const char *name, const char *peer)
{
	struct nlattr *information, *data, *other;

	mnl_attr_put_strz(message, IFLA_IFNAME, name);
	information = mnl_attr_nest_start(message, IFLA_LINKINFO);
	mnl_attr_put_strz(message, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
	other = mnl_attr_nest_start(message, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(message, IFLA_IFNAME, peer);
	mnl_attr_nest_end(message, other);
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, information);
}

static int make_pair(struct mnl_socket *socket, unsigned int first)
{
	char buffer[1024], name[IF_NAMESIZE], peer[IF_NAMESIZE];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	ssize_t length;

	message->nlmsg_type = RTM_NEWLINK;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
	message->nlmsg_seq = first;
	mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
	snprintf(name, sizeof(name), "p%u", first);
	snprintf(peer, sizeof(peer), "p%u", first + 1);
	put_pair(message, name, peer);
	if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
		return -errno;
	length = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
	if (length < 0 || mnl_cb_run(buffer, (size_t)length, first, mnl_socket_get_portid(socket),
				     NULL, NULL) < 0)
		return -errno;
	return 0;
}

int devices_make(unsigned int count, uint32_t *indexes)
{
	struct mnl_socket *socket;
	int error = 0;

	if (unshare(CLONE_NEWNET))
		return -errno;
	socket = mnl_socket_open(NETLINK_ROUTE);
	if (!socket)
		return -errno;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		error = -errno;
	for (unsigned int i = 0; i < count && !error; i += 2)
		error = make_pair(socket, i);
	mnl_socket_close(socket);
	for (unsigned int i = 0; i < count && !error; i++) {
		char name[IF_NAMESIZE];

		snprintf(name, sizeof(name), "p%u", i);
		indexes[i] = if_nametoindex(name);
		if (!indexes[i])
			error = -errno;
	}
	return error;
}
