// SPDX-License-Identifier: GPL-2.0-only
/*
 * As much of HTTP/1.1 as a page needs that is only read. Knows nothing of sockets.
 *
 * What is not plainly well formed is refused: nothing that scrapes sends it.
 */
#include "serve/http.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define PAGE "/metrics"

/* Bytes of the head, not ended by a NUL. */
struct span {
	const char *start;
	size_t length;
};

static bool is(struct span span, const char *text)
{
	return span.length == strlen(text) && !memcmp(span.start, text, span.length);
}

static bool is_name(struct span span, const char *text)
{
	return span.length == strlen(text) && !strncasecmp(span.start, text, span.length);
}

/* What stands before @end, or all; @from becomes the rest. */
static struct span take_until(struct span *from, char end, bool *found)
{
	const char *at = from->length ? memchr(from->start, end, from->length) : NULL;
	struct span taken = { from->start, at ? (size_t)(at - from->start) : from->length };
	size_t used = taken.length + (at != NULL);

	*found = at;
	from->start += used;
	from->length -= used;
	return taken;
}

/* Without its end. */
static struct span take_line(struct span *from)
{
	bool found;
	struct span line = take_until(from, '\n', &found);

	if (line.length && line.start[line.length - 1] == '\r')
		line.length--;
	return line;
}

static struct span trimmed(struct span span)
{
	while (span.length && (*span.start == ' ' || *span.start == '\t')) {
		span.start++;
		span.length--;
	}
	while (span.length &&
	       (span.start[span.length - 1] == ' ' || span.start[span.length - 1] == '\t'))
		span.length--;
	return span;
}

/* Text, tabs, and each line's end as CR and LF. */
static bool is_text(const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		if (byte == '\r' && i + 1 < length && bytes[i + 1] != '\n')
			return false;
		if (byte == '\n' && (!i || bytes[i - 1] != '\r'))
			return false;
		if ((byte < ' ' && !strchr("\r\n\t", byte)) || !byte || byte == 0x7f)
			return false;
	}
	return true;
}

/* A name as RFC 9110 has it: letters, digits and some marks. */
static bool is_token(struct span span)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < span.length; i++) {
		char byte = span.start[i];

		if (!((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
		      (byte >= '0' && byte <= '9') || (byte && strchr(marks, byte))))
			return false;
	}
	return span.length;
}

static enum sekisho_http_status judge_target(struct span target)
{
	bool found;

	for (size_t i = 0; i < target.length; i++) {
		if (target.start[i] <= ' ' || target.start[i] > '~')
			return SEKISHO_HTTP_BAD;
	}
	if (!target.length || *target.start != '/')
		return SEKISHO_HTTP_BAD;
	return is(take_until(&target, '?', &found), PAGE) ? SEKISHO_HTTP_OK
							  : SEKISHO_HTTP_NOT_FOUND;
}

/* METHOD TARGET VERSION; @host_needed: by HTTP/1.1. */
static enum sekisho_http_status judge_request(struct span line, bool *host_needed,
					      struct sekisho_http_request *request)
{
	bool first, second, more;
	struct span method = take_until(&line, ' ', &first);
	struct span target = take_until(&line, ' ', &second);
	struct span version = take_until(&line, ' ', &more);
	enum sekisho_http_status status;

	if (!first || !second || more || !is_token(method))
		return SEKISHO_HTTP_BAD;
	request->head_only = is(method, "HEAD");
	if (version.length < 6 || memcmp(version.start, "HTTP/", 5) != 0)
		return SEKISHO_HTTP_BAD;
	*host_needed = is(version, "HTTP/1.1");
	if (!*host_needed && !is(version, "HTTP/1.0"))
		return SEKISHO_HTTP_VERSION;
	status = judge_target(target);
	if (status == SEKISHO_HTTP_OK && !request->head_only && !is(method, "GET"))
		return SEKISHO_HTTP_METHOD;
	return status;
}

/* Whether a list of media types has OpenMetrics. */
static bool takes_openmetrics(struct span list)
{
	bool more = true, parameters;

	while (more) {
		struct span type = take_until(&list, ',', &more);

		type = trimmed(take_until(&type, ';', &parameters));
		if (is_name(type, "application/openmetrics-text"))
			return true;
	}
	return false;
}

/* What headers said so far. */
struct headers {
	unsigned int hosts;
	bool bad;
};

static void take_header(struct headers *headers, struct span line,
			struct sekisho_http_request *request)
{
	bool found;
	struct span name = take_until(&line, ':', &found);
	struct span value = trimmed(line);

	/* A line that goes on with the one before begins with a blank, which is no name. */
	if (!found || !is_token(name))
		headers->bad = true;
	else if (is_name(name, "host"))
		headers->hosts++;
	else if (is_name(name, "accept"))
		request->openmetrics |= takes_openmetrics(value);
	else if (is_name(name, "transfer-encoding") ||
		 (is_name(name, "content-length") && !is(value, "0")))
		/* There is nothing to be sent here. */
		headers->bad = true;
}

static enum sekisho_http_status judge_head(struct span head, struct sekisho_http_request *request)
{
	struct headers headers = { 0 };
	bool host_needed = false;
	struct span line = take_line(&head);
	enum sekisho_http_status status;

	status = judge_request(line, &host_needed, request);
	if (status == SEKISHO_HTTP_BAD || status == SEKISHO_HTTP_VERSION)
		return status;
	while (head.length) {
		line = take_line(&head);
		if (line.length)
			take_header(&headers, line, request);
	}
	if (headers.bad || headers.hosts > 1 || (host_needed && !headers.hosts))
		return SEKISHO_HTTP_BAD;
	return status;
}

enum sekisho_http_status sekisho_http_parse(const char *bytes, size_t length,
					    struct sekisho_http_request *request)
{
	const char *end = length ? memmem(bytes, length, "\r\n\r\n", 4) : NULL;
	size_t head = end ? (size_t)(end - bytes) + 4 : length;

	*request = (struct sekisho_http_request){ 0 };
	if (head > SEKISHO_HTTP_HEAD_BYTES)
		return SEKISHO_HTTP_TOO_LONG;
	if (!is_text(bytes, head))
		return SEKISHO_HTTP_BAD;
	if (!end)
		return length >= SEKISHO_HTTP_HEAD_BYTES ? SEKISHO_HTTP_TOO_LONG
							 : SEKISHO_HTTP_INCOMPLETE;
	return judge_head((struct span){ bytes, (size_t)(end - bytes) + 2 }, request);
}

const char *sekisho_http_reason(enum sekisho_http_status status)
{
	switch (status) {
	case SEKISHO_HTTP_OK:
		return "OK";
	case SEKISHO_HTTP_NOT_FOUND:
		return "Not Found";
	case SEKISHO_HTTP_METHOD:
		return "Method Not Allowed";
	case SEKISHO_HTTP_TOO_LONG:
		return "Request Header Fields Too Large";
	case SEKISHO_HTTP_UNAVAILABLE:
		return "Service Unavailable";
	case SEKISHO_HTTP_VERSION:
		return "HTTP Version Not Supported";
	default:
		return "Bad Request";
	}
}

size_t sekisho_http_answer(char answer[SEKISHO_HTTP_ANSWER_BYTES], enum sekisho_http_status status,
			   bool openmetrics, size_t length)
{
	const char *type = "text/plain; charset=utf-8";

	if (status == SEKISHO_HTTP_OK)
		type = openmetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
				   : "text/plain; version=0.0.4; charset=utf-8";
	return (size_t)snprintf(answer, SEKISHO_HTTP_ANSWER_BYTES,
				"HTTP/1.1 %d %s\r\n"
				"Content-Type: %s\r\n"
				"Content-Length: %zu\r\n"
				"Cache-Control: no-store\r\n"
				"%sConnection: close\r\n\r\n",
				status, sekisho_http_reason(status), type, length,
				status == SEKISHO_HTTP_METHOD ? "Allow: GET, HEAD\r\n" : "");
}
