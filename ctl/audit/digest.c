// SPDX-License-Identifier: GPL-2.0-only
/*
 * SHA-256 of record lines. Knows nothing of records or files.
 */
#include "digest.h"

#include <errno.h>
#include <stdlib.h>

#include <openssl/evp.h>

struct sekisho_digester {
	EVP_MD *algorithm;
	EVP_MD_CTX *context;
};

struct sekisho_digester *sekisho_digester_new(void)
{
	struct sekisho_digester *digester = calloc(1, sizeof(*digester));

	if (!digester)
		return NULL;
	digester->algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
	digester->context = EVP_MD_CTX_new();
	if (!digester->algorithm || !digester->context) {
		sekisho_digester_free(digester);
		return NULL;
	}
	return digester;
}

void sekisho_digester_free(struct sekisho_digester *digester)
{
	if (!digester)
		return;
	EVP_MD_CTX_free(digester->context);
	EVP_MD_free(digester->algorithm);
	free(digester);
}

int sekisho_digester_begin(struct sekisho_digester *digester)
{
	return EVP_DigestInit_ex2(digester->context, digester->algorithm, NULL) ? 0 : -EIO;
}

int sekisho_digester_add(struct sekisho_digester *digester, const void *bytes, size_t length)
{
	return EVP_DigestUpdate(digester->context, bytes, length) ? 0 : -EIO;
}

int sekisho_digester_end(struct sekisho_digester *digester, uint8_t digest[SEKISHO_DIGEST_BYTES])
{
	return EVP_DigestFinal_ex(digester->context, digest, NULL) ? 0 : -EIO;
}

int sekisho_digester_line(struct sekisho_digester *digester, const void *bytes, size_t length,
			  uint8_t digest[SEKISHO_DIGEST_BYTES])
{
	if (sekisho_digester_begin(digester) || sekisho_digester_add(digester, bytes, length) ||
	    sekisho_digester_end(digester, digest))
		return -EIO;
	return 0;
}

int sekisho_digester_prefixed(struct sekisho_digester *digester, uint8_t prefix, const void *bytes,
			      size_t length, uint8_t digest[SEKISHO_DIGEST_BYTES])
{
	if (!EVP_DigestInit_ex2(digester->context, digester->algorithm, NULL) ||
	    !EVP_DigestUpdate(digester->context, &prefix, 1) ||
	    !EVP_DigestUpdate(digester->context, bytes, length) ||
	    !EVP_DigestFinal_ex(digester->context, digest, NULL))
		return -EIO;
	return 0;
}

void sekisho_digest_hex(const uint8_t digest[SEKISHO_DIGEST_BYTES], char hex[SEKISHO_DIGEST_HEX])
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < SEKISHO_DIGEST_BYTES; i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
}

/* Without a branch a digit: what it is cannot be foreseen. Not a digit: 16 or more. */
static unsigned int hex_value(char digit)
{
	static const unsigned char values[256] = {
		['0'] = 1,  ['1'] = 2,	['2'] = 3,  ['3'] = 4,	['4'] = 5,  ['5'] = 6,
		['6'] = 7,  ['7'] = 8,	['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
		['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
	};

	return values[(unsigned char)digit] - 1u;
}

int sekisho_digest_parse(const char *hex, uint8_t digest[SEKISHO_DIGEST_BYTES])
{
	size_t i;

	for (i = 0; i < SEKISHO_DIGEST_BYTES; i++) {
		unsigned int high = hex_value(hex[2 * i]);
		unsigned int low = high > 15 ? high : hex_value(hex[2 * i + 1]);

		if (low > 15)
			return -EINVAL;
		digest[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}
