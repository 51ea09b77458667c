// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events of the Open Cybersecurity Schema Framework, one a line, for SIEMs. What of a record has
 * no place in its class goes into `unmapped`, so that nothing is lost. A pseudonym is no address:
 * it goes into `uid`. Knows nothing of which type becomes which class.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sekisho/version.h>

#include "export_writer.h"
#include "network.h"
#include "ocsf.h"
#include "record.h"
#include "stamp.h"
#include "verify.h"

#define NS_A_MS	      1000000
#define TEXT_BYTES    (SEKISHO_RECORD_LINE_BYTES + 1)
#define TYPE_FIREWALL 9
#define HIGH	      4
#define RESET	      3

/* One event being made of a record. */
struct event {
	struct sekisho_export_run *run;
	struct sekisho_emit *emit;
	const struct sekisho_export_record *record;
	const struct sekisho_ocsf *ocsf;
	bool mapped[SEKISHO_FIELDS_MAX];
	char text[TEXT_BYTES]; /* of the last value taken */
};

/* The value of a key, which then is not unmapped any more; NULL where the record has none. */
static const struct sekisho_value *take(struct event *event, const char *key)
{
	const struct sekisho_fields *fields = &event->record->fields;
	const struct sekisho_value *value = sekisho_fields_find(fields, key);

	if (value)
		event->mapped[value - fields->values] = true;
	return value;
}

/* Its text, valid until the next one; NULL where the record has none. */
static const char *take_text(struct event *event, const char *key)
{
	const struct sekisho_value *value = take(event, key);

	if (!value)
		return NULL;
	sekisho_value_text(value, event->text, sizeof(event->text));
	return event->text;
}

static bool has(const struct event *event, const char *key)
{
	return sekisho_fields_find(&event->record->fields, key);
}

static bool is(const struct event *event, const char *key, const char *text)
{
	return sekisho_value_is(sekisho_fields_find(&event->record->fields, key), text);
}

/* @key of the record as @name of the event. */
static void put_text(struct event *event, const char *name, const char *key)
{
	const char *text = take_text(event, key);

	if (text)
		sekisho_emit_text(event->emit, name, text);
}

static void put_number(struct event *event, const char *name, const char *key)
{
	const struct sekisho_value *value = take(event, key);

	if (value)
		sekisho_emit_raw(event->emit, name, strlen(name), value->text, value->length);
}

static void put_time(struct event *event, const char *name, const char *key)
{
	const char *text = take_text(event, key);
	int64_t wall_ns;

	if (text && !sekisho_stamp_parse(text, &wall_ns))
		sekisho_emit_number(event->emit, name, wall_ns / NS_A_MS);
}

struct endpoint_keys {
	const char *address, *port, *mac, *interface, *vlan, *segment;
};

static bool has_endpoint(const struct event *event, const struct endpoint_keys *keys)
{
	return has(event, keys->address) || has(event, keys->segment) ||
	       (keys->interface && has(event, keys->interface));
}

static void put_endpoint(struct event *event, const char *name, const struct endpoint_keys *keys)
{
	uint8_t address[SEKISHO_NETWORK_ADDRESS];
	const char *text;
	bool v4;

	if (!has_endpoint(event, keys))
		return;
	sekisho_emit_begin(event->emit, name, '{');
	text = take_text(event, keys->address);
	if (text)
		sekisho_emit_text(event->emit,
				  sekisho_network_address(text, address, &v4) ? "ip" : "uid", text);
	put_number(event, "port", keys->port);
	if (keys->mac)
		put_text(event, event->run->options->redactor ? "instance_uid" : "mac", keys->mac);
	if (keys->interface)
		put_text(event, "interface_name", keys->interface);
	text = keys->vlan ? take_text(event, keys->vlan) : NULL;
	if (text)
		sekisho_emit_text(event->emit, "vlan_uid", text);
	/* A segment is what the schema calls a zone; where there is no address it is the name. */
	if (!has(event, keys->address) && !(keys->interface && has(event, keys->interface)))
		put_text(event, "name", keys->segment);
	put_text(event, "zone", keys->segment);
	sekisho_emit_end(event->emit, '}');
}

static int direction_of(const struct event *event)
{
	if (is(event, "to", "self"))
		return 1; /* inbound */
	if (is(event, "from", "self"))
		return 2; /* outbound */
	return has(event, "from") && has(event, "to") ? 3 /* lateral */ : 0;
}

static void put_connection(struct event *event)
{
	const char *protocol;

	sekisho_emit_begin(event->emit, "connection_info", '{');
	sekisho_emit_number(event->emit, "direction_id", direction_of(event));
	protocol = take_text(event, "proto");
	if (protocol) {
		int number = sekisho_network_protocol(protocol);

		sekisho_emit_text(event->emit, "protocol_name", protocol);
		if (number >= 0)
			sekisho_emit_number(event->emit, "protocol_num", number);
	}
	sekisho_emit_end(event->emit, '}');
}

static void put_traffic(struct event *event)
{
	sekisho_emit_begin(event->emit, "traffic", '{');
	put_number(event, "packets", "count");
	put_number(event, "bytes", "bytes");
	put_number(event, "packets_out", "packets_out");
	put_number(event, "packets_in", "packets_in");
	put_number(event, "bytes_out", "bytes_out");
	put_number(event, "bytes_in", "bytes_in");
	sekisho_emit_end(event->emit, '}');
}

static const struct endpoint_keys source = { "src", "sport", "smac", "interface", "vlan", "from" };
static const struct endpoint_keys destination = { "dst", "dport", NULL, NULL, NULL, "to" };
static const struct endpoint_keys initiator = { "initiator", "initiator_port", NULL, NULL, NULL,
						"from" };
static const struct endpoint_keys responder = { "responder", "responder_port", NULL, NULL, NULL,
						"to" };

static void put_endpoints(struct event *event)
{
	bool ended = event->record->type == SEKISHO_RECORD_FLOW_END;

	put_endpoint(event, "src_endpoint", ended ? &initiator : &source);
	put_endpoint(event, "dst_endpoint", ended ? &responder : &destination);
	put_connection(event);
}

static void put_network(struct event *event)
{
	put_endpoints(event);
	/* The schema wants one; of denials that were added up none may be left. */
	if (!has_endpoint(event, &source) && !has_endpoint(event, &destination) &&
	    !has_endpoint(event, &initiator)) {
		sekisho_emit_begin(event->emit, "src_endpoint", '{');
		sekisho_emit_text(event->emit, "name", "unknown");
		sekisho_emit_end(event->emit, '}');
	}
	put_traffic(event);
	put_time(event, "start_time", has(event, "start") ? "start" : "first");
	put_time(event, "end_time", has(event, "end") ? "end" : "last");
	put_text(event, "status_code", "reason");
	put_text(event, "status_detail", "cause");
	if (has(event, "breach"))
		sekisho_emit_truth(event->emit, "is_alert", true);
}

static void put_finding(struct event *event)
{
	char uid[SEKISHO_RECORD_HOST_BYTES + 24];

	snprintf(uid, sizeof(uid), "%s/%" PRIu64, event->run->host, event->record->entry->line.seq);
	sekisho_emit_begin(event->emit, "finding_info", '{');
	sekisho_emit_text(event->emit, "uid", uid);
	sekisho_emit_text(event->emit, "title",
			  sekisho_type_get((enum sekisho_record_type)event->record->type)->english);
	sekisho_emit_end(event->emit, '}');
	sekisho_emit_truth(event->emit, "is_alert", true);
	if (!has_endpoint(event, &source) && !has_endpoint(event, &destination))
		return;
	sekisho_emit_begin(event->emit, "evidences", '[');
	sekisho_emit_begin(event->emit, NULL, '{');
	put_endpoints(event);
	sekisho_emit_end(event->emit, '}');
	sekisho_emit_end(event->emit, ']');
	put_time(event, "start_time", "first");
	put_time(event, "end_time", "last");
}

static void put_entity(struct event *event)
{
	static const struct {
		const char *key, *type;
	} kinds[] = { [1] = { "target", "Device" },
		      [5] = { "digest_after", "Policy" },
		      [7] = { "segment", "Network Zone" } };
	unsigned int id = event->ocsf->entity_type_id;
	const char *key = has(event, kinds[id].key) ? kinds[id].key : "flow";

	sekisho_emit_begin(event->emit, "entity", '{');
	sekisho_emit_number(event->emit, "type_id", id);
	sekisho_emit_text(event->emit, "type", kinds[id].type);
	if (has(event, key))
		put_text(event, "uid", key);
	else
		sekisho_emit_text(event->emit, "name", kinds[id].type);
	sekisho_emit_end(event->emit, '}');
	put_text(event, "comment", "reason");
}

static unsigned int state_of(const struct event *event)
{
	if (is(event, "state", "attached") || is(event, "state", "added"))
		return 2; /* enabled */
	if (is(event, "state", "detached") || is(event, "state", "gone"))
		return 1; /* disabled */
	return event->ocsf->state_id;
}

static void put_config(struct event *event)
{
	sekisho_emit_number(event->emit, "state_id", state_of(event));
	put_text(event, "state", "state");
	put_text(event, "status_detail", "reason");
}

static void put_lifecycle(struct event *event)
{
	sekisho_emit_begin(event->emit, "app", '{');
	put_text(event, "name", "program");
	sekisho_emit_text(event->emit, "vendor_name", "Sekisho");
	put_text(event, "version", "version");
	sekisho_emit_end(event->emit, '}');
	put_text(event, "status_detail", "reason");
}

static void put_error(struct event *event)
{
	put_number(event, "count", "count");
	put_time(event, "start_time", "start");
	put_time(event, "end_time", "end");
	put_text(event, "status_code", "cause");
	put_text(event, "status_detail", "detail");
}

static void put_class(struct event *event)
{
	switch (event->ocsf->class_uid) {
	case SEKISHO_OCSF_NETWORK:
		put_network(event);
		break;
	case SEKISHO_OCSF_FINDING:
		put_finding(event);
		break;
	case SEKISHO_OCSF_ENTITY:
		put_entity(event);
		break;
	case SEKISHO_OCSF_CONFIG:
		put_config(event);
		break;
	case SEKISHO_OCSF_LIFECYCLE:
		put_lifecycle(event);
		break;
	case SEKISHO_OCSF_ERROR:
		put_error(event);
		break;
	default:
		break;
	}
}

static unsigned int activity_of(const struct event *event)
{
	if (event->record->type == SEKISHO_RECORD_FLOW_END && is(event, "cause", "reset"))
		return RESET;
	return event->ocsf->activity_id;
}

static unsigned int severity_of(const struct event *event)
{
	if (event->record->type == SEKISHO_RECORD_DENY && has(event, "breach"))
		return HIGH;
	return event->ocsf->severity_id;
}

static void put_ids(struct sekisho_emit *emit, const struct sekisho_ocsf *ocsf,
		    unsigned int activity, unsigned int severity)
{
	sekisho_emit_count(emit, "class_uid", ocsf->class_uid);
	sekisho_emit_count(emit, "category_uid", ocsf->class_uid / 1000);
	sekisho_emit_count(emit, "activity_id", activity);
	sekisho_emit_count(emit, "type_uid", ocsf->class_uid * 100ull + activity);
	sekisho_emit_count(emit, "severity_id", severity);
	sekisho_emit_count(emit, "status_id", ocsf->status_id);
}

static void put_disposition(struct event *event)
{
	static const unsigned char actions[] = { [1] = 1, [2] = 2, [19] = 3 };
	unsigned int disposition = event->ocsf->disposition_id;

	if (!disposition)
		return;
	sekisho_emit_count(event->emit, "action_id", actions[disposition]);
	sekisho_emit_count(event->emit, "disposition_id", disposition);
}

static void put_label(struct sekisho_emit *emit, const char *key, const char *value)
{
	char text[64];

	snprintf(text, sizeof(text), "%s:%s", key, value);
	sekisho_emit_text(emit, NULL, text);
}

static void put_product(struct sekisho_export_run *run)
{
	sekisho_emit_text(&run->emit, "version", SEKISHO_OCSF_VERSION);
	sekisho_emit_begin(&run->emit, "product", '{');
	sekisho_emit_text(&run->emit, "name", "Sekisho");
	sekisho_emit_text(&run->emit, "vendor_name", "Sekisho");
	sekisho_emit_text(&run->emit, "version", SEKISHO_VERSION);
	sekisho_emit_end(&run->emit, '}');
	sekisho_emit_text(&run->emit, "log_name", "sekisho audit");
}

/* The class of the export, and what an auditor has to mind, on each event. */
static void put_labels(struct sekisho_export_run *run, bool unsynchronised, bool dual)
{
	const struct sekisho_label *label = run->label;

	sekisho_emit_begin(&run->emit, "labels", '[');
	put_label(&run->emit, "confidentiality",
		  sekisho_label_class(label, label->confidentiality));
	put_label(&run->emit, "integrity", sekisho_label_class(label, label->integrity));
	put_label(&run->emit, "availability", sekisho_label_class(label, label->availability));
	if (unsynchronised)
		put_label(&run->emit, "clock", "unsynchronised");
	if (dual)
		put_label(&run->emit, "flow", "dual-role");
	if (run->options->redactor)
		sekisho_emit_text(&run->emit, NULL, "redacted");
	sekisho_emit_end(&run->emit, ']');
}

static void put_metadata(struct event *event)
{
	struct sekisho_export_run *run = event->run;
	char uid[SEKISHO_RECORD_HOST_BYTES + 24], flow[SEKISHO_LABEL_NAME_BYTES];
	bool dual;

	sekisho_fields_text(&event->record->fields, "flow", flow, sizeof(flow));
	dual = *flow && sekisho_label_has(run->label, SEKISHO_LABEL_DUAL_ROLE, flow);
	snprintf(uid, sizeof(uid), "%s/%" PRIu64, run->host, event->record->entry->line.seq);
	sekisho_emit_begin(&run->emit, "metadata", '{');
	put_product(run);
	sekisho_emit_begin(&run->emit, "profiles", '[');
	sekisho_emit_text(&run->emit, NULL, "host");
	sekisho_emit_text(&run->emit, NULL, "security_control");
	sekisho_emit_end(&run->emit, ']');
	put_text(event, "event_code", "type");
	put_text(event, "original_time", "time");
	sekisho_emit_text(&run->emit, "uid", uid);
	put_number(event, "sequence", "seq");
	put_labels(run, !is(event, "clock", "synchronised"), dual);
	sekisho_emit_end(&run->emit, '}');
}

static void put_device(struct event *event)
{
	sekisho_emit_begin(event->emit, "device", '{');
	sekisho_emit_number(event->emit, "type_id", TYPE_FIREWALL);
	put_text(event, event->run->options->redactor ? "uid" : "hostname", "host");
	put_text(event, "boot_uid", "boot");
	sekisho_emit_end(event->emit, '}');
}

/* Of the security control profile: which policy it was, and which flow of it. */
static void put_policy(struct event *event)
{
	const char *text;

	sekisho_emit_begin(event->emit, "policy", '{');
	sekisho_emit_text(event->emit, "name", "Sekisho policy");
	text = take_text(event, "generation");
	if (text)
		sekisho_emit_text(event->emit, "version", text);
	put_text(event, "uid", "digest_after");
	sekisho_emit_end(event->emit, '}');
	text = take_text(event, "flow");
	if (!text)
		return;
	sekisho_emit_begin(event->emit, "firewall_rule", '{');
	sekisho_emit_text(event->emit, "uid", text);
	sekisho_emit_text(event->emit, "name", text);
	sekisho_emit_end(event->emit, '}');
}

static void put_actor(struct event *event)
{
	if (!has(event, "actor"))
		return;
	sekisho_emit_begin(event->emit, "actor", '{');
	sekisho_emit_begin(event->emit, "user", '{');
	put_text(event, "name", "actor");
	sekisho_emit_end(event->emit, '}');
	sekisho_emit_end(event->emit, '}');
}

static void put_unmapped(struct event *event)
{
	const struct sekisho_fields *fields = &event->record->fields;

	sekisho_emit_begin(event->emit, "unmapped", '{');
	for (size_t i = 0; i < fields->count; i++) {
		const struct sekisho_value *value = &fields->values[i];
		bool quoted = value->kind == SEKISHO_VALUE_TEXT;

		if (!event->mapped[i])
			sekisho_emit_raw(event->emit, value->key, value->key_length,
					 value->text - quoted, value->length + 2 * quoted);
	}
	sekisho_emit_end(event->emit, '}');
}

static int record(struct sekisho_export_run *run, const struct sekisho_export_record *given)
{
	const struct sekisho_type *type =
		given->type < 0 ? NULL : sekisho_type_get((enum sekisho_record_type)given->type);
	struct event event = { .run = run,
			       .emit = &run->emit,
			       .record = given,
			       .ocsf = sekisho_ocsf_of(given->type) };

	sekisho_emit_begin(&run->emit, NULL, '{');
	put_ids(&run->emit, event.ocsf, activity_of(&event), severity_of(&event));
	if (event.ocsf->class_uid == SEKISHO_OCSF_BASE)
		put_text(&event, "activity_name", "type");
	sekisho_emit_number(&run->emit, "time", given->entry->wall_ns / NS_A_MS);
	sekisho_emit_number(&run->emit, "timezone_offset",
			    sekisho_stamp_zone(given->entry->line.time) / 60);
	if (type)
		sekisho_emit_text(&run->emit, "message",
				  sekisho_export_words(run, type->english, type->japanese));
	put_disposition(&event);
	put_metadata(&event);
	put_device(&event);
	put_actor(&event);
	put_class(&event);
	put_policy(&event);
	put_unmapped(&event);
	sekisho_emit_end(&run->emit, '}');
	sekisho_emit_line(&run->emit);
	return 0;
}

/* What is no record: the label, or a damaged line. It is told when the export was made. */
static void begin_other(struct sekisho_export_run *run, const struct sekisho_ocsf *ocsf,
			const char *message, const char *code)
{
	sekisho_emit_begin(&run->emit, NULL, '{');
	put_ids(&run->emit, ocsf, ocsf->activity_id, ocsf->severity_id);
	sekisho_emit_number(&run->emit, "time", run->options->made_ns / NS_A_MS);
	sekisho_emit_text(&run->emit, "message", message);
	sekisho_emit_begin(&run->emit, "metadata", '{');
	put_product(run);
	sekisho_emit_text(&run->emit, "event_code", code);
	put_labels(run, false, false);
	sekisho_emit_end(&run->emit, '}');
}

static void end_other(struct sekisho_export_run *run)
{
	sekisho_emit_end(&run->emit, '}');
	sekisho_emit_end(&run->emit, '}');
	sekisho_emit_line(&run->emit);
}

static int begin(struct sekisho_export_run *run)
{
	begin_other(run, &sekisho_ocsf_label, run->handling, "label");
	sekisho_emit_text(&run->emit, "log_name", "sekisho audit");
	sekisho_emit_begin(&run->emit, "unmapped", '{');
	sekisho_export_label_json(run, "label");
	end_other(run);
	return 0;
}

static int damaged(struct sekisho_export_run *run, const struct sekisho_export_damage *damage)
{
	begin_other(run, &sekisho_ocsf_damaged,
		    sekisho_defect_text(damage->entry->defect, run->options->japanese), "damaged");
	sekisho_emit_begin(&run->emit, "unmapped", '{');
	sekisho_export_damage_json(run, "damaged", damage);
	end_other(run);
	return 0;
}

const struct sekisho_export_writer sekisho_export_ocsf = {
	.open = begin,
	.record = record,
	.damaged = damaged,
};
