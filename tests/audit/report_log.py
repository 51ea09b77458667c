#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes an audit log of chosen times, for the tests of reports.

report_log.py DIRECTORY SINCE DAYS [WHAT...]    records from SINCE (a day) on, every ten minutes

Without WHAT nothing is amiss: a collector runs all the time. WHAT adds to it, in the middle:
hostile (texts that could be taken for HTML), loss, stopped, cut, guard, port, breach, crossed,
unsynchronised, changes; and busy=N (N permits and denials each ten minutes instead of one).
Knows the form of records from docs/audit-log.md; nothing of how sekishoctl writes them.
"""
import datetime
import hashlib
import json
import os
import random
import sys

directory, since, days, *what = sys.argv[1:]
busy = next((int(word[5:]) for word in what if word.startswith("busy=")), 1)
what = set(what)
zone = datetime.timezone(datetime.timedelta(hours=9))
start = datetime.datetime.fromisoformat(since).replace(tzinfo=zone)
chance = random.Random(7)
HOSTILE = "</td><script>alert(1)</script>\"'&amp;<img src=x onerror=alert(1)>\x07\x1b[31m\u202e\u2028終"


class Log:
    def __init__(self, path):
        os.makedirs(path)
        self.file = open(f"{path}/{0:020d}.jsonl", "w", encoding="utf-8", newline="")
        self.seq, self.prev, self.clock = 0, "0" * 64, "synchronised"

    def add(self, time, kind, **fields):
        head = {"v": 1, "seq": self.seq, "time": stamp(time), "clock": self.clock,
                "boot": "11111111-2222-4333-8444-555555555555", "mono_ns": self.seq * 1000,
                "host": "border", "generation": 1, "type": kind}
        line = json.dumps({**head, **fields, "prev": self.prev}, ensure_ascii=False,
                          separators=(",", ":")) + "\n"
        line = line.replace("\x7f", "\\u007f")
        self.file.write(line)
        self.prev = hashlib.sha256(line.encode()).hexdigest()
        self.seq += 1


def stamp(time):
    return time.isoformat(timespec="milliseconds")


log = Log(directory)
PAIRS = [("lgwan", "internet", "10.20.0.", "10.30.9.1", "LG-IN-001", 25),
         ("mynumber", "lgwan", "10.10.0.", "10.20.0.10", "MN-LG-001", 443),
         ("management", "self", "10.50.0.", "10.50.0.1", "MG-SELF-001", 22),
         ("branch", "lgwan", "10.60.0.", "10.20.0.10", "BR-LG-001", 443)]
DENIED = [("mynumber", "internet", "no-flow", "10.10.3.", "10.30.0.80", 443),
          ("internet", "lgwan", "not-a-gateway", "10.30.0.", "10.20.0.10", 3389),
          ("lgwan", "mynumber", "port-not-permitted", "10.20.1.", "10.10.0.10", 22),
          ("peer", "mynumber", "peer-unregistered", "10.40.7.", "10.10.0.10", 443),
          ("branch", "internet", "no-flow", "10.60.2.", "203.0.113.9", 80)]


def permit(time):
    source, to, network, target, flow, port = PAIRS[chance.randrange(len(PAIRS))]
    ends = {"src": network + str(chance.randrange(1, 250)), "dst": target, "proto": "tcp"}
    # Of one flow no end is told, of another nothing but the end: each shows that it was used.
    if flow != "BR-LG-001":
        log.add(time, "permit", reason="permit-new", direction="input", **{"from": source, "to": to},
                **ends, sport=50000, dport=port, flow=flow, count=1 + chance.randrange(3),
                at=stamp(time))
    if flow == "MG-SELF-001":
        return
    log.add(time, "flow.end", cause="closed", flow=flow, **{"from": source, "to": to},
            initiator=ends["src"], responder=target, proto="tcp", initiator_port=50000,
            responder_port=port, start=stamp(time), end=stamp(time), packets_out=9, packets_in=8,
            bytes_out=900, bytes_in=8000)


def deny(time, first=None):
    source, to, reason, network, target, port = first or DENIED[chance.randrange(len(DENIED))]
    breach = {"breach": f"{source}>{to}"} if reason == "no-flow" else {}
    log.add(time, "deny", reason=reason, direction="input", **breach, **{"from": source, "to": to},
            src=network + str(chance.randrange(1, 30)), dst=target, proto="tcp", sport=40000,
            dport=port, smac="02:00:5e:00:00:01", count=1 + chance.randrange(40), bytes=600,
            first=stamp(time), last=stamp(time))


def changes(time):
    before, after = "a" * 64, hashlib.sha256(b"policy").hexdigest()
    log.add(time, "policy.apply", actor="情報政策課 佐藤", second="監査担当 鈴木", ticket="R8-0012",
            file="/etc/sekisho/policy.yaml", digest_before=before, flows=12, confirm=120)
    log.add(time, "policy.confirm", actor="情報政策課 佐藤", digest_after=after)
    log.add(time, "policy.reject", actor="保守業者 田中", file="new.yaml", digest_before=after,
            reason="flow F-0100: ports missing", findings=["F-0100: ports missing"])
    log.add(time, "policy.apply", actor="情報政策課 佐藤", digest_before=after, flows=12)
    log.add(time, "isolate", segment="mynumber", reason="不審な通信の疑い", authority="CISO 副市長",
            actor="情報政策課 佐藤")
    log.add(time, "release", segment="mynumber", reason="調査の結果問題なし", actor="情報政策課 佐藤",
            second="監査担当 鈴木", ticket="R8-0013")
    log.add(time, "suspend", target="10.20.0.77", reason="マルウェア検知", authority="CSIRT",
            actor="情報政策課 高橋")
    log.add(time, "expiry.notice", flow="LG-IN-001", valid_until="2026-05-01T00:00:00.000+09:00",
            days=16)


def amiss(time):
    if "changes" in what:
        changes(time)
    if "hostile" in what:
        log.add(time, "policy.apply", actor=HOSTILE, second=HOSTILE, ticket=HOSTILE, file=HOSTILE,
                reason=HOSTILE)
        log.add(time, "isolate", segment=HOSTILE, reason=HOSTILE, authority=HOSTILE)
        log.add(time, "loss", count=5, start=stamp(time), end=stamp(time), cause=HOSTILE, detail=HOSTILE)
        log.add(time, "link", interface=HOSTILE, state="added", mode=HOSTILE)
        log.add(time, "deny", reason=HOSTILE, direction="input", **{"from": HOSTILE, "to": HOSTILE},
                src=HOSTILE, dst=HOSTILE, proto=HOSTILE, dport=1, count=9223372036854775807, bytes=1,
                first=stamp(time), last=stamp(time))
    if "loss" in what:
        log.add(time, "loss", count=37, start=stamp(time - datetime.timedelta(seconds=5)),
                end=stamp(time), cause="ring-full")
    if "guard" in what:
        log.add(time, "guard.mismatch", reason="policy", expected_generation=1, found_generation=0)
    if "port" in what:
        log.add(time, "link", interface="mn0", state="detached")
        log.add(time, "link", interface="mn0", state="attached", mode="native")
    if "crossed" in what:
        log.add(time, "permit", reason="permit-new", direction="input",
                **{"from": "mynumber", "to": "internet"}, src="10.10.0.5", dst="10.30.0.80",
                proto="tcp", sport=1, dport=443, flow="X", count=1, at=stamp(time))
    if "cut" in what:
        log.add(time, "start", program="collect", version="0.1.0", pid=200)


log.add(start - datetime.timedelta(minutes=5), "start", program="collect", version="0.1.0", pid=100)
steps = int(days) * 144
for step in range(steps + 1):
    time = start + datetime.timedelta(minutes=10 * step)
    if step == steps // 2:
        amiss(time)
        if "stopped" in what:
            log.add(time, "stop", program="collect", version="0.1.0", pid=100, reason="signal")
            continue
    if "stopped" in what and step == steps // 2 + 6:
        log.add(time, "start", program="collect", version="0.1.0", pid=101)
    log.clock = "unsynchronised" if "unsynchronised" in what and 10 <= step < 14 else "synchronised"
    log.add(time, "counters", frames=step * 100, permitted=step * 90, denied=step * 10,
            lost_events=0, reasons={"no-flow": step * 10})
    if "breach" in what and step % 3 == 0:
        deny(time, DENIED[0])
    # Nights are quiet.
    rounds = busy if 8 <= time.hour < 20 else busy // 4 or (time.minute == 0)
    for _ in range(int(rounds)):
        permit(time)
        deny(time)
