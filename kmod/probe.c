// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verdict without the hooks, for other kernel modules. Does what the guard does between a
 * packet and its fate, with clocks and ports that the caller names. Knows nothing of devices.
 */
#include "probe.h"

#include <linux/export.h>
#include <linux/skbuff.h>

#include "border.h"
#include "connections.h"
#include "counters.h"
#include "frame.h"
#include "judge.h"
#include "names.h"
#include "policy.h"

static u16 port_segment(const struct sekisho_policy *policy, u32 ifindex, u16 vlan)
{
	const struct sekisho_port *port = policy ? sekisho_policy_port(policy, ifindex, vlan)
						 : NULL;

	return port ? port->segment : SEKISHO_SEGMENT_NONE;
}

static void name_segment(const struct sekisho_policy *policy, u16 segment, char *name)
{
	if (policy && segment < policy->segment_count)
		strscpy(name, policy->segments[segment].name->name, SEKISHO_NAME_BYTES);
}

void sekisho_probe_judge(struct net *net, const struct sk_buff *skb,
			 const struct sekisho_probe_passage *passage,
			 struct sekisho_probe_verdict *verdict)
{
	struct sekisho_border *border = sekisho_border_of(net);
	struct sekisho_passage travels = {
		.output = passage->output,
		.forwarded = passage->forwarded,
		.wall = passage->wall,
		.monotonic = passage->monotonic,
	};
	const struct sekisho_regime *regime;
	const struct sekisho_policy *policy;
	struct sekisho_verdict judged;
	struct sekisho_frame frame;

	memset(verdict, 0, sizeof(*verdict));
	sekisho_frame_read(skb, passage->tag, &frame);
	local_bh_disable();
	rcu_read_lock();
	regime = rcu_dereference(border->regime);
	policy = regime->policy;
	travels.port_segment = port_segment(policy, passage->ifindex, frame.vlan);
	travels.leaving = passage->forwarded ? port_segment(policy, passage->leaving_ifindex,
							    passage->leaving_vlan)
					     : SEKISHO_SEGMENT_NONE;
	sekisho_judge(border, regime, &travels, &frame, &judged);
	sekisho_counters_count(border, policy, &judged, 1, frame.length, false);
	verdict->reason = judged.reason;
	verdict->reply = judged.reply;
	name_segment(policy, judged.from, verdict->from);
	name_segment(policy, judged.to, verdict->to);
	if (policy && judged.flow < policy->flow_count)
		strscpy(verdict->flow, policy->flows[judged.flow].use->id, sizeof(verdict->flow));
	rcu_read_unlock();
	local_bh_enable();
}
EXPORT_SYMBOL_GPL(sekisho_probe_judge);

/* The table in force; it stays while border->lock is held. */
static struct sekisho_connections *connections_of(const struct sekisho_border *border)
{
	return rcu_dereference_protected(border->regime, lockdep_is_held(&border->lock))
		->connections;
}

void sekisho_probe_sweep(struct net *net, u32 monotonic)
{
	struct sekisho_border *border = sekisho_border_of(net);
	const struct sekisho_policy *policy;

	mutex_lock(&border->lock);
	policy = sekisho_border_policy(border);
	if (policy && connections_of(border))
		sekisho_connections_sweep(connections_of(border), policy->timeouts, monotonic, 0,
					  1);
	mutex_unlock(&border->lock);
}
EXPORT_SYMBOL_GPL(sekisho_probe_sweep);

void sekisho_probe_full(struct net *net, bool full)
{
	struct sekisho_border *border = sekisho_border_of(net);

	mutex_lock(&border->lock);
	if (connections_of(border))
		sekisho_connections_set_full(connections_of(border), full);
	mutex_unlock(&border->lock);
}
EXPORT_SYMBOL_GPL(sekisho_probe_full);
