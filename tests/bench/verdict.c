// SPDX-License-Identifier: GPL-2.0-only
/*
 * verdict: what a verdict costs, in nanoseconds of processor time, by the kernel's test run.
 *
 *	verdict DIRECTORY ADDRESSES [NAME=PIN]...
 *
 * DIRECTORY is where the engine is to be pinned; the interfaces pa, pb and pc exist. ADDRESSES is a
 * file of addresses that the peers let pass. A peer is a pinned XDP program. QUICK=1: less of all.
 * VERDICT_ONLY=LETTERS: only some groups (r: by reason, c: by connections, f: by flows, p: peers).
 */
#include <err.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "verdict_cases.h"

#define FLOOR_OBJECT "build/bench/verdict_floor.bpf.o"

static const struct group {
	char letter;
	void (*run)(struct bench *bench);
} groups[] = {
	{ 'r', verdict_by_reason },
	{ 'p', verdict_beside_peers },
	{ 'c', verdict_by_connections },
	{ 'f', verdict_by_flows },
};

static int floor_program(const struct bpf_object *object, const char *name)
{
	const struct bpf_program *program = bpf_object__find_program_by_name(object, name);

	if (!program)
		errx(1, "%s has no program %s", FLOOR_OBJECT, name);
	return bpf_program__fd(program);
}

static void open_floor(struct bench *bench)
{
	struct bpf_object *object = bpf_object__open_file(FLOOR_OBJECT, NULL);

	if (!object || bpf_object__load(object))
		errx(1, "%s does not load", FLOOR_OBJECT);
	subject_open(&bench->empty, "empty", floor_program(object, "empty"));
	subject_open_output(&bench->empty_output, "empty", floor_program(object, "empty_output"));
	subject_open(&bench->parse, "parse only", floor_program(object, "parse"));
}

static void open_peer(struct bench *bench, char *word)
{
	char *pin = strchr(word, '=');
	int program;

	if (!pin || bench->peer_count == TRIAL_PEERS_MAX)
		errx(2, "a peer is NAME=PIN: %s", word);
	*pin++ = '\0';
	program = bpf_obj_get(pin);
	if (program < 0)
		err(1, "%s", pin);
	subject_open(&bench->peers[bench->peer_count++], word, program);
}

static uint32_t interface(const char *name)
{
	uint32_t index = if_nametoindex(name);

	if (!index)
		err(1, "%s", name);
	return index;
}

int main(int argc, char **argv)
{
	const char *quick = getenv("QUICK"), *only = getenv("VERDICT_ONLY");
	struct bench bench = { .rounds = 7, .repeat = 1000000 };

	if (argc < 3) {
		fprintf(stderr, "usage: verdict DIRECTORY ADDRESSES [NAME=PIN]...\n");
		return 2;
	}
	if (quick && !strcmp(quick, "1")) {
		bench.quick = true;
		bench.rounds = 3;
		bench.repeat = 200000;
	}
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	bench.border.directory = argv[1];
	bench.addresses = argv[2];
	bench.port_a = interface("pa");
	bench.port_b = interface("pb");
	open_floor(&bench);
	for (int i = 3; i < argc; i++)
		open_peer(&bench, argv[i]);
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (!only || strchr(only, groups[i].letter))
			groups[i].run(&bench);
	}
	border_close(&bench.border);
	return 0;
}
