/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames made from words, the impossible ones included: any field can be set to what no stack
 * would send. Knows nothing of sockets.
 *
 * Words are layers, each followed by its fields, outermost first:
 *
 *	eth src=MAC dst=MAC type=N vlan=ID svlan=ID	tags in the order written; svlan is 802.1ad
 *	arp op=N sha=MAC spa=ADDR tha=MAC tpa=ADDR
 *	ip src=ADDR dst=ADDR ttl=N tos=N id=N proto=N	IPv4 or IPv6 by its addresses
 *	   frag=OFFSET,MF,ID				OFFSET in bytes; IPv6: a fragment header
 *	   cut=OFFSET,BYTES				only this part of the payload, as a fragment
 *	   version=N ihl=N len=N csum=N df=1 options=HEX
 *	hbh | dst | rt0 | rt type=N			IPv6 extension headers; next=N data=HEX
 *	fragment off=N mf=N id=N next=N			a further IPv6 fragment header
 *	tcp sport=N dport=N flags=SAFRPU seq=N ack=N win=N mss=N wscale=N off=N csum=N
 *	udp sport=N dport=N len=N csum=N
 *	icmp type=N code=N id=N seq=N csum=N		ICMPv6 inside of IPv6
 *	raw=HEX | text=WORD | zeros=N			payload
 *	snap=N						keep only the frame's first N bytes
 *
 * Inside of icmp or ip a further ip begins a packet of its own. Lengths, next-protocol numbers and
 * checksums are computed unless set.
 */
#ifndef SEKISHO_TESTS_NET_CRAFT_H
#define SEKISHO_TESTS_NET_CRAFT_H

#include <stddef.h>
#include <stdint.h>

#define CRAFT_BYTES 65536

struct craft {
	uint8_t bytes[CRAFT_BYTES];
	size_t start; /* the frame is bytes[start..CRAFT_BYTES) */
	size_t keep; /* at most so many of its bytes */
	char error[200];
};

/**
 * craft_frame - make a frame of words
 * @craft: where it is made
 * @words: layers and fields
 * @count: how many
 * @own_mac: source address where none is given
 *
 * Return: 0, or -EINVAL with the reason in @craft->error.
 */
int craft_frame(struct craft *craft, char *const *words, int count, const uint8_t own_mac[6]);

const uint8_t *craft_bytes(const struct craft *craft, size_t *length);

#endif
