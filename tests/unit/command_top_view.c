// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a person at `top` sees: keys are obeyed, and whatever the size of the terminal nothing is
 * drawn beside it or over something else, in both languages. Drawn on a grid instead of a terminal.
 */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "command/top_keys.h"
#include "command/top_view.h"
#include "ktap.h"
#include "ui/cells.h"
#include "ui/language.h"
#include "ui/top_screen.h"

#define SECOND	   1000000000LL
#define GRID_ROWS  60
#define GRID_CELLS 600

/* What is in each cell: 0 blank; the texts of each row are kept beside it. */
struct grid {
	unsigned int rows, cells;
	bool used[GRID_ROWS][GRID_CELLS];
	char text[GRID_ROWS][4 * GRID_CELLS];
	enum sekisho_top_style style[GRID_ROWS];
	unsigned int overlaps, outside;
};

static struct grid grid;
static struct sekisho_top_model model;
static struct sekisho_top_facts facts;
static struct sekisho_top_view view;

static void put(void *context, unsigned int row, unsigned int cell, enum sekisho_top_style style,
		const char *text)
{
	size_t cells = sekisho_cells(text);

	(void)context;
	if (row >= grid.rows || cell + cells > grid.cells) {
		grid.outside++;
		return;
	}
	for (size_t i = 0; i < cells; i++) {
		grid.overlaps += grid.used[row][cell + i];
		grid.used[row][cell + i] = true;
	}
	if (style == SEKISHO_TOP_ALARM)
		grid.style[row] = style;
	strncat(grid.text[row], text, sizeof(grid.text[row]) - strlen(grid.text[row]) - 1);
	strncat(grid.text[row], "|", sizeof(grid.text[row]) - strlen(grid.text[row]) - 1);
}

static void draw(unsigned int cells, unsigned int rows, const char *said)
{
	struct sekisho_top_canvas canvas = { rows, cells, true, put, NULL };
	struct sekisho_top_page page;

	memset(&grid, 0, sizeof(grid));
	grid.rows = rows;
	grid.cells = cells;
	if (!sekisho_top_view_page(&view, &model, &facts, said, &page))
		view.room = sekisho_top_page_draw(&page, &canvas);
}

/* The row in which a text is; -1: none. */
static int find(const char *text)
{
	for (unsigned int row = 0; row < grid.rows; row++) {
		if (strstr(grid.text[row], text))
			return (int)row;
	}
	return -1;
}

static void keys(const char *text)
{
	for (; *text; text++)
		sekisho_top_view_key(&view, (unsigned char)*text);
}

static void take(int64_t at_ns, uint64_t count)
{
	static char names[30][16];
	struct sekisho_top_sample pairs[] = {
		{ { "mn", "lg" }, { count, 100 * count, 0, 0 }, 0 },
		{ { "lg", "in" }, { 0, 0, 2 * count, 120 * count }, 3 },
	};
	struct sekisho_top_sample reasons[] = {
		{ { "no-flow", NULL, "deny", "分離：領域間の許可通信がない" }, { 2 * count }, 0 },
	};
	struct sekisho_top_sample totals[] = {
		{ { "permitted" }, { count, 100 * count }, 0 },
		{ { "denied" }, { 2 * count, 120 * count }, 0 },
		{ { "new" }, { count }, 0 },
	};
	struct sekisho_top_sample ports[] = {
		{ { "eth0", "20", "mn", "none", "none" }, { count, count, count, count }, 25 },
	};
	struct sekisho_top_sample flows[30];
	struct sekisho_top_look look = { .at_ns = at_ns };

	for (size_t i = 0; i < 30; i++) {
		snprintf(names[i], sizeof(names[i]), "FLOW-%02zu", i);
		flows[i] = (struct sekisho_top_sample){
			{ names[i], NULL, "mn", "lg", "住民情報の照会（個人番号利用事務）" },
			{ i * count, i, 0 },
			0,
		};
	}
	look.samples[SEKISHO_TOP_PAIRS] = pairs;
	look.counts[SEKISHO_TOP_PAIRS] = 2;
	look.samples[SEKISHO_TOP_FLOWS] = flows;
	look.counts[SEKISHO_TOP_FLOWS] = 30;
	look.samples[SEKISHO_TOP_REASONS] = reasons;
	look.counts[SEKISHO_TOP_REASONS] = 1;
	look.samples[SEKISHO_TOP_PORTS] = ports;
	look.counts[SEKISHO_TOP_PORTS] = 1;
	look.samples[SEKISHO_TOP_TOTALS] = totals;
	look.counts[SEKISHO_TOP_TOTALS] = 3;
	sekisho_top_model_take(&model, &look);
}

static void begin(void)
{
	sekisho_top_view_free(&view);
	view = (struct sekisho_top_view){ .interval = 2 };
	facts = (struct sekisho_top_facts){
		.generation = 7, .ports = 2, .guarded = 2, .recorded = true
	};
	memset(facts.digest, 'a', 64);
}

static void test_tables(void)
{
	begin();
	draw(80, 24, "");
	ok(find("[1 Pairs]") >= 0 && find("7 aaaaaaaaaaaa|") >= 0 && find("mn|") > find("From|"),
	   "it begins with the pairs");
	keys("2");
	draw(80, 24, "");
	ok(find("[2 Flows]") >= 0 && find("FLOW-29|") >= 0 && find("from 1 of 30") >= 0, "flows");
	keys("\t");
	draw(80, 24, "");
	ok(find("[3 Reasons]") >= 0 && find("no-flow|") >= 0, "the next table");
	keys("4");
	draw(80, 24, "");
	ok(find("[4 Ports]") >= 0 && find("! eth0|") >= 0 && find("! none|") >= 0,
	   "a port without a program is marked");
	sekisho_top_view_key(&view, '\t');
	sekisho_top_view_key(&view, SEKISHO_TOP_KEY_BACK_TAB);
	ok(view.kind == SEKISHO_TOP_PORTS, "around and back");
}

static void test_order(void)
{
	int first, second;

	begin();
	keys("2");
	draw(80, 24, "");
	first = find("FLOW-29|");
	second = find("FLOW-28|");
	ok(first > 0 && first < second && find("Packets/s▼") > 0, "the busiest first");
	keys("r");
	draw(80, 24, "");
	ok(find("FLOW-00|") < find("FLOW-01|") && find("FLOW-29|") < 0 && find("Packets/s▲") > 0,
	   "reversed");
	keys("r<<<<");
	draw(80, 24, "");
	ok(find("FLOW-00|") < find("FLOW-01|") && find("Flow▲") > 0, "by name");
	keys("s");
	draw(80, 24, "");
	ok(find("From▲") > 0, "by the next column");
	keys("<<<");
	draw(80, 24, "");
	ok(find("Bytes/s▼") > 0, "pictures have no order: the columns go around without them");
}

static void test_scroll(void)
{
	begin();
	keys("2");
	draw(80, 24, "");
	sekisho_top_view_key(&view, SEKISHO_TOP_KEY_DOWN);
	draw(80, 24, "");
	ok(find("FLOW-29|") < 0 && find("from 2 of 30") >= 0, "a row down");
	sekisho_top_view_key(&view, SEKISHO_TOP_KEY_LAST);
	draw(80, 24, "");
	ok(find("FLOW-00|") >= 0 && view.first == 30 - view.room, "the last rows");
	sekisho_top_view_key(&view, SEKISHO_TOP_KEY_PAGE_DOWN);
	sekisho_top_view_key(&view, SEKISHO_TOP_KEY_PAGE_UP);
	sekisho_top_view_key(&view, SEKISHO_TOP_KEY_UP);
	draw(80, 60, "");
	draw(80, 60, "");
	ok(!view.first && find("FLOW-29|") >= 0, "all where there is room for all");
	sekisho_top_view_key(&view, SEKISHO_TOP_KEY_HOME);
	sekisho_top_view_key(&view, SEKISHO_TOP_KEY_UP);
	ok(!view.first, "nothing is above the first");
}

static void test_filter(void)
{
	begin();
	keys("2/flow-2");
	draw(80, 24, "");
	ok(find("FLOW-29|") >= 0 && find("FLOW-19|") < 0 && find("/flow-2_") >= 0 &&
		   find("'flow-2': 10 of 30") >= 0,
	   "rows with the text, while it is typed");
	keys("q");
	draw(80, 24, "");
	ok(!view.ended && find("no row has this text") >= 0, "a q is a letter then");
	sekisho_top_view_key(&view, SEKISHO_TOP_KEY_ERASE);
	keys("\r");
	draw(80, 24, "");
	ok(!view.typing && find("FLOW-20|") >= 0 && find("q quit") >= 0, "kept");
	keys("/x\033");
	ok(!strcmp(view.filter, "flow-2") && !view.typing, "or as before");
	keys("/");
	for (int i = 0; i < 100; i++)
		sekisho_top_view_key(&view, L'照');
	ok(strlen(view.filter) == 63 && !strncmp(view.filter, "照照", 6),
	   "letters of Japanese, as many as there is room for");
	sekisho_top_view_key(&view, SEKISHO_TOP_KEY_ERASE);
	ok(strlen(view.filter) == 60, "erased whole");
	keys("\025\r");
	ok(!*view.filter, "an empty text is none");
}

static void test_other_keys(void)
{
	begin();
	keys("?");
	draw(80, 24, "");
	ok(find("reverse the order") >= 0 && find("From|") < 0, "help");
	keys("2");
	ok(!view.help && view.kind == SEKISHO_TOP_PAIRS, "any key leaves it");
	keys("p");
	draw(80, 24, "");
	ok(view.paused && find("paused") >= 0, "pause");
	keys(" +++++++++++");
	ok(!view.paused && view.interval == SEKISHO_TOP_INTERVAL_MAX, "slower, to the end");
	keys("-----------");
	ok(view.interval == 1, "faster, to the end");
	view.interval = 4;
	keys("+");
	ok(view.interval == 5, "from any pace");
	sekisho_top_view_key(&view, SEKISHO_TOP_KEY_RESIZED);
	sekisho_top_view_key(&view, SEKISHO_TOP_KEY_NONE);
	ok(!view.ended, "what is no key ends nothing");
	keys("?q");
	ok(view.ended, "q ends it, also the help");
	begin();
	sekisho_top_view_key(&view, SEKISHO_TOP_KEY_END);
	ok(view.ended, "so does a signal");
}

/* Everything that must be seen is seen on the smallest terminal, and is more than a colour. */
static void test_alarms(void)
{
	int row;

	begin();
	strcpy(facts.isolated[0], "lg");
	facts.isolated_count = 1;
	draw(40, 10, "");
	row = find("!! ISOLATED: lg");
	ok(row >= 0 && grid.style[row] == SEKISHO_TOP_ALARM && find("! lg|") >= 0,
	   "an isolated segment");
	facts.isolated_all = true;
	draw(40, 10, "");
	ok(find("ISOLATED: every segment") >= 0, "all of them");
	facts.isolated_all = false;
	facts.isolated_count = 0;
	facts.recorded = false;
	facts.guarded = 1;
	draw(40, 10, "");
	ok(find("! log no collector runs !") >= 0 && find("! ports guarded 1/2 !") >= 0,
	   "no collector, a port without a program");
	facts.recorded = facts.log_failed = true;
	facts.guarded = 2;
	facts.lost_events = 5;
	view.lost_before = 2;
	draw(40, 10, "");
	ok(find("! log cannot be written !") >= 0 && find("! lost events 5 (+3) !") >= 0,
	   "a log that cannot be written, events lost since it began");
	facts.guard = SEKISHO_TOP_GUARD_DIFFERS;
	draw(80, 24, "");
	ok(find("! guard has another policy !") >= 0, "a guard out of step");
	facts.generation = 0;
	draw(40, 10, "");
	ok(find("!! No policy is in force") >= 0 && find("generation") < 0, "nothing in force");
	begin();
	draw(80, 24, "sekishoctl: something was said");
	ok(find("something was said") == 23, "what was said is in the last line");
}

static bool draws_everywhere(void)
{
	unsigned int bad = 0;

	for (unsigned int rows = 1; rows <= 60; rows += rows < 12 ? 1 : 6) {
		for (unsigned int cells = 1; cells <= 600; cells += cells < 90 ? 1 : 57) {
			for (int kind = 0; kind < SEKISHO_TOP_TOTALS; kind++) {
				view.kind = (enum sekisho_top_kind)kind;
				draw(cells, rows, "");
				bad += grid.overlaps + grid.outside;
			}
		}
	}
	if (bad)
		printf("# %u beside or over something else\n", bad);
	return !bad;
}

static void test_sizes(void)
{
	for (int language = 0; language < 2; language++) {
		const char *name = language ? "Japanese" : "English";

		sekisho_language_set(language ? SEKISHO_JAPANESE : SEKISHO_ENGLISH);
		begin();
		ok(draws_everywhere(), "any size, %s", name);
		facts.isolated_all = true;
		facts.recorded = false;
		view.help = true;
		ok(draws_everywhere(), "alarms and help, %s", name);
	}
	sekisho_language_set(SEKISHO_ENGLISH);
	begin();
	draw(40, 10, "");
	ok(find("mn|") > 0 && find("Packets/s▼") > 0 && find("Permitted|") > 0 &&
		   find("[1 Pairs]") > 0,
	   "40x10 has rows, an order, totals and tables");
}

static void test_unknown(void)
{
	sekisho_top_model_free(&model);
	take(1000 * SECOND, 10);
	begin();
	draw(80, 24, "");
	ok(find("Permitted|       -/s") > 0, "before the second look there are no rates");
}

int main(void)
{
	sekisho_language_set(SEKISHO_ENGLISH);
	plan(43);
	take(1000 * SECOND, 10);
	take(1002 * SECOND, 50);
	test_tables();
	test_order();
	test_scroll();
	test_filter();
	test_other_keys();
	test_alarms();
	test_sizes();
	test_unknown();
	sekisho_top_view_free(&view);
	sekisho_top_model_free(&model);
	return finish();
}
