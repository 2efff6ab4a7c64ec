// SPDX-License-Identifier: Apache-2.0
/* Numbers and findings in words, cleaned of what input may have put into them. */
#pragma once

#include "report/phrases.h"

struct slot slot_words(const char *words);
struct slot slot_phrase(enum phrase which, enum report_language language);
struct slot slot_clean(struct bytes raw); /* cut at the slot's end */
struct slot slot_count(uint64_t count);   /* 1,234,567 */
struct slot slot_percent(double share);   /* 0.123 is "12", 0.0004 is "0.04" */
struct slot slot_number(double number);   /* three digits that matter */
struct slot slot_rate(uint64_t count, double seconds);
struct slot slot_octets(uint64_t octets); /* "1.2 MB", powers of 1000 */
struct slot slot_time(int64_t time_ns);   /* RFC 3339, seconds */
struct slot slot_span(int64_t span_ns, enum report_language language);
struct slot slot_party(const struct party *party);
struct slot slot_subject(const struct finding *finding); /* 192.0.2.1:443/tcp */
struct slot slot_kind(const struct finding *finding, enum report_language language);
/* Its names, comma between; empty when none. */
struct slot slot_names(const struct finding *finding);
struct slot slot_score(const struct finding *finding); /* a whole number */
/* How many lines; "about" so many where not each has a row. */
struct slot slot_lines(const struct finding *finding, enum report_language language);
/* The first of them, its end when it is long, and how many more there are. */
struct slot slot_first_name(const struct finding *finding, enum report_language language);
/* What DNS gave for them. */
struct slot slot_addresses(const struct finding *finding);
/* A value of this measure with its unit. */
/* Why one that is no alert is none, in few words. */
struct slot slot_not_alerted(const struct finding *finding, enum report_language language);
/* Of a p-value: one in how many. */
uint64_t one_in(double p_value);
struct slot slot_measure(enum measure_id id, double value, enum report_language language);

/* What was seen, in one line: "12 lines call it every 60 s ±20 %, 118 times in 2 h". */
void describe_what(const struct finding *finding, enum report_language language,
                   struct text *out);
/* The measure, or NULL when the finding does not have it. */
const struct measure *finding_measure(const struct finding *finding, enum measure_id id);
