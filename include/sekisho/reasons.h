/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verdict reasons: the one table from which the enum, names, texts, counters, documentation
 * and tests are made. Knows nothing of packets or maps.
 *
 * SEKISHO_REASONS(X) calls X(number, SYMBOL, name, class, english, japanese) once a reason, in the
 * order of decision. Numbers are part of the kernel interface: never reuse one; 0 is invalid.
 * The class is PERMIT or DENY: a reason decides the frame's fate, so the two can never disagree.
 */
#ifndef SEKISHO_REASONS_H
#define SEKISHO_REASONS_H

/* clang-format off */
#define SEKISHO_REASONS(X) \
	X(1, PERMIT_CONTROL, "permit-control", PERMIT, \
	  "link control traffic (ARP, neighbour discovery, multicast listener, DHCP)", \
	  "リンク制御通信（ARP・近隣探索・MLD・DHCP）") \
	X(2, PERMIT_ESTABLISHED, "permit-established", PERMIT, \
	  "belongs to a connection that a flow permitted", \
	  "許可済みの接続に属する通信") \
	X(3, PERMIT_RELATED, "permit-related", PERMIT, \
	  "ICMP error about a permitted connection", \
	  "許可済みの接続に関するICMPエラー") \
	X(4, PERMIT_INTRA, "permit-intra", PERMIT, \
	  "stays within a segment that permits it", \
	  "領域内通信（領域の設定で許可）") \
	X(5, PERMIT_NEW, "permit-new", PERMIT, \
	  "new connection permitted by a flow", \
	  "許可された通信の新規接続") \
	X(16, MALFORMED, "malformed", DENY, \
	  "truncated or contradictory headers", \
	  "ヘッダーが途切れているか矛盾している") \
	X(17, VLAN_INVALID, "vlan-invalid", DENY, \
	  "more than one VLAN tag, or a tag that is not 802.1Q", \
	  "VLANタグが二重、または802.1Q以外のタグ") \
	X(18, PORT_UNBOUND, "port-unbound", DENY, \
	  "no segment has this interface and VLAN", \
	  "どの領域にも属さないポート") \
	X(19, ETHERTYPE, "ethertype", DENY, \
	  "this EtherType is not listed for the segment", \
	  "領域で許可されていないイーサタイプ") \
	X(20, ISOLATED, "isolated", DENY, \
	  "the segment is isolated", \
	  "領域が緊急遮断中") \
	X(21, SUSPENDED, "suspended", DENY, \
	  "the host is suspended", \
	  "利用停止中の端末") \
	X(22, SOURCE_SPOOFED, "source-spoofed", DENY, \
	  "the source address cannot come from this port", \
	  "送信元アドレスがこのポートのものではない（詐称）") \
	X(23, IPV6_EXTENSION, "ipv6-extension", DENY, \
	  "forbidden IPv6 extension headers", \
	  "許されないIPv6拡張ヘッダー") \
	X(24, FRAGMENT_TINY, "fragment-tiny", DENY, \
	  "first fragment without the whole transport header", \
	  "先頭フラグメントにトランスポートヘッダー全体がない") \
	X(25, FRAGMENT_ORPHAN, "fragment-orphan", DENY, \
	  "fragment whose first fragment was not permitted", \
	  "許可された先頭フラグメントのない断片") \
	X(26, TCP_INVALID, "tcp-invalid", DENY, \
	  "TCP flags, state or window are impossible", \
	  "TCPのフラグ・状態・ウィンドウが不正") \
	X(27, ICMP_UNRELATED, "icmp-unrelated", DENY, \
	  "ICMP error about no permitted connection", \
	  "許可済みの接続に関係しないICMPエラー") \
	X(28, NO_DESTINATION, "no-destination", DENY, \
	  "the destination is in no segment", \
	  "宛先がどの領域にも属さない") \
	X(29, TCP_NO_STATE, "tcp-no-state", DENY, \
	  "TCP segment of no known connection", \
	  "既知の接続に属さないTCPセグメント") \
	X(30, EXPIRED, "expired", DENY, \
	  "the permission has ended", \
	  "許可の期限切れ") \
	X(31, NOT_YET_VALID, "not-yet-valid", DENY, \
	  "the permission has not begun", \
	  "許可の開始前") \
	X(32, OUTSIDE_SCHEDULE, "outside-schedule", DENY, \
	  "outside the permission's hours", \
	  "許可の時間帯外") \
	X(33, MAC_MISMATCH, "mac-mismatch", DENY, \
	  "the source MAC address is not the permitted one", \
	  "送信元MACアドレスが許可と異なる") \
	X(34, PORT_NOT_PERMITTED, "port-not-permitted", DENY, \
	  "the hosts may talk, but not over this service", \
	  "許可されていないポート・プロトコル") \
	X(35, NOT_LISTED, "not-listed", DENY, \
	  "no flow between these hosts", \
	  "許可一覧にない端末間の通信") \
	X(36, PEER_UNREGISTERED, "peer-unregistered", DENY, \
	  "the external peer is not registered", \
	  "登録されていない外部接続先") \
	X(37, NOT_A_GATEWAY, "not-a-gateway", DENY, \
	  "between LGWAN and the internet only through a sanitising gateway", \
	  "LGWAN系とインターネット系の間は無害化ゲートウェイ経由のみ") \
	X(38, NO_FLOW, "no-flow", DENY, \
	  "isolation: no flow between these segments", \
	  "分離：領域間に許可された通信がない") \
	X(39, REVOKED, "revoked", DENY, \
	  "the permission was removed", \
	  "許可が取り消された") \
	X(40, LIMIT, "limit", DENY, \
	  "the flow's limit is used up", \
	  "通信の上限に達した") \
	X(41, STATE_FULL, "state-full", DENY, \
	  "no room for another connection", \
	  "接続表に空きがない") \
	X(42, UNJUDGED, "unjudged", DENY, \
	  "leaving without a tracked connection", \
	  "追跡中の接続がないまま出ようとした") \
	X(43, NO_POLICY, "no-policy", DENY, \
	  "no policy is in force", \
	  "有効なポリシーがない")
/* clang-format on */

#define SEKISHO_REASON_ENUM(number, symbol, name, class, english, japanese) \
	SEKISHO_REASON_##symbol = (number),

/**
 * enum sekisho_reason - why a frame was permitted or denied
 *
 * Exactly one is given to every frame (semantics.md, Order of decision).
 */
enum sekisho_reason {
	SEKISHO_REASON_INVALID = 0,
	SEKISHO_REASONS(SEKISHO_REASON_ENUM)
};

#undef SEKISHO_REASON_ENUM

/* Counter arrays have this many rows: a power of two above every number. */
#define SEKISHO_REASON_ROWS 64

/* Permitting reasons are numbered below this, denying ones from it: one compare on the hot path. */
#define SEKISHO_REASON_FIRST_DENY 16

static inline int sekisho_reason_permits(unsigned int reason)
{
	return reason != SEKISHO_REASON_INVALID && reason < SEKISHO_REASON_FIRST_DENY;
}

#endif
