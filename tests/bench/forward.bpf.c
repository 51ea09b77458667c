// SPDX-License-Identifier: GPL-2.0-only
/*
 * Forwarders that filter nothing, to compare with: `next_hop` knows where everything goes, `lookup`
 * asks the kernel's routing table about every packet. Both do what a router must: one hop less,
 * new addresses of the link. IPv4 without options only; the rest goes to the stack.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define AF_INET 2

char LICENSE[] SEC("license") = "GPL";

const volatile __u32 hop_ifindex = 0;
const volatile __u8 hop_source[ETH_ALEN] = {};
const volatile __u8 hop_destination[ETH_ALEN] = {};

/* NULL where the frame is for the stack. */
static __always_inline struct iphdr *header_of(struct xdp_md *context)
{
	struct ethhdr *link = (void *)(long)context->data;
	struct iphdr *header = (void *)(link + 1);

	if ((void *)(header + 1) > (void *)(long)context->data_end ||
	    link->h_proto != bpf_htons(ETH_P_IP) || header->ihl != 5 || header->ttl <= 1)
		return NULL;
	return header;
}

/* Adding 1 to the checksum's high byte takes 1 from the field beside it (RFC 1141). */
static __always_inline void hop_less(struct iphdr *header)
{
	__u32 sum = header->check + bpf_htons(0x0100);

	header->check = (sum & 0xffff) + (sum >> 16);
	header->ttl--;
}

SEC("xdp")
int next_hop(struct xdp_md *context)
{
	struct iphdr *header = header_of(context);
	struct ethhdr *link;

	if (!header)
		return XDP_PASS;
	link = (void *)header - sizeof(*link);
	hop_less(header);
	for (int i = 0; i < ETH_ALEN; i++) {
		link->h_source[i] = hop_source[i];
		link->h_dest[i] = hop_destination[i];
	}
	return bpf_redirect(hop_ifindex, 0);
}

SEC("xdp")
int lookup(struct xdp_md *context)
{
	struct iphdr *header = header_of(context);
	struct bpf_fib_lookup route = { .family = AF_INET };
	struct ethhdr *link;

	if (!header)
		return XDP_PASS;
	route.tos = header->tos;
	route.l4_protocol = header->protocol;
	route.tot_len = bpf_ntohs(header->tot_len);
	route.ipv4_src = header->saddr;
	route.ipv4_dst = header->daddr;
	route.ifindex = context->ingress_ifindex;
	if (bpf_fib_lookup(context, &route, sizeof(route), 0) != BPF_FIB_LKUP_RET_SUCCESS)
		return XDP_PASS;
	link = (void *)header - sizeof(*link);
	hop_less(header);
	__builtin_memcpy(link->h_source, route.smac, ETH_ALEN);
	__builtin_memcpy(link->h_dest, route.dmac, ETH_ALEN);
	return bpf_redirect(route.ifindex, 0);
}
