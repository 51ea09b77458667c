/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which records a person wants to see. Pure: knows the keys of records; nothing of where they come
 * from, nor which names there are.
 */
#ifndef SEKISHO_COMMAND_MONITOR_FILTER_H
#define SEKISHO_COMMAND_MONITOR_FILTER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/policy.h"

/* Zeroed: all. Else what is set must be true of a record, all of it. */
struct sekisho_monitor_filter {
	bool by_range;
	struct sekisho_range range;
	bool by_mac;
	uint64_t mac;
	bool by_port;
	uint16_t port;
	const char *segment; /* NULL: any; likewise the others */
	const char *from;
	const char *to;
	const char *flow;
	const char *reason;
	const char *type;
};

/**
 * sekisho_monitor_filter_host - only what a host took part in
 * @filter: the filter
 * @text: an address, a prefix, a range `a-b`, or a MAC address
 *
 * Return: false where @text is none of them.
 */
bool sekisho_monitor_filter_host(struct sekisho_monitor_filter *filter, const char *text);

/* Whether anything is left out. */
bool sekisho_monitor_filter_is_set(const struct sekisho_monitor_filter *filter);

/**
 * sekisho_monitor_filter_matches - whether a record is to be shown
 * @filter: the filter
 * @record: an object as an audit log has them; or NULL, which matches nothing
 */
bool sekisho_monitor_filter_matches(const struct sekisho_monitor_filter *filter,
				    const json_t *record);

#endif
