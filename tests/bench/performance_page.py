# SPDX-License-Identifier: GPL-2.0-only
"""Writes the tables of docs/performance.md, so that no figure in them is typed by hand: what lies
between <!-- begin NAME --> and <!-- end NAME --> is replaced. Knows no picture."""
import re
import sys

import goals
from report import number_text, reason_of

EMPTY = "Not measured."
QUIET_DENIAL = "ours, no events"
BESIDE = "beside peers: "


def table(head, rows):
    if not rows:
        return EMPTY
    lines = ["| " + " | ".join(head) + " |", "| --- " + "| ---: " * (len(head) - 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def spread(values):
    if not values or None in values:
        return ""
    median, low, high = map(number_text, values)
    return median if low == high else f"{median} ({low} to {high})"


def figures(measurement):
    return reason_of(measurement) or spread([measurement[key] for key in ("median", "low", "high")])


def over(measurement):
    return reason_of(measurement) or spread(measurement.get("over"))


def unique(values):
    return list(dict.fromkeys(values))


def matrix(corner, measurements, row_of, column_of, column_name, cell):
    """A row and a column for what row_of and column_of say; the first measurement of a cell."""
    cells, columns = {}, {}
    for m in measurements:
        columns[column_of(m)] = column_name(m)
        cells.setdefault((row_of(m), column_of(m)), cell(m))
    order = sorted(columns) if all(not isinstance(key, str) for key in columns) else list(columns)
    rows = unique(row for row, _ in cells)
    return table([corner] + [columns[key] for key in order],
                 [[row] + [cells.get((row, key), "") for key in order] for row in rows])


def of_bench(measurements, bench):
    return [m for m in measurements if m["bench"] == bench]


def parameter(measurement, name):
    return measurement.get("parameter", {}).get(name)


def empty_cost(measurements):
    found = [m for m in of_bench(measurements, "verdict")
             if m["variant"] == "empty" and not m.get("parameter") and not reason_of(m)]
    return f"{figures(found[0])} ns" if found else "not measured"


def machine_table(results):
    machine = results["machine"]
    memory = machine.get("memory_kib")
    rows = [["processor", f"{machine.get('processor', '?')}, {machine.get('cores', '?')} cores"],
            ["architecture", machine.get("architecture", "?")],
            ["memory", f"{memory / 1048576:.1f} GiB" if memory else "?"],
            # Without what the one who built it calls it.
            ["kernel", f"Linux {machine.get('kernel', '?').split('-')[0]}"],
            ["BPF JIT (`net.core.bpf_jit_enable`)", machine.get("jit", "?")],
            ["mitigations", "; ".join(unique(machine.get("mitigations", "?").split("|")))],
            ["the empty program, one frame", empty_cost(results["measurements"])],
            ["measured", f"{machine.get('date', '?')}, in {results.get('seconds', '?')} s, "
                         f"{'quick' if results.get('quick') else 'full'} form"]]
    lines = ["| | |", "| --- | --- |"]
    return "\n".join(lines + [f"| {name} | {value} |" for name, value in rows])


def why_not(measurements, goal):
    """A variant that could not be measured says so once, and not beside each of its peers."""
    wanted = {key: value for key, value in goal["of"].items() if key != "baseline"}
    reasons = filter(None, map(reason_of, goals.matching(measurements, wanted)))
    return next(reasons, "not measured")


def how_far(value, bound, at_most):
    much, little = (value, bound) if at_most else (bound, value)
    return f", {much / little:.2f}x" if much > 0 and little > 0 else ""


def goals_table(results):
    measurements = results["measurements"]
    rows, met, judged = [], 0, 0
    for goal in goals.read():
        value = goals.value_of(measurements, goal)
        bound, at_most = goals.bound_of(goal)
        row = [goal["goal"], f"{'at most' if at_most else 'at least'} {bound:,g}"]
        if value is None:
            rows.append(row + [why_not(measurements, goal), ""])
            continue
        reached = goals.reached(goal, value)
        judged += 1
        met += reached
        rows.append(row + [number_text(float(value)),
                           "met" if reached else f"**missed**{how_far(value, bound, at_most)}"])
    return (f"{met} of {judged} met, {len(rows) - judged} not measured.\n\n"
            + table(["goal", "wanted", "measured", ""], rows))


def verdict_table(results):
    rows = [[m["case"], m["variant"], over(m)]
            for m in of_bench(results["measurements"], "verdict")
            if not m.get("parameter") and not m["case"].startswith("denied: ")
            and m["variant"] != "empty"]
    return table(["frame", "program", "ns over empty"], rows)


def denials_table(results):
    denials = [m for m in of_bench(results["measurements"], "verdict")
               if not m.get("parameter") and m["case"].startswith("denied: ")]
    return matrix("denied as", denials, lambda m: m["case"][len("denied: "):],
                  lambda m: m["variant"],
                  lambda m: "no event" if m["variant"] == QUIET_DENIAL else "with its event", over)


def sizes_table(name):
    def build(results):
        return matrix(f"ns over empty, by {name}",
                      [m for m in of_bench(results["measurements"], "verdict")
                       if parameter(m, name) is not None and m["variant"] != "empty"],
                      lambda m: m["case"], lambda m: parameter(m, name),
                      lambda m: f"{parameter(m, name):,}", over)
    return build


def peers_table(results):
    beside = [m for m in of_bench(results["measurements"], "verdict")
              if m["case"].startswith(BESIDE) and m["variant"] != "empty"]
    return matrix("ns over empty", beside, lambda m: m["case"][len(BESIDE):],
                  lambda m: m["variant"], lambda m: m["variant"], over)


def many(count, word):
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def forward_tables(results):
    by_kind = {}
    for m in of_bench(results["measurements"], "forward"):
        by_kind.setdefault((m["case"].split(",")[0], parameter(m, "frame")), []).append(m)
    parts = []
    for (protocol, frame), found in by_kind.items():
        parts.append(matrix(f"{protocol}, {frame:,} bytes, kpps", found, lambda m: m["variant"],
                            lambda m: (parameter(m, "cores"), parameter(m, "flows")),
                            lambda m: f"{many(parameter(m, 'flows'), 'connection')}, "
                                      f"{many(parameter(m, 'cores'), 'core')}", figures))
    return "\n\n".join(parts) or EMPTY


def connections_table(results):
    return matrix("new connections, kpps", of_bench(results["measurements"], "connections"),
                  lambda m: m["variant"],
                  lambda m: f"{m['case'].split(',')[0]}, {many(parameter(m, 'cores'), 'core')}",
                  lambda m: f"{m['case'].split(',')[0]}, {many(parameter(m, 'cores'), 'core')}",
                  figures)


def policy_table(results):
    steps = [m for m in of_bench(results["measurements"], "policy")
             if parameter(m, "flows") is not None and m.get("unit") != "bytes"]
    return matrix("by flows", steps, lambda m: f"{m['case']}, {m['variant']}, {m['unit']}",
                  lambda m: parameter(m, "flows"), lambda m: f"{parameter(m, 'flows'):,}", figures)


def weighed(measurement):
    flows = parameter(measurement, "flows")
    return measurement["case"] + (f", {many(flows, 'flow')}" if flows is not None else "")


def memory_table(results):
    rows = [[weighed(m), m["variant"], number_text(float(m["median"]))]
            for m in of_bench(results["measurements"], "policy")
            if m.get("unit") == "bytes" and not reason_of(m)]
    return table(["what", "where", "bytes"], rows)


BLOCKS = {"machine": machine_table,
          "goals": goals_table,
          "verdict": verdict_table,
          "denials": denials_table,
          "flows": sizes_table("flows"),
          "established": sizes_table("connections"),
          "peers": peers_table,
          "forward": forward_tables,
          "connections": connections_table,
          "policy": policy_table,
          "memory": memory_table}


def write(page, results):
    try:
        with open(page, encoding="utf-8") as file:
            words = file.read()
    except FileNotFoundError:
        print(f"pictures: there is no {page}: no tables", file=sys.stderr)
        return
    for name, build in BLOCKS.items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        if begin not in words or end not in words:
            print(f"pictures: {page} has no place for {name}", file=sys.stderr)
            continue
        block = build(results)
        if block == EMPTY:
            print(f"pictures: not measured: table of {name}", file=sys.stderr)
        words = re.sub(f"{re.escape(begin)}.*?{re.escape(end)}",
                       lambda _: f"{begin}\n{block}\n{end}", words, flags=re.DOTALL)
    with open(page, "w", encoding="utf-8") as file:
        file.write(words)
