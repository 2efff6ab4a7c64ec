// SPDX-License-Identifier: Apache-2.0
#include "report/exporters.h"

#include "base/time.h"
#include "report/describe.h"

/* A clock less than this off is not worth a word. */
#define CLOCK_ERROR_TOLD_NS (2 * TIME_SECOND_NS)
/* From here on somebody should set it. */
#define CLOCK_ERROR_BAD_NS (60 * TIME_SECOND_NS)

struct slot exporter_name(const struct summary_exporter *exporter)
{
    struct slot slot;
    struct text text = text_over(slot.at, sizeof slot.at);
    if (ip_is_zero(&exporter->address))
        text_put_string(&text, "-");
    else
        ip_write(&exporter->address, &text);
    text_format(&text, " %s", exporter->protocol);
    if (exporter->domain != 0)
        text_format(&text, " #%u", exporter->domain);
    return slot;
}

struct slot exporter_lost(const struct summary_exporter *exporter,
                          enum report_language language)
{
    struct slot slot;
    struct text text = text_over(slot.at, sizeof slot.at);
    struct slot count[] = {
        slot_count((uint64_t)(exporter->lost_flows + 0.5)),
        slot_percent(exporter->lost_flows /
                     (exporter->lost_flows + (double)exporter->records + 1e-9)),
    };
    phrase_fill(&text, exporter->lost_flows < 0.5 ? PHRASE_LOST_NONE : PHRASE_LOST_FLOWS,
                language, count);
    struct slot octets = slot_octets(exporter->octets_without_template);
    if (exporter->octets_without_template > 0)
        phrase_fill(&text, PHRASE_LOST_TEMPLATE, language, &octets);
    return slot;
}

struct slot exporter_rate(const struct summary_exporter *exporter,
                          enum report_language language)
{
    struct slot slot;
    struct text text = text_over(slot.at, sizeof slot.at);
    struct slot rates[] = { slot_count(exporter->rate_least), slot_count(exporter->rate_most) };
    enum phrase which = PHRASE_RATE_RANGE;
    if (exporter->rate_most == 0)
        which = exporter->records_without_rate > 0 ? PHRASE_RATE_UNKNOWN : PHRASE_RATE_NONE;
    else if (exporter->rate_most == 1)
        which = PHRASE_RATE_ALL;
    else if (exporter->rate_least == exporter->rate_most)
        which = PHRASE_RATE_ONE;
    phrase_fill(&text, which, language, rates);
    if (exporter->rate_most > 0 && exporter->records_without_rate > 0)
        text_put_string(&text, phrase(PHRASE_RATE_PARTLY, language));
    return slot;
}

struct slot exporter_clock(const struct summary_exporter *exporter,
                           enum report_language language)
{
    struct slot slot;
    struct text text = text_over(slot.at, sizeof slot.at);
    int64_t error_ns = exporter->clock_error_ns;
    int64_t size_ns = error_ns < 0 ? -error_ns : error_ns;
    struct slot span = slot_span(size_ns, language);
    enum phrase which = PHRASE_CLOCK_UNKNOWN;
    if (exporter->has_clock && size_ns < CLOCK_ERROR_TOLD_NS)
        which = PHRASE_CLOCK_RIGHT;
    else if (exporter->has_clock)
        which = error_ns < 0 ? PHRASE_CLOCK_BEHIND : PHRASE_CLOCK_AHEAD;
    phrase_fill(&text, which, language, &span);
    return slot;
}

static bool lacks_template(const struct summary_exporter *exporter)
{
    return exporter->octets_without_template > 0;
}

static bool lacks_rate(const struct summary_exporter *exporter)
{
    return exporter->records_without_rate > 0;
}

static bool lost_flows(const struct summary_exporter *exporter)
{
    return exporter->lost_flows >= 0.5;
}

static bool has_wrong_clock(const struct summary_exporter *exporter)
{
    int64_t error_ns = exporter->has_clock ? exporter->clock_error_ns : 0;
    return error_ns <= -CLOCK_ERROR_BAD_NS || error_ns >= CLOCK_ERROR_BAD_NS;
}

bool exporters_advice(const struct summary *summary, size_t i, struct exporters_advice *out)
{
    static const struct {
        bool (*holds)(const struct summary_exporter *exporter);
        enum phrase phrase;
    } advice[] = {
        { lacks_template, PHRASE_WARN_TEMPLATE },
        { lacks_rate, PHRASE_WARN_RATE },
        { lost_flows, PHRASE_WARN_LOST },
        { has_wrong_clock, PHRASE_WARN_CLOCK },
    };
    for (size_t a = 0; a < sizeof advice / sizeof *advice; a++) {
        size_t count = 0;
        for (size_t e = 0; e < summary->exporter_count; e++)
            count += advice[a].holds(&summary->exporters[e]);
        if (count == 0 || i-- > 0)
            continue;
        out->phrase = advice[a].phrase;
        out->slots[0] = slot_count(count);
        out->slots[1] = slot_count(summary->exporter_count);
        return true;
    }
    return false;
}
