// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events as messages for the group. Knows what each kind has to say; nothing of when it is told.
 */
#include <linux/rwsem.h>

#include "attributes.h"
#include "family.h"
#include "request.h"
#include "telling.h"

/* Closed before the family goes: afterwards its group is another family's. */
static DECLARE_RWSEM(gate);
static bool gate_open;

/* Every attribute of an event, with room to spare. */
#define EVENT_BYTES 1024

static int put_text(struct sk_buff *message, int type, const char *text)
{
	return *text ? nla_put_string(message, type, text) : 0;
}

static int put_nonzero_u16(struct sk_buff *message, int type, u16 value)
{
	return value ? nla_put_u16(message, type, value) : 0;
}

static int put_nonzero_u32(struct sk_buff *message, int type, u32 value)
{
	return value ? nla_put_u32(message, type, value) : 0;
}

static int put_nonzero_u64(struct sk_buff *message, int type, u64 value)
{
	return value ? nla_put_u64_64bit(message, type, value, SEKISHO_EVENT_A_PAD) : 0;
}

/* What every event has. */
static int put_common(struct sk_buff *message, const struct sekisho_event_note *note)
{
	if (nla_put_u8(message, SEKISHO_EVENT_A_KIND, note->kind) ||
	    nla_put_u64_64bit(message, SEKISHO_EVENT_A_TIME, note->wall_ns, SEKISHO_EVENT_A_PAD) ||
	    nla_put_u32(message, SEKISHO_EVENT_A_GENERATION, note->generation) ||
	    put_nonzero_u64(message, SEKISHO_EVENT_A_LOST, note->lost))
		return -EMSGSIZE;
	if (note->has_digest &&
	    nla_put(message, SEKISHO_EVENT_A_DIGEST, sizeof(note->digest), note->digest))
		return -EMSGSIZE;
	if (note->has_loginuid && nla_put_u32(message, SEKISHO_EVENT_A_LOGINUID, note->loginuid))
		return -EMSGSIZE;
	if (note->has_mac && sekisho_put_mac(message, SEKISHO_EVENT_A_MAC, note->mac))
		return -EMSGSIZE;
	return put_text(message, SEKISHO_EVENT_A_DETAIL, note->detail);
}

/* Frames of IP: ports of 0 are ports, where the protocol has any. */
static int put_packet(struct sk_buff *message, const struct sekisho_event_note *note)
{
	if (!note->family)
		return put_nonzero_u16(message, SEKISHO_EVENT_A_ETHERTYPE, note->ethertype);
	if (sekisho_put_address(message, SEKISHO_EVENT_A_SOURCE, note->family, note->source) ||
	    sekisho_put_address(message, SEKISHO_EVENT_A_DESTINATION, note->family,
				note->destination) ||
	    nla_put_u8(message, SEKISHO_EVENT_A_PROTOCOL, note->protocol) ||
	    nla_put_u16(message, SEKISHO_EVENT_A_SOURCE_PORT, note->source_port) ||
	    nla_put_u16(message, SEKISHO_EVENT_A_DESTINATION_PORT, note->destination_port))
		return -EMSGSIZE;
	return 0;
}

/* Frames that were denied. */
static int put_denied(struct sk_buff *message, const struct sekisho_event_note *note)
{
	if (nla_put_u8(message, SEKISHO_EVENT_A_REASON, note->reason) ||
	    nla_put_u8(message, SEKISHO_EVENT_A_OUTPUT, note->output) ||
	    put_nonzero_u64(message, SEKISHO_EVENT_A_PACKETS, note->packets) ||
	    put_nonzero_u64(message, SEKISHO_EVENT_A_BYTES, note->bytes) ||
	    put_text(message, SEKISHO_EVENT_A_FROM, note->from) ||
	    put_text(message, SEKISHO_EVENT_A_TO, note->to) ||
	    put_text(message, SEKISHO_EVENT_A_FLOW, note->flow))
		return -EMSGSIZE;
	return put_packet(message, note);
}

static int put_interface(struct sk_buff *message, const struct sekisho_event_note *note)
{
	if (put_text(message, SEKISHO_EVENT_A_INTERFACE, note->interface) ||
	    put_nonzero_u32(message, SEKISHO_EVENT_A_IFINDEX, note->ifindex) ||
	    put_nonzero_u16(message, SEKISHO_EVENT_A_VLAN, note->vlan))
		return -EMSGSIZE;
	return 0;
}

/* What only some kinds have. */
static int put_particular(struct sk_buff *message, const struct sekisho_event_note *note)
{
	switch (note->kind) {
	case SEKISHO_EVENT_KIND_ISOLATED:
	case SEKISHO_EVENT_KIND_RELEASED:
		return put_text(message, SEKISHO_EVENT_A_SEGMENT, note->from);
	case SEKISHO_EVENT_KIND_SUSPENDED:
	case SEKISHO_EVENT_KIND_RESTORED:
		if (!note->family)
			return 0;
		return sekisho_put_address(message, SEKISHO_EVENT_A_ADDRESS, note->family,
					   note->source);
	case SEKISHO_EVENT_KIND_DENIED:
	case SEKISHO_EVENT_KIND_MISMATCH:
		return put_denied(message, note);
	case SEKISHO_EVENT_KIND_STALE:
		return nla_put_u32(message, SEKISHO_EVENT_A_MAPS_GENERATION, note->maps_generation);
	}
	return put_text(message, SEKISHO_EVENT_A_SEGMENT, note->from);
}

static int put_event(struct sk_buff *message, const struct sekisho_event_note *note)
{
	struct nlattr *nest;
	void *header = genlmsg_put(message, 0, 0, &sekisho_family, 0, SEKISHO_CMD_EVENT);

	if (!header)
		return -EMSGSIZE;
	nest = nla_nest_start(message, SEKISHO_A_EVENT);
	if (!nest || put_common(message, note) || put_particular(message, note) ||
	    put_interface(message, note))
		return -EMSGSIZE;
	nla_nest_end(message, nest);
	genlmsg_end(message, header);
	return 0;
}

static int send_event(struct sekisho_border *border, const struct sekisho_event_note *note)
{
	struct sk_buff *message;
	int error;

	/* Spares the message; whoever joins now hears of the next. */
	if (!genl_has_listeners(&sekisho_family, border->net, 0))
		return -ESRCH;
	message = genlmsg_new(EVENT_BYTES, GFP_KERNEL);
	if (!message)
		return -ENOMEM;
	error = put_event(message, note);
	if (error) {
		nlmsg_free(message);
		return error;
	}
	return genlmsg_multicast_netns(&sekisho_family, border->net, message, 0, 0, GFP_KERNEL);
}

int sekisho_family_send(struct sekisho_border *border, const struct sekisho_event_note *note)
{
	int error = -ESRCH;

	down_read(&gate);
	if (gate_open)
		error = send_event(border, note);
	up_read(&gate);
	return error;
}

void sekisho_family_open(bool open)
{
	down_write(&gate);
	gate_open = open;
	up_write(&gate);
}
