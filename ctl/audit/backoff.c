// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long to wait before a peer is tried again. Knows nothing of peers.
 */
#include "backoff.h"

uint32_t sekisho_backoff_next(struct sekisho_backoff *backoff, uint32_t random)
{
	uint32_t most = SEKISHO_BACKOFF_FIRST_MS;

	for (unsigned int i = 0; i < backoff->failures && most < SEKISHO_BACKOFF_MOST_MS; i++)
		most *= 2;
	if (most > SEKISHO_BACKOFF_MOST_MS)
		most = SEKISHO_BACKOFF_MOST_MS;
	if (backoff->failures < UINT32_MAX)
		backoff->failures++;
	return most / 2 + random % (most - most / 2 + 1);
}
