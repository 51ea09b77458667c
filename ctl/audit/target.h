/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where records are sent to, as people write it: `syslog+tls://log.example:6514`. Pure. Knows
 * nothing of connections.
 */
#ifndef SEKISHO_AUDIT_TARGET_H
#define SEKISHO_AUDIT_TARGET_H

#include <stdbool.h>

enum sekisho_target_kind {
	SEKISHO_TARGET_SYSLOG_UDP,
	SEKISHO_TARGET_SYSLOG_TCP,
	SEKISHO_TARGET_SYSLOG_TLS,
	SEKISHO_TARGET_IPFIX_UDP,
	SEKISHO_TARGET_IPFIX_TCP,
};

struct sekisho_target {
	enum sekisho_target_kind kind;
	char host[254]; /* a name or an address, an IPv6 address without its brackets */
	char port[6]; /* a number */
};

/**
 * sekisho_target_parse - read SCHEME://HOST[:PORT]
 * @text: an IPv6 address stands in brackets
 * @target: filled in on success; without a port it gets the scheme's own
 *
 * Return: 0; -EPROTONOSUPPORT (no such scheme); -EINVAL (no host, or no such port).
 */
int sekisho_target_parse(const char *text, struct sekisho_target *target);

bool sekisho_target_is_ipfix(const struct sekisho_target *target);

#endif
