// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the README.txt of an incident bundle says. Knows nothing of how the bundle is made.
 */
#include "command/incident_readme.h"

#include <string.h>
#include <unistd.h>

#include <sekisho/version.h>

#include "audit/network.h"
#include "audit/stamp.h"
#include "ui/language.h"
#include "ui/message.h"

#define NUM(number) ((unsigned long long)(number))

/* The commands are the same in all languages. */
static const char signature_commands[] =
	"   head -n 3 checkpoint >body\n"
	"   tail -n 1 checkpoint | cut -d' ' -f3 | base64 -d | tail -c 64 >signature\n"
	"   { printf '\\x30\\x2a\\x30\\x05\\x06\\x03\\x2b\\x65\\x70\\x03\\x21\\x00'\n"
	"     cut -d+ -f3- checkpoint.vkey | base64 -d | tail -c 32; } >key\n"
	"   openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey key -in body \\\n"
	"     -sigfile signature\n";

static const char *host_name(const struct sekisho_incident_wish *wish,
			     char name[SEKISHO_RECORD_HOST_BYTES])
{
	char plain[SEKISHO_RECORD_HOST_BYTES] = "";

	gethostname(plain, sizeof(plain) - 1);
	if (wish->redactor)
		sekisho_redact_name(wish->redactor, SEKISHO_PSEUDONYM_HOST, plain, name);
	else
		memcpy(name, plain, sizeof(plain));
	return name;
}

/* Each as it would be in a redacted record. */
static void put_hosts(const struct sekisho_incident_wish *wish, FILE *stream)
{
	const char *at = wish->hosts;

	while (at && *at) {
		size_t length = strcspn(at, ",");
		char host[64], pseudonym[SEKISHO_PSEUDONYM_BYTES];
		uint8_t mac[SEKISHO_NETWORK_MAC];

		snprintf(host, sizeof(host), "%.*s", (int)length, at);
		if (wish->redactor)
			sekisho_redact_name(wish->redactor,
					    sekisho_network_mac(host, mac)
						    ? SEKISHO_PSEUDONYM_MAC
						    : SEKISHO_PSEUDONYM_ADDRESS,
					    host, pseudonym);
		fprintf(stream, "%s%s", at == wish->hosts ? "" : " ",
			wish->redactor ? pseudonym : host);
		at += length;
		at += *at == ',';
	}
	fprintf(stream, "%s\n", wish->hosts ? "" : _("all"));
}

static void put_head(const struct sekisho_incident_wish *wish,
		     const struct sekisho_incident_request *request,
		     const struct sekisho_incident_bundle *made, FILE *stream)
{
	char stamp[SEKISHO_STAMP_BYTES], host[SEKISHO_RECORD_HOST_BYTES];
	char handling[SEKISHO_LABEL_TEXT_BYTES];

	sekisho_label_handling(&made->label, wish->redactor, request->options.japanese, handling);
	sekisho_stamp_text(stamp, request->options.made_ns, made->survey.zone);
	fprintf(stream, _("INCIDENT BUNDLE\n\n"));
	fprintf(stream, _("Handling:  %s\n"), handling);
	fprintf(stream, _("Made:      %.19s%s, by %s on %s, Sekisho %s\n"), stamp, stamp + 23,
		made->made_by, host_name(wish, host), SEKISHO_VERSION);
	if (!wish->redactor)
		fprintf(stream, _("Log:       %s\n"), wish->log->path);
	fprintf(stream, _("Hosts:     "));
	put_hosts(wish, stream);
	fprintf(stream, _("Segments:  %s\n"), wish->segments ? wish->segments : _("all"));
}

static void put_verification(const struct sekisho_incident_bundle *made, bool quick, bool japanese,
			     FILE *stream)
{
	const struct sekisho_verify_result *verify = &made->verify;

	if (quick)
		fprintf(stream, _("! the log was not verified: 'sekishoctl audit verify'\n"));
	else if (verify->defect)
		fprintf(stream, _("! the log is NOT good: record %llu: %s\n"), NUM(verify->seq),
			sekisho_defect_text(verify->defect, japanese));
	else
		fprintf(stream, _("- the whole log was verified: good, %llu records\n"),
			NUM(verify->records));
}

static void put_checkpoint(const struct sekisho_incident_bundle *made, FILE *stream)
{
	if (!made->checkpoint)
		fprintf(stream, _("! no checkpoint is here\n"));
	else if (!made->covered)
		fprintf(stream,
			_("! the newest checkpoint covers %llu records of the log: not all of "
			  "these\n"),
			NUM(made->checkpoint_size));
}

static void put_facts(const struct sekisho_incident_wish *wish,
		      const struct sekisho_incident_request *request,
		      const struct sekisho_incident_bundle *made, FILE *stream)
{
	fprintf(stream, _("\nWHAT HAS TO BE KNOWN (! where somebody has to look)\n\n"));
	sekisho_incident_facts(request, &made->survey, &made->label, &made->result, stream);
	put_verification(made, wish->quick, request->options.japanese, stream);
	if (!wish->redactor)
		put_checkpoint(made, stream);
	if (made->policies_away)
		fprintf(stream,
			_("! policies of %llu generations are not here: not stored, or not as the "
			  "log knows them\n"),
			NUM(made->policies_away));
	if (made->result.folded)
		fprintf(stream,
			_("! flows.csv: %llu records share its last row, since it has so many\n"),
			NUM(made->result.folded));
	fprintf(stream,
		_("- packets that were denied are added up; where 'overflow' says so, a "
		  "record stands for\n  further hosts whose addresses nobody wrote down\n"));
}

static void put_files(const struct sekisho_incident_wish *wish,
		      const struct sekisho_incident_bundle *made, FILE *stream)
{
	fprintf(stream, _("\nFILES\n\n"));
	fprintf(stream,
		wish->redactor
			? _("timeline.jsonl   records that tell of the period and concern what was "
			    "chosen, and all\n                 changes; redacted, each with the "
			    "SHA-256 of its line in the log\n")
			: _("timeline.jsonl   records that tell of the period and concern what was "
			    "chosen, and all\n                 changes, as in the log, byte for "
			    "byte\n"));
	fprintf(stream, _("flows.csv        who talked to whom: %llu rows\n"),
		NUM(made->result.flows));
	fprintf(stream,
		_("changes.csv      what was changed, whatever hosts were chosen: %llu "
		  "records\n"),
		NUM(made->result.changes));
	if (made->policies)
		fprintf(stream, _("policy-*.yaml    policies in force, by their digest, as they "
				  "are stored\n"));
	if (made->checkpoint)
		fprintf(stream, _("checkpoint*      signed checkpoints of the log\n"
				  "checkpoint.vkey  the key that verifies them\n"));
	if (made->proof)
		fprintf(stream, _("record-*.proof   that the timeline's last record is among those "
				  "signed\n"));
	if (!wish->quick && !wish->redactor)
		fprintf(stream, _("verification.json  the result of verifying the log\n"));
}

static void put_check(const struct sekisho_incident_bundle *made, FILE *stream)
{
	fprintf(stream, _("\nHOW TO CHECK IT\n\n"));
	fprintf(stream,
		_("1. 'sha256sum -c SHA256SUMS' says that the files are those that were written; "
		  "'sha256sum\n   SHA256SUMS' must print what was written down when the bundle was "
		  "made.\n"));
	if (!made->checkpoint)
		return;
	fprintf(stream, _("2. The signature of the checkpoint, with openssl; the key must be the "
			  "one noted elsewhere:\n"));
	fputs(signature_commands, stream);
	fprintf(stream,
		_("3. 'sekishoctl audit verify COPY --checkpoint checkpoint --key KEY' says "
		  "whether a copy of the\n   log is the one that was signed; each line of "
		  "timeline.jsonl is a line of it.\n"));
	if (made->proof)
		fprintf(stream, _("4. 'sekishoctl audit verify-proof FILE --key KEY' verifies the "
				  "proof without the log.\n"));
}

void sekisho_incident_readme(const struct sekisho_incident_wish *wish,
			     const struct sekisho_incident_request *request,
			     const struct sekisho_incident_bundle *made, FILE *stream)
{
	put_head(wish, request, made, stream);
	put_facts(wish, request, made, stream);
	put_files(wish, made, stream);
	put_check(made, stream);
}
