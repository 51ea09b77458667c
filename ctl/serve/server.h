/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Serves one page to few at a time. It never blocks: who is slow, or says nothing, is let go.
 * Knows HTTP; nothing of what the page says, and has no loop of its own.
 *
 *	fds = sekisho_server_watch(server, polled, now, &wait);
 *	poll(polled, fds, wait);
 *	sekisho_server_turn(server, polled, fds, now);
 */
#ifndef SEKISHO_SERVE_SERVER_H
#define SEKISHO_SERVE_SERVER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Further ones wait in the kernel's queue. */
#define SEKISHO_SERVER_CONNECTIONS 16
#define SEKISHO_SERVER_FDS	   (SEKISHO_SERVER_CONNECTIONS + 1)

/* Milliseconds: for the whole request; for the whole answer; until the other side has closed. */
#define SEKISHO_SERVER_REQUEST_MS 5000
#define SEKISHO_SERVER_ANSWER_MS  10000
#define SEKISHO_SERVER_CLOSE_MS	  1000

struct sekisho_server;

/* Shared by all who are reading it; made with sekisho_page_new(). */
struct sekisho_page {
	unsigned int readers;
	size_t length;
	char text[];
};

/* A copy of a text with one reader, the caller. NULL without memory. */
struct sekisho_page *sekisho_page_new(const char *text, size_t length);
/* One reader less; the last one frees it. NULL does nothing. */
void sekisho_page_leave(struct sekisho_page *page);

struct sekisho_server_source {
	void *context;
	/* The page as it is now, with one more reader; NULL: there is none at present. */
	struct sekisho_page *(*page)(void *context, bool openmetrics);
};

/**
 * sekisho_server_new - a server without a listener
 * @source: copied
 * Return: to be freed with sekisho_server_free(), or NULL without memory.
 */
struct sekisho_server *sekisho_server_new(const struct sekisho_server_source *source);
void sekisho_server_free(struct sekisho_server *server);

/* Accept from a listening socket, which stays the caller's; -1: from none. */
void sekisho_server_listen(struct sekisho_server *server, int listener);

/**
 * sekisho_server_watch - what to wait for
 * @server: the server
 * @fds: filled: SEKISHO_SERVER_FDS at most
 * @now: milliseconds, monotonic
 * @wait: lowered to the time in milliseconds after which somebody is late
 * Return: how many.
 */
size_t sekisho_server_watch(struct sekisho_server *server, struct pollfd *fds, int64_t now,
			    int *wait);

/* Do what can be done. @fds and @count as watched. Always at once. */
void sekisho_server_turn(struct sekisho_server *server, const struct pollfd *fds, size_t count,
			 int64_t now);

#endif
