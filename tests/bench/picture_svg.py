# SPDX-License-Identifier: GPL-2.0-only
"""Draws lines over logarithmic sizes and horizontal bars, as SVG that needs no background: its
colours are as far from white as from black. Knows nothing of what is drawn."""
import html
import math

INK = "#7a7a7a"
FAINT = "#7a7a7a40"
COLOURS = ["#3b82c4", "#d06a1c", "#2f9e5b", "#a65fc0", "#b8860b", "#7a7a7a"]
SHAPES = ["circle", "square", "triangle", "diamond", "cross", "ring"]
WIDTH = 760
TITLE_Y = 24
LEGEND_Y = 50
LINE = 20
LETTER = 6.7  # how wide one is, about: what is drawn cannot be asked


def escape(text):
    return html.escape(str(text), quote=True)


def text(x, y, words, anchor="start", more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(words)}</text>'


def line(x1, y1, x2, y2, colour, width=1.0, more=""):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
            f'stroke-width="{width}"{more}/>')


def document(title, description, height, parts):
    """What is shown is also said: title and desc are read aloud."""
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:.0f}" '
            f'viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-labelledby="title desc" '
            f'font-family="sans-serif" font-size="12" fill="{INK}">')
    return "\n".join([head, f'<title id="title">{escape(title)}</title>',
                      f'<desc id="desc">{escape(description)}</desc>',
                      text(12, TITLE_Y, title, more=' font-size="15" font-weight="bold"'),
                      *parts, "</svg>", ""])


def number(value):
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def marker(shape, x, y, colour):
    polygons = {"square": [(-4, -4), (4, -4), (4, 4), (-4, 4)],
                "triangle": [(0, -5), (5, 4), (-5, 4)],
                "diamond": [(0, -5.5), (5.5, 0), (0, 5.5), (-5.5, 0)]}
    if shape in polygons:
        points = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in polygons[shape])
        return f'<polygon points="{points}" fill="{colour}"/>'
    if shape == "cross":
        return (line(x - 4, y - 4, x + 4, y + 4, colour, 2.5) +
                line(x - 4, y + 4, x + 4, y - 4, colour, 2.5))
    inside = "none" if shape == "ring" else colour
    return (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{inside}" stroke="{colour}" '
            'stroke-width="1.5"/>')


class Scale:
    """From a value to a place on the paper."""

    def __init__(self, values, start, end, logarithmic):
        self.start, self.end, self.logarithmic = start, end, logarithmic
        if logarithmic:
            least, most = min(values), max(values)
            self.low = math.floor(math.log10(least) + 1e-9)
            self.high = max(math.ceil(math.log10(most) - 1e-9), self.low + 1)
            self.ticks = [10.0 ** i for i in range(self.low, self.high + 1)]
            return
        step = nice_step(max(values) / 6)
        self.low = min(0, math.floor(min(values) / step) * step)
        self.high = max(math.ceil(max(values) / step), 1) * step
        count = round((self.high - self.low) / step)
        self.ticks = [self.low + step * i for i in range(count + 1)]

    def at(self, value):
        if self.logarithmic:
            value = math.log10(max(value, 10.0 ** self.low))
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def nice_step(rough):
    if rough <= 0:
        return 1
    power = 10 ** math.floor(math.log10(rough))
    return next(n * power for n in (1, 2, 5, 10) if n * power >= rough * 0.999)


def legend(names, sample):
    """Entries in as many lines as they need, and where they end. sample(i, x, y) draws one."""
    parts, x, y = [], 16, LEGEND_Y
    for i, name in enumerate(names):
        width = 36 + LETTER * len(name)
        if x > 16 and x + width > WIDTH - 8:
            x, y = 16, y + LINE
        parts += [sample(i, x, y - 4), text(x + 28, y, name)]
        x += width + 14
    return parts, y + 12


def axes(x_scale, y_scale, x_label, y_label):
    left, right, bottom, top = x_scale.start, x_scale.end, y_scale.start, y_scale.end
    parts = []
    for tick in y_scale.ticks:
        y = y_scale.at(tick)
        parts += [line(left, y, right, y, FAINT), text(left - 8, y + 4, number(tick), "end")]
    for tick in x_scale.ticks:
        x = x_scale.at(tick)
        parts += [line(x, bottom, x, bottom + 5, INK), text(x, bottom + 19, number(tick), "middle")]
    parts += [line(left, bottom, right, bottom, INK), line(left, bottom, left, top, INK),
              text((left + right) / 2, bottom + 40, x_label, "middle"),
              text(18, (top + bottom) / 2, y_label, "middle",
                   f' transform="rotate(-90 18 {(top + bottom) / 2:.1f})"')]
    return parts


def whisker_upright(x, low, high, colour):
    return (line(x, low, x, high, colour, 1.5) + line(x - 4, low, x + 4, low, colour, 1.5) +
            line(x - 4, high, x + 4, high, colour, 1.5))


def curve(index, name, points, x_scale, y_scale, aside):
    """A series: a line through the medians, from the least to the most of the runs upright."""
    colour, shape = COLOURS[index], SHAPES[index]
    places = [(x_scale.at(size) + aside, y_scale.at(median)) for size, median, *_ in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    parts = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>']
    for (x, y), (size, median, low, high) in zip(places, points):
        told = f"{name}, {size:,}: {median:,.4g} ({low:,.4g} to {high:,.4g})"
        parts.append(f"<g><title>{escape(told)}</title>"
                     + whisker_upright(x, y_scale.at(low), y_scale.at(high), colour)
                     + marker(shape, x, y, colour) + "</g>")
    return parts


def nothing(title, description):
    return document(title, description, 80, [text(16, LEGEND_Y, "Not measured.")])


def line_chart(title, description, x_label, y_label, series, logarithmic=False):
    """series: [(name, [(size, median, low, high), ...]), ...]; sizes on a logarithmic axis."""
    series = [(name, sorted(points)) for name, points in series if points]
    if not series:
        return nothing(title, description)

    def sample(i, x, y):
        return line(x, y, x + 22, y, COLOURS[i], 2) + marker(SHAPES[i], x + 11, y, COLOURS[i])

    parts, top = legend([name for name, _ in series], sample)
    top += 8
    bottom = top + 300
    values = [value for _, points in series for point in points for value in point[1:]]
    if logarithmic:
        values = [value for value in values if value > 0] or [1]
    y_scale = Scale(values, bottom, top, logarithmic)
    left = 44 + LETTER * max(len(number(tick)) for tick in y_scale.ticks)
    x_scale = Scale([point[0] for _, points in series for point in points], left, WIDTH - 40, True)
    parts += axes(x_scale, y_scale, x_label, y_label)
    for i, (name, points) in enumerate(series):
        # Side by side, so that one's spread does not hide another's.
        parts += curve(i, name, points, x_scale, y_scale, (i - (len(series) - 1) / 2) * 3)
    return document(title, description, bottom + 54, parts)


def bar(x_scale, y, thickness, value, colour, pale):
    median, low, high = value
    left, right = x_scale.start, x_scale.at(median)
    middle = y + thickness / 2
    inside = f'fill="{colour}" fill-opacity="{0.2 if pale else 0.6}"'
    return "".join([
        f'<rect x="{left:.1f}" y="{y:.1f}" width="{max(right - left, 1):.1f}" '
        f'height="{thickness}" {inside} stroke="{colour}"/>',
        line(x_scale.at(low), middle, x_scale.at(high), middle, INK, 1.5),
        line(x_scale.at(low), middle - 3, x_scale.at(low), middle + 3, INK, 1.5),
        line(x_scale.at(high), middle - 3, x_scale.at(high), middle + 3, INK, 1.5),
        text(max(x_scale.at(high), right) + 6, middle + 4, number(median), more=' font-size="11"')])


def bar_chart(title, description, value_label, kinds, groups, note=""):
    """kinds: one or two names; groups: [(name, is ours, [(median, low, high) or a reason, ...])]"""
    values = [value for _, _, cells in groups for cell in cells if not isinstance(cell, str)
              for value in cell]
    if not values:
        return nothing(title, description)

    def sample(i, x, y):
        return (f'<rect x="{x}" y="{y - 6}" width="22" height="12" fill="{COLOURS[0]}" '
                f'fill-opacity="{0.2 if i else 0.6}" stroke="{COLOURS[0]}"/>')

    parts, y = legend(kinds, sample)
    top = y + 8
    left = 20 + LETTER * max(len(name) for name, _, _ in groups)
    x_scale = Scale(values, left, WIDTH - 64, False)
    thickness, gap = 13, 10
    bars, y = [], top + 4
    for name, ours, cells in groups:
        bars.append(text(left - 8, y + len(cells) * thickness / 2 + 4, name, "end",
                         ' font-weight="bold"' if ours else ""))
        for i, cell in enumerate(cells):
            if isinstance(cell, str):
                bars.append(text(left + 6, y + thickness - 3, cell, more=' font-size="11"'))
            else:
                bars.append(bar(x_scale, y, thickness - 2, cell, COLOURS[0] if ours else INK,
                                i > 0))
            y += thickness
        y += gap
    bottom = y
    for tick in x_scale.ticks:
        x = x_scale.at(tick)
        parts += [line(x, top, x, bottom, FAINT), text(x, bottom + 18, number(tick), "middle")]
    parts += bars + [line(left, top, left, bottom, INK),
                     text((left + WIDTH - 64) / 2, bottom + 38, value_label, "middle")]
    if note:
        parts.append(text(16, bottom + 60, note))
    return document(title, description, bottom + (72 if note else 50), parts)
