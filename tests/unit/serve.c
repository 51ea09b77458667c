// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page's server: requests as they come, also in pieces and as garbage; addresses; who is slow
 * or many. The clock is the test's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ktap.h"
#include "serve/endpoint.h"
#include "serve/http.h"
#include "serve/server.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define GET	     "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"

static char root[] = "/tmp/sekisho-serve-XXXXXX";

struct request_case {
	const char *text;
	int status;
	bool head_only, openmetrics;
};

static const struct request_case requests[] = {
	{ GET, 200, false, false },
	{ "GET /metrics HTTP/1.0\r\n\r\n", 200, false, false },
	{ "HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n", 200, true, false },
	{ "GET /metrics?x=1&y=%20 HTTP/1.1\r\nhOST:a\r\n\r\n", 200, false, false },
	{ GET "GET / HTTP/1.1\r\n", 200, false, false },
	{ "GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 200, false, false },
	{ "GET /metrics HTTP/1.1\r\nHost: a\r\nX: \xe3\x81\x82\r\n\r\n", 200, false, false },
	{ "GET /metrics HTTP/1.1\r\nHost: a\r\nAccept: application/openmetrics-text; version=1.0.0,"
	  "text/plain;q=0.5\r\n\r\n",
	  200, false, true },
	{ "GET /metrics HTTP/1.1\r\nHost: a\r\naccept:\ttext/plain , "
	  "Application/OpenMetrics-Text\r\n"
	  "\r\n",
	  200, false, true },
	{ "GET /metrics HTTP/1.1\r\nHost: a\r\nAccept: text/plain\r\n\r\n", 200, false, false },
	{ "GET /metrics HTTP/1.1\r\nHost: a\r\nAccept: application/openmetrics-text-not\r\n\r\n",
	  200, false, false },
	{ "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 404, false, false },
	{ "GET /metricsx HTTP/1.1\r\nHost: a\r\n\r\n", 404, false, false },
	{ "GET /metrics/ HTTP/1.1\r\nHost: a\r\n\r\n", 404, false, false },
	{ "GET /../metrics HTTP/1.1\r\nHost: a\r\n\r\n", 404, false, false },
	{ "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n", 404, true, false },
	{ "POST /metrics HTTP/1.1\r\nHost: a\r\n\r\n", 405, false, false },
	{ "get /metrics HTTP/1.1\r\nHost: a\r\n\r\n", 405, false, false },
	{ "GETS /metrics HTTP/1.1\r\nHost: a\r\n\r\n", 405, false, false },
	{ "GET /metrics HTTP/2.0\r\nHost: a\r\n\r\n", 505, false, false },
	{ "GET /metrics HTTP/1.10\r\nHost: a\r\n\r\n", 505, false, false },
	{ "GET /metrics HTTP/1.1\r\n\r\n", 400, false, false },
	{ "GET /metrics HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, false, false },
	{ "GET /metrics HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400, false, false },
	{ "GET /metrics HTTP/1.1\r\nHost : a\r\n\r\n", 400, false, false },
	{ "GET /metrics HTTP/1.1\r\nHost: a\r\nnone\r\n\r\n", 400, false, false },
	{ "GET /metrics HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", 400, false, false },
	{ "GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 400, false, false },
	{ "GET /metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400, false,
	  false },
	{ "GET  /metrics HTTP/1.1\r\nHost: a\r\n\r\n", 400, false, false },
	{ "GET /metrics HTTP/1.1 \r\nHost: a\r\n\r\n", 400, false, false },
	{ "GET /metrics\r\n\r\n", 400, false, false },
	{ "GET /metrics FTP/1.1\r\n\r\n", 400, false, false },
	{ "GET http://a/metrics HTTP/1.1\r\nHost: a\r\n\r\n", 400, false, false },
	{ "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400, false, false },
	{ " /metrics HTTP/1.1\r\nHost: a\r\n\r\n", 400, false, false },
	{ "\r\n\r\n", 400, false, false },
	{ "GET /metrics HTTP/1.1\nHost: a\n\n", 400, false, false },
	{ "GET /metrics HTTP/1.1\r\nHost: a\rb\r\n\r\n", 400, false, false },
	{ "GET /metrics HTTP/1.1\r\nHost: \x01\r\n\r\n", 400, false, false },
	{ "\x16\x03\x01\x02", 400, false, false },
	{ "", 0, false, false },
	{ "GET /metrics HTTP/1.1\r\nHost: a\r\n", 0, false, false },
	{ "GET /metrics HTTP/1.1\r\nHost: a\r\n\r", 0, false, false },
};

static void test_requests(void)
{
	for (size_t i = 0; i < COUNT(requests); i++) {
		const struct request_case *wanted = &requests[i];
		struct sekisho_http_request got;
		int status = sekisho_http_parse(wanted->text, strlen(wanted->text), &got);

		if (!ok(status == wanted->status && got.head_only == wanted->head_only &&
				(status != 200 || got.openmetrics == wanted->openmetrics),
			"request %zu: %d", i, wanted->status))
			printf("# got %d\n", status);
	}
}

static void test_length(void)
{
	static char text[2 * SEKISHO_HTTP_HEAD_BYTES];
	struct sekisho_http_request request;
	static const char start[] = "GET /metrics HTTP/1.1\r\nHost: a\r\nX: ";
	size_t most = SEKISHO_HTTP_HEAD_BYTES;

	memset(text, 'x', sizeof(text));
	memcpy(text, start, strlen(start));
	memcpy(text + most - 4, "\r\n\r\n", 4);
	ok(sekisho_http_parse(text, most, &request) == SEKISHO_HTTP_OK, "the longest head");
	memcpy(text + most - 4, "x\r\n\r\n", 5);
	ok(sekisho_http_parse(text, most + 1, &request) == SEKISHO_HTTP_TOO_LONG, "and no longer");
	memset(text + most - 4, 'x', 5);
	ok(sekisho_http_parse(text, most - 1, &request) == SEKISHO_HTTP_INCOMPLETE &&
		   sekisho_http_parse(text, most, &request) == SEKISHO_HTTP_TOO_LONG &&
		   sekisho_http_parse(text, sizeof(text), &request) == SEKISHO_HTTP_TOO_LONG,
	   "a longer one is refused as soon as it is known");
	memcpy(text + 20, "\0", 1);
	ok(sekisho_http_parse(text, 100, &request) == SEKISHO_HTTP_BAD, "a NUL is no text");
}

static uint32_t seed = 1;

static uint32_t random_below(uint32_t bound)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % bound;
}

/* A request with some bytes changed, taken out, doubled, or only noise. */
static size_t garbage(char *text, size_t room)
{
	const char *from = requests[random_below(COUNT(requests))].text;
	size_t length = strlen(from);

	memcpy(text, from, length);
	if (!random_below(4)) {
		length = random_below((uint32_t)room);
		for (size_t i = 0; i < length; i++)
			text[i] = (char)random_below(256);
	}
	for (uint32_t changes = random_below(6); changes && length > 1; changes--) {
		size_t at = random_below((uint32_t)length);

		switch (random_below(3)) {
		case 0:
			text[at] = random_below(2) ? "\r\n :/?\t"[random_below(7)]
						   : (char)random_below(256);
			break;
		case 1:
			memmove(text + at, text + at + 1, --length - at);
			break;
		default:
			if (length < room) {
				memmove(text + at + 1, text + at, length++ - at);
			}
		}
	}
	return length;
}

/*
 * Whatever comes: a known status, nothing read past the end (each text lies at the end of a block
 * of its own), and once it is decided more bytes change nothing.
 */
static void test_garbage(void)
{
	static char text[1024];
	unsigned int wrong = 0, decided = 0;

	for (unsigned int round = 0; round < 200000; round++) {
		size_t length = garbage(text, sizeof(text) - 1);
		struct sekisho_http_request request;
		char *exact = malloc(length ? length : 1);
		int first = 0;

		memcpy(exact, text, length);
		/* All at once, and in a few pieces. */
		int whole = sekisho_http_parse(exact, length, &request);

		for (size_t at = 0; at < length && !first; at += 1 + random_below(64))
			first = sekisho_http_parse(exact, at, &request);
		free(exact);
		wrong += whole != 0 && whole != 200 && whole != 400 && whole != 404 &&
			 whole != 405 && whole != 431 && whole != 505;
		wrong += first && first != whole;
		wrong += first == 200 && !memmem(text, length, "/metrics", 8);
		decided += whole != 0;
	}
	ok(!wrong && decided > 1000, "200000 requests of garbage: %u decided", decided);
}

static void test_addresses(void)
{
	static const struct {
		const char *text;
		int error;
		bool here_only;
	} cases[] = {
		{ "127.0.0.1:9477", 0, true },
		{ "127.9.9.9:1", 0, true },
		{ "[::1]:65535", 0, true },
		{ "[::ffff:127.0.0.1]:1", 0, true },
		{ "unix:/run/sekisho/metrics.sock", 0, true },
		{ "0.0.0.0:9477", 0, false },
		{ "128.0.0.1:9477", 0, false },
		{ "[::]:9477", 0, false },
		{ "[::ffff:10.0.0.1]:1", 0, false },
		{ "[fd00::1]:9477", 0, false },
		{ "127.0.0.1", -EINVAL, false },
		{ "127.0.0.1:", -EINVAL, false },
		{ "127.0.0.1:0", -EINVAL, false },
		{ "127.0.0.1:01", -EINVAL, false },
		{ "127.0.0.1:65536", -EINVAL, false },
		{ "127.0.0.1:999999999999", -EINVAL, false },
		{ "127.0.0.1:9x", -EINVAL, false },
		{ "127.0.0.1:+9", -EINVAL, false },
		{ "127.1:9477", -EINVAL, false },
		{ "localhost:9477", -EINVAL, false },
		{ ":9477", -EINVAL, false },
		{ "::1:9477", -EINVAL, false },
		{ "[::1:9477", -EINVAL, false },
		{ "[]:9477", -EINVAL, false },
		{ "[:9477", -EINVAL, false },
		{ "[::1%lo]:9477", -EINVAL, false },
		{ "9477", -EINVAL, false },
		{ "", -EINVAL, false },
		{ "unix:", -EINVAL, false },
		{ "unix:metrics.sock", -EINVAL, false },
		{ "unix:/run/", -EINVAL, false },
	};
	struct sekisho_endpoint_address address;
	unsigned int wrong = 0;
	char longer[128];

	for (size_t i = 0; i < COUNT(cases); i++) {
		int error = sekisho_endpoint_parse(cases[i].text, &address);

		if (error != cases[i].error ||
		    (!error && address.here_only != cases[i].here_only)) {
			printf("# %s: %d\n", cases[i].text, error);
			wrong++;
		}
	}
	snprintf(longer, sizeof(longer), "unix:/%0107d", 0);
	wrong += sekisho_endpoint_parse(longer, &address) != -ENAMETOOLONG;
	ok(!wrong, "addresses, and who reaches them");
}

static struct sekisho_endpoint_address local(void)
{
	struct sekisho_endpoint_address address;
	char text[96];

	snprintf(text, sizeof(text), "unix:%s/socket", root);
	if (sekisho_endpoint_parse(text, &address))
		exit(1);
	return address;
}

static void test_socket_file(void)
{
	struct sekisho_endpoint_address address = local();
	const char *path = address.local.sun_path;
	ino_t inode, other;
	struct stat status;
	int one, two;

	one = sekisho_endpoint_listen(&address, &inode);
	ok(one >= 0 && !stat(path, &status) && S_ISSOCK(status.st_mode) &&
		   (status.st_mode & 0777) == 0660 && status.st_ino == inode,
	   "a socket has its file");
	two = sekisho_endpoint_listen(&address, &other);
	ok(two == -EADDRINUSE && !access(path, F_OK), "nobody takes it away while it is used");
	close(one);
	one = sekisho_endpoint_listen(&address, &inode);
	ok(one >= 0, "one that was left is replaced");
	sekisho_endpoint_close(&address, one, inode);
	ok(access(path, F_OK) && errno == ENOENT, "it goes with its listener");
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	ok(sekisho_endpoint_listen(&address, &inode) == -EEXIST && !access(path, F_OK),
	   "a file that is no socket stays");
	unlink(path);
}

/* A server with a clock of its own. */
struct world {
	struct sekisho_server *server;
	struct sekisho_endpoint_address address;
	int listener;
	ino_t inode;
	int64_t now;
	bool empty; /* there is no page */
	unsigned int pages;
};

static char page_text[300000];

static struct sekisho_page *page(void *context, bool openmetrics)
{
	struct world *world = context;

	world->pages++;
	if (world->empty)
		return NULL;
	return openmetrics ? sekisho_page_new("open\n# EOF\n", 11)
			   : sekisho_page_new(page_text, sizeof(page_text));
}

static void world_begin(struct world *world)
{
	const struct sekisho_server_source source = { world, page };

	*world = (struct world){ .address = local() };
	world->server = sekisho_server_new(&source);
	world->listener = sekisho_endpoint_listen(&world->address, &world->inode);
	if (!world->server || world->listener < 0)
		exit(1);
	sekisho_server_listen(world->server, world->listener);
}

static void world_end(struct world *world)
{
	sekisho_server_free(world->server);
	sekisho_endpoint_close(&world->address, world->listener, world->inode);
}

/* As long as there is something to do at once. Return: rounds. */
static unsigned int turn(struct world *world)
{
	struct pollfd fds[SEKISHO_SERVER_FDS];
	unsigned int rounds = 0;

	for (; rounds < 1000; rounds++) {
		int wait = 100000;
		size_t count = sekisho_server_watch(world->server, fds, world->now, &wait);
		int ready = poll(fds, count, 0);

		sekisho_server_turn(world->server, fds, count, world->now);
		if (!ready)
			return rounds;
	}
	return rounds;
}

static int visit(const struct world *world)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || connect(fd, &world->address.any, world->address.length)) {
		printf("# %s\n", strerror(errno));
		exit(1);
	}
	return fd;
}

static void say(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		printf("# %s\n", strerror(errno));
}

/* All that comes until the end; -1 while there is none. */
static ssize_t hear(struct world *world, int fd, char *text, size_t room)
{
	size_t length = 0;

	for (unsigned int tries = 0; tries < 10000; tries++) {
		ssize_t got = recv(fd, text + length, room - length - 1, 0);

		if (!got) {
			text[length] = '\0';
			return (ssize_t)length;
		}
		if (got > 0)
			length += (size_t)got;
		turn(world);
	}
	return -1;
}

static bool gone(int fd)
{
	char byte;
	ssize_t got = recv(fd, &byte, 1, 0);

	return !got || (got < 0 && errno != EAGAIN);
}

static char heard[400000];

static void test_answers(void)
{
	struct world world;
	ssize_t length;
	char *body;
	int fd;

	memset(page_text, 'p', sizeof(page_text));
	world_begin(&world);
	fd = visit(&world);
	for (const char *at = GET; *at; at++) {
		char piece[2] = { *at };

		say(fd, piece);
		turn(&world);
		world.now += 10;
	}
	length = hear(&world, fd, heard, sizeof(heard));
	body = strstr(heard, "\r\n\r\n");
	ok(length > 0 && body && !strncmp(heard, "HTTP/1.1 200 OK\r\n", 17) &&
		   strstr(heard, "Content-Length: 300000\r\n") &&
		   !memcmp(body + 4, page_text, sizeof(page_text)) &&
		   body + 4 + sizeof(page_text) == heard + length,
	   "a request that comes byte by byte gets the page, whole");
	close(fd);
	turn(&world);
	fd = visit(&world);
	say(fd,
	    "HEAD /metrics HTTP/1.1\r\nHost: a\r\nAccept: application/openmetrics-text\r\n\r\n");
	length = hear(&world, fd, heard, sizeof(heard));
	ok(length > 0 && strstr(heard, "Content-Length: 11\r\n") &&
		   strstr(heard, "application/openmetrics-text; version=1.0.0") &&
		   !strcmp(heard + length - 4, "\r\n\r\n"),
	   "HEAD has no body");
	close(fd);
	fd = visit(&world);
	say(fd, "POST /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
	hear(&world, fd, heard, sizeof(heard));
	ok(!strncmp(heard, "HTTP/1.1 405 ", 13) && strstr(heard, "Allow: GET, HEAD\r\n"),
	   "other methods are told what there is");
	close(fd);
	world.empty = true;
	fd = visit(&world);
	say(fd, GET);
	hear(&world, fd, heard, sizeof(heard));
	ok(!strncmp(heard, "HTTP/1.1 503 ", 13), "a page that cannot be had is said to be missing");
	close(fd);
	world_end(&world);
}

static void test_slow(void)
{
	struct world world;
	int fd, wait = 100000;
	struct pollfd fds[SEKISHO_SERVER_FDS];

	world_begin(&world);
	fd = visit(&world);
	turn(&world);
	sekisho_server_watch(world.server, fds, world.now, &wait);
	ok(wait == SEKISHO_SERVER_REQUEST_MS, "it waits no longer than for who is late");
	/* A byte now and then wins no time. */
	for (world.now = 0; world.now < SEKISHO_SERVER_REQUEST_MS; world.now += 500) {
		say(fd, "G");
		turn(&world);
	}
	turn(&world);
	ok(gone(fd), "who does not come to an end is let go");
	close(fd);
	fd = visit(&world);
	say(fd, GET);
	turn(&world);
	world.now += SEKISHO_SERVER_ANSWER_MS;
	turn(&world);
	while (recv(fd, heard, sizeof(heard), 0) > 0)
		turn(&world);
	ok(gone(fd), "so is who does not read");
	close(fd);
	fd = visit(&world);
	say(fd, "POST / HTTP/1.1\r\n\r\n");
	turn(&world);
	world.now += SEKISHO_SERVER_CLOSE_MS;
	turn(&world);
	wait = 100000;
	ok(sekisho_server_watch(world.server, fds, world.now, &wait) == 1 && wait == 100000,
	   "and who does not close");
	close(fd);
	world_end(&world);
}

static void test_many(void)
{
	struct world world;
	int fds[SEKISHO_SERVER_CONNECTIONS + 3], more;
	struct pollfd watched[SEKISHO_SERVER_FDS];
	unsigned int open = 0;
	int wait = 100000;

	world_begin(&world);
	for (size_t i = 0; i < COUNT(fds); i++) {
		fds[i] = visit(&world);
		turn(&world);
	}
	ok(turn(&world) < 100 && sekisho_server_watch(world.server, watched, world.now, &wait) ==
					 SEKISHO_SERVER_CONNECTIONS,
	   "no more than so many are taken in, and the rest does not make it spin");
	more = fds[COUNT(fds) - 1];
	say(more, GET);
	world.now += SEKISHO_SERVER_REQUEST_MS;
	turn(&world);
	turn(&world);
	for (size_t i = 0; i < SEKISHO_SERVER_CONNECTIONS; i++)
		open += !gone(fds[i]);
	ok(!open && hear(&world, more, heard, sizeof(heard)) > 300000,
	   "who waited has its turn when they are let go");
	for (size_t i = 0; i < COUNT(fds); i++)
		close(fds[i]);
	world_end(&world);
}

/* Garbage over real sockets, and after it the page as ever. */
static void test_garbage_served(void)
{
	static char text[1024];
	struct world world;
	unsigned int wrong = 0;
	int fd;

	world_begin(&world);
	for (unsigned int round = 0; round < 3000; round++) {
		size_t length = garbage(text, sizeof(text));

		fd = visit(&world);
		wrong += send(fd, text, length, MSG_NOSIGNAL) < 0;
		turn(&world);
		if (random_below(2))
			shutdown(fd, SHUT_WR);
		turn(&world);
		close(fd);
		wrong += turn(&world) >= 1000;
		world.now += random_below(200);
	}
	fd = visit(&world);
	say(fd, GET);
	ok(!wrong && hear(&world, fd, heard, sizeof(heard)) > 300000,
	   "3000 connections of garbage, then the page");
	close(fd);
	world_end(&world);
}

int main(void)
{
	if (!mkdtemp(root))
		return 1;
	plan(COUNT(requests) + 22);
	test_requests();
	test_length();
	test_garbage();
	test_addresses();
	test_socket_file();
	test_answers();
	test_slow();
	test_many();
	test_garbage_served();
	return rmdir(root) ? 1 : finish();
}
