// SPDX-License-Identifier: GPL-2.0-only
/*
 * `seal` and `unseal`: a sealed border takes nothing that could open it, from nobody, until it is
 * unsealed with the key that sealing made. The kernel keeps the key's SHA-256 only. Knows nothing
 * of what a sealed border refuses.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "audit/convert.h"
#include "audit/digest.h"
#include "command/change.h"
#include "command/commands.h"
#include "command/context.h"
#include "command/guard.h"
#include "ui/message.h"
#include "ui/say.h"
#include "ui/table.h"

#define KEY_TEXT (2 * SEKISHO_SEAL_KEY_BYTES + 1)

static const struct sekisho_option seal_options[] = {
	{ "actor", "A", true, N_("who does it") },
	{ "second", "B", true, N_("the second person") },
	{ "key-file", "FILE", false, N_("where the key goes; default: standard output") },
	{ 0 },
};

static const struct sekisho_option unseal_options[] = {
	{ "actor", "A", true, N_("who does it") },
	{ "second", "B", true, N_("the second person") },
	{ "key-file", "FILE", true, N_("where the key is") },
	{ 0 },
};

struct key {
	uint8_t bytes[SEKISHO_SEAL_KEY_BYTES];
	char text[KEY_TEXT];
};

static void forget(struct key *key)
{
	explicit_bzero(key, sizeof(*key));
}

static int make_key(struct key *key)
{
	ssize_t got = getrandom(key->bytes, sizeof(key->bytes), 0);

	if (got != (ssize_t)sizeof(key->bytes))
		return got < 0 ? -errno : -EIO;
	for (size_t i = 0; i < sizeof(key->bytes); i++)
		snprintf(key->text + 2 * i, 3, "%02x", key->bytes[i]);
	return 0;
}

static int write_key(int fd, const struct key *key)
{
	char line[KEY_TEXT + 1];
	int error = 0;

	snprintf(line, sizeof(line), "%s\n", key->text);
	errno = EIO;
	if (write(fd, line, KEY_TEXT) != KEY_TEXT || fsync(fd))
		error = -errno;
	explicit_bzero(line, sizeof(line));
	return error;
}

/* A file that was not there before: nobody else has it open. */
static int store_key(const char *path, const struct key *key)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int error = fd < 0 ? -errno : write_key(fd, key);

	if (fd >= 0)
		close(fd);
	if (fd >= 0 && error)
		unlink(path);
	if (error)
		sekisho_say(_("the key cannot be written to %s: %s"), path, strerror(-error));
	return error;
}

static int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

static bool parse_key(struct key *key, const char *text, size_t length)
{
	while (length && isspace((unsigned char)text[length - 1]))
		length--;
	if (length != KEY_TEXT - 1)
		return false;
	for (size_t i = 0; i < sizeof(key->bytes); i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		key->bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static int read_key(const char *path, struct key *key)
{
	char text[KEY_TEXT + 16];
	int fd = open(path, O_RDONLY | O_CLOEXEC), error = fd < 0 ? -errno : 0;
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text));

	if (!error && got < 0)
		error = -errno;
	if (fd >= 0)
		close(fd);
	if (error)
		sekisho_say(_("%s cannot be read: %s"), path, strerror(-error));
	if (!error && !parse_key(key, text, (size_t)got)) {
		sekisho_say(_("%s holds no key of a seal"), path);
		error = -EINVAL;
	}
	explicit_bzero(text, sizeof(text));
	return error;
}

static int digest_key(const struct key *key, uint8_t digest[SEKISHO_DIGEST_BYTES])
{
	struct sekisho_digester *digester = sekisho_digester_new();
	int error =
		digester ? sekisho_digester_line(digester, key->bytes, sizeof(key->bytes), digest)
			 : -ENOMEM;

	sekisho_digester_free(digester);
	return error;
}

/* A change that waits could no longer be confirmed, and what is not in step not be mended. */
static bool can_be_sealed(struct sekisho_context *context)
{
	struct sekisho_module_status status;
	int error = sekisho_module_status(context->module, &status);

	if (error) {
		sekisho_guard_say(context, error);
		return false;
	}
	if (sekisho_engine_control(context->engine)->fallback_at || status.confirming) {
		sekisho_say(_("generation %u waits to be confirmed"),
			    sekisho_context_generation(context));
		sekisho_say_hint(_("sekishoctl confirm, or sekishoctl rollback"));
		return false;
	}
	if (sekisho_guard_in_step(context, &status))
		return true;
	sekisho_say(_("the kernel guard has another policy than the maps"));
	sekisho_say_hint("sekishoctl show guard");
	return false;
}

static bool show_sealed(const struct sekisho_context *context, const struct key *key,
			const char *path)
{
	if (context->arguments->json)
		sekisho_json_print(path ? json_pack("{s:b, s:s}", "sealed", true, "key_file", path)
					: json_pack("{s:b, s:s}", "sealed", true, "key", key->text),
				   stdout);
	else if (path)
		printf(_("sealed; the key is in %s\n"), path);
	else
		puts(key->text);
	return !fflush(stdout) && !ferror(stdout);
}

static int seal_with(struct sekisho_context *context, const struct key *key, const char *path)
{
	uint8_t digest[SEKISHO_DIGEST_BYTES];
	int error = digest_key(key, digest);

	if (error) {
		sekisho_say(_("no key could be made: %s"), strerror(-error));
		return SEKISHO_EXIT_REFUSED;
	}
	error = sekisho_module_seal(context->module, digest);
	if (error) {
		sekisho_guard_say(context, error);
		if (path)
			unlink(path);
		return SEKISHO_EXIT_REFUSED;
	}
	if (!show_sealed(context, key, path) && !path) {
		/* Nobody has the key. */
		sekisho_module_unseal(context->module, key->bytes);
		sekisho_say(_("the output could not be written"));
		return SEKISHO_EXIT_REFUSED;
	}
	return sekisho_guard_record(context, SEKISHO_RECORD_GUARD_ATTACH,
				    sekisho_context_option(context, "actor"),
				    sekisho_context_option(context, "second"), "sealed")
		       ? SEKISHO_EXIT_REFUSED
		       : SEKISHO_EXIT_DONE;
}

static int seal(struct sekisho_context *context)
{
	const char *path = sekisho_context_option(context, "key-file");
	struct key key;
	int status = SEKISHO_EXIT_REFUSED, error;

	if (sekisho_change_begin(context) || sekisho_guard_need(context) ||
	    sekisho_context_need_engine(context))
		return status;
	if (!sekisho_change_two_persons(context, sekisho_context_option(context, "actor"),
					sekisho_context_option(context, "second"), "seal") ||
	    !can_be_sealed(context))
		return status;
	error = make_key(&key);
	if (error)
		sekisho_say(_("no key could be made: %s"), strerror(-error));
	else if (!path || !store_key(path, &key))
		status = seal_with(context, &key, path);
	forget(&key);
	return status;
}

static int refuse_key(struct sekisho_context *context, int error)
{
	const struct sekisho_change change = {
		.actor = sekisho_context_option(context, "actor"),
		.second = sekisho_context_option(context, "second"),
	};

	if (error == -ENOENT)
		sekisho_say(_("the border is not sealed"));
	else if (error == -EACCES)
		sekisho_say(_("this is not the key of the seal"));
	else
		sekisho_guard_say(context, error);
	sekisho_change_reject(context, &change, error == -EACCES ? "unseal: another key" : "unseal",
			      NULL);
	return SEKISHO_EXIT_REFUSED;
}

static int unseal_with(struct sekisho_context *context, const struct key *key)
{
	int error = sekisho_module_unseal(context->module, key->bytes);

	if (error)
		return refuse_key(context, error);
	if (sekisho_guard_record(context, SEKISHO_RECORD_GUARD_DETACH,
				 sekisho_context_option(context, "actor"),
				 sekisho_context_option(context, "second"), "unsealed"))
		return SEKISHO_EXIT_REFUSED;
	if (context->arguments->json)
		sekisho_json_print(json_pack("{s:b}", "sealed", false), stdout);
	else
		puts(_("unsealed"));
	return SEKISHO_EXIT_DONE;
}

static int unseal(struct sekisho_context *context)
{
	int status = SEKISHO_EXIT_REFUSED;
	struct key key;

	if (sekisho_change_prepare(context) || sekisho_guard_need(context))
		return status;
	if (!sekisho_change_two_persons(context, sekisho_context_option(context, "actor"),
					sekisho_context_option(context, "second"), "unseal"))
		return status;
	if (!read_key(sekisho_context_option(context, "key-file"), &key))
		status = unseal_with(context, &key);
	forget(&key);
	return status;
}

const struct sekisho_subcommand cmd_seal = {
	.name = "seal",
	.run = seal,
	.summary = N_("take nothing that could open the border; needs two persons"),
	.operands = "",
	.options = seal_options,
};

const struct sekisho_subcommand cmd_unseal = {
	.name = "unseal",
	.run = unseal,
	.summary = N_("take changes again, with the key of the seal"),
	.operands = "",
	.options = unseal_options,
};
