// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether something changed by which the kernel forwards. Knows rtnetlink; nothing of policies, of
 * ports or of what is done about it.
 */
#include "kernel/routes.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>

/* What a burst of a routing daemon takes. */
#define RECEIVE_BYTES (4 << 20)

/* Reads before others get their turn. */
#define READS_A_TURN 256

/* Of those that find no room, the packet path alone notices a change, since it forgets. */
#define NEIGHBOUR_ROWS	 4096 /* a power of two */
#define NEIGHBOUR_PROBES 8
#define LINK_ROWS	 4096
#define LINK_PROBES	 8

#define MAC_BYTES 6
#define NEIGHBOUR_SURE \
	(NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE)
#define LINK_FLAGS (IFF_UP | IFF_RUNNING | IFF_NOARP)

struct neighbour_key {
	uint32_t ifindex; /* 0: the row is free */
	uint32_t family;
	uint8_t address[16];
};

struct neighbour {
	struct neighbour_key key;
	uint8_t mac[MAC_BYTES];
};

/* A link, as far as it says how frames leave by it. */
struct link {
	uint32_t ifindex; /* 0: the row is free */
	uint32_t digest;
};

struct sekisho_routes {
	struct mnl_socket *socket;
	int changed; /* SEKISHO_ROUTES_* since it was last asked */
	struct neighbour neighbours[NEIGHBOUR_ROWS];
	struct link links[LINK_ROWS];
	char buffer[32768];
};

static uint32_t hash_bytes(uint32_t hash, const void *bytes, size_t count)
{
	const uint8_t *byte = bytes;

	for (size_t i = 0; i < count; i++)
		hash = (hash ^ byte[i]) * 0x01000193u;
	return hash ^ hash >> 15;
}

static uint32_t hash_number(uint32_t hash, uint32_t number)
{
	hash = (hash ^ number) * 0x85ebca6bu;
	return hash ^ hash >> 13;
}

/* The neighbour's row, or else @spare: a free one, or one that may be taken from another. */
static struct neighbour *find_neighbour(struct sekisho_routes *routes,
					const struct neighbour_key *key, struct neighbour **spare)
{
	uint32_t first = hash_bytes(hash_number(key->ifindex, key->family), key->address,
				    sizeof(key->address));

	*spare = &routes->neighbours[first % NEIGHBOUR_ROWS];
	for (uint32_t i = 0; i < NEIGHBOUR_PROBES; i++) {
		struct neighbour *row = &routes->neighbours[(first + i) % NEIGHBOUR_ROWS];

		if (!memcmp(&row->key, key, sizeof(*key)))
			return row;
		if (!row->key.ifindex && (*spare)->key.ifindex)
			*spare = row;
	}
	return NULL;
}

/* Whether what was known of it no longer holds. @mac: NULL where it has none. */
static bool neighbour_changes(struct sekisho_routes *routes, const struct neighbour_key *key,
			      const uint8_t *mac)
{
	struct neighbour *spare, *known = find_neighbour(routes, key, &spare);

	if (!mac) {
		if (known)
			memset(known, 0, sizeof(*known));
		return known;
	}
	if (known && !memcmp(known->mac, mac, MAC_BYTES))
		return false;
	if (!known)
		spare->key = *key;
	memcpy((known ? known : spare)->mac, mac, MAC_BYTES);
	return known;
}

static void take_neighbour(struct sekisho_routes *routes, const struct nlmsghdr *header)
{
	const struct ndmsg *message = mnl_nlmsg_get_payload(header);
	struct neighbour_key key = {
		.ifindex = (uint32_t)message->ndm_ifindex,
		.family = message->ndm_family,
	};
	const struct nlattr *attribute;
	const uint8_t *mac = NULL;

	if ((key.family != AF_INET && key.family != AF_INET6) || message->ndm_flags & NTF_PROXY)
		return;
	mnl_attr_for_each(attribute, header, sizeof(*message)) {
		uint16_t length = mnl_attr_get_payload_len(attribute);

		if (mnl_attr_get_type(attribute) == NDA_DST && length <= sizeof(key.address))
			memcpy(key.address, mnl_attr_get_payload(attribute), length);
		if (mnl_attr_get_type(attribute) == NDA_LLADDR && length == MAC_BYTES)
			mac = mnl_attr_get_payload(attribute);
	}
	if (header->nlmsg_type == RTM_DELNEIGH || !(message->ndm_state & NEIGHBOUR_SURE))
		mac = NULL;
	if (neighbour_changes(routes, &key, mac))
		routes->changed |= SEKISHO_ROUTES_WAYS;
}

static uint32_t digest_of(const struct nlmsghdr *header)
{
	const struct ifinfomsg *message = mnl_nlmsg_get_payload(header);
	uint32_t flags = message->ifi_flags & LINK_FLAGS;
	uint32_t digest = hash_number(0x811c9dc5u, flags);
	const struct nlattr *attribute;

	mnl_attr_for_each(attribute, header, sizeof(*message)) {
		uint16_t type = mnl_attr_get_type(attribute);

		if (type != IFLA_ADDRESS && type != IFLA_MTU && type != IFLA_LINK &&
		    type != IFLA_MASTER)
			continue;
		digest = hash_number(digest, type);
		digest = hash_bytes(digest, mnl_attr_get_payload(attribute),
				    mnl_attr_get_payload_len(attribute));
	}
	return digest;
}

static struct link *find_link(struct sekisho_routes *routes, uint32_t ifindex)
{
	struct link *spare = NULL;

	for (uint32_t i = 0; i < LINK_PROBES; i++) {
		struct link *row = &routes->links[(ifindex + i) % LINK_ROWS];

		if (row->ifindex == ifindex)
			return row;
		if (!row->ifindex && !spare)
			spare = row;
	}
	return spare ? spare : &routes->links[ifindex % LINK_ROWS];
}

/* A new link is no way out of anything yet. */
static void take_link(struct sekisho_routes *routes, const struct nlmsghdr *header)
{
	const struct ifinfomsg *message = mnl_nlmsg_get_payload(header);
	uint32_t ifindex = (uint32_t)message->ifi_index;
	struct link *link = find_link(routes, ifindex);
	uint32_t digest = digest_of(header);

	if (message->ifi_family != AF_UNSPEC)
		return;
	routes->changed |= SEKISHO_ROUTES_LINKS;
	if (header->nlmsg_type == RTM_DELLINK) {
		routes->changed |= SEKISHO_ROUTES_WAYS;
		if (link->ifindex == ifindex)
			*link = (struct link){ .ifindex = 0 };
		return;
	}
	if (link->ifindex == ifindex && link->digest != digest)
		routes->changed |= SEKISHO_ROUTES_WAYS;
	*link = (struct link){ .ifindex = ifindex, .digest = digest };
}

/* What the kernel derived from a route for one destination is no change of it. */
static void take_route(struct sekisho_routes *routes, const struct nlmsghdr *header)
{
	const struct rtmsg *message = mnl_nlmsg_get_payload(header);

	if (!(message->rtm_flags & RTM_F_CLONED))
		routes->changed |= SEKISHO_ROUTES_WAYS;
}

static int take_message(const struct nlmsghdr *header, void *context)
{
	switch (header->nlmsg_type) {
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		take_neighbour(context, header);
		break;
	case RTM_NEWLINK:
	case RTM_DELLINK:
		take_link(context, header);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		take_route(context, header);
		break;
	case RTM_NEWRULE:
	case RTM_DELRULE:
	case RTM_NEWNEXTHOP:
	case RTM_DELNEXTHOP:
		((struct sekisho_routes *)context)->changed |= SEKISHO_ROUTES_WAYS;
		break;
	}
	return MNL_CB_OK;
}

/* By a socket of its own: what comes meanwhile waits in the other one, and is taken later. */
static int take_dump(struct sekisho_routes *routes, uint16_t type, size_t bytes)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	struct nlmsghdr *header = mnl_nlmsg_put_header(routes->buffer);
	int state = MNL_CB_OK;

	if (!socket)
		return -errno;
	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(header, bytes);
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(socket, header, header->nlmsg_len) < 0)
		state = MNL_CB_ERROR;
	while (state == MNL_CB_OK) {
		ssize_t length =
			mnl_socket_recvfrom(socket, routes->buffer, sizeof(routes->buffer));

		state = length < 0
				? MNL_CB_ERROR
				: mnl_cb_run(routes->buffer, (size_t)length, 0,
					     mnl_socket_get_portid(socket), take_message, routes);
	}
	state = state < 0 ? -errno : 0;
	mnl_socket_close(socket);
	return state;
}

/* What is there now. */
static int take_all(struct sekisho_routes *routes)
{
	int error = take_dump(routes, RTM_GETLINK, sizeof(struct ifinfomsg));

	if (!error)
		error = take_dump(routes, RTM_GETNEIGH, sizeof(struct ndmsg));
	routes->changed = SEKISHO_ROUTES_WAYS | SEKISHO_ROUTES_LINKS;
	return error;
}

static int join(struct sekisho_routes *routes)
{
	static const int groups[] = { RTNLGRP_LINK,	  RTNLGRP_NEIGH,     RTNLGRP_IPV4_ROUTE,
				      RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE,
				      RTNLGRP_NEXTHOP };
	int bytes = RECEIVE_BYTES;

	routes->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!routes->socket || mnl_socket_bind(routes->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	setsockopt(mnl_socket_get_fd(routes->socket), SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
		   sizeof(bytes));
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		int group = groups[i];

		if (mnl_socket_setsockopt(routes->socket, NETLINK_ADD_MEMBERSHIP, &group,
					  sizeof(group)) < 0)
			return -errno;
	}
	return 0;
}

int sekisho_routes_open(struct sekisho_routes **routes)
{
	struct sekisho_routes *opened = calloc(1, sizeof(*opened));
	int error = opened ? join(opened) : -ENOMEM;

	*routes = NULL;
	if (!error)
		error = take_all(opened);
	if (error) {
		sekisho_routes_close(opened);
		return error;
	}
	*routes = opened;
	return 0;
}

void sekisho_routes_close(struct sekisho_routes *routes)
{
	if (!routes)
		return;
	if (routes->socket)
		mnl_socket_close(routes->socket);
	free(routes);
}

int sekisho_routes_fd(const struct sekisho_routes *routes)
{
	return mnl_socket_get_fd(routes->socket);
}

int sekisho_routes_take(struct sekisho_routes *routes)
{
	int changed, error = 0;

	for (int i = 0; i < READS_A_TURN && !error; i++) {
		ssize_t length =
			mnl_socket_recvfrom(routes->socket, routes->buffer, sizeof(routes->buffer));

		if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (length < 0)
			error = errno == ENOBUFS ? take_all(routes) : -errno;
		else if (mnl_cb_run(routes->buffer, (size_t)length, 0, 0, take_message, routes) < 0)
			error = -errno;
	}
	if (error)
		return error;
	changed = routes->changed;
	routes->changed = 0;
	return changed;
}
