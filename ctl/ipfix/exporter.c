// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages of IPFIX, with libfixbuf. Knows nothing of connections or logs.
 */
#include "ipfix/exporter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <fixbuf/public.h>

#include "ui/message.h"
#include "ui/say.h"

#define MESSAGE_BYTES 65535

/* Which elements a template has. */
#define ENDED 0x1 /* connections that ended */
#define IPV4  0x2
#define IPV6  0x4

/* A record as libfixbuf reads it: the order of @elements, without holes. */
struct row {
	uint64_t start_ms, end_ms;
	uint64_t bytes, packets;
	uint64_t reverse_bytes, reverse_packets;
	uint64_t seq;
	fbVarfield_t from, to, flow, reason;
	uint16_t source_port, destination_port;
	uint8_t protocol, end_reason, firewall_event, direction;
	union {
		uint32_t ipv4[2];
		uint8_t ipv6[2][16];
	};
};

_Static_assert(offsetof(struct row, ipv4) == 7 * 8 + 4 * sizeof(fbVarfield_t) + 8,
	       "a row has no holes");

static fbInfoElementSpec_t elements[] = {
	{ "flowStartMilliseconds", 8, 0 },
	{ "flowEndMilliseconds", 8, 0 },
	{ "octetDeltaCount", 8, 0 },
	{ "packetDeltaCount", 8, 0 },
	{ "reverseOctetDeltaCount", 8, ENDED },
	{ "reversePacketDeltaCount", 8, ENDED },
	{ "sekishoRecordNumber", 8, 0 },
	{ "sekishoSourceSegment", FB_IE_VARLEN, 0 },
	{ "sekishoDestinationSegment", FB_IE_VARLEN, 0 },
	{ "sekishoPolicyFlow", FB_IE_VARLEN, 0 },
	{ "sekishoReason", FB_IE_VARLEN, 0 },
	{ "sourceTransportPort", 2, 0 },
	{ "destinationTransportPort", 2, 0 },
	{ "protocolIdentifier", 1, 0 },
	{ "flowEndReason", 1, ENDED },
	{ "firewallEvent", 1, 0 },
	{ "biflowDirection", 1, ENDED },
	{ "sourceIPv4Address", 4, IPV4 },
	{ "destinationIPv4Address", 4, IPV4 },
	{ "sourceIPv6Address", 16, IPV6 },
	{ "destinationIPv6Address", 16, IPV6 },
	FB_IESPEC_NULL,
};

#define TEXT_ELEMENT(name, number, says) \
	FB_IE_INIT_FULL(name, 0, number, FB_IE_VARLEN, FB_IE_DEFAULT, 0, 0, FB_STRING, says)

/* Below the enterprise number; a number is never used for anything else. */
static const fbInfoElement_t own_elements[] = {
	FB_IE_INIT_FULL("sekishoRecordNumber", 0, 1, 8, FB_IE_F_ENDIAN | FB_IE_IDENTIFIER, 0, 0,
			FB_UINT_64, "number of the audit record"),
	TEXT_ELEMENT("sekishoSourceSegment", 2, "segment of the source"),
	TEXT_ELEMENT("sekishoDestinationSegment", 3, "segment of the destination"),
	TEXT_ELEMENT("sekishoPolicyFlow", 4, "flow of the policy"),
	TEXT_ELEMENT("sekishoReason", 5, "reason of the verdict"),
};

#define OWN_ELEMENTS	    (sizeof(own_elements) / sizeof(own_elements[0]))
#define FAMILIES	    3
#define BIFLOW_BY_INITIATOR 1

struct sekisho_exporter {
	struct sekisho_exporter_options options;
	fbInfoModel_t *model;
	fBuf_t *buffer; /* owns @session and @output */
	fbSession_t *session;
	fbExporter_t *output;
	uint16_t inner[FAMILIES]; /* templates of struct row */
	uint16_t outer[2][FAMILIES]; /* of messages: connections, denials */
	uint16_t type_inner, type_outer; /* of descriptions of elements */
	bool waiting; /* something is in the message */
	uint8_t message[MESSAGE_BYTES];
};

static const uint32_t family_flags[FAMILIES] = {
	[SEKISHO_IPFIX_NO_ADDRESS] = 0,
	[SEKISHO_IPFIX_IPV4] = IPV4,
	[SEKISHO_IPFIX_IPV6] = IPV6,
};

static int fail(GError *error)
{
	sekisho_say(_("IPFIX: %s"), error ? error->message : "-");
	g_clear_error(&error);
	return -EINVAL;
}

static int add_template(const struct sekisho_exporter *exporter, gboolean inner, uint32_t flags,
			uint16_t *number)
{
	fbTemplate_t *template = fbTemplateAlloc(exporter->model);
	GError *error = NULL;

	if (!fbTemplateAppendSpecArray(template, elements, flags, &error)) {
		fbTemplateFreeUnused(template);
		return fail(error);
	}
	*number = fbSessionAddTemplate(exporter->session, inner, FB_TID_AUTO, template, &error);
	return *number ? 0 : fail(error);
}

static int add_type_template(struct sekisho_exporter *exporter)
{
	GError *error = NULL;
	fbTemplate_t *template = fbInfoElementAllocTypeTemplate(exporter->model, &error);

	if (!template)
		return fail(error);
	exporter->type_inner =
		fbSessionAddTemplate(exporter->session, TRUE, FB_TID_AUTO, template, &error);
	if (!exporter->type_inner)
		return fail(error);
	exporter->type_outer =
		fbSessionAddTemplate(exporter->session, FALSE, FB_TID_AUTO, template, &error);
	return exporter->type_outer ? 0 : fail(error);
}

static int add_templates(struct sekisho_exporter *exporter)
{
	int error = add_type_template(exporter);

	for (int family = 0; family < FAMILIES && !error; family++) {
		uint32_t flags = family_flags[family];

		error = add_template(exporter, TRUE, flags | ENDED, &exporter->inner[family]);
		if (!error)
			error = add_template(exporter, FALSE, flags | ENDED,
					     &exporter->outer[0][family]);
		if (!error)
			error = add_template(exporter, FALSE, flags, &exporter->outer[1][family]);
	}
	return error;
}

static int emit(struct sekisho_exporter *exporter)
{
	GError *error = NULL;

	exporter->waiting = false;
	if (!fBufEmit(exporter->buffer, &error))
		return fail(error);
	return exporter->options.send(exporter->options.context, exporter->message,
				      fbExporterGetMsgLen(exporter->output));
}

int sekisho_exporter_flush(struct sekisho_exporter *exporter)
{
	return exporter->waiting ? emit(exporter) : 0;
}

/* After a refusal: where only the message was full, or held another kind of sets, it is sent.
 * Return: 0: try once more; else why not. */
static int make_room(struct sekisho_exporter *exporter, GError **error)
{
	if (!g_error_matches(*error, FB_ERROR_DOMAIN, FB_ERROR_EOM))
		return fail(*error);
	g_clear_error(error);
	return sekisho_exporter_flush(exporter);
}

static int put_template(struct sekisho_exporter *exporter, uint16_t number)
{
	GError *error = NULL;
	int failed;

	if (!fbSessionExportTemplate(exporter->session, number, &error)) {
		failed = make_room(exporter, &error);
		if (failed)
			return failed;
		if (!fbSessionExportTemplate(exporter->session, number, &error))
			return fail(error);
	}
	exporter->waiting = true;
	return 0;
}

static int put_type(struct sekisho_exporter *exporter, const char *name)
{
	const fbInfoElement_t *element = fbInfoModelGetElementByName(exporter->model, name);
	GError *error = NULL;
	int failed;

	if (!fbInfoElementWriteOptionsRecord(exporter->buffer, element, exporter->type_inner,
					     exporter->type_outer, &error)) {
		failed = make_room(exporter, &error);
		if (failed)
			return failed;
		if (!fbInfoElementWriteOptionsRecord(exporter->buffer, element,
						     exporter->type_inner, exporter->type_outer,
						     &error))
			return fail(error);
	}
	exporter->waiting = true;
	return 0;
}

int sekisho_exporter_templates(struct sekisho_exporter *exporter)
{
	/* What is private is described before a template has it. */
	int error = put_template(exporter, exporter->type_outer);

	for (size_t i = 0; i < OWN_ELEMENTS && !error; i++)
		error = put_type(exporter, (const char *)own_elements[i].ref.name);
	for (int family = 0; family < FAMILIES && !error; family++) {
		error = put_template(exporter, exporter->outer[0][family]);
		if (!error)
			error = put_template(exporter, exporter->outer[1][family]);
	}
	return error ? error : sekisho_exporter_flush(exporter);
}

static void add_elements(struct sekisho_exporter *exporter)
{
	for (size_t i = 0; i < OWN_ELEMENTS; i++) {
		fbInfoElement_t element = own_elements[i];

		element.ent = exporter->options.enterprise;
		fbInfoModelAddElement(exporter->model, &element);
	}
}

int sekisho_exporter_new(struct sekisho_exporter **exporter,
			 const struct sekisho_exporter_options *options)
{
	struct sekisho_exporter *made = calloc(1, sizeof(*made));
	int error;

	*exporter = NULL;
	if (!made)
		return -ENOMEM;
	made->options = *options;
	made->model = fbInfoModelAlloc();
	add_elements(made);
	made->session = fbSessionAlloc(made->model);
	/* Before there is a buffer: into one, each would be written at once. */
	error = add_templates(made);
	made->output = fbExporterAllocBuffer(made->message, options->most);
	made->buffer = fBufAllocForExport(made->session, made->output);
	fBufSetAutomaticMode(made->buffer, FALSE);
	if (!error)
		error = sekisho_exporter_templates(made);
	if (error) {
		sekisho_exporter_free(made);
		return error;
	}
	*exporter = made;
	return 0;
}

void sekisho_exporter_free(struct sekisho_exporter *exporter)
{
	if (!exporter)
		return;
	fBufFree(exporter->buffer);
	fbInfoModelFree(exporter->model);
	free(exporter);
}

static fbVarfield_t text(const char *bytes)
{
	return (fbVarfield_t){ .buf = (uint8_t *)bytes, .len = strlen(bytes) };
}

static void fill(struct row *row, const struct sekisho_ipfix_flow *flow)
{
	*row = (struct row){
		.start_ms = flow->start_ms,
		.end_ms = flow->end_ms,
		.bytes = flow->bytes,
		.packets = flow->packets,
		.reverse_bytes = flow->reverse_bytes,
		.reverse_packets = flow->reverse_packets,
		.seq = flow->seq,
		.from = text(flow->from),
		.to = text(flow->to),
		.flow = text(flow->flow),
		.reason = text(flow->reason),
		.source_port = flow->source_port,
		.destination_port = flow->destination_port,
		.protocol = flow->protocol,
		.end_reason = flow->end_reason,
		.firewall_event = flow->firewall_event,
		.direction = BIFLOW_BY_INITIATOR,
	};
	if (flow->family == SEKISHO_IPFIX_IPV4) {
		/* The library takes numbers in the host's order. */
		memcpy(&row->ipv4[0], flow->source, 4);
		memcpy(&row->ipv4[1], flow->destination, 4);
		row->ipv4[0] = g_ntohl(row->ipv4[0]);
		row->ipv4[1] = g_ntohl(row->ipv4[1]);
	} else if (flow->family == SEKISHO_IPFIX_IPV6) {
		memcpy(row->ipv6[0], flow->source, 16);
		memcpy(row->ipv6[1], flow->destination, 16);
	}
}

static bool append(struct sekisho_exporter *exporter, struct row *row,
		   const struct sekisho_ipfix_flow *flow, GError **error)
{
	return fBufSetInternalTemplate(exporter->buffer, exporter->inner[flow->family], error) &&
	       fBufSetExportTemplate(exporter->buffer, exporter->outer[flow->denied][flow->family],
				     error) &&
	       fBufAppend(exporter->buffer, (uint8_t *)row, sizeof(*row), error);
}

int sekisho_exporter_flow(struct sekisho_exporter *exporter, const struct sekisho_ipfix_flow *flow)
{
	GError *error = NULL;
	struct row row;
	int failed;

	fill(&row, flow);
	if (!append(exporter, &row, flow, &error)) {
		failed = make_room(exporter, &error);
		if (failed)
			return failed;
		if (!append(exporter, &row, flow, &error))
			return fail(error);
	}
	exporter->waiting = true;
	return 0;
}
