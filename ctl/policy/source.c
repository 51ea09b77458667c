/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a policy file whole and refuses what is no UTF-8 text, naming the place.
 * Knows nothing of YAML or of what the text means.
 */
#include "policy/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory/huge.h"
#include "policy/utf8.h"
#include "ui/message.h"

#define FIRST_READ (64 * 1024)

static void complain(const struct sekisho_source *source, struct sekisho_diagnostics *diagnostics,
		     const char *code, const char *message, const char *hint)
{
	struct sekisho_diagnostic *diagnostic;

	diagnostic = sekisho_diagnostics_add(diagnostics, source, SEKISHO_ERROR, 0, 0, code, NULL,
					     "%s", message);
	if (hint)
		sekisho_diagnostic_hint(diagnostic, "%s", hint);
}

/* Grows by doubling, so that pipes are read as well as files. */
static int read_all(int fd, struct sekisho_source *source)
{
	size_t room = FIRST_READ;
	struct stat status;

	if (!fstat(fd, &status) && S_ISREG(status.st_mode) && status.st_size > 0 &&
	    (uint64_t)status.st_size < SEKISHO_SOURCE_BYTES_MAX)
		room = (size_t)status.st_size + 2;
	source->bytes = sekisho_huge(malloc(room), room);
	if (!source->bytes)
		return -ENOMEM;
	for (;;) {
		ssize_t got = read(fd, source->bytes + source->length, room - 1 - source->length);
		char *more;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			return 0;
		source->length += (size_t)got;
		if (source->length > SEKISHO_SOURCE_BYTES_MAX)
			return -EFBIG;
		if (source->length < room - 1)
			continue;
		more = realloc(source->bytes, room * 2);
		if (!more)
			return -ENOMEM;
		source->bytes = more;
		room *= 2;
	}
}

static bool add_line(struct sekisho_source *source, size_t *room, size_t start)
{
	if (source->line_count == *room) {
		size_t wanted = *room ? *room * 2 : 256;
		size_t *lines = reallocarray(source->lines, wanted, sizeof(*lines));

		if (!lines)
			return false;
		source->lines = lines;
		*room = wanted;
	}
	source->lines[source->line_count++] = start;
	return true;
}

/* The line breaks of YAML 1.1, which libyaml counts. */
static size_t line_break(const char *text, size_t length)
{
	if (text[0] == '\n')
		return 1;
	if (text[0] == '\r')
		return length > 1 && text[1] == '\n' ? 2 : 1;
	if (length > 1 && !memcmp(text, "\xc2\x85", 2))
		return 2;
	if (length > 2 && (!memcmp(text, "\xe2\x80\xa8", 3) || !memcmp(text, "\xe2\x80\xa9", 3)))
		return 3;
	return 0;
}

static bool index_lines(struct sekisho_source *source)
{
	size_t room = 0;
	size_t at = 0;

	if (!add_line(source, &room, 0))
		return false;
	while (at < source->length) {
		unsigned char byte = (unsigned char)source->text[at];
		size_t size;

		if (byte >= 0x20 && byte != 0xc2 && byte != 0xe2) {
			at++;
			continue;
		}
		size = line_break(source->text + at, source->length - at);
		at += size ? size : 1;
		if (size && !add_line(source, &room, at))
			return false;
	}
	return true;
}

static void place_of(const struct sekisho_source *source, size_t offset, unsigned int *line,
		     unsigned int *column)
{
	size_t low = 0;
	size_t high = source->line_count;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (source->lines[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	*line = (unsigned int)low + 1;
	*column = 1;
	for (size_t at = source->lines[low]; at < offset; (*column)++) {
		uint32_t character;
		size_t used = sekisho_utf8_next(source->text + at, source->length - at, &character);

		at += used ? used : 1;
	}
}

static bool binary(uint32_t character)
{
	return (character < 0x20 && character != '\t' && character != '\n' && character != '\r') ||
	       (character >= 0x7f && character < 0xa0 && character != 0x85) ||
	       character == 0xfeff || character == 0xfffe || character == 0xffff;
}

/* Where the next byte is that is not a printable ASCII character: most text needs no more. */
static size_t skip_plain(const struct sekisho_source *source, size_t at)
{
	while (at < source->length && source->text[at] >= ' ' && source->text[at] < 0x7f)
		at++;
	return at;
}

/* Also refuses what libyaml would refuse without being able to name the place. */
static bool check_text(const struct sekisho_source *source, struct sekisho_diagnostics *diagnostics)
{
	struct sekisho_diagnostic *found;
	unsigned int line, column;
	uint32_t character = 0;
	size_t at = 0;

	while ((at = skip_plain(source, at)) < source->length) {
		size_t used = sekisho_utf8_next(source->text + at, source->length - at, &character);

		if (!used || binary(character))
			break;
		at += used;
	}
	if (at == source->length)
		return true;
	place_of(source, at, &line, &column);
	if (sekisho_utf8_next(source->text + at, source->length - at, &character)) {
		sekisho_diagnostics_add(
			diagnostics, source, SEKISHO_ERROR, line, column, "control-character", NULL,
			_("control character U+%04X is not allowed here"), character);
		return false;
	}
	found = sekisho_diagnostics_add(diagnostics, source, SEKISHO_ERROR, line, column,
					"not-utf8", NULL, _("this byte is not UTF-8: 0x%02X"),
					(unsigned char)source->text[at]);
	sekisho_diagnostic_hint(found, "%s",
				_("save the file as UTF-8 (it may be Shift_JIS/CP932 now)"));
	return false;
}

static bool is_utf16(const struct sekisho_source *source)
{
	return source->length >= 2 &&
	       (!memcmp(source->bytes, "\xff\xfe", 2) || !memcmp(source->bytes, "\xfe\xff", 2));
}

static bool accept(struct sekisho_source *source, struct sekisho_diagnostics *diagnostics)
{
	source->text = source->bytes;
	if (is_utf16(source)) {
		complain(source, diagnostics, "utf16", _("the file is UTF-16"), _("save as UTF-8"));
		return false;
	}
	if (source->length >= 3 && !memcmp(source->bytes, "\xef\xbb\xbf", 3)) {
		source->text += 3;
		source->length -= 3;
	}
	if (memchr(source->text, 0, source->length)) {
		complain(source, diagnostics, "binary", _("the file is binary, not text"), NULL);
		return false;
	}
	if (!index_lines(source)) {
		complain(source, diagnostics, "no-memory", _("not enough memory"), NULL);
		return false;
	}
	return check_text(source, diagnostics);
}

static void complain_read(const struct sekisho_source *source,
			  struct sekisho_diagnostics *diagnostics, int error)
{
	if (error == -EFBIG)
		sekisho_diagnostics_add(diagnostics, source, SEKISHO_ERROR, 0, 0, "too-large", NULL,
					_("the file is larger than %u MiB"),
					SEKISHO_SOURCE_BYTES_MAX >> 20);
	else
		sekisho_diagnostics_add(diagnostics, source, SEKISHO_ERROR, 0, 0, "unreadable",
					NULL, _("cannot read: %s"), strerror(-error));
}

bool sekisho_source_open(struct sekisho_source *source, const char *path,
			 struct sekisho_diagnostics *diagnostics)
{
	int error;
	int fd;

	memset(source, 0, sizeof(*source));
	source->name = strdup(path);
	if (!source->name) {
		complain(source, diagnostics, "no-memory", _("not enough memory"), NULL);
		return false;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		complain_read(source, diagnostics, -errno);
		return false;
	}
	error = read_all(fd, source);
	close(fd);
	if (error) {
		complain_read(source, diagnostics, error);
		return false;
	}
	return accept(source, diagnostics);
}

bool sekisho_source_text(struct sekisho_source *source, const char *name, const char *text,
			 size_t length, struct sekisho_diagnostics *diagnostics)
{
	memset(source, 0, sizeof(*source));
	source->name = strdup(name);
	if (length > SEKISHO_SOURCE_BYTES_MAX) {
		complain_read(source, diagnostics, -EFBIG);
		return false;
	}
	source->bytes = malloc(length + 1);
	if (!source->name || !source->bytes) {
		complain(source, diagnostics, "no-memory", _("not enough memory"), NULL);
		return false;
	}
	if (length)
		memcpy(source->bytes, text, length);
	source->length = length;
	return accept(source, diagnostics);
}

const char *sekisho_source_line(const struct sekisho_source *source, unsigned int line,
				size_t *length)
{
	size_t start, end;

	if (!line || line > source->line_count)
		return NULL;
	start = source->lines[line - 1];
	end = start;
	while (end < source->length && !line_break(source->text + end, source->length - end))
		end++;
	*length = end - start;
	return source->text + start;
}

void sekisho_source_close(struct sekisho_source *source)
{
	free(source->name);
	free(source->bytes);
	free(source->lines);
	memset(source, 0, sizeof(*source));
}
