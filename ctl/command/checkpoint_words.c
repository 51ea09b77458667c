// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why checkpoints are not made, in words. Knows nothing of how they are made.
 */
#include "command/checkpoint_words.h"

#include <errno.h>
#include <string.h>

#include "ui/message.h"
#include "ui/say.h"

#define NUM(number) ((unsigned long long)(number))

static void say_key(enum sekisho_checkpoint_fault fault, const char *keys)
{
	switch (fault) {
	case SEKISHO_CHECKPOINT_KEY_LOST:
		sekisho_say(_("no checkpoint is signed: there are checkpoints, and their key is "
			      "not in %s"),
			    keys);
		sekisho_say_hint(_("restore the key from its backup; without it, move the log away "
				   "and begin a new one"));
		break;
	case SEKISHO_CHECKPOINT_KEY_BAD:
		sekisho_say(_("no checkpoint is signed: the key in %s is no Ed25519 key"), keys);
		sekisho_say_hint(_("restore the key from its backup"));
		break;
	case SEKISHO_CHECKPOINT_KEY_OPEN:
		sekisho_say(
			_("no checkpoint is signed: others than its owner may read the key in %s"),
			keys);
		sekisho_say_hint(_("find out who had access; then chmod 0600"));
		break;
	default:
		sekisho_say(_("no checkpoint is signed: checkpoint.vkey is not of the key in %s"),
			    keys);
		sekisho_say_hint(_("find out which of the two was changed"));
	}
}

static void say_log(const struct sekisho_checkpoint_state *state)
{
	switch (state->fault) {
	case SEKISHO_CHECKPOINT_NOTE:
		sekisho_say(_("no checkpoint is signed: the newest checkpoint is not of this key"));
		sekisho_say_hint(_("'sekishoctl audit verify' says which"));
		break;
	case SEKISHO_CHECKPOINT_BEGINNING:
		sekisho_say(
			_("no checkpoint is signed: the first records are not there, and nothing "
			  "tells of their tree"));
		sekisho_say_hint(_("put the moved files back"));
		break;
	case SEKISHO_CHECKPOINT_SHORT:
		sekisho_say(
			_("no checkpoint is signed: %llu records that were signed are missing at "
			  "the end of the audit log"),
			NUM(state->missing));
		sekisho_say_hint(
			_("the log was cut off or an older copy was put back: keep it as it is, "
			  "and look for the missing records"));
		break;
	case SEKISHO_CHECKPOINT_DIFFERENT:
		sekisho_say(
			_("no checkpoint is signed: the first %llu records of the audit log are "
			  "not those that were signed"),
			NUM(state->signed_size));
		sekisho_say_hint(_("the log was changed: keep it as it is, and look for a copy"));
		break;
	default:
		sekisho_say(_("no checkpoint is signed: record %llu of the audit log is damaged or "
			      "missing"),
			    NUM(state->size));
		sekisho_say_hint(_("'sekishoctl audit verify' says what is wrong"));
	}
}

void sekisho_checkpoint_say(int error, const struct sekisho_checkpoint_state *state,
			    const char *keys)
{
	if (error != -ESTALE || !state) {
		if (error == -EBUSY)
			sekisho_say(_("another process signs the checkpoints of this log"));
		else
			sekisho_say(_("no checkpoint can be signed now: %s"), strerror(-error));
		return;
	}
	switch (state->fault) {
	case SEKISHO_CHECKPOINT_KEY_LOST:
	case SEKISHO_CHECKPOINT_KEY_BAD:
	case SEKISHO_CHECKPOINT_KEY_OPEN:
	case SEKISHO_CHECKPOINT_KEY_OTHER:
		say_key(state->fault, keys);
		break;
	default:
		say_log(state);
	}
}
