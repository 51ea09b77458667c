// SPDX-License-Identifier: GPL-2.0-only
/*
 * Charts as inline SVG. Knows nothing of what is counted.
 */
#include "report/chart.h"

#include <stdio.h>
#include <string.h>

#include "ui/format.h"

/* In units of the picture, which is as wide as the page. */
#define WIDTH	   720
#define HEIGHT	   190
#define LEFT	   84
#define RIGHT	   8
#define TOP	   10
#define BOTTOM	   24
#define LABELS_MAX 12
#define FONT	   10.0
#define FITTING	   13 /* digits and commas beside the bars */
#define SEEN	   1.5 /* the least height of a bar */

#define COORDINATE 32 /* bytes of one */

unsigned int sekisho_chart_scale(uint64_t most, uint64_t *step)
{
	static const unsigned int parts[] = { 1, 2, 5 };
	uint64_t unit = 1;

	for (;;) {
		for (size_t i = 0; i < 3; i++) {
			/* 5 times the largest unit still fits; above it nothing does. */
			if (unit > UINT64_MAX / parts[i])
				break;
			*step = unit * parts[i];
			if (most <= *step || most / *step + (most % *step != 0) <= 5)
				return most <= *step
					       ? 1
					       : (unsigned int)(most / *step + (most % *step != 0));
		}
		if (unit > UINT64_MAX / 10)
			return 5;
		unit *= 10;
	}
}

struct plot {
	struct sekisho_html *html;
	double width, height; /* of where the bars are */
	double top; /* what the scale ends with */
	size_t count;
};

static const char *coordinate(char text[COORDINATE], double value)
{
	snprintf(text, COORDINATE, "%.2f", value);
	return text;
}

static void put_rectangle(struct sekisho_html *html, double x, double y, double width,
			  double height, const char *fill)
{
	char texts[4][COORDINATE];

	sekisho_html_empty(html, "rect", "x", coordinate(texts[0], x), "y", coordinate(texts[1], y),
			   "width", coordinate(texts[2], width), "height",
			   coordinate(texts[3], height), "fill", fill, NULL);
}

/* In letters that are smaller where there are many: numbers have no more room than the margin. */
static void put_text(struct sekisho_html *html, double x, double y, const char *anchor,
		     const char *text)
{
	char texts[3][COORDINATE];
	size_t length = strlen(text);
	double size = length > FITTING ? FONT * FITTING / (double)length : FONT;

	sekisho_html_element(html, "text", text, "x", coordinate(texts[0], x), "y",
			     coordinate(texts[1], y), "text-anchor", anchor, "font-size",
			     coordinate(texts[2], size), "fill", "#000", NULL);
}

static void put_scale(struct plot *plot, uint64_t most)
{
	uint64_t step;
	unsigned int steps = sekisho_chart_scale(most, &step);

	plot->top = (double)step * steps;
	for (unsigned int i = 0; i <= steps; i++) {
		double y = TOP + plot->height * (1 - (double)i / steps);
		char text[SEKISHO_NUMBER_TEXT], texts[3][COORDINATE];
		uint64_t value;

		if (__builtin_mul_overflow(step, i, &value))
			value = UINT64_MAX;
		sekisho_format_count(text, value);
		put_text(plot->html, LEFT - 6, y + 3.5, "end", text);
		coordinate(texts[0], y);
		sekisho_html_empty(plot->html, "line", "x1", coordinate(texts[1], LEFT), "x2",
				   coordinate(texts[2], LEFT + plot->width), "y1", texts[0], "y2",
				   texts[0], "stroke", i ? "#bbb" : "#000", "stroke-width",
				   i ? "0.5" : "1", NULL);
	}
}

static void put_bars(const struct plot *plot, const struct sekisho_chart_point *points,
		     const char *fill, const char *unknown)
{
	double slot = plot->width / (double)plot->count;
	double gap = slot > 4 ? slot * 0.15 : 0;

	for (size_t i = 0; i < plot->count; i++) {
		double x = LEFT + slot * (double)i;
		double height = plot->height * (double)points[i].value / plot->top;

		if (points[i].unknown)
			put_rectangle(plot->html, x, TOP, slot, plot->height, unknown);
		if (!points[i].value)
			continue;
		height = height < SEEN ? SEEN : height > plot->height ? plot->height : height;
		put_rectangle(plot->html, x + gap, TOP + plot->height - height, slot - 2 * gap,
			      height, fill);
	}
}

static void put_labels(const struct plot *plot, const struct sekisho_chart_point *points)
{
	double slot = plot->width / (double)plot->count;
	size_t every = (plot->count + LABELS_MAX - 1) / LABELS_MAX;

	for (size_t i = 0; i < plot->count; i += every)
		put_text(plot->html, LEFT + slot * ((double)i + 0.5), TOP + plot->height + 16,
			 "middle", points[i].label);
}

/* Lines across a square of six units. */
static void put_pattern(struct sekisho_html *html, const char *id, const char *path,
			const char *stroke, const char *width)
{
	sekisho_html_begin(html, "pattern", "id", id, "width", "6", "height", "6", "patternUnits",
			   "userSpaceOnUse", NULL);
	sekisho_html_empty(html, "path", "d", path, "stroke", stroke, "stroke-width", width, NULL);
	sekisho_html_end(html);
}

void sekisho_chart_bars(struct sekisho_html *html, const struct sekisho_chart *chart,
			const struct sekisho_chart_point *points, size_t count)
{
	struct plot plot = { html, WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM, 1, count };
	char box[32], title[64], description[64], both[130], hatch[64], unknown[64], fill[80],
		unknown_fill[80];
	uint64_t most = 0;

	snprintf(box, sizeof(box), "0 0 %d %d", WIDTH, HEIGHT);
	snprintf(title, sizeof(title), "%s-title", chart->id);
	snprintf(description, sizeof(description), "%s-description", chart->id);
	snprintf(both, sizeof(both), "%s %s", title, description);
	snprintf(hatch, sizeof(hatch), "%s-hatch", chart->id);
	snprintf(unknown, sizeof(unknown), "%s-unknown", chart->id);
	snprintf(fill, sizeof(fill), chart->hatched ? "url(#%s)" : "#1f3a5f", hatch);
	snprintf(unknown_fill, sizeof(unknown_fill), "url(#%s)", unknown);
	for (size_t i = 0; i < count; i++)
		most = points[i].value > most ? points[i].value : most;
	sekisho_html_begin(html, "svg", "viewBox", box, "role", "img", "aria-labelledby", both,
			   NULL);
	sekisho_html_element(html, "title", chart->title, "id", title, NULL);
	sekisho_html_element(html, "desc", chart->description, "id", description, NULL);
	sekisho_html_begin(html, "defs", NULL);
	if (chart->hatched)
		put_pattern(html, hatch, "M-1,5 l2,2 M0,0 l6,6 M5,-1 l2,2", "#8a1c1c", "2.2");
	put_pattern(html, unknown, "M3,0 v1", "#777", "1");
	sekisho_html_end(html);
	put_scale(&plot, most);
	if (count) {
		put_bars(&plot, points, fill, unknown_fill);
		put_labels(&plot, points);
	}
	sekisho_html_end(html);
}
