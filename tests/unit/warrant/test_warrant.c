// SPDX-License-Identifier: Apache-2.0
#include "warrant/warrant.h"

#include "check.h"
#include "fixture.h"

static struct warrant warrant;
static struct granted_warrant granted, earlier;
static struct trust trust;
static struct law_ruling ruling;
static struct warrant_place place;
static struct error err;

static const unsigned board[] = { 1, 2, 0 };

static int begin(void **state)
{
    (void)state;
    trust.count = 0;
    fixture_trust(&trust, 1, "board");
    fixture_trust(&trust, 2, "board");
    fixture_trust(&trust, 3, "board");
    fixture_trust(&trust, 4, "owner");
    fixture_warrant(&warrant);
    place = (struct warrant_place){ .law = &fixture_law,
                                    .trust = &trust,
                                    .basis = "m",
                                    .equipment = "cable-7",
                                    .now_ns = fixture_time("2028-02-01") };
    return 0;
}

static void put(char *room, const char *words)
{
    memcpy(room, words, strlen(words) + 1);
}

static void renew_selector(void)
{
    warrant.selector_count = 0;
    fixture_selector(&warrant, "relays", "server in list \"relays\" and ja4 in list \"tools\"");
}

static bool is_granted_by(const unsigned *keys)
{
    return warrant_rule(fixture_sign(&warrant, keys), &place, &granted, &ruling);
}

/* Refused with that article, and words of both languages that hold these. */
static void check_refused(const char *article, const char *words)
{
    check(!is_granted_by(board));
    check(!ruling.is_allowed);
    assert_string_equal(ruling.article, article);
    check(strstr(ruling.words, words) != NULL);
    check(*ruling.words_ja != '\0');
    check_equal(granted.to_ns, 0);
}

static void a_good_warrant_is_granted(void **state)
{
    (void)state;
    check(is_granted_by(board));
    check(ruling.is_allowed);
    assert_string_equal(ruling.article, "7");
    check_equal(granted.basis, BASIS_STATUTORY);
    check_equal(granted.from_ns, warrant.from_ns);
    check_equal(granted.to_ns, warrant.to_ns);
    check_equal(granted.signer_count, 2);
    assert_string_equal(granted.signers[0], "key-1");
    assert_string_equal(granted.signers[1], "key-2");
    assert_string_equal(granted.warrant.selectors[0].text, warrant.selectors[0].text);
    assert_string_equal(granted.warrant.conditions[0], warrant.conditions[0]);
}

static void a_warrant_that_begins_later_is_granted_for_then(void **state)
{
    (void)state;
    place.now_ns = fixture_time("2028-01-12");
    check(is_granted_by(board));
    check(granted.from_ns > place.now_ns);
}

static void every_flipped_bit_of_an_envelope_is_refused(void **state)
{
    (void)state;
    static uint8_t room[1 << 14];
    struct bytes whole = fixture_sign(&warrant, board);
    check(whole.len <= sizeof room);
    memcpy(room, whole.at, whole.len);
    for (size_t i = 0; i < 8 * (whole.len - 1); i++) {
        room[i / 8] ^= (uint8_t)(1 << i % 8);
        check(!warrant_rule((struct bytes){ room, whole.len }, &place, &granted, &ruling));
        check(*ruling.article && *ruling.words && *ruling.words_ja);
        room[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    check(warrant_rule((struct bytes){ room, whole.len }, &place, &granted, &ruling));
}

static void every_shorter_envelope_is_refused(void **state)
{
    (void)state;
    struct bytes whole = fixture_sign(&warrant, board);
    for (size_t len = 0; len < whole.len - 1; len++)
        check(!warrant_rule((struct bytes){ whole.at, len }, &place, &granted, &ruling));
}

static void a_signature_short_is_refused(void **state)
{
    (void)state;
    static const unsigned one[] = { 1, 0 }, none[] = { 0 };
    check(!is_granted_by(one));
    assert_string_equal(ruling.article, "7");
    check(strstr(ruling.words, "1 of 2 (board)") != NULL);
    check(!is_granted_by(none));
}

static void keys_of_another_role_and_unknown_keys_are_passed_over(void **state)
{
    (void)state;
    static const unsigned owner[] = { 1, 4, 0 }, stranger[] = { 1, 9, 0 };
    static const unsigned more[] = { 9, 4, 3, 1, 0 };
    check(!is_granted_by(owner));
    check(strstr(ruling.words, "1 of 2") != NULL);
    check(!is_granted_by(stranger));
    check(is_granted_by(more));
    check_equal(granted.signer_count, 2);
}

static void one_key_counts_once_under_two_names(void **state)
{
    (void)state;
    static char room[1 << 14];
    static const unsigned one[] = { 1, 0 };
    struct trust_key *twin = &trust.keys[trust.count++];
    *twin = trust.keys[0];
    check(note_key_init(BYTES("twin"), trust.keys[0].key.octets, &twin->key) == FAULT_NONE);
    /* The same signature twice, and once more under the other name of its key. */
    struct envelope envelope;
    struct text again = text_over(room, sizeof room);
    check(envelope_read(fixture_sign(&warrant, one), &envelope, &err));
    envelope.signatures[1] = envelope.signatures[0];
    envelope.signature_count = 2;
    check(envelope_sign(&envelope, &twin->key, envelope.signatures[0].octets, &err));
    check_equal(envelope.signature_count, 3);
    check(envelope_write(&envelope, &again, &err));
    envelope_done(&envelope);
    check(!warrant_rule(text_bytes(&again), &place, &granted, &ruling));
    check(strstr(ruling.words, "1 of 2") != NULL);
}

static void a_key_not_valid_at_issue_does_not_count(void **state)
{
    (void)state;
    trust.keys[1].to_ns = warrant.issued_ns;
    check_refused("7", "1 of 2");
    trust.keys[1].to_ns = warrant.issued_ns + 1; /* and later it does not matter */
    check(is_granted_by(board));
    trust.keys[1].from_ns = warrant.issued_ns + 1;
    trust.keys[1].to_ns = INT64_MAX;
    check_refused("7", "1 of 2");
}

static void another_law_and_another_basis_are_refused(void **state)
{
    (void)state;
    put(warrant.law, "jp");
    check_refused("LC-00", "of another law: jp");
    put(warrant.law, "none");
    put(warrant.basis, "own");
    check_refused("1", "another basis");
    put(warrant.basis, "moon");
    check_refused("2", "there is no basis");
}

static void a_basis_not_in_force_is_refused_until_its_day(void **state)
{
    (void)state;
    place.basis = NULL;
    put(warrant.basis, "later");
    check_refused("9", "not in force before 2030-01-01");
    warrant.from_ns = warrant.issued_ns = fixture_time("2029-12-31");
    warrant.to_ns = fixture_time("2030-02-01");
    renew_selector();
    place.now_ns = fixture_time("2030-01-01");
    check(is_granted_by(board));
    check_equal(granted.from_ns, fixture_time("2030-01-01"));
}

static void a_period_too_long_backwards_or_over_is_refused(void **state)
{
    (void)state;
    warrant.to_ns = fixture_time("2028-07-16");
    check_refused("7(3)", "at most 6 months");
    warrant.to_ns = warrant.from_ns;
    check_refused("7", "before it begins");
    warrant.to_ns = fixture_time("2028-07-15");
    place.now_ns = warrant.to_ns - 1;
    check(is_granted_by(board));
    place.now_ns = warrant.to_ns;
    check_refused("7(3)", "the warrant ended: 2028-07-15T00:00:00Z");
}

static void a_warrant_from_the_future_or_for_the_past_is_refused(void **state)
{
    (void)state;
    place.now_ns = warrant.issued_ns - 300 * TIME_SECOND_NS; /* clocks differ */
    check(is_granted_by(board));
    check(granted.from_ns >= warrant.issued_ns);
    place.now_ns--;
    check_refused("7(3)", "issued in the future");
    place.now_ns = fixture_time("2028-02-01");
    warrant.issued_ns = warrant.from_ns + TIME_SECOND_NS;
    check_refused("7(3)", "before the warrant was issued");
}

static void a_direction_outside_the_basis_is_refused(void **state)
{
    (void)state;
    warrant.directions |= UINT32_C(1) << DIRECTION_DD;
    check_refused("7", "direction DD");
}

static void other_equipment_and_none_are_refused(void **state)
{
    (void)state;
    place.equipment = "cable-8";
    check_refused("7", "other equipment: cable-7");
    place.equipment = NULL;
    check(is_granted_by(board));
    *warrant.equipment = '\0';
    check_refused("7", "names no equipment");
}

static void a_share_above_the_cap_and_none_are_refused(void **state)
{
    (void)state;
    warrant.share_permille = 301;
    check_refused("7", "above what the basis allows");
    warrant.share_permille = 0;
    check_refused("7", "sets no share");
    warrant.share_permille = 300;
    warrant.capacity_bits_per_second = 0;
    check_refused("7", "sets no share");
}

static void selectors_that_do_not_read_or_rest_on_one_kind_are_refused(void **state)
{
    (void)state;
    warrant.selectors[0].text[0] = 'X';
    check_refused("7", "selector relays, line 1, column 1");
    warrant.selector_count = 0;
    fixture_selector(&warrant, "relays", "server in list \"relays\"");
    check_refused("7(2)", "selector relays, line 8, column 6: ");
}

static void a_selector_valid_on_other_days_is_refused(void **state)
{
    (void)state;
    warrant.issued_ns = warrant.from_ns = place.now_ns = fixture_time("2028-07-02");
    check_refused("7", "not valid on any day of the warrant's period: selector relays");
    warrant.issued_ns = warrant.from_ns -= TIME_SECOND_NS;
    check(is_granted_by(board));
}

static void a_selector_wider_than_its_warrant_is_refused(void **state)
{
    (void)state;
    static const unsigned owner[] = { 4, 0 };
    place.basis = NULL;
    put(warrant.basis, "own"); /* which has all directions */
    check(is_granted_by(owner));
    warrant.directions = UINT32_C(1) << DIRECTION_FD;
    check(!is_granted_by(owner));
    check(strstr(ruling.words, "selector relays, line 1") != NULL);
}

static void a_text_not_canonical_or_of_another_name_is_refused(void **state)
{
    (void)state;
    put(warrant.selectors[0].name, "others");
    check_refused("7", "canonical form of the selector of that name: others");
    put(warrant.selectors[0].name, "relays");
    warrant.selectors[1] = warrant.selectors[0];
    warrant.selector_count = 2;
    check_refused("7", "two selectors of one name: relays");
}

static void a_warrant_does_not_extend_itself(void **state)
{
    (void)state;
    put(warrant.extends, warrant.serial);
    warrant.to_ns = fixture_time("2028-04-15");
    check_refused("7", "no serial of its own");
}

static void extend(void)
{
    check(is_granted_by(board));
    earlier = granted;
    place.earlier = &earlier;
    put(warrant.extends, warrant.serial);
    put(warrant.serial, "NO-2028-0002");
    warrant.issued_ns = fixture_time("2028-07-01");
    warrant.from_ns = fixture_time("2028-07-15");
    warrant.to_ns = fixture_time("2028-10-15");
    renew_selector();
    place.now_ns = fixture_time("2028-07-02");
}

static void an_extension_goes_on_where_the_earlier_ends(void **state)
{
    (void)state;
    extend();
    check(is_granted_by(board));
    warrant.to_ns += TIME_DAY_NS;
    check_refused("7(3)", "at most 3 months");
}

static void an_extension_with_a_gap_or_too_late_is_refused(void **state)
{
    (void)state;
    extend();
    warrant.from_ns += TIME_DAY_NS;
    check_refused("7(3)", "begins then: 2028-07-15");
    warrant.from_ns -= 2 * TIME_DAY_NS;
    check_refused("7(3)", "begins then");
    warrant.from_ns += TIME_DAY_NS;
    warrant.issued_ns = place.now_ns = warrant.from_ns;
    check_refused("7(3)", "issued before the earlier period ends");
}

static void an_extension_of_another_or_with_more_is_refused(void **state)
{
    (void)state;
    extend();
    put(warrant.extends, "NO-2028-0009");
    check_refused("7(3)", "extends another warrant");
    put(warrant.extends, "NO-2028-0001");
    put(earlier.warrant.equipment, "cable-8");
    check_refused("7(3)", "changes basis, equipment or direction");
}

static void an_extension_alone_is_held_to_both_periods(void **state)
{
    (void)state;
    extend();
    place.earlier = NULL;
    check(is_granted_by(board));
    warrant.to_ns += TIME_DAY_NS;
    check_refused("7(3)", "at most 3 months");
}

static void a_draft_is_asked_everything_but_signatures(void **state)
{
    (void)state;
    check(warrant_rule_draft(&warrant, &place, &ruling));
    warrant.directions = UINT32_C(1) << DIRECTION_DF;
    check(!warrant_rule_draft(&warrant, &place, &ruling));
    assert_string_equal(ruling.article, "7");
}

static void rules_carry_mandate_period_direction_and_cap(void **state)
{
    (void)state;
    static struct rule_set set;
    memset(&set, 0, sizeof set);
    check(is_granted_by(board));
    check(warrant_compile(&granted, &set, &err));
    check(rule_set_is_sound(&set));
    check_equal(set.rule_count, 1);
    assert_string_equal(set.rules[0].mandate.warrant, "NO-2028-0001");
    assert_string_equal(set.rules[0].mandate.selector, "relays");
    assert_string_equal(set.rules[0].mandate.basis_name, "m");
    check(set.rules[0].from_ns >= granted.from_ns && set.rules[0].to_ns <= granted.to_ns);
    check_equal(set.octets_per_second_max, UINT64_C(3750000000)); /* 30 % of 100 Gbit/s */
    const struct rule_step *last = &set.steps[set.step_count - 1];
    check_equal(last->operation, RULE_AND);
    check_equal(last[-1].what, RULE_DIRECTION);
    check_equal(last[-1].low, DIRECTION_FF);
}

static void a_set_without_room_stays_as_it_was(void **state)
{
    (void)state;
    static struct rule_set set, before;
    memset(&set, 0, sizeof set);
    check(is_granted_by(board));
    while (warrant_compile(&granted, &set, &err))
        before = set;
    check(memcmp(&before, &set, sizeof set) == 0);
    check(rule_set_is_sound(&set));
}

#define CASE(function) cmocka_unit_test_setup(function, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_good_warrant_is_granted),
        CASE(a_warrant_that_begins_later_is_granted_for_then),
        CASE(every_flipped_bit_of_an_envelope_is_refused),
        CASE(every_shorter_envelope_is_refused),
        CASE(a_signature_short_is_refused),
        CASE(keys_of_another_role_and_unknown_keys_are_passed_over),
        CASE(one_key_counts_once_under_two_names),
        CASE(a_key_not_valid_at_issue_does_not_count),
        CASE(another_law_and_another_basis_are_refused),
        CASE(a_basis_not_in_force_is_refused_until_its_day),
        CASE(a_period_too_long_backwards_or_over_is_refused),
        CASE(a_warrant_from_the_future_or_for_the_past_is_refused),
        CASE(a_direction_outside_the_basis_is_refused),
        CASE(other_equipment_and_none_are_refused),
        CASE(a_share_above_the_cap_and_none_are_refused),
        CASE(selectors_that_do_not_read_or_rest_on_one_kind_are_refused),
        CASE(a_selector_valid_on_other_days_is_refused),
        CASE(a_selector_wider_than_its_warrant_is_refused),
        CASE(a_text_not_canonical_or_of_another_name_is_refused),
        CASE(a_warrant_does_not_extend_itself),
        CASE(an_extension_goes_on_where_the_earlier_ends),
        CASE(an_extension_with_a_gap_or_too_late_is_refused),
        CASE(an_extension_of_another_or_with_more_is_refused),
        CASE(an_extension_alone_is_held_to_both_periods),
        CASE(a_draft_is_asked_everything_but_signatures),
        CASE(rules_carry_mandate_period_direction_and_cap),
        CASE(a_set_without_room_stays_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
