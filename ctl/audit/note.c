// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signed checkpoints as text. Knows nothing of files and of private keys.
 */
#include "note.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "utf8.h"

#define DASH	     "\xe2\x80\x94 " /* U+2014 and a space */
#define DASH_BYTES   4
#define TYPE_ED25519 1
#define OURS_BYTES   (SEKISHO_KEY_ID_BYTES + SEKISHO_SIGNATURE_BYTES)

/* What is left of a text. */
struct rest {
	const char *at;
	size_t left;
};

/* One line without its LF; false where there is none. */
static bool take_line(struct rest *rest, const char **line, size_t *length)
{
	const char *end = memchr(rest->at, '\n', rest->left);

	if (!end)
		return false;
	*line = rest->at;
	*length = (size_t)(end - rest->at);
	rest->left -= *length + 1;
	rest->at = end + 1;
	return true;
}

void sekisho_base64(const void *bytes, size_t length, char *text)
{
	EVP_EncodeBlock((unsigned char *)text, bytes, (int)length);
}

int sekisho_base64_parse(const char *text, size_t length, void *bytes, size_t most)
{
	unsigned char *decoded;
	char *again;
	size_t padding = 0;
	int got, result = -EINVAL;

	if (!length || length % 4 || length > SEKISHO_NOTE_BYTES)
		return -EINVAL;
	while (padding < 2 && text[length - 1 - padding] == '=')
		padding++;
	decoded = malloc(length);
	again = malloc(length + 5);
	got = decoded && again ? EVP_DecodeBlock(decoded, (const unsigned char *)text, (int)length)
			       : -1;
	if (got >= (int)padding && (size_t)got - padding <= most) {
		got -= (int)padding;
		/* The library forgives white space and stray bits: what it makes again does not. */
		sekisho_base64(decoded, (size_t)got, again);
		if (strlen(again) == length && !memcmp(again, text, length)) {
			memcpy(bytes, decoded, (size_t)got);
			result = got;
		}
	}
	free(decoded);
	free(again);
	return result;
}

int sekisho_note_number(const char *text, size_t length, uint64_t *number)
{
	uint64_t sum = 0;

	if (!length || length > 19 || (length > 1 && text[0] == '0'))
		return -EINVAL;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		sum = sum * 10 + (uint64_t)(text[i] - '0');
	}
	if (sum > INT64_MAX)
		return -EINVAL;
	*number = sum;
	return 0;
}

/* UTF-8 without control characters. */
static bool is_text(const char *text, size_t length, bool spaces)
{
	/* The UTF-8 reader looks ahead: every line here ends with a LF, which stops it. */
	for (size_t i = 0; i < length;) {
		size_t bytes = sekisho_utf8_bytes((const unsigned char *)text + i);

		if (!bytes || bytes > length - i || (unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
		if (!spaces && (text[i] == ' ' || text[i] == '+'))
			return false;
		i += bytes;
	}
	return true;
}

static bool is_name(const char *text, size_t length)
{
	return length && length < SEKISHO_ORIGIN_BYTES && is_text(text, length, false);
}

/* DASH NAME SPACE BASE64: where the last two are. */
static bool signature_parts(const char *line, size_t length, struct rest *name, struct rest *base64)
{
	const char *space;

	if (length <= DASH_BYTES || memcmp(line, DASH, DASH_BYTES) != 0)
		return false;
	name->at = line + DASH_BYTES;
	space = memchr(name->at, ' ', length - DASH_BYTES);
	if (!space)
		return false;
	name->left = (size_t)(space - name->at);
	base64->at = space + 1;
	base64->left = (size_t)(line + length - base64->at);
	return is_name(name->at, name->left);
}

static bool has_signatures(struct rest rest)
{
	unsigned int count = 0;
	const char *line;
	size_t length;

	while (rest.left) {
		uint8_t signature[SEKISHO_NOTE_BYTES];
		struct rest name, base64;

		if (!take_line(&rest, &line, &length) ||
		    !signature_parts(line, length, &name, &base64) ||
		    sekisho_base64_parse(base64.at, base64.left, signature, sizeof(signature)) <=
			    SEKISHO_KEY_ID_BYTES)
			return false;
		count++;
	}
	return count && count <= SEKISHO_NOTE_SIGNATURES;
}

int sekisho_note_parse(struct sekisho_note *note, const char *text, size_t length)
{
	struct sekisho_checkpoint *checkpoint = &note->checkpoint;
	struct rest rest = { text, length };
	const char *line;
	size_t bytes;

	if (length > SEKISHO_NOTE_BYTES)
		return -EINVAL;
	note->text = text;
	note->length = length;
	if (!take_line(&rest, &line, &bytes) || !is_name(line, bytes))
		return -EINVAL;
	snprintf(checkpoint->origin, sizeof(checkpoint->origin), "%.*s", (int)bytes, line);
	if (!take_line(&rest, &line, &bytes) || sekisho_note_number(line, bytes, &checkpoint->size))
		return -EINVAL;
	if (!take_line(&rest, &line, &bytes) ||
	    sekisho_base64_parse(line, bytes, checkpoint->root, SEKISHO_DIGEST_BYTES) !=
		    SEKISHO_DIGEST_BYTES)
		return -EINVAL;
	note->signed_length = (size_t)(rest.at - text);
	if (!take_line(&rest, &line, &bytes) || bytes || !has_signatures(rest))
		return -EINVAL;
	return 0;
}

static int verify_one(const struct sekisho_note *note, const struct sekisho_vkey *vkey,
		      const uint8_t *signature)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, vkey->public_key,
						    sizeof(vkey->public_key));
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int error = -EIO;

	if (key && context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1)
		error = EVP_DigestVerify(context, signature, SEKISHO_SIGNATURE_BYTES,
					 (const unsigned char *)note->text,
					 note->signed_length) == 1
				? 0
				: -EBADMSG;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return error;
}

int sekisho_note_verify(const struct sekisho_note *note, const struct sekisho_vkey *vkey)
{
	struct rest rest = { note->text + note->signed_length + 1,
			     note->length - note->signed_length - 1 };
	int error = -ENOKEY;
	const char *line;
	size_t length;

	if (strcmp(note->checkpoint.origin, vkey->name) != 0)
		return -ENOKEY;
	while ((error == -ENOKEY || !error) && take_line(&rest, &line, &length)) {
		uint8_t signature[OURS_BYTES];
		struct rest name, base64;

		if (!signature_parts(line, length, &name, &base64) ||
		    name.left != strlen(vkey->name) || memcmp(name.at, vkey->name, name.left) != 0)
			continue;
		if (sekisho_base64_parse(base64.at, base64.left, signature, sizeof(signature)) !=
			    OURS_BYTES ||
		    memcmp(signature, vkey->id, SEKISHO_KEY_ID_BYTES) != 0)
			continue;
		error = verify_one(note, vkey, signature + SEKISHO_KEY_ID_BYTES);
	}
	return error;
}

size_t sekisho_note_body(const struct sekisho_checkpoint *checkpoint, char text[SEKISHO_NOTE_BYTES])
{
	char root[SEKISHO_BASE64_BYTES(SEKISHO_DIGEST_BYTES)];

	sekisho_base64(checkpoint->root, SEKISHO_DIGEST_BYTES, root);
	return (size_t)snprintf(text, SEKISHO_NOTE_BYTES, "%s\n%" PRIu64 "\n%s\n",
				checkpoint->origin, checkpoint->size, root);
}

size_t sekisho_note_make(const struct sekisho_checkpoint *checkpoint,
			 const struct sekisho_vkey *vkey,
			 const uint8_t signature[SEKISHO_SIGNATURE_BYTES],
			 char text[SEKISHO_NOTE_BYTES])
{
	char base64[SEKISHO_BASE64_BYTES(OURS_BYTES)];
	size_t length = sekisho_note_body(checkpoint, text);
	uint8_t whole[OURS_BYTES];

	memcpy(whole, vkey->id, SEKISHO_KEY_ID_BYTES);
	memcpy(whole + SEKISHO_KEY_ID_BYTES, signature, SEKISHO_SIGNATURE_BYTES);
	sekisho_base64(whole, sizeof(whole), base64);
	return length + (size_t)snprintf(text + length, SEKISHO_NOTE_BYTES - length,
					 "\n" DASH "%s %s\n", vkey->name, base64);
}

int sekisho_vkey_make(struct sekisho_vkey *vkey, const char *name,
		      const uint8_t public_key[SEKISHO_PUBLIC_KEY_BYTES])
{
	uint8_t digest[SEKISHO_DIGEST_BYTES];
	uint8_t typed[SEKISHO_ORIGIN_BYTES + 1 + SEKISHO_PUBLIC_KEY_BYTES];
	size_t length = strlen(name);

	if (!is_name(name, length))
		return -EINVAL;
	snprintf(vkey->name, sizeof(vkey->name), "%s", name);
	memcpy(vkey->public_key, public_key, SEKISHO_PUBLIC_KEY_BYTES);
	memcpy(typed, name, length);
	typed[length] = '\n';
	typed[length + 1] = TYPE_ED25519;
	memcpy(typed + length + 2, public_key, SEKISHO_PUBLIC_KEY_BYTES);
	if (!EVP_Digest(typed, length + 2 + SEKISHO_PUBLIC_KEY_BYTES, digest, NULL, EVP_sha256(),
			NULL))
		return -EINVAL;
	memcpy(vkey->id, digest, SEKISHO_KEY_ID_BYTES);
	return 0;
}

void sekisho_vkey_text(const struct sekisho_vkey *vkey, char text[SEKISHO_VKEY_BYTES])
{
	uint8_t typed[1 + SEKISHO_PUBLIC_KEY_BYTES] = { TYPE_ED25519 };
	char base64[SEKISHO_BASE64_BYTES(sizeof(typed))];

	memcpy(typed + 1, vkey->public_key, SEKISHO_PUBLIC_KEY_BYTES);
	sekisho_base64(typed, sizeof(typed), base64);
	snprintf(text, SEKISHO_VKEY_BYTES, "%s+%02x%02x%02x%02x+%s", vkey->name, vkey->id[0],
		 vkey->id[1], vkey->id[2], vkey->id[3], base64);
}

int sekisho_vkey_parse(struct sekisho_vkey *vkey, const char *text)
{
	size_t length = strlen(text), name = strcspn(text, "+");
	uint8_t typed[1 + SEKISHO_PUBLIC_KEY_BYTES];
	char origin[SEKISHO_ORIGIN_BYTES], again[SEKISHO_VKEY_BYTES];
	size_t key = name + 1 + 2 * SEKISHO_KEY_ID_BYTES + 1;

	while (length && strchr(" \t\r\n", text[length - 1]))
		length--;
	if (name >= sizeof(origin) || length <= key || length >= sizeof(again))
		return -EINVAL;
	if (sekisho_base64_parse(text + key, length - key, typed, sizeof(typed)) != sizeof(typed) ||
	    typed[0] != TYPE_ED25519)
		return -EINVAL;
	snprintf(origin, sizeof(origin), "%.*s", (int)name, text);
	if (sekisho_vkey_make(vkey, origin, typed + 1))
		return -EINVAL;
	sekisho_vkey_text(vkey, again);
	return strlen(again) == length && !memcmp(again, text, length) ? 0 : -EINVAL;
}
