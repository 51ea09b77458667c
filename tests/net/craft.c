// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames made from words. A frame is made from its end: each layer is put before what it carries,
 * and then knows its length and its checksum.
 */
#include "craft.h"

#include <errno.h>
#include <netinet/if_ether.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "words.h"

static const char *const layer_names[] = {
	"eth", "arp", "ip",   "hbh",  "dst",   "rt0",	 "rt",	  "fragment",
	"tcp", "udp", "icmp", "raw=", "text=", "zeros=", "snap=", NULL,
};

struct making {
	struct craft *craft;
	struct words words;
	const uint8_t *own_mac;
};

/* Makes room for @length bytes before what is there. */
static uint8_t *prepend(struct making *making, size_t length)
{
	struct craft *craft = making->craft;

	if (craft->start < length) {
		words_fail(&making->words, "the frame is too long");
		craft->start = CRAFT_BYTES;
	}
	craft->start -= length;
	memset(craft->bytes + craft->start, 0, length);
	return craft->bytes + craft->start;
}

static size_t made(const struct making *making)
{
	return CRAFT_BYTES - making->craft->start;
}

static void put16(uint8_t *at, uint64_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint64_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static uint32_t sum16(uint32_t sum, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		sum += (uint32_t)bytes[i] << (i % 2 ? 0 : 8);
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* The packet that layer @index is in: the nearest ip before it, or NULL. */
static struct words_layer *packet_of(struct making *making, size_t index)
{
	while (index--)
		if (words_is(&making->words.layers[index], "ip"))
			return &making->words.layers[index];
	return NULL;
}

static int packet_family(struct making *making, struct words_layer *packet, uint8_t source[16],
			 uint8_t destination[16])
{
	int from, to;

	memset(source, 0, 16);
	memset(destination, 0, 16);
	from = words_address(&making->words, packet, "src", source);
	to = words_address(&making->words, packet, "dst", destination);
	if (!from || from != to)
		words_fail(&making->words, "ip wants src and dst of one family");
	return from;
}

static bool in_ipv6(struct making *making, size_t index)
{
	struct words_layer *packet = packet_of(making, index);
	uint8_t source[16], destination[16];

	return packet && packet_family(making, packet, source, destination) == AF_INET6;
}

/* Over the whole of what is made, with the pseudo-header of the packet around it. */
static uint16_t transport_checksum(struct making *making, size_t index, uint8_t protocol)
{
	struct words_layer *packet = packet_of(making, index);
	uint8_t source[16], destination[16];
	uint32_t sum = 0;
	size_t width;

	if (packet && protocol != IPPROTO_ICMP) {
		width = packet_family(making, packet, source, destination) == AF_INET6 ? 16 : 4;
		sum = sum16(sum, source, width);
		sum = sum16(sum, destination, width);
		sum += (uint32_t)made(making) + protocol;
	}
	return fold(sum16(sum, making->craft->bytes + making->craft->start, made(making)));
}

static void set_checksum(struct making *making, size_t index, size_t offset, uint8_t protocol)
{
	struct words_layer *layer = &making->words.layers[index];
	uint8_t *at = making->craft->bytes + making->craft->start + offset;
	uint16_t sum;

	if (words_has(layer, "csum")) {
		put16(at, words_number(&making->words, layer, "csum", 0));
		return;
	}
	sum = transport_checksum(making, index, protocol);
	/* UDP has no checksum 0 but 'none'. */
	put16(at, protocol == IPPROTO_UDP && !sum ? 0xffff : sum);
}

/* The number by which the layer before names layer @index. */
static uint8_t next_protocol(struct making *making, size_t index, bool ipv6)
{
	static const struct {
		const char *name;
		uint8_t number;
	} protocols[] = {
		{ "hbh", IPPROTO_HOPOPTS },	  { "dst", IPPROTO_DSTOPTS },
		{ "rt0", IPPROTO_ROUTING },	  { "rt", IPPROTO_ROUTING },
		{ "fragment", IPPROTO_FRAGMENT }, { "tcp", IPPROTO_TCP },
		{ "udp", IPPROTO_UDP },
	};
	struct words_layer *layer;

	if (index >= making->words.count)
		return ipv6 ? IPPROTO_NONE : IPPROTO_RAW;
	layer = &making->words.layers[index];
	for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++)
		if (words_is(layer, protocols[i].name))
			return protocols[i].number;
	if (words_is(layer, "icmp"))
		return ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	if (words_is(layer, "ip"))
		return in_ipv6(making, index + 1) ? IPPROTO_IPV6 : IPPROTO_IPIP;
	return ipv6 ? IPPROTO_NONE : IPPROTO_RAW;
}

static void make_tcp(struct making *making, size_t index)
{
	static const char letters[] = "FSRPAUEC";
	struct words *words = &making->words;
	struct words_layer *layer = &words->layers[index];
	const char *flags = words_text(layer, "flags");
	uint8_t options[8] = { 0 }, *header;
	size_t length = 0;

	if (words_has(layer, "mss")) {
		options[length] = 2;
		options[length + 1] = 4;
		put16(options + length + 2, words_number(words, layer, "mss", 0));
		length += 4;
	}
	if (words_has(layer, "wscale")) {
		options[length] = 1;
		options[length + 1] = 3;
		options[length + 2] = 3;
		options[length + 3] = (uint8_t)words_number(words, layer, "wscale", 0);
		length += 4;
	}
	header = prepend(making, 20 + length);
	memcpy(header + 20, options, length);
	put16(header, words_number(words, layer, "sport", 0));
	put16(header + 2, words_number(words, layer, "dport", 0));
	put32(header + 4, words_number(words, layer, "seq", 0));
	put32(header + 8, words_number(words, layer, "ack", 0));
	header[12] = (uint8_t)(words_number(words, layer, "off", (20 + length) / 4) << 4);
	for (; flags && *flags; flags++) {
		const char *letter = strchr(letters, *flags);

		if (!letter)
			words_fail(words, "no TCP flag '%c'", *flags);
		else
			header[13] |= (uint8_t)(1 << (letter - letters));
	}
	put16(header + 14, words_number(words, layer, "win", 65535));
	set_checksum(making, index, 16, IPPROTO_TCP);
}

static void make_udp(struct making *making, size_t index)
{
	struct words *words = &making->words;
	struct words_layer *layer = &words->layers[index];
	uint8_t *header = prepend(making, 8);

	put16(header, words_number(words, layer, "sport", 0));
	put16(header + 2, words_number(words, layer, "dport", 0));
	put16(header + 4, words_number(words, layer, "len", made(making)));
	set_checksum(making, index, 6, IPPROTO_UDP);
}

static void make_icmp(struct making *making, size_t index)
{
	struct words *words = &making->words;
	struct words_layer *layer = &words->layers[index];
	uint8_t *header = prepend(making, 8);

	header[0] = (uint8_t)words_number(words, layer, "type", 0);
	header[1] = (uint8_t)words_number(words, layer, "code", 0);
	put16(header + 4, words_number(words, layer, "id", 0));
	put16(header + 6, words_number(words, layer, "seq", 0));
	set_checksum(making, index, 2, in_ipv6(making, index) ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
}

/* Options and routing headers: whole units of eight bytes, padded with Pad1. */
static void make_extension(struct making *making, size_t index)
{
	struct words *words = &making->words;
	struct words_layer *layer = &words->layers[index];
	uint8_t data[2048] = { 0 }, *header;
	const char *text = words_text(layer, "data");
	size_t length = text ? words_hex(words, text, data, sizeof(data)) : 0;
	size_t padded = (2 + length + 7) / 8 * 8;

	header = prepend(making, padded);
	header[0] =
		(uint8_t)words_number(words, layer, "next", next_protocol(making, index + 1, true));
	header[1] = (uint8_t)words_number(words, layer, "len", padded / 8 - 1);
	memcpy(header + 2, data, length);
	if (words_is(layer, "rt"))
		header[2] = (uint8_t)words_number(words, layer, "type", 0);
}

static void make_fragment_header(struct making *making, uint8_t next, uint64_t offset, bool more,
				 uint64_t identification)
{
	uint8_t *header = prepend(making, 8);

	header[0] = next;
	put16(header + 2, (offset & ~7ull) | (more ? 1 : 0));
	put32(header + 4, identification);
}

static void make_fragment(struct making *making, size_t index)
{
	struct words *words = &making->words;
	struct words_layer *layer = &words->layers[index];
	uint64_t next = words_number(words, layer, "next", next_protocol(making, index + 1, true));

	make_fragment_header(making, (uint8_t)next, words_number(words, layer, "off", 0),
			     words_number(words, layer, "mf", 0) != 0,
			     words_number(words, layer, "id", 0));
}

struct piece {
	bool is_fragment;
	bool more;
	uint64_t offset;
	uint64_t identification;
};

/* What frag= or cut= say of the packet; cut= also takes the rest of the payload away. */
static struct piece take_piece(struct making *making, struct words_layer *layer)
{
	struct craft *craft = making->craft;
	struct words *words = &making->words;
	struct piece piece = { .identification = words_number(words, layer, "id", 0) };
	uint64_t numbers[3];
	size_t whole = made(making);

	if (words_numbers(words, layer, "frag", numbers, 3)) {
		piece.is_fragment = true;
		piece.offset = numbers[0];
		piece.more = numbers[1] != 0;
		piece.identification = numbers[2];
	} else if (words_numbers(words, layer, "cut", numbers, 2)) {
		if (numbers[0] > whole || numbers[1] > whole - numbers[0]) {
			words_fail(words, "cut is beyond the payload's %zu bytes", whole);
			return piece;
		}
		piece.is_fragment = true;
		piece.offset = numbers[0];
		piece.more = numbers[0] + numbers[1] < whole;
		/* The kept bytes move to the end, where all is made. */
		memmove(craft->bytes + CRAFT_BYTES - numbers[1],
			craft->bytes + craft->start + numbers[0], numbers[1]);
		craft->start = CRAFT_BYTES - numbers[1];
	}
	return piece;
}

static void make_ipv4(struct making *making, size_t index, const uint8_t *source,
		      const uint8_t *destination)
{
	struct words *words = &making->words;
	struct words_layer *layer = &words->layers[index];
	struct piece piece = take_piece(making, layer);
	const char *text = words_text(layer, "options");
	uint8_t options[40] = { 0 }, *header;
	size_t length = text ? words_hex(words, text, options, sizeof(options)) : 0;

	length = 20 + (length + 3) / 4 * 4;
	header = prepend(making, length);
	memcpy(header + 20, options, length - 20);
	header[0] = (uint8_t)(words_number(words, layer, "version", 4) << 4 |
			      (words_number(words, layer, "ihl", length / 4) & 0xf));
	header[1] = (uint8_t)words_number(words, layer, "tos", 0);
	put16(header + 2, words_number(words, layer, "len", made(making)));
	put16(header + 4, piece.identification);
	put16(header + 6, piece.offset / 8 | (piece.more ? 0x2000 : 0) |
				  (words_number(words, layer, "df", 0) ? 0x4000 : 0));
	header[8] = (uint8_t)words_number(words, layer, "ttl", 64);
	header[9] = (uint8_t)words_number(words, layer, "proto",
					  next_protocol(making, index + 1, false));
	memcpy(header + 12, source, 4);
	memcpy(header + 16, destination, 4);
	put16(header + 10, words_has(layer, "csum") ? words_number(words, layer, "csum", 0)
						    : fold(sum16(0, header, length)));
}

static void make_ipv6(struct making *making, size_t index, const uint8_t *source,
		      const uint8_t *destination)
{
	struct words *words = &making->words;
	struct words_layer *layer = &words->layers[index];
	uint8_t next = (uint8_t)words_number(words, layer, "proto",
					     next_protocol(making, index + 1, true));
	struct piece piece = take_piece(making, layer);
	uint8_t *header;
	size_t payload;

	if (piece.is_fragment) {
		make_fragment_header(making, next, piece.offset, piece.more, piece.identification);
		next = IPPROTO_FRAGMENT;
	}
	payload = made(making);
	header = prepend(making, 40);
	put32(header, words_number(words, layer, "version", 6) << 28 |
			      words_number(words, layer, "tos", 0) << 20);
	put16(header + 4, words_number(words, layer, "len", payload));
	header[6] = next;
	header[7] = (uint8_t)words_number(words, layer, "ttl", 64);
	memcpy(header + 8, source, 16);
	memcpy(header + 24, destination, 16);
}

static void make_ip(struct making *making, size_t index)
{
	uint8_t source[16], destination[16];

	if (packet_family(making, &making->words.layers[index], source, destination) == AF_INET6)
		make_ipv6(making, index, source, destination);
	else
		make_ipv4(making, index, source, destination);
}

static void make_arp(struct making *making, size_t index)
{
	struct words *words = &making->words;
	struct words_layer *layer = &words->layers[index];
	uint8_t *header = prepend(making, 28), address[16];

	put16(header, 1);
	put16(header + 2, ETHERTYPE_IP);
	header[4] = 6;
	header[5] = 4;
	put16(header + 6, words_number(words, layer, "op", 1));
	memcpy(header + 8, making->own_mac, 6);
	words_mac(words, layer, "sha", header + 8);
	if (words_address(words, layer, "spa", address))
		memcpy(header + 14, address, 4);
	words_mac(words, layer, "tha", header + 18);
	if (words_address(words, layer, "tpa", address))
		memcpy(header + 24, address, 4);
}

static uint16_t carried_type(struct making *making, size_t index)
{
	if (index < making->words.count) {
		if (words_is(&making->words.layers[index], "arp"))
			return ETHERTYPE_ARP;
		if (words_is(&making->words.layers[index], "ip") && in_ipv6(making, index + 1))
			return ETHERTYPE_IPV6;
	}
	return ETHERTYPE_IP;
}

static void make_eth(struct making *making, size_t index)
{
	struct words *words = &making->words;
	struct words_layer *layer = &words->layers[index];
	uint64_t type = words_number(words, layer, "type", carried_type(making, index + 1));
	uint8_t *header;

	/* Tags in the order written; each holds the type of what follows it. */
	for (size_t i = layer->field_count; i--;) {
		struct words_field *field = &layer->fields[i];
		struct words_layer tag = { .fields = { *field }, .field_count = 1 };
		bool service = field->name_length == 5 && !strncmp(field->name, "svlan", 5);

		if (!service && !(field->name_length == 4 && !strncmp(field->name, "vlan", 4)))
			continue;
		header = prepend(making, 4);
		put16(header, words_number(words, &tag, service ? "svlan" : "vlan", 0));
		put16(header + 2, type);
		type = service ? ETH_P_8021AD : ETH_P_8021Q;
		field->used = true;
	}
	header = prepend(making, 14);
	memset(header, 0xff, 6);
	memcpy(header + 6, making->own_mac, 6);
	words_mac(words, layer, "dst", header);
	words_mac(words, layer, "src", header + 6);
	put16(header + 12, type);
}

static void make_raw(struct making *making, size_t index)
{
	struct words_layer *layer = &making->words.layers[index];
	uint8_t bytes[8192];
	size_t length = words_hex(&making->words, layer->value, bytes, sizeof(bytes));

	memcpy(prepend(making, length), bytes, length);
}

static void make_text(struct making *making, size_t index)
{
	const char *text = making->words.layers[index].value;
	size_t length = strlen(text);

	if (length < CRAFT_BYTES)
		memcpy(prepend(making, length), text, length);
	else
		words_fail(&making->words, "the frame is too long");
}

static uint64_t layer_number(struct making *making, size_t index)
{
	struct words_layer *layer = &making->words.layers[index];
	struct words_layer self = {
		.fields = { { .name = "n", .name_length = 1, .value = layer->value } },
		.field_count = 1,
	};

	return words_number(&making->words, &self, "n", 0);
}

static void make_zeros(struct making *making, size_t index)
{
	uint64_t count = layer_number(making, index);

	if (count < CRAFT_BYTES)
		prepend(making, count);
	else
		words_fail(&making->words, "the frame is too long");
}

static void make_snap(struct making *making, size_t index)
{
	making->craft->keep = layer_number(making, index);
}

static void make_layer(struct making *making, size_t index)
{
	static const struct {
		const char *name;
		void (*make)(struct making *making, size_t index);
	} makers[] = {
		{ "eth", make_eth },	   { "arp", make_arp },	      { "ip", make_ip },
		{ "hbh", make_extension }, { "dst", make_extension }, { "rt0", make_extension },
		{ "rt", make_extension },  { "tcp", make_tcp },	      { "fragment", make_fragment },
		{ "udp", make_udp },	   { "icmp", make_icmp },     { "raw", make_raw },
		{ "text", make_text },	   { "zeros", make_zeros },   { "snap", make_snap },
	};

	for (size_t i = 0; i < sizeof(makers) / sizeof(*makers); i++)
		if (words_is(&making->words.layers[index], makers[i].name))
			makers[i].make(making, index);
}

int craft_frame(struct craft *craft, char *const *words, int count, const uint8_t own_mac[6])
{
	struct making making = {
		.craft = craft,
		.words = { .error = craft->error, .error_bytes = sizeof(craft->error) },
		.own_mac = own_mac,
	};
	const struct words_field *unused;

	craft->start = CRAFT_BYTES;
	craft->keep = CRAFT_BYTES;
	if (!words_split(&making.words, words, count, layer_names))
		return -EINVAL;
	for (size_t i = making.words.count; i-- && !making.words.failed;)
		make_layer(&making, i);
	unused = words_unused(&making.words);
	if (unused)
		words_fail(&making.words, "no such field here: %s", unused->name);
	return making.words.failed ? -EINVAL : 0;
}

const uint8_t *craft_bytes(const struct craft *craft, size_t *length)
{
	size_t whole = CRAFT_BYTES - craft->start;

	*length = whole < craft->keep ? whole : craft->keep;
	return craft->bytes + craft->start;
}
