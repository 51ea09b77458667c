#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Holds what tests/bench/run.sh stored against the goals: goals.py [RESULTS.JSON]

The goals are goals.json, each a line:
  of        which measurement: what must be equal in it
  figure    median; over or ratio (to its baseline); span: the greatest median of all such
            measurements divided by the least
  against   divided by the same figure of this measurement
  minus     less the same figure of this measurement
  at_most, at_least
What was not measured is left out, so that a part of the benchmarks can be run; what could not be
(skipped, unsupported) has no figures, and is left out likewise. Judges nobody: the status is 0
whatever is missed.
"""
import json
import os
import sys


def matching(measurements, wanted):
    return [m for m in measurements if all(m.get(key) == value for key, value in wanted.items())]


def figure_of(measurements, wanted, figure):
    found = [m for m in matching(measurements, wanted) if m.get("median") is not None]
    if not found:
        return None
    if figure == "span":
        medians = [m["median"] for m in found]
        return max(medians) / min(medians) if len(medians) > 1 and min(medians) else None
    value = found[0].get(figure)
    return value[0] if isinstance(value, list) else value


def value_of(measurements, goal):
    value = figure_of(measurements, goal["of"], goal["figure"])
    for key in ("against", "minus"):
        if value is None or key not in goal:
            continue
        other = figure_of(measurements, goal[key], goal["figure"])
        if other is None or (key == "against" and not other):
            return None
        value = value / other if key == "against" else value - other
    return value


def read():
    with open(os.path.join(os.path.dirname(__file__), "goals.json"), encoding="utf-8") as file:
        return json.load(file)


def bound_of(goal):
    """The bound, and whether it is one from above."""
    at_most = "at_most" in goal
    return goal["at_most" if at_most else "at_least"], at_most


def reached(goal, value):
    bound, at_most = bound_of(goal)
    return value <= bound if at_most else value >= bound


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else "build/bench/results.json"
    with open(path, encoding="utf-8") as file:
        measurements = json.load(file)["measurements"]
    print("\ngoal")
    for goal in read():
        value = value_of(measurements, goal)
        if value is None:
            continue
        bound, at_most = bound_of(goal)
        print(f"{'reached' if reached(goal, value) else 'missed '}  {value:12,.2f} "
              f"{'<=' if at_most else '>='} {bound:<8,g} {goal['goal']}")


if __name__ == "__main__":
    main()
