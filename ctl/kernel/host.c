// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the border host is: its addresses by rtnetlink, its cards' features by ethtool. Knows
 * nothing of BPF or policies.
 */
#include "kernel/host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int ranges_add(struct sekisho_ranges *ranges, uint8_t family, const void *bytes)
{
	struct sekisho_range *items, *item;
	uint32_t words[4];

	items = realloc(ranges->items, (ranges->count + 1) * sizeof(*items));
	if (!items)
		return -ENOMEM;
	ranges->items = items;
	item = &items[ranges->count++];
	memset(item, 0, sizeof(*item));
	item->family = family;
	memcpy(words, bytes, family == 4 ? 4 : 16);
	if (family == 4) {
		item->first.low = ntohl(words[0]);
	} else {
		item->first.high = (uint64_t)ntohl(words[0]) << 32 | ntohl(words[1]);
		item->first.low = (uint64_t)ntohl(words[2]) << 32 | ntohl(words[3]);
	}
	item->last = item->first;
	return 0;
}

/* The kernel takes the last address of a link's network for a broadcast, whether it was set or not. */
static int add_last_address(struct sekisho_self *self, const struct nlattr *address,
			    unsigned int length)
{
	uint32_t last = ntohl(mnl_attr_get_u32(address));

	if (length > 30)
		return 0;
	last = htonl(last | UINT32_MAX >> length);
	return ranges_add(&self->broadcasts, 4, &last);
}

static int take_address(const struct nlmsghdr *header, void *context)
{
	const struct ifaddrmsg *message = mnl_nlmsg_get_payload(header);
	struct sekisho_self *self = context;
	uint8_t family = message->ifa_family == AF_INET ? 4 : 6;
	const struct nlattr *attribute, *local = NULL, *address = NULL, *broadcast = NULL;

	if (message->ifa_family != AF_INET && message->ifa_family != AF_INET6)
		return MNL_CB_OK;
	mnl_attr_for_each(attribute, header, sizeof(*message)) {
		switch (mnl_attr_get_type(attribute)) {
		case IFA_LOCAL:
			local = attribute;
			break;
		case IFA_ADDRESS:
			address = attribute;
			break;
		case IFA_BROADCAST:
			broadcast = attribute;
			break;
		}
	}
	/* On a point-to-point link the address attribute is the peer's; local is always ours. */
	if (!local)
		local = address;
	if (local && ranges_add(&self->addresses, family, mnl_attr_get_payload(local)))
		return MNL_CB_ERROR;
	if (broadcast && family == 4 &&
	    ranges_add(&self->broadcasts, family, mnl_attr_get_payload(broadcast)))
		return MNL_CB_ERROR;
	if (address && family == 4 && add_last_address(self, address, message->ifa_prefixlen))
		return MNL_CB_ERROR;
	return MNL_CB_OK;
}

static int ask_addresses(struct mnl_socket *socket, struct sekisho_self *self)
{
	char buffer[32768];
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct ifaddrmsg *message;
	ssize_t length;
	int state = MNL_CB_OK;

	header->nlmsg_type = RTM_GETADDR;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header->nlmsg_seq = 1;
	message = mnl_nlmsg_put_extra_header(header, sizeof(*message));
	message->ifa_family = AF_UNSPEC;
	if (mnl_socket_sendto(socket, header, header->nlmsg_len) < 0)
		return -errno;
	while (state == MNL_CB_OK) {
		length = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
		if (length < 0)
			return -errno;
		state = mnl_cb_run(buffer, (size_t)length, 1, mnl_socket_get_portid(socket),
				   take_address, self);
	}
	return state < 0 ? -errno : 0;
}

int sekisho_host_addresses(struct sekisho_self *self)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int error;

	memset(self, 0, sizeof(*self));
	if (!socket)
		return -errno;
	error = mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno
								   : ask_addresses(socket, self);
	mnl_socket_close(socket);
	if (error)
		sekisho_host_addresses_free(self);
	return error;
}

void sekisho_host_addresses_free(struct sekisho_self *self)
{
	free(self->addresses.items);
	free(self->broadcasts.items);
	memset(self, 0, sizeof(*self));
}

/* Kernel names of the features that hide something from XDP. */
static const char *const blinding[] = {
	"rx-vlan-hw-parse", /* takes the tag out of the frame */
	"rx-vlan-stag-hw-parse",
	"rx-lro", /* joins frames */
	"rx-gro-hw",
};

#define BLINDING_COUNT (sizeof(blinding) / sizeof(blinding[0]))
#define FEATURES_MAX   256
#define FEATURE_BLOCKS (FEATURES_MAX / 32)

struct feature_names {
	struct ethtool_gstrings head;
	char names[FEATURES_MAX][ETH_GSTRING_LEN];
};

struct feature_state {
	struct ethtool_gfeatures head;
	struct ethtool_get_features_block blocks[FEATURE_BLOCKS];
};

struct feature_change {
	struct ethtool_sfeatures head;
	struct ethtool_set_features_block blocks[FEATURE_BLOCKS];
};

static int ethtool(int socket, const char *interface, void *command)
{
	struct ifreq request = {};

	strncpy(request.ifr_name, interface, sizeof(request.ifr_name) - 1);
	request.ifr_data = command;
	return ioctl(socket, SIOCETHTOOL, &request) < 0 ? -errno : 0;
}

static int feature_count(int socket, const char *interface)
{
	struct {
		struct ethtool_sset_info head;
		__u32 count;
	} info = { .head = { .cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ull << ETH_SS_FEATURES } };
	int error = ethtool(socket, interface, &info);

	if (error)
		return error;
	return info.count > FEATURES_MAX ? FEATURES_MAX : (int)info.count;
}

static void append_word(char *text, size_t bytes, const char *word)
{
	size_t length = strlen(text);

	if (length + strlen(word) + 2 > bytes)
		return;
	if (length)
		text[length++] = ' ';
	memcpy(text + length, word, strlen(word) + 1);
}

static bool is_blinding(const char *name)
{
	for (size_t i = 0; i < BLINDING_COUNT; i++) {
		if (!strncmp(name, blinding[i], ETH_GSTRING_LEN))
			return true;
	}
	return false;
}

static int clear_features(int socket, const char *interface, char *done, size_t bytes)
{
	struct feature_names names = { .head = { .cmd = ETHTOOL_GSTRINGS,
						 .string_set = ETH_SS_FEATURES } };
	struct feature_state state = { .head = { .cmd = ETHTOOL_GFEATURES,
						 .size = FEATURE_BLOCKS } };
	struct feature_change change = { .head = { .cmd = ETHTOOL_SFEATURES } };
	int count = feature_count(socket, interface), error;

	/* A device without ethtool (a tunnel, say) has no card that could hide anything. */
	if (count == -EOPNOTSUPP)
		return 0;
	if (count < 0)
		return count;
	names.head.len = (__u32)count;
	error = ethtool(socket, interface, &names);
	if (!error)
		error = ethtool(socket, interface, &state);
	if (error)
		return error;
	change.head.size = ((__u32)count + 31) / 32;
	for (int i = 0; i < count; i++) {
		__u32 bit = 1u << (i % 32);

		if (!is_blinding(names.names[i]) || !(state.blocks[i / 32].active & bit))
			continue;
		append_word(done, bytes, names.names[i]);
		change.blocks[i / 32].valid |= bit;
	}
	if (!*done)
		return 0;
	error = ethtool(socket, interface, &change);
	if (!error)
		error = ethtool(socket, interface, &state);
	for (int i = 0; i < count && !error; i++) {
		if (state.blocks[i / 32].active & change.blocks[i / 32].valid & 1u << (i % 32))
			error = -EOPNOTSUPP;
	}
	return error;
}

int sekisho_host_clear_features(const char *interface, char *done, size_t bytes)
{
	/* Any socket will do; this one a hardened unit may open. */
	int handle = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error;

	*done = '\0';
	if (handle < 0)
		return -errno;
	error = clear_features(handle, interface, done, bytes);
	close(handle);
	return error;
}
