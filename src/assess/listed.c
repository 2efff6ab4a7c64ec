// SPDX-License-Identifier: Apache-2.0
#include "assess/listed_private.h"

void listed_add_name(struct finding *finding, const struct fact_name *name)
{
    for (size_t i = 0; i < finding->name_count; i++)
        if (bytes_equal(fact_name_bytes(&finding->names[i]), fact_name_bytes(name)))
            return;
    if (finding->name_count < FINDING_NAMES_MAX && name->len > 0)
        finding->names[finding->name_count++] = *name;
}

static bool same_text(const char *a, const char *b)
{
    return bytes_equal(bytes_of_string(a), bytes_of_string(b));
}

void listed_add_hit(struct finding *finding, const struct indicator_hit *hit)
{
    for (size_t i = 0; i < finding->hit_count; i++)
        if (finding->hits[i].kind == hit->kind &&
            same_text(finding->hits[i].value, hit->value) &&
            same_text(finding->hits[i].list, hit->list))
            return;
    if (finding->hit_count < FINDING_HITS_MAX)
        finding->hits[finding->hit_count++] = *hit;
}

static void add_address(struct finding *finding, const struct ip_address *address)
{
    for (size_t i = 0; i < finding->address_count; i++)
        if (ip_equal(&finding->addresses[i], address))
            return;
    if (finding->address_count < FINDING_ADDRESSES_MAX)
        finding->addresses[finding->address_count++] = *address;
}

void listed_add_words(struct finding *finding, const struct minimised_flow *flow)
{
    const struct record_facts *facts = &flow->facts;
    if (!facts->has_server_name)
        return;
    if (finding_is_of_name(finding)) {
        if (flow->why.hit_count > 1 &&
            !fact_name_is_under(&facts->server_name, fact_name_bytes(&finding->subject_name)))
            return;
        for (size_t i = 0; i < facts->dns_answer_count; i++)
            add_address(finding, &facts->dns_answers[i]);
    }
    listed_add_name(finding, &facts->server_name);
}

void listed_take(struct finding *finding, const struct finding *listed)
{
    for (size_t i = 0; i < listed->hit_count; i++)
        listed_add_hit(finding, &listed->hits[i]);
    for (size_t i = 0; i < listed->name_count; i++)
        listed_add_name(finding, &listed->names[i]);
}

static bool same_value(const struct indicator_hit *a, const struct indicator_hit *b)
{
    return a->kind == b->kind && same_text(a->value, b->value);
}

bool listed_stands_for(const struct finding *server, const struct finding *name)
{
    for (size_t i = 0; i < name->address_count && !server->subject.is_pseudonym; i++)
        if (ip_equal(&name->addresses[i], &server->subject.address))
            return true;
    for (size_t i = 0; i < name->hit_count; i++)
        for (size_t j = 0; j < server->hit_count; j++)
            if (same_value(&name->hits[i], &server->hits[j]))
                return true;
    return false;
}

bool listed_covers_lines(const struct finding *server, const struct finding *name)
{
    if (name->line_total > name->line_count)
        return false;
    for (size_t i = 0; i < name->line_count; i++) {
        bool found = false;
        for (size_t j = 0; j < server->line_count && !found; j++)
            found = party_equal(&server->lines[j].party, &name->lines[i].party);
        if (!found)
            return false;
    }
    return true;
}
