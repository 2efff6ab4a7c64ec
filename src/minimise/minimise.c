// SPDX-License-Identifier: Apache-2.0
#include "minimise/minimise.h"

#include <sodium.h>

#include "base/wipe.h"
#include "minimise/mail.h"

/* The domain of these pseudonyms: the same key used for anything else gives other bytes. */
static const uint8_t personal[crypto_generichash_blake2b_PERSONALBYTES] = "sekisho line 1";

static bool is_line(enum place place, const struct ip_address *address)
{
    if (ip_is_multicast(address))
        return false;
    return place == PLACE_OWN || place == PLACE_DOMESTIC || ip_is_internal(address);
}

struct party minimise_pseudonym(const struct minimise_policy *policy,
                                const struct ip_address *address)
{
    struct party party = { .is_pseudonym = true };
    if (policy->pseudonyms == PSEUDONYM_PREFIX) {
        party.keeps_prefix = true;
        party.address = prefix_pseudonym(policy->prefixes, address);
        return party;
    }
    uint8_t digest[crypto_generichash_blake2b_BYTES_MIN];
    (void)crypto_generichash_blake2b_salt_personal(digest, sizeof digest, address->octets,
                                                   sizeof address->octets, policy->key,
                                                   sizeof policy->key, NULL, personal);
    memcpy(party.pseudonym, digest, sizeof party.pseudonym);
    return party;
}

static struct party party_of(const struct minimise_policy *policy, enum place place,
                             const struct ip_address *address)
{
    struct party party = { .address = *address };
    if (!policy->lines_in_clear && is_line(place, address))
        party = minimise_pseudonym(policy, address);
    party.place = place;
    return party;
}

/* The shortest of what selector, installation and law say. */
static int64_t retention_of(const struct minimise_policy *policy, int64_t span_ns)
{
    int64_t until = INT64_MAX;
    int64_t asked_ns = policy->retention_span_ns;
    if (span_ns > 0 && (asked_ns == 0 || span_ns < asked_ns))
        asked_ns = span_ns;
    if (asked_ns > 0 && __builtin_add_overflow(policy->now_ns, asked_ns, &until))
        until = INT64_MAX;
    return until < policy->retention_latest_ns ? until : policy->retention_latest_ns;
}

/* Is this the message in which DNS told of something listed? */
static bool tells_of(const struct dns_fact *fact, const struct indicator_hit *hit)
{
    struct bytes value = bytes_of_string(hit->value);
    struct ip_prefix listed;
    if (hit->kind == INDICATOR_DOMAIN)
        return fact_name_is_under(&fact->query_name, value) ||
               fact_name_is_under(&fact->canonical_name, value);
    for (size_t i = 0; i < fact->answer_count && ip_prefix_read(value, &listed); i++) {
        if (ip_prefix_holds(&listed, &fact->answers[i].address))
            return true;
    }
    return false;
}

static bool tells_of_any(const struct dns_fact *fact, const struct selection *why)
{
    for (size_t i = 0; i < why->hit_count; i++) {
        if (why->hits[i].in_dns && tells_of(fact, &why->hits[i]))
            return true;
    }
    return false;
}

/* Of several names the one nearest to what was spoken to: SNI, then Host, then DNS; but first
 * of all the one for which the flow was selected. */
static int name_rank(const struct fact *fact, const struct selection *why)
{
    if (fact->kind == FACT_DNS)
        return tells_of_any(&fact->dns, why) ? 4 : 1;
    return fact->kind == FACT_TLS_CLIENT ? 3 : 2;
}

static void keep_name(const struct fact *fact, const struct selection *why, int *rank,
                      struct record_facts *out)
{
    const struct fact_name *name = NULL;
    if (fact->kind == FACT_TLS_CLIENT)
        name = &fact->tls_client.server_name;
    else if (fact->kind == FACT_HTTP)
        name = &fact->http.host;
    else if (fact->kind == FACT_DNS)
        name = &fact->dns.query_name;
    if (!name || name->len == 0 || name_rank(fact, why) <= *rank)
        return;
    *rank = name_rank(fact, why);
    out->server_name.len = name->len;
    out->server_name.cut = name->cut;
    memcpy(out->server_name.at, name->at, name->len);
    out->has_server_name = true;
}

/* A log may tell a client's name and not its digest, which is zero then. */
static bool is_told(const uint8_t *digest, size_t len)
{
    uint8_t all = 0;
    for (size_t i = 0; i < len; i++)
        all |= digest[i];
    return all != 0;
}

static void keep_tls_client(const struct tls_client_fact *fact, struct record_facts *out)
{
    if (out->has_tls_client)
        return;
    out->has_tls_client = true;
    out->has_ja3 = is_told(fact->ja3, sizeof fact->ja3);
    memcpy(out->ja3, fact->ja3, sizeof out->ja3);
    memcpy(out->ja4, fact->ja4, sizeof out->ja4);
    out->quic_version = fact->quic_version;
    if (!out->has_tls_server)
        out->tls_version = fact->highest_version; /* offered; the server's choice replaces it */
}

/* The answer after a HelloRetryRequest replaces it. */
static void keep_tls_server(const struct tls_server_fact *fact, struct record_facts *out)
{
    if (out->has_tls_server && fact->is_retry)
        return;
    out->has_tls_server = true;
    out->tls_version = fact->chosen_version;
    out->tls_group = fact->group;
}

/* One side's: the server's where there is one. */
static void keep_ssh(const struct ssh_fact *fact, struct record_facts *out)
{
    if (out->has_ssh && !fact->is_server)
        return;
    out->has_ssh = true;
    out->ssh_banner_len = fact->banner_len;
    memcpy(out->ssh_banner, fact->banner, fact->banner_len);
    out->has_hassh = fact->has_kexinit;
    memcpy(out->hassh, fact->hassh, sizeof out->hassh);
}

/* The first question and the first answer's code. */
static void keep_dns(const struct dns_fact *fact, struct record_facts *out)
{
    if (!out->has_dns)
        out->dns_type = fact->query_type;
    out->has_dns = true;
    if (out->dns_count < UINT16_MAX)
        out->dns_count++;
    if (fact->is_response && !out->has_dns_code) {
        out->has_dns_code = true;
        out->dns_code = fact->response_code;
    }
}

/* Some logs know it by another digest, or by none. */
static void keep_certificate(const struct tls_certificate_fact *fact, struct record_facts *out)
{
    static const uint8_t unknown[sizeof fact->sha256];
    if (out->has_certificate || memcmp(fact->sha256, unknown, sizeof unknown) == 0)
        return;
    out->has_certificate = true;
    memcpy(out->certificate_sha256, fact->sha256, sizeof out->certificate_sha256);
}

/* Each rule once. */
static void keep_alert(const struct alert_fact *fact, struct record_facts *out)
{
    for (size_t i = 0; i < out->alert_count; i++) {
        if (out->alerts[i].signature == fact->signature &&
            out->alerts[i].generator == fact->generator)
            return;
    }
    if (out->alert_count < RECORD_ALERTS_MAX)
        out->alerts[out->alert_count++] = *fact;
}

static void keep_answer(const struct ip_address *address, struct record_facts *out)
{
    for (size_t i = 0; i < out->dns_answer_count; i++) {
        if (ip_equal(&out->dns_answers[i], address))
            return;
    }
    if (out->dns_answer_count < RECORD_ANSWERS_MAX)
        out->dns_answers[out->dns_answer_count++] = *address;
}

/* The addresses DNS gave for the name that was kept.  Nobody placed them, so any may be a
 * line's: they are kept only where lines are kept in clear. */
static void keep_answers(const struct minimise_policy *policy, const struct fact *facts,
                         struct record_facts *out)
{
    if (!policy->lines_in_clear || !out->has_server_name)
        return;
    struct bytes name = fact_name_bytes(&out->server_name);
    for (const struct fact *fact = facts; fact; fact = fact->next) {
        if (fact->kind != FACT_DNS ||
            !bytes_equal(fact_name_bytes(&fact->dns.query_name), name))
            continue;
        for (size_t i = 0; i < fact->dns.answer_count; i++)
            keep_answer(&fact->dns.answers[i].address, out);
    }
}

static void keep_facts(const struct fact *facts, const struct selection *why,
                       struct record_facts *out)
{
    int rank = 0;
    for (const struct fact *fact = facts; fact; fact = fact->next) {
        keep_name(fact, why, &rank, out);
        switch ((enum fact_kind)fact->kind) {
        case FACT_DNS: keep_dns(&fact->dns, out); break;
        case FACT_TLS_CLIENT: keep_tls_client(&fact->tls_client, out); break;
        case FACT_TLS_SERVER: keep_tls_server(&fact->tls_server, out); break;
        case FACT_TLS_CERTIFICATE: keep_certificate(&fact->certificate, out); break;
        case FACT_SSH: keep_ssh(&fact->ssh, out); break;
        case FACT_ALERT: keep_alert(&fact->alert, out); break;
        case FACT_HTTP:  /* its name only */
        case FACT_LOGIN: /* only behaviours count it */
        case FACT_TUNNEL:
        case FACT_NONE:
        case FACT_KINDS: break;
        }
    }
}

/* Returns the length of the words with tokens in place of local parts; they are cut to the
 * room. */
static size_t hide_in(const struct minimise_policy *policy, char *words, size_t len, size_t max,
                      bool *cut)
{
    char room[FACT_NAME_MAX];
    struct bytes before = { (const uint8_t *)words, len };
    if (bytes_find(before, '@') == len)
        return len;
    struct text text = text_over(room, max);
    mail_write(policy->key, before, &text);
    memset(words, 0, max);
    memcpy(words, room, text.len);
    *cut |= text.cut;
    wipe(room, sizeof room);
    return text.len;
}

/* The only words of others in a record are a server's name and a banner (art. 24(1)). */
static void hide_mail(const struct minimise_policy *policy, struct record_facts *out)
{
    bool is_banner_cut = false;
    if (policy->lines_in_clear)
        return;
    out->server_name.len = (uint8_t)hide_in(policy, out->server_name.at, out->server_name.len,
                                            sizeof out->server_name.at, &out->server_name.cut);
    out->ssh_banner_len = (uint8_t)hide_in(policy, out->ssh_banner, out->ssh_banner_len,
                                           sizeof out->ssh_banner, &is_banner_cut);
}

/* Does the indicator's value tell this very address? */
static bool value_tells(const struct indicator_hit *hit, const struct ip_address *address)
{
    struct bytes value = bytes_of_string(hit->value);
    struct ip_prefix prefix;
    if (ip_prefix_read(value, &prefix))
        return ip_prefix_holds(&prefix, address);
    return hit->kind == INDICATOR_ENDPOINT;
}

/* An indicator that matched the address of a line would tell it in clear. */
static void keep_hit(const struct indicator_hit *hit, const struct admitted_flow *admitted,
                     const struct minimised_flow *record, struct indicator_hit *out)
{
    *out = *hit;
    const struct party *end = hit->on_initiator ? &record->initiator : &record->responder;
    const struct ip_address *address =
        hit->on_initiator ? &admitted->flow.initiator : &admitted->flow.responder;
    bool is_of_address = hit->kind == INDICATOR_ADDRESS || hit->kind == INDICATOR_PREFIX ||
                         hit->kind == INDICATOR_ENDPOINT;
    if (!end->is_pseudonym || !is_of_address || !value_tells(hit, address))
        return;
    memset(out->value, 0, sizeof out->value);
    struct text value = text_over(out->value, sizeof out->value);
    party_write(end, &value);
}

static void keep_why(const struct selected_flow *flow, struct minimised_flow *out)
{
    const struct selection *why = &flow->why;
    out->why.hit_count = why->hit_count;
    for (size_t i = 0; i < why->hit_count; i++)
        keep_hit(&why->hits[i], &flow->admitted, out, &out->why.hits[i]);
    memcpy(out->why.by_behaviour, why->by_behaviour, sizeof out->why.by_behaviour);
    out->why.mandate = why->mandate;
}

/* Fields of the third kind (model/field.c): what is left is addresses, names and times. */
static void withhold_other(struct minimised_flow *out)
{
    const struct record_facts facts = out->facts;
    out->encapsulation = 0;
    out->protocol = 0;
    out->tcp = FLOW_TCP_NONE;
    out->packets_forward = out->packets_reverse = 0;
    out->octets_forward = out->octets_reverse = 0;
    out->facts = (struct record_facts){
        .has_server_name = facts.has_server_name,
        .server_name = facts.server_name,
        .dns_answer_count = facts.dns_answer_count,
    };
    memcpy(out->facts.dns_answers, facts.dns_answers, sizeof facts.dns_answers);
}

void minimise_flow(const struct minimise_policy *policy, const struct selected_flow *selected,
                   struct minimised_flow *out)
{
    const struct admitted_flow *admitted = &selected->admitted;
    const struct flow *flow = &admitted->flow;
    *out = (struct minimised_flow){
        .initiator = party_of(policy, admitted->initiator_place, &flow->initiator),
        .responder = party_of(policy, admitted->responder_place, &flow->responder),
        .line_is_initiator = admitted_line_is_initiator(admitted),
        .direction = admitted->direction,
        .basis = admitted->basis,
        .initiator_port = flow->initiator_port,
        .responder_port = flow->responder_port,
        .encapsulation = flow->encapsulation,
        .protocol = flow->protocol,
        .tcp = flow->tcp,
        .end = flow->end,
        .slice = flow->slice,
        .sampling_rate = observation_rate(&flow->observation),
        .sampling = flow->observation.sampling,
        .time_quality = flow->observation.time,
        .observers = flow->observation.observers,
        .start_ns = flow_start_ns(flow),
        .end_ns = flow_end_ns(flow),
        .packets_forward = flow->forward.packets,
        .packets_reverse = flow->reverse.packets,
        .octets_forward = flow->forward.octets,
        .octets_reverse = flow->reverse.octets,
        .retention_until_ns = retention_of(policy, selected->retention_span_ns),
    };
    keep_facts(flow->facts, &selected->why, &out->facts);
    keep_answers(policy, flow->facts, &out->facts);
    hide_mail(policy, &out->facts);
    keep_why(selected, out);
    if (policy->kinds_withheld & UINT32_C(1) << INFORMATION_OTHER)
        withhold_other(out);
}

void minimise_sighting(const struct minimise_policy *policy,
                       const struct selected_sighting *selected, struct minimised_sighting *out)
{
    const struct sighting *sighting = &selected->sighting;
    *out = (struct minimised_sighting){
        .sighting = *sighting,
        .server = party_of(policy, sighting->server_place, &sighting->server),
        .mandate = selected->mandate,
        .retention_until_ns = retention_of(policy, selected->retention_span_ns),
    };
    if (sighting->has_line)
        out->line = party_of(policy, sighting->line_place, &sighting->line);
    memset(&out->sighting.server, 0, sizeof out->sighting.server);
    memset(&out->sighting.line, 0, sizeof out->sighting.line);
}
