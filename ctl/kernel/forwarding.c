// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which ports XDP may send frames out of, and the interfaces that the kernel routes by. Knows
 * rtnetlink and the family `netdev`; nothing of routes, connections or verdicts.
 */
#include "kernel/forwarding.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <libmnl/libmnl.h>

/* Of Documentation/netlink/specs/netdev.yaml, which is younger than the headers of Debian 12. */
#define NETDEV_GET	      1
#define NETDEV_IFINDEX	      1
#define NETDEV_XDP_FEATURES   3
#define NETDEV_FEATURE_XMIT   0x4
#define NETDEV_FAMILY_VERSION 1

/* One interface as the kernel knows it. */
struct link {
	uint32_t ifindex;
	uint32_t below; /* of a VLAN interface: what it lies on */
	uint32_t master;
	uint16_t vlan;
	bool is_vlan;
	bool is_service; /* a VLAN of 802.1ad */
	bool is_elsewhere; /* what it lies on is in another namespace */
	bool is_vrf;
	bool sends;
	uint8_t mac[6];
};

struct links {
	struct link *items;
	size_t count;
};

static struct link *find_link(const struct links *links, uint32_t ifindex)
{
	for (size_t i = 0; i < links->count; i++)
		if (links->items[i].ifindex == ifindex)
			return &links->items[i];
	return NULL;
}

static void take_kind(struct link *link, const struct nlattr *info)
{
	const struct nlattr *attribute, *inner;

	mnl_attr_for_each_nested(attribute, info) {
		if (mnl_attr_get_type(attribute) == IFLA_INFO_KIND) {
			link->is_vlan = !strcmp(mnl_attr_get_str(attribute), "vlan");
			link->is_vrf = !strcmp(mnl_attr_get_str(attribute), "vrf");
		}
		if (mnl_attr_get_type(attribute) != IFLA_INFO_DATA || !link->is_vlan)
			continue;
		mnl_attr_for_each_nested(inner, attribute) {
			if (mnl_attr_get_type(inner) == IFLA_VLAN_ID)
				link->vlan = mnl_attr_get_u16(inner);
			if (mnl_attr_get_type(inner) == IFLA_VLAN_PROTOCOL)
				link->is_service = mnl_attr_get_u16(inner) != htons(ETH_P_8021Q);
		}
	}
}

static int take_link(const struct nlmsghdr *header, void *context)
{
	const struct ifinfomsg *message = mnl_nlmsg_get_payload(header);
	struct links *links = context;
	struct link *more = reallocarray(links->items, links->count + 1, sizeof(*more));
	const struct nlattr *attribute;
	struct link *link;

	if (!more) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	links->items = more;
	link = &more[links->count++];
	*link = (struct link){ .ifindex = (uint32_t)message->ifi_index };
	mnl_attr_for_each(attribute, header, sizeof(*message)) {
		switch (mnl_attr_get_type(attribute)) {
		case IFLA_LINK:
			link->below = mnl_attr_get_u32(attribute);
			break;
		case IFLA_LINK_NETNSID:
			link->is_elsewhere = true;
			break;
		case IFLA_MASTER:
			link->master = mnl_attr_get_u32(attribute);
			break;
		case IFLA_ADDRESS:
			if (mnl_attr_get_payload_len(attribute) == sizeof(link->mac))
				memcpy(link->mac, mnl_attr_get_payload(attribute),
				       sizeof(link->mac));
			break;
		case IFLA_LINKINFO:
			take_kind(link, attribute);
			break;
		}
	}
	return MNL_CB_OK;
}

static int take_device(const struct nlmsghdr *header, void *context)
{
	const struct links *links = context;
	struct link *link = NULL;
	const struct nlattr *attribute;
	uint64_t features = 0;

	mnl_attr_for_each(attribute, header, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attribute) == NETDEV_IFINDEX)
			link = find_link(links, mnl_attr_get_u32(attribute));
		if (mnl_attr_get_type(attribute) == NETDEV_XDP_FEATURES)
			features = mnl_attr_get_u64(attribute);
	}
	if (link)
		link->sends = features & NETDEV_FEATURE_XMIT;
	return MNL_CB_OK;
}

static int take_family(const struct nlmsghdr *header, void *context)
{
	const struct nlattr *attribute;
	uint16_t *family = context;

	mnl_attr_for_each(attribute, header, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attribute) == CTRL_ATTR_FAMILY_ID)
			*family = mnl_attr_get_u16(attribute);
	}
	return MNL_CB_OK;
}

/* Send a request and hand each answer to @take. */
static int ask(struct mnl_socket *socket, struct nlmsghdr *header, mnl_cb_t take, void *context)
{
	char buffer[32768];
	int state = MNL_CB_OK;

	header->nlmsg_seq = 1;
	if (mnl_socket_sendto(socket, header, header->nlmsg_len) < 0)
		return -errno;
	while (state == MNL_CB_OK) {
		ssize_t length = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));

		if (length < 0)
			return -errno;
		state = mnl_cb_run(buffer, (size_t)length, 1, mnl_socket_get_portid(socket), take,
				   context);
	}
	return state < 0 ? -errno : 0;
}

static struct mnl_socket *open_socket(int bus)
{
	struct mnl_socket *socket = mnl_socket_open2(bus, SOCK_CLOEXEC);

	if (socket && mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		mnl_socket_close(socket);
		return NULL;
	}
	return socket;
}

static int read_links(struct links *links)
{
	char buffer[256];
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct mnl_socket *socket = open_socket(NETLINK_ROUTE);
	struct ifinfomsg *message;
	int error;

	if (!socket)
		return -errno;
	header->nlmsg_type = RTM_GETLINK;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message = mnl_nlmsg_put_extra_header(header, sizeof(*message));
	message->ifi_family = AF_UNSPEC;
	error = ask(socket, header, take_link, links);
	mnl_socket_close(socket);
	return error;
}

static struct nlmsghdr *generic_request(char *buffer, uint16_t family, uint8_t command,
					uint16_t flags)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *generic;

	header->nlmsg_type = family;
	header->nlmsg_flags = NLM_F_REQUEST | flags;
	generic = mnl_nlmsg_put_extra_header(header, sizeof(*generic));
	generic->cmd = command;
	generic->version = NETDEV_FAMILY_VERSION;
	return header;
}

/* A kernel without the family leaves all links as they are: sending nothing. */
static int read_features(struct links *links)
{
	char buffer[256];
	struct mnl_socket *socket = open_socket(NETLINK_GENERIC);
	struct nlmsghdr *header;
	uint16_t family = 0;
	int error;

	if (!socket)
		return -errno;
	header = generic_request(buffer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	mnl_attr_put_strz(header, CTRL_ATTR_FAMILY_NAME, "netdev");
	error = ask(socket, header, take_family, &family);
	if (!error && family)
		error = ask(socket, generic_request(buffer, family, NETDEV_GET, NLM_F_DUMP),
			    take_device, links);
	mnl_socket_close(socket);
	return error == -ENOENT ? 0 : error;
}

/* The interface that the kernel routes a port's frames by, or NULL. */
static const struct link *routed_by(const struct links *links, const struct link *port,
				    uint16_t vlan)
{
	if (!vlan)
		return port;
	for (size_t i = 0; i < links->count; i++) {
		const struct link *link = &links->items[i];

		if (link->is_vlan && !link->is_service && !link->is_elsewhere &&
		    link->below == port->ifindex && link->vlan == vlan)
			return link;
	}
	return NULL;
}

/* Whether frames reach the kernel's routes by that link itself. */
static bool routes(const struct links *links, const struct link *link)
{
	const struct link *master = link->master ? find_link(links, link->master) : NULL;

	return !link->master || (master && master->is_vrf);
}

/* A row of the map. */
struct pair {
	struct sekisho_link_key key;
	struct sekisho_link value;
};

struct pairs {
	struct pair *items;
	size_t count;
};

static const struct pair *find_pair(const struct pairs *pairs, const struct sekisho_link_key *key)
{
	for (size_t i = 0; i < pairs->count; i++)
		if (!memcmp(&pairs->items[i].key, key, sizeof(*key)))
			return &pairs->items[i];
	return NULL;
}

/* Whether XDP may send frames out of the port; if so, its two rows are added. */
static bool add_port(struct pairs *pairs, const struct links *links,
		     const struct sekisho_port_row *port)
{
	const struct link *link = find_link(links, port->ifindex);
	const struct link *routed = link ? routed_by(links, link, port->vlan) : NULL;
	struct pair *pair = &pairs->items[pairs->count];

	if (!routed || !link->sends || !routes(links, link) || !routes(links, routed))
		return false;
	pair[0] = (struct pair){
		.key = { link->ifindex, port->vlan, SEKISHO_LINK_IN },
		.value = { .ifindex = routed->ifindex },
	};
	memcpy(pair[0].value.mac, routed->mac, sizeof(routed->mac));
	pair[1] = (struct pair){
		.key = { routed->ifindex, 0, SEKISHO_LINK_OUT },
		.value = { .ifindex = link->ifindex, .vlan = port->vlan },
	};
	pairs->count += 2;
	return true;
}

static int compare_ports(const void *left, const void *right)
{
	const struct sekisho_port_row *a = left, *b = right;

	if (a->ifindex != b->ifindex)
		return a->ifindex < b->ifindex ? -1 : 1;
	return (int)a->vlan - (int)b->vlan;
}

/* The ports of the policy in force, always in the same order. */
static struct sekisho_port_row *read_ports(const struct sekisho_engine *engine,
					   const struct sekisho_policy_row *policy, size_t *count)
{
	struct sekisho_port_row *ports = calloc(policy->ports.count + 1, sizeof(*ports));

	*count = 0;
	for (uint32_t i = 0; ports && i < policy->ports.count; i++) {
		const struct sekisho_port_row *row =
			sekisho_engine_row(engine, SEKISHO_MAP_PORTS, policy->ports.base + i);

		if (row->ifindex)
			ports[(*count)++] = *row;
	}
	if (ports)
		qsort(ports, *count, sizeof(*ports), compare_ports);
	return ports;
}

static int find_pairs(struct pairs *pairs, const struct sekisho_engine *engine,
		      const struct sekisho_policy_row *policy, const struct links *links,
		      void (*slow)(void *context, const char *interface), void *context)
{
	size_t count;
	struct sekisho_port_row *ports = read_ports(engine, policy, &count);
	char name[IF_NAMESIZE];

	pairs->items = calloc(2 * count + 1, sizeof(*pairs->items));
	for (size_t i = 0; ports && pairs->items && i < count; i++) {
		if (!add_port(pairs, links, &ports[i]) && slow &&
		    if_indextoname(ports[i].ifindex, name))
			slow(context, name);
	}
	free(ports);
	return ports && pairs->items ? 0 : -ENOMEM;
}

/* What holds stays where it is: frames go by it meanwhile. */
static int write_pairs(int map, const struct pairs *pairs)
{
	struct sekisho_link_key key, *last = NULL;
	struct sekisho_link value;
	int changed = 0;

	while (!bpf_map_get_next_key(map, last, &key)) {
		if (find_pair(pairs, &key)) {
			last = &key;
			continue;
		}
		if (bpf_map_delete_elem(map, &key))
			return -errno;
		changed = 1;
		last = NULL;
	}
	for (size_t i = 0; i < pairs->count; i++) {
		const struct pair *pair = &pairs->items[i];

		if (!bpf_map_lookup_elem(map, &pair->key, &value) &&
		    !memcmp(&value, &pair->value, sizeof(value)))
			continue;
		if (bpf_map_update_elem(map, &pair->key, &pair->value, BPF_ANY))
			return -errno;
		changed = 1;
	}
	return changed;
}

int sekisho_forwarding_fill(struct sekisho_engine *engine,
			    void (*slow)(void *context, const char *interface), void *context)
{
	const struct sekisho_policy_row *policy = sekisho_engine_policy(engine);
	struct pairs pairs = { .items = NULL };
	struct links links = { .items = NULL };
	int error = 0;

	if (policy && policy->fast) {
		error = read_links(&links);
		if (!error)
			error = read_features(&links);
		if (!error)
			error = find_pairs(&pairs, engine, policy, &links, slow, context);
	}
	if (!error)
		error = write_pairs(engine->maps[SEKISHO_MAP_LINKS].fd, &pairs);
	free(pairs.items);
	free(links.items);
	return error;
}
