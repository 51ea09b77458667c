// SPDX-License-Identifier: GPL-2.0-only
/* Words into layers with fields, and fields into values. */
#include "words.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void words_fail(struct words *words, const char *format, ...)
{
	va_list arguments;

	if (words->failed)
		return;
	words->failed = true;
	va_start(arguments, format);
	vsnprintf(words->error, words->error_bytes, format, arguments);
	va_end(arguments);
}

/* Is @word the layer @name? With '=' at its end the name begins the word, else it is the word. */
static bool names_layer(const char *word, const char *name)
{
	size_t length = strlen(name);

	if (name[length - 1] == '=')
		return !strncmp(word, name, length);
	return !strcmp(word, name);
}

static bool add_layer(struct words *words, const char *word)
{
	struct words_layer *layer;
	const char *equals = strchr(word, '=');

	if (words->count == WORDS_LAYERS_MAX) {
		words_fail(words, "too many layers");
		return false;
	}
	layer = &words->layers[words->count++];
	*layer = (struct words_layer){ .name = word };
	layer->name_length = equals ? (size_t)(equals - word) : strlen(word);
	layer->value = equals ? equals + 1 : NULL;
	return true;
}

static bool add_field(struct words *words, const char *word)
{
	const char *equals = strchr(word, '=');
	struct words_layer *layer;

	if (!equals || !words->count) {
		words_fail(words, "'%s' is no layer, and no field of one", word);
		return false;
	}
	layer = &words->layers[words->count - 1];
	if (layer->field_count == WORDS_FIELDS_MAX) {
		words_fail(words, "too many fields");
		return false;
	}
	layer->fields[layer->field_count++] = (struct words_field){
		.name = word,
		.name_length = (size_t)(equals - word),
		.value = equals + 1,
	};
	return true;
}

bool words_split(struct words *words, char *const *text, int count, const char *const *names)
{
	words->count = 0;
	words->failed = false;
	for (int i = 0; i < count; i++) {
		const char *const *name = names;

		while (*name && !names_layer(text[i], *name))
			name++;
		if (*name ? !add_layer(words, text[i]) : !add_field(words, text[i]))
			return false;
	}
	return true;
}

bool words_is(const struct words_layer *layer, const char *name)
{
	return strlen(name) == layer->name_length &&
	       !strncmp(layer->name, name, layer->name_length);
}

static struct words_field *find_field(const struct words_layer *layer, const char *name)
{
	for (size_t i = 0; i < layer->field_count; i++) {
		const struct words_field *field = &layer->fields[i];

		if (strlen(name) == field->name_length &&
		    !strncmp(field->name, name, field->name_length))
			return (struct words_field *)field;
	}
	return NULL;
}

const char *words_text(struct words_layer *layer, const char *name)
{
	struct words_field *field = find_field(layer, name);

	if (!field)
		return NULL;
	field->used = true;
	return field->value;
}

bool words_has(const struct words_layer *layer, const char *name)
{
	return find_field(layer, name) != NULL;
}

static bool read_number(const char *text, char **end, uint64_t *number)
{
	errno = 0;
	*number = strtoull(text, end, 0);
	return isdigit((unsigned char)*text) && !errno;
}

uint64_t words_number(struct words *words, struct words_layer *layer, const char *name,
		      uint64_t otherwise)
{
	const char *text = words_text(layer, name);
	uint64_t number;
	char *end;

	if (!text)
		return otherwise;
	if (!read_number(text, &end, &number) || *end) {
		words_fail(words, "%s=%s is no number", name, text);
		return otherwise;
	}
	return number;
}

bool words_numbers(struct words *words, struct words_layer *layer, const char *name,
		   uint64_t *numbers, size_t count)
{
	const char *text = words_text(layer, name);
	char *end = NULL;

	if (!text)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!read_number(text, &end, &numbers[i]) || *end != (i + 1 < count ? ',' : '\0')) {
			words_fail(words, "%s wants %zu numbers", name, count);
			return false;
		}
		text = end + 1;
	}
	return true;
}

bool words_mac(struct words *words, struct words_layer *layer, const char *name, uint8_t mac[6])
{
	const char *text = words_text(layer, name);
	uint8_t bytes[6];

	if (!text)
		return false;
	if (strlen(text) != 17 || words_hex(words, text, bytes, 6) != 6) {
		words_fail(words, "%s=%s is no MAC address", name, text);
		return false;
	}
	memcpy(mac, bytes, 6);
	return true;
}

int words_address(struct words *words, struct words_layer *layer, const char *name,
		  uint8_t address[16])
{
	const char *text = words_text(layer, name);
	int family;

	if (!text)
		return 0;
	family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(family, text, address) != 1) {
		words_fail(words, "%s=%s is no address", name, text);
		return 0;
	}
	return family;
}

static int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit = (char)tolower((unsigned char)digit);
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

size_t words_hex(struct words *words, const char *text, uint8_t *bytes, size_t room)
{
	size_t count = 0;

	while (*text) {
		int high, low;

		if (*text == ':') {
			text++;
			continue;
		}
		high = hex_digit(text[0]);
		low = high < 0 ? -1 : hex_digit(text[1]);
		if (low < 0 || count == room) {
			words_fail(words, "'%s' is not hexadecimal, or too long", text);
			return 0;
		}
		bytes[count++] = (uint8_t)(high << 4 | low);
		text += 2;
	}
	return count;
}

const struct words_field *words_unused(const struct words *words)
{
	for (size_t i = 0; i < words->count; i++) {
		const struct words_layer *layer = &words->layers[i];

		for (size_t j = 0; j < layer->field_count; j++)
			if (!layer->fields[j].used)
				return &layer->fields[j];
	}
	return NULL;
}
