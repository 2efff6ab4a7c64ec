// SPDX-License-Identifier: Apache-2.0
/* A batch of records as a sensor sends it: what is handed on is sane and lies in the batch, and
 * a batch that is taken is taken whole. */
#include "base/must.h"
#include "exchange/ipfix_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    struct bytes batch;
    uint64_t records;
};

static void check_words(const struct seen *seen, struct bytes words)
{
    MUST(words.len <= UINT8_MAX);
    if (words.len == 0)
        return;
    MUST(words.at >= seen->batch.at);
    MUST((size_t)(words.at - seen->batch.at) + words.len <= seen->batch.len);
    for (size_t i = 0; i < words.len; i++)
        MUST(words.at[i] >= ' ' && words.at[i] <= '~');
}

static bool take(void *context, const struct received_flow *flow)
{
    struct seen *seen = context;
    seen->records++;
    check_words(seen, flow->initiator.pseudonym);
    check_words(seen, flow->responder.pseudonym);
    check_words(seen, flow->basis);
    check_words(seen, flow->warrant);
    check_words(seen, flow->selector);
    check_words(seen, flow->server_name);
    MUST(flow->start_ns >= 0 && flow->start_ns <= flow->end_ns);
    MUST(flow->end >= FLOW_END_IDLE && flow->end <= FLOW_END_RESOURCES);
    MUST(flow->direction < DIRECTIONS && (!flow->has_mandate || flow->warrant.len > 0));
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { RECORD_OCTETS_MIN = 67 };
    struct seen seen = { .batch = { data, size } };
    struct received_account account;
    struct received_taker taker = { take, &seen };
    bool is_taken = ipfix_read_batch(seen.batch, &taker, &account) == FAULT_NONE;
    MUST(seen.records <= size / RECORD_OCTETS_MIN);
    MUST(!is_taken || (account.records == seen.records && account.messages <= size / 16));
    return 0;
}
