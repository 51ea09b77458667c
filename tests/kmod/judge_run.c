// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's judge and the model, op by op. What a verdict counts for is compared too: flow and
 * direction.
 */
#include "judge_run.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "model/frame.h"
#include "model/verdict.h"

#define SECOND_NS     1000000000ull
#define SAMPLE_FRAMES 500

struct run {
	struct judge_side *side;
	struct sekisho_model *model;
	struct world *world; /* in force, or NULL */
	uint64_t begun_ns;
	uint64_t wall_ns;
	uint32_t begun_monotonic;
	bool full;
	struct judge_totals *totals;
	struct parting *parting;
};

const char *judge_reason_name(unsigned int reason)
{
	switch (reason) {
#define REASON_NAME(number, symbol, name, class, english, japanese) \
	case number:                                                \
		return name;
		SEKISHO_REASONS(REASON_NAME)
#undef REASON_NAME
	default:
		return "no reason";
	}
}

static uint32_t monotonic(const struct run *run)
{
	return run->begun_monotonic + (uint32_t)((run->wall_ns - run->begun_ns) / SECOND_NS);
}

static void set_clock(struct run *run, uint64_t wall_ns)
{
	run->wall_ns = wall_ns;
	judge_side_clock(run->side, wall_ns, monotonic(run));
}

static void sweep(struct run *run)
{
	judge_side_sweep(run->side);
	sekisho_model_sweep(run->model, monotonic(run));
}

static void commit(struct run *run, const struct world_recipe *recipe)
{
	struct world *world = recipe ? world_make(recipe) : NULL;

	judge_side_commit(run->side, world);
	if (sekisho_model_commit(run->model, world ? world->policy : NULL,
				 world ? &world->self : NULL))
		err(1, "no memory");
	world_free(run->world);
	run->world = world;
	if (run->totals)
		run->totals->commits++;
}

static struct outcome model_judge(struct run *run, const struct op_frame *frame)
{
	struct sekisho_passage passage = {
		.output = frame->output,
		.port_segment = SEKISHO_SEGMENT_NONE,
		.wall_ns = (int64_t)run->wall_ns,
		.monotonic = monotonic(run),
	};
	struct sekisho_verdict verdict;
	struct sekisho_frame read;
	struct outcome outcome;

	sekisho_frame_read(frame->bytes, frame->length, -1, &read);
	if (run->world)
		passage.port_segment = world_port_segment(run->world, frame->device, read.vlan);
	verdict = sekisho_model_judge(run->model, &passage, &read);
	outcome = (struct outcome){
		.reason = verdict.reason,
		.passes = sekisho_reason_permits(verdict.reason),
		.from = verdict.from,
		.to = verdict.to,
		.flow = OUTCOME_NO_FLOW,
		.reply = verdict.reply,
	};
	if (run->world && verdict.flow != SEKISHO_NO_FLOW)
		outcome.flow = world_flow_number(&run->world->policy->flows[verdict.flow]);
	return outcome;
}

static bool same(const struct outcome *a, const struct outcome *b)
{
	if (a->reason != b->reason || a->from != b->from || a->to != b->to)
		return false;
	if (a->reason != SEKISHO_REASON_PERMIT_NEW &&
	    a->reason != SEKISHO_REASON_PERMIT_ESTABLISHED)
		return true;
	return a->flow == b->flow && (a->flow == OUTCOME_NO_FLOW || a->reply == b->reply);
}

static void count(struct judge_totals *totals, const struct run *run, unsigned int reason)
{
	unsigned int connections;

	totals->frames++;
	totals->reasons[reason]++;
	if (totals->frames % SAMPLE_FRAMES)
		return;
	connections = judge_side_connections(run->side);
	if (totals->most_connections < connections)
		totals->most_connections = connections;
}

static bool judge(struct run *run, const struct op_frame *frame)
{
	struct outcome module = judge_side_judge(run->side, frame);
	bool made = module.reason == SEKISHO_REASON_PERMIT_NEW ||
		    module.reason == SEKISHO_REASON_PERMIT_INTRA;

	/* In a full table a connection may still take the place of one that did not count. */
	if (run->full && made)
		sekisho_model_set_full(run->model, false);
	run->parting->module = module;
	run->parting->model = model_judge(run, frame);
	if (run->full)
		sekisho_model_set_full(run->model, true);
	if (run->totals)
		count(run->totals, run, run->parting->model.reason);
	return same(&module, &run->parting->model);
}

static void set_full(struct run *run, bool full)
{
	sweep(run);
	run->full = full;
	judge_side_full(run->side, full);
	sekisho_model_set_full(run->model, full);
}

static void isolate(struct run *run, unsigned int slot, bool on)
{
	char name[8];

	snprintf(name, sizeof(name), "seg%u", slot);
	judge_side_isolate(run->side, slot, on);
	if (sekisho_model_isolate(run->model, slot ? name : NULL, on))
		err(1, "no memory");
}

static void suspend(struct run *run, const struct op *op)
{
	judge_side_suspend(run->side, op->family, op->address, op->on);
	if (sekisho_model_suspend(run->model, op->family, op->address, op->on))
		err(1, "no memory");
}

/* Return: false where the two part. */
static bool carry_out(struct run *run, const struct op *op)
{
	switch (op->kind) {
	case OP_CLOCK:
		run->begun_ns = op->wall_ns;
		run->begun_monotonic = op->monotonic;
		set_clock(run, op->wall_ns);
		break;
	case OP_COMMIT:
	case OP_NO_POLICY:
		commit(run, op->recipe);
		break;
	case OP_FRAME:
		return judge(run, op->frame);
	case OP_ADVANCE:
		set_clock(run, run->wall_ns + op->wall_ns);
		if (op->on || run->full)
			sweep(run);
		break;
	case OP_ISOLATE:
		isolate(run, op->slot, op->on);
		break;
	case OP_SUSPEND:
		suspend(run, op);
		break;
	case OP_FULL:
		set_full(run, op->on);
		break;
	case OP_KINDS:
		break;
	}
	return true;
}

bool judge_run(struct judge_side *side, const struct ops *ops, struct judge_totals *totals,
	       struct parting *parting)
{
	struct run run = {
		.side = side,
		.model = sekisho_model_new(),
		.totals = totals,
		.parting = parting,
	};
	bool agree = true;
	size_t i;

	if (!run.model)
		err(1, "no memory");
	judge_side_reset(side);
	for (i = 0; i < ops->count && agree; i++) {
		parting->at = i;
		agree = carry_out(&run, &ops->items[i]);
	}
	sekisho_model_free(run.model);
	world_free(run.world);
	return agree;
}

/* Whether they still part over the same thing. */
static bool still(struct judge_side *side, const struct ops *ops, struct parting *parting)
{
	struct parting found = { 0 };

	if (judge_run(side, ops, NULL, &found) || found.module.reason != parting->module.reason ||
	    found.model.reason != parting->model.reason)
		return false;
	*parting = found;
	return true;
}

void judge_shorten(struct judge_side *side, struct ops *ops, struct parting *parting)
{
	size_t step;

	ops->count = parting->at + 1;
	for (step = ops->count / 2; step; step /= 2) {
		/* The clock stays, and the op at which they part. */
		for (size_t first = 1; first + step < ops->count;) {
			bool *kept = malloc(ops->count);
			struct ops fewer;

			if (!kept)
				err(1, "no memory");
			memset(kept, 1, ops->count);
			memset(kept + first, 0, step);
			fewer = ops_select(ops, kept);
			free(kept);
			if (still(side, &fewer, parting)) {
				free(ops->items);
				*ops = fewer;
				ops->count = parting->at + 1;
			} else {
				free(fewer.items);
				first += step;
			}
		}
	}
}
