// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dialogues between two hosts of the world: who, from which port, over what; and the frames of all
 * protocols but TCP.
 */
#include <string.h>

#include "episode.h"

#include "sekisho/reasons.h"

static void settle(struct episode *episode, struct party *party)
{
	party->mac = world_mac(party->address);
	if (random_percent(&episode->random, 4))
		party->mac ^= 1 + random_below(&episode->random, 16);
	if (party->segment != SEKISHO_SEGMENT_SELF &&
	    !episode_port(episode, party->segment, &party->device, &party->vlan))
		party->device = (uint8_t)random_below(&episode->random, WORLD_DEVICES);
}

static bool place(struct episode *episode, struct dialogue *dialogue, unsigned int side,
		  uint16_t segment, const struct sekisho_ranges *hosts)
{
	struct party *party = &dialogue->parties[side];
	bool found = false;

	party->segment = segment;
	if (hosts && hosts->count && random_percent(&episode->random, 85)) {
		size_t start = random_below(&episode->random, hosts->count);

		for (size_t i = 0; i < hosts->count && !found; i++) {
			const struct sekisho_range *range =
				&hosts->items[(start + i) % hosts->count];

			if (range->family != dialogue->family)
				continue;
			party->address = world_address_in(&episode->random, range);
			found = true;
		}
	}
	if (!found && !world_host(episode->world, &episode->random, segment, dialogue->family,
				  &party->address))
		return false;
	settle(episode, party);
	return true;
}

static uint16_t any_port(struct random *random)
{
	static const uint16_t known[] = { 22, 53, 67, 80, 123, 443, 547, 5000, 8000, 8005, 8010 };

	if (random_percent(random, 50))
		return random_pick(random, known);
	return (uint16_t)random_below(random, 65536);
}

static uint8_t any_protocol(struct random *random, uint8_t family)
{
	static const uint8_t known[] = { 6, 6, 6, 17, 17, 1, 58, 47, 50, 132, 59, 1, 58 };
	uint8_t protocol = random_pick(random, known);

	if (protocol == 1 || protocol == 58)
		return random_percent(random, 97) ? (family == 4 ? 1 : 58) : protocol;
	return protocol;
}

static void choose_service(struct episode *episode, struct dialogue *dialogue,
			   const struct sekisho_flow *flow)
{
	static const uint8_t types4[] = { 8, 8, 8, 8, 0, 13, 17, 9 };
	static const uint8_t types6[] = { 128, 128, 128, 128, 129, 144, 133, 139 };
	struct random *random = &episode->random;
	const struct sekisho_service *service;

	dialogue->service_type = dialogue->family == 4 ? random_pick(random, types4)
						       : random_pick(random, types6);
	dialogue->protocol = any_protocol(random, dialogue->family);
	dialogue->parties[0].port = (uint16_t)random_between(random, 1024, 1024 + 20000);
	dialogue->parties[1].port = any_port(random);
	if (random_percent(random, 20))
		dialogue->parties[0].port = (uint16_t)random_between(random, 4000, 4003);
	if (random_percent(random, 5))
		dialogue->parties[0].port = random_percent(random, 50) ? 0 : 65535;
	if (!flow || !flow->service_count || random_percent(random, 10))
		return;
	service = &flow->services[random_below(random, flow->service_count)];
	dialogue->protocol = service->protocol;
	dialogue->parties[1].port = (uint16_t)random_between(
		random, service->first,
		random_percent(random, 50) ? service->first : service->last);
	if ((service->protocol == 1 || service->protocol == 58) && random_percent(random, 50))
		dialogue->service_type = (uint8_t)dialogue->parties[1].port;
	if (flow->source_port_count && random_percent(random, 80))
		dialogue->parties[0].port =
			(uint16_t)(flow->source_ports[0].first +
				   random_below(random, flow->source_ports[0].last -
								flow->source_ports[0].first + 1u));
}

static void choose_mac(struct episode *episode, struct dialogue *dialogue,
		       const struct sekisho_flow *flow)
{
	if (flow && flow->mac_count && random_percent(&episode->random, 75))
		dialogue->parties[0].mac =
			flow->macs[random_below(&episode->random, flow->mac_count)];
}

static void begin_any(struct episode *episode, struct dialogue *dialogue)
{
	const struct sekisho_policy *policy = episode->world->policy;
	struct random *random = &episode->random;
	const struct sekisho_flow *flow = NULL;
	uint16_t from = (uint16_t)random_below(random, policy->segment_count);
	uint16_t to = (uint16_t)random_below(random, policy->segment_count);

	memset(dialogue, 0, sizeof(*dialogue));
	dialogue->family = random_percent(random, 55) ? 4 : 6;
	if (policy->flow_count && random_percent(random, 75)) {
		flow = &policy->flows[random_below(random, policy->flow_count)];
		from = flow->from.segment;
		to = flow->to.segment;
	} else if (random_percent(random, 20)) {
		to = from;
	}
	if (from == to && to == SEKISHO_SEGMENT_SELF)
		return;
	if (!place(episode, dialogue, 0, from, flow ? &flow->from.hosts : NULL) ||
	    !place(episode, dialogue, 1, to, flow ? &flow->to.hosts : NULL))
		return;
	choose_service(episode, dialogue, flow);
	choose_mac(episode, dialogue, flow);
	for (unsigned int side = 0; side < 2; side++) {
		dialogue->parties[side].window = (uint16_t)random_below(random, 65536);
		dialogue->parties[side].scale =
			random_percent(random, 60) ? (int)random_below(random, 17) : -1;
	}
	dialogue->lives = true;
}

/* Whether its first frame would be let in. */
static bool is_permitted(const struct episode *episode, const struct dialogue *dialogue)
{
	const struct world *world = episode->world;
	const struct party *from = &dialogue->parties[0], *to = &dialogue->parties[1];
	bool icmp = dialogue->protocol == (dialogue->family == 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6);
	bool has_ports = dialogue->protocol == PROTOCOL_TCP || dialogue->protocol == PROTOCOL_UDP;
	const struct sekisho_frame frame = {
		.source_mac = from->mac,
		.family = dialogue->family,
		.source = from->address,
		.destination = to->address,
		.protocol = dialogue->protocol,
		.source_port = from->port,
		.service = icmp	       ? dialogue->service_type
			   : has_ports ? to->port
				       : 0,
	};
	uint32_t flow;

	return sekisho_reason_permits(
		sekisho_model_match(world->policy, &world->self, &frame, from->segment, to->segment,
				    from->segment == SEKISHO_SEGMENT_SELF,
				    episode->wall_ns / 1000000000, false, &flow));
}

/* Most dialogues are to go on, so that there is something to track. */
void dialogue_begin(struct episode *episode, struct dialogue *dialogue)
{
	bool picky = random_percent(&episode->random, 75);

	for (int tries = 0; tries < 12; tries++) {
		begin_any(episode, dialogue);
		dialogue->hopeful = dialogue->lives && is_permitted(episode, dialogue);
		if (!picky || dialogue->hopeful)
			return;
	}
}

struct dialogue *dialogue_any(struct episode *episode)
{
	unsigned int index = random_below(&episode->random, EPISODE_DIALOGUES);
	struct dialogue *dialogue = &episode->dialogues[index];

	for (int tries = 0; tries < 4 && !dialogue->lives; tries++)
		dialogue_begin(episode, dialogue);
	return dialogue->lives ? dialogue : NULL;
}

bool dialogue_way(const struct dialogue *dialogue, unsigned int side, bool *output, uint8_t *device)
{
	const struct party *sender = &dialogue->parties[side];
	const struct party *receiver = &dialogue->parties[side ^ 1];

	*output = sender->segment == SEKISHO_SEGMENT_SELF;
	*device = *output ? receiver->device : sender->device;
	return !*output || receiver->segment != SEKISHO_SEGMENT_SELF;
}

void dialogue_address(const struct dialogue *dialogue, unsigned int side, struct craft *craft)
{
	const struct party *sender = &dialogue->parties[side];
	const struct party *receiver = &dialogue->parties[side ^ 1];
	uint16_t vlan = sender->segment == SEKISHO_SEGMENT_SELF ? receiver->vlan : sender->vlan;

	*craft = (struct craft){
		.source_mac = sender->mac,
		.destination_mac = 0x02fe00000001ull,
		.vlan = vlan ? vlan : -1,
		.family = dialogue->family,
		.protocol = dialogue->protocol,
		.hop_limit = 64,
		.source = sender->address,
		.destination = receiver->address,
		.source_port = sender->port,
		.destination_port = receiver->port,
		.scale = -1,
	};
}

void dialogue_send(struct episode *episode, const struct dialogue *dialogue, unsigned int side,
		   const struct bytes *bytes)
{
	uint8_t device;
	bool output;

	if (dialogue_way(dialogue, side, &output, &device))
		episode_frame(episode, output, device, bytes);
}

static void icmp_next(struct episode *episode, struct dialogue *dialogue, unsigned int side)
{
	struct craft *craft = &dialogue->last;
	uint8_t request = dialogue->family == 4 ? 8 : 128, reply = dialogue->family == 4 ? 0 : 129;

	craft->icmp_type = dialogue->service_type;
	craft->icmp_id = dialogue->parties[0].port;
	if (side && craft->icmp_type == request)
		craft->icmp_type = reply;
	else if (side && craft->icmp_type == reply)
		craft->icmp_type = request;
	if (random_percent(&episode->random, 4))
		craft->icmp_code = (uint8_t)random_below(&episode->random, 4);
}

void dialogue_next(struct episode *episode, struct dialogue *dialogue)
{
	struct random *random = &episode->random;
	unsigned int side = dialogue->stage ? random_below(random, 2) : 0;

	if (dialogue->protocol == PROTOCOL_TCP) {
		tcp_next(episode, dialogue);
		return;
	}
	dialogue->stage = 1;
	dialogue->last_side = side;
	dialogue_address(dialogue, side, &dialogue->last);
	dialogue->last.payload = random_below(random, 64);
	if (random_percent(random, 3))
		dialogue->last.payload = random_below(random, CRAFT_PAYLOAD_MAX);
	if (dialogue->protocol == (dialogue->family == 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6))
		icmp_next(episode, dialogue, side);
}
