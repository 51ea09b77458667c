// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a page is served. Knows nothing of what is served there.
 */
#include "serve/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCAL	"unix:"
#define BACKLOG 16

static int parse_local(const char *path, struct sekisho_endpoint_address *address)
{
	size_t length = strlen(path);

	if (path[0] != '/' || path[length - 1] == '/')
		return -EINVAL;
	if (length >= sizeof(address->local.sun_path))
		return -ENAMETOOLONG;
	address->local.sun_family = AF_UNIX;
	memcpy(address->local.sun_path, path, length + 1);
	address->length = sizeof(address->local);
	address->here_only = true;
	return 0;
}

/* 1 to 65535, digits only; 0 for anything else. */
static uint16_t parse_port(const char *text)
{
	unsigned long port = 0;

	for (const char *at = text; *at; at++) {
		if (*at < '0' || *at > '9' || at - text >= 5)
			return 0;
		port = port * 10 + (unsigned long)(*at - '0');
	}
	return *text != '0' && port <= UINT16_MAX ? (uint16_t)port : 0;
}

static bool is_loopback6(const struct in6_addr *address)
{
	return IN6_IS_ADDR_LOOPBACK(address) ||
	       (IN6_IS_ADDR_V4MAPPED(address) && address->s6_addr[12] == 127);
}

int sekisho_endpoint_parse(const char *text, struct sekisho_endpoint_address *address)
{
	char host[INET6_ADDRSTRLEN + 2];
	const char *colon = strrchr(text, ':');
	size_t length;
	uint16_t port;

	memset(address, 0, sizeof(*address));
	if (!strncmp(text, LOCAL, strlen(LOCAL)))
		return parse_local(text + strlen(LOCAL), address);
	port = colon ? parse_port(colon + 1) : 0;
	length = colon ? (size_t)(colon - text) : 0;
	if (!port || !length || length >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, length);
	host[length] = '\0';
	if (host[0] == '[' && host[length - 1] == ']') {
		host[length - 1] = '\0';
		address->in6.sin6_family = AF_INET6;
		address->in6.sin6_port = htons(port);
		address->length = sizeof(address->in6);
		if (inet_pton(AF_INET6, host + 1, &address->in6.sin6_addr) != 1)
			return -EINVAL;
		address->here_only = is_loopback6(&address->in6.sin6_addr);
		return 0;
	}
	address->in4.sin_family = AF_INET;
	address->in4.sin_port = htons(port);
	address->length = sizeof(address->in4);
	if (inet_pton(AF_INET, host, &address->in4.sin_addr) != 1)
		return -EINVAL;
	address->here_only = ntohl(address->in4.sin_addr.s_addr) >> 24 == 127;
	return 0;
}

/* A file that a collector left which did not end by itself. */
static int remove_stale(const struct sekisho_endpoint_address *address)
{
	const char *path = address->local.sun_path;
	struct stat status;
	int probe, error;

	if (lstat(path, &status))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(status.st_mode))
		return -EEXIST;
	probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (probe < 0)
		return -errno;
	error = connect(probe, &address->any, address->length) ? errno : 0;
	close(probe);
	if (error != ECONNREFUSED)
		return error && error != EAGAIN ? -error : -EADDRINUSE;
	return unlink(path) ? -errno : 0;
}

static int bind_local(int fd, const struct sekisho_endpoint_address *address, ino_t *inode)
{
	int error = remove_stale(address);
	struct stat status;

	if (error)
		return error;
	if (bind(fd, &address->any, address->length))
		return -errno;
	if (!lstat(address->local.sun_path, &status))
		*inode = status.st_ino;
	/* Nobody can connect yet: it does not listen. */
	return chmod(address->local.sun_path, 0660) ? -errno : 0;
}

static int bind_port(int fd, const struct sekisho_endpoint_address *address)
{
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (address->any.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	return bind(fd, &address->any, address->length) ? -errno : 0;
}

int sekisho_endpoint_listen(const struct sekisho_endpoint_address *address, ino_t *inode)
{
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	*inode = 0;
	if (fd < 0)
		return -errno;
	error = address->any.sa_family == AF_UNIX ? bind_local(fd, address, inode)
						  : bind_port(fd, address);
	if (!error && listen(fd, BACKLOG))
		error = -errno;
	if (!error)
		return fd;
	if (*inode)
		unlink(address->local.sun_path);
	close(fd);
	return error;
}

void sekisho_endpoint_close(const struct sekisho_endpoint_address *address, int listener,
			    ino_t inode)
{
	struct stat status;

	if (listener < 0)
		return;
	if (inode && !lstat(address->local.sun_path, &status) && status.st_ino == inode)
		unlink(address->local.sun_path);
	close(listener);
}
