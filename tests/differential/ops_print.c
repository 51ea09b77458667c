// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ops in a form for people.
 */
#include <arpa/inet.h>
#include <inttypes.h>

#include "ops.h"

static const char *const fragments[] = { "", ", first fragment", ", later fragment" };

static void print_quoted(const struct sekisho_frame *frame, FILE *stream)
{
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];

	if (!frame->quoted) {
		fputs(", nothing quoted", stream);
		return;
	}
	fprintf(stream, ", quoting protocol %u %s.%u -> %s.%u", frame->quoted_protocol,
		world_address_text(frame->family, frame->quoted_source, source),
		frame->quoted_source_port,
		world_address_text(frame->family, frame->quoted_destination, destination),
		frame->quoted_destination_port);
}

static void print_ip(const struct sekisho_frame *frame, FILE *stream)
{
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];

	fprintf(stream, " protocol %u %s.%u -> %s.%u%s", frame->protocol,
		world_address_text(frame->family, frame->source, source), frame->source_port,
		world_address_text(frame->family, frame->destination, destination),
		frame->destination_port, fragments[frame->fragment]);
	if (frame->fragment != SEKISHO_FRAGMENT_NONE)
		fprintf(stream, " of %u", frame->identification);
	if (frame->tiny)
		fputs(", tiny", stream);
	if (frame->extension_forbidden)
		fputs(", forbidden extension", stream);
	if (frame->icmp_type || frame->icmp_code)
		fprintf(stream, ", icmp %u/%u, hop limit %u", frame->icmp_type, frame->icmp_code,
			frame->hop_limit);
	if (frame->icmp_error)
		print_quoted(frame, stream);
	if (frame->protocol == 6)
		fprintf(stream, ", flags %02x seq %u ack %u window %u length %u scale %d",
			frame->tcp.flags, frame->tcp.seq, frame->tcp.ack, frame->tcp.window,
			frame->tcp.length, frame->tcp.has_scale ? frame->tcp.scale : -1);
}

void ops_print_frame(const struct op_frame *frame, FILE *stream)
{
	struct sekisho_frame read;

	sekisho_frame_read(frame->bytes, frame->length, -1, &read);
	fprintf(stream, "%s p%u.%u mac %012" PRIx64, frame->output ? "out" : "in", frame->device,
		read.vlan, read.source_mac);
	if (read.problem)
		fprintf(stream, " problem %u", read.problem);
	else if (read.family)
		print_ip(&read, stream);
	else
		fprintf(stream, " ethertype %04x", read.ethertype);
	fputs("\n     ", stream);
	for (size_t i = 0; i < frame->length; i++)
		fprintf(stream, "%s%02x", i == 14 || i == 34 ? " " : "", frame->bytes[i]);
	fputc('\n', stream);
}

static void print_op(const struct op *op, FILE *stream)
{
	char text[INET6_ADDRSTRLEN];
	struct world *world;

	switch (op->kind) {
	case OP_CLOCK:
		fprintf(stream, "clock: %" PRIu64 " ns since 1970, %u s monotonic\n", op->wall_ns,
			op->monotonic);
		break;
	case OP_COMMIT:
		fputs("commit:\n", stream);
		world = world_make(op->recipe);
		world_print(world, stream);
		world_free(world);
		break;
	case OP_NO_POLICY:
		fputs("no policy\n", stream);
		break;
	case OP_FRAME:
		ops_print_frame(op->frame, stream);
		break;
	case OP_ADVANCE:
		fprintf(stream, "%" PRIu64 ".%09" PRIu64 " s pass%s\n", op->wall_ns / 1000000000,
			op->wall_ns % 1000000000, op->on ? ", sweep" : "");
		break;
	case OP_ISOLATE:
		fprintf(stream, "%s %s%.0u\n", op->on ? "isolate" : "release",
			op->slot ? "seg" : "all", op->slot);
		break;
	case OP_SUSPEND:
		fprintf(stream, "%s ", op->on ? "suspend" : "restore");
		if (op->family)
			fprintf(stream, "%s\n", world_address_text(op->family, op->address, text));
		else
			fprintf(stream, "%012" PRIx64 "\n", op->address.low);
		break;
	case OP_FULL:
		fprintf(stream, "the table %s\n", op->on ? "is full" : "has room");
		break;
	case OP_KINDS:
		break;
	}
}

void ops_print(const struct ops *ops, FILE *stream)
{
	for (size_t i = 0; i < ops->count; i++) {
		fprintf(stream, "%3zu: ", i);
		print_op(&ops->items[i], stream);
	}
}
