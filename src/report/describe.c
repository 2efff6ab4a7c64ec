// SPDX-License-Identifier: Apache-2.0
#include "report/describe.h"

#include <math.h>

#include "base/time.h"
#include "base/utf8.h"
#include "report/kinds.h"

static struct text over(struct slot *slot)
{
    return text_over(slot->at, sizeof slot->at);
}

struct slot slot_words(const char *words)
{
    struct slot slot;
    struct text text = over(&slot);
    text_put_string(&text, words);
    return slot;
}

struct slot slot_phrase(enum phrase which, enum report_language language)
{
    return slot_words(phrase(which, language));
}

struct slot slot_clean(struct bytes raw)
{
    struct slot slot;
    struct text text = over(&slot);
    utf8_put_clean(&text, raw);
    return slot;
}

struct slot slot_count(uint64_t count)
{
    char room[24];
    struct text digits = text_over(room, sizeof room);
    text_put_u64(&digits, count);
    struct slot slot;
    struct text text = over(&slot);
    for (size_t i = 0; i < digits.len; i++) {
        if (i > 0 && (digits.len - i) % 3 == 0)
            text_put_char(&text, ',');
        text_put_char(&text, room[i]);
    }
    return slot;
}

static int decimals_for(double number)
{
    double size = fabs(number);
    if (size == 0 || size >= 100)
        return 0;
    return size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4;
}

struct slot slot_number(double number)
{
    struct slot slot;
    struct text text = over(&slot);
    if (!isfinite(number) || fabs(number) >= 1e15)
        text_format(&text, "%g", number);
    else if (fabs(number) >= 1000)
        text_format(&text, "%s%s", number < 0 ? "-" : "",
                    slot_count((uint64_t)llround(fabs(number))).at);
    else
        text_format(&text, "%.*f", number == floor(number) ? 0 : decimals_for(number), number);
    return slot;
}

struct slot slot_percent(double share)
{
    double percent = share * 100;
    struct slot slot;
    struct text text = over(&slot);
    int decimals = percent == 0 || percent >= 10 ? 0 : percent >= 1 ? 1 : 2;
    if (percent > 0 && percent < 0.01)
        text_put_string(&text, "<0.01");
    else
        text_format(&text, "%.*f", decimals, percent);
    return slot;
}

struct slot slot_rate(uint64_t count, double seconds)
{
    return slot_number(seconds > 0 ? round((double)count / seconds) : 0);
}

struct slot slot_octets(uint64_t octets)
{
    static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
    size_t unit = 0;
    double amount = (double)octets;
    while (amount >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
        amount /= 1000;
        unit++;
    }
    struct slot slot;
    struct text text = over(&slot);
    text_format(&text, "%.*f %s", unit > 0 && amount < 9.95 ? 1 : 0, amount, units[unit]);
    return slot;
}

struct slot slot_time(int64_t time_ns)
{
    struct slot slot;
    struct text text = over(&slot);
    time_write(time_ns, 0, &text);
    return slot;
}

struct slot slot_span(int64_t span_ns, enum report_language language)
{
    static const struct {
        double seconds;
        enum phrase word;
    } units[] = { { 86400, PHRASE_DAY }, { 3600, PHRASE_HOUR }, { 60, PHRASE_MINUTE } };
    double seconds = (double)span_ns / (double)TIME_SECOND_NS;
    double count = seconds;
    enum phrase word = PHRASE_SECOND;
    for (size_t i = sizeof units / sizeof *units; i > 0; i--) {
        if (seconds >= 1.99 * units[i - 1].seconds) {
            count = seconds / units[i - 1].seconds;
            word = units[i - 1].word;
        }
    }
    struct slot number, slot;
    struct text digits = over(&number), text = over(&slot);
    double tenths = round(count * 10) / 10;
    text_format(&digits, "%.*f", count >= 10 || tenths == floor(tenths) ? 0 : 1, count);
    phrase_fill(&text, word, language, &number);
    return slot;
}

struct slot slot_party(const struct party *party)
{
    struct slot slot;
    struct text text = over(&slot);
    party_write(party, &text);
    return slot;
}

static void put_protocol(uint8_t protocol, struct text *out)
{
    switch (protocol) {
    case 0: return;
    case PROTOCOL_TCP: text_put_string(out, "/tcp"); return;
    case PROTOCOL_UDP: text_put_string(out, "/udp"); return;
    case PROTOCOL_ICMP: text_put_string(out, "/icmp"); return;
    case PROTOCOL_ICMPV6: text_put_string(out, "/icmp6"); return;
    case PROTOCOL_SCTP: text_put_string(out, "/sctp"); return;
    default: text_format(out, "/ip-%u", (unsigned)protocol);
    }
}

struct slot slot_subject(const struct finding *finding)
{
    const struct party *subject = &finding->subject;
    bool bare = finding_trait(finding->kind)->is_source || finding->port == 0;
    bool brackets = !bare && !finding_is_of_name(finding) && !subject->is_pseudonym &&
                    !ip_is_v4(&subject->address);
    struct slot slot;
    struct text text = over(&slot);
    if (brackets)
        text_put_char(&text, '[');
    finding_write_subject(finding, &text);
    if (brackets)
        text_put_char(&text, ']');
    if (!bare)
        text_format(&text, ":%u", (unsigned)finding->port);
    put_protocol(finding->protocol, &text);
    return slot;
}

struct slot slot_kind(const struct finding *finding, enum report_language language)
{
    const struct kind_words *kind = kind_words(finding->kind);
    if (kind)
        return slot_words(kind->word.words[language]);
    enum phrase word = PHRASE_COMMAND_SERVER;
    if (finding->kind == FINDING_SCANNER)
        word = PHRASE_SCANNER;
    else if (finding->kind == FINDING_INDICATOR)
        word = PHRASE_INDICATOR;
    return slot_phrase(word, language);
}

struct slot slot_names(const struct finding *finding)
{
    struct slot slot;
    struct text text = over(&slot);
    for (size_t i = 0; i < finding->name_count; i++) {
        if (i > 0)
            text_put_string(&text, ", ");
        utf8_put_clean(&text, fact_name_bytes(&finding->names[i]));
        if (finding->names[i].cut)
            text_put_string(&text, "...");
    }
    return slot;
}

struct slot slot_score(const struct finding *finding)
{
    struct slot slot;
    struct text text = over(&slot);
    text_format(&text, "%.0f", finding->score);
    return slot;
}

struct slot slot_lines(const struct finding *finding, enum report_language language)
{
    struct slot count = slot_count(finding->line_total);
    if (finding->line_total <= finding->line_count)
        return count;
    struct slot slot;
    struct text text = over(&slot);
    phrase_fill(&text, PHRASE_ABOUT, language, &count);
    return slot;
}

struct slot slot_addresses(const struct finding *finding)
{
    struct slot slot;
    struct text text = over(&slot);
    for (size_t i = 0; i < finding->address_count; i++) {
        if (i > 0)
            text_put_string(&text, ", ");
        ip_write(&finding->addresses[i], &text);
    }
    return slot;
}

struct slot slot_first_name(const struct finding *finding, enum report_language language)
{
    enum { SHOWN = 48 };
    struct slot slot;
    struct text text = over(&slot);
    if (finding->name_count == 0)
        return slot;
    struct bytes name = fact_name_bytes(&finding->names[0]);
    if (name.len > SHOWN) {
        text_put_string(&text, "...");
        name = bytes_slice(name, name.len - SHOWN, SHOWN);
    }
    utf8_put_clean(&text, name);
    if (finding->name_count > 1) {
        struct slot more = slot_count(finding->name_count - 1);
        text_put_char(&text, ' ');
        phrase_fill(&text, PHRASE_AND_MORE, language, &more);
    }
    return slot;
}

static bool is_unit(enum measure_id id, const char *unit)
{
    return strcmp(measure_kind(id)->unit, unit) == 0;
}

static struct slot slot_octets_a_second(double value)
{
    struct slot slot = slot_octets((uint64_t)value);
    struct text text = text_over(slot.at + strlen(slot.at), sizeof slot.at - strlen(slot.at));
    text_put_string(&text, "/s");
    return slot;
}

uint64_t one_in(double p_value)
{
    return p_value > 1e-18 ? (uint64_t)(1 / p_value + 0.5) : UINT64_C(1000000000000000000);
}

struct slot slot_not_alerted(const struct finding *finding, enum report_language language)
{
    const struct measure *verdict = finding_measure(finding, MEASURE_VERDICT);
    struct slot slot;
    struct text text = over(&slot);
    struct slot number = slot_count(verdict ? (uint64_t)verdict->value : 0);
    phrase_fill(&text,
                verdict && verdict->has_threshold ? PHRASE_BY_VERDICT : PHRASE_NOT_ALERTED_ONE,
                language, &number);
    return slot;
}

struct slot slot_measure(enum measure_id id, double value, enum report_language language)
{
    if (is_unit(id, "s") && value < 1e9)
        return slot_span((int64_t)(value * 1e9), language);
    if (is_unit(id, "octets") && value >= 0 && value < 1e18)
        return slot_octets((uint64_t)value);
    if (is_unit(id, "octets/s") && value >= 0 && value < 1e18)
        return slot_octets_a_second(value);
    struct slot slot;
    struct text text = over(&slot);
    if (id == MEASURE_P_VALUE && value < 0.1)
        text_format(&text, "1/%s", slot_count(one_in(value)).at);
    else if (is_unit(id, "share"))
        text_format(&text, "%s %%", slot_percent(value).at);
    else if (is_unit(id, "bit"))
        text_format(&text, "%s bit", slot_number(value).at);
    else
        text_put_string(&text, slot_number(value).at);
    return slot;
}

const struct measure *finding_measure(const struct finding *finding, enum measure_id id)
{
    return measure_find(finding->measures, finding->measure_count, id);
}

static double value_of(const struct finding *finding, enum measure_id id)
{
    const struct measure *measure = finding_measure(finding, id);
    return measure ? measure->value : 0;
}

/* What the lines of a server do by the clock, taken together. */
struct rhythm {
    size_t lines;
    double median_s; /* the middle one of their medians */
    double least_s, most_s;
    double spread; /* the middle one of their spreads */
};

static double middle_of(double *values, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        double value = values[i];
        size_t at = i;
        for (; at > 0 && values[at - 1] > value; at--)
            values[at] = values[at - 1];
        values[at] = value;
    }
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static bool rhythm_of(const struct finding *finding, struct rhythm *out)
{
    double medians[FINDING_LINES_MAX], spreads[FINDING_LINES_MAX];
    *out = (struct rhythm){ .lines = 0 };
    for (size_t i = 0; i < finding->line_count; i++) {
        const struct finding_line *line = &finding->lines[i];
        if (line->interval_median_s <= 0 || line->interval_median_s >= 1e9)
            continue;
        medians[out->lines] = line->interval_median_s;
        spreads[out->lines++] = line->interval_spread;
    }
    if (out->lines == 0)
        return false;
    out->median_s = middle_of(medians, out->lines);
    out->spread = middle_of(spreads, out->lines);
    out->least_s = medians[0];
    out->most_s = medians[out->lines - 1];
    return true;
}

/* "59 s", or "60 s to 5 min" where the lines differ by more than a quarter. */
static struct slot slot_rhythm(const struct rhythm *rhythm, enum report_language language)
{
    if (rhythm->most_s <= 1.25 * rhythm->least_s)
        return slot_span((int64_t)(rhythm->median_s * 1e9), language);
    struct slot ends[] = { slot_span((int64_t)(rhythm->least_s * 1e9), language),
                           slot_span((int64_t)(rhythm->most_s * 1e9), language) };
    struct slot slot;
    struct text text = over(&slot);
    phrase_fill(&text, PHRASE_RANGE, language, ends);
    return slot;
}

static enum phrase phrase_of_rhythm(const struct finding *finding, const struct rhythm *rhythm)
{
    if (finding->line_total <= 1)
        return PHRASE_WHAT_REGULAR_ONE;
    bool some = rhythm->lines < finding->line_total && rhythm->lines < FINDING_LINES_MAX;
    return some ? PHRASE_WHAT_REGULAR_SOME : PHRASE_WHAT_REGULAR;
}

static void describe_server(const struct finding *finding, enum report_language language,
                            struct text *out)
{
    struct rhythm rhythm;
    bool is_regular = rhythm_of(finding, &rhythm);
    /* The spread is a mean of |log2|: 0.26 doublings are a factor of 1.2, so 20 %. */
    struct slot slots[] = {
        slot_rhythm(&rhythm, language),
        slot_number(round(100 * (exp2(rhythm.spread) - 1))),
        slot_count(finding->connections),
        slot_span(finding->last_ns - finding->first_ns, language),
        slot_lines(finding, language),
        slot_count(rhythm.lines),
    };
    phrase_fill(out, is_regular ? phrase_of_rhythm(finding, &rhythm) : PHRASE_WHAT_POOLED,
                language, slots);
}

static void describe_scan(const struct finding *finding, enum report_language language,
                          struct text *out)
{
    struct slot port;
    struct text digits = over(&port);
    text_put_u64(&digits, finding->port);
    struct slot slots[] = {
        slot_number(round(value_of(finding, MEASURE_TARGETS))),
        slot_number(round(value_of(finding, MEASURE_TARGET_HOSTS))),
        slot_number(round(value_of(finding, MEASURE_TARGET_PORTS))),
        slot_percent(value_of(finding, MEASURE_FAILED_SHARE)),
        port,
    };
    enum phrase which = PHRASE_WHAT_SCAN;
    if (finding->shape == SHAPE_VERTICAL)
        which = PHRASE_WHAT_SCAN_PORTS;
    else if (finding->shape == SHAPE_HORIZONTAL && finding->port > 0)
        which = PHRASE_WHAT_SCAN_HOSTS;
    phrase_fill(out, which, language, slots);
}

static void describe_hit(const struct finding *finding, enum report_language language,
                         struct text *out)
{
    if (finding->hit_count == 0)
        return;
    const struct indicator_hit *hit = &finding->hits[0];
    struct slot slots[] = {
        slot_clean(bytes_of_string(hit->value)), slot_words(indicator_kind_name(hit->kind)),
        slot_clean(bytes_of_string(hit->list)),  slot_count(finding->connections),
        slot_lines(finding, language),
    };
    bool named = finding_is_of_name(finding);
    phrase_fill(out, named ? PHRASE_WHAT_ASKED : PHRASE_WHAT_HIT, language, slots);
    if (finding->address_count > 0) {
        struct slot addresses = slot_addresses(finding);
        phrase_fill(out, PHRASE_WHAT_RESOLVED, language, &addresses);
    }
}

void describe_what(const struct finding *finding, enum report_language language,
                   struct text *out)
{
    if (finding->kind == FINDING_COMMAND_SERVER)
        describe_server(finding, language, out);
    else if (finding->kind == FINDING_SCANNER)
        describe_scan(finding, language, out);
    else if (finding->kind == FINDING_INDICATOR)
        describe_hit(finding, language, out);
    else
        kind_describe(finding, language, out);
}
