/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Feeds arbitrary bytes to the policy reader: it must refuse or accept, never misbehave, and what
 * it accepts must have a canonical text. Knows nothing of what is right.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/canonical.h"
#include "policy/diagnostics.h"
#include "policy/policy_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *nowhere;
	struct sekisho_diagnostics diagnostics = { 0 };
	struct sekisho_policy *policy;
	size_t length;
	char *text;

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	if (!nowhere)
		abort();
	policy = sekisho_policy_text_read("fuzz", (const char *)data, size, &diagnostics);
	if (!policy == !diagnostics.errors)
		abort();
	sekisho_diagnostics_print(&diagnostics, nowhere);
	if (sekisho_diagnostics_json(&diagnostics, nowhere))
		abort();
	if (policy) {
		text = sekisho_policy_canonical(policy, &length);
		if (!text)
			abort();
		free(text);
	}
	sekisho_diagnostics_free(&diagnostics);
	sekisho_policy_free(policy);
	return 0;
}
