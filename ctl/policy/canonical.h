/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one text of a policy, whatever file it came from: what the digest is taken of.
 * Knows nothing of files or YAML.
 */
#ifndef SEKISHO_POLICY_CANONICAL_H
#define SEKISHO_POLICY_CANONICAL_H

#include <stddef.h>

#include "model/policy.h"

/**
 * sekisho_policy_canonical - write a policy as canonical JSON
 * @policy: the policy
 * @length: receives the bytes, without the terminator
 *
 * One object a line, each ended by LF: the site, then segments, gateways and flows, each sorted by
 * name; keys sorted; integers only; UTF-8. The zone's offsets are not in it, only its name: they
 * are the system's, and a text must not change with the day it is written.
 *
 * Return: the text, to be freed with free(), or NULL without memory.
 */
char *sekisho_policy_canonical(const struct sekisho_policy *policy, size_t *length);

/**
 * sekisho_policy_digest - set policy->digest to the SHA-256 of the canonical text
 * @policy: the policy
 *
 * Return: 0, or -ENOMEM.
 */
int sekisho_policy_digest(struct sekisho_policy *policy);

#endif
