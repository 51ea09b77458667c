// SPDX-License-Identifier: GPL-2.0-only
/*
 * An episode from its seed: what comes next is drawn by weights, and what an administrator did is
 * undone a while later.
 */
#include "episode.h"

#include <errno.h>
#include <string.h>

#include "kernel/tables.h"

#define SECOND_NS 1000000000ull

/* The kernel tries no shorter frames: a tc program's must hold the IP header that is promised. */
static size_t least_length(bool output, const uint8_t *bytes)
{
	if (output && bytes[12] == 0x08 && bytes[13] == 0x00)
		return 14 + 20;
	if (output && bytes[12] == 0x86 && bytes[13] == 0xdd)
		return 14 + 40;
	return output ? 14 + 1 : 14;
}

void episode_frame(struct episode *episode, bool output, unsigned int device,
		   const struct bytes *bytes)
{
	if (bytes->length < 14 || bytes->length < least_length(output, bytes->data))
		return;
	ops_add_frame(episode->ops, output, device, bytes->data, bytes->length);
	episode->frames++;
}

bool episode_port(struct episode *episode, uint16_t segment, uint8_t *device, uint16_t *vlan)
{
	const struct sekisho_segment *chosen = &episode->world->policy->segments[segment];
	const struct sekisho_port *port;

	if (!chosen->port_count)
		return false;
	port = &chosen->ports[random_below(&episode->random, chosen->port_count)];
	*device = (uint8_t)(port->interface[1] - '0');
	*vlan = port->vlan;
	return true;
}

void episode_pass(struct episode *episode, uint64_t nanoseconds, bool sweep)
{
	struct op *op = ops_add(episode->ops, OP_ADVANCE);

	op->wall_ns = nanoseconds;
	op->on = sweep;
	episode->wall_ns += (int64_t)nanoseconds;
}

static int64_t wall(const struct episode *episode)
{
	return episode->wall_ns / (int64_t)SECOND_NS;
}

static uint32_t any_device(void *context, const char *interface)
{
	(void)context;
	return (uint32_t)(interface[1] - '0') + 1;
}

/* Whether the tables hold the policy; what they cannot hold no commit would let in. */
static bool fits(const struct world *world)
{
	const struct sekisho_bindings bindings = { .ifindex = any_device };
	struct sekisho_tables_problem problem;
	struct sekisho_tables *tables = NULL;

	if (sekisho_tables_build(world->policy, &world->self, &bindings, &tables, &problem))
		return false;
	sekisho_tables_free(tables);
	return true;
}

/* The recipe with one step more; a new world now and then. */
static void cook(struct episode *episode, struct world_recipe *recipe)
{
	*recipe = episode->recipe;
	if (!episode->world || (episode->renumber && (recipe->step_count == WORLD_STEPS_MAX ||
						      random_percent(&episode->random, 15))))
		recipe->step_count = 0;
	if (recipe->step_count == WORLD_STEPS_MAX)
		recipe->step_count--;
	recipe->renumbers = episode->renumber;
	recipe->steps[recipe->step_count++] =
		(struct world_step){ random_number(&episode->random), wall(episode) };
}

static void commit(struct episode *episode)
{
	struct world_recipe recipe;
	struct world *world = NULL;
	bool fresh;

	do {
		world_free(world);
		cook(episode, &recipe);
		world = world_make(&recipe);
	} while (!fits(world));
	world_free(episode->world);
	episode->world = world;
	episode->recipe = recipe;
	fresh = recipe.step_count == 1;
	/* Dialogues of another world know segments that are no longer there. */
	for (unsigned int i = 0; i < EPISODE_DIALOGUES; i++) {
		struct dialogue *dialogue = &episode->dialogues[i];

		if (dialogue->parties[0].segment >= world->policy->segment_count ||
		    dialogue->parties[1].segment >= world->policy->segment_count ||
		    (fresh && random_percent(&episode->random, 90)))
			dialogue->lives = false;
	}
	ops_add_recipe(episode->ops, &recipe);
}

/* Time goes on: mostly a little, sometimes to where something ends. */
static void pass(struct episode *episode)
{
	struct random *random = &episode->random;
	const struct sekisho_policy *policy = episode->world->policy;
	uint64_t nanoseconds = random_below(random, 3) * SECOND_NS / 2;

	if (random_percent(random, 10)) {
		nanoseconds = random_between(random, 1, 60) * SECOND_NS;
	} else if (random_percent(random, 10)) {
		/* the next full minute, or just before it */
		nanoseconds =
			(uint64_t)(60 - wall(episode) % 60) * SECOND_NS - random_below(random, 2);
	} else if (policy->flow_count && random_percent(random, 15)) {
		int64_t end = policy->flows[random_below(random, policy->flow_count)].valid_until *
			      (int64_t)SECOND_NS;

		if (end > episode->wall_ns && end - episode->wall_ns < 300 * (int64_t)SECOND_NS)
			nanoseconds = (uint64_t)(end - episode->wall_ns) - random_below(random, 2);
	}
	episode_pass(episode, nanoseconds, random_percent(random, 60));
}

static void write_measure(struct episode *episode, const struct measure *measure, bool on)
{
	struct op *op = ops_add(episode->ops, measure->kind);

	op->on = on;
	op->family = measure->family;
	op->slot = measure->slot;
	op->address = measure->address;
}

static void choose_victim(struct episode *episode, struct measure *measure)
{
	struct random *random = &episode->random;
	struct dialogue *dialogue = dialogue_any(episode);
	struct party *party;

	if (!dialogue)
		return;
	party = &dialogue->parties[random_below(random, 2)];
	measure->family = dialogue->family;
	measure->address = party->address;
	if (random_percent(random, 35)) {
		measure->family = 0;
		measure->address = (struct sekisho_address){ 0, party->mac };
	}
}

static void take_measure(struct episode *episode)
{
	struct random *random = &episode->random;
	struct measure *measure = &episode->measures[random_below(random, EPISODE_MEASURES)];
	unsigned int what = random_below(random, 10);

	if (measure->frames_left)
		return;
	*measure = (struct measure){ .frames_left = random_between(random, 5, 120) };
	if (what < 5) {
		measure->kind = OP_ISOLATE;
		measure->slot = (uint8_t)random_below(random, WORLD_SLOTS + 1);
	} else if (what < 9) {
		measure->kind = OP_SUSPEND;
		choose_victim(episode, measure);
	} else {
		measure->kind = OP_FULL;
		measure->frames_left = random_between(random, 5, 60);
	}
	write_measure(episode, measure, true);
}

static void undo_measures(struct episode *episode, unsigned int frames)
{
	for (unsigned int i = 0; i < EPISODE_MEASURES; i++) {
		struct measure *measure = &episode->measures[i];

		if (!measure->frames_left)
			continue;
		if (measure->frames_left > frames) {
			measure->frames_left -= frames;
			continue;
		}
		measure->frames_left = 0;
		write_measure(episode, measure, false);
	}
}

static void say(struct episode *episode)
{
	struct dialogue *dialogue = dialogue_any(episode);
	struct bytes bytes = { .length = 0 };

	if (!dialogue)
		return;
	dialogue_next(episode, dialogue);
	craft_frame(&dialogue->last, &bytes);
	dialogue_send(episode, dialogue, dialogue->last_side, &bytes);
	if (random_percent(&episode->random, dialogue->hopeful ? 2 : 25))
		dialogue->lives = false;
}

/* @weight of a thousand. */
struct happening {
	unsigned int weight;
	void (*happen)(struct episode *episode);
};

static const struct happening happenings[] = {
	{ 680, say },
	{ 60, disturb_icmp_error },
	{ 50, disturb_fragments },
	{ 50, control_frame },
	{ 35, disturb_addresses },
	{ 35, disturb_bytes },
	{ 30, disturb_extensions },
	{ 25, disturb_tags },
	{ 31, pass },
	{ 4, take_measure },
};

static void happen(struct episode *episode)
{
	unsigned int drawn = random_below(&episode->random, 1000);

	for (size_t i = 0; i < sizeof(happenings) / sizeof(*happenings); i++) {
		if (drawn < happenings[i].weight) {
			happenings[i].happen(episode);
			return;
		}
		drawn -= happenings[i].weight;
	}
}

void episode_make(const struct episode_options *options, struct ops *ops)
{
	struct episode episode = { .random = { options->seed },
				   .ops = ops,
				   .renumber = options->renumber };
	struct op *op = ops_add(ops, OP_CLOCK);
	unsigned int next_commit = options->policy_every;

	/* Somewhere in 2026, at some second of some day. */
	episode.wall_ns =
		(int64_t)((1767225600 + random_below(&episode.random, 31536000)) * SECOND_NS);
	op->wall_ns = (uint64_t)episode.wall_ns;
	op->monotonic = random_between(&episode.random, 1, 100000);
	commit(&episode);
	while (episode.frames < options->frames) {
		unsigned int before = episode.frames;

		happen(&episode);
		undo_measures(&episode, episode.frames - before);
		if (episode.frames < next_commit)
			continue;
		next_commit += options->policy_every;
		if (random_percent(&episode.random, 4)) {
			ops_add(ops, OP_NO_POLICY);
			for (int i = 0; i < 10; i++)
				say(&episode);
		}
		commit(&episode);
	}
	world_free(episode.world);
}
