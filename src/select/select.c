// SPDX-License-Identifier: Apache-2.0
/* What fired is held in a set of groups of eight, as in a processor's cache: a full group loses
 * the one that was longest without a match. */
#include "select/select.h"

#include "base/attr.h"
#include "base/must.h"
#include "select/rules_private.h"

enum { GROUP = 8, FILTER_WORDS = 2, HOST_FLOWS_MAX = 64 };

enum concern_kind { CONCERN_PAIR = 1, CONCERN_SERVER, CONCERN_HOST };

/* Compared as bytes, so there is no padding in it and what does not apply is 0. */
struct concern_key {
    struct ip_address server;
    struct ip_address line;
    uint16_t port;
    uint8_t protocol;
    uint8_t kind; /* enum concern_kind; 0 for a free place */
};

struct concern {
    struct concern_key key;
    uint32_t flows;           /* selected so far */
    float scores[BEHAVIOURS]; /* the highest so far; 0 where it did not fire */
    uint64_t touched;
};

struct group {
    uint32_t tags[GROUP];
    struct concern concerns[GROUP];
};

struct select {
    struct hash_key key;
    const struct indicators *indicators;
    struct rules *rules;
    struct group *groups;
    /* Two bits for each server or source that ever fired: most flows are asked this only. */
    uint64_t *filter;
    size_t group_mask;
    size_t concern_count;
    uint64_t clock;               /* counts touches */
    struct selection why;         /* of the flow in hand; too large to be cleared for each */
    struct indicator_marks marks; /* likewise */
    double scores[BEHAVIOURS];    /* of what fired on it, else below 0 */
    struct concern *hosts[2];     /* that fired, at its ends; NULL */
    struct flow of_sighting;      /* what of a sighting is asked as a flow is */
    struct select_counts counts;
};

static size_t groups_of(const struct select_limits *limits)
{
    size_t groups = 1;
    while (groups * GROUP * 2 <= limits->concern_max)
        groups *= 2;
    return groups;
}

size_t select_size(const struct select_limits *limits)
{
    return sizeof(struct select) + 3 * alignof(max_align_t) + rules_size(limits) +
           groups_of(limits) * (sizeof(struct group) + FILTER_WORDS * sizeof(uint64_t));
}

struct select *select_init(const struct select_limits *limits,
                           const struct indicators *indicators, const struct rule_set *rules,
                           struct hash_key key, struct arena *keep)
{
    struct select *select = ARENA_NEW(keep, struct select, 1);
    select->key = key;
    select->indicators = indicators;
    select->rules = rules_init(limits, key, keep);
    rules_set(select->rules, rules, indicators);
    select->groups = ARENA_NEW(keep, struct group, groups_of(limits));
    select->group_mask = groups_of(limits) - 1;
    select->filter = ARENA_NEW(keep, uint64_t, groups_of(limits) * FILTER_WORDS);
    return select;
}

void select_set_rules(struct select *select, const struct rule_set *rules)
{
    rules_set(select->rules, rules, select->indicators);
}

void select_set_indicators(struct select *select, const struct indicators *indicators)
{
    select->indicators = indicators;
    rules_set_indicators(select->rules, indicators);
}

static uint64_t hash_concern(const struct select *select, const struct concern_key *key)
{
    return hash_bytes(&select->key, (struct bytes){ (const uint8_t *)key, sizeof *key });
}

/* Of the server's or source's address alone, so that an end of a flow is asked for once. */
static uint64_t hash_server(const struct select *select, const struct ip_address *address)
{
    return hash_sixteen(&select->key, address->octets);
}

static uint64_t *filter_word(const struct select *select, uint64_t hash)
{
    return &select->filter[hash >> 32 & (select->group_mask * FILTER_WORDS + 1)];
}

static uint64_t filter_bits(uint64_t hash)
{
    return UINT64_C(1) << (hash & 63) | UINT64_C(1) << (hash >> 6 & 63);
}

static bool may_be_concern(const struct select *select, const struct ip_address *address)
{
    uint64_t hash = hash_server(select, address);
    uint64_t bits = filter_bits(hash);
    return (*filter_word(select, hash) & bits) == bits;
}

static struct concern *find_in(struct group *group, uint32_t tag, const struct concern_key *key)
{
    for (size_t i = 0; i < GROUP; i++) {
        if (group->tags[i] == tag && memcmp(&group->concerns[i].key, key, sizeof *key) == 0)
            return &group->concerns[i];
    }
    return NULL;
}

static struct concern *find_concern(struct select *select, const struct concern_key *key)
{
    uint64_t hash = hash_concern(select, key);
    struct group *group = &select->groups[hash >> 32 & select->group_mask];
    struct concern *concern = find_in(group, (uint32_t)hash, key);
    if (concern)
        concern->touched = ++select->clock;
    return concern;
}

/* A free place has never been touched, so it goes first. */
static size_t longest_untouched(const struct group *group)
{
    size_t oldest = 0;
    for (size_t i = 1; i < GROUP; i++) {
        if (group->concerns[i].touched < group->concerns[oldest].touched)
            oldest = i;
    }
    return oldest;
}

static void raise_score(struct concern *concern, const struct sighting *sighting)
{
    float *score = &concern->scores[sighting->behaviour];
    float least = 0x1p-20F; /* fired, be it weakly */
    float told = (float)sighting->score;
    *score = told > *score ? told : *score;
    *score = least > *score ? least : *score;
}

static void add_concern(struct select *select, const struct concern_key *key,
                        const struct sighting *sighting)
{
    struct concern *known = find_concern(select, key);
    if (known) {
        raise_score(known, sighting);
        return;
    }
    uint64_t hash = hash_concern(select, key);
    struct group *group = &select->groups[hash >> 32 & select->group_mask];
    size_t place = longest_untouched(group);
    if (group->concerns[place].key.kind != 0)
        select->counts.concern_evicted++;
    else
        select->concern_count++;
    group->tags[place] = (uint32_t)hash;
    group->concerns[place] = (struct concern){ .key = *key, .touched = ++select->clock };
    raise_score(&group->concerns[place], sighting);
    uint64_t server = hash_server(select, &key->server);
    *filter_word(select, server) |= filter_bits(server);
}

/* Says whether any behaviour fired on it. */
static bool take_scores(struct select *select, const struct concern *concern)
{
    for (size_t i = 0; concern && i < BEHAVIOURS; i++) {
        double score = (double)concern->scores[i];
        if (score > 0 && score > select->scores[i])
            select->scores[i] = score;
    }
    return concern != NULL;
}

/* Of its pair with that end as server, and of the server as a whole. */
static bool take_server_scores(struct select *select, const struct flow *flow,
                               bool is_initiator)
{
    struct concern_key key = {
        .server = is_initiator ? flow->initiator : flow->responder,
        .line = is_initiator ? flow->responder : flow->initiator,
        .port = is_initiator ? flow->initiator_port : flow->responder_port,
        .protocol = flow->protocol,
        .kind = CONCERN_PAIR,
    };
    bool is_pair = take_scores(select, find_concern(select, &key));
    memset(&key.line, 0, sizeof key.line);
    key.kind = CONCERN_SERVER;
    return take_scores(select, find_concern(select, &key)) || is_pair;
}

/* Of a host that fired, so many flows and no more. */
static bool take_host_scores(struct select *select, const struct flow *flow, bool is_initiator,
                             bool is_named_anyway)
{
    struct concern_key key = { .server = is_initiator ? flow->initiator : flow->responder,
                               .kind = CONCERN_HOST };
    struct concern *concern = find_concern(select, &key);
    if (concern && concern->flows < HOST_FLOWS_MAX) {
        select->hosts[is_initiator] = concern;
        return take_scores(select, concern);
    }
    select->counts.host_flows_left += concern && !is_named_anyway;
    return false;
}

static bool is_of_end(struct select *select, const struct flow *flow, bool is_initiator,
                      bool is_listed)
{
    const struct ip_address *end = is_initiator ? &flow->initiator : &flow->responder;
    if (!may_be_concern(select, end))
        return false;
    bool is_server = take_server_scores(select, flow, is_initiator);
    return take_host_scores(select, flow, is_initiator, is_listed || is_server) || is_server;
}

/* Does anything name the flow at all? */
static bool is_named(struct select *select, const struct flow *flow)
{
    struct selection *why = &select->why;
    why->hit_count = 0;
    for (size_t i = 0; i < BEHAVIOURS; i++)
        select->scores[i] = -1;
    select->hosts[0] = select->hosts[1] = NULL;
    bool is_listed =
        select->indicators &&
        indicators_match(select->indicators, flow, flow_start_ns(flow), why, &select->marks);
    if (select->concern_count == 0)
        return is_listed;
    bool by_initiator = is_of_end(select, flow, true, is_listed);
    bool by_responder = is_of_end(select, flow, false, is_listed || by_initiator);
    return is_listed || by_initiator || by_responder;
}

static bool is_asked_for(struct select *select, const struct admitted_flow *admitted,
                         const struct rule **rule)
{
    bool line_is_initiator = admitted_line_is_initiator(admitted);
    struct rule_question question = {
        .flow = &admitted->flow,
        .direction = admitted->direction,
        .line_is_initiator = line_is_initiator,
        .marks = select->why.hit_count > 0 ? &select->marks : NULL,
        .scores = select->scores,
        .time_ns = flow_end_ns(&admitted->flow),
        .server = line_is_initiator ? admitted->flow.responder : admitted->flow.initiator,
    };
    uint64_t stopped = rules_stopped(select->rules);
    if (rules_ask(select->rules, &question, rule) == RULE_YES)
        return true;
    select->counts.unasked += rules_stopped(select->rules) == stopped;
    return false;
}

static COLD bool ask_named(struct select *select, const struct admitted_flow *admitted,
                           struct selected_flow *out)
{
    const struct selection *why = &select->why;
    const struct rule *rule = NULL;
    if (!is_asked_for(select, admitted, &rule))
        return false;
    for (size_t i = 0; i < 2; i++)
        if (select->hosts[i])
            select->hosts[i]->flows++;
    out->admitted = *admitted;
    memset(&out->why, 0, sizeof out->why);
    out->why.hit_count = why->hit_count;
    memcpy(out->why.hits, why->hits, why->hit_count * sizeof *why->hits);
    for (size_t i = 0; i < BEHAVIOURS; i++)
        out->why.by_behaviour[i] = select->scores[i] >= 0;
    out->why.mandate = rule->mandate;
    out->retention_span_ns = rule->retention_span_ns;
    return true;
}

bool select_flow(struct select *select, const struct admitted_flow *admitted,
                 struct selected_flow *out)
{
    return !rules_are_empty(select->rules) && is_named(select, &admitted->flow) &&
           ask_named(select, admitted, out);
}

void select_prefetch(const struct select *select, const struct admitted_flow *flow)
{
    if (select->indicators)
        indicators_prefetch(select->indicators, &flow->flow);
    if (select->concern_count > 0) {
        PREFETCH(filter_word(select, hash_server(select, &flow->flow.initiator)));
        PREFETCH(filter_word(select, hash_server(select, &flow->flow.responder)));
    }
}

static struct concern_key concern_of(const struct sighting *sighting)
{
    if (behaviour_unit(sighting->behaviour) == UNIT_HOST)
        return (struct concern_key){ .server = sighting->server, .kind = CONCERN_HOST };
    struct concern_key key = { .server = sighting->server,
                               .port = sighting->port,
                               .protocol = sighting->protocol,
                               .kind = CONCERN_SERVER };
    if (sighting->has_line) {
        key.line = sighting->line;
        key.kind = CONCERN_PAIR;
    }
    return key;
}

/* What of a sighting is asked as a flow is.  Without a line both ends are the server, so that
 * no address stands there that nobody has. */
static void fill_flow(const struct sighting *sighting, struct flow *out)
{
    bool is_host = behaviour_unit(sighting->behaviour) == UNIT_HOST;
    struct ip_address line = sighting->has_line ? sighting->line : sighting->server;
    memset(out, 0, sizeof *out);
    out->initiator = is_host ? sighting->server : line;
    out->responder = is_host ? line : sighting->server;
    out->responder_port = sighting->port;
    out->protocol = sighting->protocol;
}

static bool line_calls(const struct sighting *sighting)
{
    return behaviour_unit(sighting->behaviour) != UNIT_HOST ||
           sighting->server_place == PLACE_OWN || sighting->server_place == PLACE_DOMESTIC;
}

static enum rule_answer ask_sighting(struct select *select, const struct sighting *sighting,
                                     bool names_nobody, const struct rule **rule)
{
    MUST(sighting->behaviour < BEHAVIOURS);
    struct flow *flow = &select->of_sighting;
    fill_flow(sighting, flow);
    bool is_listed =
        select->indicators && indicators_match(select->indicators, flow, sighting->last_ns,
                                               &select->why, &select->marks);
    for (size_t i = 0; i < BEHAVIOURS; i++)
        select->scores[i] = i == sighting->behaviour ? sighting->score : -1;
    struct rule_question question = { .flow = flow,
                                      .direction = sighting->direction,
                                      .line_is_initiator = line_calls(sighting),
                                      .marks = is_listed ? &select->marks : NULL,
                                      .scores = select->scores,
                                      .sighting = sighting,
                                      .names_nobody = names_nobody,
                                      .time_ns = sighting->last_ns,
                                      .server = sighting->server };
    return rules_ask(select->rules, &question, rule);
}

static enum rule_answer heed(struct select *select, const struct sighting *sighting,
                             bool names_nobody, const struct rule **rule)
{
    enum rule_answer answer = ask_sighting(select, sighting, names_nobody, rule);
    struct concern_key key = concern_of(sighting);
    if (answer != RULE_NO && behaviour_unit(sighting->behaviour) != UNIT_NAME)
        add_concern(select, &key, sighting);
    return answer;
}

bool select_sighting(struct select *select, const struct sighting *sighting,
                     struct selected_sighting *out)
{
    const struct rule *rule = NULL;
    uint64_t stopped = rules_stopped(select->rules);
    if (heed(select, sighting, false, &rule) != RULE_YES) {
        select->counts.sightings_unasked += rules_stopped(select->rules) == stopped;
        return false;
    }
    out->sighting = *sighting;
    out->mandate = rule->mandate;
    out->retention_span_ns = rule->retention_span_ns;
    return true;
}

void select_concern(struct select *select, const struct sighting *sighting)
{
    const struct rule *rule = NULL;
    (void)heed(select, sighting, true, &rule);
}

struct select_counts select_counts(const struct select *select)
{
    struct select_counts counts = select->counts;
    counts.expired_matches = select->marks.expired;
    counts.stopped = rules_stopped(select->rules);
    return counts;
}
