/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's judge as a library of user space: a policy is handed over piece by piece, frames are
 * judged. Plain types of its own, as the module and ctl/ have different structs of one name. Knows
 * nothing of the model.
 */
#ifndef SEKISHO_KMOD_MODULE_SIDE_H
#define SEKISHO_KMOD_MODULE_SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODULE_TIMEOUTS 8

struct module_address {
	uint64_t high;
	uint64_t low;
};

struct module_range {
	struct module_address first;
	struct module_address last;
	uint8_t family;
};

struct module_zone_change {
	int64_t since;
	int32_t offset;
};

struct module_segment {
	const char *name;
	uint8_t meaning; /* enum sekisho_segment_meaning */
	bool intra;
	const uint16_t *ethertypes;
	size_t ethertype_count;
	const struct module_range *networks;
	size_t network_count;
};

struct module_service {
	uint8_t protocol;
	uint16_t first;
	uint16_t last;
};

struct module_port_range {
	uint16_t first;
	uint16_t last;
};

struct module_flow {
	const char *id;
	uint16_t from;
	uint16_t to;
	uint32_t from_hosts; /* as module_side_add_hosts() numbered them; 0: all */
	uint32_t to_hosts;
	int64_t valid_from;
	int64_t valid_until;
	uint32_t new_per_second;
	uint32_t concurrent;
	const struct module_service *services;
	size_t service_count;
	const uint64_t *macs;
	size_t mac_count;
	const struct module_port_range *source_ports;
	size_t source_port_count;
	uint16_t start_minute;
	uint16_t end_minute;
	uint8_t days;
	bool survives;
};

struct module_verdict {
	uint8_t reason;
	bool reply;
	uint16_t from;
	uint16_t to;
	char flow[32]; /* its id, or empty */
};

/* Fields of struct sekisho_frame, for a comparison of readers. */
struct module_frame {
	uint64_t length;
	uint8_t problem;
	uint8_t family;
	uint8_t protocol;
	uint64_t source_mac;
	uint16_t vlan;
	uint16_t ethertype;
	struct module_address source;
	struct module_address destination;
	uint32_t identification;
	uint16_t source_port;
	uint16_t destination_port;
	uint16_t service;
	uint8_t hop_limit;
	uint8_t fragment;
	bool extension_forbidden;
	bool tiny;
	bool icmp_error;
	uint8_t icmp_type;
	uint8_t icmp_code;
	uint32_t tcp_seq;
	uint32_t tcp_ack;
	uint32_t tcp_length;
	uint16_t tcp_window;
	uint8_t tcp_flags;
	uint8_t tcp_scale;
	bool tcp_has_scale;
	bool quoted;
	uint8_t quoted_protocol;
	uint16_t quoted_source_port;
	uint16_t quoted_destination_port;
	struct module_address quoted_source;
	struct module_address quoted_destination;
};

struct module_side;

/* Ends the process without memory, as all of these. */
struct module_side *module_side_new(uint32_t connections);
void module_side_free(struct module_side *side);

void module_side_clock(struct module_side *side, int64_t wall_seconds, uint32_t monotonic);

/* A policy: begin, add, commit. What is refused ends the process. */
void module_side_begin(struct module_side *side);
void module_side_set_site(struct module_side *side, const uint32_t *timeouts,
			  const struct module_zone_change *zone, size_t zone_count);
void module_side_add_segment(struct module_side *side, const struct module_segment *segment);
void module_side_add_port(struct module_side *side, const char *interface, uint32_t ifindex,
			  uint16_t vlan, uint16_t segment);
/* An address that was added before is not added again. */
void module_side_add_own(struct module_side *side, uint8_t family, struct module_address address,
			 bool broadcast);
/* Return: the number of the set, that of an equal one where there is one. */
uint32_t module_side_add_hosts(struct module_side *side, uint16_t segment,
			       const struct module_range *ranges, size_t count);
void module_side_add_flow(struct module_side *side, const struct module_flow *flow);
void module_side_commit(struct module_side *side);
void module_side_no_policy(struct module_side *side);

/* @name: NULL for all */
void module_side_isolate(struct module_side *side, const char *name, bool on);
/* @family: 0 for a MAC */
void module_side_suspend(struct module_side *side, uint8_t family, struct module_address address,
			 bool on);
void module_side_full(struct module_side *side, bool full);
void module_side_sweep(struct module_side *side);
unsigned int module_side_connections(const struct module_side *side);

/**
 * module_side_judge - the verdict for a frame
 * @side: the side
 * @output: the host sends it
 * @ifindex: of its port's interface
 * @bytes: from the Ethernet header
 * @length: of them
 *
 * Frames that could be forwarded are judged as such, every second time; what was permitted is
 * judged once more as if it left by a wrong port, which must neither be permitted nor touch
 * anything. The process ends where that is not so.
 */
struct module_verdict module_side_judge(struct module_side *side, bool output, uint32_t ifindex,
					const uint8_t *bytes, size_t length);

/**
 * module_side_read - read a frame
 * @bytes: from the Ethernet header
 * @length: of them
 * @split: where the frame lies in two pieces: at most @length
 * @tag: 802.1Q tag control that was taken out, or -1
 * @frame: set
 */
void module_side_read(const uint8_t *bytes, size_t length, size_t split, int tag,
		      struct module_frame *plain);

/* The same of what the kernel has merged from several packets: in one piece, without a tag. */
void module_side_read_merged(const uint8_t *bytes, size_t length, struct module_frame *plain);

#endif
