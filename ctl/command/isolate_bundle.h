/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The incident bundle that an isolation leaves behind it: of the hour before. Made in a process of
 * its own, which an isolation waits for only so long and never depends on. Says itself what became
 * of it. Knows nothing of isolations.
 */
#ifndef SEKISHO_COMMAND_ISOLATE_BUNDLE_H
#define SEKISHO_COMMAND_ISOLATE_BUNDLE_H

#include "command/context.h"

/**
 * sekisho_isolate_bundle - make it, in incidents/ below the state directory
 * @segment: whose traffic; NULL: of all
 *
 * Returns after some seconds at the latest; a bundle that takes longer is made to its end by the
 * other process.
 */
void sekisho_isolate_bundle(struct sekisho_context *context, const char *segment);

#endif
