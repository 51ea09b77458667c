/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words of a command line as a command's table of options has them, and the usage that follows
 * from the same table. Pure: needs neither root nor files. Knows nothing of what commands do.
 */
#ifndef SEKISHO_COMMAND_ARGUMENTS_H
#define SEKISHO_COMMAND_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SEKISHO_OPTIONS_MAX  24
#define SEKISHO_OPERANDS_MAX 32

/* Exit statuses (docs: sekishoctl(8)). */
enum sekisho_exit {
	SEKISHO_EXIT_DONE = 0,
	SEKISHO_EXIT_REFUSED = 1, /* or failed, found, denied */
	SEKISHO_EXIT_USAGE = 2,
};

struct sekisho_context;

/**
 * struct sekisho_option - `--name` or `--name VALUE`
 * @name: without dashes; NULL ends a list
 * @value: what stands for its value in the usage; NULL: it has none
 * @required: the command does not run without it
 * @summary: N_(): what it is for
 */
struct sekisho_option {
	const char *name;
	const char *value;
	bool required;
	const char *summary;
};

/**
 * struct sekisho_subcommand - what a command takes, and the command itself
 * @name: exact
 * @run: returns enum sekisho_exit
 * @summary: N_(): one line
 * @operands: as the usage shows them; "" for none
 * @least: how many operands there must be
 * @most: and may be
 * @options: beside those of every command; NULL: none
 * @actions: what the first word after the name chooses among, ended by NULL, each named with the
 *	command's name before its own; such a command has no @run, operands or options. NULL: none
 */
struct sekisho_subcommand {
	const char *name;
	int (*run)(struct sekisho_context *context);
	const char *summary;
	const char *operands;
	size_t least;
	size_t most;
	const struct sekisho_option *options;
	const struct sekisho_subcommand *const *actions;
};

/* What was given. All borrowed from argv. */
struct sekisho_arguments {
	const struct sekisho_subcommand *command;
	const char *values[SEKISHO_OPTIONS_MAX]; /* by the option's place in its list */
	const char *operands[SEKISHO_OPERANDS_MAX];
	size_t operand_count;
	const char *language; /* of --lang, or NULL */
	bool json;
	bool help;
};

enum sekisho_arguments_fault {
	SEKISHO_ARGUMENTS_FINE,
	SEKISHO_ARGUMENTS_UNKNOWN, /* @subject is no option of the command */
	SEKISHO_ARGUMENTS_NO_VALUE, /* @subject wants one */
	SEKISHO_ARGUMENTS_EMPTY, /* the value of @subject is empty */
	SEKISHO_ARGUMENTS_EXTRA_VALUE, /* @subject takes none */
	SEKISHO_ARGUMENTS_TWICE, /* @subject */
	SEKISHO_ARGUMENTS_MISSING, /* @subject must be there */
	SEKISHO_ARGUMENTS_FEW, /* operands */
	SEKISHO_ARGUMENTS_MANY, /* operands: @subject is one too many */
	SEKISHO_ARGUMENTS_LANGUAGE, /* @subject is neither ja nor en */
	SEKISHO_ARGUMENTS_ACTION, /* @subject is no action of the command */
};

struct sekisho_arguments_problem {
	enum sekisho_arguments_fault fault;
	char subject[128];
};

/**
 * sekisho_arguments_action - the action that a command's next word asks for
 * @command: its table
 * @argc: how many words there are; less by one where the first one chose
 * @argv: the words; likewise
 * @problem: filled in where there is none
 *
 * Return: the action's table; the command's own where it has no actions, or no word names one and
 * the first asks for help; NULL where the word is none of them or missing.
 */
const struct sekisho_subcommand *
sekisho_arguments_action(const struct sekisho_subcommand *command, int *argc, char ***argv,
			 struct sekisho_arguments_problem *problem);

/**
 * sekisho_arguments_parse - read the words after a command's name
 * @command: its table
 * @argc: how many words
 * @argv: the words; options and operands in any order, `--` ends the options
 * @arguments: filled in; what stood before the command's name stays: json, help, language
 * @problem: filled in
 *
 * Return: whether the command can run. With --help it always can.
 */
bool sekisho_arguments_parse(const struct sekisho_subcommand *command, int argc, char **argv,
			     struct sekisho_arguments *arguments,
			     struct sekisho_arguments_problem *problem);

/**
 * sekisho_argument - the value of an option
 * @arguments: as parsed
 * @name: an option of the command
 *
 * Return: its value, "" for one without, NULL where it was not given.
 */
const char *sekisho_argument(const struct sekisho_arguments *arguments, const char *name);

/**
 * sekisho_arguments_usage - the usage of a command
 * @command: its table
 * @stream: where to
 */
void sekisho_arguments_usage(const struct sekisho_subcommand *command, FILE *stream);

/* The options that every command takes, for the usage of all. */
void sekisho_arguments_usage_shared(FILE *stream);

/* Says what is wrong, and how to learn more. */
void sekisho_arguments_say(const struct sekisho_subcommand *command,
			   const struct sekisho_arguments_problem *problem);

#endif
