// SPDX-License-Identifier: Apache-2.0
#include "exchange/stix.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/time.h"
#include "check.h"
#include "exchange/uuid5.h"

enum { FINDINGS = 5, GOLDEN_MAX = 1 << 17, START_S = 1795212000 };

static struct finding findings[FINDINGS];
static char written[GOLDEN_MAX];

static struct party party_of(const char *address, enum place place)
{
    struct party party;
    memset(&party, 0, sizeof party);
    party.place = place;
    check(ip_read(bytes_of_string(address), &party.address));
    return party;
}

static struct finding *make(size_t i, enum finding_kind kind, const char *id)
{
    struct finding *finding = &findings[i];
    memset(finding, 0, sizeof *finding);
    finding->kind = kind;
    memcpy(finding->id, id, strlen(id));
    memcpy(finding->rule, "beacon 1", 8);
    finding->protocol = PROTOCOL_TCP;
    finding->port = 443;
    finding->score = 97.25;
    finding->first_ns = START_S * TIME_SECOND_NS;
    finding->last_ns = (START_S + 7200) * TIME_SECOND_NS;
    finding->connections = 118;
    finding->octets_out = 1000;
    finding->octets_in = 2000;
    return finding;
}

static void add_line(struct finding *finding, struct party party)
{
    struct finding_line *line = &finding->lines[finding->line_count++];
    line->party = party;
    line->first_ns = finding->first_ns;
    line->last_ns = finding->last_ns;
    line->octets_out = 10;
    line->octets_in = 20;
    finding->line_total++;
}

static void add_name(struct finding *finding, const char *words)
{
    struct fact_name *name = &finding->names[finding->name_count++];
    name->len = (uint8_t)strlen(words);
    memcpy(name->at, words, name->len);
}

static struct party pseudonym_of(uint8_t fill)
{
    struct party party;
    memset(&party, 0, sizeof party);
    party.is_pseudonym = true;
    party.place = PLACE_OWN;
    memset(party.pseudonym, fill, sizeof party.pseudonym);
    return party;
}

static void make_all(void)
{
    struct finding *clear = make(0, FINDING_COMMAND_SERVER, "c2-clear");
    clear->subject = party_of("198.51.100.3", PLACE_FOREIGN);
    add_line(clear, party_of("192.0.2.5", PLACE_OWN));
    add_line(clear, pseudonym_of(0xaa));
    add_name(clear, "example.com");
    add_name(clear, "<script>.example");
    clear->measures[clear->measure_count++] =
        (struct measure){ MEASURE_INTERVAL_MEDIAN, 60, 0, 0, 0 };
    struct finding *hidden = make(1, FINDING_COMMAND_SERVER, "c2-hidden");
    hidden->subject = party_of("2001:db8::7", PLACE_FOREIGN);
    add_line(hidden, pseudonym_of(0xbb));
    struct finding *scanner = make(2, FINDING_SCANNER, "scan-own");
    scanner->subject = pseudonym_of(0xcc);
    struct finding *hit = make(3, FINDING_INDICATOR, "ioc-1");
    hit->subject = party_of("198.51.100.3", PLACE_FOREIGN);
    hit->protocol = PROTOCOL_UDP;
    hit->port = 0;
    hit->hit_count = 1;
    memcpy(hit->hits[0].value, "bad \xff\"value", 11);
    memcpy(hit->hits[0].list, "list", 4);
    struct finding *asked = make(4, FINDING_INDICATOR, "ioc-name");
    asked->protocol = 0;
    asked->port = 0;
    memcpy(asked->subject_name.at, "it's.example", 12);
    asked->subject_name.len = 12;
    add_line(asked, party_of("192.0.2.53", PLACE_OWN));
    asked->address_count = 1;
    asked->addresses[0] = party_of("198.51.100.9", PLACE_UNKNOWN).address;
}

static void write_all(size_t count)
{
    make_all();
    struct summary summary = { .version = "0" };
    FILE *out = tmpfile();
    check(
        stix_write_bundle(findings, count, &summary, (START_S + 86400) * TIME_SECOND_NS, out));
    rewind(out);
    size_t len = fread(written, 1, sizeof written - 1, out);
    written[len] = '\0';
    check_equal(fclose(out), 0);
}

static bool says(const char *words)
{
    return strstr(written, words) != NULL;
}

static void identifiers_of_names_are_those_of_the_rfc(void **state)
{
    (void)state;
    /* RFC 9562 A.4 */
    static const uint8_t dns[UUID_BYTES] = { 0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
                                             0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8 };
    char room[UUID_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    uuid5_write(dns, BYTES("www.example.com"), &text);
    check_text(text_bytes(&text), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    check(!text.cut);
}

static void observables_have_the_identifiers_of_the_standard(void **state)
{
    (void)state;
    write_all(FINDINGS);
    check(says("ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"));
    check(says("domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7"));
}

static void pseudonyms_never_become_addresses(void **state)
{
    (void)state;
    write_all(FINDINGS);
    check(!says("line-"));
    check(!says("\"value\": \"aaaa"));
    check(says("c2-hidden") && says("2001:db8::7"));
    check(says("scan-own"));
}

static void a_name_that_was_asked_for_is_a_domain_name(void **state)
{
    (void)state;
    write_all(FINDINGS);
    check(says("[domain-name:value = 'it\\\\'s.example']"));
    check(says("\"relationship_type\": \"resolves-to\""));
}

static void a_name_that_is_no_host_is_left_out(void **state)
{
    (void)state;
    write_all(FINDINGS);
    check(says("\"example.com\"") && !says("<script"));
}

static void every_object_is_there_once_and_every_reference_resolves(void **state)
{
    (void)state;
    write_all(FINDINGS);
    json_t *bundle = json_loads(written, JSON_REJECT_DUPLICATES, NULL);
    json_t *known = json_object(), *object, *refs, *ref;
    size_t i, j;
    json_array_foreach(json_object_get(bundle, "objects"), i, object)
    {
        const char *id = json_string_value(json_object_get(object, "id"));
        check(id && !json_object_get(known, id));
        check_equal(json_object_set(known, id, object), 0);
    }
    json_array_foreach(json_object_get(bundle, "objects"), i, object)
    {
        refs = json_object_get(object, "object_refs");
        json_array_foreach(refs, j, ref)
            check(json_object_get(known, json_string_value(ref)) != NULL);
    }
    json_decref(known);
    json_decref(bundle);
}

static void the_bundle_is_the_golden_one(void **state)
{
    (void)state;
    static char expected[GOLDEN_MAX];
    write_all(FINDINGS);
    bool update = getenv("GOLDEN_UPDATE") != NULL;
    FILE *golden = fopen(GOLDEN_FOLDER "/bundle.json.expected", update ? "wb" : "rb");
    check(golden != NULL);
    if (update)
        check(fputs(written, golden) >= 0);
    else
        check(fread(expected, 1, sizeof expected - 1, golden) == strlen(written) &&
              strcmp(expected, written) == 0);
    check_equal(fclose(golden), 0);
}

static void a_run_without_findings_gives_a_bundle_too(void **state)
{
    (void)state;
    write_all(0);
    check(says("\"identity\""));
    struct summary summary = { .version = "0" };
    FILE *full = fopen("/dev/full", "w");
    check(full && !stix_write_bundle(NULL, 0, &summary, 0, full));
    (void)fclose(full);
}

TESTS(TEST(identifiers_of_names_are_those_of_the_rfc),
      TEST(observables_have_the_identifiers_of_the_standard),
      TEST(pseudonyms_never_become_addresses), TEST(a_name_that_was_asked_for_is_a_domain_name),
      TEST(a_name_that_is_no_host_is_left_out),
      TEST(every_object_is_there_once_and_every_reference_resolves),
      TEST(the_bundle_is_the_golden_one), TEST(a_run_without_findings_gives_a_bundle_too))
