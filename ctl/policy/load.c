/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes values of a kind from the tree and says where they are not of it.
 * Knows nothing of what the values mean.
 */
#include "policy/load.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "memory/huge.h"
#include "policy/utf8.h"
#include "ui/message.h"

struct sekisho_diagnostic *sekisho_load_error(struct sekisho_load *load,
					      const struct sekisho_node *node, const char *code,
					      const char *requirement, const char *format, ...)
{
	struct sekisho_diagnostic *diagnostic;
	va_list arguments;

	va_start(arguments, format);
	diagnostic = sekisho_diagnostics_addv(load->diagnostics, load->source, SEKISHO_ERROR,
					      node->line, node->column, code, requirement, format,
					      arguments);
	va_end(arguments);
	return diagnostic;
}

struct sekisho_diagnostic *sekisho_load_warning(struct sekisho_load *load,
						const struct sekisho_node *node, const char *code,
						const char *requirement, const char *format, ...)
{
	struct sekisho_diagnostic *diagnostic;
	va_list arguments;

	va_start(arguments, format);
	diagnostic = sekisho_diagnostics_addv(load->diagnostics, load->source, SEKISHO_WARNING,
					      node->line, node->column, code, requirement, format,
					      arguments);
	va_end(arguments);
	return diagnostic;
}

void sekisho_load_suggest(struct sekisho_diagnostic *diagnostic, const char *near)
{
	if (near)
		sekisho_diagnostic_hint(diagnostic, _("did you mean '%s'?"), near);
}

void *sekisho_load_alloc(struct sekisho_load *load, size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	if (!memory)
		load->no_memory = true;
	return sekisho_huge(memory, count * size);
}

void *sekisho_load_scratch(struct sekisho_load *load, size_t count, size_t size)
{
	void *memory = NULL;
	size_t bytes;

	if (!__builtin_mul_overflow(count, size, &bytes))
		memory = sekisho_arena_alloc(&load->arena, bytes ? bytes : 1);
	if (!memory)
		load->no_memory = true;
	return memory;
}

static void unknown_key(struct sekisho_load *load, const struct sekisho_node *key,
			const char *const *keys, size_t count)
{
	struct sekisho_diagnostic *diagnostic;

	diagnostic = sekisho_load_error(load, key, "unknown-key", NULL, _("unknown key '%.60s'"),
					key->text);
	sekisho_load_suggest(diagnostic, sekisho_words_nearest(keys, count, key->text));
}

/* Keys tend to come in one order, so the one at @expected is tried first. */
static size_t find_key(const char *const *keys, size_t count, const char *text, size_t expected)
{
	for (size_t i = expected; i < count; i++)
		if (!strcmp(keys[i], text))
			return i;
	for (size_t i = 0; i < expected; i++)
		if (!strcmp(keys[i], text))
			return i;
	return count;
}

bool sekisho_take_fields(struct sekisho_load *load, const struct sekisho_node *node,
			 const char *const *keys, size_t count, const struct sekisho_node **values)
{
	size_t expected = 0;

	memset(values, 0, count * sizeof(*values));
	if (node->kind == SEKISHO_NODE_BROKEN)
		return false;
	if (node->kind != SEKISHO_NODE_MAPPING) {
		struct sekisho_diagnostic *diagnostic;

		diagnostic = sekisho_load_error(load, node, "not-a-mapping", NULL,
						_("keys with values are needed here"));
		sekisho_diagnostic_hint(diagnostic, _("such as {%s: ...}"), keys[0]);
		return false;
	}
	for (const struct sekisho_node *key = node->first; key; key = key->next->next) {
		size_t at = find_key(keys, count, key->text, expected);

		if (at < count) {
			values[at] = key->next;
			expected = at + 1;
		} else {
			unknown_key(load, key, keys, count);
		}
	}
	return true;
}

bool sekisho_take_present(struct sekisho_load *load, const struct sekisho_node *node,
			  const struct sekisho_node *value, const char *key)
{
	if (!value)
		sekisho_load_error(load, node, "missing-key", NULL, _("'%s' is missing here"), key);
	return value != NULL;
}

bool sekisho_take_list(struct sekisho_load *load, const struct sekisho_node *node)
{
	struct sekisho_diagnostic *diagnostic;

	if (node->kind == SEKISHO_NODE_LIST)
		return true;
	if (node->kind == SEKISHO_NODE_BROKEN)
		return false;
	diagnostic = sekisho_load_error(load, node, "not-a-list", NULL, _("a list is needed here"));
	if (node->kind == SEKISHO_NODE_SCALAR && node->length && node->length < 60)
		sekisho_diagnostic_hint(diagnostic, _("write [%s]"), node->text);
	return false;
}

bool sekisho_take_scalar(struct sekisho_load *load, const struct sekisho_node *node,
			 const char *what)
{
	if (node->kind == SEKISHO_NODE_BROKEN)
		return false;
	if (node->kind != SEKISHO_NODE_SCALAR) {
		sekisho_load_error(load, node, "not-a-scalar", NULL,
				   _("%s is needed here, not a list or keys"), _(what));
		return false;
	}
	if (!node->length ||
	    (!node->quoted && (!strcmp(node->text, "~") || !strcasecmp(node->text, "null")))) {
		sekisho_load_error(load, node, "empty-value", NULL, _("%s is needed here"),
				   _(what));
		return false;
	}
	if (strlen(node->text) != node->length) {
		sekisho_load_error(load, node, "control-character", NULL,
				   _("control character U+%04X is not allowed here"), 0u);
		return false;
	}
	return true;
}

static bool name_character(char character, bool first)
{
	if ((character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
	    (character >= '0' && character <= '9'))
		return true;
	return !first && (character == '.' || character == '_' || character == '-');
}

bool sekisho_take_name(struct sekisho_load *load, const struct sekisho_node *node)
{
	struct sekisho_diagnostic *diagnostic;
	size_t good = 0;

	if (!sekisho_take_scalar(load, node, N_("a name")))
		return false;
	if (node->length >= SEKISHO_NAME_BYTES) {
		sekisho_load_error(load, node, "name-too-long", NULL,
				   _("the name '%.31s...' is longer than %d characters"),
				   node->text, SEKISHO_NAME_BYTES - 1);
		return false;
	}
	while (good < node->length && name_character(node->text[good], !good))
		good++;
	if (good == node->length)
		return true;
	diagnostic = sekisho_load_error(load, node, "bad-name", NULL, _("'%s' cannot be a name"),
					node->text);
	sekisho_diagnostic_hint(diagnostic, "%s",
				_("names have letters A-Z, a-z, digits and, not first, '.', '_' "
				  "and '-'"));
	return false;
}

bool sekisho_take_text(struct sekisho_load *load, const struct sekisho_node *node, char **text)
{
	if (!sekisho_take_scalar(load, node, N_("a text")))
		return false;
	if (node->length > SEKISHO_TEXT_BYTES_MAX) {
		sekisho_load_error(load, node, "text-too-long", NULL,
				   _("this text has %u bytes; at most %d are kept"), node->length,
				   SEKISHO_TEXT_BYTES_MAX);
		return false;
	}
	for (size_t at = 0; at < node->length;) {
		uint32_t character = 0;
		size_t used = sekisho_utf8_next(node->text + at, node->length - at, &character);

		if (!used || sekisho_utf8_control(character)) {
			sekisho_load_error(load, node, "control-character", NULL,
					   _("control character U+%04X is not allowed here"),
					   character);
			return false;
		}
		at += used;
	}
	free(*text);
	*text = strdup(node->text);
	if (!*text)
		load->no_memory = true;
	return *text != NULL;
}

static bool parse_number(const char *text, uint64_t *number)
{
	bool hex = text[0] == '0' && text[1] == 'x';
	uint64_t value = 0;

	text += hex ? 2 : 0;
	if (!*text || (!hex && text[0] == '0' && text[1]))
		return false;
	for (; *text; text++) {
		unsigned int digit = (unsigned int)(unsigned char)*text - '0';

		if (hex && digit > 9)
			digit = ((unsigned int)(unsigned char)*text | 0x20) - 'a' + 10;
		if (digit >= (hex ? 16u : 10u))
			return false;
		if (value > (UINT64_MAX - digit) / (hex ? 16 : 10))
			value = UINT64_MAX;
		else
			value = value * (hex ? 16 : 10) + digit;
	}
	*number = value;
	return true;
}

bool sekisho_take_number(struct sekisho_load *load, const struct sekisho_node *node, uint64_t least,
			 uint64_t most, uint64_t *number)
{
	struct sekisho_diagnostic *diagnostic;
	uint64_t value;

	if (!sekisho_take_scalar(load, node, N_("a number")))
		return false;
	if (!parse_number(node->text, &value) || node->quoted) {
		diagnostic = sekisho_load_error(load, node, "not-a-number", NULL,
						_("'%.60s' is not a number"), node->text);
		if (node->quoted)
			sekisho_diagnostic_hint(diagnostic, "%s", _("leave out the quotes"));
		else
			sekisho_diagnostic_hint(diagnostic, "%s",
						_("write half-width digits without leading zeros"));
		return false;
	}
	if (value < least || value > most) {
		sekisho_load_error(load, node, "out-of-range", NULL,
				   _("%.30s is outside %llu to %llu"), node->text,
				   (unsigned long long)least, (unsigned long long)most);
		return false;
	}
	*number = value;
	return true;
}

bool sekisho_take_boolean(struct sekisho_load *load, const struct sekisho_node *node, bool *value)
{
	struct sekisho_diagnostic *diagnostic;

	if (!sekisho_take_scalar(load, node, N_("true or false")))
		return false;
	if (!node->quoted && (!strcmp(node->text, "true") || !strcmp(node->text, "false"))) {
		*value = node->text[0] == 't';
		return true;
	}
	diagnostic = sekisho_load_error(load, node, "not-a-boolean", NULL,
					_("true or false is needed here, not '%.60s'"), node->text);
	sekisho_diagnostic_hint(diagnostic, "%s", _("write true or false, without quotes"));
	return false;
}

static void list_words(char *list, size_t room, const char *const *words, size_t count)
{
	size_t used = 0;

	list[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		int added = snprintf(list + used, room - used, "%s%s", i ? ", " : "", words[i]);

		if (added < 0 || (size_t)added >= room - used)
			return;
		used += (size_t)added;
	}
}

bool sekisho_take_choice(struct sekisho_load *load, const struct sekisho_node *node,
			 const char *const *words, size_t count, unsigned int *index)
{
	struct sekisho_diagnostic *diagnostic;
	const char *near;
	char list[256];

	if (!sekisho_take_scalar(load, node, N_("a word")))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(words[i], node->text)) {
			*index = (unsigned int)i;
			return true;
		}
	}
	diagnostic = sekisho_load_error(load, node, "unknown-value", NULL,
					_("'%.60s' is not known here"), node->text);
	near = sekisho_words_nearest(words, count, node->text);
	if (near) {
		sekisho_load_suggest(diagnostic, near);
	} else {
		list_words(list, sizeof(list), words, count);
		sekisho_diagnostic_hint(diagnostic, _("one of: %s"), list);
	}
	return false;
}
