// SPDX-License-Identifier: Apache-2.0
/* A ClientHello in records.  What is taken is within what is given, all of it is needed, and
 * a second reading agrees with the first. */
#include "base/must.h"
#include "decode/parsers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fact first, second;
    size_t taken = 0, again = 0;
    MUST(tls_client_hello_read((struct bytes){ data, size }, 0, 1, &first) < FAULT_KINDS);
    if (tls_client_read((struct bytes){ data, size }, &taken, &first) != FAULT_NONE)
        return 0;
    MUST(taken > 0 && taken <= size);
    MUST(tls_client_read((struct bytes){ data, taken }, &again, &second) == FAULT_NONE);
    MUST(again == taken);
    MUST(memcmp(first.tls_client.ja4, second.tls_client.ja4, FACT_JA4_LEN) == 0);
    MUST(tls_client_read((struct bytes){ data, taken - 1 }, &again, &second) ==
         FAULT_TRUNCATED);
    return 0;
}
