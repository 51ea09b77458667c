/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Charts of numbers over time as inline SVG without script, made to be read in black and white, and
 * with a title and a description for those who do not see them. Knows nothing of what is counted.
 */
#ifndef SEKISHO_REPORT_CHART_H
#define SEKISHO_REPORT_CHART_H

#include <stdbool.h>
#include <stdint.h>

#include "report/html.h"

#define SEKISHO_CHART_LABEL_BYTES 24

struct sekisho_chart_point {
	char label[SEKISHO_CHART_LABEL_BYTES]; /* of its time */
	uint64_t value;
	bool unknown; /* nobody counted: shown as such, not as zero */
};

struct sekisho_chart {
	const char *id; /* unique in the page, letters only */
	const char *title;
	const char *description;
	bool hatched; /* bars are, so that two charts differ without colour */
};

/**
 * sekisho_chart_scale - where the scale of a chart ends
 * @most: the largest number
 * @step: gets the distance of its lines: 1, 2 or 5 times a power of ten
 *
 * Return: the number of steps, 1 to 5; steps times @step is not below @most, unless that does not
 *	fit into 64 bits.
 */
unsigned int sekisho_chart_scale(uint64_t most, uint64_t *step);

/**
 * sekisho_chart_bars - a bar a point
 * @points: may be none; what is above 0 is seen, however small beside the others
 */
void sekisho_chart_bars(struct sekisho_html *html, const struct sekisho_chart *chart,
			const struct sekisho_chart_point *points, size_t count);

#endif
