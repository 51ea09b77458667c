// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rounds of all programs over the same frames. The empty program is in every round: what the test
 * run and the rotating program cost is its figure.
 */
#include "verdict_trial.h"

#include <err.h>

#include "sample.h"

#define VARIANTS_MAX (TRIAL_PEERS_MAX + 4)

struct variant {
	const struct subject *subject;
	bool ours; /* counts by reason */
	struct sample sample;
};

struct field {
	struct variant variants[VARIANTS_MAX];
	size_t count;
};

static void add(struct field *field, const struct subject *subject, bool ours)
{
	field->variants[field->count++] = (struct variant){ .subject = subject, .ours = ours };
}

/* The empty program first: it is what the others are compared with. */
static void line_up(struct field *field, const struct bench *bench, const struct trial *trial)
{
	field->count = 0;
	if (trial->flags & TRIAL_OUTPUT) {
		add(field, &bench->empty_output, false);
		add(field, &bench->border.output, true);
		return;
	}
	add(field, &bench->empty, false);
	if (trial->flags & TRIAL_PARSE)
		add(field, &bench->parse, false);
	if (!(trial->flags & TRIAL_NO_OURS))
		add(field, &bench->border.ours, true);
	if (trial->flags & TRIAL_QUIET)
		add(field, &bench->border.quiet, true);
	for (size_t i = 0; trial->flags & TRIAL_PEERS && i < bench->peer_count; i++) {
		if (bench->peers[i].rotate || !trial->set->rows)
			add(field, &bench->peers[i], false);
	}
}

static double run(struct bench *bench, const struct trial *trial, const struct subject *subject,
		  uint32_t repeat)
{
	uint32_t chunk = trial->chunk ? trial->chunk : repeat, left = repeat;
	double ns = 0;

	for (bool first = true; left; first = false) {
		uint32_t now = left < chunk ? left : chunk;

		if (trial->chunk)
			border_drain(&bench->border);
		ns += first ? subject_run(subject, trial->set, now, NULL)
			    : subject_run_on(subject, trial->set, now, NULL);
		left -= now;
	}
	return ns / repeat;
}

static void run_round(struct bench *bench, struct trial *trial, struct field *field,
		      uint32_t repeat, bool counts)
{
	for (size_t i = 0; i < field->count; i++) {
		struct variant *variant = &field->variants[i];
		double ns;

		border_expect_begin(&bench->border);
		ns = run(bench, trial, variant->subject, repeat);
		if (trial->once && variant->ours)
			trial->set->first += repeat;
		if (variant->ours && trial->reason)
			border_expect(&bench->border, trial->name, trial->reason, repeat);
		if (counts)
			sample_add(&variant->sample, ns);
	}
}

void trial_run(struct bench *bench, struct trial *trial)
{
	uint32_t repeat = trial->once ? trial->once : bench->repeat, first = repeat / 8 + 1;
	struct field field;

	line_up(&field, bench, trial);
	/* The first one warms up: every row once, or pages that are touched for the first time count. */
	if (!trial->once && trial->set->rows > first)
		first = trial->set->rows;
	run_round(bench, trial, &field, first, false);
	for (uint32_t i = 0; i < bench->rounds; i++)
		run_round(bench, trial, &field, repeat, true);
	for (size_t i = trial->flags & TRIAL_EMPTY ? 0 : 1; i < field.count; i++) {
		struct sample_title title = {
			.bench = "verdict",
			.name = trial->name,
			.variant = field.variants[i].subject->name,
			.parameter = trial->parameter,
			.unit = "ns",
			.baseline = i ? "empty" : NULL,
		};

		sample_print(&title, &field.variants[i].sample, &field.variants[0].sample);
	}
}
