// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the records of a period add up to. A table says which types are taken by which function.
 * Knows nothing of policies or of how it is shown.
 */
#include "account.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "guideline_items.h"
#include "types.h"

#define NS_A_SECOND  1000000000ll
#define HOUR_NS	     (3600 * NS_A_SECOND)
#define DAY_NS	     (24 * HOUR_NS)
#define BY_HOURS_MAX (3 * DAY_NS)

/* Keys of which what is seldom is folded; flows are told apart as far as that is possible. */
#define DENIALS_MOST 32768
#define REASONS_MOST 256
#define FLOWS_MOST   262144

/* A record of the period: redacted where that is asked for. */
struct taken {
	const char *text;
	size_t length;
	const struct sekisho_fields *fields;
	int64_t wall_ns;
};

int64_t sekisho_account_step(int64_t since_ns, int64_t until_ns)
{
	int64_t days;

	if (until_ns - since_ns <= BY_HOURS_MAX)
		return HOUR_NS;
	days = (until_ns - since_ns + DAY_NS - 1) / DAY_NS;
	return DAY_NS * ((days + SEKISHO_ACCOUNT_STEPS_MAX - 1) / SEKISHO_ACCOUNT_STEPS_MAX);
}

static void add(uint64_t *sum, uint64_t more)
{
	if (__builtin_add_overflow(*sum, more, sum))
		*sum = UINT64_MAX;
}

static uint64_t count_of(const struct sekisho_fields *fields)
{
	int64_t count = sekisho_fields_number(fields, "count", 0);

	return count > 0 ? (uint64_t)count : 0;
}

size_t sekisho_account_segment(struct sekisho_account *account, const char *name)
{
	if (!*name)
		return SEKISHO_ACCOUNT_NONE;
	for (size_t i = 1; i < account->segment_count; i++)
		if (!strcmp(account->segments[i], name))
			return i;
	if (account->segment_count == SEKISHO_ACCOUNT_OTHERS) {
		account->more_segments = true;
		return SEKISHO_ACCOUNT_OTHERS;
	}
	snprintf(account->segments[account->segment_count], SEKISHO_ACCOUNT_NAME_BYTES, "%s", name);
	return account->segment_count++;
}

static size_t segment_of(struct sekisho_account *account, const struct sekisho_fields *fields,
			 const char *key)
{
	char name[SEKISHO_ACCOUNT_NAME_BYTES];

	sekisho_fields_text(fields, key, name, sizeof(name));
	return sekisho_account_segment(account, name);
}

static struct sekisho_account_pair *pair_of(struct sekisho_account *account,
					    const struct sekisho_fields *fields)
{
	size_t from = segment_of(account, fields, "from");

	return &account->pairs[from][segment_of(account, fields, "to")];
}

/* NULL where the clock says that the record is of no step. */
static struct sekisho_account_step *step_of(struct sekisho_account *account, int64_t wall_ns)
{
	int64_t at = (wall_ns - account->selection->since_ns) / account->step_ns;

	return at >= 0 && (size_t)at < account->step_count ? &account->steps[at] : NULL;
}

static int keep(struct sekisho_account_lines *lines, const struct taken *record)
{
	char *copy;

	if (lines->count == SEKISHO_ACCOUNT_LINES_MAX) {
		lines->more++;
		return 0;
	}
	copy = strndup(record->text, record->length);
	if (!copy)
		return -ENOMEM;
	lines->lines[lines->count++] = copy;
	return 0;
}

static int use_flow(struct sekisho_account *account, const struct sekisho_fields *fields)
{
	char flow[SEKISHO_ACCOUNT_NAME_BYTES];

	if (!sekisho_fields_text(fields, "flow", flow, sizeof(flow)))
		return 0;
	return sekisho_ranking_add(&account->used, flow, strlen(flow), 1);
}

static int take_permit(struct sekisho_account *account, const struct taken *record)
{
	struct sekisho_account_step *step = step_of(account, record->wall_ns);
	uint64_t count = count_of(record->fields);

	/* Samples of what follows are no new connections. */
	if (sekisho_value_is(sekisho_fields_find(record->fields, "reason"), "permit-new")) {
		add(&pair_of(account, record->fields)->connections, count);
		add(&account->connections, count);
		if (step)
			add(&step->connections, count);
	}
	return use_flow(account, record->fields);
}

static int take_end(struct sekisho_account *account, const struct taken *record)
{
	pair_of(account, record->fields)->ended++;
	return use_flow(account, record->fields);
}

static void put_service(const struct sekisho_fields *fields, char *text, size_t size)
{
	char protocol[32], icmp[32], ethertype[32];
	int64_t port = sekisho_fields_number(fields, "dport", -1);

	sekisho_fields_text(fields, "proto", protocol, sizeof(protocol));
	sekisho_fields_text(fields, "icmp", icmp, sizeof(icmp));
	sekisho_fields_text(fields, "ethertype", ethertype, sizeof(ethertype));
	if (port >= 0)
		snprintf(text, size, "%s/%lld", protocol, (long long)port);
	else if (*icmp)
		snprintf(text, size, "%s/%s", protocol, icmp);
	else
		snprintf(text, size, "%s", *protocol ? protocol : ethertype);
}

static int rank_denial(struct sekisho_account *account, const struct sekisho_fields *fields,
		       uint64_t count)
{
	static const char *const keys[SEKISHO_ACCOUNT_SERVICE] = { "from", "to", "reason", "src",
								   "dst" };
	char key[SEKISHO_ACCOUNT_PARTS * (SEKISHO_ACCOUNT_NAME_BYTES + 1)];
	size_t used = 0;

	for (size_t i = 0; i < SEKISHO_ACCOUNT_PARTS; i++) {
		char *part = key + used;

		if (i == SEKISHO_ACCOUNT_SERVICE)
			put_service(fields, part, SEKISHO_ACCOUNT_NAME_BYTES);
		else
			sekisho_fields_text(fields, keys[i], part, SEKISHO_ACCOUNT_NAME_BYTES);
		/* What a text has of it would be taken for the end of a part. */
		for (char *at = part; *at; at++)
			*at = (char)(*at == SEKISHO_ACCOUNT_BETWEEN ? ' ' : *at);
		used += strlen(part);
		key[used++] = SEKISHO_ACCOUNT_BETWEEN;
	}
	return sekisho_ranking_add(&account->denials, key, used, count);
}

static int take_deny(struct sekisho_account *account, const struct taken *record)
{
	struct sekisho_account_step *step = step_of(account, record->wall_ns);
	uint64_t count = count_of(record->fields);
	char reason[SEKISHO_ACCOUNT_NAME_BYTES];
	int error;

	add(&pair_of(account, record->fields)->denied, count);
	add(&account->denied, count);
	if (step)
		add(&step->denied, count);
	if (sekisho_fields_find(record->fields, "breach"))
		add(&account->breaches, count);
	account->overflows += sekisho_fields_find(record->fields, "overflow") != NULL;
	sekisho_fields_text(record->fields, "reason", reason, sizeof(reason));
	error = sekisho_ranking_add(&account->reasons, reason, strlen(reason), count);
	return error ? error : rank_denial(account, record->fields, count);
}

static int take_change(struct sekisho_account *account, const struct taken *record)
{
	/* A confirmation belongs to a change that has its own; a refusal changed nothing. */
	const struct sekisho_value *type = sekisho_fields_find(record->fields, "type");
	bool changed = sekisho_value_is(type, "policy.apply") ||
		       sekisho_value_is(type, "policy.rollback");

	account->alone += changed && !sekisho_fields_find(record->fields, "second");
	account->unticketed += changed && !sekisho_fields_find(record->fields, "ticket");
	return keep(&account->changes, record);
}

static int take_order(struct sekisho_account *account, const struct taken *record)
{
	return keep(&account->orders, record);
}

static int take_expiry(struct sekisho_account *account, const struct taken *record)
{
	return keep(&account->expiries, record);
}

static int take_loss(struct sekisho_account *account, const struct taken *record)
{
	return keep(&account->losses, record);
}

static int take_clock(struct sekisho_account *account, const struct taken *record)
{
	return keep(&account->clocks, record);
}

static int take_guard(struct sekisho_account *account, const struct taken *record)
{
	const struct sekisho_value *type = sekisho_fields_find(record->fields, "type");

	account->guard_gone += sekisho_value_is(type, "guard.detach");
	account->mismatches += sekisho_value_is(type, "guard.mismatch");
	return keep(&account->enforcement, record);
}

static bool is_gone(const struct sekisho_fields *fields)
{
	const struct sekisho_value *state = sekisho_fields_find(fields, "state");

	return sekisho_value_is(state, "detached") || sekisho_value_is(state, "gone");
}

static int take_link(struct sekisho_account *account, const struct taken *record)
{
	account->ports_gone += is_gone(record->fields);
	return keep(&account->enforcement, record);
}

static int (*const takers[SEKISHO_RECORD_TYPES])(struct sekisho_account *account,
						 const struct taken *record) = {
	[SEKISHO_RECORD_POLICY_APPLY] = take_change,
	[SEKISHO_RECORD_POLICY_REJECT] = take_change,
	[SEKISHO_RECORD_POLICY_CONFIRM] = take_change,
	[SEKISHO_RECORD_POLICY_ROLLBACK] = take_change,
	[SEKISHO_RECORD_POLICY_PROPOSE] = take_change,
	[SEKISHO_RECORD_POLICY_APPROVE] = take_change,
	[SEKISHO_RECORD_ISOLATE] = take_order,
	[SEKISHO_RECORD_RELEASE] = take_order,
	[SEKISHO_RECORD_SUSPEND] = take_order,
	[SEKISHO_RECORD_RESTORE] = take_order,
	[SEKISHO_RECORD_PERMIT] = take_permit,
	[SEKISHO_RECORD_DENY] = take_deny,
	[SEKISHO_RECORD_FLOW_END] = take_end,
	[SEKISHO_RECORD_EXPIRY_NOTICE] = take_expiry,
	[SEKISHO_RECORD_EXPIRY_EXPIRED] = take_expiry,
	[SEKISHO_RECORD_GUARD_ATTACH] = take_guard,
	[SEKISHO_RECORD_GUARD_DETACH] = take_guard,
	[SEKISHO_RECORD_GUARD_MISMATCH] = take_guard,
	[SEKISHO_RECORD_LINK] = take_link,
	[SEKISHO_RECORD_CLOCK] = take_clock,
	[SEKISHO_RECORD_LOSS] = take_loss,
};

/* What is isolated, suspended or without its program after this record. */
static void follow(struct sekisho_account *account, int type, const struct sekisho_fields *fields)
{
	char name[SEKISHO_TALLY_NAME_BYTES];

	switch (type) {
	case SEKISHO_RECORD_ISOLATE:
		sekisho_fields_text(fields, "segment", name, sizeof(name));
		sekisho_name_list_add(&account->isolated, name);
		break;
	case SEKISHO_RECORD_RELEASE:
		sekisho_fields_text(fields, "segment", name, sizeof(name));
		sekisho_name_list_remove(&account->isolated, name);
		break;
	case SEKISHO_RECORD_SUSPEND:
		sekisho_fields_text(fields, "target", name, sizeof(name));
		sekisho_name_list_add(&account->suspended, name);
		break;
	case SEKISHO_RECORD_RESTORE:
		sekisho_fields_text(fields, "target", name, sizeof(name));
		sekisho_name_list_remove(&account->suspended, name);
		break;
	case SEKISHO_RECORD_LINK:
		sekisho_fields_text(fields, "interface", name, sizeof(name));
		if (is_gone(fields))
			sekisho_name_list_add(&account->ports, name);
		else if (sekisho_value_is(sekisho_fields_find(fields, "state"), "attached"))
			sekisho_name_list_remove(&account->ports, name);
		break;
	case SEKISHO_RECORD_GUARD_ATTACH:
	case SEKISHO_RECORD_GUARD_DETACH:
		account->guard_state = type == SEKISHO_RECORD_GUARD_DETACH;
		break;
	default:
		break;
	}
}

static int take_inside(struct sekisho_account *account, const struct sekisho_entry *entry, int type,
		       struct sekisho_fields *fields)
{
	struct taken record = { entry->text, entry->length, fields, entry->wall_ns };
	struct sekisho_account_step *step = step_of(account, entry->wall_ns);
	int error = 0;

	if (step)
		step->records++;
	if (type < 0 || !takers[type])
		return 0;
	/* What cannot be looked through whole is not shown. */
	if (account->redactor)
		error = sekisho_redact_line(account->redactor, fields,
					    fields->more ? -ENOENT : type, "", &record.text,
					    &record.length);
	if (error)
		return error;
	if (account->redactor)
		sekisho_fields_read(fields, record.text);
	return takers[type](account, &record);
}

static int take(struct sekisho_account *account, const struct sekisho_entry *entry)
{
	struct sekisho_fields fields;
	int error = sekisho_survey_take(&account->survey, entry, account->selection);
	int type;

	if (error || entry->defect)
		return error;
	sekisho_coverage_take(&account->coverage, entry);
	if (entry->wall_ns >= account->selection->until_ns)
		return 0;
	type = sekisho_entry_type(entry);
	sekisho_fields_read(&fields, entry->text);
	if (!sekisho_selection_period(account->selection, entry)) {
		follow(account, type, &fields);
		return 0;
	}
	if (!account->inside) {
		account->inside = true;
		account->guard_away = account->guard_state;
		account->ports_away = account->ports.count;
	}
	follow(account, type, &fields);
	return take_inside(account, entry, type, &fields);
}

static void begin(struct sekisho_account *account)
{
	int64_t whole = account->end_ns - account->selection->since_ns;

	sekisho_survey_begin(&account->survey);
	account->coverage.since_ns = account->selection->since_ns;
	account->coverage.until_ns = account->end_ns;
	account->segment_count = SEKISHO_ACCOUNT_NONE + 1;
	account->step_count = (size_t)((whole + account->step_ns - 1) / account->step_ns);
	if (account->step_count > SEKISHO_ACCOUNT_STEPS_MAX)
		account->step_count = SEKISHO_ACCOUNT_STEPS_MAX;
	account->denials.most = DENIALS_MOST;
	account->reasons.most = REASONS_MOST;
	account->used.most = FLOWS_MOST;
}

int sekisho_account_read(struct sekisho_account *account, int directory)
{
	struct sekisho_reader *reader;
	struct sekisho_entry entry;
	int got;

	begin(account);
	got = sekisho_reader_open(&reader, directory, 0);
	if (got)
		return got;
	sekisho_reader_pace(reader, account->pace);
	while ((got = sekisho_reader_next(reader, &entry)) > 0) {
		got = take(account, &entry);
		if (got)
			break;
	}
	sekisho_reader_close(reader);
	sekisho_coverage_end(&account->coverage);
	sekisho_ranking_sort(&account->denials);
	sekisho_ranking_sort(&account->reasons);
	return got;
}

static void free_lines(struct sekisho_account_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		free(lines->lines[i]);
	lines->count = 0;
}

void sekisho_account_free(struct sekisho_account *account)
{
	free_lines(&account->changes);
	free_lines(&account->orders);
	free_lines(&account->expiries);
	free_lines(&account->losses);
	free_lines(&account->enforcement);
	free_lines(&account->clocks);
	sekisho_ranking_free(&account->denials);
	sekisho_ranking_free(&account->reasons);
	sekisho_ranking_free(&account->used);
	sekisho_survey_free(&account->survey);
}

void sekisho_account_part(const struct sekisho_ranked *item, enum sekisho_account_part part,
			  char *text, size_t size)
{
	const char *from = item->key, *end = item->key + item->length;
	const char *next;

	for (int i = 0; i < (int)part && from; i++) {
		from = memchr(from, SEKISHO_ACCOUNT_BETWEEN, (size_t)(end - from));
		from = from ? from + 1 : NULL;
	}
	next = from ? memchr(from, SEKISHO_ACCOUNT_BETWEEN, (size_t)(end - from)) : NULL;
	snprintf(text, size, "%.*s", next ? (int)(next - from) : 0, from ? from : "");
}
