// SPDX-License-Identifier: Apache-2.0
/* The file of a key (docs/keys.md): lines of text.
 *
 *     sekisho-key 1
 *     public NAME+ID+KEY
 *     kdf argon2id OPERATIONS KIBIBYTES SALT       or: kdf none
 *     cipher xchacha20-poly1305 NONCE              or: cipher none
 *     secret BASE64
 *     checksum BASE64
 *
 * The secret is the seed of the key, encrypted with the lines above it as associated data.  The
 * checksum (SHA-256 of all lines before it) holds no secret and proves nothing to anybody: it
 * tells a damaged file from a wrong passphrase. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keys/keys_private.h"

enum {
    FILE_MAX = 2048,
    SALT_OCTETS = crypto_pwhash_argon2id_SALTBYTES,
    NONCE_OCTETS = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_OCTETS = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    SEALED_MAX = KEY_SEED_OCTETS + TAG_OCTETS,
    /* What a file may ask of us, so that one from a stranger cannot take all memory. */
    OPERATIONS_MAX = 16,
    KIBIBYTES_MIN = 8192,
    KIBIBYTES_MAX = 1 << 20,
    /* What ours ask: about a second, and so for each guess. */
    OPERATIONS = 3,
    KIBIBYTES = 256 << 10,
};

static const char head_line[] = "sekisho-key 1";

struct key_file {
    const char *path;
    struct bytes header; /* the lines before the secret */
    struct note_key public;
    bool is_encrypted;
    uint64_t operations, kibibytes;
    uint8_t salt[SALT_OCTETS], nonce[NONCE_OCTETS];
    size_t sealed_len;
    uint8_t sealed[SEALED_MAX];
};

static void put_base64(struct text *out, const uint8_t *octets, size_t len)
{
    char room[128];
    text_put_string(
        out, sodium_bin2base64(room, sizeof room, octets, len, sodium_base64_VARIANT_ORIGINAL));
    sodium_memzero(room, sizeof room);
}

/* The library takes some octets past ASCII for letters. */
static bool is_ascii(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] >= 0x80)
            return false;
    return true;
}

/* Exactly len octets; the library takes only the one way of writing them. */
static bool get_base64(struct bytes text, uint8_t *out, size_t len)
{
    size_t found = 0;
    const char *end = NULL;
    const char *at = (const char *)text.at;
    return text.len > 0 && is_ascii(text) &&
           sodium_base642bin(out, len, at, text.len, NULL, &found, &end,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           found == len && end == at + text.len;
}

/* The rest of the next line behind its first word and a blank. */
static bool take_line(struct bytes *rest, const char *word, struct bytes *out)
{
    size_t word_len = strlen(word), len = bytes_find(*rest, '\n');
    if (len == rest->len || len <= word_len || rest->at[word_len] != ' ' ||
        memcmp(rest->at, word, word_len) != 0)
        return false;
    *out = bytes_slice(*rest, word_len + 1, len - word_len - 1);
    *rest = bytes_slice(*rest, len + 1, rest->len);
    return true;
}

static struct bytes take_word(struct bytes *rest)
{
    struct bytes word = bytes_slice(*rest, 0, bytes_find(*rest, ' '));
    *rest = bytes_slice(*rest, word.len + 1, rest->len);
    return word;
}

static bool read_derivation(struct bytes line, struct key_file *file)
{
    if (bytes_equal(line, BYTES("none")))
        return true;
    file->is_encrypted = true;
    if (!bytes_equal(take_word(&line), BYTES("argon2id")) ||
        !text_read_u64(take_word(&line), UINT32_MAX, &file->operations) ||
        !text_read_u64(take_word(&line), UINT32_MAX, &file->kibibytes))
        return false;
    return get_base64(line, file->salt, sizeof file->salt);
}

static bool read_cipher(struct bytes line, struct key_file *file)
{
    if (!file->is_encrypted)
        return bytes_equal(line, BYTES("none"));
    return bytes_equal(take_word(&line), BYTES("xchacha20-poly1305")) &&
           get_base64(line, file->nonce, sizeof file->nonce);
}

static bool check_sum(struct bytes whole, struct bytes rest)
{
    uint8_t told[crypto_hash_sha256_BYTES], found[crypto_hash_sha256_BYTES];
    struct bytes line;
    (void)crypto_hash_sha256(found, whole.at, whole.len - rest.len);
    return take_line(&rest, "checksum", &line) && rest.len == 0 &&
           get_base64(line, told, sizeof told) && memcmp(told, found, sizeof told) == 0;
}

/* NULL, or what is wrong with the file. */
static const char *read_lines(struct bytes whole, struct key_file *file)
{
    struct bytes rest = whole, line;
    if (!take_line(&rest, "sekisho-key", &line))
        return "is no key file";
    if (!bytes_equal(line, BYTES("1")))
        return "is a key file of a version that is not known";
    if (!take_line(&rest, "public", &line) ||
        note_key_read(line, &file->public) != FAULT_NONE || !take_line(&rest, "kdf", &line) ||
        !read_derivation(line, file) || !take_line(&rest, "cipher", &line) ||
        !read_cipher(line, file))
        return "is damaged";
    file->header = bytes_slice(whole, 0, whole.len - rest.len);
    file->sealed_len = KEY_SEED_OCTETS + (file->is_encrypted ? TAG_OCTETS : 0);
    if (!take_line(&rest, "secret", &line) ||
        !get_base64(line, file->sealed, file->sealed_len) || !check_sum(whole, rest))
        return "is damaged";
    if (file->is_encrypted &&
        (file->operations < 1 || file->operations > OPERATIONS_MAX ||
         file->kibibytes < KIBIBYTES_MIN || file->kibibytes > KIBIBYTES_MAX))
        return "asks for more or less work and memory than is sensible";
    return NULL;
}

static bool derive(const struct key_file *file, const char *phrase, size_t len, uint8_t *out)
{
    return crypto_pwhash(out, crypto_aead_xchacha20poly1305_ietf_KEYBYTES, phrase, len,
                         file->salt, file->operations, (size_t)file->kibibytes << 10,
                         crypto_pwhash_ALG_ARGON2ID13) == 0;
}

static bool ask_phrase(const char *path, const struct key_ask *ask, char *room, int *len,
                       struct error *err)
{
    char what[4096];
    struct text text = text_over(what, sizeof what);
    text_format(&text, "passphrase of %s", path);
    *len = ask->fn ? ask->fn(ask->context, what, room, KEY_PHRASE_MAX) : -1;
    return *len >= 0 ||
           error_set(err, 0, "%s is encrypted, and there is no passphrase for it", path);
}

static bool unseal(const struct key_file *file, struct bytes phrase, uint8_t *seed,
                   struct error *err)
{
    uint8_t *secret = sodium_malloc(crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
    bool is_derived = secret && derive(file, (const char *)phrase.at, phrase.len, secret);
    bool is_open =
        is_derived && crypto_aead_xchacha20poly1305_ietf_decrypt(
                          seed, NULL, NULL, file->sealed, file->sealed_len, file->header.at,
                          file->header.len, file->nonce, secret) == 0;
    sodium_free(secret);
    if (!is_derived)
        return error_set(err, 0, "%s: no memory to derive its key (%" PRIu64 " KiB)",
                         file->path, file->kibibytes);
    return is_open || error_set(err, 0, "%s: the passphrase is wrong", file->path);
}

static bool open_sealed(const struct key_file *file, const struct key_ask *ask, uint8_t *seed,
                        struct error *err)
{
    int len = 0;
    char *phrase = sodium_malloc(KEY_PHRASE_MAX);
    if (!phrase)
        return error_set(err, 0, "no locked memory for a passphrase");
    bool is_open =
        ask_phrase(file->path, ask, phrase, &len, err) &&
        unseal(file, (struct bytes){ (const uint8_t *)phrase, (size_t)len }, seed, err);
    sodium_free(phrase);
    return is_open;
}

/* Octets of the file; 0 with words where nobody should read it from there. */
static size_t read_private(const char *path, uint8_t *room, size_t max, struct error *err)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return error_set(err, errno, "cannot open the key %s", path);
    bool is_good = (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) ||
                   error_set(err, 0, "%s is no file", path);
    if (is_good && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        is_good = error_set(err, 0, "others may read or write the key %s: chmod 600 it", path);
    ssize_t len = is_good ? read(fd, room, max) : 0;
    if (is_good && len <= 0)
        (void)error_set(err, len < 0 ? errno : 0, "cannot read the key %s", path);
    (void)close(fd);
    return len > 0 ? (size_t)len : 0;
}

/* Reads the file into room and takes it apart. */
static bool read_file(const char *path, uint8_t *room, struct key_file *file, struct error *err)
{
    if (!room)
        return error_set(err, 0, "no locked memory for the key %s", path);
    size_t len = read_private(path, room, FILE_MAX, err);
    if (len == 0)
        return false;
    const char *wrong = read_lines((struct bytes){ room, len }, file);
    file->path = path;
    return !wrong || error_set(err, 0, "%s %s", path, wrong);
}

bool key_file_open(const char *path, const struct key_ask *ask, struct note_key *public,
                   uint8_t seed[KEY_SEED_OCTETS], struct error *err)
{
    struct key_file file = { 0 };
    uint8_t *room = sodium_malloc(FILE_MAX);
    bool is_open = read_file(path, room, &file, err);
    if (is_open && file.is_encrypted)
        is_open = open_sealed(&file, ask, seed, err);
    else if (is_open)
        memcpy(seed, file.sealed, KEY_SEED_OCTETS);
    if (is_open)
        *public = file.public;
    sodium_free(room);
    sodium_memzero(&file, sizeof file);
    return is_open;
}

bool key_file_describe(const char *path, struct key_facts *out, struct error *err)
{
    struct key_file file = { 0 };
    uint8_t *room = sodium_malloc(FILE_MAX);
    bool is_read = read_file(path, room, &file, err);
    if (is_read)
        *out = (struct key_facts){ .public = file.public,
                                   .is_encrypted = file.is_encrypted,
                                   .operations = file.operations,
                                   .kibibytes = file.kibibytes };
    sodium_free(room);
    sodium_memzero(&file, sizeof file);
    return is_read;
}

static void write_header(const struct key_file *file, struct text *out)
{
    text_put_string(out, head_line);
    text_put_string(out, "\npublic ");
    note_key_write(&file->public, out);
    if (!file->is_encrypted) {
        text_put_string(out, "\nkdf none\ncipher none\n");
        return;
    }
    text_format(out, "\nkdf argon2id %" PRIu64 " %" PRIu64 " ", file->operations,
                file->kibibytes);
    put_base64(out, file->salt, sizeof file->salt);
    text_put_string(out, "\ncipher xchacha20-poly1305 ");
    put_base64(out, file->nonce, sizeof file->nonce);
    text_put_char(out, '\n');
}

static bool seal(struct key_file *file, const uint8_t *seed, struct bytes header,
                 const char *phrase, struct error *err)
{
    if (!phrase) {
        memcpy(file->sealed, seed, KEY_SEED_OCTETS);
        return true;
    }
    uint8_t *secret = sodium_malloc(crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
    bool is_derived = secret && derive(file, phrase, strlen(phrase), secret);
    if (is_derived)
        (void)crypto_aead_xchacha20poly1305_ietf_encrypt(file->sealed, NULL, seed,
                                                         KEY_SEED_OCTETS, header.at, header.len,
                                                         NULL, file->nonce, secret);
    sodium_free(secret);
    return is_derived ||
           error_set(err, 0, "no memory to encrypt the key (%" PRIu64 " KiB)", file->kibibytes);
}

static bool write_file(struct key_file *file, const uint8_t *seed, const char *phrase,
                       struct text *out, struct error *err)
{
    uint8_t sum[crypto_hash_sha256_BYTES];
    file->sealed_len = KEY_SEED_OCTETS + (file->is_encrypted ? TAG_OCTETS : 0);
    write_header(file, out);
    if (!seal(file, seed, text_bytes(out), phrase, err))
        return false;
    text_put_string(out, "secret ");
    put_base64(out, file->sealed, file->sealed_len);
    text_put_char(out, '\n');
    (void)crypto_hash_sha256(sum, (const uint8_t *)out->at, out->len);
    text_put_string(out, "checksum ");
    put_base64(out, sum, sizeof sum);
    text_put_char(out, '\n');
    return true;
}

static bool write_whole(int fd, struct bytes octets)
{
    bool is_written = write(fd, octets.at, octets.len) == (ssize_t)octets.len;
    is_written = fsync(fd) == 0 && is_written;
    return close(fd) == 0 && is_written;
}

static bool sync_folder_of(const char *path)
{
    char room[4096];
    struct text copy = text_over(room, sizeof room);
    text_put_string(&copy, path);
    int fd = copy.cut ? -1 : open(dirname(room), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool is_synced = fsync(fd) == 0;
    return close(fd) == 0 && is_synced;
}

/* Whole or not at all, and never over another: a link does not replace. */
static bool put_new_file(const char *path, struct bytes octets, struct error *err)
{
    char room[4096];
    struct text name = text_over(room, sizeof room);
    text_format(&name, "%s.%ld", path, (long)getpid());
    if (name.cut)
        return error_set(err, ENAMETOOLONG, "%s", path);
    int fd = open(room, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return error_set(err, errno, "cannot make %s", room);
    bool is_linked = write_whole(fd, octets) && link(room, path) == 0;
    int code = errno;
    (void)unlink(room);
    if (!is_linked)
        return error_set(err, code, "cannot make the key %s", path);
    return sync_folder_of(path) || error_set(err, errno, "cannot make %s durable", path);
}

bool key_generate(const char *path, struct bytes name, const char *passphrase,
                  struct error *err)
{
    struct key_file file = { .is_encrypted = passphrase != NULL,
                             .operations = OPERATIONS,
                             .kibibytes = KIBIBYTES };
    uint8_t octets[NOTE_PUBLIC_OCTETS];
    if (sodium_init() < 0)
        return error_set(err, 0, "no randomness for a key");
    uint8_t *seed = sodium_malloc(KEY_SEED_OCTETS), *secret = sodium_malloc(NOTE_SECRET_OCTETS);
    char *room = sodium_malloc(FILE_MAX);
    bool is_made = seed && secret && room;
    if (is_made) {
        struct text out = text_over(room, FILE_MAX);
        randombytes_buf(seed, KEY_SEED_OCTETS);
        randombytes_buf(file.salt, sizeof file.salt);
        randombytes_buf(file.nonce, sizeof file.nonce);
        (void)crypto_sign_seed_keypair(octets, secret, seed);
        is_made = note_key_init(name, octets, &file.public) == FAULT_NONE ||
                  error_set(err, 0, "a key's name is UTF-8 without blanks and plus signs");
        is_made = is_made && write_file(&file, seed, passphrase, &out, err) &&
                  put_new_file(path, text_bytes(&out), err);
    } else
        (void)error_set(err, 0, "no locked memory for a key");
    sodium_free(seed);
    sodium_free(secret);
    sodium_free(room);
    sodium_memzero(&file, sizeof file);
    return is_made;
}
