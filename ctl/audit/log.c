// SPDX-License-Identifier: GPL-2.0-only
/*
 * The writer of an audit log. Knows nothing of what records say.
 *
 * Beyond 600 lines: appending, committing, taking back what was half written and telling of what was
 * lost are one state under one lock.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "tail.h"
#include "torn.h"

/* Lines are gathered here and written at once. */
#define OUTBOX_BYTES SEKISHO_TAIL_WRITE_BYTES

/* In the order in which they are told. */
enum loss_cause {
	LOSS_TORN, /* first: what names the record due next is told by that one */
	LOSS_DISK_FULL,
	LOSS_IO_ERROR,
	LOSS_BUFFER_FULL,
	LOSS_REFUSED,
	LOSS_CAUSES
};

static const char *const loss_names[LOSS_CAUSES] = {
	[LOSS_DISK_FULL] = "disk-full",
	[LOSS_IO_ERROR] = "io-error",
	[LOSS_BUFFER_FULL] = "buffer-full",
	[LOSS_REFUSED] = "refused",
	[LOSS_TORN] = "torn",
};

struct loss {
	uint64_t count; /* 0: none is due */
	int64_t start; /* ns since 1970 UTC */
	int64_t end;
	char detail[SEKISHO_TORN_NAME_BYTES];
};

/* A record in memory; its body follows. */
struct pending {
	struct sekisho_stamp stamp;
	enum sekisho_record_type type;
	uint32_t generation;
	uint32_t length;
	bool cut;
	char body[];
};

struct sekisho_log {
	struct sekisho_digester *digester;
	int directory;
	int lock;
	int file; /* the newest, or -1 */
	bool known; /* @tail is what this process left; others may have written since */
	struct sekisho_tail tail; /* of what is written */
	uint64_t file_bytes, file_records, pending_bytes;
	int32_t zone;
	bool no_sync;
	uint32_t generation; /* of the last record appended: for the loss records */
	char host[SEKISHO_RECORD_HOST_BYTES];
	char origin[SEKISHO_RECORD_HOST_BYTES];
	char boot[SEKISHO_RECORD_BOOT_BYTES];

	char *pending;
	size_t pending_used, pending_room;
	uint64_t pending_records;
	int64_t pending_start, pending_end; /* their times */

	struct sekisho_tail ahead; /* as it will be when the outbox is written */
	char *outbox;
	size_t outbox_used;
	uint64_t outbox_records; /* of them pending ones, not loss records */
	unsigned int outbox_losses; /* set of causes that the outbox tells of */

	struct loss losses[LOSS_CAUSES];
	struct sekisho_record record; /* for loss records */
};

static void note_loss(struct sekisho_log *log, enum loss_cause cause, uint64_t count, int64_t start,
		      int64_t end)
{
	struct loss *loss = &log->losses[cause];

	if (!loss->count || start < loss->start)
		loss->start = start;
	if (!loss->count || end > loss->end)
		loss->end = end;
	loss->count += count;
}

static enum loss_cause cause_of(int error)
{
	return error == -ENOSPC || error == -EDQUOT || error == -EFBIG ? LOSS_DISK_FULL
								       : LOSS_IO_ERROR;
}

void sekisho_log_origin(const char *name, char origin[SEKISHO_RECORD_HOST_BYTES])
{
	static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789-_.";
	size_t i;

	for (i = 0; name[i] && i < SEKISHO_RECORD_HOST_BYTES - 1; i++)
		origin[i] = strchr(safe, name[i]) && (i || name[i] != '.') ? name[i] : '_';
	if (!i)
		origin[i++] = '_';
	origin[i] = '\0';
}

static void read_boot(char boot[SEKISHO_RECORD_BOOT_BYTES])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, boot, SEKISHO_RECORD_BOOT_BYTES - 1);

	if (fd >= 0)
		close(fd);
	boot[got < 0 ? 0 : got] = '\0';
	/* Without /proc the records still say, in the same shape, that it is unknown. */
	if (got != SEKISHO_RECORD_BOOT_BYTES - 1 ||
	    strspn(boot, "0123456789abcdef-") != SEKISHO_RECORD_BOOT_BYTES - 1)
		snprintf(boot, SEKISHO_RECORD_BOOT_BYTES, "%s",
			 "00000000-0000-0000-0000-000000000000");
}

static int take_lock(const struct sekisho_log *log)
{
	while (flock(log->lock, LOCK_EX))
		if (errno != EINTR)
			return -errno;
	return 0;
}

static void forget_file(struct sekisho_log *log)
{
	if (log->file >= 0)
		close(log->file);
	log->file = -1;
	log->known = false;
}

static bool exists(const struct sekisho_log *log, const char *name)
{
	return !faccessat(log->directory, name, F_OK, AT_SYMLINK_NOFOLLOW) || errno != ENOENT;
}

/* Whether the log still ends where this process left it, with nothing to tell that it does not know. */
static bool is_untouched(const struct sekisho_log *log)
{
	char name[SEKISHO_FILE_NAME_BYTES], torn[SEKISHO_TORN_NAME_BYTES];
	struct stat status;

	if (!log->known)
		return false;
	if (log->file >= 0 && (fstat(log->file, &status) || !status.st_nlink ||
			       (uint64_t)status.st_size != log->tail.size))
		return false;
	/* Another one may have moved torn lines aside, and not lived to tell. */
	sekisho_torn_name(torn, log->tail.next);
	if (!log->losses[LOSS_TORN].count && exists(log, torn))
		return false;
	/* Who begins a file without having touched the last names it by the record due next. */
	if (log->file >= 0 && log->tail.first == log->tail.next)
		return true;
	sekisho_file_name(name, log->tail.next);
	return !exists(log, name);
}

static int open_newest(struct sekisho_log *log)
{
	char name[SEKISHO_FILE_NAME_BYTES];

	sekisho_file_name(name, log->tail.first);
	log->file = openat(log->directory, name, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	return log->file < 0 ? -errno : 0;
}

/* A loss is due for what was moved aside and not told, by whichever process, however it ended. */
static int note_torn(struct sekisho_log *log)
{
	struct loss *loss = &log->losses[LOSS_TORN];
	struct sekisho_stamp now;
	uint64_t lines;
	int error = sekisho_torn_untold(log->directory, log->tail.next, &lines);

	if (error)
		return error;
	*loss = (struct loss){ 0 };
	if (!lines)
		return 0;
	sekisho_stamp_read(&now);
	note_loss(log, LOSS_TORN, lines, log->tail.last_ns ? log->tail.last_ns : now.wall_ns,
		  now.wall_ns);
	sekisho_torn_name(loss->detail, log->tail.next);
	return 0;
}

/*
 * What others left is on disk before this writer adds to it: who was killed, or could not flush, may
 * have left lines that are not. So never more than one write can be torn. An empty file may be one
 * whose maker did not live to put its name on disk.
 */
static int settle(const struct sekisho_log *log)
{
	if (log->no_sync)
		return 0;
	if (!log->tail.size && fsync(log->directory))
		return -errno;
	return fdatasync(log->file) ? -errno : 0;
}

/* With the lock held: know the log's end, mending it where a crash left it torn. */
static int refresh(struct sekisho_log *log)
{
	int error;

	if (is_untouched(log))
		return 0;
	forget_file(log);
	error = sekisho_tail_read(log->directory, log->digester, &log->tail);
	if (!error && log->tail.torn_bytes)
		error = sekisho_torn_mend(log->directory, &log->tail);
	if (!error)
		error = note_torn(log);
	if (!error && log->tail.has_file)
		error = open_newest(log);
	if (!error && log->tail.has_file)
		error = settle(log);
	log->known = !error;
	return error;
}

/* The names of the log's directory and of the one it is in are on disk. */
static int sync_parents(const struct sekisho_log *log)
{
	static const char *const paths[] = { "..", "../.." };
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int fd = openat(log->directory, paths[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		int error;

		if (fd < 0)
			return -errno;
		error = fsync(fd) ? -errno : 0;
		close(fd);
		if (error)
			return error;
	}
	return 0;
}

static int begin_file(struct sekisho_log *log)
{
	char name[SEKISHO_FILE_NAME_BYTES];
	int fd, error = 0;

	/* The log's first file: where it is must not vanish with what it will hold. */
	if (!log->tail.has_file && !log->no_sync)
		error = sync_parents(log);
	if (error)
		return error;
	sekisho_file_name(name, log->tail.next);
	fd = openat(log->directory, name,
		    O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return -errno;
	if (log->file >= 0)
		close(log->file);
	log->file = fd;
	log->tail.has_file = true;
	log->tail.first = log->tail.next;
	log->tail.size = 0;
	log->ahead = log->tail;
	if (!log->no_sync && fsync(log->directory)) {
		error = -errno;
		/* The next commit finds an empty file, and tries again. */
		forget_file(log);
	}
	return error;
}

/* Cut off what a failed write left, so that the file again ends with a whole line. */
static void take_back(struct sekisho_log *log)
{
	/* On disk too: blocks of this write must not come up among those of the next. */
	if (ftruncate(log->file, (off_t)log->tail.size) ||
	    (!log->no_sync && fdatasync(log->file))) {
		/* Not even that: the next commit looks at the file anew, and mends what is torn. */
		forget_file(log);
	}
}

/* Write the outbox: all of it, or nothing. */
static int write_outbox(struct sekisho_log *log)
{
	unsigned int cause;
	ssize_t put;
	int error = 0;

	if (!log->outbox_used)
		return 0;
	do
		put = write(log->file, log->outbox, log->outbox_used);
	while (put < 0 && errno == EINTR);
	if (put < 0)
		error = -errno;
	else if ((size_t)put < log->outbox_used)
		error = -ENOSPC;
	else if (!log->no_sync && fdatasync(log->file))
		error = -errno;
	log->outbox_used = 0;
	if (error) {
		take_back(log);
		return error;
	}
	for (cause = 0; cause < LOSS_CAUSES; cause++)
		if (log->outbox_losses & 1u << cause)
			log->losses[cause] = (struct loss){ 0 };
	log->outbox_losses = 0;
	log->pending_records -= log->outbox_records;
	log->outbox_records = 0;
	log->tail = log->ahead;
	return 0;
}

static bool file_is_full(const struct sekisho_log *log, size_t more)
{
	uint64_t records = log->ahead.next - log->ahead.first;

	if (!log->tail.has_file)
		return true;
	return records &&
	       (records >= log->file_records || log->ahead.size + more > log->file_bytes);
}

/* Render a record behind the outbox, which is written first where it or the file is full. */
static int put_line(struct sekisho_log *log, const struct sekisho_record_head *stamped,
		    const char *body, size_t length, bool cut)
{
	struct sekisho_record_head head = *stamped;
	size_t bytes;
	char *line;
	int error;

	if (OUTBOX_BYTES - log->outbox_used < SEKISHO_RECORD_LINE_BYTES) {
		error = write_outbox(log);
		if (error)
			return error;
	}
	head.seq = log->ahead.next;
	line = log->outbox + log->outbox_used;
	bytes = sekisho_record_render(line, &head, body, length, cut, log->ahead.prev);
	if (file_is_full(log, bytes)) {
		/* The line stays behind the part that is written, and moves to the front. */
		error = write_outbox(log);
		if (!error)
			error = begin_file(log);
		if (error)
			return error;
		memmove(log->outbox, line, bytes);
		line = log->outbox;
	}
	log->outbox_used += bytes;
	log->ahead.next++;
	log->ahead.size += bytes;
	return sekisho_digester_line(log->digester, line, bytes, log->ahead.prev);
}

static int put_loss(struct sekisho_log *log, enum loss_cause cause)
{
	const struct loss *loss = &log->losses[cause];
	struct sekisho_record *record = &log->record;
	struct sekisho_record_head head = {
		.zone = log->zone,
		.generation = log->generation,
		.type = SEKISHO_RECORD_LOSS,
		.boot = log->boot,
		.host = log->host,
	};
	int error;

	sekisho_record_begin(record, SEKISHO_RECORD_LOSS, log->generation, log->zone);
	sekisho_record_count(record, "count", loss->count);
	sekisho_record_time(record, "start", loss->start);
	sekisho_record_time(record, "end", loss->end);
	sekisho_record_text(record, "cause", loss_names[cause]);
	sekisho_record_text(record, "detail", loss->detail);
	sekisho_stamp_read(&head.stamp);
	error = put_line(log, &head, record->body, record->length, record->cut);
	if (!error)
		log->outbox_losses |= 1u << cause;
	return error;
}

static size_t pending_bytes(size_t body)
{
	size_t align = _Alignof(struct pending);

	return (sizeof(struct pending) + body + align - 1) / align * align;
}

static int put_pending(struct sekisho_log *log, const struct pending *pending)
{
	struct sekisho_record_head head = {
		.stamp = pending->stamp,
		.zone = log->zone,
		.generation = pending->generation,
		.type = pending->type,
		.boot = log->boot,
		.host = log->host,
	};
	int error = put_line(log, &head, pending->body, pending->length, pending->cut);

	if (!error)
		log->outbox_records++;
	return error;
}

/* With the lock held. */
static int write_all(struct sekisho_log *log)
{
	unsigned int cause;
	size_t at;
	int error = refresh(log);

	log->ahead = log->tail;
	log->outbox_used = 0;
	log->outbox_records = 0;
	log->outbox_losses = 0;
	for (cause = 0; cause < LOSS_CAUSES && !error; cause++)
		if (log->losses[cause].count)
			error = put_loss(log, cause);
	for (at = 0; at < log->pending_used && !error;) {
		const struct pending *pending = (const struct pending *)(log->pending + at);

		error = put_pending(log, pending);
		at += pending_bytes(pending->length);
	}
	return error ? error : write_outbox(log);
}

int sekisho_log_commit(struct sekisho_log *log)
{
	int error;

	if (!log->pending_records && !sekisho_log_lost(log))
		return 0;
	error = take_lock(log);
	if (!error) {
		error = write_all(log);
		flock(log->lock, LOCK_UN);
	}
	if (error && log->pending_records)
		note_loss(log, cause_of(error), log->pending_records, log->pending_start,
			  log->pending_end);
	log->pending_used = 0;
	log->pending_records = 0;
	return error;
}

int sekisho_log_settle(struct sekisho_log *log, uint64_t *next)
{
	int error = take_lock(log);

	if (error)
		return error;
	error = refresh(log);
	if (!error && log->file >= 0 && !log->no_sync && fdatasync(log->file))
		error = -errno;
	if (!error)
		*next = log->tail.next;
	flock(log->lock, LOCK_UN);
	return error;
}

/* Room for @bytes more, or NULL. */
static struct pending *pending_room(struct sekisho_log *log, size_t bytes)
{
	if (log->pending_used + bytes > log->pending_bytes)
		return NULL;
	if (log->pending_used + bytes > log->pending_room) {
		size_t room = log->pending_room ? 2 * log->pending_room : 1u << 16;
		char *grown;

		if (room < log->pending_used + bytes)
			room = log->pending_used + bytes;
		grown = realloc(log->pending, room);
		if (!grown)
			return NULL;
		log->pending = grown;
		log->pending_room = room;
	}
	return (struct pending *)(log->pending + log->pending_used);
}

int sekisho_log_append(struct sekisho_log *log, struct sekisho_record *record)
{
	size_t bytes = pending_bytes(record->length);
	struct sekisho_stamp stamp;
	struct pending *pending;
	int error = sekisho_record_finish(record);

	sekisho_stamp_read(&stamp);
	if (error) {
		note_loss(log, LOSS_REFUSED, 1, stamp.wall_ns, stamp.wall_ns);
		return error;
	}
	pending = pending_room(log, bytes);
	if (!pending) {
		note_loss(log, LOSS_BUFFER_FULL, 1, stamp.wall_ns, stamp.wall_ns);
		return -ENOBUFS;
	}
	pending->stamp = stamp;
	pending->type = record->type;
	pending->generation = record->generation;
	pending->length = (uint32_t)record->length;
	pending->cut = record->cut;
	memcpy(pending->body, record->body, record->length);
	if (!log->pending_records)
		log->pending_start = stamp.wall_ns;
	log->pending_end = stamp.wall_ns;
	log->generation = record->generation;
	log->pending_used += bytes;
	log->pending_records++;
	return 0;
}

static int open_directories(struct sekisho_log *log, const struct sekisho_log_options *options)
{
	const char *origin = log->origin;
	int parent, error = 0;

	sekisho_log_origin(options->origin ? options->origin : log->host, log->origin);
	if (mkdir(options->directory, 0750) && errno != EEXIST)
		return -errno;
	parent = open(options->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0)
		return -errno;
	if (mkdirat(parent, origin, 0750) && errno != EEXIST)
		error = -errno;
	if (!error) {
		log->directory =
			openat(parent, origin, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (log->directory < 0)
			error = -errno;
	}
	close(parent);
	if (error)
		return error;
	/* Not readable by others: who can open it can hold the lock and stop the log. */
	log->lock = openat(log->directory, SEKISHO_LOG_LOCK,
			   O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return log->lock < 0 ? -errno : 0;
}

int sekisho_log_open(struct sekisho_log **log, const struct sekisho_log_options *options)
{
	char name[256] = "";
	struct sekisho_log *opened = calloc(1, sizeof(*opened));
	int error;

	*log = NULL;
	if (!opened)
		return -ENOMEM;
	opened->directory = opened->lock = opened->file = -1;
	opened->zone = options->zone;
	opened->no_sync = options->no_sync;
	opened->file_bytes = options->file_bytes ?: SEKISHO_LOG_FILE_BYTES;
	opened->file_records = options->file_records ?: SEKISHO_LOG_FILE_RECORDS;
	opened->pending_bytes = options->pending_bytes ?: SEKISHO_LOG_PENDING_BYTES;
	gethostname(name, sizeof(name) - 1);
	sekisho_log_origin(name, opened->host);
	read_boot(opened->boot);
	opened->outbox = malloc(OUTBOX_BYTES);
	opened->digester = sekisho_digester_new();
	error = !opened->outbox ? -ENOMEM : !opened->digester ? -EIO : 0;
	if (!error)
		error = open_directories(opened, options);
	if (!error)
		error = take_lock(opened);
	if (error) {
		sekisho_log_close(opened);
		return error;
	}
	/* An error is not the end: the next commit tries again, and reports it. */
	if (refresh(opened))
		forget_file(opened);
	flock(opened->lock, LOCK_UN);
	*log = opened;
	return 0;
}

int sekisho_log_close(struct sekisho_log *log)
{
	int error;

	if (!log)
		return 0;
	error = log->lock < 0 ? 0 : sekisho_log_commit(log);
	forget_file(log);
	if (log->lock >= 0)
		close(log->lock);
	if (log->directory >= 0)
		close(log->directory);
	sekisho_digester_free(log->digester);
	free(log->outbox);
	free(log->pending);
	free(log);
	return error;
}

uint64_t sekisho_log_pending(const struct sekisho_log *log)
{
	return log->pending_records;
}

uint64_t sekisho_log_lost(const struct sekisho_log *log)
{
	uint64_t lost = 0;
	unsigned int cause;

	for (cause = 0; cause < LOSS_CAUSES; cause++)
		lost += log->losses[cause].count;
	return lost;
}

uint64_t sekisho_log_next(const struct sekisho_log *log)
{
	return log->tail.next;
}

bool sekisho_log_position(const struct sekisho_log *log, struct sekisho_position *position)
{
	if (!log->known)
		return false;
	*position = (struct sekisho_position){
		.seq = log->tail.next,
		.file = log->tail.first,
		.offset = log->tail.size,
		.chained = log->tail.next,
	};
	memcpy(position->hash, log->tail.prev, sizeof(position->hash));
	return true;
}

const char *sekisho_log_name(const struct sekisho_log *log)
{
	return log->origin;
}

int sekisho_log_directory(const struct sekisho_log *log)
{
	return log->directory;
}
