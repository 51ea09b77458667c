// SPDX-License-Identifier: GPL-2.0-only
/*
 * Proofs as files. Knows nothing of what records say.
 */
#include "proof.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "notes.h"
#include "reader.h"

#define RECORD_FORM "c2sp.org/tlog-proof@v1"
#define GROWTH_FORM "sekisho.consistency-proof@v1"

/* While a log is walked over. */
struct walk {
	struct sekisho_proof *proof;
	const struct sekisho_pace *pace;
	struct sekisho_digester *digester;
	struct sekisho_merkle tree; /* of all records so far */
	struct sekisho_merkle range; /* for the proof */
};

static int take(struct walk *walk, const struct sekisho_entry *entry)
{
	struct sekisho_proof *proof = walk->proof;
	uint64_t seq = walk->tree.size;
	uint8_t leaf[SEKISHO_DIGEST_BYTES];
	int error;

	if (entry->defect || entry->line.seq != seq)
		return -ENOENT;
	error = sekisho_merkle_leaf(walk->digester, entry->text, entry->length - 1, leaf);
	if (!error)
		error = sekisho_merkle_append(&walk->tree, walk->digester, leaf);
	if (!error)
		error = sekisho_merkle_gather(&proof->hashes, &walk->range, walk->digester, seq,
					      leaf);
	if (proof->kind == SEKISHO_PROOF_RECORD && seq == proof->number) {
		proof->line_length = entry->length - 1;
		memcpy(proof->line, entry->text, proof->line_length);
	}
	return error;
}

static int walk_over(struct walk *walk, int directory)
{
	const struct sekisho_checkpoint *checkpoint = &walk->proof->note.checkpoint;
	uint8_t root[SEKISHO_DIGEST_BYTES];
	struct sekisho_reader *reader;
	int error = sekisho_reader_open(&reader, directory, walk->tree.size);

	if (!error)
		sekisho_reader_pace(reader, walk->pace);
	while (!error && walk->tree.size < checkpoint->size) {
		struct sekisho_entry entry;

		error = sekisho_reader_next(reader, &entry);
		error = error > 0 ? take(walk, &entry) : error ? error : -ENOENT;
	}
	sekisho_reader_close(reader);
	if (!error)
		error = sekisho_merkle_root(&walk->tree, walk->digester, root);
	if (!error && memcmp(root, checkpoint->root, sizeof(root)) != 0)
		error = -EBADMSG;
	return error;
}

/*
 * Begin with the first record that is there. What is known of the tree before it needs no trust: in
 * the end its root is compared with the signed one.
 */
static int begin(struct walk *walk, int directory)
{
	const struct sekisho_proof *proof = walk->proof;
	struct sekisho_frontier frontier;
	char name[SEKISHO_NOTE_NAME];
	struct sekisho_files files;
	int error = sekisho_files_list(directory, &files);
	uint64_t first = files.count ? files.first[0] : 0;

	sekisho_files_free(&files);
	if (error || !first)
		return error;
	sekisho_notes_name(name, SEKISHO_FRONTIERS, first);
	error = sekisho_notes_frontier(directory, name, &frontier);
	if (error)
		return error == -EINVAL ? -ENOENT : error;
	if (frontier.tree.size != first || proof->number < first) {
		walk->tree.size = proof->number < first ? proof->number : 0;
		return -ENOENT;
	}
	walk->tree = frontier.tree;
	return sekisho_merkle_resume(&walk->proof->hashes, &walk->range, walk->digester,
				     &walk->tree);
}

int sekisho_proof_make(int directory, struct sekisho_proof *proof, const struct sekisho_pace *pace,
		       uint64_t *bad)
{
	struct walk walk = { .proof = proof, .pace = pace, .digester = sekisho_digester_new() };
	int error;

	proof->line_length = 0;
	if (!walk.digester)
		return -EIO;
	if (proof->kind == SEKISHO_PROOF_RECORD)
		sekisho_merkle_plan_inclusion(proof->number, proof->note.checkpoint.size,
					      &proof->hashes);
	else
		sekisho_merkle_plan_consistency(proof->number, proof->note.checkpoint.size,
						&proof->hashes);
	error = begin(&walk, directory);
	if (!error)
		error = walk_over(&walk, directory);
	*bad = walk.tree.size;
	sekisho_digester_free(walk.digester);
	return error;
}

int sekisho_proof_write(const struct sekisho_proof *proof, FILE *stream)
{
	char text[SEKISHO_BASE64_BYTES(SEKISHO_RECORD_LINE_BYTES)];

	if (proof->kind == SEKISHO_PROOF_RECORD) {
		sekisho_base64(proof->line, proof->line_length, text);
		fprintf(stream, RECORD_FORM "\nextra %s\nindex %" PRIu64 "\n", text, proof->number);
	} else {
		fprintf(stream, GROWTH_FORM "\nold %" PRIu64 "\n", proof->number);
	}
	for (size_t i = 0; i < proof->hashes.count; i++) {
		sekisho_base64(proof->hashes.nodes[i], SEKISHO_DIGEST_BYTES, text);
		fprintf(stream, "%s\n", text);
	}
	fputc('\n', stream);
	fwrite(proof->note.text, 1, proof->note.length, stream);
	return fflush(stream) || ferror(stream) ? -EIO : 0;
}

/* The next line, and @text behind it; false where there is none. */
static bool next_line(const char **text, const char **line, size_t *length)
{
	const char *end = strchr(*text, '\n');

	if (!end)
		return false;
	*line = *text;
	*length = (size_t)(end - *text);
	*text = end + 1;
	return true;
}

/* A line `WORD REST`: what follows the space. */
static bool after(const char **line, size_t *length, const char *word)
{
	size_t bytes = strlen(word);

	if (*length <= bytes || memcmp(*line, word, bytes) != 0 || (*line)[bytes] != ' ')
		return false;
	*line += bytes + 1;
	*length -= bytes + 1;
	return true;
}

static bool parse_first(struct sekisho_proof *proof, const char *line, size_t length)
{
	if (length == strlen(RECORD_FORM) && !memcmp(line, RECORD_FORM, length))
		proof->kind = SEKISHO_PROOF_RECORD;
	else if (length == strlen(GROWTH_FORM) && !memcmp(line, GROWTH_FORM, length))
		proof->kind = SEKISHO_PROOF_GROWTH;
	else
		return false;
	return true;
}

/* @text begins with the hashes, an empty line ends them. */
static bool parse_hashes(struct sekisho_proof *proof, const char **text)
{
	struct sekisho_merkle_proof *hashes = &proof->hashes;
	const char *line;
	size_t length;

	hashes->count = 0;
	while (next_line(text, &line, &length)) {
		if (!length)
			return true;
		if (hashes->count == SEKISHO_PROOF_NODES ||
		    sekisho_base64_parse(line, length, hashes->nodes[hashes->count],
					 SEKISHO_DIGEST_BYTES) != SEKISHO_DIGEST_BYTES)
			return false;
		hashes->count++;
	}
	return false;
}

int sekisho_proof_parse(struct sekisho_proof *proof, const char *text, size_t length)
{
	const char *start = text, *line;
	size_t bytes;
	int got;

	memset(proof, 0, sizeof(*proof));
	if (strlen(text) != length || !next_line(&text, &line, &bytes) ||
	    !parse_first(proof, line, bytes) || !next_line(&text, &line, &bytes))
		return -EINVAL;
	if (proof->kind == SEKISHO_PROOF_RECORD && after(&line, &bytes, "extra")) {
		got = sekisho_base64_parse(line, bytes, proof->line, sizeof(proof->line));
		if (got < 0 || memchr(proof->line, '\n', (size_t)got) ||
		    !next_line(&text, &line, &bytes))
			return -EINVAL;
		proof->line_length = (size_t)got;
	}
	if (!after(&line, &bytes, proof->kind == SEKISHO_PROOF_RECORD ? "index" : "old") ||
	    sekisho_note_number(line, bytes, &proof->number) || !parse_hashes(proof, &text))
		return -EINVAL;
	return sekisho_note_parse(&proof->note, text, length - (size_t)(text - start));
}

static int check_record(const struct sekisho_proof *proof, struct sekisho_digester *digester)
{
	const struct sekisho_checkpoint *checkpoint = &proof->note.checkpoint;
	uint8_t leaf[SEKISHO_DIGEST_BYTES];
	int error;

	if (!proof->line_length)
		return -ENODATA;
	error = sekisho_merkle_leaf(digester, proof->line, proof->line_length, leaf);
	return error ? error
		     : sekisho_merkle_included(digester, &proof->hashes, proof->number,
					       checkpoint->size, leaf, checkpoint->root);
}

int sekisho_proof_check(const struct sekisho_proof *proof, const struct sekisho_checkpoint *older)
{
	const struct sekisho_checkpoint *newer = &proof->note.checkpoint;
	struct sekisho_digester *digester;
	int error;

	if (proof->kind == SEKISHO_PROOF_GROWTH && !older)
		return -ENODATA;
	digester = sekisho_digester_new();
	if (!digester)
		return -EIO;
	if (proof->kind == SEKISHO_PROOF_RECORD)
		error = check_record(proof, digester);
	else if (older->size != proof->number || strcmp(older->origin, newer->origin) != 0)
		error = -EBADMSG;
	else
		error = sekisho_merkle_consistent(digester, &proof->hashes, older->size,
						  newer->size, older->root, newer->root);
	sekisho_digester_free(digester);
	return error;
}
