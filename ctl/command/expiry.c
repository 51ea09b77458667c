// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of permissions that end. Knows the policy and the log.
 */
#include "command/expiry.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "audit/convert.h"
#include "disk/durable.h"

#define FILE_NAME "expiry"
#define DAY	  86400

/* The last look: under which generation, and when (seconds since 1970 UTC). */
struct look {
	uint32_t generation;
	int64_t at;
};

static void read_look(int directory, struct look *look)
{
	size_t length;
	char *text, *rest;

	*look = (struct look){ 0 };
	if (sekisho_durable_read(directory, FILE_NAME, &text, &length))
		return;
	look->generation = (uint32_t)strtoul(text, &rest, 10);
	look->at = strtoll(rest, NULL, 10);
	free(text);
}

static void write_look(int directory, const struct look *look)
{
	char text[64];

	snprintf(text, sizeof(text), "%u %lld\n", look->generation, (long long)look->at);
	/* If that fails, the same is told again: too much, not too little. */
	sekisho_durable_replace(directory, FILE_NAME, text, strlen(text));
}

static void tell(struct sekisho_context *context, const struct sekisho_policy *policy,
		 const struct sekisho_flow *flow, enum sekisho_record_type type, int64_t now)
{
	int64_t days = type == SEKISHO_RECORD_EXPIRY_NOTICE ? (flow->valid_until - now) / DAY : -1;
	struct sekisho_record record;

	if (sekisho_context_log(context))
		return;
	sekisho_convert_expiry(&record, type, sekisho_context_generation(context),
			       sekisho_policy_utc_offset(policy, now), flow->id, flow->valid_until,
			       days);
	sekisho_context_record(context, &record);
}

void sekisho_expiry_tell(struct sekisho_context *context, const struct sekisho_policy *policy,
			 uint32_t generation)
{
	int directory = open(context->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const int64_t notice = (int64_t)SEKISHO_EXPIRY_NOTICE_DAYS * DAY;
	struct look last, now = { .generation = generation, .at = time(NULL) };
	int64_t noticed;

	if (directory < 0)
		return;
	read_look(directory, &last);
	/* A policy's permissions that end soon are told of when it comes; what had ended is not. */
	noticed = last.generation == generation ? last.at : now.at - notice;
	for (size_t i = 0; i < policy->flow_count; i++) {
		const struct sekisho_flow *flow = &policy->flows[i];
		int64_t until = flow->valid_until;

		if (until <= now.at && until > last.at && last.at)
			tell(context, policy, flow, SEKISHO_RECORD_EXPIRY_EXPIRED, now.at);
		else if (until > now.at && until <= now.at + notice && until > noticed + notice)
			tell(context, policy, flow, SEKISHO_RECORD_EXPIRY_NOTICE, now.at);
	}
	if (now.at != last.at || now.generation != last.generation)
		write_look(directory, &now);
	close(directory);
}
