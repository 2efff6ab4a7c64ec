// SPDX-License-Identifier: Apache-2.0
/* A stream of messages is read to its end, and the same with one octet less: what is taken is
 * within what is given, and waiting never turns into something else. */
#include "base/must.h"
#include "decode/parsers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes stream = { data, size };
    struct fact fact;
    size_t taken = 0;
    while (dns_over_tcp_read(stream, &taken, &fact) == FAULT_NONE) {
        MUST(taken > 2 && taken <= stream.len);
        MUST(fact.kind == FACT_DNS);
        size_t untouched = taken;
        struct fact none;
        MUST(dns_over_tcp_read(bytes_slice(stream, 0, taken - 1), &untouched, &none) ==
             FAULT_TRUNCATED);
        MUST(untouched == taken);
        stream = bytes_slice(stream, taken, stream.len);
    }
    return 0;
}
