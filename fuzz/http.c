// SPDX-License-Identifier: Apache-2.0
/* A head is taken within what is given and the same in one octet less waits; what is kept can
 * be printed; the partial reader tells the same of a whole head. */
#include "base/must.h"
#include "decode/parsers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_printable(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        MUST(text.at[i] >= ' ' && text.at[i] < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes stream = { data, size };
    struct fact partial;
    bool has_partial = http_partial_read(stream, &partial) == FAULT_NONE;
    if (has_partial) {
        check_printable(fact_name_bytes(&partial.http.host));
        MUST(partial.http.agent_len <= FACT_AGENT_MAX);
        check_printable(
            (struct bytes){ (const uint8_t *)partial.http.agent, partial.http.agent_len });
        MUST((partial.http.method == SEEN_HTTP_RESPONSE) == (partial.http.status != 0));
    }
    struct fact whole;
    size_t taken = 0;
    if (http_read(stream, &taken, &whole) != FAULT_NONE)
        return 0;
    MUST(has_partial && taken > 0 && taken <= size);
    MUST(bytes_equal(fact_name_bytes(&whole.http.host), fact_name_bytes(&partial.http.host)));
    struct fact none;
    MUST(http_read(bytes_slice(stream, 0, taken - 1), &taken, &none) == FAULT_TRUNCATED);
    return 0;
}
