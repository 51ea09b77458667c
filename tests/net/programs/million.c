// SPDX-License-Identifier: GPL-2.0-only
/*
 * million: commits a policy of as many flows as are asked for, made as a model: as a text it would
 * be larger than a policy file may be. Flow F-n permits TCP port 443 from the n-th address of
 * 10.0.0.0/9 to the n-th of 10.128.0.0/9, from port mn0 to port lg0.
 *
 *	million DIRECTORY FLOWS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "kernel/commit.h"

static void *need(void *memory)
{
	if (memory)
		return memory;
	fprintf(stderr, "million: out of memory\n");
	exit(1);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static struct sekisho_ranges one_range(uint64_t first, uint64_t last)
{
	struct sekisho_ranges ranges = { .count = 1 };

	ranges.items = need(calloc(1, sizeof(*ranges.items)));
	ranges.items->family = 4;
	ranges.items->first.low = first;
	ranges.items->last.low = last;
	return ranges;
}

static struct sekisho_segment segment_of(const char *name, const char *interface, uint64_t first)
{
	struct sekisho_segment segment = { .kind = SEKISHO_KIND_OTHER, .port_count = 1 };

	segment.name = need(strdup(name));
	segment.label = need(strdup(name));
	segment.ports = need(calloc(1, sizeof(*segment.ports)));
	segment.ports->interface = need(strdup(interface));
	segment.networks = one_range(first, first + 0x7fffff);
	return segment;
}

static struct sekisho_flow flow_of(unsigned long n)
{
	struct sekisho_flow flow = { .service_count = 1,
				     .valid_until = 4102444800,
				     .log = SEKISHO_LOG_NONE };
	char id[SEKISHO_NAME_BYTES];

	snprintf(id, sizeof(id), "F-%07lu", n);
	flow.id = need(strdup(id));
	flow.from.segment = 1;
	flow.from.hosts = one_range(0x0a000000 + n, 0x0a000000 + n);
	flow.to.segment = 2;
	flow.to.hosts = one_range(0x0a800000 + n, 0x0a800000 + n);
	flow.services = need(calloc(1, sizeof(*flow.services)));
	*flow.services = (struct sekisho_service){ .protocol = 6, .first = 443, .last = 443 };
	flow.purpose = need(strdup(""));
	flow.requested_by = need(strdup(""));
	flow.approved_by = need(strdup(""));
	return flow;
}

static struct sekisho_policy *policy_of(unsigned long flows)
{
	struct sekisho_policy *policy = need(sekisho_policy_new());

	policy->segments = need(realloc(policy->segments, 3 * sizeof(*policy->segments)));
	policy->segments[1] = segment_of("mynumber", "mn0", 0x0a000000);
	policy->segments[2] = segment_of("other", "lg0", 0x0a800000);
	policy->segment_count = 3;
	policy->flows = need(calloc(flows, sizeof(*policy->flows)));
	policy->flow_count = flows;
	for (unsigned long n = 0; n < flows; n++)
		policy->flows[n] = flow_of(n);
	return policy;
}

int main(int argc, char **argv)
{
	struct sekisho_commit_request request = { .generation = 1 };
	struct sekisho_commit_report report;
	struct rusage usage;
	double start;
	int error;

	if (argc != 3)
		return 2;
	request.directory = argv[1];
	request.policy = policy_of(strtoul(argv[2], NULL, 10));
	start = now();
	error = sekisho_commit(&request, &report);
	getrusage(RUSAGE_SELF, &usage);
	if (error) {
		fprintf(stderr, "million: fault %d, %s, %s\n", report.fault,
			strerror(-report.error), report.detail);
		return 1;
	}
	printf("commit_ms %.0f\nfill_ms %llu\nswap_us %llu\nmegabytes %ld\n",
	       (now() - start) * 1000, (unsigned long long)report.fill_ns / 1000000,
	       (unsigned long long)report.swap_ns / 1000, usage.ru_maxrss / 1024);
	return 0;
}
