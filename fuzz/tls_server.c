// SPDX-License-Identifier: Apache-2.0
/* A server's first flight: its hello.  What is taken is within what is given, and all of it is
 * needed. */
#include "base/must.h"
#include "decode/parsers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fact first, second;
    size_t taken = 0, again = 0;
    if (tls_server_read((struct bytes){ data, size }, &taken, &first) != FAULT_NONE)
        return 0;
    MUST(taken > 0 && taken <= size);
    MUST(first.tls_server.alpn_len <= FACT_ALPN_MAX);
    MUST(tls_server_read((struct bytes){ data, taken }, &again, &second) == FAULT_NONE);
    MUST(again == taken && first.tls_server.cipher == second.tls_server.cipher);
    MUST(tls_server_read((struct bytes){ data, taken - 1 }, &again, &second) ==
         FAULT_TRUNCATED);
    return 0;
}
