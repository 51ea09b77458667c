/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the README.txt of an incident bundle says. Knows nothing of how the bundle is made.
 */
#ifndef SEKISHO_COMMAND_INCIDENT_README_H
#define SEKISHO_COMMAND_INCIDENT_README_H

#include <stdio.h>

#include "command/incident_bundle.h"

/**
 * sekisho_incident_readme - write it, in the language of the messages
 * @wish: what was wanted
 * @request: as the timeline was made by it
 * @made: all but its sums
 * @stream: where to; errors are the stream's
 */
void sekisho_incident_readme(const struct sekisho_incident_wish *wish,
			     const struct sekisho_incident_request *request,
			     const struct sekisho_incident_bundle *made, FILE *stream);

#endif
