// SPDX-License-Identifier: Apache-2.0
/* Records sent to collectors as they are kept. */
#pragma once

#include "cmd/watch_options.h"
#include "model/record.h"
#include "model/summary.h"
#include "send/send.h"

struct watch_exports {
    size_t count;
    struct watch_export {
        const char *to;
        struct send_link *link;
        uint64_t failures_told;
    } list[WATCH_RECORDS_MAX];
};

/* Before the sandbox and the threads. */
MUST_CHECK bool watch_exports_open(const struct watch_options *options, bool is_live,
                                   struct watch_exports *out, struct error *err);
void watch_exports_put(struct watch_exports *exports, const struct minimised_flow *flow);
/* Says on standard error what failed since it was last called. */
void watch_exports_tell(struct watch_exports *exports);
/* Sends the rest, and says what could not be sent; true when something could not. */
bool watch_exports_end(struct watch_exports *exports);
void watch_exports_count(const struct watch_exports *exports, struct summary *summary);
void watch_exports_close(struct watch_exports *exports);
