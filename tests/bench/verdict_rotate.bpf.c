// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many frames from one: the kernel's test run repeats a single frame, so this program writes the
 * next row's addresses, ports and MAC into it and hands it over by tail call. What it costs itself
 * is measured with the empty program behind it. Knows nothing of verdicts.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_helpers.h>

#include "verdict_rotate.h"

char LICENSE[] SEC("license") = "GPL";

struct ports {
	__be16 source;
	__be16 destination;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, ROTATE_ROWS_MAX);
	__type(key, __u32);
	__type(value, struct rotate_row4);
} rows4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, ROTATE_ROWS_MAX);
	__type(key, __u32);
	__type(value, struct rotate_row6);
} rows6 SEC(".maps");

/* Who is measured. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} subject SEC(".maps");

struct rotate_control control;

static __always_inline void write_ports(struct ports *ports, __be16 source, __be16 destination)
{
	ports->source = control.swap ? destination : source;
	ports->destination = control.swap ? source : destination;
}

static __always_inline int write_ipv4(void *data, void *data_end, __u32 index, __u32 network)
{
	struct rotate_row4 *row = bpf_map_lookup_elem(&rows4, &index);
	struct ethhdr *ethernet = data;
	struct iphdr *ip = data + network;
	struct ports *ports = (void *)(ip + 1);

	if (!row || (void *)(ports + 1) > data_end)
		return -1;
	__builtin_memcpy(ethernet->h_source, row->mac, sizeof(row->mac));
	ip->saddr = control.swap ? row->destination : row->source;
	ip->daddr = control.swap ? row->source : row->destination;
	write_ports(ports, row->source_port, row->destination_port);
	return 0;
}

static __always_inline int write_ipv6(void *data, void *data_end, __u32 index, __u32 network)
{
	struct rotate_row6 *row = bpf_map_lookup_elem(&rows6, &index);
	struct ethhdr *ethernet = data;
	struct ipv6hdr *ip = data + network;
	struct ports *ports = (void *)(ip + 1);

	if (!row || (void *)(ports + 1) > data_end)
		return -1;
	__builtin_memcpy(ethernet->h_source, row->mac, sizeof(row->mac));
	__builtin_memcpy(&ip->saddr, control.swap ? row->destination : row->source, 16);
	__builtin_memcpy(&ip->daddr, control.swap ? row->source : row->destination, 16);
	write_ports(ports, row->source_port, row->destination_port);
	return 0;
}

SEC("xdp")
int rotate(struct xdp_md *context)
{
	void *data = (void *)(long)context->data, *data_end = (void *)(long)context->data_end;
	__u32 index = control.next, network = control.network & 31;
	int failed;

	control.next = index + 1 < control.count ? index + 1 : 0;
	if (data + sizeof(struct ethhdr) > data_end)
		return XDP_ABORTED;
	if (control.family == 4)
		failed = write_ipv4(data, data_end, index, network);
	else
		failed = write_ipv6(data, data_end, index, network);
	if (!failed)
		bpf_tail_call(context, &subject, 0);
	return XDP_ABORTED;
}
