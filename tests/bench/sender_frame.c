// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames of the sender: IPv4 with UDP without a checksum, or with TCP. All segments of a
 * connection that are sent more than once are the same one: it stays in the window for ever.
 */
#include "sender_frame.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <string.h>

#define INITIATOR_SEQ 1000
#define RESPONDER_SEQ 5000
#define WINDOW	      65535

#define FLAG_SYN 0x02
#define FLAG_ACK 0x10

bool sender_frame_kind(struct sender_frame *frame, const char *kind)
{
	static const struct {
		const char *name;
		uint8_t protocol;
		uint8_t flags;
		uint32_t seq;
		uint32_t ack;
	} kinds[] = {
		{ "udp", IPPROTO_UDP, 0, 0, 0 },
		{ "syn", IPPROTO_TCP, FLAG_SYN, INITIATOR_SEQ, 0 },
		{ "synack", IPPROTO_TCP, FLAG_SYN | FLAG_ACK, RESPONDER_SEQ, INITIATOR_SEQ + 1 },
		{ "ack", IPPROTO_TCP, FLAG_ACK, INITIATOR_SEQ + 1, RESPONDER_SEQ + 1 },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(kind, kinds[i].name))
			continue;
		frame->protocol = kinds[i].protocol;
		frame->tcp_flags = kinds[i].flags;
		frame->tcp_seq = kinds[i].seq;
		frame->tcp_ack = kinds[i].ack;
		return true;
	}
	return false;
}

/* Of 16-bit words as they lie in memory. */
static uint32_t sum_of(const void *bytes, size_t length)
{
	const uint8_t *at = bytes;
	uint32_t sum = 0;
	uint16_t word;

	for (size_t i = 0; i + 1 < length; i += 2) {
		memcpy(&word, at + i, sizeof(word));
		sum += word;
	}
	return (sum & 0xffff) + (sum >> 16);
}

static void make_tcp(const struct sender_frame *frame, uint8_t *at)
{
	struct tcphdr header = {
		.seq = htonl(frame->tcp_seq),
		.ack_seq = htonl(frame->tcp_ack),
		.doff = sizeof(header) / 4,
		.syn = (frame->tcp_flags & FLAG_SYN) != 0,
		.ack = (frame->tcp_flags & FLAG_ACK) != 0,
		.window = htons(WINDOW),
	};

	memcpy(at, &header, sizeof(header));
}

void sender_frame_make(const struct sender_frame *frame, uint8_t bytes[SENDER_FRAME_BYTES],
		       struct sender_plan *plan)
{
	const uint32_t total = frame->bytes - ETH_FCS_LEN - ETH_HLEN;
	const bool tcp = frame->protocol == IPPROTO_TCP;
	/* A short segment is padded by the link; a SYN has no data. */
	const bool bare = tcp &&
			  (frame->bytes == ETH_ZLEN + ETH_FCS_LEN || frame->tcp_flags & FLAG_SYN);
	const uint32_t payload = bare ? sizeof(struct tcphdr) : total - sizeof(struct iphdr);
	uint8_t *transport = bytes + ETH_HLEN + sizeof(struct iphdr);
	struct iphdr network = {
		.version = 4,
		.ihl = sizeof(network) / 4,
		.tot_len = htons(sizeof(network) + payload),
		.frag_off = htons(0x4000),
		.ttl = 64,
		.protocol = frame->protocol,
	};
	struct ethhdr link = { .h_proto = htons(ETH_P_IP) };
	struct udphdr datagram = { .len = htons(payload) };
	const uint16_t pseudo[] = { htons(frame->protocol), htons(payload) };

	memcpy(link.h_dest, frame->to, ETH_ALEN);
	memcpy(link.h_source, frame->from, ETH_ALEN);
	memcpy(bytes, &link, sizeof(link));
	memcpy(bytes + ETH_HLEN, &network, sizeof(network));
	if (tcp)
		make_tcp(frame, transport);
	else
		memcpy(transport, &datagram, sizeof(datagram));
	memcpy(plan->head, bytes, sizeof(plan->head));
	plan->network_sum = sum_of(&network, sizeof(network));
	plan->transport_sum =
		tcp ? sum_of(transport, sizeof(struct tcphdr)) + sum_of(pseudo, sizeof(pseudo)) : 0;
	plan->reply = frame->reply;
}
