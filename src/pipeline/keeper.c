// SPDX-License-Identifier: Apache-2.0
#include "pipeline/keeper.h"

struct keeper {
    struct keeper_settings settings;
    struct assess *assess;
    uint64_t records;
};

struct keeper_settings keeper_defaults(size_t memory_octets)
{
    enum { FINDING = 131072, FINDINGS_MAX = 2048 };
    size_t findings = memory_octets / FINDING;
    return (struct keeper_settings){
        .assess = { .finding_max = findings < FINDINGS_MAX ? findings : FINDINGS_MAX,
                    .alerts_per_day = KEEPER_ALERTS_PER_DAY },
    };
}

size_t keeper_size(const struct keeper_settings *settings)
{
    return sizeof(struct keeper) + alignof(max_align_t) + assess_size(&settings->assess);
}

struct keeper *keeper_init(const struct keeper_settings *settings, struct arena *keep)
{
    struct keeper *keeper = ARENA_NEW(keep, struct keeper, 1);
    keeper->settings = *settings;
    keeper->assess = assess_init(&settings->assess, settings->key, keep);
    return keeper;
}

void keeper_take_flow(struct keeper *keeper, const struct minimised_flow *flow)
{
    assess_flow(keeper->assess, flow);
    keeper->settings.keep(keeper->settings.context, flow);
    keeper->records++;
}

void keeper_take_sighting(struct keeper *keeper, const struct minimised_sighting *sighting)
{
    assess_sighting(keeper->assess, sighting);
}

void keeper_set_judged(struct keeper *keeper, const struct summary *summary)
{
    assess_set_judged(keeper->assess, summary);
}

const struct finding *keeper_findings(struct keeper *keeper, size_t *count)
{
    return assess_findings(keeper->assess, count);
}

void keeper_count(const struct keeper *keeper, struct summary *summary)
{
    summary->funnel.records_kept += keeper->records;
    assess_count(keeper->assess, summary);
}
