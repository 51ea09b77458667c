// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads TCP, UDP and ICMP headers. Knows nothing of links or IP headers.
 */
#include "packet.h"

#define TCP_BYTES	 20
#define TCP_OFFSET_BYTES 14 /* as many must be there for the data offset to be judged */
#define UDP_BYTES	 8
#define UDP_LENGTH_BYTES 6 /* likewise for the UDP length */
#define ICMP_BYTES	 8

#define TCP_FIN 0x01
#define TCP_SYN 0x02

#define OPTION_END   0
#define OPTION_NONE  1
#define OPTION_SCALE 3
#define SCALE_MAX    14
#define OPTIONS_MAX  40

/* A header that is not whole: a first fragment is tiny then, anything else malformed. */
static bool not_whole(const struct sekisho_headers *headers, struct sekisho_frame *frame)
{
	frame->tiny = headers->fragment == SEKISHO_FRAGMENT_FIRST;
	return frame->tiny;
}

static void read_scale(const u8 *options, u32 count, struct sekisho_tcp_segment *tcp)
{
	u32 i = 0;

	while (i < count && options[i] != OPTION_END) {
		u8 kind = options[i];

		if (kind == OPTION_NONE) {
			i++;
			continue;
		}
		if (count - i < 2 || options[i + 1] < 2 || options[i + 1] > count - i)
			return;
		if (kind == OPTION_SCALE && options[i + 1] == 3) {
			tcp->has_scale = true;
			tcp->scale = min_t(u8, options[i + 2], SCALE_MAX);
			return;
		}
		i += options[i + 1];
	}
}

static void read_options(const struct sekisho_packet *packet, u32 transport, u32 header_length,
			 struct sekisho_tcp_segment *tcp)
{
	u32 count = header_length - TCP_BYTES;
	u8 buffer[OPTIONS_MAX];
	const u8 *options;

	if (!(tcp->flags & TCP_SYN) || !count)
		return;
	options = sekisho_packet_bytes(packet, transport + TCP_BYTES, count, buffer);
	if (options)
		read_scale(options, count, tcp);
}

static bool read_tcp(const struct sekisho_packet *packet, const struct sekisho_headers *headers,
		     struct sekisho_frame *frame)
{
	u32 transport = headers->transport, length = packet->length - transport, header_length;
	struct sekisho_tcp_segment *tcp = &frame->tcp;
	u8 buffer[TCP_BYTES];
	const u8 *bytes;

	bytes = sekisho_packet_bytes(packet, transport, TCP_OFFSET_BYTES, buffer);
	if (!bytes)
		return not_whole(headers, frame);
	header_length = (bytes[12] >> 4) * 4;
	if (length < TCP_BYTES && headers->fragment != SEKISHO_FRAGMENT_FIRST)
		return false;
	if (header_length < TCP_BYTES)
		return false;
	if (header_length > length)
		return not_whole(headers, frame);
	bytes = sekisho_packet_bytes(packet, transport, sizeof(buffer), buffer);
	if (!bytes)
		return false;
	frame->source_port = sekisho_read16(bytes);
	frame->destination_port = sekisho_read16(bytes + 2);
	frame->service = frame->destination_port;
	tcp->seq = sekisho_read32(bytes + 4);
	tcp->ack = sekisho_read32(bytes + 8);
	tcp->flags = bytes[13];
	tcp->window = sekisho_read16(bytes + 14);
	tcp->length = length - header_length + !!(tcp->flags & TCP_SYN) + !!(tcp->flags & TCP_FIN);
	read_options(packet, transport, header_length, tcp);
	return true;
}

static bool read_udp(const struct sekisho_packet *packet, const struct sekisho_headers *headers,
		     struct sekisho_frame *frame)
{
	u32 transport = headers->transport, length = packet->length - transport;
	u8 buffer[UDP_BYTES];
	const u8 *bytes;
	u16 udp_length;

	bytes = sekisho_packet_bytes(packet, transport, UDP_LENGTH_BYTES, buffer);
	if (!bytes)
		return not_whole(headers, frame);
	udp_length = sekisho_read16(bytes + 4);
	frame->source_port = sekisho_read16(bytes);
	frame->destination_port = sekisho_read16(bytes + 2);
	frame->service = frame->destination_port;
	if (udp_length < UDP_BYTES)
		return false;
	if (length < UDP_BYTES)
		return not_whole(headers, frame);
	return headers->fragment == SEKISHO_FRAGMENT_FIRST || udp_length <= length;
}

static bool is_echo_request(u8 family, u8 type)
{
	return type == (family == 4 ? 8 : 128);
}

static bool is_echo_reply(u8 family, u8 type)
{
	return type == (family == 4 ? 0 : 129);
}

static bool is_error(u8 family, u8 type)
{
	if (family == 6)
		return type <= 127 || type == 137;
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

bool sekisho_icmp_ports(u8 family, const u8 *icmp, u16 *source_port, u16 *destination_port)
{
	*source_port = 0;
	*destination_port = 0;
	if (is_echo_request(family, icmp[0])) {
		*source_port = sekisho_read16(icmp + 4);
		return true;
	}
	if (is_echo_reply(family, icmp[0])) {
		*destination_port = sekisho_read16(icmp + 4);
		return true;
	}
	*source_port = sekisho_read16(icmp);
	*destination_port = 65535;
	return false;
}

static bool read_icmp(const struct sekisho_packet *packet, const struct sekisho_headers *headers,
		      struct sekisho_frame *frame)
{
	u8 buffer[ICMP_BYTES];
	const u8 *icmp = sekisho_packet_bytes(packet, headers->transport, sizeof(buffer), buffer);

	if (!icmp)
		return not_whole(headers, frame);
	sekisho_icmp_ports(frame->family, icmp, &frame->source_port, &frame->destination_port);
	frame->icmp_type = icmp[0];
	frame->icmp_code = icmp[1];
	frame->service = icmp[0];
	frame->icmp_error = is_error(frame->family, icmp[0]);
	if (frame->icmp_error)
		sekisho_quoted_read(packet, headers->transport, frame);
	return true;
}

bool sekisho_transport_read(const struct sekisho_packet *packet,
			    const struct sekisho_headers *headers, struct sekisho_frame *frame)
{
	if (headers->protocol == SEKISHO_PROTOCOL_TCP)
		return read_tcp(packet, headers, frame);
	if (headers->protocol == SEKISHO_PROTOCOL_UDP)
		return read_udp(packet, headers, frame);
	if (sekisho_is_icmp(frame->family, headers->protocol))
		return read_icmp(packet, headers, frame);
	return true;
}
