// SPDX-License-Identifier: GPL-2.0-only
/*
 * The items of the guideline's table. Knows nothing of how counts are told.
 */
#include "guideline_items.h"

const struct sekisho_guideline_definition sekisho_guideline_items[SEKISHO_GUIDELINE_ITEMS] = {
	[SEKISHO_ITEM_SEPARATION] = { "R1", "separation of segments", "領域間の分離",
				      "systems that handle My Number cannot talk to other "
				      "segments; every pair "
				      "of segments is denied unless permitted",
				      "マイナンバー利用事務系は他の領域と通信できない。許可のない領"
				      "域間はすべて"
				      "拒否",
				      .types = SEKISHO_TYPE_BIT(DENY), .key = "breach",
				      .group = "breach" },
	[SEKISHO_ITEM_ENFORCEMENT] = { "R1", "enforcement without a gap", "分離の維持",
				       "nothing that enforces the separation is missing",
				       "分離の仕組みが常に有効",
				       .types = SEKISHO_TYPE_BIT(GUARD_DETACH) |
						SEKISHO_TYPE_BIT(GUARD_MISMATCH) |
						SEKISHO_TYPE_BIT(LINK),
				       .some = SEKISHO_GUIDELINE_ATTENTION },
	[SEKISHO_ITEM_SPECIFIED] = { "R2", "limits of specified communication", "特定通信の限定",
				     "route (MAC and IP address) and application protocol (port) "
				     "are limited",
				     "通信経路（MACアドレス・IPアドレス）とアプリケーションプロトコ"
				     "ル（ポート番"
				     "号）"
				     "の限定",
				     .types = SEKISHO_TYPE_BIT(DENY), .key = "reason",
				     .values = { "mac-mismatch", "port-not-permitted",
						 "not-listed" },
				     .group = "reason" },
	[SEKISHO_ITEM_PEERS] = { "R3", "external peers", "外部接続先",
				 "only registered external peers are reached",
				 "登録した外部接続先とだけ通信", .types = SEKISHO_TYPE_BIT(DENY),
				 .key = "reason", .values = { "peer-unregistered" },
				 .group = "src" },
	[SEKISHO_ITEM_DIRECTIONS] = { "R4", "separate routes by direction", "通信経路の分割",
				      "permitting one direction does not permit the other",
				      "一方向の許可は逆方向を許可しない",
				      .types = SEKISHO_TYPE_BIT(PERMIT), .pairs = true },
	[SEKISHO_ITEM_SANITISE] = { "R5", "sanitised communication", "無害化通信",
				    "LGWAN and internet meet only at a registered sanitising "
				    "gateway",
				    "LGWAN接続系とインターネット接続系の間は登録した無害化ゲートウ"
				    "ェイ経由のみ",
				    .types = SEKISHO_TYPE_BIT(DENY), .key = "reason",
				    .values = { "not-a-gateway" }, .pairs = true },
	[SEKISHO_ITEM_DENIED] = { "R6", "watch for illegitimate traffic", "不正通信の監視",
				  "denied attempts are recorded with their reason",
				  "拒否した通信を理由とともに記録", .types = SEKISHO_TYPE_BIT(DENY),
				  .key = "reason", .group = "reason" },
	[SEKISHO_ITEM_DUAL_ROLES] = { "R9", "no dual roles", "兼務の禁止",
				      "who asks is not who approves; where it is one person, the "
				      "reason is "
				      "written",
				      "申請者と承認者は別人。同じ場合は理由を明記", .types = 0 },
	[SEKISHO_ITEM_ROLES] = { "R10", "roles and authority", "役割と権限",
				 "acts name who did them, and on whose authority",
				 "操作に実施者と権限を記録", .types = SEKISHO_GUIDELINE_ACTS },
	[SEKISHO_ITEM_EXCEPTIONS] = { "R11", "exceptions", "例外措置",
				      "exceptions are approved, end, and are recorded",
				      "例外措置の許可・期限・記録", .types = 0 },
	[SEKISHO_ITEM_EXPIRIES] = { "R12", "ends of permissions", "許可の期限",
				    "every permission ends, and is announced before",
				    "許可には期限があり、事前に予告",
				    .types = SEKISHO_TYPE_BIT(EXPIRY_NOTICE) |
					     SEKISHO_TYPE_BIT(EXPIRY_EXPIRED) },
	[SEKISHO_ITEM_WINDOWS] = { "R13", "hours of contracted work", "業務委託の時間帯",
				   "what is permitted for certain hours is denied outside them",
				   "許可した時間帯の外の通信は拒否",
				   .types = SEKISHO_TYPE_BIT(DENY), .key = "reason",
				   .values = { "outside-schedule", "not-yet-valid", "expired" },
				   .group = "flow" },
	[SEKISHO_ITEM_SUSPENSIONS] = { "R14", "suspension of hosts", "利用権の停止",
				       "a host is suspended at once, with reason and authority",
				       "端末を直ちに停止し、理由と権限を記録",
				       .types = SEKISHO_TYPE_BIT(SUSPEND) |
						SEKISHO_TYPE_BIT(RESTORE) },
	[SEKISHO_ITEM_ISOLATIONS] = { "R15", "emergency isolation", "緊急時の措置",
				      "a segment is cut off at once; two persons release it",
				      "領域を直ちに遮断。解除は2人で行う",
				      .types = SEKISHO_TYPE_BIT(ISOLATE) |
					       SEKISHO_TYPE_BIT(RELEASE) },
	[SEKISHO_ITEM_CHANGED] = { "R16", "record of changes", "変更の記録",
				   "changes are recorded with digests, actor, second person and "
				   "ticket",
				   "変更前後のダイジェスト、実施者、立会者、申請番号を記録",
				   .types = SEKISHO_GUIDELINE_CHANGES },
	[SEKISHO_ITEM_LOSSES] = { "R17", "gaps in the log", "ログが取得できない場合",
				  "gaps are recorded with start, end and count",
				  "欠落の開始・終了・件数を記録", .types = SEKISHO_TYPE_BIT(LOSS),
				  .group = "cause", .some = SEKISHO_GUIDELINE_ATTENTION },
	[SEKISHO_ITEM_INTEGRITY] = { "R18", "integrity of the log", "ログの完全性",
				     "the log shows whether it was tampered with",
				     "ログの改ざんを検出できる", .types = 0 },
	[SEKISHO_ITEM_CLOCK] = { "R19", "synchronised clock", "時刻同期",
				 "clocks are synchronised; where they were not, it is told",
				 "時刻を同期し、同期していない期間を明示",
				 .types = SEKISHO_TYPE_BIT(CLOCK),
				 .some = SEKISHO_GUIDELINE_ATTENTION },
	[SEKISHO_ITEM_INSPECTION] = { "R20", "audit and self-inspection", "監査・自己点検",
				      "the evidence can be handed to an auditor",
				      "証跡を監査に提出できる", .types = 0 },
	[SEKISHO_ITEM_CLASSES] = { "R21", "classes of information assets", "情報資産の分類",
				   "segments carry classes; what is handed on bears the highest",
				   "領域に分類を付け、出力に最高の分類を表示", .types = 0 },
	[SEKISHO_ITEM_MISTAKES] = { "R22", "prevention of mistakes", "設定誤りの防止",
				    "a policy with mistakes is refused, and that is recorded",
				    "誤りのあるポリシーは拒否して記録",
				    .types = SEKISHO_TYPE_BIT(POLICY_REJECT) },
};
