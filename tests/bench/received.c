// SPDX-License-Identifier: Apache-2.0
/* What it costs to write records as IPFIX and to read them back (exchange/ipfix_read.h), the
 * best of five: `name records nanoseconds-a-record octets-a-record`.
 *
 * bench_received [records, default 500000] */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/must.h"
#include "base/time.h"
#include "exchange/ipfix_read.h"

static uint8_t *batch;
static size_t batch_len, batch_max;
static uint64_t octets_read;

static double now_ns(void)
{
    struct timespec now;
    MUST(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static bool keep(void *context, struct bytes message)
{
    (void)context;
    MUST(message.len <= batch_max - batch_len);
    memcpy(batch + batch_len, message.at, message.len);
    batch_len += message.len;
    return true;
}

static bool take(void *context, const struct received_flow *flow)
{
    (void)context;
    octets_read += flow->octets_forward;
    return true;
}

static void make(size_t i, struct minimised_flow *out)
{
    static const char name[] = "updates.example.net";
    memset(out, 0, sizeof *out);
    out->initiator.is_pseudonym = true;
    memset(out->initiator.pseudonym, (int)(i % 251), sizeof out->initiator.pseudonym);
    out->responder.address = ip_from_v4(0xc6336400U + (uint32_t)(i % 250));
    out->end = FLOW_END_DETECTED;
    out->start_ns = (int64_t)i * TIME_MILLISECOND_NS;
    out->end_ns = out->start_ns + TIME_SECOND_NS;
    out->octets_forward = i;
    out->retention_until_ns = TIME_DAY_NS;
    out->facts.has_server_name = i % 2 == 0;
    out->facts.server_name.len = sizeof name - 1;
    memcpy(out->facts.server_name.at, name, sizeof name - 1);
    out->why.mandate = (struct mandate){ .basis_name = "exercise",
                                         .warrant = "EX-2026-0001",
                                         .selector = "calls-home" };
}

static double write_all(size_t count)
{
    static struct ipfix_writer writer;
    double start_ns = now_ns();
    batch_len = 0;
    ipfix_begin(&writer, 1, ipfix_refresh_never, (struct ipfix_sink){ .take = keep });
    for (size_t i = 0; i < count; i++) {
        struct minimised_flow flow;
        make(i, &flow);
        MUST(ipfix_put(&writer, &flow, 0));
    }
    MUST(ipfix_flush(&writer));
    return now_ns() - start_ns;
}

static double read_all(size_t count)
{
    struct received_taker taker = { .take = take };
    struct received_account account;
    double start_ns = now_ns();
    MUST(ipfix_read_batch((struct bytes){ batch, batch_len }, &taker, &account) == FAULT_NONE);
    MUST(account.records == count);
    return now_ns() - start_ns;
}

static void tell(const char *name, double (*run)(size_t count), size_t count)
{
    double best_ns = run(count);
    for (int i = 0; i < 4; i++) {
        double spent_ns = run(count);
        best_ns = spent_ns < best_ns ? spent_ns : best_ns;
    }
    printf("%s %zu %.1f %.1f\n", name, count, best_ns / (double)count,
           (double)batch_len / (double)count);
}

int main(int argc, char **argv)
{
    uint64_t count = 500000;
    if (argc > 1 && !text_read_u64(bytes_of_string(argv[1]), 10000000, &count))
        return EXIT_FAILURE;
    batch_max = (size_t)count * 512 + 4096;
    batch = malloc(batch_max);
    MUST(batch);
    tell("write", write_all, (size_t)count);
    tell("read", read_all, (size_t)count);
    free(batch);
    return EXIT_SUCCESS;
}
