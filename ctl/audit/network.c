// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses, MAC addresses and protocols, as records spell them. Knows nothing of records.
 */
#include "network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	uint8_t number;
} protocols[] = {
	{ "tcp", IPPROTO_TCP },
	{ "udp", IPPROTO_UDP },
	{ "icmp", IPPROTO_ICMP },
	{ "icmpv6", IPPROTO_ICMPV6 },
};

#define PROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

bool sekisho_network_address(const char *text, uint8_t address[SEKISHO_NETWORK_ADDRESS], bool *v4)
{
	*v4 = inet_pton(AF_INET, text, address + SEKISHO_NETWORK_IPV4_AT) == 1;
	if (!*v4)
		return inet_pton(AF_INET6, text, address) == 1;
	memset(address, 0, SEKISHO_NETWORK_IPV4_AT - 2);
	memset(address + SEKISHO_NETWORK_IPV4_AT - 2, 0xff, 2);
	return true;
}

/* A hexadecimal digit; -1 where it is none. */
static int read_digit(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

bool sekisho_network_mac(const char *text, uint8_t mac[SEKISHO_NETWORK_MAC])
{
	for (int i = 0; i < SEKISHO_NETWORK_MAC; i++) {
		int high, low;

		if (i && *text != ':' && *text != '-')
			return false;
		text += i ? 1 : 0;
		high = read_digit(text[0]);
		low = high < 0 ? -1 : read_digit(text[1]);
		if (low < 0)
			return false;
		mac[i] = (uint8_t)(high << 4 | low);
		text += 2;
	}
	return !*text;
}

void sekisho_network_mac_text(const uint8_t mac[SEKISHO_NETWORK_MAC],
			      char text[SEKISHO_NETWORK_MAC_BYTES])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < SEKISHO_NETWORK_MAC; i++) {
		text[3 * i] = digits[mac[i] >> 4];
		text[3 * i + 1] = digits[mac[i] & 15];
		text[3 * i + 2] = i + 1 < SEKISHO_NETWORK_MAC ? ':' : '\0';
	}
}

void sekisho_network_ipv4_text(uint32_t address, char text[SEKISHO_NETWORK_IPV4_BYTES])
{
	for (int shift = 24; shift >= 0; shift -= 8) {
		const unsigned int byte = address >> shift & 0xff;

		if (byte >= 100)
			*text++ = (char)('0' + byte / 100);
		if (byte >= 10)
			*text++ = (char)('0' + byte / 10 % 10);
		*text++ = (char)('0' + byte % 10);
		*text++ = shift ? '.' : '\0';
	}
}

int sekisho_network_number(const char *text, int most)
{
	int number = 0;

	if (!*text)
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		number = number * 10 + (*text - '0');
		if (number > most)
			return -1;
	}
	return number;
}

int sekisho_network_protocol(const char *text)
{
	for (size_t i = 0; i < PROTOCOLS; i++)
		if (!strcmp(text, protocols[i].name))
			return protocols[i].number;
	return sekisho_network_number(text, UINT8_MAX);
}

const char *sekisho_network_protocol_name(uint8_t protocol)
{
	for (size_t i = 0; i < PROTOCOLS; i++)
		if (protocols[i].number == protocol)
			return protocols[i].name;
	return NULL;
}
