// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is made of the frames of a dialogue on their way: fragments, ICMP errors about them,
 * extension headers, false addresses, odd tags, changed bytes.
 */
#include <string.h>

#include "episode.h"

static uint16_t ethertype_of(const struct craft *craft)
{
	return craft->family == 4 ? 0x0800 : 0x86dd;
}

static void send_piece(struct episode *episode, const struct dialogue *dialogue,
		       struct craft *craft, const struct bytes *transport, size_t from, size_t to)
{
	struct bytes bytes = { .length = 0 };
	size_t length = to < transport->length ? to - from : transport->length - from;

	craft->offset = (uint16_t)from;
	craft->more = from + length < transport->length;
	craft_link(craft, ethertype_of(craft), &bytes);
	craft_ip(craft, transport, from, length, &bytes);
	dialogue_send(episode, dialogue, dialogue->last_side, &bytes);
}

/* Where the first piece ends: mostly behind the header, sometimes within. */
static size_t first_cut(struct random *random)
{
	if (random_percent(random, 12))
		return 8 * (size_t)random_between(random, 1, 2);
	return 8 * (size_t)random_between(random, 3, 8);
}

void disturb_fragments(struct episode *episode)
{
	struct random *random = &episode->random;
	struct dialogue *dialogue = dialogue_any(episode);
	struct bytes transport = { .length = 0 };
	struct craft craft;
	size_t cut, second;

	if (!dialogue)
		return;
	dialogue_next(episode, dialogue);
	craft = dialogue->last;
	if (craft.payload < 40 && random_percent(random, 80))
		craft.payload += 40;
	craft.fragment = true;
	craft.identification = random_percent(random, 70) ? random_below(random, 16)
							  : (uint32_t)random_number(random);
	craft_transport(&craft, &transport);
	cut = first_cut(random);
	if (cut >= transport.length) {
		craft.more = random_percent(random, 20);
		cut = transport.length;
	}
	second = cut + 8 * (size_t)random_between(random, 1, 3);
	if (random_percent(random, 92))
		send_piece(episode, dialogue, &craft, &transport, 0, cut);
	if (random_percent(random, 10))
		episode_pass(episode, 1000000000ull * random_between(random, 1, 33),
			     random_percent(random, 50));
	if (random_percent(random, 5))
		craft.identification++;
	if (random_percent(random, 3))
		craft.protocol ^= 1;
	if (cut < transport.length)
		send_piece(episode, dialogue, &craft, &transport, cut, second);
	if (second < transport.length && random_percent(random, 80))
		send_piece(episode, dialogue, &craft, &transport, second, transport.length);
}

static void error_type(struct random *random, struct craft *error)
{
	static const uint8_t types4[] = { 3, 3, 3, 11, 12, 4, 5 };
	static const uint8_t types6[] = { 1, 2, 3, 4, 100, 137, 0 };

	error->protocol = error->family == 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6;
	error->icmp_type = error->family == 4 ? random_pick(random, types4)
					      : random_pick(random, types6);
	error->icmp_code = (uint8_t)random_below(random, 5);
}

/* What is quoted: the last frame's packet, its like the other way, or one that never was. */
static void quote(struct random *random, const struct craft *last, struct bytes *quoted)
{
	struct craft craft = *last;
	struct bytes transport = { .length = 0 };

	if (random_percent(random, 5))
		craft.source_port++;
	if (random_percent(random, 5) && craft.family == 6) {
		craft.extensions[0] = (struct extension){ .kind = PROTOCOL_OPTIONS, .units = 1 };
		craft.extension_count = 1;
	}
	if (random_percent(random, 6)) {
		craft.fragment = true;
		craft.more = random_percent(random, 60);
		craft.offset = random_percent(random, 50) ? 0 : 16;
	}
	craft_transport(&craft, &transport);
	craft_ip(&craft, &transport, 0,
		 craft.fragment && craft.more ? transport.length & ~(size_t)7 : transport.length,
		 quoted);
	if (random_percent(random, 40)) {
		size_t headers = quoted->length - transport.length;

		quoted->length = headers + random_below(random, transport.length + 1);
		if (random_percent(random, 60) && transport.length >= 8)
			quoted->length = headers + 8;
	}
	if (random_percent(random, 4) && quoted->length)
		quoted->data[random_below(random, quoted->length)] ^=
			(uint8_t)(1u << random_below(random, 8));
}

/* An error about the last frame goes against it: from who got it, or from a router on the way. */
void disturb_icmp_error(struct episode *episode)
{
	struct random *random = &episode->random;
	struct dialogue *dialogue = dialogue_any(episode);
	struct bytes bytes = { .length = 0 }, transport = { .length = 0 };
	struct bytes quoted = { .length = 0 };
	struct dialogue seen;
	struct craft error;

	if (!dialogue)
		return;
	if (!dialogue->stage)
		dialogue_next(episode, dialogue);
	seen = *dialogue;
	dialogue_address(&seen, seen.last_side ^ 1, &error);
	quote(random, &seen.last, &quoted);
	if (random_percent(random, 30))
		world_host(episode->world, random,
			   random_percent(random, 85)
				   ? seen.parties[seen.last_side ^ 1].segment
				   : (uint16_t)random_below(random,
							    episode->world->policy->segment_count),
			   error.family, &error.source);
	if (random_percent(random, 10)) {
		/* the border host itself answers */
		seen.parties[seen.last_side ^ 1].segment = SEKISHO_SEGMENT_SELF;
		world_host(episode->world, random, SEKISHO_SEGMENT_SELF, error.family,
			   &error.source);
	}
	if (random_percent(random, 5))
		error.destination.low ^= 1;
	error_type(random, &error);
	error.payload = 0;
	craft_transport(&error, &transport);
	bytes_put(&transport, quoted.data, quoted.length);
	if (random_percent(random, 4)) {
		error.fragment = true;
		error.more = true;
		error.identification = random_below(random, 4);
		transport.length &= ~(size_t)7;
	}
	craft_link(&error, ethertype_of(&error), &bytes);
	craft_ip(&error, &transport, 0, transport.length, &bytes);
	dialogue_send(episode, &seen, seen.last_side ^ 1, &bytes);
}

static void add_extension(struct random *random, struct craft *craft)
{
	static const uint8_t kinds[] = { 60, 60, 43, 44, 0 };
	struct extension *extension = &craft->extensions[craft->extension_count++];

	extension->kind = random_pick(random, kinds);
	extension->units = (uint8_t)(random_percent(random, 20) ? random_below(random, 3) : 0);
	extension->type = (uint8_t)random_below(random, 5);
	extension->left = (uint8_t)(random_percent(random, 30) ? random_below(random, 3) : 0);
}

void disturb_extensions(struct episode *episode)
{
	struct random *random = &episode->random;
	struct dialogue *dialogue = dialogue_any(episode);
	struct bytes bytes = { .length = 0 };
	unsigned int wanted = random_percent(random, 80) ? random_between(random, 1, 3)
							 : random_between(random, 7, 10);
	struct craft craft;

	if (!dialogue || dialogue->family != 6)
		return;
	dialogue_next(episode, dialogue);
	craft = dialogue->last;
	if (random_percent(random, 40))
		craft.extensions[craft.extension_count++] = (struct extension){ .kind = 0 };
	while (craft.extension_count < wanted)
		add_extension(random, &craft);
	if (random_percent(random, 30))
		for (unsigned int i = 1; i < craft.extension_count; i++)
			craft.extensions[i] = (struct extension){ .kind = PROTOCOL_OPTIONS };
	if (random_percent(random, 20)) {
		craft.more = random_percent(random, 70);
		craft.offset = (uint16_t)(8 * random_below(random, 3));
		craft.identification = random_below(random, 8);
	}
	craft_frame(&craft, &bytes);
	dialogue_send(episode, dialogue, dialogue->last_side, &bytes);
}

static struct sekisho_address special(struct random *random, uint8_t family)
{
	static const uint32_t four[] = { 0,	     0xffffffff, 0x7f000001, 0xe0000001, 0xeffffffa,
					 0x0a01017f, 0x08080808, 0x0a0101ff, 0x7fffffff };
	static const struct sekisho_address six[] = {
		{ 0, 0 },
		{ 0, 1 },
		{ 0, 0xffff0a010101ull },
		{ 0, 0xffffc0a81001ull },
		{ 0xfe80000000000000ull, 1 },
		{ 0xfe80000000000000ull, 0x1234 },
		{ 0xfebfffffffffffffull, 9 },
		{ 0xff02000000000000ull, 1 },
		{ 0xff05000000000000ull, 2 },
		{ 0x2a00145000000000ull, 3 },
	};

	if (family == 4)
		return (struct sekisho_address){ 0, random_pick(random, four) };
	return random_pick(random, six);
}

/* The same frame in IPv6, by IPv4-mapped addresses: no connection of IPv4 is its own. */
static void map_addresses(struct craft *craft)
{
	craft->family = 6;
	craft->source.low |= 0xffffull << 32;
	craft->destination.low |= 0xffffull << 32;
}

void disturb_addresses(struct episode *episode)
{
	struct random *random = &episode->random;
	struct dialogue *dialogue = dialogue_any(episode);
	struct bytes bytes = { .length = 0 };
	struct craft craft;
	uint16_t segment = (uint16_t)random_below(random, episode->world->policy->segment_count);
	struct sekisho_address *changed;

	if (!dialogue)
		return;
	dialogue_next(episode, dialogue);
	craft = dialogue->last;
	changed = random_percent(random, 50) ? &craft.source : &craft.destination;
	if (craft.family == 4 && random_percent(random, 10))
		map_addresses(&craft);
	else if (random_percent(random, 50))
		*changed = special(random, craft.family);
	else
		world_host(episode->world, random, segment, craft.family, changed);
	if (random_percent(random, 10) && episode->world->self.broadcasts.count &&
	    craft.family == 4)
		*changed = episode->world->self.broadcasts.items[0].first;
	craft_frame(&craft, &bytes);
	dialogue_send(episode, dialogue, dialogue->last_side, &bytes);
}

static void insert(struct bytes *bytes, size_t at, const uint8_t *data, size_t length)
{
	if (bytes->length + length > sizeof(bytes->data))
		return;
	memmove(bytes->data + at + length, bytes->data + at, bytes->length - at);
	memcpy(bytes->data + at, data, length);
	bytes->length += length;
}

void disturb_tags(struct episode *episode)
{
	static const uint8_t tags[][4] = {
		{ 0x81, 0x00, 0x00, 0x0a }, { 0x88, 0xa8, 0x00, 0x0a }, { 0x91, 0x00, 0x00, 0x01 },
		{ 0x92, 0x00, 0x00, 0x01 }, { 0x81, 0x00, 0xe0, 0x00 }, { 0x81, 0x00, 0x0f, 0xff },
		{ 0x81, 0x00, 0x20, 0x14 },
	};
	static const uint16_t types[] = { 0x88cc, 0x8892, 0x0027, 0x8847, 0x6003,
					  0x88f7, 0x05dc, 0x9999, 0x0806, 0x0600 };
	struct random *random = &episode->random;
	struct dialogue *dialogue = dialogue_any(episode);
	struct bytes bytes = { .length = 0 };

	if (!dialogue)
		return;
	dialogue_next(episode, dialogue);
	if (random_percent(random, 50)) {
		craft_link(&dialogue->last, random_pick(random, types), &bytes);
		bytes_zero(&bytes, random_below(random, 60));
	} else {
		craft_frame(&dialogue->last, &bytes);
		insert(&bytes, 12, random_pick(random, tags), 4);
	}
	dialogue_send(episode, dialogue, dialogue->last_side, &bytes);
}

void disturb_bytes(struct episode *episode)
{
	struct random *random = &episode->random;
	struct dialogue *dialogue = dialogue_any(episode);
	struct bytes bytes = { .length = 0 };
	size_t headers;

	if (!dialogue)
		return;
	dialogue_next(episode, dialogue);
	craft_frame(&dialogue->last, &bytes);
	headers = bytes.length < 80 ? bytes.length : 80;
	for (unsigned int changes = random_between(random, 0, 3); changes--;) {
		size_t at = 12 + random_below(random, headers - 12);

		if (random_percent(random, 50))
			bytes.data[at] ^= (uint8_t)(1u << random_below(random, 8));
		else
			bytes.data[at] = (uint8_t)random_below(random, 256);
	}
	if (random_percent(random, 30))
		bytes.length = 14 + random_below(random, bytes.length - 13);
	else if (random_percent(random, 20))
		bytes_zero(&bytes, random_below(random, 20));
	dialogue_send(episode, dialogue, dialogue->last_side, &bytes);
}
