// SPDX-License-Identifier: Apache-2.0
#include "base/must.h"
#include "crossing/crossing.h"

const char *crossing_refusal_name(enum crossing_refusal refusal)
{
    static const char *const names[CROSSING_REFUSALS] = {
        [CROSSING_TAKEN] = "taken",
        [CROSSING_UNSELECTED] = "unselected",
        [CROSSING_NO_RULE] = "no rule",
        [CROSSING_OTHER_BASIS] = "other basis",
        [CROSSING_IN_CLEAR] = "line in clear",
        [CROSSING_NO_RETENTION] = "no retention",
    };
    MUST(refusal < CROSSING_REFUSALS);
    return names[refusal];
}

static bool same(const char *a, const char *b)
{
    return bytes_equal(bytes_of_string(a), bytes_of_string(b));
}

static bool is_of(const struct rule *rule, const struct mandate *mandate)
{
    return rule->mandate.basis == mandate->basis &&
           same(rule->mandate.basis_name, mandate->basis_name) &&
           same(rule->mandate.warrant, mandate->warrant) &&
           same(rule->mandate.selector, mandate->selector);
}

/* The basis stands in the record beside the mandate: both must be the rules'. */
static enum crossing_refusal judge_mandate(const struct crossing_terms *terms,
                                           const struct mandate *mandate, enum basis basis)
{
    if (mandate->basis != basis)
        return CROSSING_OTHER_BASIS;
    for (size_t i = 0; i < terms->rules->rule_count; i++) {
        if (is_of(&terms->rules->rules[i], mandate))
            return CROSSING_TAKEN;
    }
    return CROSSING_NO_RULE;
}

static enum crossing_refusal judge_kept(const struct crossing_terms *terms, int64_t until_ns)
{
    bool has_end = until_ns > 0 && until_ns <= terms->retention_latest_ns;
    return has_end ? CROSSING_TAKEN : CROSSING_NO_RETENTION;
}

/* Who is behind the border is a person's line, whichever end it is (minimise/minimise.c). */
static bool is_in_clear(const struct party *party)
{
    bool is_line = party->place == PLACE_OWN || party->place == PLACE_DOMESTIC ||
                   ip_is_internal(&party->address);
    return !party->is_pseudonym && is_line && !ip_is_multicast(&party->address);
}

static bool has_reason(const struct selection *why)
{
    bool by_behaviour = false;
    for (size_t i = 0; i < BEHAVIOURS; i++)
        by_behaviour = by_behaviour || why->by_behaviour[i];
    return why->hit_count > 0 || by_behaviour;
}

enum crossing_refusal crossing_judge_flow(const struct crossing_terms *terms,
                                          const struct minimised_flow *flow)
{
    if (!has_reason(&flow->why))
        return CROSSING_UNSELECTED;
    enum crossing_refusal refusal = judge_mandate(terms, &flow->why.mandate, flow->basis);
    if (refusal != CROSSING_TAKEN)
        return refusal;
    if (!terms->lines_in_clear &&
        (is_in_clear(&flow->initiator) || is_in_clear(&flow->responder) ||
         flow->facts.dns_answer_count > 0))
        return CROSSING_IN_CLEAR;
    return judge_kept(terms, flow->retention_until_ns);
}

enum crossing_refusal crossing_judge_sighting(const struct crossing_terms *terms,
                                              const struct minimised_sighting *sighting)
{
    const struct sighting *fired = &sighting->sighting;
    enum crossing_refusal refusal = judge_mandate(terms, &sighting->mandate, fired->basis);
    if (refusal != CROSSING_TAKEN)
        return refusal;
    if (!terms->lines_in_clear &&
        (is_in_clear(&sighting->server) || (fired->has_line && is_in_clear(&sighting->line))))
        return CROSSING_IN_CLEAR;
    return judge_kept(terms, sighting->retention_until_ns);
}
