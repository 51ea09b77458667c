// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which OCSF class a type of record becomes. Knows nothing of how an event is written.
 */
#include "ocsf.h"

#include "types.h"

/* Severities, dispositions and so on, as the schema numbers them. */
enum {
	INFORMATIONAL = 1,
	LOW,
	MEDIUM,
	HIGH,
	CRITICAL
};
enum {
	SUCCESS = 1,
	FAILURE,
	NEW = 1
};
enum {
	ALLOWED = 1,
	BLOCKED = 2,
	ALERT = 19
};
enum {
	DISABLED = 1,
	ENABLED = 2,
	OTHER = 99
};
enum {
	LOG = 1
}; /* activity of a configuration change */
enum {
	CREATE = 1,
	UPDATE = 3,
	ENABLE = 8,
	ACTIVATE = 10,
	DEACTIVATE,
	SUSPEND,
	RESUME
};
enum {
	OPEN = 1,
	CLOSE = 2,
	REFUSE = 5
};
enum {
	START = 3,
	STOP = 4
};
enum {
	DELETE = 2,
	EXPORT
};
enum {
	GENERAL = 1,
	TRANSLATION = 2
};
enum {
	DEVICE = 1,
	POLICY = 5,
	NETWORK_ZONE = 7
};

#define EVENT(class, activity, severity, status)                                                 \
	.class_uid = SEKISHO_OCSF_##class, .activity_id = (activity), .severity_id = (severity), \
	.status_id = (status)

static const struct sekisho_ocsf unknown = { EVENT(BASE, OTHER, 0, 0) };

static const struct sekisho_ocsf mapping[SEKISHO_RECORD_TYPES] = {
	[SEKISHO_RECORD_POLICY_APPLY] = { EVENT(CONFIG, LOG, INFORMATIONAL, SUCCESS),
					  .state_id = ENABLED },
	[SEKISHO_RECORD_POLICY_REJECT] = { EVENT(ENTITY, ACTIVATE, MEDIUM, FAILURE),
					   .entity_type_id = POLICY },
	[SEKISHO_RECORD_POLICY_CONFIRM] = { EVENT(CONFIG, LOG, INFORMATIONAL, SUCCESS),
					    .state_id = ENABLED },
	[SEKISHO_RECORD_POLICY_ROLLBACK] = { EVENT(CONFIG, LOG, LOW, SUCCESS),
					     .state_id = ENABLED },
	[SEKISHO_RECORD_POLICY_PROPOSE] = { EVENT(ENTITY, CREATE, INFORMATIONAL, SUCCESS),
					    .entity_type_id = POLICY },
	[SEKISHO_RECORD_POLICY_APPROVE] = { EVENT(ENTITY, ENABLE, INFORMATIONAL, SUCCESS),
					    .entity_type_id = POLICY },
	[SEKISHO_RECORD_ISOLATE] = { EVENT(ENTITY, SUSPEND, HIGH, SUCCESS),
				     .entity_type_id = NETWORK_ZONE },
	[SEKISHO_RECORD_RELEASE] = { EVENT(ENTITY, RESUME, MEDIUM, SUCCESS),
				     .entity_type_id = NETWORK_ZONE },
	[SEKISHO_RECORD_SUSPEND] = { EVENT(ENTITY, SUSPEND, MEDIUM, SUCCESS),
				     .entity_type_id = DEVICE },
	[SEKISHO_RECORD_RESTORE] = { EVENT(ENTITY, RESUME, LOW, SUCCESS),
				     .entity_type_id = DEVICE },
	[SEKISHO_RECORD_PERMIT] = { EVENT(NETWORK, OPEN, INFORMATIONAL, SUCCESS),
				    .disposition_id = ALLOWED },
	[SEKISHO_RECORD_DENY] = { EVENT(NETWORK, REFUSE, LOW, FAILURE), .disposition_id = BLOCKED },
	[SEKISHO_RECORD_FLOW_END] = { EVENT(NETWORK, CLOSE, INFORMATIONAL, SUCCESS),
				      .disposition_id = ALLOWED },
	[SEKISHO_RECORD_COUNTERS] = { EVENT(BASE, OTHER, INFORMATIONAL, 0) },
	[SEKISHO_RECORD_EXPIRY_NOTICE] = { EVENT(FINDING, CREATE, LOW, NEW),
					   .disposition_id = ALERT },
	[SEKISHO_RECORD_EXPIRY_EXPIRED] = { EVENT(ENTITY, DEACTIVATE, MEDIUM, SUCCESS),
					    .entity_type_id = POLICY },
	[SEKISHO_RECORD_GUARD_ATTACH] = { EVENT(CONFIG, LOG, INFORMATIONAL, SUCCESS),
					  .state_id = ENABLED },
	[SEKISHO_RECORD_GUARD_DETACH] = { EVENT(CONFIG, LOG, HIGH, SUCCESS), .state_id = DISABLED },
	[SEKISHO_RECORD_GUARD_MISMATCH] = { EVENT(FINDING, CREATE, CRITICAL, NEW),
					    .disposition_id = ALERT },
	[SEKISHO_RECORD_LINK] = { EVENT(CONFIG, LOG, LOW, SUCCESS), .state_id = OTHER },
	[SEKISHO_RECORD_CLOCK] = { EVENT(CONFIG, LOG, MEDIUM, SUCCESS), .state_id = OTHER },
	[SEKISHO_RECORD_LOSS] = { EVENT(ERROR, GENERAL, HIGH, FAILURE) },
	[SEKISHO_RECORD_RETENTION] = { EVENT(LOG, DELETE, INFORMATIONAL, SUCCESS) },
	[SEKISHO_RECORD_START] = { EVENT(LIFECYCLE, START, INFORMATIONAL, SUCCESS) },
	[SEKISHO_RECORD_STOP] = { EVENT(LIFECYCLE, STOP, LOW, SUCCESS) },
};

const struct sekisho_ocsf sekisho_ocsf_label = { EVENT(LOG, EXPORT, INFORMATIONAL, SUCCESS) };
const struct sekisho_ocsf sekisho_ocsf_damaged = { EVENT(ERROR, TRANSLATION, HIGH, FAILURE) };

const struct sekisho_ocsf *sekisho_ocsf_of(int type)
{
	return type >= 0 && type < SEKISHO_RECORD_TYPES ? &mapping[type] : &unknown;
}
