// SPDX-License-Identifier: GPL-2.0-only
/*
 * This side of a TLS connection. Knows nothing of what is sent.
 */
#include "tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

struct sekisho_tls {
	SSL_CTX *settings;
	SSL *connection; /* NULL: none */
	bool address; /* @host is one */
	char host[256];
	char why[256];
};

/* Keys with a password are refused; nobody is there to be asked. */
static int no_password(char *buffer, int size, int writing, void *context)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)context;
	return -1;
}

/* The library's own words of what happened last. */
static void explain(char *why, size_t size, const char *what)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	if (code && ERR_SYSTEM_ERROR(code))
		reason = strerror(ERR_GET_REASON(code));
	snprintf(why, size, "%s%s%s", what, *what ? ": " : "", reason ? reason : "TLS");
	ERR_clear_error();
}

static int use_files(SSL_CTX *settings, const struct sekisho_tls_files *files, char *why,
		     size_t size)
{
	const char *wrong = NULL;

	if (SSL_CTX_load_verify_locations(settings, files->authority, NULL) != 1)
		wrong = files->authority;
	else if (files->certificate &&
		 SSL_CTX_use_certificate_chain_file(settings, files->certificate) != 1)
		wrong = files->certificate;
	else if (files->key &&
		 (SSL_CTX_use_PrivateKey_file(settings, files->key, SSL_FILETYPE_PEM) != 1 ||
		  SSL_CTX_check_private_key(settings) != 1))
		wrong = files->key;
	if (!wrong)
		return 0;
	explain(why, size, wrong);
	return -EINVAL;
}

int sekisho_tls_new(struct sekisho_tls **tls, const char *host,
		    const struct sekisho_tls_files *files, char *why, size_t size)
{
	struct sekisho_tls *made = calloc(1, sizeof(*made));
	struct in6_addr address;
	int error;

	*tls = NULL;
	if (!made)
		return -ENOMEM;
	snprintf(made->host, sizeof(made->host), "%s", host);
	made->address = inet_pton(AF_INET, host, &address) == 1 ||
			inet_pton(AF_INET6, host, &address) == 1;
	ERR_clear_error();
	made->settings = SSL_CTX_new(TLS_client_method());
	if (!made->settings) {
		free(made);
		return -ENOMEM;
	}
	SSL_CTX_set_min_proto_version(made->settings, TLS1_2_VERSION);
	SSL_CTX_set_verify(made->settings, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_default_passwd_cb(made->settings, no_password);
	/* A repeated write is the same bytes, but not always from the same place. */
	SSL_CTX_set_mode(made->settings,
			 SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	error = use_files(made->settings, files, why, size);
	if (error) {
		sekisho_tls_free(made);
		return error;
	}
	*tls = made;
	return 0;
}

void sekisho_tls_free(struct sekisho_tls *tls)
{
	if (!tls)
		return;
	sekisho_tls_drop(tls);
	SSL_CTX_free(tls->settings);
	free(tls);
}

void sekisho_tls_drop(struct sekisho_tls *tls)
{
	if (!tls)
		return;
	SSL_free(tls->connection);
	tls->connection = NULL;
}

static int fail(struct sekisho_tls *tls)
{
	long verified = tls->connection ? SSL_get_verify_result(tls->connection) : X509_V_OK;

	if (verified != X509_V_OK) {
		snprintf(tls->why, sizeof(tls->why), "%s", X509_verify_cert_error_string(verified));
		ERR_clear_error();
	} else {
		explain(tls->why, sizeof(tls->why), "");
	}
	return -EPROTO;
}

int sekisho_tls_begin(struct sekisho_tls *tls, int fd)
{
	SSL *connection;
	int good;

	sekisho_tls_drop(tls);
	ERR_clear_error();
	tls->connection = connection = SSL_new(tls->settings);
	if (!connection || SSL_set_fd(connection, fd) != 1)
		return fail(tls);
	if (tls->address)
		good = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), tls->host);
	else
		good = SSL_set1_host(connection, tls->host) &&
		       SSL_set_tlsext_host_name(connection, tls->host);
	if (good != 1)
		return fail(tls);
	SSL_set_connect_state(connection);
	return 0;
}

/* What a call that did not succeed waits for; 0: nothing, it failed. */
static short waits_for(const struct sekisho_tls *tls, int result)
{
	switch (SSL_get_error(tls->connection, result)) {
	case SSL_ERROR_WANT_READ:
		return POLLIN;
	case SSL_ERROR_WANT_WRITE:
		return POLLOUT;
	default:
		return 0;
	}
}

int sekisho_tls_greet(struct sekisho_tls *tls)
{
	int result, events;

	ERR_clear_error();
	result = SSL_do_handshake(tls->connection);
	if (result == 1)
		return 0;
	events = waits_for(tls, result);
	return events ? events : fail(tls);
}

int sekisho_tls_end(struct sekisho_tls *tls)
{
	int result, events;

	ERR_clear_error();
	result = SSL_shutdown(tls->connection);
	if (result >= 0)
		return 0;
	events = waits_for(tls, result);
	return events ? events : fail(tls);
}

ssize_t sekisho_tls_write(struct sekisho_tls *tls, const char *bytes, size_t length, short *events)
{
	int result;

	ERR_clear_error();
	result = SSL_write(tls->connection, bytes, length > INT_MAX ? INT_MAX : (int)length);
	if (result > 0)
		return result;
	*events = waits_for(tls, result);
	return *events ? 0 : fail(tls);
}

ssize_t sekisho_tls_read(struct sekisho_tls *tls, char *bytes, size_t size)
{
	int result;

	ERR_clear_error();
	result = SSL_read(tls->connection, bytes, size > INT_MAX ? INT_MAX : (int)size);
	if (result > 0)
		return result;
	if (SSL_get_error(tls->connection, result) == SSL_ERROR_ZERO_RETURN)
		return 0;
	return waits_for(tls, result) ? -EAGAIN : fail(tls);
}

const char *sekisho_tls_why(const struct sekisho_tls *tls)
{
	return tls->why;
}
