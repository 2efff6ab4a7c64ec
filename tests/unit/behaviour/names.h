// SPDX-License-Identifier: Apache-2.0
/* Made-up questions and answers of DNS for the tests of behaviours that count names. */
#pragma once

#include "flows.h"

/* Who asks for what, when; the rest as tests set it. */
struct question {
    const char *name;
    uint32_t line;
    double at_s;
    uint16_t type;
    uint8_t code;
    uint32_t rate; /* 0: every packet was counted */
    uint16_t response_octets;
    uint8_t answer_count;
    uint32_t addresses[FACT_DNS_ANSWERS_MAX];
    uint32_t ttl_s;
};

static inline void make_dns(const struct question *question, bool is_response,
                            struct asked_name *out)
{
    enum { RESOLVER = 0x0a000035 };
    struct admitted_flow flow = make_flow(question->line, RESOLVER, 53, question->at_s);
    turn_to_udp(&flow, true);
    if (question->rate > 0) {
        flow.flow.observation.sampling = SAMPLING_OPTIONS;
        flow.flow.observation.rate = question->rate;
    }
    struct fact fact = { .kind = FACT_DNS, .time_ns = flow_start_ns(&flow.flow) };
    fact.dns.query_name.len = (uint8_t)strlen(question->name);
    memcpy(fact.dns.query_name.at, question->name, fact.dns.query_name.len);
    fact.dns.query_type = question->type == 0 ? 1 : question->type;
    fact.dns.query_class = 1;
    fact.dns.is_response = is_response;
    if (is_response) {
        fact.dns.response_code = question->code;
        fact.dns.response_octets = question->response_octets;
        fact.dns.answer_count = question->answer_count;
        fact.dns.answer_records = question->response_octets > 0 || question->answer_count > 0;
        for (size_t i = 0; i < question->answer_count; i++)
            fact.dns.answers[i] =
                (struct dns_answer){ ip_from_v4(question->addresses[i]), question->ttl_s };
    }
    check(asked_of(&flow, &fact, &test_key, out));
}

/* The question and its answer, as a capture has them. */
static inline void bench_ask(struct bench *bench, const struct question *question)
{
    struct asked_name asked;
    for (int is_response = 0; is_response < 2; is_response++) {
        make_dns(question, is_response, &asked);
        bench->kind->observe_name(bench->state, &asked, bench->sink);
    }
}

/* Letters and digits of base32 at random, then a dot and the domain. */
static inline void random_name(struct random *random, size_t octets, const char *domain,
                               char out[FACT_NAME_MAX + 1])
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    size_t at = 0;
    for (size_t i = 0; i < octets; i++) {
        if (i > 0 && i % 50 == 0)
            out[at++] = '.';
        out[at++] = letters[random_next(random) % 32];
    }
    out[at++] = '.';
    memcpy(out + at, domain, strlen(domain) + 1);
}

/* All that a state holds, part by part. */
static inline size_t bench_parts_octets(const struct bench *bench)
{
    struct behaviour_part parts[BEHAVIOUR_PARTS_MAX];
    size_t count = bench->kind->parts(bench->state, parts), octets = 0;
    check(count > 0 && count <= BEHAVIOUR_PARTS_MAX);
    for (size_t i = 0; i < count; i++)
        octets += parts[i].octets;
    return octets;
}

/* The parts of one state over those of another, as after a restart. */
static inline void bench_copy_parts(struct bench *to, const struct bench *from)
{
    struct behaviour_part into[BEHAVIOUR_PARTS_MAX], parts[BEHAVIOUR_PARTS_MAX];
    size_t count = from->kind->parts(from->state, parts);
    check_equal(to->kind->parts(to->state, into), count);
    for (size_t i = 0; i < count; i++) {
        check_equal(into[i].octets, parts[i].octets);
        memcpy(into[i].at, parts[i].at, parts[i].octets);
    }
}
