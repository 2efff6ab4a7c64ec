// SPDX-License-Identifier: Apache-2.0
#include "assess/subject_private.h"

#include "base/must.h"
#include "base/time.h"

enum { ID_DIGITS = 12 };

static bool is_of_address(enum indicator_kind kind)
{
    return kind == INDICATOR_ADDRESS || kind == INDICATOR_PREFIX || kind == INDICATOR_ENDPOINT;
}

static struct subject subject_at_end(const struct minimised_flow *flow, bool is_initiator)
{
    return (struct subject){ .party = is_initiator ? flow->initiator : flow->responder,
                             .is_initiator = is_initiator };
}

/* The end whose address is listed; without one the server. */
static struct subject listed_end(const struct minimised_flow *flow)
{
    const struct selection *why = &flow->why;
    for (size_t i = 0; i < why->hit_count; i++)
        if (is_of_address(why->hits[i].kind) && !why->hits[i].in_dns)
            return subject_at_end(flow, why->hits[i].on_initiator);
    return subject_at_end(flow, !flow->line_is_initiator);
}

struct subject subject_of_hit(const struct minimised_flow *flow,
                              const struct indicator_hit *hit)
{
    if (!hit->in_dns)
        return listed_end(flow);
    struct subject subject = { .name = bytes_of_string(hit->value) };
    if (hit->kind != INDICATOR_DOMAIN && flow->facts.has_server_name)
        subject.name = fact_name_bytes(&flow->facts.server_name);
    return subject;
}

struct subject subject_of_server(const struct minimised_flow *flow)
{
    struct subject subject = subject_at_end(flow, !flow->line_is_initiator);
    subject.port = flow->line_is_initiator ? flow->responder_port : flow->initiator_port;
    subject.protocol = flow->protocol;
    return subject;
}

struct subject subject_of_sighting(const struct minimised_sighting *minimised)
{
    const struct sighting *sighting = &minimised->sighting;
    switch (behaviour_unit(sighting->behaviour)) {
    case UNIT_SERVICE:
        return (struct subject){ .party = minimised->server,
                                 .port = sighting->port,
                                 .protocol = sighting->protocol };
    case UNIT_HOST: return (struct subject){ .party = minimised->server };
    case UNIT_NAME: return (struct subject){ .name = fact_name_bytes(&sighting->name) };
    case UNITS: break;
    }
    MUST(false);
    return (struct subject){ .port = 0 };
}

uint64_t subject_key(const struct hash_key *key, enum finding_kind kind,
                     const struct subject *subject)
{
    bool is_name = subject->name.len > 0;
    struct bytes who = is_name ? subject->name : party_bytes(&subject->party);
    uint64_t rest = (uint64_t)kind << 32 | (uint64_t)subject->protocol << 16 | subject->port;
    return hash_two(key, hash_bytes(key, who), rest << 1 | is_name);
}

/* FNV-1a of 64 bits (RFC 9923), its bits mixed once more for the short form. */
static const uint64_t fnv_offset = 0xcbf29ce484222325;

static uint64_t fnv_bytes(uint64_t state, struct bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        state = (state ^ bytes.at[i]) * 0x100000001b3;
    return state;
}

static uint64_t fnv_number(uint64_t state, uint64_t number)
{
    uint8_t octets[8];
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (uint8_t)(number >> (56 - 8 * i));
    return fnv_bytes(state, (struct bytes){ octets, sizeof octets });
}

static uint64_t mix(uint64_t state)
{
    state ^= state >> 33;
    state *= 0xff51afd7ed558ccd;
    return state ^ state >> 33;
}

uint64_t subject_line_hash(const struct party *line)
{
    return mix(fnv_bytes(fnv_offset, party_bytes(line)));
}

uint64_t subject_name_hash(const struct fact_name *name)
{
    return mix(fnv_bytes(fnv_offset, fact_name_bytes(name)));
}

static uint64_t identity(const struct finding *finding)
{
    bool has_port = finding_trait(finding->kind)->unit == UNIT_SERVICE;
    uint64_t state = fnv_offset;
    state = fnv_bytes(state, bytes_of_string(finding->rule));
    state =
        fnv_bytes(state, finding_is_of_name(finding) ? fact_name_bytes(&finding->subject_name)
                                                     : party_bytes(&finding->subject));
    state = fnv_number(state, has_port ? (uint64_t)finding->protocol << 16 | finding->port : 0);
    state = fnv_number(state, (uint64_t)(finding->first_ns / TIME_DAY_NS));
    return mix(state);
}

void subject_write_id(struct finding *finding)
{
    struct text rule = text_over(finding->rule, sizeof finding->rule);
    text_put_string(&rule, finding_trait(finding->kind)->rule);
    uint64_t number = identity(finding);
    uint8_t octets[ID_DIGITS / 2];
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (uint8_t)(number >> (56 - 8 * i));
    struct text id = text_over(finding->id, sizeof finding->id);
    text_put_string(&id, finding_trait(finding->kind)->id);
    text_put_hex(&id, (struct bytes){ octets, sizeof octets });
}
