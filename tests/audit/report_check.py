#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Reads a report as a strict reader of HTML, by rules of its own.

report_check.py FILE DIRECTORY    it is well-formed, accessible, and loads nothing

DIRECTORY gets what it says: a file a section, by its id, with a line an element; and in `tables` all
rows, their cells between tabs, behind the caption of their table.

Knows nothing of how sekishoctl writes HTML.
"""
import html.parser
import os
import sys

VOID = {"meta", "br", "hr", "img", "input", "link", "base"}
ELEMENTS = set("""html head meta title style body header main nav section h1 h2 h3 p ul li dl dt dd div span
    b code pre a table caption thead tbody tr th td svg desc defs pattern path rect line text""".split())
ATTRIBUTES = set("""lang charset http-equiv name content id class role scope href aria-label aria-labelledby viewBox
    x y x1 x2 y1 y2 width height fill d stroke stroke-width text-anchor font-size patternUnits""".split())
SPACED = {"p", "li", "dt", "dd", "h1", "h2", "h3", "th", "td", "caption", "pre", "tr"}


class Element:
    def __init__(self, name, attributes, parent):
        self.name, self.attributes, self.parent = name, dict(attributes), parent
        self.parts = []

    def text(self):
        parts = [part if isinstance(part, str) else part.text() for part in self.parts]
        return "".join(parts) + ("\n" if self.name in SPACED else "")

    def all(self, *names):
        for part in self.parts:
            if not isinstance(part, str):
                if part.name in names:
                    yield part
                yield from part.all(*names)


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.root = self.at = Element("", [], None)

    def handle_starttag(self, name, attributes):
        names = [attribute for attribute, _ in attributes]
        assert len(set(names)) == len(names), f"<{name}> has an attribute twice"
        element = Element(name, attributes, self.at)
        self.at.parts.append(element)
        if name not in VOID:
            self.at = element

    def handle_startendtag(self, name, attributes):
        self.at.parts.append(Element(name, attributes, self.at))

    def handle_endtag(self, name):
        assert self.at.name == name, f"</{name}> ends <{self.at.name}>"
        self.at = self.at.parent

    def handle_data(self, data):
        self.at.parts.append(data)

    def handle_comment(self, data):
        raise AssertionError("a comment")

    def handle_pi(self, data):
        raise AssertionError("a processing instruction")

    def unknown_decl(self, data):
        raise AssertionError("an unknown declaration")


def read(path):
    data = open(path, "rb").read()
    text = data.decode("utf-8")
    assert text.startswith("<!DOCTYPE html>\n"), "no document type"
    for character in text:
        code = ord(character)
        assert code in (9, 10) or not (code < 32 or 127 <= code < 160 or 0x200b <= code <= 0x200f or
                                       0x2028 <= code <= 0x202e or 0x2060 <= code <= 0x206f), hex(code)
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.at is reader.root, f"<{reader.at.name}> is not ended"
    return reader.root


def check_names(root):
    stack = [root]
    while stack:
        for part in stack.pop().parts:
            if isinstance(part, str):
                continue
            assert part.name in ELEMENTS, f"<{part.name}> has no place in a report"
            for name, value in part.attributes.items():
                assert name in ATTRIBUTES or name == "viewbox" or name == "patternunits", f"{part.name} {name}"
                assert "url(" not in value or value.startswith("url(#"), value
                assert "javascript" not in value.lower() and "://" not in value, value
            stack.append(part)


def check_links(root):
    ids = [element.attributes["id"] for element in root.all(*ELEMENTS) if "id" in element.attributes]
    assert len(set(ids)) == len(ids), "an id twice"
    links = 0
    for element in root.all(*ELEMENTS):
        target = element.attributes.get("href")
        if target is not None:
            assert target.startswith("#") and target[1:] in ids, target
            links += 1
        for name in element.attributes.get("aria-labelledby", "").split():
            assert name in ids, name
        fill = element.attributes.get("fill", "")
        assert not fill.startswith("url(") or fill[5:-1] in ids, fill
    assert links == 9, f"{links} links"


def check_tables(root):
    tables = list(root.all("table"))
    assert tables
    for table in tables:
        captions = list(table.all("caption"))
        assert len(captions) == 1 and captions[0].text().strip(), "a table without its caption"
        columns = len(list(next(table.all("thead")).all("th", "td")))
        for cell in next(table.all("thead")).all("th", "td"):
            assert cell.name == "th" and cell.attributes["scope"] == "col"
        for row in next(table.all("tbody")).all("tr"):
            cells = list(row.all("th", "td"))
            assert len(cells) == columns, f"{len(cells)} cells in {columns} columns"
            assert cells[0].name == "th" and cells[0].attributes["scope"] == "row"
            assert all(cell.name == "td" for cell in cells[1:])


def check_page(root):
    check_names(root)
    check_links(root)
    check_tables(root)
    (page,) = root.all("html")
    assert page.attributes["lang"] in ("ja", "en")
    (policy,) = [meta for meta in root.all("meta") if "http-equiv" in meta.attributes]
    assert policy.attributes["http-equiv"] == "Content-Security-Policy"
    assert policy.attributes["content"].startswith("default-src 'none'; style-src 'unsafe-inline';")
    (style,) = root.all("style")
    assert "@import" not in style.text() and "url(" not in style.text() and "<" not in style.text()
    assert len(list(root.all("h1"))) == len(list(root.all("main"))) == len(list(root.all("nav"))) == 1
    sections = list(root.all("section"))
    assert len(sections) == 9, f"{len(sections)} sections"
    # What a heading is under is the one before it that is one level above.
    level = 0
    for heading in root.all("h1", "h2", "h3"):
        assert int(heading.name[1]) <= level + 1, heading.text()
        level = int(heading.name[1])
    (label,) = {element.text().strip() for element in root.all("p")
                if element.attributes.get("class") == "label"}
    assert f'content:"{label}"' in style.text(), "the label is not in the margin"
    for section in sections:
        assert label in section.text(), section.attributes["id"]
    for picture in root.all("svg"):
        assert picture.attributes["role"] == "img" and next(picture.all("title")).text()
        assert next(picture.all("desc")).text()
    first = next(next(root.all("main")).all("p"))
    assert first.attributes["class"].startswith("verdict"), "the verdict is not first"
    print(f"{len(sections)} sections, {len(list(root.all('table')))} tables")


def write_text(root, directory):
    os.makedirs(directory, exist_ok=True)
    for section in root.all("section"):
        with open(f"{directory}/{section.attributes['id']}", "w", encoding="utf-8") as file:
            file.write(section.text())
    with open(f"{directory}/tables", "w", encoding="utf-8") as file:
        for table in root.all("table"):
            caption = next(table.all("caption")).text().strip()
            for row in next(table.all("tbody")).all("tr"):
                cells = [" ".join(cell.text().split()) for cell in row.all("th", "td")]
                file.write("\t".join([caption, *cells]) + "\n")


parsed = read(sys.argv[1])
check_page(parsed)
write_text(parsed, sys.argv[2])
