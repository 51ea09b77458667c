// SPDX-License-Identifier: GPL-2.0-only
/*
 * `audit forward`: sends the log on to another host as it is written. Needs no privilege beyond
 * reading the log and writing its own positions. Knows nothing of how records are sent.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/forward.h"
#include "audit/target.h"
#include "audit/types.h"
#include "command/audit.h"
#include "command/context.h"
#include "command/forward_place.h"
#include "command/forward_syslog.h"
#include "ui/message.h"
#include "ui/say.h"

#ifndef SEKISHO_LIBEXEC
#define SEKISHO_LIBEXEC "/usr/libexec/sekisho"
#endif

#define UDP_BYTES 2048 /* RFC 5426, 3.2: what receivers should take */

static const struct sekisho_option options[] = {
	{ "to", "URL", true,
	  N_("where to: syslog+udp, +tcp, +tls, ipfix+udp, +tcp://HOST[:PORT]") },
	{ "name", "NAME", false, N_("of the position that is kept; default: made of the URL") },
	{ "from-seq", "N", false, N_("begin with record N, wherever it was") },
	{ "once", NULL, false, N_("send what is there, then end") },
	{ "types", "TYPE,...", false, N_("only records of these types") },
	{ "ca", "FILE", false, N_("syslog+tls: the certificates that vouch for the receiver") },
	{ "cert", "FILE", false, N_("syslog+tls: this host's certificate") },
	{ "key", "FILE", false, N_("syslog+tls: and its key") },
	{ "enterprise", "N", false, N_("enterprise number of what is private; default: 32473") },
	{ "size", "BYTES", false, N_("cut messages to so many; default: 2048 over UDP") },
	{ 0 },
};

struct request {
	struct sekisho_context *context;
	struct sekisho_target target;
	struct sekisho_forward_place place;
	struct sekisho_forward_options run;
	struct sekisho_transport *transport; /* NULL: IPFIX */
	bool types[SEKISHO_RECORD_TYPES];
	uint64_t enterprise, size;
	char name[SEKISHO_POSITION_NAME_BYTES];
	char host[256];
};

static const char *given(const struct request *request, const char *option)
{
	return sekisho_context_option(request->context, option);
}

static bool take_target(struct request *request)
{
	int error = sekisho_target_parse(given(request, "to"), &request->target);

	if (!error)
		return true;
	sekisho_say(_("--%s cannot be '%s'"), "to", given(request, "to"));
	if (error == -EPROTONOSUPPORT)
		sekisho_say_hint("syslog+udp:// syslog+tcp:// syslog+tls:// ipfix+udp:// "
				 "ipfix+tcp://");
	else
		sekisho_say_hint(_("a host and a port, as in syslog+tls://log.example:6514"));
	return false;
}

/* Without one, the URL with what no file name should have replaced. */
static bool take_name(struct request *request)
{
	const char *name = given(request, "name");

	if (name && !sekisho_position_name(name)) {
		sekisho_say(_("--%s cannot be '%s'"), "name", name);
		sekisho_say_hint(_("up to 64 letters, digits, '-', '_' and '.'"));
		return false;
	}
	if (name) {
		snprintf(request->name, sizeof(request->name), "%s", name);
		return true;
	}
	if (strlen(given(request, "to")) >= sizeof(request->name)) {
		sekisho_say(_("the URL is too long for a name; give one with --name"));
		return false;
	}
	snprintf(request->name, sizeof(request->name), "%s", given(request, "to"));
	for (char *at = request->name; *at; at++) {
		if (strchr("+:/[]%", *at))
			*at = '_';
	}
	return true;
}

static bool take_types(struct request *request)
{
	const char *at = given(request, "types");

	while (at) {
		const char *comma = strchr(at, ',');
		char name[64];
		int type;

		snprintf(name, sizeof(name), "%.*s", comma ? (int)(comma - at) : (int)strlen(at),
			 at);
		type = sekisho_type_find(name);
		if (type < 0) {
			sekisho_say(_("there is no type of records '%s'"), name);
			sekisho_say_hint("docs/audit-log.md");
			return false;
		}
		request->types[type] = true;
		at = comma ? comma + 1 : NULL;
	}
	return true;
}

/* What belongs to TLS comes with TLS only, and a certificate with its key. */
static bool take_files(const struct request *request)
{
	static const char *const files[] = { "ca", "cert", "key" };
	bool tls = request->target.kind == SEKISHO_TARGET_SYSLOG_TLS;

	for (size_t i = 0; i < 3; i++) {
		if (!tls && given(request, files[i])) {
			sekisho_say(_("--%s belongs to syslog+tls://"), files[i]);
			return false;
		}
	}
	if (tls && !given(request, "ca")) {
		sekisho_say(_("syslog+tls:// needs --ca: who vouches for the receiver"));
		return false;
	}
	if (!given(request, "cert") != !given(request, "key")) {
		sekisho_say(_("--cert and --key belong together"));
		return false;
	}
	return true;
}

static bool take_options(struct request *request)
{
	bool udp = request->target.kind == SEKISHO_TARGET_SYSLOG_UDP;

	request->enterprise = SEKISHO_SYSLOG_ENTERPRISE;
	request->size = udp ? UDP_BYTES : 0;
	request->run.from_given = given(request, "from-seq");
	request->run.once = given(request, "once");
	if (!sekisho_context_number(request->context, "from-seq", 0, INT64_MAX,
				    &request->run.from_seq) ||
	    !sekisho_context_number(request->context, "enterprise", 1, UINT32_MAX,
				    &request->enterprise) ||
	    !sekisho_context_number(request->context, "size", SEKISHO_SYSLOG_LEAST,
				    SEKISHO_SYSLOG_BYTES, &request->size))
		return false;
	if (request->size && sekisho_target_is_ipfix(&request->target)) {
		sekisho_say(_("--size belongs to syslog"));
		return false;
	}
	return take_name(request) && take_types(request) && take_files(request);
}

static void tell_failed(void *context, int error, uint32_t wait_ms)
{
	const struct request *request = context;
	const char *why = sekisho_transport_why(request->transport);

	if (!*why)
		why = strerror(-error);
	if (wait_ms)
		sekisho_say(_("%s cannot be reached: %s; the next try is in %u.%u s"),
			    given(request, "to"), why, wait_ms / 1000, wait_ms % 1000 / 100);
	else
		sekisho_say(_("%s cannot be reached: %s"), given(request, "to"), why);
}

static void tell_connected(void *context, uint64_t seq)
{
	const struct request *request = context;

	/* On standard error, where failures are told: a service has one journal. */
	sekisho_say(_("%s: sending from record %" PRIu64 " on"), given(request, "to"), seq);
}

static void tell_end(const struct request *request, int error)
{
	switch (error) {
	case 0:
	case -ECONNABORTED: /* was told */
		return;
	case -EBUSY:
		sekisho_say(_("another is sending as '%s'"), request->name);
		return;
	case -EINVAL:
		sekisho_say(_("%s/%s.json does not hold a position"), request->place.positions_path,
			    request->name);
		sekisho_say_hint(_("--from-seq begins anew"));
		return;
	default:
		sekisho_say(_("forwarding from %s ended: %s"), request->place.logs.items[0].path,
			    strerror(-error));
	}
}

static int run_syslog(struct request *request)
{
	const struct sekisho_transport_options transport = {
		.target = request->target,
		.authority = given(request, "ca"),
		.certificate = given(request, "cert"),
		.key = given(request, "key"),
	};
	static struct sekisho_forward_syslog syslog;
	struct sekisho_forward_peer peer;
	int error = sekisho_transport_new(&request->transport, &transport);

	gethostname(request->host, sizeof(request->host) - 1);
	syslog.options.host = request->host;
	syslog.options.enterprise = (uint32_t)request->enterprise;
	syslog.options.most = request->size;
	syslog.types = given(request, "types") ? request->types : NULL;
	syslog.transport = request->transport;
	if (error == -EINVAL) {
		sekisho_say("%s", sekisho_transport_why(request->transport));
		error = -ECONNABORTED;
	}
	if (!error) {
		sekisho_forward_syslog_peer(&peer, &syslog);
		request->run.peer = &peer;
		error = sekisho_forward_run(&request->run);
		request->run.peer = NULL;
	}
	tell_end(request, error);
	sekisho_transport_free(request->transport);
	return error;
}

/* IPFIX has a program of its own: its library brings others that this one is not to have. */
static const char *ipfix_program(char path[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 64);
	char *slash;

	path[length > 0 ? length : 0] = 0;
	slash = strrchr(path, '/');
	if (!slash)
		return SEKISHO_LIBEXEC "/sekisho-ipfix";
	snprintf(slash, 64, "/sekisho-ipfix");
	return access(path, X_OK) ? SEKISHO_LIBEXEC "/sekisho-ipfix" : path;
}

static int run_ipfix(const struct request *request)
{
	char path[PATH_MAX], enterprise[16];
	const char *words[24] = { ipfix_program(path) };
	size_t count = 1;
	const char *const options_given[] = { "from-seq", "types" };

	snprintf(enterprise, sizeof(enterprise), "%" PRIu64, request->enterprise);
	words[count++] = "--to";
	words[count++] = given(request, "to");
	words[count++] = "--enterprise";
	words[count++] = enterprise;
	words[count++] = "--name";
	words[count++] = request->name;
	words[count++] = "--positions";
	words[count++] = request->place.positions_path;
	words[count++] = "--log";
	words[count++] = request->place.logs.items[0].path;
	for (size_t i = 0; i < 2; i++) {
		if (!given(request, options_given[i]))
			continue;
		words[count++] = i ? "--types" : "--from-seq";
		words[count++] = given(request, options_given[i]);
	}
	if (request->run.once)
		words[count++] = "--once";
	execv(words[0], (char *const *)words);
	sekisho_say(_("%s cannot be started: %s"), words[0], strerror(errno));
	return -errno;
}

static int audit_forward(struct sekisho_context *context)
{
	static struct request request;
	int error;

	request.context = context;
	if (!take_target(&request) || !take_options(&request))
		return SEKISHO_EXIT_USAGE;
	error = sekisho_forward_place_open(&request.place, context,
					   context->arguments->operands[0]);
	if (!error) {
		request.run.directory = request.place.logs.items[0].directory;
		request.run.positions = request.place.positions;
		request.run.name = request.name;
		request.run.context = &request;
		request.run.failed = tell_failed;
		request.run.connected = tell_connected;
		error = sekisho_target_is_ipfix(&request.target) ? run_ipfix(&request)
								 : run_syslog(&request);
	}
	sekisho_forward_place_close(&request.place);
	return error ? SEKISHO_EXIT_REFUSED : SEKISHO_EXIT_DONE;
}

const struct sekisho_subcommand audit_action_forward = {
	.name = "audit forward",
	.run = audit_forward,
	.summary = N_("send the log on to another host as it is written"),
	.operands = "[DIR]",
	.most = 1,
	.options = options,
};
