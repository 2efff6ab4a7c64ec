// SPDX-License-Identifier: Apache-2.0
/* What is read of logs: one line of JSON a flow, with its facts; the counters to standard
 * error.  usage: logs_dump [-f] [-q] PATH...   (-f follows, -q leaves the flows out) */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "logs/logs.h"
#include "source/lines.h"

static volatile int stopping;

static void stop(int signal)
{
    (void)signal;
    stopping = 1;
}

static struct totals {
    uint64_t flows, packets, octets, facts;
    bool quiet;
} totals;

static void put_quoted(struct bytes text)
{
    putchar('"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '"' || text.at[i] == '\\')
            putchar('\\');
        putchar(text.at[i]);
    }
    putchar('"');
}

static void put_hex(const char *name, const uint8_t *at, size_t len)
{
    printf(",\"%s\":\"", name);
    for (size_t i = 0; i < len; i++)
        printf("%02x", at[i]);
    putchar('"');
}

static void put_fact(const struct fact *fact)
{
    static const char *const names[FACT_KINDS] = { "none",       "dns",         "tls_client",
                                                   "tls_server", "certificate", "ssh",
                                                   "http",       "tunnel",      "alert" };
    printf(
        "{\"kind\":\"%s\",\"time_ns\":%lld,\"from_initiator\":%s,\"name\":", names[fact->kind],
        (long long)fact->time_ns, fact->from_initiator ? "true" : "false");
    put_quoted(fact_server_name(fact));
    if (fact->kind == FACT_DNS) {
        printf(",\"type\":%u,\"code\":%u,\"response\":%d,\"answers\":%u", fact->dns.query_type,
               fact->dns.response_code, fact->dns.is_response, fact->dns.answer_records);
        printf(",\"canonical\":");
        put_quoted(fact_name_bytes(&fact->dns.canonical_name));
    } else if (fact->kind == FACT_TLS_CLIENT) {
        put_hex("ja3", fact->tls_client.ja3, 16);
        printf(",\"quic\":%u", fact->tls_client.quic_version);
    } else if (fact->kind == FACT_TLS_SERVER) {
        printf(",\"version\":%u,\"group\":%u", fact->tls_server.chosen_version,
               fact->tls_server.group);
    } else if (fact->kind == FACT_TLS_CERTIFICATE) {
        put_hex("sha256", fact->certificate.sha256, 32);
        put_hex("sha1", fact->certificate.sha1, 20);
        printf(",\"chain\":%u,\"bits\":%u,\"key\":%u,\"self\":%d,\"until_ns\":%lld",
               fact->certificate.chain_length, fact->certificate.key_bits,
               fact->certificate.key_type, fact->certificate.is_self_issued,
               (long long)fact->certificate.not_after_ns);
    } else if (fact->kind == FACT_SSH) {
        printf(",\"banner\":");
        put_quoted((struct bytes){ (const uint8_t *)fact->ssh.banner, fact->ssh.banner_len });
        put_hex("hassh", fact->ssh.hassh, 16);
    } else if (fact->kind == FACT_HTTP) {
        printf(",\"method\":%u,\"status\":%u", fact->http.method, fact->http.status);
    } else if (fact->kind == FACT_LOGIN) {
        printf(",\"service\":%u,\"result\":%u,\"has_account\":%d", fact->login.service,
               fact->login.result, fact->login.account != 0);
    } else if (fact->kind == FACT_ALERT) {
        printf(",\"signature\":%u,\"severity\":%u,\"blocked\":%d", fact->alert.signature,
               fact->alert.severity, fact->alert.is_blocked);
    }
    putchar('}');
}

static void put_half(const char *name, const struct flow_half *half)
{
    printf(",\"%s\":{\"packets\":%llu,\"octets\":%llu,\"payload\":%llu,\"flags\":%u,"
           "\"first_flags\":%u,\"first_ns\":%lld,\"last_ns\":%lld}",
           name, (unsigned long long)half->packets, (unsigned long long)half->octets,
           (unsigned long long)half->payload, half->tcp_flags, half->first_flags,
           (long long)half->first_ns, (long long)half->last_ns);
}

static void take(void *context, const struct flow *flow)
{
    (void)context;
    char room[2][IP_TEXT_MAX];
    struct text initiator = text_over(room[0], IP_TEXT_MAX);
    struct text responder = text_over(room[1], IP_TEXT_MAX);
    totals.flows++;
    totals.packets += flow->forward.packets + flow->reverse.packets;
    totals.octets += flow->forward.octets + flow->reverse.octets;
    for (const struct fact *fact = flow->facts; fact; fact = fact->next)
        totals.facts++;
    if (totals.quiet)
        return;
    ip_write(&flow->initiator, &initiator);
    ip_write(&flow->responder, &responder);
    printf("{\"initiator\":\"%s\",\"initiator_port\":%u,\"responder\":\"%s\","
           "\"responder_port\":%u,\"protocol\":%u,\"vlan\":%u,\"tcp\":%u,\"end\":%u",
           initiator.at, flow->initiator_port, responder.at, flow->responder_port,
           flow->protocol, flow->vlan, flow->tcp, flow->end);
    put_half("forward", &flow->forward);
    put_half("reverse", &flow->reverse);
    printf(",\"facts\":[");
    for (const struct fact *fact = flow->facts; fact; fact = fact->next) {
        put_fact(fact);
        if (fact->next)
            putchar(',');
    }
    printf("]}\n");
}

static void tell(const struct logs *logs, const struct lines *lines)
{
    static struct summary summary;
    uint16_t file = 0;
    lines_count(lines, &summary);
    logs_count(logs, &summary);
    for (size_t i = 0; i < summary.counter_count; i++) {
        const struct counter *counter = &summary.counters[i];
        fprintf(stderr, "%s: %s: %llu %s\n", counter->stage, counter->reason,
                (unsigned long long)counter->count, counter->unit);
    }
    for (size_t i = 0; lines_trouble(lines, i); i++)
        fprintf(stderr, "trouble: %s\n", lines_trouble(lines, i));
    for (size_t i = 0; logs_trouble(logs, i, &file); i++)
        fprintf(stderr, "trouble: %s: %s\n", lines_path(lines, file),
                logs_trouble(logs, i, &file));
    fprintf(stderr, "flows %llu packets %llu octets %llu facts %llu\n",
            (unsigned long long)totals.flows, (unsigned long long)totals.packets,
            (unsigned long long)totals.octets, (unsigned long long)totals.facts);
}

int main(int argc, char **argv)
{
    static struct line_batch batch;
    struct lines_options options = { .stopping = &stopping };
    struct error err;
    for (int option; (option = getopt(argc, argv, "fq")) != -1;) {
        options.follow |= option == 'f';
        totals.quiet |= option == 'q';
    }
    options.paths = (const char *const *)argv + optind;
    options.path_count = (size_t)(argc - optind);
    (void)signal(SIGINT, stop);
    (void)signal(SIGTERM, stop);
    size_t size = logs_size(&logs_defaults);
    void *memory = malloc(size);
    struct lines *lines = memory ? lines_open(&options, &err) : NULL;
    if (!lines) {
        fprintf(stderr, "logs_dump: %s\n", memory ? err.text : "no memory");
        free(memory);
        return EXIT_FAILURE;
    }
    struct arena arena = arena_over(memory, size);
    struct hash_key key = { { 1, 2, 3, 4 } };
    struct logs *logs =
        logs_init(&logs_defaults, key, (struct logs_sink){ take, NULL }, &arena);
    enum source_state state = SOURCE_IDLE;
    while ((state = lines_read(lines, &batch, &err)) != SOURCE_END && state != SOURCE_FAILED) {
        logs_run(logs, &batch);
        (void)fflush(stdout);
    }
    logs_finish(logs);
    tell(logs, lines);
    lines_close(lines);
    free(memory);
    return state == SOURCE_FAILED ? EXIT_FAILURE : EXIT_SUCCESS;
}
