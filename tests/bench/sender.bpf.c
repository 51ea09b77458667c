// SPDX-License-Identifier: GPL-2.0-only
/*
 * Both ends of the forwarding benchmark. `send` is run by BPF_PROG_TEST_RUN with live frames and
 * writes the next frame of the plan into each: the kernel uses frames again, so what they hold is
 * what was sent before. `count` counts what arrives, and drops it. Knows nothing of what lies
 * between the two.
 */
#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "forward_flow.h"
#include "sender.h"

char LICENSE[] SEC("license") = "GPL";

/* Where in an Ethernet frame with an IPv4 header of 20 bytes. */
#define AT_NETWORK_SUM 24
#define AT_SOURCE      26
#define AT_PORTS       34
#define AT_TCP_SUM     50

struct sender_plan plan;
struct sender_lane lanes[SENDER_PROCESSORS] __attribute__((aligned(64)));

/* One for all ends: the benchmark sends through one border at a time. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, __u32);
	__type(value, __u64);
} received SEC(".maps");

static __always_inline __u32 words_of(__u32 value)
{
	return (value & 0xffff) + (value >> 16);
}

static __always_inline __u16 checksum_of(__u32 sum)
{
	return ~words_of(words_of(sum));
}

static __always_inline __u32 next_number(struct sender_lane *lane)
{
	__u32 place = lane->next, next = place + lane->stride;

	lane->next = next >= lane->count ? next - lane->count : next;
	lane->sent++;
	return lane->base + place;
}

SEC("xdp")
int send(struct xdp_md *context)
{
	__u8 *data = (void *)(long)context->data, *data_end = (void *)(long)context->data_end;
	__u32 processor = bpf_get_smp_processor_id(), source, destination, ports, sum;
	struct forward_flow flow;

	if (data + SENDER_LEAST_BYTES > data_end || processor >= SENDER_PROCESSORS || !plan.entries)
		return XDP_DROP;
	forward_flow_of(&flow, next_number(&lanes[processor]), plan.entries);
	source = bpf_htonl(plan.reply ? flow.destination : flow.source);
	destination = bpf_htonl(plan.reply ? flow.source : flow.destination);
	ports = plan.reply ? bpf_htonl((__u32)flow.destination_port << 16 | flow.source_port)
			   : bpf_htonl((__u32)flow.source_port << 16 | flow.destination_port);
#pragma unroll
	for (int i = 0; i < SENDER_HEAD_BYTES / 8; i++)
		((__u64 *)data)[i] = plan.head[i];
	*(__u32 *)(data + AT_SOURCE) = source;
	*(__u32 *)(data + AT_SOURCE + 4) = destination;
	*(__u32 *)(data + AT_PORTS) = ports;
	sum = words_of(source) + words_of(destination);
	*(__u16 *)(data + AT_NETWORK_SUM) = checksum_of(sum + plan.network_sum);
	if (plan.transport_sum)
		*(__u16 *)(data + AT_TCP_SUM) =
			checksum_of(sum + words_of(ports) + plan.transport_sum);
	return bpf_redirect(plan.ifindex, 0);
}

SEC("xdp")
int count(__attribute__((unused)) struct xdp_md *context)
{
	__u32 zero = 0;
	__u64 *frames = bpf_map_lookup_elem(&received, &zero);

	if (frames)
		++*frames;
	return XDP_DROP;
}
