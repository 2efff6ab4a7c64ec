// SPDX-License-Identifier: Apache-2.0
#include "warrant/order.h"

#include "check.h"
#include "fixture.h"

static struct order order, read;
static struct granted_order granted;
static struct trust trust;
static struct law law;
static struct law_ruling ruling;
static struct error err;
static int64_t now_ns;

static const unsigned both[] = { 1, 2, 0 };

static const struct law_purpose purposes[] = {
    { .id = "care", .article = "5", .force = { INT64_MIN, INT64_MAX } },
};
static const struct law_role roles[] = {
    { .id = "officer", .article = "6" },
    { .id = "second", .article = "6" },
    { .id = "reader", .article = "6" },
};
static const struct law_permission permissions[] = {
    { "officer", "reidentify", "care", "m", "24", { INT64_MIN, INT64_MAX } },
    { "second", "confirm", "care", "m", "24", { INT64_MIN, INT64_MAX } },
    { "reader", "read", "care", "m", "23", { INT64_MIN, INT64_MAX } },
};

static int begin(void **state)
{
    (void)state;
    law = fixture_law;
    law.purposes = purposes;
    law.purpose_count = 1;
    law.roles = roles;
    law.role_count = sizeof roles / sizeof *roles;
    law.permissions = permissions;
    law.permission_count = sizeof permissions / sizeof *permissions;
    law.purpose_article = "22";
    trust.count = 0;
    fixture_trust(&trust, 1, "officer");
    fixture_trust(&trust, 2, "second");
    fixture_trust(&trust, 3, "officer");
    fixture_trust(&trust, 4, "reader");
    order = (struct order){ .number = "R-1",
                            .basis = "m",
                            .purpose = "care",
                            .reason = "The line must be warned.",
                            .finding = "c2-1f9a3c77d2b0",
                            .pseudonym_count = 1,
                            .pseudonyms = { "line-3x7vecto3blr26pc" },
                            .issued_ns = fixture_time("2028-03-01"),
                            .until_ns = fixture_time("2028-03-01T01:00:00Z") };
    now_ns = fixture_time("2028-03-01T00:30:00Z");
    return 0;
}

static struct bytes payload_of(const struct order *of)
{
    static char room[ORDER_OCTETS_MAX];
    struct text out = text_over(room, sizeof room);
    check(order_write(of, &out, &err));
    return text_bytes(&out);
}

static bool is_granted_by(const unsigned *keys)
{
    struct warrant_place place = { .law = &law, .trust = &trust, .now_ns = now_ns };
    struct bytes envelope = fixture_seal(ORDER_PAYLOAD_TYPE, payload_of(&order), keys);
    memset(&granted, 0, sizeof granted);
    return order_rule(envelope, &place, &granted, &ruling);
}

static void check_refused(const unsigned *keys, const char *words)
{
    check(!is_granted_by(keys));
    if (!strstr(ruling.words, words))
        fail_msg("said: %s", ruling.words);
    check(ruling.article[0] != '\0' && ruling.words_ja[0] != '\0');
    check(granted.order.number[0] == '\0');
}

static void an_order_comes_back_as_it_was_written(void **state)
{
    (void)state;
    check(order_read_payload(payload_of(&order), &read, &err));
    assert_string_equal(read.reason, order.reason);
    assert_string_equal(read.finding, order.finding);
    assert_string_equal(read.pseudonyms[0], order.pseudonyms[0]);
    check(read.until_ns == order.until_ns && read.issued_ns == order.issued_ns);
}

static void every_shorter_order_is_refused(void **state)
{
    (void)state;
    struct bytes whole = payload_of(&order);
    for (size_t len = 0; len < whole.len; len++)
        check(!order_read_payload(bytes_slice(whole, 0, len), &read, &err));
}

static void an_officer_and_a_second_person_grant_it(void **state)
{
    (void)state;
    check(is_granted_by(both));
    assert_string_equal(granted.role, "officer");
    assert_string_equal(granted.officer, "key-1");
    assert_string_equal(granted.second, "key-2");
    assert_string_equal(ruling.article, "24");
}

static void who_may_not_does_not_count(void **state)
{
    (void)state;
    static const unsigned nobody[] = { 0 }, officer[] = { 1, 0 }, second[] = { 2, 0 };
    static const unsigned officers[] = { 1, 3, 0 }, stranger[] = { 1, 9, 0 };
    static const unsigned reader[] = { 4, 2, 0 };
    check_refused(nobody, "nobody");
    check_refused(officer, "second person");
    check_refused(second, "");
    check_refused(officers, "second person");
    check_refused(stranger, "second person");
    check_refused(reader, "");
    order.issued_ns -= INT64_C(3650) * TIME_DAY_NS; /* before any key was valid */
    order.until_ns = order.issued_ns + TIME_SECOND_NS;
    check_refused(both, "");
}

static void a_window_is_in_its_time_and_no_longer_than_a_day(void **state)
{
    (void)state;
    now_ns = order.until_ns;
    check_refused(both, "has closed");
    now_ns = order.until_ns - 1;
    check(is_granted_by(both));
    now_ns = order.issued_ns - 1;
    check_refused(both, "has not begun");
    now_ns = order.issued_ns;
    check(is_granted_by(both));
    order.until_ns = order.issued_ns + TIME_DAY_NS;
    check(is_granted_by(both));
    order.until_ns += TIME_SECOND_NS;
    check_refused(both, "at most a day");
    order.until_ns = order.issued_ns;
    check_refused(both, "at most a day");
}

static void other_purposes_and_bases_are_refused(void **state)
{
    (void)state;
    memcpy(order.purpose, "harm", 5);
    check_refused(both, "");
    (void)begin(NULL);
    memcpy(order.basis, "later", 6);
    check_refused(both, "");
    memcpy(order.basis, "none", 5);
    check_refused(both, "");
}

static void what_is_no_order_is_refused(void **state)
{
    (void)state;
    struct warrant_place place = { .law = &law, .trust = &trust, .now_ns = now_ns };
    struct bytes envelope = fixture_seal("text/plain", payload_of(&order), both);
    check(!order_rule(envelope, &place, &granted, &ruling));
    check(!order_rule(BYTES("{}"), &place, &granted, &ruling));
    static const char *const wrong[] = {
        "{\"basis\":\"m\",\"fields\":\"content\",\"finding\":\"none\",\"format\":1,"
        "\"issued\":\"2028-03-01T00:00:00Z\",\"number\":\"R\",\"purpose\":\"care\","
        "\"reason\":\"x\",\"until\":\"2028-03-01T01:00:00Z\"}",
        "{\"basis\":\"m\",\"fields\":\"address\",\"finding\":\"none\",\"format\":1,"
        "\"issued\":\"2028-03-01T00:00:00Z\",\"number\":\"R\",\"pseudonyms\":[\"192.0.2.1\"],"
        "\"purpose\":\"care\",\"reason\":\"x\",\"until\":\"2028-03-01T01:00:00Z\"}",
        "{\"basis\":\"m\",\"fields\":\"address\",\"finding\":\"none\",\"format\":1,"
        "\"issued\":\"2028-03-01T00:00:00Z\",\"number\":\"R\",\"purpose\":\"care\","
        "\"reason\":\"\",\"until\":\"2028-03-01T01:00:00Z\"}",
        "{\"basis\":\"m\", \"fields\":\"address\",\"finding\":\"none\",\"format\":1,"
        "\"issued\":\"2028-03-01T00:00:00Z\",\"number\":\"R\",\"purpose\":\"care\","
        "\"reason\":\"x\",\"until\":\"2028-03-01T01:00:00Z\"}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        check(!order_read_payload(bytes_of_string(wrong[i]), &read, &err));
}

#define ORDER_TEST(function) cmocka_unit_test_setup(function, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ORDER_TEST(an_order_comes_back_as_it_was_written),
        ORDER_TEST(every_shorter_order_is_refused),
        ORDER_TEST(an_officer_and_a_second_person_grant_it),
        ORDER_TEST(who_may_not_does_not_count),
        ORDER_TEST(a_window_is_in_its_time_and_no_longer_than_a_day),
        ORDER_TEST(other_purposes_and_bases_are_refused),
        ORDER_TEST(what_is_no_order_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
