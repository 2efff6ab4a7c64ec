// SPDX-License-Identifier: Apache-2.0
#include "warrant/signers_private.h"

#include "warrant/ruling_private.h"

static bool is_passkey(const struct trust_key *key)
{
    return key->passkey.algorithm != WEBAUTHN_NO_KEY;
}

bool trust_key_has_signed(const struct trust_key *key, const struct envelope *envelope)
{
    return is_passkey(key) ? envelope_is_asserted_by(envelope, &key->passkey, &key->place)
                           : envelope_is_signed_by(envelope, &key->key);
}

bool signers_are_same(const struct trust_key *a, const struct trust_key *b)
{
    if (strcmp(a->key.name, b->key.name) == 0)
        return true;
    if (is_passkey(a) || is_passkey(b))
        return webauthn_key_equal(&a->passkey, &b->passkey);
    return memcmp(a->key.octets, b->key.octets, NOTE_PUBLIC_OCTETS) == 0;
}

static bool is_among(const struct trust *trust, const bool *counted, size_t before)
{
    for (size_t i = 0; i < before; i++) {
        if (counted[i] && signers_are_same(&trust->keys[i], &trust->keys[before]))
            return true;
    }
    return false;
}

void signers_count(const struct envelope *envelope, const struct trust *trust,
                   struct signers *signers)
{
    bool counted[TRUST_KEYS_MAX] = { false };
    signers->count = 0;
    for (size_t i = 0; i < trust->count && signers->count < WARRANT_SIGNATURES_MAX; i++) {
        const struct trust_key *key = &trust->keys[i];
        bool is_valid = key->from_ns <= signers->issued_ns && signers->issued_ns < key->to_ns;
        if (!is_valid || strcmp(key->role, signers->role) != 0 || is_among(trust, counted, i) ||
            !trust_key_has_signed(key, envelope))
            continue;
        counted[i] = true;
        memcpy(signers->names[signers->count++], key->key.name, NOTE_NAME_MAX);
    }
}

bool signers_rule(const struct signers *signers, const struct law_basis *basis,
                  struct law_ruling *ruling)
{
    char room[96];
    struct text text = text_over(room, sizeof room);
    size_t wanted = basis->signatures > 0 ? basis->signatures : 1;
    text_format(&text, "%zu of %zu (%s)", signers->count, wanted, basis->approver);
    return signers->count >= wanted ||
           ruling_refuse(
               ruling, basis->article,
               SAY("too few signatures of those who approve: ", "承認権者の署名が足りない："),
               room);
}
