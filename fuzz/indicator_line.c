// SPDX-License-Identifier: Apache-2.0
/* Values of lists: what is read must be kept within bounds, and an indicator that was taken
 * must match a flow that has it, with a value that reads back as the same indicator. */
#include "base/must.h"
#include "select/indicators.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void find_again(const struct indicators *set, const struct indicator *indicator)
{
    struct fact fact = { .kind = FACT_NONE };
    struct flow flow = { .facts = &fact, .responder_port = indicator->port };
    if (indicator->kind <= INDICATOR_ENDPOINT)
        flow.responder = indicator->prefix.address;
    if (indicator->kind == INDICATOR_DOMAIN) {
        fact.kind = FACT_HTTP;
        MUST(indicator->text.len <= FACT_NAME_MAX);
        fact.http.host.len = (uint8_t)indicator->text.len;
        memcpy(fact.http.host.at, indicator->text.at, indicator->text.len);
    } else if (indicator->kind == INDICATOR_JA3) {
        fact.kind = FACT_TLS_SERVER;
        memcpy(fact.tls_server.ja3s, indicator->digest, sizeof fact.tls_server.ja3s);
    } else if (indicator->kind == INDICATOR_JA4) {
        fact.kind = FACT_TLS_CLIENT;
        memcpy(fact.tls_client.ja4, indicator->text.at, FACT_JA4_LEN);
    } else if (indicator->kind == INDICATOR_CERTIFICATE) {
        fact.kind = FACT_TLS_CERTIFICATE;
        bool is_sha1 = indicator->digest_len == sizeof fact.certificate.sha1;
        memcpy(is_sha1 ? fact.certificate.sha1 : fact.certificate.sha256, indicator->digest,
               indicator->digest_len);
    }
    struct selection why;
    struct indicator_marks marks = { 0 };
    MUST(indicators_match(set, &flow, 0, &why, &marks));
    MUST(why.hits[0].kind == indicator->kind && marks.expired == 0);
    char room[INDICATOR_TEXT_MAX + 256];
    struct text scratch = text_over(room, sizeof room);
    struct indicator again;
    struct bytes value = bytes_of_string(why.hits[0].value);
    if (value.len + 1 < INDICATOR_TEXT_MAX)
        MUST(indicator_read(value, &scratch, &again) == FAULT_NONE &&
             again.kind == indicator->kind);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static _Alignas(16) uint8_t memory[1 << 19];
    static const struct hash_key key = { { 1, 2, 3, 4 } };
    char room[INDICATOR_TEXT_MAX + 256];
    struct text scratch = text_over(room, sizeof room);
    struct indicator indicator;
    if (indicator_read((struct bytes){ data, size }, &scratch, &indicator) != FAULT_NONE)
        return 0;
    MUST(indicators_size(4, 1024) <= sizeof memory);
    struct arena arena = arena_over(memory, sizeof memory);
    struct indicators *set = indicators_init(4, 1024, key, &arena);
    MUST(indicators_add_list(set, "list", &indicator.list));
    enum indicators_verdict verdict = indicators_add(set, &indicator);
    MUST(verdict == INDICATORS_ADDED || verdict == INDICATORS_TOO_WIDE);
    if (verdict == INDICATORS_ADDED)
        find_again(set, &indicator);
    return 0;
}
