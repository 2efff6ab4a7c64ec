// SPDX-License-Identifier: Apache-2.0
/* Warrants and revocations signed by passkeys. */
#include "warrant/payload.h"
#include "warrant/warrant.h"

#include <sodium.h>

#include "check.h"
#include "fixture.h"
#include "passkeys.h"

static struct warrant warrant;
static struct granted_warrant granted;
static struct envelope envelope;
static struct trust trust;
static struct law_ruling ruling;
static struct warrant_place place;
static struct error err;
static char json[FIXTURE_ROOM], payload[FIXTURE_ROOM];

static void make_envelope(void)
{
    struct text out = text_over(payload, sizeof payload);
    envelope_done(&envelope);
    check(warrant_write(&warrant, &out, &err));
    check(envelope_make(WARRANT_PAYLOAD_TYPE, text_bytes(&out), &envelope, &err));
}

static int begin(void **state)
{
    (void)state;
    trust.count = 0;
    passkey_trust(&trust, 1, "one", "board");
    passkey_trust(&trust, 2, "two", "board");
    fixture_trust(&trust, 3, "board");
    passkey_trust(&trust, 4, "four", "owner");
    fixture_warrant(&warrant);
    place = (struct warrant_place){ .law = &fixture_law,
                                    .trust = &trust,
                                    .basis = "m",
                                    .equipment = "cable-7",
                                    .now_ns = fixture_time("2028-02-01") };
    make_envelope();
    return 0;
}

static int end(void **state)
{
    (void)state;
    envelope_done(&envelope);
    return 0;
}

static struct bytes written(void)
{
    struct text out = text_over(json, sizeof json);
    check(envelope_write(&envelope, &out, &err));
    return text_bytes(&out);
}

static bool is_granted(void)
{
    return warrant_rule(written(), &place, &granted, &ruling);
}

static void check_too_few(const char *words)
{
    check(!is_granted());
    assert_string_equal(ruling.article, "7");
    check(strstr(ruling.words, words) != NULL);
}

static void two_passkeys_grant_and_one_does_not(void **state)
{
    (void)state;
    passkey_assert(&envelope, 1, &passkey_good);
    check_too_few("1 of 2 (board)");
    passkey_assert(&envelope, 2, &passkey_good);
    check(is_granted());
    check_equal(granted.signer_count, 2);
    assert_string_equal(granted.signers[0], "one");
    assert_string_equal(granted.signers[1], "two");
}

static void a_passkey_and_a_key_in_a_file_grant_together(void **state)
{
    (void)state;
    uint8_t seed[32] = { 3 }, public[32], secret[64], octets[64];
    (void)crypto_sign_seed_keypair(public, secret, seed);
    (void)crypto_sign_detached(octets, NULL, envelope.message.at, envelope.message.len, secret);
    check(envelope_sign(&envelope, &trust.keys[2].key, octets, &err));
    check_too_few("1 of 2 (board)");
    passkey_assert(&envelope, 2, &passkey_good);
    check(is_granted());
    assert_string_equal(granted.signers[0], "two");
    assert_string_equal(granted.signers[1], "key-3");
}

static void two_passkeys_of_one_person_are_one(void **state)
{
    (void)state;
    passkey_trust(&trust, 5, "one", "board");
    passkey_assert(&envelope, 1, &passkey_good);
    passkey_assert(&envelope, 5, &passkey_good);
    check_too_few("1 of 2 (board)");
}

static void one_passkey_under_two_names_is_one(void **state)
{
    (void)state;
    passkey_trust(&trust, 1, "another", "board");
    passkey_assert(&envelope, 1, &passkey_good);
    check_too_few("1 of 2 (board)");
}

static void passkeys_of_others_and_not_yet_valid_do_not_count(void **state)
{
    (void)state;
    passkey_assert(&envelope, 1, &passkey_good);
    passkey_assert(&envelope, 4, &passkey_good);
    passkey_assert(&envelope, 9, &passkey_good);
    check_too_few("1 of 2 (board)");
    passkey_assert(&envelope, 2, &passkey_good);
    trust.keys[1].from_ns = fixture_time("2028-01-11");
    check_too_few("1 of 2 (board)");
    trust.keys[1].from_ns = fixture_time("2028-01-10");
    check(is_granted());
}

static void the_place_of_the_key_is_asked_not_that_of_the_assertion(void **state)
{
    (void)state;
    struct passkey_making elsewhere = passkey_good;
    elsewhere.origin = "https://evil.example";
    elsewhere.rp_id = "evil.example";
    passkey_assert(&envelope, 1, &passkey_good);
    passkey_assert(&envelope, 2, &elsewhere);
    check_too_few("1 of 2 (board)");
    passkey_assert(&envelope, 2, &passkey_good); /* in its place */
    check_equal(envelope.signature_count, 2);
    check(is_granted());
}

static void an_assertion_of_another_payload_does_not_count(void **state)
{
    (void)state;
    passkey_assert(&envelope, 1, &passkey_good);
    passkey_assert(&envelope, 2, &passkey_good);
    struct envelope_signature before = envelope.signatures[1];
    warrant.share_permille--;
    make_envelope();
    passkey_assert(&envelope, 1, &passkey_good);
    envelope.signatures[envelope.signature_count++] = before;
    check_too_few("1 of 2 (board)");
}

static bool is_granted_with(uint8_t *room, size_t len, size_t at, uint8_t octet)
{
    uint8_t before = room[at];
    room[at] = octet;
    bool is = warrant_rule((struct bytes){ room, len }, &place, &granted, &ruling);
    room[at] = before;
    return is;
}

/* Every bit, and everything that JSON or base64 could take for the same. */
static void every_changed_octet_is_refused(void **state)
{
    (void)state;
    static const char likely[] = " \t\r\n\"\\/+-_=,:AaZz09";
    static uint8_t room[1 << 14];
    passkey_assert(&envelope, 1, &passkey_good);
    passkey_assert(&envelope, 2, &passkey_good);
    struct bytes whole = written();
    check(whole.len <= sizeof room);
    memcpy(room, whole.at, whole.len);
    for (size_t at = 0; at < whole.len; at++) {
        for (unsigned bit = 0; bit < 8; bit++)
            check(!is_granted_with(room, whole.len, at, (uint8_t)(room[at] ^ 1u << bit)));
        for (const char *octet = likely; *octet; octet++)
            check((uint8_t)*octet == room[at] ||
                  !is_granted_with(room, whole.len, at, (uint8_t)*octet));
    }
    check(warrant_rule((struct bytes){ room, whole.len }, &place, &granted, &ruling));
    for (size_t len = 0; len < whole.len; len++)
        check(!warrant_rule((struct bytes){ room, len }, &place, &granted, &ruling));
}

static void it_is_read_as_it_was_written(void **state)
{
    (void)state;
    static struct envelope again;
    static char room[FIXTURE_ROOM];
    struct text out = text_over(room, sizeof room);
    passkey_assert(&envelope, 1, &passkey_good);
    struct bytes whole = written();
    check(envelope_read(whole, &again, &err));
    check(memcmp(&again.signatures[0], &envelope.signatures[0], sizeof again.signatures[0]) ==
          0);
    check(envelope_write(&again, &out, &err));
    check(bytes_equal(text_bytes(&out), whole));
    envelope_done(&again);
}

static void check_unread(const char *old, const char *new, const char *words)
{
    static char room[FIXTURE_ROOM];
    struct text out = text_over(room, sizeof room);
    struct bytes whole = written();
    const char *at = strstr(json, old);
    check(at != NULL);
    text_put(&out, bytes_slice(whole, 0, (size_t)(at - json)));
    text_put_string(&out, new);
    text_put_string(&out, at + strlen(old));
    static struct envelope again;
    check(!envelope_read(text_bytes(&out), &again, &err));
    check(strstr(err.text, words) != NULL);
}

static void what_is_too_long_missing_or_more_is_refused(void **state)
{
    (void)state;
    static char long_text[2200];
    struct text out = text_over(long_text, sizeof long_text);
    text_put_string(&out, "\"clientDataJSON\":\"");
    for (size_t i = 0; i < WEBAUTHN_CLIENT_MAX / 3 + 1; i++)
        text_put_string(&out, "AAAA");
    text_put_string(&out, "\",\"x\":\"");
    passkey_assert(&envelope, 1, &passkey_good);
    check_unread("\"clientDataJSON\":\"", "\"x\":\"", "x: not a known member");
    check_unread("\"authenticatorData\":\"", "\"authenticatorData\":\"\",\"x\":\"", "x: not");
    check_unread("\"webauthn\":{", "\"webauthn\":{\"x\":1,", "x: not a known member");
    check_unread("\"webauthn\":{", "\"webauthn\":1,\"x\":{", "x: not a known member");
    check_unread("\"sig\":\"", "\"sig\":\"AAAA", "sig: not base64, or too long");
    check_unread("\"keyid\":\"webauthn:", "\"keyid\": \"webauthn:", "only as we write it");
    check_unread("]}\n", "]}", "only as we write it");
    check_unread("\"clientDataJSON\":\"", long_text, "x: not a known member");
}

static void a_client_of_more_than_its_bound_is_refused(void **state)
{
    (void)state;
    passkey_assert(&envelope, 1, &passkey_good);
    struct webauthn_assertion *passkey = &envelope.signatures[0].passkey;
    passkey->client_len = WEBAUTHN_CLIENT_MAX;
    static struct envelope again;
    check(envelope_read(written(), &again, &err));
    envelope_done(&again);
    passkey->authenticator_len = 0;
    check(!envelope_read(written(), &again, &err));
}

static void a_passkey_of_the_board_revokes(void **state)
{
    (void)state;
    struct revocation revocation = { .issued_ns = fixture_time("2028-02-01"),
                                     .at_ns = fixture_time("2028-02-02") },
                      read;
    struct text serial = text_over(revocation.serial, sizeof revocation.serial);
    struct text reason = text_over(revocation.reason, sizeof revocation.reason);
    struct text out = text_over(payload, sizeof payload);
    text_put_string(&serial, warrant.serial);
    text_put_string(&reason, "Done.");
    check(revocation_write(&revocation, &out, &err));
    envelope_done(&envelope);
    check(envelope_make(REVOCATION_PAYLOAD_TYPE, text_bytes(&out), &envelope, &err));
    passkey_assert(&envelope, 4, &passkey_good);
    check(!revocation_rule(written(), &place, &warrant, &read, &ruling));
    passkey_assert(&envelope, 2, &passkey_good);
    check(revocation_rule(written(), &place, &warrant, &read, &ruling));
    check_equal(read.at_ns, revocation.at_ns);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(two_passkeys_grant_and_one_does_not),
        CASE(a_passkey_and_a_key_in_a_file_grant_together),
        CASE(two_passkeys_of_one_person_are_one),
        CASE(one_passkey_under_two_names_is_one),
        CASE(passkeys_of_others_and_not_yet_valid_do_not_count),
        CASE(the_place_of_the_key_is_asked_not_that_of_the_assertion),
        CASE(an_assertion_of_another_payload_does_not_count),
        CASE(every_changed_octet_is_refused),
        CASE(it_is_read_as_it_was_written),
        CASE(what_is_too_long_missing_or_more_is_refused),
        CASE(a_client_of_more_than_its_bound_is_refused),
        CASE(a_passkey_of_the_board_revokes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
