// SPDX-License-Identifier: GPL-2.0-only
/*
 * Serves one page to few at a time. Knows nothing of what the page says.
 */
#include "serve/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve/http.h"

/* Of what comes after the request, so much is taken before the connection is cut. */
#define DISCARDED_MAX 65536
/* Milliseconds, where no connection can be had: descriptors are short. */
#define PAUSE 1000

enum stage {
	FREE,
	READING,
	WRITING,
	CLOSING
};

struct connection {
	enum stage stage;
	int fd;
	int64_t until; /* ms, monotonic */
	size_t taken; /* of @request; when closing: discarded */
	char request[SEKISHO_HTTP_HEAD_BYTES];
	char head[SEKISHO_HTTP_ANSWER_BYTES];
	size_t head_length, written; /* @written: of head and body together */
	const char *body;
	size_t body_length;
	struct sekisho_page *page; /* whose text @body is; or NULL */
};

struct sekisho_server {
	struct sekisho_server_source source;
	int listener;
	int64_t paused_until; /* ms, monotonic: accepts nobody before */
	struct connection connections[SEKISHO_SERVER_CONNECTIONS];
};

struct sekisho_page *sekisho_page_new(const char *text, size_t length)
{
	struct sekisho_page *page = malloc(sizeof(*page) + length);

	if (!page)
		return NULL;
	page->readers = 1;
	page->length = length;
	memcpy(page->text, text, length);
	return page;
}

void sekisho_page_leave(struct sekisho_page *page)
{
	if (page && !--page->readers)
		free(page);
}

struct sekisho_server *sekisho_server_new(const struct sekisho_server_source *source)
{
	struct sekisho_server *server = calloc(1, sizeof(*server));

	if (!server)
		return NULL;
	server->source = *source;
	server->listener = -1;
	return server;
}

static void let_go(struct connection *connection)
{
	if (connection->stage == FREE)
		return;
	close(connection->fd);
	sekisho_page_leave(connection->page);
	connection->page = NULL;
	connection->stage = FREE;
}

void sekisho_server_free(struct sekisho_server *server)
{
	if (!server)
		return;
	for (size_t i = 0; i < SEKISHO_SERVER_CONNECTIONS; i++)
		let_go(&server->connections[i]);
	free(server);
}

void sekisho_server_listen(struct sekisho_server *server, int listener)
{
	server->listener = listener;
}

static struct connection *free_connection(struct sekisho_server *server)
{
	for (size_t i = 0; i < SEKISHO_SERVER_CONNECTIONS; i++) {
		if (server->connections[i].stage == FREE)
			return &server->connections[i];
	}
	return NULL;
}

size_t sekisho_server_watch(struct sekisho_server *server, struct pollfd *fds, int64_t now,
			    int *wait)
{
	size_t count = 0;

	if (server->paused_until > now)
		*wait = *wait < 0 || *wait > PAUSE ? PAUSE : *wait;
	else if (server->listener >= 0 && free_connection(server))
		fds[count++] = (struct pollfd){ server->listener, POLLIN, 0 };
	for (size_t i = 0; i < SEKISHO_SERVER_CONNECTIONS; i++) {
		const struct connection *connection = &server->connections[i];
		int64_t left = connection->until - now;

		if (connection->stage == FREE)
			continue;
		fds[count++] = (struct pollfd){ connection->fd,
						connection->stage == WRITING ? POLLOUT : POLLIN,
						0 };
		left = left < 0 ? 0 : left;
		if (*wait < 0 || left < *wait)
			*wait = (int)left;
	}
	return count;
}

/* Answered: say that nothing more comes, and wait a moment, lest a reset overtake the answer. */
static void begin_to_close(struct connection *connection, int64_t now)
{
	shutdown(connection->fd, SHUT_WR);
	connection->stage = CLOSING;
	connection->taken = 0;
	connection->until = now + SEKISHO_SERVER_CLOSE_MS;
}

static void write_on(struct connection *connection, int64_t now)
{
	size_t all = connection->head_length + connection->body_length;

	while (connection->written < all) {
		size_t at = connection->written;
		bool in_head = at < connection->head_length;
		const char *from = in_head ? connection->head + at
					   : connection->body + (at - connection->head_length);
		size_t left = (in_head ? connection->head_length : all) - at;
		ssize_t sent = send(connection->fd, from, left, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (sent <= 0) {
			let_go(connection);
			return;
		}
		connection->written += (size_t)sent;
	}
	begin_to_close(connection, now);
}

static void answer(struct sekisho_server *server, struct connection *connection,
		   enum sekisho_http_status status, const struct sekisho_http_request *request,
		   int64_t now)
{
	const struct sekisho_server_source *source = &server->source;

	if (status == SEKISHO_HTTP_OK) {
		connection->page = source->page(source->context, request->openmetrics);
		if (!connection->page)
			status = SEKISHO_HTTP_UNAVAILABLE;
	}
	connection->body = connection->page ? connection->page->text : sekisho_http_reason(status);
	connection->body_length = connection->page ? connection->page->length
						   : strlen(connection->body);
	connection->head_length = sekisho_http_answer(
		connection->head, status, request->openmetrics, connection->body_length);
	if (request->head_only)
		connection->body_length = 0;
	connection->written = 0;
	connection->stage = WRITING;
	connection->until = now + SEKISHO_SERVER_ANSWER_MS;
	write_on(connection, now);
}

static void read_on(struct sekisho_server *server, struct connection *connection, int64_t now)
{
	struct sekisho_http_request request;
	enum sekisho_http_status status;
	ssize_t got = recv(connection->fd, connection->request + connection->taken,
			   sizeof(connection->request) - connection->taken, MSG_DONTWAIT);

	if (got < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
		return;
	if (got <= 0) {
		let_go(connection);
		return;
	}
	connection->taken += (size_t)got;
	status = sekisho_http_parse(connection->request, connection->taken, &request);
	if (status != SEKISHO_HTTP_INCOMPLETE)
		answer(server, connection, status, &request, now);
}

static void discard(struct connection *connection)
{
	ssize_t got = recv(connection->fd, connection->request, sizeof(connection->request),
			   MSG_DONTWAIT);

	if (got < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
		return;
	connection->taken += got > 0 ? (size_t)got : 0;
	if (got <= 0 || connection->taken > DISCARDED_MAX)
		let_go(connection);
}

static void go_on(struct sekisho_server *server, struct connection *connection, short events,
		  int64_t now)
{
	if (events & (POLLERR | POLLNVAL))
		let_go(connection);
	else if (connection->stage == READING && events)
		read_on(server, connection, now);
	else if (connection->stage == WRITING && events)
		write_on(connection, now);
	else if (connection->stage == CLOSING && events)
		discard(connection);
	if (connection->stage != FREE && now >= connection->until)
		let_go(connection);
}

static void take_in(struct sekisho_server *server, int64_t now)
{
	struct connection *connection;

	while ((connection = free_connection(server))) {
		int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0) {
			if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
				server->paused_until = now + PAUSE;
			return;
		}
		connection->stage = READING;
		connection->fd = fd;
		connection->taken = 0;
		connection->until = now + SEKISHO_SERVER_REQUEST_MS;
	}
}

void sekisho_server_turn(struct sekisho_server *server, const struct pollfd *fds, size_t count,
			 int64_t now)
{
	bool waiting = false;

	for (size_t i = 0; i < count; i++) {
		if (fds[i].fd == server->listener) {
			waiting = fds[i].revents;
			continue;
		}
		for (size_t j = 0; j < SEKISHO_SERVER_CONNECTIONS; j++) {
			struct connection *connection = &server->connections[j];

			if (connection->stage != FREE && connection->fd == fds[i].fd) {
				go_on(server, connection, fds[i].revents, now);
				break;
			}
		}
	}
	if (waiting)
		take_in(server, now);
}
