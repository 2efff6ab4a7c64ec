// SPDX-License-Identifier: Apache-2.0
/* An envelope, or a payload behind an octet that says of what: what is read is written again
 * as the same octets. */
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "warrant/envelope.h"
#include "warrant/payload.h"

enum { ROOM = 1 << 20 };

static void check_same(const struct text *again, struct bytes payload)
{
    MUST(bytes_equal(text_bytes(again), payload));
}

static void read_payload(struct bytes payload, char *room)
{
    static struct warrant warrant;
    struct revocation revocation;
    struct error err = { 0 };
    struct text again = text_over(room, ROOM);
    if (warrant_read_payload(payload, &warrant, &err)) {
        MUST(warrant_write(&warrant, &again, &err));
        check_same(&again, payload);
    }
    again = text_over(room, ROOM);
    if (revocation_read_payload(payload, &revocation, &err)) {
        MUST(revocation_write(&revocation, &again, &err));
        check_same(&again, payload);
    }
}

static void read_envelope(struct bytes json, char *room)
{
    struct error err = { 0 };
    struct text again = text_over(room, ROOM);
    struct envelope envelope, second;
    if (!envelope_read(json, &envelope, &err))
        return;
    read_payload(envelope.payload, room);
    again = text_over(room, ROOM);
    if (envelope_write(&envelope, &again, &err)) {
        MUST(envelope_read(text_bytes(&again), &second, &err));
        MUST(bytes_equal(envelope.message, second.message));
        MUST(envelope.signature_count == second.signature_count);
        for (size_t i = 0; i < second.signature_count; i++)
            MUST(memcmp(&envelope.signatures[i].passkey, &second.signatures[i].passkey,
                        sizeof second.signatures[i].passkey) == 0);
        envelope_done(&second);
    }
    envelope_done(&envelope);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char room[ROOM];
    struct bytes input = { data, size };
    read_envelope(input, room);
    read_payload(input, room);
    return 0;
}
