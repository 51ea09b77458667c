// SPDX-License-Identifier: GPL-2.0-only
/*
 * frame: sends crafted frames and counts received ones, for tests between namespaces.
 *
 *	frame send IF [--count N] [--interval-us N] WORD...	see craft.h; or hex=FRAME
 *	frame show WORD...					its bytes in hexadecimal
 *	frame count IF [--seconds N] [--want N] [--ready FILE] [--print] [--hex] [--outgoing]
 *	    [FIELD=VALUE...]
 *
 * count prints how many frames matched (see dissect.h) in that time. With --want it stops at that
 * many, and fails where there were fewer. FILE is made when it listens. --outgoing counts what
 * leaves instead of what comes. --print says what a frame is, --hex says its tag and all its bytes.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "craft.h"
#include "dissect.h"
#include "words.h"

static struct craft craft;

struct options {
	long count;
	long interval_us;
	double seconds;
	long want; /* -1: not given */
	const char *ready;
	bool print;
	bool hex;
	bool outgoing;
};

static const struct option long_options[] = {
	{ "count", required_argument, NULL, 'c' },
	{ "interval-us", required_argument, NULL, 'i' },
	{ "seconds", required_argument, NULL, 's' },
	{ "want", required_argument, NULL, 'w' },
	{ "ready", required_argument, NULL, 'r' },
	{ "print", no_argument, NULL, 'p' },
	{ "hex", no_argument, NULL, 'x' },
	{ "outgoing", no_argument, NULL, 'o' },
	{ NULL, 0, NULL, 0 },
};

static int usage(void)
{
	fprintf(stderr, "usage: frame send IF [--count N] [--interval-us N] WORD...\n"
			"       frame show WORD...\n"
			"       frame count IF [--seconds N] [--want N] [--ready FILE] [--print]\n"
			"                   [--hex] [--outgoing] [FIELD=VALUE...]\n");
	return 2;
}

static bool parse_options(int argc, char **argv, struct options *options)
{
	int option;

	*options = (struct options){ .count = 1, .seconds = 1, .want = -1 };
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (option) {
		case 'c':
			options->count = strtol(optarg, NULL, 10);
			break;
		case 'i':
			options->interval_us = strtol(optarg, NULL, 10);
			break;
		case 's':
			options->seconds = strtod(optarg, NULL);
			break;
		case 'w':
			options->want = strtol(optarg, NULL, 10);
			break;
		case 'r':
			options->ready = optarg;
			break;
		case 'p':
			options->print = true;
			break;
		case 'x':
			options->hex = true;
			break;
		case 'o':
			options->outgoing = true;
			break;
		default:
			return false;
		}
	}
	return true;
}

/* A packet socket bound to the interface; -1 after saying why not. */
static int open_interface(const char *name, uint16_t protocol)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = (int)if_nametoindex(name),
	};
	int fd;

	if (!address.sll_ifindex) {
		fprintf(stderr, "frame: no interface %s\n", name);
		return -1;
	}
	/* Protocol 0 until it is bound: nothing of other interfaces is queued. */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	fprintf(stderr, "frame: cannot open %s: %s\n", name, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool own_mac(int fd, const char *name, uint8_t mac[6])
{
	struct ifreq request = { 0 };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(fd, SIOCGIFHWADDR, &request))
		return false;
	memcpy(mac, request.ifr_hwaddr.sa_data, 6);
	return true;
}

static bool make_frame(char **words, int count, const uint8_t mac[6])
{
	/* A frame in hexadecimal is a payload around which there is nothing. */
	if (count == 1 && !strncmp(words[0], "hex=", 4))
		memcpy(words[0], "raw=", 4);
	if (!craft_frame(&craft, words, count, mac))
		return true;
	fprintf(stderr, "frame: %s\n", craft.error);
	return false;
}

static int cmd_send(const char *name, const struct options *options, char **words, int count)
{
	int fd = open_interface(name, 0);
	const uint8_t *bytes;
	uint8_t mac[6];
	size_t length;
	ssize_t sent;

	if (fd < 0)
		return 1;
	if (!own_mac(fd, name, mac) || !make_frame(words, count, mac)) {
		close(fd);
		return 2;
	}
	bytes = craft_bytes(&craft, &length);
	for (long i = 0; i < options->count; i++) {
		if (i && options->interval_us)
			usleep((useconds_t)options->interval_us);
		sent = send(fd, bytes, length, 0);
		if (sent == (ssize_t)length)
			continue;
		if (sent < 0 && errno == ENOBUFS) {
			/* The queue is full: the frame is not sent yet. */
			usleep(100);
			i--;
			continue;
		}
		fprintf(stderr, "frame: cannot send %zu bytes: %s\n", length,
			sent < 0 ? strerror(errno) : "cut short");
		close(fd);
		return 1;
	}
	close(fd);
	return 0;
}

static void print_hex(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		printf("%02x", bytes[i]);
	putchar('\n');
}

static int cmd_show(char **words, int count)
{
	static const uint8_t mac[6] = { 2 };
	const uint8_t *bytes;
	size_t length;

	if (!make_frame(words, count, mac))
		return 2;
	bytes = craft_bytes(&craft, &length);
	print_hex(bytes, length);
	return 0;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Tags may have been taken out of the frame on its way to us; the kernel then tells them apart. */
static int stripped_vlan(struct msghdr *message)
{
	struct cmsghdr *control;

	for (control = CMSG_FIRSTHDR(message); control; control = CMSG_NXTHDR(message, control)) {
		struct tpacket_auxdata auxiliary;

		if (control->cmsg_level != SOL_PACKET || control->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&auxiliary, CMSG_DATA(control), sizeof(auxiliary));
		if (auxiliary.tp_status & TP_STATUS_VLAN_VALID)
			return auxiliary.tp_vlan_tci & 0xfff;
	}
	return -1;
}

/* Receives one frame. Is it one that the filter wants? */
static bool receive(int fd, const struct options *options, const struct dissect_filter *filter)
{
	static uint8_t bytes[CRAFT_BYTES];
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct sockaddr_ll from;
	struct iovec vector = { .iov_base = bytes, .iov_len = sizeof(bytes) };
	struct msghdr message = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT);
	struct dissected frame;
	int vlan;

	if (length < 0 || (from.sll_pkttype == PACKET_OUTGOING) != options->outgoing)
		return false;
	vlan = stripped_vlan(&message);
	frame = dissect_frame(bytes, (size_t)length, vlan);
	if (!dissect_matches(filter, &frame))
		return false;
	if (options->hex) {
		if (vlan >= 0)
			printf("vlan=%d ", vlan);
		print_hex(bytes, (size_t)length);
	} else if (options->print) {
		dissect_print(&frame);
	}
	fflush(stdout);
	return true;
}

static bool say_ready(const char *path)
{
	int fd;

	if (!path)
		return true;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static int cmd_count(const char *name, const struct options *options, char **words, int count)
{
	struct dissect_filter filter = { 0 };
	double end = now() + options->seconds;
	struct pollfd wait = { .events = POLLIN };
	long matched = 0;
	int on = 1;

	if (dissect_filter_parse(&filter, words, count)) {
		fprintf(stderr, "frame: %s\n", filter.error);
		return 2;
	}
	wait.fd = open_interface(name, ETH_P_ALL);
	if (wait.fd < 0)
		return 1;
	setsockopt(wait.fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on));
	if (!say_ready(options->ready)) {
		close(wait.fd);
		return 1;
	}
	while (options->want < 0 || matched < options->want) {
		double left = end - now();

		if (left <= 0)
			break;
		if (poll(&wait, 1, (int)(left * 1000) + 1) > 0)
			matched += receive(wait.fd, options, &filter);
	}
	close(wait.fd);
	printf("%ld\n", matched);
	return options->want >= 0 && matched < options->want ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct options options;

	if (argc < 3)
		return usage();
	if (!strcmp(argv[1], "show"))
		return cmd_show(argv + 2, argc - 2);
	/* Options may stand before and among the words; those are left at the end. */
	if (!parse_options(argc - 2, argv + 2, &options))
		return usage();
	if (!strcmp(argv[1], "send"))
		return cmd_send(argv[2], &options, argv + 2 + optind, argc - 2 - optind);
	if (!strcmp(argv[1], "count"))
		return cmd_count(argv[2], &options, argv + 2 + optind, argc - 2 - optind);
	return usage();
}
