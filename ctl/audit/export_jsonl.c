// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON Lines: the label, then the records, byte for byte as the log has them unless they are
 * redacted. Knows nothing of what records say.
 */
#include <stdio.h>

#include "export_writer.h"

static int begin(struct sekisho_export_run *run)
{
	sekisho_emit_begin(&run->emit, NULL, '{');
	sekisho_export_label_json(run, "label");
	sekisho_emit_end(&run->emit, '}');
	sekisho_emit_line(&run->emit);
	return 0;
}

static int record(struct sekisho_export_run *run, const struct sekisho_export_record *given)
{
	fwrite(given->text, 1, given->length, run->stream);
	return 0;
}

static int damaged(struct sekisho_export_run *run, const struct sekisho_export_damage *damage)
{
	sekisho_emit_begin(&run->emit, NULL, '{');
	sekisho_export_damage_json(run, "damaged", damage);
	sekisho_emit_end(&run->emit, '}');
	sekisho_emit_line(&run->emit);
	return 0;
}

const struct sekisho_export_writer sekisho_export_jsonl = {
	.open = begin,
	.record = record,
	.damaged = damaged,
};
