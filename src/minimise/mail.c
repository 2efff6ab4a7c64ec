// SPDX-License-Identifier: Apache-2.0
#include "minimise/mail.h"

#include <sodium.h>

#include "base/wipe.h"

enum { DIGEST_BYTES = 16, TOLD_BYTES = 10 };

/* The domain of these tokens: the same key used for anything else gives other bytes. */
static const uint8_t personal[crypto_generichash_blake2b_PERSONALBYTES] = "sekisho mail 1";

/* What ends a local part; a backslash does not, as names have \DDD for what is no letter. */
static bool is_border(uint8_t byte)
{
    return byte <= ' ' || byte == 0x7f || memchr("@<>()[],;:\"", byte, 11) != NULL;
}

static void write_token(const uint8_t key[MAIL_KEY_BYTES], struct bytes local, struct text *out)
{
    crypto_generichash_blake2b_state state;
    uint8_t digest[DIGEST_BYTES];
    (void)crypto_generichash_blake2b_init_salt_personal(&state, key, MAIL_KEY_BYTES,
                                                        sizeof digest, NULL, personal);
    for (size_t i = 0; i < local.len; i++) {
        uint8_t byte = local.at[i];
        byte = byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte | 0x20) : byte;
        (void)crypto_generichash_blake2b_update(&state, &byte, 1);
    }
    (void)crypto_generichash_blake2b_final(&state, digest, sizeof digest);
    text_put_string(out, "mail-");
    text_put_hex(out, (struct bytes){ digest, TOLD_BYTES });
    wipe(&state, sizeof state);
}

void mail_write(const uint8_t key[MAIL_KEY_BYTES], struct bytes words, struct text *out)
{
    size_t written = 0;
    for (size_t at = 0; at < words.len; at++) {
        if (words.at[at] != '@')
            continue;
        size_t start = at;
        while (start > written && !is_border(words.at[start - 1]))
            start--;
        text_put(out, bytes_slice(words, written, start - written));
        if (start < at)
            write_token(key, bytes_slice(words, start, at - start), out);
        written = at;
    }
    text_put(out, bytes_slice(words, written, words.len));
}
