// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes down what this program does to files. Knows nothing of audit logs.
 */
#include "recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRAPPED(type, name, ...)         \
	type __real_##name(__VA_ARGS__); \
	type __wrap_##name(__VA_ARGS__)

static struct recording *now;
static unsigned int faults;
static bool dying;
static unsigned int last_calls; /* that a dying writer makes */
/* Files that others were renamed over: while they are open, their numbers are not given out again. */
static int replaced[256];
static size_t replaced_count;

void recorder_start(struct recording *recording, unsigned int one_in)
{
	*recording = (struct recording){ 0 };
	now = recording;
	faults = one_in;
}

void recorder_stop(void)
{
	now = NULL;
	while (replaced_count)
		close(replaced[--replaced_count]);
}

void recorder_kill(unsigned int calls)
{
	dying = true;
	last_calls = calls;
}

void recorder_revive(void)
{
	dying = false;
}

/* Each call of a dying writer counts. */
static bool is_dead(void)
{
	if (!dying)
		return false;
	if (last_calls) {
		last_calls--;
		return false;
	}
	errno = EIO;
	return true;
}

void recorder_free(struct recording *recording)
{
	size_t i;

	for (i = 0; i < recording->count; i++)
		free(recording->steps[i].bytes);
	free(recording->steps);
}

static struct disk_step *add(enum disk_kind kind, ino_t inode)
{
	struct disk_step *grown;

	grown = reallocarray(now->steps, now->count + 1, sizeof(*grown));
	if (!grown)
		abort();
	now->steps = grown;
	grown[now->count] = (struct disk_step){ .kind = kind, .inode = inode };
	return &grown[now->count++];
}

void recorder_mark(uint64_t offset)
{
	add(DISK_MARK, 0)->offset = offset;
}

static bool fails(void)
{
	return now && faults && (unsigned long)lrand48() % faults == 0;
}

static ino_t inode_of(int fd)
{
	struct stat status;

	if (fstat(fd, &status))
		abort();
	return status.st_ino;
}

static ino_t inode_at(int directory, const char *path)
{
	struct stat status;

	return fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW) ? 0 : status.st_ino;
}

static void add_name(int directory, const char *path, ino_t inode, bool is_directory)
{
	char *parent = strdup(path), *name = strdup(path);
	struct disk_step *step = add(DISK_CREATE, inode);

	step->directory = is_directory;
	step->parent = inode_at(directory, dirname(parent));
	snprintf(step->name, sizeof(step->name), "%s", basename(name));
	free(parent);
	free(name);
}

int __real_openat(int directory, const char *path, int flags, ...);
int __wrap_openat(int directory, const char *path, int flags, ...);
int __wrap_openat(int directory, const char *path, int flags, ...)
{
	bool existed = !now || inode_at(directory, path);
	mode_t mode = 0;
	va_list rest;
	int fd;

	va_start(rest, flags);
	if (flags & O_CREAT)
		mode = va_arg(rest, mode_t);
	va_end(rest);
	if (flags & O_CREAT && is_dead())
		return -1;
	fd = __real_openat(directory, path, flags, mode);
	if (fd >= 0 && now && !existed)
		add_name(directory, path, inode_of(fd), false);
	else if (fd >= 0 && now && flags & O_TRUNC)
		add(DISK_TRUNCATE, inode_of(fd));
	return fd;
}

WRAPPED(int, mkdirat, int directory, const char *path, mode_t mode)
{
	int error = is_dead() ? -1 : __real_mkdirat(directory, path, mode);

	if (!error && now)
		add_name(directory, path, inode_at(directory, path), true);
	return error;
}

int __wrap_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode)
{
	return __wrap_mkdirat(AT_FDCWD, path, mode);
}

static void hold(int directory, const char *name)
{
	int fd = __real_openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && replaced_count == sizeof(replaced) / sizeof(replaced[0]))
		abort();
	if (fd >= 0)
		replaced[replaced_count++] = fd;
}

WRAPPED(int, renameat, int from, const char *name, int directory, const char *to)
{
	ino_t inode = inode_at(from, name);
	struct disk_step *step;
	int error;

	if (is_dead())
		return -1;
	if (now)
		hold(directory, to);
	error = __real_renameat(from, name, directory, to);
	if (!error && now) {
		step = add(DISK_RENAME, inode);
		step->parent = inode_of(from);
		snprintf(step->name, sizeof(step->name), "%s", name);
		snprintf(step->to, sizeof(step->to), "%s", to);
	}
	return error;
}

WRAPPED(int, unlinkat, int directory, const char *name, int flags)
{
	struct disk_step *step;
	int error;

	if (is_dead())
		return -1;
	if (now)
		hold(directory, name);
	error = __real_unlinkat(directory, name, flags);
	if (!error && now) {
		step = add(DISK_REMOVE, 0);
		step->parent = inode_of(directory);
		snprintf(step->name, sizeof(step->name), "%s", name);
	}
	return error;
}

WRAPPED(ssize_t, write, int fd, const void *bytes, size_t length)
{
	struct disk_step *step;
	ssize_t put;

	if (is_dead())
		return -1;
	/* Who is killed while writing leaves a part. */
	if (length > 1 && (fails() || (dying && !last_calls)))
		length /= 2;
	put = __real_write(fd, bytes, length);
	if (put > 0 && now) {
		step = add(DISK_WRITE, inode_of(fd));
		step->offset = (uint64_t)(lseek(fd, 0, SEEK_CUR) - put);
		step->length = (size_t)put;
		step->bytes = malloc(step->length);
		if (!step->bytes)
			abort();
		memcpy(step->bytes, bytes, step->length);
	}
	return put;
}

WRAPPED(int, ftruncate, int fd, off_t size)
{
	int error = is_dead() ? -1 : __real_ftruncate(fd, size);

	if (!error && now)
		add(DISK_TRUNCATE, inode_of(fd))->offset = (uint64_t)size;
	return error;
}

/* Nothing needs to be on this machine's disk. */
static int flush(int fd)
{
	if (is_dead())
		return -1;
	if (fails()) {
		errno = EIO;
		return -1;
	}
	if (now)
		add(DISK_FLUSH, inode_of(fd));
	return 0;
}

int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	return flush(fd);
}

int __wrap_fdatasync(int fd);
int __wrap_fdatasync(int fd)
{
	return flush(fd);
}
