// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers as people write them, and back. Knows nothing of where they come from.
 */
#include "ui/format.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY 86400

#define GROUP_DIGITS  4
#define DIGITS_A_LINE 32

/* Beyond, years have five digits, and nobody means them. */
#define LAST_SECOND 253402300799

static struct tm local_time(int64_t seconds, int32_t zone)
{
	time_t local;
	struct tm parts;

	if (seconds < 0)
		seconds = 0;
	if (seconds > LAST_SECOND - DAY)
		seconds = LAST_SECOND - DAY;
	local = (time_t)(seconds + zone);
	gmtime_r(&local, &parts);
	return parts;
}

void sekisho_format_time(char text[SEKISHO_TIME_TEXT], int64_t seconds, int32_t zone)
{
	struct tm parts = local_time(seconds, zone);
	unsigned int minutes = (unsigned int)abs(zone) / 60;
	size_t used = strftime(text, SEKISHO_TIME_TEXT, "%Y-%m-%dT%H:%M:%S", &parts);

	snprintf(text + used, SEKISHO_TIME_TEXT - used, "%c%02u:%02u", zone < 0 ? '-' : '+',
		 minutes / 60 % 100, minutes % 60);
}

void sekisho_format_time_short(char text[SEKISHO_TIME_TEXT], int64_t seconds, int32_t zone)
{
	struct tm parts = local_time(seconds, zone);

	strftime(text, SEKISHO_TIME_TEXT, "%Y-%m-%d %H:%M:%S", &parts);
}

void sekisho_format_last_day(char text[SEKISHO_TIME_TEXT], int64_t until, int32_t zone)
{
	struct tm parts = local_time(until, zone);

	if (parts.tm_hour || parts.tm_min || parts.tm_sec) {
		strftime(text, SEKISHO_TIME_TEXT, "%Y-%m-%d %H:%M", &parts);
		return;
	}
	parts = local_time(until - 1, zone);
	strftime(text, SEKISHO_TIME_TEXT, "%Y-%m-%d", &parts);
}

void sekisho_format_address(char text[SEKISHO_ADDRESS_TEXT], uint8_t family,
			    struct sekisho_address address)
{
	uint64_t halves[2] = { htobe64(address.high), htobe64(address.low) };
	uint32_t four = htobe32((uint32_t)address.low);

	if (family == 4)
		inet_ntop(AF_INET, &four, text, SEKISHO_ADDRESS_TEXT);
	else
		inet_ntop(AF_INET6, halves, text, SEKISHO_ADDRESS_TEXT);
}

void sekisho_format_mapped(char text[SEKISHO_ADDRESS_TEXT], const __be32 address[4])
{
	if (!address[0] && !address[1] && address[2] == htobe32(0xffff))
		inet_ntop(AF_INET, &address[3], text, SEKISHO_ADDRESS_TEXT);
	else
		inet_ntop(AF_INET6, address, text, SEKISHO_ADDRESS_TEXT);
}

void sekisho_format_mac(char text[SEKISHO_MAC_TEXT], uint64_t mac)
{
	snprintf(text, SEKISHO_MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x",
		 (unsigned int)(mac >> 40 & 255), (unsigned int)(mac >> 32 & 255),
		 (unsigned int)(mac >> 24 & 255), (unsigned int)(mac >> 16 & 255),
		 (unsigned int)(mac >> 8 & 255), (unsigned int)(mac & 255));
}

static const char *protocol_name(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_ICMPV6:
		return "icmpv6";
	default:
		return NULL;
	}
}

void sekisho_format_protocol(char text[SEKISHO_PROTOCOL_TEXT], uint8_t protocol)
{
	const char *name = protocol_name(protocol);

	if (name)
		snprintf(text, SEKISHO_PROTOCOL_TEXT, "%s", name);
	else
		snprintf(text, SEKISHO_PROTOCOL_TEXT, "%u", protocol);
}

void sekisho_format_service(char text[SEKISHO_SERVICE_TEXT], const struct sekisho_service *service)
{
	const char *name = protocol_name(service->protocol);

	if (!name)
		snprintf(text, SEKISHO_SERVICE_TEXT, "proto/%u", service->protocol);
	else if (service->first == service->last)
		snprintf(text, SEKISHO_SERVICE_TEXT, "%s/%u", name, service->first);
	else
		snprintf(text, SEKISHO_SERVICE_TEXT, "%s/%u-%u", name, service->first,
			 service->last);
}

void sekisho_format_digest(char text[SEKISHO_DIGEST_TEXT], const uint8_t digest[32])
{
	for (int i = 0; i < 32; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

void sekisho_print_digest(const char *hex, FILE *stream)
{
	for (int i = 0; i < SEKISHO_DIGEST_TEXT - 1; i += GROUP_DIGITS) {
		bool ends = (i + GROUP_DIGITS) % DIGITS_A_LINE == 0;

		fprintf(stream, "%s%.*s%s", i % DIGITS_A_LINE ? " " : "  ", GROUP_DIGITS, hex + i,
			ends ? "\n" : "");
	}
}

static int hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit |= 0x20;
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

void sekisho_format_count(char text[SEKISHO_NUMBER_TEXT], uint64_t count)
{
	char digits[24];
	size_t length = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, count), used = 0;

	for (size_t i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			text[used++] = ',';
		text[used++] = digits[i];
	}
	text[used] = '\0';
}

/* A number with one decimal and what it is counted in. */
static void format_scaled(char *text, uint64_t value, uint64_t unit, const char *name)
{
	/* Rounded down: 1023.9 is not 1024.0 of the unit that has a name of its own. */
	snprintf(text, SEKISHO_NUMBER_TEXT, "%" PRIu64 ".%" PRIu64 "%s", value / unit,
		 value % unit / ((unit + 9) / 10), name);
}

void sekisho_format_rate(char text[SEKISHO_NUMBER_TEXT], uint64_t thousandths)
{
	static const char *const units[] = { "M", "G", "T" };
	uint64_t rate = thousandths / 1000, unit = 1000000;
	size_t i = 0;

	if (thousandths && thousandths < 10000) {
		/* What is there at all is not called nothing. */
		uint64_t tenths = (thousandths + 50) / 100;

		tenths = tenths ? tenths : 1;
		snprintf(text, SEKISHO_NUMBER_TEXT,
			 tenths % 10 ? "%" PRIu64 ".%" PRIu64 : "%" PRIu64, tenths / 10,
			 tenths % 10);
		return;
	}
	if (rate < unit) {
		sekisho_format_count(text, (thousandths + 500) / 1000);
		return;
	}
	for (; i < 2 && rate / unit >= 1000; i++)
		unit *= 1000;
	format_scaled(text, rate, unit, units[i]);
}

void sekisho_format_bytes(char text[SEKISHO_NUMBER_TEXT], uint64_t bytes)
{
	static const char *const units[] = { " KiB", " MiB", " GiB", " TiB", " PiB", " EiB" };
	uint64_t unit = 1024;
	size_t i = 0;

	if (bytes < unit) {
		snprintf(text, SEKISHO_NUMBER_TEXT, "%" PRIu64 " B", bytes);
		return;
	}
	for (; i < 5 && bytes / unit >= 1024; i++)
		unit *= 1024;
	format_scaled(text, bytes, unit, units[i]);
}

bool sekisho_parse_mac(const char *text, uint64_t *mac)
{
	uint64_t value = 0;

	for (int i = 0; i < 6; i++) {
		int high, low;

		if (i && *text != ':' && *text != '-')
			return false;
		text += i ? 1 : 0;
		high = hex_value(text[0]);
		low = high < 0 ? -1 : hex_value(text[1]);
		if (low < 0)
			return false;
		value = value << 8 | (uint64_t)(high << 4 | low);
		text += 2;
	}
	if (*text)
		return false;
	*mac = value;
	return true;
}

bool sekisho_parse_address(const char *text, uint8_t *family, struct sekisho_address *address)
{
	uint64_t halves[2];
	uint32_t four;

	if (inet_pton(AF_INET, text, &four) == 1) {
		*family = 4;
		*address = (struct sekisho_address){ .low = be32toh(four) };
		return true;
	}
	if (inet_pton(AF_INET6, text, halves) != 1)
		return false;
	if (!halves[0] && be64toh(halves[1]) >> 32 == 0xffff)
		return false;
	*family = 6;
	*address = (struct sekisho_address){ be64toh(halves[0]), be64toh(halves[1]) };
	return true;
}

bool sekisho_parse_number(const char *text, uint64_t most, uint64_t *number)
{
	uint64_t value = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
			return false;
	}
	if (value > most)
		return false;
	*number = value;
	return true;
}
