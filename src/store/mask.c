// SPDX-License-Identifier: Apache-2.0
/* Lines that a grant does not show in clear, as minimise/minimise.c would have kept them under
 * another basis, but under a key of this handle alone. */
#include <sodium.h>

#include "store/store_private.h"

static const uint8_t personal[crypto_generichash_blake2b_PERSONALBYTES] = "sekisho read 1";

bool store_is_clear_line(const struct party *party)
{
    if (party->is_pseudonym || ip_is_multicast(&party->address))
        return false;
    return party->place == PLACE_OWN || party->place == PLACE_DOMESTIC ||
           ip_is_internal(&party->address);
}

void store_mask_party(const struct store *store, struct party *party)
{
    uint8_t digest[crypto_generichash_blake2b_BYTES_MIN];
    if (!store_is_clear_line(party))
        return;
    (void)crypto_generichash_blake2b_salt_personal(
        digest, sizeof digest, party->address.octets, sizeof party->address.octets,
        store->mask_key, sizeof store->mask_key, NULL, personal);
    *party = (struct party){ .is_pseudonym = true, .place = party->place };
    memcpy(party->pseudonym, digest, sizeof party->pseudonym);
}

/* Whether the value could tell an address: of an internal one, or, when lines are listed, any.
 * An endpoint is not taken apart. */
static bool could_tell(const struct indicator_hit *hit, bool is_of_line)
{
    struct ip_prefix prefix;
    if (hit->kind != INDICATOR_ADDRESS && hit->kind != INDICATOR_PREFIX &&
        hit->kind != INDICATOR_ENDPOINT)
        return false;
    if (is_of_line || !ip_prefix_read(bytes_of_string(hit->value), &prefix))
        return is_of_line;
    return ip_is_internal(&prefix.address);
}

void store_mask_hit(struct indicator_hit *hit, bool is_of_line)
{
    if (!could_tell(hit, is_of_line))
        return;
    memset(hit->value, 0, sizeof hit->value);
    memcpy(hit->value, "line", 4);
}
