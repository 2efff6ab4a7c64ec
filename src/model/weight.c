// SPDX-License-Identifier: Apache-2.0
#include "model/weight.h"

#include <math.h>

#include "base/must.h"

static const uint8_t families[MEASURES] = {
    [MEASURE_INTERVAL_MEDIAN] = FAMILY_TIMING,
    [MEASURE_INTERVAL_SPREAD] = FAMILY_TIMING,
    [MEASURE_RITA_SCORE] = FAMILY_TIMING,
    [MEASURE_INTERVAL_COMB] = FAMILY_TIMING,
    [MEASURE_COUNT_DISPERSION] = FAMILY_TIMING,
    [MEASURE_HOUR_ENTROPY] = FAMILY_TIMING,
    [MEASURE_POOLED_COMB] = FAMILY_TIMING,
    [MEASURE_POOLED_SUM] = FAMILY_TIMING,
    [MEASURE_SIZE_SPREAD] = FAMILY_SIZE,
    [MEASURE_SIZE_MODES] = FAMILY_SIZE,
    [MEASURE_PACKET_OCTETS] = FAMILY_SIZE,
    [MEASURE_EQUAL_SHARE] = FAMILY_SIZE,
    [MEASURE_ACTIVE_SLOTS] = FAMILY_PERSISTENCE,
    [MEASURE_DURATION] = FAMILY_PERSISTENCE,
    [MEASURE_CLIENTS] = FAMILY_RARITY,
    [MEASURE_PREVALENCE] = FAMILY_RARITY,
    [MEASURE_AGE] = FAMILY_NOVELTY,
    [MEASURE_FAILED_SHARE] = FAMILY_FAILURE,
    [MEASURE_FAILED_NET] = FAMILY_FAILURE,
    [MEASURE_ATTEMPTS] = FAMILY_FAILURE,
    [MEASURE_NX_SHARE] = FAMILY_FAILURE,
    [MEASURE_TARGETS] = FAMILY_BREADTH,
    [MEASURE_TARGET_HOSTS] = FAMILY_BREADTH,
    [MEASURE_TARGET_PORTS] = FAMILY_BREADTH,
    [MEASURE_SOURCES] = FAMILY_BREADTH,
    [MEASURE_NX_DOMAINS] = FAMILY_BREADTH,
    [MEASURE_DARK_HITS] = FAMILY_BREADTH,
    [MEASURE_NEW_TARGETS] = FAMILY_BREADTH,
    [MEASURE_PEERS] = FAMILY_BREADTH,
    [MEASURE_PREFIX_DIVERSITY] = FAMILY_BREADTH,
    [MEASURE_SERVERS] = FAMILY_BREADTH,
    [MEASURE_DIVERSITY] = FAMILY_BREADTH,
    [MEASURE_CONNECTIONS] = FAMILY_VOLUME,
    [MEASURE_OCTETS_OUT] = FAMILY_VOLUME,
    [MEASURE_OCTETS_IN] = FAMILY_VOLUME,
    [MEASURE_RATE_PACKETS] = FAMILY_VOLUME,
    [MEASURE_RATE_OCTETS] = FAMILY_VOLUME,
    [MEASURE_DEVIATION] = FAMILY_DEVIATION,
    [MEASURE_MONTH_OCTETS] = FAMILY_VOLUME,
    [MEASURE_UPLOAD_RATIO] = FAMILY_FORM,
    [MEASURE_ANSWER_OCTETS] = FAMILY_FORM,
    [MEASURE_SYN_SHARE] = FAMILY_FORM,
    [MEASURE_AMPLIFICATION] = FAMILY_FORM,
    [MEASURE_REFLECTORS] = FAMILY_BREADTH,
    [MEASURE_VICTIMS] = FAMILY_BREADTH,
    [MEASURE_ACTIVE_HOSTS] = FAMILY_FORM,
    [MEASURE_SOURCE_ENTROPY] = FAMILY_FORM,
    [MEASURE_PORT_SHARE] = FAMILY_FORM,
    [MEASURE_INFORMATION] = FAMILY_INFORMATION,
    [MEASURE_ANSWER_INFORMATION] = FAMILY_FORM, /* what comes back, not what is asked */
    [MEASURE_NAMES] = FAMILY_INFORMATION,
    [MEASURE_NAME_LENGTH] = FAMILY_INFORMATION,
    [MEASURE_NAME_LIKELIHOOD] = FAMILY_WORDS,
    [MEASURE_ADDRESSES] = FAMILY_ADDRESSES,
    [MEASURE_NETWORKS] = FAMILY_ADDRESSES,
    [MEASURE_TTL] = FAMILY_ADDRESSES,
    [MEASURE_ROLE_DUALITY] = FAMILY_ROLE,
    [MEASURE_CONSERVATION] = FAMILY_CONSERVATION,
    [MEASURE_CORRELATION] = FAMILY_ECHO,
    [MEASURE_ADJACENCY] = FAMILY_ECHO,
    [MEASURE_HINTS] = FAMILY_DEVIATION,
    [MEASURE_PATH] = FAMILY_COMPANY,
    [MEASURE_OVERLAP] = FAMILY_OVERLAP,
    [MEASURE_MEMBERS] = FAMILY_COMPANY,
    [MEASURE_CONTROLLERS] = FAMILY_COMPANY,
    [MEASURE_CONTROLLED_LINES] = FAMILY_COMPANY,
    [MEASURE_LIFT] = FAMILY_COMPANY,
    [MEASURE_FLAGGED_LINES] = FAMILY_COMPANY,
    [MEASURE_ACCOUNTS] = FAMILY_ACCOUNTS,
    [MEASURE_POLLER] = FAMILY_POLLER,
    [MEASURE_POLLER_NAME] = FAMILY_CONTEXT,
    [MEASURE_INDICATOR_HITS] = FAMILY_LISTED,
    [MEASURE_SAMPLING_RATE] = FAMILY_CONTEXT,
    [MEASURE_BASELINE] = FAMILY_CONTEXT,
    [MEASURE_PREFIX_LENGTH] = FAMILY_CONTEXT,
    [MEASURE_P_VALUE] = FAMILY_CONTEXT,
    [MEASURE_FALSE_DISCOVERY] = FAMILY_CONTEXT,
    [MEASURE_NULL_SAMPLES] = FAMILY_CONTEXT,
    [MEASURE_RANK] = FAMILY_CONTEXT,
    [MEASURE_VERDICT] = FAMILY_CONTEXT,
    [MEASURE_UNITS_JUDGED] = FAMILY_CONTEXT,
    [MEASURE_FAMILIES] = FAMILY_CONTEXT,
};

static const char *const names[FAMILIES] = {
    [FAMILY_OTHER] = "other",         [FAMILY_TIMING] = "timing",
    [FAMILY_SIZE] = "size",           [FAMILY_PERSISTENCE] = "persistence",
    [FAMILY_RARITY] = "rarity",       [FAMILY_FAILURE] = "failure",
    [FAMILY_BREADTH] = "breadth",     [FAMILY_VOLUME] = "volume",
    [FAMILY_FORM] = "form",           [FAMILY_INFORMATION] = "information",
    [FAMILY_WORDS] = "words",         [FAMILY_ADDRESSES] = "addresses",
    [FAMILY_ROLE] = "role",           [FAMILY_CONSERVATION] = "conservation",
    [FAMILY_ECHO] = "echo",           [FAMILY_COMPANY] = "company",
    [FAMILY_OVERLAP] = "overlap",     [FAMILY_ACCOUNTS] = "accounts",
    [FAMILY_DEVIATION] = "deviation", [FAMILY_NOVELTY] = "novelty",
    [FAMILY_POLLER] = "poller",       [FAMILY_LISTED] = "listed",
    [FAMILY_CONTEXT] = "context",
};

enum family measure_family(enum measure_id id)
{
    MUST(id < MEASURES);
    return (enum family)families[id];
}

const char *family_name(enum family family)
{
    MUST(family < FAMILIES && names[family]);
    return names[family];
}

/* What the measures of each family say. */
struct opinion {
    double most, least; /* heaviest for and against; 0 when there is none */
    bool is_asked;
};

static void hear(const struct measure *measures, size_t count, struct opinion out[FAMILIES])
{
    for (size_t i = 0; i < count; i++) {
        const struct measure *measure = &measures[i];
        struct opinion *opinion = &out[measure_family(measure->id)];
        double weight = fmin(WEIGHT_MOST, fmax(-WEIGHT_MOST, measure->weight));
        opinion->most = fmax(opinion->most, weight);
        opinion->least = fmin(opinion->least, weight);
        /* A threshold that is met and weighs nothing is a condition, not evidence. */
        opinion->is_asked |=
            weight > 0 || weight < 0 || (measure->has_threshold && !measure_is_met(measure));
    }
}

static double total_of(const struct opinion opinions[FAMILIES])
{
    double total = 0;
    for (size_t i = 0; i < FAMILY_CONTEXT; i++)
        total += opinions[i].most + opinions[i].least;
    return total;
}

double weight_total(const struct measure *measures, size_t count)
{
    struct opinion opinions[FAMILIES] = { { 0 } };
    hear(measures, count, opinions);
    return total_of(opinions);
}

size_t weight_families(const struct measure *measures, size_t count)
{
    struct opinion opinions[FAMILIES] = { { 0 } };
    size_t speaking = 0;
    hear(measures, count, opinions);
    for (size_t i = 0; i < FAMILY_CONTEXT; i++)
        speaking += opinions[i].most > 0;
    return speaking;
}

double weight_score(double total)
{
    return total > 0 ? 100 * total / (total + WEIGHT_HALF) : 0;
}

/* Twice the sum of -ln p of k independent p-values is chi-squared with 2 k degrees of freedom
 * (Fisher 1925), whose tail is a Poisson sum. */
double weight_p_value(const struct measure *measures, size_t count)
{
    struct opinion opinions[FAMILIES] = { { 0 } };
    hear(measures, count, opinions);
    double sum = fmax(0, total_of(opinions)) * log(10);
    double term = 1;
    double terms = 0;
    unsigned asked = 0;
    for (size_t i = 0; i < FAMILY_CONTEXT; i++) {
        if (!opinions[i].is_asked)
            continue;
        terms += term;
        asked++;
        term *= sum / asked;
    }
    return asked > 0 ? fmin(1, exp(-sum) * terms) : 1;
}
