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
What was not measured is left out, so that a part of the benchmarks can be run. Judges nobody: the
status is 0 whatever is missed.
"""
import json
import os
import sys


def matching(measurements, wanted):
    return [m for m in measurements if all(m.get(key) == value for key, value in wanted.items())]


def figure_of(measurements, wanted, figure):
    found = matching(measurements, wanted)
    if not found:
        return None
    if figure == "span":
        medians = [m["median"] for m in found]
        return max(medians) / min(medians) if len(medians) > 1 else None
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


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else "build/bench/results.json"
    with open(path, encoding="utf-8") as file:
        measurements = json.load(file)["measurements"]
    with open(os.path.join(os.path.dirname(__file__), "goals.json"), encoding="utf-8") as file:
        goals = json.load(file)
    print("\ngoal")
    for goal in goals:
        value = value_of(measurements, goal)
        if value is None:
            continue
        bound = goal.get("at_most", goal.get("at_least"))
        reached = value <= bound if "at_most" in goal else value >= bound
        sign = "<=" if "at_most" in goal else ">="
        print(f"{'reached' if reached else 'missed '}  {value:12,.2f} {sign} {bound:<8,g} "
              f"{goal['goal']}")


main()
