// SPDX-License-Identifier: Apache-2.0
/* What fired is held in a set of groups of eight, as in a processor's cache: a full group loses
 * the one that was longest without a match. */
#include "select/select.h"

#include "base/attr.h"
#include "base/must.h"
#include "select/rules_private.h"

enum { GROUP = 8, FILTER_WORDS = 2, SCAN_FLOWS_MAX = 64 };

enum concern_kind { CONCERN_PAIR = 1, CONCERN_SERVER, CONCERN_SCANNER };

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
    uint32_t flows; /* selected so far */
    double score;   /* the highest so far */
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
    struct concern *scanner;      /* that it is of; NULL */
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

static void add_concern(struct select *select, const struct concern_key *key, double score)
{
    struct concern *known = find_concern(select, key);
    if (known) {
        known->score = score > known->score ? score : known->score;
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
    group->concerns[place] =
        (struct concern){ .key = *key, .score = score, .touched = ++select->clock };
    uint64_t server = hash_server(select, &key->server);
    *filter_word(select, server) |= filter_bits(server);
}

/* The higher score of its pair with that end as server, and of the server as a whole; below 0
 * when neither fired. */
static double server_score(struct select *select, const struct flow *flow, bool is_initiator)
{
    struct concern_key key = {
        .server = is_initiator ? flow->initiator : flow->responder,
        .line = is_initiator ? flow->responder : flow->initiator,
        .port = is_initiator ? flow->initiator_port : flow->responder_port,
        .protocol = flow->protocol,
        .kind = CONCERN_PAIR,
    };
    const struct concern *pair = find_concern(select, &key);
    double score = pair ? pair->score : -1;
    memset(&key.line, 0, sizeof key.line);
    key.kind = CONCERN_SERVER;
    const struct concern *server = find_concern(select, &key);
    return server && server->score > score ? server->score : score;
}

static double beacon_score(struct select *select, const struct flow *flow, bool initiator,
                           bool responder)
{
    double called = responder ? server_score(select, flow, false) : -1;
    double calls = initiator ? server_score(select, flow, true) : -1;
    return called > calls ? called : calls;
}

/* Of a source that scans, so many flows and no more. */
static double scan_score(struct select *select, const struct flow *flow, bool is_named_anyway)
{
    struct concern_key key = { .server = flow->initiator, .kind = CONCERN_SCANNER };
    struct concern *concern = find_concern(select, &key);
    if (concern && concern->flows < SCAN_FLOWS_MAX) {
        select->scanner = concern;
        return concern->score;
    }
    select->counts.scan_flows_left += concern && !is_named_anyway;
    return -1;
}

/* Does anything name the flow at all? */
static bool is_named(struct select *select, const struct flow *flow)
{
    struct selection *why = &select->why;
    why->hit_count = 0;
    for (size_t i = 0; i < BEHAVIOURS; i++)
        select->scores[i] = -1;
    select->scanner = NULL;
    bool is_listed =
        select->indicators &&
        indicators_match(select->indicators, flow, flow_start_ns(flow), why, &select->marks);
    if (select->concern_count == 0)
        return is_listed;
    bool initiator = may_be_concern(select, &flow->initiator);
    bool responder = may_be_concern(select, &flow->responder);
    if (!initiator && !responder)
        return is_listed;
    double beacon = beacon_score(select, flow, initiator, responder);
    select->scores[BEHAVIOUR_BEACON] = beacon;
    double scan = initiator ? scan_score(select, flow, is_listed || beacon >= 0) : -1;
    select->scores[BEHAVIOUR_SCAN] = scan;
    return is_listed || beacon >= 0 || scan >= 0;
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
    if (select->scanner)
        select->scanner->flows++;
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
    if (sighting->behaviour == BEHAVIOUR_SCAN)
        return (struct concern_key){ .server = sighting->server, .kind = CONCERN_SCANNER };
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
    bool is_scan = sighting->behaviour == BEHAVIOUR_SCAN;
    struct ip_address line = sighting->has_line ? sighting->line : sighting->server;
    memset(out, 0, sizeof *out);
    out->initiator = is_scan ? sighting->server : line;
    out->responder = is_scan ? line : sighting->server;
    out->responder_port = sighting->port;
    out->protocol = sighting->protocol;
}

static bool line_calls(const struct sighting *sighting)
{
    return sighting->behaviour != BEHAVIOUR_SCAN || sighting->server_place == PLACE_OWN ||
           sighting->server_place == PLACE_DOMESTIC;
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
    if (answer != RULE_NO)
        add_concern(select, &key, sighting->score);
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
