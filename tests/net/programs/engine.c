// SPDX-License-Identifier: GPL-2.0-only
/*
 * engine: drives the library as fast as it goes, for tests that need more commits a second than
 * processes can be started, and numbers in a form that a shell reads.
 *
 *	engine commit DIRECTORY POLICY [CONFIRM-SECONDS]
 *	engine alternate DIRECTORY POLICY-A POLICY-B COUNT [PAUSE-US]
 *	engine tally DIRECTORY POLICY...	what was counted, one number a line; flows by policy
 *	engine limits DIRECTORY			connections that flows' limits count now
 *	engine connections DIRECTORY		how many are tracked
 *	engine isolate DIRECTORY SEGMENT
 *	engine suspend DIRECTORY IPV4-ADDRESS
 *	engine read POLICY			time and memory to read, check and compile it
 *
 * DIRECTORY is where the engine is pinned. Commits isolate the segment named in ENGINE_ISOLATED.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "kernel/commit.h"
#include "kernel/runtime.h"
#include "kernel/tables.h"
#include "policy/policy_file.h"
#include "ui/reason.h"

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static struct sekisho_policy *read_policy(const char *path)
{
	struct sekisho_diagnostics diagnostics = { 0 };
	struct sekisho_policy *policy = sekisho_policy_file_read(path, &diagnostics);

	if (!policy)
		sekisho_diagnostics_print(&diagnostics, stderr);
	sekisho_diagnostics_free(&diagnostics);
	return policy;
}

static struct sekisho_engine *open_engine(const char *directory)
{
	struct sekisho_engine *engine;
	int error = sekisho_engine_open(directory, &engine);

	if (!error)
		return engine;
	fprintf(stderr, "engine: cannot open %s: %s\n", directory, strerror(-error));
	return NULL;
}

/* The generation after the one in force; 1 where nothing is pinned. */
static uint32_t next_generation(const char *directory)
{
	const struct sekisho_policy_row *row;
	struct sekisho_engine *engine;
	uint32_t generation = 1;

	if (sekisho_engine_open(directory, &engine))
		return 1;
	row = sekisho_engine_policy(engine);
	if (row)
		generation = row->generation + 1;
	sekisho_engine_close(engine);
	return generation;
}

static int commit(const char *directory, const struct sekisho_policy *policy, uint32_t generation,
		  uint32_t confirm_seconds, struct sekisho_commit_report *report)
{
	const char *isolated[] = { getenv("ENGINE_ISOLATED"), NULL };
	struct sekisho_commit_request request = {
		.policy = policy,
		.isolated = isolated,
		.generation = generation,
		.directory = directory,
		.confirm_seconds = confirm_seconds,
	};
	int error = sekisho_commit(&request, report);

	if (error)
		fprintf(stderr, "engine: commit of generation %u: fault %d (%s) %s %s\n",
			generation, report->fault, strerror(-report->error), report->subject,
			report->detail);
	return error;
}

static int cmd_commit(int count, char **words)
{
	struct sekisho_policy *policy = read_policy(words[1]);
	struct sekisho_commit_report report;
	int error;

	if (!policy)
		return 1;
	error = commit(words[0], policy, next_generation(words[0]),
		       count > 2 ? (uint32_t)strtoul(words[2], NULL, 10) : 0, &report);
	sekisho_policy_free(policy);
	if (error)
		return 1;
	printf("new_object %d\npatched %d\nfill_us %llu\nswap_us %llu\n", report.new_object,
	       report.patched, (unsigned long long)report.fill_ns / 1000,
	       (unsigned long long)report.swap_ns / 1000);
	return 0;
}

static int cmd_alternate(int count, char **words)
{
	struct sekisho_policy *policies[2] = { read_policy(words[1]), read_policy(words[2]) };
	unsigned long commits = strtoul(words[3], NULL, 10);
	useconds_t pause = count > 4 ? (useconds_t)strtoul(words[4], NULL, 10) : 0;
	uint32_t generation = next_generation(words[0]);
	struct sekisho_commit_report report;
	unsigned long objects = 0, worst = 0;
	double start = now();
	int error = policies[0] && policies[1] ? 0 : -EINVAL;

	for (unsigned long i = 0; i < commits && !error; i++) {
		error = commit(words[0], policies[i % 2], generation++, 0, &report);
		objects += report.new_object;
		if (report.swap_ns / 1000 > worst)
			worst = report.swap_ns / 1000;
		if (pause)
			usleep(pause);
	}
	sekisho_policy_free(policies[0]);
	sekisho_policy_free(policies[1]);
	if (error)
		return 1;
	printf("commits %lu\nnew_objects %lu\nworst_swap_us %lu\nmilliseconds %.0f\n", commits,
	       objects, worst, (now() - start) * 1000);
	return 0;
}

static void tally_reasons(const struct sekisho_engine *engine)
{
	struct sekisho_reason_totals totals;
	unsigned long long sum = 0;

	if (sekisho_runtime_reasons(engine, &totals))
		exit(1);
	for (unsigned int i = 0; i < SEKISHO_REASON_ROWS; i++) {
		unsigned long long packets = totals.by_reason[i].packets;

		sum += packets;
		if (packets)
			printf("reason.%s %llu\n", sekisho_reason_name(i), packets);
	}
	printf("frames %llu\n", sum);
}

static void tally_pairs(const struct sekisho_engine *engine)
{
	struct sekisho_pair_total *pairs;
	unsigned long long sum = 0;
	size_t count;

	if (sekisho_runtime_pairs(engine, &pairs, &count))
		exit(1);
	for (size_t i = 0; i < count; i++)
		sum += pairs[i].tally.permitted_packets + pairs[i].tally.denied_packets;
	free(pairs);
	printf("pairs %llu\n", sum);
}

static int tally_flows(const struct sekisho_engine *engine, const char *path)
{
	struct sekisho_policy *policy = read_policy(path);
	struct sekisho_flow_total *flows;

	if (!policy || sekisho_runtime_flows(engine, policy, &flows)) {
		sekisho_policy_free(policy);
		return 1;
	}
	for (size_t i = 0; i < policy->flow_count; i++) {
		unsigned long long packets = flows[i].packets[0] + flows[i].packets[1];

		if (packets)
			printf("flow.%s %llu\nnew.%s %llu\n", flows[i].id, packets, flows[i].id,
			       (unsigned long long)flows[i].new_connections);
	}
	free(flows);
	sekisho_policy_free(policy);
	return 0;
}

static int cmd_tally(int count, char **words)
{
	struct sekisho_engine *engine = open_engine(words[0]);
	struct sekisho_status status;
	int failed = 0;

	if (!engine || sekisho_runtime_status(engine, &status))
		return 1;
	printf("generation %u\nfell_back %u\nconfirm_seconds %u\nlost_events %llu\n",
	       status.generation, status.fell_back, status.confirm_seconds,
	       (unsigned long long)status.lost_events);
	tally_reasons(engine);
	tally_pairs(engine);
	for (int i = 1; i < count && !failed; i++)
		failed = tally_flows(engine, words[i]);
	sekisho_engine_close(engine);
	return failed;
}

static int cmd_limits(int count, char **words)
{
	struct sekisho_engine *engine = open_engine(words[0]);

	(void)count;
	if (!engine)
		return 1;
	for (uint32_t i = 0; i < engine->maps[SEKISHO_MAP_LIMITS].rows; i++) {
		const struct sekisho_name_row *name =
			sekisho_engine_row(engine, SEKISHO_MAP_FLOW_NAMES, i);
		const struct sekisho_limit_row *limit =
			sekisho_engine_row(engine, SEKISHO_MAP_LIMITS, i);

		if (name && limit && name->id[0])
			printf("concurrent.%s %u\n", name->id, limit->concurrent);
	}
	sekisho_engine_close(engine);
	return 0;
}

static bool count_connection(void *context, const struct sekisho_connection *connection)
{
	(void)connection;
	++*(unsigned long *)context;
	return true;
}

static int cmd_connections(int count, char **words)
{
	struct sekisho_engine *engine = open_engine(words[0]);
	unsigned long connections = 0;

	(void)count;
	if (!engine)
		return 1;
	sekisho_runtime_connections(engine, count_connection, &connections);
	sekisho_engine_close(engine);
	printf("%lu\n", connections);
	return 0;
}

static int cmd_isolate(int count, char **words)
{
	struct sekisho_engine *engine = open_engine(words[0]);
	int error = engine ? sekisho_runtime_isolate(engine, words[1], true) : -ENOENT;

	(void)count;
	sekisho_engine_close(engine);
	return error ? 1 : 0;
}

static int cmd_suspend(int count, char **words)
{
	struct sekisho_engine *engine = open_engine(words[0]);
	struct sekisho_address address = { 0 };
	struct in_addr parsed;
	int error;

	(void)count;
	if (!engine || inet_pton(AF_INET, words[1], &parsed) != 1)
		return 1;
	address.low = ntohl(parsed.s_addr);
	error = sekisho_runtime_suspend(engine, 4, address, true);
	sekisho_engine_close(engine);
	return error ? 1 : 0;
}

/* A number for an interface that need not be there. */
static uint32_t number_of(void *context, const char *interface)
{
	uint32_t hash = 2166136261u;

	(void)context;
	for (; *interface; interface++)
		hash = (hash ^ (uint8_t)*interface) * 16777619u;
	return hash | 1;
}

static int cmd_read(int count, char **words)
{
	struct sekisho_bindings bindings = { .ifindex = number_of, .generation = 1 };
	struct sekisho_tables_problem problem;
	struct sekisho_self self = { 0 };
	struct sekisho_policy *policy;
	struct sekisho_tables *tables;
	double start = now(), read;
	struct rusage usage;

	(void)count;
	policy = read_policy(words[0]);
	if (!policy)
		return 1;
	read = now();
	if (sekisho_tables_build(policy, &self, &bindings, &tables, &problem)) {
		fprintf(stderr, "engine: the tables do not fit: fault %d\n", problem.fault);
		sekisho_policy_free(policy);
		return 1;
	}
	getrusage(RUSAGE_SELF, &usage);
	printf("read_ms %.0f\ncompile_ms %.0f\nmegabytes %ld\n", (read - start) * 1000,
	       (now() - read) * 1000, usage.ru_maxrss / 1024);
	sekisho_tables_free(tables);
	sekisho_policy_free(policy);
	return 0;
}

static const struct command {
	const char *name;
	int (*run)(int count, char **words);
	int least;
} commands[] = {
	{ "commit", cmd_commit, 2 },   { "alternate", cmd_alternate, 4 },
	{ "tally", cmd_tally, 1 },     { "limits", cmd_limits, 1 },
	{ "isolate", cmd_isolate, 2 }, { "connections", cmd_connections, 1 },
	{ "suspend", cmd_suspend, 2 }, { "read", cmd_read, 1 },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!strcmp(argv[1], commands[i].name) && argc - 2 >= commands[i].least)
			return commands[i].run(argc - 2, argv + 2);
	}
	fprintf(stderr, "usage: see the head of tests/net/programs/engine.c\n");
	return 2;
}
