/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of HTTP/1.1 as a page needs that is only read: the head of a request, judged as it
 * comes in, and the head of the answer. Pure. Knows nothing of sockets or of what the page says.
 */
#ifndef SEKISHO_SERVE_HTTP_H
#define SEKISHO_SERVE_HTTP_H

#include <stdbool.h>
#include <stddef.h>

/* A longer head is refused. */
#define SEKISHO_HTTP_HEAD_BYTES 4096
/* Room for the head of an answer, with a NUL. */
#define SEKISHO_HTTP_ANSWER_BYTES 320

/* Statuses as HTTP numbers them. */
enum sekisho_http_status {
	SEKISHO_HTTP_INCOMPLETE = 0, /* there must come more */
	SEKISHO_HTTP_OK = 200,
	SEKISHO_HTTP_BAD = 400,
	SEKISHO_HTTP_NOT_FOUND = 404,
	SEKISHO_HTTP_METHOD = 405,
	SEKISHO_HTTP_TOO_LONG = 431,
	SEKISHO_HTTP_UNAVAILABLE = 503,
	SEKISHO_HTTP_VERSION = 505
};

struct sekisho_http_request {
	bool head_only; /* HEAD: the answer has no body */
	bool openmetrics; /* it takes OpenMetrics */
};

/**
 * sekisho_http_parse - judge the head of a request
 * @bytes: what has come so far; need not be text
 * @length: how many
 * @request: filled where the status is SEKISHO_HTTP_OK; @head_only always where it is known
 *
 * Only `GET /metrics` and `HEAD /metrics` are fine, with or without a query.
 * Return: what to answer, or SEKISHO_HTTP_INCOMPLETE.
 */
enum sekisho_http_status sekisho_http_parse(const char *bytes, size_t length,
					    struct sekisho_http_request *request);

/**
 * sekisho_http_answer - the head of an answer, after which the connection is closed
 * @answer: gets it, with a NUL
 * @status: the status
 * @openmetrics: the page is OpenMetrics; else the older form
 * @length: bytes of the body
 *
 * Return: bytes of the head.
 */
size_t sekisho_http_answer(char answer[SEKISHO_HTTP_ANSWER_BYTES], enum sekisho_http_status status,
			   bool openmetrics, size_t length);

/* The body of an answer that is not the page: one line. */
const char *sekisho_http_reason(enum sekisho_http_status status);

#endif
