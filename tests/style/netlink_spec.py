# SPDX-License-Identifier: GPL-2.0-only
"""The netlink specification and the C header as lines that can be compared.

netlink_spec.py spec FILE     what docs/netlink/sekisho.yaml says
netlink_spec.py header FILE   what include/sekisho/netlink.h says
netlink_spec.py asked FILE    which operations docs/netlink/sekisho.yaml has, and what they take

One line a fact: `constant NAME VALUE`, `string NAME VALUE`, and `ENUM NAME NUMBER` for each of an
enum's; of an operation `do NAME ATTRIBUTE...` or `dump NAME`. Knows the form in which each is written; needs
nothing but the standard library, so it reads the subset of YAML that the specification uses: maps,
lists, plain words, blocks of text, anchors. Whatever else there is ends it.
"""

import re
import sys


class Unreadable(Exception):
    """The file is not written as this program expects."""


# --- YAML, as far as it is used ---


def scalar(text):
    """A plain word, a number or a list of words in brackets."""
    if text.startswith("["):
        if not text.endswith("]"):
            raise Unreadable(text)
        inner = text[1:-1].strip()
        return [scalar(item.strip()) for item in inner.split(",")] if inner else []
    if re.fullmatch(r"-?[0-9]+", text):
        return int(text)
    if re.fullmatch(r"0x[0-9a-f]+", text):
        return int(text, 16)
    if text in ("true", "false"):
        return text == "true"
    return text


class Reader:
    """Lines of a file as nested maps and lists."""

    def __init__(self, lines):
        self.lines = []
        self.anchors = {}
        self.at = 0
        for line in lines:
            line = line.rstrip("\n")
            text = line.strip()
            if text.startswith("#") or text == "---":
                continue
            self.lines.append((len(line) - len(line.lstrip(" ")), text))

    def skip_blank(self):
        while self.at < len(self.lines) and not self.lines[self.at][1]:
            self.at += 1

    def indent(self):
        self.skip_blank()
        return self.lines[self.at][0] if self.at < len(self.lines) else -1

    def node(self, indent):
        """What begins here, indented by so much."""
        self.skip_blank()
        if self.lines[self.at][1].startswith("-"):
            return self.sequence(indent)
        return self.mapping(indent)

    def sequence(self, indent):
        items = []
        while self.indent() == indent and self.lines[self.at][1].startswith("-"):
            rest = self.lines[self.at][1][1:].strip()
            self.at += 1
            if rest:
                items.append(scalar(rest))
            else:
                items.append(self.node(self.indent()))
        return items

    def mapping(self, indent):
        result = {}
        while self.indent() == indent:
            line = self.lines[self.at][1]
            match = re.fullmatch(r"([a-z-]+):(?: (.*))?", line)
            if not match:
                raise Unreadable(line)
            key, rest = match.group(1), (match.group(2) or "").strip()
            if key in result:
                raise Unreadable(f"{key} twice")
            self.at += 1
            result[key] = self.value(indent, rest)
        return result

    def value(self, indent, rest):
        if rest == "|":
            return self.block(indent)
        if rest.startswith("*"):
            return self.anchors[rest[1:]]
        anchor = None
        if rest.startswith("&"):
            anchor, _, rest = rest[1:].partition(" ")
        if rest:
            value = scalar(rest)
        elif self.indent() > indent:
            value = self.node(self.indent())
        else:
            raise Unreadable("a key without a value")
        if anchor:
            self.anchors[anchor] = value
        return value

    def block(self, indent):
        text = []
        while self.at < len(self.lines):
            depth, line = self.lines[self.at]
            if line and depth <= indent:
                break
            text.append(line)
            self.at += 1
        return "\n".join(text).strip()

    def document(self):
        result = self.mapping(0)
        self.skip_blank()
        if self.at != len(self.lines):
            raise Unreadable(self.lines[self.at][1])
        return result


# --- the specification ---


def c_name(text):
    return text.replace("-", "_").upper()


def lines_of_enum(enum_name, prefix, names, first):
    for number, name in enumerate(names, first):
        yield f"{enum_name.replace('-', '_')} {c_name(prefix + name)} {number}"


def names_of(items):
    return [item["name"] if isinstance(item, dict) else item for item in items]


def refuse_values(items):
    """Numbers follow from the order alone."""
    for item in items:
        if isinstance(item, dict) and "value" in item:
            raise Unreadable(f"{item['name']} has a number of its own")


def lines_of_definitions(spec):
    for definition in spec["definitions"]:
        if definition["type"] == "const":
            yield f"constant {c_name('sekisho-' + definition['name'])} {definition['value']}"
            continue
        refuse_values(definition["entries"])
        yield from lines_of_enum(
            definition["enum-name"],
            definition["name-prefix"],
            names_of(definition["entries"]),
            definition.get("value-start", 0),
        )


def lines_of_spec(spec):
    yield f"string {c_name(spec['c-family-name'])} {spec['name']}"
    for group in spec["mcast-groups"]["list"]:
        yield f"string {c_name(group['c-define-name'])} {group['name']}"
    # No number of its own in the specification: YNL's is 1.
    yield f"constant {c_name(spec['c-version-name'])} {spec.get('version', 1)}"
    yield from lines_of_definitions(spec)
    for attributes in spec["attribute-sets"]:
        refuse_values(attributes["attributes"])
        yield from lines_of_enum(
            attributes["enum-name"],
            attributes["name-prefix"],
            names_of(attributes["attributes"]),
            1,
        )
    operations = spec["operations"]
    refuse_values(operations["list"])
    yield from lines_of_enum(
        operations["enum-name"], operations["name-prefix"], names_of(operations["list"]), 1
    )


def check_spec(spec):
    """What a line does not show: every name that is referred to exists, all is documented."""
    sets = {attributes["name"]: attributes for attributes in spec["attribute-sets"]}
    enums = {definition["name"] for definition in spec["definitions"]}
    groups = names_of(spec["mcast-groups"]["list"])
    for attributes in sets.values():
        check_attributes(attributes, sets, enums)
    for operation in spec["operations"]["list"]:
        check_operation(operation, sets, groups)


def check_attributes(attributes, sets, enums):
    for attribute in attributes["attributes"]:
        where = f"{attributes['name']}.{attribute['name']}"
        if attribute["type"] != "pad" and not attribute.get("doc"):
            raise Unreadable(f"{where} has no doc")
        if attribute["type"] == "nest" and attribute["nested-attributes"] not in sets:
            raise Unreadable(f"{where} nests nothing known")
        if attribute.get("enum", None) not in enums | {None}:
            raise Unreadable(f"{where} has no known enum")


def check_operation(operation, sets, groups):
    known = names_of(sets[operation["attribute-set"]]["attributes"])
    used = list(operation.get("event", {}).get("attributes", []))
    for way in ("do", "dump"):
        for part in ("request", "reply"):
            used += operation.get(way, {}).get(part, {}).get("attributes", [])
    for name in used:
        if name not in known:
            raise Unreadable(f"{operation['name']} has no known {name}")
    if "event" in operation and operation["mcgrp"] not in groups:
        raise Unreadable(f"{operation['name']} goes to no known group")
    if "event" not in operation and operation["flags"] != ["admin-perm"]:
        raise Unreadable(f"{operation['name']} is for everybody")


def lines_of_operations(spec):
    prefix = spec["operations"]["name-prefix"]
    for operation in spec["operations"]["list"]:
        name = c_name(prefix + operation["name"])
        if "dump" in operation:
            yield f"dump {name}"
        if "do" in operation:
            taken = operation["do"].get("request", {}).get("attributes", [])
            yield " ".join(["do", name] + [c_name("sekisho-a-" + word) for word in taken])


# --- the header ---

# Ends and marks that the specification has no word for.
MARK = re.compile(r".*_(UNSPEC|END|COUNT)")


def lines_of_header(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    for name, value in re.findall(r'^#define (\w+)\s+"([^"]*)"$', text, flags=re.M):
        yield f"string {name} {value}"
    for name, value in re.findall(r"^#define (\w+)\s+([0-9]+)$", text, flags=re.M):
        yield f"constant {name} {value}"
    for name, body in re.findall(r"^enum (\w+) \{(.*?)^\};", text, flags=re.M | re.S):
        yield from lines_of_body(name, body)


def lines_of_body(enum_name, body):
    entries = [entry.strip() for entry in body.split(",") if entry.strip()]
    for number, entry in enumerate(entries):
        if not re.fullmatch(r"\w+", entry):
            raise Unreadable(f"{enum_name}: {entry}")
        marks = number in (0, len(entries) - 1)
        if not (marks and MARK.fullmatch(entry)):
            yield f"{enum_name} {entry} {number}"


def lines_of_file(kind, path):
    with open(path, encoding="utf-8") as file:
        if kind == "header":
            return list(lines_of_header(file.read()))
        spec = Reader(file).document()
    check_spec(spec)
    return list(lines_of_spec(spec) if kind == "spec" else lines_of_operations(spec))


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("spec", "header", "asked"):
        sys.exit(__doc__)
    try:
        print("\n".join(lines_of_file(sys.argv[1], sys.argv[2])))
    except (Unreadable, KeyError) as error:
        sys.exit(f"{sys.argv[2]}: {error}")
