// SPDX-License-Identifier: GPL-2.0-only
/*
 * The programs of bpf/ against the reference model of docs/semantics.md, on random policies and
 * frames. Runs episodes until enough frames have been judged; the first difference is shortened,
 * written down and shown with the command that replays it. Results are KTAP.
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "both.h"
#include "devices.h"
#include "episode.h"
#include "shrink.h"

#define FRAMES_AN_EPISODE 4000
#define STATUS_SKIPPED	  4

struct options {
	uint64_t frames;
	uint64_t seed;
	unsigned int policy_every;
	bool verbose;
	bool renumber;
	bool guard;
	const char *replay;
	const char *corpus;
	const char *tape;
};

static const struct option long_options[] = {
	{ "frames", required_argument, NULL, 'f' },
	{ "seed", required_argument, NULL, 's' },
	{ "policy-every", required_argument, NULL, 'p' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "renumber", no_argument, NULL, 'n' },
	{ "guard", no_argument, NULL, 'g' },
	{ "replay", required_argument, NULL, 'r' },
	{ "corpus", required_argument, NULL, 'c' },
	{ "tape", required_argument, NULL, 't' },
	{ 0 },
};

static const char usage[] =
	"usage: differential [--frames N] [--seed S] [--policy-every N] [--renumber] [--verbose]\n"
	"                    [--tape FILE] [--guard]\n"
	"       differential --replay FILE [--tape FILE] [--guard]\n"
	"       differential --corpus DIRECTORY [--seed S]\n"
	"--policy-every N  frames between commits\n"
	"--renumber        commits may change the numbers of segments\n"
	"--replay FILE     run the ops of a file and show them\n"
	"--corpus DIR      write frames for the packet fuzzer, and run nothing\n"
	"--guard           the kernel module's guard is asked, too: it and the probe are loaded\n"
	"--tape FILE       write down what both agreed on, to be played to the kernel module\n";

static uint64_t number_argument(const char *text)
{
	char *end;
	uint64_t number = strtoull(text, &end, 0);

	if (!*text || *end)
		errx(2, "'%s' is not a number", text);
	return number;
}

static void read_options(int argc, char **argv, struct options *options)
{
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (option) {
		case 'f':
			options->frames = number_argument(optarg);
			break;
		case 's':
			options->seed = number_argument(optarg);
			break;
		case 'p':
			options->policy_every = (unsigned int)number_argument(optarg);
			break;
		case 'v':
			options->verbose = true;
			break;
		case 'n':
			options->renumber = true;
			break;
		case 'g':
			options->guard = true;
			break;
		case 'r':
			options->replay = optarg;
			break;
		case 'c':
			options->corpus = optarg;
			break;
		case 't':
			options->tape = optarg;
			break;
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (optind < argc || !options->policy_every) {
		fputs(usage, stderr);
		exit(2);
	}
}

static void stay_on_this_processor(void)
{
	cpu_set_t set;
	int processor = sched_getcpu();

	CPU_ZERO(&set);
	CPU_SET(processor < 0 ? 0 : processor, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		err(1, "sched_setaffinity");
}

static void skip(const char *why)
{
	printf("TAP version 13\n1..0 # SKIP %s\n", why);
	exit(STATUS_SKIPPED);
}

static void load(struct sides *sides, bool guard)
{
	static uint32_t indexes[WORLD_DEVICES];
	char complaint[4096] = "";
	int error;

	stay_on_this_processor();
	error = devices_make(WORLD_DEVICES, indexes);
	if (error == -EPERM)
		skip("needs root");
	if (error)
		errx(1, "devices: %s", strerror(-error));
	sides->kernel = kernel_side_load(indexes, complaint, sizeof(complaint));
	if (!sides->kernel)
		errx(1, "cannot load the programs: %s", complaint);
	sides->guard = guard ? guard_side_open() : NULL;
	if (guard && !sides->guard)
		skip("the module or the probe is not loaded");
}

static void unload(const struct sides *sides)
{
	guard_side_close(sides->guard);
	kernel_side_free(sides->kernel);
}

/* A line may be long; KTAP wants each to be a comment. */
static void print_as_comments(void (*print)(const void *subject, FILE *stream), const void *subject)
{
	char *text = NULL, *line;
	size_t bytes = 0;
	FILE *stream = open_memstream(&text, &bytes);

	if (!stream)
		err(1, "no memory");
	print(subject, stream);
	fclose(stream);
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		printf("# %s\n", line);
	free(text);
}

static void print_ops(const void *subject, FILE *stream)
{
	ops_print(subject, stream);
}

static void print_difference(const void *subject, FILE *stream)
{
	difference_print(subject, stream);
}

static void report(const struct sides *sides, const struct ops *ops, struct difference *difference,
		   const char *program)
{
	const char *directory = getenv("TMPDIR");
	struct ops shorter = ops_select(ops, NULL);
	char path[4096];
	int error;

	print_as_comments(print_difference, difference);
	printf("# shortening %zu ops\n", ops->count);
	fflush(stdout);
	shrink(sides, &shorter, difference);
	snprintf(path, sizeof(path), "%s/difference.ops", directory ? directory : "build");
	error = ops_write(&shorter, path);
	if (error)
		printf("# cannot write %s: %s\n", path, strerror(-error));
	print_as_comments(print_ops, &shorter);
	print_as_comments(print_difference, difference);
	printf("# again: %s --replay %s%s\n", program, path, sides->guard ? " --guard" : "");
	free(shorter.items);
}

static int replay(const struct options *options)
{
	struct tape *tape = options->tape ? tape_create(options->tape) : NULL;
	struct difference difference;
	struct ops ops = { 0 };
	struct sides sides;
	bool agree;
	int error = ops_read(&ops, options->replay);

	if (error)
		errx(1, "%s: %s", options->replay, strerror(-error));
	load(&sides, options->guard);
	ops_print(&ops, stdout);
	agree = both_run(&sides, &ops, &difference, NULL, tape);
	if (agree)
		tape_finish(tape);
	else
		difference_print(&difference, stdout);
	puts(agree ? "no difference" : "a difference");
	ops_free(&ops);
	unload(&sides);
	return !agree;
}

/* Input of the packet fuzzer: whether there is a hardware tag, the tag, the frame. */
static int write_corpus(const struct options *options)
{
	const struct episode_options wanted = { options->seed, 2000, options->policy_every, false };
	const uint8_t prefix[3] = { 0 };
	struct ops ops = { 0 };
	char path[4096];

	episode_make(&wanted, &ops);
	for (size_t i = 0; i < ops.count; i++) {
		const struct op_frame *frame = ops.items[i].frame;
		FILE *file;

		if (!frame)
			continue;
		snprintf(path, sizeof(path), "%s/frame-%zu", options->corpus, i);
		file = fopen(path, "we");
		if (!file)
			err(1, "%s", path);
		fwrite(prefix, 1, sizeof(prefix), file);
		fwrite(frame->bytes, 1, frame->length, file);
		if (fclose(file))
			err(1, "%s", path);
	}
	ops_free(&ops);
	return 0;
}

static bool run_episodes(const struct sides *sides, const struct options *options,
			 const char *program, struct totals *totals, struct difference *difference)
{
	struct tape *tape = options->tape ? tape_create(options->tape) : NULL;
	struct random seeds = { options->seed };
	bool agree = true;

	while (agree && totals->frames < options->frames) {
		struct episode_options wanted = { random_number(&seeds), FRAMES_AN_EPISODE,
						  options->policy_every, options->renumber };
		struct ops ops = { 0 };

		if (options->frames - totals->frames < wanted.frames)
			wanted.frames = (unsigned int)(options->frames - totals->frames);
		episode_make(&wanted, &ops);
		agree = both_run(sides, &ops, difference, totals, tape);
		if (!agree)
			report(sides, &ops, difference, program);
		ops_free(&ops);
		if (options->verbose && agree)
			printf("# %" PRIu64 " frames, %u connections at most\n", totals->frames,
			       totals->most_connections);
		fflush(stdout);
	}
	if (agree)
		tape_finish(tape);
	return agree;
}

/* Of every reason: what the model has to say of it, and whether it was reached. */
static unsigned int print_results(const struct totals *totals, const struct difference *difference)
{
	static const unsigned int reasons[] = {
#define REASON_NUMBER(number, symbol, name, class, english, japanese) number,
		SEKISHO_REASONS(REASON_NUMBER)
#undef REASON_NUMBER
	};
	unsigned int failed = 0, test = 0;
	bool agree = difference->kind == DIFFERENCE_NONE;
	bool conserved = difference->kind != DIFFERENCE_TALLY;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
		uint64_t count = totals->reasons[reasons[i]];
		const char *name = reason_name(reasons[i]);

		printf("# %s %" PRIu64 "\n", name, count);
		/* Forwarded frames are judged on input; the model does not follow them out. */
		if (reasons[i] == SEKISHO_REASON_UNJUDGED) {
			printf("ok %u reason %s is reached # SKIP only forwarded frames have it\n",
			       ++test, name);
			continue;
		}
		printf("%s %u reason %s is reached\n", count ? "ok" : "not ok", ++test, name);
		failed += !count;
	}
	printf("%s %u no difference in %" PRIu64 " frames\n", agree || !conserved ? "ok" : "not ok",
	       ++test, totals->frames);
	printf("%s %u conservation\n", conserved ? "ok" : "not ok", ++test);
	printf("%s %u some commits change single flows\n", totals->patched ? "ok" : "not ok",
	       ++test);
	return failed + !agree + !totals->patched;
}

static unsigned int reasons_there_are(void)
{
	unsigned int count = 0;

#define REASON_COUNT(number, symbol, name, class, english, japanese) count++;
	SEKISHO_REASONS(REASON_COUNT)
#undef REASON_COUNT
	return count;
}

static int run(const struct options *options, const char *program)
{
	struct difference difference = { .kind = DIFFERENCE_NONE };
	struct totals totals = { 0 };
	struct timespec begin, end;
	double seconds;
	unsigned int failed;
	struct sides sides;

	load(&sides, options->guard);
	printf("TAP version 13\n1..%u\n# seed %" PRIu64 "\n", reasons_there_are() + 3,
	       options->seed);
	fflush(stdout);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	run_episodes(&sides, options, program, &totals, &difference);
	clock_gettime(CLOCK_MONOTONIC, &end);
	seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
	printf("# %" PRIu64 " frames, %" PRIu64 " of them output; %" PRIu64 " commits, %" PRIu64
	       " of single flows; %u connections at most; %.0f frames a second\n",
	       totals.frames, totals.outputs, totals.commits, totals.patched,
	       totals.most_connections, (double)totals.frames / seconds);
	failed = print_results(&totals, &difference);
	unload(&sides);
	return failed ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct options options = { .frames = 100000, .seed = 1, .policy_every = 1000 };

	read_options(argc, argv, &options);
	if (options.replay)
		return replay(&options);
	if (options.corpus)
		return write_corpus(&options);
	return run(&options, argv[0]);
}
