// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reference filter's life, and what administrators do to it. Knows nothing of frames or of the
 * order of decision; shares no code with bpf/.
 */
#include "model.h"

#include <errno.h>
#include <stdlib.h>

struct sekisho_suspension *sekisho_model_find_suspension(const struct sekisho_model *model,
							 uint8_t family,
							 struct sekisho_address address)
{
	size_t i;

	for (i = 0; i < model->suspension_count; i++) {
		struct sekisho_suspension *suspension = &model->suspensions[i];

		if (suspension->family == family &&
		    !sekisho_address_compare(suspension->address, address))
			return suspension;
	}
	return NULL;
}

struct sekisho_model *sekisho_model_new(void)
{
	struct sekisho_model *model = calloc(1, sizeof(*model));

	if (!model)
		return NULL;
	model->state = sekisho_state_new();
	if (!model->state) {
		free(model);
		return NULL;
	}
	return model;
}

void sekisho_model_free(struct sekisho_model *model)
{
	if (!model)
		return;
	sekisho_state_free(model->state);
	free(model->suspensions);
	free(model);
}

int sekisho_model_commit(struct sekisho_model *model, const struct sekisho_policy *policy,
			 const struct sekisho_self *self)
{
	int error = sekisho_state_bind(model->state, policy);

	if (error)
		return error;
	model->policy = policy;
	model->self = self;
	model->epoch++;
	return 0;
}

int sekisho_model_isolate(struct sekisho_model *model, const char *segment, bool isolated)
{
	struct sekisho_segment_name *name;

	if (segment) {
		name = sekisho_state_name(model->state, segment);
		if (!name)
			return -ENOMEM;
		name->isolated = isolated;
	} else {
		model->all_isolated = isolated;
	}
	model->epoch++;
	return 0;
}

int sekisho_model_suspend(struct sekisho_model *model, uint8_t family,
			  struct sekisho_address address, bool suspended)
{
	struct sekisho_suspension *found = sekisho_model_find_suspension(model, family, address);
	struct sekisho_suspension *grown;

	if (found && !suspended) {
		*found = model->suspensions[--model->suspension_count];
	} else if (!found && suspended) {
		grown = reallocarray(model->suspensions, model->suspension_count + 1,
				     sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		grown[model->suspension_count++] = (struct sekisho_suspension){ family, address };
		model->suspensions = grown;
	}
	model->epoch++;
	return 0;
}

void sekisho_model_set_full(struct sekisho_model *model, bool full)
{
	model->full = full;
}

void sekisho_model_sweep(struct sekisho_model *model, uint32_t monotonic)
{
	sekisho_state_sweep(model->state, model->policy ? &model->policy->timeouts : NULL,
			    monotonic);
}
