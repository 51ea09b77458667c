/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses, MAC addresses and protocols, as records spell them. Knows nothing of records.
 */
#ifndef SEKISHO_AUDIT_NETWORK_H
#define SEKISHO_AUDIT_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#define SEKISHO_NETWORK_ADDRESS	   16 /* bytes; IPv4 mapped into IPv6 (RFC 4291, 2.5.5.2) */
#define SEKISHO_NETWORK_IPV4_AT	   12 /* where those of an IPv4 address begin */
#define SEKISHO_NETWORK_MAC	   6 /* bytes */
#define SEKISHO_NETWORK_MAC_BYTES  18 /* of its text, with a NUL */
#define SEKISHO_NETWORK_IPV4_BYTES 16 /* likewise */

/**
 * sekisho_network_address - read an IPv4 or IPv6 address
 * @address: in network byte order; nothing that counts where it is none
 * @v4: whether it is one of IPv4
 *
 * Return: whether @text is one, and nothing else.
 */
bool sekisho_network_address(const char *text, uint8_t address[SEKISHO_NETWORK_ADDRESS], bool *v4);

/* Likewise of a MAC address: six pairs of hexadecimal digits with `:` or `-` between them. */
bool sekisho_network_mac(const char *text, uint8_t mac[SEKISHO_NETWORK_MAC]);

/* In lower case, with `:`. Neither this nor the next takes a format: they are in most records. */
void sekisho_network_mac_text(const uint8_t mac[SEKISHO_NETWORK_MAC],
			      char text[SEKISHO_NETWORK_MAC_BYTES]);

/* Of an IPv4 address in host byte order. */
void sekisho_network_ipv4_text(uint32_t address, char text[SEKISHO_NETWORK_IPV4_BYTES]);

/* Digits alone, of a number that is at most @most; else -1. */
int sekisho_network_number(const char *text, int most);

/* The number of a protocol's name, or of digits; -1 where @text is neither. */
int sekisho_network_protocol(const char *text);

/* The name that records have for a protocol; NULL: its number. */
const char *sekisho_network_protocol_name(uint8_t protocol);

#endif
