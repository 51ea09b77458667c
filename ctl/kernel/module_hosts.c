// SPDX-License-Identifier: GPL-2.0-only
/*
 * The different host sets of a policy. Knows flows; nothing of netlink.
 */
#include "kernel/module_hosts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/intern.h"

struct search {
	const struct sekisho_module_hosts *hosts;
	const struct sekisho_endpoint *wanted;
};

static bool same_range(const struct sekisho_range *a, const struct sekisho_range *b)
{
	return a->family == b->family && !sekisho_address_compare(a->first, b->first) &&
	       !sekisho_address_compare(a->last, b->last);
}

static bool is_wanted(const void *context, uint32_t number)
{
	const struct search *search = context;
	const struct sekisho_endpoint *a = search->hosts->sets[number], *b = search->wanted;

	if (a->segment != b->segment || a->hosts.count != b->hosts.count)
		return false;
	for (size_t i = 0; i < a->hosts.count; i++) {
		if (!same_range(&a->hosts.items[i], &b->hosts.items[i]))
			return false;
	}
	return true;
}

static uint32_t hash_of(const struct sekisho_endpoint *endpoint)
{
	uint64_t hash = sekisho_intern_mix(endpoint->segment, endpoint->hosts.count);

	for (size_t i = 0; i < endpoint->hosts.count; i++) {
		const struct sekisho_range *range = &endpoint->hosts.items[i];

		hash = sekisho_intern_mix(hash, range->family);
		hash = sekisho_intern_mix(hash, range->first.high);
		hash = sekisho_intern_mix(hash, range->first.low);
		hash = sekisho_intern_mix(hash, range->last.high);
		hash = sekisho_intern_mix(hash, range->last.low);
	}
	return sekisho_intern_fold(hash);
}

/* The number of an endpoint's set, from 1; 0 for every host. */
static int number(struct sekisho_module_hosts *hosts, struct sekisho_intern *intern,
		  const struct sekisho_endpoint *endpoint, uint32_t *result)
{
	const struct search search = { .hosts = hosts, .wanted = endpoint };
	uint32_t hash, found;
	int error;

	*result = 0;
	if (!endpoint->hosts.count)
		return 0;
	hash = hash_of(endpoint);
	found = sekisho_intern_find(intern, hash, is_wanted, &search);
	if (found == SEKISHO_INTERN_NONE) {
		found = hosts->count;
		error = sekisho_intern_add(intern, hash, found);
		if (error)
			return error;
		hosts->sets[hosts->count++] = endpoint;
	}
	*result = found + 1;
	return 0;
}

int sekisho_module_hosts_make(struct sekisho_module_hosts *hosts,
			      const struct sekisho_policy *policy)
{
	struct sekisho_intern intern = { 0 };
	size_t room = policy->flow_count ? policy->flow_count : 1;
	int error = 0;

	*hosts = (struct sekisho_module_hosts){
		.sets = calloc(2 * room, sizeof(*hosts->sets)),
		.from = calloc(room, sizeof(*hosts->from)),
		.to = calloc(room, sizeof(*hosts->to)),
	};
	if (!hosts->sets || !hosts->from || !hosts->to)
		return -ENOMEM;
	for (size_t i = 0; i < policy->flow_count && !error; i++) {
		error = number(hosts, &intern, &policy->flows[i].from, &hosts->from[i]);
		if (!error)
			error = number(hosts, &intern, &policy->flows[i].to, &hosts->to[i]);
	}
	sekisho_intern_free(&intern);
	return error;
}

void sekisho_module_hosts_free(struct sekisho_module_hosts *hosts)
{
	free(hosts->sets);
	free(hosts->from);
	free(hosts->to);
	memset(hosts, 0, sizeof(*hosts));
}
