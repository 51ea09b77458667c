// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attackers: several sockets each, a transaction on every one, all of them going on at once, and a
 * second thread that throws anything over the same sockets. What they send depends on their random
 * numbers alone, never on an answer.
 */
#include "fuzz_roles.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "sekisho/netlink.h"

#include "fuzz_grammar.h"

#define SOCKETS	   4
#define FAILURES   60 /* an allocation up to this number fails */
#define BATCH_MAX  8
#define MAYFLY_MS  800
#define GARBAGE	   600
#define REQUEST	   (NLM_F_REQUEST | NLM_F_ACK)
#define DUMP_FLAGS (NLM_F_REQUEST | NLM_F_DUMP)

uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void pause_ms(unsigned int milliseconds)
{
	struct timespec time = { milliseconds / 1000, (long)(milliseconds % 1000) * 1000000 };

	nanosleep(&time, NULL);
}

void life_begin(struct life *life, const struct scene *scene, uint64_t number)
{
	life->scene = scene;
	life->random.state = scene->seed * 0x2545f4914f6cdd1dull + number * 0x9e3779b97f4a7c15ull;
	life->left = scene->messages;
	life->buffer = malloc(FUZZ_ANSWER_BYTES);
	if (!life->buffer)
		abort();
	life->fail_nth = open("/proc/thread-self/fail-nth", O_WRONLY | O_CLOEXEC);
}

void life_end(struct life *life)
{
	free(life->buffer);
	if (life->fail_nth >= 0)
		close(life->fail_nth);
}

bool life_goes_on(struct life *life)
{
	if (life->left) {
		life->left--;
		if (!life->left)
			return false;
	}
	return !atomic_load(&seen->stop) && now_ms() < life->scene->end;
}

/* Where the kernel was built for it, one of the next allocations of this thread fails. */
static void let_memory_fail(struct life *life, bool at_all)
{
	char text[16];
	int length;

	if (life->fail_nth < 0)
		return;
	length = snprintf(text, sizeof(text), "%u",
			  at_all ? random_between(&life->random, 1, FAILURES) : 0);
	if (write(life->fail_nth, text, (size_t)length) != length && at_all) {
		close(life->fail_nth);
		life->fail_nth = -1;
	}
}

static void send_over(struct life *life, int fd, size_t length)
{
	bool fails = random_percent(&life->random, 8);

	if (fails)
		let_memory_fail(life, true);
	socket_send(fd, life->buffer, length);
	if (fails)
		let_memory_fail(life, false);
}

static struct header header_of(const struct life *life, uint8_t command, uint16_t flags)
{
	return (struct header){
		.type = life->scene->family,
		.flags = flags,
		.command = command,
		.version = SEKISHO_GENL_VERSION,
	};
}

static void spoil_header(struct random *random, struct header *header)
{
	switch (random_below(random, 8)) {
	case 0:
		header->type = (uint16_t)random_number(random);
		break;
	case 1:
		header->flags = (uint16_t)random_number(random);
		break;
	case 2:
		header->command = (uint8_t)random_number(random);
		break;
	case 3:
		header->version = (uint8_t)random_number(random);
		break;
	case 4:
		header->reserved = (uint16_t)random_number(random);
		break;
	case 5:
		header->lie = (int32_t)random_below(random, 64) - 32;
		break;
	case 6:
		header->lie = (int32_t)random_number(random);
		break;
	default:
		header->flags ^= NLM_F_DUMP;
		break;
	}
}

void send_any(struct life *life, int fd, bool rightless)
{
	struct random *random = &life->random;
	struct tree tree = { 0 };
	struct header header;
	size_t length;
	uint8_t command = random_percent(random, 40) ? grammar_order(&tree, random)
						     : grammar_any(&tree, random);

	header = header_of(life, command, REQUEST);
	if (random_percent(random, 10))
		header.flags |= NLM_F_DUMP;
	/* A spoilt digest would seal with a key that nobody has. */
	if (command != SEKISHO_CMD_SEAL && random_percent(random, 50))
		tree_spoil(&tree, random);
	if (!rightless && random_percent(random, 10))
		spoil_header(random, &header);
	length = socket_write(life->buffer, FUZZ_MESSAGE_BYTES, &header, tree.root.first, NULL);
	if (!rightless && random_percent(random, 5))
		length = random_below(random, length);
	send_over(life, fd, length);
	tree_clear(&tree);
}

/* Several messages at once. */
static void send_batch(struct life *life, int fd)
{
	size_t used = 0;

	for (uint32_t count = random_between(&life->random, 2, BATCH_MAX); count; count--) {
		struct tree tree = { 0 };
		struct header header;
		uint8_t command = grammar_order(&tree, &life->random);

		header = header_of(life, command, REQUEST);
		if (random_percent(&life->random, 5))
			spoil_header(&life->random, &header);
		used += socket_write(life->buffer + used, FUZZ_MESSAGE_BYTES / BATCH_MAX, &header,
				     tree.root.first, NULL);
		tree_clear(&tree);
	}
	send_over(life, fd, used);
}

static void send_garbage(struct life *life, int fd)
{
	size_t length = random_below(&life->random, GARBAGE);
	struct nlmsghdr header = {
		.nlmsg_len = (uint32_t)length,
		.nlmsg_type = life->scene->family,
		.nlmsg_flags = REQUEST,
	};

	for (size_t i = 0; i < length; i++)
		life->buffer[i] = (uint8_t)random_number(&life->random);
	if (length > sizeof(header) && random_percent(&life->random, 80))
		memcpy(life->buffer, &header, sizeof(header));
	/* A seal by chance nobody could open. */
	if (length > sizeof(header) && life->buffer[sizeof(header)] == SEKISHO_CMD_SEAL)
		life->buffer[sizeof(header)] = SEKISHO_CMD_COUNT;
	send_over(life, fd, length);
}

/* The controller walks the family's tables of attributes for everybody. */
static void ask_for_tables(struct life *life, int fd)
{
	struct tree tree = { 0 };
	struct header header = {
		.type = GENL_ID_CTRL,
		.flags = DUMP_FLAGS,
		.command = CTRL_CMD_GETPOLICY,
		.version = 1,
	};
	size_t length;

	tree_number(&tree, NULL, CTRL_ATTR_FAMILY_ID, life->scene->family, 2);
	if (random_percent(&life->random, 50))
		tree_number(&tree, NULL, CTRL_ATTR_OP,
			    random_below(&life->random, SEKISHO_CMD_COUNT + 1), 4);
	length = socket_write(life->buffer, FUZZ_MESSAGE_BYTES, &header, tree.root.first, NULL);
	send_over(life, fd, length);
	tree_clear(&tree);
}

static void start_dump(struct life *life, int fd)
{
	struct header header = header_of(life, grammar_dump(&life->random), DUMP_FLAGS);
	size_t length;

	if (random_percent(&life->random, 5))
		spoil_header(&life->random, &header);
	length = socket_write(life->buffer, FUZZ_MESSAGE_BYTES, &header, NULL, NULL);
	send_over(life, fd, length);
	/* Half of it, or nothing. */
	socket_read(fd, life->buffer, random_below(&life->random, 3), life->scene->family, false);
}

enum stage {
	STAGE_BEGIN,
	STAGE_ADD,
	STAGE_PREPARE,
	STAGE_COMMIT,
	STAGE_AFTER,
};

/* A socket, and the transaction on it. */
struct plan {
	atomic_int fd;
	enum fuzz_namespace namespace;
	enum stage stage;
	struct tree tree;
	const struct attribute *next;
	struct policy_counts counts;
};

struct attacker {
	struct life life;
	struct plan plans[SOCKETS];
	uint64_t number;
	atomic_bool over;
};

static void send_plain(struct life *life, int fd, uint8_t command)
{
	struct header header = header_of(life, command, REQUEST);

	send_over(life, fd, socket_write(life->buffer, FUZZ_MESSAGE_BYTES, &header, NULL, NULL));
}

static void plan_begin(struct life *life, struct plan *plan)
{
	policy_make(&plan->tree, &life->random, &life->scene->places[plan->namespace],
		    &plan->counts);
	if (random_percent(&life->random, 30))
		tree_spoil(&plan->tree, &life->random);
	plan->next = plan->tree.root.first;
	if (!random_percent(&life->random, 3))
		send_plain(life, plan->fd, SEKISHO_CMD_BEGIN);
	plan->stage = STAGE_ADD;
}

static void plan_add(struct life *life, struct plan *plan)
{
	struct header header = header_of(life, SEKISHO_CMD_ADD, REQUEST);
	const struct attribute *first = plan->next, *end = first;
	uint32_t count = random_between(&life->random, 1, plan->counts.flows > 100 ? 200 : 20);

	while (end && count--)
		end = end->next;
	/* Now and then one message is lost. */
	if (!random_percent(&life->random, 1))
		send_over(life, plan->fd,
			  socket_write(life->buffer, FUZZ_MESSAGE_BYTES, &header, first, end));
	plan->next = end;
	if (!end)
		plan->stage = STAGE_PREPARE;
}

static void plan_commit(struct life *life, struct plan *plan)
{
	struct header header = header_of(life, SEKISHO_CMD_COMMIT, REQUEST);
	uint32_t confirm = random_percent(&life->random, 20) ? random_between(&life->random, 1, 3)
							     : 0;
	struct tree tree = { 0 };

	if (random_percent(&life->random, 5))
		plan->counts.flows++;
	policy_commit(&tree, &life->random, &plan->counts,
		      random_between(&life->random, 1, INT32_MAX), confirm);
	if (random_percent(&life->random, 10))
		tree_spoil(&tree, &life->random);
	send_over(life, plan->fd,
		  socket_write(life->buffer, FUZZ_MESSAGE_BYTES, &header, tree.root.first, NULL));
	tree_clear(&tree);
	plan->stage = STAGE_AFTER;
}

static void plan_after(struct life *life, struct plan *plan)
{
	static const uint8_t commands[] = {
		SEKISHO_CMD_CONFIRM, SEKISHO_CMD_CONFIRM, SEKISHO_CMD_REVERT,
		SEKISHO_CMD_ABORT,   SEKISHO_CMD_PREPARE, SEKISHO_CMD_COMMIT,
	};

	if (random_percent(&life->random, 70))
		send_plain(life, plan->fd, random_pick(&life->random, commands));
	tree_clear(&plan->tree);
	plan->stage = STAGE_BEGIN;
}

static void plan_advance(struct life *life, struct plan *plan)
{
	switch (plan->stage) {
	case STAGE_BEGIN:
		return plan_begin(life, plan);
	case STAGE_ADD:
		return plan_add(life, plan);
	case STAGE_PREPARE:
		plan->stage = STAGE_COMMIT;
		if (random_percent(&life->random, 60))
			send_plain(life, plan->fd, SEKISHO_CMD_PREPARE);
		return;
	case STAGE_COMMIT:
		return plan_commit(life, plan);
	case STAGE_AFTER:
		return plan_after(life, plan);
	}
}

/* Whatever it was in the middle of. */
static void plan_reopen(struct life *life, struct plan *plan)
{
	int fd = atomic_exchange(&plan->fd, -1), room = 4096;

	if (fd >= 0)
		close(fd);
	tree_clear(&plan->tree);
	plan->stage = STAGE_BEGIN;
	plan->namespace = random_percent(&life->random, 15)   ? FUZZ_WITNESS
			  : random_percent(&life->random, 50) ? FUZZ_ROUTER
							      : FUZZ_PLAIN;
	fd = socket_open_in(life->scene->namespaces[plan->namespace], life->scene->own);
	if (fd >= 0 && random_percent(&life->random, 20))
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	atomic_store(&plan->fd, fd);
}

static void attack_once(struct attacker *attacker)
{
	struct life *life = &attacker->life;
	struct plan *plan = &attacker->plans[random_below(&life->random, SOCKETS)];
	uint32_t choice = random_below(&life->random, 100);

	if (plan->fd < 0 || choice < 3)
		plan_reopen(life, plan);
	else if (choice < 65)
		plan_advance(life, plan);
	else if (choice < 85)
		send_any(life, plan->fd, false);
	else if (choice < 90)
		start_dump(life, plan->fd);
	else if (choice < 95)
		send_batch(life, plan->fd);
	else if (choice < 97)
		ask_for_tables(life, plan->fd);
	else
		send_garbage(life, plan->fd);
	if (random_percent(&life->random, 80))
		socket_read(plan->fd, life->buffer, 16, life->scene->family, false);
}

/* The second thread: no transaction of its own, but the sockets of those of the first. */
static void *meddle(void *argument)
{
	struct attacker *attacker = argument;
	struct life life;

	life_begin(&life, attacker->life.scene, attacker->number + 1000);
	while (life_goes_on(&life) && !atomic_load(&attacker->over)) {
		int fd = attacker->plans[random_below(&life.random, SOCKETS)].fd;

		if (random_percent(&life.random, 80))
			send_any(&life, fd, false);
		else
			start_dump(&life, fd);
		socket_read(fd, life.buffer, 4, life.scene->family, false);
		pause_ms(random_below(&life.random, 20));
	}
	life_end(&life);
	return NULL;
}

void attack(const struct scene *scene, uint64_t number)
{
	struct attacker attacker = { .number = number };
	pthread_t meddler;
	bool meddled;

	life_begin(&attacker.life, scene, number);
	for (size_t i = 0; i < SOCKETS; i++)
		atomic_store(&attacker.plans[i].fd, -1);
	meddled = !pthread_create(&meddler, NULL, meddle, &attacker);
	while (life_goes_on(&attacker.life))
		attack_once(&attacker);
	atomic_store(&attacker.over, true);
	if (meddled)
		pthread_join(meddler, NULL);
	for (size_t i = 0; i < SOCKETS; i++) {
		tree_clear(&attacker.plans[i].tree);
		if (attacker.plans[i].fd >= 0)
			close(attacker.plans[i].fd);
	}
	life_end(&attacker.life);
}

void attack_and_die(const struct scene *scene, uint64_t number)
{
	struct life life;

	life_begin(&life, scene, number);
	while (life_goes_on(&life)) {
		uint64_t of_child = random_number(&life.random);
		pid_t child = fork();

		if (!child) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			attack(scene, of_child);
			_exit(0);
		}
		pause_ms(random_between(&life.random, 10, MAYFLY_MS));
		if (child > 0) {
			kill(child, SIGKILL);
			waitpid(child, NULL, 0);
		}
	}
	life_end(&life);
}
