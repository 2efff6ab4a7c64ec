// SPDX-License-Identifier: Apache-2.0
#include "check.h"
#include "fixture.h"
#include "warrant/payload.h"

static struct warrant warrant;
static struct granted_warrant granted;
static struct trust trust;
static struct law_ruling ruling;
static struct revocation revocation, read;
static struct error err;

static const unsigned board[] = { 1, 2, 0 }, one[] = { 2, 0 };

static int begin(void **state)
{
    (void)state;
    trust.count = 0;
    fixture_trust(&trust, 1, "board");
    fixture_trust(&trust, 2, "board");
    fixture_trust(&trust, 4, "owner");
    fixture_warrant(&warrant);
    revocation = (struct revocation){ .serial = "NO-2028-0001",
                                      .issued_ns = fixture_time("2028-03-01"),
                                      .at_ns = fixture_time("2028-03-02"),
                                      .reason = "The need is over." };
    return 0;
}

static const struct warrant_place *place(void)
{
    static struct warrant_place made;
    made = (struct warrant_place){ .law = &fixture_law,
                                   .trust = &trust,
                                   .now_ns = fixture_time("2028-02-01") };
    return &made;
}

static bool is_revoked_by(const unsigned *keys)
{
    static char room[2048];
    struct text out = text_over(room, sizeof room);
    check(revocation_write(&revocation, &out, &err));
    struct bytes envelope = fixture_seal(REVOCATION_PAYLOAD_TYPE, text_bytes(&out), keys);
    memset(&read, 0, sizeof read);
    return revocation_rule(envelope, place(), &warrant, &read, &ruling);
}

static void check_refused(const unsigned *keys, const char *words)
{
    check(!is_revoked_by(keys));
    assert_string_equal(ruling.article, "7");
    check(strstr(ruling.words, words) != NULL);
    check(*ruling.words_ja && !*read.serial);
}

static void one_key_of_those_who_approve_revokes(void **state)
{
    (void)state;
    check(is_revoked_by(one));
    check(ruling.is_allowed);
    assert_string_equal(read.reason, "The need is over.");
    check(warrant_rule(fixture_sign(&warrant, board), place(), &granted, &ruling));
    warrant_revoke(&granted, &read);
    check_equal(granted.to_ns, revocation.at_ns);
}

static void no_revocation_makes_a_warrant_last_longer(void **state)
{
    (void)state;
    check(warrant_rule(fixture_sign(&warrant, board), place(), &granted, &ruling));
    revocation.at_ns = warrant.to_ns + 1;
    warrant_revoke(&granted, &revocation);
    check_equal(granted.to_ns, warrant.to_ns);
    revocation.at_ns = fixture_time("2028-03-02");
    warrant_revoke(&granted, &revocation);
    revocation.at_ns = fixture_time("2028-06-01"); /* a later one undoes no earlier one */
    warrant_revoke(&granted, &revocation);
    check_equal(granted.to_ns, fixture_time("2028-03-02"));
    revocation.at_ns = warrant.issued_ns; /* before it begins: nothing is left */
    warrant_revoke(&granted, &revocation);
    check_equal(granted.to_ns, granted.from_ns);
}

static void others_do_not_revoke(void **state)
{
    (void)state;
    static const unsigned owner[] = { 4, 0 }, stranger[] = { 9, 0 }, none[] = { 0 };
    check_refused(owner, "no signature of those who may revoke");
    check_refused(stranger, "no signature");
    check_refused(none, "no signature");
    trust.keys[1].to_ns = revocation.issued_ns;
    check_refused(one, "no signature");
}

static void who_issued_a_warrant_takes_it_back(void **state)
{
    (void)state;
    static const unsigned owner[] = { 4, 0 };
    memcpy(warrant.issuer, "key-4", 6);
    check(is_revoked_by(owner));
    trust.keys[2].from_ns = revocation.issued_ns + 1;
    check_refused(owner, "no signature");
}

static void a_revocation_of_another_or_from_before_is_refused(void **state)
{
    (void)state;
    memcpy(revocation.serial, "NO-2028-0002", 13);
    check_refused(one, "revokes another warrant: NO-2028-0002");
    memcpy(revocation.serial, "NO-2028-0001", 13);
    revocation.at_ns = warrant.issued_ns - TIME_SECOND_NS;
    check_refused(one, "from before the warrant was issued");
}

static void every_flipped_bit_is_refused(void **state)
{
    (void)state;
    uint8_t octets[2048];
    char room[1024];
    struct text out = text_over(room, sizeof room);
    check(revocation_write(&revocation, &out, &err));
    struct bytes whole = fixture_seal(REVOCATION_PAYLOAD_TYPE, text_bytes(&out), one);
    memcpy(octets, whole.at, whole.len);
    for (size_t i = 0; i < 8 * (whole.len - 1); i++) {
        octets[i / 8] ^= (uint8_t)(1 << i % 8);
        check(!revocation_rule((struct bytes){ octets, whole.len }, place(), &warrant, &read,
                               &ruling));
        octets[i / 8] ^= (uint8_t)(1 << i % 8);
    }
}

static void a_warrant_is_no_revocation_and_the_other_way_round(void **state)
{
    (void)state;
    static char copy[1 << 14];
    struct bytes envelope = fixture_sign(&warrant, board);
    check(!revocation_rule(envelope, place(), &warrant, &read, &ruling));
    check(strstr(ruling.words, "no revocation: " WARRANT_PAYLOAD_TYPE) != NULL);
    struct text out = text_over(copy, sizeof copy);
    check(revocation_write(&revocation, &out, &err));
    envelope = fixture_seal(REVOCATION_PAYLOAD_TYPE, text_bytes(&out), board);
    check(!warrant_rule(envelope, place(), &granted, &ruling));
    check(strstr(ruling.words, "no warrant: " REVOCATION_PAYLOAD_TYPE) != NULL);
}

#define CASE(function) cmocka_unit_test_setup(function, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(one_key_of_those_who_approve_revokes),
        CASE(no_revocation_makes_a_warrant_last_longer),
        CASE(others_do_not_revoke),
        CASE(who_issued_a_warrant_takes_it_back),
        CASE(a_revocation_of_another_or_from_before_is_refused),
        CASE(every_flipped_bit_is_refused),
        CASE(a_warrant_is_no_revocation_and_the_other_way_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
