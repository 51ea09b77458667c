/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers as people write them, and back: times, addresses, MAC addresses, protocols, services.
 * Knows nothing of where they come from.
 */
#ifndef SEKISHO_UI_FORMAT_H
#define SEKISHO_UI_FORMAT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <linux/types.h>

#include "model/policy.h"

#define SEKISHO_TIME_TEXT     32
#define SEKISHO_ADDRESS_TEXT  46
#define SEKISHO_MAC_TEXT      18
#define SEKISHO_PROTOCOL_TEXT 8
#define SEKISHO_SERVICE_TEXT  32
#define SEKISHO_DIGEST_TEXT   65

/**
 * sekisho_format_time - RFC 3339 in seconds, with the site's offset
 * @text: receives it
 * @seconds: since 1970 UTC
 * @zone: seconds east of UTC
 */
void sekisho_format_time(char text[SEKISHO_TIME_TEXT], int64_t seconds, int32_t zone);

/* For people: `2027-03-31 17:15`, without the offset. */
void sekisho_format_time_short(char text[SEKISHO_TIME_TEXT], int64_t seconds, int32_t zone);

/**
 * sekisho_format_last_day - an exclusive end as people say it
 * @text: receives the last day included, or day and time where the end is no midnight
 * @until: seconds since 1970 UTC, exclusive
 * @zone: seconds east of UTC
 */
void sekisho_format_last_day(char text[SEKISHO_TIME_TEXT], int64_t until, int32_t zone);

void sekisho_format_address(char text[SEKISHO_ADDRESS_TEXT], uint8_t family,
			    struct sekisho_address address);

/* An address as maps hold it: IPv4 mapped into IPv6. */
void sekisho_format_mapped(char text[SEKISHO_ADDRESS_TEXT], const __be32 address[4]);

/* @mac: first octet in bits 47..40. */
void sekisho_format_mac(char text[SEKISHO_MAC_TEXT], uint64_t mac);

/* `tcp`, `udp`, `icmp`, `icmpv6` or a number. */
void sekisho_format_protocol(char text[SEKISHO_PROTOCOL_TEXT], uint8_t protocol);

/* `tcp/443`, `udp/3478-3481`, `icmp/8`, `proto/50`. */
void sekisho_format_service(char text[SEKISHO_SERVICE_TEXT], const struct sekisho_service *service);

void sekisho_format_digest(char text[SEKISHO_DIGEST_TEXT], const uint8_t digest[32]);

/* 64 hexadecimal digits to be read out or written down: in groups of four, two indented lines. */
void sekisho_print_digest(const char *hex, FILE *stream);

#define SEKISHO_NUMBER_TEXT 32

/* `1,234,567`. */
void sekisho_format_count(char text[SEKISHO_NUMBER_TEXT], uint64_t count);

/**
 * sekisho_format_rate - how many a second, in few cells
 * @text: receives `0`, `0.5`, `12`, `1,234`, from a million on `1.2M`
 * @thousandths: a second
 */
void sekisho_format_rate(char text[SEKISHO_NUMBER_TEXT], uint64_t thousandths);

/* Bytes by units: `512 B`, `1.4 KiB`. */
void sekisho_format_bytes(char text[SEKISHO_NUMBER_TEXT], uint64_t bytes);

/* `aa:bb:cc:dd:ee:ff` or with dashes; false where @text is no MAC address. */
bool sekisho_parse_mac(const char *text, uint64_t *mac);

/* An address of either family; false where @text is none, or IPv4 written as IPv6. */
bool sekisho_parse_address(const char *text, uint8_t *family, struct sekisho_address *address);

/* A decimal number without sign; false where @text is none or it is above @most. */
bool sekisho_parse_number(const char *text, uint64_t most, uint64_t *number);

#endif
