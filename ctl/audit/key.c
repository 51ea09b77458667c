// SPDX-License-Identifier: GPL-2.0-only
/*
 * The key that signs a log's checkpoints, and its file. Knows nothing of what is signed.
 */
#include "key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#define FILE_BYTES 4096 /* more than such a key's text has */

struct sekisho_key {
	int directory;
	int file; /* locked */
	EVP_PKEY *pair;
	struct sekisho_vkey verifier;
};

static int open_directory(const char *keys)
{
	int fd;

	if (mkdir(keys, 0700) && errno != EEXIST)
		return -errno;
	fd = open(keys, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int write_pair(int fd, EVP_PKEY *pair)
{
	BIO *memory = BIO_new(BIO_s_secmem());
	int error = -EIO;
	char *text;
	long length;

	if (memory && PEM_write_bio_PKCS8PrivateKey(memory, pair, NULL, NULL, 0, NULL, NULL)) {
		length = BIO_get_mem_data(memory, &text);
		errno = EIO;
		error = write(fd, text, (size_t)length) == length && !fsync(fd) ? 0 : -errno;
	}
	BIO_free(memory);
	return error;
}

/* Under another name first: what has the key's name is whole. */
static int make_file(int directory, const char *name)
{
	char temporary[NAME_MAX + 1];
	EVP_PKEY *pair;
	int fd, error;

	snprintf(temporary, sizeof(temporary), ".%.200s.%d", name, getpid());
	fd = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		    0600);
	if (fd < 0)
		return -errno;
	pair = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	error = pair ? write_pair(fd, pair) : -EIO;
	EVP_PKEY_free(pair);
	close(fd);
	/* Where another was quicker its key is taken. */
	if (!error && linkat(directory, temporary, directory, name, 0) && errno != EEXIST)
		error = -errno;
	unlinkat(directory, temporary, 0);
	if (!error && fsync(directory))
		error = -errno;
	return error;
}

static int open_file(struct sekisho_key *key, const char *name)
{
	struct stat status;

	key->file = openat(key->directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (key->file < 0 || fstat(key->file, &status))
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	if (status.st_mode & 077)
		return -EPERM;
	if (flock(key->file, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return 0;
}

static int read_pair(struct sekisho_key *key)
{
	char text[FILE_BYTES];
	ssize_t got = pread(key->file, text, sizeof(text), 0);
	BIO *memory;

	if (got < 0)
		return -errno;
	memory = BIO_new_mem_buf(text, (int)got);
	if (memory)
		key->pair = PEM_read_bio_PrivateKey(memory, NULL, NULL, NULL);
	BIO_free(memory);
	explicit_bzero(text, sizeof(text));
	return key->pair && EVP_PKEY_get_base_id(key->pair) == EVP_PKEY_ED25519 ? 0 : -EINVAL;
}

static int take_verifier(struct sekisho_key *key, const char *origin)
{
	uint8_t public_key[SEKISHO_PUBLIC_KEY_BYTES];
	size_t length = sizeof(public_key);

	if (EVP_PKEY_get_raw_public_key(key->pair, public_key, &length) != 1 ||
	    length != sizeof(public_key))
		return -EIO;
	return sekisho_vkey_make(&key->verifier, origin, public_key);
}

int sekisho_key_open(struct sekisho_key **key, const char *keys, const char *origin, bool may_make)
{
	struct sekisho_key *opened = calloc(1, sizeof(*opened));
	char name[NAME_MAX + 1];
	int error;

	*key = NULL;
	if (!opened)
		return -ENOMEM;
	opened->file = -1;
	snprintf(name, sizeof(name), "%.200s.key", origin);
	opened->directory = open_directory(keys);
	error = opened->directory < 0 ? opened->directory : open_file(opened, name);
	if (error == -ENOENT && opened->directory >= 0 && may_make) {
		error = make_file(opened->directory, name);
		if (!error)
			error = open_file(opened, name);
	}
	if (!error)
		error = read_pair(opened);
	if (!error)
		error = take_verifier(opened, origin);
	if (error) {
		sekisho_key_close(opened);
		return error;
	}
	*key = opened;
	return 0;
}

void sekisho_key_close(struct sekisho_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pair);
	if (key->file >= 0)
		close(key->file);
	if (key->directory >= 0)
		close(key->directory);
	free(key);
}

const struct sekisho_vkey *sekisho_key_verifier(const struct sekisho_key *key)
{
	return &key->verifier;
}

int sekisho_key_directory(const struct sekisho_key *key)
{
	return key->directory;
}

int sekisho_key_sign(const struct sekisho_key *key, const void *text, size_t length,
		     uint8_t signature[SEKISHO_SIGNATURE_BYTES])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t bytes = SEKISHO_SIGNATURE_BYTES;
	int error = -EIO;

	if (context && EVP_DigestSignInit(context, NULL, NULL, NULL, key->pair) == 1 &&
	    EVP_DigestSign(context, signature, &bytes, text, length) == 1 &&
	    bytes == SEKISHO_SIGNATURE_BYTES)
		error = 0;
	EVP_MD_CTX_free(context);
	return error;
}
