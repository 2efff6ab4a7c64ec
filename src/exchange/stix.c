// SPDX-License-Identifier: Apache-2.0
/* What a finding becomes in STIX 2.1 (section numbers are of that standard):
 *   its server, lines in clear and names   observables, with the identifiers of 2.9
 *   the traffic between them               network-traffic in one observed-data
 *   the server, unless it is our own       an indicator, based on the observed-data, sighted
 *   the reasons                            a note
 * A pseudonym never becomes an address: traffic of such lines has one end only. */
#include "exchange/stix.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "base/time.h"
#include "base/utf8.h"
#include "exchange/stix_private.h"
#include "exchange/uuid5.h"

enum { WORDS_TEXT_MAX = 2048, OBSERVED_MAX = 999999999 };

/* The standard's for observables (2.9); ours, random, for all other objects. */
static const uint8_t observable_space[UUID_BYTES] = { 0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42,
                                                      0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2,
                                                      0x33, 0x15, 0xa9, 0xb7 };
static const uint8_t sekisho_space[UUID_BYTES] = { 0x5d, 0x1e, 0x0c, 0x7a, 0x3f, 0x92,
                                                   0x4b, 0x5e, 0x8a, 0x61, 0x27, 0xc4,
                                                   0xd0, 0xb3, 0x96, 0x1f };

/* TLP 2.0 (FIRST, 2022) AMBER as its authors published it for STIX 2.1. */
static const char amber_id[] = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";
static const char amber_extension[] =
    "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";

static struct text over(struct stix_id *id)
{
    return text_over(id->at, sizeof id->at);
}

static json_t *json_of_stamp(int64_t time_ns, unsigned decimals)
{
    char room[TIME_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    time_write(time_ns, decimals, &text);
    return json_string(text.at);
}

json_t *stix_time(int64_t time_ns)
{
    return json_of_stamp(time_ns, 3);
}

static json_t *json_of_bytes(struct bytes raw)
{
    char room[WORDS_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    utf8_put_clean(&text, raw);
    return json_stringn(text.at, text.len);
}

static json_t *json_of_count(uint64_t count, uint64_t max)
{
    return json_integer((json_int_t)(count > max ? max : count));
}

/* Takes object over. */
static void put_object(struct stix_bundle *bundle, json_t *object)
{
    if (json_array_append_new(bundle->objects, object) != 0)
        bundle->broken = true;
}

/* The identifier of an observable: its contributing properties as canonical JSON (RFC 8785;
 * ours are ASCII names, plain strings and integers, where sorting and compacting is all of
 * it).  Takes properties over. */
static struct stix_id observable_id(struct stix_bundle *bundle, const char *type,
                                    json_t *properties)
{
    struct stix_id id;
    struct text text = over(&id);
    text_format(&text, "%s--", type);
    char *canonical = json_dumps(properties, JSON_COMPACT | JSON_SORT_KEYS);
    if (canonical)
        uuid5_write(observable_space, bytes_of_string(canonical), &text);
    else
        bundle->broken = true;
    free(canonical);
    json_decref(properties);
    return id;
}

/* Puts the observable unless it is there; takes object over. */
static void put_observable(struct stix_bundle *bundle, const struct stix_id *id, json_t *object)
{
    if (json_object_get(bundle->known, id->at)) {
        json_decref(object);
        return;
    }
    if (json_object_set_new(bundle->known, id->at, json_true()) != 0 ||
        json_object_set_new(object, "id", json_string(id->at)) != 0 ||
        json_object_set_new(object, "spec_version", json_string("2.1")) != 0 ||
        json_object_set_new(object, "object_marking_refs", json_pack("[s]", amber_id)) != 0)
        bundle->broken = true;
    put_object(bundle, object);
}

static struct stix_id put_value(struct stix_bundle *bundle, const char *type,
                                struct bytes value)
{
    struct stix_id id =
        observable_id(bundle, type, json_pack("{s:o}", "value", json_of_bytes(value)));
    put_observable(bundle, &id,
                   json_pack("{s:s, s:o}", "type", type, "value", json_of_bytes(value)));
    return id;
}

/* Only for parties in clear. */
static struct stix_id put_address(struct stix_bundle *bundle, const struct party *party)
{
    char room[PARTY_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    party_write(party, &text);
    return put_value(bundle, ip_is_v4(&party->address) ? "ipv4-addr" : "ipv6-addr",
                     text_bytes(&text));
}

/* Names as DNS has them; what was cut, or has an escape or a character that may not stand in
 * the name of a host, would be an observable of something else. */
static bool is_host_name(const struct fact_name *name)
{
    for (size_t i = 0; i < name->len; i++) {
        char c = name->at[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                    c == '_';
        if (!good)
            return false;
    }
    return name->len > 0 && !name->cut;
}

/* Identifiers of our own objects: the same finding of the same run has the same one. */
struct stix_id stix_own_id(const struct stix_bundle *bundle, const char *type, const char *what)
{
    char room[WORDS_TEXT_MAX];
    struct text name = text_over(room, sizeof room);
    text_format(&name, "%s/%s/%lld", type, what, (long long)bundle->made_ns);
    struct stix_id id;
    struct text text = over(&id);
    text_format(&text, "%s--", type);
    uuid5_write(sekisho_space, text_bytes(&name), &text);
    return id;
}

/* What every object of ours carries (3.2); more is added by the caller. */
static json_t *own_object(const struct stix_bundle *bundle, const char *type,
                          const struct stix_id *id)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:[s]}", "type", type, "spec_version",
                     "2.1", "id", id->at, "created_by_ref", bundle->identity.at, "created",
                     stix_time(bundle->made_ns), "modified", stix_time(bundle->made_ns),
                     "object_marking_refs", amber_id);
}

/* Adds more's members to a new object of ours and puts it; takes more over. */
void stix_put_own(struct stix_bundle *bundle, const char *type, const struct stix_id *id,
                  json_t *more)
{
    json_t *object = own_object(bundle, type, id);
    if (!object || !more || json_object_update(object, more) != 0)
        bundle->broken = true;
    json_decref(more);
    put_object(bundle, object);
}

static void put_identity(struct stix_bundle *bundle)
{
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "type", "identity", "spec_version", "2.1",
        "id", bundle->identity.at, "created", "2026-11-21T00:00:00.000Z", "modified",
        "2026-11-21T00:00:00.000Z", "name", "Sekisho", "identity_class", "system",
        "description", "A sensor that watches traffic under a stated basis.");
    put_object(bundle, object);
    put_object(bundle, json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:{s:s, s:s}}}", "type",
                                 "marking-definition", "spec_version", "2.1", "id", amber_id,
                                 "created", "2022-10-01T00:00:00.000Z", "name", "TLP:AMBER",
                                 "extensions", amber_extension, "extension_type",
                                 "property-extension", "tlp_2_0", "amber"));
}

static const char *transport_name(uint8_t protocol)
{
    switch (protocol) {
    case PROTOCOL_TCP: return "tcp";
    case PROTOCOL_UDP: return "udp";
    case PROTOCOL_ICMP: return "icmp";
    case PROTOCOL_ICMPV6: return "icmp6";
    case PROTOCOL_SCTP: return "sctp";
    default: return NULL;
    }
}

/* One end of traffic; NULL address when it is a pseudonym or unknown. */
struct traffic {
    const struct finding *finding;
    const char *source;
    const char *destination;
    int64_t first_ns, last_ns;
    uint64_t octets_from_source, octets_to_source;
};

/* The properties that make network-traffic what it is (6.12 and 2.9).  In whole seconds: they
 * are part of the identifier, and libraries drop zeros from fractions when they compute it. */
static json_t *traffic_properties(const struct traffic *traffic)
{
    const struct finding *finding = traffic->finding;
    const char *transport = transport_name(finding->protocol);
    bool is_v6 = !finding->subject.is_pseudonym && !ip_is_v4(&finding->subject.address);
    json_t *properties = json_pack(
        "{s:o, s:o, s:[s], s:s*, s:s*}", "start", json_of_stamp(traffic->first_ns, 0), "end",
        json_of_stamp(traffic->last_ns, 0), "protocols", is_v6 ? "ipv6" : "ipv4", "src_ref",
        traffic->source, "dst_ref", traffic->destination);
    if (transport)
        (void)json_array_append_new(json_object_get(properties, "protocols"),
                                    json_string(transport));
    if (finding->port > 0)
        (void)json_object_set_new(properties, "dst_port", json_integer(finding->port));
    return properties;
}

static struct stix_id put_traffic(struct stix_bundle *bundle, const struct traffic *traffic)
{
    struct stix_id id = observable_id(bundle, "network-traffic", traffic_properties(traffic));
    json_t *object = traffic_properties(traffic);
    if (json_object_set_new(object, "type", json_string("network-traffic")) != 0 ||
        json_object_set_new(object, "is_active", json_false()) != 0 ||
        json_object_set_new(object, "src_byte_count",
                            json_of_count(traffic->octets_from_source, INT64_MAX)) != 0 ||
        json_object_set_new(object, "dst_byte_count",
                            json_of_count(traffic->octets_to_source, INT64_MAX)) != 0)
        bundle->broken = true;
    put_observable(bundle, &id, object);
    return id;
}

void stix_add_ref(struct stix_bundle *bundle, json_t *refs, const struct stix_id *id)
{
    if (json_array_append_new(refs, json_string(id->at)) != 0)
        bundle->broken = true;
}

/* A scanner is the source of its traffic; a server is where it goes to. */
static void put_lines(struct stix_bundle *bundle, const struct finding *finding,
                      const struct stix_id *subject, json_t *refs)
{
    bool scan = finding_trait(finding->kind)->is_source;
    struct traffic whole = {
        finding,           scan ? subject->at : NULL, scan ? NULL : subject->at,
        finding->first_ns, finding->last_ns,          finding->octets_out,
        finding->octets_in
    };
    bool any = false;
    for (size_t i = 0; i < finding->line_count && !scan; i++) {
        const struct finding_line *line = &finding->lines[i];
        if (line->party.is_pseudonym)
            continue;
        struct stix_id address = put_address(bundle, &line->party);
        struct traffic traffic = { finding,        address.at,    subject->at,
                                   line->first_ns, line->last_ns, line->octets_out,
                                   line->octets_in };
        struct stix_id id = put_traffic(bundle, &traffic);
        stix_add_ref(bundle, refs, &address);
        stix_add_ref(bundle, refs, &id);
        any = true;
    }
    if (any)
        return;
    struct stix_id id = put_traffic(bundle, &whole);
    stix_add_ref(bundle, refs, &id);
}

/* What DNS gave for the name, and who of the lines in clear asked for it.  The traffic went
 * to a name server, which is no part of this. */
static void put_answers(struct stix_bundle *bundle, const struct finding *finding,
                        const struct stix_id *name, json_t *refs)
{
    for (size_t i = 0; i < finding->address_count; i++) {
        struct party party = { .address = finding->addresses[i] };
        struct stix_id address = put_address(bundle, &party);
        stix_add_ref(bundle, refs, &address);
        char room[WORDS_TEXT_MAX];
        struct text what = text_over(room, sizeof room);
        text_format(&what, "%s/%s", finding->id, address.at);
        struct stix_id id = stix_own_id(bundle, "relationship", what.at);
        stix_put_own(bundle, "relationship", &id,
                     json_pack("{s:s, s:s, s:s}", "relationship_type", "resolves-to",
                               "source_ref", name->at, "target_ref", address.at));
    }
    for (size_t i = 0; i < finding->line_count; i++) {
        if (finding->lines[i].party.is_pseudonym)
            continue;
        struct stix_id line = put_address(bundle, &finding->lines[i].party);
        stix_add_ref(bundle, refs, &line);
    }
}

struct stix_id stix_put_subject(struct stix_bundle *bundle, const struct finding *finding)
{
    if (finding_is_of_name(finding))
        return put_value(bundle, "domain-name", fact_name_bytes(&finding->subject_name));
    return put_address(bundle, &finding->subject);
}

/* Under what it was selected, as labels (3.2): whoever is given the object must know. */
static json_t *labels_of(const struct finding *finding)
{
    const struct mandate *mandate = &finding->mandate;
    char room[3][WARRANT_SERIAL_MAX + 16];
    struct text basis = text_over(room[0], sizeof room[0]);
    struct text warrant = text_over(room[1], sizeof room[1]);
    struct text selector = text_over(room[2], sizeof room[2]);
    text_format(&basis, "basis:%s",
                mandate->basis_name[0] ? mandate->basis_name : basis_name(finding->basis));
    text_format(&warrant, "warrant:%s", mandate->warrant);
    text_format(&selector, "selector:%s", mandate->selector);
    if (mandate->warrant[0] == '\0')
        return json_pack("[s]", room[0]);
    return json_pack("[s, s, s]", room[0], room[1], room[2]);
}

static struct stix_id put_observed(struct stix_bundle *bundle, const struct finding *finding)
{
    struct stix_id subject = stix_put_subject(bundle, finding);
    json_t *refs = json_pack("[s]", subject.at);
    for (size_t i = 0; i < finding->name_count; i++) {
        if (!is_host_name(&finding->names[i]))
            continue;
        struct stix_id name =
            put_value(bundle, "domain-name", fact_name_bytes(&finding->names[i]));
        if (strcmp(name.at, subject.at) != 0)
            stix_add_ref(bundle, refs, &name);
    }
    if (finding_is_of_name(finding))
        put_answers(bundle, finding, &subject, refs);
    else
        put_lines(bundle, finding, &subject, refs);
    struct stix_id id = stix_own_id(bundle, "observed-data", finding->id);
    uint64_t count = finding->connections > 0 ? finding->connections : 1;
    stix_put_own(bundle, "observed-data", &id,
                 json_pack("{s:o, s:o, s:o, s:o, s:o}", "first_observed",
                           stix_time(finding->first_ns), "last_observed",
                           stix_time(finding->last_ns), "number_observed",
                           json_of_count(count, OBSERVED_MAX), "object_refs", refs, "labels",
                           labels_of(finding)));
    return id;
}

/* A string of a pattern: quotes and backslashes escaped (9.4). */
static void put_quoted(struct bytes words, struct text *out)
{
    for (size_t i = 0; i < words.len; i++) {
        if (words.at[i] == '\\' || words.at[i] == '\'')
            text_put_char(out, '\\');
        text_put_char(out, (char)words.at[i]);
    }
}

/* [network-traffic:dst_ref.value = '203.0.113.9' AND network-traffic:dst_port = 443] */
static void write_pattern(const struct finding *finding, struct text *out)
{
    bool server = finding_trait(finding->kind)->unit == UNIT_SERVICE && finding->port > 0;
    bool is_name = finding_is_of_name(finding);
    if (server)
        text_put_string(out, "[network-traffic:dst_ref.value = '");
    else
        text_format(out, "[%s:value = '",
                    is_name                               ? "domain-name"
                    : ip_is_v4(&finding->subject.address) ? "ipv4-addr"
                                                          : "ipv6-addr");
    if (is_name)
        put_quoted(fact_name_bytes(&finding->subject_name), out);
    else
        party_write(&finding->subject, out);
    text_put_char(out, '\'');
    if (server)
        text_format(out, " AND network-traffic:dst_port = %u", (unsigned)finding->port);
    text_put_char(out, ']');
}

static const char *title_of(const struct finding *finding)
{
    return finding_trait(finding->kind)->title;
}

static struct stix_id put_indicator(struct stix_bundle *bundle, const struct finding *finding)
{
    char room[2 * FACT_NAME_MAX + 64];
    struct text pattern = text_over(room, sizeof room);
    write_pattern(finding, &pattern);
    char words[256];
    struct text description = text_over(words, sizeof words);
    text_format(&description, "%s by rule \"%s\", score %.1f of 100; the note gives reasons.",
                title_of(finding), finding->rule, finding->score);
    struct stix_id id = stix_own_id(bundle, "indicator", finding->id);
    int confidence = (int)fmin(100, fmax(0, round(finding->score)));
    bool listed = finding->kind == FINDING_INDICATOR;
    stix_put_own(bundle, "indicator", &id,
                 json_pack("{s:s, s:s, s:[s], s:o, s:s, s:o, s:i, s:o}", "name",
                           title_of(finding), "description", description.at, "indicator_types",
                           listed ? "malicious-activity" : "anomalous-activity", "pattern",
                           json_of_bytes(text_bytes(&pattern)), "pattern_type", "stix",
                           "valid_from", stix_time(finding->first_ns), "confidence", confidence,
                           "labels", labels_of(finding)));
    return id;
}

static void put_relations(struct stix_bundle *bundle, const struct finding *finding,
                          const struct stix_id *indicator, const struct stix_id *observed)
{
    struct stix_id based = stix_own_id(bundle, "relationship", finding->id);
    stix_put_own(bundle, "relationship", &based,
                 json_pack("{s:s, s:s, s:s}", "relationship_type", "based-on", "source_ref",
                           indicator->at, "target_ref", observed->at));
    struct stix_id sighting = stix_own_id(bundle, "sighting", finding->id);
    uint64_t count = finding->connections > 0 ? finding->connections : 1;
    stix_put_own(bundle, "sighting", &sighting,
                 json_pack("{s:o, s:o, s:o, s:s, s:[s], s:[s]}", "first_seen",
                           stix_time(finding->first_ns), "last_seen",
                           stix_time(finding->last_ns), "count",
                           json_of_count(count, OBSERVED_MAX), "sighting_of_ref", indicator->at,
                           "observed_data_refs", observed->at, "where_sighted_refs",
                           bundle->identity.at));
}

/* The reasons: each number with its threshold and meaning. */
static void write_reasons(const struct finding *finding, struct text *out)
{
    text_format(out, "%s by rule \"%s\", score %.1f of 100; %llu lines.", title_of(finding),
                finding->rule, finding->score, (unsigned long long)finding->line_total);
    for (size_t i = 0; i < finding->measure_count; i++) {
        const struct measure *measure = &finding->measures[i];
        const struct measure_kind *kind = measure_kind(measure->id);
        text_format(out, " %s: %.4g%s%s", kind->meaning_en, measure->value,
                    *kind->unit ? " " : "", kind->unit);
        if (measure->has_threshold)
            text_format(out, " (threshold %.4g)", measure->threshold);
        text_put_char(out, '.');
    }
    for (size_t i = 0; i < finding->hit_count; i++) {
        text_format(out, " Matched the %s ", indicator_kind_name(finding->hits[i].kind));
        utf8_put_clean(out, bytes_of_string(finding->hits[i].value));
        text_put_string(out, " of the list ");
        utf8_put_clean(out, bytes_of_string(finding->hits[i].list));
        text_put_char(out, '.');
    }
    text_put_string(out, " Regular or failing connections alone do not prove an attack.");
}

static void put_note(struct stix_bundle *bundle, const struct finding *finding, json_t *about)
{
    char room[WORDS_TEXT_MAX];
    struct text reasons = text_over(room, sizeof room);
    write_reasons(finding, &reasons);
    struct stix_id id = stix_own_id(bundle, "note", finding->id);
    stix_put_own(bundle, "note", &id,
                 json_pack("{s:s, s:o, s:s, s:[s], s:o}", "abstract", finding->id, "content",
                           json_of_bytes(text_bytes(&reasons)), "lang", "en", "authors",
                           "Sekisho", "object_refs", about));
}

struct stix_id stix_put_finding(struct stix_bundle *bundle, const struct finding *finding)
{
    struct stix_id indicator = { "" };
    if (finding->subject.is_pseudonym) { /* a line of ours: nothing but the reasons leave */
        put_note(bundle, finding, json_pack("[s]", bundle->identity.at));
        return indicator;
    }
    struct stix_id observed = put_observed(bundle, finding);
    json_t *about = json_pack("[s]", observed.at);
    if (finding->subject.place != PLACE_OWN) {
        indicator = put_indicator(bundle, finding);
        put_relations(bundle, finding, &indicator, &observed);
        stix_add_ref(bundle, about, &indicator);
    }
    put_note(bundle, finding, about);
    return indicator;
}

void stix_begin(struct stix_bundle *bundle, int64_t made_ns)
{
    *bundle = (struct stix_bundle){ .objects = json_array(),
                                    .known = json_object(),
                                    .made_ns = made_ns };
    struct text identity = over(&bundle->identity);
    text_put_string(&identity, "identity--");
    uuid5_write(sekisho_space, BYTES("identity"), &identity);
    put_identity(bundle);
}

bool stix_end(struct stix_bundle *bundle, const char *name, FILE *out)
{
    struct stix_id id = stix_own_id(bundle, "bundle", name);
    json_t *document =
        json_pack("{s:s, s:s, s:o}", "type", "bundle", "id", id.at, "objects", bundle->objects);
    bool good = !bundle->broken && document && json_dumpf(document, out, JSON_INDENT(2)) == 0 &&
                fputc('\n', out) != EOF;
    json_decref(document);
    json_decref(bundle->known);
    return good && fflush(out) == 0;
}

bool stix_write_bundle(const struct finding *findings, size_t count,
                       const struct summary *summary, int64_t made_ns, FILE *out)
{
    struct stix_bundle bundle;
    (void)summary; /* the account of a run has no place in STIX */
    stix_begin(&bundle, made_ns);
    for (size_t i = 0; i < count; i++)
        (void)stix_put_finding(&bundle, &findings[i]);
    return stix_end(&bundle, count > 0 ? findings[0].id : "", out);
}
