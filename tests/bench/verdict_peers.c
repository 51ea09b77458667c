// SPDX-License-Identifier: GPL-2.0-only
/*
 * The smallest policy that xdp-filter has, too: 200 source addresses may pass, others not. The
 * addresses come from verdict.sh, which tells the peers.
 */
#include "verdict_cases.h"

#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy_file.h"

#define ADDRESSES_MAX 1024
#define ACK	      "eth ip src=10.0.0.1 dst=10.1.0.1 tcp sport=4000 dport=443 seq=1001 ack=5001 flags=A"
#define SYN	      "eth ip src=10.0.0.1 dst=10.1.0.1 tcp sport=4000 dport=443 flags=S"

static const char head[] =
	"sekisho: 1\n"
	"site: {name: x, timezone: Asia/Tokyo}\n"
	"segments:\n"
	"  - {name: a, kind: other, ports: [{interface: pa}], networks: [10.0.0.0/16]}\n"
	"  - {name: b, kind: other, ports: [{interface: pb}], networks: [10.1.0.0/16]}\n"
	"flows:\n"
	"  - {id: ALL, to: {segment: b}, services: [tcp/1-65535], log: none,\n"
	"     purpose: x, requested_by: a, approved_by: b, approved_on: 2020-04-01,\n"
	"     valid_until: 2097-03-31, from: {segment: a, hosts: [";

static char addresses[ADDRESSES_MAX][INET_ADDRSTRLEN];

static uint32_t read_addresses(const char *path)
{
	FILE *file = fopen(path, "r");
	uint32_t count = 0;

	if (!file)
		err(1, "%s", path);
	while (count < ADDRESSES_MAX && fscanf(file, "%15s", addresses[count]) == 1)
		count++;
	fclose(file);
	if (!count)
		errx(1, "%s: no addresses", path);
	return count;
}

static struct sekisho_policy *policy_of(uint32_t count)
{
	struct sekisho_diagnostics diagnostics = { 0 };
	struct sekisho_policy *policy;
	char *text;
	size_t length;
	FILE *file = open_memstream(&text, &length);

	if (!file)
		err(1, "no memory");
	fputs(head, file);
	for (uint32_t i = 0; i < count; i++)
		fprintf(file, "%s%s", i ? ", " : "", addresses[i]);
	fputs("]}}\n", file);
	fclose(file);
	policy = sekisho_policy_text_read("addresses", text, length, &diagnostics);
	if (!policy) {
		sekisho_diagnostics_print(&diagnostics, stderr);
		exit(1);
	}
	sekisho_diagnostics_free(&diagnostics);
	free(text);
	return policy;
}

static void fill_rows(struct frame_set *set, uint32_t count)
{
	memset(frame_rows4, 0, count * sizeof(*frame_rows4));
	for (uint32_t i = 0; i < count; i++) {
		frame_rows4[i].source = inet_addr(addresses[i]);
		frame_rows4[i].destination = htonl(0x0a010001);
		frame_rows4[i].source_port = htons(4000);
		frame_rows4[i].destination_port = htons(443);
	}
	set->rows = count;
}

/* The peers must agree, or they have another policy. */
static void check_peers(const struct bench *bench, const struct frame_set *set, uint32_t wanted)
{
	for (size_t i = 0; i < bench->peer_count; i++) {
		uint32_t verdict;

		if (set->rows && !bench->peers[i].rotate)
			continue;
		for (uint32_t j = 0; j < (set->rows ? set->rows : 1); j++) {
			if (j)
				subject_run_on(&bench->peers[i], set, 1, &verdict);
			else
				subject_run(&bench->peers[i], set, 1, &verdict);
			if (verdict != wanted)
				warnx("%s says %u where ours says %u", bench->peers[i].name,
				      verdict, wanted);
		}
	}
}

static void measure(struct bench *bench, const char *name, struct frame_set *set,
		    const char *reason, unsigned int flags)
{
	struct trial trial = { .name = name,
			       .parameter = "{\"addresses\":200}",
			       .reason = reason,
			       .set = set,
			       .flags = flags | TRIAL_PEERS | TRIAL_PARSE | TRIAL_EMPTY };

	trial_run(bench, &trial);
}

static void measure_sets(struct bench *bench, struct frame_set *ack, struct frame_set *syn)
{
	border_connect(&bench->border, ack, bench->port_b);
	check_peers(bench, ack, XDP_PASS);
	measure(bench,
		ack->rows ? "beside peers: permitted, established, in turn"
			  : "beside peers: permitted, established, one frame",
		ack, "permit-established", 0);
	border_forget(&bench->border);
	sekisho_engine_control(bench->border.engine)->deny_new = 1;
	measure(bench,
		syn->rows ? "beside peers: permitted, first packet, in turn"
			  : "beside peers: permitted, first packet, one frame",
		syn, "limit", TRIAL_QUIET | TRIAL_NO_OURS);
	sekisho_engine_control(bench->border.engine)->deny_new = 0;
}

void verdict_beside_peers(struct bench *bench)
{
	uint32_t count = read_addresses(bench->addresses);
	struct sekisho_policy *policy = policy_of(count);
	struct frame_set ack, syn, foreign;

	border_open(&bench->border, policy);
	frame_set_words(&ack, ACK, bench->port_a);
	frame_set_words(&syn, SYN, bench->port_a);
	fill_rows(&ack, count);
	fill_rows(&syn, count);
	measure_sets(bench, &ack, &syn);
	/* The first address alone. */
	memcpy(ack.bytes + ack.network + 12, &frame_rows4[0].source, 4);
	memcpy(syn.bytes + syn.network + 12, &frame_rows4[0].source, 4);
	ack.rows = 0;
	syn.rows = 0;
	measure_sets(bench, &ack, &syn);
	frame_set_words(&foreign,
			"eth ip src=10.0.255.254 dst=10.1.0.1 tcp sport=1 dport=443 flags=S",
			bench->port_a);
	check_peers(bench, &foreign, XDP_DROP);
	measure(bench, "beside peers: denied, one frame", &foreign, "not-listed", TRIAL_QUIET);
	sekisho_policy_free(policy);
}
