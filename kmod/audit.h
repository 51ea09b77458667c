/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The second witness: changes and refusals go to the kernel's audit subsystem with the loginuid
 * of whoever asked. Knows nothing of how they came about.
 */
#ifndef SEKISHO_KMOD_AUDIT_H
#define SEKISHO_KMOD_AUDIT_H

#include <linux/types.h>

struct sekisho_border;

/**
 * sekisho_audit - write an audit record
 * @border: whose; its namespace's number is written
 * @operation: "commit", "isolate", ...: a word
 * @generation: in force afterwards
 * @digest: 32 bytes of the policy, or NULL
 * @subject: segment, address or reason of a refusal, or NULL; any bytes, encoded as auditd expects
 * @result: 0, or the -errno it was refused with
 *
 * Process context.
 */
void sekisho_audit(const struct sekisho_border *border, const char *operation, u32 generation,
		   const u8 *digest, const char *subject, int result);

#endif
