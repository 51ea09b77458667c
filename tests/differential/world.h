/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy and the host it is for, made from a seed and changed step by step. The small plan behind
 * it (eight segments, their networks, hosts and devices) is the same for all, so that frames,
 * connections and policies meet. Knows nothing of frames or of how a policy is put in force.
 */
#ifndef SEKISHO_DIFFERENTIAL_WORLD_H
#define SEKISHO_DIFFERENTIAL_WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "model/policy.h"
#include "model/verdict.h"

#include "random.h"

#define WORLD_DEVICES	8 /* named p0..p7 */
#define WORLD_SLOTS	8 /* segments are named seg1..seg8 */
#define WORLD_FLOWS	64 /* flows are named f00..f63 */
#define WORLD_STEPS_MAX 17

/* The first step makes a world, the others change it; @now is the time that validity is about. */
struct world_step {
	uint64_t seed;
	int64_t now;
};

struct world_recipe {
	struct world_step steps[WORLD_STEPS_MAX];
	unsigned int step_count;
	uint64_t dropped; /* bit a flow that is left out in the end */
	bool renumbers; /* changes may take a segment away that others come after */
};

struct world {
	struct sekisho_policy *policy;
	struct sekisho_self self;
};

/**
 * world_make - follow a recipe
 * @recipe: the recipe
 *
 * Ends the process without memory.
 * Return: the world, to be freed with world_free().
 */
struct world *world_make(const struct world_recipe *recipe);
void world_free(struct world *world);

/* The policy and the host in a form for people. */
void world_print(const struct world *world, FILE *stream);

/* The number in a flow's id. */
unsigned int world_flow_number(const struct sekisho_flow *flow);

/* The segment of a device and VLAN, or SEKISHO_SEGMENT_NONE. */
uint16_t world_port_segment(const struct world *world, unsigned int device, uint16_t vlan);

/* The MAC that the host with this address has. */
uint64_t world_mac(struct sekisho_address address);

/* An address of a range, one of the first few by preference. */
struct sekisho_address world_address_in(struct random *random, const struct sekisho_range *range);

/**
 * world_host - an address in a segment
 * @world: the world
 * @random: chooses
 * @segment: `self` gives one of the host's own
 * @family: 4 or 6
 * @address: set to it
 *
 * Return: false where the segment has no address of that family.
 */
bool world_host(const struct world *world, struct random *random, uint16_t segment, uint8_t family,
		struct sekisho_address *address);

/* "10.1.1.1", "fe80::1"; @text has room for INET6_ADDRSTRLEN bytes. */
const char *world_address_text(uint8_t family, struct sekisho_address address, char *text);

#endif
