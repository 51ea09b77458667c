// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ledger: what was written and not settled is found in the log, what comes again is not missing,
 * and of another log nothing is believed.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "audit/convert.h"
#include "audit/ledger.h"
#include "audit/log.h"
#include "ktap.h"
#include "scratch.h"

static char root[] = "/tmp/sekisho-audit-ledger-XXXXXX";
static const struct sekisho_audit_names names = { .zone = 32400 };

static struct sekisho_log *open_log(const char *origin)
{
	const struct sekisho_log_options options = { .directory = root,
						     .origin = origin,
						     .no_sync = true };
	struct sekisho_log *log;

	if (sekisho_log_open(&log, &options))
		exit(1);
	return log;
}

/* Four packets in two records, an end, five events that found no room, two packets forgotten. */
static void write_records(struct sekisho_log *log)
{
	const struct sekisho_event event = {
		.type = SEKISHO_EVENT_PERMIT,
		.reason = SEKISHO_REASON_PERMIT_NEW,
		.flags = SEKISHO_EVENT_IPV4,
		.protocol = 6,
		.packets = { 1 },
	};
	struct sekisho_record record;
	struct sekisho_denial denial;

	sekisho_convert_permit(&record, &event, &names);
	sekisho_log_append(log, &record);
	sekisho_denial_of(&denial, &event);
	denial.count = 3;
	sekisho_convert_deny(&record, &denial, &names);
	sekisho_log_append(log, &record);
	sekisho_convert_flow_end(&record, &event, &names);
	sekisho_log_append(log, &record);
	sekisho_convert_loss(&record, 1, 0, 5, 0, 0, "ring-full");
	sekisho_log_append(log, &record);
	sekisho_convert_loss(&record, 1, 0, 2, 0, 0, "forgotten");
	sekisho_log_append(log, &record);
	sekisho_convert_loss(&record, 1, 0, 9, 0, 0, "netlink-full");
	sekisho_log_append(log, &record);
	sekisho_log_commit(log);
}

static struct sekisho_ledger *open_ledger(int directory)
{
	struct sekisho_ledger *ledger;

	if (sekisho_ledger_open(&ledger, directory))
		exit(1);
	return ledger;
}

static void settle_at(struct sekisho_ledger *ledger, const struct sekisho_log *log)
{
	struct sekisho_settled settled = *sekisho_ledger_settled(ledger);

	if (!sekisho_log_position(log, &settled.position))
		exit(1);
	sekisho_ledger_settle(ledger, &settled);
}

static uint64_t missing(struct sekisho_ledger *ledger, const struct sekisho_log *log,
			uint64_t place, struct sekisho_settled *settled)
{
	uint64_t count = 0;

	if (sekisho_ledger_recover(ledger, sekisho_log_directory(log), place, settled, &count))
		return UINT64_MAX;
	return count;
}

static void test_read_on(int directory)
{
	struct sekisho_log *log = open_log("one"), *other = open_log("two");
	struct sekisho_ledger *ledger = open_ledger(directory);
	struct sekisho_settled settled;

	write_records(log);
	settle_at(ledger, log);
	sekisho_ledger_take(ledger, 10, 168);
	ok(missing(ledger, log, 336, &settled) == 10 && !settled.told.ring_full,
	   "what was settled before is not counted again");
	write_records(log);
	sekisho_ledger_close(ledger);
	ledger = open_ledger(directory);
	ok(missing(ledger, log, 336, &settled) == 5 && settled.packets == 5,
	   "what was written and not settled is found in the log");
	ok(settled.told.ring_full == 5 && settled.told.forgotten == 2,
	   "and losses that were told, but those of the kernel guard");
	write_records(other);
	write_records(other);
	ok(missing(ledger, other, 336, &settled) == 10 && !settled.told.ring_full,
	   "of a log that is not the one settled nothing is believed");
	sekisho_ledger_close(ledger);
	sekisho_log_close(other);
	sekisho_log_close(log);
}

static void test_comes_again(int directory)
{
	struct sekisho_log *log = open_log("three");
	struct sekisho_ledger *ledger = open_ledger(directory);
	struct sekisho_settled settled;

	sekisho_ledger_take(ledger, 1, 0);
	sekisho_ledger_take(ledger, 7, 168);
	ok(missing(ledger, log, 168, &settled) == 1, "what comes again is not missing");
	sekisho_ledger_close(ledger);
	ledger = open_ledger(directory);
	ok(missing(ledger, log, 168, &settled) == 1, "however often that is asked");
	sekisho_ledger_take(ledger, 7, 168);
	sekisho_ledger_take(ledger, 2, SEKISHO_LEDGER_NOWHERE);
	ok(missing(ledger, log, 168, &settled) == 10, "what came by another way does not");
	sekisho_ledger_close(ledger);
	sekisho_log_close(log);
}

static void test_damaged(int directory)
{
	struct sekisho_log *log = open_log("three");
	struct sekisho_ledger *ledger = open_ledger(directory);
	struct sekisho_settled settled;
	int fd;

	sekisho_ledger_take(ledger, 5, 0);
	sekisho_ledger_close(ledger);
	fd = openat(directory, "collector.ledger", O_WRONLY | O_CLOEXEC);
	ok(fd >= 0 && !ftruncate(fd, 100), "a ledger is cut off");
	close(fd);
	ledger = open_ledger(directory);
	ok(!missing(ledger, log, 0, &settled), "and begins anew");
	sekisho_ledger_take(ledger, 5, 0);
	sekisho_ledger_close(ledger);
	ledger = open_ledger(-1);
	sekisho_ledger_take(ledger, 3, 0);
	ok(missing(ledger, log, 168, &settled) == 3, "without a directory it is as good");
	sekisho_ledger_close(ledger);
	sekisho_log_close(log);
}

int main(void)
{
	int directory;

	scratch(root);
	directory = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return 1;
	plan(10);
	test_read_on(directory);
	unlinkat(directory, "collector.ledger", 0);
	test_comes_again(directory);
	unlinkat(directory, "collector.ledger", 0);
	test_damaged(directory);
	close(directory);
	return finish();
}
