// SPDX-License-Identifier: GPL-2.0-only
/*
 * The directories of bpffs in which an installation is pinned. Knows paths; nothing of what is
 * pinned.
 */
#include "kernel/pins.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

int sekisho_pins_check(const char *directory)
{
	char copy[PATH_MAX];
	struct statfs info;

	if (snprintf(copy, sizeof(copy), "%s", directory) >= (int)sizeof(copy))
		return -ENAMETOOLONG;
	if (statfs(dirname(copy), &info))
		return -errno;
	return info.f_type == BPF_FS_MAGIC ? 0 : -ENOTSUP;
}

int sekisho_pins_next(const char *directory, char next[PATH_MAX])
{
	return snprintf(next, PATH_MAX, "%s_next", directory) >= PATH_MAX ? -ENAMETOOLONG : 0;
}

int sekisho_pins_remove(const char *directory)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;
	int handle, error = 0;

	if (!stream)
		return -errno;
	handle = dirfd(stream);
	while (handle >= 0 && (entry = readdir(stream))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (unlinkat(handle, entry->d_name, 0))
			error = -errno;
	}
	closedir(stream);
	if (!error && rmdir(directory))
		error = -errno;
	return error;
}

int sekisho_pins_make(const char *directory)
{
	int error = sekisho_pins_remove(directory);

	if (error && error != -ENOENT)
		return error;
	return mkdir(directory, 0750) ? -errno : 0;
}

int sekisho_pins_take_over(const char *next, const char *directory)
{
	if (!renameat2(AT_FDCWD, next, AT_FDCWD, directory, RENAME_NOREPLACE))
		return 0;
	if (errno != EEXIST)
		return -errno;
	if (renameat2(AT_FDCWD, next, AT_FDCWD, directory, RENAME_EXCHANGE)) {
		/* Kernels before 6.0 cannot exchange on bpffs: the names change one after the other. */
		char old[PATH_MAX];

		if (errno != EINVAL || snprintf(old, sizeof(old), "%s_old", directory) >= PATH_MAX)
			return -errno;
		sekisho_pins_remove(old);
		if (rename(directory, old) || rename(next, directory))
			return -errno;
		return sekisho_pins_remove(old);
	}
	return sekisho_pins_remove(next);
}
