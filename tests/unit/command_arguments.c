/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words of command lines: what is taken, what is refused, and with which fault. Needs neither root
 * nor files. Knows nothing of what commands do.
 */
#include <stdlib.h>
#include <string.h>

#include "command/arguments.h"
#include "command/commands.h"
#include "ktap.h"

#define WORDS_MAX 12

struct parse_case {
	const char *what;
	const struct sekisho_subcommand *command;
	const char *words[WORDS_MAX];
	enum sekisho_arguments_fault fault;
	const char *subject; /* of the fault */
};

static const struct parse_case cases[] = {
	{ "check takes a file", &cmd_check, { "a.yaml" }, SEKISHO_ARGUMENTS_FINE, "" },
	{ "check needs a file", &cmd_check, { NULL }, SEKISHO_ARGUMENTS_FEW, "POLICY" },
	{ "check takes one file", &cmd_check, { "a", "b" }, SEKISHO_ARGUMENTS_MANY, "b" },
	{ "-j before the operand", &cmd_check, { "-j", "a" }, SEKISHO_ARGUMENTS_FINE, "" },
	{ "-j after the operand", &cmd_check, { "a", "-j" }, SEKISHO_ARGUMENTS_FINE, "" },
	{ "an unknown option", &cmd_check, { "--boot", "a" }, SEKISHO_ARGUMENTS_UNKNOWN, "--boot" },
	{ "an unknown letter", &cmd_check, { "-x", "a" }, SEKISHO_ARGUMENTS_UNKNOWN, "-x" },
	{ "letters are not joined", &cmd_check, { "-jj", "a" }, SEKISHO_ARGUMENTS_UNKNOWN, "-jj" },
	{ "options are exact",
	  &cmd_apply,
	  { "--conf", "1", "a" },
	  SEKISHO_ARGUMENTS_UNKNOWN,
	  "--conf" },
	{ "no longer name either",
	  &cmd_apply,
	  { "--confirmed", "a" },
	  SEKISHO_ARGUMENTS_UNKNOWN,
	  "--confirmed" },
	{ "a value after a space",
	  &cmd_apply,
	  { "a", "--confirm", "9" },
	  SEKISHO_ARGUMENTS_FINE,
	  "" },
	{ "a value after '='", &cmd_apply, { "a", "--confirm=9" }, SEKISHO_ARGUMENTS_FINE, "" },
	{ "a value that looks like an option",
	  &cmd_apply,
	  { "a", "--ticket", "--x" },
	  SEKISHO_ARGUMENTS_FINE,
	  "" },
	{ "no value at the end",
	  &cmd_apply,
	  { "a", "--confirm" },
	  SEKISHO_ARGUMENTS_NO_VALUE,
	  "--confirm" },
	{ "an empty value",
	  &cmd_apply,
	  { "a", "--actor", "" },
	  SEKISHO_ARGUMENTS_EMPTY,
	  "--actor" },
	{ "an empty value after '='",
	  &cmd_apply,
	  { "a", "--actor=" },
	  SEKISHO_ARGUMENTS_EMPTY,
	  "--actor" },
	{ "a value for a flag",
	  &cmd_apply,
	  { "a", "--dry-run=1" },
	  SEKISHO_ARGUMENTS_EXTRA_VALUE,
	  "--dry-run" },
	{ "an option twice",
	  &cmd_apply,
	  { "a", "--actor", "x", "--actor", "y" },
	  SEKISHO_ARGUMENTS_TWICE,
	  "--actor" },
	{ "a flag twice",
	  &cmd_apply,
	  { "a", "--dry-run", "--dry-run" },
	  SEKISHO_ARGUMENTS_TWICE,
	  "--dry-run" },
	{ "isolate needs a segment",
	  &cmd_isolate,
	  { "--reason", "r", "--authority", "a" },
	  SEKISHO_ARGUMENTS_FEW,
	  "SEGMENT|all" },
	{ "isolate needs a reason",
	  &cmd_isolate,
	  { "lgwan", "--authority", "a" },
	  SEKISHO_ARGUMENTS_MISSING,
	  "--reason" },
	{ "isolate needs an authority",
	  &cmd_isolate,
	  { "lgwan", "--reason", "r" },
	  SEKISHO_ARGUMENTS_MISSING,
	  "--authority" },
	{ "isolate whole",
	  &cmd_isolate,
	  { "lgwan", "--reason", "r", "--authority", "a" },
	  SEKISHO_ARGUMENTS_FINE,
	  "" },
	{ "release needs a second person",
	  &cmd_release,
	  { "lgwan", "--actor", "a" },
	  SEKISHO_ARGUMENTS_MISSING,
	  "--second" },
	{ "detach needs a reason",
	  &cmd_detach,
	  { "--actor", "a", "--second", "b" },
	  SEKISHO_ARGUMENTS_MISSING,
	  "--reason" },
	{ "restore needs a reason",
	  &cmd_restore,
	  { "10.0.0.1", "--actor", "a" },
	  SEKISHO_ARGUMENTS_MISSING,
	  "--reason" },
	{ "Japanese", &cmd_check, { "--lang", "ja", "a" }, SEKISHO_ARGUMENTS_FINE, "" },
	{ "another language",
	  &cmd_check,
	  { "--lang", "de", "a" },
	  SEKISHO_ARGUMENTS_LANGUAGE,
	  "de" },
	{ "--help makes up for what is missing",
	  &cmd_isolate,
	  { "--help" },
	  SEKISHO_ARGUMENTS_FINE,
	  "" },
	{ "after -- all are operands", &cmd_check, { "--", "-j" }, SEKISHO_ARGUMENTS_FINE, "" },
	{ "a lone dash is an operand", &cmd_check, { "-" }, SEKISHO_ARGUMENTS_FINE, "" },
	{ "confirm takes no operand", &cmd_confirm, { "3" }, SEKISHO_ARGUMENTS_MANY, "3" },
	{ "rollback may have one", &cmd_rollback, { "3" }, SEKISHO_ARGUMENTS_FINE, "" },
	{ "and may have none", &cmd_rollback, { NULL }, SEKISHO_ARGUMENTS_FINE, "" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool parse(const struct sekisho_subcommand *command, const char *const *words,
		  struct sekisho_arguments *arguments, struct sekisho_arguments_problem *problem)
{
	char *argv[WORDS_MAX];
	int argc = 0;

	for (; argc < WORDS_MAX && words[argc]; argc++)
		argv[argc] = (char *)words[argc];
	memset(arguments, 0, sizeof(*arguments));
	memset(problem, 0, sizeof(*problem));
	return sekisho_arguments_parse(command, argc, argv, arguments, problem);
}

static void run_case(const struct parse_case *row)
{
	struct sekisho_arguments_problem problem;
	struct sekisho_arguments arguments;
	bool parsed = parse(row->command, row->words, &arguments, &problem);

	ok(parsed == (row->fault == SEKISHO_ARGUMENTS_FINE) &&
		   (parsed ||
		    (problem.fault == row->fault && !strcmp(problem.subject, row->subject))),
	   "%s", row->what);
}

static void check_values(void)
{
	static const char *const words[] = { "p.yaml",	  "--confirm=30", "--actor", "山田",
					     "--dry-run", "--lang=en",	  "-j",	     NULL };
	static const char *const after[] = { "--", "--actor", NULL };
	struct sekisho_arguments_problem problem;
	struct sekisho_arguments arguments;

	parse(&cmd_apply, words, &arguments, &problem);
	ok(arguments.operand_count == 1 && !strcmp(arguments.operands[0], "p.yaml"),
	   "the operand is handed over");
	ok(!strcmp(sekisho_argument(&arguments, "confirm"), "30"), "a value after '=' too");
	ok(!strcmp(sekisho_argument(&arguments, "actor"), "山田"), "and one after a space");
	ok(!strcmp(sekisho_argument(&arguments, "dry-run"), ""), "a flag is there");
	ok(!sekisho_argument(&arguments, "boot") && !sekisho_argument(&arguments, "nosuch"),
	   "what was not given is not");
	ok(arguments.json && !arguments.help && !strcmp(arguments.language, "en"),
	   "options of every command");
	parse(&cmd_check, after, &arguments, &problem);
	ok(arguments.operand_count == 1 && !strcmp(arguments.operands[0], "--actor"),
	   "an option after -- is an operand");
}

static void check_bounds(void)
{
	struct sekisho_arguments_problem problem = { 0 };
	struct sekisho_arguments arguments = { 0 };
	char word[1024], *argv[] = { word };

	memset(word, 'x', sizeof(word) - 1);
	memcpy(word, "--", 2);
	word[sizeof(word) - 1] = '\0';
	ok(!sekisho_arguments_parse(&cmd_check, 1, argv, &arguments, &problem) &&
		   strlen(problem.subject) < sizeof(problem.subject),
	   "a very long word is cut, not overrun");
}

/* Each table fits the arrays that its values go to, and what it says can be shown. */
static void check_tables(void)
{
	static const struct sekisho_subcommand *const commands[] = {
		&cmd_check,   &cmd_apply,   &cmd_confirm, &cmd_rollback, &cmd_history,
		&cmd_show,    &cmd_explain, &cmd_isolate, &cmd_release,	 &cmd_suspend,
		&cmd_restore, &cmd_monitor, &cmd_collect, &cmd_audit,	 &cmd_detach,
	};
	bool fits = true, shown = true;

	for (size_t i = 0; i < COUNT(commands); i++) {
		const struct sekisho_option *option = commands[i]->options;
		char *text = NULL;
		size_t count = 0, length;
		FILE *stream = open_memstream(&text, &length);

		sekisho_arguments_usage(commands[i], stream);
		fclose(stream);
		for (; option && option->name; option++, count++)
			shown = shown && option->summary && strstr(text, option->name);
		fits = fits && count <= SEKISHO_OPTIONS_MAX &&
		       commands[i]->most <= SEKISHO_OPERANDS_MAX &&
		       commands[i]->least <= commands[i]->most;
		free(text);
	}
	ok(fits, "tables fit");
	ok(shown, "the usage shows every option");
}

int main(void)
{
	plan(COUNT(cases) + 10);
	for (size_t i = 0; i < COUNT(cases); i++)
		run_case(&cases[i]);
	check_values();
	check_bounds();
	check_tables();
	return finish();
}
