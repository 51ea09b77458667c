// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records for the kernel's audit subsystem, in its own form: words as field=value, text that
 * somebody else chose in quotes or, where it could be taken for something else, in hex. Knows
 * nothing of how a change came about.
 */
#include <linux/audit.h>
#include <linux/cred.h>
#include <linux/ctype.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>

#include "audit.h"
#include "border.h"

/* Longer text is cut: names have 31 bytes, texts of refusals fit. */
#define TEXT_BYTES 128

/* Whether a reader takes it for one word whatever it says; a quote or a space would end it. */
static bool is_plain(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '"')
			return false;
	return true;
}

static void log_bytes(struct audit_buffer *record, const u8 *bytes, size_t length)
{
	char hex[2 * TEXT_BYTES + 1];

	length = min_t(size_t, length, TEXT_BYTES);
	*bin2hex(hex, bytes, length) = '\0';
	audit_log_format(record, "%s", hex);
}

/* Upper case, as auditd's readers decode it. */
static void log_text(struct audit_buffer *record, const char *text)
{
	size_t length = strnlen(text, TEXT_BYTES);
	size_t i;

	if (is_plain(text, length)) {
		audit_log_format(record, "\"%.*s\"", (int)length, text);
		return;
	}
	for (i = 0; i < length; i++)
		audit_log_format(record, "%02X", (u8)text[i]);
}

static void log_asker(struct audit_buffer *record)
{
	audit_log_format(record, " pid=%d uid=%u auid=%u ses=%u", task_tgid_nr(current),
			 from_kuid(&init_user_ns, current_uid()),
			 from_kuid(&init_user_ns, audit_get_loginuid(current)),
			 audit_get_sessionid(current));
}

void sekisho_audit(const struct sekisho_border *border, const char *operation, u32 generation,
		   const u8 *digest, const char *subject, int result)
{
	struct audit_buffer *record;

	if (!IS_ENABLED(CONFIG_AUDIT))
		return;
	record = audit_log_start(audit_context(), GFP_KERNEL, AUDIT_KERNEL_OTHER);
	if (!record)
		return;
	audit_log_format(record, "sekisho op=%s net=%u gen=%u", operation, border->net->ns.inum,
			 generation);
	if (digest) {
		audit_log_format(record, " digest=");
		log_bytes(record, digest, SEKISHO_DIGEST_BYTES);
	}
	if (subject) {
		audit_log_format(record, " name=");
		log_text(record, subject);
	}
	log_asker(record);
	audit_log_format(record, " errno=%d res=%d", -result, !result);
	audit_log_end(record);
}
