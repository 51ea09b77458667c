/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel module as the tool asks it: the generic netlink family `sekisho` in this network
 * namespace (docs/netlink/sekisho.yaml). Knows the policy and the family's attributes; nothing of
 * maps, files, records or how anything is printed.
 *
 * Every function returns 0 or -errno. What the kernel said of the last refusal is in
 * sekisho_module_text(). One thread uses a module at a time.
 */
#ifndef SEKISHO_KERNEL_MODULE_H
#define SEKISHO_KERNEL_MODULE_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/policy.h"
#include "model/verdict.h"
#include "sekisho/netlink.h"
#include "sekisho/reasons.h"

#define SEKISHO_MODULE_TEXT_BYTES 160

struct sekisho_module;

/**
 * sekisho_module_open - a socket to the module
 * @module: set to it, to be closed with sekisho_module_close(); NULL after an error
 *
 * Return: 0, -ENOENT where the module is not there, or -errno.
 */
int sekisho_module_open(struct sekisho_module **module);

/* Close it, NULL included; a transaction on its way ends with it. */
void sekisho_module_close(struct sekisho_module *module);

/* Not 0; another one where the module was loaded anew. */
uint32_t sekisho_module_identity(const struct sekisho_module *module);

/* Why the last request was refused, in the kernel's words; "" where it gave none. */
const char *sekisho_module_text(const struct sekisho_module *module);

/**
 * sekisho_module_stage - begin a transaction, add a policy, have it validated; nothing changes yet
 * @module: the module
 * @policy: checked; borrowed
 * @self: the host's own addresses
 * @ifindex: the number of an interface, 0 while there is none
 * @context: handed to @ifindex
 *
 * Takes the place of what was staged before.
 */
int sekisho_module_stage(struct sekisho_module *module, const struct sekisho_policy *policy,
			 const struct sekisho_self *self,
			 uint32_t (*ifindex)(void *context, const char *interface), void *context);

/**
 * sekisho_module_commit - put what was staged in force
 * @module: the module
 * @generation: its number
 * @digest: of the policy that was staged
 * @confirm_seconds: fall back after so many seconds unless confirmed; 0: no
 * @fallback_generation: the number of the policy before, if it comes back
 */
int sekisho_module_commit(struct sekisho_module *module, uint32_t generation,
			  const uint8_t digest[SEKISHO_DIGEST_BYTES], uint32_t confirm_seconds,
			  uint32_t fallback_generation);

/* Forget what was staged. */
int sekisho_module_abort(struct sekisho_module *module);

/**
 * sekisho_module_equals - whether the policy in force is, object for object, what was sent
 * @module: the module
 * @policy: which; @self, @ifindex and @context as for sekisho_module_stage()
 * @equal: set
 */
int sekisho_module_equals(struct sekisho_module *module, const struct sekisho_policy *policy,
			  const struct sekisho_self *self,
			  uint32_t (*ifindex)(void *context, const char *interface), void *context,
			  bool *equal);

/* What is in force stays. -ENOENT where nothing could be taken back. @generation 0: whichever. */
int sekisho_module_confirm(struct sekisho_module *module, uint32_t generation);

/* The policy before the last commit again, as @generation; 0: with the number it had. */
int sekisho_module_revert(struct sekisho_module *module, uint32_t generation);

/* No policy any more, and none to come back. -ENOENT where there was none. */
int sekisho_module_clear(struct sekisho_module *module);

/* Cut off or release a segment, NULL for all. -EEXIST or -ENOENT where it is so already. */
int sekisho_module_isolate(struct sekisho_module *module, const char *segment, bool isolated);

/* Likewise a host: @family 4, 6, or 0 for the MAC in @address.low. */
int sekisho_module_suspend(struct sekisho_module *module, uint8_t family,
			   struct sekisho_address address, bool suspended);

int sekisho_module_seal(struct sekisho_module *module,
			const uint8_t key_digest[SEKISHO_DIGEST_BYTES]);
/* -EACCES: another key. -ENOENT: not sealed. */
int sekisho_module_unseal(struct sekisho_module *module, const uint8_t key[SEKISHO_SEAL_KEY_BYTES]);

/* The generation that the maps hold; 0: none. */
int sekisho_module_report(struct sekisho_module *module, uint32_t generation);

/* Whether new connections are denied as the log cannot be written. */
int sekisho_module_report_log(struct sekisho_module *module, bool failed);

struct sekisho_module_status {
	uint32_t generation; /* 0: no policy */
	uint8_t digest[SEKISHO_DIGEST_BYTES];
	int64_t applied_at; /* seconds since 1970 UTC; 0: no policy */
	uint64_t epoch;
	bool sealed;
	bool isolated_all;
	bool confirming; /* a commit waits to be confirmed */
	bool maps_known; /* a generation of the maps was reported */
	uint32_t confirm_seconds; /* left, where one waits */
	uint32_t fell_back;
	uint32_t maps_generation;
	uint32_t stale;
	uint64_t frames, permitted, denied, mismatches, lost_events;
	uint32_t connections, connections_room;
	uint32_t flows;
	uint64_t policy_bytes;
	char version[32];
};

int sekisho_module_status(struct sekisho_module *module, struct sekisho_module_status *status);

struct sekisho_module_port {
	char interface[IF_NAMESIZE];
	uint32_t ifindex; /* 0 while it is absent */
	uint16_t vlan;
	uint16_t segment;
	uint8_t attached; /* enum sekisho_port_attached */
	uint32_t lost;
};

/* @ports is freed by the caller. */
int sekisho_module_ports(struct sekisho_module *module, struct sekisho_module_port **ports,
			 size_t *count);

/* What was counted of a reason, a flow or a pair of segments; what is not asked for is 0. */
struct sekisho_module_tally {
	uint8_t reason;
	uint64_t packets, bytes;
	uint64_t reply_packets, reply_bytes, new_connections; /* flows */
	uint64_t denied_packets, denied_bytes; /* pairs */
	char id[SEKISHO_NAME_BYTES]; /* flows */
	char from[SEKISHO_NAME_BYTES], to[SEKISHO_NAME_BYTES]; /* pairs; "-" for none */
};

/* SEKISHO_CMD_GET_REASONS, _GET_FLOWS or _GET_PAIRS; @tallies is freed by the caller. */
int sekisho_module_tallies(struct sekisho_module *module, enum sekisho_command command,
			   struct sekisho_module_tally **tallies, size_t *count);

/* An isolated segment, or else a suspended host. */
struct sekisho_module_order {
	char segment[SEKISHO_NAME_BYTES]; /* "": a host */
	uint8_t family; /* 0: a MAC */
	struct sekisho_address address;
};

/* Orders that stand, but for the isolation of all; @orders is freed by the caller. */
int sekisho_module_orders(struct sekisho_module *module, struct sekisho_module_order **orders,
			  size_t *count);

/* What happened; texts are "" and numbers 0 where nothing was told. */
struct sekisho_module_event {
	uint8_t kind; /* enum sekisho_event_kind */
	uint64_t wall_ns;
	uint32_t generation;
	uint8_t reason;
	bool output;
	uint8_t family; /* of the addresses; 0: none */
	struct sekisho_address source, destination;
	bool has_protocol, has_mac, has_loginuid;
	uint8_t protocol;
	uint16_t source_port, destination_port;
	uint16_t ethertype;
	uint8_t mac[6];
	uint32_t ifindex;
	uint16_t vlan;
	uint64_t packets, bytes;
	uint32_t maps_generation;
	uint32_t loginuid;
	uint64_t lost;
	char interface[IF_NAMESIZE];
	char from[SEKISHO_NAME_BYTES], to[SEKISHO_NAME_BYTES];
	char flow[SEKISHO_NAME_BYTES];
	char segment[SEKISHO_NAME_BYTES];
	char detail[SEKISHO_MODULE_TEXT_BYTES];
};

struct sekisho_module_events;

/**
 * sekisho_module_events_open - hear of what happens from now on
 * @events: set to it, to be closed with sekisho_module_events_close(); NULL after an error
 *
 * Return: 0, -ENOENT where the module is not there, or -errno.
 */
int sekisho_module_events_open(struct sekisho_module_events **events);
void sekisho_module_events_close(struct sekisho_module_events *events);

/* Readable when there is something to take. */
int sekisho_module_events_fd(const struct sekisho_module_events *events);

/**
 * sekisho_module_events_take - hand over what has come, without waiting
 * @events: where from
 * @take: gets each; returns false to stop
 * @context: handed to @take
 *
 * Return: 0; -ENOBUFS where some were lost, which the module counts too; or -errno.
 */
int sekisho_module_events_take(struct sekisho_module_events *events,
			       bool (*take)(void *context,
					    const struct sekisho_module_event *event),
			       void *context);

#endif
