// SPDX-License-Identifier: GPL-2.0-only
/*
 * forward_policy: writes the forwarding benchmark's policy in each language.
 *
 *	forward_policy sekisho kernel|fast ENTRIES CONNECTIONS	for sekishoctl
 *	forward_policy set ENTRIES established|all		for nft: one interval set
 *	forward_policy rules ENTRIES established|all		for nft: a rule an entry, UDP only
 *
 * established: what belongs to a connection is accepted first. Each entry permits UDP and TCP; nft
 * looks for UDP first. Knows nothing of frames.
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forward_flow.h"

struct text {
	char from[INET_ADDRSTRLEN + 4];
	char to[INET_ADDRSTRLEN + 4];
	unsigned int first_port;
	unsigned int last_port;
};

static void prefix_text(char *text, size_t size, __u32 address, __u32 length)
{
	snprintf(text, size, "%u.%u.%u.%u/%u", address >> 24, address >> 16 & 255,
		 address >> 8 & 255, address & 255, length);
}

static void entry_text(struct text *text, __u32 entry)
{
	prefix_text(text->from, sizeof(text->from), forward_source(entry),
		    forward_source_length(entry));
	prefix_text(text->to, sizeof(text->to), forward_destination(entry),
		    forward_destination_length(entry));
	text->first_port = forward_port(entry);
	text->last_port = text->first_port + FORWARD_PORTS - 1;
}

static void write_sekisho(const char *forward, __u32 entries, const char *connections)
{
	struct text text;

	printf("sekisho: 1\n"
	       "site: {name: 試験市, timezone: Asia/Tokyo, forward: %s, "
	       "state: {connections: %s}}\n"
	       "segments:\n"
	       "  - {name: left, kind: other, ports: [{interface: left}], "
	       "networks: [10.0.0.0/9]}\n"
	       "  - {name: right, kind: other, ports: [{interface: right}], "
	       "networks: [10.128.0.0/9]}\n"
	       "flows:\n",
	       forward, connections);
	for (__u32 i = 0; i < entries; i++) {
		entry_text(&text, i);
		printf("  - {id: F-%06u, from: {segment: left, hosts: [%s]}, "
		       "to: {segment: right, hosts: [%s]}, services: [udp/%u-%u, tcp/%u-%u], "
		       "purpose: 試験, "
		       "requested_by: 試験課 A, approved_by: 試験部 B, approved_on: 2020-04-01, "
		       "valid_until: 2097-03-31, log: none}\n",
		       i, text.from, text.to, text.first_port, text.last_port, text.first_port,
		       text.last_port);
	}
}

static void write_elements(__u32 entries)
{
	struct text text;

	printf("\telements = {\n");
	for (__u32 i = 0; i < entries; i++) {
		entry_text(&text, i);
		printf("%s . %s . %u-%u,\n", text.from, text.to, text.first_port, text.last_port);
	}
	printf("\t}\n");
}

static void write_rules(__u32 entries)
{
	struct text text;

	for (__u32 i = 0; i < entries; i++) {
		entry_text(&text, i);
		printf("ip saddr %s ip daddr %s udp dport %u-%u accept\n", text.from, text.to,
		       text.first_port, text.last_port);
	}
}

static void write_nft(int set, __u32 entries, int established)
{
	printf("table ip bench {\n");
	if (set) {
		printf("set permitted {\n\ttype ipv4_addr . ipv4_addr . inet_service\n"
		       "\tflags interval\n");
		write_elements(entries);
		printf("}\n");
	}
	printf("chain forward {\n\ttype filter hook forward priority 0; policy drop;\n");
	if (established)
		printf("ct state established accept\n");
	if (set)
		printf("ip saddr . ip daddr . udp dport @permitted accept\n"
		       "ip saddr . ip daddr . tcp dport @permitted accept\n");
	else
		write_rules(entries);
	printf("}\n}\n");
}

static __u32 entries_of(const char *text)
{
	unsigned long entries = strtoul(text, NULL, 10);

	if (!entries || entries > FORWARD_ENTRIES_MAX)
		errx(2, "1 to %d entries", FORWARD_ENTRIES_MAX);
	return entries;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "sekisho"))
		write_sekisho(argv[2], entries_of(argv[3]), argv[4]);
	else if (argc == 4)
		write_nft(!strcmp(argv[1], "set"), entries_of(argv[2]),
			  !strcmp(argv[3], "established"));
	else
		errx(2, "usage: forward_policy sekisho MODE ENTRIES CONNECTIONS | "
			"set|rules ENTRIES established|all");
	return fflush(stdout) ? 1 : 0;
}
