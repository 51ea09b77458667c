/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every map, a comment each. Sizes given here are the smallest; the loader sets them from the
 * policy. All are pinned under the directory of the installation by their names.
 * Weak, because ingress and egress are compiled apart and linked to one object that has each once.
 */
#ifndef SEKISHO_BPF_MAPS_H
#define SEKISHO_BPF_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "sekisho/connection.h"
#include "sekisho/event.h"
#include "sekisho/reasons.h"
#include "sekisho/tables.h"

/* An array that user space fills and reads through its own memory. */
#define SEKISHO_TABLE(name, row)                   \
	struct {                                   \
		__uint(type, BPF_MAP_TYPE_ARRAY);  \
		__uint(map_flags, BPF_F_MMAPABLE); \
		__uint(max_entries, 1);            \
		__type(key, __u32);                \
		__type(value, row);                \
	} name SEC(".maps") __weak

#define SEKISHO_PER_CPU(name, row, rows)                 \
	struct {                                         \
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); \
		__uint(max_entries, rows);               \
		__type(key, __u32);                      \
		__type(value, row);                      \
	} name SEC(".maps") __weak

/* The policy: written by commits only. */
SEKISHO_TABLE(control, struct sekisho_control);
SEKISHO_TABLE(policy, struct sekisho_policy_row);
SEKISHO_TABLE(ports, struct sekisho_port_row);
SEKISHO_TABLE(segments, struct sekisho_segment_row);
SEKISHO_TABLE(pairs, struct sekisho_pair_row);
SEKISHO_TABLE(index4, struct sekisho_index4_row);
SEKISHO_TABLE(nodes4, struct sekisho_node4_row);
SEKISHO_TABLE(hosts6, struct sekisho_host6_bucket);
SEKISHO_TABLE(ranges6, struct sekisho_range6_row);
SEKISHO_TABLE(classes, struct sekisho_class_row);
SEKISHO_TABLE(covers, struct sekisho_cover_row);
SEKISHO_TABLE(rules, struct sekisho_rule_bucket);
SEKISHO_TABLE(services, struct sekisho_service_row);
SEKISHO_TABLE(candidates, struct sekisho_candidate_row);
SEKISHO_TABLE(permits, struct sekisho_permit_row);
SEKISHO_TABLE(macs, struct sekisho_mac_row);
SEKISHO_TABLE(prints, struct sekisho_print_row);
SEKISHO_TABLE(objects, struct sekisho_object_row);
SEKISHO_TABLE(flow_names, struct sekisho_name_row);

/* Hosts whose right of use is suspended; survive commits. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct sekisho_address_key);
	__type(value, __u32);
} suspended_addrs SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u32);
} suspended_macs SEC(".maps") __weak;

/* What frames write. */
SEKISHO_TABLE(slots, struct sekisho_slot_bucket);
SEKISHO_TABLE(connections, struct sekisho_connection);
SEKISHO_TABLE(limits, struct sekisho_limit_row);

SEKISHO_TABLE(next_hops, struct sekisho_next_hop);

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 2 * SEKISHO_PORTS_MAX);
	__type(key, struct sekisho_link_key);
	__type(value, struct sekisho_link);
} links SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SEKISHO_FRAGMENTS_MAX);
	__type(key, struct sekisho_fragment_key);
	__type(value, struct sekisho_fragment_row);
} fragments SEC(".maps") __weak;

/* What frames count; each processor its own, so that no line is shared. */
SEKISHO_PER_CPU(reasons, struct sekisho_tally, SEKISHO_REASON_ROWS);
SEKISHO_PER_CPU(pairs_seen, struct sekisho_pair_tally, 1);
SEKISHO_PER_CPU(flow_counters, struct sekisho_flow_tally, 1);
/*
 * What a smaller object before this one had counted, written when this one took over. No program
 * reads it: who asks for a total adds it.
 */
SEKISHO_TABLE(pairs_carried, struct sekisho_pair_tally);
SEKISHO_TABLE(flow_carried, struct sekisho_flow_tally);

SEKISHO_PER_CPU(recent, struct sekisho_recent, SEKISHO_RECENT_ROWS);
SEKISHO_PER_CPU(losses, struct sekisho_loss_tally, 1);

/* What frames tell. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16777216);
} events SEC(".maps") __weak;

#endif
