// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets and files belong to the namespace in which they were opened: that is all that ties a
 * guard to its own.
 */
#include "tape_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sekisho/netlink.h"

#define MESSAGE_BYTES (192 * 1024)

struct guard {
	struct mnl_socket *socket;
	int probe;
	uint16_t family;
	uint32_t sequence;
	uint32_t generation;
	char complaint[160];
	char *message;
};

const char *guard_complaint(const struct guard *guard)
{
	return guard->complaint;
}

static struct nlmsghdr *request(struct guard *guard, uint16_t type, uint16_t flags, uint8_t command,
				uint8_t version)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(guard->message);
	struct genlmsghdr *header;

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	message->nlmsg_seq = ++guard->sequence;
	header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
	header->cmd = command;
	header->version = version;
	return message;
}

static struct nlmsghdr *order(struct guard *guard, enum sekisho_command command)
{
	return request(guard, guard->family, NLM_F_ACK, (uint8_t)command, SEKISHO_GENL_VERSION);
}

/* The text that comes with a refusal. */
static void read_complaint(struct guard *guard, const struct nlmsghdr *message)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);
	size_t offset = sizeof(*error);
	const struct nlattr *attribute;

	guard->complaint[0] = '\0';
	if (!error->error || !(message->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(message->nlmsg_flags & NLM_F_CAPPED))
		offset += mnl_nlmsg_get_payload_len(&error->msg);
	mnl_attr_for_each(attribute, message, offset) {
		if (mnl_attr_get_type(attribute) == NLMSGERR_ATTR_MSG)
			snprintf(guard->complaint, sizeof(guard->complaint), "%s",
				 mnl_attr_get_str(attribute));
	}
}

/* Send a request and take its answers up to the acknowledgement. */
static int converse(struct guard *guard, const struct nlmsghdr *message, mnl_cb_t take,
		    void *context)
{
	unsigned int port = mnl_socket_get_portid(guard->socket);
	char answer[16384];
	int more = 1;

	if (mnl_socket_sendto(guard->socket, message, message->nlmsg_len) < 0)
		return -errno;
	while (more > 0) {
		ssize_t length = mnl_socket_recvfrom(guard->socket, answer, sizeof(answer));
		const struct nlmsghdr *first = (const struct nlmsghdr *)answer;

		if (length < 0)
			return -errno;
		if (first->nlmsg_type == NLMSG_ERROR)
			read_complaint(guard, first);
		more = mnl_cb_run(answer, (size_t)length, guard->sequence, port, take, context);
		if (more < 0)
			return -errno;
	}
	return 0;
}

static int take_family(const struct nlmsghdr *message, void *context)
{
	struct guard *guard = context;
	const struct nlattr *attribute;

	mnl_attr_for_each(attribute, message, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attribute) == CTRL_ATTR_FAMILY_ID)
			guard->family = mnl_attr_get_u16(attribute);
	}
	return MNL_CB_OK;
}

static int open_family(struct guard *guard)
{
	struct nlmsghdr *message;
	int on = 1, error;

	guard->socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!guard->socket || mnl_socket_bind(guard->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	mnl_socket_setsockopt(guard->socket, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(guard->socket, NETLINK_CAP_ACK, &on, sizeof(on));
	message = request(guard, GENL_ID_CTRL, NLM_F_ACK, CTRL_CMD_GETFAMILY, 1);
	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, SEKISHO_GENL_NAME);
	error = converse(guard, message, take_family, guard);
	if (error)
		return error;
	return guard->family ? 0 : -ENOENT;
}

static int open_all(struct guard *guard)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), error;

	if (home < 0 || unshare(CLONE_NEWNET)) {
		error = -errno;
		if (home >= 0)
			close(home);
		return error;
	}
	error = open_family(guard);
	if (!error) {
		guard->probe = open("/dev/" PROBE_DEVICE, O_RDWR | O_CLOEXEC);
		if (guard->probe < 0)
			error = -errno;
	}
	if (setns(home, CLONE_NEWNET) && !error)
		error = -errno;
	close(home);
	return error;
}

struct guard *guard_open(void)
{
	struct guard *guard = calloc(1, sizeof(*guard));
	int error;

	if (!guard)
		return NULL;
	guard->probe = -1;
	guard->message = malloc(MESSAGE_BYTES);
	error = guard->message ? open_all(guard) : -ENOMEM;
	if (!error)
		return guard;
	guard_close(guard);
	errno = -error;
	return NULL;
}

void guard_close(struct guard *guard)
{
	if (guard->socket)
		mnl_socket_close(guard->socket);
	if (guard->probe >= 0)
		close(guard->probe);
	free(guard->message);
	free(guard);
}

static int simply(struct guard *guard, enum sekisho_command command)
{
	return converse(guard, order(guard, command), NULL, NULL);
}

static int add(struct guard *guard, const void *objects, size_t bytes)
{
	struct nlmsghdr *message = order(guard, SEKISHO_CMD_ADD);

	if (bytes > MESSAGE_BYTES - 4096)
		return -E2BIG;
	memcpy(mnl_nlmsg_get_payload_tail(message), objects, bytes);
	message->nlmsg_len += (uint32_t)bytes;
	return converse(guard, message, NULL, NULL);
}

static unsigned int networks_in(const struct nlattr *segment)
{
	const struct nlattr *attribute;
	unsigned int count = 0;

	mnl_attr_for_each_nested(attribute, segment) {
		count += mnl_attr_get_type(attribute) == SEKISHO_SEGMENT_A_NETWORK;
	}
	return count;
}

static void count_objects(const void *objects, size_t bytes, uint32_t *counts)
{
	const struct nlattr *attr; /* the macro's own name */

	mnl_attr_for_each_payload(objects, bytes) {
		switch (mnl_attr_get_type(attr)) {
		case SEKISHO_A_SEGMENT:
			counts[SEKISHO_COUNTS_SEGMENTS]++;
			counts[SEKISHO_COUNTS_NETWORKS] += networks_in(attr);
			break;
		case SEKISHO_A_PORT:
			counts[SEKISHO_COUNTS_PORTS]++;
			break;
		case SEKISHO_A_OWN:
		case SEKISHO_A_BROADCAST:
			counts[SEKISHO_COUNTS_ADDRESSES]++;
			break;
		case SEKISHO_A_HOSTS:
			counts[SEKISHO_COUNTS_HOSTS]++;
			break;
		case SEKISHO_A_FLOW:
			counts[SEKISHO_COUNTS_FLOWS]++;
			break;
		}
	}
}

static int commit(struct guard *guard, const uint32_t *counts)
{
	struct nlmsghdr *message = order(guard, SEKISHO_CMD_COMMIT);
	uint8_t digest[SEKISHO_DIGEST_BYTES] = { 0 };
	struct nlattr *nest;

	guard->generation++;
	memcpy(digest, &guard->generation, sizeof(guard->generation));
	mnl_attr_put_u32(message, SEKISHO_A_GENERATION, guard->generation);
	mnl_attr_put(message, SEKISHO_A_DIGEST, sizeof(digest), digest);
	nest = mnl_attr_nest_start(message, SEKISHO_A_COUNTS);
	for (unsigned int i = 1; i <= SEKISHO_COUNTS_MAX; i++)
		mnl_attr_put_u32(message, (uint16_t)i, counts[i]);
	mnl_attr_nest_end(message, nest);
	return converse(guard, message, NULL, NULL);
}

int guard_commit(struct guard *guard, const void *objects, size_t bytes)
{
	uint32_t counts[SEKISHO_COUNTS_END] = { 0 };
	int error = simply(guard, SEKISHO_CMD_BEGIN);

	count_objects(objects, bytes, counts);
	if (!error)
		error = add(guard, objects, bytes);
	if (!error)
		error = simply(guard, SEKISHO_CMD_PREPARE);
	return error ? error : commit(guard, counts);
}

int guard_clear(struct guard *guard)
{
	return simply(guard, SEKISHO_CMD_CLEAR);
}

static int suspend(struct guard *guard, const void *host, size_t bytes, bool on)
{
	struct nlmsghdr *message = order(guard, on ? SEKISHO_CMD_SUSPEND : SEKISHO_CMD_RESTORE);

	mnl_attr_put(message, bytes == 6 ? SEKISHO_A_MAC : SEKISHO_A_ADDRESS, bytes, host);
	return converse(guard, message, NULL, NULL);
}

/* A host that nobody is, suspended and restored. */
static int begin_epoch(struct guard *guard)
{
	static const uint8_t nobody[6] = { 0x02, 0xff, 0xff, 0xff, 0xff, 0xff };
	int error = suspend(guard, nobody, sizeof(nobody), true);

	return error ? error : suspend(guard, nobody, sizeof(nobody), false);
}

static bool was_so(int error)
{
	return error == -EEXIST || error == -ENOENT;
}

int guard_isolate(struct guard *guard, const char *segment, bool on)
{
	struct nlmsghdr *message = order(guard, on ? SEKISHO_CMD_ISOLATE : SEKISHO_CMD_RELEASE);
	int error;

	if (segment)
		mnl_attr_put_strz(message, SEKISHO_A_NAME, segment);
	error = converse(guard, message, NULL, NULL);
	return was_so(error) ? begin_epoch(guard) : error;
}

int guard_suspend(struct guard *guard, const void *host, size_t bytes, bool on)
{
	int error = suspend(guard, host, bytes, on);

	return was_so(error) ? begin_epoch(guard) : error;
}

/*
 * How much of a frame lies in the packet's head. Cards put as much there as they like: all of it,
 * the Ethernet header, or some of what comes behind.
 */
static uint16_t linear_bytes(uint64_t manner, uint16_t length)
{
	static const uint16_t some[] = { 0xffff, 14, 18, 34, 0xffff, 54, 60, 128 };
	uint16_t linear = some[manner % (sizeof(some) / sizeof(*some))];

	return linear < length ? linear : length;
}

size_t guard_frame(struct probe_frame *probed, const uint8_t *bytes, uint16_t length,
		   uint64_t manner)
{
	uint8_t *to = (uint8_t *)(probed + 1);
	bool tagged = manner % 3 == 1 && length >= 18 && bytes[12] == 0x81 && bytes[13] == 0;

	if (tagged) {
		memcpy(to, bytes, 12);
		memcpy(to + 12, bytes + 16, length - 16);
		length -= 4;
		probed->tag = (uint16_t)(bytes[14] << 8 | bytes[15]);
	} else {
		memcpy(to, bytes, length);
	}
	probed->tagged = tagged;
	probed->length = length;
	probed->linear = linear_bytes(manner, length);
	return (sizeof(*probed) + length + 7) & ~(size_t)7;
}

int guard_judge(struct guard *guard, const void *frames, size_t bytes, unsigned int count,
		struct probe_verdict *verdicts)
{
	const struct probe_batch batch = {
		.frames = (uintptr_t)frames,
		.verdicts = (uintptr_t)verdicts,
		.bytes = (uint32_t)bytes,
		.count = count,
	};

	return ioctl(guard->probe, PROBE_JUDGE, &batch) ? -errno : 0;
}

int guard_sweep(struct guard *guard, uint32_t monotonic)
{
	return ioctl(guard->probe, PROBE_SWEEP, &monotonic) ? -errno : 0;
}

int guard_full(struct guard *guard, bool full)
{
	uint32_t wanted = full;

	return ioctl(guard->probe, PROBE_FULL, &wanted) ? -errno : 0;
}

static int take_tally(const struct nlmsghdr *message, void *context)
{
	const struct nlattr *outer, *inner;
	uint64_t *counts = context, packets = 0;
	uint8_t reason = 0;

	mnl_attr_for_each(outer, message, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(outer) != SEKISHO_A_TALLY)
			continue;
		mnl_attr_for_each_nested(inner, outer) {
			if (mnl_attr_get_type(inner) == SEKISHO_TALLY_REASON)
				reason = mnl_attr_get_u8(inner);
			else if (mnl_attr_get_type(inner) == SEKISHO_TALLY_PACKETS)
				packets = mnl_attr_get_u64(inner);
		}
		counts[reason] += packets;
	}
	return MNL_CB_OK;
}

int guard_reasons(struct guard *guard, uint64_t *counts)
{
	struct nlmsghdr *message = request(guard, guard->family, NLM_F_DUMP,
					   SEKISHO_CMD_GET_REASONS, SEKISHO_GENL_VERSION);

	memset(counts, 0, 256 * sizeof(*counts));
	return converse(guard, message, take_tally, counts);
}
