#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes a policy with many flows, as a large city's ledger would make one.

usage: generate_large.py [FLOWS] > policy.yaml
"""
import sys

HEAD = """sekisho: 1
site: {name: 大関所市, timezone: Asia/Tokyo}
segments:
  - {name: mynumber, kind: mynumber, ports: [{interface: mn0}], networks: [10.0.0.0/9]}
  - {name: lgwan, kind: lgwan, ports: [{interface: lg0}], networks: [10.128.0.0/9]}
flows:
"""

FLOW = """  - id: F-{n:07d}
    from: {{segment: mynumber, hosts: [10.{a}], macs: ["02:00:{m}"]}}
    to: {{segment: lgwan, hosts: [10.{b}]}}
    services: [tcp/443, tcp/{port}]
    purpose: 業務システム{n}の照会
    requested_by: 市民課 山田花子
    approved_by: 情報政策課長 佐藤一郎
    approved_on: 2098-04-01
"""


def dotted(number, base):
    return f"{base + (number >> 16 & 127)}.{number >> 8 & 255}.{number & 255}"


def main():
    flows = int(sys.argv[1]) if len(sys.argv) > 1 else 100000
    write = sys.stdout.write
    write(HEAD)
    for n in range(flows):
        mac = ":".join(f"{n >> shift & 255:02x}" for shift in (24, 16, 8, 0))
        write(FLOW.format(n=n, a=dotted(n * 7 % 8388608, 0), b=dotted(n * 13 % 8388608, 128),
                          m=mac, port=1024 + n % 60000))


main()
