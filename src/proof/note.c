// SPDX-License-Identifier: Apache-2.0
#include "proof/note.h"

#include <nettle/sha2.h>
#include <sodium.h>

#include "base/must.h"
#include "base/utf8.h"
#include "proof/base64_private.h"
#include "proof/note_private.h"

static const struct bytes dash = { (const uint8_t *)"\xe2\x80\x94 ",
                                   4 }; /* an em dash, blank */

/* A name is UTF-8 without blanks, controls and the plus that ends it in a written key. */
static bool is_name(struct bytes name)
{
    if (name.len == 0 || name.len >= NOTE_NAME_MAX)
        return false;
    while (name.len > 0) {
        uint32_t character = utf8_take(&name);
        if (character <= ' ' || character == '+' || character == UTF8_REPLACEMENT ||
            (character >= 0x7f && character <= 0xa0) || character == 0x1680 ||
            (character >= 0x2000 && character <= 0x200a) || character == 0x2028 ||
            character == 0x2029 || character == 0x202f || character == 0x205f ||
            character == 0x3000)
            return false;
    }
    return true;
}

/* signed-note: the first octets of SHA-256(name, line end, algorithm, key). */
static void write_id(struct note_key *key, uint8_t algorithm)
{
    const uint8_t between[2] = { '\n', algorithm };
    struct sha256_ctx sha256;
    sha256_init(&sha256);
    sha256_update(&sha256, strlen(key->name), (const uint8_t *)key->name);
    sha256_update(&sha256, sizeof between, between);
    sha256_update(&sha256, sizeof key->octets, key->octets);
    sha256_digest(&sha256, sizeof key->id, key->id);
}

enum fault note_key_init_as(uint8_t algorithm, struct bytes name,
                            const uint8_t octets[NOTE_PUBLIC_OCTETS], struct note_key *out)
{
    if (!is_name(name))
        return FAULT_VALUE;
    memset(out, 0, sizeof *out);
    memcpy(out->name, name.at, name.len);
    memcpy(out->octets, octets, sizeof out->octets);
    write_id(out, algorithm);
    return FAULT_NONE;
}

enum fault note_key_init(struct bytes name, const uint8_t octets[NOTE_PUBLIC_OCTETS],
                         struct note_key *out)
{
    return note_key_init_as(NOTE_ED25519, name, octets, out);
}

enum fault note_key_read_as(uint8_t algorithm, struct bytes text, struct note_key *out)
{
    struct note_key key;
    uint8_t id[NOTE_ID_OCTETS], octets[1 + NOTE_PUBLIC_OCTETS];
    struct bytes name = bytes_slice(text, 0, bytes_find(text, '+'));
    struct bytes rest = bytes_slice(text, name.len + 1, text.len);
    size_t id_len = bytes_find(rest, '+');
    if (id_len == rest.len)
        return FAULT_TRUNCATED;
    if (!text_read_hex(bytes_slice(rest, 0, id_len), id, sizeof id) ||
        !base64_get(bytes_slice(rest, id_len + 1, rest.len), octets, sizeof octets))
        return FAULT_VALUE;
    if (octets[0] != algorithm)
        return FAULT_UNSUPPORTED;
    if (note_key_init_as(algorithm, name, octets + 1, &key) != FAULT_NONE)
        return FAULT_VALUE;
    if (memcmp(key.id, id, sizeof id) != 0)
        return FAULT_CRYPTO;
    *out = key;
    return FAULT_NONE;
}

enum fault note_key_read(struct bytes text, struct note_key *out)
{
    return note_key_read_as(NOTE_ED25519, text, out);
}

void note_key_write(const struct note_key *key, struct text *out)
{
    note_key_write_as(NOTE_ED25519, key, out);
}

void note_key_write_as(uint8_t algorithm, const struct note_key *key, struct text *out)
{
    uint8_t octets[1 + NOTE_PUBLIC_OCTETS] = { algorithm };
    memcpy(octets + 1, key->octets, sizeof key->octets);
    text_put_string(out, key->name);
    text_put_char(out, '+');
    text_put_hex(out, (struct bytes){ key->id, sizeof key->id });
    text_put_char(out, '+');
    base64_put(out, (struct bytes){ octets, sizeof octets });
}

/* UTF-8 without controls but the line end. */
static bool is_text(struct bytes text)
{
    while (text.len > 0) {
        size_t left = text.len;
        uint32_t character = utf8_take(&text);
        bool is_byte = character == UTF8_REPLACEMENT && left - text.len == 1;
        if (is_byte || (character < ' ' && character != '\n'))
            return false;
    }
    return true;
}

/* The first line without its end; what is left over has no line end at all. */
static bool take_line(struct bytes *rest, struct bytes *out)
{
    size_t len = bytes_find(*rest, '\n');
    if (len == rest->len)
        return false;
    *out = bytes_slice(*rest, 0, len);
    *rest = bytes_slice(*rest, len + 1, rest->len);
    return true;
}

static bool are_signatures(struct bytes lines)
{
    struct bytes line;
    bool is_any = false;
    while (take_line(&lines, &line)) {
        if (!bytes_start_with(line, dash) ||
            bytes_find(bytes_slice(line, dash.len, line.len), ' ') == line.len - dash.len)
            return false;
        is_any = true;
    }
    return is_any && lines.len == 0;
}

enum fault note_read(struct bytes whole, struct note *out)
{
    if (whole.len > NOTE_OCTETS_MAX)
        return FAULT_LIMIT;
    if (!is_text(whole))
        return FAULT_VALUE;
    /* The last empty line parts text and signatures. */
    size_t at = whole.len;
    while (at >= 2 && !(whole.at[at - 1] == '\n' && whole.at[at - 2] == '\n'))
        at--;
    if (at < 2)
        return FAULT_TRUNCATED;
    struct note note = { bytes_slice(whole, 0, at - 1), bytes_slice(whole, at, whole.len) };
    if (note.text.len < 2)
        return FAULT_VALUE;
    if (!are_signatures(note.signatures))
        return FAULT_TRUNCATED;
    *out = note;
    return FAULT_NONE;
}

bool note_find(const struct note *note, const struct note_key *key, uint8_t *out, size_t len)
{
    struct bytes rest = note->signatures, line;
    uint8_t octets[NOTE_VALUE_OCTETS_MAX];
    MUST(NOTE_ID_OCTETS + len <= sizeof octets);
    while (take_line(&rest, &line)) {
        line = bytes_slice(line, dash.len, line.len);
        size_t name_len = bytes_find(line, ' ');
        if (!bytes_equal(bytes_slice(line, 0, name_len), bytes_of_string(key->name)) ||
            !base64_get(bytes_slice(line, name_len + 1, line.len), octets,
                        NOTE_ID_OCTETS + len) ||
            memcmp(octets, key->id, sizeof key->id) != 0)
            continue;
        memcpy(out, octets + NOTE_ID_OCTETS, len);
        return true;
    }
    return false;
}

enum fault note_check(const struct note *note, const struct note_key *key)
{
    uint8_t signature[NOTE_SIGNATURE_OCTETS];
    bool is_good =
        note_find(note, key, signature, sizeof signature) &&
        crypto_sign_verify_detached(signature, note->text.at, note->text.len, key->octets) == 0;
    return is_good ? FAULT_NONE : FAULT_CRYPTO;
}

void note_put_line(const struct note_key *key, struct bytes value, struct text *out)
{
    uint8_t octets[NOTE_VALUE_OCTETS_MAX];
    MUST(NOTE_ID_OCTETS + value.len <= sizeof octets);
    memcpy(octets, key->id, sizeof key->id);
    memcpy(octets + NOTE_ID_OCTETS, value.at, value.len);
    text_put(out, dash);
    text_put_string(out, key->name);
    text_put_char(out, ' ');
    base64_put(out, (struct bytes){ octets, NOTE_ID_OCTETS + value.len });
    text_put_char(out, '\n');
}

void note_put_signature(const struct note_key *key,
                        const uint8_t signature[NOTE_SIGNATURE_OCTETS], struct text *out)
{
    note_put_line(key, (struct bytes){ signature, NOTE_SIGNATURE_OCTETS }, out);
}

void note_sign(struct bytes text, const struct note_key *key,
               const uint8_t secret[NOTE_SECRET_OCTETS], struct text *out)
{
    uint8_t signature[NOTE_SIGNATURE_OCTETS];
    MUST(text.len >= 2 && text.at[text.len - 1] == '\n');
    MUST(crypto_sign_detached(signature, NULL, text.at, text.len, secret) == 0);
    text_put(out, text);
    text_put_char(out, '\n');
    note_put_signature(key, signature, out);
}
