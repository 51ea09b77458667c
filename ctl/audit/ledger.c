// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a collector took and what of it is on record. Knows nothing of events or of how they come.
 */
#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fields.h"
#include "follow.h"

#define LEDGER_NAME  "collector.ledger"
#define LEDGER_MAGIC 0x31524547444c4b53ull

struct take {
	uint64_t packets; /* taken, this one included */
	uint64_t place;
};

/*
 * Of both there are two rows, and a number whose last bit says which one counts. The other one is
 * written, then the number; so a row that counts is never half written.
 */
struct book {
	uint64_t magic;
	uint64_t takes, settles;
	struct take take[2];
	struct sekisho_settled settled[2];
};

struct sekisho_ledger {
	struct book *book;
};

/* A file with room on its disk, so that writing to it in memory cannot fail. */
static int open_file(int directory)
{
	const struct book empty = { .magic = LEDGER_MAGIC };
	int fd = openat(directory, LEDGER_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat status;
	uint64_t magic = 0;

	if (fd < 0)
		return -1;
	if (!fstat(fd, &status) && status.st_size == sizeof(empty) &&
	    pread(fd, &magic, sizeof(magic), 0) == sizeof(magic) && magic == LEDGER_MAGIC)
		return fd;
	if (!ftruncate(fd, 0) && pwrite(fd, &empty, sizeof(empty), 0) == sizeof(empty))
		return fd;
	close(fd);
	return -1;
}

int sekisho_ledger_open(struct sekisho_ledger **ledger, int directory)
{
	struct sekisho_ledger *opened = calloc(1, sizeof(*opened));
	int fd;

	*ledger = NULL;
	if (!opened)
		return -ENOMEM;
	fd = open_file(directory);
	opened->book = mmap(NULL, sizeof(*opened->book), PROT_READ | PROT_WRITE,
			    fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	if (opened->book == MAP_FAILED) {
		free(opened);
		return -ENOMEM;
	}
	*ledger = opened;
	return 0;
}

void sekisho_ledger_close(struct sekisho_ledger *ledger)
{
	if (!ledger)
		return;
	munmap(ledger->book, sizeof(*ledger->book));
	free(ledger);
}

void sekisho_ledger_take(struct sekisho_ledger *ledger, uint64_t packets, uint64_t place)
{
	struct book *book = ledger->book;
	const struct take *last = &book->take[book->takes & 1];

	book->take[~book->takes & 1] = (struct take){ last->packets + packets, place };
	__atomic_store_n(&book->takes, book->takes + 1, __ATOMIC_RELEASE);
}

void sekisho_ledger_settle(struct sekisho_ledger *ledger, const struct sekisho_settled *settled)
{
	struct book *book = ledger->book;

	book->settled[~book->settles & 1] = *settled;
	__atomic_store_n(&book->settles, book->settles + 1, __ATOMIC_RELEASE);
}

const struct sekisho_settled *sekisho_ledger_settled(const struct sekisho_ledger *ledger)
{
	return &ledger->book->settled[ledger->book->settles & 1];
}

/* What comes again is not taken. */
static void take_back(struct sekisho_ledger *ledger, uint64_t place)
{
	struct book *book = ledger->book;

	if (!book->takes || place == SEKISHO_LEDGER_NOWHERE ||
	    book->take[book->takes & 1].place != place)
		return;
	__atomic_store_n(&book->takes, book->takes - 1, __ATOMIC_RELEASE);
}

static void add_loss(struct sekisho_settled *settled, const struct sekisho_fields *fields,
		     uint64_t count)
{
	const struct sekisho_value *cause = sekisho_fields_find(fields, "cause");

	if (sekisho_value_is(cause, "ring-full"))
		settled->told.ring_full += count;
	else if (sekisho_value_is(cause, "forgotten"))
		settled->told.forgotten += count;
	else if (sekisho_value_is(cause, "unwritten"))
		settled->packets += count;
}

/* What a record says of packets that a collector took. Others write none of these types. */
static void add_record(struct sekisho_settled *settled, const struct sekisho_entry *entry)
{
	struct sekisho_fields fields;
	uint64_t count;

	if (sekisho_line_is(&entry->line, "flow.end")) {
		settled->packets++;
		return;
	}
	sekisho_fields_read(&fields, entry->text);
	count = (uint64_t)sekisho_fields_number(&fields, "count", 0);
	if (sekisho_line_is(&entry->line, "loss"))
		add_loss(settled, &fields, count);
	else if (sekisho_line_is(&entry->line, "permit") || sekisho_line_is(&entry->line, "deny") ||
		 sekisho_line_is(&entry->line, "guard.mismatch"))
		settled->packets += count;
}

/* Add what the log has behind the settled place, if that is still the same log. */
static int read_on(struct sekisho_settled *settled, int log)
{
	struct sekisho_followed followed;
	struct sekisho_follow *follow;
	int more = sekisho_follow_open(&follow, log, &settled->position);

	if (more)
		return more;
	while ((more = sekisho_follow_next(follow, &followed)) > 0) {
		if (followed.trouble)
			break;
		if (!followed.entry.defect)
			add_record(settled, &followed.entry);
	}
	settled->position = *sekisho_follow_position(follow);
	sekisho_follow_close(follow);
	return more < 0 ? more : 0;
}

int sekisho_ledger_recover(struct sekisho_ledger *ledger, int log, uint64_t place,
			   struct sekisho_settled *settled, uint64_t *missing)
{
	const struct book *book = ledger->book;
	uint64_t taken;
	int error = 0;

	take_back(ledger, place);
	*settled = *sekisho_ledger_settled(ledger);
	if (book->settles)
		error = read_on(settled, log);
	if (error)
		*settled = *sekisho_ledger_settled(ledger);
	taken = book->take[book->takes & 1].packets;
	*missing = taken > settled->packets ? taken - settled->packets : 0;
	return error;
}
