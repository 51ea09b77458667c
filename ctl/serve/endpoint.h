/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a page is served: `127.0.0.1:9477`, `[::1]:9477`, `unix:/run/sekisho/metrics.sock`. From
 * the text to a listening socket. Knows nothing of what is served there.
 */
#ifndef SEKISHO_SERVE_ENDPOINT_H
#define SEKISHO_SERVE_ENDPOINT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

struct sekisho_endpoint_address {
	union {
		struct sockaddr any;
		struct sockaddr_in in4;
		struct sockaddr_in6 in6;
		struct sockaddr_un local;
	};
	socklen_t length;
	bool here_only; /* nobody reaches it from another host */
};

/**
 * sekisho_endpoint_parse - read where to listen
 * @text: ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH, an absolute one; no names
 * @address: filled on success
 *
 * Return: 0, -EINVAL, or -ENAMETOOLONG of a path that no socket can have.
 */
int sekisho_endpoint_parse(const char *text, struct sekisho_endpoint_address *address);

/**
 * sekisho_endpoint_listen - listen there, without ever blocking
 * @address: where. A socket file that nobody listens on any more is replaced; no other file is
 * @inode: gets the number of the socket's file, for sekisho_endpoint_close(); 0 without one
 *
 * A socket's file gets mode 0660.
 * Return: the descriptor; -EADDRINUSE where somebody listens there; -EEXIST where there is a file
 * that is no socket; or -errno.
 */
int sekisho_endpoint_listen(const struct sekisho_endpoint_address *address, ino_t *inode);

/* Close it, and remove its file where it is still its own. @listener -1: nothing is done. */
void sekisho_endpoint_close(const struct sekisho_endpoint_address *address, int listener,
			    ino_t inode);

#endif
