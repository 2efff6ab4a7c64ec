// SPDX-License-Identifier: Apache-2.0
/* The file of a sealed key is text:
 *
 *     sekisho line key 1
 *     law LAW
 *     basis BASIS
 *     pseudonyms opaque, or prefix
 *     made TIME
 *     for NAME+ID of the overseer's key
 *     sealed BASE64 */
#include "cmd/line_keys.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "cmd/output.h"
#include "keys/seal.h"
#include "system/state.h"

enum { SEALED_OCTETS = MINIMISE_KEY_BYTES + KEY_SEAL_OCTETS, FILE_MAX = 2048 };

static const char *kind_name(enum pseudonym_kind kind)
{
    return kind == PSEUDONYM_PREFIX ? "prefix" : "opaque";
}

/* Each text behind its length, so that no two domains run together. */
static void put_word(struct text *out, const char *word)
{
    text_format(out, "%zu:%s ", strlen(word), word);
}

void line_key_derive(const uint8_t secret[LINE_SECRET_OCTETS], const struct line_domain *domain,
                     uint8_t out[MINIMISE_KEY_BYTES])
{
    char room[256];
    struct text text = text_over(room, sizeof room);
    text_put_string(&text, "sekisho line key 1 ");
    put_word(&text, domain->law);
    put_word(&text, domain->basis);
    put_word(&text, kind_name(domain->kind));
    (void)crypto_generichash(out, MINIMISE_KEY_BYTES, (const uint8_t *)room, text.len, secret,
                             LINE_SECRET_OCTETS);
}

static void write_sealed(const struct line_sealing *sealing, const uint8_t *sealed,
                         struct text *out)
{
    const struct line_domain *domain = &sealing->domain;
    const struct note_key *to = sealing->overseer;
    text_format(out, "sekisho line key 1\nlaw %s\nbasis %s\npseudonyms %s\nmade ", domain->law,
                domain->basis, kind_name(domain->kind));
    time_write(sealing->now_ns, 0, out);
    text_format(out, "\nfor %s+", to->name);
    text_put_hex(out, (struct bytes){ to->id, sizeof to->id });
    char base64[sodium_base64_ENCODED_LEN(SEALED_OCTETS, sodium_base64_VARIANT_ORIGINAL)];
    (void)sodium_bin2base64(base64, sizeof base64, sealed, SEALED_OCTETS,
                            sodium_base64_VARIANT_ORIGINAL);
    text_format(out, "\nsealed %s\n", base64);
}

bool line_key_make(const struct line_sealing *sealing, uint8_t out[MINIMISE_KEY_BYTES],
                   char path[LINE_SEALED_PATH_MAX], struct error *err)
{
    char room[FILE_MAX];
    uint8_t sealed[SEALED_OCTETS];
    struct text name = text_over(path, LINE_SEALED_PATH_MAX);
    struct text text = text_over(room, sizeof room);
    struct output output;
    if (sodium_init() < 0)
        return error_set(err, 0, "libsodium does not start");
    randombytes_buf(out, MINIMISE_KEY_BYTES);
    text_format(&name, "%s/line-keys/%s-%s-%lld.sealed", sealing->folder, sealing->domain.law,
                sealing->domain.basis, (long long)sealing->now_ns);
    if (name.cut)
        return error_set(err, 0, "the path of sealed keys is too long");
    if (!key_seal(sealing->overseer, (struct bytes){ out, MINIMISE_KEY_BYTES }, sealed, err))
        return false;
    write_sealed(sealing, sealed, &text);
    return state_make_folders(path, err) && output_open(&output, path, err) &&
           output_close(&output, fwrite(room, 1, text.len, output.file) == text.len, err);
}

/* Exactly so many octets behind the marker. */
static bool read_sealed(struct bytes file, uint8_t out[SEALED_OCTETS])
{
    static const char first[] = "sekisho line key 1\n", marker[] = "\nsealed ";
    const char *at = memmem(file.at, file.len, marker, sizeof marker - 1);
    const char *end = (const char *)file.at + file.len, *stop = NULL;
    size_t len = 0;
    if (!at || file.len < sizeof first || memcmp(file.at, first, sizeof first - 1) != 0)
        return false;
    at += sizeof marker - 1;
    return sodium_base642bin(out, SEALED_OCTETS, at, (size_t)(end - at), NULL, &len, &stop,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           len == SEALED_OCTETS && stop + 1 == end && *stop == '\n';
}

bool line_key_unseal(const char *path, const struct key *overseer,
                     uint8_t out[MINIMISE_KEY_BYTES], struct error *err)
{
    char room[FILE_MAX];
    uint8_t sealed[SEALED_OCTETS];
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(err, errno, "cannot open %s", path);
    size_t len = fread(room, 1, sizeof room, file);
    (void)fclose(file);
    if (!read_sealed((struct bytes){ (const uint8_t *)room, len }, sealed))
        return error_set(err, 0, "%s is no sealed key of lines", path);
    return key_unseal(overseer, (struct bytes){ sealed, sizeof sealed }, out, err);
}
