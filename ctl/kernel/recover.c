// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finishing or forgetting a take-over that was cut off. Knows pins, links and engines; nothing of
 * policies.
 *
 * A new object holds a copy of what is in force before the first interface runs it, and the word
 * that says which half is in force belongs to both. So going forward is right as soon as one
 * interface runs it, and forgetting it is right as long as none does.
 */
#include "kernel/recover.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "kernel/engine.h"
#include "kernel/fill.h"
#include "kernel/links.h"
#include "kernel/pins.h"

static uint32_t program_id(int program)
{
	struct bpf_prog_info info = {};
	__u32 length = sizeof(info);

	return bpf_obj_get_info_by_fd(program, &info, &length) ? 0 : info.id;
}

/* Returns 1, which ends the walk, at a link that runs the program. */
static int runs_program(void *context, const char *name, int link, uint32_t ifindex)
{
	struct bpf_link_info info = {};
	__u32 length = sizeof(info);

	(void)name;
	(void)ifindex;
	if (bpf_obj_get_info_by_fd(link, &info, &length))
		return 0;
	return info.prog_id == *(uint32_t *)context;
}

/* What the object in use still counted. Without it there is nothing to be carried over. */
static void settle(struct sekisho_engine *engine, const char *directory)
{
	struct sekisho_engine *old;

	if (sekisho_engine_open(directory, &old))
		return;
	sekisho_fill_settle(engine, old, false);
	sekisho_engine_close(old);
}

static int finish(struct sekisho_engine *engine, const char *next, const char *directory)
{
	uint32_t id = program_id(engine->programs[SEKISHO_PROGRAM_INGRESS]);
	int error;

	/* Without a directory in use it was the first commit; it counts if it came into force. */
	if (access(directory, F_OK))
		return sekisho_engine_half(engine) < 0 ? sekisho_pins_remove(next)
						       : sekisho_pins_take_over(next, directory);
	error = sekisho_links_each(directory, runs_program, &id);
	if (error < 0)
		return error;
	if (!error)
		return sekisho_pins_remove(next);
	error = sekisho_links_update(directory, engine->programs[SEKISHO_PROGRAM_INGRESS],
				     engine->programs[SEKISHO_PROGRAM_EGRESS]);
	if (error)
		return error;
	settle(engine, directory);
	return sekisho_pins_take_over(next, directory);
}

int sekisho_recover(const char *directory)
{
	struct sekisho_engine *engine;
	char next[PATH_MAX];
	int error = sekisho_pins_next(directory, next);

	if (error || access(next, F_OK))
		return error;
	error = sekisho_engine_open(next, &engine);
	/* Cut off before all was pinned: no interface can run it yet. */
	if (error == -ENOENT)
		return sekisho_pins_remove(next);
	if (error)
		return error;
	error = finish(engine, next, directory);
	sekisho_engine_close(engine);
	return error;
}
