// SPDX-License-Identifier: Apache-2.0
/* Why one finding was made, for a person who must decide what to do about it. */
#include "model/poller.h"
#include "report/describe.h"
#include "report/kinds.h"
#include "report/wrap.h"

enum { WIDTH_MIN = 40, PARAGRAPH_MAX = 2048, BULLET_INDENT = 4 };

struct story {
    const struct finding *finding;
    enum report_language language;
    unsigned width;
    FILE *out;
};

static void put_paragraph(const struct story *story, enum phrase which,
                          const struct slot *slots)
{
    char room[PARAGRAPH_MAX];
    struct text text = text_over(room, sizeof room);
    phrase_fill(&text, which, story->language, slots);
    wrap_write(story->out, text_bytes(&text), story->width, 0);
}

static void put_bullet_text(const struct story *story, const struct text *text)
{
    fputs("  - ", story->out);
    wrap_write(story->out, text_bytes(text), story->width, BULLET_INDENT);
}

static void put_bullet(const struct story *story, enum phrase which, const struct slot *slots)
{
    char room[PARAGRAPH_MAX];
    struct text text = text_over(room, sizeof room);
    phrase_fill(&text, which, story->language, slots);
    put_bullet_text(story, &text);
}

static void put_heading(const struct story *story, enum phrase heading)
{
    fprintf(story->out, "\n%s\n", phrase(heading, story->language));
}

static void put_mandate(const struct story *story)
{
    const struct mandate *mandate = &story->finding->mandate;
    struct slot slots[] = { slot_words(mandate->warrant), slot_words(mandate->selector),
                            slot_words(mandate->basis_name) };
    if (mandate->warrant[0] != '\0')
        put_paragraph(story, PHRASE_EXPLAIN_MANDATE, slots);
}

static void put_head(const struct story *story)
{
    const struct finding *finding = story->finding;
    char room[512];
    struct text what = text_over(room, sizeof room);
    struct slot head[] = {
        slot_words(finding->id), slot_kind(finding, story->language), slot_subject(finding),
        slot_score(finding),     slot_words(finding->rule),
    };
    put_paragraph(story, PHRASE_EXPLAIN_HEAD, head);
    describe_what(finding, story->language, &what);
    wrap_write(story->out, text_bytes(&what), story->width, 0);
    fputc('\n', story->out);
    struct slot seen[] = {
        slot_time(finding->first_ns),
        slot_time(finding->last_ns),
        slot_count(finding->connections),
        slot_lines(finding, story->language),
        slot_octets(finding->octets_out),
        slot_octets(finding->octets_in),
        slot_words(direction_name(finding->direction)),
        slot_words(basis_name(finding->basis)),
    };
    bool is_name = finding_is_of_name(finding);
    put_paragraph(story, is_name ? PHRASE_EXPLAIN_ASKED : PHRASE_EXPLAIN_SEEN, seen);
    put_mandate(story);
    struct slot names = slot_names(finding), addresses = slot_addresses(finding);
    if (finding->name_count > 0)
        put_paragraph(story, is_name ? PHRASE_EXPLAIN_ASKED_NAMES : PHRASE_EXPLAIN_NAMES,
                      &names);
    if (finding->address_count > 0)
        put_paragraph(story, PHRASE_EXPLAIN_RESOLVED, &addresses);
}

/* "how far the times differ ...: 0.12 (threshold: at most 0.8, met; weight 3.2 of 4)" */
static void put_measure(const struct story *story, const struct measure *measure)
{
    enum report_language language = story->language;
    const struct measure_kind *kind = measure_kind(measure->id);
    char room[PARAGRAPH_MAX];
    struct text text = text_over(room, sizeof room);
    text_format(&text, "%s: %s (",
                language == REPORT_JAPANESE ? kind->meaning_ja : kind->meaning_en,
                slot_measure(measure->id, measure->value, language).at);
    if (measure->has_threshold) {
        struct slot threshold = slot_measure(measure->id, measure->threshold, language);
        phrase_fill(&text, kind->sense == MEASURE_AT_MOST ? PHRASE_AT_MOST : PHRASE_AT_LEAST,
                    language, &threshold);
        text_format(&text, ", %s",
                    phrase(measure_is_met(measure) ? PHRASE_MET : PHRASE_NOT_MET, language));
    } else {
        text_put_string(&text, phrase(PHRASE_CONTEXT, language));
    }
    if (measure->weight > 0) {
        struct slot weight = slot_number(measure->weight);
        text_put_string(&text, "; ");
        phrase_fill(&text, PHRASE_WEIGHT, language, &weight);
    }
    text_format(&text, ") [%s]", kind->name);
    put_bullet_text(story, &text);
}

/* What decided first: numbers with a threshold, then those given for context. */
static void put_measures(const struct story *story)
{
    const struct finding *finding = story->finding;
    for (int with_threshold = 1; with_threshold >= 0; with_threshold--) {
        for (size_t i = 0; i < finding->measure_count; i++) {
            if (!finding->measures[i].has_threshold == !with_threshold)
                put_measure(story, &finding->measures[i]);
        }
    }
}

static double number_of(const struct finding *finding, enum measure_id id)
{
    const struct measure *measure = finding_measure(finding, id);
    return measure ? measure->value : 0;
}

/* "its names are known to be for software updates" */
static struct slot slot_poller(const struct story *story)
{
    static const enum phrase words[POLLER_CLASSES] = {
        [POLLER_NONE] = PHRASE_POLLER_NONE,
        [POLLER_TIME] = PHRASE_POLLER_TIME,
        [POLLER_PUSH] = PHRASE_POLLER_PUSH,
        [POLLER_UPDATE] = PHRASE_POLLER_UPDATE,
        [POLLER_TELEMETRY] = PHRASE_POLLER_TELEMETRY,
        [POLLER_CERTIFICATE] = PHRASE_POLLER_CERTIFICATE,
        [POLLER_PORTAL] = PHRASE_POLLER_PORTAL,
    };
    double by_name = number_of(story->finding, MEASURE_POLLER_NAME);
    enum poller_class by_port = poller_of_port(story->finding);
    bool is_named = by_name > POLLER_NONE && by_name < POLLER_CLASSES;
    enum poller_class class = is_named ? (enum poller_class)by_name : by_port;
    struct slot service = slot_words(phrase(words[class], story->language));
    struct slot slot;
    struct text text = text_over(slot.at, sizeof slot.at);
    enum phrase how = is_named                 ? PHRASE_POLLER_BY_NAME
                      : by_port != POLLER_NONE ? PHRASE_POLLER_BY_PORT
                                               : PHRASE_POLLER_UNNAMED;
    phrase_fill(&text, how, story->language, &service);
    return slot;
}

static void put_poller(const struct story *story)
{
    const struct finding *finding = story->finding;
    const struct measure *poller = finding_measure(finding, MEASURE_POLLER);
    const struct measure *age = finding_measure(finding, MEASURE_AGE);
    if (!poller || finding->kind != FINDING_COMMAND_SERVER)
        return;
    struct slot slots[] = {
        slot_measure(MEASURE_POLLER, poller->value, story->language),
        slot_measure(MEASURE_POLLER, poller->threshold, story->language),
        slot_poller(story),
        slot_count((uint64_t)number_of(finding, MEASURE_CLIENTS)),
        slot_count(POLLER_LINES_LEAST),
        age ? slot_measure(MEASURE_AGE, age->value, story->language)
            : slot_words(phrase(PHRASE_POLLER_AGE_UNKNOWN, story->language)),
        slot_number(-poller->weight),
    };
    fputc('\n', story->out);
    put_paragraph(story,
                  measure_is_met(poller) ? PHRASE_EXPLAIN_NO_POLLER : PHRASE_EXPLAIN_POLLER,
                  slots);
}

static enum phrase phrase_of_place(const struct finding *finding)
{
    if (finding_is_alert(finding))
        return PHRASE_EXPLAIN_ALERT;
    const struct measure *share = finding_measure(finding, MEASURE_FALSE_DISCOVERY);
    return share && !measure_is_met(share) ? PHRASE_EXPLAIN_BY_CHANCE
                                           : PHRASE_EXPLAIN_OVER_BUDGET;
}

static void put_verdict(const struct story *story)
{
    const struct measure *verdict = finding_measure(story->finding, MEASURE_VERDICT);
    if (!verdict)
        return;
    struct slot number = slot_count((uint64_t)verdict->value);
    fputc('\n', story->out);
    put_paragraph(story,
                  verdict->has_threshold ? PHRASE_EXPLAIN_HARMLESS : PHRASE_EXPLAIN_VERDICT,
                  &number);
}

/* From statistic to alert: what it was compared with, how seldom it is, what the day allows. */
static void put_place(const struct story *story)
{
    const struct finding *finding = story->finding;
    put_verdict(story);
    const struct measure *rank = finding_measure(finding, MEASURE_RANK);
    if (!rank)
        return;
    fputc('\n', story->out);
    struct slot place[] = {
        slot_count((uint64_t)rank->value),
        slot_count((uint64_t)rank->threshold),
        slot_measure(MEASURE_FALSE_DISCOVERY, number_of(finding, MEASURE_FALSE_DISCOVERY),
                     story->language),
    };
    put_paragraph(story, phrase_of_place(finding), place);
    struct slot chance[] = {
        slot_count(one_in(number_of(finding, MEASURE_P_VALUE))),
        slot_count((uint64_t)number_of(finding, MEASURE_UNITS_JUDGED)),
    };
    put_paragraph(story, PHRASE_EXPLAIN_P_VALUE, chance);
    const struct measure *samples = finding_measure(finding, MEASURE_NULL_SAMPLES);
    struct slot learned = slot_count(samples ? (uint64_t)samples->value : 0);
    if (samples)
        put_paragraph(
            story, samples->value > 0 ? PHRASE_EXPLAIN_NULL_LEARNED : PHRASE_EXPLAIN_NULL_PRIOR,
            &learned);
}

static void put_hits(const struct story *story)
{
    const struct finding *finding = story->finding;
    if (finding->hit_count == 0)
        return;
    put_heading(story, PHRASE_HITS);
    for (size_t i = 0; i < finding->hit_count; i++) {
        const struct indicator_hit *hit = &finding->hits[i];
        bool expires = hit->expires_ns != INT64_MAX;
        struct slot slots[] = {
            slot_clean(bytes_of_string(hit->value)),
            slot_words(indicator_kind_name(hit->kind)),
            slot_clean(bytes_of_string(hit->list)),
            slot_time(expires ? hit->expires_ns : 0),
        };
        put_bullet(story, expires ? PHRASE_HIT_EXPIRES : PHRASE_HIT, slots);
    }
}

static void put_lines(const struct story *story)
{
    const struct finding *finding = story->finding;
    if (finding->line_count == 0)
        return;
    put_heading(story, PHRASE_LINES_HEAD);
    for (size_t i = 0; i < finding->line_count; i++) {
        const struct finding_line *line = &finding->lines[i];
        bool is_regular = line->interval_median_s > 0 && line->interval_median_s < 1e9;
        struct slot slots[] = {
            slot_party(&line->party),
            slot_count(line->connections),
            slot_octets(line->octets_out),
            slot_octets(line->octets_in),
            slot_span(is_regular ? (int64_t)(line->interval_median_s * 1e9) : 0,
                      story->language),
        };
        put_bullet(story, is_regular ? PHRASE_LINE_INTERVAL : PHRASE_LINE, slots);
    }
    if (finding->line_total > finding->line_count) {
        struct slot more = slot_count(finding->line_total - finding->line_count);
        put_bullet(story, PHRASE_AND_MORE, &more);
    }
}

/* What a rule of this kind rests on, cannot know, and leaves to people. */
static const struct counsel {
    enum phrase why;
    enum phrase limits[3];
    enum phrase next[4]; /* up to the first PHRASES */
} counsels[FINDING_KINDS] = {
    [FINDING_COMMAND_SERVER] = { PHRASE_WHY_SERVER,
                                 { PHRASE_LIMIT_SERVER_1, PHRASE_LIMIT_SERVER_2, PHRASES },
                                 { PHRASE_NEXT_SERVER_1, PHRASE_NEXT_SERVER_2,
                                   PHRASE_NEXT_SERVER_3, PHRASES } },
    [FINDING_SCANNER] = { PHRASE_WHY_SCANNER,
                          { PHRASE_LIMIT_SCANNER, PHRASES },
                          { PHRASE_NEXT_SCANNER_1, PHRASE_NEXT_SCANNER_2, PHRASES } },
    [FINDING_INDICATOR] = { PHRASE_WHY_INDICATOR,
                            { PHRASE_LIMIT_INDICATOR, PHRASES },
                            { PHRASE_NEXT_INDICATOR_1, PHRASE_NEXT_INDICATOR_2, PHRASES } },
};

/* What is said of a listed name that was asked for. */
static const struct counsel counsel_of_name = {
    PHRASE_WHY_NAME,
    { PHRASE_LIMIT_NAME, PHRASE_LIMIT_INDICATOR, PHRASES },
    { PHRASE_NEXT_NAME_1, PHRASE_NEXT_INDICATOR_1, PHRASE_NEXT_INDICATOR_2, PHRASES },
};

static void put_sayings(const struct story *story, enum phrase heading,
                        const struct saying *sayings)
{
    put_heading(story, heading);
    for (size_t i = 0; sayings[i].words[0]; i++) {
        char room[PARAGRAPH_MAX];
        struct text text = text_over(room, sizeof room);
        text_put_string(&text, sayings[i].words[story->language]);
        put_bullet_text(story, &text);
    }
}

static void put_bullets(const struct story *story, enum phrase heading,
                        const enum phrase *bullets)
{
    put_heading(story, heading);
    for (size_t i = 0; bullets[i] != PHRASES; i++)
        put_bullet(story, bullets[i], NULL);
}

static void put_advice(const struct story *story, const struct kind_words *kind,
                       const struct counsel *counsel)
{
    if (kind) {
        put_sayings(story, PHRASE_LIMITS, kind->limits);
        put_sayings(story, PHRASE_NEXT, kind->next);
        return;
    }
    put_bullets(story, PHRASE_LIMITS, counsel->limits);
    put_bullets(story, PHRASE_NEXT, counsel->next);
}

bool report_explain(const struct finding *finding, enum report_language language,
                    unsigned width, FILE *out)
{
    struct story story = { finding, language, width < WIDTH_MIN ? WIDTH_MIN : width, out };
    const struct kind_words *kind = kind_words(finding->kind);
    const struct counsel *counsel =
        finding_is_of_name(finding) ? &counsel_of_name : &counsels[finding->kind];
    put_head(&story);
    put_heading(&story, PHRASE_WHY);
    if (kind)
        wrap_write(out, bytes_of_string(kind->why.words[language]), story.width, 0);
    else
        put_paragraph(&story, counsel->why, NULL);
    put_measures(&story);
    put_poller(&story);
    put_place(&story);
    put_hits(&story);
    put_lines(&story);
    put_advice(&story, kind, counsel);
    struct slot kept = slot_time(finding->retention_until_ns);
    fputc('\n', out);
    put_paragraph(&story, PHRASE_EXPLAIN_KEPT, &kept);
    return fflush(out) == 0 && !ferror(out);
}
