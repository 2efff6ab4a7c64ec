// SPDX-License-Identifier: Apache-2.0
#include "proof/cosign.h"

#include <sodium.h>

#include "check.h"

static struct note_key log_key, witness;
static uint8_t log_secret[NOTE_SECRET_OCTETS], secret[NOTE_SECRET_OCTETS];
static char room[4096];

static void make_key(const char *name, uint8_t octet, struct note_key *key, uint8_t *out)
{
    uint8_t seed[32], octets[NOTE_PUBLIC_OCTETS];
    memset(seed, octet, sizeof seed);
    check_equal(crypto_sign_seed_keypair(octets, out, seed), 0);
    check_equal(note_key_init(bytes_of_string(name), octets, key), FAULT_NONE);
}

static struct bytes cosigned(uint64_t time_s)
{
    char message_room[COSIGN_MESSAGE_MAX];
    uint8_t signature[NOTE_SIGNATURE_OCTETS];
    struct text whole = text_over(room, sizeof room);
    struct text message = text_over(message_room, sizeof message_room);
    struct bytes text = BYTES("log\n8\nXcnaeacGWampVctwGtnq2eKpgjqtL0lgz+Nw7/RgQyg=\n");
    struct note_key key;
    make_key("log", 7, &log_key, log_secret);
    make_key("witness", 8, &key, secret);
    cosign_key(&key, &witness);
    note_sign(text, &log_key, log_secret, &whole);
    cosign_message(text, time_s, &message);
    check_equal(
        crypto_sign_detached(signature, NULL, text_bytes(&message).at, message.len, secret), 0);
    cosign_put(&witness, time_s, signature, &whole);
    return text_bytes(&whole);
}

static void a_cosignature_tells_when(void **state)
{
    (void)state;
    static const uint64_t times[] = { 0, 1679315147, UINT64_MAX };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct note note;
        uint64_t time_s = 1;
        check_equal(note_read(cosigned(times[i]), &note), FAULT_NONE);
        check_equal(cosign_check(&note, &witness, &time_s), FAULT_NONE);
        check_equal(time_s, times[i]);
        check_equal(note_check(&note, &log_key), FAULT_NONE);
    }
}

/* Whatever octet of the text or of the witness's own line. */
static void what_was_changed_is_not_signed(void **state)
{
    (void)state;
    struct bytes whole = cosigned(1679315147);
    struct note good;
    check_equal(note_read(whole, &good), FAULT_NONE);
    size_t log_line = bytes_find(good.signatures, '\n') + 1;
    for (size_t i = 0; i < whole.len; i++) {
        char spoilt[sizeof room];
        struct note note;
        uint64_t time_s;
        if (i > good.text.len && i <= good.text.len + log_line)
            continue;
        memcpy(spoilt, whole.at, whole.len);
        spoilt[i] = (char)(spoilt[i] ^ 1);
        struct bytes changed = { (const uint8_t *)spoilt, whole.len };
        if (note_read(changed, &note) == FAULT_NONE)
            check(cosign_check(&note, &witness, &time_s) != FAULT_NONE);
    }
}

static void keys_of_notes_and_of_witnesses_are_not_each_other(void **state)
{
    (void)state;
    char text_room[NOTE_KEY_TEXT_MAX];
    struct text text = text_over(text_room, sizeof text_room);
    struct note_key again;
    struct note note;
    (void)cosigned(1);
    cosign_key_write(&witness, &text);
    check_equal(cosign_key_read(text_bytes(&text), &again), FAULT_NONE);
    check(memcmp(&again, &witness, sizeof again) == 0);
    check_equal(note_key_read(text_bytes(&text), &again), FAULT_UNSUPPORTED);
    check_equal(note_read(cosigned(1), &note), FAULT_NONE);
    check(note_check(&note, &witness) != FAULT_NONE);
}

TESTS(TEST(a_cosignature_tells_when), TEST(what_was_changed_is_not_signed),
      TEST(keys_of_notes_and_of_witnesses_are_not_each_other))
