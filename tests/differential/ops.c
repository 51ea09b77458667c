// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists of ops, and their file: a line an op, words and numbers, frames in hexadecimal.
 */
#include "ops.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct op *ops_add(struct ops *ops, enum op_kind kind)
{
	if (ops->count == ops->room) {
		ops->room = ops->room ? 2 * ops->room : 1024;
		ops->items = reallocarray(ops->items, ops->room, sizeof(*ops->items));
		if (!ops->items)
			err(1, "no memory");
	}
	ops->items[ops->count] = (struct op){ .kind = kind };
	return &ops->items[ops->count++];
}

void ops_add_recipe(struct ops *ops, const struct world_recipe *recipe)
{
	struct op *op = ops_add(ops, OP_COMMIT);

	op->recipe = malloc(sizeof(*recipe));
	if (!op->recipe)
		err(1, "no memory");
	*op->recipe = *recipe;
}

void ops_add_frame(struct ops *ops, bool output, unsigned int device, const uint8_t *bytes,
		   size_t length)
{
	struct op *op = ops_add(ops, OP_FRAME);

	op->frame = malloc(sizeof(*op->frame) + length);
	if (!op->frame)
		err(1, "no memory");
	op->frame->device = (uint8_t)device;
	op->frame->output = output;
	op->frame->length = (uint16_t)length;
	memcpy(op->frame->bytes, bytes, length);
}

void ops_free(struct ops *ops)
{
	for (size_t i = 0; i < ops->count; i++) {
		free(ops->items[i].recipe);
		free(ops->items[i].frame);
	}
	free(ops->items);
	*ops = (struct ops){ 0 };
}

struct ops ops_select(const struct ops *ops, const bool *kept)
{
	struct ops selected = { 0 };

	for (size_t i = 0; i < ops->count; i++)
		if (!kept || kept[i])
			*ops_add(&selected, ops->items[i].kind) = ops->items[i];
	return selected;
}

static void write_recipe(const struct world_recipe *recipe, FILE *file)
{
	fprintf(file, "commit %d %" PRIx64, recipe->renumbers, recipe->dropped);
	for (unsigned int i = 0; i < recipe->step_count; i++)
		fprintf(file, " %" PRIx64 ":%" PRId64, recipe->steps[i].seed, recipe->steps[i].now);
	fputc('\n', file);
}

static void write_frame(const struct op_frame *frame, FILE *file)
{
	fprintf(file, "%s %u ", frame->output ? "out" : "in", frame->device);
	for (size_t i = 0; i < frame->length; i++)
		fprintf(file, "%02x", frame->bytes[i]);
	fputc('\n', file);
}

static void write_op(const struct op *op, FILE *file)
{
	switch (op->kind) {
	case OP_CLOCK:
		fprintf(file, "clock %" PRIu64 " %u\n", op->wall_ns, op->monotonic);
		break;
	case OP_COMMIT:
		write_recipe(op->recipe, file);
		break;
	case OP_NO_POLICY:
		fputs("none\n", file);
		break;
	case OP_FRAME:
		write_frame(op->frame, file);
		break;
	case OP_ADVANCE:
		fprintf(file, "advance %" PRIu64 " %d\n", op->wall_ns, op->on);
		break;
	case OP_ISOLATE:
		fprintf(file, "isolate %u %d\n", op->slot, op->on);
		break;
	case OP_SUSPEND:
		fprintf(file, "suspend %u %" PRIx64 " %" PRIx64 " %d\n", op->family,
			op->address.high, op->address.low, op->on);
		break;
	case OP_FULL:
		fprintf(file, "full %d\n", op->on);
		break;
	case OP_KINDS:
		break;
	}
}

int ops_write(const struct ops *ops, const char *path)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return -errno;
	for (size_t i = 0; i < ops->count; i++)
		write_op(&ops->items[i], file);
	return fclose(file) ? -errno : 0;
}

static int hex_digit(char character)
{
	const char *digits = "0123456789abcdef", *at = strchr(digits, character);

	return character && at ? (int)(at - digits) : -1;
}

static int read_frame(struct ops *ops, const char *text, bool output)
{
	uint8_t bytes[OP_FRAME_MAX];
	unsigned long device;
	size_t length = 0;
	char *at;

	device = strtoul(text, &at, 10);
	if (device >= WORLD_DEVICES || *at++ != ' ')
		return -EINVAL;
	for (; hex_digit(at[0]) >= 0 && hex_digit(at[1]) >= 0; at += 2) {
		if (length == sizeof(bytes))
			return -EINVAL;
		bytes[length++] = (uint8_t)(hex_digit(at[0]) << 4 | hex_digit(at[1]));
	}
	ops_add_frame(ops, output, (unsigned int)device, bytes, length);
	return 0;
}

static int read_recipe(struct ops *ops, const char *text)
{
	struct world_recipe recipe = { 0 };
	char *at;

	recipe.renumbers = strtoul(text, &at, 10) != 0;
	recipe.dropped = strtoull(at, &at, 16);
	while (*at == ' ' && recipe.step_count < WORLD_STEPS_MAX) {
		struct world_step *step = &recipe.steps[recipe.step_count++];

		step->seed = strtoull(at, &at, 16);
		if (*at++ != ':')
			return -EINVAL;
		step->now = strtoll(at, &at, 10);
	}
	if (!recipe.step_count)
		return -EINVAL;
	ops_add_recipe(ops, &recipe);
	return 0;
}

/* Numbers of an op without recipe or frame. */
static int read_plain(struct ops *ops, const char *word, char *at)
{
	struct op *op;

	if (!strcmp(word, "clock")) {
		op = ops_add(ops, OP_CLOCK);
		op->wall_ns = strtoull(at, &at, 10);
		op->monotonic = (uint32_t)strtoul(at, &at, 10);
		return 0;
	}
	if (!strcmp(word, "none")) {
		ops_add(ops, OP_NO_POLICY);
		return 0;
	}
	if (!strcmp(word, "advance")) {
		op = ops_add(ops, OP_ADVANCE);
		op->wall_ns = strtoull(at, &at, 10);
	} else if (!strcmp(word, "isolate")) {
		op = ops_add(ops, OP_ISOLATE);
		op->slot = (uint8_t)strtoul(at, &at, 10);
	} else if (!strcmp(word, "suspend")) {
		op = ops_add(ops, OP_SUSPEND);
		op->family = (uint8_t)strtoul(at, &at, 10);
		op->address.high = strtoull(at, &at, 16);
		op->address.low = strtoull(at, &at, 16);
	} else if (!strcmp(word, "full")) {
		op = ops_add(ops, OP_FULL);
	} else {
		return -EINVAL;
	}
	op->on = strtoul(at, &at, 10) != 0;
	return 0;
}

static int read_line(struct ops *ops, char *line)
{
	char *rest = strpbrk(line, " \n");

	if (!rest)
		return -EINVAL;
	*rest++ = '\0';
	if (!strcmp(line, "in") || !strcmp(line, "out"))
		return read_frame(ops, rest, line[0] == 'o');
	if (!strcmp(line, "commit"))
		return read_recipe(ops, rest);
	return read_plain(ops, line, rest);
}

int ops_read(struct ops *ops, const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	int error = 0;

	if (!file)
		return -errno;
	while (!error && getline(&line, &room, file) > 0)
		error = read_line(ops, line);
	free(line);
	fclose(file);
	return error;
}
