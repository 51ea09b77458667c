/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the site: who it is, its zone and what holds for the whole border host.
 * Knows nothing of segments or flows.
 */
#include "policy/site.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ui/message.h"

#define TIMEOUT_MAX   (7 * 86400)
#define RETENTION_MAX 36500 /* days: a hundred years */

enum site_key {
	NAME,
	TIMEZONE,
	MODEL,
	FORWARD,
	LOG_FAILURE,
	LOG_RETENTION,
	GUARD,
	STATE,
	SITE_KEYS
};

static const char *const site_keys[SITE_KEYS] = {
	[NAME] = "name",
	[TIMEZONE] = "timezone",
	[MODEL] = "model",
	[FORWARD] = "forward",
	[LOG_FAILURE] = "log_failure",
	[LOG_RETENTION] = "log_retention_days",
	[GUARD] = "guard",
	[STATE] = "state",
};

/* In the order of the enums of the model. */
static const char *const models[] = { "alpha", "alpha-dash", "beta", "beta-dash" };
static const char *const forwards[] = { "kernel", "fast" };
static const char *const log_failures[] = { "continue", "deny" };
static const char *const guards[] = { "optional", "required" };

static const char *const timeout_keys[] = {
	"tcp_half_open", "tcp_established", "tcp_closing", "tcp_reset",
	"udp_unreplied", "udp_replied",	    "icmp",	   "other",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void read_timeouts(struct sekisho_load *load, const struct sekisho_node *node)
{
	struct sekisho_timeouts *timeouts = &load->policy->timeouts;
	/* in the order of timeout_keys */
	uint32_t *const targets[] = {
		&timeouts->tcp_half_open, &timeouts->tcp_established, &timeouts->tcp_closing,
		&timeouts->tcp_reset,	  &timeouts->udp_unreplied,   &timeouts->udp_replied,
		&timeouts->icmp,	  &timeouts->other,
	};
	const struct sekisho_node *values[COUNT(timeout_keys)];

	if (!sekisho_take_fields(load, node, timeout_keys, COUNT(timeout_keys), values))
		return;
	for (size_t i = 0; i < COUNT(timeout_keys); i++) {
		uint64_t number;

		if (values[i] && sekisho_take_number(load, values[i], 1, TIMEOUT_MAX, &number))
			*targets[i] = (uint32_t)number;
	}
}

static void read_state(struct sekisho_load *load, const struct sekisho_node *node)
{
	static const char *const keys[] = { "connections", "timeouts" };
	const struct sekisho_node *values[2];
	uint64_t number;

	if (!sekisho_take_fields(load, node, keys, 2, values))
		return;
	if (values[0] && sekisho_take_number(load, values[0], 1, SEKISHO_CONNECTIONS_MAX, &number))
		load->policy->connections = (uint32_t)number;
	if (values[1])
		read_timeouts(load, values[1]);
}

static void read_zone(struct sekisho_load *load, const struct sekisho_node *node)
{
	struct sekisho_diagnostic *diagnostic;
	int error;

	if (node)
		sekisho_take_text(load, node, &load->policy->timezone);
	if (load->no_memory)
		return;
	error = sekisho_zone_read(&load->zone, load->policy->timezone);
	if (error == -ENOMEM)
		load->no_memory = true;
	if (error == -ENOENT && node) {
		diagnostic = sekisho_load_error(load, node, "unknown-timezone", NULL,
						_("this system has no time zone '%.60s'"),
						load->policy->timezone);
		sekisho_diagnostic_hint(diagnostic, "%s", _("such as Asia/Tokyo"));
	} else if (error == -ENOENT) {
		sekisho_diagnostics_add(
			load->diagnostics, load->source, SEKISHO_ERROR, 0, 0, "unknown-timezone",
			NULL, _("this system has no time zone '%.60s'"), load->policy->timezone);
	}
	if (!error)
		sekisho_zone_window(&load->zone, load->now, load->policy);
}

static void read_choices(struct sekisho_load *load, const struct sekisho_node *const *values)
{
	struct sekisho_policy *policy = load->policy;
	unsigned int index;
	uint64_t number;

	if (values[MODEL] &&
	    sekisho_take_choice(load, values[MODEL], models, COUNT(models), &index))
		policy->model = (enum sekisho_site_model)index;
	if (values[FORWARD] &&
	    sekisho_take_choice(load, values[FORWARD], forwards, COUNT(forwards), &index))
		policy->forward = (enum sekisho_forward)index;
	if (values[LOG_FAILURE] && sekisho_take_choice(load, values[LOG_FAILURE], log_failures,
						       COUNT(log_failures), &index))
		policy->log_failure = (enum sekisho_log_failure)index;
	if (values[LOG_RETENTION] &&
	    sekisho_take_number(load, values[LOG_RETENTION], 1, RETENTION_MAX, &number))
		policy->log_retention_days = (uint32_t)number;
	if (values[GUARD] &&
	    sekisho_take_choice(load, values[GUARD], guards, COUNT(guards), &index))
		policy->guard_required = index == 1;
}

void sekisho_site_read(struct sekisho_load *load, const struct sekisho_node *node)
{
	const struct sekisho_node *values[SITE_KEYS] = { NULL };

	if (node && sekisho_take_fields(load, node, site_keys, SITE_KEYS, values)) {
		if (sekisho_take_present(load, node, values[NAME], site_keys[NAME]))
			sekisho_take_text(load, values[NAME], &load->policy->site_name);
		read_choices(load, values);
		if (values[STATE])
			read_state(load, values[STATE]);
	}
	read_zone(load, values[TIMEZONE]);
}
