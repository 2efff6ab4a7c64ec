// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "identity/identity.h"

#include <curl/curl.h>
#include <liboath/oath.h>
#include <sodium.h>
#include <stdlib.h>

enum { STEP_S = 30, DIGITS = 6, CODE_ROOM = DIGITS + 1 };

bool totp_make(uint8_t out[TOTP_SECRET_OCTETS], struct error *err)
{
    if (sodium_init() < 0)
        return error_set(err, 0, "one-time codes: no randomness");
    randombytes_buf(out, TOTP_SECRET_OCTETS);
    return true;
}

static void put_escaped(struct text *out, const char *text)
{
    char *escaped = curl_easy_escape(NULL, text, 0);

    if (escaped)
        text_put_string(out, escaped);
    else
        out->cut = true;
    curl_free(escaped);
}

/* Key Uri Format (github.com/google/google-authenticator/wiki), which every app reads. */
bool totp_uri(const uint8_t secret[TOTP_SECRET_OCTETS], const char *account, const char *issuer,
              char out[TOTP_URI_MAX])
{
    struct text uri = text_over(out, TOTP_URI_MAX);
    char octets[TOTP_SECRET_OCTETS], *encoded = NULL;

    memcpy(octets, secret, sizeof(octets));
    if (oath_base32_encode(octets, sizeof(octets), &encoded, NULL) != OATH_OK)
        return false;
    text_put_string(&uri, "otpauth://totp/");
    put_escaped(&uri, issuer);
    text_put_string(&uri, ":");
    put_escaped(&uri, account);
    text_format(&uri, "?secret=%s&issuer=", encoded);
    put_escaped(&uri, issuer);
    text_format(&uri, "&algorithm=SHA1&digits=%d&period=%d", DIGITS, STEP_S);
    sodium_memzero(octets, sizeof(octets));
    sodium_memzero(encoded, strlen(encoded));
    free(encoded);
    return !uri.cut;
}

static bool is_code_of(const uint8_t secret[TOTP_SECRET_OCTETS], const char *code, int64_t step)
{
    char own[CODE_ROOM], octets[TOTP_SECRET_OCTETS];

    memcpy(octets, secret, sizeof(octets));
    bool made = oath_totp_generate(octets, sizeof(octets), step * STEP_S, STEP_S,
                                   OATH_TOTP_DEFAULT_START_TIME, DIGITS, own) == OATH_OK;
    sodium_memzero(octets, sizeof(octets));
    bool is = made && sodium_memcmp(own, code, DIGITS) == 0;
    sodium_memzero(own, sizeof(own));
    return is;
}

/* RFC 6238 5.2: a code counts once; of those that fit, the first that may still be used. */
bool totp_is(const uint8_t secret[TOTP_SECRET_OCTETS], const char *code, int64_t now_s,
             int64_t *last_step)
{
    int64_t step = now_s / STEP_S, found = -1;

    if (strlen(code) != DIGITS || now_s < STEP_S || oath_init() != OATH_OK)
        return false;
    for (int64_t at = step - 1; at <= step + 1; at++) {
        bool is = is_code_of(secret, code, at);
        if (is && at > *last_step && found < 0)
            found = at;
    }
    if (found < 0)
        return false;
    *last_step = found;
    return true;
}
