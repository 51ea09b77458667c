// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signed notes: the examples of the specification are read, what is made is read again, each byte
 * changed is refused, and so is each form that is nearly right. Keys: made once, kept, locked.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/key.h"
#include "audit/note.h"
#include "ktap.h"

static char root[] = "/tmp/sekisho-audit-note-XXXXXX";
static char keys[64];
static struct sekisho_key *key;
static char made[SEKISHO_NOTE_BYTES];
static size_t made_length;

static bool reads(const char *text)
{
	struct sekisho_note note;

	return !sekisho_note_parse(&note, text, strlen(text));
}

static void make_note(const char *origin)
{
	struct sekisho_checkpoint checkpoint = { .size = 1000 };
	uint8_t signature[SEKISHO_SIGNATURE_BYTES];

	snprintf(checkpoint.origin, sizeof(checkpoint.origin), "%s", origin);
	memset(checkpoint.root, 0xa5, sizeof(checkpoint.root));
	made_length = sekisho_note_body(&checkpoint, made);
	if (sekisho_key_sign(key, made, made_length, signature))
		exit(1);
	made_length = sekisho_note_make(&checkpoint, sekisho_key_verifier(key), signature, made);
}

static void test_specified(void)
{
	static const char checkpoint[] = "example.com/behind-the-sofa\n20852163\n"
					 "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
					 "— example.com/behind-the-sofa "
					 "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5"
					 "/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
	/* By another maker of such keys (Go's checksum database). */
	static const char vkey[] =
		"sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
	struct sekisho_note note;
	struct sekisho_vkey parsed;
	char again[SEKISHO_VKEY_BYTES];

	ok(!sekisho_note_parse(&note, checkpoint, strlen(checkpoint)) &&
		   note.checkpoint.size == 20852163 &&
		   !strcmp(note.checkpoint.origin, "example.com/behind-the-sofa"),
	   "the specification's checkpoint is read");
	if (!ok(!sekisho_vkey_parse(&parsed, vkey), "and a key that others made"))
		return;
	sekisho_vkey_text(&parsed, again);
	ok(!strcmp(again, vkey), "which is written as it was");
}

static void test_made(void)
{
	struct sekisho_note note;
	char longer[SEKISHO_NOTE_BYTES + 64];
	bool refused = true;

	ok(!sekisho_note_parse(&note, made, made_length) &&
		   !sekisho_note_verify(&note, sekisho_key_verifier(key)),
	   "a note that was made is good");
	for (size_t i = 0; i < made_length; i++)
		for (unsigned int bit = 0; bit < 8; bit++) {
			made[i] ^= (char)(1 << bit);
			refused &= sekisho_note_parse(&note, made, made_length) ||
				   sekisho_note_verify(&note, sekisho_key_verifier(key));
			made[i] ^= (char)(1 << bit);
		}
	ok(refused, "and none with a bit turned");
	for (size_t length = 0; length < made_length; length++)
		refused &= sekisho_note_parse(&note, made, length) != 0;
	ok(refused, "nor its beginning");
	snprintf(longer, sizeof(longer), "%s— witness.example AAAAAAAAAAAAAAAA\n", made);
	ok(!sekisho_note_parse(&note, longer, strlen(longer)) &&
		   !sekisho_note_verify(&note, sekisho_key_verifier(key)),
	   "another's signature behind it is no matter");
}

static void test_strict(void)
{
#define ROOT   "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
#define SIGNED "\n— a AAAAAAAAAAAAAAAA\n"
	static const char *const bad[] = {
		"",
		"a\n1\n" ROOT "\n",
		"a\n1\n" ROOT "\n\n",
		"\n1\n" ROOT "\n" SIGNED,
		"a b\n1\n" ROOT "\n" SIGNED,
		"a+b\n1\n" ROOT "\n" SIGNED,
		"a\x01\n1\n" ROOT "\n" SIGNED,
		"a\xff\n1\n" ROOT "\n" SIGNED,
		"a\n01\n" ROOT "\n" SIGNED,
		"a\n-1\n" ROOT "\n" SIGNED,
		"a\n 1\n" ROOT "\n" SIGNED,
		"a\n9223372036854775808\n" ROOT "\n" SIGNED,
		"a\n99999999999999999999\n" ROOT "\n" SIGNED,
		"a\n\n" ROOT "\n" SIGNED,
		"a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n" SIGNED, /* stray bits */
		"a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n" SIGNED,
		"a\n1\n CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2=\n" SIGNED,
		"a\n1\nAAAA\n" SIGNED,
		"a\n1\n" ROOT "\nmore\n" SIGNED,
		"a\r\n1\n" ROOT "\n" SIGNED,
		"a\n1\n" ROOT "\n" SIGNED "x",
		"a\n1\n" ROOT "\n" SIGNED "\n",
		"a\n1\n" ROOT "\n\n- a AAAAAAAAAAAAAAAA\n",
		"a\n1\n" ROOT "\n\n— aAAAAAAAAAAAAAAAA\n",
		"a\n1\n" ROOT "\n\n—  AAAAAAAAAAAAAAAA\n",
		"a\n1\n" ROOT "\n\n— a AAAA\n",
		"a\n1\n" ROOT "\n\n— a AAAAA\n",
		"a\n1\n" ROOT "\n\n— a AAAA AAAA\n",
	};
	bool refused = true;

	ok(reads("a\n1\n" ROOT "\n" SIGNED) && reads("a\n0\n" ROOT "\n" SIGNED),
	   "the form is read");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (reads(bad[i])) {
			printf("# %zu is read\n", i);
			refused = false;
		}
	ok(refused, "and nothing that is nearly it");
}

static void test_others(void)
{
	uint8_t bytes[SEKISHO_PUBLIC_KEY_BYTES];
	struct sekisho_vkey other;
	struct sekisho_note note;
	char text[SEKISHO_VKEY_BYTES];

	memcpy(bytes, sekisho_key_verifier(key)->public_key, sizeof(bytes));
	sekisho_note_parse(&note, made, made_length);
	bytes[0] ^= 1;
	ok(!sekisho_vkey_make(&other, "border1", bytes) &&
		   sekisho_note_verify(&note, &other) == -ENOKEY,
	   "another key of the same name did not sign it");
	memcpy(other.id, sekisho_key_verifier(key)->id, sizeof(other.id));
	ok(sekisho_note_verify(&note, &other) == -EBADMSG ||
		   sekisho_note_verify(&note, &other) == -EIO,
	   "not even one with the same id");
	bytes[0] ^= 1;
	ok(!sekisho_vkey_make(&other, "border2", bytes) &&
		   sekisho_note_verify(&note, &other) == -ENOKEY,
	   "nor is it of another origin");
	sekisho_vkey_text(sekisho_key_verifier(key), text);
	text[strlen(text) - 3] ^= 1;
	ok(sekisho_vkey_parse(&other, text) == -EINVAL && sekisho_vkey_parse(&other, "x") &&
		   sekisho_vkey_parse(&other, "") && sekisho_vkey_parse(&other, "a+00000000+"),
	   "a key's text with its id is checked");
	make_note("border3");
	ok(!sekisho_note_parse(&note, made, made_length) &&
		   sekisho_note_verify(&note, sekisho_key_verifier(key)) == -ENOKEY,
	   "what the key signed of another log is not of this one");
}

static void test_keys(void)
{
	struct sekisho_key *other = NULL;
	uint8_t before[SEKISHO_PUBLIC_KEY_BYTES];
	struct stat status;
	char path[128];

	snprintf(path, sizeof(path), "%s/border1.key", keys);
	ok(!stat(keys, &status) && (status.st_mode & 0777) == 0700 && !stat(path, &status) &&
		   (status.st_mode & 0777) == 0600,
	   "the key's file is its owner's");
	ok(sekisho_key_open(&other, keys, "border1", true) == -EBUSY && !other,
	   "one at a time has it open");
	ok(sekisho_key_open(&other, keys, "border2", false) == -ENOENT && !other,
	   "none is made where none may be");
	memcpy(before, sekisho_key_verifier(key)->public_key, sizeof(before));
	sekisho_key_close(key);
	ok(!sekisho_key_open(&key, keys, "border1", true) &&
		   !memcmp(before, sekisho_key_verifier(key)->public_key, sizeof(before)),
	   "the next time it is the same");
	sekisho_key_close(key);
	key = NULL;
	chmod(path, 0640);
	ok(sekisho_key_open(&key, keys, "border1", true) == -EPERM && !key,
	   "one that others may read is not used");
	chmod(path, 0600);
	ok(!truncate(path, 40) && sekisho_key_open(&key, keys, "border1", true) == -EINVAL && !key,
	   "nor is half a key");
	ok(sekisho_key_open(&key, "/nonexistent/keys", "border1", true) == -ENOENT && !key,
	   "no directory, no key");
	unlink(path);
	rmdir(keys);
}

int main(void)
{
	if (!mkdtemp(root))
		return 1;
	snprintf(keys, sizeof(keys), "%s/keys", root);
	plan(21);
	if (sekisho_key_open(&key, keys, "border1", true))
		return 1;
	make_note("border1");
	test_specified();
	test_made();
	test_strict();
	test_others();
	test_keys();
	rmdir(root);
	return finish();
}
