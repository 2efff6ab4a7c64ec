// SPDX-License-Identifier: Apache-2.0
#include "model/poller.h"

#include "model/weight.h"

#include "check.h"

static struct fact_name name_of(const char *words)
{
    struct fact_name name = { .len = (uint8_t)strlen(words) };
    memcpy(name.at, words, name.len);
    return name;
}

/* A young server of one line, with all the weight in the world. */
static struct finding young(void)
{
    return (struct finding){
        .kind = FINDING_COMMAND_SERVER,
        .port = 443,
        .protocol = PROTOCOL_TCP,
        .connections = 100,
        .octets_out = 100000,
        .octets_in = 900000,
        .measure_count = 5,
        .measures = { { MEASURE_INTERVAL_SPREAD, 0.1, 0.4, 4, 1 },
                      { MEASURE_SIZE_SPREAD, 0.1, 0.5, 1.5, 1 },
                      { MEASURE_ACTIVE_SLOTS, 1, 0.5, 1, 1 },
                      { MEASURE_CLIENTS, 3, 0, 0, 0 },
                      { MEASURE_AGE, 86400, 0, 0, 0 } },
    };
}

enum { SIZES = 1, CLIENTS = 3, AGE = 4 }; /* of its measures */

static void check_share(const struct pollers *known, const struct finding *finding,
                        double share)
{
    struct poller_view view = poller_look(known, finding);
    check_equal((int)(view.share * 10 + 0.5), (int)(share * 10 + 0.5));
    check_equal(view.weight<0, share> POLLER_ACCEPTED_ABOVE);
}

static void a_young_server_nobody_names_is_no_poller(void **state)
{
    (void)state;
    struct pollers none = { 0 };
    struct finding finding = young();
    check_share(&none, &finding, 0);
}

static void what_the_other_side_chooses_explains_nothing(void **state)
{
    (void)state;
    struct poller_name update = { name_of("update.example.net"), POLLER_UPDATE };
    struct pollers known = { &update, 1 };
    struct finding finding = young();
    finding.name_count = 1;
    finding.names[0] = name_of("eu.update.example.net");
    finding.port = 8883;
    struct poller_view view = poller_look(&known, &finding);
    check(view.by_name == POLLER_UPDATE && view.by_port == POLLER_TELEMETRY);
    check_share(&known, &finding, 0.4);
}

static void names_count_as_whole_labels_and_all_of_them(void **state)
{
    (void)state;
    struct poller_name update = { name_of("update.example.net"), POLLER_UPDATE };
    struct pollers known = { &update, 1 };
    struct finding finding = young();
    finding.name_count = 1;
    finding.names[0] = name_of("noupdate.example.net");
    check_share(&known, &finding, 0);
    finding.names[0] = name_of("update.example.net");
    check_share(&known, &finding, 0.3);
    finding.names[finding.name_count++] = name_of("other.example");
    check_share(&known, &finding, 0);
}

static void standing_decides_from_both_sides_of_its_thresholds(void **state)
{
    (void)state;
    struct poller_name update = { name_of("update.example.net"), POLLER_UPDATE };
    struct pollers known = { &update, 1 };
    struct finding finding = young();
    finding.name_count = 1;
    finding.names[0] = name_of("update.example.net");
    finding.measures[CLIENTS].value = POLLER_LINES_LEAST - 1;
    check_share(&known, &finding, 0.3);
    finding.measures[CLIENTS].value = POLLER_LINES_LEAST;
    check_share(&known, &finding, 0.6);
    finding.measures[CLIENTS].value = 3;
    finding.measures[AGE].value = POLLER_AGE_LEAST_S - 1;
    check_share(&known, &finding, 0.3);
    finding.measures[AGE].value = POLLER_AGE_LEAST_S;
    check_share(&known, &finding, 0.6);
    finding.measures[SIZES].value = 0.9; /* its sizes change */
    check_share(&known, &finding, 0.5);
}

static void an_old_server_of_many_lines_needs_no_name(void **state)
{
    (void)state;
    struct pollers none = { 0 };
    struct finding finding = young();
    finding.measures[CLIENTS].value = POLLER_LINES_LEAST;
    finding.measures[AGE].value = POLLER_AGE_LEAST_S;
    check_share(&none, &finding, 0.6);
}

static void the_weight_left_is_never_below_the_floor(void **state)
{
    (void)state;
    struct pollers none = { 0 };
    for (double timing = 0; timing <= 4; timing += 0.25) {
        struct finding finding = young();
        finding.measures[0].weight = timing;
        finding.measures[CLIENTS].value = POLLER_LINES_LEAST;
        finding.measures[AGE].value = POLLER_AGE_LEAST_S;
        double before = weight_total(finding.measures, finding.measure_count);
        double after = before + poller_look(&none, &finding).weight;
        check(after >= POLLER_WEIGHT_LEFT - 1e-9 || after >= before);
        check(before - after <= POLLER_WEIGHT_MOST);
    }
}

static void ports_are_of_their_protocol(void **state)
{
    (void)state;
    struct finding finding = young();
    finding.port = 123;
    check_equal(poller_of_port(&finding), POLLER_NONE);
    finding.protocol = PROTOCOL_UDP;
    check_equal(poller_of_port(&finding), POLLER_TIME);
    finding.protocol = PROTOCOL_TCP;
    finding.port = 5229;
    check_equal(poller_of_port(&finding), POLLER_PUSH);
    finding.port = 5231;
    check_equal(poller_of_port(&finding), POLLER_NONE);
}

static void tiny_equal_requests_on_port_80_may_be_for_certificates(void **state)
{
    (void)state;
    struct finding finding = young();
    finding.port = 80;
    check_equal(poller_of_port(&finding), POLLER_NONE); /* 9,000 octets each */
    finding.octets_in = 100 * 4096;
    check_equal(poller_of_port(&finding), POLLER_CERTIFICATE);
    finding.measures[SIZES].value = 0.9;
    check_equal(poller_of_port(&finding), POLLER_NONE);
    finding.connections = 0;
    check_equal(poller_of_port(&finding), POLLER_NONE);
}

TESTS(TEST(a_young_server_nobody_names_is_no_poller),
      TEST(what_the_other_side_chooses_explains_nothing),
      TEST(names_count_as_whole_labels_and_all_of_them),
      TEST(standing_decides_from_both_sides_of_its_thresholds),
      TEST(an_old_server_of_many_lines_needs_no_name),
      TEST(the_weight_left_is_never_below_the_floor), TEST(ports_are_of_their_protocol),
      TEST(tiny_equal_requests_on_port_80_may_be_for_certificates))
