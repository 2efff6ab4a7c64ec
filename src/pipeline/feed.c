// SPDX-License-Identifier: Apache-2.0
#include "pipeline/feed.h"

#include "base/must.h"
#include "base/time.h"

static bool holds(const struct rule *rule, int64_t time_ns)
{
    return !rule->by_event_time || (rule->from_ns <= time_ns && time_ns < rule->to_ns);
}

/* Between which boundaries the time is, and whether any rule is live there. */
static void enter(struct feed *feed, int64_t time_ns)
{
    const struct rule_set *rules = feed->rules;
    feed->from_ns = INT64_MIN;
    feed->to_ns = INT64_MAX;
    feed->is_open = false;
    for (size_t i = 0; i < rules->rule_count; i++) {
        const struct rule *rule = &rules->rules[i];
        const int64_t ends[] = { rule->from_ns, rule->to_ns };
        feed->is_open |= holds(rule, time_ns);
        for (size_t k = 0; rule->by_event_time && k < 2; k++) {
            if (ends[k] <= time_ns)
                feed->from_ns = ends[k] > feed->from_ns ? ends[k] : feed->from_ns;
            else
                feed->to_ns = ends[k] < feed->to_ns ? ends[k] : feed->to_ns;
        }
    }
}

void feed_set_rules(struct feed *feed, const struct rule_set *rules)
{
    int64_t from_ns = feed->from_ns;
    feed->rules = rules;
    feed->octets_per_second_max = rules->octets_per_second_max;
    if (!feed->has_begun)
        return;
    /* The input stays where it is; what was cut off before stays so. */
    enter(feed, from_ns);
    feed->from_ns = from_ns;
}

static enum feed_verdict judge_time(const struct feed *feed, int64_t time_ns)
{
    bool is_before_end = time_ns < feed->to_ns || feed->to_ns == INT64_MAX;
    if (LIKELY(time_ns >= feed->from_ns && is_before_end))
        return feed->is_open ? FEED_OPEN : FEED_NO_WARRANT;
    return time_ns < feed->from_ns ? FEED_LATE : FEED_CUT;
}

/* In whole seconds of the input: in none of them goes more through than the cap. */
static bool is_within_cap(struct feed *feed, const struct frame *frame)
{
    int64_t second = frame->time_ns / TIME_SECOND_NS;
    if (second > feed->second) {
        feed->second = second;
        feed->octets = 0;
    }
    if (feed->octets + frame->wire_len > feed->octets_per_second_max)
        return false;
    feed->octets += frame->wire_len;
    return true;
}

static enum feed_verdict judge_frame(struct feed *feed, const struct frame *frame)
{
    enum feed_verdict verdict = judge_time(feed, frame->time_ns);
    if (verdict != FEED_OPEN)
        return verdict;
    if (feed->octets_per_second_max > 0 && !is_within_cap(feed, frame))
        return FEED_OVER_CAP;
    feed->octets_copied += frame->wire_len;
    return FEED_OPEN;
}

static void begin(struct feed *feed, int64_t time_ns)
{
    feed->has_begun = true;
    feed->second = INT64_MIN;
    enter(feed, time_ns);
}

enum feed_verdict feed_judge(struct feed *feed, const struct frame *frames, size_t count,
                             size_t *out)
{
    MUST(count > 0);
    if (UNLIKELY(!feed->has_begun))
        begin(feed, frames[0].time_ns);
    enum feed_verdict verdict = judge_frame(feed, &frames[0]);
    *out = verdict != FEED_CUT;
    if (UNLIKELY(verdict == FEED_CUT))
        enter(feed, frames[0].time_ns);
    while (verdict == FEED_OPEN && *out < count &&
           judge_frame(feed, &frames[*out]) == FEED_OPEN)
        ++*out;
    feed->refused[verdict] += *out;
    return verdict;
}

enum feed_verdict feed_judge_flow(struct feed *feed, const struct flow *flow)
{
    int64_t end_ns = flow_end_ns(flow);
    bool is_open = false;
    for (size_t i = 0; i < feed->rules->rule_count && !is_open; i++)
        is_open = holds(&feed->rules->rules[i], end_ns);
    feed->refused[FEED_NO_WARRANT] += !is_open;
    return is_open ? FEED_OPEN : FEED_NO_WARRANT;
}

const char *feed_verdict_name(enum feed_verdict verdict)
{
    static const char *const names[FEED_VERDICTS] = {
        [FEED_OPEN] = "open",
        [FEED_CUT] = "cut",
        [FEED_NO_WARRANT] = "no_warrant",
        [FEED_LATE] = "too_late",
        [FEED_OVER_CAP] = "over_cap",
    };
    MUST(verdict < FEED_VERDICTS);
    return names[verdict];
}
