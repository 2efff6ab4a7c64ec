// SPDX-License-Identifier: Apache-2.0
#include "infrastructure/infrastructure.h"

#include <stdlib.h>

#include "check.h"

enum { FINDINGS = 80 };
static struct finding findings[FINDINGS];
static void *memory;
static struct infrastructure *infra;
static struct infrastructure_group group;

static void open_one(struct infrastructure_limits limits)
{
    size_t size = infrastructure_size(&limits);
    memory = malloc(size);
    struct arena arena = arena_over(memory, size);
    infra = infrastructure_init(&limits, &arena);
}

static struct finding *make(size_t i, uint32_t address)
{
    struct finding *finding = &findings[i];
    memset(finding, 0, sizeof *finding);
    finding->kind = FINDING_COMMAND_SERVER;
    finding->subject = (struct party){ .place = PLACE_FOREIGN, .address = ip_from_v4(address) };
    finding->port = 443;
    finding->score = 50 + (double)i;
    finding->first_ns = 1000 - (int64_t)i;
    finding->last_ns = 2000 + (int64_t)i;
    struct text id = text_over(finding->id, sizeof finding->id);
    text_format(&id, "c2-%012zu", i);
    return finding;
}

static void add_line(struct finding *finding, uint32_t line)
{
    finding->lines[finding->line_count++].party =
        (struct party){ .place = PLACE_OWN, .address = ip_from_v4(line) };
    finding->line_total = finding->line_count;
}

static struct minimised_flow record_of(const struct finding *finding, uint8_t certificate)
{
    struct minimised_flow flow;
    memset(&flow, 0, sizeof flow);
    flow.responder = finding->subject;
    flow.line_is_initiator = true;
    flow.facts.has_certificate = true;
    flow.facts.certificate_sha256[0] = certificate;
    return flow;
}

static void a_certificate_joins_servers_far_apart(void **state)
{
    (void)state;
    static const uint32_t addresses[] = { 0xc0000201, 0xcb007101, 0xc6336401 };
    open_one(infrastructure_defaults);
    for (size_t i = 0; i < 3; i++) {
        uint32_t at = infrastructure_add(infra, make(i, addresses[i]));
        struct minimised_flow flow = record_of(&findings[i], i < 2 ? 7 : 8);
        infrastructure_add_record(infra, at, &flow);
        infrastructure_add_record(infra, at, &flow);
    }
    check_equal(infrastructure_join(infra).groups, 1);
    check(infrastructure_group(infra, 0, &group) && !infrastructure_group(infra, 1, &group));
    check(infrastructure_group(infra, 0, &group));
    check_equal(group.member_total, 2);
    check_equal(group.members[0], 1); /* the stronger first */
    check_equal(group.by_stage[STAGE_COMMAND], 2);
    check_equal(group.tie_count, 1);
    check_equal(group.ties[0].tie, TIE_CERTIFICATE);
    check(strncmp(group.ties[0].value, "0700", 4) == 0);
    check_equal(group.first_ns, 999);
    check_equal(group.last_ns, 2001);
    assert_string_equal(group.id, "infra-000000000001"); /* of the one first seen */
    free(memory);
}

static void a_record_of_another_end_says_nothing(void **state)
{
    (void)state;
    open_one(infrastructure_defaults);
    for (size_t i = 0; i < 2; i++) {
        uint32_t at = infrastructure_add(infra, make(i, 0xc0000201 + (uint32_t)i * 0x10000));
        struct minimised_flow flow = record_of(&findings[i], 7);
        flow.line_is_initiator = false; /* the certificate is not the finding's */
        infrastructure_add_record(infra, at, &flow);
    }
    check_equal(infrastructure_join(infra).groups, 0);
    free(memory);
}

static void names_addresses_and_networks_join(void **state)
{
    (void)state;
    open_one(infrastructure_defaults);
    struct finding *name = make(0, 0);
    name->kind = FINDING_FLUX;
    name->subject_name = (struct fact_name){ .len = 12, .at = "evil.example" };
    name->addresses[name->address_count++] = ip_from_v4(0xc0000205);
    (void)infrastructure_add(infra, name);
    (void)infrastructure_add(infra, make(1, 0xc0000205)); /* the address of the name */
    struct finding *called = make(2, 0xcb007109);
    called->names[called->name_count++] = name->subject_name; /* called by the name */
    (void)infrastructure_add(infra, called);
    (void)infrastructure_add(infra, make(3, 0xcb007177)); /* beside that one */
    (void)infrastructure_add(infra, make(4, 0xc6336401)); /* alone */
    check_equal(infrastructure_join(infra).groups, 1);
    check(infrastructure_group(infra, 0, &group));
    check_equal(group.member_total, 4);
    bool seen[TIES] = { false };
    for (size_t i = 0; i < group.tie_count; i++)
        seen[group.ties[i].tie] = true;
    check(seen[TIE_NAME] && seen[TIE_ADDRESS] && seen[TIE_NETWORK]);
    free(memory);
}

static void lines_in_common_join_and_one_does_not(void **state)
{
    (void)state;
    open_one(infrastructure_defaults);
    for (size_t i = 0; i < 4; i++) {
        struct finding *finding = make(i, 0xc0000201 + (uint32_t)i * 0x10000);
        for (uint32_t line = 0; line < 3; line++)
            add_line(finding, 0x0a000001 + line + (i < 2 ? 0 : (uint32_t)i * 100));
        if (i == 3)
            add_line(finding, 0x0a000001); /* one line of the first two */
        (void)infrastructure_add(infra, finding);
    }
    check_equal(infrastructure_join(infra).groups, 1);
    check(infrastructure_group(infra, 0, &group));
    check_equal(group.member_total, 2);
    check_equal(group.by_stage[STAGE_LINE], 3);
    check_equal(group.ties[0].tie, TIE_LINES);
    assert_string_equal(group.ties[0].value, "3");
    free(memory);
}

static void what_too_many_have_joins_nobody_and_is_counted(void **state)
{
    (void)state;
    open_one(infrastructure_defaults);
    for (size_t i = 0; i < 40; i++) {
        uint32_t at = infrastructure_add(infra, make(i, 0xc0000201 + (uint32_t)i * 0x10000));
        struct minimised_flow flow = record_of(&findings[i], 7);
        infrastructure_add_record(infra, at, &flow);
    }
    struct infrastructure_counts counts = infrastructure_join(infra);
    check_equal(counts.groups, 0);
    check_equal(counts.common, 1);
    free(memory);
}

static void victims_and_inside_addresses_are_no_infrastructure(void **state)
{
    (void)state;
    open_one(infrastructure_defaults);
    struct finding *victim = make(0, 0xc0000201);
    victim->kind = FINDING_FLOOD;
    check_equal(infrastructure_add(infra, victim), UINT32_MAX);
    (void)infrastructure_add(infra, make(1, 0x0a000001));
    (void)infrastructure_add(infra, make(2, 0x0a000002)); /* of one /24, but inside */
    check_equal(infrastructure_join(infra).groups, 0);
    free(memory);
}

static void lines_are_members_by_their_contacts(void **state)
{
    (void)state;
    static struct infrastructure_line lines[2];
    uint32_t left;
    open_one(infrastructure_defaults);
    for (size_t i = 0; i < 3; i++) {
        struct finding *finding = make(i, 0xc0000201 + (uint32_t)i * 0x10000);
        finding->kind = i == 2 ? FINDING_SCANNER : FINDING_COMMAND_SERVER;
        add_line(finding, 0x0a000001); /* of both servers, and scanned */
        if (i == 1)
            add_line(finding, 0x0a000002);
        for (size_t j = 0; j < finding->line_count; j++) {
            finding->lines[j].connections = 10 + i;
            finding->lines[j].first_ns = 100 - (int64_t)i;
            finding->lines[j].last_ns = 200 + (int64_t)i;
        }
        (void)infrastructure_add(infra, finding);
    }
    check_equal(infrastructure_lines(infra, lines, 2, &left), 2);
    check_equal(left, 0);
    struct ip_address both = ip_from_v4(0x0a000001);
    check(ip_equal(&lines[0].party.address, &both) && lines[0].servers == 2);
    check_equal(lines[0].connections, 21);
    check(lines[0].first_ns == 99 && lines[0].last_ns == 201);
    check_equal(lines[0].strongest, 1);
    check_equal(lines[1].servers, 1);
    check_equal(infrastructure_lines(infra, lines, 1, &left), 1);
    check_equal(left, 1);
    free(memory);
}

static void what_finds_no_room_is_counted(void **state)
{
    (void)state;
    open_one((struct infrastructure_limits){ 3, 5 });
    for (size_t i = 0; i < 5; i++)
        (void)infrastructure_add(infra, make(i, 0xc0000201 + (uint32_t)i));
    struct infrastructure_counts counts = infrastructure_join(infra);
    check_equal(counts.findings_left, 2);
    check_equal(counts.marks_left, 1);
    check_equal(counts.groups, 1);
    free(memory);
}

TESTS(TEST(a_certificate_joins_servers_far_apart), TEST(a_record_of_another_end_says_nothing),
      TEST(names_addresses_and_networks_join), TEST(lines_in_common_join_and_one_does_not),
      TEST(what_too_many_have_joins_nobody_and_is_counted),
      TEST(victims_and_inside_addresses_are_no_infrastructure),
      TEST(lines_are_members_by_their_contacts), TEST(what_finds_no_room_is_counted))
