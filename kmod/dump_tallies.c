// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was counted, of reasons, flows and pairs of segments, and what guards the ports. Knows where
 * the numbers are; nothing of why they were counted.
 */
#include <linux/sched.h>

#include "sekisho/limits.h"
#include "sekisho/reasons.h"

#include "border.h"
#include "counters.h"
#include "dump.h"
#include "names.h"
#include "watch.h"

#define REASON_NAME(number, symbol, name, class, english, japanese) [number] = (name),

static const char *const reason_names[SEKISHO_REASON_ROWS] = { SEKISHO_REASONS(REASON_NAME) };

static int put_number(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, SEKISHO_TALLY_PAD);
}

static int put_reason(struct sk_buff *skb, unsigned int reason, const struct sekisho_tally_row *row)
{
	struct nlattr *nest = nla_nest_start(skb, SEKISHO_A_TALLY);

	if (!nest || nla_put_u8(skb, SEKISHO_TALLY_REASON, reason) ||
	    nla_put_string(skb, SEKISHO_TALLY_REASON_NAME, reason_names[reason]) ||
	    put_number(skb, SEKISHO_TALLY_PACKETS, row->packets) ||
	    put_number(skb, SEKISHO_TALLY_BYTES, row->bytes))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int sekisho_dump_reasons(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct sekisho_border *border = sekisho_dump_border(cb);
	struct sekisho_dump *dump = sekisho_dump_of(cb);
	struct sekisho_tally_row row;
	void *header;
	int error = 0;

	sekisho_dump_look(cb);
	for (; dump->index < SEKISHO_REASON_ROWS; dump->index++) {
		if (!reason_names[dump->index])
			continue;
		sekisho_counters_reason(border->counters, dump->index, &row);
		if (!row.packets)
			continue;
		header = sekisho_dump_begin(skb, cb);
		error = header ? sekisho_dump_end(skb, header, put_reason(skb, dump->index, &row))
			       : -EMSGSIZE;
		if (error)
			break;
	}
	return sekisho_dump_result(skb, error);
}

static int put_flow(struct sk_buff *skb, struct sekisho_flow_use *use)
{
	struct nlattr *nest = nla_nest_start(skb, SEKISHO_A_TALLY);

	if (!nest || nla_put_string(skb, SEKISHO_TALLY_ID, use->id) ||
	    put_number(skb, SEKISHO_TALLY_PACKETS, atomic64_read(&use->packets[0])) ||
	    put_number(skb, SEKISHO_TALLY_BYTES, atomic64_read(&use->bytes[0])) ||
	    put_number(skb, SEKISHO_TALLY_REPLY_PACKETS, atomic64_read(&use->packets[1])) ||
	    put_number(skb, SEKISHO_TALLY_REPLY_BYTES, atomic64_read(&use->bytes[1])) ||
	    put_number(skb, SEKISHO_TALLY_NEW, atomic64_read(&use->new_connections)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int sekisho_dump_flows(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct sekisho_dump *dump = sekisho_dump_of(cb);
	const struct sekisho_policy *policy = dump->policy;
	void *header;
	int error = 0;

	sekisho_dump_look(cb);
	for (; policy && dump->index < policy->flow_count; dump->index++) {
		header = sekisho_dump_begin(skb, cb);
		error = header ? sekisho_dump_end(skb, header,
						  put_flow(skb, policy->flows[dump->index].use))
			       : -EMSGSIZE;
		if (error)
			break;
	}
	return sekisho_dump_result(skb, error);
}

/* Segments by number, and last the one that is none. */
static const char *segment_name(const struct sekisho_policy *policy, u16 number)
{
	return number == SEKISHO_SEGMENT_NONE ? "-" : policy->segments[number].name->name;
}

static int put_pair(struct sk_buff *skb, const struct sekisho_policy *policy, u16 from, u16 to,
		    const struct sekisho_pair_row *row)
{
	struct nlattr *nest = nla_nest_start(skb, SEKISHO_A_TALLY);

	if (!nest || nla_put_string(skb, SEKISHO_TALLY_FROM, segment_name(policy, from)) ||
	    nla_put_string(skb, SEKISHO_TALLY_TO, segment_name(policy, to)) ||
	    put_number(skb, SEKISHO_TALLY_PACKETS, row->permitted_packets) ||
	    put_number(skb, SEKISHO_TALLY_BYTES, row->permitted_bytes) ||
	    put_number(skb, SEKISHO_TALLY_DENIED_PACKETS, row->denied_packets) ||
	    put_number(skb, SEKISHO_TALLY_DENIED_BYTES, row->denied_bytes))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int dump_pair(struct sk_buff *skb, struct netlink_callback *cb, u16 from, u16 to)
{
	const struct sekisho_border *border = sekisho_dump_border(cb);
	const struct sekisho_policy *policy = sekisho_dump_of(cb)->policy;
	struct sekisho_pair_row row;
	void *header;

	sekisho_counters_pair(border->counters, from, to, &row);
	if (!row.permitted_packets && !row.denied_packets)
		return 0;
	header = sekisho_dump_begin(skb, cb);
	if (!header)
		return -EMSGSIZE;
	return sekisho_dump_end(skb, header, put_pair(skb, policy, from, to, &row));
}

int sekisho_dump_pairs(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct sekisho_dump *dump = sekisho_dump_of(cb);
	u32 segments = dump->policy ? dump->policy->segment_count : 0;
	int error = 0;

	sekisho_dump_look(cb);
	for (; dump->index <= segments; dump->index++, dump->part = 0) {
		u16 from = dump->index < segments ? dump->index : SEKISHO_SEGMENT_NONE;

		for (; dump->part <= segments; dump->part++) {
			u16 to = dump->part < segments ? dump->part : SEKISHO_SEGMENT_NONE;

			error = dump_pair(skb, cb, from, to);
			if (error)
				return sekisho_dump_result(skb, error);
		}
		cond_resched();
	}
	return sekisho_dump_result(skb, error);
}

static int put_port(struct sk_buff *skb, const struct sekisho_port *port,
		    const struct sekisho_watch *watch)
{
	struct nlattr *nest = nla_nest_start(skb, SEKISHO_A_PORT);

	if (!nest || nla_put_string(skb, SEKISHO_PORT_INTERFACE, port->interface) ||
	    nla_put_u32(skb, SEKISHO_PORT_IFINDEX, port->ifindex) ||
	    nla_put_u16(skb, SEKISHO_PORT_VLAN, port->vlan) ||
	    nla_put_u16(skb, SEKISHO_PORT_SEGMENT, port->segment) ||
	    nla_put_u8(skb, SEKISHO_PORT_ATTACHED, sekisho_watch_attached(watch, port->ifindex)) ||
	    nla_put_u32(skb, SEKISHO_PORT_LOST, sekisho_watch_lost(watch, port->ifindex)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int sekisho_dump_ports(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct sekisho_border *border = sekisho_dump_border(cb);
	struct sekisho_dump *dump = sekisho_dump_of(cb);
	const struct sekisho_policy *policy = dump->policy;
	void *header;
	int error = 0;

	sekisho_dump_look(cb);
	for (; policy && dump->index < policy->port_count; dump->index++) {
		header = sekisho_dump_begin(skb, cb);
		error = header ? sekisho_dump_end(
					 skb, header,
					 put_port(skb, &policy->ports[dump->index], border->watch))
			       : -EMSGSIZE;
		if (error)
			break;
	}
	return sekisho_dump_result(skb, error);
}
