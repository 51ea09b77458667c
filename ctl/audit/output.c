// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file that appears whole or not at all. Knows nothing of what is in it.
 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "disk/parent.h"

struct sekisho_output {
	FILE *stream;
	int directory; /* -1: standard output */
	bool force;
	char fresh[NAME_MAX + 1]; /* the name it has meanwhile; empty: none */
	char name[NAME_MAX + 1];
};

static int take_path(struct sekisho_output *output, const char *path)
{
	int directory = sekisho_parent_open(path, output->name);

	if (directory < 0)
		return directory;
	output->directory = directory;
	return 0;
}

/* Only a regular file may go, and only where that was asked for. */
static int check_name(const struct sekisho_output *output)
{
	struct stat status;

	if (output->directory < 0)
		return -EBADF;
	if (fstatat(output->directory, output->name, &status, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -errno;
	if (!output->force)
		return -EEXIST;
	return S_ISREG(status.st_mode) ? 0 : -EINVAL;
}

static void make_fresh_name(struct sekisho_output *output)
{
	snprintf(output->fresh, sizeof(output->fresh), ".sekisho-%ld.new", (long)getpid());
}

static int make_file(struct sekisho_output *output)
{
	int fd = openat(output->directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
		make_fresh_name(output);
		fd = openat(output->directory, output->fresh,
			    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0)
			output->fresh[0] = '\0';
	}
	if (fd < 0)
		return -errno;
	output->stream = fdopen(fd, "w+");
	if (output->stream)
		return 0;
	close(fd);
	return -ENOMEM;
}

int sekisho_output_open(struct sekisho_output **output, const char *path, bool force)
{
	struct sekisho_output *opened = calloc(1, sizeof(*opened));
	int error = 0;

	*output = NULL;
	if (!opened)
		return -ENOMEM;
	opened->directory = -1;
	opened->force = force;
	if (!strcmp(path, "-")) {
		opened->stream = tmpfile();
		error = opened->stream ? 0 : -errno;
	} else {
		error = take_path(opened, path);
		if (!error)
			error = check_name(opened);
		if (!error)
			error = make_file(opened);
	}
	if (error)
		sekisho_output_abandon(opened);
	else
		*output = opened;
	return error;
}

FILE *sekisho_output_stream(const struct sekisho_output *output)
{
	return output->stream;
}

int sekisho_output_directory(const struct sekisho_output *output, struct stat *status)
{
	if (output->directory < 0)
		return -ENOENT;
	return fstat(output->directory, status) ? -errno : 0;
}

void sekisho_output_abandon(struct sekisho_output *output)
{
	if (!output)
		return;
	if (output->stream)
		fclose(output->stream);
	if (*output->fresh)
		unlinkat(output->directory, output->fresh, 0);
	if (output->directory >= 0)
		close(output->directory);
	free(output);
}

static int copy_out(struct sekisho_output *output)
{
	char bytes[1 << 16];
	size_t got;

	if (fseek(output->stream, 0, SEEK_SET))
		return -errno;
	while ((got = fread(bytes, 1, sizeof(bytes), output->stream)) > 0)
		if (fwrite(bytes, 1, got, stdout) != got)
			return -EIO;
	return ferror(output->stream) || fflush(stdout) ? -EIO : 0;
}

/* Give what has no name yet a hidden one. */
static int link_fresh(struct sekisho_output *output)
{
	char path[64];

	if (*output->fresh)
		return 0;
	make_fresh_name(output);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fileno(output->stream));
	if (!linkat(AT_FDCWD, path, output->directory, output->fresh, AT_SYMLINK_FOLLOW))
		return 0;
	output->fresh[0] = '\0';
	return -errno;
}

static int give_name(struct sekisho_output *output)
{
	int error = link_fresh(output);

	if (error)
		return error;
	if (output->force)
		error = renameat(output->directory, output->fresh, output->directory, output->name);
	else
		/* Fails where somebody took the name meanwhile. */
		error = linkat(output->directory, output->fresh, output->directory, output->name,
			       0);
	if (error)
		return -errno;
	if (!output->force)
		unlinkat(output->directory, output->fresh, 0);
	output->fresh[0] = '\0';
	return fsync(output->directory) ? -errno : 0;
}

int sekisho_output_commit(struct sekisho_output *output)
{
	int error = fflush(output->stream) ? -errno : 0;

	if (!error && ferror(output->stream))
		error = -EIO;
	if (!error && output->directory < 0)
		error = copy_out(output);
	else if (!error && fsync(fileno(output->stream)))
		error = -errno;
	if (!error && output->directory >= 0)
		error = give_name(output);
	sekisho_output_abandon(output);
	return error;
}
