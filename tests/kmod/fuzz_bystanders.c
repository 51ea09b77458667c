// SPDX-License-Identifier: GPL-2.0-only
/*
 * Those beside the attackers: namespaces that come and go, callers without the right, listeners,
 * and packets. What comes and goes does what nobody could undo, since its namespace ends.
 */
#include "fuzz_roles.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>

#include "sekisho/netlink.h"

#include "fuzz_grammar.h"

#define NOBODY	    65534
#define REQUEST	    (NLM_F_REQUEST | NLM_F_ACK)
#define TRIES	    40 /* of a caller without the right */
#define BURST	    8
#define BURST_PAUSE 25 /* milliseconds */
#define FIRST_PORT  7000
#define PORTS	    8
#define FRAME_BYTES 128

static void obey(struct life *life, int fd, uint8_t command, const struct attribute *first,
		 const struct attribute *end)
{
	struct header header = {
		.type = life->scene->family,
		.flags = REQUEST,
		.command = command,
		.version = SEKISHO_GENL_VERSION,
	};

	socket_send(fd, life->buffer,
		    socket_write(life->buffer, FUZZ_MESSAGE_BYTES, &header, first, end));
	socket_read(fd, life->buffer, 4, life->scene->family, false);
}

/* A whole transaction, or one that stops before its end. */
static void transact(struct life *life, int fd, uint32_t confirm, bool whole)
{
	struct policy_place place = { .left = 1 };
	struct policy_counts counts;
	const struct attribute *next;
	struct tree tree = { 0 }, commit = { 0 };

	policy_make(&tree, &life->random, &place, &counts);
	obey(life, fd, SEKISHO_CMD_BEGIN, NULL, NULL);
	for (const struct attribute *first = tree.root.first; first; first = next) {
		next = first;
		for (uint32_t count = random_between(&life->random, 1, 30); next && count; count--)
			next = next->next;
		obey(life, fd, SEKISHO_CMD_ADD, first, next);
		if (!whole && random_percent(&life->random, 30))
			goto stop;
	}
	if (!whole && random_percent(&life->random, 70)) {
		obey(life, fd, SEKISHO_CMD_PREPARE, NULL, NULL);
		goto stop;
	}
	policy_commit(&commit, &life->random, &counts, random_between(&life->random, 1, INT32_MAX),
		      confirm);
	obey(life, fd, SEKISHO_CMD_COMMIT, commit.root.first, NULL);
stop:
	tree_clear(&commit);
	tree_clear(&tree);
}

static void bring_up(const char *interface)
{
	struct ifreq request = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	request.ifr_flags = IFF_UP;
	(void)ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
}

/* Some packets of the host to itself. */
static void talk_to_oneself(struct life *life)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	for (uint32_t packets = random_below(&life->random, 20); packets; packets--)
		(void)sendto(fd, life->buffer, 100, MSG_DONTWAIT, (struct sockaddr *)&to,
			     sizeof(to));
	close(fd);
}

static void seal_with_any_key(struct life *life, int fd)
{
	uint8_t digest[SEKISHO_DIGEST_BYTES];
	struct tree tree = { 0 };

	for (size_t i = 0; i < sizeof(digest); i++)
		digest[i] = (uint8_t)random_number(&life->random);
	tree_add(&tree, NULL, SEKISHO_A_KEY_DIGEST, digest, sizeof(digest));
	obey(life, fd, SEKISHO_CMD_SEAL, tree.root.first, NULL);
	tree_clear(&tree);
}

/* In a namespace that is there only for this; it ends with the last of the sockets. */
static void live_in_namespace(struct life *life)
{
	int first = socket_open(), second = socket_open();

	if (random_percent(&life->random, 70))
		bring_up("lo");
	if (random_percent(&life->random, 70))
		(void)setsockopt(second, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &life->scene->group,
				 sizeof(life->scene->group));
	transact(life, first, random_percent(&life->random, 40) ? 1 : 0, true);
	talk_to_oneself(life);
	for (uint32_t orders = random_below(&life->random, 30); orders; orders--)
		send_any(life, random_percent(&life->random, 50) ? first : second, false);
	if (random_percent(&life->random, 60))
		transact(life, second, random_below(&life->random, 2), false);
	if (random_percent(&life->random, 20))
		seal_with_any_key(life, first);
	/* Long enough for a fall-back, sometimes. */
	if (random_percent(&life->random, 10))
		pause_ms(random_between(&life->random, 500, 1500));
	socket_read(first, life->buffer, 100, life->scene->family, false);
	/* The namespace ends with a socket that closes, or lives on for it. */
	if (random_percent(&life->random, 50)) {
		close(first);
		close(second);
		(void)setns(life->scene->own, CLONE_NEWNET);
	} else {
		(void)setns(life->scene->own, CLONE_NEWNET);
		close(second);
		close(first);
	}
	atomic_fetch_add(&seen->lives, 1);
}

void come_and_go(const struct scene *scene, uint64_t number)
{
	struct life life;

	life_begin(&life, scene, number);
	while (life_goes_on(&life)) {
		if (unshare(CLONE_NEWNET)) {
			if (errno != ENOSPC && errno != ENOMEM)
				fault("no new namespace: %s", strerror(errno));
			pause_ms(100);
			continue;
		}
		live_in_namespace(&life);
	}
	life_end(&life);
}

/* The ways to be without the right. */
enum lack {
	LACK_USER, /* another user, on a socket that root opened */
	LACK_USER_OWN_SOCKET,
	LACK_CAPABILITY, /* root without CAP_NET_ADMIN */
	LACK_USER_NAMESPACE, /* root of a user namespace, in the namespace of others */
	LACK_BOTH_NAMESPACES, /* root of a user namespace and of its own network namespace */
	LACK_COUNT,
};

static bool drop_capability(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return false;
	data[CAP_TO_INDEX(CAP_NET_ADMIN)].effective &= ~CAP_TO_MASK(CAP_NET_ADMIN);
	data[CAP_TO_INDEX(CAP_NET_ADMIN)].permitted &= ~CAP_TO_MASK(CAP_NET_ADMIN);
	return !syscall(SYS_capset, &header, data);
}

static bool become_root_of_namespace(void)
{
	static const char map[] = "0 0 1";
	int fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
	bool mapped;

	if (fd < 0)
		return false;
	mapped = write(fd, map, strlen(map)) == (ssize_t)strlen(map);
	close(fd);
	return mapped;
}

/* Returns a socket without the right, or -1. */
static int lose_right(struct life *life, enum lack lack)
{
	enum fuzz_namespace namespace = random_below(&life->random, FUZZ_ATTACKED);
	int before, after;

	if (setns(life->scene->namespaces[namespace], CLONE_NEWNET))
		return -1;
	before = socket_open();
	switch (lack) {
	case LACK_USER:
		return setresuid(NOBODY, NOBODY, NOBODY) ? -1 : before;
	case LACK_CAPABILITY:
		return drop_capability() ? before : -1;
	case LACK_USER_OWN_SOCKET:
		if (setresuid(NOBODY, NOBODY, NOBODY))
			return -1;
		break;
	case LACK_USER_NAMESPACE:
		if (unshare(CLONE_NEWUSER) || !become_root_of_namespace())
			return -1;
		break;
	case LACK_BOTH_NAMESPACES:
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET) || !become_root_of_namespace())
			return -1;
		break;
	case LACK_COUNT:
		return -1;
	}
	after = socket_open();
	close(before);
	return after;
}

static void ask_in_child(const struct scene *scene, uint64_t number)
{
	struct life life;
	enum lack lack;
	int fd;

	life_begin(&life, scene, number);
	/* Another user could not arm it, and is not to hold what root opened. */
	if (life.fail_nth >= 0)
		close(life.fail_nth);
	life.fail_nth = -1;
	lack = random_below(&life.random, LACK_COUNT);
	fd = lose_right(&life, lack);
	if (fd < 0) {
		fault("the right could not be lost (%d): %s", (int)lack, strerror(errno));
		return;
	}
	for (int i = 0; i < TRIES; i++) {
		send_any(&life, fd, true);
		socket_read(fd, life.buffer, 4, scene->family, true);
	}
	life_end(&life);
}

void ask_without_right(const struct scene *scene, uint64_t number)
{
	struct life life;

	life_begin(&life, scene, number);
	while (life_goes_on(&life)) {
		uint64_t of_child = random_number(&life.random);
		pid_t child = fork();

		if (!child) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			ask_in_child(scene, of_child);
			_exit(0);
		}
		if (child > 0)
			waitpid(child, NULL, 0);
		pause_ms(random_below(&life.random, 100));
	}
	life_end(&life);
}

void listen_seldom(const struct scene *scene, uint64_t number)
{
	struct life life;
	int room = 8192;

	life_begin(&life, scene, number);
	while (life_goes_on(&life)) {
		enum fuzz_namespace namespace = random_below(&life.random, FUZZ_ATTACKED);
		int fd = socket_open_in(scene->namespaces[namespace], scene->own);

		if (fd < 0)
			continue;
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &scene->group,
			       sizeof(scene->group)))
			fault("cannot join the group: %s", strerror(errno));
		if (random_percent(&life.random, 50))
			(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
		pause_ms(random_below(&life.random, 500));
		socket_read(fd, life.buffer, random_below(&life.random, 100), scene->family, false);
		close(fd);
	}
	life_end(&life);
}

static uint16_t checksum(const uint8_t *bytes, size_t length)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < length; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* A frame to the router whose IP header is right, and what is behind it anything. */
static void send_frame(struct life *life, int fd, int interface)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_ifindex = interface,
		.sll_halen = ETH_ALEN,
	};
	static const uint8_t protocols[] = { 1, 2, 6, 17, 50, 132 };
	static const uint8_t link[] = { 2, 0, 0, 0, 1, 1, 2, 0, 0, 0, 1, 2, 0x08, 0x00 };
	uint8_t frame[FRAME_BYTES], *ip = frame + sizeof(link);
	size_t length = random_between(&life->random, 20, sizeof(frame) - sizeof(link));
	uint16_t sum;

	for (size_t i = 0; i < sizeof(frame); i++)
		frame[i] = (uint8_t)random_number(&life->random);
	memcpy(frame, link, sizeof(link));
	memcpy(ip, (uint8_t[]){ 0x45, 0, 0, (uint8_t)length, 0, 1 }, 6);
	/* Fragments: few datagrams, so that some of them meet. */
	ip[6] = random_percent(&life->random, 40) ? ip[6] & 0x3f : 0;
	ip[7] &= ip[6] ? 0x0f : 0;
	ip[8] = 64;
	ip[9] = random_pick(&life->random, protocols);
	memcpy(ip + 10, (uint8_t[]){ 0, 0, 10, 1, 0, 2, 10, 2, 0, 2 }, 10);
	sum = checksum(ip, 20);
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
	(void)sendto(fd, frame, sizeof(link) + length, MSG_DONTWAIT, (struct sockaddr *)&to,
		     sizeof(to));
}

static void send_datagram(struct life *life, int four, int six)
{
	struct sockaddr_in to_four = { .sin_family = AF_INET };
	struct sockaddr_in6 to_six = { .sin6_family = AF_INET6 };
	uint16_t port = htons((uint16_t)(FIRST_PORT + random_below(&life->random, PORTS)));

	if (random_percent(&life->random, 70)) {
		to_four.sin_port = port;
		inet_pton(AF_INET, "10.2.0.2", &to_four.sin_addr);
		(void)sendto(four, life->buffer, 200, MSG_DONTWAIT, (struct sockaddr *)&to_four,
			     sizeof(to_four));
		return;
	}
	to_six.sin6_port = port;
	inet_pton(AF_INET6, "fd00:2::2", &to_six.sin6_addr);
	(void)sendto(six, life->buffer, 200, MSG_DONTWAIT, (struct sockaddr *)&to_six,
		     sizeof(to_six));
}

static void connect_somewhere(struct life *life)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	to.sin_port = htons((uint16_t)random_between(&life->random, 1, 65535));
	inet_pton(AF_INET, random_percent(&life->random, 50) ? "10.2.0.2" : "10.1.0.1",
		  &to.sin_addr);
	/* Only the first packet matters; source ports may have run out. */
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) && errno == EADDRNOTAVAIL)
		pause_ms(BURST_PAUSE);
	close(fd);
}

void send_packets(const struct scene *scene, uint64_t number)
{
	int four, six, frames, interface;
	struct life life;

	life_begin(&life, scene, number);
	if (setns(scene->namespaces[FUZZ_LEFT], CLONE_NEWNET))
		fault("cannot enter the left: %s", strerror(errno));
	interface = (int)if_nametoindex("eth0");
	frames = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	while (life_goes_on(&life)) {
		/* Other source ports with every burst: new connections. */
		four = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		six = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		for (int i = 0; i < BURST; i++) {
			send_datagram(&life, four, six);
			if (i % 4 == 0)
				send_frame(&life, frames, interface);
		}
		connect_somewhere(&life);
		close(four);
		close(six);
		pause_ms(BURST_PAUSE);
	}
	close(frames);
	life_end(&life);
}

void answer_packets(const struct scene *scene, uint64_t number)
{
	struct timeval patience = { .tv_usec = 50000 };
	int fds[PORTS];
	struct life life;

	life_begin(&life, scene, number);
	if (setns(scene->namespaces[FUZZ_RIGHT], CLONE_NEWNET))
		fault("cannot enter the right: %s", strerror(errno));
	for (int i = 0; i < PORTS; i++) {
		struct sockaddr_in6 address = {
			.sin6_family = AF_INET6,
			.sin6_port = htons((uint16_t)(FIRST_PORT + i)),
		};

		fds[i] = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (bind(fds[i], (struct sockaddr *)&address, sizeof(address)))
			fault("cannot listen: %s", strerror(errno));
		(void)setsockopt(fds[i], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	}
	for (int i = 0; life_goes_on(&life); i = (i + 1) % PORTS) {
		struct sockaddr_in6 from;
		socklen_t size = sizeof(from);
		ssize_t got;
		int flags = i ? MSG_DONTWAIT : 0;

		got = recvfrom(fds[i], life.buffer, 2048, flags, (struct sockaddr *)&from, &size);
		if (got < 0)
			continue;
		atomic_fetch_add(&seen->packets, 1);
		(void)sendto(fds[i], life.buffer, (size_t)got, MSG_DONTWAIT,
			     (struct sockaddr *)&from, size);
	}
	life_end(&life);
}
