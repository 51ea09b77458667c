// SPDX-License-Identifier: GPL-2.0-only
/*
 * A directory of files that appears whole or not at all. Knows nothing of what is in the files.
 */
#include "bundle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "disk/parent.h"

struct bundle_file {
	char name[NAME_MAX + 1];
	FILE *stream; /* NULL: it is finished, and has its digest */
	uint8_t digest[SEKISHO_DIGEST_BYTES];
};

struct sekisho_bundle {
	int parent, directory; /* -1: not open */
	bool ours; /* what has the hidden name */
	char name[NAME_MAX + 1];
	char fresh[NAME_MAX + 1]; /* the name it has meanwhile */
	struct bundle_file *files;
	size_t count;
	struct sekisho_digester *digester;
};

/* What is not a file stays, and so does the directory then. */
static int remove_files(int directory)
{
	int again = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), error = 0;
	DIR *stream = again < 0 ? NULL : fdopendir(again);
	struct dirent *entry;

	if (!stream) {
		error = -errno;
		if (again >= 0)
			close(again);
		return error;
	}
	while ((entry = readdir(stream))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (unlinkat(directory, entry->d_name, 0))
			error = -errno;
	}
	closedir(stream);
	return error;
}

static bool still_named(const struct sekisho_bundle *bundle)
{
	struct stat open_one, named;

	return !fstat(bundle->directory, &open_one) &&
	       !fstatat(bundle->parent, bundle->fresh, &named, AT_SYMLINK_NOFOLLOW) &&
	       open_one.st_dev == named.st_dev && open_one.st_ino == named.st_ino &&
	       open_one.st_uid == geteuid();
}

/* A lock on the directory tells one in the making from one that was left. */
static int make_directory(struct sekisho_bundle *bundle)
{
	bool left = false;

	if (mkdirat(bundle->parent, bundle->fresh, 0700)) {
		if (errno != EEXIST)
			return -errno;
		left = true;
	}
	bundle->directory = openat(bundle->parent, bundle->fresh,
				   O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (bundle->directory < 0)
		return -errno;
	if (flock(bundle->directory, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (!still_named(bundle))
		return -EBUSY;
	bundle->ours = true;
	if (fchmod(bundle->directory, 0700))
		return -errno;
	return left ? remove_files(bundle->directory) : 0;
}

static int begin(struct sekisho_bundle *bundle, const char *path)
{
	struct stat status;

	bundle->parent = sekisho_parent_open(path, bundle->name);
	if (bundle->parent < 0)
		return bundle->parent;
	if (snprintf(bundle->fresh, sizeof(bundle->fresh), ".%s.new", bundle->name) >=
	    (int)sizeof(bundle->fresh))
		return -ENAMETOOLONG;
	if (!fstatat(bundle->parent, bundle->name, &status, AT_SYMLINK_NOFOLLOW))
		return -EEXIST;
	if (errno != ENOENT)
		return -errno;
	bundle->digester = sekisho_digester_new();
	return bundle->digester ? make_directory(bundle) : -ENOMEM;
}

int sekisho_bundle_open(struct sekisho_bundle **bundle, const char *path)
{
	struct sekisho_bundle *opened = calloc(1, sizeof(*opened));
	char *plain = strdup(path);
	size_t length = plain ? strlen(plain) : 0;
	int error;

	*bundle = NULL;
	while (length > 1 && plain[length - 1] == '/')
		plain[--length] = '\0';
	if (!opened || !plain) {
		free(opened);
		free(plain);
		return -ENOMEM;
	}
	opened->parent = opened->directory = -1;
	error = begin(opened, plain);
	free(plain);
	if (error)
		sekisho_bundle_abandon(opened);
	else
		*bundle = opened;
	return error;
}

int sekisho_bundle_parent(const struct sekisho_bundle *bundle, struct stat *status)
{
	return fstat(bundle->parent, status) ? -errno : 0;
}

uint64_t sekisho_bundle_room(const struct sekisho_bundle *bundle)
{
	struct statvfs system;

	return fstatvfs(bundle->directory, &system) ? 0
						    : (uint64_t)system.f_bavail * system.f_frsize;
}

int sekisho_bundle_file(struct sekisho_bundle *bundle, const char *name, FILE **stream)
{
	struct bundle_file *grown =
		reallocarray(bundle->files, bundle->count + 1, sizeof(*bundle->files));
	struct bundle_file *file;
	int fd;

	*stream = NULL;
	if (!grown)
		return -ENOMEM;
	bundle->files = grown;
	file = &grown[bundle->count];
	memset(file, 0, sizeof(*file));
	if (snprintf(file->name, sizeof(file->name), "%s", name) >= (int)sizeof(file->name))
		return -ENAMETOOLONG;
	fd = openat(bundle->directory, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		    0600);
	if (fd < 0)
		return -errno;
	file->stream = fdopen(fd, "w+");
	if (!file->stream) {
		close(fd);
		return -ENOMEM;
	}
	bundle->count++;
	*stream = file->stream;
	return 0;
}

/* What was written, read back. */
static int digest_stream(struct sekisho_digester *digester, FILE *stream,
			 uint8_t digest[SEKISHO_DIGEST_BYTES])
{
	char bytes[1 << 16];
	size_t got;
	int error = fseek(stream, 0, SEEK_SET) ? -errno : sekisho_digester_begin(digester);

	while (!error && (got = fread(bytes, 1, sizeof(bytes), stream)) > 0)
		error = sekisho_digester_add(digester, bytes, got);
	if (!error && ferror(stream))
		error = -EIO;
	return error ? error : sekisho_digester_end(digester, digest);
}

static int finish(struct sekisho_bundle *bundle, struct bundle_file *file)
{
	bool failed = ferror(file->stream);
	int error = fflush(file->stream) ? -errno : 0;

	if (!error && failed)
		error = -EIO;
	if (!error && fsync(fileno(file->stream)))
		error = -errno;
	if (!error)
		error = digest_stream(bundle->digester, file->stream, file->digest);
	fclose(file->stream);
	file->stream = NULL;
	return error;
}

int sekisho_bundle_finish(struct sekisho_bundle *bundle, FILE *stream)
{
	for (size_t i = 0; i < bundle->count; i++)
		if (bundle->files[i].stream == stream)
			return finish(bundle, &bundle->files[i]);
	return -ENOENT;
}

int sekisho_bundle_add(struct sekisho_bundle *bundle, const char *name, const void *bytes,
		       size_t length)
{
	FILE *stream;
	int error = sekisho_bundle_file(bundle, name, &stream);

	if (error)
		return error;
	errno = 0;
	if (length && fwrite(bytes, 1, length, stream) != length)
		error = errno ? -errno : -EIO;
	return error ? error : sekisho_bundle_finish(bundle, stream);
}

static int write_sums(struct sekisho_bundle *bundle, uint8_t sums[SEKISHO_DIGEST_BYTES])
{
	size_t listed = bundle->count;
	FILE *stream;
	int error = sekisho_bundle_file(bundle, SEKISHO_BUNDLE_SUMS, &stream);

	if (error)
		return error;
	for (size_t i = 0; i < listed; i++) {
		char hex[SEKISHO_DIGEST_HEX];

		sekisho_digest_hex(bundle->files[i].digest, hex);
		fprintf(stream, "%.*s  %s\n", (int)sizeof(hex), hex, bundle->files[i].name);
	}
	error = finish(bundle, &bundle->files[listed]);
	memcpy(sums, bundle->files[listed].digest, SEKISHO_DIGEST_BYTES);
	return error;
}

static int give_name(struct sekisho_bundle *bundle)
{
	int parent = bundle->parent, error;

	if (fsync(bundle->directory))
		return -errno;
	error = renameat2(parent, bundle->fresh, parent, bundle->name, RENAME_NOREPLACE);
	/* Some file systems cannot look and rename at once; a directory with files never goes. */
	if (error && errno == EINVAL)
		error = renameat(parent, bundle->fresh, parent, bundle->name);
	if (error)
		return errno == ENOTEMPTY ? -EEXIST : -errno;
	if (fsync(parent)) {
		error = -errno;
		renameat(parent, bundle->name, parent, bundle->fresh);
		return error;
	}
	bundle->ours = false;
	return 0;
}

int sekisho_bundle_commit(struct sekisho_bundle *bundle, uint8_t sums[SEKISHO_DIGEST_BYTES])
{
	int error = 0;

	for (size_t i = 0; i < bundle->count && !error; i++)
		if (bundle->files[i].stream)
			error = finish(bundle, &bundle->files[i]);
	if (!error)
		error = write_sums(bundle, sums);
	if (!error)
		error = give_name(bundle);
	sekisho_bundle_abandon(bundle);
	return error;
}

void sekisho_bundle_abandon(struct sekisho_bundle *bundle)
{
	if (!bundle)
		return;
	for (size_t i = 0; i < bundle->count; i++)
		if (bundle->files[i].stream)
			fclose(bundle->files[i].stream);
	free(bundle->files);
	if (bundle->ours) {
		remove_files(bundle->directory);
		unlinkat(bundle->parent, bundle->fresh, AT_REMOVEDIR);
	}
	if (bundle->directory >= 0)
		close(bundle->directory);
	if (bundle->parent >= 0)
		close(bundle->parent);
	sekisho_digester_free(bundle->digester);
	free(bundle);
}
