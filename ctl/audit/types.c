// SPDX-License-Identifier: GPL-2.0-only
/*
 * The types of audit records and their keys. Knows nothing of how a record is written.
 */
#include "types.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define MUST(name, kind, english) { name, SEKISHO_FIELD_##kind, false, english }
#define MAY(name, kind, english)  { name, SEKISHO_FIELD_##kind, true, english }
#define END			  { NULL, SEKISHO_FIELD_TEXT, true, NULL }

static const struct sekisho_field policy_fields[] = {
	MUST("actor", TEXT, "who did it"),
	MAY("second", TEXT, "the second person"),
	MAY("role", TEXT, "the role the actor acted in"),
	MAY("authority", TEXT, "on whose authority"),
	MAY("ticket", TEXT, "the request it belongs to"),
	MAY("file", TEXT, "the policy file"),
	MAY("digest_before", TEXT, "SHA-256 of the canonical policy that was in force"),
	MAY("digest_after", TEXT, "SHA-256 of the canonical policy asked for"),
	MAY("flows", NUMBER, "how many flows it has"),
	MAY("confirm", NUMBER, "seconds until it falls back unless confirmed"),
	MAY("reason", TEXT, "why, or what was refused"),
	MAY("findings", TEXTS, "what the check found, one text a finding"),
	END,
};

static const struct sekisho_field isolate_fields[] = {
	MUST("segment", TEXT, "the segment, or `all`"),
	MUST("reason", TEXT, "why"),
	MUST("authority", TEXT, "on whose authority"),
	MAY("actor", TEXT, "who did it"),
	MAY("second", TEXT, "the second person"),
	MAY("ticket", TEXT, "the request it belongs to"),
	END,
};

static const struct sekisho_field release_fields[] = {
	MUST("segment", TEXT, "the segment, or `all`"),
	MAY("reason", TEXT, "why"),
	MAY("authority", TEXT, "on whose authority"),
	MUST("actor", TEXT, "who did it"),
	MUST("second", TEXT, "the second person"),
	MAY("ticket", TEXT, "the request it belongs to"),
	END,
};

static const struct sekisho_field suspend_fields[] = {
	MUST("target", TEXT, "the address or MAC address"),
	MUST("reason", TEXT, "why"),
	MUST("authority", TEXT, "on whose authority"),
	MAY("actor", TEXT, "who did it"),
	MAY("second", TEXT, "the second person"),
	MAY("ticket", TEXT, "the request it belongs to"),
	END,
};

static const struct sekisho_field restore_fields[] = {
	MUST("target", TEXT, "the address or MAC address"),
	MAY("reason", TEXT, "why"),
	MAY("authority", TEXT, "on whose authority"),
	MUST("actor", TEXT, "who did it"),
	MAY("second", TEXT, "the second person"),
	MAY("ticket", TEXT, "the request it belongs to"),
	END,
};

static const struct sekisho_field permit_fields[] = {
	MUST("reason", TEXT, "the verdict's reason"),
	MUST("direction", TEXT, "input or output"),
	MAY("from", TEXT, "source segment"),
	MAY("to", TEXT, "destination segment"),
	MAY("src", TEXT, "source address"),
	MAY("dst", TEXT, "destination address"),
	MAY("proto", TEXT, "tcp, udp, icmp, icmpv6 or a number"),
	MAY("sport", NUMBER, "source port"),
	MAY("dport", NUMBER, "destination port"),
	MAY("icmp", TEXT, "ICMP type/code"),
	MAY("smac", TEXT, "source MAC address"),
	MAY("vlan", NUMBER, "VLAN"),
	MAY("interface", TEXT, "interface"),
	MAY("flow", TEXT, "the flow that permits it"),
	MUST("count", NUMBER, "packets, those not told one by one included"),
	MUST("at", TIME, "when it was judged"),
	END,
};

static const struct sekisho_field deny_fields[] = {
	MUST("reason", TEXT, "the verdict's reason"),
	MUST("direction", TEXT, "input or output"),
	MAY("enforcer", TEXT, "`guard` where the kernel guard denied it"),
	MAY("breach", TEXT, "an attempt across the separation: `from>to`"),
	MAY("from", TEXT, "source segment"),
	MAY("to", TEXT, "destination segment"),
	MAY("src", TEXT, "source address"),
	MAY("dst", TEXT, "destination address"),
	MAY("proto", TEXT, "tcp, udp, icmp, icmpv6 or a number"),
	MAY("sport", NUMBER, "source port of the first packet"),
	MAY("dport", NUMBER, "destination port"),
	MAY("icmp", TEXT, "ICMP type/code of the first packet"),
	MAY("smac", TEXT, "source MAC address of the first packet"),
	MAY("expected_macs", TEXTS, "the MAC addresses the flow permits (mac-mismatch)"),
	MAY("vlan", NUMBER, "VLAN of the first packet"),
	MAY("interface", TEXT, "interface of the first packet"),
	MAY("ethertype", TEXT, "EtherType of what is not IP"),
	MAY("flow", TEXT, "the flow it came nearest to"),
	MAY("overflow", TEXT, "too many keys: all further ones of this source, pair or reason"),
	MUST("count", NUMBER, "packets, those not told one by one included"),
	MUST("bytes", NUMBER, "bytes of the packets told one by one"),
	MUST("first", TIME, "when the first was judged"),
	MUST("last", TIME, "when the last was judged"),
	END,
};

static const struct sekisho_field flow_end_fields[] = {
	MUST("cause", TEXT, "idle, closed, reset, expired, revoked or reopened"),
	MAY("reason", TEXT, "the last verdict's reason"),
	MAY("flow", TEXT, "the flow that permitted it"),
	MAY("from", TEXT, "the initiator's segment"),
	MAY("to", TEXT, "the responder's segment"),
	MUST("initiator", TEXT, "the initiator's address"),
	MUST("responder", TEXT, "the responder's address"),
	MUST("proto", TEXT, "tcp, udp, icmp, icmpv6 or a number"),
	MAY("initiator_port", NUMBER, "the initiator's port"),
	MAY("responder_port", NUMBER, "the responder's port"),
	MUST("start", TIME, "when it began"),
	MUST("end", TIME, "when it ended"),
	MUST("packets_out", NUMBER, "packets from the initiator"),
	MUST("packets_in", NUMBER, "packets to the initiator"),
	MUST("bytes_out", NUMBER, "bytes from the initiator"),
	MUST("bytes_in", NUMBER, "bytes to the initiator"),
	END,
};

static const struct sekisho_field counters_fields[] = {
	MUST("frames", NUMBER, "frames judged since the counters began"),
	MUST("permitted", NUMBER, "of them permitted"),
	MUST("denied", NUMBER, "of them denied"),
	MUST("lost_events", NUMBER, "events that found no room"),
	MUST("reasons", NUMBERS, "packets by reason; those without any are left out"),
	END,
};

static const struct sekisho_field expiry_fields[] = {
	MUST("flow", TEXT, "the flow"),
	MUST("valid_until", TIME, "when it ends or ended"),
	MAY("days", NUMBER, "days that remain"),
	END,
};

static const struct sekisho_field guard_fields[] = {
	MAY("actor", TEXT, "who did it"),
	MAY("second", TEXT, "the second person"),
	MAY("reason", TEXT, "why"),
	MAY("expected_generation", NUMBER, "the generation that should be in force"),
	MAY("found_generation", NUMBER, "the generation the guard reports"),
	MAY("expected_digest", TEXT, "the policy's digest"),
	MAY("found_digest", TEXT, "the digest the guard reports"),
	MAY("denied", TEXT, "the guard's reason for denying what a program let pass"),
	MAY("direction", TEXT, "input or output"),
	MAY("from", TEXT, "source segment"),
	MAY("to", TEXT, "destination segment"),
	MAY("src", TEXT, "source address"),
	MAY("dst", TEXT, "destination address"),
	MAY("proto", TEXT, "tcp, udp, icmp, icmpv6 or a number"),
	MAY("sport", NUMBER, "source port of the first packet"),
	MAY("dport", NUMBER, "destination port"),
	MAY("icmp", TEXT, "ICMP type/code of the first packet"),
	MAY("smac", TEXT, "source MAC address of the first packet"),
	MAY("expected_macs", TEXTS, "the MAC addresses the flow permits (mac-mismatch)"),
	MAY("vlan", NUMBER, "VLAN of the first packet"),
	MAY("interface", TEXT, "interface of the first packet"),
	MAY("ethertype", TEXT, "EtherType of what is not IP"),
	MAY("flow", TEXT, "the flow it came nearest to"),
	MAY("overflow", TEXT, "too many keys: all further ones of this source, pair or reason"),
	MAY("count", NUMBER, "packets"),
	MAY("bytes", NUMBER, "their bytes"),
	MAY("first", TIME, "when the first was judged"),
	MAY("last", TIME, "when the last was judged"),
	END,
};

static const struct sekisho_field link_fields[] = {
	MUST("interface", TEXT, "interface"),
	MUST("state", TEXT, "attached, detached, gone or added"),
	MAY("mode", TEXT, "native or generic"),
	END,
};

static const struct sekisho_field clock_fields[] = {
	MUST("step_ms", NUMBER, "by how much the wall clock moved beside the monotonic one"),
	MUST("before", TEXT, "synchronised or unsynchronised"),
	MUST("after", TEXT, "synchronised or unsynchronised"),
	END,
};

static const struct sekisho_field loss_fields[] = {
	MUST("count", NUMBER, "how much is missing"),
	MUST("start", TIME, "from when"),
	MUST("end", TIME, "until when"),
	MUST("cause", TEXT,
	     "disk-full, io-error, buffer-full, refused, torn, ring-full, forgotten, unwritten, "
	     "netlink-full, rolled-back"),
	MAY("detail", TEXT, "where what could be saved of it is"),
	END,
};

static const struct sekisho_field retention_fields[] = {
	MUST("first_seq", NUMBER, "the number of the first record that is removed"),
	MUST("last_seq", NUMBER, "and of the last"),
	MUST("last_hash", TEXT,
	     "SHA-256 of the last one's line: the `prev` of the first that stays"),
	MUST("bytes", NUMBER, "how many bytes they take"),
	MUST("newest", TIME, "when the newest of them was made"),
	MUST("kept_days", NUMBER, "for how many days the policy in force keeps records"),
	END,
};

static const struct sekisho_field run_fields[] = {
	MUST("program", TEXT, "the program"),
	MAY("version", TEXT, "its version"),
	MUST("pid", NUMBER, "its process id"),
	MAY("reason", TEXT, "why it started or stopped"),
	END,
};

static const struct sekisho_type types[SEKISHO_RECORD_TYPES] = {
	[SEKISHO_RECORD_POLICY_APPLY] = { "policy.apply", policy_fields,
					  "a policy was put in force", "ポリシー適用" },
	[SEKISHO_RECORD_POLICY_REJECT] = { "policy.reject", policy_fields, "a policy was refused",
					   "ポリシー拒否" },
	[SEKISHO_RECORD_POLICY_CONFIRM] = { "policy.confirm", policy_fields,
					    "a policy was confirmed", "ポリシー確定" },
	[SEKISHO_RECORD_POLICY_ROLLBACK] = { "policy.rollback", policy_fields,
					     "an earlier policy was put back", "ポリシー復元" },
	[SEKISHO_RECORD_POLICY_PROPOSE] = { "policy.propose", policy_fields,
					    "a policy was proposed", "ポリシー申請" },
	[SEKISHO_RECORD_POLICY_APPROVE] = { "policy.approve", policy_fields,
					    "a policy was approved", "ポリシー承認" },
	[SEKISHO_RECORD_ISOLATE] = { "isolate", isolate_fields, "a segment was isolated",
				     "緊急遮断" },
	[SEKISHO_RECORD_RELEASE] = { "release", release_fields, "an isolation was lifted",
				     "緊急遮断解除" },
	[SEKISHO_RECORD_SUSPEND] = { "suspend", suspend_fields, "a host was suspended",
				     "端末の利用停止" },
	[SEKISHO_RECORD_RESTORE] = { "restore", restore_fields, "a suspension was lifted",
				     "端末の利用再開" },
	[SEKISHO_RECORD_PERMIT] = { "permit", permit_fields, "a connection was permitted",
				    "通信許可" },
	[SEKISHO_RECORD_DENY] = { "deny", deny_fields, "packets were denied", "通信拒否" },
	[SEKISHO_RECORD_FLOW_END] = { "flow.end", flow_end_fields, "a connection ended",
				      "通信終了" },
	[SEKISHO_RECORD_COUNTERS] = { "counters", counters_fields, "the counters", "計数" },
	[SEKISHO_RECORD_EXPIRY_NOTICE] = { "expiry.notice", expiry_fields, "a permission ends soon",
					   "期限予告" },
	[SEKISHO_RECORD_EXPIRY_EXPIRED] = { "expiry.expired", expiry_fields, "a permission ended",
					    "期限切れ" },
	[SEKISHO_RECORD_GUARD_ATTACH] = { "guard.attach", guard_fields,
					  "the kernel guard took up a policy or was sealed",
					  "カーネル側監視開始" },
	[SEKISHO_RECORD_GUARD_DETACH] = { "guard.detach", guard_fields,
					  "the kernel guard went or was unsealed",
					  "カーネル側監視終了" },
	[SEKISHO_RECORD_GUARD_MISMATCH] = { "guard.mismatch", guard_fields,
					    "kernel guard and maps differed",
					    "カーネル側監視の不一致" },
	[SEKISHO_RECORD_LINK] = { "link", link_fields, "a port's program came or went",
				  "ポート状態" },
	[SEKISHO_RECORD_CLOCK] = { "clock", clock_fields, "the clock was set or lost its source",
				   "時刻変更" },
	[SEKISHO_RECORD_LOSS] = { "loss", loss_fields, "records or events are missing",
				  "記録欠落" },
	[SEKISHO_RECORD_RETENTION] = { "retention", retention_fields,
				       "records were removed when their time was over",
				       "保存期間満了の削除" },
	[SEKISHO_RECORD_START] = { "start", run_fields, "the collector started", "収集開始" },
	[SEKISHO_RECORD_STOP] = { "stop", run_fields, "the collector stopped", "収集終了" },
};

const struct sekisho_type *sekisho_type_get(enum sekisho_record_type type)
{
	if ((unsigned int)type >= SEKISHO_RECORD_TYPES)
		return NULL;
	return &types[type];
}

int sekisho_type_find(const char *name)
{
	int type;

	for (type = 0; type < SEKISHO_RECORD_TYPES; type++)
		if (!strcmp(types[type].name, name))
			return type;
	return -ENOENT;
}
