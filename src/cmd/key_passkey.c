// SPDX-License-Identifier: Apache-2.0
#include "cmd/key_passkey.h"

#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>

#include "proof/note.h"

enum { FILE_MAX = 4096, DER_MAX = 256 };

/* Without blanks, line ends and the first and last line of PEM. */
static void take_body(struct bytes whole, struct text *out)
{
    while (whole.len > 0) {
        size_t len = bytes_find(whole, '\n');
        struct bytes line = bytes_slice(whole, 0, len);
        whole = bytes_slice(whole, len + 1, whole.len);
        for (size_t i = 0; !bytes_start_with(line, BYTES("-----")) && i < line.len; i++)
            if (line.at[i] > ' ' && line.at[i] < 0x7f)
                text_put_char(out, (char)line.at[i]);
    }
}

static bool read_base64(struct bytes text, struct webauthn_key *out)
{
    static const int variants[] = { sodium_base64_VARIANT_ORIGINAL,
                                    sodium_base64_VARIANT_ORIGINAL_NO_PADDING,
                                    sodium_base64_VARIANT_URLSAFE,
                                    sodium_base64_VARIANT_URLSAFE_NO_PADDING };
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        uint8_t der[DER_MAX];
        size_t len = 0;
        if (sodium_base642bin(der, sizeof der, (const char *)text.at, text.len, NULL, &len,
                              NULL, variants[i]) == 0 &&
            webauthn_key_read_der((struct bytes){ der, len }, out) == FAULT_NONE)
            return true;
    }
    return false;
}

static bool read_key(const char *path, struct webauthn_key *out, struct error *err)
{
    char whole[FILE_MAX], room[FILE_MAX];
    struct text body = text_over(room, sizeof room);
    FILE *file = fopen(path, "rbe");
    if (!file)
        return error_set(err, errno, "cannot open %s", path);
    size_t len = fread(whole, 1, sizeof whole, file);
    bool is_read = !ferror(file);
    (void)fclose(file);
    if (!is_read)
        return error_set(err, errno, "cannot read %s", path);
    take_body((struct bytes){ (const uint8_t *)whole, len }, &body);
    return webauthn_key_read(text_bytes(&body), out) == FAULT_NONE ||
           read_base64(text_bytes(&body), out) ||
           error_set(err, 0, "%s has no public key of P-256 or Ed25519", path);
}

static bool check_entry(const struct passkey_entry *entry, struct error *err)
{
    const uint8_t none[NOTE_PUBLIC_OCTETS] = { 0 };
    struct note_key key;
    if (note_key_init(bytes_of_string(entry->name), none, &key) != FAULT_NONE)
        return error_set(err, 0, "a name is without blanks and plus, not %s", entry->name);
    for (size_t i = 0; i < entry->origin_count; i++) {
        if (!webauthn_is_origin(entry->origins[i], entry->rp_id))
            return error_set(err, 0, "an origin is https://HOST[:PORT] of the rp id, not %s",
                             entry->origins[i]);
    }
    return true;
}

static json_t *entry_json(const struct passkey_entry *entry, const struct webauthn_key *key)
{
    char line[WEBAUTHN_KEY_TEXT_MAX];
    struct text text = text_over(line, sizeof line);
    json_t *origins = json_array();
    webauthn_key_write(key, &text);
    for (size_t i = 0; i < entry->origin_count; i++)
        (void)json_array_append_new(origins, json_string(entry->origins[i]));
    return json_pack("{s:s, s:s, s:s, s:o, s:s}", "passkey", line, "name", entry->name, "rp_id",
                     entry->rp_id, "origins", origins, "role", entry->role);
}

/* Strings of JSON are strings of YAML. */
static void print_yaml(json_t *json, const char *key_id)
{
    const char *name, *head = "  - ";
    json_t *value;
    printf("  # keyid %s\n", key_id);
    json_object_foreach(json, name, value)
    {
        printf("%s%s: ", head, name);
        (void)json_dumpf(value, stdout, JSON_ENCODE_ANY);
        putchar('\n');
        head = "    ";
    }
}

bool passkey_entry_print(const struct passkey_entry *entry, const char *path, bool as_json,
                         struct error *err)
{
    struct webauthn_key key;
    char key_id[WEBAUTHN_KEY_ID_MAX];
    if (!check_entry(entry, err) || !read_key(path, &key, err))
        return false;
    json_t *json = entry_json(entry, &key);
    if (!json)
        return error_set(err, 0, "a name or role that is not UTF-8");
    webauthn_key_id(&key, key_id);
    if (as_json) {
        (void)json_object_set_new(json, "keyid", json_string(key_id));
        (void)json_dumpf(json, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);
        putchar('\n');
    } else
        print_yaml(json, key_id);
    json_decref(json);
    return fflush(stdout) == 0 || error_set(err, errno, "cannot write");
}
