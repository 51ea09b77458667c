// SPDX-License-Identifier: GPL-2.0-only
/*
 * policy_equals: whether the module has, object for object, the policy of a file, as the tool would
 * send it from this network namespace. Status 0: it has. 1: it has another. 2: it could not be asked.
 */
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "kernel/host.h"
#include "kernel/module.h"
#include "policy/policy_file.h"

static uint32_t number_of(void *context, const char *interface)
{
	(void)context;
	return if_nametoindex(interface);
}

static int ask(const struct sekisho_policy *policy, bool *equal)
{
	struct sekisho_self self = { 0 };
	struct sekisho_module *module;
	int error = sekisho_module_open(&module);

	if (error)
		return error;
	error = sekisho_host_addresses(&self);
	if (!error)
		error = sekisho_module_equals(module, policy, &self, number_of, NULL, equal);
	sekisho_host_addresses_free(&self);
	sekisho_module_close(module);
	return error;
}

int main(int argc, char **argv)
{
	struct sekisho_diagnostics diagnostics = { 0 };
	struct sekisho_policy *policy;
	bool equal = false;
	int error;

	if (argc != 2) {
		fprintf(stderr, "usage: policy_equals POLICY\n");
		return 2;
	}
	policy = sekisho_policy_file_read(argv[1], &diagnostics);
	sekisho_diagnostics_free(&diagnostics);
	if (!policy) {
		fprintf(stderr, "policy_equals: %s is no policy\n", argv[1]);
		return 2;
	}
	error = ask(policy, &equal);
	sekisho_policy_free(policy);
	if (error) {
		fprintf(stderr, "policy_equals: %s\n", strerror(-error));
		return 2;
	}
	return equal ? 0 : 1;
}
