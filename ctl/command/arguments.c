// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words of a command line as a command's table of options has them. Knows nothing of what commands
 * do.
 */
#include "command/arguments.h"

#include <stdlib.h>
#include <string.h>

#include "policy/names.h"
#include "ui/language.h"
#include "ui/message.h"
#include "ui/say.h"

static const struct sekisho_option shared[] = {
	{ "json", NULL, false, N_("print JSON (also -j)") },
	{ "lang", "ja|en", false, N_("language of what is shown") },
	{ "help", NULL, false, N_("show this help (also -h)") },
	{ 0 },
};

static bool fail(struct sekisho_arguments_problem *problem, enum sekisho_arguments_fault fault,
		 const char *subject)
{
	problem->fault = fault;
	snprintf(problem->subject, sizeof(problem->subject), "%s", subject ? subject : "");
	return false;
}

/* The place of `--word[=value]` in a list, or -1; @value is what follows '='. */
static int find_option(const struct sekisho_option *options, const char *word, const char **value)
{
	size_t length = strcspn(word, "=");

	*value = word[length] ? word + length + 1 : NULL;
	for (int i = 0; options && options[i].name; i++) {
		if (strlen(options[i].name) == length && !strncmp(options[i].name, word, length))
			return i;
	}
	return -1;
}

/* The value of an option: after '=', or the next word. */
static bool take_value(const struct sekisho_option *option, const char **value, int *at, int argc,
		       char **argv, struct sekisho_arguments_problem *problem)
{
	char name[64];

	snprintf(name, sizeof(name), "--%s", option->name);
	if (!option->value) {
		if (*value)
			return fail(problem, SEKISHO_ARGUMENTS_EXTRA_VALUE, name);
		*value = "";
		return true;
	}
	if (!*value) {
		if (*at + 1 >= argc)
			return fail(problem, SEKISHO_ARGUMENTS_NO_VALUE, name);
		*value = argv[++*at];
	}
	/* An empty reason or name would be none. */
	if (!**value)
		return fail(problem, SEKISHO_ARGUMENTS_EMPTY, name);
	return true;
}

static bool take_shared(struct sekisho_arguments *arguments, int which, const char *value,
			struct sekisho_arguments_problem *problem)
{
	enum sekisho_language language;

	switch (which) {
	case 0:
		arguments->json = true;
		return true;
	case 1:
		arguments->language = value;
		if (!sekisho_language_find(value, &language))
			return fail(problem, SEKISHO_ARGUMENTS_LANGUAGE, value);
		return true;
	default:
		arguments->help = true;
		return true;
	}
}

static bool take_option(struct sekisho_arguments *arguments, int *at, int argc, char **argv,
			struct sekisho_arguments_problem *problem)
{
	const struct sekisho_option *options = arguments->command->options;
	const char *word = argv[*at], *value;
	int which;

	if (!strcmp(word, "-j") || !strcmp(word, "-h"))
		return take_shared(arguments, word[1] == 'j' ? 0 : 2, "", problem);
	if (strncmp(word, "--", 2) != 0)
		return fail(problem, SEKISHO_ARGUMENTS_UNKNOWN, word);
	which = find_option(shared, word + 2, &value);
	if (which >= 0)
		return take_value(&shared[which], &value, at, argc, argv, problem) &&
		       take_shared(arguments, which, value, problem);
	which = find_option(options, word + 2, &value);
	if (which < 0)
		return fail(problem, SEKISHO_ARGUMENTS_UNKNOWN, word);
	if (arguments->values[which])
		return fail(problem, SEKISHO_ARGUMENTS_TWICE, word);
	if (!take_value(&options[which], &value, at, argc, argv, problem))
		return false;
	arguments->values[which] = value;
	return true;
}

/* Its own word: what follows the command's name and a blank. */
static const char *action_word(const struct sekisho_subcommand *command,
			       const struct sekisho_subcommand *action)
{
	return action->name + strlen(command->name) + 1;
}

const struct sekisho_subcommand *sekisho_arguments_action(const struct sekisho_subcommand *command,
							  int *argc, char ***argv,
							  struct sekisho_arguments_problem *problem)
{
	const char *word = *argc > 0 ? **argv : NULL;

	if (!command->actions || (word && (!strcmp(word, "--help") || !strcmp(word, "-h"))))
		return command;
	for (size_t i = 0; word && command->actions[i]; i++) {
		if (strcmp(action_word(command, command->actions[i]), word) != 0)
			continue;
		--*argc;
		++*argv;
		return command->actions[i];
	}
	fail(problem, word ? SEKISHO_ARGUMENTS_ACTION : SEKISHO_ARGUMENTS_FEW,
	     word ? word : command->operands);
	return NULL;
}

static bool is_complete(const struct sekisho_arguments *arguments,
			struct sekisho_arguments_problem *problem)
{
	const struct sekisho_subcommand *command = arguments->command;

	if (arguments->operand_count < command->least)
		return fail(problem, SEKISHO_ARGUMENTS_FEW, command->operands);
	for (size_t i = 0; command->options && command->options[i].name; i++) {
		char name[64];

		if (!command->options[i].required || arguments->values[i])
			continue;
		snprintf(name, sizeof(name), "--%s", command->options[i].name);
		return fail(problem, SEKISHO_ARGUMENTS_MISSING, name);
	}
	return true;
}

bool sekisho_arguments_parse(const struct sekisho_subcommand *command, int argc, char **argv,
			     struct sekisho_arguments *arguments,
			     struct sekisho_arguments_problem *problem)
{
	bool options_end = false, fine = true;

	arguments->command = command;
	problem->fault = SEKISHO_ARGUMENTS_FINE;
	for (int i = 0; i < argc && fine; i++) {
		if (!options_end && !strcmp(argv[i], "--"))
			options_end = true;
		else if (!options_end && argv[i][0] == '-' && argv[i][1])
			fine = take_option(arguments, &i, argc, argv, problem);
		else if (arguments->operand_count == command->most ||
			 arguments->operand_count == SEKISHO_OPERANDS_MAX)
			fine = fail(problem, SEKISHO_ARGUMENTS_MANY, argv[i]);
		else
			arguments->operands[arguments->operand_count++] = argv[i];
	}
	if (arguments->help)
		return true;
	return fine && is_complete(arguments, problem);
}

const char *sekisho_argument(const struct sekisho_arguments *arguments, const char *name)
{
	const struct sekisho_option *options = arguments->command->options;

	for (size_t i = 0; options && options[i].name; i++) {
		if (!strcmp(options[i].name, name))
			return arguments->values[i];
	}
	return NULL;
}

static void print_options(const struct sekisho_option *options, FILE *stream)
{
	for (; options && options->name; options++)
		fprintf(stream, "  --%s%s%s\n        %s\n", options->name,
			options->value ? " " : "", options->value ? options->value : "",
			_(options->summary));
}

void sekisho_arguments_usage_shared(FILE *stream)
{
	print_options(shared, stream);
}

void sekisho_arguments_usage(const struct sekisho_subcommand *command, FILE *stream)
{
	const struct sekisho_option *option;

	fprintf(stream, _("usage: %s"), "sekishoctl ");
	fprintf(stream, "%s%s%s", command->name, *command->operands ? " " : "", command->operands);
	for (option = command->options; option && option->name; option++)
		fprintf(stream, option->required ? " --%s%s%s" : " [--%s%s%s]", option->name,
			option->value ? " " : "", option->value ? option->value : "");
	fprintf(stream, "\n\n%s\n\n", _(command->summary));
	for (size_t i = 0; command->actions && command->actions[i]; i++)
		fprintf(stream, "  %-12s %s\n", action_word(command, command->actions[i]),
			_(command->actions[i]->summary));
	if (command->actions)
		fputc('\n', stream);
	print_options(command->options, stream);
	sekisho_arguments_usage_shared(stream);
}

static void suggest(const struct sekisho_subcommand *command, const char *word)
{
	const char *names[SEKISHO_OPTIONS_MAX + 4], *near;
	const struct sekisho_option *option;
	char name[128];
	size_t count = 0;

	for (option = command->options; option && option->name; option++)
		names[count++] = option->name;
	for (option = shared; option->name; option++)
		names[count++] = option->name;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
	near = sekisho_words_nearest(names, count, name + strspn(name, "-"));
	if (near)
		sekisho_say_hint(_("did you mean --%s?"), near);
}

static void suggest_action(const struct sekisho_subcommand *command, const char *word)
{
	const char *names[SEKISHO_OPTIONS_MAX], *near;
	size_t count = 0;

	for (; command->actions[count] && count < SEKISHO_OPTIONS_MAX; count++)
		names[count] = action_word(command, command->actions[count]);
	near = sekisho_words_nearest(names, count, word);
	if (near)
		sekisho_say_hint(_("did you mean '%s'?"), near);
}

void sekisho_arguments_say(const struct sekisho_subcommand *command,
			   const struct sekisho_arguments_problem *problem)
{
	const char *subject = problem->subject;

	switch (problem->fault) {
	case SEKISHO_ARGUMENTS_FINE:
		return;
	case SEKISHO_ARGUMENTS_UNKNOWN:
		sekisho_say(_("%s has no option %s"), command->name, subject);
		suggest(command, subject);
		break;
	case SEKISHO_ARGUMENTS_NO_VALUE:
		sekisho_say(_("%s needs a value"), subject);
		break;
	case SEKISHO_ARGUMENTS_EMPTY:
		sekisho_say(_("the value of %s is empty"), subject);
		break;
	case SEKISHO_ARGUMENTS_EXTRA_VALUE:
		sekisho_say(_("%s takes no value"), subject);
		break;
	case SEKISHO_ARGUMENTS_TWICE:
		sekisho_say(_("%s is given twice"), subject);
		break;
	case SEKISHO_ARGUMENTS_MISSING:
		sekisho_say(_("%s needs %s"), command->name, subject);
		break;
	case SEKISHO_ARGUMENTS_FEW:
		sekisho_say(_("%s needs: %s"), command->name, subject);
		break;
	case SEKISHO_ARGUMENTS_MANY:
		sekisho_say(_("%s does not take '%s'"), command->name, subject);
		break;
	case SEKISHO_ARGUMENTS_LANGUAGE:
		sekisho_say(_("the language is ja or en, not '%s'"), subject);
		break;
	case SEKISHO_ARGUMENTS_ACTION:
		sekisho_say(_("%s does not take '%s'"), command->name, subject);
		suggest_action(command, subject);
		break;
	}
	sekisho_say_hint(_("sekishoctl %s --help"), command->name);
}
