// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the packet that an ICMP error quotes, as far as it tells which connection the error is
 * about. Knows nothing of connections.
 */
#include "packet.h"

#define ICMP_BYTES  8
#define PORTS_BYTES 4

static bool read_ports(const struct sekisho_packet *packet, const struct sekisho_headers *headers,
		       struct sekisho_frame *frame)
{
	u8 buffer[ICMP_BYTES];
	const u8 *bytes;

	if (headers->protocol == SEKISHO_PROTOCOL_TCP ||
	    headers->protocol == SEKISHO_PROTOCOL_UDP) {
		bytes = sekisho_packet_bytes(packet, headers->transport, PORTS_BYTES, buffer);
		if (!bytes)
			return false;
		frame->quoted_source_port = sekisho_read16(bytes);
		frame->quoted_destination_port = sekisho_read16(bytes + 2);
		return true;
	}
	if (!sekisho_is_icmp(frame->family, headers->protocol))
		return true;
	bytes = sekisho_packet_bytes(packet, headers->transport, ICMP_BYTES, buffer);
	return bytes && sekisho_icmp_ports(frame->family, bytes, &frame->quoted_source_port,
					   &frame->quoted_destination_port);
}

void sekisho_quoted_read(const struct sekisho_packet *packet, u32 icmp, struct sekisho_frame *frame)
{
	u32 skipped = icmp + ICMP_BYTES;
	struct sekisho_packet quoted = {
		.skb = packet->skb,
		.start = packet->start + skipped,
		.held = packet->held - skipped,
		.quotation = true,
	};
	struct sekisho_headers headers = {};

	if (!sekisho_headers_read(&quoted, frame->family, &headers))
		return;
	if (headers.extension_forbidden || headers.fragment == SEKISHO_FRAGMENT_LATER)
		return;
	if (!read_ports(&quoted, &headers, frame))
		return;
	frame->quoted = true;
	frame->quoted_protocol = headers.protocol;
	frame->quoted_source = headers.source;
	frame->quoted_destination = headers.destination;
}
