/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small policy in the making, good in every part, for the tests that spoil one. Knows nothing of
 * what is tested.
 */
#ifndef SEKISHO_TESTS_KMOD_POLICY_WORLD_H
#define SEKISHO_TESTS_KMOD_POLICY_WORLD_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "match.h"
#include "names.h"
#include "policy.h"
#include "unit/ktap.h"

#define FOREVER INT64_MAX

static struct sekisho_names *names;
static struct sekisho_draft *draft;
static struct sekisho_policy_fault fault;
static char text[SEKISHO_NAME_BYTES];

static inline const char *numbered(const char *prefix, unsigned int number)
{
	snprintf(text, sizeof(text), "%s%07u", prefix, number);
	return text;
}

static inline struct sekisho_address ipv4(u32 address)
{
	return (struct sekisho_address){ 0, address };
}

static inline struct sekisho_range range4(u32 first, u32 last)
{
	return (struct sekisho_range){ ipv4(first), ipv4(last), 4 };
}

static inline struct sekisho_site good_site(void)
{
	struct sekisho_site site = { .connections = 16, .zone_count = 2 };

	for (int i = 0; i < SEKISHO_TIMEOUTS; i++)
		site.timeouts[i] = 30;
	site.zone[0] = (struct sekisho_zone_change){ -100, 3600 };
	site.zone[1] = (struct sekisho_zone_change){ 1000, 7200 };
	return site;
}

static struct sekisho_range good_network;
static struct sekisho_range good_range;
static struct sekisho_service good_service;

/* Segment @number (from 1) has 10.@number.0.0/16. */
static inline struct sekisho_segment good_segment(unsigned int number)
{
	good_network = range4(0x0a000000 | number << 16, 0x0a00ffff | number << 16);
	return (struct sekisho_segment){
		.networks = &good_network,
		.network_count = 1,
		.ethertypes = { 0x88cc },
		.ethertype_count = 1,
	};
}

static inline struct sekisho_port good_port(void)
{
	return (struct sekisho_port){ "eth1", 7, 20, 1 };
}

static inline struct sekisho_hosts good_hosts(void)
{
	good_range = range4(0x0a010005, 0x0a010009);
	return (struct sekisho_hosts){ &good_range, 1, 1 };
}

static inline struct sekisho_flow good_flow(void)
{
	good_service = (struct sekisho_service){ 443, 443, 6, false };
	return (struct sekisho_flow){
		.from = 1,
		.to = 2,
		.services = &good_service,
		.service_count = 1,
		.valid_from = INT64_MIN,
		.valid_until = FOREVER,
	};
}

static inline int add_segment(unsigned int number)
{
	struct sekisho_segment segment = good_segment(number);

	return sekisho_draft_add_segment(draft, &segment, numbered("s", number), &fault);
}

static inline int add_flow(const struct sekisho_flow *flow, unsigned int number)
{
	return sekisho_draft_add_flow(draft, flow, numbered("f", number), &fault);
}

/* Two segments, a port, a set of hosts and a flow; 0 or -ENOMEM. */
static inline int fill(void)
{
	struct sekisho_site site = good_site();
	struct sekisho_port port = good_port();
	struct sekisho_own own = { ipv4(0x0a010001), 4, false };
	struct sekisho_hosts hosts = good_hosts();
	struct sekisho_flow flow = good_flow();
	int error = sekisho_draft_set_site(draft, &site, &fault);

	if (!error)
		error = add_segment(1);
	if (!error)
		error = add_segment(2);
	if (!error)
		error = sekisho_draft_add_port(draft, &port, &fault);
	if (!error)
		error = sekisho_draft_add_own(draft, &own, &fault);
	if (!error)
		error = sekisho_draft_add_hosts(draft, &hosts, &fault);
	if (!error)
		error = add_flow(&flow, 100);
	return error;
}

static inline void begin(void)
{
	draft = sekisho_draft_new(names);
	if (!draft || fill())
		abort();
}

static inline void end(void)
{
	sekisho_draft_free(draft);
	sekisho_names_collect(names);
	draft = NULL;
}

static inline struct sekisho_policy *compile(int *error)
{
	struct sekisho_policy *policy = NULL;

	*error = sekisho_draft_compile(draft, &policy, &fault);
	end();
	return policy;
}

/* The draft is compiled, for what comes of it alone. */
static inline int outcome(void)
{
	int error;

	sekisho_policy_put(compile(&error));
	sekisho_names_collect(names);
	return error;
}

static inline bool refused_as(int error, int wanted, const char *why)
{
	bool right = error == wanted && fault.text && strstr(fault.text, why);

	if (!right)
		printf("# %d: %s\n", error, fault.text ? fault.text : "no text");
	fault = (struct sekisho_policy_fault){ .text = NULL };
	return right;
}

/* One thing wrong with a good object. */
#define REFUSES(kind, object, change, wanted, why)                                           \
	({                                                                                   \
		typeof(object) wrong = object;                                               \
		change;                                                                      \
		refused_as(sekisho_draft_add_##kind(draft, &wrong, &fault), -(wanted), why); \
	})

#endif
