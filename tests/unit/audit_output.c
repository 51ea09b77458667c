// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file that appears whole or not at all, and takes no other's place unasked.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/output.h"
#include "ktap.h"

static char root[] = "/tmp/sekisho-audit-output-XXXXXX";
static char path[64];

static unsigned int entries(void)
{
	DIR *stream = opendir(root);
	unsigned int count = 0;

	while (stream && readdir(stream))
		count++;
	if (stream)
		closedir(stream);
	return count - 2;
}

static bool holds(const char *text)
{
	char bytes[32] = "";
	int fd = open(path, O_RDONLY);
	ssize_t got = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes) - 1);

	if (fd >= 0)
		close(fd);
	return got >= 0 && !strcmp(bytes, text);
}

static struct sekisho_output *begin(bool force)
{
	struct sekisho_output *output;

	if (sekisho_output_open(&output, path, force))
		exit(1);
	fputs("new", sekisho_output_stream(output));
	fflush(sekisho_output_stream(output));
	return output;
}

static void put(const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		exit(1);
	close(fd);
}

static void test_new(void)
{
	struct sekisho_output *output = begin(false);

	ok(access(path, F_OK), "it has no name before it is whole");
	sekisho_output_abandon(output);
	ok(!entries(), "nothing is left of what is abandoned");
	ok(!sekisho_output_commit(begin(false)) && holds("new") && entries() == 1,
	   "what is committed is there, alone");
}

static void test_taken(void)
{
	struct sekisho_output *output;

	put("old");
	ok(sekisho_output_open(&output, path, false) == -EEXIST && !output && holds("old"),
	   "a name that is taken is refused");
	unlink(path);
	output = begin(false);
	put("other");
	ok(sekisho_output_commit(output) == -EEXIST && holds("other") && entries() == 1,
	   "also where it was taken meanwhile");
	output = begin(true);
	ok(holds("other"), "what is to be replaced stays until then");
	ok(!sekisho_output_commit(output) && holds("new") && entries() == 1,
	   "and then is replaced");
}

static void test_others(void)
{
	struct sekisho_output *output;
	char there[80];

	unlink(path);
	if (symlink("nowhere", path))
		exit(1);
	ok(sekisho_output_open(&output, path, true) == -EINVAL, "a symbolic link is not replaced");
	unlink(path);
	ok(sekisho_output_open(&output, root, true) == -EINVAL, "nor is a directory");
	snprintf(there, sizeof(there), "%s/", root);
	ok(sekisho_output_open(&output, there, true) == -EISDIR, "a directory is no name");
	snprintf(there, sizeof(there), "%s/nosuch/x", root);
	ok(sekisho_output_open(&output, there, true) == -ENOENT && !entries(),
	   "and there must be one");
}

int main(void)
{
	plan(11);
	if (!mkdtemp(root))
		return 1;
	snprintf(path, sizeof(path), "%s/file", root);
	test_new();
	test_taken();
	test_others();
	unlink(path);
	if (rmdir(root))
		return 1;
	return finish();
}
