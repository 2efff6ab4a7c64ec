// SPDX-License-Identifier: Apache-2.0
#include "gate/gate.h"

#include "check.h"

static _Alignas(16) uint8_t room[1 << 20];

static const struct places *border(void)
{
    static const struct {
        const char *words;
        struct place_label label;
    } rows[] = {
        { "192.0.2.0/24", { PLACE_OWN, CLASS_BUSINESS } },
        { "198.51.100.0/24", { PLACE_DOMESTIC, CLASS_SHARED } },
        { "203.0.113.0/24", { PLACE_FOREIGN, CLASS_UNKNOWN } },
    };
    struct arena arena = arena_over(room, sizeof room);
    struct places *places = places_init(8, &arena);
    for (size_t i = 0; i < 3; i++) {
        struct ip_prefix prefix;
        check(ip_prefix_read(bytes_of_string(rows[i].words), &prefix));
        check(places_add(places, &prefix, rows[i].label));
    }
    places_build(places);
    return places;
}

static enum gate_verdict admit(const struct gate_policy *policy, const char *from,
                               const char *to, struct admitted_flow *out)
{
    struct flow flow = { .responder_port = 443, .protocol = 6 };
    check(ip_read(bytes_of_string(from), &flow.initiator));
    check(ip_read(bytes_of_string(to), &flow.responder));
    return gate_admit(policy, &flow, out);
}

static const char *const own = "192.0.2.1", *const domestic = "198.51.100.1",
                         *const foreign = "203.0.113.1", *const unknown = "8.8.8.8";

static void under_own_every_direction_of_ones_own_traffic_passes(void **state)
{
    (void)state;
    struct gate_policy policy = { .basis = BASIS_OWN, .places = border() };
    struct admitted_flow out;
    check_equal(admit(&policy, own, foreign, &out), GATE_ADMITTED);
    check_equal(out.direction, DIRECTION_DF);
    check_equal(out.initiator_place, PLACE_OWN);
    check_equal(out.initiator_class, CLASS_BUSINESS);
    check_equal(out.responder_place, PLACE_FOREIGN);
    check_equal(out.basis, BASIS_OWN);
    check_equal(out.flow.responder_port, 443);
    check_equal(admit(&policy, foreign, own, &out), GATE_ADMITTED);
    check_equal(out.direction, DIRECTION_FD);
    check_equal(admit(&policy, own, domestic, &out), GATE_ADMITTED);
    check_equal(out.direction, DIRECTION_DD);
    check_equal(admit(&policy, own, unknown, &out), GATE_ADMITTED);
    check_equal(out.direction, DIRECTION_UNKNOWN);
}

static void under_own_the_traffic_of_others_is_refused(void **state)
{
    (void)state;
    struct gate_policy policy = { .basis = BASIS_OWN, .places = border() };
    struct admitted_flow out = { .direction = DIRECTIONS };
    check_equal(admit(&policy, domestic, foreign, &out), GATE_NOT_OWN);
    check_equal(admit(&policy, foreign, foreign, &out), GATE_NOT_OWN);
    check_equal(admit(&policy, "0.0.0.0", "255.255.255.255", &out), GATE_NOT_OWN);
    check_equal(out.direction, DIRECTIONS); /* written only when admitted */
    policy.all_is_own = true;
    check_equal(admit(&policy, domestic, foreign, &out), GATE_ADMITTED);
    check_equal(out.direction, DIRECTION_DF);
}

static void an_exercise_refuses_what_the_law_refuses(void **state)
{
    (void)state;
    struct gate_policy policy = { .basis = BASIS_EXERCISE, .places = border() };
    struct admitted_flow out;
    check_equal(admit(&policy, domestic, foreign, &out), GATE_ADMITTED);
    check_equal(out.direction, DIRECTION_DF);
    check_equal(admit(&policy, foreign, own, &out), GATE_ADMITTED);
    check_equal(out.direction, DIRECTION_FD);
    check_equal(admit(&policy, foreign, foreign, &out), GATE_ADMITTED);
    check_equal(out.direction, DIRECTION_FF);
    check_equal(admit(&policy, domestic, own, &out), GATE_DOMESTIC);
    check_equal(admit(&policy, unknown, domestic, &out), GATE_UNKNOWN_SIDE);
    check_equal(admit(&policy, domestic, "10.0.0.1", &out), GATE_UNKNOWN_SIDE);
    check_equal(admit(&policy, foreign, "224.0.0.1", &out), GATE_UNKNOWN_SIDE);
}

static void a_statutory_basis_admits_its_own_direction_only(void **state)
{
    (void)state;
    struct gate_policy policy = { .basis = BASIS_STATUTORY,
                                  .directions = 1U << DIRECTION_FF,
                                  .places = border() };
    struct admitted_flow out;
    check_equal(admit(&policy, foreign, foreign, &out), GATE_ADMITTED);
    check_equal(out.basis, BASIS_STATUTORY);
    check_equal(admit(&policy, foreign, domestic, &out), GATE_OTHER_DIRECTION);
    check_equal(admit(&policy, domestic, foreign, &out), GATE_OTHER_DIRECTION);
    policy.directions = 0;
    check_equal(admit(&policy, foreign, foreign, &out), GATE_OTHER_DIRECTION);
}

static void no_data_opens_a_public_basis_to_domestic_or_unknown_sides(void **state)
{
    (void)state;
    struct gate_policy policy = { .basis = BASIS_STATUTORY,
                                  .directions = UINT32_MAX,
                                  .places = border() };
    struct admitted_flow out;
    check_equal(admit(&policy, domestic, own, &out), GATE_DOMESTIC);
    check_equal(admit(&policy, unknown, domestic, &out), GATE_UNKNOWN_SIDE);
    check_equal(admit(&policy, foreign, unknown, &out), GATE_UNKNOWN_SIDE);
}

static void without_any_table_internal_addresses_are_own(void **state)
{
    (void)state;
    struct gate_policy policy = { .basis = BASIS_OWN, .all_is_own = true };
    struct admitted_flow out;
    check_equal(admit(&policy, "10.0.0.1", unknown, &out), GATE_ADMITTED);
    check_equal(out.direction, DIRECTION_DF);
    check_equal(out.initiator_place, PLACE_OWN);
    check_equal(out.responder_place, PLACE_FOREIGN);
    check_equal(admit(&policy, "fd00::1", "fd00::2", &out), GATE_ADMITTED);
    check_equal(out.direction, DIRECTION_DD);
    check_equal(admit(&policy, "0.0.0.0", "255.255.255.255", &out), GATE_ADMITTED);
    check_equal(out.direction, DIRECTION_DD);
}

static void everyones_addresses_are_where_the_other_end_is(void **state)
{
    (void)state;
    struct gate_policy policy = { .basis = BASIS_OWN, .all_is_own = true };
    struct admitted_flow out;
    check_equal(admit(&policy, "10.0.0.1", "239.255.255.250", &out), GATE_ADMITTED);
    check_equal(out.responder_place, PLACE_OWN);
    check_equal(admit(&policy, "::", "fe80::1", &out), GATE_ADMITTED);
    check_equal(out.initiator_place, PLACE_OWN);
    check_equal(admit(&policy, unknown, "ff0e::1", &out), GATE_ADMITTED);
    check_equal(out.direction, DIRECTION_FF);
}

static void with_own_networks_only_the_border_is_theirs(void **state)
{
    (void)state;
    struct arena arena = arena_over(room, sizeof room);
    struct places *places = places_init(1, &arena);
    struct ip_prefix prefix = { ip_from_v4(0xc0000200), 96 + 24 };
    check(places_add(places, &prefix, (struct place_label){ PLACE_OWN, CLASS_UNKNOWN }));
    places_build(places);
    struct gate_policy policy = { .basis = BASIS_OWN, .places = places };
    struct admitted_flow out;
    check_equal(admit(&policy, own, unknown, &out), GATE_ADMITTED);
    check_equal(out.direction, DIRECTION_DF);
    check_equal(admit(&policy, own, "10.0.0.1", &out), GATE_ADMITTED);
    check_equal(out.responder_place, PLACE_DOMESTIC);
    check_equal(admit(&policy, "10.0.0.1", unknown, &out), GATE_NOT_OWN);
}

static void every_verdict_has_a_name(void **state)
{
    (void)state;
    for (enum gate_verdict verdict = 0; verdict < GATE_VERDICTS; verdict++)
        check(gate_verdict_name(verdict) != NULL);
}

TESTS(TEST(under_own_every_direction_of_ones_own_traffic_passes),
      TEST(under_own_the_traffic_of_others_is_refused),
      TEST(an_exercise_refuses_what_the_law_refuses),
      TEST(a_statutory_basis_admits_its_own_direction_only),
      TEST(no_data_opens_a_public_basis_to_domestic_or_unknown_sides),
      TEST(without_any_table_internal_addresses_are_own),
      TEST(everyones_addresses_are_where_the_other_end_is),
      TEST(with_own_networks_only_the_border_is_theirs), TEST(every_verdict_has_a_name))
