// SPDX-License-Identifier: GPL-2.0-only
/*
 * Putting a policy in force: all of it, on all ports, in maps and module, at one instant, or none
 * of it.
 *
 * The order is: everything that can fail, while frames are still judged by what was in force, the
 * module's commit last of it; then one store. Between the two a frame needs the permission of both
 * policies. Where the tables have outgrown their maps, a new object first takes over the old
 * policy (whose verdicts it gives as the old one did), so that the change stays that one store.
 * Knows nothing of policy files, history, records or how anything is printed.
 */
#include "kernel/commit.h"

#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "kernel/attach.h"
#include "kernel/commit_guard.h"
#include "kernel/commit_patch.h"
#include "kernel/counters.h"
#include "kernel/fill.h"
#include "kernel/forwarding.h"
#include "kernel/host.h"
#include "kernel/links.h"
#include "kernel/pins.h"
#include "kernel/recover.h"
#include "kernel/runtime.h"

/* A commit on its way. */
struct commit {
	const struct sekisho_commit_request *request;
	struct sekisho_commit_report *report;
	struct sekisho_engine *running; /* NULL: nothing is pinned */
	struct sekisho_engine *engine; /* what will hold the policy: running or a new one */
	struct sekisho_tables *tables; /* where patched: the small ones */
	struct sekisho_half patched; /* the half with the policy, where report->patched */
	struct sekisho_counters counters;
	struct sekisho_self self;
	char next[PATH_MAX];
	const char *directory; /* where links are pinned meanwhile */
	bool updated; /* links already run the new object */
	char (*created)[IF_NAMESIZE]; /* interfaces that were not guarded before */
	size_t created_count;
	struct sekisho_commit_guard guard;
	bool activated; /* the policy is in force: there is no way back from here */
};

static int fault(struct commit *commit, enum sekisho_commit_fault kind, int error,
		 const char *subject)
{
	commit->report->fault = kind;
	commit->report->error = error;
	snprintf(commit->report->subject, sizeof(commit->report->subject), "%s",
		 subject ? subject : "");
	return error ? error : -EINVAL;
}

void sekisho_commit_note(struct sekisho_commit_report *report, enum sekisho_commit_note_kind kind,
			 const char *subject, const char *detail)
{
	struct sekisho_commit_note *entry;

	if (report->note_count == SEKISHO_COMMIT_NOTES)
		return;
	entry = &report->notes[report->note_count++];
	entry->kind = kind;
	snprintf(entry->subject, sizeof(entry->subject), "%s", subject);
	snprintf(entry->detail, sizeof(entry->detail), "%s", detail);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint32_t ifindex_of(void *context, const char *interface)
{
	(void)context;
	return if_nametoindex(interface);
}

/* The first time an interface is named in a policy: it may have many VLANs. */
static bool first_mention(const struct sekisho_policy *policy, size_t segment, size_t port)
{
	const char *name = policy->segments[segment].ports[port].interface;

	for (size_t i = 0; i <= segment; i++) {
		size_t end = i == segment ? port : policy->segments[i].port_count;

		for (size_t j = 0; j < end; j++) {
			if (!strcmp(policy->segments[i].ports[j].interface, name))
				return false;
		}
	}
	return true;
}

static int each_interface(struct commit *commit,
			  int (*visit)(struct commit *commit, const char *interface))
{
	const struct sekisho_policy *policy = commit->request->policy;

	for (size_t i = 0; i < policy->segment_count; i++) {
		for (size_t j = 0; j < policy->segments[i].port_count; j++) {
			int error = 0;

			if (first_mention(policy, i, j))
				error = visit(commit, policy->segments[i].ports[j].interface);
			if (error)
				return error;
		}
	}
	return 0;
}

static int check_interface(struct commit *commit, const char *interface)
{
	if (if_nametoindex(interface))
		return 0;
	if (!commit->request->absent_ports)
		return fault(commit, SEKISHO_COMMIT_NO_INTERFACE, -ENODEV, interface);
	sekisho_commit_note(commit->report, SEKISHO_NOTE_ABSENT, interface, "");
	return 0;
}

static int open_running(struct commit *commit)
{
	int error = sekisho_pins_check(commit->request->directory);
	struct sekisho_control *control;

	if (error == -ENOTSUP || error == -ENOENT)
		return fault(commit, SEKISHO_COMMIT_NO_BPFFS, error, NULL);
	if (!error)
		error = sekisho_recover(commit->request->directory);
	if (!error)
		error = sekisho_engine_open(commit->request->directory, &commit->running);
	if (error == -EPERM || error == -EACCES)
		return fault(commit, SEKISHO_COMMIT_NO_PRIVILEGE, error, NULL);
	if (error == -EUCLEAN)
		return fault(commit, SEKISHO_COMMIT_FOREIGN, error, NULL);
	if (error && error != -ENOENT)
		return fault(commit, SEKISHO_COMMIT_SYSTEM, error, NULL);
	if (!commit->running)
		return 0;
	control = sekisho_engine_control(commit->running);
	if (__atomic_load_n(&control->fallback_at, __ATOMIC_SEQ_CST))
		return fault(commit, SEKISHO_COMMIT_WAITING, -EBUSY, NULL);
	return 0;
}

/* The programs of this build are those that run, unless somebody upgraded. */
static bool same_programs(const struct sekisho_engine *running)
{
	return sekisho_engine_control(running)->object == sekisho_engine_object();
}

static int other_half(const struct sekisho_engine *engine)
{
	return sekisho_engine_half(engine) == 0 ? 1 : 0;
}

/* Whether the maps that run take the policy, as far as that can be said without its tables. */
static bool may_patch(const struct commit *commit)
{
	const struct sekisho_policy *policy = commit->request->policy;

	return commit->running && !commit->request->anew && !commit->request->dry_run &&
	       sekisho_engine_half(commit->running) >= 0 && same_programs(commit->running) &&
	       sekisho_fill_fits_state(commit->running, (uint32_t)policy->segment_count,
				       commit->counters.needed, policy->connections);
}

/* Where few flows differ from the policy that runs, nothing but their rows is made. */
static bool patch(struct commit *commit, const struct sekisho_bindings *bindings)
{
	struct sekisho_commit_patch patch = { .engine = commit->running,
					      .policy = commit->request->policy,
					      .self = &commit->self };

	if (!may_patch(commit))
		return false;
	commit->report->patched = sekisho_commit_patch(&patch, *bindings);
	commit->report->patch_ns = patch.patch_ns;
	commit->tables = patch.tables;
	commit->patched = patch.half;
	return commit->report->patched;
}

static int build(struct commit *commit)
{
	struct sekisho_bindings bindings = { .ifindex = ifindex_of,
					     .generation = commit->request->generation };
	uint64_t start;
	int error = sekisho_host_addresses(&commit->self);

	if (!error)
		error = sekisho_counters_assign(commit->running, commit->request->policy,
						&commit->counters);
	if (error)
		return fault(commit, SEKISHO_COMMIT_SYSTEM, error, NULL);
	bindings.counters = commit->counters.rows;
	bindings.limits = commit->counters.limits;
	start = now_ns();
	if (patch(commit, &bindings)) {
		commit->report->fill_ns = now_ns() - start;
		return 0;
	}
	if (getrandom(&bindings.print_seed, sizeof(bindings.print_seed), 0) < 0)
		return fault(commit, SEKISHO_COMMIT_SYSTEM, -errno, NULL);
	error = sekisho_tables_build(commit->request->policy, &commit->self, &bindings,
				     &commit->tables, &commit->report->problem);
	if (error == -E2BIG || error == -EEXIST)
		return fault(commit, SEKISHO_COMMIT_NO_FIT, error, NULL);
	return error ? fault(commit, SEKISHO_COMMIT_SYSTEM, error, NULL) : 0;
}

static bool is_named(const char *const *names, const char *name)
{
	for (; names && *names; names++) {
		if (!strcmp(*names, name))
			return true;
	}
	return false;
}

static void set_isolation(struct commit *commit)
{
	const struct sekisho_policy *policy = commit->request->policy;

	for (size_t i = 0; i < policy->segment_count; i++) {
		if (is_named(commit->request->isolated, policy->segments[i].name))
			commit->tables->row.isolated[i / 64] |= 1ull << (i % 64);
	}
}

/* The maps that run take the tables, so their object stays. */
static bool fits_running(const struct commit *commit)
{
	if (commit->report->patched)
		return true;
	return commit->running && same_programs(commit->running) &&
	       sekisho_fill_fits(commit->running, commit->tables, commit->counters.needed,
				 commit->request->policy->connections);
}

static int load(struct commit *commit)
{
	struct sekisho_engine_options options = { .reuse = commit->running };
	struct sekisho_engine_size size = {};
	uint32_t connections = commit->request->policy->connections;
	int error;

	if (fits_running(commit)) {
		commit->engine = commit->running;
		commit->directory = commit->request->directory;
		return 0;
	}
	/* What has grown once stays: sizes only go up, but for the connection table. */
	for (int i = 0; commit->running && i < SEKISHO_MAP_COUNT; i++)
		size.rows[i] = sekisho_engine_half_rows(commit->running, (enum sekisho_map)i);
	sekisho_fill_size(commit->tables, commit->counters.needed, connections, &size);
	error = sekisho_engine_load(&size, &options, &commit->engine, commit->report->detail,
				    sizeof(commit->report->detail));
	if (error == -EPERM || error == -EACCES)
		return fault(commit, SEKISHO_COMMIT_NO_PRIVILEGE, error, NULL);
	if (error)
		return fault(commit, SEKISHO_COMMIT_NO_LOAD, error, NULL);
	commit->report->new_object = true;
	if (!commit->running)
		return 0;
	if (commit->running->maps[SEKISHO_MAP_SLOTS].rows !=
	    commit->engine->maps[SEKISHO_MAP_SLOTS].rows)
		sekisho_commit_note(commit->report, SEKISHO_NOTE_REOPEN, "", "");
	error = sekisho_fill_copy(commit->engine, commit->running);
	return error ? fault(commit, SEKISHO_COMMIT_SYSTEM, error, NULL) : 0;
}

/* Pin a new object in the next directory and let the running links run it. */
static int take_links_over(struct commit *commit)
{
	int error;

	if (commit->engine == commit->running)
		return 0;
	error = sekisho_pins_next(commit->request->directory, commit->next);
	if (!error)
		error = sekisho_pins_make(commit->next);
	if (!error) {
		commit->directory = commit->next;
		error = sekisho_engine_pin(commit->engine, commit->next);
	}
	if (!error && commit->running)
		error = sekisho_links_share(commit->request->directory, commit->next);
	if (!error && commit->running) {
		commit->updated = true;
		error = sekisho_links_update(commit->next,
					     commit->engine->programs[SEKISHO_PROGRAM_INGRESS],
					     commit->engine->programs[SEKISHO_PROGRAM_EGRESS]);
		if (!error)
			sekisho_fill_settle(commit->engine, commit->running, false);
	}
	if (!error && sekisho_engine_run(commit->engine, SEKISHO_PROGRAM_SWEEP_START))
		error = -EIO;
	if (error == -EPERM || error == -EACCES)
		return fault(commit, SEKISHO_COMMIT_NO_PRIVILEGE, error, NULL);
	return error ? fault(commit, SEKISHO_COMMIT_SYSTEM, error, NULL) : 0;
}

/* What a commit that fails must take off again. */
static bool remember_created(struct commit *commit, const char *interface)
{
	void *more =
		realloc(commit->created, (commit->created_count + 1) * sizeof(*commit->created));

	if (!more)
		return false;
	commit->created = more;
	snprintf(commit->created[commit->created_count++], IF_NAMESIZE, "%s", interface);
	return true;
}

static int attach_interface(struct commit *commit, const char *interface)
{
	struct sekisho_attach_target target = {
		.ifindex = if_nametoindex(interface),
		.interface = interface,
		.directory = commit->directory,
		.ingress = commit->engine->programs[SEKISHO_PROGRAM_INGRESS],
		.egress = commit->engine->programs[SEKISHO_PROGRAM_EGRESS],
	};
	char features[64];
	bool created;
	int error;

	if (!target.ifindex)
		return commit->request->absent_ports
			       ? 0
			       : fault(commit, SEKISHO_COMMIT_NO_INTERFACE, -ENODEV, interface);
	error = sekisho_host_clear_features(interface, features, sizeof(features));
	if (error) {
		snprintf(commit->report->detail, sizeof(commit->report->detail), "%s", features);
		return fault(commit, SEKISHO_COMMIT_FEATURE, error, interface);
	}
	if (features[0])
		sekisho_commit_note(commit->report, SEKISHO_NOTE_FEATURE, interface, features);
	error = sekisho_attach_ingress(&target, &created);
	if (error == -EPERM || error == -EACCES)
		return fault(commit, SEKISHO_COMMIT_NO_PRIVILEGE, error, interface);
	if (error)
		return fault(commit, SEKISHO_COMMIT_NO_ATTACH, error, interface);
	if (created && !remember_created(commit, interface))
		return fault(commit, SEKISHO_COMMIT_SYSTEM, -ENOMEM, interface);
	if (created && sekisho_attach_ingress_state(target.ifindex, target.ingress) ==
			       SEKISHO_ATTACHED_GENERIC)
		sekisho_commit_note(commit->report, SEKISHO_NOTE_GENERIC, interface, "");
	error = sekisho_attach_egress(&target);
	if (error == -EPERM || error == -EACCES)
		return fault(commit, SEKISHO_COMMIT_NO_PRIVILEGE, error, interface);
	return error ? fault(commit, SEKISHO_COMMIT_NO_EGRESS, error, interface) : 0;
}

static int fill_half(struct commit *commit, int half)
{
	struct sekisho_policy_row *row = &commit->patched.row;

	if (!commit->report->patched)
		return sekisho_fill_half(commit->engine, half, commit->tables);
	memcpy(row->isolated, commit->tables->row.isolated, sizeof(row->isolated));
	sekisho_fill_row(commit->engine, half, row);
	return 0;
}

static int fill(struct commit *commit, int half)
{
	uint64_t start = now_ns();
	int error;

	set_isolation(commit);
	error = fill_half(commit, half);
	if (!error)
		error = sekisho_counters_write(commit->engine, commit->request->policy,
					       &commit->counters, half);
	commit->report->fill_ns += now_ns() - start;
	return error ? fault(commit, SEKISHO_COMMIT_SYSTEM, error, NULL) : 0;
}

/* Where there is a module, in the second in which it falls back. */
static uint32_t fallback_at(const struct commit *commit)
{
	struct timespec now;

	if (commit->request->module)
		return commit->guard.fallback_at;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint32_t)now.tv_sec + commit->request->confirm_seconds;
}

static void arrange_fallback(struct commit *commit)
{
	struct sekisho_control *control = sekisho_engine_control(commit->engine);

	if (!commit->request->confirm_seconds)
		return;
	control->fallback_from = commit->request->generation;
	control->fallback_generation = commit->request->generation + 1;
	__atomic_store_n(&control->fallback_at, fallback_at(commit), __ATOMIC_SEQ_CST);
}

static void note_slow(void *context, const char *interface)
{
	struct commit *commit = context;

	sekisho_commit_note(commit->report, SEKISHO_NOTE_FORWARD, interface, "");
}

/* The policy is in force: what is not found in the map is the kernel's to forward. */
static void fill_forwarding(struct commit *commit)
{
	int error = sekisho_forwarding_fill(commit->engine, note_slow, commit);

	if (error < 0)
		sekisho_commit_note(commit->report, SEKISHO_NOTE_FORWARD, "", strerror(-error));
}

static int change(struct commit *commit)
{
	int half = other_half(commit->engine);
	struct sekisho_control *control = sekisho_engine_control(commit->engine);
	uint64_t start;
	int error = fill(commit, half);

	if (!error)
		error = each_interface(commit, attach_interface);
	if (!error)
		error = sekisho_commit_guard_activate(&commit->guard);
	if (error)
		return error;
	sekisho_runtime_set_tai(commit->engine);
	control->isolated_all = commit->request->isolated_all;
	arrange_fallback(commit);
	start = now_ns();
	sekisho_fill_activate(commit->engine, half);
	commit->report->swap_ns = now_ns() - start;
	sekisho_fill_wait();
	commit->activated = true;
	fill_forwarding(commit);
	sekisho_commit_guard_settle(&commit->guard);
	if (commit->engine == commit->running)
		return 0;
	control->object = sekisho_engine_object();
	error = sekisho_pins_take_over(commit->next, commit->request->directory);
	/* The policy is in force; only its pins are not where they are looked for. */
	return error ? fault(commit, SEKISHO_COMMIT_SYSTEM, error, NULL) : 0;
}

static void undo(struct commit *commit)
{
	sekisho_commit_guard_undo(&commit->guard);
	for (size_t i = 0; i < commit->created_count; i++) {
		struct sekisho_attach_target target = {
			.ifindex = if_nametoindex(commit->created[i]),
			.interface = commit->created[i],
			.directory = commit->directory,
		};

		sekisho_attach_remove(&target);
	}
	if (commit->engine == commit->running || !commit->directory)
		return;
	if (commit->updated) {
		sekisho_links_update(commit->request->directory,
				     commit->running->programs[SEKISHO_PROGRAM_INGRESS],
				     commit->running->programs[SEKISHO_PROGRAM_EGRESS]);
		sekisho_fill_settle(commit->running, commit->engine, true);
	}
	sekisho_pins_remove(commit->next);
}

static int run(struct commit *commit)
{
	int error = sekisho_commit_guard_check(&commit->guard);

	if (!error)
		error = each_interface(commit, check_interface);
	if (!error)
		error = open_running(commit);
	if (!error)
		error = build(commit);
	if (!error)
		error = load(commit);
	if (!error)
		error = sekisho_commit_guard_stage(&commit->guard, &commit->self);
	if (error || commit->request->dry_run) {
		sekisho_commit_guard_undo(&commit->guard);
		return error;
	}
	error = take_links_over(commit);
	if (!error)
		error = change(commit);
	if (error && !commit->activated)
		undo(commit);
	return error;
}

int sekisho_commit(const struct sekisho_commit_request *request,
		   struct sekisho_commit_report *report)
{
	struct commit commit = { .request = request,
				 .report = report,
				 .guard = { .request = request, .report = report } };
	int error;

	memset(report, 0, sizeof(*report));
	error = run(&commit);
	if (commit.engine != commit.running)
		sekisho_engine_close(commit.engine);
	sekisho_engine_close(commit.running);
	sekisho_tables_free(commit.tables);
	sekisho_counters_free(&commit.counters);
	sekisho_host_addresses_free(&commit.self);
	free(commit.created);
	return error;
}

int sekisho_commit_confirm(struct sekisho_engine *engine)
{
	struct sekisho_control *control = sekisho_engine_control(engine);
	uint32_t at = __atomic_load_n(&control->fallback_at, __ATOMIC_SEQ_CST);

	if (!at)
		return -ENOENT;
	/* The kernel's timer may be taking it away at this moment. */
	if (!__atomic_compare_exchange_n(&control->fallback_at, &at, 0, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST))
		return -ETIME;
	return 0;
}

int sekisho_commit_detach(const char *directory)
{
	int error = sekisho_links_remove(directory);

	return error ? error : sekisho_pins_remove(directory);
}

int sekisho_commit_repair(struct sekisho_engine *engine, const char *directory,
			  struct sekisho_commit_report *report)
{
	struct sekisho_port_status *ports;
	size_t count;
	int error = sekisho_runtime_ports(engine, directory, &ports, &count), repaired = 0;

	memset(report, 0, sizeof(*report));
	if (error)
		return error;
	for (size_t i = 0; i < count; i++) {
		struct sekisho_attach_target target = {
			.ifindex = ports[i].ifindex,
			.interface = ports[i].interface,
			.directory = directory,
			.ingress = engine->programs[SEKISHO_PROGRAM_INGRESS],
			.egress = engine->programs[SEKISHO_PROGRAM_EGRESS],
		};
		bool created;

		if (!target.ifindex ||
		    (ports[i].attached != SEKISHO_ATTACHED_NONE && ports[i].egress))
			continue;
		error = sekisho_attach_ingress(&target, &created);
		if (!error)
			error = sekisho_attach_egress(&target);
		if (error) {
			report->fault = SEKISHO_COMMIT_NO_ATTACH;
			report->error = error;
			snprintf(report->subject, sizeof(report->subject), "%s", target.interface);
		} else {
			repaired++;
		}
	}
	free(ports);
	return repaired;
}
