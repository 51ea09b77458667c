// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where records are sent to, as people write it. Knows nothing of connections.
 */
#include "target.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *scheme;
	const char *port; /* the registered one */
} kinds[] = {
	[SEKISHO_TARGET_SYSLOG_UDP] = { "syslog+udp://", "514" },
	[SEKISHO_TARGET_SYSLOG_TCP] = { "syslog+tcp://", "601" },
	[SEKISHO_TARGET_SYSLOG_TLS] = { "syslog+tls://", "6514" },
	[SEKISHO_TARGET_IPFIX_UDP] = { "ipfix+udp://", "4739" },
	[SEKISHO_TARGET_IPFIX_TCP] = { "ipfix+tcp://", "4739" },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const char host_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-._";
static const char address_characters[] = "0123456789abcdefABCDEF:.%"
					 "ghijklmnopqrstuvwxyz-_";

static int take_port(const char *text, struct sekisho_target *target)
{
	size_t length = strlen(text);
	unsigned int number = 0;

	if (!length || length >= sizeof(target->port) || strspn(text, "0123456789") != length ||
	    text[0] == '0')
		return -EINVAL;
	for (size_t i = 0; i < length; i++)
		number = number * 10 + (unsigned int)(text[i] - '0');
	if (number > 65535)
		return -EINVAL;
	memcpy(target->port, text, length + 1);
	return 0;
}

int sekisho_target_parse(const char *text, struct sekisho_target *target)
{
	struct sekisho_target read = { 0 };
	size_t kind = 0, length;
	bool bracket;
	int error = 0;

	while (kind < KINDS && strncmp(text, kinds[kind].scheme, strlen(kinds[kind].scheme)) != 0)
		kind++;
	if (kind == KINDS)
		return -EPROTONOSUPPORT;
	read.kind = (enum sekisho_target_kind)kind;
	memcpy(read.port, kinds[kind].port, strlen(kinds[kind].port) + 1);
	text += strlen(kinds[kind].scheme);
	bracket = *text == '[';
	text += bracket;
	length = strspn(text, bracket ? address_characters : host_characters);
	if (!length || length >= sizeof(read.host) || text[0] == '-')
		return -EINVAL;
	memcpy(read.host, text, length);
	text += length;
	if (bracket && *text++ != ']')
		return -EINVAL;
	if (*text == ':')
		error = take_port(text + 1, &read);
	else if (*text && strcmp(text, "/") != 0)
		error = -EINVAL;
	if (!error)
		*target = read;
	return error;
}

bool sekisho_target_is_ipfix(const struct sekisho_target *target)
{
	return target->kind >= SEKISHO_TARGET_IPFIX_UDP;
}
