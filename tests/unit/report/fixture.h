// SPDX-License-Identifier: Apache-2.0
/* One report with something of everything, hostile words included, and its golden texts. */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "check.h"
#include "report/report.h"

enum { FIXTURE_FINDINGS = 5, GOLDEN_MAX = 1 << 18 };

#define FIXTURE_START_NS (INT64_C(1795212000) * TIME_SECOND_NS) /* 2026-11-20T22:00:00Z */

static struct summary fixture_summary;
static struct finding fixture_findings[FIXTURE_FINDINGS];

static inline struct party fixture_party(uint32_t address, enum place place)
{
    struct party party;
    memset(&party, 0, sizeof party);
    party.place = place;
    party.address = ip_from_v4(address);
    return party;
}

static inline void fixture_words(char *room, const char *words)
{
    memcpy(room, words, strlen(words) + 1);
}

static inline void fixture_name(struct finding *finding, const char *name)
{
    struct fact_name *out = &finding->names[finding->name_count++];
    out->len = (uint8_t)strlen(name);
    memcpy(out->at, name, out->len);
}

static inline void fixture_measure(struct finding *finding, struct measure measure)
{
    finding->measures[finding->measure_count++] = measure;
}

static inline struct finding_line *fixture_line(struct finding *finding, struct party party)
{
    struct finding_line *line = &finding->lines[finding->line_count++];
    line->party = party;
    line->first_ns = FIXTURE_START_NS + (int64_t)finding->line_count * 60 * TIME_SECOND_NS;
    line->last_ns =
        FIXTURE_START_NS + (7200 - 600 * (int64_t)finding->line_count) * TIME_SECOND_NS;
    line->connections = 120 - finding->line_count;
    line->octets_out = 48000;
    line->octets_in = 96000;
    line->interval_median_s = 60;
    line->interval_spread = 0.263;
    line->score = 90;
    return line;
}

static inline struct finding *fixture_new(size_t i, enum finding_kind kind, const char *id)
{
    struct finding *finding = &fixture_findings[i];
    memset(finding, 0, sizeof *finding);
    finding->kind = kind;
    fixture_words(finding->id, id);
    finding->protocol = PROTOCOL_TCP;
    finding->direction = DIRECTION_DF;
    finding->first_ns = FIXTURE_START_NS;
    finding->last_ns = FIXTURE_START_NS + 7200 * TIME_SECOND_NS;
    finding->retention_until_ns = finding->last_ns + 90 * TIME_DAY_NS;
    return finding;
}

static inline void fixture_server(void)
{
    struct finding *finding = fixture_new(0, FINDING_COMMAND_SERVER, "c2-1f9a3c77d2b0");
    fixture_words(finding->rule, "beacon 1");
    finding->subject = fixture_party(0xcb007109, PLACE_FOREIGN);
    finding->mandate = (struct mandate){ .basis_name = "own",
                                         .warrant = "OWN-2026-1",
                                         .selector = "everything" };
    finding->port = 443;
    finding->score = 97.25;
    finding->connections = 353;
    finding->octets_out = 144000;
    finding->octets_in = 288000;
    finding->line_total = 7;
    (void)fixture_line(finding, fixture_party(0xc0000205, PLACE_OWN));
    struct finding_line *second = fixture_line(finding, fixture_party(0xc0000206, PLACE_OWN));
    second->interval_median_s = 300;
    struct party line = { .is_pseudonym = true,
                          .place = PLACE_OWN,
                          .pseudonym = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 } };
    fixture_line(finding, line)->interval_median_s = 0;
    fixture_measure(finding, (struct measure){ MEASURE_CONNECTIONS, 353, 8, 0, 1 });
    fixture_measure(finding, (struct measure){ MEASURE_INTERVAL_MEDIAN, 60.02, 0, 0, 0 });
    fixture_measure(finding, (struct measure){ MEASURE_INTERVAL_SPREAD, 0.263, 0.8, 3.2, 1 });
    fixture_measure(finding, (struct measure){ MEASURE_PREVALENCE, 0.0012, 0.01, 2, 1 });
    fixture_measure(finding, (struct measure){ MEASURE_HOUR_ENTROPY, 1.5, 3.9, 0, 1 });
    fixture_measure(finding, (struct measure){ MEASURE_OCTETS_OUT, 144000, 0, 0, 0 });
    fixture_name(finding, "<script>alert(1)</script>.bad.example");
    fixture_name(finding, "cdn.bad.example");
}

/* Where it stands among the findings of its day. */
static inline void fixture_place(struct finding *finding, double rank, double p_value,
                                 double false_discovery)
{
    fixture_measure(finding, (struct measure){ MEASURE_P_VALUE, p_value, 0, 0, 0 });
    fixture_measure(finding,
                    (struct measure){ MEASURE_FALSE_DISCOVERY, false_discovery, 0.1, 0, 1 });
    fixture_measure(finding, (struct measure){ MEASURE_RANK, rank, 50, 0, 1 });
    fixture_measure(finding, (struct measure){ MEASURE_UNITS_JUDGED, 4200, 0, 0, 0 });
}

static inline void fixture_scanner(void)
{
    struct finding *finding = fixture_new(1, FINDING_SCANNER, "scan-77aa01c2d3e4");
    fixture_words(finding->rule, "scan 1");
    finding->subject = (struct party){ .place = PLACE_FOREIGN };
    bool good = ip_read(BYTES("2001:db8:85a3::8a2e:370:7334"), &finding->subject.address);
    check(good);
    finding->shape = SHAPE_HORIZONTAL;
    finding->direction = DIRECTION_FD;
    finding->port = 445;
    finding->score = 88;
    finding->connections = 4096;
    finding->octets_in = 245760;
    fixture_measure(finding, (struct measure){ MEASURE_TARGETS, 4096, 64, 4, 1 });
    fixture_measure(finding, (struct measure){ MEASURE_TARGET_HOSTS, 4093.6, 0, 0, 0 });
    fixture_measure(finding, (struct measure){ MEASURE_TARGET_PORTS, 1, 0, 0, 0 });
    fixture_measure(finding, (struct measure){ MEASURE_FAILED_SHARE, 0.987, 0.7, 3.5, 1 });
    fixture_place(finding, 2, 2.14e-7, 0.00090);
}

static inline void fixture_indicator(void)
{
    struct finding *finding = fixture_new(2, FINDING_INDICATOR, "ioc-0badc0de0001");
    fixture_words(finding->rule, "indicator 1");
    finding->subject = fixture_party(0xc6336407, PLACE_FOREIGN);
    finding->port = 53;
    finding->protocol = PROTOCOL_UDP;
    finding->score = 60;
    finding->connections = 3;
    finding->line_total = 1;
    (void)fixture_line(finding, fixture_party(0xc0000205, PLACE_OWN));
    finding->lines[0].interval_median_s = 0;
    finding->hit_count = 2;
    finding->hits[0].kind = INDICATOR_DOMAIN;
    finding->hits[0].expires_ns = INT64_MAX;
    fixture_words(finding->hits[0].value, "bad.example");
    fixture_words(finding->hits[0].list, "own \"list\" & <b>\x1b[31mred\xff");
    finding->hits[1].kind = INDICATOR_ADDRESS;
    finding->hits[1].expires_ns = FIXTURE_START_NS + 30 * TIME_DAY_NS;
    fixture_words(finding->hits[1].value, "198.51.100.7");
    fixture_words(finding->hits[1].list, "国内共有リスト");
    fixture_measure(finding, (struct measure){ MEASURE_INDICATOR_HITS, 3, 1, 0, 1 });
}

static inline void fixture_pooled(void)
{
    struct finding *finding = fixture_new(3, FINDING_COMMAND_SERVER, "c2-00000000beef");
    fixture_words(finding->rule, "beacon 1");
    finding->subject = fixture_party(0xcb007163, PLACE_FOREIGN);
    finding->port = 8080;
    finding->score = 41;
    finding->connections = 12345;
    finding->line_total = 14;
    fixture_measure(finding, (struct measure){ MEASURE_POOLED_SUM, 6.1, 5.5, 2.2, 1 });
    fixture_measure(finding, (struct measure){ MEASURE_CLIENTS, 14, 6, 0, 1 });
    fixture_measure(finding, (struct measure){ MEASURE_NULL_SAMPLES, 0, 0, 0, 0 });
    fixture_place(finding, 3, 0.0063, 1);
}

static inline void fixture_asked(void)
{
    struct finding *finding = fixture_new(4, FINDING_INDICATOR, "ioc-0badc0de0002");
    fixture_words(finding->rule, "indicator 1");
    fixture_words(finding->subject_name.at, "bad.example");
    finding->subject_name.len = 11;
    finding->protocol = 0;
    finding->score = 75;
    finding->connections = 40;
    finding->line_total = 40;
    (void)fixture_line(finding, fixture_party(0xc0000205, PLACE_OWN));
    finding->lines[0].interval_median_s = 0;
    finding->hit_count = 1;
    finding->hits[0].kind = INDICATOR_DOMAIN;
    finding->hits[0].in_dns = true;
    finding->hits[0].expires_ns = INT64_MAX;
    fixture_words(finding->hits[0].value, "bad.example");
    fixture_words(finding->hits[0].list, "shared");
    fixture_name(finding, "www.bad.example");
    finding->address_count = 2;
    finding->addresses[0] = ip_from_v4(0xcb007163);
    bool good = ip_read(BYTES("2001:db8::63"), &finding->addresses[1]);
    check(good);
    fixture_measure(finding, (struct measure){ MEASURE_INDICATOR_HITS, 40, 0, 0, 0 });
}

/* One that has everything wrong, and one with nothing to say of. */
static inline void fixture_exporters(struct summary *s)
{
    struct summary_exporter bad = { .address = ip_from_v4(0xc0000201),
                                    .domain = 7,
                                    .protocol = "NetFlow v9",
                                    .messages = 4000,
                                    .records = 120000,
                                    .lost_flows = 930.4,
                                    .records_without_rate = 120000,
                                    .rate_origin = SAMPLING_UNKNOWN,
                                    .has_clock = true,
                                    .clock_error_ns = -3 * 3600 * TIME_SECOND_NS };
    struct summary_exporter good = { .address = ip_from_v4(0xc0000202),
                                     .protocol = "IPFIX",
                                     .messages = 100,
                                     .records = 3000,
                                     .rate_least = 1000,
                                     .rate_most = 1000,
                                     .rate_origin = SAMPLING_OPTIONS,
                                     .has_clock = true };
    summary_add_exporter(s, &good);
    summary_add_exporter(s, &bad);
}

static inline struct report fixture_report(size_t count)
{
    fixture_server();
    fixture_scanner();
    fixture_indicator();
    fixture_pooled();
    fixture_asked();
    struct summary *s = &fixture_summary;
    memset(s, 0, sizeof *s);
    s->files = 2;
    s->file_octets = 1234567890;
    s->frames = 3400100;
    s->packets = 3400000;
    s->octets = 1156000000;
    s->first_ns = FIXTURE_START_NS;
    s->last_ns = FIXTURE_START_NS + 7200 * TIME_SECOND_NS + 1;
    s->cpu_s = 1.5;
    s->wall_s = 1.625;
    s->memory_octets = 201326592;
    s->version = "0.1.0";
    s->funnel = (struct funnel){ .flows_seen = 600000,
                                 .flows_admitted = 590123,
                                 .flows_selected = 4321,
                                 .records_kept = 4000,
                                 .findings = count };
    fixture_exporters(s);
    summary_count(s, "source", "read", "frames", 3400100);
    summary_count(s, "decode", "ip_truncated", "frames", 100);
    summary_count(s, "decode", "facts_dns", "facts", 81234);
    summary_count(s, "decode", "facts_ssh", "facts", 7);
    summary_count(s, "decode", "a reason <i>new</i>", "things", 3);
    summary_count(s, "meter", "ended_idle", "flows", 500000);
    summary_count(s, "gate", "unknown side", "flows", 9877);
    summary_count(s, "select", "forgotten", "flows", 585802);
    summary_count(s, "behaviour", "beacon: pairs held", "pairs", 54321);
    return (struct report){ .summary = s,
                            .findings = fixture_findings,
                            .finding_count = count,
                            .title = "office <1>.pcap, \x1b]0;own\x07.pcapng",
                            .made_ns = FIXTURE_START_NS + TIME_DAY_NS };
}

/* A run on flow exports: more exporters than a report names, some in trouble, no findings. */
static inline struct report fixture_of_exports(void)
{
    struct report report = fixture_report(0);
    struct summary *s = &fixture_summary;
    s->frames = 0;
    s->messages = 40000;
    s->records = 1100000;
    s->exporter_total = 9990;
    s->counter_count = 0;
    for (uint32_t i = 0; i < SUMMARY_EXPORTERS_MAX + 3; i++) {
        struct summary_exporter exporter = { .domain = i * 1000003,
                                             .protocol = i % 2 ? "sFlow v5" : "IPFIX",
                                             .messages = 40,
                                             .records = 1000 - i,
                                             .records_without_rate = i % 3,
                                             .rate_least = i % 3 < 2 ? 512 : 0,
                                             .rate_most = i % 3 < 2 ? 2048 : 0,
                                             .lost_flows = i % 7 == 0 ? 12.5 : 0 };
        bool good = ip_read(BYTES("2001:db8:ffff:ffff:ffff:ffff:ffff:1"), &exporter.address);
        check(good);
        exporter.address.octets[15] = (uint8_t)i;
        summary_add_exporter(s, &exporter);
    }
    summary_count(s, "source", "read", "messages", 40000);
    summary_count(s, "source", "dropped by the system", "datagrams", 17);
    summary_count(s, "collect", "without template", "octets", 4096);
    summary_count(s, "mediate", "received", "flows", 1100000);
    summary_count(s, "mediate", "slice_joined", "halves", 120000);
    summary_count(s, "mediate", "other_exporter", "halves", 300000);
    summary_count(s, "select", "forgotten", "flows", 700000);
    report.title = "udp:2055, tls:4740";
    return report;
}

/* What writing gave must be what the golden file holds; GOLDEN_UPDATE=1 rewrites it. */
static inline void check_golden(FILE *written, const char *name)
{
    static char got[GOLDEN_MAX], expected[GOLDEN_MAX];
    char room[512];
    struct text path = text_over(room, sizeof room);
    text_format(&path, "%s/%s.expected", GOLDEN_FOLDER, name);
    rewind(written);
    size_t got_len = fread(got, 1, sizeof got, written);
    check(got_len > 0 && got_len < sizeof got);
    check_equal(fclose(written), 0);
    bool update = getenv("GOLDEN_UPDATE") != NULL;
    FILE *golden = fopen(path.at, update ? "wb" : "rb");
    if (!golden)
        fail_msg("cannot open %s", path.at);
    if (update)
        check_equal(fwrite(got, 1, got_len, golden), got_len);
    else if (fread(expected, 1, sizeof expected, golden) != got_len ||
             memcmp(got, expected, got_len) != 0)
        fail_msg("differs from %s; GOLDEN_UPDATE=1 rewrites it:\n%.*s", path.at, (int)got_len,
                 got);
    check_equal(fclose(golden), 0);
}
