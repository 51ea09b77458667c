// SPDX-License-Identifier: GPL-2.0-only
/*
 * stage_time POLICY: how long the module takes for the policy of a file, from the first request of a
 * transaction to the answer to its commit; several times. A measurement, not a test.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "kernel/module.h"
#include "policy/policy_file.h"

#define TIMES 5

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Interfaces need not be there: the module is asked for its time, not for verdicts. */
static uint32_t number_of(void *context, const char *interface)
{
	(void)context;
	(void)interface;
	return 0;
}

static int put_in_force(struct sekisho_module *module, const struct sekisho_policy *policy,
			uint32_t generation)
{
	const struct sekisho_self self = { 0 };
	double begun = now_ms(), staged, ended;
	int error = sekisho_module_stage(module, policy, &self, number_of, NULL);

	staged = now_ms();
	if (!error)
		error = sekisho_module_commit(module, generation, policy->digest, 0, 0);
	ended = now_ms();
	if (!error)
		printf("%zu flows: staged in %.0f ms, committed in %.1f ms more\n",
		       policy->flow_count, staged - begun, ended - staged);
	if (!error)
		error = sekisho_module_confirm(module, generation);
	return error;
}

int main(int argc, char **argv)
{
	struct sekisho_diagnostics diagnostics = { 0 };
	struct sekisho_policy *policy = NULL;
	struct sekisho_module *module = NULL;
	int error;

	if (argc != 2)
		return 2;
	policy = sekisho_policy_file_read(argv[1], &diagnostics);
	sekisho_diagnostics_free(&diagnostics);
	if (!policy) {
		fprintf(stderr, "stage_time: %s is no policy\n", argv[1]);
		return 2;
	}
	error = sekisho_module_open(&module);
	for (int i = 1; i <= TIMES && !error; i++)
		error = put_in_force(module, policy, (uint32_t)i);
	if (error)
		fprintf(stderr, "stage_time: %s; %s\n", strerror(-error),
			module ? sekisho_module_text(module) : "");
	sekisho_module_close(module);
	sekisho_policy_free(policy);
	return error ? 1 : 0;
}
