#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Adds up a log: accounting.py OFFERED TALLY LOG, for accounting.sh.

OFFERED has 'KIND FRAMES' lines of all senders, TALLY the counters as the engine tells them, LOG
the records. A kind that is called like a reason is offered for that one only. Knows no packet.

Between counters and log stands what is missing: by reason and by flow each sum of the log may be
less than was counted, never more; and all that is missing is, to the packet, what `loss` records
tell.
"""
import collections
import json
import sys

PACKETS_OF_TCP = 2  # of each connection: it is opened and reset
# A random source may be one of the segment's own; a reply that comes too late is denied.
SHARED = ("source-spoofed", "no-flow")
# What tells of packets that came to no record; others tell of records, or of torn lines.
CAUSES = ("ring-full", "forgotten", "unwritten")

failures = []


def expect(good, what):
    if not good:
        failures.append(what)


def equal(what, number, wanted):
    expect(number == wanted, f"{what}: {number} is not {wanted}")


def read_numbers(path):
    numbers = collections.Counter()
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            key, number = line.split()
            numbers[key] += int(number)
    return numbers


class Log:
    """The sums of a log's records."""

    def __init__(self, path):
        self.types = collections.Counter()
        self.denied = collections.Counter()  # packets by reason
        self.permitted = collections.Counter()  # packets by reason and flow
        self.ends = collections.Counter()  # by flow
        self.carried = collections.Counter()  # packets by flow
        self.lost = collections.Counter()  # by cause
        self.counters = None
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                self.add(json.loads(line))

    def add(self, record):
        kind = record["type"]
        self.types[kind] += 1
        if kind == "deny":
            self.denied[record["reason"]] += record["count"]
        elif kind == "permit":
            self.permitted[record["reason"], record["flow"]] += record["count"]
        elif kind == "flow.end":
            self.ends[record["flow"]] += 1
            self.carried[record["flow"]] += record["packets_out"] + record["packets_in"]
        elif kind == "loss":
            self.lost[record["cause"]] += record["count"]
        elif kind == "counters":
            self.counters = record


def counted_as_offered(offered, counted, reasons):
    equal("all frames", sum(reasons.values()), offered["sent"])
    equal("frames of all segments", counted["pairs"], offered["sent"])
    alone = 0
    for kind, frames in offered.items():
        if kind not in reasons:
            continue
        if kind not in SHARED:
            equal(f"counted as {kind}", reasons[kind], frames)
            alone += 1
    equal("kinds of one reason", alone, 5)


def counted_as_recorded(record, reasons):
    """The last record of counters is of the moment of stopping: nothing came behind it."""
    equal("counters of the log", record["reasons"], {k: v for k, v in reasons.items() if v})
    equal("frames of the log", record["frames"], sum(reasons.values()))


def wanted_of(counted, reasons):
    """What the log should tell, were nothing lost: by kind of record and reason or flow."""
    wanted = {}
    for reason, packets in reasons.items():
        if not reason.startswith("permit-"):
            wanted["deny", reason] = packets
    for flow in ("NEW", "ALL", "CHURN", "TCP"):
        wanted["permit-new", flow] = counted[f"new.{flow}"]
        wanted["flow.end", flow] = counted[f"new.{flow}"]
    wanted["permit-established", "ALL"] = counted["flow.ALL"] - counted["new.ALL"]
    return wanted


def told_of(log):
    told = {("deny", reason): packets for reason, packets in log.denied.items()}
    told.update(log.permitted)
    told.update({("flow.end", flow): ends for flow, ends in log.ends.items()})
    return told


def recorded_as_counted(log, counted, reasons):
    wanted, told = wanted_of(counted, reasons), told_of(log)
    missing = 0
    for key in sorted(set(wanted) | set(told)):
        short = wanted.get(key, 0) - told.get(key, 0)
        expect(short >= 0, f"{' '.join(key)}: {-short} more than there were")
        missing += short
        print(f"  {' '.join(key):32} {wanted.get(key, 0):9} counted, {told.get(key, 0):9} told")
    lost = sum(log.lost[cause] for cause in CAUSES)
    print(f"  missing {missing}, told as lost {lost}: {dict(log.lost)}")
    equal("missing, and told as lost", missing, lost)
    equal("events without room", log.lost["ring-full"] + log.lost["forgotten"],
          counted["lost_events"])
    expect(log.lost["unwritten"] > 0, "the kills hit nothing")


def carried_as_counted(log, counted):
    """What connections carried is packet by packet what their flow did."""
    for flow in ("NEW", "ALL", "CHURN"):
        expect(log.ends[flow] > 0, f"no end of {flow}")
        expect(log.carried[flow] <= counted[f"flow.{flow}"], f"carried by {flow}: too much")
        # No end is among what is missing. Of those that last, none is, but where a machine stalls.
        if log.ends[flow] == counted[f"new.{flow}"]:
            equal(f"carried by {flow}", log.carried[flow], counted[f"flow.{flow}"])
    expect(log.ends["TCP"] > 0, "no end of TCP")
    equal("carried by TCP", log.carried["TCP"], PACKETS_OF_TCP * log.ends["TCP"])
    equal("told of NONE", log.ends["NONE"] + log.permitted["permit-new", "NONE"], 0)


def main():
    offered, counted = read_numbers(sys.argv[1]), read_numbers(sys.argv[2])
    log = Log(sys.argv[3])
    reasons = {key[7:]: number for key, number in counted.items() if key.startswith("reason.")}

    print(f"offered {offered['sent']} frames, records {dict(log.types)}")
    counted_as_offered(offered, counted, reasons)
    counted_as_recorded(log.counters, reasons)
    recorded_as_counted(log, counted, reasons)
    carried_as_counted(log, counted)
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


sys.exit(main())
