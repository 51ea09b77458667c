// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads every program of a BPF object, pins and attaches nothing, and prints a line a program: what
 * its verification took and what became of it. Where the verifier refuses, prints the end of its
 * log. Must not know how much of either is too much.
 *
 *	ingress processed 61234 translated 20480 jited 12345 - insns (limit 1000000) ...
 *
 * Instructions that the verifier looked at, bytes that it passed on, bytes of machine code (0
 * without the JIT); the rest is the verifier's.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

/* Of the verifier's log: only the figures at the end, or every step. */
#define LOG_FIGURES 4
#define LOG_STEPS   1

#define FIGURES_BYTES 4096
#define STEPS_BYTES   (64u << 20)
#define STEPS_SHOWN   60
#define PROGRAMS_MAX  64

/* Before the first of the verifier's figures. */
#define PROCESSED "processed "

/* libbpf would repeat the logs. */
static int stay_silent(enum libbpf_print_level level, const char *format, va_list arguments)
{
	if (level == LIBBPF_WARN && !strstr(format, "PROG LOAD LOG"))
		return vfprintf(stderr, format, arguments);
	return 0;
}

/* The last lines of @log, without those on what the verifier tracked backwards. */
static void print_end(const char *log)
{
	const char *lines[STEPS_SHOWN];
	size_t count = 0;

	for (const char *line = log; line && *line;) {
		const char *end = strchr(line, '\n');

		if (strncmp(line, "regs=", 5))
			lines[count++ % STEPS_SHOWN] = line;
		line = end ? end + 1 : NULL;
	}
	for (size_t i = count > STEPS_SHOWN ? count - STEPS_SHOWN : 0; i < count; i++) {
		const char *line = lines[i % STEPS_SHOWN];

		printf("%.*s\n", (int)strcspn(line, "\n"), line);
	}
}

static bool print_program(const struct bpf_program *program, const char *figures)
{
	const char *name = bpf_program__name(program), *line = strstr(figures, PROCESSED);
	struct bpf_prog_info info = { 0 };
	__u32 bytes = sizeof(info);
	unsigned long processed;
	char *rest;

	if (!line) {
		fprintf(stderr, "%s: the verifier does not say what it processed\n", name);
		return false;
	}
	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &bytes)) {
		perror(name);
		return false;
	}
	processed = strtoul(line + strlen(PROCESSED), &rest, 10);
	printf("%s processed %lu translated %u jited %u -%.*s\n", name, processed,
	       info.xlated_prog_len, info.jited_prog_len, (int)strcspn(rest, "\n"), rest);
	return true;
}

static bool print_figures(const struct bpf_object *object, char (*figures)[FIGURES_BYTES])
{
	struct bpf_program *program;
	bool all = true;
	size_t i = 0;

	bpf_object__for_each_program(program, object)
	{
		all = print_program(program, figures[i++]) && all;
	}
	return all;
}

static bool load(const char *path, char (*figures)[FIGURES_BYTES])
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;
	bool loaded = false;
	size_t i = 0;

	if (!object) {
		perror(path);
		return false;
	}
	bpf_object__for_each_program(program, object)
	{
		if (i == PROGRAMS_MAX) {
			fprintf(stderr, "%s has too many programs\n", path);
			goto close;
		}
		bpf_program__set_log_level(program, LOG_FIGURES);
		bpf_program__set_log_buf(program, figures[i++], FIGURES_BYTES);
	}
	if (i && !bpf_object__load(object))
		loaded = print_figures(object, figures);
close:
	bpf_object__close(object);
	return loaded;
}

/* Once more with all steps, until the program that is refused. */
static void explain(const char *path, char *steps)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;

	if (!object)
		return;
	libbpf_set_print(NULL); /* what it has to say was said */
	bpf_object__for_each_program(program, object)
	{
		bpf_program__set_log_level(program, LOG_STEPS);
		/* Each program begins it anew. */
		bpf_program__set_log_buf(program, steps, STEPS_BYTES);
	}
	if (bpf_object__load(object))
		print_end(steps);
	bpf_object__close(object);
}

int main(int argc, char **argv)
{
	static char figures[PROGRAMS_MAX][FIGURES_BYTES];
	char *steps;

	if (argc != 2) {
		fprintf(stderr, "usage: load OBJECT\n");
		return 2;
	}
	libbpf_set_print(stay_silent);
	if (load(argv[1], figures))
		return 0;
	steps = calloc(1, STEPS_BYTES);
	if (steps)
		explain(argv[1], steps);
	free(steps);
	return 1;
}
