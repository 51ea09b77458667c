// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames from numbers, header by header.
 */
#include "craft.h"

#include <string.h>

void bytes_put(struct bytes *bytes, const void *data, size_t length)
{
	if (length > sizeof(bytes->data) - bytes->length)
		length = sizeof(bytes->data) - bytes->length;
	memcpy(bytes->data + bytes->length, data, length);
	bytes->length += length;
}

void bytes_put8(struct bytes *bytes, uint8_t value)
{
	bytes_put(bytes, &value, 1);
}

void bytes_put16(struct bytes *bytes, uint16_t value)
{
	uint8_t data[] = { (uint8_t)(value >> 8), (uint8_t)value };

	bytes_put(bytes, data, sizeof(data));
}

void bytes_put32(struct bytes *bytes, uint32_t value)
{
	bytes_put16(bytes, (uint16_t)(value >> 16));
	bytes_put16(bytes, (uint16_t)value);
}

void bytes_zero(struct bytes *bytes, size_t length)
{
	while (length--)
		bytes_put8(bytes, 0);
}

static void put_address(struct bytes *out, uint8_t family, struct sekisho_address address)
{
	if (family == 6) {
		bytes_put32(out, (uint32_t)(address.high >> 32));
		bytes_put32(out, (uint32_t)address.high);
		bytes_put32(out, (uint32_t)(address.low >> 32));
	}
	bytes_put32(out, (uint32_t)address.low);
}

static void put_mac(struct bytes *out, uint64_t mac)
{
	bytes_put16(out, (uint16_t)(mac >> 32));
	bytes_put32(out, (uint32_t)mac);
}

static void put_tcp(const struct craft *craft, struct bytes *out)
{
	struct bytes options = { .length = 0 };

	if (craft->broken_options)
		bytes_put32(&options, 0x05010000);
	if (craft->scale >= 0) {
		bytes_put32(&options, 0x01020405); /* nothing; a maximum segment size, cut in two */
		bytes_put32(&options, 0xb4010303);
		bytes_put8(&options, (uint8_t)craft->scale);
		bytes_zero(&options, 3);
	}
	bytes_put16(out, craft->source_port);
	bytes_put16(out, craft->destination_port);
	bytes_put32(out, craft->seq);
	bytes_put32(out, craft->ack);
	bytes_put8(out, (uint8_t)((5 + options.length / 4) << 4));
	bytes_put8(out, craft->flags);
	bytes_put16(out, craft->window);
	bytes_zero(out, 4);
	bytes_put(out, options.data, options.length);
}

static void put_udp(const struct craft *craft, struct bytes *out)
{
	bytes_put16(out, craft->source_port);
	bytes_put16(out, craft->destination_port);
	bytes_put16(out, (uint16_t)(8 + craft->payload));
	bytes_zero(out, 2);
}

static void put_icmp(const struct craft *craft, struct bytes *out)
{
	bytes_put8(out, craft->icmp_type);
	bytes_put8(out, craft->icmp_code);
	bytes_zero(out, 2);
	bytes_put16(out, craft->icmp_id);
	bytes_put16(out, 1);
}

void craft_transport(const struct craft *craft, struct bytes *out)
{
	uint8_t icmp = craft->family == 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6;

	if (craft->protocol == PROTOCOL_TCP)
		put_tcp(craft, out);
	else if (craft->protocol == PROTOCOL_UDP)
		put_udp(craft, out);
	else if (craft->protocol == icmp)
		put_icmp(craft, out);
	for (size_t i = 0; i < craft->payload; i++)
		bytes_put8(out, (uint8_t)i);
}

static void put_ipv4(const struct craft *craft, size_t length, struct bytes *out)
{
	uint16_t place = (uint16_t)(craft->offset >> 3);

	if (craft->more)
		place |= 0x2000;
	bytes_put16(out, 0x4500);
	bytes_put16(out, (uint16_t)(20 + length));
	bytes_put16(out, (uint16_t)craft->identification);
	bytes_put16(out, craft->fragment ? place : 0x4000);
	bytes_put8(out, craft->hop_limit);
	bytes_put8(out, craft->protocol);
	bytes_zero(out, 2);
	put_address(out, 4, craft->source);
	put_address(out, 4, craft->destination);
}

static void put_extension(const struct craft *craft, const struct extension *extension,
			  uint8_t next, struct bytes *out)
{
	bytes_put8(out, next);
	if (extension->kind == PROTOCOL_FRAGMENT) {
		bytes_put8(out, 0);
		bytes_put16(out, (uint16_t)((craft->offset & 0xfff8) | craft->more));
		bytes_put32(out, craft->identification);
		return;
	}
	bytes_put8(out, extension->units);
	bytes_put8(out, extension->type);
	bytes_put8(out, extension->left);
	bytes_zero(out, 4 + 8 * (size_t)extension->units);
}

static void put_ipv6(const struct craft *craft, size_t length, struct bytes *out)
{
	struct extension chain[CRAFT_EXTENSIONS_MAX + 1];
	unsigned int count = craft->extension_count;

	memcpy(chain, craft->extensions, sizeof(craft->extensions));
	if (craft->fragment)
		chain[count++] = (struct extension){ .kind = PROTOCOL_FRAGMENT };
	for (unsigned int i = 0; i < count; i++)
		length += chain[i].kind == PROTOCOL_FRAGMENT ? 8 : 8 + 8 * (size_t)chain[i].units;
	bytes_put32(out, 0x60000000);
	bytes_put16(out, (uint16_t)length);
	bytes_put8(out, count ? chain[0].kind : craft->protocol);
	bytes_put8(out, craft->hop_limit);
	put_address(out, 6, craft->source);
	put_address(out, 6, craft->destination);
	for (unsigned int i = 0; i < count; i++)
		put_extension(craft, &chain[i], i + 1 < count ? chain[i + 1].kind : craft->protocol,
			      out);
}

void craft_ip(const struct craft *craft, const struct bytes *transport, size_t from, size_t length,
	      struct bytes *out)
{
	if (craft->family == 4)
		put_ipv4(craft, length, out);
	else
		put_ipv6(craft, length, out);
	bytes_put(out, transport->data + from, length);
}

void craft_link(const struct craft *craft, uint16_t ethertype, struct bytes *out)
{
	put_mac(out, craft->destination_mac);
	put_mac(out, craft->source_mac);
	if (craft->vlan >= 0) {
		bytes_put16(out, 0x8100);
		bytes_put16(out, (uint16_t)craft->vlan);
	}
	bytes_put16(out, ethertype);
}

void craft_frame(const struct craft *craft, struct bytes *out)
{
	struct bytes transport = { .length = 0 };

	craft_transport(craft, &transport);
	craft_link(craft, craft->family == 4 ? 0x0800 : 0x86dd, out);
	craft_ip(craft, &transport, 0, transport.length, out);
}
