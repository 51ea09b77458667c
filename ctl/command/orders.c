// SPDX-License-Identifier: GPL-2.0-only
/*
 * Orders that stand until they are lifted. Knows nothing of who may give them.
 */
#include "command/orders.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "kernel/runtime.h"
#include "disk/durable.h"
#include "ui/format.h"
#include "ui/table.h"

#define LOCK "orders.lock"

static const struct {
	const char *file;
	const char *key;
} kinds[] = {
	[SEKISHO_ORDERS_ISOLATION] = { "isolation.json", "segment" },
	[SEKISHO_ORDERS_SUSPENSION] = { "suspended.json", "target" },
};

static void set_text(json_t *order, const char *key, const char *text)
{
	char *plain = sekisho_text_plain(text);

	json_object_set_new(order, key, json_string(plain ? plain : ""));
	free(plain);
}

json_t *sekisho_orders_new(enum sekisho_orders_kind kind, const char *target, int32_t zone,
			   const char *reason, const char *authority, const char *actor)
{
	char now[SEKISHO_TIME_TEXT];
	json_t *order = json_object();

	if (!order)
		return NULL;
	sekisho_format_time(now, time(NULL), zone);
	set_text(order, kinds[kind].key, target);
	set_text(order, "at", now);
	set_text(order, "reason", reason);
	set_text(order, "authority", authority);
	set_text(order, "actor", actor);
	return order;
}

static const char *target_of(const json_t *order, enum sekisho_orders_kind kind)
{
	const char *target = json_string_value(json_object_get(order, kinds[kind].key));

	return target ? target : "";
}

static int read_list(int directory, enum sekisho_orders_kind kind, json_t **list)
{
	size_t length;
	char *text;
	int error = sekisho_durable_read(directory, kinds[kind].file, &text, &length);

	if (error == -ENOENT) {
		*list = json_array();
		return *list ? 0 : -ENOMEM;
	}
	if (error)
		return error;
	*list = json_loadb(text, length, 0, NULL);
	free(text);
	if (json_is_array(*list))
		return 0;
	json_decref(*list);
	*list = NULL;
	return -EUCLEAN;
}

int sekisho_orders_read(const char *state, enum sekisho_orders_kind kind, json_t **list)
{
	int directory = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC), error;

	*list = NULL;
	if (directory < 0) {
		error = -errno;
		if (error != -ENOENT)
			return error;
		*list = json_array();
		return *list ? 0 : -ENOMEM;
	}
	error = read_list(directory, kind, list);
	close(directory);
	return error;
}

static int write_list(int directory, enum sekisho_orders_kind kind, const json_t *list)
{
	char *text = json_dumps(list, JSON_INDENT(2));
	int error = text ? sekisho_durable_replace(directory, kinds[kind].file, text, strlen(text))
			 : -ENOMEM;

	free(text);
	return error;
}

/* Two commands may give orders at once. @directory and @lock are to be closed. */
static int open_locked(const char *state, int *directory, int *lock)
{
	*lock = -1;
	*directory = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*directory < 0)
		return -errno;
	*lock = openat(*directory, LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (*lock < 0 || flock(*lock, LOCK_EX))
		return -errno;
	return 0;
}

static void close_locked(int directory, int lock)
{
	if (lock >= 0)
		close(lock);
	if (directory >= 0)
		close(directory);
}

/* Take a target out of a list; returns whether it was there. */
static bool take_out(json_t *list, enum sekisho_orders_kind kind, const char *target)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (strcmp(target_of(json_array_get(list, i), kind), target) != 0)
			continue;
		json_array_remove(list, i);
		return true;
	}
	return false;
}

int sekisho_orders_add(const char *state, enum sekisho_orders_kind kind, json_t *order)
{
	json_t *list = NULL;
	int directory, lock;
	int error = order ? open_locked(state, &directory, &lock) : -ENOMEM;

	if (!order)
		return error;
	if (!error)
		error = read_list(directory, kind, &list);
	if (!error) {
		take_out(list, kind, target_of(order, kind));
		error = json_array_append(list, order) ? -ENOMEM
						       : write_list(directory, kind, list);
	}
	json_decref(list);
	json_decref(order);
	close_locked(directory, lock);
	return error;
}

int sekisho_orders_remove(const char *state, enum sekisho_orders_kind kind, const char *target)
{
	json_t *list = NULL;
	int directory, lock;
	int error = open_locked(state, &directory, &lock);

	if (!error)
		error = read_list(directory, kind, &list);
	if (!error)
		error = take_out(list, kind, target) ? write_list(directory, kind, list) : -ENOENT;
	json_decref(list);
	close_locked(directory, lock);
	return error;
}

const json_t *sekisho_orders_find(const json_t *list, enum sekisho_orders_kind kind,
				  const char *target)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *order = json_array_get(list, i);

		if (!strcmp(target_of(order, kind), target))
			return order;
	}
	return NULL;
}

bool sekisho_orders_target(const char *text, uint8_t *family, struct sekisho_address *address)
{
	*address = (struct sekisho_address){ 0 };
	if (sekisho_parse_mac(text, &address->low)) {
		*family = 0;
		return true;
	}
	return sekisho_parse_address(text, family, address);
}

static int enforce_one(struct sekisho_engine *engine, enum sekisho_orders_kind kind,
		       const char *target)
{
	struct sekisho_address address;
	uint8_t family;
	int error;

	if (kind == SEKISHO_ORDERS_SUSPENSION) {
		if (!sekisho_orders_target(target, &family, &address))
			return -EINVAL;
		error = sekisho_runtime_suspend(engine, family, address, true);
		return error == -EEXIST ? 0 : error;
	}
	if (!strcmp(target, SEKISHO_ORDERS_ALL))
		return sekisho_engine_control(engine)->isolated_all
			       ? 0
			       : sekisho_runtime_isolate(engine, NULL, true);
	/* Each change of isolation makes every connection judged again: not without need. */
	if (sekisho_runtime_is_isolated(engine, sekisho_runtime_segment(engine, target)))
		return 0;
	error = sekisho_runtime_isolate(engine, target, true);
	return error == -ENOENT ? 0 : error;
}

int sekisho_orders_enforce(struct sekisho_engine *engine, enum sekisho_orders_kind kind,
			   const json_t *list)
{
	int result = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		int error = enforce_one(engine, kind, target_of(json_array_get(list, i), kind));

		result = result ? result : error;
	}
	return result;
}
