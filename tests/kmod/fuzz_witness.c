// SPDX-License-Identifier: GPL-2.0-only
/*
 * The witness: puts a policy in force in its namespace, seals it with a key that nobody else has,
 * and looks again and again whether status and policy are what they were. Everybody may try to
 * change them.
 */
#include "fuzz_roles.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <openssl/sha.h>

#include "sekisho/netlink.h"

#define LOOK_PAUSE  150 /* milliseconds */
#define LOOKS_AGAIN 20 /* when a look was interrupted, or there was no memory for it */
#define HEADERS	    (NLMSG_HDRLEN + GENL_HDRLEN)
#define GENERATION  4711
#define FNV_OFFSET  0xcbf29ce484222325ull
#define FNV_PRIME   0x100000001b3ull

struct witness {
	struct life life;
	int fd;
	uint8_t key[SEKISHO_SEAL_KEY_BYTES];
};

/* What must stay as it is. */
struct look {
	uint32_t generation;
	uint8_t digest[SEKISHO_DIGEST_BYTES];
	uint8_t sealed;
	uint64_t policy; /* FNV-1a of all its objects */
	unsigned int objects;
};

/* Sends, and waits until it is answered. 0, or the errno it was refused with; -1: no answer. */
static int ask(struct witness *witness, uint8_t command, const struct attribute *first,
	       const struct attribute *end)
{
	struct header header = {
		.type = witness->life.scene->family,
		.flags = NLM_F_REQUEST | NLM_F_ACK,
		.command = command,
		.version = SEKISHO_GENL_VERSION,
	};
	uint8_t *buffer = witness->life.buffer;
	struct nlmsgerr error;

	if (!socket_send(witness->fd, buffer,
			 socket_write(buffer, FUZZ_MESSAGE_BYTES, &header, first, end)))
		return -1;
	for (;;) {
		ssize_t got = recv(witness->fd, buffer, FUZZ_ANSWER_BYTES, 0);
		const struct nlmsghdr *message = (const void *)buffer;

		if (got < NLMSG_HDRLEN)
			return -1;
		if (message->nlmsg_type != NLMSG_ERROR)
			continue;
		memcpy(&error, buffer + NLMSG_HDRLEN, sizeof(error));
		return -error.error;
	}
}

static void keep(void *to, size_t size, const struct nlattr *attribute)
{
	if (attribute->nla_len == NLA_HDRLEN + size)
		memcpy(to, (const uint8_t *)attribute + NLA_HDRLEN, size);
}

/* Of the nest that is the only attribute of @message. */
static void read_status(const struct nlmsghdr *message, struct look *look)
{
	const uint8_t *bytes = (const uint8_t *)message + HEADERS + NLA_HDRLEN;
	const uint8_t *end = (const uint8_t *)message + message->nlmsg_len;

	while (bytes + NLA_HDRLEN <= end) {
		const struct nlattr *attribute = (const void *)bytes;

		if (attribute->nla_len < NLA_HDRLEN || bytes + attribute->nla_len > end)
			return;
		switch (attribute->nla_type & NLA_TYPE_MASK) {
		case SEKISHO_STATUS_GENERATION:
			keep(&look->generation, sizeof(look->generation), attribute);
			break;
		case SEKISHO_STATUS_DIGEST:
			keep(look->digest, sizeof(look->digest), attribute);
			break;
		case SEKISHO_STATUS_SEALED:
			keep(&look->sealed, sizeof(look->sealed), attribute);
			break;
		default:
			break;
		}
		bytes += NLA_ALIGN(attribute->nla_len);
	}
}

enum reading {
	READING,
	READ,
	READ_AGAIN,
};

static enum reading read_message(const struct nlmsghdr *message, struct look *look, bool dump)
{
	const uint8_t *bytes = (const uint8_t *)message;
	struct nlmsgerr error;

	if (message->nlmsg_flags & NLM_F_DUMP_INTR)
		return READ_AGAIN;
	if (message->nlmsg_type == NLMSG_DONE)
		return READ;
	if (message->nlmsg_type == NLMSG_ERROR) {
		memcpy(&error, bytes + NLMSG_HDRLEN, sizeof(error));
		return error.error ? READ_AGAIN : READ;
	}
	if (!dump) {
		read_status(message, look);
		return READING;
	}
	for (size_t i = HEADERS; i < message->nlmsg_len; i++)
		look->policy = (look->policy ^ bytes[i]) * FNV_PRIME;
	look->objects++;
	return READING;
}

/* The answer to @command, up to its end. */
static bool take(struct witness *witness, uint8_t command, struct look *look, bool dump)
{
	struct header header = {
		.type = witness->life.scene->family,
		.flags = NLM_F_REQUEST | (dump ? NLM_F_DUMP : NLM_F_ACK),
		.command = command,
		.version = SEKISHO_GENL_VERSION,
	};
	uint8_t *buffer = witness->life.buffer;

	if (!socket_send(witness->fd, buffer,
			 socket_write(buffer, FUZZ_MESSAGE_BYTES, &header, NULL, NULL)))
		return false;
	for (;;) {
		ssize_t got = recv(witness->fd, buffer, FUZZ_ANSWER_BYTES, 0);
		size_t at = 0;

		if (got < 0)
			return false;
		while (at + NLMSG_HDRLEN <= (size_t)got) {
			const struct nlmsghdr *message = (const void *)(buffer + at);
			enum reading reading = read_message(message, look, dump);

			if (reading != READING)
				return reading == READ;
			at += NLMSG_ALIGN(message->nlmsg_len);
		}
	}
}

static void socket_anew(struct witness *witness)
{
	struct timeval patience = { .tv_sec = 30 };

	if (witness->fd >= 0)
		close(witness->fd);
	witness->fd = socket_open();
	if (witness->fd >= 0)
		(void)setsockopt(witness->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

static bool look_at(struct witness *witness, struct look *look)
{
	for (int i = 0; i < LOOKS_AGAIN; i++) {
		memset(look, 0, sizeof(*look));
		look->policy = FNV_OFFSET;
		if (take(witness, SEKISHO_CMD_GET_STATUS, look, false) &&
		    take(witness, SEKISHO_CMD_GET_POLICY, look, true)) {
			atomic_fetch_add(&seen->looks, 1);
			return true;
		}
		/* Answers of an interrupted one are not to be read as the next one's. */
		socket_anew(witness);
		pause_ms(LOOK_PAUSE);
	}
	return false;
}

static bool looks_equal(const struct look *a, const struct look *b)
{
	return a->generation == b->generation && a->sealed == b->sealed && a->policy == b->policy &&
	       a->objects == b->objects && !memcmp(a->digest, b->digest, sizeof(a->digest));
}

static bool put_in_force(struct witness *witness)
{
	struct policy_counts counts;
	struct tree tree = { 0 }, commit = { 0 };
	const struct attribute *next;
	int status = ask(witness, SEKISHO_CMD_BEGIN, NULL, NULL);

	policy_make(&tree, &witness->life.random, &witness->life.scene->places[FUZZ_WITNESS],
		    &counts);
	for (const struct attribute *first = tree.root.first; first && !status; first = next) {
		next = first;
		for (int i = 0; next && i < 30; i++)
			next = next->next;
		status = ask(witness, SEKISHO_CMD_ADD, first, next);
	}
	policy_commit(&commit, &witness->life.random, &counts, GENERATION, 0);
	if (!status)
		status = ask(witness, SEKISHO_CMD_COMMIT, commit.root.first, NULL);
	tree_clear(&commit);
	tree_clear(&tree);
	if (status)
		fault("the witness' policy was refused: %s", strerror(status));
	return !status;
}

static bool seal(struct witness *witness)
{
	uint8_t digest[SEKISHO_DIGEST_BYTES];
	struct tree tree = { 0 };
	int status;

	for (size_t i = 0; i < sizeof(witness->key); i++)
		witness->key[i] = (uint8_t)random_number(&witness->life.random);
	SHA256(witness->key, sizeof(witness->key), digest);
	tree_add(&tree, NULL, SEKISHO_A_KEY_DIGEST, digest, sizeof(digest));
	status = ask(witness, SEKISHO_CMD_SEAL, tree.root.first, NULL);
	tree_clear(&tree);
	if (status)
		fault("the witness could not seal: %s", strerror(status));
	return !status;
}

static void unseal(struct witness *witness)
{
	struct tree tree = { 0 };
	int status;

	tree_add(&tree, NULL, SEKISHO_A_KEY, witness->key, sizeof(witness->key));
	status = ask(witness, SEKISHO_CMD_UNSEAL, tree.root.first, NULL);
	tree_clear(&tree);
	if (status)
		fault("the right key does not unseal: %s", strerror(status));
}

/* A sealed border holds the module. */
static bool module_stays(void)
{
	if (!syscall(SYS_delete_module, "sekisho", O_NONBLOCK)) {
		fault("a sealed module could be removed");
		return false;
	}
	if (errno != EWOULDBLOCK)
		fault("a sealed module is not held, but: %s", strerror(errno));
	return errno == EWOULDBLOCK;
}

void watch_the_seal(const struct scene *scene, uint64_t number)
{
	struct witness witness = { .fd = -1 };
	struct look first, now;

	life_begin(&witness.life, scene, number);
	if (setns(scene->namespaces[FUZZ_WITNESS], CLONE_NEWNET))
		fault("cannot enter the witness' namespace: %s", strerror(errno));
	socket_anew(&witness);
	if (!put_in_force(&witness) || !seal(&witness) || !look_at(&witness, &first) ||
	    first.generation != GENERATION || first.sealed != 1 || first.objects < 3) {
		fault("the witness has nothing to watch");
		goto end;
	}
	/* The others begin now. */
	atomic_store(&seen->ready, true);
	while (!atomic_load(&seen->stop)) {
		if (!look_at(&witness, &now)) {
			fault("the sealed border cannot be looked at");
			break;
		}
		if (!looks_equal(&first, &now)) {
			fault("the sealed border changed: generation %u, %u objects, sealed %u",
			      now.generation, now.objects, now.sealed);
			break;
		}
		if (!module_stays())
			break;
		pause_ms(LOOK_PAUSE);
	}
	unseal(&witness);
end:
	atomic_store(&seen->ready, true);
	close(witness.fd);
	life_end(&witness.life);
}
