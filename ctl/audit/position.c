// SPDX-License-Identifier: GPL-2.0-only
/*
 * How far records were sent to one peer. Knows nothing of peers or records.
 */
#include "position.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "disk/durable.h"

#define SUFFIX	   ".json"
#define TEXT_BYTES 384
#define PATH_BYTES (SEKISHO_POSITION_NAME_BYTES + 16)

static const char name_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-_.";

static bool same_digest(bool one_set, const uint8_t *one, bool other_set, const uint8_t *other)
{
	return one_set == other_set && (!one_set || !memcmp(one, other, SEKISHO_DIGEST_BYTES));
}

bool sekisho_position_same(const struct sekisho_position *one, const struct sekisho_position *other)
{
	return one->seq == other->seq && one->file == other->file && one->offset == other->offset &&
	       same_digest(one->chained, one->hash, other->chained, other->hash) &&
	       same_digest(one->noted, one->note, other->noted, other->note);
}

bool sekisho_position_name(const char *name)
{
	size_t length = strlen(name);

	return length && length < SEKISHO_POSITION_NAME_BYTES && name[0] != '.' &&
	       strspn(name, name_characters) == length;
}

int sekisho_position_lock(int directory, const char *name)
{
	char path[PATH_BYTES];
	int fd, error;

	snprintf(path, sizeof(path), "%s.lock", name);
	fd = openat(directory, path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return fd;
	error = errno == EWOULDBLOCK ? -EBUSY : -errno;
	close(fd);
	return error;
}

static size_t render(char text[TEXT_BYTES], const struct sekisho_position *position)
{
	char hash[SEKISHO_DIGEST_HEX + 1] = "", note[SEKISHO_DIGEST_HEX + 1] = "";
	int length;

	if (position->chained)
		sekisho_digest_hex(position->hash, hash);
	if (position->noted)
		sekisho_digest_hex(position->note, note);
	length = snprintf(text, TEXT_BYTES,
			  "{\"v\":1,\"seq\":%" PRIu64 ",\"file\":%" PRIu64 ",\"offset\":%" PRIu64
			  ",\"hash\":\"%s\",\"checkpoint\":\"%s\"}\n",
			  position->seq, position->file, position->offset, hash, note);
	return (size_t)length;
}

/* The number behind the next @key, or the digest; a mistake is found by writing it all again. */
static const char *find(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? at + strlen(key) : "";
}

static uint64_t number(const char *text, const char *key)
{
	const char *at = find(text, key);
	uint64_t sum = 0;

	for (; *at >= '0' && *at <= '9'; at++)
		sum = sum * 10 + (uint64_t)(*at - '0');
	return sum;
}

static bool digest(const char *text, const char *key, uint8_t bytes[SEKISHO_DIGEST_BYTES])
{
	const char *at = find(text, key);

	return strlen(at) > SEKISHO_DIGEST_HEX && !sekisho_digest_parse(at, bytes);
}

static int parse(const char *text, size_t length, struct sekisho_position *position)
{
	struct sekisho_position read = {
		.seq = number(text, "\"seq\":"),
		.file = number(text, "\"file\":"),
		.offset = number(text, "\"offset\":"),
	};
	char again[TEXT_BYTES];

	read.chained = digest(text, "\"hash\":\"", read.hash);
	read.noted = digest(text, "\"checkpoint\":\"", read.note);
	if (read.offset > INT64_MAX || render(again, &read) != length ||
	    memcmp(again, text, length) != 0)
		return -EINVAL;
	*position = read;
	return 0;
}

int sekisho_position_read(int directory, const char *name, struct sekisho_position *position)
{
	char path[PATH_BYTES], text[TEXT_BYTES + 1];
	int length;

	snprintf(path, sizeof(path), "%s" SUFFIX, name);
	length = sekisho_durable_text(directory, path, text, sizeof(text));
	if (length < 0)
		return length == -EFBIG ? -EINVAL : length;
	return parse(text, (size_t)length, position);
}

/* The record that who is known by NAME.json has still to get; of other files, of nobody. */
static uint64_t wanted(int directory, const char *file)
{
	const char *end = strrchr(file, '.');
	char name[SEKISHO_POSITION_NAME_BYTES];
	struct sekisho_position position;

	if (file[0] == '.' || !end || strcmp(end, SUFFIX) != 0 ||
	    (size_t)(end - file) >= sizeof(name))
		return UINT64_MAX;
	snprintf(name, sizeof(name), "%.*s", (int)(end - file), file);
	return sekisho_position_read(directory, name, &position) ? 0 : position.seq;
}

uint64_t sekisho_position_least(const char *path)
{
	DIR *stream = opendir(path);
	const struct dirent *entry;
	uint64_t least = UINT64_MAX;

	if (!stream)
		return errno == ENOENT ? UINT64_MAX : 0;
	for (;;) {
		uint64_t seq;

		errno = 0;
		entry = readdir(stream);
		if (!entry)
			break;
		seq = wanted(dirfd(stream), entry->d_name);
		if (seq < least)
			least = seq;
	}
	if (errno)
		least = 0;
	closedir(stream);
	return least;
}

int sekisho_position_write(int directory, const char *name, const struct sekisho_position *position)
{
	char path[PATH_BYTES], text[TEXT_BYTES];

	snprintf(path, sizeof(path), "%s" SUFFIX, name);
	return sekisho_durable_replace(directory, path, text, render(text, position));
}
