// SPDX-License-Identifier: Apache-2.0
#include "cmd/own_ledger.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cmd/output.h"
#include "system/clock.h"
#include "system/state.h"

enum { WAIT_S = 10, PAUSE_MS = 5 };

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

static struct ledger *open_waiting(const char *folder, const struct ledger_signer *signer,
                                   struct error *err)
{
    int64_t until_ns = clock_monotonic_ns() + WAIT_S * INT64_C(1000000000);
    for (;;) {
        struct ledger *ledger = ledger_open(folder, signer, err);
        if (ledger || err->code != EWOULDBLOCK || clock_monotonic_ns() > until_ns)
            return ledger;
        struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
        (void)nanosleep(&pause, NULL);
    }
}

struct ledger *own_ledger_open(struct error *err)
{
    char folder[OWN_LEDGER_PATH_MAX];
    struct ledger_signer signer;
    struct ledger *ledger = NULL;
    if (!own_ledger_folder(folder, err) || !make_signer(&signer, err))
        return NULL;
    if (write_key(&signer.key, err))
        ledger = open_waiting(folder, &signer, err);
    sodium_memzero(&signer, sizeof signer);
    return ledger;
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
