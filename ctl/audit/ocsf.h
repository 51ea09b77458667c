/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which class of the Open Cybersecurity Schema Framework a type of record becomes: the one table
 * from which events are made and against which docs/exports.md is checked. Knows nothing of how an
 * event is written.
 */
#ifndef SEKISHO_AUDIT_OCSF_H
#define SEKISHO_AUDIT_OCSF_H

/* Of the schema. */
#define SEKISHO_OCSF_VERSION "1.8.0"

/* Numbers are those of the schema; where one is not set, 0 is what it calls unknown. */
enum {
	SEKISHO_OCSF_BASE = 0,
	SEKISHO_OCSF_LOG = 1008, /* Event Log Activity */
	SEKISHO_OCSF_FINDING = 2004, /* Detection Finding */
	SEKISHO_OCSF_ENTITY = 3004, /* Entity Management */
	SEKISHO_OCSF_NETWORK = 4001, /* Network Activity */
	SEKISHO_OCSF_CONFIG = 5019, /* Device Config State Change */
	SEKISHO_OCSF_LIFECYCLE = 6002, /* Application Lifecycle */
	SEKISHO_OCSF_ERROR = 6008, /* Application Error */
};

struct sekisho_ocsf {
	unsigned int class_uid;
	unsigned int activity_id;
	unsigned int severity_id;
	unsigned int status_id;
	unsigned int disposition_id;
	unsigned int state_id; /* of SEKISHO_OCSF_CONFIG */
	unsigned int entity_type_id; /* of SEKISHO_OCSF_ENTITY */
};

/**
 * sekisho_ocsf_of - what a type of record becomes
 * @type: enum sekisho_record_type; any other number: a type that this build does not know
 * Return: static data.
 */
const struct sekisho_ocsf *sekisho_ocsf_of(int type);

/* What the label and a damaged line become. */
extern const struct sekisho_ocsf sekisho_ocsf_label;
extern const struct sekisho_ocsf sekisho_ocsf_damaged;

#endif
