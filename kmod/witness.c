// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whatever changes the border, and whatever was refused, is told to the group and audited, in one
 * place. Knows nothing of how a change is made.
 */
#include <linux/audit.h>
#include <linux/etherdevice.h> /* has unaligned access, which the kernels keep elsewhere */
#include <linux/ratelimit.h>
#include <linux/string.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "audit.h"
#include "border.h"
#include "telling.h"
#include "witness.h"

/* So many refusals in so many seconds are told; no honest tool is refused that often. */
#define REFUSALS_TOLD	 20
#define REFUSALS_SECONDS 5

void sekisho_witness_init(struct sekisho_border *border)
{
	ratelimit_state_init(&border->refusals, REFUSALS_SECONDS * HZ, REFUSALS_TOLD);
	/* What was kept back is told here, not in the kernel's log. */
	ratelimit_set_flags(&border->refusals, RATELIMIT_MSG_ON_RELEASE);
	atomic_set(&border->refusals_kept_back, 0);
}

/* Who asked, where a process with a login did; a timer has none. */
static void note_asker(struct sekisho_event_note *note)
{
	kuid_t loginuid = audit_get_loginuid(current);

	if (!uid_valid(loginuid))
		return;
	note->loginuid = from_kuid(&init_user_ns, loginuid);
	note->has_loginuid = true;
}

static void note_policy(struct sekisho_event_note *note, const struct sekisho_policy *policy)
{
	if (!policy)
		return;
	note->generation = policy->generation;
	note->has_digest = true;
	memcpy(note->digest, policy->digest, sizeof(note->digest));
}

static void note_host(struct sekisho_event_note *note, const struct sekisho_suspension *host)
{
	if (host->family) {
		note->family = host->family;
		note->source = host->address;
	} else {
		note->has_mac = true;
		note->mac = host->address.low;
	}
}

static void tell_done(struct sekisho_border *border, enum sekisho_event_kind kind,
		      const struct sekisho_policy *policy, const struct sekisho_matter *matter)
{
	struct sekisho_event_note note = { .kind = kind };

	note_asker(&note);
	note_policy(&note, policy);
	if (matter && matter->segment)
		strscpy(note.from, matter->segment, sizeof(note.from));
	if (matter && matter->host)
		note_host(&note, matter->host);
	sekisho_telling_tell(border->telling, &note);
}

/* A host as a word: "10.0.0.1", "2001:db8::1", "52:54:00:12:34:56". */
static void host_text(const struct sekisho_suspension *host, char *text, size_t size)
{
	u8 bytes[16];

	put_unaligned_be64(host->address.high, bytes);
	put_unaligned_be64(host->address.low, bytes + 8);
	switch (host->family) {
	case 4:
		snprintf(text, size, "%pI4", bytes + 12);
		break;
	case 6:
		snprintf(text, size, "%pI6c", bytes);
		break;
	default:
		snprintf(text, size, "%pM", bytes + 10);
		break;
	}
}

void sekisho_witness_done(struct sekisho_border *border, enum sekisho_event_kind kind,
			  const char *operation, const struct sekisho_matter *matter)
{
	const struct sekisho_policy *policy = sekisho_border_policy(border);
	const char *subject = matter ? matter->segment : NULL;
	char host[48];

	if (matter && matter->host) {
		host_text(matter->host, host, sizeof(host));
		subject = host;
	}
	tell_done(border, kind, policy, matter);
	sekisho_audit(border, operation, policy ? policy->generation : 0,
		      policy ? policy->digest : NULL, subject, 0);
}

static void audit_kept_back(struct sekisho_border *border, u32 generation)
{
	int kept_back = atomic_xchg(&border->refusals_kept_back, 0);
	char count[16];

	if (!kept_back)
		return;
	snprintf(count, sizeof(count), "%d", kept_back);
	sekisho_audit(border, "refusals-kept-back", generation, NULL, count, -EAGAIN);
}

void sekisho_witness_refused(struct sekisho_border *border, const char *operation, u32 generation,
			     const char *text, int error)
{
	struct sekisho_event_note note = { .kind = SEKISHO_EVENT_KIND_REFUSED };

	if (!__ratelimit(&border->refusals)) {
		atomic_inc(&border->refusals_kept_back);
		return;
	}
	audit_kept_back(border, generation);
	note_asker(&note);
	note.generation = generation;
	snprintf(note.detail, sizeof(note.detail), "%s: %s", operation, text);
	sekisho_telling_tell(border->telling, &note);
	sekisho_audit(border, operation, generation, NULL, text, error);
}

void sekisho_witness_stale(struct sekisho_border *border)
{
	struct sekisho_event_note note = {
		.kind = SEKISHO_EVENT_KIND_STALE,
		.maps_generation = border->maps_generation,
	};

	note_asker(&note);
	note_policy(&note, sekisho_border_policy(border));
	sekisho_telling_tell(border->telling, &note);
}
