// SPDX-License-Identifier: Apache-2.0
#include "base/must.h"
#include "collect/exporter_entry_private.h"

/* The rule for this exporter and interface, of those that override or those that do not. */
static uint32_t rate_of_rules(const struct exporter *exporter, uint32_t interface,
                              bool overrides)
{
    const struct exporters *table = exporter->table;
    for (size_t i = 0; i < table->rule_count; i++) {
        const struct sampling_rule *rule = &table->rules[i];
        if (rule->overrides == overrides &&
            (rule->interface == 0 || rule->interface == interface) &&
            ip_prefix_holds(&rule->exporter, &exporter->address))
            return rule->rate;
    }
    return 0;
}

static uint32_t rate_of_options(const struct exporter *exporter,
                                const struct sampling_hint *hint)
{
    MUST(exporter);
    const struct samplers *samplers = exporter->table->samplers;
    uint32_t number = exporter_number(exporter);
    const struct sampler_chain *told = samplers_of(samplers, number);
    struct sampler_key key = { number, SAMPLER_SELECTOR, hint->selector };
    uint32_t rate =
        hint->selector != 0 && told->selectors > 0 ? samplers_find(samplers, &key) : 0;
    const uint32_t interfaces[] = { hint->ingress, hint->egress };
    for (int i = 0; i < 2 && rate == 0 && told->interfaces > 0; i++) {
        key = (struct sampler_key){ number, SAMPLER_INTERFACE, interfaces[i] };
        rate = interfaces[i] != 0 ? samplers_find(samplers, &key) : 0;
    }
    if (rate == 0 && told->count > told->selectors + told->interfaces) {
        key = (struct sampler_key){ number, SAMPLER_WHOLE, 0 };
        rate = samplers_find(samplers, &key);
    }
    /* The record names no sampler, and there is but one, or all do the same. */
    if (rate == 0 && hint->selector == 0)
        rate = samplers_agree(samplers, number);
    return rate;
}

/* Domain 0 speaks for the whole of the exporting process (RFC 7011 3.1); so do many NetFlow v9
 * routers, whose line cards are sources of their own. */
static const struct exporter *find_whole(const struct exporter *exporter)
{
    const struct exporters *table = exporter->table;
    const struct exporter_identity of = { exporter->address, exporter->session, 0,
                                          exporter->protocol };
    uint32_t at = exporter->domain != 0 ? exporters_find_entry(table, &of) : 0;
    return at != 0 ? &table->entries[at] : NULL;
}

/* Some routers tell their rates in a domain that has no data, and not 0: what the other domains
 * that tell a rate agree on, of the first so many.  Files that name no exporter have no
 * siblings: they are of anybody. */
static uint32_t rate_of_siblings(const struct exporter *exporter,
                                 const struct sampling_hint *hint)
{
    const struct exporters *table = exporter->table;
    if (ip_is_zero(&exporter->address))
        return 0;
    uint32_t rate = 0;
    for (uint32_t i = 0; i < exporter->sibling_count; i++) {
        uint32_t told = rate_of_options(&table->entries[exporter->siblings[i]], hint);
        if (told != 0 && rate != 0 && told != rate)
            return 0;
        rate = told != 0 ? told : rate;
    }
    return rate;
}

static void resolve(const struct exporter *exporter, const struct sampling_hint *hint,
                    struct rate_cache *out)
{
    out->rate = rate_of_rules(exporter, hint->ingress, true);
    out->origin = SAMPLING_OVERRIDDEN;
    if (out->rate != 0)
        return;
    out->rate = rate_of_options(exporter, hint);
    const struct exporter *whole = out->rate == 0 ? find_whole(exporter) : NULL;
    if (whole)
        out->rate = rate_of_options(whole, hint);
    if (out->rate == 0)
        out->rate = rate_of_siblings(exporter, hint);
    out->origin = out->rate == 1 ? SAMPLING_ALL : SAMPLING_OPTIONS;
    if (out->rate != 0)
        return;
    out->rate = rate_of_rules(exporter, hint->ingress, false);
    out->origin = out->rate != 0 ? SAMPLING_ASSUMED : SAMPLING_UNKNOWN;
}

/* Some rate was told anew, or withdrawn. */
static void forget_rates(struct exporter *exporter, uint32_t generation)
{
    const struct exporters *table = exporter->table;
    bool are_all =
        exporters_find_siblings(table, exporter, exporter->siblings, &exporter->sibling_count);
    /* Past so many siblings, to be safe. */
    bool has_rates = exporter->has_interface_rules || !are_all;
    for (uint32_t i = 0; i < exporter->sibling_count && !has_rates; i++)
        has_rates = samplers_of(table->samplers, exporter->siblings[i])->interfaces > 0;
    exporter->has_interface_rates = has_rates;
    for (int i = 0; i < RATE_CACHES; i++)
        exporter->cache[i].is_filled = false;
    exporter->rate_generation = generation;
}

static const struct rate_cache *rate_of(struct exporter *exporter,
                                        const struct sampling_hint *hint)
{
    uint32_t generation = samplers_generation(exporter->table->samplers);
    if (UNLIKELY(exporter->rate_generation != generation))
        forget_rates(exporter, generation);
    uint32_t ingress = exporter->has_interface_rates ? hint->ingress : 0;
    uint32_t egress = exporter->has_interface_rates ? hint->egress : 0;
    size_t slot = (hint->selector ^ ingress ^ (uint64_t)egress << 1) % RATE_CACHES;
    struct rate_cache *cache = &exporter->cache[slot];
    if (LIKELY(cache->is_filled && cache->selector == hint->selector &&
               cache->ingress == ingress && cache->egress == egress))
        return cache;
    resolve(exporter, hint, cache);
    cache->is_filled = true;
    cache->selector = hint->selector;
    cache->ingress = ingress;
    cache->egress = egress;
    return cache;
}

static void note_message_rate(struct exporter *exporter, uint32_t rate)
{
    if (exporter->message_rate != 0 && exporter->message_rate != rate) {
        exporter->message_rate_changes++;
        exporter->message_rate_changed_ns = exporter->last_ns;
    }
    exporter->message_rate = rate;
}

static void count_rate(struct exporter *exporter, const struct observation *told)
{
    exporter->rate_origin = told->sampling;
    if (told->rate == 0) {
        exporter->rate_unknown++;
        return;
    }
    if (told->rate > exporter->rate_most)
        exporter->rate_most = told->rate;
    if (told->rate < exporter->rate_least || exporter->rate_least == 0)
        exporter->rate_least = told->rate;
}

void exporter_sampling(struct exporter *exporter, const struct sampling_hint *hint,
                       struct observation *out)
{
    const struct rate_cache *told = rate_of(exporter, hint);
    out->rate = told->rate;
    out->sampling = told->origin;
    if (hint->rate != 0 && told->origin != SAMPLING_OVERRIDDEN) {
        bool in_message =
            exporter->protocol == EXPORT_NETFLOW5 || exporter->protocol == EXPORT_SFLOW5;
        if (exporter->protocol == EXPORT_NETFLOW5 && hint->rate != exporter->message_rate)
            note_message_rate(exporter, hint->rate);
        out->rate = hint->rate;
        out->sampling = in_message ? SAMPLING_MESSAGE : SAMPLING_RECORD;
        if (hint->rate == 1)
            out->sampling = SAMPLING_ALL;
    }
    count_rate(exporter, out);
}

void exporter_take_sampling(struct exporter *exporter, const struct sampling_option *option)
{
    struct sampler_rate rate = sampling_rate_of(option);
    if (rate.rate == 0)
        return;
    struct sampler_key key = { exporter_number(exporter), SAMPLER_WHOLE, 0 };
    if (option->has_selector && option->selector != 0) {
        key.scope = SAMPLER_SELECTOR;
        key.id = option->selector;
    } else if (option->has_interface && option->interface != 0) {
        key.scope = SAMPLER_INTERFACE;
        key.id = option->interface;
    }
    samplers_put(exporter->table->samplers, &key, rate, exporter->last_ns);
}
