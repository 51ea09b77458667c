// SPDX-License-Identifier: GPL-2.0-only
/*
 * Up to which record what was sent may be taken to have arrived. Knows nothing of connections.
 */
#include "marks.h"

static struct sekisho_mark *mark_at(struct sekisho_marks *marks, size_t which)
{
	return &marks->ring[(marks->first + which) % SEKISHO_MARKS_MAX];
}

void sekisho_marks_begin(struct sekisho_marks *marks)
{
	marks->first = marks->count = 0;
}

void sekisho_marks_add(struct sekisho_marks *marks, const struct sekisho_position *position,
		       uint64_t bytes, int64_t now_ms)
{
	struct sekisho_mark *mark = marks->count ? mark_at(marks, marks->count - 1) : NULL;

	/* Where there is no room for another, the last one waits for longer. */
	if (!mark || (now_ms - mark->begun_ms >= SEKISHO_MARKS_APART_MS &&
		      marks->count < SEKISHO_MARKS_MAX)) {
		mark = mark_at(marks, marks->count++);
		mark->begun_ms = now_ms;
	}
	mark->position = *position;
	mark->bytes = bytes;
	mark->last_ms = now_ms;
}

const struct sekisho_position *sekisho_marks_last(const struct sekisho_marks *marks)
{
	size_t last = (marks->first + marks->count + SEKISHO_MARKS_MAX - 1) % SEKISHO_MARKS_MAX;

	return marks->count ? &marks->ring[last].position : &marks->settled;
}

bool sekisho_marks_settle(struct sekisho_marks *marks, uint64_t bytes, int64_t now_ms)
{
	bool moved = false;

	while (marks->count) {
		const struct sekisho_mark *mark = mark_at(marks, 0);

		if (mark->bytes > bytes || now_ms - mark->last_ms < SEKISHO_MARKS_SETTLE_MS)
			break;
		marks->settled = mark->position;
		marks->first = (marks->first + 1) % SEKISHO_MARKS_MAX;
		marks->count--;
		moved = true;
	}
	return moved;
}

void sekisho_marks_settle_all(struct sekisho_marks *marks)
{
	if (marks->count)
		marks->settled = mark_at(marks, marks->count - 1)->position;
	marks->first = marks->count = 0;
}
