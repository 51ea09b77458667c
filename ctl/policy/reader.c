/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Builds the tree of a YAML document from libyaml's events and refuses what is ambiguous.
 * Knows nothing of policies.
 */
#include "policy/reader.h"

#include <string.h>
#include <yaml.h>

#include "policy/names.h"
#include "ui/message.h"

/* Up to this many keys are compared one by one, more through an index. */
#define FEW_KEYS 32

struct reader {
	yaml_parser_t parser;
	yaml_event_t event;
	const struct sekisho_source *source;
	struct sekisho_diagnostics *diagnostics;
	struct sekisho_arena *arena;
	unsigned int untold; /* events */
};

static struct sekisho_diagnostic *complain(struct reader *reader, yaml_mark_t mark,
					   const char *code, const char *message)
{
	return sekisho_diagnostics_add(reader->diagnostics, reader->source, SEKISHO_ERROR,
				       (unsigned int)mark.line + 1, (unsigned int)mark.column + 1,
				       code, NULL, "%s", message);
}

static void complain_memory(struct reader *reader)
{
	sekisho_diagnostics_add(reader->diagnostics, reader->source, SEKISHO_ERROR, 0, 0,
				"no-memory", NULL, "%s", _("not enough memory"));
}

static void complain_yaml(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	struct sekisho_diagnostic *diagnostic;

	if (parser->error == YAML_MEMORY_ERROR) {
		complain_memory(reader);
		return;
	}
	diagnostic =
		sekisho_diagnostics_add(reader->diagnostics, reader->source, SEKISHO_ERROR,
					(unsigned int)parser->problem_mark.line + 1,
					(unsigned int)parser->problem_mark.column + 1, "yaml", NULL,
					_("this is not YAML: %s"),
					parser->problem ? parser->problem : _("it cannot be read"));
	if (parser->context && parser->context_mark.line != parser->problem_mark.line)
		sekisho_diagnostic_hint(diagnostic, _("%s that begins in line %zu"),
					parser->context, parser->context_mark.line + 1);
	else if (parser->problem && strstr(parser->problem, "cannot start any token"))
		sekisho_diagnostic_hint(diagnostic, "%s",
					_("indent with spaces; put texts with special "
					  "characters in double quotes"));
}

static bool next_event(struct reader *reader)
{
	const struct sekisho_policy_pace *pace = reader->diagnostics->pace;

	if (pace && ++reader->untold >= SEKISHO_POLICY_TOLD_EVERY) {
		pace->tell(pace->context, SEKISHO_POLICY_TEXT, reader->parser.offset,
			   reader->source->length);
		reader->untold = 0;
	}
	yaml_event_delete(&reader->event);
	if (yaml_parser_parse(&reader->parser, &reader->event))
		return true;
	complain_yaml(reader);
	memset(&reader->event, 0, sizeof(reader->event));
	return false;
}

static struct sekisho_node *new_node(struct reader *reader, enum sekisho_node_kind kind)
{
	struct sekisho_node *node = sekisho_arena_alloc(reader->arena, sizeof(*node));

	if (!node) {
		complain_memory(reader);
		return NULL;
	}
	node->kind = kind;
	node->line = (uint32_t)reader->event.start_mark.line + 1;
	node->column = (uint32_t)reader->event.start_mark.column + 1;
	return node;
}

static void refuse_properties(struct reader *reader, const yaml_char_t *anchor,
			      const yaml_char_t *tag)
{
	struct sekisho_diagnostic *diagnostic;

	if (anchor) {
		diagnostic = complain(reader, reader->event.start_mark, "anchor",
				      _("anchors are not read"));
		sekisho_diagnostic_hint(diagnostic, "%s",
					_("give the set a name under hosts or services instead"));
	}
	if (tag)
		complain(reader, reader->event.start_mark, "tag", _("tags are not read"));
}

static struct sekisho_node *read_scalar(struct reader *reader)
{
	struct sekisho_node *node = new_node(reader, SEKISHO_NODE_SCALAR);

	if (!node)
		return NULL;
	refuse_properties(reader, reader->event.data.scalar.anchor, reader->event.data.scalar.tag);
	node->length = (uint32_t)reader->event.data.scalar.length;
	node->quoted = reader->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	node->text = sekisho_arena_text(reader->arena,
					(const char *)reader->event.data.scalar.value,
					reader->event.data.scalar.length);
	if (!node->text) {
		complain_memory(reader);
		return NULL;
	}
	return node;
}

static struct sekisho_node *read_node(struct reader *reader, unsigned int depth);

static struct sekisho_node *read_list(struct reader *reader, unsigned int depth)
{
	struct sekisho_node *list = new_node(reader, SEKISHO_NODE_LIST);
	struct sekisho_node **tail;

	if (!list)
		return NULL;
	refuse_properties(reader, reader->event.data.sequence_start.anchor,
			  reader->event.data.sequence_start.tag);
	tail = &list->first;
	for (;;) {
		if (!next_event(reader))
			return NULL;
		if (reader->event.type == YAML_SEQUENCE_END_EVENT)
			return list;
		*tail = read_node(reader, depth + 1);
		if (!*tail)
			return NULL;
		tail = &(*tail)->next;
		list->length++;
	}
}

/* Where @key stood before in @mapping, or NULL. */
static const struct sekisho_node *earlier_key(const struct sekisho_node *mapping,
					      const struct sekisho_node *key,
					      const struct sekisho_names *index)
{
	const struct sekisho_node *at = mapping->first;

	if (mapping->length > FEW_KEYS &&
	    sekisho_names_find(index, key->text) == SEKISHO_NAMES_NONE)
		return NULL;
	for (uint32_t i = 0; i < mapping->length; i++, at = at->next->next)
		if (at->length == key->length && !memcmp(at->text, key->text, key->length))
			return at;
	return NULL;
}

static bool index_key(const struct sekisho_node *mapping, const struct sekisho_node *key,
		      struct sekisho_names *index)
{
	const struct sekisho_node *at = mapping->first;

	if (mapping->length <= FEW_KEYS)
		return true;
	if (index->count)
		return sekisho_names_add(index, key->text, 0);
	for (uint32_t i = 0; i < mapping->length; i++, at = at->next->next)
		if (!sekisho_names_add(index, at->text, 0))
			return false;
	return true;
}

static bool key_acceptable(struct reader *reader, const struct sekisho_node *mapping,
			   const struct sekisho_node *key, const struct sekisho_names *index)
{
	yaml_mark_t mark = { .line = key->line - 1, .column = key->column - 1 };
	const struct sekisho_node *before;
	struct sekisho_diagnostic *diagnostic;

	if (key->kind == SEKISHO_NODE_BROKEN)
		return false;
	if (key->kind != SEKISHO_NODE_SCALAR || strlen(key->text) != key->length) {
		complain(reader, mark, "key-not-text", _("a key must be a single word"));
		return false;
	}
	if (!key->quoted && !strcmp(key->text, "<<")) {
		complain(reader, mark, "merge-key", _("merge keys are not read"));
		return false;
	}
	before = earlier_key(mapping, key, index);
	if (!before)
		return true;
	diagnostic = sekisho_diagnostics_add(reader->diagnostics, reader->source, SEKISHO_ERROR,
					     key->line, key->column, "duplicate-key", NULL,
					     _("'%.60s' is given twice"), key->text);
	sekisho_diagnostic_hint(diagnostic, _("it is first given in line %u"), before->line);
	return false;
}

static bool read_pairs(struct reader *reader, struct sekisho_node *mapping, unsigned int depth,
		       struct sekisho_names *index)
{
	struct sekisho_node **tail = &mapping->first;

	for (;;) {
		struct sekisho_node *key, *value;

		if (!next_event(reader))
			return false;
		if (reader->event.type == YAML_MAPPING_END_EVENT)
			return true;
		key = read_node(reader, depth + 1);
		if (!key || !next_event(reader))
			return false;
		value = read_node(reader, depth + 1);
		if (!value)
			return false;
		if (!key_acceptable(reader, mapping, key, index))
			continue;
		*tail = key;
		key->next = value;
		tail = &value->next;
		mapping->length++;
		if (!index_key(mapping, key, index)) {
			complain_memory(reader);
			return false;
		}
	}
}

static struct sekisho_node *read_mapping(struct reader *reader, unsigned int depth)
{
	struct sekisho_node *mapping = new_node(reader, SEKISHO_NODE_MAPPING);
	struct sekisho_names index = { 0 };
	bool read;

	if (!mapping)
		return NULL;
	refuse_properties(reader, reader->event.data.mapping_start.anchor,
			  reader->event.data.mapping_start.tag);
	read = read_pairs(reader, mapping, depth, &index);
	sekisho_names_free(&index);
	return read ? mapping : NULL;
}

/* The node that the current event begins. */
static struct sekisho_node *read_node(struct reader *reader, unsigned int depth)
{
	struct sekisho_diagnostic *diagnostic;

	switch (reader->event.type) {
	case YAML_SCALAR_EVENT:
		return read_scalar(reader);
	case YAML_ALIAS_EVENT:
		complain(reader, reader->event.start_mark, "alias", _("aliases are not read"));
		return new_node(reader, SEKISHO_NODE_BROKEN);
	default:
		break;
	}
	if (depth >= SEKISHO_NESTING_MAX) {
		diagnostic = complain(reader, reader->event.start_mark, "too-deep",
				      _("this is nested too deeply"));
		sekisho_diagnostic_hint(diagnostic, _("at most %d levels are read"),
					SEKISHO_NESTING_MAX);
		return NULL;
	}
	if (reader->event.type == YAML_SEQUENCE_START_EVENT)
		return read_list(reader, depth);
	return read_mapping(reader, depth);
}

static bool skip_events(struct reader *reader, unsigned int count)
{
	while (count--) {
		if (!next_event(reader))
			return false;
	}
	return true;
}

static struct sekisho_node *read_document(struct reader *reader)
{
	struct sekisho_node *root;

	if (!skip_events(reader, 2)) /* the stream's and the document's start */
		return NULL;
	if (reader->event.type == YAML_STREAM_END_EVENT) {
		sekisho_diagnostics_add(reader->diagnostics, reader->source, SEKISHO_ERROR, 0, 0,
					"empty", NULL, "%s", _("the file is empty"));
		return NULL;
	}
	if (!next_event(reader))
		return NULL;
	root = read_node(reader, 0);
	if (!root || !skip_events(reader, 2)) /* the document's end, and what follows */
		return NULL;
	if (reader->event.type != YAML_STREAM_END_EVENT) {
		complain(reader, reader->event.start_mark, "several-documents",
			 _("a second document begins here; only one is read"));
		return NULL;
	}
	return root;
}

struct sekisho_node *sekisho_reader_read(const struct sekisho_source *source,
					 struct sekisho_diagnostics *diagnostics,
					 struct sekisho_arena *arena)
{
	struct reader reader = { .source = source, .diagnostics = diagnostics, .arena = arena };
	struct sekisho_node *root;

	if (!yaml_parser_initialize(&reader.parser)) {
		complain_memory(&reader);
		return NULL;
	}
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)source->text,
				     source->length);
	root = read_document(&reader);
	yaml_event_delete(&reader.event);
	yaml_parser_delete(&reader.parser);
	return root;
}
