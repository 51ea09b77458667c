/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be wrong with an audit log: the one table from which the enum, names and texts are
 * made. Knows nothing of how it is found.
 *
 * SEKISHO_DEFECTS(X) calls X(SYMBOL, name, english, japanese) once a defect.
 */
#ifndef SEKISHO_AUDIT_DEFECT_H
#define SEKISHO_AUDIT_DEFECT_H

/* clang-format off */
#define SEKISHO_DEFECTS(X) \
	X(LINE_END, "line-end", "the line has no end", "行が途中で終わっている") \
	X(LINE_LENGTH, "line-length", "the line is longer than 8192 bytes", "行が8192バイトを超えている") \
	X(UTF8, "utf-8", "the line is not UTF-8", "行がUTF-8ではない") \
	X(FORM, "form", "the line is not a record", "行が記録の形式ではない") \
	X(SEQUENCE, "sequence", "another record should be here", "通し番号が続いていない") \
	X(CHAIN, "chain", "the record is not the one that its successor knows", \
	  "記録が次の記録の持つハッシュと一致しない") \
	X(FILE_NAME, "file-name", "no file of a log has such a name", \
	  "ログのファイル名ではない") \
	X(EMPTY_FILE, "empty-file", "the file is empty, and not the last", "途中のファイルが空") \
	X(START, "start", "the first records are missing", "先頭の記録がない") \
	X(TRUNCATED, "truncated", "the last records are missing", "末尾の記録がない") \
	X(NO_RECORDS, "no-records", "there is no record", "記録がない") \
	X(EXPECTED_HASH, "expected-hash", "the record is not the expected one", \
	  "記録が控えのハッシュと一致しない") \
	X(CHECKPOINT_FORM, "checkpoint-form", "the file is not a checkpoint of this name", \
	  "ファイルがその名のチェックポイントではない") \
	X(CHECKPOINT_KEY, "checkpoint-key", "there is no key to verify the checkpoints with", \
	  "チェックポイントを検証する鍵がない") \
	X(CHECKPOINT_SIGNATURE, "checkpoint-signature", "the checkpoint is not signed by the key", \
	  "チェックポイントの署名が鍵と合わない") \
	X(CHECKPOINT_ROOT, "checkpoint-root", "the records are not those that were signed", \
	  "記録が署名されたものと一致しない")
/* clang-format on */

#define SEKISHO_DEFECT_ENUM(symbol, name, english, japanese) SEKISHO_DEFECT_##symbol,

enum sekisho_defect {
	SEKISHO_DEFECT_NONE,
	SEKISHO_DEFECTS(SEKISHO_DEFECT_ENUM)
};

#undef SEKISHO_DEFECT_ENUM

#endif
