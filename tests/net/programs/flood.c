// SPDX-License-Identifier: GPL-2.0-only
/*
 * flood: sends many kinds of frames in turn, as fast as an interface takes them, and says exactly
 * how many of each it took.
 *
 *	flood IF STOP-FILE MOST KINDS-FILE
 *
 * A kind is a line: NAME WEIGHT VARY WORD... (words: see craft.h). A round sends WEIGHT frames of
 * each kind. The 16-bit number at byte VARY grows by one with every frame of the kind; 0: nothing
 * varies.
 * The flood ends when STOP-FILE is there, or after MOST frames, and prints 'NAME SENT' lines and
 * the sum as 'sent SUM'. A frame for which the queue has no room is sent again, so that each
 * counted frame was handed over once.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
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
	uint16_t number;
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
	kind->vary = (unsigned int)strtoul(words[2], NULL, 10);
	if (craft_frame(&craft, words + 3, count - 3, mac))
		die(craft.error);
	bytes = craft_bytes(&craft, &kind->length);
	if (kind->length > FRAME_BYTES || kind->vary + 2 > FRAME_BYTES)
		die("the frame is too long");
	memcpy(kind->bytes, bytes, kind->length);
	kind->number = (uint16_t)(kind->bytes[kind->vary] << 8 | kind->bytes[kind->vary + 1]);
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

static void vary_round(void)
{
	for (size_t i = 0; i < round_of.count; i++) {
		struct kind *kind = &kinds[round_of.kind[i]];

		if (!kind->vary)
			continue;
		round_of.bytes[i][kind->vary] = (uint8_t)(kind->number >> 8);
		round_of.bytes[i][kind->vary + 1] = (uint8_t)kind->number;
		kind->number++;
	}
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
	struct stat info;
	int fd;

	if (argc != 5)
		die("usage: flood IF STOP-FILE MOST KINDS-FILE");
	most = strtoull(argv[3], NULL, 10);
	read_kinds(argv[4]);
	arrange_round();
	fd = open_interface(argv[1]);
	while (total < most && stat(argv[2], &info)) {
		send_round(fd);
		total += round_of.count;
	}
	close(fd);
	for (size_t i = 0; i < kind_count; i++)
		printf("%s %llu\n", kinds[i].name, kinds[i].sent);
	printf("sent %llu\n", total);
	return 0;
}
