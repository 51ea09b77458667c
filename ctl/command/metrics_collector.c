// SPDX-License-Identifier: GPL-2.0-only
/*
 * Metrics of the collector, of the log it writes, and of the clock its records are dated by. Knows
 * nothing of the filter.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "audit/files.h"
#include "audit/notes.h"
#include "audit/stamp.h"
#include "command/audit_logs.h"
#include "command/metrics_parts.h"

#define NS_A_SECOND 1000000000ll

static void tell_tally(struct sekisho_metrics *metrics, const struct sekisho_collector_tally *tally)
{
	static const struct sekisho_metric counters[] = {
		{ "sekisho_collector_events", SEKISHO_METRIC_COUNTER, NULL,
		  "Events that the collector took." },
		{ "sekisho_collector_events_unknown", SEKISHO_METRIC_COUNTER, NULL,
		  "Events of types that the collector does not know." },
		{ "sekisho_collector_records", SEKISHO_METRIC_COUNTER, NULL,
		  "Records that the collector wrote." },
		{ "sekisho_collector_records_lost", SEKISHO_METRIC_COUNTER, NULL,
		  "Records that the collector could not write." },
		{ "sekisho_collector_commits", SEKISHO_METRIC_COUNTER, NULL,
		  "Commits of records to disk." },
		{ "sekisho_collector_commit_failures", SEKISHO_METRIC_COUNTER, NULL,
		  "Commits that lost records." },
	};
	static const struct sekisho_metric started = { "sekisho_collector_start_timestamp_seconds",
						       SEKISHO_METRIC_GAUGE, "seconds",
						       "When the collector began." };
	static const struct sekisho_metric committed = {
		"sekisho_collector_last_commit_timestamp_seconds", SEKISHO_METRIC_GAUGE, "seconds",
		"When the collector last wrote all that it had; 0 before."
	};
	static const struct sekisho_metric writable = { "sekisho_log_writable",
							SEKISHO_METRIC_GAUGE, NULL,
							"Whether the last commit wrote all." };
	const uint64_t values[] = { tally->events,	 tally->unknown, tally->records,
				    tally->lost_records, tally->commits, tally->failures };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		sekisho_metrics_single(metrics, &counters[i], values[i]);
	sekisho_metrics_family(metrics, &started);
	sekisho_metrics_seconds(metrics, (uint64_t)tally->started_ns, NULL);
	sekisho_metrics_family(metrics, &committed);
	sekisho_metrics_seconds(metrics, (uint64_t)tally->committed_ns, NULL);
	sekisho_metrics_single(metrics, &writable, !tally->failing);
}

/* Where this host's records are. */
static int open_log(const struct sekisho_context *context)
{
	char path[PATH_MAX];

	sekisho_audit_own(context->state, path);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void tell_files(struct sekisho_metrics *metrics, int directory)
{
	static const struct sekisho_metric bytes = { "sekisho_log_bytes", SEKISHO_METRIC_GAUGE,
						     "bytes", "Size of the audit log's files." };
	static const struct sekisho_metric count = { "sekisho_log_files", SEKISHO_METRIC_GAUGE,
						     NULL, "Files of the audit log." };
	static const struct sekisho_metric torn = {
		"sekisho_log_torn_files", SEKISHO_METRIC_GAUGE, NULL,
		"Files of lines that were torn, as by a loss of power."
	};
	struct sekisho_files files;
	uint64_t sum = 0;
	int error = sekisho_files_list(directory, &files);

	for (size_t i = 0; !error && i < files.count; i++) {
		char name[SEKISHO_FILE_NAME_BYTES];
		struct stat status;

		sekisho_file_name(name, files.first[i]);
		if (!fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW))
			sum += (uint64_t)status.st_size;
	}
	if (!error) {
		sekisho_metrics_single(metrics, &bytes, sum);
		sekisho_metrics_single(metrics, &count, files.count);
		sekisho_metrics_single(metrics, &torn, files.torn);
	}
	sekisho_files_free(&files);
}

static void tell_log(struct sekisho_metrics *metrics, int directory)
{
	static const struct sekisho_metric room = { "sekisho_log_free_bytes", SEKISHO_METRIC_GAUGE,
						    "bytes",
						    "Room left on the disk of the audit log." };
	static const struct sekisho_metric checkpoint = {
		"sekisho_checkpoint_timestamp_seconds", SEKISHO_METRIC_GAUGE, "seconds",
		"When the newest checkpoint of the audit log was written."
	};
	struct statvfs disk;
	struct stat status;

	tell_files(metrics, directory);
	if (!fstatvfs(directory, &disk))
		sekisho_metrics_single(metrics, &room, (uint64_t)disk.f_bavail * disk.f_frsize);
	if (!fstatat(directory, SEKISHO_NEWEST, &status, AT_SYMLINK_NOFOLLOW) &&
	    status.st_mtim.tv_sec >= 0) {
		sekisho_metrics_family(metrics, &checkpoint);
		sekisho_metrics_seconds(
			metrics,
			(uint64_t)(status.st_mtim.tv_sec * NS_A_SECOND + status.st_mtim.tv_nsec),
			NULL);
	}
}

void sekisho_metrics_collector(struct sekisho_gather *gather,
			       const struct sekisho_collector_tally *tally,
			       struct sekisho_metrics *metrics)
{
	static const struct sekisho_metric running = { "sekisho_collector_running",
						       SEKISHO_METRIC_GAUGE, NULL,
						       "Whether the collector runs." };
	static const struct sekisho_metric synchronised = {
		"sekisho_clock_synchronised", SEKISHO_METRIC_GAUGE, NULL,
		"Whether the host's clock is synchronised."
	};
	int directory = open_log(&gather->context);
	struct sekisho_stamp now;

	/* Its own lock a collector need not ask for. */
	sekisho_metrics_single(metrics, &running,
			       tally || sekisho_context_collector_runs(&gather->context));
	if (tally)
		tell_tally(metrics, tally);
	if (directory >= 0) {
		tell_log(metrics, directory);
		close(directory);
	}
	sekisho_stamp_read(&now);
	sekisho_metrics_single(metrics, &synchronised, now.synchronised);
}
