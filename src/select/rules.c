// SPDX-License-Identifier: Apache-2.0
#include "select/rules_private.h"

#include "base/must.h"
#include "base/time.h"
#include "select/quota_private.h"

enum { NO_LIST = UINT16_MAX - 1 };

struct rules {
    const struct rule_set *set;     /* NULL: nothing is selected */
    uint16_t lists[RULE_LISTS_MAX]; /* of the set's names: in the indicators, or NO_LIST */
    uint64_t identities[RULES_MAX]; /* of mandates: what was used up outlives a swap */
    uint32_t behaviours[RULES_MAX]; /* bits 1 << enum behaviour: that conditions ask for */
    struct hash_key key;
    struct quota *quota;
    uint64_t stopped;
};

size_t rules_size(const struct select_limits *limits)
{
    return sizeof(struct rules) + alignof(max_align_t) + quota_size(limits->quota_max);
}

struct rules *rules_init(const struct select_limits *limits, struct hash_key key,
                         struct arena *keep)
{
    struct rules *rules = ARENA_NEW(keep, struct rules, 1);
    rules->key = key;
    rules->quota = quota_init(limits, key, keep);
    return rules;
}

static uint64_t identity_of(const struct hash_key *key, const struct mandate *mandate)
{
    uint64_t warrant = hash_bytes(key, bytes_of_string(mandate->warrant));
    return hash_two(key, warrant, hash_bytes(key, bytes_of_string(mandate->selector)));
}

static uint32_t behaviours_of(const struct rule_set *set, const struct rule *rule)
{
    uint32_t behaviours = 0;
    for (size_t i = 0; i < rule->step_count; i++) {
        const struct rule_step *step = &set->steps[rule->step_first + i];
        if (step->operation == RULE_BEHAVIOUR)
            behaviours |= UINT32_C(1) << step->what;
    }
    return behaviours;
}

void rules_set_indicators(struct rules *rules, const struct indicators *indicators)
{
    const struct rule_set *set = rules->set;
    for (size_t i = 0; set && i < set->list_count; i++) {
        rules->lists[i] = NO_LIST;
        if (indicators)
            (void)indicators_find_list(indicators, set->lists[i], &rules->lists[i]);
    }
}

void rules_set(struct rules *rules, const struct rule_set *set,
               const struct indicators *indicators)
{
    rules->set = set && set->rule_count > 0 ? set : NULL;
    rules_set_indicators(rules, indicators);
    for (size_t i = 0; set && i < set->rule_count; i++) {
        rules->identities[i] = identity_of(&rules->key, &set->rules[i].mandate);
        rules->behaviours[i] = behaviours_of(set, &set->rules[i]);
    }
}

bool rules_are_empty(const struct rules *rules)
{
    return !rules->set;
}

uint64_t rules_stopped(const struct rules *rules)
{
    return rules->stopped;
}

/* The stands that count, bit 1 << enum indicator_stand. */
static unsigned stands_of(const struct rule_step *step, const struct rule_question *question)
{
    enum { ENDS = 1U << STAND_INITIATOR | 1U << STAND_RESPONDER };
    switch ((enum rule_where)step->where) {
    case RULE_AT_END: return ENDS;
    case RULE_IN_DNS: return 1U << STAND_DNS;
    case RULE_AT_SERVER:
        return 1U << (question->line_is_initiator ? STAND_RESPONDER : STAND_INITIATOR);
    case RULE_ANYWHERE:
    case RULE_WHERES: break;
    }
    return ENDS | 1U << STAND_DNS;
}

static bool is_marked(const struct indicator_marks *marks, unsigned stands, size_t list,
                      unsigned kinds)
{
    unsigned found = 0;
    for (size_t stand = 0; stand < INDICATOR_STANDS; stand++) {
        if (stands >> stand & 1)
            found |= marks->kinds[stand][list];
    }
    return (found & kinds) != 0;
}

/* A sighting tells addresses, no names and no fingerprints. */
static bool is_told_by_sighting(const struct rule_step *step)
{
    return step->where != RULE_IN_DNS &&
           (step->what == INDICATOR_ADDRESS || step->what == INDICATOR_PREFIX ||
            step->what == INDICATOR_ENDPOINT);
}

static bool is_listed(const struct rules *rules, const struct rule_step *step,
                      const struct rule_question *question)
{
    unsigned kinds = step->what == RULE_ANY_KIND ? UINT8_MAX : 1U << step->what;
    unsigned stands = stands_of(step, question);
    if (!question->marks)
        return false;
    if (step->list != RULE_ANY_LIST)
        return is_marked(question->marks, stands, rules->lists[step->list], kinds);
    bool found = false;
    for (size_t list = 0; list < INDICATOR_LISTS_MAX && !found; list++)
        found = is_marked(question->marks, stands, list, kinds);
    return found;
}

static enum rule_answer ask_listed(const struct rules *rules, const struct rule_step *step,
                                   const struct rule_question *question)
{
    if (step->list != RULE_ANY_LIST && rules->lists[step->list] == NO_LIST)
        return RULE_CANNOT_TELL;
    if (is_listed(rules, step, question))
        return RULE_YES;
    return question->sighting && !is_told_by_sighting(step) ? RULE_CANNOT_TELL : RULE_NO;
}

static enum rule_answer ask_behaviour(const struct rule_step *step,
                                      const struct rule_question *question)
{
    double score = question->scores[step->what];
    if (score >= 0 && score >= (double)step->low)
        return RULE_YES;
    return question->sighting && score < 0 ? RULE_CANNOT_TELL : RULE_NO;
}

static bool has_ports(const struct flow *flow)
{
    enum { TCP = 6, UDP = 17, SCTP = 132 };
    return flow->protocol == TCP || flow->protocol == UDP || flow->protocol == SCTP;
}

/* As the server chose it; what a client offers is not yet what is spoken, and logs may tell
 * none. */
static bool find_tls_version(const struct flow *flow, uint64_t *out)
{
    for (const struct fact *fact = flow->facts; fact; fact = fact->next) {
        if (fact->kind != FACT_TLS_SERVER || fact->tls_server.chosen_version == 0)
            continue;
        *out = fact->tls_server.chosen_version;
        return true;
    }
    return false;
}

static uint64_t duration_ms(const struct flow *flow)
{
    int64_t span_ns = flow_end_ns(flow) - flow_start_ns(flow);
    return span_ns > 0 ? (uint64_t)(span_ns / TIME_MILLISECOND_NS) : 0;
}

/* False when the flow does not tell. */
static bool find_field(const struct rule_question *question, enum rule_field field,
                       uint64_t *out)
{
    const struct flow *flow = question->flow;
    bool is_out = question->line_is_initiator;
    const struct flow_half *from_line = is_out ? &flow->forward : &flow->reverse;
    const struct flow_half *to_line = is_out ? &flow->reverse : &flow->forward;
    switch (field) {
    case RULE_SERVER_PORT: *out = flow->responder_port; return has_ports(flow);
    case RULE_PROTOCOL: *out = flow->protocol; return true;
    case RULE_PACKETS: *out = flow->forward.packets + flow->reverse.packets; return true;
    case RULE_OCTETS: *out = flow->forward.octets + flow->reverse.octets; return true;
    case RULE_OCTETS_OUT: *out = from_line->octets; return true;
    case RULE_OCTETS_IN: *out = to_line->octets; return true;
    case RULE_DURATION_MS: *out = duration_ms(flow); return true;
    case RULE_TCP_STATE: *out = flow->tcp; return flow->tcp != FLOW_TCP_NONE;
    case RULE_TLS_VERSION: return find_tls_version(flow, out);
    case RULE_DIRECTION:
        *out = (uint64_t)question->direction;
        return question->direction != DIRECTION_UNKNOWN;
    case RULE_FIELDS: break;
    }
    return false;
}

static bool is_field_of_sighting(enum rule_field field, const struct flow *flow)
{
    return field == RULE_PROTOCOL || field == RULE_DIRECTION ||
           (field == RULE_SERVER_PORT && flow->responder_port != 0);
}

static enum rule_answer ask_field(const struct rule_step *step,
                                  const struct rule_question *question)
{
    enum rule_field field = (enum rule_field)step->what;
    uint64_t value = 0;
    if (question->sighting && !is_field_of_sighting(field, question->flow))
        return RULE_CANNOT_TELL;
    if (!find_field(question, field, &value))
        return RULE_CANNOT_TELL;
    return step->low <= value && value <= step->high ? RULE_YES : RULE_NO;
}

static enum rule_answer ask_term(const struct rules *rules, const struct rule_step *step,
                                 const struct rule_question *question)
{
    if (step->operation == RULE_LISTED)
        return ask_listed(rules, step, question);
    if (step->operation == RULE_BEHAVIOUR)
        return ask_behaviour(step, question);
    return ask_field(step, question);
}

/* Kleene's three values: `and` is the lesser of two, `or` the greater. */
static enum rule_answer ask_condition(const struct rules *rules, const struct rule *rule,
                                      const struct rule_question *question)
{
    enum rule_answer stack[RULE_DEPTH_MAX];
    size_t depth = 0;
    for (size_t i = 0; i < rule->step_count; i++) {
        const struct rule_step *step = &rules->set->steps[rule->step_first + i];
        if (step->operation == RULE_NOT) {
            stack[depth - 1] = (enum rule_answer)(RULE_YES - stack[depth - 1]);
        } else if (step->operation == RULE_AND || step->operation == RULE_OR) {
            enum rule_answer a = stack[depth - 2], b = stack[depth - 1];
            bool takes_a = step->operation == RULE_AND ? a < b : a > b;
            stack[--depth - 1] = takes_a ? a : b;
        } else {
            MUST(depth < RULE_DEPTH_MAX);
            stack[depth++] = ask_term(rules, step, question);
        }
    }
    return depth == 1 ? stack[0] : RULE_NO;
}

/* What a behaviour fired on is not for rules that do not ask for that behaviour. */
static bool is_for(const struct rules *rules, size_t at, const struct rule_question *question)
{
    return !question->sighting ||
           (rules->behaviours[at] >> question->sighting->behaviour & 1) != 0;
}

/* A rate that nobody told may be any. */
static bool is_sampled_too_thinly(const struct rule *rule, const struct rule_question *question)
{
    uint32_t rate = observation_rate(&question->flow->observation);
    return !question->sighting && rule->sampling_max > 0 &&
           (rate == 0 || rate > rule->sampling_max);
}

static bool is_in_force(const struct rule *rule, const struct rule_question *question)
{
    return !rule->by_event_time ||
           (rule->from_ns <= question->time_ns && question->time_ns < rule->to_ns);
}

static bool is_within_quota(struct rules *rules, size_t at,
                            const struct rule_question *question)
{
    const struct rule *rule = &rules->set->rules[at];
    if (rule->servers_per_day_max == 0 || question->names_nobody)
        return true;
    struct quota_claim claim = { .rule = rules->identities[at],
                                 .day = question->time_ns / TIME_DAY_NS,
                                 .server = question->server,
                                 .servers_max = rule->servers_per_day_max };
    return quota_claim(rules->quota, &claim);
}

enum rule_answer rules_ask(struct rules *rules, const struct rule_question *question,
                           const struct rule **out)
{
    enum rule_answer best = RULE_NO;
    bool is_stopped = false;
    for (size_t i = 0; rules->set && i < rules->set->rule_count; i++) {
        const struct rule *rule = &rules->set->rules[i];
        if (!is_for(rules, i, question) || !is_in_force(rule, question) ||
            is_sampled_too_thinly(rule, question))
            continue;
        enum rule_answer answer = ask_condition(rules, rule, question);
        if (answer == RULE_YES && is_within_quota(rules, i, question)) {
            *out = rule;
            return RULE_YES;
        }
        is_stopped |= answer == RULE_YES;
        best = answer == RULE_CANNOT_TELL ? RULE_CANNOT_TELL : best;
    }
    rules->stopped += is_stopped;
    return best;
}
