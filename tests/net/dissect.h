/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a received frame is, for tests: addresses, ports and tags, and whether they are those that
 * a test waits for. Believes nothing of the frame; what is not there stays zero. Knows nothing of
 * sockets.
 */
#ifndef SEKISHO_TESTS_NET_DISSECT_H
#define SEKISHO_TESTS_NET_DISSECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISSECT_TAGS_MAX 4

struct dissected {
	uint8_t destination_mac[6];
	uint8_t source_mac[6];
	uint16_t ethertype;
	uint16_t vlans[DISSECT_TAGS_MAX]; /* outermost first */
	int vlan_count;
	int family; /* AF_INET, AF_INET6, or 0 */
	uint8_t source[16];
	uint8_t destination[16];
	int protocol; /* behind extension headers; -1 where there is none */
	uint8_t ttl;
	bool is_fragment;
	uint32_t fragment_offset;
	bool has_ports;
	uint16_t source_port; /* ICMP: type */
	uint16_t destination_port; /* ICMP: code */
	uint8_t tcp_flags;
	size_t length;
};

struct dissect_filter {
	bool wants_source, wants_destination, wants_source_mac, wants_destination_mac;
	int source_family, destination_family;
	uint8_t source[16], destination[16];
	uint8_t source_mac[6], destination_mac[6];
	/* -1: any */
	long protocol, source_port, destination_port, type, code, ethertype, length, ttl;
	long vlan; /* 0: untagged */
	char error[200];
};

/**
 * dissect_frame - look into a frame
 * @bytes: the frame
 * @length: how many are there
 * @stripped_vlan: a tag that the kernel took out before, or -1
 */
struct dissected dissect_frame(const uint8_t *bytes, size_t length, int stripped_vlan);

/**
 * dissect_filter_parse - read words such as proto=tcp dport=443 src=10.0.0.1 smac=.. vlan=20
 * @filter: filled
 * @words: the words; vlan=none means untagged
 * @count: how many
 *
 * Return: 0, or -EINVAL with the reason in @filter->error.
 */
int dissect_filter_parse(struct dissect_filter *filter, char *const *words, int count);

bool dissect_matches(const struct dissect_filter *filter, const struct dissected *frame);

void dissect_print(const struct dissected *frame);

#endif
