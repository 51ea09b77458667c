// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must hold for an audit log after a crash. Knows nothing of how it was stopped.
 */
#include "recovered.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/convert.h"
#include "audit/log.h"
#include "audit/verify.h"

int recovered_reopen(const char *parent, const char *origin, uint64_t file_records, bool sync)
{
	const struct sekisho_log_options options = { .directory = parent,
						     .origin = origin,
						     .file_records = file_records,
						     .no_sync = !sync };
	struct sekisho_record record;
	struct sekisho_log *log;
	int closed, error = sekisho_log_open(&log, &options);

	if (error)
		return error;
	sekisho_convert_link(&record, 1, 0, "lg0", "gone", NULL);
	error = sekisho_log_append(log, &record);
	if (!error)
		error = sekisho_log_commit(log);
	closed = sekisho_log_close(log);
	return error ? error : closed;
}

/* The file that has record @seq: the one with the largest number that is not above. */
static FILE *open_holder(int directory, const struct sekisho_files *files, uint64_t seq,
			 uint64_t *first)
{
	char name[SEKISHO_FILE_NAME_BYTES];
	size_t i = files->count;
	int fd;

	while (i && files->first[i - 1] > seq)
		i--;
	if (!i)
		return NULL;
	*first = files->first[i - 1];
	sekisho_file_name(name, *first);
	fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? NULL : fdopen(fd, "r");
}

/* Whether record @seq is the loss that names the torn file @name. */
static bool is_told(int directory, const struct sekisho_files *files, const char *name)
{
	uint64_t seq = strtoull(name + 5, NULL, 10), at = 0;
	char expected[320], start[64];
	FILE *stream = open_holder(directory, files, seq, &at);
	size_t room = 0;
	char *line = NULL;
	bool told = false;

	if (!stream)
		return false;
	snprintf(start, sizeof(start), "{\"v\":1,\"seq\":%" PRIu64 ",", seq);
	snprintf(expected, sizeof(expected), "\"cause\":\"torn\",\"detail\":\"%s\",", name);
	while (getline(&line, &room, stream) > 0)
		if (at++ == seq) {
			told = !strncmp(line, start, strlen(start)) &&
			       strstr(line, "\"type\":\"loss\",\"count\":") &&
			       strstr(line, expected);
			break;
		}
	free(line);
	fclose(stream);
	return told;
}

static bool torn_are_told(int directory, const struct sekisho_files *files, unsigned int *torn)
{
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool told = true;

	*torn = 0;
	if (!stream)
		return false;
	while ((entry = readdir(stream)) != NULL) {
		if (strncmp(entry->d_name, "torn-", 5) != 0)
			continue;
		(*torn)++;
		if (!is_told(directory, files, entry->d_name)) {
			printf("%s: no loss record tells of it\n", entry->d_name);
			told = false;
		}
	}
	closedir(stream);
	return told;
}

bool recovered_is_good(int directory, uint64_t acknowledged, unsigned int *torn)
{
	const struct sekisho_verify_options options = {
		.expects = acknowledged > 0,
		.expect_seq = acknowledged - 1,
	};
	struct sekisho_verify_result result;
	struct sekisho_files files;
	bool good;

	if (sekisho_verify(directory, &options, &result) || sekisho_files_list(directory, &files)) {
		printf("cannot read the log\n");
		return false;
	}
	good = !result.defect;
	if (!good)
		printf("%s, file %s, line %" PRIu64 ", record %" PRIu64 "; acknowledged: %" PRIu64
		       "\n",
		       sekisho_defect_name(result.defect), result.file, result.line, result.seq,
		       acknowledged);
	else
		good = torn_are_told(directory, &files, torn);
	sekisho_files_free(&files);
	return good;
}
