// SPDX-License-Identifier: GPL-2.0-only
/*
 * Both ends of a TCP connection, following the protocol for the most part: handshake, data both
 * ways within the windows, FINs, and the same ports again. Now and then a segment is repeated,
 * lies at a window's edge, or is wrong.
 */
#include <string.h>

#include "episode.h"

enum stage {
	STAGE_SYN,
	STAGE_SYN_ACK,
	STAGE_ACK,
	STAGE_DATA,
	STAGE_OVER,
};

/* A segment of @side as it should be, without payload. */
static void segment(struct dialogue *dialogue, unsigned int side, uint8_t flags)
{
	struct party *sender = &dialogue->parties[side], *receiver = &dialogue->parties[side ^ 1];
	struct craft *craft = &dialogue->last;

	dialogue->last_side = side;
	dialogue_address(dialogue, side, craft);
	craft->flags = flags;
	craft->seq = sender->seq;
	craft->window = sender->window;
	if (flags & SYN)
		craft->scale = sender->scale;
	if (flags & ACK) {
		craft->ack = receiver->seq;
		sender->acknowledged = receiver->seq;
	}
}

static void open_again(struct episode *episode, struct dialogue *dialogue)
{
	struct random *random = &episode->random;

	for (unsigned int side = 0; side < 2; side++) {
		struct party *party = &dialogue->parties[side];

		party->seq = random_percent(random, 20) ? 0xffffffff - random_below(random, 300)
							: (uint32_t)random_number(random);
		party->window = (uint16_t)random_below(random, 65536);
		party->fin = false;
		if (random_percent(random, 25))
			party->window = (uint16_t)random_below(random, 100);
	}
	segment(dialogue, 0, SYN);
	if (random_percent(random, 10))
		dialogue->last.payload = random_below(random, 40);
	if (random_percent(random, 5))
		dialogue->last.broken_options = true;
	dialogue->parties[0].seq += 1;
	dialogue->stage = STAGE_SYN_ACK;
}

static void answer(struct episode *episode, struct dialogue *dialogue)
{
	struct random *random = &episode->random;

	if (random_percent(random, 8)) {
		/* refused, given up, or asked again */
		if (random_percent(random, 40)) {
			segment(dialogue, 1, RST | ACK);
		} else if (random_percent(random, 50)) {
			segment(dialogue, 0, RST);
		} else {
			dialogue->last.flags = SYN;
			dialogue->last_side = 0;
			return;
		}
		dialogue->stage = STAGE_OVER;
		return;
	}
	segment(dialogue, 1, SYN | ACK);
	dialogue->parties[1].seq += 1;
	dialogue->stage = STAGE_ACK;
}

static void end(struct episode *episode, struct dialogue *dialogue, unsigned int side)
{
	struct party *sender = &dialogue->parties[side];

	if (random_percent(&episode->random, 25)) {
		segment(dialogue, side, random_percent(&episode->random, 50) ? RST : RST | ACK);
		dialogue->stage = STAGE_OVER;
		return;
	}
	segment(dialogue, side, FIN | ACK);
	if (!sender->fin)
		sender->seq++;
	sender->fin = true;
	if (dialogue->parties[side ^ 1].fin)
		dialogue->stage = STAGE_OVER;
}

static void data(struct episode *episode, struct dialogue *dialogue)
{
	struct random *random = &episode->random;
	unsigned int side = random_below(random, 2);
	struct party *sender = &dialogue->parties[side];

	if (random_percent(random, 12)) {
		end(episode, dialogue, side);
		return;
	}
	segment(dialogue, side, random_percent(random, 3) ? ACK | URG : ACK);
	if (random_percent(random, 30))
		dialogue->last.flags |= PSH;
	if (random_percent(random, 20))
		sender->window = (uint16_t)random_below(random, 65536);
	if (random_percent(random, 5))
		sender->window = 0;
	if (random_percent(random, 60) && !sender->fin) {
		dialogue->last.payload = random_below(random, 80);
		/* Bytes of which only the last are on the wire: as if the rest had been lost. */
		if (random_percent(random, 5))
			dialogue->last.seq += random_below(random, 70000);
		sender->seq = dialogue->last.seq + (uint32_t)dialogue->last.payload;
	}
}

static void spoil(struct random *random, struct craft *craft)
{
	static const uint8_t sets[] = {
		0,   FIN,	SYN | FIN, SYN | RST, RST | FIN, URG,  SYN | ACK,      SYN,
		RST, RST | ACK, FIN | ACK, ACK | URG, 0xff,	 0xc2, FIN | ACK | URG
	};
	uint32_t by = random_percent(random, 40) ? random_below(random, 3) + 1
						 : random_below(random, 140000);

	if (random_percent(random, 10))
		by = (uint32_t)random_number(random);
	switch (random_below(random, 7)) {
	case 0:
		craft->flags = random_pick(random, sets);
		break;
	case 1:
		craft->flags = (uint8_t)random_below(random, 256);
		break;
	case 2:
		craft->seq += by;
		break;
	case 3:
		craft->seq -= by;
		break;
	case 4:
		craft->ack += by;
		break;
	case 5:
		craft->ack -= by;
		break;
	case 6:
		craft->window = (uint16_t)random_below(random, 65536);
		break;
	}
}

void tcp_next(struct episode *episode, struct dialogue *dialogue)
{
	struct random *random = &episode->random;
	struct craft before = dialogue->last;

	if (dialogue->stage && random_percent(random, 4)) {
		/* the last one again, or as the other end would have sent it */
		if (random_percent(random, 30)) {
			dialogue->last_side ^= 1;
			dialogue_address(dialogue, dialogue->last_side, &dialogue->last);
			dialogue->last.flags = before.flags;
			dialogue->last.seq = before.ack;
			dialogue->last.ack = before.seq;
		}
		return;
	}
	switch (dialogue->stage) {
	case STAGE_SYN:
		open_again(episode, dialogue);
		break;
	case STAGE_SYN_ACK:
		answer(episode, dialogue);
		break;
	case STAGE_ACK:
		segment(dialogue, 0, ACK);
		dialogue->stage = STAGE_DATA;
		break;
	case STAGE_DATA:
		data(episode, dialogue);
		break;
	default:
		if (random_percent(random, 40))
			segment(dialogue, random_below(random, 2), ACK);
		else
			open_again(episode, dialogue);
		break;
	}
	if (random_percent(random, 8))
		spoil(random, &dialogue->last);
}
