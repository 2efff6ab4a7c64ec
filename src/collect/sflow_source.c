// SPDX-License-Identifier: Apache-2.0
#include "collect/sflow_private.h"

/* Samples overtaken on the way are no further behind than this; past it the source began
 * anew. */
enum { OVERTAKEN_MAX = 1024 };

size_t sflow_size(void)
{
    return sizeof(struct sflow) + SFLOW_SOURCES * sizeof(struct sflow_source) +
           2 * alignof(max_align_t);
}

struct sflow *sflow_init(struct hash_key key, struct arena *keep)
{
    struct sflow *sflow = ARENA_NEW(keep, struct sflow, 1);
    sflow->key = key;
    sflow->sources = ARENA_NEW(keep, struct sflow_source, SFLOW_SOURCES);
    return sflow;
}

/* Counters of 32 bits that only grow, and wrap. */
static uint32_t grown(uint32_t before, uint32_t now)
{
    uint32_t step = now - before;
    return step <= INT32_MAX ? step : 0;
}

static void note_growth(struct sflow *sflow, const struct sflow_source *before,
                        const struct sflow_source *now)
{
    uint32_t picked = grown(before->sequence, now->sequence);
    if (picked == 0)
        return;
    sflow->picked += picked;
    sflow->lost += picked - 1;
    sflow->pool += grown(before->pool, now->pool);
    sflow->unsampled += grown(before->drops, now->drops);
}

void sflow_note(struct sflow *sflow, const struct sflow_source *now)
{
    uint64_t hash = hash_two(&sflow->key, now->id, now->exporter);
    struct sflow_source *place = &sflow->sources[hash & (SFLOW_SOURCES - 1)];
    bool is_known = place->exporter == now->exporter && place->id == now->id;
    if (is_known && place->sequence - now->sequence <= OVERTAKEN_MAX)
        return;
    if (is_known)
        note_growth(sflow, place, now);
    else if (place->exporter != 0)
        sflow->evicted++;
    *place = *now;
}

void sflow_count(const struct sflow *sflow, struct summary *summary)
{
    const struct counter counters[] = {
        { "collect", "sflow heads of packets", "samples", sflow->headers },
        { "collect", "sflow decoded packets", "samples", sflow->decoded },
        { "collect", "sflow without a packet", "samples", sflow->without_header },
        { "collect", "sflow counters", "samples", sflow->counters },
        { "collect", "sflow drop notices", "samples", sflow->notices },
        { "collect", "sflow unknown format", "samples", sflow->unknown },
        { "collect", "sflow refused", "samples", sflow->refused },
        { "collect", "sflow of discarded packets", "samples", sflow->discarded },
        { "collect", "sflow dropped by the exporter", "samples", sflow->unsampled },
        { "collect", "sflow lost on the way", "samples", sflow->lost },
        { "collect", "sflow passed by the samplers", "packets", sflow->pool },
        { "collect", "sflow picked by the samplers", "samples", sflow->picked },
        { "collect", "sflow sources evicted", "sources", sflow->evicted },
    };
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        summary_count(summary, counters[i].stage, counters[i].reason, counters[i].unit,
                      counters[i].count);
}
