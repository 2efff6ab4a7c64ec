// SPDX-License-Identifier: Apache-2.0
/* Names that exporters read off handshakes (nProbe, YAF, ipfixprobe, Flowmon, Gigamon, Ixia)
 * to facts, spelt as decode/ spells them.  They are the ends' own words: bounded, escaped, and
 * left out when longer than a host name can be. */
#include "collect/reading_private.h"

static bool put_spelled(struct fact_name *name, uint8_t byte)
{
    char spelled[4] = { (char)byte };
    size_t len = 1;
    if (byte >= 'A' && byte <= 'Z') {
        spelled[0] = (char)(byte + ('a' - 'A'));
    } else if (byte <= ' ' || byte >= 0x7f || byte == '\\') {
        spelled[0] = '\\';
        spelled[1] = (char)('0' + byte / 100);
        spelled[2] = (char)('0' + byte / 10 % 10);
        spelled[3] = (char)('0' + byte % 10);
        len = 4;
    }
    if (len > FACT_NAME_MAX - (size_t)name->len)
        return false;
    memcpy(name->at + name->len, spelled, len);
    name->len = (uint8_t)(name->len + len);
    return true;
}

/* Fields of fixed length are filled up with zeros; a dot may end the name. */
static struct bytes without_padding(struct bytes words)
{
    words.len = bytes_find(words, 0);
    while (words.len > 0 && (words.at[words.len - 1] == ' ' || words.at[words.len - 1] == '.'))
        words.len--;
    return words;
}

static bool put_name(struct fact_name *name, struct bytes words)
{
    words = without_padding(words);
    name->len = 0;
    name->cut = false;
    for (size_t i = 0; i < words.len; i++)
        if (!put_spelled(name, words.at[i]))
            return false;
    return name->len > 0;
}

static enum fact_kind kind_of(enum slot slot)
{
    if (slot == SLOT_DNS_NAME)
        return FACT_DNS;
    return slot == SLOT_TLS_NAME ? FACT_TLS_CLIENT : FACT_HTTP;
}

static bool fill(struct fact *fact, enum slot slot, struct bytes words)
{
    memset(fact, 0, fact_size(kind_of(slot)));
    fact->kind = (uint8_t)kind_of(slot);
    fact->from_initiator = true;
    if (slot == SLOT_DNS_NAME)
        return put_name(&fact->dns.query_name, words);
    if (slot == SLOT_TLS_NAME)
        return put_name(&fact->tls_client.server_name, words);
    fact->http.method = SEEN_HTTP_OTHER;
    words.len = bytes_find(words, ':');
    return put_name(&fact->http.host, words);
}

void names_take(struct collect *collect, const struct plan *plan, const struct record *record,
                struct flow *flow)
{
    struct fact *last = NULL;
    for (enum slot slot = SLOT_DNS_NAME; slot < SLOT_COUNT; slot++) {
        struct bytes words = record->runs[slot - SLOT_RUNS];
        if (!plan_has(plan, slot) || words.len == 0)
            continue;
        if (collect->fact_count == COLLECT_FACTS_MAX) {
            flow->facts_dropped++;
            continue;
        }
        struct fact *fact = &collect->facts[collect->fact_count];
        if (!fill(fact, slot, words))
            continue;
        collect->fact_count++;
        fact->time_ns = flow_start_ns(flow);
        if (last)
            last->next = fact;
        else
            flow->facts = fact;
        last = fact;
    }
}
