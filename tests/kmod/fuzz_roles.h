/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who takes part: each a process with random numbers of its own, so that one alone can be run again
 * with what it sent. Knows the namespaces that fuzz.sh makes.
 */
#ifndef SEKISHO_FUZZ_ROLES_H
#define SEKISHO_FUZZ_ROLES_H

#include "fuzz_policy.h"
#include "fuzz_socket.h"
#include "fuzz_tree.h"

/* Namespaces, made by fuzz.sh. Those before FUZZ_ATTACKED are attacked. */
enum fuzz_namespace {
	FUZZ_ROUTER,
	FUZZ_PLAIN,
	FUZZ_WITNESS,
	FUZZ_ATTACKED,
	FUZZ_LEFT = FUZZ_ATTACKED,
	FUZZ_RIGHT,
	FUZZ_NAMESPACES,
};

/* What is the same for all of them. */
struct scene {
	int namespaces[FUZZ_NAMESPACES];
	int own;
	struct policy_place places[FUZZ_ATTACKED];
	uint16_t family;
	uint32_t group;
	uint64_t seed;
	uint64_t end; /* monotonic milliseconds */
	unsigned long messages; /* a worker; 0: any number */
};

struct life {
	const struct scene *scene;
	struct random random;
	unsigned long left; /* messages, 0: any number */
	uint8_t *buffer; /* for what is sent and what is read */
	int fail_nth; /* of this thread in /proc, or -1 where memory does not fail on purpose */
};

uint64_t now_ms(void);
void pause_ms(unsigned int milliseconds);

/* @number tells the random numbers of one life from those of others. */
void life_begin(struct life *life, const struct scene *scene, uint64_t number);
void life_end(struct life *life);
/* Also counts a message. */
bool life_goes_on(struct life *life);

/* Until the end: transactions over several sockets, well made and spoilt, by two threads. */
void attack(const struct scene *scene, uint64_t number);
/* Attackers that are killed at any moment. */
void attack_and_die(const struct scene *scene, uint64_t number);
/* Namespaces that come and go with policies in force, transactions open and seals closed. */
void come_and_go(const struct scene *scene, uint64_t number);
/* Callers without the right. */
void ask_without_right(const struct scene *scene, uint64_t number);
/* Who hears of events, and seldom listens. */
void listen_seldom(const struct scene *scene, uint64_t number);
/* Packets from the left to the right. */
void send_packets(const struct scene *scene, uint64_t number);
void answer_packets(const struct scene *scene, uint64_t number);
/* Watches that a sealed policy stays what it is. */
void watch_the_seal(const struct scene *scene, uint64_t number);

/* One message over @fd, of whatever kind; well made but for its sense. */
void send_any(struct life *life, int fd, bool rightless);

#endif
