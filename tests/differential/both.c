// SPDX-License-Identifier: GPL-2.0-only
/*
 * Carries ops out on both sides. Every frame's verdict is compared at once: reason, segments, what
 * became of it, and, where it counts for a flow, flow and direction. The counters are compared with
 * the sum of the verdicts every thousand frames and at the end.
 */
#include "both.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "model/frame.h"
#include "model/verdict.h"

#define SECOND_NS   1000000000ull
#define TALLY_EVERY 1000

struct both {
	struct kernel_side *kernel;
	struct guard_side *guard; /* or NULL */
	struct sekisho_model *model;
	struct world *world; /* in force, or NULL */
	uint64_t begun_ns;
	uint64_t wall_ns;
	uint32_t begun_monotonic;
	bool full;
	struct tallies expected;
	struct difference *difference;
	struct totals *totals;
	struct tape *tape; /* or NULL */
	unsigned int frames;
};

const char *reason_name(unsigned int reason)
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

static uint32_t monotonic(const struct both *both)
{
	return both->begun_monotonic + (uint32_t)((both->wall_ns - both->begun_ns) / SECOND_NS);
}

static void set_clock(struct both *both, uint64_t wall_ns)
{
	both->wall_ns = wall_ns;
	kernel_side_clock(both->kernel, wall_ns, monotonic(both));
	guard_side_clock(both->guard, wall_ns, monotonic(both));
	tape_clock(both->tape, wall_ns, monotonic(both));
}

static void sweep(struct both *both)
{
	kernel_side_sweep(both->kernel);
	sekisho_model_sweep(both->model, monotonic(both));
	guard_side_sweep(both->guard);
	tape_sweep(both->tape);
}

static void commit(struct both *both, const struct world_recipe *recipe)
{
	struct world *world = recipe ? world_make(recipe) : NULL;

	bool patched = kernel_side_commit(both->kernel, world);

	if (sekisho_model_commit(both->model, world ? world->policy : NULL,
				 world ? &world->self : NULL))
		err(1, "no memory");
	guard_side_commit(both->guard, world);
	tape_commit(both->tape, world);
	world_free(both->world);
	both->world = world;
	if (both->totals)
		both->totals->commits++;
	if (both->totals && patched)
		both->totals->patched++;
}

static uint16_t port_segment(const struct both *both, const struct op_frame *frame,
			     const struct sekisho_frame *read)
{
	if (!both->world)
		return SEKISHO_SEGMENT_NONE;
	return world_port_segment(both->world, frame->device, read->vlan);
}

static struct outcome model_judge(struct both *both, const struct op_frame *frame)
{
	struct sekisho_frame read;
	struct sekisho_passage passage = {
		.output = frame->output,
		.wall_ns = (int64_t)both->wall_ns,
		.monotonic = monotonic(both),
	};
	struct sekisho_verdict verdict;
	struct outcome outcome;

	sekisho_frame_read(frame->bytes, frame->length, -1, &read);
	passage.port_segment = port_segment(both, frame, &read);
	verdict = sekisho_model_judge(both->model, &passage, &read);
	outcome = (struct outcome){
		.reason = verdict.reason,
		.passes = sekisho_reason_permits(verdict.reason),
		.from = verdict.from,
		.to = verdict.to,
		.flow = OUTCOME_NO_FLOW,
		.reply = verdict.reply,
	};
	if (both->world && verdict.flow != SEKISHO_NO_FLOW)
		outcome.flow = world_flow_number(&both->world->policy->flows[verdict.flow]);
	return outcome;
}

/* Whether the frame counts for a flow, so that flow and direction mean something. */
static bool counts(const struct outcome *outcome)
{
	return outcome->reason == SEKISHO_REASON_PERMIT_NEW ||
	       outcome->reason == SEKISHO_REASON_PERMIT_ESTABLISHED;
}

static bool same_verdict(const struct outcome *a, const struct outcome *b)
{
	if (a->reason != b->reason || a->from != b->from || a->to != b->to)
		return false;
	return !counts(a) ||
	       (a->flow == b->flow && (a->flow == OUTCOME_NO_FLOW || a->reply == b->reply));
}

static size_t pair_row(uint16_t segment)
{
	return segment < KERNEL_SIDE_PAIRS - 1 ? segment : KERNEL_SIDE_PAIRS - 1;
}

static void expect(struct both *both, const struct op_frame *frame, const struct outcome *model)
{
	struct tallies *expected = &both->expected;
	size_t from = pair_row(model->from), to = pair_row(model->to);

	expected->reasons[model->reason]++;
	expected->reason_bytes[model->reason] += frame->length;
	if (model->passes)
		expected->permitted[from][to]++;
	else
		expected->denied[from][to]++;
	if (!counts(model) || model->flow == OUTCOME_NO_FLOW)
		return;
	expected->flow_packets[model->flow][model->reply]++;
	expected->flow_bytes[model->flow][model->reply] += frame->length;
	expected->flow_new[model->flow] += model->reason == SEKISHO_REASON_PERMIT_NEW;
}

static bool tally_differs(struct both *both, const char *what, size_t row, uint64_t kernel,
			  uint64_t expected)
{
	struct difference *difference = both->difference;

	if (kernel == expected)
		return false;
	difference->kind = DIFFERENCE_TALLY;
	snprintf(difference->text, sizeof(difference->text), "%s %zu: counted %llu, expected %llu",
		 what, row, (unsigned long long)kernel, (unsigned long long)expected);
	return true;
}

static bool pairs_differ(struct both *both, const struct tallies *counted)
{
	const struct tallies *expected = &both->expected;

	for (size_t i = 0; i < KERNEL_SIDE_PAIRS * KERNEL_SIDE_PAIRS; i++)
		if (tally_differs(both, "permitted by pair", i, (&counted->permitted[0][0])[i],
				  (&expected->permitted[0][0])[i]) ||
		    tally_differs(both, "denied by pair", i, (&counted->denied[0][0])[i],
				  (&expected->denied[0][0])[i]))
			return true;
	return false;
}

/* The guard's counters by reason; the others are looked at elsewhere. */
static bool guard_differs(struct both *both)
{
	uint64_t counted[256];

	if (!both->guard)
		return false;
	guard_side_reasons(both->guard, counted);
	for (size_t i = 0; i < SEKISHO_REASON_ROWS; i++)
		if (tally_differs(both, "guard's frames of reason", i, counted[i],
				  both->expected.reasons[i]))
			return true;
	return false;
}

static bool tallies_differ(struct both *both)
{
	const struct tallies *expected = &both->expected;
	struct tallies counted;
	uint64_t sum = 0;

	kernel_side_tally(both->kernel, &counted);
	for (size_t i = 0; i < SEKISHO_REASON_ROWS; i++) {
		sum += counted.reasons[i];
		if (tally_differs(both, "frames of reason", i, counted.reasons[i],
				  expected->reasons[i]) ||
		    tally_differs(both, "bytes of reason", i, counted.reason_bytes[i],
				  expected->reason_bytes[i]))
			return true;
	}
	if (tally_differs(both, "all frames", 0, sum, both->frames))
		return true;
	for (size_t i = 0; i < WORLD_FLOWS; i++) {
		for (int j = 0; j < 2; j++)
			if (tally_differs(both, "packets of flow", i, counted.flow_packets[i][j],
					  expected->flow_packets[i][j]) ||
			    tally_differs(both, "bytes of flow", i, counted.flow_bytes[i][j],
					  expected->flow_bytes[i][j]))
				return true;
		if (tally_differs(both, "new connections of flow", i, counted.flow_new[i],
				  expected->flow_new[i]))
			return true;
	}
	return pairs_differ(both, &counted) || guard_differs(both);
}

static void count(struct both *both, const struct op_frame *frame, const struct outcome *outcome)
{
	unsigned int connections;

	both->frames++;
	if (!both->totals)
		return;
	both->totals->frames++;
	both->totals->outputs += frame->output;
	both->totals->reasons[outcome->reason]++;
	if (both->frames % TALLY_EVERY)
		return;
	connections = kernel_side_connections(both->kernel);
	if (both->totals->most_connections < connections)
		both->totals->most_connections = connections;
}

/* Return: false where the two differ. */
static bool judge(struct both *both, const struct op_frame *frame)
{
	struct difference *difference = both->difference;
	struct outcome kernel = kernel_side_judge(both->kernel, frame), model;
	bool made = kernel.reason == SEKISHO_REASON_PERMIT_NEW ||
		    kernel.reason == SEKISHO_REASON_PERMIT_INTRA;

	/*
	 * Where the table has no room and a connection is made all the same, the frame has ended
	 * the one before it: what it has set free is room, and the model is told.
	 */
	if (both->full && made)
		sekisho_model_set_full(both->model, false);
	model = model_judge(both, frame);
	if (both->full && made)
		sekisho_model_set_full(both->model, true);
	difference->kernel = kernel;
	difference->model = model;
	if (!same_verdict(&kernel, &model)) {
		difference->kind = DIFFERENCE_VERDICT;
		return false;
	}
	if (kernel.passes != model.passes) {
		difference->kind = DIFFERENCE_FATE;
		return false;
	}
	if (both->guard) {
		difference->guard = guard_side_judge(both->guard, frame, both->full && made);
		if (!same_verdict(&difference->guard, &model)) {
			difference->kind = DIFFERENCE_GUARD;
			return false;
		}
	}
	tape_frame(both->tape, frame, &model, counts(&model), both->full && made);
	expect(both, frame, &model);
	count(both, frame, &model);
	return both->frames % TALLY_EVERY || !tallies_differ(both);
}

static bool carry_out(struct both *both, const struct op *op)
{
	char name[8];

	switch (op->kind) {
	case OP_CLOCK:
		both->begun_ns = op->wall_ns;
		both->begun_monotonic = op->monotonic;
		set_clock(both, op->wall_ns);
		break;
	case OP_COMMIT:
	case OP_NO_POLICY:
		commit(both, op->recipe);
		break;
	case OP_FRAME:
		return judge(both, op->frame);
	case OP_ADVANCE:
		set_clock(both, both->wall_ns + op->wall_ns);
		if (op->on || both->full)
			sweep(both);
		break;
	case OP_ISOLATE:
		snprintf(name, sizeof(name), "seg%u", op->slot);
		kernel_side_isolate(both->kernel, op->slot, op->on);
		if (sekisho_model_isolate(both->model, op->slot ? name : NULL, op->on))
			err(1, "no memory");
		guard_side_isolate(both->guard, op->slot ? name : NULL, op->on);
		tape_isolate(both->tape, op->slot ? name : NULL, op->on);
		break;
	case OP_SUSPEND:
		kernel_side_suspend(both->kernel, op->family, op->address, op->on);
		if (sekisho_model_suspend(both->model, op->family, op->address, op->on))
			err(1, "no memory");
		guard_side_suspend(both->guard, op->family, op->address, op->on);
		tape_suspend(both->tape, op->family, op->address, op->on);
		break;
	case OP_FULL:
		sweep(both);
		both->full = op->on;
		kernel_side_full(both->kernel, op->on);
		sekisho_model_set_full(both->model, op->on);
		guard_side_full(both->guard, op->on);
		tape_full(both->tape, op->on);
		break;
	case OP_KINDS:
		break;
	}
	return true;
}

bool both_run(const struct sides *sides, const struct ops *ops, struct difference *difference,
	      struct totals *totals, struct tape *tape)
{
	struct both both = {
		.kernel = sides->kernel,
		.guard = sides->guard,
		.model = sekisho_model_new(),
		.difference = difference,
		.totals = totals,
		.tape = tape,
	};
	bool agree = true;

	if (!both.model)
		err(1, "no memory");
	*difference = (struct difference){ .kind = DIFFERENCE_NONE };
	kernel_side_reset(both.kernel);
	guard_side_reset(both.guard);
	tape_episode(tape);
	for (difference->at = 0; difference->at < ops->count && agree; difference->at++)
		agree = carry_out(&both, &ops->items[difference->at]);
	if (agree)
		agree = !tallies_differ(&both);
	if (!agree)
		difference->at--;
	kernel_side_reset(both.kernel);
	sekisho_model_free(both.model);
	world_free(both.world);
	return agree;
}

bool difference_alike(const struct difference *a, const struct difference *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == DIFFERENCE_TALLY)
		return true;
	if (a->kind == DIFFERENCE_GUARD && a->guard.reason != b->guard.reason)
		return false;
	return a->kernel.reason == b->kernel.reason && a->model.reason == b->model.reason;
}

static void print_outcome(const char *who, const struct outcome *outcome, FILE *stream)
{
	fprintf(stream, "%s: %s, segment %d to %d, flow %d%s, %s\n", who,
		reason_name(outcome->reason), (int16_t)outcome->from, (int16_t)outcome->to,
		(int)outcome->flow, outcome->reply ? ", reply" : "",
		outcome->passes ? "passes" : "dropped");
}

void difference_print(const struct difference *difference, FILE *stream)
{
	fprintf(stream, "they part at op %zu\n", difference->at);
	if (difference->kind == DIFFERENCE_TALLY) {
		fprintf(stream, "%s\n", difference->text);
		return;
	}
	print_outcome("programs", &difference->kernel, stream);
	print_outcome("model", &difference->model, stream);
	if (difference->kind == DIFFERENCE_GUARD)
		print_outcome("guard", &difference->guard, stream);
}
