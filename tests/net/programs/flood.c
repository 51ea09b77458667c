// SPDX-License-Identifier: GPL-2.0-only
/*
 * flood: sends many kinds of frames in turn, as fast as an interface takes them, and says exactly
 * how many of each it took.
 *
 *	flood IF STOP-FILE MOST KINDS-FILE [RATE]
 *
 * A kind is a line: NAME WEIGHT VARY WORD... (words: see craft.h). A round sends WEIGHT frames of
 * each kind. The 16-bit number at byte VARY grows by one with every frame of the kind; VARY%COUNT:
 * and is what it was after COUNT of them; VARY?: the 32 bits there are random, from a seed of their
 * own; 0: nothing varies. RATE: of frames a second, at most.
 * The flood ends when STOP-FILE is there, or after MOST frames, and prints 'NAME SENT' lines and
 * the sum as 'sent SUM'. A frame for which the queue has no room is sent again, so that each
 * counted frame was handed over once.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../craft.h"

#define KINDS_MAX   64
#define WORDS_MAX   64
#define FRAME_BYTES 512
#define BATCH	    64
#define ROUND_MAX   256

struct kind {
	char name[32];
	unsigned int weight;
	unsigned int vary;
	unsigned int count; /* of different numbers; 0: all that 16 bits have */
	bool random; /* 32 bits, in place of a number */
	uint16_t first, number;
	uint32_t state; /* of the random numbers; never 0 */
	size_t length;
	uint8_t bytes[FRAME_BYTES];
	unsigned long long sent;
};

static struct kind kinds[KINDS_MAX];
static size_t kind_count;
static struct craft craft;

/* The frames of one round, in the order in which they are sent. */
static struct {
	size_t kind[ROUND_MAX];
	uint8_t bytes[ROUND_MAX][FRAME_BYTES];
	struct iovec vectors[ROUND_MAX];
	struct mmsghdr messages[ROUND_MAX];
	size_t count;
} round_of;

static void die(const char *what)
{
	fprintf(stderr, "flood: %s\n", what);
	exit(2);
}

static void read_vary(struct kind *kind, const char *text)
{
	char *end;

	kind->vary = (unsigned int)strtoul(text, &end, 10);
	if (*end == '%')
		kind->count = (unsigned int)strtoul(end + 1, &end, 10);
	kind->random = *end == '?';
	kind->state = 2463534242u;
}

static void read_kind(char *line)
{
	static const uint8_t mac[6] = { 2 };
	char *words[WORDS_MAX], *word, *rest = NULL;
	struct kind *kind = &kinds[kind_count];
	const uint8_t *bytes;
	int count = 0;

	for (word = strtok_r(line, " \t\n", &rest); word && count < WORDS_MAX;
	     word = strtok_r(NULL, " \t\n", &rest))
		words[count++] = word;
	if (!count || words[0][0] == '#')
		return;
	if (count < 4 || kind_count == KINDS_MAX)
		die("a kind wants: NAME WEIGHT VARY WORD...");
	snprintf(kind->name, sizeof(kind->name), "%s", words[0]);
	kind->weight = (unsigned int)strtoul(words[1], NULL, 10);
	read_vary(kind, words[2]);
	if (craft_frame(&craft, words + 3, count - 3, mac))
		die(craft.error);
	bytes = craft_bytes(&craft, &kind->length);
	if (kind->length > FRAME_BYTES || kind->vary + 4 > FRAME_BYTES)
		die("the frame is too long");
	memcpy(kind->bytes, bytes, kind->length);
	kind->first = (uint16_t)(kind->bytes[kind->vary] << 8 | kind->bytes[kind->vary + 1]);
	kind->number = kind->first;
	kind_count++;
}

static void read_kinds(const char *path)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;

	if (!file)
		die("cannot read the kinds");
	while (getline(&line, &room, file) > 0)
		read_kind(line);
	free(line);
	fclose(file);
}

/* Kinds alternate as far as their weights allow. */
static void arrange_round(void)
{
	unsigned int most = 0;

	for (size_t i = 0; i < kind_count; i++)
		most = kinds[i].weight > most ? kinds[i].weight : most;
	for (unsigned int turn = 0; turn < most; turn++) {
		for (size_t i = 0; i < kind_count; i++) {
			size_t place = round_of.count;

			if (kinds[i].weight <= turn)
				continue;
			if (round_of.count++ == ROUND_MAX)
				die("too many frames in a round");
			round_of.kind[place] = i;
			memcpy(round_of.bytes[place], kinds[i].bytes, kinds[i].length);
			round_of.vectors[place] = (struct iovec){
				.iov_base = round_of.bytes[place],
				.iov_len = kinds[i].length,
			};
			round_of.messages[place].msg_hdr = (struct msghdr){
				.msg_iov = &round_of.vectors[place],
				.msg_iovlen = 1,
			};
		}
	}
	if (!round_of.count)
		die("no kinds");
}

/* Xorshift: every number but 0 once. */
static void vary_random(struct kind *kind, uint8_t *bytes)
{
	kind->state ^= kind->state << 13;
	kind->state ^= kind->state >> 17;
	kind->state ^= kind->state << 5;
	memcpy(bytes, &kind->state, sizeof(kind->state));
}

static void vary_number(struct kind *kind, uint8_t *bytes)
{
	bytes[0] = (uint8_t)(kind->number >> 8);
	bytes[1] = (uint8_t)kind->number;
	kind->number++;
	if (kind->count && (uint16_t)(kind->number - kind->first) == kind->count)
		kind->number = kind->first;
}

static void vary_round(void)
{
	for (size_t i = 0; i < round_of.count; i++) {
		struct kind *kind = &kinds[round_of.kind[i]];
		uint8_t *bytes = round_of.bytes[i] + kind->vary;

		if (kind->random)
			vary_random(kind, bytes);
		else if (kind->vary)
			vary_number(kind, bytes);
	}
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Until @total frames are due that are @rate a second. What was late is caught up. */
static void wait_for_turn(double began, unsigned long long total, double rate)
{
	double ahead = (double)total / rate - (seconds_now() - began);

	if (ahead > 0)
		usleep((unsigned int)(ahead * 1e6));
}

static int open_interface(const char *name)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex(name),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (!address.sll_ifindex || fd < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)))
		die("cannot open the interface");
	return fd;
}

static void send_round(int fd)
{
	size_t done = 0;

	vary_round();
	while (done < round_of.count) {
		size_t left = round_of.count - done;
		int sent = sendmmsg(fd, &round_of.messages[done],
				    (unsigned int)(left < BATCH ? left : BATCH), 0);

		if (sent < 0) {
			if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
				die(strerror(errno));
			usleep(50);
			continue;
		}
		for (int i = 0; i < sent; i++)
			kinds[round_of.kind[done + (size_t)i]].sent++;
		done += (size_t)sent;
	}
}

int main(int argc, char **argv)
{
	unsigned long long most, total = 0;
	double began, rate = argc > 5 ? strtod(argv[5], NULL) : 0;
	struct stat info;
	int fd;

	if (argc < 5 || argc > 6)
		die("usage: flood IF STOP-FILE MOST KINDS-FILE [RATE]");
	most = strtoull(argv[3], NULL, 10);
	read_kinds(argv[4]);
	arrange_round();
	fd = open_interface(argv[1]);
	began = seconds_now();
	while (total < most && stat(argv[2], &info)) {
		if (rate > 0)
			wait_for_turn(began, total, rate);
		send_round(fd);
		total += round_of.count;
	}
	close(fd);
	for (size_t i = 0; i < kind_count; i++)
		printf("%s %llu\n", kinds[i].name, kinds[i].sent);
	printf("sent %llu\n", total);
	return 0;
}
