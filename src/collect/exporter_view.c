// SPDX-License-Identifier: Apache-2.0
#include "base/must.h"
#include "collect/exporter_entry_private.h"
#include "collect/protocol_private.h"

static void view_sequence(const struct exporter *exporter, struct exporter_view *out)
{
    const struct sequence *sequence = &exporter->sequence;
    out->lost_units = sequence->lost + sequence->streak_lost;
    out->gaps = sequence->gaps;
    out->repeated = sequence->repeated;
    out->late = sequence->late;
    out->resets = sequence->resets;
    enum sequence_way way = (enum sequence_way)sequence->way;
    out->counts_otherwise = way != exporter_sequence_way(exporter);
    out->counts_own = way == SEQUENCE_RECORDS_OWN || way == SEQUENCE_FLOWS_OWN;
    out->counts_options = way == SEQUENCE_RECORDS || way == SEQUENCE_RECORDS_OWN;
    out->lost_in_messages = way == SEQUENCE_MESSAGES;
    out->lost_flows = (double)out->lost_units;
    if (out->lost_in_messages && exporter->messages > 0)
        out->lost_flows *=
            (double)(exporter->records + exporter->samples) / (double)exporter->messages;
}

static void view_rates(const struct exporter *exporter, struct exporter_view *out)
{
    const struct sampler_chain *chain = samplers_of(exporter->table->samplers, out->number);
    out->samplers_held = chain->count;
    out->rate_changes = chain->changes + exporter->message_rate_changes;
    out->rate_changed_ns = chain->changed_ns > exporter->message_rate_changed_ns
                               ? chain->changed_ns
                               : exporter->message_rate_changed_ns;
    out->rate_unknown = exporter->rate_unknown;
    out->rate_least = exporter->rate_least;
    out->rate_most = exporter->rate_most;
    /* Who told nothing yet has not told that all packets count. */
    out->rate_origin = exporter->rate_most == 0 ? SAMPLING_UNKNOWN : exporter->rate_origin;
}

void exporter_view(const struct exporter *exporter, struct exporter_view *out)
{
    *out = (struct exporter_view){ .address = exporter->address,
                                   .session = exporter->session,
                                   .domain = exporter->domain,
                                   .port = exporter->port,
                                   .transport = exporter->transport,
                                   .protocol = (enum export_protocol)exporter->protocol,
                                   .number = exporter_number(exporter),
                                   .messages = exporter->messages,
                                   .octets = exporter->octets,
                                   .records = exporter->records,
                                   .options_records = exporter->options_records,
                                   .samples = exporter->samples,
                                   .port_changes = exporter->port_changes,
                                   .first_ns = exporter->first_ns,
                                   .last_ns = exporter->last_ns };
    memcpy(out->faults, exporter->faults, sizeof out->faults);
    templates_view(exporter->table->templates, out->number, out);
    view_sequence(exporter, out);
    clock_view(&exporter->clock, out);
    view_rates(exporter, out);
}

bool collect_exporter(const struct collect *collect, size_t i, struct exporter_view *out)
{
    const struct exporter *exporter = exporters_at(collect->exporters, i);
    if (exporter)
        exporter_view(exporter, out);
    return exporter != NULL;
}

struct exporters_gone collect_gone(const struct collect *collect)
{
    return collect->exporters->gone;
}

bool collect_sampler(const struct collect *collect, size_t exporter, size_t i,
                     struct sampler_view *out)
{
    const struct exporter *of = exporters_at(collect->exporters, exporter);
    struct sampler_key key;
    struct sampler_rate rate;
    uint32_t at = 0;
    do {
        at = of ? samplers_next(of->table->samplers, exporter_number(of), at, &key, &rate) : 0;
    } while (at != 0 && i-- > 0);
    if (at == 0)
        return false;
    *out = (struct sampler_view){ key.id, key.scope == SAMPLER_INTERFACE, rate.rate,
                                  sampling_method_name(rate.method) };
    return true;
}

const char *export_protocol_name(enum export_protocol protocol)
{
    static const char *const names[EXPORT_PROTOCOLS] = {
        [EXPORT_NETFLOW5] = "NetFlow v5",
        [EXPORT_NETFLOW9] = "NetFlow v9",
        [EXPORT_IPFIX] = "IPFIX",
        [EXPORT_SFLOW5] = "sFlow v5",
    };
    MUST(protocol < EXPORT_PROTOCOLS);
    return names[protocol];
}
