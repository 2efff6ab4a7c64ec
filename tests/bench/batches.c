// SPDX-License-Identifier: Apache-2.0
/* Batches of minimised records as an uplink sends them, for hub.py: FOLDER/records-0, -1 ...
 * Servers are called unevenly, as servers are: a few by many.
 *
 * bench_batches FOLDER BATCHES RECORDS */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/must.h"
#include "base/time.h"
#include "exchange/ipfix.h"

#include "people.h"

enum { SERVERS = 100000, KEPT_DAYS = 30, PATH_OCTETS = 4096 };

static bool keep(void *context, struct bytes message)
{
    return fwrite(message.at, 1, message.len, context) == message.len;
}

static void make(int64_t now_ns, struct minimised_flow *out)
{
    memset(out, 0, sizeof *out);
    out->initiator.is_pseudonym = true;
    for (size_t i = 0; i < sizeof out->initiator.pseudonym; i++)
        out->initiator.pseudonym[i] = (uint8_t)(uniform() * 256);
    out->responder.address = ip_from_v4(0xc6120000U + (uint32_t)(pow(uniform(), 3) * SERVERS));
    out->line_is_initiator = true;
    out->direction = DIRECTION_DF;
    out->responder_port = 443;
    out->protocol = PROTOCOL_TCP;
    out->end = FLOW_END_DETECTED;
    out->start_ns = now_ns - (int64_t)(uniform() * 3600) * TIME_SECOND_NS;
    out->end_ns = out->start_ns + TIME_SECOND_NS;
    out->packets_forward = 3;
    out->octets_forward = (uint64_t)(uniform() * 100000);
    out->retention_until_ns = now_ns + KEPT_DAYS * TIME_DAY_NS;
    out->why.mandate = (struct mandate){ .basis_name = "own",
                                         .warrant = "OWN-2026-1",
                                         .selector = "everything" };
}

static void write_batch(const char *folder, uint64_t number, uint64_t records)
{
    static struct ipfix_writer writer;
    char path[PATH_OCTETS];
    MUST(snprintf(path, sizeof path, "%s/records-%llu", folder, (unsigned long long)number) <
         PATH_OCTETS);
    FILE *file = fopen(path, "wb");
    MUST(file);
    ipfix_begin(&writer, 1, ipfix_refresh_never, (struct ipfix_sink){ keep, file });
    for (uint64_t i = 0; i < records; i++) {
        struct minimised_flow flow;
        make((int64_t)time(NULL) * TIME_SECOND_NS, &flow);
        MUST(ipfix_put(&writer, &flow, 0));
    }
    MUST(ipfix_flush(&writer) && fclose(file) == 0);
}

int main(int argc, char **argv)
{
    uint64_t batches, records;
    if (argc != 4 || !text_read_u64(bytes_of_string(argv[2]), 100000, &batches) ||
        !text_read_u64(bytes_of_string(argv[3]), 20000, &records))
        return EXIT_FAILURE;
    for (uint64_t i = 0; i < batches; i++)
        write_batch(argv[1], i, records);
    return EXIT_SUCCESS;
}
