// SPDX-License-Identifier: Apache-2.0
#include "report/totals.h"

#include "report/describe.h"

static struct total_row input_row(const struct summary *s)
{
    if (s->messages > 0)
        return (struct total_row){ PHRASE_INPUT,
                                   PHRASE_INPUT_MESSAGES_VALUE,
                                   { slot_count(s->messages), slot_count(s->exporter_total),
                                     slot_count(s->records) } };
    bool is_log = s->lines > 0;
    return (struct total_row){ PHRASE_INPUT,
                               is_log ? PHRASE_INPUT_LINES_VALUE : PHRASE_INPUT_VALUE,
                               { slot_count(s->files), slot_octets(s->file_octets),
                                 slot_count(is_log ? s->lines : s->frames) } };
}

void totals_of(const struct summary *s, struct total_row rows[TOTAL_ROWS])
{
    uint64_t units = s->records > 0 ? s->records : s->packets;
    rows[0] = input_row(s);
    rows[1] = (struct total_row){ PHRASE_PACKETS,
                                  PHRASE_PACKETS_VALUE,
                                  { slot_count(s->packets), slot_octets(s->octets),
                                    slot_count(s->funnel.flows_seen) } };
    rows[2] =
        (struct total_row){ PHRASE_SPEED,
                            s->records > 0 ? PHRASE_SPEED_RECORDS_VALUE : PHRASE_SPEED_VALUE,
                            { slot_rate(units, s->cpu_s), slot_rate(units, s->wall_s) } };
    rows[3] = (struct total_row){ PHRASE_COST,
                                  PHRASE_COST_VALUE,
                                  { slot_number(s->cpu_s), slot_number(s->wall_s),
                                    slot_octets(s->memory_octets) } };
}
