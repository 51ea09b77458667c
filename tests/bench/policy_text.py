#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes one policy of many flows, as Sekisho and as nftables are told of it.

usage: policy_text.py yaml|nft FLOWS [CHANGED]

Hosts, prefixes that lie in each other, ranges, MACs, port ranges and ends are mixed. With CHANGED
that flow ends a year earlier. nftables gets what it can say of it: one set of concatenated
intervals behind what is established, without ends.
"""
import sys

HEAD = """sekisho: 1
site: {name: 計測市, timezone: Asia/Tokyo}
segments:
  - {name: a, kind: other, ports: [{interface: pa}], networks: [10.0.0.0/9]}
  - {name: b, kind: other, ports: [{interface: pb}], networks: [10.128.0.0/9]}
flows:
"""

FLOW = ("  - {{id: F-{n:07d}, from: {{segment: a, hosts: [{source}]{macs}}}, "
        "to: {{segment: b, hosts: [{destination}]}}, services: [{services}], log: none, "
        "purpose: 照会, requested_by: 甲, approved_by: 乙, approved_on: 2020-04-01, "
        "valid_until: {year}-03-31}}\n")

NFT_HEAD = """table inet bench
delete table inet bench
table inet bench {
	set permitted {
		type ether_addr . ipv4_addr . ipv4_addr . inet_proto . inet_service
		flags interval
		elements = {
"""

NFT_TAIL = """		}
	}
	chain forward {
		type filter hook forward priority 0; policy drop;
		ct state established accept
		ether saddr . ip saddr . ip daddr . meta l4proto . th dport @permitted accept
	}
}
"""

SIDE_A = 10 << 24
SIDE_B = (10 << 24) + (128 << 16)
BLOCK = 8
BLOCKS = 1 << 20
ANY_MAC = "00:00:00:00:00:00-ff:ff:ff:ff:ff:ff"


def dotted(number):
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


def flow(n):
    """Source, destination, services, MAC or None, year of its end."""
    block = SIDE_A + BLOCK * n
    other = SIDE_B + BLOCK * (n * 0x9e3b1 % BLOCKS)
    source, destination = dotted(block + 1), dotted(other + 1)
    sort = n % 6
    if sort == 0:
        mac = "02:00:" + ":".join(f"{n >> shift & 255:02x}" for shift in (24, 16, 8, 0))
        return source, destination, ["tcp/443"], mac, 2097
    if sort == 1:
        return source, destination, ["tcp/443", "tcp/8080"], None, 2097
    if sort == 2:
        return f"{dotted(block)}/29", destination, ["tcp/8000-8100"], None, 2097
    if sort == 3:
        return f"{source}-{dotted(block + 5)}", destination, ["udp/53"], None, 2097
    if sort == 4:
        return source, f"{dotted(other)}/29", ["tcp/443"], None, 2060 + n % 40
    return f"{dotted(block & ~0xffff)}/16", destination, ["tcp/25"], None, 2097


def write_yaml(flows, changed):
    write = sys.stdout.write
    write(HEAD)
    for n in range(flows):
        source, destination, services, mac, year = flow(n)
        macs = f', macs: ["{mac}"]' if mac else ""
        write(FLOW.format(n=n, source=source, destination=destination,
                          services=", ".join(services), macs=macs,
                          year=year - (n == changed)))


def write_nft(flows):
    write = sys.stdout.write
    write(NFT_HEAD)
    for n in range(flows):
        source, destination, services, mac, _ = flow(n)
        for service in services:
            protocol, port = service.split("/")
            write(f"{mac or ANY_MAC} . {source} . {destination} . {protocol} . {port},\n")
    write(NFT_TAIL)


def main():
    if sys.argv[1] == "nft":
        write_nft(int(sys.argv[2]))
    else:
        write_yaml(int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else None)


main()
