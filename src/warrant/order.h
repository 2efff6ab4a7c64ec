// SPDX-License-Identifier: Apache-2.0
/* An order to re-identify (art. 24(2)): which pseudonyms, why that is especially necessary, and
 * until when.  It is a DSSE envelope like a warrant, signed by one whose role the law's data
 * allow to reidentify for that purpose under that basis, and by a second person whose role they
 * allow to confirm.  It opens a window that ends by itself: see cmd/window.h. */
#pragma once

#include "base/error.h"
#include "model/finding.h"
#include "statute/statute.h"
#include "warrant/envelope.h"
#include "warrant/warrant.h"

#define ORDER_PAYLOAD_TYPE "application/vnd.sekisho.reidentification-order+json"

enum {
    ORDER_OCTETS_MAX = 65536,
    ORDER_NUMBER_MAX = 48,
    ORDER_REASON_MAX = 512,
    ORDER_WORD_MAX = 32,
    ORDER_PSEUDONYMS_MAX = 64,
};

/* To the necessary extent only: who needs longer asks again. */
#define ORDER_SPAN_MAX_NS (24 * 3600 * TIME_SECOND_NS)

struct order {
    char number[ORDER_NUMBER_MAX];
    char basis[BASIS_NAME_MAX];
    char purpose[ORDER_WORD_MAX];
    char reason[ORDER_REASON_MAX];
    char finding[FINDING_ID_MAX]; /* whose lines, or "" */
    size_t pseudonym_count;       /* of others */
    char pseudonyms[ORDER_PSEUDONYMS_MAX][PARTY_TEXT_MAX];
    int64_t issued_ns, until_ns;
    uint8_t digest[32]; /* SHA-256 of the payload's octets */
};

struct granted_order {
    struct order order;
    char officer[NOTE_NAME_MAX], role[ORDER_WORD_MAX];
    char second[NOTE_NAME_MAX];
};

/* Takes it apart; nothing is believed yet. */
MUST_CHECK bool order_read(struct bytes envelope, struct order *out, struct error *err);
MUST_CHECK bool order_read_payload(struct bytes payload, struct order *out, struct error *err);
/* The payload as octets, to be signed. */
MUST_CHECK bool order_write(const struct order *order, struct text *out, struct error *err);
MUST_CHECK bool order_rule(struct bytes envelope, const struct warrant_place *place,
                           struct granted_order *out, struct law_ruling *ruling);
