// SPDX-License-Identifier: Apache-2.0
/* What a collector knows of datagram exporters, to start with after a restart.
 *
 * Big-endian.  Head: "SKCOLECT", version (4 octets), number of exporters (4).  Each exporter,
 * least recently heard first: address (16), port (2), protocol (1), domain (4), time last heard
 * (8), uptime then (4) and whether there is one (1), the clock's windows, its samplers: number
 * (4) and for each scope (1), method (1), rate (4), selector or interface (8), newest last;
 * and its templates as templates_save writes them.  At the end a hash of all before (8), which
 * tells a file cut or spoilt, not one that was made up. */
#include "collect/exporter_entry_private.h"
#include "collect/protocol_private.h"
#include "collect/saved_private.h"

enum { SAVED_VERSION = 1 };

static const struct bytes magic = { (const uint8_t *)"SKCOLECT", 8 };

uint64_t saved_hash(struct bytes content)
{
    static const struct hash_key key = { { 0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f,
                                           0x165667b19e3779f9, 0x27d4eb2f165667c5 } };
    return hash_bytes(&key, content);
}

/* Counts on past the end of its room. */
struct writer {
    uint8_t *out;
    size_t max;
    size_t len;
};

static void put(struct writer *w, uint64_t value, size_t octets)
{
    for (size_t i = octets; i > 0; i--) {
        if (w->len < w->max)
            w->out[w->len] = (uint8_t)(value >> (i - 1) * 8);
        w->len++;
    }
}

static void put_bytes(struct writer *w, struct bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        put(w, bytes.at[i], 1);
}

static void put_clock(struct writer *w, const struct exporter_clock *clock)
{
    put(w, clock->uptime_newest_ms, 4);
    put(w, clock->was_heard, 1);
    put(w, (uint64_t)clock->newest_ns, 8);
    put(w, clock->window_count, 4);
    for (int i = 0; i < CLOCK_WINDOWS; i++)
        put(w, (uint64_t)clock->recent_ns[i], 8);
    put(w, (uint64_t)clock->anchor_ns, 8);
    put(w, (uint64_t)clock->anchor_error_ns, 8);
    put(w, (uint64_t)clock->latest_window_ns, 8);
}

/* Times as exporter_clock.c bounds them, so that it can calculate with them. */
static int64_t read_time(struct cursor *c, bool *is_good)
{
    int64_t time_ns = (int64_t)cursor_be64(c);
    *is_good = *is_good && time_ns >= -CLOCK_TIME_MAX_NS && time_ns <= CLOCK_TIME_MAX_NS;
    return time_ns;
}

static enum fault read_clock(struct cursor *c, struct exporter_clock *out)
{
    bool is_good = true;
    *out = (struct exporter_clock){ 0 };
    out->uptime_newest_ms = cursor_be32(c);
    out->was_heard = cursor_u8(c) == 1;
    out->newest_ns = read_time(c, &is_good);
    out->window_count = cursor_be32(c);
    for (int i = 0; i < CLOCK_WINDOWS; i++)
        out->recent_ns[i] = read_time(c, &is_good);
    out->anchor_ns = read_time(c, &is_good);
    out->anchor_error_ns = read_time(c, &is_good);
    out->latest_window_ns = read_time(c, &is_good);
    if (c->broken)
        return FAULT_TRUNCATED;
    clock_resume(out);
    return is_good ? FAULT_NONE : FAULT_VALUE;
}

static void put_samplers(struct writer *w, const struct samplers *samplers, uint32_t exporter)
{
    struct sampler_key key;
    struct sampler_rate rate;
    size_t count = samplers_of(samplers, exporter)->count;
    put(w, count, 4);
    uint32_t at = 0;
    while ((at = samplers_next(samplers, exporter, at, &key, &rate)) != 0) {
        put(w, key.scope, 1);
        put(w, rate.method, 1);
        put(w, rate.rate, 4);
        put(w, key.id, 8);
    }
}

/* With samplers NULL they are only looked at. */
static enum fault read_samplers(struct cursor *c, struct samplers *samplers, uint32_t exporter)
{
    uint32_t count = cursor_be32(c);
    if (count > SAMPLERS_OF_EXPORTER_MAX)
        return FAULT_LIMIT;
    for (uint32_t i = 0; i < count; i++) {
        struct sampler_key key = { .exporter = exporter };
        struct sampler_rate rate;
        key.scope = cursor_u8(c);
        rate.method = cursor_u8(c);
        rate.rate = cursor_be32(c);
        key.id = cursor_be64(c);
        if (c->broken)
            return FAULT_TRUNCATED;
        if (key.scope > SAMPLER_INTERFACE || rate.method >= SAMPLING_METHODS || rate.rate == 0)
            return FAULT_VALUE;
        if (samplers)
            samplers_put(samplers, &key, rate, 0);
    }
    return c->broken ? FAULT_TRUNCATED : FAULT_NONE;
}

static void put_exporter(struct writer *w, const struct exporter *exporter)
{
    uint32_t number = exporter_number(exporter);
    put_bytes(w, (struct bytes){ exporter->address.octets, sizeof exporter->address.octets });
    put(w, exporter->port, 2);
    put(w, exporter->protocol, 1);
    put(w, exporter->domain, 4);
    put(w, (uint64_t)exporter->last_ns, 8);
    put_clock(w, &exporter->clock);
    put_samplers(w, exporter->table->samplers, number);
    size_t room = w->len < w->max ? w->max - w->len : 0;
    uint8_t *at = room > 0 ? w->out + w->len : NULL;
    w->len += templates_save(exporter->table->templates, number, at, room);
}

/* A part as it was saved, but for samplers and templates. */
struct part {
    struct exporter_identity identity;
    struct export_message message;
    struct exporter_clock clock;
    int64_t last_ns;
};

static enum fault read_part(struct cursor *c, struct part *out)
{
    *out = (struct part){ 0 };
    struct bytes address = cursor_bytes(c, sizeof out->identity.address.octets);
    out->message.port = cursor_be16(c);
    out->message.transport = MESSAGE_UDP;
    out->identity.protocol = cursor_u8(c);
    out->identity.domain = cursor_be32(c);
    bool is_good = true;
    out->last_ns = read_time(c, &is_good);
    if (c->broken)
        return FAULT_TRUNCATED;
    if (!is_good || out->identity.protocol >= EXPORT_PROTOCOLS)
        return FAULT_VALUE;
    memcpy(out->identity.address.octets, address.at, address.len);
    return read_clock(c, &out->clock);
}

/* A file is of no session, and its exporter of no address: nothing to come back to. */
static bool is_kept(const struct exporter *exporter)
{
    return exporter->session == 0 && !ip_is_zero(&exporter->address);
}

size_t collect_save(const struct collect *collect, uint8_t *out, size_t max)
{
    const struct exporter *entries = collect->exporters->entries;
    struct writer w = { out, max, 0 };
    uint32_t count = 0;
    for (uint32_t at = entries[0].newer; at != 0; at = entries[at].newer)
        count += is_kept(&entries[at]);
    put_bytes(&w, magic);
    put(&w, SAVED_VERSION, 4);
    put(&w, count, 4);
    for (uint32_t at = entries[0].newer; at != 0; at = entries[at].newer) {
        if (is_kept(&entries[at]))
            put_exporter(&w, &entries[at]);
    }
    uint64_t hash = w.len <= max ? saved_hash((struct bytes){ out, w.len }) : 0;
    put(&w, hash, SAVED_HASH_OCTETS);
    return w.len;
}

static enum fault read_head(struct cursor *c, uint32_t *count)
{
    struct bytes start = cursor_bytes(c, magic.len);
    uint32_t version = cursor_be32(c);
    *count = cursor_be32(c);
    if (c->broken)
        return FAULT_TRUNCATED;
    if (!bytes_equal(start, magic))
        return FAULT_VALUE;
    return version == SAVED_VERSION ? FAULT_NONE : FAULT_VERSION;
}

static enum fault check_parts(struct cursor c, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct part part;
        enum fault fault = read_part(&c, &part);
        if (fault == FAULT_NONE)
            fault = read_samplers(&c, NULL, 0);
        if (fault == FAULT_NONE)
            fault = templates_check(&c);
        if (fault != FAULT_NONE)
            return fault;
    }
    return c.left == 0 ? FAULT_NONE : FAULT_LENGTH;
}

/* The exporter of a part; one that was heard meanwhile keeps what it told since. */
static struct exporter *take_part(struct exporters *exporters, const struct part *part)
{
    uint32_t at = exporters_find_entry(exporters, &part->identity);
    if (at != 0)
        return NULL;
    struct exporter *exporter =
        &exporters->entries[exporters_add(exporters, &part->identity, &part->message)];
    exporter->clock = part->clock;
    exporter->last_ns = part->last_ns;
    return exporter;
}

static enum fault take_parts(struct collect *collect, struct cursor c, uint32_t count,
                             int64_t now_ns)
{
    struct exporters *exporters = collect->exporters;
    enum fault fault = FAULT_NONE;
    for (uint32_t i = 0; i < count && fault == FAULT_NONE; i++) {
        struct part part;
        if ((fault = read_part(&c, &part)) != FAULT_NONE)
            break;
        struct exporter *exporter = take_part(exporters, &part);
        uint32_t number = exporter ? exporter_number(exporter) : 0;
        fault = read_samplers(&c, exporter ? exporters->samplers : NULL, number);
        if (fault != FAULT_NONE)
            break;
        fault = exporter ? templates_restore(collect->templates, number, &c, now_ns)
                         : templates_check(&c);
    }
    return fault;
}

enum fault collect_restore(struct collect *collect, struct bytes saved, int64_t now_ns)
{
    if (saved.len < SAVED_HASH_OCTETS)
        return FAULT_TRUNCATED;
    struct bytes content = bytes_slice(saved, 0, saved.len - SAVED_HASH_OCTETS);
    struct cursor end = cursor_over(bytes_slice(saved, content.len, SAVED_HASH_OCTETS));
    struct cursor c = cursor_over(content);
    uint32_t count = 0;
    enum fault fault = read_head(&c, &count);
    if (fault != FAULT_NONE)
        return fault;
    if (cursor_be64(&end) != saved_hash(content))
        return FAULT_CRYPTO;
    fault = check_parts(c, count);
    return fault == FAULT_NONE ? take_parts(collect, c, count, now_ns) : fault;
}
