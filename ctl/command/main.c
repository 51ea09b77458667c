// SPDX-License-Identifier: GPL-2.0-only
/*
 * sekishoctl: finds the command and hands it its words. Knows nothing of what commands do.
 */
#include <stdio.h>
#include <string.h>

#include "command/arguments.h"
#include "command/commands.h"
#include "command/context.h"
#include "policy/names.h"
#include "sekisho/version.h"
#include "ui/language.h"
#include "ui/message.h"
#include "ui/say.h"

static const struct sekisho_subcommand *const commands[] = {
	&cmd_check,   &cmd_apply,   &cmd_confirm, &cmd_rollback, &cmd_history, &cmd_show,
	&cmd_explain, &cmd_isolate, &cmd_release, &cmd_suspend,	 &cmd_restore, &cmd_monitor,
	&cmd_top,     &cmd_collect, &cmd_audit,	  &cmd_detach,	 &cmd_seal,    &cmd_unseal,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *stream)
{
	fprintf(stream, _("usage: %s"), "sekishoctl ");
	fputs(_("COMMAND [ARGUMENT...]"), stream);
	fputs("\n\n", stream);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(stream, "  %-10s %s\n", commands[i]->name, _(commands[i]->summary));
	fputc('\n', stream);
	sekisho_arguments_usage_shared(stream);
	fprintf(stream, "  --version\n        %s\n", _("show the version"));
	fprintf(stream, "\n%s\n",
		_("Exit status: 0 done; 1 refused, failed, found or denied; 2 wrong usage."));
}

static const struct sekisho_subcommand *find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	}
	return NULL;
}

static int unknown_command(const char *name)
{
	const char *names[COMMANDS], *near;

	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i]->name;
	sekisho_say(_("there is no command '%s'"), name);
	near = sekisho_words_nearest(names, COMMANDS, name);
	if (near)
		sekisho_say_hint(_("did you mean '%s'?"), near);
	else
		sekisho_say_hint("sekishoctl --help");
	return SEKISHO_EXIT_USAGE;
}

/* Messages about the words are themselves in the language that the words ask for. */
static void set_language(int argc, char **argv)
{
	enum sekisho_language language = sekisho_language_of_environment();

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (!strncmp(argv[i], "--lang=", 7))
			sekisho_language_find(argv[i] + 7, &language);
		else if (!strcmp(argv[i], "--lang") && i + 1 < argc)
			sekisho_language_find(argv[i + 1], &language);
	}
	sekisho_language_set(language);
}

static int run(const struct sekisho_subcommand *command, struct sekisho_arguments *arguments,
	       int argc, char **argv)
{
	struct sekisho_arguments_problem problem;
	struct sekisho_context context;
	const struct sekisho_subcommand *action;
	int status;

	action = sekisho_arguments_action(command, &argc, &argv, &problem);
	if (!action || !sekisho_arguments_parse(action, argc, argv, arguments, &problem)) {
		sekisho_arguments_say(action ? action : command, &problem);
		return SEKISHO_EXIT_USAGE;
	}
	if (arguments->help) {
		sekisho_arguments_usage(action, stdout);
		return SEKISHO_EXIT_DONE;
	}
	sekisho_context_begin(&context, arguments);
	status = action->run(&context);
	sekisho_context_end(&context);
	if (fflush(stdout) || ferror(stdout)) {
		sekisho_say(_("the output could not be written"));
		return status ? status : SEKISHO_EXIT_REFUSED;
	}
	return status;
}

/* What stands before the command's name: true to go on, false to end with @status. */
static bool take_word(int argc, char **argv, int *at, struct sekisho_arguments *arguments,
		      int *status)
{
	const char *word = argv[*at], *language = NULL;
	enum sekisho_language known;

	*status = SEKISHO_EXIT_DONE;
	if (!strcmp(word, "--version")) {
		printf("sekishoctl %s\n", SEKISHO_VERSION);
		return false;
	}
	if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
		usage(stdout);
		return false;
	}
	if (!strcmp(word, "-j") || !strcmp(word, "--json")) {
		arguments->json = true;
		return true;
	}
	if (!strncmp(word, "--lang=", 7))
		language = word + 7;
	else if (!strcmp(word, "--lang") && *at + 1 < argc)
		language = argv[++*at];
	if (language && sekisho_language_find(language, &known))
		return true;
	*status = SEKISHO_EXIT_USAGE;
	if (language)
		sekisho_say(_("the language is ja or en, not '%s'"), language);
	else
		unknown_command(word);
	return false;
}

int main(int argc, char **argv)
{
	struct sekisho_arguments arguments = { 0 };
	const struct sekisho_subcommand *command;
	int at = 1, status;

	set_language(argc, argv);
	for (; at < argc && argv[at][0] == '-'; at++) {
		if (!take_word(argc, argv, &at, &arguments, &status))
			return status;
	}
	if (at >= argc) {
		usage(stderr);
		return SEKISHO_EXIT_USAGE;
	}
	command = find_command(argv[at]);
	if (!command)
		return unknown_command(argv[at]);
	return run(command, &arguments, argc - at - 1, argv + at + 1);
}
