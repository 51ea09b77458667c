// SPDX-License-Identifier: GPL-2.0-only
/*
 * The root of the Merkle tree over lines, straight from the definition in RFC 9162, 2.1.1.
 *
 *	root SIZE <LINES	prints SHA-256 of the tree over the first SIZE lines, in hexadecimal
 *
 * Knows nothing of records, and shares nothing with what builds or verifies trees elsewhere.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

struct line {
	unsigned char *bytes; /* a zero, then the line without its LF */
	size_t length;
};

static void tree(const struct line *lines, size_t count, unsigned char *hash)
{
	unsigned char node[1 + 2 * SHA256_DIGEST_LENGTH] = { 1 };
	size_t left = 1;

	if (count < 2) {
		SHA256(count ? lines->bytes : node, count ? lines->length : 0, hash);
		return;
	}
	while (2 * left < count)
		left *= 2;
	tree(lines, left, node + 1);
	tree(lines + left, count - left, node + 1 + SHA256_DIGEST_LENGTH);
	SHA256(node, sizeof(node), hash);
}

int main(int argc, char **argv)
{
	size_t size = argc == 2 ? strtoul(argv[1], NULL, 10) : 0, count = 0, i;
	struct line *lines = calloc(size + 1, sizeof(*lines));
	unsigned char hash[SHA256_DIGEST_LENGTH];
	char *text = NULL;
	size_t room = 0;
	ssize_t got;

	if (argc != 2 || !lines)
		return 2;
	while (count < size && (got = getline(&text, &room, stdin)) > 0) {
		struct line *line = &lines[count++];

		line->length = (size_t)got;
		line->bytes = calloc(1, (size_t)got + 1);
		if (!line->bytes || text[got - 1] != '\n')
			return 2;
		memcpy(line->bytes + 1, text, (size_t)got - 1);
	}
	free(text);
	if (count < size) {
		fprintf(stderr, "%zu lines, not %zu\n", count, size);
		return 1;
	}
	tree(lines, count, hash);
	for (i = 0; i < sizeof(hash); i++)
		printf("%02x", hash[i]);
	putchar('\n');
	while (count)
		free(lines[--count].bytes);
	free(lines);
	return 0;
}
