// SPDX-License-Identifier: GPL-2.0-only
/*
 * The small files beside a log's records. Knows nothing of what records say, and signs nothing.
 */
#include "notes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "disk/durable.h"

#define FRONTIER_FORM "sekisho frontier 1\n"

void sekisho_notes_name(char name[SEKISHO_NOTE_NAME], const char *directory, uint64_t size)
{
	snprintf(name, SEKISHO_NOTE_NAME, "%s/%" PRIu64, directory, size);
}

static int add(struct sekisho_sizes *sizes, size_t *room, uint64_t size)
{
	if (sizes->count == *room) {
		size_t more = *room ? 2 * *room : 64;
		uint64_t *grown = reallocarray(sizes->size, more, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		sizes->size = grown;
		*room = more;
	}
	sizes->size[sizes->count++] = size;
	return 0;
}

static int compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static int list(DIR *stream, struct sekisho_sizes *sizes)
{
	size_t room = 0;
	int error = 0;

	while (!error) {
		const struct dirent *entry;
		uint64_t size;

		errno = 0;
		entry = readdir(stream);
		if (!entry)
			return -errno;
		/* What begins with a dot is being written, or was when power failed. */
		if (entry->d_name[0] == '.')
			continue;
		if (!sekisho_note_number(entry->d_name, strlen(entry->d_name), &size))
			error = add(sizes, &room, size);
		else
			snprintf(sizes->stray, sizeof(sizes->stray), "%s/%.20s", SEKISHO_NOTES,
				 entry->d_name);
	}
	return error;
}

/* Those of one of the directories of numbered files. */
static int list_in(int directory, const char *parent, struct sekisho_sizes *sizes)
{
	int fd = openat(directory, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream;
	int error;

	memset(sizes, 0, sizeof(*sizes));
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	stream = fdopendir(fd);
	if (!stream) {
		error = -errno;
		close(fd);
		return error;
	}
	error = list(stream, sizes);
	closedir(stream);
	if (!error && sizes->count)
		qsort(sizes->size, sizes->count, sizeof(*sizes->size), compare);
	return error;
}

int sekisho_notes_list(int directory, struct sekisho_sizes *sizes)
{
	return list_in(directory, SEKISHO_NOTES, sizes);
}

static void forget_in(int directory, const char *parent, uint64_t size)
{
	struct sekisho_sizes sizes;

	if (!list_in(directory, parent, &sizes)) {
		for (size_t i = 0; i < sizes.count && sizes.size[i] < size; i++) {
			char name[SEKISHO_NOTE_NAME];

			sekisho_notes_name(name, parent, sizes.size[i]);
			unlinkat(directory, name, 0);
		}
	}
	sekisho_notes_free(&sizes);
}

void sekisho_notes_forget(int directory, uint64_t size)
{
	forget_in(directory, SEKISHO_NOTES, size);
	forget_in(directory, SEKISHO_FRONTIERS, size);
}

void sekisho_notes_free(struct sekisho_sizes *sizes)
{
	free(sizes->size);
	sizes->size = NULL;
	sizes->count = 0;
}

int sekisho_notes_read(int directory, const char *name, const struct sekisho_vkey *vkey,
		       struct sekisho_note *note, char text[SEKISHO_NOTE_BYTES + 1])
{
	int length = sekisho_durable_text(directory, name, text, SEKISHO_NOTE_BYTES + 1);
	int error = length < 0 ? length : sekisho_note_parse(note, text, (size_t)length);

	return error || !vkey ? error : sekisho_note_verify(note, vkey);
}

int sekisho_notes_vkey(int directory, const char *name, struct sekisho_vkey *vkey)
{
	char text[SEKISHO_NOTE_BYTES + 1];
	int length = sekisho_durable_text(directory, name, text, SEKISHO_NOTE_BYTES + 1);

	if (length < 0)
		return length;
	return strlen(text) == (size_t)length ? sekisho_vkey_parse(vkey, text) : -EINVAL;
}

int sekisho_notes_write(int directory, const char *name, const char *text, size_t length)
{
	const char *slash = strrchr(name, '/');
	char parent[SEKISHO_NOTE_NAME + NAME_MAX];
	int fd, error;

	if (!slash)
		return sekisho_durable_replace(directory, name, text, length);
	snprintf(parent, sizeof(parent), "%.*s", (int)(slash - name), name);
	fd = openat(directory, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	error = sekisho_durable_replace(fd, slash + 1, text, length);
	close(fd);
	return error;
}

int sekisho_notes_frontier(int directory, const char *name, struct sekisho_frontier *frontier)
{
	char text[SEKISHO_NOTE_BYTES + 1], *line = text, *end;
	struct sekisho_merkle *tree = &frontier->tree;
	int length = sekisho_durable_text(directory, name, text, SEKISHO_NOTE_BYTES + 1);
	size_t count;

	if (length < 0)
		return length;
	if (strlen(text) != (size_t)length || strncmp(text, FRONTIER_FORM, strlen(FRONTIER_FORM)))
		return -EINVAL;
	line += strlen(FRONTIER_FORM);
	end = strchr(line, '\n');
	if (!end || sekisho_note_number(line, (size_t)(end - line), &tree->size))
		return -EINVAL;
	count = sekisho_merkle_nodes(tree->size);
	/* The nodes, then the last leaf. */
	for (size_t i = 0; i <= count; i++) {
		uint8_t *hash = i < count ? tree->nodes[i] : frontier->last;

		line = end + 1;
		end = strchr(line, '\n');
		if (!end || sekisho_base64_parse(line, (size_t)(end - line), hash,
						 SEKISHO_DIGEST_BYTES) != SEKISHO_DIGEST_BYTES)
			return -EINVAL;
	}
	return end[1] ? -EINVAL : 0;
}

int sekisho_notes_save(int directory, const char *name, const struct sekisho_frontier *frontier)
{
	const struct sekisho_merkle *tree = &frontier->tree;
	size_t count = sekisho_merkle_nodes(tree->size);
	char text[SEKISHO_NOTE_BYTES];
	int length;

	length = snprintf(text, sizeof(text), FRONTIER_FORM "%" PRIu64 "\n", tree->size);
	for (size_t i = 0; i <= count; i++) {
		char hash[SEKISHO_BASE64_BYTES(SEKISHO_DIGEST_BYTES)];

		sekisho_base64(i < count ? tree->nodes[i] : frontier->last, SEKISHO_DIGEST_BYTES,
			       hash);
		length += snprintf(text + length, sizeof(text) - (size_t)length, "%s\n", hash);
	}
	return sekisho_notes_write(directory, name, text, (size_t)length);
}
