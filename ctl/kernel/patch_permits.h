/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Single permits into and out of a half, in the order in which they decide. Must not know address
 * sets or what rules say.
 */
#ifndef SEKISHO_KERNEL_PATCH_PERMITS_H
#define SEKISHO_KERNEL_PATCH_PERMITS_H

#include "patch.h"
#include "patch_keys.h"

/**
 * sekisho_patch_take_permit - take a permit out
 * @patch: the change
 * @half: the half
 * @permit: its row
 * @keys: gets the key of the rule that it had part in
 *
 * Return: 0 or -ENOMEM.
 */
int sekisho_patch_take_permit(struct sekisho_patch *patch, struct sekisho_half *half,
			      uint32_t permit, struct sekisho_patch_keys *keys);

/**
 * sekisho_patch_add_permit - put a flow's permit where it decides
 * @patch: the change; all permits that are in the half have their flows in flow_of_permit
 * @half: the half
 * @flow: the flow
 * @key: of its rule
 * @keys: gets @key, and the keys of permits that had to move
 *
 * Return: 0, -ENOMEM or -ENOSPC.
 */
int sekisho_patch_add_permit(struct sekisho_patch *patch, struct sekisho_half *half, uint32_t flow,
			     uint64_t key, struct sekisho_patch_keys *keys);

#endif
