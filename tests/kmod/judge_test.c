// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's judge against the reference model of docs/semantics.md, both in user space, on the
 * random policies and frames of tests/differential/. Needs no kernel and no rights. Results are
 * KTAP; the first difference is shortened, shown and written to a file that --replay takes.
 */
#include <err.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "episode.h"
#include "judge_run.h"

#define FRAMES_AN_EPISODE 4000

struct options {
	uint64_t frames;
	uint64_t seed;
	unsigned int policy_every;
	const char *replay;
	const char *keep;
};

static const struct option long_options[] = {
	{ "frames", required_argument, NULL, 'f' },
	{ "seed", required_argument, NULL, 's' },
	{ "policy-every", required_argument, NULL, 'p' },
	{ "replay", required_argument, NULL, 'r' },
	{ "keep", required_argument, NULL, 'k' },
	{ 0 },
};

static const char usage[] =
	"usage: judge_test [--frames N] [--seed S] [--policy-every N] [--keep FILE]\n"
	"       judge_test --replay FILE\n"
	"--policy-every N  frames between commits\n"
	"--keep FILE       where the ops of a difference are written\n";

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
		case 'r':
			options->replay = optarg;
			break;
		case 'k':
			options->keep = optarg;
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

static void print_outcome(const char *who, const struct outcome *outcome)
{
	printf("# %s: %s, segment %d to %d, flow %d%s\n", who, judge_reason_name(outcome->reason),
	       (int16_t)outcome->from, (int16_t)outcome->to, (int)outcome->flow,
	       outcome->reply ? ", reply" : "");
}

static void print_parting(const struct ops *ops, const struct parting *parting)
{
	printf("# they part at op %zu of %zu\n", parting->at, ops->count);
	print_outcome("module", &parting->module);
	print_outcome("model", &parting->model);
	fflush(stdout);
}

static void report(struct judge_side *side, const struct ops *ops, struct parting *parting,
		   const struct options *options)
{
	struct ops shorter = ops_select(ops, NULL);

	print_parting(ops, parting);
	judge_shorten(side, &shorter, parting);
	print_parting(&shorter, parting);
	ops_print(&shorter, stderr);
	if (options->keep && ops_write(&shorter, options->keep))
		warn("%s", options->keep);
	free(shorter.items);
}

static int replay(const char *path)
{
	struct judge_side *side = judge_side_new();
	struct parting parting = { 0 };
	struct ops ops = { 0 };
	bool agree;

	if (ops_read(&ops, path))
		errx(1, "%s: not a list of ops", path);
	agree = judge_run(side, &ops, NULL, &parting);
	ops_print(&ops, stderr);
	if (!agree)
		print_parting(&ops, &parting);
	ops_free(&ops);
	judge_side_free(side);
	return !agree;
}

static bool run_episodes(struct judge_side *side, const struct options *options,
			 struct judge_totals *totals)
{
	struct random seeds = { options->seed };
	unsigned int episodes = 0;
	bool agree = true;

	while (agree && totals->frames < options->frames) {
		/* Every second episode gives segments other numbers. */
		struct episode_options wanted = { random_number(&seeds), FRAMES_AN_EPISODE,
						  options->policy_every, episodes++ % 2 };
		struct parting parting = { 0 };
		struct ops ops = { 0 };

		if (options->frames - totals->frames < wanted.frames)
			wanted.frames = (unsigned int)(options->frames - totals->frames);
		episode_make(&wanted, &ops);
		agree = judge_run(side, &ops, totals, &parting);
		if (!agree)
			report(side, &ops, &parting, options);
		ops_free(&ops);
	}
	return agree;
}

static const unsigned int reasons[] = {
#define REASON_NUMBER(number, symbol, name, class, english, japanese) number,
	SEKISHO_REASONS(REASON_NUMBER)
#undef REASON_NUMBER
};

#define REASON_COUNT (sizeof(reasons) / sizeof(*reasons))

static unsigned int print_reasons(const struct judge_totals *totals)
{
	unsigned int failed = 0;

	for (size_t i = 0; i < REASON_COUNT; i++) {
		uint64_t count = totals->reasons[reasons[i]];
		const char *name = judge_reason_name(reasons[i]);

		printf("# %s %" PRIu64 "\n", name, count);
		/* Tried with every permitted frame by module_side.c, not by the model. */
		if (reasons[i] == SEKISHO_REASON_UNJUDGED) {
			printf("ok %zu reason %s is reached # SKIP only forwarded frames have it\n",
			       i + 1, name);
			continue;
		}
		printf("%sok %zu reason %s is reached\n", count ? "" : "not ", i + 1, name);
		failed += !count;
	}
	return failed;
}

int main(int argc, char **argv)
{
	struct options options = { .frames = 200000, .seed = 1, .policy_every = 1000 };
	struct judge_totals totals = { 0 };
	struct timespec begin, end;
	struct judge_side *side;
	unsigned int failed;
	double seconds;
	bool agree;

	read_options(argc, argv, &options);
	if (options.replay)
		return replay(options.replay);
	printf("TAP version 13\n1..%zu\n# seed %" PRIu64 "\n", REASON_COUNT + 1, options.seed);
	side = judge_side_new();
	clock_gettime(CLOCK_MONOTONIC, &begin);
	agree = run_episodes(side, &options, &totals);
	clock_gettime(CLOCK_MONOTONIC, &end);
	judge_side_free(side);
	seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
	printf("# %" PRIu64 " frames, %" PRIu64
	       " commits, %u connections at most, %.0f frames a second\n",
	       totals.frames, totals.commits, totals.most_connections,
	       (double)totals.frames / seconds);
	failed = print_reasons(&totals);
	printf("%sok %zu no difference in %" PRIu64 " frames\n", agree ? "" : "not ",
	       REASON_COUNT + 1, totals.frames);
	return failed || !agree;
}
