#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# How the tree reads: its sources, what is said in several places, and what the documents claim.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/ktap.sh

SEKISHO_TEST_JOBS=$(nproc) run_programs tests/style/sources.sh tests/style/sync.sh tests/style/docs.sh tests/style/netlink.sh
finish
