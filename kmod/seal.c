// SPDX-License-Identifier: GPL-2.0-only
/*
 * The seal: a border that nobody opens without the key whose SHA-256 it keeps. Knows keys; nothing
 * of what a sealed border refuses.
 *
 * A sealed border holds the module: removing it would open what the seal keeps closed.
 */
#include <crypto/algapi.h>
#include <crypto/sha2.h>
#include <linux/module.h>
#include <linux/string.h>

#include "attributes.h"
#include "request.h"
#include "witness.h"

/* Whether a key is the one of the seal; takes as long for every wrong one. */
static bool is_key(const struct sekisho_border *border, const u8 *key)
{
	u8 digest[SEKISHO_DIGEST_BYTES];
	bool is;

	sha256(key, SEKISHO_SEAL_KEY_BYTES, digest);
	is = !crypto_memneq(digest, border->seal, sizeof(digest));
	memzero_explicit(digest, sizeof(digest));
	return is;
}

static int seal_locked(struct genl_info *info, struct sekisho_border *border)
{
	const struct nlattr *digest = info->attrs[SEKISHO_A_KEY_DIGEST];
	int error = sekisho_request_unsealed(info, border);

	if (error)
		return error;
	if (!digest)
		return sekisho_refuse_missing(info->extack, NULL, SEKISHO_A_KEY_DIGEST,
					      "a seal has no digest of its key");
	if (!try_module_get(THIS_MODULE))
		return sekisho_request_refuse(info, NULL, "the module is being removed", -EBUSY);
	nla_memcpy(border->seal, digest, sizeof(border->seal));
	border->sealed = true;
	sekisho_witness_done(border, SEKISHO_EVENT_KIND_SEALED, "seal", NULL);
	return 0;
}

static int unseal_locked(struct genl_info *info, struct sekisho_border *border)
{
	const struct nlattr *key = info->attrs[SEKISHO_A_KEY];

	if (!key)
		return sekisho_refuse_missing(info->extack, NULL, SEKISHO_A_KEY, "no key is given");
	if (!border->sealed)
		return sekisho_refuse(info->extack, NULL, "it is not sealed", -ENOENT);
	if (!is_key(border, nla_data(key)))
		return sekisho_request_refuse(info, key, "it is another key", -EACCES);
	border->sealed = false;
	memzero_explicit(border->seal, sizeof(border->seal));
	sekisho_witness_done(border, SEKISHO_EVENT_KIND_UNSEALED, "unseal", NULL);
	module_put(THIS_MODULE);
	return 0;
}

int sekisho_do_seal(struct sk_buff *skb, struct genl_info *info)
{
	struct sekisho_border *border = sekisho_request_border(info);
	int error;

	mutex_lock(&border->lock);
	error = seal_locked(info, border);
	mutex_unlock(&border->lock);
	return error;
}

int sekisho_do_unseal(struct sk_buff *skb, struct genl_info *info)
{
	struct sekisho_border *border = sekisho_request_border(info);
	int error;

	mutex_lock(&border->lock);
	error = unseal_locked(info, border);
	mutex_unlock(&border->lock);
	return error;
}
