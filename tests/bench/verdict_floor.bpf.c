// SPDX-License-Identifier: GPL-2.0-only
/*
 * What no filter can be faster than: programs that drop everything, on the way in and out, and one
 * that reads addresses and ports and drops everything.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("xdp")
int empty(struct xdp_md *context)
{
	return XDP_DROP;
}

SEC("tc")
int empty_output(struct __sk_buff *context)
{
	return TC_ACT_SHOT;
}

/* What was read must have an effect, or the compiler would not read it. */
static __always_inline int decide(__u32 mixed)
{
	return mixed == 0x5e6150 ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int parse(struct xdp_md *context)
{
	void *data = (void *)(long)context->data, *data_end = (void *)(long)context->data_end;
	struct ethhdr *ethernet = data;
	__u32 mixed, *words;

	if ((void *)(ethernet + 1) > data_end)
		return XDP_DROP;
	if (ethernet->h_proto == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = (void *)(ethernet + 1);

		words = (void *)(ip + 1);
		if ((void *)(words + 1) > data_end || ip->ihl != 5)
			return XDP_DROP;
		mixed = ip->saddr ^ ip->daddr ^ ip->protocol;
	} else if (ethernet->h_proto == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = (void *)(ethernet + 1);

		words = (void *)(ip + 1);
		if ((void *)(words + 1) > data_end)
			return XDP_DROP;
		mixed = ip->nexthdr;
		for (int i = 0; i < 4; i++)
			mixed ^= ip->saddr.in6_u.u6_addr32[i] ^ ip->daddr.in6_u.u6_addr32[i];
	} else {
		return XDP_DROP;
	}
	return decide(mixed ^ words[0]);
}
