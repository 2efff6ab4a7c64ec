// SPDX-License-Identifier: Apache-2.0
/* Traffic at a border, through the stages a sensor has: feed, gate, select, minimise.  What
 * is not kept leaves counts behind and nothing else. */
#include "traffic.h"

#include <stdio.h>
#include <stdlib.h>

#include "minimise/minimise.h"

enum {
    PREFIXES_MAX = 16,
    LISTED_MAX = 64,
    TEXT_MAX = 4096,
    COUNTERS_MAX = 32,
    LISTED_MEMORY = 1 << 20,
    SELECT_MEMORY = 8 << 20
};

struct traffic {
    void *room; /* of the memory */
    struct arena memory;
    struct places *places;
    bool has_places;
    struct indicators *listed;
    struct select *select;
    struct rule_set rules;
    struct feed feed;
    const struct law_basis *basis; /* one sensor, one basis */
    struct {
        const char *name;
        uint64_t count;
    } counters[COUNTERS_MAX];
    size_t counter_count;
    char came[64]; /* what became of the last flow */
    size_t kept_count;
    struct minimised_flow kept[TRAFFIC_KEPT_MAX];
    uint64_t copied, offered; /* octets, of frames */
};

static const struct hash_key hashes = { { 5, 6, 7, 8 } };

static struct traffic *traffic_of(struct run *run)
{
    if (run->traffic)
        return run->traffic;
    struct traffic *traffic = calloc(1, sizeof *traffic);
    size_t size = places_size(PREFIXES_MAX) + LISTED_MEMORY + SELECT_MEMORY;
    void *memory = calloc(1, size);
    if (!traffic || !memory)
        abort();
    traffic->room = memory;
    traffic->memory = arena_over(memory, size);
    traffic->places = places_init(PREFIXES_MAX, &traffic->memory);
    traffic->listed = indicators_init(LISTED_MAX, TEXT_MAX, hashes, &traffic->memory);
    run->traffic = traffic;
    return traffic;
}

void traffic_done(struct run *run)
{
    if (run->traffic)
        free(run->traffic->room);
    free(run->traffic);
    run->traffic = NULL;
}

size_t traffic_kept(const struct run *run, const struct minimised_flow **out)
{
    *out = run->traffic ? run->traffic->kept : NULL;
    return run->traffic ? run->traffic->kept_count : 0;
}

static void count(struct traffic *traffic, const char *name)
{
    for (size_t i = 0; i < traffic->counter_count; i++) {
        if (is_word(traffic->counters[i].name, name)) {
            traffic->counters[i].count++;
            return;
        }
    }
    if (traffic->counter_count == COUNTERS_MAX)
        abort();
    traffic->counters[traffic->counter_count].name = name;
    traffic->counters[traffic->counter_count++].count = 1;
}

/* border PREFIX PLACE */
static bool take_border(struct run *run, const struct words *words)
{
    struct traffic *traffic = traffic_of(run);
    struct ip_prefix prefix;
    enum place place = PLACES;
    for (enum place known = PLACE_OWN; known < PLACES; known++) {
        if (is_word(place_name(known), words->at[2]))
            place = known;
    }
    if (place == PLACES)
        return fail(run, "\"%s\" is no place", words->at[2]);
    if (!ip_prefix_read(bytes_of_string(words->at[1]), &prefix))
        return fail(run, "\"%s\" is no prefix", words->at[1]);
    struct place_label label = { place, CLASS_UNKNOWN };
    return (!traffic->has_places && places_add(traffic->places, &prefix, label)) ||
           fail(run, "the border is closed, or full");
}

static bool take_listed(struct run *run, const struct words *words)
{
    struct traffic *traffic = traffic_of(run);
    char room[512];
    struct text scratch = text_over(room, sizeof room);
    struct indicator indicator = { 0 };
    if (indicator_read(bytes_of_string(words->at[1]), &scratch, &indicator) != FAULT_NONE ||
        !indicators_add_list(traffic->listed, "listed", &indicator.list) ||
        indicators_add(traffic->listed, &indicator) != INDICATORS_ADDED)
        return fail(run, "\"%s\" is no indicator", words->at[1]);
    return true;
}

static void select_anew(struct traffic *traffic)
{
    const struct select_limits limits = { .concern_max = 64, .quota_max = 64 };
    if (!traffic->select)
        traffic->select =
            select_init(&limits, traffic->listed, &traffic->rules, hashes, &traffic->memory);
    select_set_rules(traffic->select, &traffic->rules);
    feed_set_rules(&traffic->feed, &traffic->rules);
}

bool traffic_grant(struct run *run, const struct granted_warrant *granted)
{
    struct traffic *traffic = traffic_of(run);
    struct error err = { 0 };
    const struct law_basis *basis =
        law_find_basis(&run->law, bytes_of_string(granted->warrant.basis));
    size_t first = traffic->rules.rule_count;
    if (traffic->basis && traffic->basis != basis)
        return fail(run, "one sensor works under one basis");
    if (!warrant_compile(granted, &traffic->rules, &err))
        return fail(run, "%s", err.text);
    for (size_t i = first; i < traffic->rules.rule_count; i++)
        traffic->rules.rules[i].by_event_time = true;
    traffic->basis = basis;
    select_anew(traffic);
    return true;
}

/* live SERIAL under BASIS from MOMENT to MOMENT [cap OCTETS-A-SECOND] */
static bool take_live(struct run *run, const struct words *words)
{
    struct traffic *traffic = traffic_of(run);
    struct rule_set *rules = &traffic->rules;
    const struct law_basis *basis = law_find_basis(&run->law, bytes_of_string(words->at[3]));
    struct rule rule;
    uint64_t cap = 0;
    if (!basis)
        return fail(run, "this law has no basis \"%s\"", words->at[3]);
    if (traffic->basis && traffic->basis != basis)
        return fail(run, "one sensor works under one basis");
    if (!is_word(words->at[2], "under") || !is_word(words->at[4], "from") ||
        !is_word(words->at[6], "to"))
        return fail(run, "a warrant is told: under BASIS from MOMENT to MOMENT");
    struct mandate mandate = { .basis = basis->kind };
    (void)snprintf(mandate.basis_name, sizeof mandate.basis_name, "%s", basis->id);
    (void)snprintf(mandate.warrant, sizeof mandate.warrant, "%s", words->at[1]);
    (void)snprintf(mandate.selector, sizeof mandate.selector, "listed");
    if (rules->rule_count == 0)
        rule_set_any(rules, &mandate);
    else
        rules->rules[rules->rule_count++] = rules->rules[0];
    rule = rules->rules[rules->rule_count - 1];
    rule.mandate = mandate;
    rule.by_event_time = true;
    if (!read_moment(run, words->at[5], &rule.from_ns) ||
        !read_moment(run, words->at[7], &rule.to_ns) ||
        (words->count > 8 && (words->count != 10 || !is_word(words->at[8], "cap") ||
                              !read_count(run, words->at[9], &cap))))
        return run->failure[0] ? false : fail(run, "after the period comes cap OCTETS");
    rules->rules[rules->rule_count - 1] = rule;
    if (cap > 0)
        rules->octets_per_second_max = cap;
    traffic->basis = basis;
    select_anew(traffic);
    return true;
}

/* revoke SERIAL: it ends now */
static bool take_revocation(struct run *run, const struct words *words)
{
    struct traffic *traffic = traffic_of(run);
    for (size_t i = 0; i < traffic->rules.rule_count; i++) {
        struct rule *rule = &traffic->rules.rules[i];
        if (is_word(rule->mandate.warrant, words->at[1])) {
            rule->to_ns = run->now_ns;
            select_anew(traffic);
            return true;
        }
    }
    return fail(run, "no warrant \"%s\" is live", words->at[1]);
}

/* Each basis has a key of its own; here it is made of the basis' name, so that a scenario says
 * the same whenever it is played. */
static uint32_t withheld(const struct run *run, const struct traffic *traffic)
{
    return law_kinds_withheld(&run->law, traffic->basis, run->now_ns);
}

static struct minimise_policy policy_of(const struct run *run, const struct traffic *traffic)
{
    struct minimise_policy policy = {
        .lines_in_clear = traffic->basis->lines_in_clear,
        .kinds_withheld = withheld(run, traffic),
        .now_ns = run->now_ns,
        .retention_latest_ns = law_retention_end(&run->law, traffic->basis, run->now_ns),
    };
    memcpy(policy.key, traffic->basis->id, strlen(traffic->basis->id));
    return policy;
}

static const char *pass(struct run *run, struct traffic *traffic, const struct flow *flow)
{
    struct admitted_flow admitted;
    static struct selected_flow selected;
    const struct gate_policy gate = { .basis = traffic->basis->kind,
                                      .directions = traffic->basis->directions,
                                      .places = traffic->places };
    enum feed_verdict open = feed_judge_flow(&traffic->feed, flow);
    if (open != FEED_OPEN)
        return feed_verdict_name(open);
    enum gate_verdict verdict = gate_admit(&gate, flow, &admitted);
    if (verdict != GATE_ADMITTED)
        return gate_verdict_name(verdict);
    if (!select_flow(traffic->select, &admitted, &selected))
        return "unselected";
    const struct minimise_policy policy = policy_of(run, traffic);
    if (traffic->kept_count == TRAFFIC_KEPT_MAX)
        abort();
    minimise_flow(&policy, &selected, &traffic->kept[traffic->kept_count++]);
    return "kept";
}

/* flow ADDRESS ADDRESS PORT: that began and ended now */
static bool take_flow(struct run *run, const struct words *words)
{
    struct traffic *traffic = traffic_of(run);
    uint64_t port;
    if (!traffic->basis)
        return fail(run, "no warrant was ever live: see live");
    if (!traffic->has_places)
        places_build(traffic->places);
    traffic->has_places = true;
    struct flow flow = { .initiator_port = 50000, .protocol = 6, .end = FLOW_END_DETECTED };
    flow.forward.packets = 3;
    flow.forward.octets = 300;
    flow.forward.first_ns = flow.forward.last_ns = run->now_ns;
    if (!ip_read(bytes_of_string(words->at[1]), &flow.initiator) ||
        !ip_read(bytes_of_string(words->at[2]), &flow.responder))
        return fail(run, "two addresses make a flow");
    if (!read_count(run, words->at[3], &port) || port > UINT16_MAX)
        return fail(run, "\"%s\" is no port", words->at[3]);
    flow.responder_port = (uint16_t)port;
    const char *came = pass(run, traffic, &flow);
    (void)snprintf(traffic->came, sizeof traffic->came, "%s", came);
    count(traffic, came);
    return true;
}

static void judge_frames(struct traffic *traffic, const struct frame *frames,
                         size_t frame_count)
{
    while (frame_count > 0) {
        size_t judged = 0;
        enum feed_verdict verdict = feed_judge(&traffic->feed, frames, frame_count, &judged);
        for (size_t i = 0; i < judged; i++) {
            traffic->copied += verdict == FEED_OPEN ? frames[i].wire_len : 0;
            if (verdict != FEED_OPEN)
                count(traffic, feed_verdict_name(verdict));
        }
        frames += judged;
        frame_count -= judged;
    }
}

/* frames COUNT OCTETS: each so long, spread over the second that begins now */
static bool take_frames(struct run *run, const struct words *words)
{
    struct traffic *traffic = traffic_of(run);
    uint64_t number, octets;
    if (!read_count(run, words->at[1], &number) || !read_count(run, words->at[2], &octets))
        return false;
    for (uint64_t i = 0; i < number; i++) {
        const struct frame frame = {
            .wire_len = (uint32_t)octets,
            .time_ns = run->now_ns + (int64_t)(i * (uint64_t)TIME_SECOND_NS / number),
        };
        traffic->offered += octets;
        judge_frames(traffic, &frame, 1);
    }
    return true;
}

const struct verb traffic_verbs[] = {
    { "border", 3, 3, take_border, "border PREFIX PLACE" },
    { "listed", 2, 2, take_listed, "listed INDICATOR" },
    { "live", 8, 10, take_live, "live SERIAL under BASIS from MOMENT to MOMENT [cap OCTETS]" },
    { "revoke", 2, 2, take_revocation, "revoke SERIAL" },
    { "flow", 4, 4, take_flow, "flow ADDRESS ADDRESS PORT" },
    { "frames", 3, 3, take_frames, "frames COUNT OCTETS" },
    { NULL, 0, 0, NULL, NULL },
};

/* came WORDS */
static bool expect_came(struct run *run, const struct words *words)
{
    const char *came = traffic_of(run)->came;
    return is_word(came, words->at[1]) || fail(run, "the flow was: %s", came);
}

static bool expect_counted(struct run *run, const struct words *words)
{
    const struct traffic *traffic = traffic_of(run);
    uint64_t wanted, seen = 0;
    if (!read_count(run, words->at[2], &wanted))
        return false;
    for (size_t i = 0; i < traffic->counter_count; i++) {
        if (is_word(traffic->counters[i].name, words->at[1]))
            seen = traffic->counters[i].count;
    }
    return seen == wanted || fail(run, "it was counted %llu times", (unsigned long long)seen);
}

static const struct minimised_flow *last_kept(struct run *run, size_t back)
{
    const struct traffic *traffic = traffic_of(run);
    if (traffic->kept_count < back) {
        (void)fail(run, "so many flows were not kept");
        return NULL;
    }
    return &traffic->kept[traffic->kept_count - back];
}

static const struct party *line_of(const struct minimised_flow *flow)
{
    return flow->line_is_initiator ? &flow->initiator : &flow->responder;
}

/* line clear|pseudonym|same|other: as the line of the flow kept before */
static bool expect_line(struct run *run, const struct words *words)
{
    const struct minimised_flow *last = last_kept(run, 1);
    bool is_clear = is_word(words->at[1], "clear");
    if (!last)
        return false;
    if (is_clear || is_word(words->at[1], "pseudonym"))
        return line_of(last)->is_pseudonym != is_clear ||
               fail(run, "it is %s", is_clear ? "a pseudonym" : "in clear");
    const struct minimised_flow *before = last_kept(run, 2);
    bool wants_same = is_word(words->at[1], "same");
    if (!before)
        return false;
    if (!wants_same && !is_word(words->at[1], "other"))
        return fail(run, "a line is clear, pseudonym, same or other");
    return party_equal(line_of(last), line_of(before)) == wants_same ||
           fail(run, "the lines %s", wants_same ? "differ" : "are the same");
}

static bool expect_until(struct run *run, const struct words *words)
{
    const struct minimised_flow *last = last_kept(run, 1);
    int64_t day_ns;
    if (!last || !read_moment(run, words->at[1], &day_ns))
        return false;
    return last->retention_until_ns == day_ns + TIME_DAY_NS ||
           fail(run, "it is kept until %s", tell_moment(run, last->retention_until_ns));
}

static bool expect_mandate(struct run *run, const struct words *words)
{
    const struct minimised_flow *last = last_kept(run, 1);
    if (!last)
        return false;
    return is_word(last->why.mandate.warrant, words->at[1]) ||
           fail(run, "it was selected under %s", last->why.mandate.warrant);
}

/* volume told|withheld: packets, octets and protocol, of the third kind of information */
static bool expect_volume(struct run *run, const struct words *words)
{
    const struct minimised_flow *last = last_kept(run, 1);
    if (!last)
        return false;
    if (is_word(words->at[1], "told"))
        return (last->octets_forward > 0 && last->protocol > 0) || fail(run, "it is withheld");
    if (!is_word(words->at[1], "withheld"))
        return fail(run, "volume is told or withheld");
    return (last->octets_forward == 0 && last->packets_forward == 0 && last->protocol == 0) ||
           fail(run, "it is told");
}

/* copied OCTETS of OCTETS */
static bool expect_copied(struct run *run, const struct words *words)
{
    const struct traffic *traffic = traffic_of(run);
    uint64_t copied, offered;
    if (!read_count(run, words->at[1], &copied) || !read_count(run, words->at[3], &offered))
        return false;
    return (traffic->copied == copied && traffic->offered == offered) ||
           fail(run, "%llu of %llu were copied", (unsigned long long)traffic->copied,
                (unsigned long long)traffic->offered);
}

const struct verb traffic_expectations[] = {
    { "came", 2, 2, expect_came, "came WORDS" },
    { "counted", 3, 3, expect_counted, "counted WORDS COUNT" },
    { "line", 2, 2, expect_line, "line clear|pseudonym|same|other" },
    { "kept-until", 2, 2, expect_until, "kept-until LAST-DAY" },
    { "selected-under", 2, 2, expect_mandate, "selected-under SERIAL" },
    { "volume", 2, 2, expect_volume, "volume told|withheld" },
    { "copied", 4, 4, expect_copied, "copied OCTETS of OCTETS" },
    { NULL, 0, 0, NULL, NULL },
};
