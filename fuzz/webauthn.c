// SPDX-License-Identifier: Apache-2.0
/* An assertion: signature, authenticatorData and clientDataJSON, each but the last behind an
 * octet with its length; or a public key.  What verifies does so for one challenge only. */
#include <string.h>

#include "base/cursor.h"
#include "base/must.h"
#include "warrant/webauthn.h"

static void take(struct bytes from, uint8_t *room, size_t max, size_t *len)
{
    *len = from.len < max ? from.len : max;
    if (*len > 0)
        memcpy(room, from.at, *len);
}

static void read_key(struct bytes input)
{
    struct webauthn_key key, again;
    char room[WEBAUTHN_KEY_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    if (webauthn_key_read_der(input, &key) == FAULT_NONE) {
        webauthn_key_write(&key, &text);
        MUST(webauthn_key_read(text_bytes(&text), &again) == FAULT_NONE);
        MUST(webauthn_key_equal(&key, &again));
    }
    if (webauthn_key_read(input, &key) == FAULT_NONE) {
        text = text_over(room, sizeof room);
        webauthn_key_write(&key, &text);
        MUST(bytes_equal(text_bytes(&text), input));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct webauthn_place place = { "example.org", 1, { "https://example.org" } };
    static const char public[] =
        "ES256+HPJ/JdpZEgikI5wuMk8QT1hVJUeaKe3u3YMPSOd66uVZ5LfabAEG4gbO"
        "OQyTq5ihWl7DiH5X8Mwr7OgDuSDEIw==";
    uint8_t challenge[WEBAUTHN_DIGEST_OCTETS] = { 0xb1, 0x10, 0x6f, 0xa4, 0x6a, 0x57, 0xbe,
                                                  0xf1, 0x78, 0x15, 0x11, 0xc0, 0x55, 0x7d,
                                                  0xc8, 0x98, 0xa0, 0x34, 0x13, 0xd5, 0xf0,
                                                  0xf1, 0x7d, 0x24, 0x46, 0x30, 0xc1, 0x94,
                                                  0xc7, 0xe1, 0xad, 0xb5 };
    struct bytes input = { data, size };
    struct cursor cursor = cursor_over(input);
    struct webauthn_assertion assertion;
    struct webauthn_key key;
    struct error err = { 0 };
    read_key(input);
    struct cursor signature = cursor_take8(&cursor);
    struct cursor authenticator = cursor_take8(&cursor);
    if (cursor.broken)
        return 0;
    take(cursor_rest(&signature), assertion.signature, WEBAUTHN_SIGNATURE_MAX,
         &assertion.signature_len);
    take(cursor_rest(&authenticator), assertion.authenticator, WEBAUTHN_AUTHENTICATOR_MAX,
         &assertion.authenticator_len);
    take(cursor_rest(&cursor), assertion.client, WEBAUTHN_CLIENT_MAX, &assertion.client_len);
    MUST(webauthn_key_read(BYTES(public), &key) == FAULT_NONE);
    if (webauthn_verify(&key, &place, &assertion, challenge, &err)) {
        challenge[0] ^= 1;
        MUST(!webauthn_verify(&key, &place, &assertion, challenge, &err));
    }
    return 0;
}
