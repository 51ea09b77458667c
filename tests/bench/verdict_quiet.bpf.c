// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program of every port as it is, but that it tells nobody: what an event costs is the
 * difference. Runs on the maps of the one that tells.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "../../bpf/account.h"

#define wants_event(verdict) 0

#include "../../bpf/ingress.bpf.c" /* NOLINT(bugprone-suspicious-include) */
