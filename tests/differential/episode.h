/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes the ops of an episode from a seed: worlds, dialogues between their hosts, and everything
 * that goes wrong on a network. Does not know what the filter answers; a denied dialogue goes on
 * all the same.
 */
#ifndef SEKISHO_DIFFERENTIAL_EPISODE_H
#define SEKISHO_DIFFERENTIAL_EPISODE_H

#include "craft.h"
#include "ops.h"
#include "random.h"
#include "world.h"

#define EPISODE_DIALOGUES 60

struct episode_options {
	uint64_t seed;
	unsigned int frames;
	unsigned int policy_every; /* frames between commits */
	bool renumber; /* commits may change the numbers of segments */
};

void episode_make(const struct episode_options *options, struct ops *ops);

/* One end of a dialogue. */
struct party {
	struct sekisho_address address;
	uint16_t segment;
	uint16_t port;
	uint64_t mac;
	uint32_t seq; /* of its next byte */
	uint32_t acknowledged; /* the other's bytes that it has acknowledged */
	uint16_t window;
	int scale;
	bool fin;
	uint8_t device; /* of its segment; `self` has none */
	uint16_t vlan;
};

struct dialogue {
	bool lives;
	bool hopeful; /* its first frame would be let in */
	uint8_t family;
	uint8_t protocol;
	uint8_t service_type; /* ICMP */
	unsigned int stage; /* TCP */
	struct party parties[2]; /* initiator, responder */
	struct craft last; /* the last frame of it */
	unsigned int last_side;
};

/* What is undone after some frames. */
struct measure {
	enum op_kind kind;
	unsigned int frames_left; /* 0: not in force */
	uint8_t family;
	uint8_t slot;
	struct sekisho_address address;
};

#define EPISODE_MEASURES 6

struct episode {
	struct random random;
	struct ops *ops;
	struct world *world;
	struct world_recipe recipe;
	bool renumber;
	int64_t wall_ns;
	unsigned int frames;
	struct dialogue dialogues[EPISODE_DIALOGUES];
	struct measure measures[EPISODE_MEASURES];
};

/* dialogues.c */

/* A living dialogue, begun anew where its place is empty; NULL where the world has no room for one. */
struct dialogue *dialogue_any(struct episode *episode);
void dialogue_begin(struct episode *episode, struct dialogue *dialogue);
/* The next frame of a dialogue, into dialogue->last. */
void dialogue_next(struct episode *episode, struct dialogue *dialogue);
/* Where the frame of a side travels, and whether the host sends it. False where nowhere. */
bool dialogue_way(const struct dialogue *dialogue, unsigned int side, bool *output,
		  uint8_t *device);
/* Fill in addresses, MACs and tag for a frame that @side sends. */
void dialogue_address(const struct dialogue *dialogue, unsigned int side, struct craft *craft);
/* Write a frame of the dialogue down. */
void dialogue_send(struct episode *episode, const struct dialogue *dialogue, unsigned int side,
		   const struct bytes *bytes);

/* tcp_dialogue.c */
void tcp_next(struct episode *episode, struct dialogue *dialogue);

/* disturb.c: what is made of the frames of a dialogue */
void disturb_fragments(struct episode *episode);
void disturb_icmp_error(struct episode *episode);
void disturb_extensions(struct episode *episode);
void disturb_addresses(struct episode *episode);
void disturb_tags(struct episode *episode);
void disturb_bytes(struct episode *episode);

/* control_frames.c: what keeps a link going */
void control_frame(struct episode *episode);

void episode_frame(struct episode *episode, bool output, unsigned int device,
		   const struct bytes *bytes);
/* A segment's port, at random. False where it has none. */
bool episode_port(struct episode *episode, uint16_t segment, uint8_t *device, uint16_t *vlan);
/* Seconds and less pass; sweep afterwards or not. */
void episode_pass(struct episode *episode, uint64_t nanoseconds, bool sweep);

#endif
