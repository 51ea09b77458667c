// SPDX-License-Identifier: GPL-2.0-only
/*
 * Time stamps of RFC 3161. Knows nothing of checkpoints.
 */
#include "timestamp.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <openssl/x509.h>

#define NONCE_BYTES  8
#define DIGEST_BYTES 32

static bool set_digest(TS_REQ *request, const void *bytes, size_t length)
{
	TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	X509_ALGOR *algorithm = X509_ALGOR_new();
	uint8_t digest[DIGEST_BYTES];
	bool done = imprint && algorithm &&
		    EVP_Digest(bytes, length, digest, NULL, EVP_sha256(), NULL);

	if (done) {
		X509_ALGOR_set_md(algorithm, EVP_sha256());
		done = TS_MSG_IMPRINT_set_algo(imprint, algorithm) &&
		       TS_MSG_IMPRINT_set_msg(imprint, digest, sizeof(digest)) &&
		       TS_REQ_set_msg_imprint(request, imprint);
	}
	X509_ALGOR_free(algorithm);
	TS_MSG_IMPRINT_free(imprint);
	return done;
}

static bool set_nonce(TS_REQ *request)
{
	uint8_t random[NONCE_BYTES];
	ASN1_INTEGER *nonce;
	bool done = false;
	BIGNUM *number;

	if (RAND_bytes(random, sizeof(random)) != 1)
		return false;
	/* Positive, and as long as it is. */
	random[0] = (uint8_t)((random[0] & 0x7f) | 0x40);
	number = BN_bin2bn(random, sizeof(random), NULL);
	nonce = number ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
	if (nonce)
		done = TS_REQ_set_nonce(request, nonce);
	ASN1_INTEGER_free(nonce);
	BN_free(number);
	return done;
}

int sekisho_timestamp_request(const void *bytes, size_t length,
			      uint8_t request[SEKISHO_TIMESTAMP_BYTES])
{
	TS_REQ *made = TS_REQ_new();
	int got = -EIO;

	if (made && TS_REQ_set_version(made, 1) && set_digest(made, bytes, length) &&
	    set_nonce(made) && TS_REQ_set_cert_req(made, 1)) {
		int needs = i2d_TS_REQ(made, NULL);
		uint8_t *at = request;

		if (needs > 0 && needs <= SEKISHO_TIMESTAMP_BYTES)
			got = i2d_TS_REQ(made, &at);
	}
	TS_REQ_free(made);
	return got > 0 ? got : -EIO;
}

/* When, by the stamp itself. */
static int stamped_at(TS_RESP *response, int64_t *seconds)
{
	TS_TST_INFO *info = TS_RESP_get_tst_info(response);
	struct tm when = { 0 };

	if (!info || !ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &when))
		return -EINVAL;
	*seconds = timegm(&when);
	return 0;
}

static void take_why(char why[SEKISHO_TIMESTAMP_WHY])
{
	const char *data = NULL, *reason;
	unsigned long code = ERR_peek_last_error_all(NULL, NULL, NULL, &data, NULL);

	reason = ERR_reason_error_string(code);
	snprintf(why, SEKISHO_TIMESTAMP_WHY, "%s%s%s", reason ? reason : "?",
		 data && *data ? ": " : "", data ? data : "");
	ERR_clear_error();
}

/* What an answer is made of. */
struct parsed {
	TS_RESP *response;
	TS_REQ *request; /* NULL: not known */
	X509_STORE *store; /* NULL: it is a context's */
};

static int parse(struct parsed *parsed, const struct sekisho_timestamp_answer *answer)
{
	const uint8_t *at = answer->response;

	parsed->response = d2i_TS_RESP(NULL, &at, (long)answer->response_length);
	if (!parsed->response || at != answer->response + answer->response_length)
		return -EINVAL;
	at = answer->request;
	if (at) {
		parsed->request = d2i_TS_REQ(NULL, &at, (long)answer->request_length);
		if (!parsed->request || at != answer->request + answer->request_length)
			return -EPROTO;
	}
	parsed->store = X509_STORE_new();
	if (!parsed->store)
		return -EIO;
	return X509_STORE_load_file(parsed->store, answer->authority) == 1 ? 0 : -ENOKEY;
}

/* The context takes store and data over. */
static int verify(struct parsed *parsed, const void *bytes, size_t length)
{
	TS_VERIFY_CTX *context = parsed->request ? TS_REQ_to_TS_VERIFY_CTX(parsed->request, NULL)
						 : TS_VERIFY_CTX_new();
	BIO *data = BIO_new_mem_buf(bytes, (int)length);
	int error = -EIO;

	if (context && data) {
		TS_VERIFY_CTX_add_flags(context, TS_VFY_VERSION | TS_VFY_SIGNATURE | TS_VFY_DATA);
		TS_VERIFY_CTX_set_store(context, parsed->store);
		TS_VERIFY_CTX_set_data(context, data);
		parsed->store = NULL;
		error = TS_RESP_verify_response(context, parsed->response) == 1 ? 0 : -EBADMSG;
	} else {
		BIO_free(data);
	}
	TS_VERIFY_CTX_free(context);
	return error;
}

int sekisho_timestamp_check(const void *bytes, size_t length,
			    const struct sekisho_timestamp_answer *answer, int64_t *seconds,
			    char why[SEKISHO_TIMESTAMP_WHY])
{
	struct parsed parsed = { 0 };
	int error = parse(&parsed, answer);

	why[0] = '\0';
	if (!error)
		error = verify(&parsed, bytes, length);
	if (!error)
		error = stamped_at(parsed.response, seconds);
	if (error)
		take_why(why);
	X509_STORE_free(parsed.store);
	TS_REQ_free(parsed.request);
	TS_RESP_free(parsed.response);
	return error;
}
