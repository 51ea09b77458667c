// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's reader of frames (kmod/frame.c, built for user space) against the reference model's,
 * on frames of tests/differential/ and on what becomes of them when bytes are changed and ends cut
 * off. Each frame lies in two pieces, split anywhere. Results are KTAP.
 */
#include <err.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/frame.h"

#include "episode.h"
#include "module_side.h"

#define VARIANTS 12 /* of each frame */

static uint64_t frames_read;

static bool same_address(struct module_address a, struct sekisho_address b)
{
	return a.high == b.high && a.low == b.low;
}

/* The first field in which they differ, or NULL. */
static const char *link_differs(const struct module_frame *module,
				const struct sekisho_frame *model)
{
	if (module->problem != model->problem)
		return "problem";
	if (module->length != model->length)
		return "length";
	if (model->problem)
		return NULL;
	if (module->source_mac != model->source_mac || module->vlan != model->vlan ||
	    module->ethertype != model->ethertype || module->family != model->family)
		return "link";
	if (!same_address(module->source, model->source) ||
	    (model->family && !same_address(module->destination, model->destination)))
		return "addresses";
	return NULL;
}

static const char *headers_differ(const struct module_frame *module,
				  const struct sekisho_frame *model)
{
	if (module->hop_limit != model->hop_limit || module->fragment != model->fragment)
		return "IP header";
	if (module->extension_forbidden != model->extension_forbidden)
		return "extension headers";
	if (model->extension_forbidden)
		return NULL;
	if (module->protocol != model->protocol || module->tiny != model->tiny)
		return "protocol";
	if (model->fragment != SEKISHO_FRAGMENT_NONE &&
	    module->identification != model->identification)
		return "identification";
	return NULL;
}

static const char *tcp_differs(const struct module_frame *module,
			       const struct sekisho_tcp_segment *model)
{
	if (module->tcp_seq != model->seq || module->tcp_ack != model->ack ||
	    module->tcp_length != model->length || module->tcp_window != model->window ||
	    module->tcp_flags != model->flags)
		return "TCP";
	if (module->tcp_has_scale != model->has_scale || module->tcp_scale != model->scale)
		return "window scale";
	return NULL;
}

static const char *quotation_differs(const struct module_frame *module,
				     const struct sekisho_frame *model)
{
	/* What it is about is not asked of a redirect. */
	if (model->icmp_type == (model->family == 4 ? 5 : 137))
		return NULL;
	if (module->quoted != model->quoted)
		return "quoted";
	if (!model->quoted)
		return NULL;
	if (!same_address(module->quoted_source, model->quoted_source) ||
	    !same_address(module->quoted_destination, model->quoted_destination) ||
	    module->quoted_protocol != model->quoted_protocol ||
	    module->quoted_source_port != model->quoted_source_port ||
	    module->quoted_destination_port != model->quoted_destination_port)
		return "quotation";
	return NULL;
}

static const char *transport_differs(const struct module_frame *module,
				     const struct sekisho_frame *model)
{
	if (module->source_port != model->source_port ||
	    module->destination_port != model->destination_port ||
	    module->service != model->service)
		return "ports";
	if (module->icmp_type != model->icmp_type || module->icmp_code != model->icmp_code ||
	    module->icmp_error != model->icmp_error)
		return "ICMP";
	if (model->icmp_error)
		return quotation_differs(module, model);
	return tcp_differs(module, &model->tcp);
}

static const char *differs(const struct module_frame *module, const struct sekisho_frame *model)
{
	const char *what = link_differs(module, model);

	if (what || model->problem || !model->family)
		return what;
	what = headers_differ(module, model);
	if (what || model->extension_forbidden || model->tiny ||
	    model->fragment == SEKISHO_FRAGMENT_LATER)
		return what;
	return transport_differs(module, model);
}

static void show(const char *what, const uint8_t *bytes, size_t length, int tag)
{
	printf("# they differ in: %s; tag %d\n#", what, tag);
	for (size_t i = 0; i < length; i++)
		printf(" %02x", bytes[i]);
	putchar('\n');
}

static bool compare(struct random *random, const uint8_t *bytes, size_t length, int tag)
{
	struct module_frame module;
	struct sekisho_frame model;
	const char *what;

	module_side_read(bytes, length, random_below(random, length + 1), tag, &module);
	sekisho_frame_read(bytes, length, tag, &model);
	frames_read++;
	what = differs(&module, &model);
	if (what)
		show(what, bytes, length, tag);
	return !what;
}

/* Bytes where headers lie, with values that mean something there. */
static void spoil(struct random *random, uint8_t *bytes, size_t length)
{
	static const uint8_t telling[] = { 0x00, 0x01, 0x06, 0x08, 0x11, 0x2b, 0x2c, 0x3a, 0x3b,
					   0x3c, 0x45, 0x46, 0x60, 0x81, 0x86, 0xdd, 0xff };
	unsigned int changes = random_below(random, 4);

	while (changes--) {
		size_t at = random_below(random, length < 130 ? length : 130);

		bytes[at] = random_percent(random, 60) ? random_pick(random, telling)
						       : (uint8_t)random_number(random);
	}
}

static bool compare_variants(struct random *random, const struct op_frame *frame)
{
	uint8_t bytes[OP_FRAME_MAX];
	bool agree = true;

	for (unsigned int i = 0; i < VARIANTS && agree; i++) {
		size_t length = frame->length;
		int tag = random_percent(random, 10) ? (int)random_below(random, 65536) : -1;

		memcpy(bytes, frame->bytes, length);
		if (i)
			spoil(random, bytes, length);
		if (i && random_percent(random, 30))
			length = random_below(random, length + 1);
		agree = compare(random, bytes, length, tag);
	}
	return agree;
}

static bool compare_episode(struct random *random, unsigned int frames)
{
	const struct episode_options wanted = { random_number(random), frames, 1000, false };
	struct ops ops = { 0 };
	bool agree = true;

	episode_make(&wanted, &ops);
	for (size_t i = 0; i < ops.count && agree; i++)
		if (ops.items[i].frame)
			agree = compare_variants(random, ops.items[i].frame);
	ops_free(&ops);
	return agree;
}

/* A packet of more than 64 KB, whose length field is 0; only what the kernel merged may be one. */
static bool merged_is_read(uint8_t family)
{
	size_t header = family == 4 ? 20 : 48, length = 14 + header + 20 + 70000;
	uint8_t *bytes = calloc(1, length), *ip = bytes + 14, *tcp = ip + header;
	struct module_frame merged, alone;
	bool good;

	if (!bytes)
		err(1, "no memory");
	memcpy(bytes + 12, family == 4 ? "\x08\x00" : "\x86\xdd", 2);
	ip[0] = family == 4 ? 0x45 : 0x60;
	ip[9] = family == 4 ? 6 : 0;
	if (family == 6) {
		/* A hop-by-hop header with the jumbo payload option, which says nothing new. */
		memcpy(ip + 40, "\x06\x00\xc2\x04\x00\x01\x11\x8c", 8);
	}
	tcp[12] = 5 << 4;
	tcp[13] = 0x10;
	module_side_read_merged(bytes, length, &merged);
	module_side_read(bytes, length, length, -1, &alone);
	free(bytes);
	good = !merged.problem && merged.protocol == 6 && merged.tcp_length == 70000;
	return good && alone.problem;
}

int main(int argc, char **argv)
{
	uint64_t wanted = argc > 1 ? strtoull(argv[1], NULL, 0) : 1000000;
	struct random random = { argc > 2 ? strtoull(argv[2], NULL, 0) : 1 };
	bool agree = true, four, six;

	if (argc > 3)
		errx(2, "usage: frame_test [FRAMES [SEED]]");
	printf("TAP version 13\n1..3\n");
	while (agree && frames_read < wanted)
		agree = compare_episode(&random, 4000);
	printf("%sok 1 both read the same in %" PRIu64 " frames\n", agree ? "" : "not ",
	       frames_read);
	four = merged_is_read(4);
	six = merged_is_read(6);
	printf("%sok 2 more than 64 KB of IPv4\n", four ? "" : "not ");
	printf("%sok 3 more than 64 KB of IPv6\n", six ? "" : "not ");
	return !agree || !four || !six;
}
