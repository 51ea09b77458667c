// SPDX-License-Identifier: GPL-2.0-only
/*
 * What keeps a link going: ARP, neighbour discovery, multicast listeners, DHCP; mostly right, and
 * sometimes not quite.
 */
#include "episode.h"

/* A frame from a host of a segment at one of the segment's ports, or from the border host there. */
static bool begin(struct episode *episode, uint8_t family, struct craft *craft, bool *output,
		  uint8_t *device)
{
	struct random *random = &episode->random;
	const struct sekisho_policy *policy = episode->world->policy;
	uint16_t segment = (uint16_t)(1 + random_below(random, policy->segment_count - 1));
	uint16_t vlan;

	*craft = (struct craft){ .family = family, .scale = -1, .destination_mac = 0xffffffffffff };
	if (!episode_port(episode, segment, device, &vlan))
		return false;
	craft->vlan = vlan ? vlan : -1;
	*output = random_percent(random, 15);
	if (*output || random_percent(random, 8))
		segment = SEKISHO_SEGMENT_SELF;
	if (!world_host(episode->world, random, segment, family, &craft->source))
		return false;
	craft->source_mac = world_mac(craft->source);
	return true;
}

static void arp(struct episode *episode)
{
	struct random *random = &episode->random;
	struct bytes bytes = { .length = 0 };
	struct craft craft;
	uint8_t device;
	bool output;

	if (!begin(episode, 4, &craft, &output, &device))
		return;
	craft_link(&craft, 0x0806, &bytes);
	bytes_put32(&bytes, random_percent(random, 95) ? 0x00010800 : 0x00060800);
	bytes_put32(&bytes, random_percent(random, 95) ? 0x06040001 : 0x06100002);
	bytes_put16(&bytes, (uint16_t)(craft.source_mac >> 32));
	bytes_put32(&bytes, (uint32_t)craft.source_mac);
	bytes_put32(&bytes, random_percent(random, 95) ? (uint32_t)craft.source.low : 0);
	bytes_zero(&bytes, random_percent(random, 95) ? 10 : 9);
	episode_frame(episode, output, device, &bytes);
}

static struct sekisho_address link_local(struct random *random, uint64_t low)
{
	if (random_percent(random, 20))
		return (struct sekisho_address){ 0, 0 };
	return (struct sekisho_address){ 0xfe80000000000000ull, low & 0xffffff };
}

static void icmpv6(struct episode *episode)
{
	static const uint8_t types[] = { 133, 134, 135, 136, 135, 136, 130, 131, 132, 143 };
	struct random *random = &episode->random;
	struct bytes bytes = { .length = 0 };
	struct craft craft;
	uint8_t device;
	bool output;

	if (!begin(episode, 6, &craft, &output, &device))
		return;
	craft.protocol = PROTOCOL_ICMPV6;
	craft.icmp_type = random_pick(random, types);
	craft.hop_limit = craft.icmp_type < 133 || craft.icmp_type == 143 ? 1 : 255;
	craft.destination = (struct sekisho_address){ 0xff02000000000000ull, 1 };
	if (random_percent(random, 50))
		craft.source = link_local(random, craft.source_mac);
	if (random_percent(random, 15))
		world_host(episode->world, random,
			   random_percent(random, 70)
				   ? SEKISHO_SEGMENT_SELF
				   : (uint16_t)random_below(random,
							    episode->world->policy->segment_count),
			   6, &craft.destination);
	if (random_percent(random, 6))
		craft.hop_limit = 64;
	if (random_percent(random, 6))
		craft.icmp_code = 1;
	if (random_percent(random, 10))
		craft.extensions[craft.extension_count++] =
			(struct extension){ .kind = PROTOCOL_HOP };
	if (random_percent(random, 3))
		craft.extensions[craft.extension_count++] =
			(struct extension){ .kind = PROTOCOL_ROUTING, .left = 1 };
	craft.payload = 16;
	if (random_percent(random, 3)) {
		craft.fragment = true;
		craft.more = random_percent(random, 50);
	}
	craft_frame(&craft, &bytes);
	episode_frame(episode, output, device, &bytes);
}

static void dhcp(struct episode *episode)
{
	struct random *random = &episode->random;
	uint8_t family = random_percent(random, 60) ? 4 : 6;
	struct bytes bytes = { .length = 0 };
	struct craft craft;
	uint8_t device;
	bool output;

	if (!begin(episode, family, &craft, &output, &device))
		return;
	craft.protocol = PROTOCOL_UDP;
	craft.hop_limit = 64;
	craft.payload = 40;
	craft.source_port = family == 4 ? 68 : 546;
	craft.destination_port = family == 4 ? 67 : 547;
	if (random_percent(random, 5))
		craft.source_port++;
	if (family == 4 && random_percent(random, 80))
		craft.source = (struct sekisho_address){ 0, 0 };
	else if (family == 6)
		craft.source = link_local(random, craft.source_mac);
	craft.destination = family == 4
				    ? (struct sekisho_address){ 0, 0xffffffff }
				    : (struct sekisho_address){ 0xff02000000000000ull, 0x10002 };
	if (random_percent(random, 20))
		world_host(episode->world, random, SEKISHO_SEGMENT_SELF, family,
			   &craft.destination);
	if (random_percent(random, 4)) {
		craft.fragment = true;
		craft.more = true;
	}
	craft_frame(&craft, &bytes);
	episode_frame(episode, output, device, &bytes);
}

void control_frame(struct episode *episode)
{
	switch (random_below(&episode->random, 3)) {
	case 0:
		arp(episode);
		break;
	case 1:
		icmpv6(episode);
		break;
	default:
		dhcp(episode);
		break;
	}
}
