# SPDX-License-Identifier: GPL-2.0-only
"""Flips bits of an audit log, thousands at a time, and asks `sekisho-verify --every` for the bad
records.

flip_every.py VERIFIER LOG EMPTY-DIRECTORY COUNT [SEED]
flip_every.py VERIFIER LOG EMPTY-DIRECTORY all [PART PARTS]

A record is judged by itself and its neighbours: by the hash of the one before, and by what the next
one knows, which the one after that confirms. So one flip in each second record is as many single
flips. Those in hashes of the record before, by which another is confirmed, go by themselves, and so
do, further apart, those of ends of lines, which make one line of two records. Each has to be found
at its record, and no other record may be called bad. COUNT looks are made with flips at random;
`all` makes each flip there is, or those of every PARTS-th look. The last record's hash is known from
elsewhere. Knows nothing of what records say.
"""

import hashlib
import os
import random
import subprocess
import sys

# A record ends with `"prev":"` HASH `"}` LF.
HASH_FROM = 67
HASH_TO = 3
# By what is flipped: how many records lie from one flip to the next.
APART = {"text": 2, "hash": 2, "end": 4}


def read_records(log):
    """The lines of all files, with their LF."""
    names = sorted(name for name in os.listdir(log) if name.endswith(".jsonl"))
    text = b"".join(open(os.path.join(log, name), "rb").read() for name in names)
    return text.splitlines(keepends=True)


class Log:
    """A log in one file, which flips are made in."""

    def __init__(self, verifier, records, directory):
        self.records = records
        self.starts = [0]
        for record in records:
            self.starts.append(self.starts[-1] + len(record))
        self.text = b"".join(records)
        self.path = os.path.join(directory, f"{0:020}.jsonl")
        last = hashlib.sha256(records[-1]).hexdigest()
        self.command = [verifier, "--every", "--chain-only", "--lang", "en"]
        self.command += ["--expect-seq", str(len(records) - 1), "--expect-hash", last, directory]

    def bad_records(self, text):
        """What the verifier calls bad of it."""
        with open(self.path, "wb") as file:
            file.write(text)
        done = subprocess.run(self.command, stdout=subprocess.PIPE, check=False)
        if done.returncode != 1:
            return set()
        words = (line.split() for line in done.stdout.splitlines())
        return {int(word[2]) for word in words if word[:2] == [b"bad:", b"record"]}

    def look(self, flips):
        """How many of the flips, each a record, a byte of it and a bit, were not found as such."""
        text = bytearray(self.text)
        allowed = set()
        for record, byte, bit in flips:
            text[self.starts[record] + byte] ^= 1 << bit
            # Without its LF a record takes the next one with it; the last may be two lines.
            if byte == len(self.records[record]) - 1 or record == len(self.records) - 1:
                allowed.add(record + 1)
        flipped = {record for record, byte, bit in flips}
        found = self.bad_records(text)
        wrong = (flipped - found) | (found - flipped - allowed)
        if wrong:
            tell = [flip for flip in flips if {flip[0], flip[0] + 1} & wrong]
            print(f"not as flipped: {sorted(wrong)[:10]}; record, byte, bit: {tell[:10]}")
        return len(wrong)


def places(record, kind):
    """How many bytes of a record are of this kind."""
    return {"text": len(record) - 1 - HASH_FROM + HASH_TO, "hash": HASH_FROM - HASH_TO, "end": 1}[kind]


def byte_at(record, kind, place):
    """Which byte of a record is that one of this kind."""
    if kind == "end":
        return len(record) - 1
    if kind == "hash":
        return len(record) - HASH_FROM + place
    if place >= len(record) - HASH_FROM:
        return place + HASH_FROM - HASH_TO
    return place


def all_looks(log, part, parts):
    """Each bit of each record once; neighbouring bytes of a record in different looks."""
    number = 0
    for kind, apart in APART.items():
        count = [places(record, kind) for record in log.records]
        for at in range(max(count)):
            for bit in range(8):
                for phase in range(apart):
                    number += 1
                    if number % parts != part:
                        continue
                    yield [
                        (at_record, byte_at(record, kind, (at + 37 * at_record) % count[at_record]), bit)
                        for at_record, record in enumerate(log.records)
                        if at_record % apart == phase and at < count[at_record]
                    ]


def some_looks(log, count):
    """A bit of many records, each look another kind of it."""
    kinds = list(APART)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        yield [
            (
                at_record,
                byte_at(record, kind, random.randrange(places(record, kind))),
                random.randrange(8),
            )
            for at_record, record in enumerate(log.records)
            if (at_record + number) % APART[kind] == 0
        ]


def main(verifier, path, directory, what, *rest):
    log = Log(verifier, read_records(path), directory)
    if what == "all":
        looks = all_looks(log, int(rest[0]) if rest else 0, int(rest[1]) if rest else 1)
        seed = ""
    else:
        seed = rest[0] if rest else str(random.randrange(1 << 32))
        random.seed(seed)
        looks = some_looks(log, int(what))
        seed = f"; seed {seed}"
    made = flips = wrong = 0
    for look in looks:
        made += 1
        flips += len(look)
        wrong += log.look(look)
    print(f"{len(log.records)} records: {flips} flips in {made} looks, {wrong} not as flipped{seed}")
    return 1 if wrong or not flips else 0


sys.exit(main(*sys.argv[1:]))
