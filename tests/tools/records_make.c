// SPDX-License-Identifier: Apache-2.0
/* Writes made-up minimised records to files, each in the form that its name tells, and prints
 * what they sum to: records, packets and octets, packets and octets back.
 *
 * records_make COUNT FILE... */
#include <stdlib.h>

#include "base/must.h"
#include "base/time.h"
#include "exchange/records.h"

static struct party party_at(uint32_t v4, bool is_v6)
{
    struct party party;
    memset(&party, 0, sizeof party);
    party.place = PLACE_FOREIGN;
    party.address = ip_from_v4(v4);
    if (is_v6) {
        memset(party.address.octets, 0, 12);
        memcpy(party.address.octets, (const uint8_t[]){ 0x20, 1, 0xd, 0xb8 }, 4);
    }
    return party;
}

/* IPv4, IPv6 and lines without address in turn; half of them sampled. */
static void make_record(uint32_t i, struct minimised_flow *out)
{
    memset(out, 0, sizeof *out);
    out->initiator = party_at(0xc0000200U + i % 256, i % 3 == 1);
    out->responder = party_at(0xc6336400U + i % 256, i % 3 == 1);
    if (i % 3 == 2) {
        memset(&out->initiator, 0, sizeof out->initiator);
        out->initiator.is_pseudonym = true;
        out->initiator.place = PLACE_DOMESTIC;
        memcpy(out->initiator.pseudonym, &i, sizeof i);
    }
    out->line_is_initiator = true;
    out->direction = DIRECTION_DF;
    out->basis = BASIS_EXERCISE;
    out->initiator_port = (uint16_t)(1024 + i % 60000);
    out->responder_port = 443;
    out->protocol = PROTOCOL_TCP;
    out->tcp = FLOW_TCP_CLOSED;
    out->end = FLOW_END_IDLE;
    out->start_ns = (INT64_C(1795212000) + i) * TIME_SECOND_NS;
    out->end_ns = out->start_ns + 1500 * TIME_MILLISECOND_NS;
    out->packets_forward = 1 + i % 9;
    out->octets_forward = 60 + 11 * (uint64_t)i;
    out->packets_reverse = i % 4;
    out->octets_reverse = i % 4 == 0 ? 0 : 40 + 3 * (uint64_t)i;
    out->sampling_rate = i % 2 == 0 ? 1 : 1000;
    out->retention_until_ns = out->end_ns + TIME_DAY_NS;
}

static bool write_file(const char *path, uint32_t count)
{
    static struct records records;
    enum records_kind kind;
    FILE *file = records_kind_of(path, &kind, &path) ? fopen(path, "w") : NULL;
    if (!file)
        return false;
    records_open(&records, kind, file);
    for (uint32_t i = 0; i < count; i++) {
        struct minimised_flow flow;
        make_record(i, &flow);
        records_put(&records, &flow, flow.end_ns);
    }
    bool is_whole = records_flush(&records);
    return fclose(file) == 0 && is_whole;
}

int main(int argc, char **argv)
{
    uint64_t count = 0;
    if (argc < 2 || !text_read_u64(bytes_of_string(argv[1]), UINT32_MAX, &count))
        return EXIT_FAILURE;
    uint64_t sums[4] = { 0 };
    for (uint32_t i = 0; i < count; i++) {
        struct minimised_flow flow;
        make_record(i, &flow);
        sums[0] += flow.packets_forward;
        sums[1] += flow.octets_forward;
        sums[2] += flow.packets_reverse;
        sums[3] += flow.octets_reverse;
    }
    printf("%llu", (unsigned long long)count);
    for (size_t i = 0; i < 4; i++)
        printf(" %llu", (unsigned long long)sums[i]);
    printf("\n");
    for (int i = 2; i < argc; i++)
        if (!write_file(argv[i], (uint32_t)count))
            return EXIT_FAILURE;
    return EXIT_SUCCESS;
}
