// SPDX-License-Identifier: GPL-2.0-only
/*
 * sekisho-ipfix: sends what an audit log says of connections and denials to a collector of IPFIX.
 * Started by `sekishoctl audit forward`, which has looked at what was typed. Knows nothing of
 * policies or of the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "audit/forward.h"
#include "audit/transport.h"
#include "ipfix/exporter.h"
#include "ipfix/flow.h"
#include "ui/format.h"
#include "ui/language.h"
#include "ui/message.h"
#include "ui/say.h"

/* RFC 7011, 10.3.3: without knowledge of the path, 512 bytes at most leave with their headers. The
 * paths between hosts of a site take an Ethernet frame: this with IPv6 and UDP is one.
 */
#define UDP_BYTES 1400
#define TCP_BYTES 16384
/* RFC 7011, 8.4: over UDP templates are sent again and again. */
#define REFRESH_S 60

enum word {
	TO,
	LOG,
	POSITIONS,
	NAME,
	FROM_SEQ,
	TYPES,
	ENTERPRISE,
	ONCE,
	WORDS
};

static const struct option words[] = {
	[TO] = { "to", required_argument, NULL, 0 },
	[LOG] = { "log", required_argument, NULL, 0 },
	[POSITIONS] = { "positions", required_argument, NULL, 0 },
	[NAME] = { "name", required_argument, NULL, 0 },
	[FROM_SEQ] = { "from-seq", required_argument, NULL, 0 },
	[TYPES] = { "types", required_argument, NULL, 0 },
	[ENTERPRISE] = { "enterprise", required_argument, NULL, 0 },
	[ONCE] = { "once", no_argument, NULL, 0 },
	[WORDS] = { 0 },
};

struct ipfix {
	const char *given[WORDS]; /* NULL: not given */
	struct sekisho_target target;
	struct sekisho_transport *transport;
	struct sekisho_exporter *exporter; /* NULL: not connected */
	struct timespec refreshed; /* monotonic: when templates were sent last */
	uint64_t enterprise, from_seq;
};

static int send_message(void *context, const uint8_t *message, size_t length)
{
	const struct ipfix *ipfix = context;

	return sekisho_transport_send(ipfix->transport, (const char *)message, length);
}

static void peer_drop(void *context)
{
	struct ipfix *ipfix = context;

	sekisho_exporter_free(ipfix->exporter);
	ipfix->exporter = NULL;
	sekisho_transport_drop(ipfix->transport);
}

static int peer_connect(void *context)
{
	struct ipfix *ipfix = context;
	bool udp = ipfix->target.kind == SEKISHO_TARGET_IPFIX_UDP;
	const struct sekisho_exporter_options settings = {
		.enterprise = (uint32_t)ipfix->enterprise,
		.most = udp ? UDP_BYTES : TCP_BYTES,
		.send = send_message,
		.context = ipfix,
	};
	int error = sekisho_transport_connect(ipfix->transport);

	if (!error)
		error = sekisho_exporter_new(&ipfix->exporter, &settings);
	clock_gettime(CLOCK_MONOTONIC, &ipfix->refreshed);
	return error;
}

static bool is_wanted(const struct ipfix *ipfix, bool denied)
{
	const char *types = ipfix->given[TYPES];
	const char *name = denied ? "deny" : "flow.end";
	size_t length = strlen(name);

	if (!types)
		return true;
	for (const char *at = types; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (!strncmp(at, name, length) && (!at[length] || at[length] == ','))
			return true;
	}
	return false;
}

static int peer_record(void *context, const struct sekisho_followed *followed)
{
	struct ipfix *ipfix = context;
	struct sekisho_ipfix_flow flow;

	if (followed->trouble)
		sekisho_say(_("record %" PRIu64 " is not the one expected here, %" PRIu64
			      ": see sekishoctl audit verify"),
			    followed->entry.line.seq, followed->expected);
	if (!sekisho_ipfix_read(&flow, &followed->entry) || !is_wanted(ipfix, flow.denied))
		return 0;
	return sekisho_exporter_flow(ipfix->exporter, &flow);
}

static int peer_flush(void *context)
{
	struct ipfix *ipfix = context;
	struct timespec now;
	int error = sekisho_exporter_flush(ipfix->exporter);

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!error && ipfix->target.kind == SEKISHO_TARGET_IPFIX_UDP &&
	    now.tv_sec - ipfix->refreshed.tv_sec >= REFRESH_S) {
		ipfix->refreshed = now;
		error = sekisho_exporter_templates(ipfix->exporter);
	}
	return error ? error : sekisho_transport_flush(ipfix->transport);
}

static int peer_look(void *context, uint64_t *delivered)
{
	const struct ipfix *ipfix = context;

	return sekisho_transport_look(ipfix->transport, delivered);
}

static uint64_t peer_sent(void *context)
{
	const struct ipfix *ipfix = context;

	return sekisho_transport_sent(ipfix->transport);
}

static int peer_finish(void *context)
{
	const struct ipfix *ipfix = context;
	int error = sekisho_exporter_flush(ipfix->exporter);

	return error ? error : sekisho_transport_finish(ipfix->transport);
}

static void tell_failed(void *context, int error, uint32_t wait_ms)
{
	const struct ipfix *ipfix = context;
	const char *why = sekisho_transport_why(ipfix->transport);
	const char *to = ipfix->given[TO];

	if (!*why)
		why = strerror(-error);
	if (wait_ms)
		sekisho_say(_("%s cannot be reached: %s; the next try is in %u.%u s"), to, why,
			    wait_ms / 1000, wait_ms % 1000 / 100);
	else
		sekisho_say(_("%s cannot be reached: %s"), to, why);
}

static void tell_connected(void *context, uint64_t seq)
{
	const struct ipfix *ipfix = context;

	sekisho_say(_("%s: sending from record %" PRIu64 " on"), ipfix->given[TO], seq);
}

static int open_directory(const struct ipfix *ipfix, enum word word)
{
	const char *path = ipfix->given[word];
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		sekisho_say(_("%s cannot be read: %s"), path, strerror(errno));
	return fd;
}

static int forward(struct ipfix *ipfix, struct sekisho_forward_options *run)
{
	const struct sekisho_forward_peer peer = {
		.context = ipfix,
		.connect = peer_connect,
		.record = peer_record,
		.flush = peer_flush,
		.look = peer_look,
		.sent = peer_sent,
		.finish = peer_finish,
		.drop = peer_drop,
	};
	const struct sekisho_transport_options transport = { .target = ipfix->target };
	int error = sekisho_transport_new(&ipfix->transport, &transport);

	run->peer = &peer;
	if (!error)
		error = sekisho_forward_run(run);
	run->peer = NULL;
	if (error == -EBUSY)
		sekisho_say(_("another is sending as '%s'"), run->name);
	else if (error && error != -ECONNABORTED)
		sekisho_say(_("forwarding from %s ended: %s"), ipfix->given[LOG], strerror(-error));
	sekisho_transport_free(ipfix->transport);
	return error;
}

static int run(struct ipfix *ipfix)
{
	struct sekisho_forward_options settings = {
		.name = ipfix->given[NAME],
		.once = ipfix->given[ONCE],
		.from_given = ipfix->given[FROM_SEQ],
		.from_seq = ipfix->from_seq,
		.context = ipfix,
		.failed = tell_failed,
		.connected = tell_connected,
	};
	int error = -ENOENT;

	settings.directory = open_directory(ipfix, LOG);
	settings.positions = settings.directory < 0 ? -1 : open_directory(ipfix, POSITIONS);
	if (settings.positions >= 0)
		error = forward(ipfix, &settings);
	if (settings.directory >= 0)
		close(settings.directory);
	if (settings.positions >= 0)
		close(settings.positions);
	return error ? 1 : 0;
}

static bool take_numbers(struct ipfix *ipfix)
{
	const char *from = ipfix->given[FROM_SEQ];

	if (from && !sekisho_parse_number(from, INT64_MAX, &ipfix->from_seq))
		return false;
	return sekisho_parse_number(ipfix->given[ENTERPRISE], UINT32_MAX, &ipfix->enterprise) &&
	       ipfix->enterprise;
}

static bool take_words(struct ipfix *ipfix, int argc, char **argv)
{
	int which = 0, got;

	while ((got = getopt_long(argc, argv, "", words, &which)) == 0)
		ipfix->given[which] = optarg ? optarg : "";
	if (got != -1 || optind != argc)
		return false;
	for (int i = TO; i <= NAME; i++) {
		if (!ipfix->given[i])
			return false;
	}
	return ipfix->given[ENTERPRISE] && take_numbers(ipfix) &&
	       sekisho_position_name(ipfix->given[NAME]) &&
	       !sekisho_target_parse(ipfix->given[TO], &ipfix->target) &&
	       sekisho_target_is_ipfix(&ipfix->target);
}

int main(int argc, char **argv)
{
	struct ipfix ipfix = { 0 };

	sekisho_language_set(sekisho_language_of_environment());
	if (!take_words(&ipfix, argc, argv)) {
		fputs("sekisho-ipfix --to URL --log DIR --positions DIR --name NAME --enterprise "
		      "N\n"
		      "	[--from-seq N] [--types TYPE,...] [--once]\n",
		      stderr);
		return 2;
	}
	return run(&ipfix);
}
