// SPDX-License-Identifier: Apache-2.0
#include "gate/gate.h"

#include "base/must.h"

/* Which directions a basis may let in.  An exercise runs under the rule of a public basis, so
 * that it shows what the law refuses: DD has no provision at all and an unknown side fails
 * closed (Act 42 of 2025, arts 11, 17, 22, 32, 33, 35). */
static const bool admits[BASES][DIRECTIONS] = {
    [BASIS_OWN] = { true, true, true, true, true },
    [BASIS_EXERCISE] = { [DIRECTION_FF] = true, [DIRECTION_FD] = true, [DIRECTION_DF] = true },
    [BASIS_STATUTORY] = { [DIRECTION_FF] = true, [DIRECTION_FD] = true, [DIRECTION_DF] = true },
};

/* An address that no single equipment has: it is where the other end is. */
static bool is_everyone(const struct ip_address *address)
{
    return ip_is_multicast(address) || ip_is_zero(address);
}

static struct place_label find(const struct gate_policy *policy,
                               const struct ip_address *address)
{
    if (!policy->places)
        return (struct place_label){ PLACE_UNKNOWN, CLASS_UNKNOWN };
    return places_find(policy->places, address);
}

/* Under basis own the owner's word and the kind of address fill what the table leaves open;
 * under every other basis what the table does not know stays unknown. */
static enum place place_of(const struct gate_policy *policy, const struct ip_address *address,
                           enum place place)
{
    const struct places *places = policy->places;
    if (place != PLACE_UNKNOWN || policy->basis != BASIS_OWN || is_everyone(address))
        return place;
    if (ip_is_internal(address))
        return policy->all_is_own ? PLACE_OWN : PLACE_DOMESTIC;
    /* Where no country is known, the border is that of one's own network. */
    return places && places_tell_border(places) ? PLACE_UNKNOWN : PLACE_FOREIGN;
}

struct ends {
    enum place initiator, responder;
    enum line_class initiator_class, responder_class;
};

/* Multicast, broadcast and the unspecified address take the place of the other end. */
static struct ends place_ends(const struct gate_policy *policy, const struct flow *flow)
{
    struct place_label from = find(policy, &flow->initiator);
    struct place_label to = find(policy, &flow->responder);
    enum place initiator = place_of(policy, &flow->initiator, from.place);
    enum place responder = place_of(policy, &flow->responder, to.place);
    if (policy->basis == BASIS_OWN) {
        enum place nobody = policy->all_is_own ? PLACE_OWN : PLACE_UNKNOWN;
        if (initiator == PLACE_UNKNOWN && is_everyone(&flow->initiator))
            initiator = responder == PLACE_UNKNOWN ? nobody : responder;
        if (responder == PLACE_UNKNOWN && is_everyone(&flow->responder))
            responder = initiator;
    }
    return (struct ends){ initiator, responder, from.line_class, to.line_class };
}

static enum direction direction_of(enum place from, enum place to)
{
    if (from == PLACE_UNKNOWN || to == PLACE_UNKNOWN)
        return DIRECTION_UNKNOWN;
    if (from == PLACE_FOREIGN)
        return to == PLACE_FOREIGN ? DIRECTION_FF : DIRECTION_FD;
    return to == PLACE_FOREIGN ? DIRECTION_DF : DIRECTION_DD;
}

static enum gate_verdict judge(const struct gate_policy *policy, struct ends ends,
                               enum direction direction)
{
    bool touches_own = ends.initiator == PLACE_OWN || ends.responder == PLACE_OWN;
    if (policy->basis == BASIS_OWN && !policy->all_is_own && !touches_own)
        return GATE_NOT_OWN;
    bool is_covered = policy->directions == 0 ? policy->basis != BASIS_STATUTORY
                                              : policy->directions >> direction & 1;
    if (admits[policy->basis][direction])
        return is_covered ? GATE_ADMITTED : GATE_OTHER_DIRECTION;
    return direction == DIRECTION_UNKNOWN ? GATE_UNKNOWN_SIDE : GATE_DOMESTIC;
}

enum gate_verdict gate_admit(const struct gate_policy *policy, const struct flow *flow,
                             struct admitted_flow *out)
{
    MUST(policy->basis < BASES);
    struct ends ends = place_ends(policy, flow);
    enum direction direction = direction_of(ends.initiator, ends.responder);
    enum gate_verdict verdict = judge(policy, ends, direction);
    if (verdict != GATE_ADMITTED)
        return verdict;
    out->flow = *flow;
    out->direction = direction;
    out->basis = policy->basis;
    out->initiator_place = ends.initiator;
    out->responder_place = ends.responder;
    out->initiator_class = ends.initiator_class;
    out->responder_class = ends.responder_class;
    return GATE_ADMITTED;
}

void gate_prefetch(const struct gate_policy *policy, const struct flow *flow)
{
    if (!policy->places)
        return;
    places_prefetch(policy->places, &flow->initiator);
    places_prefetch(policy->places, &flow->responder);
}

const char *gate_verdict_name(enum gate_verdict verdict)
{
    static const char *const names[GATE_VERDICTS] = {
        [GATE_ADMITTED] = "admitted",
        [GATE_NOT_OWN] = "not own",
        [GATE_DOMESTIC] = "domestic to domestic",
        [GATE_OTHER_DIRECTION] = "other direction",
        [GATE_UNKNOWN_SIDE] = "unknown side",
    };
    MUST(verdict < GATE_VERDICTS);
    return names[verdict];
}
