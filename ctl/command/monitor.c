// SPDX-License-Identifier: GPL-2.0-only
/*
 * `monitor`: events as they happen. A ring buffer has one reader only: where the collector runs,
 * the events are read from the log that it writes, else from the ring itself. Records nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "audit/convert.h"
#include "command/commands.h"
#include "command/context.h"
#include "command/guard_event.h"
#include "command/monitor_ask.h"
#include "command/monitor_filter.h"
#include "command/monitor_line.h"
#include "command/monitor_tail.h"
#include "kernel/runtime.h"
#include "ui/message.h"
#include "ui/say.h"

#define LOOK_EVERY_US 100000
#define SECONDS_MAX   31536000

static const struct sekisho_option options[] = {
	{ "count", "N", false, N_("end after so many") },
	{ "seconds", "N", false, N_("end after so many seconds") },
	{ "host", "ADDR[/LEN]|MAC", false,
	  N_("only what this host, or one of this network, took part in") },
	{ "segment", "S", false, N_("only what came from or went to this segment") },
	{ "from", "S", false, N_("only what came from this segment") },
	{ "to", "S", false, N_("only what went to this segment") },
	{ "flow", "ID", false, N_("only what belongs to this flow") },
	{ "reason", "R", false, N_("only verdicts with this reason") },
	{ "type", "T", false, N_("only records of this type, such as permit, deny or flow.end") },
	{ "port", "N", false, N_("only what has this port, on either side") },
	{ 0 },
};

struct monitor {
	struct sekisho_context *context;
	struct sekisho_monitor_filter filter;
	struct sekisho_audit_names names;
	struct sekisho_monitor_tail tail;
	struct ring_buffer *ring;
	struct sekisho_module_events *guard; /* NULL: absent, or not heard */
	bool following; /* the log, for a collector runs */
	bool told; /* which of the two it is */
	uint64_t left; /* to show */
	struct timespec end; /* monotonic; 0: none */
};

/* Show one line of JSON, if it is asked for; returns whether there is more to show. */
static bool show(struct monitor *monitor, const char *line)
{
	bool plain = !monitor->context->arguments->json;
	bool filtered = sekisho_monitor_filter_is_set(&monitor->filter);
	json_t *record = plain || filtered ? json_loads(line, 0, NULL) : NULL;

	if (filtered && !sekisho_monitor_filter_matches(&monitor->filter, record)) {
		json_decref(record);
		return true;
	}
	if (!plain)
		puts(line);
	else if (record)
		sekisho_monitor_line(record, stdout);
	json_decref(record);
	fflush(stdout);
	return --monitor->left && !ferror(stdout);
}

static bool show_record(void *context, const char *line)
{
	return show(context, line);
}

static const char *segment_name(void *context, uint16_t segment)
{
	const struct monitor *monitor = context;

	if (segment == SEKISHO_SEGMENT_NONE)
		return NULL;
	return sekisho_runtime_segment_name(monitor->context->engine, segment);
}

static const char *interface_name(void *context, uint32_t ifindex)
{
	static char name[IF_NAMESIZE];

	(void)context;
	return if_indextoname(ifindex, name);
}

static size_t no_macs(void *context, const char *flow, char (*macs)[SEKISHO_MAC_BYTES], size_t max)
{
	(void)context;
	(void)flow;
	(void)macs;
	(void)max;
	return 0;
}

static bool convert(const struct monitor *monitor, const struct sekisho_event *event,
		    struct sekisho_record *record)
{
	struct sekisho_denial denial;

	switch (event->type) {
	case SEKISHO_EVENT_PERMIT:
		sekisho_convert_permit(record, event, &monitor->names);
		return true;
	case SEKISHO_EVENT_DENY:
		sekisho_denial_of(&denial, event);
		if (event->flags & SEKISHO_AUDIT_MISMATCH)
			sekisho_convert_mismatch(record, &denial, &monitor->names);
		else
			sekisho_convert_deny(record, &denial, &monitor->names);
		return true;
	case SEKISHO_EVENT_FLOW_END:
		sekisho_convert_flow_end(record, event, &monitor->names);
		return true;
	default:
		return false;
	}
}

/* An event has the keys of its record, but neither number nor hash: it is none. */
static int show_event(void *context, void *data, size_t bytes)
{
	struct monitor *monitor = context;
	const struct sekisho_event *event = data;
	char line[SEKISHO_RECORD_LINE_BYTES + 1], time[SEKISHO_STAMP_BYTES];
	struct sekisho_record record;

	if (bytes < sizeof(*event) || !monitor->left || !convert(monitor, event, &record) ||
	    sekisho_record_finish(&record))
		return 0;
	sekisho_stamp_text(time, (int64_t)event->wall_ns, monitor->names.zone);
	snprintf(line, sizeof(line), "{\"time\":\"%s\",\"generation\":%u,\"type\":\"%s\"%.*s}",
		 time, event->generation, sekisho_type_get(record.type)->name, (int)record.length,
		 record.body);
	return show(monitor, line) ? 0 : -ECANCELED;
}

/* What the guard denied; of the rest the log tells. */
static bool show_guard_event(void *context, const struct sekisho_module_event *told)
{
	struct monitor *monitor = context;
	struct sekisho_event event;

	if (!sekisho_guard_event(&event, told, monitor->context->engine))
		return true;
	return !show_event(monitor, &event, sizeof(event));
}

/*
 * Whether a collector runs; if not, it cannot begin until the descriptor is closed. Held only
 * while the ring is read, so that a collector hardly ever finds it taken.
 */
static int hold_off_collector(const struct sekisho_context *context)
{
	char path[PATH_MAX + 16];
	int fd;

	snprintf(path, sizeof(path), "%s/collector.lock", context->run);
	fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_SH | LOCK_NB)) {
		int error = errno == EWOULDBLOCK ? -EBUSY : -errno;

		close(fd);
		return error;
	}
	return fd;
}

static int follow_log(struct monitor *monitor)
{
	if (!monitor->following) {
		int error = sekisho_monitor_tail_open(&monitor->tail, monitor->context->state);

		if (error) {
			sekisho_say(_("the audit log cannot be read: %s"), strerror(-error));
			return error;
		}
		monitor->following = true;
		sekisho_say(_("a collector runs: these are the records that it writes"));
	}
	return sekisho_monitor_tail_read(&monitor->tail, show_record, monitor);
}

static int read_ring(struct monitor *monitor)
{
	struct sekisho_context *context = monitor->context;

	if (monitor->following) {
		sekisho_monitor_tail_close(&monitor->tail);
		monitor->following = false;
		monitor->told = false;
	}
	if (!monitor->ring) {
		if (sekisho_context_need_engine(context))
			return -ENOENT;
		monitor->names.zone = sekisho_context_zone(context);
		monitor->ring = ring_buffer__new(context->engine->maps[SEKISHO_MAP_EVENTS].fd,
						 show_event, monitor, NULL);
		if (!monitor->ring) {
			sekisho_say(_("the events cannot be read: %s"), strerror(errno));
			return -errno;
		}
		/* Without it there is still the ring. */
		sekisho_module_events_open(&monitor->guard);
	}
	if (!monitor->told)
		sekisho_say(_("no collector runs: what is shown here is not recorded"));
	monitor->told = true;
	ring_buffer__consume(monitor->ring);
	if (monitor->guard && monitor->left)
		sekisho_module_events_take(monitor->guard, show_guard_event, monitor);
	return 0;
}

static bool is_over(const struct monitor *monitor)
{
	struct timespec now;

	if (!monitor->left || ferror(stdout))
		return true;
	if (!monitor->end.tv_sec)
		return false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > monitor->end.tv_sec ||
	       (now.tv_sec == monitor->end.tv_sec && now.tv_nsec >= monitor->end.tv_nsec);
}

static int watch(struct monitor *monitor)
{
	int error = 0;

	while (!error && !is_over(monitor)) {
		int held = hold_off_collector(monitor->context);

		if (held == -EBUSY) {
			error = follow_log(monitor);
		} else if (held < 0) {
			sekisho_say(_("%s cannot be read: %s"), monitor->context->run,
				    strerror(-held));
			error = held;
		} else {
			error = read_ring(monitor);
			close(held);
		}
		if (!error && monitor->left)
			usleep(LOOK_EVERY_US);
	}
	return error;
}

static int monitor_events(struct sekisho_context *context)
{
	struct monitor *monitor = calloc(1, sizeof(*monitor));
	uint64_t seconds = 0, count = UINT64_MAX;
	int error = SEKISHO_EXIT_USAGE;

	if (!monitor) {
		sekisho_say(_("out of memory"));
		return SEKISHO_EXIT_REFUSED;
	}
	monitor->context = context;
	monitor->tail.directory = monitor->tail.file = -1;
	monitor->names = (struct sekisho_audit_names){ .context = monitor,
						       .segment = segment_name,
						       .interface = interface_name,
						       .macs = no_macs };
	if (sekisho_context_number(context, "count", 1, INT64_MAX, &count) &&
	    sekisho_context_number(context, "seconds", 1, SECONDS_MAX, &seconds) &&
	    sekisho_monitor_ask(context, &monitor->filter)) {
		monitor->left = count;
		clock_gettime(CLOCK_MONOTONIC, &monitor->end);
		monitor->end.tv_sec = seconds ? monitor->end.tv_sec + (time_t)seconds : 0;
		error = watch(monitor) ? SEKISHO_EXIT_REFUSED : SEKISHO_EXIT_DONE;
	}
	ring_buffer__free(monitor->ring);
	sekisho_module_events_close(monitor->guard);
	sekisho_monitor_tail_close(&monitor->tail);
	free(monitor);
	return error;
}

const struct sekisho_subcommand cmd_monitor = {
	.name = "monitor",
	.run = monitor_events,
	.summary = N_("events as they happen"),
	.operands = "",
	.options = options,
};
