#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Reads metrics as a stranger would, for tests/net/metrics.sh. Knows nothing of what they mean.

    metrics.py get URL|unix:PATH [open]      the page; `open` asks for OpenMetrics; status other
                                             than 200 fails
    metrics.py check FILE                    OpenMetrics' rules on a text, as far as they are read here
    metrics.py value FILE NAME [LABEL=V...]  the value of the one sample that has these labels
    metrics.py families FILE                 NAME|TYPE|LABELS, a line each, of OpenMetrics
    metrics.py documented FILE               likewise of the tables of docs/metrics.md
    metrics.py expressions FILE              those of a dashboard, a line each
    metrics.py names FILE                    sekisho_ names in any text
    metrics.py watch URL SECONDS FILE        looks all the time; fails where a counter fell
"""
import http.client
import json
import re
import socket
import sys
import time

SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\d+(?:\.\d+)?)$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)')
SUFFIX = {"counter": "_total", "info": "_info", "gauge": ""}


class Local(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(10)
        self.sock.connect(self.path)


def get(where, openmetrics=False):
    if where.startswith("unix:"):
        connection = Local(where[5:])
    else:
        connection = http.client.HTTPConnection(where.split("/")[2], timeout=10)
    accept = "application/openmetrics-text;version=1.0.0,*/*;q=0.1" if openmetrics else "*/*"
    connection.request("GET", "/metrics", headers={"Accept": accept})
    answer = connection.getresponse()
    body = answer.read().decode("utf-8")
    kind = "application/openmetrics-text; version=1.0.0" if openmetrics else "text/plain; version=0.0.4"
    if answer.status != 200 or not answer.headers["Content-Type"].startswith(kind):
        sys.exit(f"{answer.status} {answer.headers['Content-Type']}")
    return body


def labels_of(text):
    labels, at = {}, 0
    while text and at < len(text):
        found = LABEL.match(text, at)
        if not found or found[1] in labels:
            raise ValueError(f"labels: {text}")
        labels[found[1]] = found[2].replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")
        at = found.end()
    return labels


def samples_of(text):
    for line in text.split("\n"):
        if line and not line.startswith("#"):
            found = SAMPLE.match(line)
            if not found:
                raise ValueError(f"sample: {line}")
            yield found[1], labels_of(found[2]), found[3]


def check(text):
    """Families in one piece and declared once, units as suffixes, no sample twice, an end."""
    family, kind, families, series = None, None, {}, set()
    if not text.endswith("\n# EOF\n") or text.count("# EOF") != 1:
        raise ValueError("no end, or more than one")
    for line in text[: -len("# EOF\n")].splitlines():
        if line.startswith("# "):
            _, what, name, rest = line.split(" ", 3)
            if what == "TYPE":
                if name in families:
                    raise ValueError(f"{name} twice")
                family, kind, families[name] = name, rest, set()
            elif name != family or what not in ("UNIT", "HELP") or what in families[name]:
                raise ValueError(line)
            elif what == "UNIT" and not name.endswith("_" + rest):
                raise ValueError(line)
            families[name].add(what)
            continue
        name, labels, _ = next(samples_of(line))
        if name != family + SUFFIX[kind] or "HELP" not in families[family]:
            raise ValueError(f"{line} below {family}")
        if not family.startswith("sekisho_") or family.endswith("_total"):
            raise ValueError(family)
        key = (name, tuple(sorted(labels.items())))
        if key in series:
            raise ValueError(f"{line} twice")
        series.add(key)
    if not series:
        raise ValueError("nothing in it")


def value(text, name, wanted):
    wanted = dict(word.split("=", 1) for word in wanted)
    found = [v for n, labels, v in samples_of(text) if n == name and wanted.items() <= labels.items()]
    if len(found) != 1:
        sys.exit(f"{name} {wanted}: {len(found)} samples")
    return found[0]


def families(text):
    kinds, labels = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            kinds[name + SUFFIX[kind]] = kind
    for name, found, _ in samples_of(text):
        labels.setdefault(name, set()).add(", ".join(found))
    for name, kind in kinds.items():
        yield f"{name}|{kind}|{' / '.join(sorted(labels.get(name, {''})))}"


def documented(text):
    for line in text.splitlines():
        found = re.match(r"\| `(sekisho_\w+)` \| (\w+) \| ([^|]*)\|", line)
        if found:
            yield f"{found[1]}|{found[2]}|{found[3].replace('`', '').strip()}"


def expressions(node):
    if isinstance(node, dict):
        for key, child in node.items():
            if key in ("expr", "query") and isinstance(child, str) and "sekisho_" in child:
                yield re.sub(r"^label_values\((\w+), \w+\)$", r"\1", child)
            else:
                yield from expressions(child)
    elif isinstance(node, list):
        for child in node:
            yield from expressions(child)


def watch(url, seconds, path):
    """Counters never fall. Ends when FILE appears."""
    import os

    last, looks, end = {}, 0, time.monotonic() + seconds
    while time.monotonic() < end and not os.path.exists(path):
        for name, labels, now in samples_of(get(url)):
            if name.endswith("_total"):
                key = (name, tuple(labels.items()))
                if int(now) < last.get(key, 0):
                    sys.exit(f"{key} fell from {last[key]} to {now}")
                last[key] = int(now)
        looks += 1
        time.sleep(0.2)
    print(f"{looks} looks at {len(last)} counters")
    if looks < 3:
        sys.exit("too few")


def main(words):
    command, first = words[0], words[1]
    if command == "get":
        sys.stdout.write(get(first, words[2:] == ["open"]))
        return
    if command == "watch":
        watch(first, float(words[2]), words[3])
        return
    with open(first, encoding="utf-8") as file:
        text = file.read()
    if command == "check":
        check(text)
    elif command == "value":
        print(value(text, words[2], words[3:]))
    elif command == "families":
        print("\n".join(families(text)))
    elif command == "documented":
        print("\n".join(documented(text)))
    elif command == "expressions":
        print("\n".join(expressions(json.loads(text))))
    elif command == "names":
        print("\n".join(sorted(set(re.findall(r"\bsekisho_\w+", text)))))
    else:
        sys.exit(__doc__)


main(sys.argv[1:])
