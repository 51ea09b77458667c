/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The packet path's reader (bpf/packet.h, built natively) against the model's (model/frame.h): on
 * any bytes they must read the same numbers, and neither may look beyond the frame. Likewise its
 * reader of plain frames (bpf/plain.h): what that takes as plain the other reads as the same.
 * Input: a byte whose lowest bit says that the hardware took a tag out, two bytes of that tag, then
 * the frame. Where a frame has a problem only the problem is compared; where a field means nothing
 * by docs/semantics.md, it is not compared either.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../bpf/plain.h"
#include "../../bpf/quoted.h"
#include "model/frame.h"

#define PREFIX_BYTES 3
#define FRAME_BYTES  9216

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void differ(const char *what, uint64_t bpf, uint64_t model)
{
	fprintf(stderr, "%s: bpf %llx, model %llx\n", what, (unsigned long long)bpf,
		(unsigned long long)model);
	abort();
}

static void same(const char *what, uint64_t bpf, uint64_t model)
{
	if (bpf != model)
		differ(what, bpf, model);
}

static void same_address(const char *what, uint8_t family, const __be32 bpf[4],
			 struct sekisho_address model)
{
	uint64_t high = (uint64_t)bpf_ntohl(bpf[0]) << 32 | bpf_ntohl(bpf[1]);
	uint64_t low = (uint64_t)bpf_ntohl(bpf[2]) << 32 | bpf_ntohl(bpf[3]);

	if (family != 6) {
		same(what, high, 0);
		same(what, low, 0xffff00000000ull | model.low);
		same(what, model.high, 0);
		return;
	}
	same(what, high, model.high);
	same(what, low, model.low);
}

static void compare_tcp(const struct packet *packet, const struct sekisho_frame *frame)
{
	uint8_t asked = TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK | TCP_URG;
	int has_scale = packet->tcp_scale != TCP_SCALE_NONE;

	same("tcp flags", packet->tcp_flags, frame->tcp.flags & asked);
	same("tcp seq", packet->tcp_seq, frame->tcp.seq);
	same("tcp ack", packet->tcp_ack, frame->tcp.ack);
	same("tcp window", packet->tcp_window, frame->tcp.window);
	same("tcp length", packet->tcp_length, frame->tcp.length);
	same("tcp has scale", (uint64_t)has_scale, frame->tcp.has_scale);
	if (has_scale)
		same("tcp scale", packet->tcp_scale, frame->tcp.scale);
}

static void compare_quoted(const struct packet *packet, const struct sekisho_frame *frame,
			   uint8_t *data, uint8_t *end)
{
	struct packet quoted = { 0 };
	int readable = !parse_quoted(packet, &quoted, data, end);

	same("quoted readable", (uint64_t)readable, frame->quoted);
	if (!readable)
		return;
	same_address("quoted source", packet->family, quoted.source, frame->quoted_source);
	same_address("quoted destination", packet->family, quoted.destination,
		     frame->quoted_destination);
	same("quoted protocol", quoted.protocol, frame->quoted_protocol);
	same("quoted source port", bpf_ntohs(quoted.source_port), frame->quoted_source_port);
	same("quoted destination port", bpf_ntohs(quoted.destination_port),
	     frame->quoted_destination_port);
}

static void compare_ip(const struct packet *packet, const struct sekisho_frame *frame,
		       uint8_t *data, uint8_t *end)
{
	same_address("source", packet->family, packet->source, frame->source);
	same_address("destination", packet->family, packet->destination, frame->destination);
	same("hop limit", packet->hop_limit, frame->hop_limit);
	same("extension forbidden", packet->extension_forbidden, frame->extension_forbidden);
	if (packet->extension_forbidden)
		return;
	same("protocol", packet->protocol, frame->protocol);
	same("fragment", packet->fragment, (uint64_t)frame->fragment);
	same("tiny", packet->tiny, frame->tiny);
	if (packet->fragment != FRAGMENT_NONE)
		same("identification", packet->identification, frame->identification);
	same("source port", bpf_ntohs(packet->source_port), frame->source_port);
	same("destination port", bpf_ntohs(packet->destination_port), frame->destination_port);
	same("service", packet->service, frame->service);
	same("icmp type", packet->icmp_type, frame->icmp_type);
	same("icmp code", packet->icmp_code, frame->icmp_code);
	same("icmp error", packet->icmp_error, frame->icmp_error);
	if (packet->tiny || packet->fragment == FRAGMENT_LATER)
		return;
	if (packet->protocol == IPPROTO_TCP)
		compare_tcp(packet, frame);
	if (packet->icmp_error)
		compare_quoted(packet, frame, data, end);
}

static void compare_plain_tcp(const struct plain *plain, const struct packet *packet, uint8_t *data,
			      uint8_t *end)
{
	struct packet segment = { 0 };

	same("plain tcp", (uint64_t)plain_tcp(plain, &segment, data, end), 1);
	same("plain tcp flags", segment.tcp_flags, packet->tcp_flags);
	same("plain tcp seq", segment.tcp_seq, packet->tcp_seq);
	same("plain tcp ack", segment.tcp_ack, packet->tcp_ack);
	same("plain tcp window", segment.tcp_window, packet->tcp_window);
	same("plain tcp length", segment.tcp_length, packet->tcp_length);
}

static void compare_plain(const struct packet *packet, int problem, uint8_t *data, uint8_t *end,
			  int tag)
{
	struct plain plain;
	struct tuple tuple;

	if (!plain_read(&plain, data, end, packet->length, tag))
		return;
	same("plain problem", 0, (uint64_t)problem);
	tuple_of(&tuple, packet);
	same("plain family", plain.ipv6 ? 6 : 4, packet->family);
	same("plain fragment", FRAGMENT_NONE, packet->fragment);
	same("plain extension forbidden", 0, packet->extension_forbidden);
	same("plain vlan", plain.vlan, packet->vlan);
	same("plain transport", plain.transport, packet->transport);
	same("plain bytes", plain.bytes, packet->end - packet->transport);
	same("plain protocol", plain.tuple.protocol, tuple.protocol);
	same("plain source port", plain.tuple.source_port, tuple.source_port);
	same("plain destination port", plain.tuple.destination_port, tuple.destination_port);
	for (int i = 0; i < 2; i++) {
		same("plain source", plain.tuple.source[i], tuple.source[i]);
		same("plain destination", plain.tuple.destination[i], tuple.destination[i]);
	}
	/* In the table of connections they would be IPv4's. */
	if (packet->family == 6)
		same("plain and mapped", 0,
		     (uint64_t)(is_mapped(tuple.source) || is_mapped(tuple.destination)));
	if (packet->protocol == IPPROTO_TCP)
		compare_plain_tcp(&plain, packet, data, end);
}

static void compare(uint8_t *data, size_t length, int tag)
{
	struct packet packet = { .length = (uint32_t)length };
	struct sekisho_frame frame;
	int problem = parse_frame(&packet, data, data + length, tag);

	compare_plain(&packet, problem, data, data + length, tag);
	sekisho_frame_read(data, length, tag, &frame);
	same("problem", (uint64_t)problem, frame.problem);
	if (problem)
		return;
	same("length", packet.length, frame.length);
	same("source mac", packet.source_mac, frame.source_mac);
	same("vlan", packet.vlan, frame.vlan);
	same("ethertype", packet.ethertype, frame.ethertype);
	same("family", packet.family, frame.family);
	if (packet.family)
		compare_ip(&packet, &frame, data, data + length);
	else if (packet.ethertype == ETH_P_ARP)
		same_address("sender", 4, packet.source, frame.source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t length;
	uint8_t *copy;
	int tag = -1;

	if (size < PREFIX_BYTES || size > PREFIX_BYTES + FRAME_BYTES)
		return -1;
	if (data[0] & 1)
		tag = data[1] << 8 | data[2];
	length = size - PREFIX_BYTES;
	/* Of its own length, so that a sanitizer sees the first byte read beyond it. */
	copy = malloc(length ? length : 1);
	if (!copy)
		abort();
	memcpy(copy, data + PREFIX_BYTES, length);
	compare(copy, length, tag);
	free(copy);
	return 0;
}
