// SPDX-License-Identifier: Apache-2.0
/* Whatever comes in: names keep to their room and spelling, answers to their number, and
 * octets cut off the end only take from the fact. */
#include "base/must.h"
#include "decode/parsers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const struct fact_name *name)
{
    for (size_t i = 0; i < name->len; i++) {
        MUST(name->at[i] > ' ' && name->at[i] < 0x7f);
        MUST(name->at[i] < 'A' || name->at[i] > 'Z');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fact whole, cut;
    if (dns_read((struct bytes){ data, size }, &whole) != FAULT_NONE)
        return 0;
    MUST(whole.kind == FACT_DNS);
    MUST(whole.dns.answer_count <= FACT_DNS_ANSWERS_MAX);
    MUST(whole.dns.answer_count <= whole.dns.answer_records);
    check_name(&whole.dns.query_name);
    check_name(&whole.dns.canonical_name);
    if (dns_read((struct bytes){ data, size - 1 }, &cut) == FAULT_NONE) {
        MUST(bytes_equal(fact_name_bytes(&cut.dns.query_name),
                         fact_name_bytes(&whole.dns.query_name)));
        MUST(cut.dns.answer_count <= whole.dns.answer_count);
    }
    return 0;
}
