// SPDX-License-Identifier: Apache-2.0
#include "evaluate/truth.h"

#define OF(kind) (1U << (FINDING_##kind))

/* How what is told names the unit. */
enum by {
    BY_SERVICE, /* its subject is the unit, at its port */
    BY_HOST,    /* its subject is the unit */
    BY_PAIR,    /* its subject is the unit, and the line is among its lines */
    BY_LINE,    /* its subject or one of its lines is the unit */
    BY_NAME,    /* its subject is the name; without a name, as BY_LINE */
    BY_PREFIX,  /* its subject lies in the unit's prefix, within its time */
    BY_EITHER   /* its subject is the unit or the line */
};

static const struct row {
    const char *name;
    uint32_t right; /* the kinds of findings that detect it */
    enum by by;
} rows[TRUTH_KINDS] = {
    [TRUTH_BEACON] = { "beacon", OF(COMMAND_SERVER), BY_PAIR },
    [TRUTH_COMMAND_SERVER] = { "command_server",
                               OF(COMMAND_SERVER) | OF(SHARED_SERVER) | OF(INDICATOR),
                               BY_SERVICE },
    [TRUTH_INFECTED_LINE] = { "infected_line",
                              OF(COMMAND_SERVER) | OF(SHARED_SERVER) | OF(INDICATOR) |
                                  OF(SCANNER) | OF(TUNNEL) | OF(GENERATED_NAMES) |
                                  OF(PEER_GROUP) | OF(RELAY) | OF(DARK_SOURCE) | OF(UPLOAD) |
                                  OF(LASTING) | OF(LATERAL) | OF(GUESSING) | OF(FLUX),
                              BY_LINE },
    [TRUTH_PEER_GROUP] = { "peer_group", OF(PEER_GROUP), BY_LINE },
    [TRUTH_RELAY] = { "relay", OF(RELAY), BY_HOST },
    [TRUTH_SCAN] = { "scan", OF(SCANNER), BY_HOST },
    [TRUTH_GUESSING] = { "guessing", OF(GUESSING), BY_EITHER },
    [TRUTH_FLOOD] = { "flood", OF(FLOOD), BY_PREFIX },
    [TRUTH_REFLECTOR] = { "reflector", OF(REFLECTOR), BY_HOST },
    [TRUTH_TUNNEL] = { "tunnel", OF(TUNNEL), BY_NAME },
    [TRUTH_GENERATED] = { "generated_names", OF(GENERATED_NAMES), BY_LINE },
    [TRUTH_FLUX] = { "flux", OF(FLUX), BY_NAME },
    [TRUTH_UPLOAD] = { "upload", OF(UPLOAD), BY_PAIR },
    [TRUTH_LASTING] = { "lasting", OF(LASTING), BY_PAIR },
    [TRUTH_LATERAL] = { "lateral", OF(LATERAL), BY_EITHER },
    [TRUTH_DARK] = { "dark_source", OF(DARK_SOURCE), BY_HOST },
    [TRUTH_BACKSCATTER] = { "backscatter", OF(BACKSCATTER), BY_HOST },
};

const char *truth_kind_name(enum truth_kind kind)
{
    return rows[kind].name;
}

bool truth_kind_read(struct bytes name, enum truth_kind *out)
{
    for (size_t kind = 0; kind < TRUTH_KINDS; kind++) {
        if (!bytes_equal(name, bytes_of_string(rows[kind].name)))
            continue;
        *out = (enum truth_kind)kind;
        return true;
    }
    return false;
}

const char *truth_match_name(enum truth_match match)
{
    static const char *const names[] = { "none", "line", "near", "right" };
    return names[match];
}

static bool is_at(const struct truth_unit *unit, const struct ip_address *address)
{
    return unit->has_unit && ip_prefix_holds(&unit->unit, address);
}

static bool has_port(const struct truth_unit *unit, const struct told *told)
{
    return unit->port == 0 || told->ranked.port == 0 || unit->port == told->ranked.port;
}

static bool is_among_lines(const struct told *told, const struct ip_prefix *prefix)
{
    if (told->ranked.has_line && ip_prefix_holds(prefix, &told->ranked.line))
        return true;
    for (size_t i = 0; i < told->line_count; i++) {
        if (ip_prefix_holds(prefix, &told->lines[i]))
            return true;
    }
    return false;
}

static struct ip_prefix line_of(const struct truth_unit *unit)
{
    return (struct ip_prefix){ unit->line, 128 };
}

/* A name below another is told of, too: what registers domains is the one above. */
static bool is_named(const struct truth_unit *unit, const struct told *told)
{
    return unit->name.len > 0 && told->name.len > 0 &&
           (fact_name_is_under(&told->name, fact_name_bytes(&unit->name)) ||
            fact_name_is_under(&unit->name, fact_name_bytes(&told->name)));
}

static bool is_in_time(const struct truth_unit *unit, const struct told *told)
{
    return told->last_ns == 0 ||
           (told->last_ns >= unit->from_ns && told->first_ns <= unit->to_ns);
}

/* Bits of the prefix past which an address is another victim: within two times its size. */
static bool is_near(const struct truth_unit *unit, const struct ip_address *address)
{
    struct ip_prefix wider = unit->unit;
    wider.len = (uint8_t)(wider.len > 97 ? wider.len - 1 : wider.len);
    ip_mask(&wider.address, wider.len);
    return unit->has_unit && ip_prefix_holds(&wider, address);
}

static bool is_named_or_line(const struct truth_unit *unit, const struct told *told)
{
    if (unit->name.len > 0)
        return is_named(unit, told);
    return is_at(unit, &told->ranked.unit) ||
           (unit->has_unit && is_among_lines(told, &unit->unit));
}

static bool is_told(const struct truth_unit *unit, const struct told *told, enum by by)
{
    const struct ip_address *subject = &told->ranked.unit;
    const struct ip_prefix line = line_of(unit);
    bool is_of_name = told->name.len > 0;
    switch (by) {
    case BY_SERVICE: return !is_of_name && is_at(unit, subject) && has_port(unit, told);
    case BY_HOST: return !is_of_name && is_at(unit, subject);
    case BY_PAIR:
        return !is_of_name && is_at(unit, subject) && has_port(unit, told) &&
               (!unit->has_line || is_among_lines(told, &line));
    case BY_LINE:
        return (!is_of_name && is_at(unit, subject)) ||
               (unit->has_unit && is_among_lines(told, &unit->unit));
    case BY_NAME: return is_named_or_line(unit, told);
    case BY_PREFIX: return !is_of_name && is_near(unit, subject) && is_in_time(unit, told);
    case BY_EITHER:
        return !is_of_name &&
               (is_at(unit, subject) || (unit->has_line && ip_prefix_holds(&line, subject)));
    }
    return false;
}

static enum truth_match match_other_kind(const struct truth_unit *unit, const struct told *told)
{
    if (is_named(unit, told) || (told->name.len == 0 && is_at(unit, &told->ranked.unit)))
        return MATCH_NEAR;
    bool has_lines = unit->has_unit && is_among_lines(told, &unit->unit);
    return has_lines ? MATCH_LINE : MATCH_NONE;
}

enum truth_match truth_match(const struct truth_unit *unit, const struct told *told)
{
    const struct row *row = &rows[unit->kind];
    bool is_right_kind = row->right >> told->ranked.kind & 1;
    if (!is_right_kind || !is_told(unit, told, row->by))
        return match_other_kind(unit, told);
    /* Of a line it is said with whom it spoke: whether that was harmless, the rest tells. */
    bool is_subject = told->name.len == 0 && is_at(unit, &told->ranked.unit);
    return unit->kind == TRUTH_INFECTED_LINE && !is_subject ? MATCH_LINE : MATCH_RIGHT;
}

static bool has_ends(const struct truth_unit *unit, const struct flow *flow)
{
    bool is_responder = is_at(unit, &flow->responder),
         is_initiator = is_at(unit, &flow->initiator);
    if (!unit->has_line)
        return is_responder || is_initiator;
    return (is_responder && ip_equal(&unit->line, &flow->initiator)) ||
           (is_initiator && ip_equal(&unit->line, &flow->responder));
}

static bool asks_for(const struct truth_unit *unit, const struct flow *flow)
{
    for (const struct fact *fact = flow->facts; fact; fact = fact->next) {
        if (fact->kind == FACT_DNS &&
            fact_name_is_under(&fact->dns.query_name, fact_name_bytes(&unit->name)))
            return true;
    }
    return false;
}

bool truth_has_flow(const struct truth_unit *unit, const struct flow *flow)
{
    if (flow_end_ns(flow) < unit->from_ns || flow_start_ns(flow) > unit->to_ns)
        return false;
    if (unit->name.len > 0)
        return asks_for(unit, flow);
    bool is_service = rows[unit->kind].by == BY_SERVICE || rows[unit->kind].by == BY_PAIR;
    if (is_service && unit->port != 0 && flow->responder_port != unit->port &&
        flow->initiator_port != unit->port)
        return false;
    return has_ends(unit, flow);
}

void truth_write_unit(const struct truth_unit *unit, struct text *out)
{
    if (unit->name.len > 0)
        text_put(out, fact_name_bytes(&unit->name));
    else if (unit->unit.len < 128)
        ip_prefix_write(&unit->unit, out);
    else
        ip_write(&unit->unit.address, out);
    if (unit->port != 0)
        text_format(out, " port %u", unit->port);
    if (unit->has_line) {
        text_put_string(out, ", line ");
        ip_write(&unit->line, out);
    }
}
