// SPDX-License-Identifier: Apache-2.0
#include "cmd/own_ledger.h"

#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

#include "base/time.h"
#include "cmd/output.h"
#include "system/state.h"

enum { HELD_ENTRIES = 4096, HELD_OCTETS = 4 << 20 };

#define WAIT_NS (10 * TIME_SECOND_NS)

bool own_ledger_folder(char room[OWN_LEDGER_PATH_MAX], struct error *err)
{
    return state_path("ledger", room, OWN_LEDGER_PATH_MAX, err);
}

bool own_ledger_key(char room[OWN_LEDGER_PATH_MAX], struct error *err)
{
    return state_path("ledger.pub", room, OWN_LEDGER_PATH_MAX, err);
}

/* The name of a log must be its own: it has the start of its public key. */
static bool init_signer(const uint8_t seed[crypto_sign_SEEDBYTES], struct ledger_signer *out)
{
    uint8_t octets[NOTE_PUBLIC_OCTETS], secret[NOTE_SECRET_OCTETS];
    char room[64];
    struct text name = text_over(room, sizeof room);
    if (crypto_sign_seed_keypair(octets, secret, seed) != 0)
        return false;
    sodium_memzero(secret, sizeof secret);
    text_put_string(&name, "sekisho/own/");
    text_put_hex(&name, (struct bytes){ octets, 4 });
    return ledger_signer_init(text_bytes(&name), seed, out);
}

static bool make_signer(struct ledger_signer *out, struct error *err)
{
    static const char context[crypto_kdf_CONTEXTBYTES + 1] = "sk-ledgr";
    uint8_t secret[STATE_SECRET_OCTETS], seed[crypto_sign_SEEDBYTES];
    if (sodium_init() < 0)
        return error_set(err, 0, "libsodium does not start");
    if (!state_secret(secret, err))
        return false;
    (void)crypto_kdf_derive_from_key(seed, sizeof seed, 1, context, secret);
    bool good = init_signer(seed, out);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(seed, sizeof seed);
    return good || error_set(err, 0, "the key of the ledger cannot be made");
}

/* Beside the ledger, for whoever verifies it. */
static bool write_key(const struct note_key *key, struct error *err)
{
    char path[OWN_LEDGER_PATH_MAX], room[NOTE_KEY_TEXT_MAX];
    struct text line = text_over(room, sizeof room);
    struct output output;
    if (!own_ledger_key(path, err))
        return false;
    if (access(path, F_OK) == 0)
        return true;
    note_key_write(key, &line);
    text_put_char(&line, '\n');
    return output_open(&output, path, err) &&
           output_close(&output, fputs(room, output.file) != EOF, err);
}

struct place {
    char folder[OWN_LEDGER_PATH_MAX];
    struct ledger_signer signer;
};

/* Where the ledger is, and who signs it; the caller wipes the signer. */
static bool find_place(struct place *out, struct error *err)
{
    return own_ledger_folder(out->folder, err) && make_signer(&out->signer, err) &&
           write_key(&out->signer.key, err);
}

struct ledger *own_ledger_open(struct error *err)
{
    struct place place;
    struct ledger *ledger = NULL;
    if (find_place(&place, err))
        ledger = ledger_open_waiting(place.folder, &place.signer, WAIT_NS, err);
    sodium_memzero(&place.signer, sizeof place.signer);
    return ledger;
}

struct journal *own_ledger_journal(struct error *err)
{
    static struct place place; /* the journal keeps its folder's name */
    struct journal *journal = NULL;
    const struct journal_settings settings = { .folder = place.folder,
                                               .signer = &place.signer,
                                               .commit_ns = TIME_SECOND_NS,
                                               .commit_entries = HELD_ENTRIES,
                                               .held_octets = HELD_OCTETS,
                                               .wait_ns = WAIT_NS,
                                               .retry_ns = TIME_SECOND_NS };
    if (find_place(&place, err))
        journal = journal_open(&settings, err);
    sodium_memzero(&place.signer, sizeof place.signer);
    return journal;
}

bool own_ledger_may_hold(const char *text)
{
    enum { OCTETS_MAX = 500 };
    char room[ENTRY_OCTETS_MAX + 1];
    struct text json = text_over(room, sizeof room);
    struct entry entry = entry_begin(ENTRY_SUSPENDED, 0); /* any kind that has a reason */
    struct bytes words = bytes_of_string(text);
    entry_set_text(&entry, ENTRY_REASON, words);
    return words.len <= OCTETS_MAX && entry_write(&entry, &json) == FAULT_NONE;
}

bool own_ledger_append(struct ledger *ledger, const struct entry *entry, struct error *err)
{
    char room[ENTRY_OCTETS_MAX + 1];
    struct text json = text_over(room, sizeof room);
    if (entry_write(entry, &json) != FAULT_NONE)
        return error_set(err, 0, "an entry of the kind %s cannot be written to the ledger",
                         entry_kind_name(entry->kind));
    return ledger_append(ledger, text_bytes(&json), err);
}

bool own_ledger_put(const struct entry *entries, size_t count, struct error *err)
{
    struct ledger *ledger = own_ledger_open(err);
    if (!ledger)
        return false;
    bool good = true;
    for (size_t i = 0; good && i < count; i++)
        good = own_ledger_append(ledger, &entries[i], err);
    good = good && ledger_commit(ledger, err);
    ledger_close(ledger);
    return good;
}
