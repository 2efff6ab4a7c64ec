// SPDX-License-Identifier: Apache-2.0
#include "warrant/own.h"

#include "check.h"
#include "fixture.h"

static struct own_warrant own, again;
static struct law_ruling ruling;
static struct error err;

static const char *const lists[] = { "bad-hosts", "my.list" };

static struct own_order order(void)
{
    return (struct own_order){ .law = &fixture_law,
                               .basis = "own",
                               .name = "example.org/me",
                               .seed = { 7 },
                               .lists = lists,
                               .list_count = 2,
                               .now_ns = fixture_time("2028-01-15T10:20:30.5Z") };
}

static void an_own_warrant_is_made_signed_and_granted(void **state)
{
    (void)state;
    const struct own_order made = order();
    static struct rule_set set;
    check(warrant_make_own(&made, &own, &ruling));
    check(ruling.is_allowed);
    check_equal(own.granted.basis, BASIS_OWN);
    check_equal(own.granted.from_ns, fixture_time("2028-01-15T10:20:30Z"));
    check_equal(own.granted.to_ns, fixture_time("2028-07-13"));
    check_equal(own.granted.signer_count, 1);
    assert_string_equal(own.granted.signers[0], "example.org/me");
    check_equal(own.granted.warrant.selector_count, 1 + BEHAVIOURS);
    check(warrant_compile(&own.granted, &set, &err));
    check(rule_set_is_sound(&set));
    check_equal(set.rule_count, 1 + BEHAVIOURS);
    check_equal(set.list_count, 2);
    check(rule_set_is_live(&set, made.now_ns));
}

static void its_envelope_is_verified_by_its_trust_like_any_other(void **state)
{
    (void)state;
    static struct granted_warrant granted;
    const struct own_order made = order();
    check(warrant_make_own(&made, &own, &ruling));
    struct bytes envelope = { (const uint8_t *)own.envelope, own.envelope_len };
    struct warrant_place place = { .law = &fixture_law,
                                   .trust = &own.trust,
                                   .basis = "own",
                                   .now_ns = fixture_time("2028-02-01") };
    check(warrant_rule(envelope, &place, &granted, &ruling));
    place.now_ns = own.granted.to_ns;
    check(!warrant_rule(envelope, &place, &granted, &ruling));
    own.envelope[own.envelope_len / 2] ^= 1;
    place.now_ns = made.now_ns;
    check(!warrant_rule(envelope, &place, &granted, &ruling));
}

static void two_have_one_key_and_two_serials(void **state)
{
    (void)state;
    const struct own_order made = order();
    check(warrant_make_own(&made, &own, &ruling));
    check(warrant_make_own(&made, &again, &ruling));
    check(memcmp(&own.trust, &again.trust, sizeof own.trust) == 0);
    check(strcmp(own.granted.warrant.serial, again.granted.warrant.serial) != 0);
    check(strncmp(own.granted.warrant.serial, "own-1831544430-", 15) == 0);
}

static void it_may_end_sooner_and_no_later(void **state)
{
    (void)state;
    struct own_order made = order();
    made.to_ns = fixture_time("2028-01-16");
    check(warrant_make_own(&made, &own, &ruling));
    check_equal(own.granted.to_ns, made.to_ns);
    made.to_ns = fixture_time("2040-01-01");
    check(warrant_make_own(&made, &own, &ruling));
    check_equal(own.granted.to_ns, fixture_time("2028-07-13"));
}

static void so_many_lists_fit_and_no_more(void **state)
{
    (void)state;
    static char names[OWN_LISTS_MAX + 1][LIST_NAME_MAX];
    const char *many[OWN_LISTS_MAX + 1];
    static struct rule_set set;
    struct own_order made = order();
    for (unsigned i = 0; i <= OWN_LISTS_MAX; i++) {
        struct text name = text_over(names[i], sizeof names[i]);
        text_format(&name, "A list of the long name no. %02u (/etc/lists.txt)", i);
        check(!name.cut);
        many[i] = names[i];
    }
    made.lists = many;
    made.list_count = OWN_LISTS_MAX;
    check(warrant_make_own(&made, &own, &ruling));
    memset(&set, 0, sizeof set);
    check(warrant_compile(&own.granted, &set, &err));
    check(rule_set_is_sound(&set));
    check_equal(set.list_count, OWN_LISTS_MAX);
    made.list_count++;
    check(!warrant_make_own(&made, &own, &ruling));
    check(strstr(ruling.words, "too many lists") != NULL);
}

static void nobody_makes_an_own_warrant_of_a_public_basis(void **state)
{
    (void)state;
    struct own_order made = order();
    made.basis = "m";
    check(!warrant_make_own(&made, &own, &ruling));
    assert_string_equal(ruling.article, "7");
    check(strstr(ruling.words, "1 of 2 (board)") != NULL);
    made.basis = "later";
    check(!warrant_make_own(&made, &own, &ruling));
    assert_string_equal(ruling.article, "9");
}

TESTS(TEST(an_own_warrant_is_made_signed_and_granted),
      TEST(its_envelope_is_verified_by_its_trust_like_any_other),
      TEST(two_have_one_key_and_two_serials), TEST(it_may_end_sooner_and_no_later),
      TEST(so_many_lists_fit_and_no_more), TEST(nobody_makes_an_own_warrant_of_a_public_basis))
