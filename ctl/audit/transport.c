// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages on their way. Knows nothing of what messages say.
 */
#include "transport.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tls.h"

#define WAITING_BYTES (64u << 10)
/* UDP has no flow control: no more than so many at once, then a rest. */
#define UDP_BURST   32
#define UDP_REST_NS 4000000l
#define UDP_LAST_MS 200 /* in which the peer's host may still say that nobody listens */

struct sekisho_transport {
	struct sekisho_target target;
	struct sekisho_tls *tls; /* NULL: another kind */
	int fd; /* -1: not connected */
	unsigned int burst;
	uint64_t sent;
	size_t waiting;
	char why[256];
	char bytes[WAITING_BYTES];
};

static bool is_udp(const struct sekisho_transport *transport)
{
	return transport->target.kind == SEKISHO_TARGET_SYSLOG_UDP ||
	       transport->target.kind == SEKISHO_TARGET_IPFIX_UDP;
}

/* Messages of IPFIX say themselves how long they are. */
static bool is_framed(const struct sekisho_transport *transport)
{
	return !sekisho_target_is_ipfix(&transport->target);
}

__attribute__((format(printf, 3, 4))) static int fail(struct sekisho_transport *transport,
						      int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(transport->why, sizeof(transport->why), format, arguments);
	va_end(arguments);
	return error;
}

static int fail_by(struct sekisho_transport *transport, int error)
{
	return fail(transport, error, "%s", strerror(-error));
}

int sekisho_transport_new(struct sekisho_transport **transport,
			  const struct sekisho_transport_options *options)
{
	const struct sekisho_tls_files files = {
		.authority = options->authority,
		.certificate = options->certificate,
		.key = options->key,
	};
	struct sekisho_transport *made = calloc(1, sizeof(*made));

	*transport = made;
	if (!made)
		return -ENOMEM;
	made->fd = -1;
	made->target = options->target;
	if (options->target.kind != SEKISHO_TARGET_SYSLOG_TLS)
		return 0;
	return sekisho_tls_new(&made->tls, options->target.host, &files, made->why,
			       sizeof(made->why));
}

void sekisho_transport_free(struct sekisho_transport *transport)
{
	if (!transport)
		return;
	sekisho_transport_drop(transport);
	sekisho_tls_free(transport->tls);
	free(transport);
}

void sekisho_transport_drop(struct sekisho_transport *transport)
{
	sekisho_tls_drop(transport->tls);
	if (transport->fd >= 0)
		close(transport->fd);
	transport->fd = -1;
	transport->waiting = 0;
	transport->burst = 0;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Return: 0, -ETIMEDOUT or -errno. */
static int wait_for(const struct sekisho_transport *transport, short events, int64_t until_ms)
{
	for (;;) {
		struct pollfd wanted = { .fd = transport->fd, .events = events };
		int64_t left = until_ms - now_ms();
		int got = poll(&wanted, 1, left > 0 ? (int)left : 0);

		if (got > 0)
			return 0;
		if (!got)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

static int pending_error(const struct sekisho_transport *transport)
{
	socklen_t length = sizeof(int);
	int error = 0;

	if (getsockopt(transport->fd, SOL_SOCKET, SO_ERROR, &error, &length))
		return -errno;
	return -error;
}

/* A peer whose host is gone is noticed while nothing is sent, too. */
static void watch_peer(int fd)
{
	static const int on = 1, idle = 10, apart = 5, most = 4;
	static const unsigned int unanswered_ms = 30000;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &apart, sizeof(apart));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &most, sizeof(most));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unanswered_ms, sizeof(unanswered_ms));
}

static int connect_one(struct sekisho_transport *transport, const struct addrinfo *address,
		       int64_t until_ms)
{
	int error;

	transport->fd = socket(address->ai_family,
			       address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
			       address->ai_protocol);
	if (transport->fd < 0)
		return -errno;
	if (!connect(transport->fd, address->ai_addr, address->ai_addrlen))
		error = 0;
	else if (errno != EINPROGRESS)
		error = -errno;
	else
		error = wait_for(transport, POLLOUT, until_ms);
	if (!error)
		error = pending_error(transport);
	if (!error && !is_udp(transport))
		watch_peer(transport->fd);
	if (error) {
		close(transport->fd);
		transport->fd = -1;
	}
	return error;
}

static int connect_any(struct sekisho_transport *transport, int64_t until_ms)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = is_udp(transport) ? SOCK_DGRAM : SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV,
	};
	struct addrinfo *addresses, *address;
	int error = getaddrinfo(transport->target.host, transport->target.port, &hints, &addresses);

	if (error)
		return fail(transport, -EHOSTUNREACH, "%s", gai_strerror(error));
	error = -EHOSTUNREACH;
	for (address = addresses; address && error; address = address->ai_next)
		error = connect_one(transport, address, until_ms);
	freeaddrinfo(addresses);
	return error ? fail_by(transport, error) : 0;
}

/* Repeats a step of TLS until it is done; the step says what it waits for. */
static int tls_until(struct sekisho_transport *transport, int (*step)(struct sekisho_tls *tls),
		     int64_t until_ms)
{
	for (;;) {
		int got = step(transport->tls);
		int error;

		if (got <= 0)
			return got ? fail(transport, got, "%s", sekisho_tls_why(transport->tls))
				   : 0;
		error = wait_for(transport, (short)got, until_ms);
		if (error)
			return fail_by(transport, error);
	}
}

int sekisho_transport_connect(struct sekisho_transport *transport)
{
	int64_t until_ms = now_ms() + SEKISHO_TRANSPORT_WAIT_MS;
	int error;

	sekisho_transport_drop(transport);
	transport->sent = 0;
	transport->why[0] = 0;
	error = connect_any(transport, until_ms);
	if (!error && transport->tls) {
		error = sekisho_tls_begin(transport->tls, transport->fd);
		if (error)
			fail(transport, error, "%s", sekisho_tls_why(transport->tls));
		else
			error = tls_until(transport, sekisho_tls_greet, until_ms);
	}
	if (error)
		sekisho_transport_drop(transport);
	return error;
}

/* Return: bytes taken; 0 after having waited; or -errno. */
static ssize_t write_some(struct sekisho_transport *transport, const char *bytes, size_t length,
			  int64_t until_ms)
{
	short events = POLLOUT;
	ssize_t put;

	if (transport->tls) {
		put = sekisho_tls_write(transport->tls, bytes, length, &events);
		if (put < 0)
			return fail(transport, (int)put, "%s", sekisho_tls_why(transport->tls));
	} else {
		put = send(transport->fd, bytes, length, MSG_NOSIGNAL);
		if (put < 0 && errno != EAGAIN && errno != EINTR)
			return fail_by(transport, -errno);
	}
	if (put <= 0) {
		int error = wait_for(transport, events, until_ms);

		return error ? fail_by(transport, error) : 0;
	}
	return put;
}

int sekisho_transport_flush(struct sekisho_transport *transport)
{
	size_t done = 0;
	int64_t until_ms = now_ms() + SEKISHO_TRANSPORT_WAIT_MS;

	if (transport->fd < 0)
		return -ENOTCONN;
	while (done < transport->waiting) {
		ssize_t put = write_some(transport, transport->bytes + done,
					 transport->waiting - done, until_ms);

		if (put < 0)
			return (int)put;
		if (put)
			until_ms = now_ms() + SEKISHO_TRANSPORT_WAIT_MS;
		done += (size_t)put;
	}
	transport->waiting = 0;
	return 0;
}

static int send_datagram(struct sekisho_transport *transport, const char *message, size_t length)
{
	static const struct timespec rest = { .tv_nsec = UDP_REST_NS };
	int64_t until_ms = now_ms() + SEKISHO_TRANSPORT_WAIT_MS;
	ssize_t put = 0;

	if (++transport->burst % UDP_BURST == 0)
		nanosleep(&rest, NULL);
	while (!put) {
		put = write_some(transport, message, length, until_ms);
		if (put < 0)
			return (int)put;
	}
	transport->sent += length;
	return 0;
}

int sekisho_transport_send(struct sekisho_transport *transport, const char *message, size_t length)
{
	char count[24];
	int digits = 0, error;

	if (transport->fd < 0)
		return -ENOTCONN;
	if (is_udp(transport))
		return send_datagram(transport, message, length);
	if (is_framed(transport))
		digits = snprintf(count, sizeof(count), "%zu ", length);
	if ((size_t)digits + length > WAITING_BYTES)
		return fail_by(transport, -EMSGSIZE);
	if (transport->waiting + (size_t)digits + length > WAITING_BYTES) {
		error = sekisho_transport_flush(transport);
		if (error)
			return error;
	}
	memcpy(transport->bytes + transport->waiting, count, (size_t)digits);
	memcpy(transport->bytes + transport->waiting + digits, message, length);
	transport->waiting += (size_t)digits + length;
	transport->sent += (size_t)digits + length;
	return 0;
}

/* Syslog has no answers: what comes is thrown away. Return: 0; 1 at its end; or -errno. */
static int read_answers(struct sekisho_transport *transport)
{
	char bytes[1024];

	for (;;) {
		ssize_t got = transport->tls
				      ? sekisho_tls_read(transport->tls, bytes, sizeof(bytes))
				      : recv(transport->fd, bytes, sizeof(bytes), 0);

		if (got > 0)
			continue;
		if (transport->tls)
			return got == -EAGAIN ? 0 : got ? (int)got : 1;
		if (!got)
			return 1;
		if (errno != EINTR)
			return errno == EAGAIN ? 0 : -errno;
	}
}

int sekisho_transport_look(struct sekisho_transport *transport, uint64_t *delivered)
{
	int unanswered = 0;
	int error;

	*delivered = 0;
	if (transport->fd < 0)
		return -ENOTCONN;
	error = pending_error(transport);
	if (!error && !is_udp(transport)) {
		int got = read_answers(transport);

		error = got > 0 ? -EPIPE : got;
		if (!error && ioctl(transport->fd, SIOCOUTQ, &unanswered))
			error = -errno;
	}
	if (error)
		return fail_by(transport, error);
	/* Of TLS more than the messages waits there; then it is a little less that is known. */
	if ((uint64_t)unanswered + transport->waiting < transport->sent)
		*delivered = transport->sent - transport->waiting - (uint64_t)unanswered;
	return 0;
}

uint64_t sekisho_transport_sent(const struct sekisho_transport *transport)
{
	return transport->sent;
}

static int finish_datagrams(struct sekisho_transport *transport)
{
	int error = wait_for(transport, 0, now_ms() + UDP_LAST_MS);

	error = error == -ETIMEDOUT ? 0 : pending_error(transport);
	return error ? fail_by(transport, error) : 0;
}

int sekisho_transport_finish(struct sekisho_transport *transport)
{
	int64_t until_ms = now_ms() + SEKISHO_TRANSPORT_WAIT_MS;
	int error, got;

	if (transport->fd < 0)
		return -ENOTCONN;
	if (is_udp(transport))
		return finish_datagrams(transport);
	error = sekisho_transport_flush(transport);
	if (!error && transport->tls)
		error = tls_until(transport, sekisho_tls_end, until_ms);
	if (!error && shutdown(transport->fd, SHUT_WR))
		error = fail_by(transport, -errno);
	while (!error) {
		error = wait_for(transport, POLLIN, until_ms);
		got = error ? error : read_answers(transport);
		if (got > 0)
			return 0;
		if (got)
			error = fail_by(transport, got);
	}
	return error;
}

const char *sekisho_transport_why(const struct sekisho_transport *transport)
{
	return transport->why;
}
