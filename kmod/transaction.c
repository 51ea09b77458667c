// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transactions: a policy on its way into force, one a socket. Knows who may go on with which, and
 * when one is too old; nothing of what is in a policy.
 *
 * Locks: a transaction's, then the border's. Requests of one socket may come from several threads,
 * and the socket may be closed meanwhile; whoever works on a transaction holds a reference.
 */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/slab.h>

#include "attributes.h"
#include "family.h"
#include "names.h"
#include "objects.h"
#include "request.h"
#include "witness.h"

#define TRANSACTIONS_MAX 8

struct sekisho_transactions {
	struct mutex lock; /* the list, and nothing is waited for under it */
	struct list_head list;
	u32 count;
};

struct transaction {
	struct list_head list;
	refcount_t references; /* the list's, and one for each who works on it */
	u32 portid;
	struct sekisho_border *border;

	struct mutex lock; /* all below */
	struct sekisho_objects *objects;
	struct sekisho_policy *policy; /* prepared */
	struct sekisho_draft_counts counts; /* likewise */
	u64 changes; /* of the border, when it was begun */
	bool spoiled;
	bool ended;
};

struct sekisho_transactions *sekisho_transactions_new(void)
{
	struct sekisho_transactions *transactions = kzalloc(sizeof(*transactions), GFP_KERNEL);

	if (!transactions)
		return NULL;
	mutex_init(&transactions->lock);
	INIT_LIST_HEAD(&transactions->list);
	return transactions;
}

/* Nobody works on it any more. */
static void transaction_free(struct transaction *transaction)
{
	sekisho_objects_free(transaction->objects);
	sekisho_policy_put(transaction->policy);
	mutex_destroy(&transaction->lock);
	kfree(transaction);
}

/* The border's lock is not held: what the draft named is forgotten with it. */
static void transaction_put(struct transaction *transaction)
{
	struct sekisho_border *border = transaction->border;

	if (!refcount_dec_and_test(&transaction->references))
		return;
	transaction_free(transaction);
	mutex_lock(&border->lock);
	sekisho_names_collect(border->names);
	mutex_unlock(&border->lock);
}

void sekisho_transactions_free(struct sekisho_transactions *transactions)
{
	struct transaction *transaction;
	struct transaction *next;

	/* No request reaches the border any more: the references are the list's. */
	list_for_each_entry_safe(transaction, next, &transactions->list, list) {
		list_del(&transaction->list);
		transaction_free(transaction);
	}
	mutex_destroy(&transactions->lock);
	kfree(transactions);
}

/* Under the list's lock. */
static struct transaction *lookup(struct sekisho_transactions *transactions, u32 portid)
{
	struct transaction *transaction;

	list_for_each_entry(transaction, &transactions->list, list)
		if (transaction->portid == portid)
			return transaction;
	return NULL;
}

/* The socket's transaction, referenced and locked, or NULL. */
static struct transaction *transaction_enter(struct sekisho_border *border, u32 portid)
{
	struct sekisho_transactions *transactions = border->transactions;
	struct transaction *transaction;

	mutex_lock(&transactions->lock);
	transaction = lookup(transactions, portid);
	if (transaction)
		refcount_inc(&transaction->references);
	mutex_unlock(&transactions->lock);
	if (!transaction)
		return NULL;
	mutex_lock(&transaction->lock);
	if (!transaction->ended)
		return transaction;
	mutex_unlock(&transaction->lock);
	transaction_put(transaction);
	return NULL;
}

static void transaction_leave(struct transaction *transaction)
{
	mutex_unlock(&transaction->lock);
	transaction_put(transaction);
}

/* Off the list, so that nobody finds it any more; the list's reference is the caller's. */
static struct transaction *unlink_transaction(struct sekisho_transactions *transactions, u32 portid)
{
	struct transaction *transaction;

	mutex_lock(&transactions->lock);
	transaction = lookup(transactions, portid);
	if (transaction) {
		list_del_init(&transaction->list);
		transactions->count--;
	}
	mutex_unlock(&transactions->lock);
	return transaction;
}

/* Whether there was one. */
static bool forget(struct sekisho_border *border, u32 portid)
{
	struct transaction *transaction = unlink_transaction(border->transactions, portid);

	if (!transaction)
		return false;
	mutex_lock(&transaction->lock);
	transaction->ended = true;
	mutex_unlock(&transaction->lock);
	transaction_put(transaction);
	return true;
}

void sekisho_transactions_release(struct sekisho_border *border, u32 portid)
{
	forget(border, portid);
}

static struct transaction *transaction_new(struct sekisho_border *border, u32 portid)
{
	struct transaction *transaction = kzalloc(sizeof(*transaction), GFP_KERNEL_ACCOUNT);

	if (!transaction)
		return NULL;
	transaction->objects = sekisho_objects_new(border->names);
	if (!transaction->objects) {
		kfree(transaction);
		return NULL;
	}
	refcount_set(&transaction->references, 1);
	mutex_init(&transaction->lock);
	transaction->border = border;
	transaction->portid = portid;
	return transaction;
}

/* -EBUSY where there are too many, or another thread of the socket was faster. */
static int link_transaction(struct sekisho_transactions *transactions,
			    struct transaction *transaction)
{
	int error = 0;

	mutex_lock(&transactions->lock);
	if (transactions->count >= TRANSACTIONS_MAX || lookup(transactions, transaction->portid)) {
		error = -EBUSY;
	} else {
		list_add_tail(&transaction->list, &transactions->list);
		transactions->count++;
	}
	mutex_unlock(&transactions->lock);
	return error;
}

int sekisho_do_begin(struct sk_buff *skb, struct genl_info *info)
{
	struct sekisho_border *border = sekisho_request_border(info);
	struct transaction *transaction;

	forget(border, info->snd_portid);
	mutex_lock(&border->lock);
	transaction = transaction_new(border, info->snd_portid);
	if (transaction)
		transaction->changes = border->changes;
	mutex_unlock(&border->lock);
	if (!transaction)
		return -ENOMEM;
	if (!link_transaction(border->transactions, transaction))
		return 0;
	transaction_put(transaction);
	return sekisho_request_refuse(info, NULL, "too many transactions are open", -EBUSY);
}

/* Every object of the message, in its order. */
static int add_objects(struct transaction *transaction, struct genl_info *info)
{
	struct nlattr *attribute;
	int error = 0;
	int rest;

	nlmsg_for_each_attr(attribute, info->nlhdr, GENL_HDRLEN, rest) {
		error = sekisho_objects_add(transaction->objects, attribute, info->extack);
		if (error)
			break;
	}
	sekisho_objects_forget_message(transaction->objects);
	return error;
}

/* What keeps a transaction from going on, in words, or NULL. */
static const char *obstacle(const struct transaction *transaction)
{
	if (transaction->spoiled)
		return "the transaction has a refused object; begin again";
	return NULL;
}

static int add_locked(struct transaction *transaction, struct genl_info *info)
{
	struct sekisho_border *border = transaction->border;
	const char *text = obstacle(transaction);
	int error;

	if (!text && transaction->policy)
		text = "the transaction is prepared";
	if (text)
		return sekisho_request_refuse(info, NULL, text, -EINVAL);
	/* Names come to the border here, and must not be collected meanwhile. */
	mutex_lock(&border->lock);
	error = add_objects(transaction, info);
	mutex_unlock(&border->lock);
	if (!error)
		return 0;
	transaction->spoiled = true;
	return sekisho_request_refused(info, error);
}

static int refuse_none(struct genl_info *info)
{
	return sekisho_request_refuse(info, NULL, "this socket has no transaction", -ENOENT);
}

int sekisho_do_add(struct sk_buff *skb, struct genl_info *info)
{
	struct transaction *transaction =
		transaction_enter(sekisho_request_border(info), info->snd_portid);
	int error;

	if (!transaction)
		return refuse_none(info);
	error = add_locked(transaction, info);
	transaction_leave(transaction);
	return error;
}

static int finish_objects(struct transaction *transaction, struct genl_info *info)
{
	int error;

	mutex_lock(&transaction->border->lock);
	error = sekisho_objects_finish(transaction->objects, info->extack);
	mutex_unlock(&transaction->border->lock);
	return error;
}

/* The border's lock is not held: isolating need not wait until a million flows are sorted. */
static int prepare_locked(struct transaction *transaction, struct genl_info *info)
{
	struct sekisho_policy_fault fault = {};
	const char *text = obstacle(transaction);
	int error;

	if (text)
		return sekisho_request_refuse(info, NULL, text, -EINVAL);
	if (transaction->policy)
		return 0;
	error = finish_objects(transaction, info);
	if (!error) {
		sekisho_objects_count(transaction->objects, &transaction->counts);
		error = sekisho_objects_compile(transaction->objects, &transaction->policy, &fault);
		if (fault.text && error)
			sekisho_refuse(info->extack, NULL, fault.text, error);
	}
	if (!error)
		return 0;
	transaction->spoiled = true;
	return sekisho_request_refused(info, error);
}

int sekisho_do_prepare(struct sk_buff *skb, struct genl_info *info)
{
	struct transaction *transaction =
		transaction_enter(sekisho_request_border(info), info->snd_portid);
	int error;

	if (!transaction)
		return refuse_none(info);
	error = prepare_locked(transaction, info);
	transaction_leave(transaction);
	return error;
}

/* Whether COUNTS says what was added; a number that is not there is 0. */
static int check_counts(const struct transaction *transaction, struct genl_info *info)
{
	const struct sekisho_draft_counts *counts = &transaction->counts;
	const u32 added[SEKISHO_COUNTS_MAX + 1] = {
		[SEKISHO_COUNTS_SEGMENTS] = counts->segments,
		[SEKISHO_COUNTS_NETWORKS] = counts->networks,
		[SEKISHO_COUNTS_PORTS] = counts->ports,
		[SEKISHO_COUNTS_ADDRESSES] = counts->addresses,
		[SEKISHO_COUNTS_HOSTS] = counts->hosts,
		[SEKISHO_COUNTS_FLOWS] = counts->flows,
	};
	struct nlattr *nest = info->attrs[SEKISHO_A_COUNTS];
	struct nlattr *parts[SEKISHO_COUNTS_MAX + 1];
	int error = nla_parse_nested(parts, SEKISHO_COUNTS_MAX, nest, NULL, info->extack);
	int i;

	if (error)
		return error;
	for (i = 1; i <= SEKISHO_COUNTS_MAX; i++)
		if ((parts[i] ? nla_get_u32(parts[i]) : 0) != added[i])
			return sekisho_request_refuse(info, parts[i] ?: nest,
						      "another number of objects was added",
						      -EINVAL);
	return 0;
}

static int check_commit_attributes(struct genl_info *info)
{
	static const struct {
		int type;
		const char *text;
	} wanted[] = {
		{ SEKISHO_A_GENERATION, "a commit has no generation" },
		{ SEKISHO_A_DIGEST, "a commit has no digest" },
		{ SEKISHO_A_COUNTS, "a commit has no counts" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wanted); i++)
		if (!info->attrs[wanted[i].type])
			return sekisho_refuse_missing(info->extack, NULL, wanted[i].type,
						      wanted[i].text);
	if (info->attrs[SEKISHO_A_CONFIRM_SECONDS] && !info->attrs[SEKISHO_A_FALLBACK_GENERATION])
		return sekisho_refuse_missing(
			info->extack, NULL, SEKISHO_A_FALLBACK_GENERATION,
			"a commit to be confirmed has nothing to fall back to");
	return 0;
}

/* What was prepared becomes the border's; its lock is held. */
static int commit_border(struct transaction *transaction, struct genl_info *info)
{
	struct sekisho_border *border = transaction->border;
	struct sekisho_policy *policy = transaction->policy;
	struct nlattr **attributes = info->attrs;
	u32 fallback = 0;
	u32 seconds = 0;
	int error = sekisho_request_unsealed(info, border);

	if (error)
		return error;
	if (border->changes != transaction->changes)
		return sekisho_request_refuse(
			info, NULL, "the policy was changed since the transaction began", -ESTALE);
	if (attributes[SEKISHO_A_CONFIRM_SECONDS]) {
		seconds = nla_get_u32(attributes[SEKISHO_A_CONFIRM_SECONDS]);
		fallback = nla_get_u32(attributes[SEKISHO_A_FALLBACK_GENERATION]);
	}
	policy->generation = nla_get_u32(attributes[SEKISHO_A_GENERATION]);
	nla_memcpy(policy->digest, attributes[SEKISHO_A_DIGEST], sizeof(policy->digest));
	error = sekisho_border_commit(border, policy, seconds, fallback);
	if (error == -EBUSY)
		return sekisho_request_refuse(info, NULL, "a commit waits to be confirmed", error);
	if (error)
		return sekisho_request_refused(info, error);
	transaction->policy = NULL;
	sekisho_witness_done(border, SEKISHO_EVENT_KIND_COMMITTED, "commit", NULL);
	return 0;
}

static int commit_locked(struct transaction *transaction, struct genl_info *info)
{
	struct sekisho_border *border = transaction->border;
	int error = check_commit_attributes(info);

	if (!error)
		error = prepare_locked(transaction, info);
	if (!error)
		error = check_counts(transaction, info);
	if (error)
		return error;
	mutex_lock(&border->lock);
	error = commit_border(transaction, info);
	mutex_unlock(&border->lock);
	transaction->ended = !error;
	return error;
}

int sekisho_do_commit(struct sk_buff *skb, struct genl_info *info)
{
	struct sekisho_border *border = sekisho_request_border(info);
	struct transaction *transaction = transaction_enter(border, info->snd_portid);
	int error;

	if (!transaction)
		return refuse_none(info);
	error = commit_locked(transaction, info);
	transaction_leave(transaction);
	if (!error)
		forget(border, info->snd_portid);
	return error;
}

int sekisho_do_abort(struct sk_buff *skb, struct genl_info *info)
{
	if (!forget(sekisho_request_border(info), info->snd_portid))
		return sekisho_refuse(info->extack, NULL, "this socket has no transaction",
				      -ENOENT);
	return 0;
}
