// SPDX-License-Identifier: GPL-2.0-only
/*
 * policy: how long it takes from a file to a policy in force, step by step, and how much memory the
 * kernel's tables have.
 *
 *	policy DIRECTORY FLOWS RUNS FILE CHANGED-FILE
 *	policy memory DIRECTORY FLOWS FILE SMALL-FLOWS SMALL-FILE
 *
 * DIRECTORY is where the engine is pinned. The files have so many FLOWS; the second differs from
 * the first in one. `memory` prints bytes a flow and a tracked connection, from what grows between a
 * smaller and a larger policy.
 */
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "kernel/commit.h"
#include "kernel/host.h"
#include "kernel/tables.h"
#include "policy/policy_file.h"
#include "sample.h"

#define SMALL_CONNECTIONS 131072
#define LARGE_CONNECTIONS 1048576

/*
 * What every run measures; in milliseconds but for the swap. Reading and compiling in processor
 * time, since they wait for nothing.
 */
struct steps {
	bool changing; /* what is in force differs in one flow */
	struct sample read;
	struct sample compile;
	struct sample change;
	struct sample rows;
	struct sample commit;
	struct sample fill;
	struct sample swap;
	struct sample whole;
};

static struct sekisho_policy *read_policy(const char *path)
{
	struct sekisho_diagnostics diagnostics = { 0 };
	struct sekisho_policy *policy = sekisho_policy_file_read(path, &diagnostics);

	if (!policy) {
		sekisho_diagnostics_print(&diagnostics, stderr);
		exit(1);
	}
	sekisho_diagnostics_free(&diagnostics);
	return policy;
}

static double milliseconds_since(double start)
{
	return (sample_now() - start) * 1000;
}

static uint32_t number_of(void *context, const char *interface)
{
	(void)context;
	return interface[1] == 'a' ? 1 : 2;
}

static double compile(const struct sekisho_policy *policy)
{
	struct sekisho_bindings bindings = { .ifindex = number_of, .generation = 1 };
	struct sekisho_tables_problem problem;
	struct sekisho_self self = { 0 };
	struct sekisho_tables *tables;
	double start = sample_used(), spent;

	if (sekisho_tables_build(policy, &self, &bindings, &tables, &problem))
		errx(1, "the tables do not fit: fault %d", problem.fault);
	spent = (sample_used() - start) * 1000;
	sekisho_tables_free(tables);
	return spent;
}

static double commit(const char *directory, const struct sekisho_policy *policy, bool anew,
		     struct sekisho_commit_report *report)
{
	static uint32_t generation;
	struct sekisho_commit_request request = {
		.policy = policy,
		.generation = ++generation,
		.directory = directory,
		.anew = anew,
	};
	double start = sample_now();

	if (sekisho_commit(&request, report))
		errx(1, "commit: fault %d (%s) %s %s", report->fault, strerror(-report->error),
		     report->subject, report->detail);
	return milliseconds_since(start);
}

static void print(const char *name, const char *parameter, const char *unit,
		  const struct sample *sample, const char *baseline)
{
	struct sample_title title = { .bench = "policy",
				      .name = name,
				      .variant = "ours",
				      .parameter = parameter,
				      .unit = unit,
				      .baseline = baseline };

	if (sample->count)
		sample_print(&title, sample, NULL);
}

static void run_once(const char *directory, const char *path, struct steps *steps)
{
	struct sekisho_commit_report report;
	double start = sample_now(), start_used = sample_used(), read, committed;
	struct sekisho_policy *policy = read_policy(path);

	sample_add(&steps->read, (sample_used() - start_used) * 1000);
	read = milliseconds_since(start);
	if (steps->changing) {
		double changed = commit(directory, policy, false, &report);

		if (report.patched) {
			sample_add(&steps->change, changed);
			sample_add(&steps->rows, (double)report.patch_ns / 1e6);
		}
	}
	committed = commit(directory, policy, true, &report);
	sample_add(&steps->whole, read + committed);
	sample_add(&steps->compile, compile(policy));
	/* The first commit loads the programs, too, and touches every page for the first time. */
	if (!report.new_object) {
		sample_add(&steps->commit, committed);
		sample_add(&steps->fill, (double)report.fill_ns / 1e6);
		sample_add(&steps->swap, (double)report.swap_ns / 1e3);
	}
	sekisho_policy_free(policy);
}

static int measure_steps(char **words)
{
	struct steps steps = { .changing = true }, first = { .changing = false };
	struct sample resident = { 0 };
	char parameter[64];
	struct rusage usage;
	unsigned long runs = strtoul(words[2], NULL, 10);

	snprintf(parameter, sizeof(parameter), "{\"flows\":%lu}", strtoul(words[1], NULL, 10));
	run_once(words[0], words[3], &first);
	for (unsigned long i = 0; i < runs; i++)
		run_once(words[0], words[3 + (i + 1) % 2], &steps);
	getrusage(RUSAGE_SELF, &usage);
	sample_add(&resident, (double)usage.ru_maxrss * 1024);
	print("read and check", parameter, "ms", &steps.read, NULL);
	print("compile", parameter, "ms", &steps.compile, NULL);
	print("commit, one flow changed", parameter, "ms", &steps.change, NULL);
	print("of it: the flow's rows", parameter, "ms", &steps.rows, NULL);
	print("commit, all made anew", parameter, "ms", &steps.commit, NULL);
	print("of it: fill the maps", parameter, "ms", &steps.fill, NULL);
	print("of it: swap", parameter, "us", &steps.swap, NULL);
	print("file to enforcing, first", parameter, "ms", &first.whole, "nft -f");
	print("file to enforcing, again", parameter, "ms", &steps.whole, "nft -f");
	print("memory of the tool", parameter, "bytes", &resident, NULL);
	return sekisho_commit_detach(words[0]) ? 1 : 0;
}

/* Bytes of kernel memory that a map has, as the kernel counts them. */
static double map_bytes(int fd)
{
	unsigned long long bytes = 0;
	char path[64], line[128];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "r");
	if (!file)
		err(1, "%s", path);
	while (fgets(line, sizeof(line), file)) {
		if (!strncmp(line, "memlock:", 8))
			bytes = strtoull(line + 8, NULL, 10);
	}
	fclose(file);
	return (double)bytes;
}

/* Bytes a map under a policy with room for so many connections. */
static void weigh(const char *directory, const char *path, uint32_t connections, double *bytes)
{
	struct sekisho_policy *policy = read_policy(path);
	struct sekisho_commit_report report;
	struct sekisho_engine *engine;
	int error;

	policy->connections = connections;
	commit(directory, policy, true, &report);
	sekisho_policy_free(policy);
	error = sekisho_engine_open(directory, &engine);
	if (error)
		errx(1, "%s: %s", directory, strerror(-error));
	for (int i = 0; i < SEKISHO_MAP_COUNT; i++)
		bytes[i] = map_bytes(engine->maps[i].fd);
	sekisho_engine_close(engine);
	error = sekisho_commit_detach(directory);
	if (error)
		errx(1, "detach: %s", strerror(-error));
}

static void print_bytes(const char *name, const char *variant, const char *parameter, double bytes)
{
	struct sample_title title = { .bench = "policy",
				      .name = name,
				      .variant = variant,
				      .parameter = parameter,
				      .unit = "bytes" };

	sample_print_one(&title, bytes);
}

/* What grew from @small to @large, by map and in all, divided by @units. */
static void print_growth(const char *name, const char *parameter, const double *small,
			 const double *large, double units)
{
	double sum = 0;

	for (int i = 0; i < SEKISHO_MAP_COUNT; i++) {
		double each = (large[i] - small[i]) / units;

		sum += each;
		if (each >= 0.5)
			print_bytes(name, sekisho_map_names[i], parameter, each);
	}
	print_bytes(name, "all maps", parameter, sum);
}

static int measure_memory(char **words)
{
	double flows = strtod(words[1], NULL), small_flows = strtod(words[3], NULL);
	double large[SEKISHO_MAP_COUNT], small[SEKISHO_MAP_COUNT], all = 0;
	char parameter[64];

	snprintf(parameter, sizeof(parameter), "{\"flows\":%.0f}", flows);
	weigh(words[0], words[4], SMALL_CONNECTIONS, small);
	weigh(words[0], words[2], SMALL_CONNECTIONS, large);
	for (int i = 0; i < SEKISHO_MAP_COUNT; i++)
		all += large[i];
	print_bytes("memory", "all maps", parameter, all);
	print_growth("memory a permitted flow", parameter, small, large, flows - small_flows);
	weigh(words[0], words[4], LARGE_CONNECTIONS, large);
	print_growth("memory a tracked connection", "{}", small, large,
		     LARGE_CONNECTIONS - SMALL_CONNECTIONS);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 7 && !strcmp(argv[1], "memory"))
		return measure_memory(argv + 2);
	if (argc == 6)
		return measure_steps(argv + 1);
	fprintf(stderr, "usage: see the head of tests/bench/policy.c\n");
	return 2;
}
