// SPDX-License-Identifier: GPL-2.0-only
/* What a received frame is, for tests. */
#include "dissect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/if_ether.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "words.h"

#define EXTENSION_HEADERS_MAX 16

struct cursor {
	const uint8_t *at;
	size_t left;
};

/* The next @length bytes, or NULL where there are fewer. */
static const uint8_t *take(struct cursor *cursor, size_t length)
{
	const uint8_t *at = cursor->at;

	if (cursor->left < length)
		return NULL;
	cursor->at += length;
	cursor->left -= length;
	return at;
}

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void add_vlan(struct dissected *frame, uint16_t tag)
{
	if (frame->vlan_count < DISSECT_TAGS_MAX)
		frame->vlans[frame->vlan_count++] = tag & 0xfff;
}

static void dissect_transport(struct dissected *frame, struct cursor *cursor)
{
	const uint8_t *header;

	if (frame->fragment_offset)
		return;
	switch (frame->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		header = take(cursor, 4);
		if (!header)
			return;
		frame->has_ports = true;
		frame->source_port = get16(header);
		frame->destination_port = get16(header + 2);
		header = take(cursor, 10);
		if (header && frame->protocol == IPPROTO_TCP)
			frame->tcp_flags = header[9];
		return;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		header = take(cursor, 2);
		if (!header)
			return;
		frame->has_ports = true;
		frame->source_port = header[0];
		frame->destination_port = header[1];
		return;
	default:
		return;
	}
}

static void dissect_ipv4(struct dissected *frame, struct cursor *cursor)
{
	const uint8_t *header = take(cursor, 20);
	size_t length;

	if (!header)
		return;
	frame->family = AF_INET;
	memcpy(frame->source, header + 12, 4);
	memcpy(frame->destination, header + 16, 4);
	frame->ttl = header[8];
	frame->protocol = header[9];
	frame->fragment_offset = (uint32_t)(get16(header + 6) & 0x1fff) * 8;
	frame->is_fragment = get16(header + 6) & 0x3fff;
	length = (size_t)(header[0] & 0xf) * 4;
	if (length >= 20 && take(cursor, length - 20))
		dissect_transport(frame, cursor);
}

static void dissect_ipv6(struct dissected *frame, struct cursor *cursor)
{
	const uint8_t *header = take(cursor, 40);
	uint8_t next;

	if (!header)
		return;
	frame->family = AF_INET6;
	memcpy(frame->source, header + 8, 16);
	memcpy(frame->destination, header + 24, 16);
	frame->ttl = header[7];
	next = header[6];
	for (int i = 0; i < EXTENSION_HEADERS_MAX; i++) {
		if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_DSTOPTS &&
		    next != IPPROTO_FRAGMENT)
			break;
		header = take(cursor, 8);
		if (!header)
			return;
		if (next == IPPROTO_FRAGMENT) {
			frame->is_fragment = true;
			frame->fragment_offset = get16(header + 2) & 0xfff8;
		} else if (!take(cursor, (size_t)header[1] * 8)) {
			return;
		}
		next = header[0];
	}
	frame->protocol = next;
	dissect_transport(frame, cursor);
}

struct dissected dissect_frame(const uint8_t *bytes, size_t length, int stripped_vlan)
{
	struct dissected frame = { .protocol = -1, .length = length };
	struct cursor cursor = { .at = bytes, .left = length };
	const uint8_t *header = take(&cursor, 14);

	if (!header)
		return frame;
	memcpy(frame.destination_mac, header, 6);
	memcpy(frame.source_mac, header + 6, 6);
	frame.ethertype = get16(header + 12);
	if (stripped_vlan >= 0)
		add_vlan(&frame, (uint16_t)stripped_vlan);
	while (frame.ethertype == ETH_P_8021Q || frame.ethertype == ETH_P_8021AD) {
		header = take(&cursor, 4);
		if (!header)
			return frame;
		add_vlan(&frame, get16(header));
		frame.ethertype = get16(header + 2);
	}
	if (frame.ethertype == ETHERTYPE_IP)
		dissect_ipv4(&frame, &cursor);
	else if (frame.ethertype == ETHERTYPE_IPV6)
		dissect_ipv6(&frame, &cursor);
	return frame;
}

static long protocol_number(struct words *words, struct words_layer *layer)
{
	static const struct {
		const char *name;
		long number;
	} protocols[] = {
		{ "tcp", IPPROTO_TCP },
		{ "udp", IPPROTO_UDP },
		{ "icmp", IPPROTO_ICMP },
		{ "icmp6", IPPROTO_ICMPV6 },
	};
	const char *text = words_text(layer, "proto");

	for (size_t i = 0; text && i < sizeof(protocols) / sizeof(*protocols); i++)
		if (!strcmp(text, protocols[i].name))
			return protocols[i].number;
	return text ? (long)words_number(words, layer, "proto", 0) : -1;
}

static long number_or_any(struct words *words, struct words_layer *layer, const char *name)
{
	return words_has(layer, name) ? (long)words_number(words, layer, name, 0) : -1;
}

static void read_filter(struct dissect_filter *filter, struct words *words,
			struct words_layer *layer)
{
	const char *vlan = words_text(layer, "vlan");

	filter->source_family = words_address(words, layer, "src", filter->source);
	filter->wants_source = filter->source_family != 0;
	filter->destination_family = words_address(words, layer, "dst", filter->destination);
	filter->wants_destination = filter->destination_family != 0;
	filter->wants_source_mac = words_mac(words, layer, "smac", filter->source_mac);
	filter->wants_destination_mac = words_mac(words, layer, "dmac", filter->destination_mac);
	filter->protocol = protocol_number(words, layer);
	filter->source_port = number_or_any(words, layer, "sport");
	filter->destination_port = number_or_any(words, layer, "dport");
	filter->type = number_or_any(words, layer, "type");
	filter->code = number_or_any(words, layer, "code");
	filter->ethertype = number_or_any(words, layer, "ethertype");
	filter->length = number_or_any(words, layer, "len");
	filter->ttl = number_or_any(words, layer, "ttl");
	filter->vlan = vlan && !strcmp(vlan, "none") ? 0 : number_or_any(words, layer, "vlan");
}

int dissect_filter_parse(struct dissect_filter *filter, char *const *words, int count)
{
	struct words split = { .error = filter->error, .error_bytes = sizeof(filter->error) };
	const struct words_field *unused;
	char *all[WORDS_FIELDS_MAX + 1] = { (char *)"filter" };
	const char *const layers[] = { "filter", NULL };

	if (count > WORDS_FIELDS_MAX) {
		snprintf(filter->error, sizeof(filter->error), "too many words");
		return -EINVAL;
	}
	for (int i = 0; i < count; i++)
		all[i + 1] = words[i];
	if (!words_split(&split, all, count + 1, layers))
		return -EINVAL;
	read_filter(filter, &split, &split.layers[0]);
	unused = words_unused(&split);
	if (unused)
		words_fail(&split, "no such field here: %s", unused->name);
	return split.failed ? -EINVAL : 0;
}

static bool same_address(int family, const uint8_t *wanted, int frame_family, const uint8_t *found)
{
	return family == frame_family && !memcmp(wanted, found, family == AF_INET6 ? 16 : 4);
}

static bool number_matches(long wanted, long found)
{
	return wanted < 0 || wanted == found;
}

bool dissect_matches(const struct dissect_filter *filter, const struct dissected *frame)
{
	bool is_icmp = frame->protocol == IPPROTO_ICMP || frame->protocol == IPPROTO_ICMPV6;
	long vlan = frame->vlan_count ? frame->vlans[0] : 0;
	long source_port = frame->has_ports && !is_icmp ? frame->source_port : -1;
	long destination_port = frame->has_ports && !is_icmp ? frame->destination_port : -1;
	long type = frame->has_ports && is_icmp ? frame->source_port : -1;
	long code = frame->has_ports && is_icmp ? frame->destination_port : -1;

	if (filter->wants_source &&
	    !same_address(filter->source_family, filter->source, frame->family, frame->source))
		return false;
	if (filter->wants_destination &&
	    !same_address(filter->destination_family, filter->destination, frame->family,
			  frame->destination))
		return false;
	if (filter->wants_source_mac && memcmp(filter->source_mac, frame->source_mac, 6))
		return false;
	if (filter->wants_destination_mac &&
	    memcmp(filter->destination_mac, frame->destination_mac, 6))
		return false;
	return number_matches(filter->protocol, frame->protocol) &&
	       number_matches(filter->source_port, source_port) &&
	       number_matches(filter->destination_port, destination_port) &&
	       number_matches(filter->type, type) && number_matches(filter->code, code) &&
	       number_matches(filter->ethertype, frame->ethertype) &&
	       number_matches(filter->length, (long)frame->length) &&
	       number_matches(filter->ttl, frame->ttl) && number_matches(filter->vlan, vlan);
}

static void print_mac(const uint8_t mac[6])
{
	printf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

void dissect_print(const struct dissected *frame)
{
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];

	print_mac(frame->source_mac);
	printf(" > ");
	print_mac(frame->destination_mac);
	for (int i = 0; i < frame->vlan_count; i++)
		printf(" vlan=%u", frame->vlans[i]);
	printf(" ethertype=0x%04x", frame->ethertype);
	if (frame->family) {
		inet_ntop(frame->family, frame->source, source, sizeof(source));
		inet_ntop(frame->family, frame->destination, destination, sizeof(destination));
		printf(" src=%s dst=%s ttl=%u proto=%d", source, destination, frame->ttl,
		       frame->protocol);
	}
	if (frame->is_fragment)
		printf(" fragment=%u", frame->fragment_offset);
	if (frame->protocol == IPPROTO_ICMP || frame->protocol == IPPROTO_ICMPV6)
		printf(" type=%u code=%u", frame->source_port, frame->destination_port);
	else if (frame->has_ports)
		printf(" sport=%u dport=%u", frame->source_port, frame->destination_port);
	if (frame->protocol == IPPROTO_TCP)
		printf(" flags=0x%02x", frame->tcp_flags);
	printf(" len=%zu\n", frame->length);
}
