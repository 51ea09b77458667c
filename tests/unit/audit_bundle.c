// SPDX-License-Identifier: GPL-2.0-only
/*
 * A directory that appears whole or not at all, whoever else makes one of that name.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/bundle.h"
#include "ktap.h"

static char root[] = "/tmp/sekisho-audit-bundle-XXXXXX";
static char path[64], hidden[64];

static unsigned int entries(const char *directory)
{
	DIR *stream = opendir(directory);
	unsigned int count = 0;

	while (stream && readdir(stream))
		count++;
	if (stream)
		closedir(stream);
	return stream ? count - 2 : 0;
}

static struct sekisho_bundle *begin(void)
{
	struct sekisho_bundle *bundle;
	FILE *stream;

	if (sekisho_bundle_open(&bundle, path) || sekisho_bundle_file(bundle, "one", &stream))
		exit(1);
	fputs("1", stream);
	return bundle;
}

static void remove_all(const char *directory)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", directory);
	if (system(command))
		exit(1);
}

static void test_whole(void)
{
	uint8_t sums[SEKISHO_DIGEST_BYTES];
	struct sekisho_bundle *bundle = begin();
	FILE *stream;

	ok(access(path, F_OK), "it has no name before it is whole");
	ok(sekisho_bundle_file(bundle, "one", &stream) == -EEXIST, "no file is there twice");
	ok(!sekisho_bundle_add(bundle, "two", "22", 2) &&
		   !sekisho_bundle_add(bundle, "none", "", 0),
	   "files of any size");
	ok(!sekisho_bundle_commit(bundle, sums) && entries(path) == 4 && entries(root) == 1,
	   "what is committed is there, alone, with its sums");
	ok(sekisho_bundle_open(&bundle, path) == -EEXIST && !bundle, "and is not replaced");
	remove_all(path);
	sekisho_bundle_abandon(begin());
	ok(!entries(root), "nothing is left of what is abandoned");
}

static void test_taken(void)
{
	uint8_t sums[SEKISHO_DIGEST_BYTES];
	struct sekisho_bundle *bundle = begin(), *other;

	ok(sekisho_bundle_open(&other, path) == -EBUSY && entries(hidden) == 1,
	   "another one of that name waits, and touches nothing");
	if (mkdir(path, 0700))
		exit(1);
	ok(sekisho_bundle_commit(bundle, sums) == -EEXIST && !entries(path) && entries(root) == 1,
	   "a name that was taken meanwhile stays");
	rmdir(path);
	bundle = begin();
	if (symlink("elsewhere", path))
		exit(1);
	ok(sekisho_bundle_commit(bundle, sums) == -EEXIST && entries(root) == 1,
	   "also where a link took it");
	unlink(path);
}

static void test_killed(void)
{
	uint8_t sums[SEKISHO_DIGEST_BYTES];
	pid_t child = fork();
	struct sekisho_bundle *bundle;

	if (!child) {
		begin();
		_exit(0);
	}
	if (waitpid(child, NULL, 0) != child)
		exit(1);
	ok(access(path, F_OK) && !access(hidden, F_OK), "what ends in the middle has no name");
	bundle = begin();
	ok(entries(hidden) == 1, "the next one begins with nothing of it");
	ok(!sekisho_bundle_commit(bundle, sums) && entries(root) == 1, "and is the only one");
	remove_all(path);
}

/* Write errors come with the next flush, or not before the end. */
static void test_failing(void)
{
	uint8_t sums[SEKISHO_DIGEST_BYTES];
	struct sekisho_bundle *bundle = begin();
	FILE *stream;
	int full = open("/dev/full", O_WRONLY);

	if (full < 0 || sekisho_bundle_file(bundle, "two", &stream) ||
	    dup2(full, fileno(stream)) < 0)
		exit(1);
	close(full);
	fputs("2", stream);
	ok(sekisho_bundle_commit(bundle, sums) == -ENOSPC && !entries(root),
	   "a file that cannot be written leaves nothing");
}

int main(void)
{
	plan(13);
	if (!mkdtemp(root))
		return 1;
	snprintf(path, sizeof(path), "%s/b", root);
	snprintf(hidden, sizeof(hidden), "%s/.b.new", root);
	test_whole();
	test_taken();
	test_killed();
	test_failing();
	rmdir(root);
	return finish();
}
