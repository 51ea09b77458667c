// SPDX-License-Identifier: GPL-2.0-only
/*
 * Notices what changed since last time. Knows nothing of the log or the loop.
 */
#include "watch.h"

#include <string.h>

static const struct sekisho_watch_link *find_link(const struct sekisho_watch_link *links,
						  size_t count, const char *interface)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strncmp(links[i].interface, interface, sizeof(links[i].interface)))
			return &links[i];
	return NULL;
}

void sekisho_watch_links(struct sekisho_watch_links *watch, const struct sekisho_watch_link *now,
			 size_t count,
			 void (*tell)(void *context, const char *interface, const char *state,
				      const char *mode),
			 void *context)
{
	size_t i;

	if (count > SEKISHO_WATCH_LINKS_MAX)
		count = SEKISHO_WATCH_LINKS_MAX;
	for (i = 0; i < watch->count; i++)
		if (!find_link(now, count, watch->links[i].interface))
			tell(context, watch->links[i].interface, "gone", "");
	for (i = 0; i < count; i++) {
		const struct sekisho_watch_link *last =
			find_link(watch->links, watch->count, now[i].interface);
		bool attached = now[i].mode[0];

		if (!last && watch->known)
			tell(context, now[i].interface, "added", "");
		if (last ? strncmp(last->mode, now[i].mode, sizeof(last->mode)) != 0
			 : attached || !watch->known)
			tell(context, now[i].interface, attached ? "attached" : "detached",
			     now[i].mode);
	}
	memcpy(watch->links, now, count * sizeof(*now));
	watch->count = count;
	watch->known = true;
}

bool sekisho_watch_clock(struct sekisho_watch_clock *watch, const struct sekisho_stamp *now,
			 int64_t *step_ms, bool *before)
{
	const struct sekisho_stamp *last = &watch->last;
	int64_t wall = now->wall_ns - last->wall_ns;
	int64_t mono = (int64_t)(now->mono_ns - last->mono_ns);
	bool known = watch->known;

	*step_ms = (wall - mono) / 1000000;
	*before = last->synchronised;
	if (*step_ms > -SEKISHO_CLOCK_STEP_MS && *step_ms < SEKISHO_CLOCK_STEP_MS)
		*step_ms = 0;
	watch->last = *now;
	watch->known = true;
	return known && (*step_ms || *before != now->synchronised);
}

uint64_t sekisho_watch_since(uint64_t then, uint64_t now)
{
	return now < then ? now : now - then;
}
