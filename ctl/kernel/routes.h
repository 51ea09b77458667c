/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether something changed by which the kernel forwards: routes, neighbours, links. Knows
 * rtnetlink; nothing of policies, of ports or of what is done about it.
 */
#ifndef SEKISHO_KERNEL_ROUTES_H
#define SEKISHO_KERNEL_ROUTES_H

/* What changed. */
#define SEKISHO_ROUTES_WAYS  0x1 /* frames may have to leave otherwise than before */
#define SEKISHO_ROUTES_LINKS 0x2 /* links may be others, or able to do other things */

struct sekisho_routes;

/**
 * sekisho_routes_open - begin to listen
 * @routes: set, to be closed with sekisho_routes_close(); NULL after an error
 *
 * Return: 0 or -errno.
 */
int sekisho_routes_open(struct sekisho_routes **routes);
void sekisho_routes_close(struct sekisho_routes *routes);

/* Readable when there is something to take. */
int sekisho_routes_fd(const struct sekisho_routes *routes);

/**
 * sekisho_routes_take - take what the kernel told
 * @routes: what is listened to
 *
 * A neighbour counts where it was known by a MAC and now has another or none: nobody can have sent
 * frames by the others. Under a flood not all is taken at once; the descriptor stays readable.
 * Where the kernel told more than there was room for, everything is taken to have changed.
 *
 * Return: SEKISHO_ROUTES_* of what changed, or -errno: nothing more is heard.
 */
int sekisho_routes_take(struct sekisho_routes *routes);

#endif
