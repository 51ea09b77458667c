/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sockets of generic netlink in namespaces, what is sent over them, and what every answer must be
 * like, however wrong the question was. Knows messages; nothing of what they ask for.
 */
#ifndef SEKISHO_FUZZ_SOCKET_H
#define SEKISHO_FUZZ_SOCKET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz_tree.h"

#define FUZZ_MESSAGE_BYTES (512u << 10)
/* A refusal quotes what is refused. */
#define FUZZ_ANSWER_BYTES (FUZZ_MESSAGE_BYTES + (64u << 10))
#define FUZZ_ERRNOS	  134
#define FUZZ_FAULTS	  16
#define FUZZ_COMMANDS	  64

/* Shared by all processes: what was seen. */
struct seen {
	atomic_bool stop;
	atomic_bool ready; /* the witness watches */
	atomic_ulong messages;
	atomic_ulong refused[FUZZ_ERRNOS]; /* answers by errno; 0: done */
	atomic_ulong done[FUZZ_COMMANDS]; /* by command: it was taken */
	atomic_ulong told; /* messages of dumps, and events */
	atomic_ulong looks; /* at the sealed border */
	atomic_ulong turned_away; /* callers without the right */
	atomic_ulong packets;
	atomic_ulong lives; /* of namespaces */
	atomic_uint faults;
	char fault[FUZZ_FAULTS][256];
};

extern struct seen *seen;

/* Note a breach of what must hold; printed at the end. */
void fault(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* How a message's header is to be wrong. */
struct header {
	uint16_t type;
	uint16_t flags;
	uint8_t command;
	uint8_t version;
	uint16_t reserved;
	int32_t lie; /* added to its length */
};

/* The number of the family, 0 where there is none. */
uint16_t socket_family(void);
/* The number of the group `events`. */
uint32_t socket_group(void);

/* A socket of the namespace that this thread is in, or -1. */
int socket_open(void);

/* In that of @namespace, a descriptor; -1 likewise. The thread stays in its own. */
int socket_open_in(int namespace, int own);

/* Write a message; returns its length. */
size_t socket_write(uint8_t *buffer, size_t room, const struct header *header,
		    const struct attribute *first, const struct attribute *end);

/* Send what was written; whether all of it was taken. */
bool socket_send(int fd, const uint8_t *buffer, size_t length);

/*
 * Read what has come, at most @messages datagrams, and look at it. @rightless: the caller has no
 * right to anything of @family, so that all that may come is a refusal.
 */
void socket_read(int fd, uint8_t *buffer, unsigned int messages, uint16_t family, bool rightless);

#endif
