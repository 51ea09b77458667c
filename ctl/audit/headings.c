// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the columns of an exported table are called. Knows nothing of tables.
 */
#include "headings.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *key, *english, *japanese;
} headings[] = {
	/* Of the table itself. */
	{ "handling", "Handling", "取扱区分" },
	{ "notice", "Notice", "注意" },
	{ "what", "What", "内容" },
	{ "offset", "UTC offset", "UTCとの差" },
	{ "other", "Other keys", "その他の項目" },
	{ "records", "Records", "記録数" },
	{ "connections", "Connections", "接続数" },
	{ "sha256", "SHA-256 of the record", "記録のSHA-256" },
	{ "log_file", "Log file", "ログファイル" },
	{ "log_row", "Line in the log file", "ログファイルの行" },
	/* Of every record. */
	{ "v", "Format", "形式" },
	{ "seq", "Record", "記録番号" },
	{ "time", "Time", "日時" },
	{ "clock", "Clock", "時刻同期" },
	{ "boot", "Boot id", "起動ID" },
	{ "mono_ns", "Monotonic clock (ns)", "単調時計（ns）" },
	{ "host", "Host", "ホスト" },
	{ "generation", "Generation", "世代" },
	{ "type", "Type", "種別" },
	{ "cut", "Cut", "切り詰め" },
	{ "prev", "SHA-256 of the record before", "直前の記録のSHA-256" },
	/* Of their types. */
	{ "actor", "Actor", "実施者" },
	{ "second", "Second person", "立会者" },
	{ "role", "Role", "役割" },
	{ "authority", "Authority", "権限" },
	{ "ticket", "Ticket", "申請番号" },
	{ "file", "Policy file", "ポリシーファイル" },
	{ "digest_before", "Digest before", "変更前ダイジェスト" },
	{ "digest_after", "Digest after", "変更後ダイジェスト" },
	{ "flows", "Flows", "許可通信数" },
	{ "confirm", "Seconds to confirm", "確定期限（秒）" },
	{ "reason", "Reason", "理由" },
	{ "findings", "Findings", "検査結果" },
	{ "segment", "Segment", "領域" },
	{ "target", "Target", "対象" },
	{ "direction", "Direction", "向き" },
	{ "enforcer", "Enforcer", "判定者" },
	{ "breach", "Breach", "分離違反" },
	{ "from", "From", "送信元領域" },
	{ "to", "To", "宛先領域" },
	{ "src", "Source", "送信元アドレス" },
	{ "dst", "Destination", "宛先アドレス" },
	{ "proto", "Protocol", "プロトコル" },
	{ "sport", "Source port", "送信元ポート" },
	{ "dport", "Destination port", "宛先ポート" },
	{ "icmp", "ICMP type/code", "ICMPタイプ・コード" },
	{ "smac", "Source MAC", "送信元MACアドレス" },
	{ "expected_macs", "Permitted MACs", "許可MACアドレス" },
	{ "vlan", "VLAN", "VLAN" },
	{ "interface", "Interface", "インターフェース" },
	{ "ethertype", "EtherType", "イーサタイプ" },
	{ "flow", "Flow", "許可通信ID" },
	{ "overflow", "Added up", "集約" },
	{ "count", "Count", "件数" },
	{ "bytes", "Bytes", "バイト数" },
	{ "first", "First", "最初" },
	{ "last", "Last", "最後" },
	{ "at", "Judged at", "判定日時" },
	{ "first_seq", "First removed record", "削除した最初の記録番号" },
	{ "last_seq", "Last removed record", "削除した最後の記録番号" },
	{ "last_hash", "SHA-256 of the last removed record", "削除した最後の記録のSHA-256" },
	{ "newest", "Newest removed record of", "削除した最新の記録の日時" },
	{ "kept_days", "Days kept", "保存日数" },
	{ "cause", "Cause", "原因" },
	{ "initiator", "Initiator", "発信側アドレス" },
	{ "responder", "Responder", "着信側アドレス" },
	{ "initiator_port", "Initiator port", "発信側ポート" },
	{ "responder_port", "Responder port", "着信側ポート" },
	{ "start", "Start", "開始" },
	{ "end", "End", "終了" },
	{ "packets_out", "Packets out", "送信パケット数" },
	{ "packets_in", "Packets in", "受信パケット数" },
	{ "bytes_out", "Bytes out", "送信バイト数" },
	{ "bytes_in", "Bytes in", "受信バイト数" },
	{ "frames", "Frames", "判定フレーム数" },
	{ "permitted", "Permitted", "許可数" },
	{ "denied", "Denied", "拒否" },
	{ "lost_events", "Lost events", "欠落イベント数" },
	{ "reasons", "Packets by reason", "理由別パケット数" },
	{ "valid_until", "Valid until", "有効期限" },
	{ "days", "Days left", "残日数" },
	{ "expected_generation", "Expected generation", "期待する世代" },
	{ "found_generation", "Found generation", "検出した世代" },
	{ "expected_digest", "Expected digest", "期待するダイジェスト" },
	{ "found_digest", "Found digest", "検出したダイジェスト" },
	{ "state", "State", "状態" },
	{ "mode", "Mode", "方式" },
	{ "step_ms", "Step (ms)", "時刻の変化（ms）" },
	{ "before", "Before", "変更前" },
	{ "after", "After", "変更後" },
	{ "detail", "Detail", "詳細" },
	{ "program", "Program", "プログラム" },
	{ "version", "Version", "版" },
	{ "pid", "Process id", "プロセスID" },
	/* Of the guideline's table. */
	{ "id", "No.", "番号" },
	{ "item", "Item", "監査項目" },
	{ "requirement", "Requirement", "要求事項" },
	{ "evidence", "Evidence", "証跡" },
	{ "how", "How it was obtained", "入手方法" },
	{ "result", "Result", "確認結果" },
};

const char *sekisho_heading(const char *key, bool japanese)
{
	for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++)
		if (!strcmp(headings[i].key, key))
			return japanese ? headings[i].japanese : headings[i].english;
	return key;
}
