/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the loader fixes before the programs are verified: sizes become constants, and what is
 * switched off disappears from the code.
 */
#ifndef SEKISHO_BPF_SETTINGS_H
#define SEKISHO_BPF_SETTINGS_H

#include <linux/types.h>
#include <bpf/bpf_helpers.h>

/* Buckets of the connection table - 1. */
const volatile __u32 setting_bucket_mask SEC(".rodata") __weak = 0;
/* Map `pairs_seen` is indexed by from << this | to; no segment is all ones. */
const volatile __u32 setting_pair_shift SEC(".rodata") __weak = 4;
/* Processors there may ever be: rows of a per-CPU value. */
const volatile __u32 setting_processors SEC(".rodata") __weak = 1;
/* Secret of the connection table's hash: the peers choose what is hashed. */
const volatile __u64 setting_hash_seed SEC(".rodata") __weak = 0;
/* Take the time from the control row: for tests that must own the clock. */
const volatile __u8 setting_test_clock SEC(".rodata") __weak = 0;

#endif
