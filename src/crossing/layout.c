// SPDX-License-Identifier: Apache-2.0
/* Every member that crosses, once.  A member that is not here does not cross: whoever adds one
 * to a record is stopped by the sizes asserted below, and decides. */
#include "crossing/layout_private.h"

/* clang-format off */
#define SIZE(type, member) sizeof(((struct type *)0)->member)
#define AT(type, member) .offset = offsetof(struct type, member), .size = SIZE(type, member)
#define COUNTED(type, member) \
    .counted_at = offsetof(struct type, member), .counted_size = SIZE(type, member)
#define NUMBER(type, member) { FORM_NUMBER, AT(type, member) }
#define BELOW(type, member, most) { FORM_NUMBER, AT(type, member), .limit = (most) }
#define TRUTH(type, member) BELOW(type, member, 2)
#define UP_TO(type, member, most) BELOW(type, member, (uint64_t)(most) + 1)
/* Differences of times, and sums of counts, stay within 64 bits. */
#define TIME(type, member) BELOW(type, member, UINT64_C(1) << 62)
#define COUNT(type, member) BELOW(type, member, UINT64_C(1) << 52) /* for the ledger, too */
#define DATE(type, member) BELOW(type, member, UINT64_C(1) << 63) /* or never */
#define REAL(type, member) { FORM_REAL, AT(type, member) }
#define TEXT(type, member) { FORM_TEXT, AT(type, member) }
#define OCTETS(type, member) { FORM_OCTETS, AT(type, member) }
#define LETTERS(type, member) { FORM_LETTERS, AT(type, member) }
#define WORDS(type, member, count) { FORM_WORDS, AT(type, member), COUNTED(type, count) }
#define PARTY(type, member) { FORM_PARTY, AT(type, member) }
#define ONE(type, member, layout) \
    { FORM_ALL, AT(type, member), .limit = 1, .of = &(layout) }
#define EACH(type, member, count, layout)                                           \
    { FORM_EACH, .offset = offsetof(struct type, member), .size = SIZE(type, member[0]), \
      COUNTED(type, count), .of = &(layout) }
#define ALL(type, member, layout)                                                   \
    { FORM_ALL, .offset = offsetof(struct type, member), .size = SIZE(type, member[0]), \
      .limit = SIZE(type, member) / SIZE(type, member[0]), .of = &(layout) }
/* A member was added: give it a row here, or leave it out knowingly, then the new size. */
#define STANDS(type, octets) \
    _Static_assert(sizeof(struct type) == (octets), "struct " #type " has other members")
#define LAYOUT(name, ...)                                \
    static const struct row name##_rows[] = { __VA_ARGS__ }; \
    static const struct layout name = { name##_rows, sizeof name##_rows / sizeof *name##_rows }

LAYOUT(truth, { FORM_NUMBER, .offset = 0, .size = 1, .limit = 2 });

LAYOUT(host_name,
    NUMBER(fact_name, len),
    TRUTH(fact_name, cut),
    WORDS(fact_name, at, len));

LAYOUT(address,
    OCTETS(ip_address, octets));

LAYOUT(alert,
    NUMBER(alert_fact, generator),
    NUMBER(alert_fact, signature),
    NUMBER(alert_fact, revision),
    NUMBER(alert_fact, severity),
    TRUTH(alert_fact, is_blocked));

LAYOUT(facts,
    ONE(record_facts, server_name, host_name),
    OCTETS(record_facts, ja3),
    LETTERS(record_facts, ja4),
    OCTETS(record_facts, certificate_sha256),
    NUMBER(record_facts, tls_version),
    NUMBER(record_facts, tls_group),
    NUMBER(record_facts, quic_version),
    UP_TO(record_facts, ssh_banner_len, FACT_BANNER_MAX),
    WORDS(record_facts, ssh_banner, ssh_banner_len),
    OCTETS(record_facts, hassh),
    NUMBER(record_facts, dns_type),
    NUMBER(record_facts, dns_code),
    NUMBER(record_facts, dns_count),
    UP_TO(record_facts, dns_answer_count, RECORD_ANSWERS_MAX),
    EACH(record_facts, dns_answers, dns_answer_count, address),
    UP_TO(record_facts, alert_count, RECORD_ALERTS_MAX),
    EACH(record_facts, alerts, alert_count, alert),
    TRUTH(record_facts, has_server_name),
    TRUTH(record_facts, has_tls_client),
    TRUTH(record_facts, has_ja3),
    TRUTH(record_facts, has_tls_server),
    TRUTH(record_facts, has_certificate),
    TRUTH(record_facts, has_ssh),
    TRUTH(record_facts, has_hassh),
    TRUTH(record_facts, has_dns),
    TRUTH(record_facts, has_dns_code));

LAYOUT(mandate,
    BELOW(mandate, basis, BASES),
    TEXT(mandate, basis_name),
    TEXT(mandate, warrant),
    TEXT(mandate, selector));

LAYOUT(hit,
    BELOW(indicator_hit, kind, INDICATOR_KINDS),
    TRUTH(indicator_hit, on_initiator),
    TRUTH(indicator_hit, in_dns),
    DATE(indicator_hit, begins_ns),
    DATE(indicator_hit, expires_ns),
    NUMBER(indicator_hit, generation),
    NUMBER(indicator_hit, overlay),
    TEXT(indicator_hit, value),
    TEXT(indicator_hit, list));

LAYOUT(selection,
    UP_TO(selection, hit_count, SELECTION_HITS_MAX),
    EACH(selection, hits, hit_count, hit),
    ALL(selection, by_behaviour, truth),
    ONE(selection, mandate, mandate));

LAYOUT(flow,
    PARTY(minimised_flow, initiator),
    PARTY(minimised_flow, responder),
    TRUTH(minimised_flow, line_is_initiator),
    BELOW(minimised_flow, direction, DIRECTIONS),
    BELOW(minimised_flow, basis, BASES),
    NUMBER(minimised_flow, initiator_port),
    NUMBER(minimised_flow, responder_port),
    NUMBER(minimised_flow, encapsulation),
    NUMBER(minimised_flow, protocol),
    BELOW(minimised_flow, tcp, FLOW_TCP_STATES),
    { FORM_NUMBER, AT(minimised_flow, end), .low = FLOW_END_IDLE,
      .limit = FLOW_END_RESOURCES + 1 },
    NUMBER(minimised_flow, slice),
    TIME(minimised_flow, start_ns),
    TIME(minimised_flow, end_ns),
    COUNT(minimised_flow, packets_forward),
    COUNT(minimised_flow, packets_reverse),
    COUNT(minimised_flow, octets_forward),
    COUNT(minimised_flow, octets_reverse),
    NUMBER(minimised_flow, sampling_rate),
    BELOW(minimised_flow, sampling, SAMPLING_ORIGINS),
    BELOW(minimised_flow, time_quality, TIME_QUALITIES),
    NUMBER(minimised_flow, observers),
    ONE(minimised_flow, facts, facts),
    ONE(minimised_flow, why, selection),
    DATE(minimised_flow, retention_until_ns));

LAYOUT(measure,
    BELOW(measure, id, MEASURES),
    REAL(measure, value),
    REAL(measure, threshold),
    REAL(measure, weight),
    TRUTH(measure, has_threshold));

/* Without its server and line: they stand as parties in the record. */
LAYOUT(fired,
    BELOW(sighting, behaviour, BEHAVIOURS),
    BELOW(sighting, direction, DIRECTIONS),
    BELOW(sighting, basis, BASES),
    BELOW(sighting, server_place, PLACES),
    BELOW(sighting, line_place, PLACES),
    TRUTH(sighting, has_line),
    NUMBER(sighting, protocol),
    BELOW(sighting, shape, SHAPES),
    ONE(sighting, name, host_name),
    NUMBER(sighting, port),
    TIME(sighting, first_ns),
    TIME(sighting, last_ns),
    COUNT(sighting, connections),
    COUNT(sighting, octets_out),
    COUNT(sighting, octets_in),
    REAL(sighting, score),
    UP_TO(sighting, measure_count, SIGHTING_MEASURES_MAX),
    EACH(sighting, measures, measure_count, measure));

LAYOUT(sighting,
    ONE(minimised_sighting, sighting, fired),
    PARTY(minimised_sighting, server),
    PARTY(minimised_sighting, line),
    ONE(minimised_sighting, mandate, mandate),
    DATE(minimised_sighting, retention_until_ns));

LAYOUT(ready,
    TRUTH(crossing_ready, has_seccomp),
    TRUTH(crossing_ready, has_dropped),
    TRUTH(crossing_ready, is_locked),
    NUMBER(crossing_ready, landlock_abi),
    NUMBER(crossing_ready, lists),
    COUNT(crossing_ready, indicators),
    OCTETS(crossing_ready, digest));

LAYOUT(batch,
    NUMBER(crossing_batch, generation),
    TIME(crossing_batch, from_ns),
    TIME(crossing_batch, to_ns),
    COUNT(crossing_batch, examined),
    COUNT(crossing_batch, selected),
    COUNT(crossing_batch, erased),
    COUNT(crossing_batch, without_warrant),
    COUNT(crossing_batch, other_direction),
    COUNT(crossing_batch, domestic),
    COUNT(crossing_batch, unknown_side),
    COUNT(crossing_batch, unmatched),
    COUNT(crossing_batch, octets_copied));

LAYOUT(funnel,
    COUNT(funnel, flows_seen),
    COUNT(funnel, flows_admitted),
    COUNT(funnel, flows_selected),
    COUNT(funnel, slices_selected),
    COUNT(funnel, records_kept),
    COUNT(funnel, findings),
    COUNT(funnel, octets_copied));

LAYOUT(counter,
    TEXT(crossing_counter, stage),
    TEXT(crossing_counter, reason),
    TEXT(crossing_counter, unit),
    COUNT(crossing_counter, count));

LAYOUT(counts,
    COUNT(crossing_counts, frames),
    COUNT(crossing_counts, packets),
    COUNT(crossing_counts, octets),
    COUNT(crossing_counts, messages),
    COUNT(crossing_counts, records),
    COUNT(crossing_counts, lines),
    TIME(crossing_counts, first_ns),
    TIME(crossing_counts, last_ns),
    ONE(crossing_counts, funnel, funnel),
    UP_TO(crossing_counts, counter_count, SUMMARY_COUNTERS_MAX),
    EACH(crossing_counts, counters, counter_count, counter));

LAYOUT(clock_step,
    TIME(crossing_clock, from_ns),
    TIME(crossing_clock, to_ns));

LAYOUT(time_told,
    TIME(crossing_time, now_ns),
    DATE(crossing_time, retention_latest_ns));

LAYOUT(indicators,
    BELOW(crossing_indicators, place, CROSSING_GENERATIONS_MAX),
    BELOW(crossing_indicators, of, CROSSING_GENERATIONS_MAX + 1),
    NUMBER(crossing_indicators, octets));

LAYOUT(rule,
    ONE(rule, mandate, mandate),
    NUMBER(rule, from_ns),
    NUMBER(rule, to_ns),
    TRUTH(rule, by_event_time),
    NUMBER(rule, step_first),
    NUMBER(rule, step_count),
    NUMBER(rule, items),
    NUMBER(rule, kinds),
    NUMBER(rule, sampling_max),
    NUMBER(rule, servers_per_day_max),
    NUMBER(rule, retention_span_ns));

LAYOUT(step,
    BELOW(rule_step, operation, RULE_OPERATORS),
    NUMBER(rule_step, what),
    BELOW(rule_step, where, RULE_WHERES),
    BELOW(rule_step, unused, 1),
    NUMBER(rule_step, list),
    NUMBER(rule_step, low),
    NUMBER(rule_step, high));

LAYOUT(list_name, { FORM_TEXT, .offset = 0, .size = LIST_NAME_MAX });

LAYOUT(rules,
    NUMBER(rule_set, generation),
    NUMBER(rule_set, octets_per_second_max),
    UP_TO(rule_set, rule_count, RULES_MAX),
    EACH(rule_set, rules, rule_count, rule),
    UP_TO(rule_set, step_count, RULE_STEPS_MAX),
    EACH(rule_set, steps, step_count, step),
    UP_TO(rule_set, list_count, RULE_LISTS_MAX),
    EACH(rule_set, lists, list_count, list_name));

STANDS(minimised_flow, 1704);
STANDS(record_facts, 680);
STANDS(selection, 880);
STANDS(indicator_hit, 184);
STANDS(mandate, 116);
STANDS(minimised_sighting, 1192);
STANDS(sighting, 1016);
STANDS(measure, 40);
STANDS(rule, 168);
STANDS(rule_step, 24);
STANDS(rule_set, 47656);
STANDS(funnel, 56);

/* NULL: its kind alone. */
const struct layout *const crossing_layouts[CROSSING_KINDS] = {
    [CROSSING_READY] = &ready,
    [CROSSING_FLOW] = &flow,
    [CROSSING_SIGHTING] = &sighting,
    [CROSSING_BATCH] = &batch,
    [CROSSING_COUNTS] = &counts,
    [CROSSING_CLOCK] = &clock_step,
    [CROSSING_RULES] = &rules,
    [CROSSING_TIME] = &time_told,
    [CROSSING_INDICATORS] = &indicators,
};
/* clang-format on */
