#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Prints what tests/bench/run.sh stored as one table: report.py [RESULTS.JSON]

A line a measurement: the median, the least and the most of its runs, and the ratio to its baseline.
Knows the form of a measurement (run.sh says it), not what any of them means.
"""
import json
import sys


def parameter_text(measurement):
    return " ".join(f"{name}={number_text(value)}"
                    for name, value in measurement.get("parameter", {}).items())


def number_text(value):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def place(measurement, variant):
    """What a measurement and its baseline have in common, and the variant."""
    return (measurement["bench"], measurement["case"], parameter_text(measurement),
            measurement.get("unit"), variant)


def reason_of(measurement):
    """Why a measurement has no figures; nothing where it has."""
    for key in ("skipped", "unsupported"):
        if measurement.get(key):
            return f"{key}: {measurement[key]}"
    return "" if measurement.get("median") is not None else "skipped"


def ratio_text(measurement, by_place):
    baseline = measurement.get("baseline")
    if not baseline:
        return ""
    ratio = measurement.get("ratio")
    if ratio:
        return f"{ratio[0]:.2f}x {baseline} ({ratio[1]:.2f}-{ratio[2]:.2f})"
    other = by_place.get(place(measurement, baseline))
    if not other or not other.get("median"):
        return ""
    return f"{measurement['median'] / other['median']:.2f}x {baseline}"


def over_text(measurement):
    over = measurement.get("over")
    if not over or measurement["unit"] == "kpps":
        return ""
    return f"{over[0]:+.1f} ({over[1]:+.1f} to {over[2]:+.1f})"


def rows_of(measurements):
    by_place = {place(m, m["variant"]): m for m in measurements}
    for m in measurements:
        reason = reason_of(m)
        if reason:
            # In the last column, which has no width.
            yield [m["bench"], m["case"], parameter_text(m), m["variant"], "-", m.get("unit", ""),
                   "", "", reason]
            continue
        spread = f"{number_text(m['low'])}-{number_text(m['high'])}"
        yield [m["bench"], m["case"], parameter_text(m), m["variant"],
               number_text(m["median"]), m["unit"], spread, over_text(m), ratio_text(m, by_place)]


HEAD = ["bench", "case", "parameter", "variant", "median", "unit", "low-high", "over baseline",
        "ratio (low-high)"]
RIGHT = {4, 6}


def print_table(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    for row in rows:
        cells = [cell.rjust(width) if i in RIGHT else cell.ljust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip())


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else "build/bench/results.json"
    with open(path, encoding="utf-8") as file:
        results = json.load(file)
    machine = results["machine"]
    print(f"{machine['processor']}, {machine['cores']} cores, Linux {machine['kernel']}, "
          f"{machine['date']}, {'quick form, ' if results['quick'] else ''}"
          f"{results['seconds']} s")
    if not results["measurements"]:
        sys.exit("report: nothing was measured")
    print_table([HEAD] + list(rows_of(results["measurements"])))


if __name__ == "__main__":
    main()
