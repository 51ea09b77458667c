// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy's way into the module: staged, committed, compared. Knows transactions; nothing of what
 * objects look like.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "kernel/module_objects.h"
#include "kernel/module_socket.h"

/* Objects gathered in one message until it is full. */
struct batch {
	struct sekisho_module *module;
	struct nlmsghdr *message; /* NULL: none begun */
};

static int send_batch(struct batch *batch)
{
	struct nlmsghdr *message = batch->message;

	batch->message = NULL;
	return message ? sekisho_module_send(batch->module, message, NULL, NULL) : 0;
}

static struct nlmsghdr *next_message(void *context, int *error)
{
	struct batch *batch = context;

	*error = 0;
	if (batch->message && batch->message->nlmsg_len >= SEKISHO_MODULE_BATCH)
		*error = send_batch(batch);
	if (*error)
		return NULL;
	if (!batch->message)
		batch->message = sekisho_module_begin(batch->module, SEKISHO_CMD_ADD, NLM_F_ACK);
	return batch->message;
}

static int add_objects(struct sekisho_module *module, struct sekisho_module_writer *writer,
		       const struct sekisho_policy *policy, const struct sekisho_self *self)
{
	struct batch batch = { .module = module };
	int error;

	writer->context = &batch;
	writer->next = next_message;
	error = sekisho_module_write(writer, policy, self);
	if (!error)
		error = send_batch(&batch);
	if (error && writer->refused[0])
		snprintf(module->text, sizeof(module->text), "flow '%s' has too many services",
			 writer->refused);
	return error;
}

int sekisho_module_stage(struct sekisho_module *module, const struct sekisho_policy *policy,
			 const struct sekisho_self *self,
			 uint32_t (*ifindex)(void *context, const char *interface), void *context)
{
	struct sekisho_module_writer writer = { .ifindex = ifindex, .ifindex_context = context };
	int error = sekisho_module_order(module, SEKISHO_CMD_BEGIN);

	if (!error)
		error = add_objects(module, &writer, policy, self);
	if (!error)
		error = sekisho_module_order(module, SEKISHO_CMD_PREPARE);
	memcpy(module->counts, writer.counts, sizeof(module->counts));
	return error;
}

int sekisho_module_commit(struct sekisho_module *module, uint32_t generation,
			  const uint8_t digest[SEKISHO_DIGEST_BYTES], uint32_t confirm_seconds,
			  uint32_t fallback_generation)
{
	struct nlmsghdr *message = sekisho_module_begin(module, SEKISHO_CMD_COMMIT, NLM_F_ACK);
	struct nlattr *nest;

	mnl_attr_put_u32(message, SEKISHO_A_GENERATION, generation);
	mnl_attr_put(message, SEKISHO_A_DIGEST, SEKISHO_DIGEST_BYTES, digest);
	nest = mnl_attr_nest_start(message, SEKISHO_A_COUNTS);
	for (int i = 1; i <= SEKISHO_COUNTS_MAX; i++)
		mnl_attr_put_u32(message, (uint16_t)i, module->counts[i]);
	mnl_attr_nest_end(message, nest);
	if (confirm_seconds) {
		mnl_attr_put_u32(message, SEKISHO_A_CONFIRM_SECONDS, confirm_seconds);
		mnl_attr_put_u32(message, SEKISHO_A_FALLBACK_GENERATION, fallback_generation);
	}
	return sekisho_module_send(module, message, NULL, NULL);
}

int sekisho_module_abort(struct sekisho_module *module)
{
	return sekisho_module_order(module, SEKISHO_CMD_ABORT);
}

/* Objects told as one digest, so that neither side need be held in memory. */
struct comparison {
	EVP_MD_CTX *digest;
	char *message; /* room for one object that is about to be written */
	uint32_t objects;
	bool failed;
};

static void add_bytes(struct comparison *comparison, const void *bytes, size_t count)
{
	if (EVP_DigestUpdate(comparison->digest, bytes, count) != 1)
		comparison->failed = true;
}

/* Nests as what they hold; what only aligns is left out. */
static void add_attribute(struct comparison *comparison, const struct nlattr *attribute)
{
	uint16_t head[2] = { mnl_attr_get_type(attribute), mnl_attr_get_payload_len(attribute) };
	const struct nlattr *part;

	if (!head[1])
		return;
	if (!(attribute->nla_type & NLA_F_NESTED)) {
		add_bytes(comparison, head, sizeof(head));
		add_bytes(comparison, mnl_attr_get_payload(attribute), head[1]);
		return;
	}
	head[1] = UINT16_MAX;
	add_bytes(comparison, head, sizeof(head));
	mnl_attr_for_each_nested(part, attribute) {
		add_attribute(comparison, part);
	}
	head[0] = UINT16_MAX;
	add_bytes(comparison, head, sizeof(head));
}

static void add_objects_of(struct comparison *comparison, const struct nlmsghdr *message)
{
	const struct nlattr *attribute;

	mnl_attr_for_each(attribute, message, sizeof(struct genlmsghdr)) {
		switch (mnl_attr_get_type(attribute)) {
		case SEKISHO_A_SITE:
		case SEKISHO_A_SEGMENT:
		case SEKISHO_A_PORT:
		case SEKISHO_A_OWN:
		case SEKISHO_A_BROADCAST:
		case SEKISHO_A_HOSTS:
		case SEKISHO_A_FLOW:
			add_attribute(comparison, attribute);
			comparison->objects++;
			break;
		}
	}
}

static int take_object(const struct nlmsghdr *message, void *context)
{
	add_objects_of(context, message);
	return MNL_CB_OK;
}

static void begin_comparison(void *context)
{
	struct comparison *comparison = context;

	comparison->objects = 0;
	if (EVP_DigestInit_ex(comparison->digest, EVP_sha256(), NULL) != 1)
		comparison->failed = true;
}

static void finish_comparison(struct comparison *comparison, uint8_t result[SEKISHO_DIGEST_BYTES])
{
	if (EVP_DigestFinal_ex(comparison->digest, result, NULL) != 1)
		comparison->failed = true;
}

/* What was written last is taken in, and its room given again. */
static struct nlmsghdr *next_compared(void *context, int *error)
{
	struct comparison *comparison = context;
	struct nlmsghdr *message = (struct nlmsghdr *)comparison->message;

	*error = 0;
	if (message->nlmsg_len)
		add_objects_of(comparison, message);
	message = mnl_nlmsg_put_header(comparison->message);
	mnl_nlmsg_put_extra_header(message, sizeof(struct genlmsghdr));
	return message;
}

static int digest_policy(struct comparison *comparison, struct sekisho_module_writer *writer,
			 const struct sekisho_policy *policy, const struct sekisho_self *self,
			 uint8_t result[SEKISHO_DIGEST_BYTES])
{
	int error;

	begin_comparison(comparison);
	memset(comparison->message, 0, sizeof(struct nlmsghdr));
	writer->context = comparison;
	writer->next = next_compared;
	error = sekisho_module_write(writer, policy, self);
	if (error)
		return error;
	next_compared(comparison, &error);
	finish_comparison(comparison, result);
	return error;
}

int sekisho_module_equals(struct sekisho_module *module, const struct sekisho_policy *policy,
			  const struct sekisho_self *self,
			  uint32_t (*ifindex)(void *context, const char *interface), void *context,
			  bool *equal)
{
	struct sekisho_module_writer writer = { .ifindex = ifindex, .ifindex_context = context };
	struct comparison comparison = { .digest = EVP_MD_CTX_new(), .message = module->request };
	uint8_t sent[SEKISHO_DIGEST_BYTES], told[SEKISHO_DIGEST_BYTES];
	uint32_t objects = 0;
	int error = comparison.digest ? 0 : -ENOMEM;

	if (!error)
		error = digest_policy(&comparison, &writer, policy, self, sent);
	if (!error) {
		objects = comparison.objects;
		error = sekisho_module_dump(module, SEKISHO_CMD_GET_POLICY, take_object,
					    begin_comparison, &comparison);
	}
	if (!error)
		finish_comparison(&comparison, told);
	if (!error && comparison.failed)
		error = -EIO;
	*equal = !error && objects == comparison.objects && !memcmp(sent, told, sizeof(sent));
	EVP_MD_CTX_free(comparison.digest);
	return error;
}
