#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Reads a CSV export back and compares every cell with the log, by rules of its own.

export_check.py table LOG_DIRECTORY CSV ENCODING    the cells of every record
export_check.py safe CSV ENCODING                   no cell is a formula; the table is whole

Knows the headings from ctl/audit/headings.c; nothing of how sekishoctl makes cells.
"""
import csv
import glob
import io
import json
import re
import sys

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d")


def read_table(path, encoding):
    data = open(path, "rb").read()
    if encoding == "utf-8":
        assert data.startswith(b"\xef\xbb\xbf"), "no byte order mark"
        text = data.decode("utf-8-sig")
    else:
        text = data.decode("cp932")
    assert text.endswith("\r\n"), "the last row has no end"
    assert "\n" not in re.sub(r'"[^"]*"', "", text).replace("\r\n", ""), "a row ends without CR"
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def keys_of(headings):
    source = open("ctl/audit/headings.c", encoding="utf-8").read()
    names = {}
    for key, english, japanese in re.findall(r'\{ "(\w+)", "([^"]*)",\s*"([^"]*)" \}', source):
        names[english] = names[japanese] = key
    keys = [names[heading] for heading in headings]
    assert len(set(keys)) == len(keys), "two columns of one key"
    return keys


def is_plain(text):
    return re.fullmatch(r"[+-]?[0-9]+", text) is not None


def guarded(text, number):
    digits = text.lstrip("+-")
    if is_plain(text):
        return len(digits) > 15 or (not number and len(digits) > 1 and digits[0] == "0")
    if text[:1] and text[0] in "=+-@\t\r\n＝＋－＠":
        return True
    return not number and re.fullmatch(r"[0-9]+[/-][0-9/-]*|[0-9][0-9.]*[eE][+-]?[0-9]+", text) is not None


def cell_of(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        text = str(value)
        return "'" + text if guarded(text, True) else text
    if isinstance(value, list):
        value = "\n".join(value)
    elif isinstance(value, dict):
        value = "\n".join(f"{key}={number}" for key, number in value.items())
    elif TIME.fullmatch(value):
        return f"{value[:10]} {value[11:23]}"
    return "'" + value if guarded(value, False) else value


def check_table(log, path, encoding):
    records = []
    for name in sorted(glob.glob(log + "/*.jsonl")):
        records += [json.loads(line) for line in open(name, encoding="utf-8")]
    table = read_table(path, encoding)
    keys = keys_of(table[0])
    rows = [dict(zip(keys, row)) for row in table[1:]]
    rows = [row for row in rows if row["type"] not in ("label", "damaged")]
    assert len(rows) == len(records), f"{len(rows)} rows, {len(records)} records"
    cells = 0
    for row, record in zip(rows, records):
        for key in keys:
            if key in ("handling", "notice", "what", "other", "log_file", "log_row", "sha256"):
                continue
            wanted = "UTC" + record["time"][23:] if key == "offset" else record.get(key, "")
            wanted = cell_of(wanted) if wanted != "" and key != "offset" else wanted
            assert row[key] == wanted, f"record {record['seq']}, {key}: {row[key]!r}, not {wanted!r}"
            cells += 1
        missing = set(record) - set(keys)
        assert not missing, f"record {record['seq']}: no column for {missing}"
    print(f"{len(rows)} records, {cells} cells are as in the log")


def check_safe(path, encoding):
    table = read_table(path, encoding)
    assert len({len(row) for row in table}) == 1, "rows of different lengths"
    for row in table:
        for cell in row:
            assert is_plain(cell) or cell[:1] not in tuple("=+-@\t\r\n＝＋－＠"), repr(cell)
        assert row[0], "a row without its class"
    print(f"{len(table)} rows")


if sys.argv[1] == "table":
    check_table(*sys.argv[2:])
else:
    check_safe(*sys.argv[2:])
