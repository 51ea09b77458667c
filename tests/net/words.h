/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words into layers with fields, and fields into values. Knows nothing of what a layer means.
 */
#ifndef SEKISHO_TESTS_NET_WORDS_H
#define SEKISHO_TESTS_NET_WORDS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORDS_FIELDS_MAX 24
#define WORDS_LAYERS_MAX 32

struct words_field {
	const char *name;
	size_t name_length;
	const char *value;
	bool used;
};

struct words_layer {
	const char *name;
	size_t name_length;
	const char *value; /* of a layer written NAME=VALUE, else NULL */
	struct words_field fields[WORDS_FIELDS_MAX];
	size_t field_count;
};

struct words {
	struct words_layer layers[WORDS_LAYERS_MAX];
	size_t count;
	char *error;
	size_t error_bytes;
	bool failed; /* some value could not be read; the first is in @error */
};

/**
 * words_split - sort words into layers
 * @words: filled; its error and error_bytes are set by the caller
 * @text: the words
 * @count: how many
 * @names: the layers' names, NULL at the end; a layer that is written NAME=VALUE ends in '='
 *
 * Return: true, or false with the reason in the error.
 */
bool words_split(struct words *words, char *const *text, int count, const char *const *names);

bool words_is(const struct words_layer *layer, const char *name);
/* The value of a field, or NULL where there is none. */
const char *words_text(struct words_layer *layer, const char *name);
bool words_has(const struct words_layer *layer, const char *name);
uint64_t words_number(struct words *words, struct words_layer *layer, const char *name,
		      uint64_t otherwise);
/* N numbers with commas between. */
bool words_numbers(struct words *words, struct words_layer *layer, const char *name,
		   uint64_t *numbers, size_t count);
bool words_mac(struct words *words, struct words_layer *layer, const char *name, uint8_t mac[6]);
/* Family AF_INET or AF_INET6, or 0 where the field is absent or wrong. */
int words_address(struct words *words, struct words_layer *layer, const char *name,
		  uint8_t address[16]);
/* Hexadecimal text into @room bytes; their number. */
size_t words_hex(struct words *words, const char *text, uint8_t *bytes, size_t room);
/* Names a field that nobody asked for, or NULL. */
const struct words_field *words_unused(const struct words *words);
void words_fail(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
