#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Draws what tests/bench/run.sh stored, and writes its tables into the page that tells of it:
pictures.py [RESULTS.JSON [DIRECTORY [PAGE]]], by default build/bench/results.json, docs/pictures
and the performance.md that lies above it.

Each picture is written whatever was measured: one that was left would show another run. What is
missing is said on standard error. Knows the benchmarks' names of cases; no form of a picture
(picture_svg.py) and none of a table (performance_page.py).
"""
import json
import os
import sys

# Nothing is to lie beside the sources.
sys.dont_write_bytecode = True

import performance_page  # noqa: E402
import picture_svg  # noqa: E402

HOT = "1,000 of them, or all where there are fewer"
FORWARD_CASE = "UDP, the sender on the same cores"
FORWARD_CONNECTIONS = [1000, 100000]


def missing(what):
    print(f"pictures: not measured: {what}", file=sys.stderr)


def sized(measurements, case, variant, parameter, figure, bench="verdict"):
    """A curve: (size, median, low, high) of each measurement of a case."""
    points = {}
    for m in measurements:
        if (m["bench"], m["case"], m["variant"]) != (bench, case, variant):
            continue
        size = m.get("parameter", {}).get(parameter)
        values = m.get(figure) if figure == "over" else [m.get(key) for key in
                                                         ("median", "low", "high")]
        if size and values and None not in values:
            points.setdefault(size, (size, *values))
    if not points:
        missing(f"{bench}: {case}, {variant}")
    return list(points.values())


def by_flows(measurements):
    cases = [("established", "established TCP, hot", "ours"),
             ("first packet, IPv4", "first packet, before state, hot", "ours, no events"),
             ("first packet, IPv6", "first packet, IPv6, before state, hot", "ours, no events"),
             ("denied, IPv4", "denied: not-listed, hot", "ours, no events")]
    return picture_svg.line_chart(
        "A verdict, by permitted flows",
        "Nanoseconds that a verdict takes over the empty program, under policies of 10 to "
        f"1,000,000 permitted flows. Connections, pairs and flows are hot: {HOT}. Established "
        "connections, first packets before state is made, and denied first packets.",
        "permitted flows", "ns over the empty program",
        [(name, sized(measurements, case, variant, "flows", "over"))
         for name, case, variant in cases])


def by_connections(measurements):
    cases = [("IPv4", "established TCP, connections in turn"),
             ("IPv6", "established TCP, IPv6, connections in turn")]
    return picture_svg.line_chart(
        "Established TCP, by tracked connections",
        "Nanoseconds that the verdict on a frame of an established connection takes over the "
        "empty program, while frames of 1 to 1,000,000 connections come in random order.",
        "tracked connections, all of them busy", "ns over the empty program",
        [(name, sized(measurements, case, "ours", "connections", "over"))
         for name, case in cases])


def policy(measurements):
    cases = [("file to enforcing", "file to enforcing, again", "ours"),
             ("nft -f", "file to enforcing, again", "nft -f"),
             ("read and check", "read and check", "ours"),
             ("commit", "commit, all made anew", "ours"),
             ("one flow changed", "commit, one flow changed", "ours"),
             ("of it: fill the maps", "of it: fill the maps", "ours")]
    return picture_svg.line_chart(
        "A policy, from its file to in force",
        "Milliseconds from a file to a policy in force, in place of another, by permitted flows: "
        "in all, each step, and nft -f of the same permissions. Both axes are logarithmic.",
        "permitted flows", "ms",
        [(name, sized(measurements, case, variant, "flows", "median", "policy"))
         for name, case, variant in cases], logarithmic=True)


def rates(measurements):
    """{variant: {connections: (median, low, high), or why there is none}}, one core, 64 bytes."""
    found = {}
    for m in measurements:
        parameter = m.get("parameter", {})
        if (m["bench"], m["case"], parameter.get("frame"), parameter.get("cores")) != (
                "forward", FORWARD_CASE, 64, 1):
            continue
        cell = performance_page.reason_of(m) or (m["median"], m["low"], m["high"])
        found.setdefault(m["variant"], {}).setdefault(parameter.get("flows"), cell)
    return {variant: cells for variant, cells in found.items()
            if any(count in cells for count in FORWARD_CONNECTIONS)}


def forwarding(measurements):
    found = rates(measurements)
    sender = found.pop("sender alone", {})
    for count in FORWARD_CONNECTIONS:
        if not any(count in cells for cells in found.values()):
            missing(f"forward: {FORWARD_CASE}, 64 bytes, {count:,} connections")

    def first_rate(entry):
        cell = entry[1].get(FORWARD_CONNECTIONS[0])
        return cell[0] if isinstance(cell, tuple) else 0

    groups = [(variant, variant.startswith("ours"),
               [cells.get(count, "not measured") for count in FORWARD_CONNECTIONS])
              for variant, cells in sorted(found.items(), key=first_rate, reverse=True)]
    alone = [f"{cell[0]:,.0f}" for cell in map(sender.get, FORWARD_CONNECTIONS)
             if isinstance(cell, tuple)]
    return picture_svg.bar_chart(
        "Forwarding, UDP, 64 bytes, one core",
        "Thousands of frames a second, counted at the far end; the sender is on the same core. "
        "Sekisho's fast and kernel modes beside the kernel without a filter, XDP programs without "
        "a filter, and nftables; the number in a name is that of flows, rules or intervals.",
        "thousands of frames a second (kpps)",
        [f"{count:,} connections" for count in FORWARD_CONNECTIONS], groups,
        f"The sender alone: {' / '.join(alone)} kpps." if alone else "")


PICTURES = {"verdict-by-flows.svg": by_flows,
            "established-by-connections.svg": by_connections,
            "forwarding.svg": forwarding,
            "policy-by-flows.svg": policy}


def main():
    words = sys.argv[1:]
    if len(words) > 3:
        sys.exit("usage: pictures.py [RESULTS.JSON [DIRECTORY [PAGE]]]")
    path = words[0] if words else "build/bench/results.json"
    directory = words[1] if len(words) > 1 else "docs/pictures"
    page = words[2] if len(words) > 2 else os.path.join(directory, os.pardir, "performance.md")
    with open(path, encoding="utf-8") as file:
        results = json.load(file)
    os.makedirs(directory, exist_ok=True)
    for name, draw in PICTURES.items():
        with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
            file.write(draw(results["measurements"]))
    performance_page.write(page, results)


main()
