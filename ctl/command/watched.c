// SPDX-License-Identifier: GPL-2.0-only
/*
 * The filter as the collector watches it. Knows nothing of the collector's loop.
 */
#include "command/watched.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command/change.h"
#include "command/expiry.h"
#include "command/generations.h"
#include "command/guard_watch.h"
#include "command/route_watch.h"
#include "kernel/commit.h"
#include "kernel/runtime.h"
#include "model/policy.h"
#include "policy/history.h"
#include "ui/format.h"
#include "ui/message.h"
#include "ui/say.h"

#define COLLECTOR "collector"

/* Seconds. */
#define EXPIRY_EVERY  60
#define RETRY_AFTER   30 /* where a port could not be given its program */
#define SETTLED_AFTER 2 /* an interface that just came may be renamed yet */

struct sekisho_watched {
	struct sekisho_context *context;
	struct sekisho_guard_watch *guard;
	struct sekisho_route_watch *routes;
	ino_t pin; /* of the control map; 0: nothing is open */
	uint32_t generation; /* of @policy */
	struct sekisho_policy *policy; /* NULL: nothing in force, or its text is lost */
	time_t expiry_at; /* monotonic seconds; likewise below */
	time_t mend_at;
	time_t absent_since; /* 0: no interface waits for its program */
	bool log_failed;
};

static time_t monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

struct sekisho_watched *sekisho_watched_new(struct sekisho_context *context, int events)
{
	struct sekisho_watched *watched = calloc(1, sizeof(*watched));

	if (!watched)
		return NULL;
	watched->context = context;
	watched->guard = sekisho_guard_watch_new(context, events);
	watched->routes = sekisho_route_watch_new(context, events);
	if (watched->guard && watched->routes)
		return watched;
	sekisho_watched_free(watched);
	return NULL;
}

void sekisho_watched_free(struct sekisho_watched *watched)
{
	if (!watched)
		return;
	sekisho_guard_watch_free(watched->guard);
	sekisho_route_watch_free(watched->routes);
	sekisho_policy_free(watched->policy);
	free(watched);
}

static void obey_log_rule(const struct sekisho_watched *watched)
{
	struct sekisho_engine *engine = watched->context->engine;
	bool deny = watched->log_failed && watched->policy &&
		    watched->policy->log_failure == SEKISHO_LOG_FAILURE_DENY;

	if (engine)
		__atomic_store_n(&sekisho_engine_control(engine)->deny_new, deny, __ATOMIC_SEQ_CST);
	sekisho_guard_watch_deny_new(watched->guard, deny);
}

uint32_t sekisho_watched_log_days(const struct sekisho_watched *watched)
{
	return watched->policy ? watched->policy->log_retention_days : 0;
}

static void look_at_policy(struct sekisho_watched *watched)
{
	uint32_t generation = sekisho_context_generation(watched->context);

	if (generation == watched->generation)
		return;
	sekisho_policy_free(watched->policy);
	watched->generation = generation;
	watched->policy = generation ? sekisho_context_policy(watched->context) : NULL;
	watched->expiry_at = 0;
	obey_log_rule(watched);
}

static bool look_at_engine(struct sekisho_watched *watched)
{
	struct sekisho_context *context = watched->context;
	ino_t pin = sekisho_engine_pin_of(context->bpffs);

	if (pin == watched->pin)
		return false;
	watched->pin = 0;
	if (!pin) {
		sekisho_engine_close(context->engine);
		context->engine = NULL;
	} else if (!sekisho_context_reopen_engine(context)) {
		watched->pin = pin;
	}
	return true;
}

bool sekisho_watched_look(struct sekisho_watched *watched)
{
	struct sekisho_context *context = watched->context;
	bool other = look_at_engine(watched);
	time_t now = monotonic();

	if (context->engine) {
		sekisho_runtime_set_tai(context->engine);
		sekisho_generations_notice(context);
	}
	look_at_policy(watched);
	sekisho_guard_watch_look(watched->guard);
	sekisho_route_watch_look(watched->routes);
	if (watched->policy && now >= watched->expiry_at) {
		watched->expiry_at = now + EXPIRY_EVERY;
		sekisho_expiry_tell(context, watched->policy, watched->generation);
	}
	return other;
}

static void record_guard(struct sekisho_watched *watched, enum sekisho_record_type type,
			 const char *interface)
{
	struct sekisho_audit_guard guard = {
		.actor = COLLECTOR,
		.expected_generation = watched->generation,
		.found_generation = -1,
	};
	struct sekisho_record record;
	char reason[64];

	if (sekisho_context_log(watched->context))
		return;
	snprintf(reason, sizeof(reason), "%s %s its program", interface,
		 type == SEKISHO_RECORD_GUARD_ATTACH ? "has again" : "lost");
	guard.reason = reason;
	sekisho_convert_guard(&record, type, watched->generation,
			      sekisho_context_zone(watched->context), &guard);
	sekisho_context_record(watched->context, &record);
}

static bool is_whole(const struct sekisho_port_status *port)
{
	return !port->ifindex || (port->attached != SEKISHO_ATTACHED_NONE && port->egress);
}

static void record_broken(struct sekisho_watched *watched, const struct sekisho_port_status *ports,
			  size_t count, enum sekisho_record_type type)
{
	for (size_t i = 0; i < count; i++) {
		if (!is_whole(&ports[i]) &&
		    (!i || strcmp(ports[i].interface, ports[i - 1].interface)))
			record_guard(watched, type, ports[i].interface);
	}
}

/* Give ports that lost their programs them back, unless a change is on its way. */
static void mend(struct sekisho_watched *watched, const struct sekisho_port_status *ports,
		 size_t count)
{
	struct sekisho_context *context = watched->context;
	struct sekisho_commit_report *report;
	bool whole = true;
	int mended;

	for (size_t i = 0; i < count && whole; i++)
		whole = is_whole(&ports[i]);
	if (whole || monotonic() < watched->mend_at || sekisho_context_try_lock(context))
		return;
	report = calloc(1, sizeof(*report));
	if (report) {
		record_broken(watched, ports, count, SEKISHO_RECORD_GUARD_DETACH);
		mended = sekisho_commit_repair(context->engine, context->bpffs, report);
		if (mended > 0)
			sekisho_route_watch_mended(watched->routes);
		if (mended > 0)
			record_broken(watched, ports, count, SEKISHO_RECORD_GUARD_ATTACH);
		if (mended < 0 || report->fault) {
			sekisho_say(_("'%s' lost its program and could not get it back: %s"),
				    report->subject, strerror(abs(report->error)));
			watched->mend_at = monotonic() + RETRY_AFTER;
		}
	}
	free(report);
	sekisho_context_unlock(context);
}

/* An interface of the policy that is there, and that the running tables do not know. */
static const char *newcomer(const struct sekisho_watched *watched,
			    const struct sekisho_port_status *ports, size_t count)
{
	const struct sekisho_policy *policy = watched->policy;

	for (size_t i = 0; policy && i < policy->segment_count; i++) {
		for (size_t j = 0; j < policy->segments[i].port_count; j++) {
			const struct sekisho_port *port = &policy->segments[i].ports[j];
			uint32_t ifindex = if_nametoindex(port->interface);
			bool known = false;

			for (size_t k = 0; k < count && ifindex && !known; k++)
				known = ports[k].ifindex == ifindex;
			if (ifindex && !known)
				return port->interface;
		}
	}
	return NULL;
}

/* The same policy again, now with the interface. */
static void take_in(struct sekisho_watched *watched, const char *interface)
{
	struct sekisho_context *context = watched->context;
	struct sekisho_change change = {
		.kind = SEKISHO_HISTORY_APPLY,
		.policy = watched->policy,
		.file = "-",
		.actor = COLLECTOR,
		.absent_ports = true,
		.quiet = true,
	};
	char reason[64], *text = NULL;

	/* A sealed border takes no commit. */
	if (sekisho_guard_watch_sealed(watched->guard) ||
	    sekisho_engine_control(context->engine)->fallback_at ||
	    sekisho_context_try_lock(context))
		return;
	snprintf(reason, sizeof(reason), "interface %s is there", interface);
	change.reason = reason;
	if (!sekisho_context_log(context) &&
	    !sekisho_history_text(context->state, watched->generation, &text, &change.length)) {
		change.text = text;
		sekisho_change_run(context, &change);
		/* The engine was opened anew: the next look finds it changed. */
		watched->pin = 0;
	}
	free(text);
	watched->mend_at = monotonic() + RETRY_AFTER;
	sekisho_context_unlock(context);
}

static void look_for_newcomers(struct sekisho_watched *watched,
			       const struct sekisho_port_status *ports, size_t count)
{
	const char *interface = newcomer(watched, ports, count);
	time_t now = monotonic();

	if (!interface) {
		watched->absent_since = 0;
	} else if (!watched->absent_since) {
		watched->absent_since = now;
	} else if (now - watched->absent_since >= SETTLED_AFTER && now >= watched->mend_at) {
		watched->absent_since = 0;
		take_in(watched, interface);
	}
}

static const char *mode_of(const struct sekisho_port_status *port)
{
	return port->attached == SEKISHO_ATTACHED_NONE ? "" : sekisho_attached_name(port->attached);
}

int sekisho_watched_links(struct sekisho_watched *watched, struct sekisho_watch_link *links,
			  size_t max)
{
	struct sekisho_context *context = watched->context;
	struct sekisho_port_status *ports;
	size_t count, used = 0;
	int error;

	if (!context->engine)
		return 0;
	error = sekisho_runtime_ports(context->engine, context->bpffs, &ports, &count);
	if (error)
		return error;
	/* Sorted by interface; the VLANs of one share its link. */
	for (size_t i = 0; i < count && used < max; i++) {
		if (!ports[i].ifindex ||
		    (used && !strcmp(links[used - 1].interface, ports[i].interface)))
			continue;
		snprintf(links[used].interface, sizeof(links[used].interface), "%.15s",
			 ports[i].interface);
		snprintf(links[used].mode, sizeof(links[used].mode), "%s", mode_of(&ports[i]));
		used++;
	}
	mend(watched, ports, count);
	look_for_newcomers(watched, ports, count);
	free(ports);
	return (int)used;
}

void sekisho_watched_guard(struct sekisho_watched *watched,
			   int (*deny)(void *context, const struct sekisho_event *event),
			   void *context)
{
	sekisho_guard_watch_take(watched->guard, watched->policy, deny, context);
}

void sekisho_watched_routes(struct sekisho_watched *watched)
{
	sekisho_route_watch_take(watched->routes);
}

int sekisho_watched_counters(const struct sekisho_watched *watched,
			     struct sekisho_audit_counters *counters)
{
	const struct sekisho_engine *engine = watched->context->engine;
	struct sekisho_reason_totals totals;
	struct sekisho_status status;
	int error = engine ? sekisho_runtime_status(engine, &status) : -ENOENT;

	if (!error)
		error = sekisho_runtime_reasons(engine, &totals);
	if (error)
		return error;
	counters->frames = status.frames;
	counters->permitted = status.permitted;
	counters->denied = status.denied;
	counters->lost_events = status.lost_events;
	for (int i = 0; i < SEKISHO_REASON_ROWS; i++)
		counters->reasons[i] = totals.by_reason[i].packets;
	return 0;
}

int sekisho_watched_losses(const struct sekisho_watched *watched, struct sekisho_loss_tally *losses)
{
	const struct sekisho_engine *engine = watched->context->engine;

	return engine ? sekisho_runtime_losses(engine, losses) : -ENOENT;
}

const char *sekisho_watched_segment(const struct sekisho_watched *watched, uint16_t segment)
{
	const struct sekisho_engine *engine = watched->context->engine;
	const char *name;

	if (!engine || segment == SEKISHO_SEGMENT_NONE)
		return NULL;
	name = sekisho_runtime_segment_name(engine, segment);
	return strcmp(name, "-") ? name : NULL;
}

static int compare_id(const void *id, const void *flow)
{
	return strcmp(id, ((const struct sekisho_flow *)flow)->id);
}

size_t sekisho_watched_macs(struct sekisho_watched *watched, const char *id,
			    char (*macs)[SEKISHO_MAC_BYTES], size_t max)
{
	const struct sekisho_policy *policy;
	const struct sekisho_flow *flow;
	size_t count;

	/* The denial may be younger than the last look. */
	look_at_policy(watched);
	policy = watched->policy;
	flow = policy && policy->flow_count ? bsearch(id, policy->flows, policy->flow_count,
						      sizeof(*policy->flows), compare_id)
					    : NULL;
	count = flow ? flow->mac_count : 0;
	for (size_t i = 0; i < count && i < max; i++)
		sekisho_format_mac(macs[i], flow->macs[i]);
	return count < max ? count : max;
}

void sekisho_watched_log_failed(struct sekisho_watched *watched, bool failed)
{
	watched->log_failed = failed;
	obey_log_rule(watched);
}
