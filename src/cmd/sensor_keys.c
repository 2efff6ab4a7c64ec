// SPDX-License-Identifier: Apache-2.0
#include "cmd/sensor_keys.h"

#include <errno.h>
#include <sodium.h>

#include "cmd/line_keys.h"
#include "cmd/sensor_ledger.h"
#include "system/state.h"

/* The overseer's public key, one line. */
static bool load_overseer(const char *path, struct note_key *out, struct error *err)
{
    char room[NOTE_KEY_TEXT_MAX + 2];
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(err, errno, "cannot open %s", path);
    size_t len = fread(room, 1, sizeof room, file);
    (void)fclose(file);
    struct bytes line = text_trim((struct bytes){ (const uint8_t *)room, len });
    return note_key_read(line, out) == FAULT_NONE ||
           error_set(err, 0, "%s has no public key (NAME+ID+KEY)", path);
}

/* Nobody here can go back from a statutory basis's pseudonyms: its key is sealed away. */
static bool seal_line_key(const struct sensor_keying *keying, const struct line_domain *domain,
                          const struct note_key *overseer, uint8_t out[MINIMISE_KEY_BYTES],
                          struct error *err)
{
    char folder[LINE_SEALED_PATH_MAX], path[LINE_SEALED_PATH_MAX];
    const struct line_sealing sealing = {
        .domain = *domain, .overseer = overseer, .folder = folder, .now_ns = keying->now_ns
    };
    return state_path("", folder, sizeof folder, err) &&
           line_key_make(&sealing, out, path, err);
}

bool sensor_keys_make(const struct sensor_keying *keying, struct sensor_keys *out,
                      struct note_key *overseer, struct error *err)
{
    static const char context[crypto_kdf_CONTEXTBYTES + 1] = "sk-sensr";
    const struct sensor_config *config = keying->config;
    const struct law_basis *basis = law_find_basis(keying->law, bytes_of_string(config->basis));
    const struct line_domain domain = { keying->law->id, config->basis, keying->pseudonyms };
    uint8_t secret[STATE_SECRET_OCTETS];
    if (sodium_init() < 0 || !basis)
        return error_set(err, 0, "the law %s has no basis %s", keying->law->id, config->basis);
    if (!state_secret(secret, err))
        return false;
    (void)crypto_kdf_derive_from_key((uint8_t *)&out->tables, sizeof out->tables, 1, context,
                                     secret);
    line_key_derive(secret, &domain, out->pseudonyms);
    sodium_memzero(secret, sizeof secret);
    if (basis->kind != BASIS_STATUTORY)
        return true;
    return load_overseer(config->overseer, overseer, err) &&
           seal_line_key(keying, &domain, overseer, out->pseudonyms, err);
}

bool sensor_keys_enter(const struct sensor_config *config, const struct note_key *overseer,
                       int64_t now_ns, struct error *err)
{
    struct entry entry = entry_begin(ENTRY_KEY_CHANGED, now_ns);
    entry_set_text(&entry, ENTRY_KEY, bytes_of_string(overseer->name));
    entry_set_text(&entry, ENTRY_PURPOSE, BYTES("pseudonyms of lines, sealed"));
    entry_set_text(&entry, ENTRY_BASIS, bytes_of_string(config->basis));
    return sensor_ledger_put(&entry, err);
}
